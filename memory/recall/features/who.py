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
    traces = scene.evidence.traces[: scene.count]
    in_cue = frozenset(_WORD.findall(scene.cue.text.lower()))
    speakers = {trace.speaker for trace in traces}
    is_meant = {one: is_named(one) and (speaker_name(one).split() or [""])[0] in in_cue for one in speakers}
    plain = {one: not is_named(one) for one in speakers}
    meant = np.array([is_meant[trace.speaker] for trace in traces], dtype=np.float32)
    parts = np.array([plain[trace.speaker] for trace in traces], dtype=np.float32)
    user = np.array([trace.role == "user" for trace in traces], dtype=np.float32)
    marks = np.array([trace.marks for trace in traces], dtype=np.int64)
    length = np.log1p(np.array([max(trace.words, 0) for trace in traces], dtype=np.float32))
    form = scene.cue.form
    usual = np.log1p(np.array([max(trace.words, 0) for trace in scene.evidence.traces], dtype=np.float32)).mean()
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
