"""Makes an object from its import path and arguments, as the configuration file gives them."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

from memory.errors import ConfigError
from memory.stores.options import PLACE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CALL = "call"
"""In a table among the arguments: the import path of what is to be called with the rest of the table."""


def named(path: str) -> Callable[..., Any]:
    """What an import path (`package.module:Class` or `package.module:Class.method`) leads to.

    Raises `ConfigError` when it leads nowhere.
    """
    module, _, names = path.partition(":")
    try:
        found: Any = import_module(module)
        for name in names.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"{PLACE}: {path!r} cannot be imported: {error}.",
            "Write it as package.module:Class, and install the package that has it.",
        ) from error
    if not callable(found):
        raise ConfigError(f"{PLACE}: {path!r} cannot be called.", "Write it as package.module:Class.")
    return found  # type: ignore[no-any-return]


def made(path: str, arguments: Mapping[str, Any], also: Mapping[tuple[str, ...], Any], parts: list[Any]) -> Any:  # noqa: ANN401
    """What `path` gives when called with `arguments`.

    Args:
        path: see `named`.
        arguments: by name; a table with `call` in it is made first.
        also: more arguments: names they may go by -> value. One that is given, or that has no such parameter, is left
            out; where any name would do, the first is taken.
        parts: everything that was made on the way is added to it, the outermost last.

    Raises `ConfigError` when the arguments do not fit, and whatever what is called raises.
    """
    target = named(path)
    given = {name: _inner(value, parts) for name, value in arguments.items()}
    for names, value in also.items():
        name = fitting(path, names)
        if name and name not in given:
            given[name] = value
    try:
        inspect.signature(target).bind(**given)
    except TypeError as error:
        raise ConfigError(
            f"{PLACE}: {path} does not take these arguments: {error}.", "Change its arguments."
        ) from error
    except ValueError:  # one that is written in C says nothing of its parameters
        pass
    result = target(**given)
    parts.append(result)
    return result


def _inner(value: Any, parts: list[Any]) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        if CALL in value:
            return made(str(value[CALL]), {name: item for name, item in value.items() if name != CALL}, {}, parts)
        return {name: _inner(item, parts) for name, item in value.items()}
    return [_inner(item, parts) for item in value] if isinstance(value, list) else value


def fitting(path: str, names: tuple[str, ...]) -> str:
    """The first of `names` that is a parameter of what `path` leads to; the first of all when it takes any; else empty.

    Raises `ConfigError` as `named` does.
    """
    target = named(path)
    try:
        parameters = inspect.signature(target).parameters
    except ValueError:
        return names[0]
    if found := next((name for name in names if name in parameters), ""):
        return found
    takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
    return names[0] if takes_any else ""


def closed(parts: list[Any]) -> None:
    """Close what was made, and the clients and engines within it, the outermost first."""
    for part in reversed(parts):
        for owner in (part, *(getattr(part, name, None) for name in ("client", "_client", "_engine"))):
            close = getattr(owner, "close", None) or getattr(owner, "dispose", None)
            if callable(close):
                close()
