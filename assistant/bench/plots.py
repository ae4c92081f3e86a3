"""Plots of the bench's figures, as SVG text; no plotting library is needed for lines and bars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Points = Sequence[tuple[float, float]]

_COLOURS = ("#888888", "#c9822b", "#3b7dc4", "#1f8f4d", "#a23b72", "#6a5acd")
_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 640, 420, 60, 44, 150, 50


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines over two axes; the vertical one goes from 0 to 1.

    Attributes:
        title, across, up: texts of the plot and its axes.
        first, last: ends of the horizontal axis.
        lines: name -> points.
        ticks: of the horizontal axis.
        diagonal: whether to draw the line from corner to corner.
    """

    title: str
    across: str
    up: str
    first: float
    last: float
    lines: Mapping[str, Points]
    ticks: Sequence[float] = field(default=())
    diagonal: bool = False

    def svg(self) -> str:
        """The plot as an SVG document."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
            ' font-size="12">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            _text(_LEFT, 26, self.title, size=15),
            _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, self.across, anchor="middle"),
            f'<g transform="rotate(-90 16 {_HEIGHT / 2})">{_text(16, _HEIGHT / 2, self.up, anchor="middle")}</g>',
        ]
        for step in range(6):
            y = self._y(step / 5)
            parts.append(_line([(_LEFT, y), (_WIDTH - _RIGHT, y)], "#dddddd", 1))
            parts.append(_text(_LEFT - 8, y + 4, f"{step / 5:.1f}", anchor="end"))
        parts += [_text(self._x(tick), _HEIGHT - _BOTTOM + 18, f"{tick:g}", anchor="middle") for tick in self.ticks]
        if self.diagonal:
            ends = [(self._x(self.first), self._y(0)), (self._x(self.last), self._y(1))]
            parts.append(_line(ends, "#bbbbbb", 1))
        for place, (name, points) in enumerate(self.lines.items()):
            colour = _COLOURS[place % len(_COLOURS)]
            parts.append(_line([(self._x(x), self._y(y)) for x, y in points], colour, 2.5))
            y = _TOP + 14 + 20 * place
            parts.append(_line([(_WIDTH - _RIGHT + 14, y), (_WIDTH - _RIGHT + 38, y)], colour, 2.5))
            parts.append(_text(_WIDTH - _RIGHT + 44, y + 4, name))
        return "\n".join([*parts, "</svg>"]) + "\n"

    def _x(self, value: float) -> float:
        return _LEFT + (value - self.first) / (self.last - self.first) * (_WIDTH - _LEFT - _RIGHT)

    def _y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - value * (_HEIGHT - _TOP - _BOTTOM)


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars to both sides of nought, each with its interval.

    Attributes:
        title, across: texts of the plot and its axis.
        rows: name -> groups' values as (value, low, high), in the order of `groups`.
        groups: names of the bars of each row.
    """

    title: str
    across: str
    rows: Mapping[str, Sequence[tuple[float, float, float]]]
    groups: Sequence[str]

    def svg(self) -> str:
        """The plot as an SVG document."""
        thick, gap = 13, 14
        drawn = len(self.rows) * (thick * len(self.groups) + gap)
        high = _TOP + max(drawn, 20 * len(self.groups)) + _BOTTOM
        wide = _WIDTH - _RIGHT + 60 + 7 * max((len(name) for name in self.groups), default=0)
        most = max((abs(end) for row in self.rows.values() for bar in row for end in bar), default=0.0) * 1.05 or 1.0
        left, right = 110, _WIDTH - _RIGHT

        def x(value: float) -> float:
            return left + (value + most) / (2 * most) * (right - left)

        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif"'
            ' font-size="12">',
            f'<rect width="{wide}" height="{high}" fill="white"/>',
            _text(20, 26, self.title, size=15),
            _text((left + right) / 2, high - 10, self.across, anchor="middle"),
        ]
        for tick in (-most, -most / 2, 0.0, most / 2, most):
            parts.append(_line([(x(tick), _TOP), (x(tick), high - _BOTTOM)], "#dddddd", 1))
            parts.append(_text(x(tick), high - _BOTTOM + 18, f"{tick:+.3f}", anchor="middle"))
        y = float(_TOP + gap / 2)
        for name, bars in self.rows.items():
            parts.append(_text(left - 8, y + thick * len(self.groups) / 2 + 4, name, anchor="end"))
            for place, (value, low, top) in enumerate(bars):
                middle = y + thick / 2
                parts.append(_line([(x(0), middle), (x(value), middle)], _COLOURS[place % len(_COLOURS)], thick - 3))
                parts.append(_line([(x(low), middle), (x(top), middle)], "#333333", 1))
                y += thick
            y += gap
        for place, name in enumerate(self.groups):
            at = _TOP + 14 + 20 * place
            parts.append(_line([(right + 14, at), (right + 38, at)], _COLOURS[place % len(_COLOURS)], 8))
            parts.append(_text(right + 44, at + 4, name))
        return "\n".join([*parts, "</svg>"]) + "\n"


_GROUPS = 5


def recall_plots(figures: Mapping[str, Any]) -> dict[str, str]:
    """File name -> SVG: recall by the number of messages, what each kind of edge adds, how far scores can be believed.

    `figures` is what `recollect bench recall --json` writes.
    """
    name = figures["provenance"]["set"]["name"]
    curves = {
        arm: [(float(place), value) for place, value in enumerate(curve, 1)]
        for arm, curve in figures["curve"].items()
        if curve and not arm.startswith("no-")
    }
    trust = {
        arm: [(each["score"], each["rate"]) for each in table["bins"]]
        for arm, table in figures["reliability"].items()
        if table and not arm.startswith("no-")
    }
    made = {}
    if curves:
        plot = Plot(f"Evidence found, {name}", "messages", "recall", 1, 20, curves, ticks=(1, 5, 10, 15, 20))
        made["recall-by-k.svg"] = plot.svg()
    if trust:
        ticks = (0, 0.2, 0.4, 0.6, 0.8, 1)
        plot = Plot(
            f"Score against truth, {name}", "score", "share that is evidence", 0, 1, trust, ticks, diagonal=True
        )
        made["reliability.svg"] = plot.svg()
    gains = figures["gains"]
    if gains:
        groups = list(next(iter(gains.values())))[:_GROUPS]
        nothing = (0.0, 0.0, 0.0)
        rows = {
            "all of them" if arm == "fused" else arm.removeprefix("no-").replace("_", " "): [
                tuple(table.get(group, {}).get("R@10", nothing)) for group in groups
            ]
            for arm, table in gains.items()
        }
        title = f"What each kind of edge adds to R@10, {name}"
        made["gain-by-edge.svg"] = Bars(title, "gain of R@10, with its 95 % interval", rows, groups).svg()
    return made


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'


def _line(points: Points, colour: str, width: float) -> str:
    where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{where}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
