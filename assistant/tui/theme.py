"""recollect's own colours: calm grounds and one warm accent, dark and light. Any other Textual theme works as well.

So do themes of the user's own: a TOML file each, with the colours that a `textual.theme.Theme` has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.color import Color, ColorParseError
from textual.theme import Theme

from memory.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DARK = Theme(
    name="recollect",
    primary="#e0af68",
    secondary="#8fb0c9",
    accent="#e0af68",
    warning="#d9995b",
    error="#d8707a",
    success="#93b378",
    foreground="#d5d8de",
    background="#15171c",
    surface="#1b1e25",
    panel="#22262f",
    dark=True,
    variables={
        "border": "#4a5160",
        "border-blurred": "#2b303a",
        "footer-background": "#15171c",
        "footer-key-foreground": "#e0af68",
        "footer-description-foreground": "#8b919d",
        "scrollbar": "#2f3540",
        "scrollbar-hover": "#454d5b",
        "scrollbar-active": "#e0af68",
        "scrollbar-background": "#15171c",
        "scrollbar-background-hover": "#15171c",
        "scrollbar-background-active": "#15171c",
        "input-selection-background": "#e0af68 30%",
        "block-cursor-background": "#2b303a",
        "block-cursor-foreground": "#f2f3f5",
        "block-cursor-text-style": "none",
    },
)
LIGHT = Theme(
    name="recollect-light",
    primary="#95590a",
    secondary="#2f6284",
    accent="#95590a",
    warning="#a3541b",
    error="#b03a48",
    success="#4d7a2f",
    foreground="#23262c",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e9e6df",
    dark=False,
    variables={
        "border": "#b5ae9f",
        "border-blurred": "#d9d4c8",
        "footer-background": "#fbfaf7",
        "footer-key-foreground": "#95590a",
        "footer-description-foreground": "#6d6a63",
        "scrollbar": "#d5d0c4",
        "scrollbar-hover": "#b5ae9f",
        "scrollbar-active": "#95590a",
        "scrollbar-background": "#fbfaf7",
        "scrollbar-background-hover": "#fbfaf7",
        "scrollbar-background-active": "#fbfaf7",
        "input-selection-background": "#95590a 25%",
        "block-cursor-background": "#e3dfd5",
        "block-cursor-foreground": "#15171c",
        "block-cursor-text-style": "none",
    },
)


def _few(name: str, accent: str, *, dark: bool) -> Theme:
    """A theme of the terminal's own sixteen colours on its own ground."""
    row, on_row = ("ansi_blue", "ansi_bright_white") if dark else ("ansi_cyan", "ansi_black")
    return Theme(
        name=name,
        primary=accent,
        secondary="ansi_cyan" if dark else "ansi_blue",
        accent=accent,
        warning="ansi_yellow" if dark else "ansi_magenta",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        dark=dark,
        ansi=True,
        variables={
            "ansi-background": "ansi_black" if dark else "ansi_white",
            "ansi-foreground": "ansi_white" if dark else "ansi_black",
            "border": accent,
            "border-blurred": "ansi_bright_black",
            "block-cursor-foreground": on_row,
            "block-cursor-background": row,
            "block-cursor-text-style": "none",
            "block-cursor-blurred-background": "ansi_default",
            "footer-key-foreground": accent,
            "input-cursor-background": "ansi_default",
            "input-cursor-foreground": "ansi_default",
            "input-cursor-text-style": "reverse",
            "input-selection-background": accent,
            "input-selection-foreground": "ansi_black" if dark else "ansi_bright_white",
            "screen-selection-background": accent,
            "screen-selection-foreground": "ansi_black" if dark else "ansi_bright_white",
            "scrollbar": "ansi_bright_black",
            "scrollbar-hover": accent,
            "scrollbar-active": accent,
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
            "scrollbar-corner-color": "ansi_default",
        },
    )


DARK_FEW = _few("recollect-16", "ansi_yellow", dark=True)
LIGHT_FEW = _few("recollect-16-light", "ansi_magenta", dark=False)


def spoken(theme: Theme, variables: Mapping[str, str]) -> dict[str, str]:
    """The styles of spans of text by their names in `assistant.tui.texts`; where there is no grey, dim."""
    if theme.ansi:
        row = f"{variables['block-cursor-foreground']} on {variables['block-cursor-background']}"
        return {"muted": "ansi_default dim", "faint": "ansi_default dim", "here": row, "here-blurred": "underline"}

    def part(name: str, share: float) -> str:
        try:
            return Color.parse(variables[name]).with_alpha(share).hex
        except ColorParseError:  # a variable of the user's own, which may be more than a colour
            return variables[name]

    return {
        "muted": part("foreground", 0.60),
        "faint": part("foreground", 0.251),
        "here": f"on {part('accent', 0.22)}",
        "here-blurred": f"on {part('foreground', 0.10)}",
    }


def few_colours(environ: Mapping[str, str]) -> Theme:
    """The theme for a terminal of sixteen colours: some say in `COLORFGBG` that their ground is light."""
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT_FEW if ground in ("7", "15") else DARK_FEW


_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(
        ("primary", "secondary", "warning", "error", "success", "accent", "foreground", "background", "surface",
         "panel", "boost"),
        str,
    ),
    "dark": bool,
    "luminosity_spread": (int, float),
    "text_alpha": (int, float),
    "variables": dict,
}  # fmt: skip


def own_themes(folder: Path) -> list[Theme]:
    """The themes in `folder`, named like their files. Raises `ConfigError` for one that is wrong."""
    try:
        files = sorted(path for path in folder.glob("*.toml") if path.is_file())
    except OSError:
        return []
    return [_theme(path) for path in files]


def _theme(path: Path) -> Theme:
    import tomllib

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} is no theme: {error}.", 'A theme needs at least primary = "#e0af68".') from error
    for name, value in found.items():
        kind = _KINDS.get(name)
        if kind is None:
            raise ConfigError(f"{path}: a theme has no {name!r}.", f"It may have: {', '.join(_KINDS)}.")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ConfigError(f"{path}: {name} is {value!r}.", 'Colours are texts ("#e0af68"), dark is true or false.')
        for colour in [value] if isinstance(value, str) else []:
            _check(colour, f"{path}: {name}")
    if "primary" not in found:
        raise ConfigError(f"{path} lacks primary.", 'Write at least primary = "#e0af68".')
    found["variables"] = {name: str(value) for name, value in found.get("variables", {}).items()}
    return Theme(name=path.stem, **found)


def _check(colour: str, place: str) -> None:
    try:
        Color.parse(colour)
    except ColorParseError as error:
        raise ConfigError(f"{place} is {colour!r}, which is no colour.", 'Write it as "#e0af68".') from error
