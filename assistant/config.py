"""Where the settings' values come from: flag, environment, config.toml, default, in this order.

Every error names the place (the file, the variable or the flag), the key, and what would have been right.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from assistant.settings import AnswerSettings, MemorySettings, RecallSettings, Settings, UiSettings
from memory.environment import SECRET_NAME
from memory.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.locations import Locations

__all__ = [
    "AnswerSettings",
    "MemorySettings",
    "RecallSettings",
    "Row",
    "Settings",
    "UiSettings",
    "describe",
    "load_settings",
    "template",
    "unknown_variables",
]

ENV_PREFIX = "RECOLLECT_"
_STORE, _OPTIONS = "memory.store", "memory.store_options"
_NO_SLASH = ("memory.profile", "memory.project")
_NOT_SETTINGS = ("RECOLLECT_HOME", "RECOLLECT_MODELS", "RECOLLECT_TEST_MODELS", "RECOLLECT_API_KEY")
_VARIABLE = re.compile(r"\$\{\w+\}")
_BOOLS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_KINDS = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false", dict: "a table"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `recollect config`.

    Attributes:
        key: as in config.toml, with its section: `memory.store`.
        value: in use now.
        source: `flag`, the variable's name, the file's path, or `default`.
        default: used when nothing is set.
        doc: what it is for.
        variable: the environment variable that sets it.
    """

    key: str
    value: object
    source: str
    default: object
    doc: str
    variable: str


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    type: type
    field: Field[Any]

    @property
    def variable(self) -> str:
        return ENV_PREFIX + self.name.upper().replace(".", "_")

    @property
    def default(self) -> object:
        return {} if self.type is dict else self.field.default


@cache
def _sections() -> dict[str, type]:
    found: dict[str, type] = {}
    for item in fields(Settings):
        owner = item.default_factory
        if isinstance(owner, type) and is_dataclass(owner):
            found[item.name] = owner
    return found


@cache
def _keys() -> dict[str, _Key]:
    """All keys by their dotted name, in the order of the declaration."""

    def of(owner: type, prefix: str) -> Iterator[_Key]:
        for item in fields(owner):
            if "doc" in item.metadata:
                kind = dict if item.default_factory is dict else type(item.default)
                yield _Key(prefix + item.name, kind, item)

    found = list(of(Settings, ""))
    for section, owner in _sections().items():
        found.extend(of(owner, f"{section}."))
    return {key.name: key for key in found}


def load_settings(
    locations: Locations, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None
) -> Settings:
    """The settings of this run.

    Args:
        locations: where config.toml is looked for; it need not be there.
        environ: `RECOLLECT_<KEY>` or `RECOLLECT_<SECTION>_<KEY>` set a value; an empty one counts as not set.
        overrides: values of flags by dotted key; None counts as not given.

    Raises `ConfigError`: unreadable file, syntax error (with its line), unknown key (with the nearest), wrong value.
    """
    values: dict[str, object] = {}
    sources: dict[str, str] = {}

    def take(key: str, value: object, source: str) -> None:
        if key == _STORE and value != values.get(key, _keys()[key].default) and sources.get(_OPTIONS) != source:
            values.pop(_OPTIONS, None)  # they are another store's
            sources.pop(_OPTIONS, None)
        values[key] = value
        sources[key] = source

    file = locations.config_file
    for name, value in _flatten(_read(file), file):
        take(name, _checked(_keys()[name], value, f"{file}: {name}"), str(file))
    for key in _keys().values():
        if text := environ.get(key.variable, ""):
            take(key.name, _checked(key, _parse(key, text), key.variable), key.variable)
    for name, value in (overrides or {}).items():
        if value is None:
            continue
        if name not in _keys():
            raise ConfigError(f"There is no setting {name!r}.", _nearest(name))
        take(name, _checked(_keys()[name], value, f"The flag for {name}"), "flag")
    return _build(values, sources)


def _build(values: Mapping[str, object], sources: Mapping[str, str]) -> Settings:
    top: dict[str, Any] = {name: value for name, value in values.items() if "." not in name}
    for section, owner in _sections().items():
        mine = {name.partition(".")[2]: value for name, value in values.items() if name.startswith(f"{section}.")}
        top[section] = owner(**mine)
    return Settings(**top, sources=dict(sources))


def _read(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read: {error.strerror or error}.", "Change its permissions, or move it away."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not text in UTF-8 (byte {error.start}).", "Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{file} is not valid TOML: {error}.", 'Texts need quotes: model = "openai:gpt-4o-mini".'
        ) from error


def _flatten(table: Mapping[str, object], file: Path) -> Iterator[tuple[str, object]]:
    """The file's keys in dotted form; raises for the first one that is not a setting."""
    for name, value in table.items():
        if name in _sections():
            if not isinstance(value, Mapping):
                raise ConfigError(f"{file}: {name} is a section, not a value.", f"Write [{name}] and its keys below.")
            for inner, inner_value in value.items():
                yield _known(f"{name}.{inner}", inner_value, file)
        else:
            yield _known(name, value, file)


