"""How good a ranking is, from where in it the evidence stands.

A ranking is a list of units (a message each, or the session of each message), best first. Evidence is a set of units;
only the first appearance of each counts, so that ten messages of one session find that session once.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import ArrayLike

DEPTH = 20
"""How many messages each arm ranks; beyond it nothing is looked at."""

RANKING = ("R@5", "R@10", "R@20", "all@10", "any@10", "nDCG@10", "MRR")
"""Names of the ranking metrics, all from 0 to 1."""


def gains(ranked: Sequence[str], evidence: Collection[str]) -> list[bool]:
    """For each place of the ranking, whether evidence stands there that did not stand before."""
    left = set(evidence)
    found = []
    for unit in ranked:
        found.append(unit in left)
        left.discard(unit)
    return found


def ranking_metrics(ranked: Sequence[str], evidence: Collection[str]) -> dict[str, float]:
    """The metrics of `RANKING` for one question with evidence.

    R@k: share of the evidence among the first k. all@10, any@10: whether all or any of it is among the first 10.
    nDCG@10: discounted cumulative gain over the best possible, gains of one (Järvelin and Kekäläinen 2002). MRR: one
    over the place of the first evidence, 0 when it is not among the first 20.

    Raises `ValueError` without evidence.
    """
    if not evidence:
        raise ValueError("a question without evidence has no ranking metrics")
    hits = gains(ranked[:DEPTH], evidence)
    many = len(set(evidence))
    ten = hits[:10]
    ideal = sum(1 / math.log2(place + 2) for place in range(min(10, many)))
    return {
        "R@5": sum(hits[:5]) / many,
        "R@10": sum(ten) / many,
        "R@20": sum(hits) / many,
        "all@10": float(sum(ten) == many),
        "any@10": float(any(ten)),
        "nDCG@10": sum(1 / math.log2(place + 2) for place, hit in enumerate(ten) if hit) / ideal,
        "MRR": 1 / (hits.index(True) + 1) if any(hits) else 0.0,
    }


def recall_curve(ranked: Sequence[str], evidence: Collection[str]) -> list[float]:
    """Share of the evidence among the first 1, 2, … `DEPTH` places."""
    hits = gains(ranked[:DEPTH], evidence)
    hits += [False] * (DEPTH - len(hits))
    return [found / len(set(evidence)) for found in accumulate(hits)]


def auc(scores: ArrayLike, positive: ArrayLike) -> float:
    """Chance that a positive has a higher score than a negative, ties counting half (Mann and Whitney 1947).

    NaN when there are none of either.
    """
    values = np.asarray(scores, dtype=float)
    wanted = np.asarray(positive, dtype=bool)
    many = int(wanted.sum())
    others = len(values) - many
    if not many or not others:
        return math.nan
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[wanted].sum() - many * (many + 1) / 2) / (many * others))


def reliability(scores: Sequence[float], hits: Sequence[bool], bins: int = 10) -> list[dict[str, float]]:
    """How often something scored so is a hit, by score: one row a bin that is not empty.

    A row has `low` and `high` (of the bin), `n`, `score` (mean) and `rate` (share of hits). Scores over 1 and under 0
    count as 1 and 0.
    """
    values = np.clip(np.asarray(scores, dtype=float), 0.0, 1.0)
    found = np.asarray(hits, dtype=float)
    which = np.minimum((values * bins).astype(int), bins - 1)
    rows = []
    for place in range(bins):
        inside = which == place
        if inside.any():
            rows.append(
                {
                    "low": place / bins,
                    "high": (place + 1) / bins,
                    "n": int(inside.sum()),
                    "score": float(values[inside].mean()),
                    "rate": float(found[inside].mean()),
                }
            )
    return rows


def calibration_error(rows: Sequence[Mapping[str, float]]) -> float:
    """Expected calibration error of a reliability table: mean distance of score and rate, weighted by n."""
    total = sum(row["n"] for row in rows)
    return sum(row["n"] * abs(row["score"] - row["rate"]) for row in rows) / total if total else math.nan


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """`p50` and `p95` of some values; an empty mapping when there are none."""
    if not len(values):
        return {}
    return {"p50": float(np.percentile(values, 50)), "p95": float(np.percentile(values, 95))}
