"""Whether int8 is faithful on this machine: decided by the reference vectors once, and remembered.

Processors without VNNI can saturate in int8 products. The reference texts and their original vectors are shipped
with the package (`memory/reference_vectors.json`).
"""

from __future__ import annotations

import hashlib
import json
import logging
import platform
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from memory.artifacts.files import discard, new_file, storage_errors
from memory.embeddings import minilm
from memory.errors import ModelError

if TYPE_CHECKING:
    from typing import Protocol

    import numpy as np
    from numpy.typing import NDArray

    from memory.artifacts import Progress
    from memory.embeddings.local import Engine
    from memory.embeddings.minilm import Precision

    class Embeds(Protocol):
        """Whatever makes vectors."""

        def embed(self, texts: list[str]) -> NDArray[np.float32]:
            """One row a text."""
            ...


_log = logging.getLogger(__name__)
FLOORS: dict[Precision, float] = {"int8": 0.985, "fp32": 0.9999}
"""The least cosine to the original vector that each reference text must have."""


def remembered(folder: Path) -> Precision | None:
    """What was decided for this machine; None when nothing was, or it cannot be read."""
    kept = _read(folder).get(_machine())
    return "int8" if kept == "int8" else "fp32" if kept == "fp32" else None


def decide(folder: Path, progress: Progress | None = None) -> Engine:
    """Load int8 if its vectors are faithful here, else fp32; remember which. To be called by one process at a time.

    Raises `ModelError` when neither is faithful, `ArtifactError` or `StorageError` when a model cannot be had.
    """
    for precision in FLOORS:
        engine = _load(folder, precision, progress)
        if faithful(engine):
            _remember(folder, precision)
            minilm.tidy(folder)
            return engine
    raise ModelError(
        f"The embedder {minilm.NAME} computes wrong vectors on this machine.",
        f"Remove it with `recollect models rm {minilm.FOLDER}` and pull it again; or set `embeddings` to another one.",
    )


def faithful(engine: Engine) -> bool:
    """Whether a model's vectors of the reference texts are close enough to the original ones."""
    worst = float(cosines(engine).min())
    if worst < FLOORS[engine.precision]:
        _log.warning("%s in %s is not faithful here (cosine %.4f)", minilm.NAME, engine.precision, worst)
        return False
    return True


def cosines(engine: Embeds) -> NDArray[np.float32]:
    """Cosine of each reference text's vector to its original."""
    import numpy as np

    kept = json.loads(resources.files("memory").joinpath("reference_vectors.json").read_text("utf-8"))
    original = np.asarray(kept["vectors"], np.float32)
    vectors = engine.embed(kept["texts"])
    found: NDArray[np.float32] = (vectors * original).sum(axis=1) / np.linalg.norm(original, axis=1)
    return found


def _load(folder: Path, precision: Precision, progress: Progress | None) -> Engine:
    """Ensure and load; a damaged model is made again once."""
    from memory.embeddings.local import Engine

    minilm.ensure(folder, precision, progress)
    try:
        return Engine(folder, precision)
    except ModelError:
        discard(minilm.onnx_path(folder, precision))
        minilm.verify_tokenizer(folder)
    minilm.ensure(folder, precision, progress)
    return Engine(folder, precision)


def _verdicts(folder: Path) -> Path:
    return folder / minilm.FOLDER / "machines.json"


def _read(folder: Path) -> dict[str, str]:
    try:
        kept = json.loads(_verdicts(folder).read_text("utf-8"))
    except (OSError, ValueError):  # not there yet, or damaged: it is measured again
        return {}
    return kept if isinstance(kept, dict) else {}


def _remember(folder: Path, precision: Precision) -> None:
    path = _verdicts(folder)
    text = json.dumps({**_read(folder), _machine(): precision}, indent=1)
    with storage_errors(path), new_file(path) as file:
        file.write(text.encode())


def _machine() -> str:
    """What the verdict depends on: the processor and its instructions, the engine's version, the build."""
    from importlib.metadata import version

    processor = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").split("\n\n", 1)[0].splitlines()
        processor += " ".join(line for line in lines if line.startswith(("model name", "flags", "Features")))
    except OSError:  # not Linux: what the platform calls the processor has to do
        processor += platform.machine()
    known = f"{platform.system()} {processor} {version('onnxruntime')} {minilm.BUILD}"
    return hashlib.sha256(known.encode()).hexdigest()[:16]
