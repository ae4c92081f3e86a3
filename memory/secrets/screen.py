"""What becomes of secrets in what is said: kept, taken out, or the message refused; before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.errors import UsageError
from memory.secrets.find import find, redacted

if TYPE_CHECKING:
    from collections.abc import Sequence

POLICIES = ("redact", "keep", "refuse")
"""`redact` takes secrets out, `keep` keeps them, `refuse` keeps nothing of a message that holds one."""


class SecretError(UsageError):
    """A message holds a secret, and such are refused."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A text after it was looked through.

    Attributes:
        text: what may be written.
        kinds: what was found, such as `API key`; each named once, in their order.
        policy: what was done with it.
        answer: whether the model said it.
    """

    text: str
    kinds: tuple[str, ...] = ()
    policy: str = "redact"
    answer: bool = False

    def sentence(self) -> str:
        """What was found and what became of it, for the one who talks; empty when nothing was found."""
        if not self.kinds:
            return ""
        what = _listed(self.kinds)
        if self.answer:
            became = "is kept" if self.policy == "keep" else "was taken out of what is kept"
            return f"The answer held {what}, which {became}."
        if self.policy == "keep":
            return f"Your message holds {what}, and it is kept as you wrote it; `recollect forget` takes it out again."
        return (
            f"Your message held {what}, which was taken out: it is neither kept nor given to the model. "
            "Set memory.secrets to keep if such things are to be remembered."
        )


class Screen:
    """Looks through texts by one policy. Callable, so that a journal can have one."""

    def __init__(self, policy: str) -> None:
        self.policy = policy

    def see(self, text: str) -> Seen:
        """`text` as it may be written. Raises `SecretError` when it holds a secret and such are refused."""
        found = find(text)
        if not found:
            return Seen(text, (), self.policy)
        kinds = tuple(dict.fromkeys(each.kind for each in found))
        if self.policy == "refuse":
            raise SecretError(
                f"The message holds {_listed(kinds)}, and nothing of it was kept.",
                "Say it without, or set memory.secrets to redact or keep.",
            )
        return Seen(text if self.policy == "keep" else redacted(text, found), kinds, self.policy)

    def without(self, text: str) -> str:
        """`text` as it may be written, of those who cannot say it otherwise: secrets are taken out, never refused."""
        return text if self.policy == "keep" else redacted(text, find(text))

    def answered(self, text: str) -> Seen:
        """A model's answer as it may be written: it is there already, so secrets are taken out, never refused."""
        found = find(text)
        kinds = tuple(dict.fromkeys(each.kind for each in found))
        return Seen(text if self.policy == "keep" else redacted(text, found), kinds, self.policy, answer=True)

    def offered(self, text: str) -> Seen | None:
        """As `see`, for texts that are one of many: None when it is refused."""
        try:
            return self.see(text)
        except SecretError:
            return None

    def __call__(self, text: str) -> str:
        """`text` as it may be written; see `see`. Where all is kept it is not even looked through."""
        return text if self.policy == "keep" else self.see(text).text


def _listed(kinds: Sequence[str]) -> str:
    """`an API key and a password`."""
    return " and ".join(f"{'an' if kind[0] in 'aeiouA' else 'a'} {kind}" for kind in kinds)
