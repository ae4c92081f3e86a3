"""How a prompt gets to a model and its answer back: chats through LangChain, plain text through OpenAI's client.

A wire imports its libraries in `load`, which blocks for a second or so and belongs in a thread. Connections are made
for one answer and closed with it: nothing idles, and a server notices at once that nobody listens any more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from assistant.events import Prompt, Usage
from assistant.models import addresses, problems
from assistant.models.base import Chunk

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    import openai
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessageChunk

CONNECT_SECONDS = 10.0
_MOST_STOPS = 4


@dataclass(frozen=True, slots=True)
class Options:
    """What goes with a prompt. `without` names parameters that the model has refused before."""

    max_tokens: int
    temperature: float
    without: frozenset[str] = frozenset()


@dataclass(slots=True)
class _End:
    """Whether an answer came to its end: what came, and why it ended."""

    reason: str = ""
    seen: bool = False
    words: bool = False

    def note(self, text: str, reason: str | None) -> None:
        self.seen = True
        self.words = self.words or bool(text.strip())
        self.reason = reason or self.reason

    def check(self) -> None:
        """Raises what `problems` has for an answer that is none, that was cut, or that is empty."""
        if not self.seen:
            raise problems.NoAnswerError
        if not self.reason:
            raise problems.CutOffError
        if not self.words:
            raise problems.EmptyAnswerError(self.reason)


class Wire(Protocol):
    """A way to one model. Errors are raised as the libraries have them, or as in `problems`."""

    def load(self) -> None:
        """Import what is needed; blocks."""
        ...

    def stream(self, prompt: Prompt, options: Options) -> AsyncGenerator[Chunk]:
        """The answer in pieces, as they come; one without text is a sign of life."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """A model behind an OpenAI-compatible API.

    Attributes:
        url: base address.
        key: API key; empty where none is needed.
        model: its name there.
        plain: whether the server continues plain text (`/completions`).
        extra: further fields of every request, for servers that know them.
    """

    url: str
    key: str
    model: str
    plain: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)


def load_openai() -> None:
    """Import OpenAI's client; blocks for about half a second."""
    import openai.resources.completions  # noqa: F401


def load_langchain() -> None:
    """Import LangChain's client, with what it would import in the middle of its first answer; blocks for a second."""
    import langchain.chat_models  # noqa: F401
    import langchain_core.tracers.langchain  # noqa: F401
    import langchain_openai  # noqa: F401
    import openai.resources.chat.completions  # noqa: F401


class OpenAIWire:
    """To an OpenAI-compatible API, OpenAI's own among them."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._plain = target.plain

    def load(self) -> None:
        """Import the clients for plain text and for chats; the second is else imported by the first chat."""
        load_openai()
        load_langchain()

    def known_context(self) -> int:
        """The longest prompt in tokens as LangChain knows it; 0 when it does not."""
        return _profile_context(self._client(Options(1, 0.0), None))

    async def stream(self, prompt: Prompt, options: Options) -> AsyncGenerator[Chunk]:
        """See `Wire`. A server without `/completions` gets the text of a completion as one message of the user."""
        if prompt.completion and self._plain:
            try:
                async for chunk in self._complete(prompt, options):
                    yield chunk
            except Exception as error:
                if problems.status(error) not in (404, 405, 501):
                    raise
                self._plain = False
            else:
                return
        async for chunk in self._chat(prompt, options):
            yield chunk

    async def _complete(self, prompt: Prompt, options: Options) -> AsyncGenerator[Chunk]:
        import openai

        asked: dict[str, Any] = {
            "max_tokens": options.max_tokens,
            "temperature": options.temperature,
            "stop": list(prompt.stop)[:_MOST_STOPS] or None,
            "stream_options": {"include_usage": True},
            "logit_bias": {str(token): value for token, value in prompt.token_bias.items()} or None,
        }
        given = {name: value for name, value in asked.items() if value is not None and name not in options.without}
        async with self._http() as http:
            client = openai.AsyncOpenAI(
                base_url=self.target.url, api_key=self.target.key or "none", http_client=http, max_retries=0
            )
            stream = await client.completions.create(
                model=self.target.model,
                prompt="".join(part.content for part in prompt.parts),
                stream=True,
                extra_body=dict(self.target.extra),
                **given,
            )
            end = _End()
            async for piece in stream:
                choice = piece.choices[0] if piece.choices else None
                text = (choice.text if choice else "") or ""
                end.note(text, choice.finish_reason if choice else None)
                yield Chunk(text, _usage(piece.usage) if piece.usage else None)
            end.check()

    async def _chat(self, prompt: Prompt, options: Options) -> AsyncGenerator[Chunk]:
        await asyncio.to_thread(load_langchain)
        async with self._http() as http:
            stop = () if "stop" in options.without else prompt.stop[:_MOST_STOPS]
            async for chunk in _through_langchain(self._client(options, http), prompt, stop, strict=True):
                yield chunk

    def _client(self, options: Options, http: openai.DefaultAsyncHttpxClient | None) -> BaseChatModel:
        """LangChain's client. OpenAI calls the most tokens of an answer otherwise than all who copied it."""
        from langchain.chat_models import init_chat_model

        official = self.target.url == addresses.OPENAI
        body = dict(self.target.extra)
        given: dict[str, Any] = {} if official else {"use_responses_api": False}
        if "temperature" not in options.without:
            given["temperature"] = options.temperature
        if official and "max_completion_tokens" not in options.without:
            given["max_tokens"] = options.max_tokens
        elif not official and "max_tokens" not in options.without:
            body["max_tokens"] = options.max_tokens
        made: BaseChatModel = init_chat_model(
            self.target.model,
            model_provider="openai",
            base_url=self.target.url,
            api_key=self.target.key or "none",
            http_async_client=http,
            max_retries=0,
            stream_usage="stream_options" not in options.without,
            stream_chunk_timeout=0,
            extra_body=body or None,
            **given,
        )
        return made

    def _http(self) -> openai.DefaultAsyncHttpxClient:
        """A client for one answer. Time limits are kept by who reads the stream; only connecting has its own here.

        Connections are not used again: llama.cpp's server cancels answers on a connection that had one before.
        """
        import openai

        return openai.DefaultAsyncHttpxClient(
            timeout=openai.Timeout(None, connect=CONNECT_SECONDS),
            verify=self.target.url.startswith("https"),
            trust_env=not addresses.is_local(self.target.url),
        )


