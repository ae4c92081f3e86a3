"""What the stores that come with recollect make of their options."""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING, Any

from memory.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memory.store import Options

PLACE = "[memory.store_options]"
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def checked(store: str, options: Options, kinds: Mapping[str, type]) -> None:
    """Raises `ConfigError` for an option that `store` does not have, or whose value is of another kind than `kinds`."""
    for name, value in options.items():
        if name not in kinds:
            near = difflib.get_close_matches(name, kinds, 1)
            raise ConfigError(
                f"The store {store} has no option {name!r}; it has {', '.join(kinds)}.",
                f"Did you mean {near[0]!r}?" if near else f"Take it out of {PLACE}.",
            )
        if not isinstance(value, kinds[name]) or (isinstance(value, bool) and kinds[name] is not bool):
            kind = {str: "text in quotes", int: "a whole number", bool: "true or false", dict: "a table"}[kinds[name]]
            raise ConfigError(f"The option {name!r} of the store {store} must be {kind}.", f"Change it in {PLACE}.")


def expanded(value: Any, known: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - any TOML value
    """A value with each `${NAME}` in its texts replaced by that environment variable, and `{name}` by one of `known`.

    Passwords thus stay out of the configuration file. Raises `ConfigError` for a variable that is not set.
    """
    if isinstance(value, str):
        for name, text in (known or {}).items():
            value = re.sub(rf"(?<!\$)\{{{name}\}}", text.replace("\\", r"\\"), value)
        return _VARIABLE.sub(_variable, value)
    if isinstance(value, list):
        return [expanded(item, known) for item in value]
    if isinstance(value, dict):
        return {name: expanded(item, known) for name, item in value.items()}
    return value


def variables(value: object) -> list[str]:
    """The values of the environment variables that the texts within a value ask for, as far as they are set."""
    if isinstance(value, str):
        return [os.environ[name] for name in _VARIABLE.findall(value) if os.environ.get(name)]
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in inner for text in variables(item)]


def mentions(value: object, placeholder: str) -> bool:
    """Whether a text within a value has `{placeholder}` in it."""
    if isinstance(value, str):
        return f"{{{placeholder}}}" in value
    if isinstance(value, dict):
        return any(mentions(item, placeholder) for item in value.values())
    return isinstance(value, list) and any(mentions(item, placeholder) for item in value)


def _variable(found: re.Match[str]) -> str:
    text = os.environ.get(found[1])
    if text is None:
        raise ConfigError(
            f"{PLACE} asks for the environment variable {found[1]}, which is not set.", f"export {found[1]}=…"
        )
    return text