def _known(name: str, value: object, file: Path) -> tuple[str, object]:
    if name in _keys():
        _refuse_secrets(value, name, file)
        return name, value
    _refuse_secrets(value, name, file)
    raise ConfigError(f"{file}: there is no setting {name!r}.", _nearest(name))


def _refuse_secrets(value: object, name: str, file: Path) -> None:
    """Raises for a key or a password in `value`, by what it is called or by how it looks; tables are looked into.

    A variable in place of it, as in "${NAME}", is what is wanted.
    """
    from assistant.logs import KEY

    if isinstance(value, Mapping):
        for inner, inner_value in value.items():
            _refuse_secrets(inner_value, f"{name}.{inner}" if name else inner, file)
    text = isinstance(value, str)
    by_name = SECRET_NAME.search(name.rpartition(".")[2]) and not isinstance(value, Mapping) and name not in _keys()
    if (by_name and not (text and _VARIABLE.fullmatch(str(value)))) or (
        text and KEY.search(_VARIABLE.sub("", str(value)))
    ):
        hint = "Take it out and set it in the environment, such as OPENAI_API_KEY, or with `recollect models key`."
        if name.startswith("memory.store_options."):
            hint = 'Set it in the environment, and write "${NAME}" here for that variable.'
        raise ConfigError(f"{file}: {name} looks like a key or password, which do not belong in this file.", hint)


def _nearest(name: str) -> str:
    names = list(_keys())
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not close:
        tail = name.rpartition(".")[2]
        close = [full for full in names if full.rpartition(".")[2] == tail]
        close = close or difflib.get_close_matches(tail, [full.rpartition(".")[2] for full in names], n=1, cutoff=0.6)
    if close:
        full = next((key for key in names if key == close[0] or key.endswith(f".{close[0]}")), close[0])
        section, _, key = full.rpartition(".")
        return f"Did you mean {key!r} in [{section}]?" if section else f"Did you mean {full!r}?"
    return f"Settings are: {', '.join(names)}."


def _parse(key: _Key, text: str) -> object:
    """A variable's text as a value of the key's type; unchanged when it is none, for the check to refuse."""
    try:
        if key.type is bool:
            return _BOOLS.get(text.strip().lower(), text)
        if key.type is int:
            return int(text)
        if key.type is float:
            return float(text)
        if key.type is dict:
            return json.loads(text)
    except ValueError:
        return text
    return text


def _checked(key: _Key, value: object, place: str) -> object:
    """The value as the key's own type, within its limits. Raises `ConfigError` naming `place`."""
    rules = key.field.metadata
    if key.type is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if (key.type is not bool and isinstance(value, bool)) or not isinstance(value, key.type):
        raise ConfigError(f"{place} is {value!r}, and must be {_KINDS[key.type]}.", _allowed(key))
    if isinstance(value, str):
        if rules["choices"] and value not in rules["choices"]:
            raise ConfigError(f"{place} is {value!r}.", _allowed(key))
        if rules["name_like"] and not value.strip():
            raise ConfigError(f"{place} must not be empty.", _allowed(key))
        if any(ord(letter) < 32 for letter in value) or (key.name in _NO_SLASH and "/" in value):
            raise ConfigError(f"{place} is {value!r}.", "Use letters, digits, spaces, dots, hyphens and underscores.")
    if isinstance(value, int | float):
        least, most = rules["least"], rules["most"]
        if not (least is None or value >= least) or not (most is None or value <= most):
            raise ConfigError(f"{place} is {value}.", _allowed(key))
    return value


def _allowed(key: _Key) -> str:
    rules = key.field.metadata
    if rules["choices"]:
        return f"Allowed: {', '.join(rules['choices'])}."
    if rules["least"] is not None:
        return f"Allowed: {rules['least']:g} to {rules['most']:g}."
    return f"The default is {_toml(key.default)}."


def describe(settings: Settings) -> list[Row]:
    """Every setting with its value and where that came from, in the order of the declaration."""
    rows = []
    for key in _keys().values():
        section, _, name = key.name.rpartition(".")
        value = getattr(getattr(settings, section) if section else settings, name)
        source = settings.sources.get(key.name, "default")
        rows.append(Row(key.name, value, source, key.default, key.field.metadata["doc"], key.variable))
    return rows


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """One sentence for each `RECOLLECT_…` variable that is not a setting (a typo, most likely)."""
    known = [key.variable for key in _keys().values()] + list(_NOT_SETTINGS)
    found = []
    for name in sorted(environ):
        if name.startswith(ENV_PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
            found.append(f"{name} is not a setting" + (f"; did you mean {close[0]}?" if close else "."))
    return found


def template() -> str:
    """A config.toml in which every setting is described and commented out."""
    lines = ["# Settings of recollect. Take the # away to set one. API keys go in the environment, not here."]
    section = ""
    for key in _keys().values():
        owner, _, name = key.name.rpartition(".")
        if owner != section:
            section = owner
            lines += ["", f"[{section}]"]
        rules = key.field.metadata
        allowed = f" ({' | '.join(rules['choices'])})" if rules["choices"] else ""
        lines += ["", f"# {rules['doc']}{allowed}", f"# {name} = {_toml(key.default)}"]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "{}" if isinstance(value, dict) else json.dumps(value)
