"""Arms: the ways of recalling that are measured side by side, over the same memory."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from assistant.wording import cue_of
from memory.errors import UsageError
from memory.recall.arms import CONTROLS, WITHOUT_EDGES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from memory.memory import Memory
    from memory.types import Message, Recall

PRODUCT = "recollect"
"""The arm that does what a conversation does."""

RECALL_ARMS = (*CONTROLS, PRODUCT)
"""What is measured unless it is said otherwise."""

EVERY_RECALL_ARM = (*RECALL_ARMS, *WITHOUT_EDGES)
"""And recall without one kind of edge each, to see what each is worth."""

ANSWER_ARMS = ("none", "vector", PRODUCT, "gold")
"""What an answer is made from: nothing, plain vector memory, recall as in a conversation, the evidence itself."""


def recalled(
    memory: Memory, arm: str, text: str, earlier: Sequence[Message], *, k: int, exclude: Collection[str]
) -> Recall:
    """What `text` evokes by `arm`, best first.

    Args:
        memory: as it is when the text is said.
        arm: one of `EVERY_RECALL_ARM`.
        text: the question or remark.
        earlier: what was said before it in its own session; the product looks at it, a plain search does not.
        k: how many at most.
        exclude: ids that must not come back.
    """
    context = [message.text for message in earlier]
    if arm == PRODUCT:
        return memory.recall(cue_of(text, earlier), k=k, exclude=exclude, context=context)
    return memory.rank(text, arm, k=k, exclude=exclude, context=context)


def chosen_arms(wanted: str, known: Sequence[str], usual: Sequence[str] = ()) -> tuple[str, ...]:
    """The arms named in `wanted`, separated by commas; `usual` (or all of `known`) when it is empty.

    Raises `UsageError` with the nearest name for one that there is not.
    """
    names = tuple(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip())) or tuple(usual or known)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
            raise UsageError(f"There is no arm {name!r}.", hint)
    return names
