"""What goes wrong with a model, as one sentence and one hint.

Libraries raise errors of their own classes; they are recognised by status, code and class name, so that none has to be
imported here and every provider's client is understood alike.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.models import addresses
from assistant.models.providers import PROVIDERS
from memory.errors import ModelError, RecollectError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.models.base import ModelChoice

OPTIONAL = ("temperature", "max_completion_tokens", "max_tokens", "stop", "stream_options")
"""Parameters of a request that some models refuse and that an answer can do without."""

_UNSUPPORTED = re.compile(
    r"unsupported|not support|does not allow|unknown|unrecogni[sz]ed|not permitted|unexpected", re.IGNORECASE
)
_TOO_LONG = re.compile(
    r"context.{0,12}(length|size|window)|context_length|maximum context|too many tokens|prompt is too long"
    r"|exceeds? the (available|model)|input.{0,20}too long|tokens? limit|exceed_context",
    re.IGNORECASE,
)
_QUOTA = re.compile(r"quota|insufficient|billing|credit", re.IGNORECASE)
_SECRETS = re.compile(r"\b(sk|pk|key|gsk|hf|xai)[-_][\w*-]{4,}|Bearer\s+\S+", re.IGNORECASE)
_NO_CHUNKS = "No generation chunks were returned"
_LONGEST = 200
_MINUTES, _LONG_WAIT = 120, 100_000


class SlowError(Exception):
    """Nothing came for `seconds`; `begun` says whether part of the answer had come."""

    def __init__(self, seconds: float, begun: bool) -> None:
        super().__init__(f"nothing came for {seconds:g} s")
        self.seconds = seconds
        self.begun = begun


class CutOffError(Exception):
    """The stream ended tidily, but before the answer did."""


class NoAnswerError(Exception):
    """A reply without anything in it that is an answer."""


class EmptyAnswerError(Exception):
    """An answer without a word; `reason` is why the model ended it, as far as it said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StatusError(Exception):
    """A reply with a status that tells of an error; `body` is the JSON in it."""

    def __init__(self, status_code: int, body: object) -> None:
        super().__init__(f"status {status_code}")
        self.status_code = status_code
        self.body = body


def said(error: BaseException) -> str:
    """What the other side said, short and without keys."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else body
    text = inner.get("message") if isinstance(inner, dict) else inner
    text = text if isinstance(text, str) and text.strip() else str(error)
    text = _SECRETS.sub("…", " ".join(text.split())).rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def status(error: BaseException) -> int:
    """The HTTP status, 0 when there was none."""
    found = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return found if isinstance(found, int) else 0


def refused_parameter(error: BaseException, sent: Sequence[str]) -> str:
    """The optional parameter that a 400 complains about, empty when it is about something else."""
    if status(error) not in (400, 422):
        return ""
    text = f"{getattr(error, 'param', '') or ''} {error}"
    if not _UNSUPPORTED.search(text):
        return ""
    return next((name for name in sent if re.search(rf"(?<!\w){name}(?!\w)", text)), "")


def explain(error: BaseException, choice: ModelChoice, *, models: Sequence[str] = ()) -> RecollectError:
    """The error to raise for what a library raised.

    Args:
        error: whatever came up while the model was asked.
        choice: the model that was asked.
        models: names that the server has, when it told them.
    """
    if isinstance(error, RecollectError):
        return error
    return _by_status(error, choice, models) or _by_kind(error, choice)


def _by_status(  # noqa: PLR0911  (one case after the other)
    error: BaseException, choice: ModelChoice, models: Sequence[str]
) -> ModelError | None:
    code, where, words = status(error), _where(choice), said(error)
    if _TOO_LONG.search(f"{getattr(error, 'code', '') or ''} {words}") and code in (0, 400, 413, 422):
        return ModelError(
            f"The prompt is too long for {choice.name}: {words}.",
            "Say less at once, or choose a model with a longer context.",
        )
    if code in (401, 403):
        return ModelError(f"{where} refused the API key ({code}): {words}.", _key_hint(choice))
    if code == 404:
        return ModelError(f"{where} has no model {choice.name!r}: {words}.", _models_hint(choice, models))
    if code == 429:
        if _QUOTA.search(f"{getattr(error, 'code', '') or ''} {words}"):
            return ModelError(f"{where}: the quota of this key is used up.", "Add credit, or choose another model.")
        return ModelError(f"{where} limits how often it answers: {words}.", _wait_hint(error))
    if code >= 500:
        return ModelError(f"{where} failed ({code}): {words}.", "Say it again in a moment; the fault is on its side.")
    if code >= 400:
        return ModelError(f"{where} refused the request ({code}): {words}.", "Choose another model with --model.")
    return None


def _by_kind(error: BaseException, choice: ModelChoice) -> ModelError:  # noqa: PLR0911  (one case after the other)
    where = _where(choice)
    names = {kind.__name__ for each in _chain(error) for kind in type(each).__mro__}
    if isinstance(error, SlowError):
        what = "stopped in the middle of its answer" if error.begun else "did not begin to answer"
        return ModelError(
            f"{where} {what} for {error.seconds:g} s.", "Say it again, or raise the setting timeout if it is only slow."
        )
    if isinstance(error, EmptyAnswerError):
        hint = "Raise the setting answer.max_tokens." if error.reason == "length" else "Say it again in other words."
        return ModelError(f"{where} gave an empty answer.", hint)
    if isinstance(error, CutOffError) or names & {"RemoteProtocolError", "ReadError", "IncompleteRead"}:
        return ModelError(f"{where} broke off in the middle of its answer.", "What had come is kept; say it again.")
    if (
        isinstance(error, NoAnswerError)
        or _NO_CHUNKS in str(error)
        or names & {"JSONDecodeError", "APIResponseValidationError", "DecodingError"}
    ):
        return ModelError(f"{where} sent something that is no answer.", _nonsense_hint(choice))
    if names & {"ConnectTimeout", "APITimeoutError", "TimeoutException", "PoolTimeout"}:
        return ModelError(f"{where} cannot be reached: no reply to connecting.", _reach_hint(choice))
    if names & {"ConnectError", "APIConnectionError", "ConnectionError", "TransportError", "NetworkError", "gaierror"}:
        return ModelError(f"{where} cannot be reached: {_cause(error)}.", _reach_hint(choice))
    return ModelError(f"{where} failed: {said(error)}.", "Say it again, or choose another model with --model.")


def unready(error: BaseException, choice: ModelChoice) -> RecollectError:
    """The error to raise when a provider's client could not even be made."""
    if isinstance(error, RecollectError):
        return error
    provider = choice.name.partition(":")[0]
    known = PROVIDERS.get(provider)
    if isinstance(error, ImportError):
        package = known.package if known else "its package"
        return ModelError(f"{choice.name} needs {package}: {error}.", f"Install it: pip install {package}")
    return ModelError(f"{choice.name} cannot be set up: {said(error)}.", _key_hint(choice))


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and what caused it."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _cause(error: BaseException) -> str:
    last = next((each for each in reversed(_chain(error)) if isinstance(each, OSError)), error)
    text = (last.strerror if isinstance(last, OSError) else "") or said(last)
    lower = f"{text} {said(_chain(error)[-1])}".lower()
    if "refused" in lower or "all connection attempts failed" in lower:
        return "nothing listens there"
    if "name or service" in lower or "nodename" in lower or "getaddrinfo" in lower or "resolution" in lower:
        return "its name is not known (no network?)"
    if "certificate" in lower:
        return "its certificate is not trusted"
    return text


