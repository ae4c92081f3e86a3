"""Makes one moving SVG of several pictures of a terminal. What stays from one picture to the next is in it once.

It moves by CSS alone, so it plays where a README is read. Where nothing may move (`prefers-reduced-motion`) or nothing
can, one of the pictures stands still.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_STYLE = re.compile(r"\.terminal-\d+-(r\d+) \{ (.*?) ?\}")
_RECT = re.compile(r'<rect fill="[^"]*" x="[^"]*"[^>]*shape-rendering[^>]*/>')
_TEXT = re.compile(
    r"""<text class="terminal-\d+-(r\d+)"([^>]*?) clip-path="url\(#terminal-\d+-(line-\d+)\)">(.*?)</text>"""
)
_CLIP = re.compile(r'<clipPath id="terminal-\d+-(line-\d+)">\s*(<rect[^>]*/>)\s*</clipPath>')


class Frame(NamedTuple):
    """A picture: the SVG that Textual's `export_screenshot` made, and for how many seconds it is to be seen."""

    svg: str
    seconds: float


def film(frames: list[Frame], still: int) -> str:
    """The moving picture. `still` is the place of the picture that stands where nothing moves."""
    styles: dict[str, str] = {}
    rects: dict[str, list[int]] = {}
    texts: dict[str, list[int]] = {}
    for at, frame in enumerate(frames):
        named = {name: styles.setdefault(css, f"s{len(styles)}") for name, css in _STYLE.findall(frame.svg)}
        for rect in _RECT.findall(frame.svg):
            rects.setdefault(rect, []).append(at)
        for name, place, line, text in _TEXT.findall(frame.svg):
            drawn = f'<text class="{named[name]} %" {place.strip()} clip-path="url(#{line})">{text}</text>'
            texts.setdefault(drawn, []).append(at)
    when: dict[tuple[int, ...], str] = {}
    drawn_rects = [_with_class(rect, places, len(frames), when) for rect, places in rects.items()]
    drawn_texts = [_with_class(text, places, len(frames), when) for text, places in texts.items()]
    head, _, rest = frames[0].svg.partition("<style>")
    chrome = rest.partition("</defs>")[2].partition('<g transform="translate(')
    body = '<g transform="translate(' + chrome[2]
    opening = body[: body.index(">") + 1]
    clips = "".join(
        f'<clipPath id="{name}">{rect}</clipPath>' for name, rect in dict(_CLIP.findall(frames[0].svg)).items()
    )
    buttons = body[len(opening) : body.index("</g>") + 4]
    inner = body[len(opening) + len(buttons) :]
    moved = re.search(r'<g transform="translate\([^)]*\)"', inner)
    if moved is None:
        raise ValueError("This is not an SVG that Textual made.")
    css = [
        "text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:20px;"
        "white-space:pre}",
        *(f".{name}{{{css}}}" for css, name in styles.items()),
        *_movements(when, frames, still),
        "@media (prefers-reduced-motion:reduce){*{animation:none!important}}",
    ]
    window = re.sub(r"<text .*?</text>", "", chrome[0])
    return (
        f"{head.strip()}\n<style>{''.join(css)}</style><defs>{clips}</defs>{window.strip()}{opening}{buttons}"
        f"{moved[0]}>{''.join(drawn_rects)}{''.join(drawn_texts)}</g></svg>\n"
    )


def _with_class(element: str, places: list[int], frames: int, when: dict[tuple[int, ...], str]) -> str:
    seen = tuple(dict.fromkeys(places))
    name = "" if len(seen) == frames else when.setdefault(seen, f"v{len(when)}")
    if element.startswith("<rect"):
        return element.replace("<rect", f'<rect class="{name}"' if name else "<rect", 1)
    return element.replace(" %", f" {name}" if name else "", 1)


def _movements(when: dict[tuple[int, ...], str], frames: list[Frame], still: int) -> list[str]:
    """When what is seen: a rule for each set of pictures that something is in."""
    total = sum(frame.seconds for frame in frames)
    starts = [sum(frame.seconds for frame in frames[:at]) for at in range(len(frames))]
    rules = []
    for seen, name in when.items():
        steps, shown = [], None
        for at, start in enumerate(starts):
            if (at in seen) != shown:
                shown = at in seen
                steps.append(f"{100 * start / total:.2f}%{{visibility:{'visible' if shown else 'hidden'}}}")
        rest = "visible" if still in seen else "hidden"
        rules.append(
            f"@keyframes {name}{{{''.join(steps)}}}"
            f".{name}{{visibility:{rest};animation:{name} {total:.1f}s step-end infinite}}"
        )
    return rules
