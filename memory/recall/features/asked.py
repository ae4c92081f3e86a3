"""Asked: what kind of cue it is and what kind of memory; the same for all candidates, to choose what else counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]


def asked(scene: Scene, known: Mapping[str, Column]) -> dict[str, Column]:
    """The cue's form, the shape of the talk (length of messages and sessions, names, times), how well the best fits."""
    base = np.sort(known["words.base"])
    facts = scene.evidence.facts
    usual = float(np.log1p(facts.words).mean()) if len(facts) else 0.0
    whole = {
        **scene.cue.form,
        "usual_length": usual,
        "best_cosine": float(known["meaning.cosine"].max(initial=0.0)),
        "best_bm25": float(known["words.bm25_of_possible"].max(initial=0.0)),
        "usual_session": math.log(max(1.0, float(scene.length.mean()))) if scene.count else 0.0,
        "sessions": math.log(scene.newest_session + 1),
        "named": float(facts.named()[: scene.count].mean()) if scene.count else 0.0,
        "timed": float((~np.isnan(facts.time[: scene.count])).mean()) if scene.count else 0.0,
        "lead": float(base[-1] - base[-min(len(base), 10)]) if len(base) else 0.0,
    }
    values = np.fromiter(whole.values(), dtype=np.float32, count=len(whole))
    return dict(zip(whole, values[:, None].repeat(scene.count, axis=1), strict=True))
