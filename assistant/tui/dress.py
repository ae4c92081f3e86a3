"""How the interface is set up to the user's taste: themes of their own, the theme to begin with, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memory.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from textual.app import App

    from assistant.settings import UiSettings


def _near(name: str, known: Iterable[str], otherwise: str) -> str:
    """The known name that was probably meant, as a question; `otherwise` when none is near."""
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]!r}?" if near else otherwise


def dress(app: App[Any], settings: UiSettings, themes: Path) -> None:
    """Give `app` the user's themes, theme and keys. Raises `ConfigError` for the first that is wrong; the rest holds.

    Args:
        app: with the conversation on its screen.
        settings: the user's.
        themes: folder with themes of the user's own.
    """
    from assistant.tui.theme import own_themes
    from assistant.tui.widgets.composer import keys_of_enter

    app.set_keymap({**keys_of_enter(settings.enter), **_keys(settings, known_ids(app))})
    for theme in own_themes(themes):
        app.register_theme(theme)
    if not settings.theme:
        return
    if settings.theme not in app.available_themes:
        themes_are = f"Themes are: {', '.join(sorted(app.available_themes))}."
        hint = _near(settings.theme, app.available_themes, themes_are)
        raise ConfigError(f"ui.theme: there is no theme {settings.theme!r}.", hint)
    app.theme = settings.theme


def known_ids(app: App[Any]) -> set[str]:
    """Ids of everything that a key can do anywhere in the interface."""
    from assistant.tui.bindings import command_bindings
    from assistant.tui.screens.chat import ChatScreen
    from assistant.tui.screens.dialog import Confirm, Dialog
    from assistant.tui.screens.sessions import Sessions
    from assistant.tui.widgets.composer import Composer

    owners = (type(app), ChatScreen, Composer, Dialog, Confirm, Sessions)
    bindings = [binding for owner in owners for binding in owner.BINDINGS]
    return {found.id for found in [*bindings, *command_bindings()] if not isinstance(found, tuple) and found.id}


def _keys(settings: UiSettings, known: set[str]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for name, value in _flat(settings.keys):
        if name not in known:
            raise ConfigError(f"ui.keys: nothing is called {name!r}.", _near(name, known, "/help shows the ids."))
        if not isinstance(value, str) or not value.strip():
            raise ConfigError(f"ui.keys: {name} is {value!r}.", 'Write keys as a text: "ctrl+t", or "f5,ctrl+t".')
        keys[name] = value
    return keys


def _flat(table: Any, before: str = "") -> list[tuple[str, Any]]:  # noqa: ANN401 - a TOML table
    """A table of tables with dotted names, since TOML reads `composer.send = …` as a table in a table."""
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        full = f"{before}.{name}" if before else name
        found.extend(_flat(value, full) if isinstance(value, dict) else [(full, value)])
    return found