def _where(choice: ModelChoice) -> str:
    """The other side, as people would call it."""
    if choice.base_url == addresses.OPENAI:
        return "OpenAI"
    if choice.base_url:
        return f"The server at {choice.base_url}"
    if choice.name.startswith("embedded:"):
        return "The embedded engine"
    return choice.name.partition(":")[0]


def _wait_hint(error: BaseException) -> str:
    """How long to wait, where the other side said so (`Retry-After`, in seconds)."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    seconds = str(headers.get("retry-after") or "").strip()
    if not seconds.isdigit() or not 0 < int(seconds) < _LONG_WAIT:
        return "Wait a little and say it again."
    number, unit = (int(seconds), "second") if int(seconds) < _MINUTES else (-(-int(seconds) // 60), "minute")
    return f"Wait {number} {unit}{'' if number == 1 else 's'} and say it again."


def _key_hint(choice: ModelChoice) -> str:
    provider = choice.name.partition(":")[0]
    if choice.base_url and choice.base_url != addresses.OPENAI:
        return "Set RECOLLECT_API_KEY in the environment to the key of this server."
    known = PROVIDERS.get(provider)
    if known and known.key:
        return f"Set {known.key} in the environment to a valid key."
    return "Set the provider's API key in the environment."


def _models_hint(choice: ModelChoice, models: Sequence[str]) -> str:
    if not models:
        return "Check the name, or choose another model with --model."
    near = difflib.get_close_matches(choice.name.rpartition(":")[2], models, n=3, cutoff=0.4)
    shown = list(dict.fromkeys([*near, *models]))[:8]
    more = ", …" if len(models) > len(shown) else ""
    hint = f"It has: {', '.join(shown)}{more}."
    if urlsplit(choice.base_url).port == 11434:
        hint += f" Or pull it: ollama pull {choice.name.removeprefix('ollama:')}"
    return hint


def _reach_hint(choice: ModelChoice) -> str:
    if not choice.base_url or choice.base_url == addresses.OPENAI:
        return "Check the network, or use the embedded model: --model embedded:smollm2-135m"
    if urlsplit(choice.base_url).port == 11434:
        return f"Is Ollama running at {choice.base_url}? Start it with: ollama serve"
    return "Is the server running? Check base_url, or use the embedded model: --model embedded:smollm2-135m"


def _nonsense_hint(choice: ModelChoice) -> str:
    if choice.base_url and choice.base_url != addresses.OPENAI:
        return f"Is {choice.base_url} an OpenAI-compatible API? Its address usually ends in /v1."
    return "Say it again, or choose another model with --model."
