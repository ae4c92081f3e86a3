"""Asked: what kind of cue it is and what kind of memory; the same for all candidates, to choose what else counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from memory.text import is_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]


def asked(scene: Scene, known: Mapping[str, Column]) -> dict[str, Column]:
    """The cue's form, the shape of the talk (length of messages and sessions, names, times), how well the best fits."""
    base = np.sort(known["words.base"])
    facts, count = scene.evidence.facts, scene.count
    usual = float(np.log1p(facts.words).mean()) if len(facts) else 0.0
    speakers, spoke = np.unique(facts.speaker[:count], return_counts=True)
    named = [is_named(facts.speakers[one]) for one in speakers.tolist()]
    whole = {
        **scene.cue.form,
        "usual_length": usual,
        "best_cosine": float(known["meaning.cosine"].max(initial=0.0)),
        "best_bm25": float(known["words.bm25_of_possible"].max(initial=0.0)),
        "usual_session": math.log(max(1.0, float(scene.length.mean()))) if scene.count else 0.0,
        "sessions": math.log(scene.newest_session + 1),
        "named": float(spoke[named].sum() / count) if count else 0.0,
        "timed": float(np.mean(~np.isnan(facts.time[:count]))) if count else 0.0,
        "lead": float(base[-1] - base[-min(len(base), 10)]) if len(base) else 0.0,
    }
    return {name: np.full(scene.count, value, dtype=np.float32) for name, value in whole.items()}