class ProviderWire:
    """To any provider of LangChain by `provider:model`; its client finds its own key and address in the environment."""

    def __init__(self, name: str) -> None:
        self._provider, _, self._model = name.partition(":")
        self._made: dict[Options, BaseChatModel] = {}

    def load(self) -> None:
        """Import the provider's client and make one, so that what is missing is known now."""
        self._client(Options(256, 0.0))

    def context(self) -> int:
        """The longest prompt in tokens as LangChain knows it; 0 when it does not."""
        return max((_profile_context(model) for model in self._made.values()), default=0)

    async def stream(self, prompt: Prompt, options: Options) -> AsyncGenerator[Chunk]:
        """See `Wire`."""
        model = await asyncio.to_thread(self._client, options)
        stop = () if "stop" in options.without else prompt.stop[:_MOST_STOPS]
        async for chunk in _through_langchain(model, prompt, stop, strict=False):
            yield chunk

    def _client(self, options: Options) -> BaseChatModel:
        from langchain.chat_models import init_chat_model

        if options not in self._made:
            wanted: dict[str, Any] = {"max_tokens": options.max_tokens, "temperature": options.temperature}
            given = {name: value for name, value in wanted.items() if name not in options.without}
            self._made[options] = init_chat_model(self._model, model_provider=self._provider, **given)
        return self._made[options]


async def _through_langchain(
    model: BaseChatModel, prompt: Prompt, stop: tuple[str, ...], *, strict: bool
) -> AsyncGenerator[Chunk]:
    """Stream a chat. `strict`: the protocol gives a reason when an answer ends, so that without one it was cut."""
    from langsmith import tracing_context

    end = _End("" if strict else "stop")
    with tracing_context(enabled=False):
        async for piece in model.astream(_messages(prompt), stop=list(stop) or None):
            text = str(piece.text)
            end.note(text, piece.response_metadata.get("finish_reason"))
            yield Chunk(text, _usage_of(piece))
    end.check()


def _profile_context(model: BaseChatModel) -> int:
    found = (getattr(model, "profile", None) or {}).get("max_input_tokens", 0)
    return found if isinstance(found, int) else 0


def _messages(prompt: Prompt) -> list[tuple[str, str]]:
    if prompt.completion:
        return [("user", "".join(part.content for part in prompt.parts))]
    return [(part.role, part.content) for part in prompt.parts]


def _usage(told: Any) -> Usage:  # noqa: ANN401
    details = getattr(told, "prompt_tokens_details", None)
    return Usage(told.prompt_tokens, told.completion_tokens, getattr(details, "cached_tokens", None))


def _usage_of(piece: BaseMessageChunk) -> Usage | None:
    told = getattr(piece, "usage_metadata", None)
    if not told or not told.get("input_tokens"):
        return None
    cached = (told.get("input_token_details") or {}).get("cache_read")
    return Usage(told["input_tokens"], told["output_tokens"], cached)
