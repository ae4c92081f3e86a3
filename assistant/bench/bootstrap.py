"""Bootstrap: how far a mean could have come out otherwise, had other conversations and questions been drawn.

Questions of one conversation are alike, so resampling has two stages: conversations with replacement, then as many
questions of each as it has, with replacement (Davison and Hinkley 1997, section 3.8). All arms and metrics share the
same draws, so that differences are paired.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

RESAMPLES = 1000
_LOW, _HIGH = 2.5, 97.5


class Bootstrap:
    """Resamples of some questions; made once, used for every figure about them.

    Args:
        conversations: the conversation of each question.
        seed: the same seed gives the same intervals.
        resamples: how many.
    """

    def __init__(self, conversations: Sequence[str], *, seed: int = 0, resamples: int = RESAMPLES) -> None:
        random = np.random.default_rng(seed)
        names = list(dict.fromkeys(conversations))
        place = {name: number for number, name in enumerate(names)}
        of = np.array([place[name] for name in conversations], dtype=int)
        members = [np.flatnonzero(of == number) for number in range(len(names))]
        self._counts: NDArray[np.int32] = np.zeros((resamples, len(of)), dtype=np.int32)
        for row in self._counts if names else ():
            drawn = np.bincount(random.integers(len(names), size=len(names)), minlength=len(names))
            for inside, times in zip(members, drawn, strict=True):
                if times:
                    size = len(inside)
                    row[inside] = random.multinomial(int(times) * size, np.full(size, 1 / size))

    def interval(self, values: Sequence[float], chosen: Sequence[bool] | None = None) -> tuple[float, float]:
        """The 95 % percentile interval of the mean of `values`, one a question.

        `chosen` says which questions count; the values of the others are not looked at. NaN when none does.
        """
        array = np.nan_to_num(np.asarray(values, dtype=float))
        which = np.ones(len(array), dtype=bool) if chosen is None else np.asarray(chosen, dtype=bool)
        counts = self._counts[:, which]
        sizes = counts.sum(axis=1)
        used = sizes > 0
        if not used.any():
            return math.nan, math.nan
        means = (counts[used] @ array[which]) / sizes[used]
        return _percentiles(means)

    def interval_of(
        self, statistic: Callable[[NDArray[Any]], float], chosen: Sequence[bool] | None = None, most: int = 300
    ) -> tuple[float, float]:
        """The same for any statistic of the drawn questions, given as their places (repeated as often as drawn).

        It is computed on the first `most` resamples; those where it is NaN are passed over.
        """
        which = np.ones(self._counts.shape[1], dtype=bool) if chosen is None else np.asarray(chosen, dtype=bool)
        places = np.flatnonzero(which)
        found = [statistic(np.repeat(places, row[which])) for row in self._counts[:most]]
        kept = [value for value in found if not math.isnan(value)]
        return _percentiles(np.array(kept)) if kept else (math.nan, math.nan)


def _percentiles(values: NDArray[Any]) -> tuple[float, float]:
    low, high = np.percentile(values, [_LOW, _HIGH])
    return float(low), float(high)
