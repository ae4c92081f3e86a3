"""Judge: a model that says whether an answer means the same as the right one."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from assistant.clean import defuse
from assistant.events import Prompt, PromptPart

if TYPE_CHECKING:
    from assistant.bench.voice import Voice

_SYSTEM = (
    "You grade answers. You are given a question, the right answer and the answer of a student. The student is right"
    " when the answer says what the right answer says, in any words; more detail does no harm, another fact, date or"
    " name does. Reply with one word: yes or no."
)
_VERDICT = re.compile(r"\b(yes|no)\b", re.IGNORECASE)
_TOKENS = 8
_LONGEST = 4000


def judged(voice: Voice, question: str, right: str, answer: str) -> float:
    """1 when `voice` finds the answer right, 0 when it does not, NaN when it says neither. Raises `ModelError`."""
    asked = f"Question: {question}\nRight answer: {right}\nAnswer of the student: {answer}\n\nIs the student right?"
    parts = (
        PromptPart("system", _SYSTEM, "system", 0),
        PromptPart("user", defuse(asked[:_LONGEST]), "message", 0),
    )
    prompt = Prompt(parts, (), (), 0, 0, 0, counted=False)
    found = _VERDICT.search(voice.say(prompt, _TOKENS))
    return math.nan if found is None else float(found[1].lower() == "yes")
