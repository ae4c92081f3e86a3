"""Who: who said a candidate, whom the cue names, and what kind of utterance the candidate is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.names import speaker_name
from memory.associations.tracing import ENDS_IN_QUESTION, HAS_DIGIT, HAS_QUESTION
from memory.text import is_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]

_WORD = re.compile(r"\w+")


def who(scene: Scene, known: Mapping[str, Column]) -> dict[str, Column]:
    """The named speaker, the user or the assistant, questions, numbers, length.

    `echo` is how much a question says nothing but what the cue, another question, says: it was asked before.
    """
    facts, count = scene.evidence.facts, scene.count
    in_cue = frozenset(_WORD.findall(scene.cue.text.lower()))
    is_meant = [is_named(one) and (speaker_name(one).split() or [""])[0] in in_cue for one in facts.speakers]
    speaker = facts.speaker[:count]
    meant = np.array(is_meant, dtype=np.float32)[speaker]
    parts = (~facts.named()[:count]).astype(np.float32)
    user = facts.user[:count].astype(np.float32)
    marks = facts.marks[:count]
    every = np.log1p(facts.words.astype(np.float32))
    length, usual = every[:count], every.mean()
    form = scene.cue.form
    asking = (marks & ENDS_IN_QUESTION > 0).astype(np.float32)
    return {
        "speaker_meant": meant,
        "other_meant": meant.max(initial=0.0) - meant,
        "user": user * parts,
        "user_of_self": user * parts * form["of_self"],
        "assistant_of_you": (1 - user) * parts * form["of_you"],
        "ends_asking": asking,
        "echo": asking * form["asks"] * known["words.told"],
        "asks": (marks & HAS_QUESTION > 0).astype(np.float32),
        "digit": (marks & HAS_DIGIT > 0).astype(np.float32),
        "length": length,
        "length_to_usual": length - usual,
    }
