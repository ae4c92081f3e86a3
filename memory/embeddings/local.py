"""LocalEmbedder: all-MiniLM-L6-v2 in this process on ONNX Runtime."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from memory.artifacts.alone import alone
from memory.artifacts.files import discard, private_folder
from memory.embeddings import minilm, runtime
from memory.errors import ModelError, RecollectError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from memory.artifacts import Progress
    from memory.embeddings.minilm import Precision

_CHUNK = 128
_MAX_CHARACTERS = 20_000
_AGAIN_SECONDS = 60.0
_WAY = 5


class LocalEmbedder:
    """The local embedder, an `Embedder`; pulled, built and loaded when it is first used.

    Args:
        models_folder: where its files are kept.
        progress: told what is pulled or built at first use.
        precision: `int8` or `fp32`; None takes int8 where this machine computes it faithfully, else fp32.

    Texts are cut at 256 tokens (and at 20,000 characters before that, which only pathological texts notice). Where its
    files could not be had, `embed` raises the same for a minute and tries nothing: a network may take long to fail.
    """

    def __init__(
        self, models_folder: Path, progress: Progress | None = None, *, precision: Precision | None = None
    ) -> None:
        self._folder = models_folder
        self._progress = progress
        self._wanted = precision
        self._engine: Engine | None = None
        self._guard = threading.Lock()
        self._failed: tuple[float, RecollectError] | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return minilm.NAME

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return minilm.DIMENSION

    @property
    def precision(self) -> str:
        """`int8` or `fp32` once it is loaded, empty before."""
        return self._engine.precision if self._engine else ""

    def prepare(self, progress: Progress | None = None) -> None:
        """Pull, build and load what is not yet. Raises as `embed` does."""
        self._failed = None
        self._loaded(progress or self._progress)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length one, shape (len(texts), 384).

        The first call may raise `ArtifactError`, `StorageError` or `ModelError` (the engine cannot run here).
        """
        return self._loaded(self._progress).embed(texts)

    def _loaded(self, progress: Progress | None) -> Engine:
        if self._engine is None:
            with self._guard:
                if self._engine is None:
                    self._engine = self._tried(progress)
        return self._engine

    def _tried(self, progress: Progress | None) -> Engine:
        """The engine, or the error of less than a minute ago."""
        if self._failed and time.monotonic() - self._failed[0] < _AGAIN_SECONDS:
            raise self._failed[1]
        try:
            return self._load(progress)
        except RecollectError as error:
            self._failed = (time.monotonic(), error)
            raise

    def _load(self, progress: Progress | None) -> Engine:
        from memory.embeddings.verdict import decide, faithful, remembered

        if not self._wanted and minilm.read_only(self._folder) and minilm.ready(self._folder, "int8"):
            engine = Engine(self._folder, "int8")  # another user's folder, in which nothing can be remembered
            if faithful(engine):
                return engine
        precision = self._wanted or remembered(self._folder)
        if precision and minilm.ready(self._folder, precision):
            try:
                return Engine(self._folder, precision)
            except ModelError:  # a damaged file: made again below
                discard(minilm.onnx_path(self._folder, precision))
                minilm.verify_tokenizer(self._folder)
        place = private_folder(private_folder(self._folder) / minilm.FOLDER)
        with alone(place, "prepare", progress, minilm.NAME):
            if self._wanted:
                minilm.ensure(self._folder, self._wanted, progress)
                engine = Engine(self._folder, self._wanted)
                minilm.tidy(self._folder)
                return engine
            return decide(self._folder, progress)


class Engine:
    """A loaded model. Raises `ModelError` when ONNX Runtime cannot load its files."""

    def __init__(self, folder: Path, precision: Precision) -> None:
        from tokenizers import Tokenizer

        onnxruntime = runtime.onnxruntime()

        self.precision = precision
        path = minilm.onnx_path(folder, precision)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what fails is raised; the rest is of no use to anybody here
        self._threads = options.intra_op_num_threads = _threads()
        options.inter_op_num_threads = 1
        # Waiting threads sleep: spinning takes the processor from the chat engine, and from each other.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            with ThreadPoolExecutor(1, "recollect-embed", _give_way) as apart:  # the session's own threads inherit it
                made = apart.submit(onnxruntime.InferenceSession, path, options, providers=["CPUExecutionProvider"])
                self._session: Any = made.result()
            self._tokenizer: Any = Tokenizer.from_file(str(minilm.tokenizer_path(folder)))
        except Exception as error:  # both libraries raise classes of their own making
            raise ModelError(
                f"The embedder {minilm.NAME} cannot be loaded from {path.parent} ({str(error).splitlines()[0]}).",
                f"Remove it with `recollect models rm {minilm.FOLDER}`, and pull it again.",
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(minilm.MAX_TOKENS)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length one, one row a text.

        Each text is computed by itself, several at once on threads: in int8 a batch would be scaled as a whole, so that
        a text's vector would depend on its neighbours (by up to 0.02 of cosine), and padding would be computed in vain.
        """
        import numpy as np

        vectors = np.empty((len(texts), minilm.DIMENSION), np.float32)
        with ThreadPoolExecutor(self._threads, "recollect-embed", _give_way) as pool:
            for start in range(0, len(texts), _CHUNK):
                chunk = [_clean(text) for text in texts[start : start + _CHUNK]]
                tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(chunk)]
                rows = pool.map(self._vector, tokens) if len(tokens) > 1 else map(self._vector, tokens)
                for place, row in enumerate(rows, start):
                    vectors[place] = row
        return vectors

    def _vector(self, tokens: list[int]) -> NDArray[np.float32]:
        import numpy as np

        ids = np.array([tokens], np.int64)
        row: NDArray[np.float32] = self._session.run(None, {"ids": ids, "mask": np.ones_like(ids)})[0][0]
        return row


def _clean(text: str) -> str:
    """What the tokenizer can take: cut, and with lone surrogates replaced."""
    return text[:_MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _give_way() -> None:
    """Have this thread give way to the others: whoever types waits for a processor less than what is computed may."""
    if sys.platform == "linux":  # elsewhere a thread has no priority of its own
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + _WAY)


def _threads() -> int:
    """One a physical core, within what this process may use; the model is too small for more than eight."""
    import psutil

    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    return max(1, min(cores, allowed, 8))
