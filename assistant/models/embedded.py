"""The embedded model: llama.cpp in a process of our own, pulled when needed, counted with its own tokenizer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from assistant import markers
from assistant.models import library, problems, web
from assistant.models.answers import Answerer
from assistant.models.gguf import read_header
from assistant.models.leaning import NO_TOKEN, spelled, token_bias
from assistant.models.process import EngineProcess
from assistant.models.readings import Readings, beginning, prepare_folder
from assistant.models.tokens import CountCache
from assistant.models.wires import OpenAIWire, Target, load_openai
from memory.errors import ArtifactError, ModelError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from pathlib import Path

    from assistant.events import Prompt
    from assistant.models.base import Chunk, ModelChoice, Progress
    from assistant.models.gguf import Header

CONTEXT = 8192
"""Most tokens of context; more costs memory from the start and gives a small model nothing."""

LEAST_CONTEXT = 2048
"""Where memory is short the context is halved down to this."""

_LONG_READING = 10
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    """An engine that answers.

    Attributes:
        engine: its process.
        answerer: asks it.
        readings: what it has read before; None where that is not kept.
        known: the keys of the beginnings that this process has read.
        begun, open: how many answers were asked of it, and how many of these are still coming.
    """

    engine: EngineProcess
    answerer: Answerer
    readings: Readings | None
    known: set[str] = field(default_factory=set)
    begun: int = 0
    open: int = 0


class EmbeddedModel:
    """A `ChatModel` on the embedded engine.

    Args:
        choice: its name is `embedded:` and what the library knows the file by.
        models_folder: where model files are kept.
        log_file: where the engine's own log goes.
        patience: seconds to wait between tokens; reading a long prompt may take ten times as long.
        keep: whether what it makes of the beginnings of prompts is kept on the disk; what is there is used anyhow.
    """

    def __init__(
        self, choice: ModelChoice, *, models_folder: Path, log_file: Path, patience: float, keep: bool = True
    ) -> None:
        self.choice = choice
        self._name = choice.name.removeprefix("embedded:")
        self._models_folder = models_folder
        self._log_file = log_file
        self._patience = patience
        self._keep = keep
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._loading: EngineProcess | None = None
        self._running: _Running | None = None
        self._context = LEAST_CONTEXT
        self._counts = CountCache()

    @property
    def context(self) -> int:
        """See `ChatModel`."""
        return self._context

    @property
    def counts_exactly(self) -> bool:
        """See `ChatModel`."""
        return True

    @property
    def engine(self) -> EngineProcess | None:
        """The engine's process, once it has answered."""
        return self._running.engine if self._running else None

    @property
    def is_ready(self) -> bool:
        """See `ChatModel`."""
        return self._running is not None and self._running.engine.alive

    async def ready(self, progress: Progress | None = None) -> None:
        """See `ChatModel`. An engine that has died is started anew. When this is cancelled, pulling and loading end."""
        await self._up(progress)

    async def count(self, texts: Sequence[str]) -> list[int]:
        """See `ChatModel`."""
        return await self._counts.count(texts, self._ask_counts)

    async def stream(self, prompt: Prompt, *, max_tokens: int, temperature: float) -> AsyncGenerator[Chunk]:
        """See `ChatModel`."""
        running = await self._up()
        running.begun += 1
        running.open += 1
        try:
            await self._begin(running, prompt)
            if prompt.leaning:
                tokens = await asyncio.to_thread(self._tokenize, running.engine, spelled(prompt))
                prompt = replace(prompt, token_bias=token_bias(prompt, tokens))
            answer = running.answerer.answer(prompt, max_tokens=max_tokens, temperature=temperature)
            async with aclosing(answer) as pieces:
                async for chunk in pieces:
                    yield chunk
        except Exception as error:
            raise await self._explained(error, running.engine) from error
        finally:
            running.open -= 1

    async def read_ahead(self, start: Prompt) -> None:
        """Have the engine read the beginning of prompts before one is asked; it reads it once and answers nothing.

        Raises what `ready` raises, and `ModelError`.
        """
        running = await self._up()
        running.begun += 1
        running.open += 1
        try:
            if not await self._begin(running, start):
                await self._read(running, start)
        except Exception as error:
            raise await self._explained(error, running.engine) from error
        finally:
            running.open -= 1

    async def _begin(self, running: _Running, prompt: Prompt) -> bool:
        """Have the engine know what prompts of this kind begin with: from what it once read, or by reading it now.

        False where it does not: the beginning is short, or nothing is to be kept.
        """
        start = beginning(prompt)
        if running.readings is None or start is None:
            return False
        if (key := running.readings.key(start)) in running.known:
            return True
        if await asyncio.to_thread(running.readings.restore, running.engine, key, used=running.begun > 1):
            running.known.add(key)
            return True
        if not self._keep:
            return False
        turn, alone = running.begun, running.open == 1
        await self._read(running, start)
        running.known.add(key)
        if alone:
            await asyncio.to_thread(running.readings.save, running.engine, key, lambda: running.begun == turn)
        return True

    @staticmethod
    async def _read(running: _Running, start: Prompt) -> None:
        """Have the engine read a beginning; the one token that it must give is let go."""
        with contextlib.suppress(problems.EmptyAnswerError):
            async with aclosing(running.answerer.answer(start, max_tokens=1, temperature=0)) as pieces:
                async for _ in pieces:
                    pass

    async def close(self) -> None:
        """See `ChatModel`."""
        self._closed.set()
        for engine in (self._loading, self._running.engine if self._running else None):
            if engine:
                await asyncio.to_thread(engine.close)

    async def _up(self, progress: Progress | None = None) -> _Running:
        running = self._running
        if running and running.engine.alive:
            return running
        stop = threading.Event()
        try:
            return await asyncio.to_thread(self._bring_up, progress, stop)
        except asyncio.CancelledError:
            stop.set()
            if engine := self._loading:
                engine.close()
            raise

    def _bring_up(self, progress: Progress | None, stop: threading.Event) -> _Running:
        def check() -> None:
            if stop.is_set() or self._closed.is_set():
                raise ModelError(f"{self.choice.name} was stopped while it was brought up.", "Start it again.")

        with self._lock:
            if self._running and self._running.engine.alive:
                return self._running
            check()
            path = self._file(progress, check)
            if self._running:
                self._running.engine.close()
            try:
                header = read_header(path)
            except ModelError as error:
                raise self._cannot_load(path, error) from error
            markers.know(header.control)
            self._context = context_that_fits(header, path.stat().st_size, self.choice.name)
            engine = self._loading = EngineProcess(self._log_file)
            folder = prepare_folder(self._models_folder, make=self._keep)
            try:
                engine.start(path, self._context, _cores(), folder)
                check()
                load_openai()
                engine.wait()
            except ModelError as error:
                engine.close()
                check()
                raise self._cannot_load(path, error) from error
            finally:
                self._loading = None
            extra = {"cache_prompt": True, "chat_template_kwargs": {"enable_thinking": False}}
            wire = OpenAIWire(Target(f"{engine.url}/v1", engine.key, "embedded", extra=extra))
            answerer = Answerer(wire, first=self._patience * _LONG_READING, between=self._patience)
            readings = Readings(folder, path, self._patience * _LONG_READING, look=not self._keep) if folder else None
            self._running = _Running(engine, answerer, readings)
            if self._closed.is_set():
                engine.close()
            return self._running

    def _file(self, progress: Progress | None, check: Callable[[], None]) -> Path:
        """The model's file, pulled when it is not here."""

        def report(done: int, total: int, what: str) -> None:
            check()
            if progress:
                progress(done, total, what)

        here = library.resolve(self._name, self._models_folder)
        return here or library.pull(self._name, self._models_folder, report)

    def _cannot_load(self, path: Path, error: ModelError) -> ModelError:
        """Why: the file is damaged (then it is out of the way now), or the engine does not know this kind of model."""
        try:
            whole = library.check_whole(self._name, self._models_folder)
        except ArtifactError:
            whole = False
        if whole:
            return ModelError(
                f"The engine cannot load {path.name}: {error.message}",
                f"Choose another model; the engine's log is {self._log_file}.",
            )
        return ModelError(f"The model file {path} is damaged.", f"Pull it again: recollect models pull {self._name}")

    async def _explained(self, error: Exception, engine: EngineProcess) -> Exception:
        if not problems.status(error) and await asyncio.to_thread(engine.has_ended):
            _log.error("the embedded engine has ended: %s", engine.ending)
            return ModelError(
                f"The embedded engine broke down in the middle of its answer: {engine.ending}.",
                f"Say it again, it will be started anew; its log is {self._log_file}.",
            )
        return problems.explain(error, self.choice)

    async def _ask_counts(self, texts: list[str]) -> list[int]:
        """Ask the engine for all at once: a mark that is no token stands between the texts."""
        engine = (await self._up()).engine
        content: list[str | int] = []
        for text in texts:
            content += [text, NO_TOKEN]
        try:
            tokens = await asyncio.to_thread(self._tokenize, engine, content)
        except Exception as error:
            raise await self._explained(error, engine) from error
        counts, size = [], 0
        for token in tokens:
            if token == NO_TOKEN:
                counts.append(size)
                size = 0
            else:
                size += 1
        return counts

    def _tokenize(self, engine: EngineProcess, content: list[str | int]) -> list[int]:
        body = {"content": content, "add_special": False, "parse_special": False}
        reply = web.ask(f"{engine.url}/tokenize", key=engine.key, seconds=self._patience, body=body)
        if reply.status != 200:
            raise problems.StatusError(reply.status, reply.json)
        return [int(token) for token in reply.json["tokens"]]


def context_that_fits(header: Header, size: int, name: str, total: int = 0, available: int = 0) -> int:
    """Tokens of context for a model file of `size` bytes in the memory of this machine.

    Args:
        header: of the file.
        size: of the file in bytes.
        name: of the model, for the error.
        total, available: the machine's memory in bytes; measured when 0.

    Raises `ModelError` when the model is larger than the machine's memory.
    """
    import psutil

    memory = psutil.virtual_memory()
    total, available = total or memory.total, available or memory.available
    context = min(header.context or CONTEXT, CONTEXT)
    while context > LEAST_CONTEXT and size + context * header.token_bytes > available:
        context //= 2
    if size + context * header.token_bytes > total:
        raise ModelError(
            f"{name} needs {size / 1e9:.1f} GB of memory and more; this machine has {total / 1e9:.1f} GB.",
            "Choose a smaller one: `recollect models` says which would run here.",
        )
    return context


def _cores() -> int:
    """Real cores: the engine's arithmetic gains nothing from a core's second thread."""
    import psutil

    allowed = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else psutil.cpu_count()
    return max(1, min(psutil.cpu_count(logical=False) or 1, allowed or 1))
