"""Recent turns of a session as parts of a prompt: as many as fit, cut back in large steps, roles always in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.clean import clean, defuse
from assistant.events import PromptPart
from memory.types import Message, Role, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.sizes import Sizes

PART_TOKENS = 8
"""What a chat template adds around one message, at most (ChatML and Llama 3 add 5, Gemma 6)."""

UNANSWERED = "(This was not answered.)"
UNFINISHED = " […]"


@dataclass(frozen=True, slots=True)
class Recent:
    """The recent turns that stand in a prompt.

    Attributes:
        parts: from the oldest to the newest, beginning with the user, roles in turn.
        shown: ids of the messages that stand in them.
        dropped: how many messages of the session do not.
    """

    parts: tuple[PromptPart, ...] = ()
    shown: frozenset[str] = frozenset()
    dropped: int = 0

    @property
    def tokens(self) -> int:
        """Size of all parts."""
        return sum(part.tokens for part in self.parts)


async def recent(turns: Sequence[Message], budget: int, sizes: Sizes) -> Recent:
    """The last of `turns` that fit into `budget` tokens.

    When they no longer fit they are cut back to half of it. The same turns give the same beginning until then, so the
    model's prompt cache holds for many turns. A single long message is cut to a third of the budget, its end and its
    beginning kept.
    """
    said = _in_turn([turn for turn in turns if turn.role in (Role.USER, Role.ASSISTANT)])
    texts = [(await sizes.fit(each.text, max(16, budget // 3)))[0] for each in said]
    costs = [size + PART_TOKENS for size in await sizes.of(texts)]
    start = total = 0
    for place, cost in enumerate(costs):
        total += cost
        if total > budget:
            while start <= place and total > budget // 2:
                total -= costs[start]
                start += 1
    while start < len(said) and said[start].role != "user":
        start += 1
    shown = frozenset(turn for each in said[start:] for turn in each.ids)
    return Recent(
        parts=tuple(
            PromptPart(each.role, text, "history", cost)
            for each, text, cost in zip(said[start:], texts[start:], costs[start:], strict=True)
        ),
        shown=shown,
        dropped=len(turns) - len(shown),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    role: str
    text: str
    ids: tuple[str, ...]


def _in_turn(turns: Sequence[Message]) -> list[_Said]:
    """The turns with user and assistant strictly alternating, as many chat templates demand."""
    said: list[_Said] = []
    for turn in turns:
        new = _Said(turn.role.value, _text(turn), (turn.id,))
        last = said[-1] if said else None
        if last and last.role == new.role == "assistant":
            said[-1] = _Said(new.role, f"{last.text}\n\n{new.text}", (*last.ids, turn.id))
            continue
        if last and last.role == new.role:
            said.append(_Said("assistant", UNANSWERED, ()))
        said.append(new)
    if said and said[-1].role == "user":
        said.append(_Said("assistant", UNANSWERED, ()))
    return said


def _text(turn: Message) -> str:
    text = defuse(clean(turn.text).strip())
    return text if turn.status is Status.COMPLETE else text + UNFINISHED
