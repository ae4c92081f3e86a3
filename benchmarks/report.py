"""Figures side by side: medians, spreads and ratios of the same run."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: its name, its values, their unit."""

    name: str
    values: Sequence[float]
    unit: str

    @property
    def median(self) -> float:
        """The median of the values."""
        return statistics.median(self.values)

    def quantile(self, share: float) -> float:
        """The value below which `share` (0 to 1) of the values lie."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def quick() -> bool:
    """Whether a short run was asked for (`--quick`): it shows that the program works, its figures mean little."""
    return "--quick" in sys.argv


def show(title: str, figures: Sequence[Figure], against: str = "") -> None:
    """Print a table; with `against`, also the ratio of each median to that figure's."""
    print(f"\n{title}")
    base = next((figure.median for figure in figures if figure.name == against), None)
    for figure in figures:
        ratio = f"   {figure.median / base:6.2f} x {against}" if base else ""
        print(
            f"  {figure.name:<38} {figure.median:10.2f} {figure.unit:<6}"
            f" p95 {figure.quantile(0.95):10.2f}  n {len(figure.values):>4}{ratio}"
        )
    if "--json" in sys.argv:
        print(json.dumps({"title": title, "figures": [asdict(figure) for figure in figures]}))
