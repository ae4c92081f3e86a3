"""What happens in a turn, as typed values that every front door matches on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memory.errors import RecollectError
    from memory.secrets import Seen
    from memory.types import Message, Recall, Recollection


@dataclass(frozen=True, slots=True)
class PromptPart:
    """One message of a prompt.

    Attributes:
        role: `system`, `user` or `assistant`, as the OpenAI API has it.
        content: the text that is sent.
        kind: what it is for: `system`, `example`, `history`, `message` (notes and the user's message together).
        tokens: its size in the model's tokens.
    """

    role: str
    content: str
    kind: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """Exactly what is sent to the model.

    Attributes:
        parts: the messages in order, the stable ones first.
        notes: the recollections that found room, in the order in which they stand in the prompt.
        left_out: recollections that found no room.
        dropped_turns: how many recent messages found no room.
        tokens: size of the whole prompt; exact when `counted` is true, an estimate otherwise.
        budget: the most tokens that the prompt may have.
        counted: whether the model's own tokenizer did the counting.
        completion: the parts are to be joined and continued as plain text, not sent as a chat. Small models read a
            plain page of examples better than a chat template.
        stop: texts at which the answer ends.
        cut_characters: how many characters of the user's message found no room.
        leaning: words, each with what is added to its likeliness (its logit) in the answer; see `assistant.leaning`. A
            model whose tokens are not known leaves it unheeded.
        token_bias: the same by token, filled in by the model that is asked.
    """

    parts: tuple[PromptPart, ...]
    notes: tuple[Recollection, ...]
    left_out: tuple[Recollection, ...]
    dropped_turns: int
    tokens: int
    budget: int
    counted: bool
    completion: bool = False
    stop: tuple[str, ...] = ()
    cut_characters: int = 0
    leaning: tuple[tuple[str, float], ...] = ()
    token_bias: Mapping[int, float] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """The parts as one text, as it is sent when `completion` is true."""
        return "".join(part.content for part in self.parts)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer; None where they are not known.

    Attributes:
        prompt_tokens, completion_tokens: of the prompt and of what came of the answer.
        cached_tokens: the reused part of the prompt.
        counted: counted here, as the answer was ended before the server told them.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Screened:
    """The message held a secret, told before anything is written; or the answer did, told at its end.

    `seen` says what became of it.
    """

    seen: Seen


@dataclass(frozen=True, slots=True)
class Committed:
    """The user's message is in the journal (None in a turn that is not to be remembered)."""

    message: Message | None


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the message evoked."""

    recall: Recall


@dataclass(frozen=True, slots=True)
class Packed:
    """The prompt is ready."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class ModelLoading:
    """The model is being brought up; shown when it takes a moment. `name` says which."""

    name: str


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer is whole and in the journal.

    Attributes:
        text: the whole answer.
        message: as the journal keeps it (None when the turn is not remembered).
        usage: tokens.
        model: the model's name.
        timings: milliseconds: `recall`, `first_token`, `total`.
    """

    text: str
    message: Message | None
    usage: Usage
    model: str
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stopped:
    """The user stopped the answer; what had come is kept and marked. Fields as in `Answered`."""

    text: str
    message: Message | None
    model: str
    timings: Mapping[str, float] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer failed; the user's message and what had come are kept and marked.

    `message` is the partial answer as the journal keeps it, None when nothing had come.
    """

    error: RecollectError
    text: str
    message: Message | None


TurnEvent = Screened | Committed | Recalled | Packed | ModelLoading | Token | Answered | Stopped | Failed
