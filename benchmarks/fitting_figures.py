"""How much evidence scores put first, by set and category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.fitting_data import Asked, matrix_of
from memory.recall.ranking import place


def figures(
    asked: Sequence[Asked], scores: Sequence[NDArray[np.float32]], gate: Callable[[Mapping[str, float]], bool],
    *, associative: bool,
) -> dict[str, dict[str, dict[str, float]]]:  # fmt: skip
    """R@5, R@10 and n by set and category, for these scores; adversarial questions count in."""
    found: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for one, score in zip(asked, scores, strict=True):
        if not one.wanted:
            continue
        _, evidence, session = matrix_of(one, associative)
        order = place(score, session, spread=gate(one.form))
        units = session[order][evidence[order]] if one.remark else order[evidence[order]]
        places = np.flatnonzero(evidence[order])
        five, ten = (len(set(units[places < k].tolist())) / one.wanted for k in (5, 10))
        for category in ("all", one.category):
            found[one.set_name][category].append((five, ten))
    return {
        name: {
            category: {
                "R@5": float(np.mean([row[0] for row in rows])),
                "R@10": float(np.mean([row[1] for row in rows])),
                "n": len(rows),
            }
            for category, rows in categories.items()
        }
        for name, categories in found.items()
    }
