"""What kind of message it is, by its wording: a question, something told, a follow-up. English, cheap, mostly right.

Nothing depends on it but which wording of the prompt is used and what the cue is; a wrong guess costs a worse answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memory.types import Message, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

_CUE = 4000
_QUESTION = 300
_TOLD = 500
_WORD = re.compile(r"\w+")
_GOES_ON = frozenset(["and", "but", "so", "also", "then"])
_PRONOUNS = frozenset(
    {"it", "its", "he", "him", "his", "she", "her", "hers", "they", "them", "their", "theirs", "these", "those", "that"}
    | {"one", "ones", "another", "else", "same"}
)
_OPENING = r"(?:(?:and|so|but|ok(?:ay)?|hey|hi|hello|well|please|by the way)[ ,!.]+)*"
_ASKS = re.compile(
    _OPENING + r"(?:who|whom|whose|what|which|when|where|why|how|is|are|am|was|were|do|does|did|has|have|had|can|could"
    r"|will|would|should|tell me|remind me)\b",
    re.IGNORECASE,
)
_WANTS = re.compile(
    _OPENING + r"(?:can|could|will|would) you (?:please )?(?!(?:tell|remind|remember|recall|say|find|look|know)\b)",
    re.IGNORECASE,
)
_TELLS = re.compile(
    _OPENING + r"(?:i(?:'m|'ve|'d|'ll)?|we(?:'re|'ve|'ll)?|my|our|he(?:'s)?|she(?:'s)?|they(?:'re|'ve)?|it(?:'s)?|the"
    r"|there(?:'s| is| are| was)|today|yesterday|tomorrow|last|next"
    r"|(?:remember|note|don't forget) (?:that|my|the|our|to))(?![\w'])",
    re.IGNORECASE,
)

_SELF = re.compile(r"\b(?:I|[Mm]e|[Mm]y|[Mm]ine|[Ww]e|[Uu]s|[Oo]urs?)\b")


def is_question(text: str) -> bool:
    """Whether `text` is one short question, such as notes may answer; "Can you write a poem?" is none."""
    text = text.strip()
    if len(text) > _QUESTION or "\n" in text or _WANTS.match(text):
        return False
    return text.endswith("?") or bool(_ASKS.match(text))


def is_of_self(text: str) -> bool:
    """Whether `text` speaks of the one who says it: "my", "I", "we"."""
    return bool(_SELF.search(text))


def tells(text: str) -> bool:
    """Whether `text` tells something, in a sentence or a few, rather than asks or wants something done."""
    text = text.strip()
    return len(text) <= _TOLD and "?" not in text and not is_question(text) and bool(_TELLS.match(text))


def refers_back(text: str) -> bool:
    """Whether `text` is short and means little without what was said before it: "And what about her dog?".

    A pronoun counts near the beginning and at the very end; elsewhere it mostly stands for a name before it.
    """
    words = [word.lower() for word in _WORD.findall(text[:_CUE])]
    if not 0 < len(words) <= 12:
        return False
    if len(words) <= 2 and text.rstrip().endswith("?"):
        return True
    return words[0] in _GOES_ON or not _PRONOUNS.isdisjoint([*words[:3], words[-1]])


def cue_of(text: str, turns: Sequence[Message]) -> str:
    """What is to evoke memories for `text`: itself, and for a short follow-up what it follows up on.

    "And what about her dog?" means nothing alone, so the user's message before it is put in front of it.
    """
    cue = text[:_CUE]
    said = [turn.text for turn in turns[-4:] if turn.role is Role.USER]
    if said and refers_back(text):
        return f"{said[-1][: _CUE // 4]}\n{cue}"[:_CUE]
    return cue
