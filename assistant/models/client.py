"""ChatModel over a wire: servers by address, OpenAI, and any provider of LangChain."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from assistant.models import addresses, problems, web
from assistant.models.answers import Answerer
from assistant.models.choose import SERVER_DEFAULT
from assistant.models.tokens import estimate
from assistant.models.wires import CONNECT_SECONDS, OpenAIWire, ProviderWire, Target
from memory.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from assistant.events import Prompt
    from assistant.models.base import Chunk, ModelChoice, Progress
    from assistant.models.wires import Wire

UNKNOWN_CONTEXT = 4096
"""Tokens of context taken for granted when nobody says; what Ollama gives a model at the least."""

_CONTEXT_KEYS = ("max_model_len", "loaded_context_length", "n_ctx", "context_length", "context_window", "n_ctx_train")


class RemoteModel:
    """A `ChatModel` that is reached over a wire. Subclasses say how it is brought up.

    Counting is an estimate: a tokenizer would have to be downloaded for it, and nothing goes out unannounced.
    """

    def __init__(self, choice: ModelChoice, *, patience: float) -> None:
        self.choice = choice
        self._patience = patience
        self._lock = threading.Lock()
        self._answerer: Answerer | None = None
        self._context = UNKNOWN_CONTEXT

    @property
    def context(self) -> int:
        """See `ChatModel`."""
        return self._context

    @property
    def counts_exactly(self) -> bool:
        """See `ChatModel`."""
        return False

    @property
    def is_ready(self) -> bool:
        """See `ChatModel`."""
        return self._answerer is not None

    async def ready(self, progress: Progress | None = None) -> None:  # noqa: ARG002  (nothing is pulled)
        """See `ChatModel`."""
        if self._answerer is None:
            await asyncio.to_thread(self._up)

    async def count(self, texts: Sequence[str]) -> list[int]:
        """See `ChatModel`."""
        return [estimate(text) for text in texts]

    async def stream(self, prompt: Prompt, *, max_tokens: int, temperature: float) -> AsyncGenerator[Chunk]:
        """See `ChatModel`."""
        answerer = self._answerer
        if answerer is None:
            answerer = await asyncio.to_thread(self._up)
        try:
            answer = answerer.answer(prompt, max_tokens=max_tokens, temperature=temperature)
            async with aclosing(answer) as pieces:
                async for chunk in pieces:
                    yield chunk
        except Exception as error:
            names = await asyncio.to_thread(self.names) if problems.status(error) == 404 else []
            raise problems.explain(error, self.choice, models=names) from error

    async def close(self) -> None:
        """See `ChatModel`. Every answer has its own connection, so there is none to be closed."""

    def _up(self) -> Answerer:
        with self._lock:
            if self._answerer is None:
                wire = self._bring_up()
                self._answerer = Answerer(wire, first=self._patience, between=self._patience)
            return self._answerer

    def _bring_up(self) -> Wire:
        raise NotImplementedError

    def names(self) -> list[str]:
        """The models that could be asked instead, as far as the other side tells."""
        return []


class ProviderModel(RemoteModel):
    """A model of one of LangChain's providers."""

    def _bring_up(self) -> Wire:
        wire = ProviderWire(self.choice.name)
        try:
            wire.load()
        except Exception as error:
            raise problems.unready(error, self.choice) from error
        self._context = wire.context() or self._context
        return wire


class ServerModel(RemoteModel):
    """A model behind an OpenAI-compatible API: OpenAI itself, or a server of the user's.

    Args:
        choice: with its `base_url`.
        model: the model's name there; empty for the first that the server lists.
        key: API key; may be empty for a server of the user's.
        patience: seconds to wait for the first token and for each further one.
    """

    def __init__(self, choice: ModelChoice, *, model: str, key: str, patience: float) -> None:
        super().__init__(choice, patience=patience)
        self._model = model
        self._key = key
        self._url = choice.base_url

    @property
    def _official(self) -> bool:
        return self._url == addresses.OPENAI

    def _bring_up(self) -> Wire:
        if self._official:
            return self._openai()
        server = self._look()
        self._url = server.url
        if not self._model:
            if not server.models:
                raise ModelError(
                    f"The server at {self._url} does not tell which models it has.", "Name one with --model."
                )
            self._model = next(iter(server.models))
        name = self._model if self.choice.name == SERVER_DEFAULT else self.choice.name
        self.choice = replace(self.choice, name=name, base_url=self._url)
        self._context = server.models.get(self._model, 0) or self._context
        wire = OpenAIWire(Target(self._url, self._key, self._model))
        wire.load()
        return wire

    def _openai(self) -> Wire:
        if not self._key:
            raise ModelError(
                "OPENAI_API_KEY is not set.",
                "Set it in the environment or with `recollect models key openai`, or use --model smollm2-135m.",
            )
        wire = OpenAIWire(Target(self._url, self._key, self._model, plain=False))
        wire.load()
        self._context = wire.known_context() or self._context
        return wire

    def _look(self) -> _Server:
        """Ask the server which models it has, so that a wrong address or key is known before anything is said.

        An address without `/v1` is tried with it as well.
        """
        seconds = min(self._patience, CONNECT_SECONDS)
        try:
            reply = web.ask(f"{self._url}/models", key=self._key, seconds=seconds)
            if (models := _models(reply)) is not None:
                return _Server(self._url, models)
            if not self._url.endswith("/v1"):
                deeper = web.ask(f"{self._url}/v1/models", key=self._key, seconds=seconds)
                reply = deeper if deeper.status != 404 else reply
                if (models := _models(deeper)) is not None:
                    return _Server(f"{self._url}/v1", models)
        except TimeoutError as error:
            raise problems.explain(problems.SlowError(seconds, False), self.choice) from error
        except (OSError, HTTPException) as error:
            raise problems.explain(error, self.choice) from error
        if reply.status in (404, 405, 501):
            return _Server(self._url, {})
        failure = problems.StatusError(reply.status, reply.json) if reply.status >= 400 else problems.NoAnswerError()
        raise problems.explain(failure, self.choice)

    def names(self) -> list[str]:
        """The models that the server lists; none for OpenAI itself, and when it does not answer."""
        if self._official:
            return []
        try:
            return list(self._look().models)
        except ModelError:
            return []


@dataclass(frozen=True, slots=True)
class _Server:
    """Where the API is, and its models with the tokens of context of each (0: not told)."""

    url: str
    models: Mapping[str, int]


def _models(reply: web.Reply) -> dict[str, int] | None:
    """The models of a reply to `/models`; None when it is no such reply."""
    try:
        return {str(entry["id"]): _context_of(entry) for entry in reply.json["data"] or []}
    except (KeyError, TypeError, AttributeError):
        return None


def _context_of(entry: Mapping[str, Any]) -> int:
    for place in (entry, entry.get("meta") or {}):
        for key in _CONTEXT_KEYS:
            if isinstance(place.get(key), int) and place[key] > 0:
                return int(place[key])
    return 0
