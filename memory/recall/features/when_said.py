"""When: how long ago a candidate was said, in days and in sessions, and how well that fits a time the cue speaks of.

A place in time, and no decay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memory.journal.rows import moment
from memory.recall.timespan import match

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]

_A_DAY = 86_400_000_000
_UNKNOWN = 3.0


def when_said(scene: Scene, _: Mapping[str, Column]) -> dict[str, Column]:
    """Sessions and days since, on a logarithmic scale; and how early in the whole memory it was."""
    times = scene.evidence.facts.time[: scene.count]
    session = scene.session[: scene.count]
    since = np.maximum(scene.newest_session + 1 - session, 1)
    days = np.full(scene.count, _UNKNOWN, dtype=np.float32)
    if scene.now is not None:
        ago = np.log1p(np.maximum(scene.now - times, 0) / _A_DAY)
        days = np.where(np.isnan(ago), _UNKNOWN, ago).astype(np.float32)
    fits = np.zeros(scene.count, dtype=np.float32)
    if scene.span is not None:
        every, inverse = np.unique(times, return_inverse=True)
        matched = [match(scene.span, None if np.isnan(time) else moment(int(time))) for time in every.tolist()]
        fits = np.array(matched, dtype=np.float32)[inverse]
    return {
        "fits": fits,
        "speaks_of_time": np.full(scene.count, float(scene.span is not None), dtype=np.float32),
        "sessions_ago": np.log(since).astype(np.float32),
        "age": (since / max(1, scene.newest_session)).astype(np.float32),
        "days_ago": days,
    }
