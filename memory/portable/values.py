"""The values of a line, each checked as it is taken."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from memory.journal.ids import is_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_USED = 1000
E = TypeVar("E", bound=StrEnum)


class WrongLineError(Exception):
    """What is wrong with a line, as a clause: "it is not JSON"."""


class Values:
    """The values of a line, each checked as it is taken."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = found

    def text(self, key: str, *, needed: bool = False, empty: bool = False) -> str:
        """Text; "" when it is not there and not `needed`, and not empty when it is, unless `empty` allows it."""
        value = self._found.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str):
            raise WrongLineError(f"it has no `{key}`" if value is None else f"its `{key}` is not text")
        if needed and not (value or empty):
            raise WrongLineError(f"its `{key}` is empty")
        return value

    def id(self, key: str, usual: str = "") -> str:
        """The id of a message."""
        value = self.text(key, needed=not usual) or usual
        if not is_id(value):
            raise WrongLineError(f"its `{key}` {value[:40]!r} is no id")
        return value

    def maybe_id(self, key: str) -> str:
        """The id of a message, or "" when there is none."""
        return self.id(key) if self._found.get(key) else ""

    def yes(self, key: str) -> bool:
        """Whether it is true; false when it is not there."""
        value = self._found.get(key, False)
        if not isinstance(value, bool):
            raise WrongLineError(f"its `{key}` is neither true nor false")
        return value

    def ids(self, key: str, exactly: int) -> Sequence[str]:
        """So many ids."""
        found = self.texts(key)
        if len(found) != exactly or not all(map(is_id, found)):
            raise WrongLineError(f"its `{key}` are not {exactly} ids")
        return found

    def texts(self, key: str, *, words: bool = False) -> list[str]:
        """A list of texts; with `words` of such as hold no blanks."""
        found = self._found.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found) or len(found) > _MOST_USED:
            raise WrongLineError(f"its `{key}` is not a list of texts")
        if words and any(one.split() != [one] for one in found):
            raise WrongLineError(f"its `{key}` is not a list of ids")
        return found

    def choice(self, key: str, kind: type[E], usual: E | None = None) -> E:
        """One of the words of an enumeration."""
        value = self._found.get(key, usual)
        if value not in list(kind):
            raise WrongLineError(f"its `{key}` {str(value)[:40]!r} is none of {', '.join(kind)}")
        return kind(value)

    def time(self, key: str) -> datetime | None:
        """A time, UTC where it has no zone."""
        value = self.text(key)
        if not value:
            return None
        try:
            found = datetime.fromisoformat(value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise WrongLineError(f"its `{key}` {value[:40]!r} is not like 2024-05-31T18:30:00") from error

    def moment(self, key: str) -> datetime:
        """A time that must be there."""
        found = self.time(key)
        if found is None:
            raise WrongLineError(f"it has no `{key}`")
        return found

    def objects(self, key: str) -> list[Values]:
        """The values of each object of a list."""
        found = self._found.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found) or len(found) > _MOST_USED:
            raise WrongLineError(f"its `{key}` is not a list of objects")
        return [Values(one) for one in found]

    def steps(self, key: str) -> tuple[tuple[str, str, float], ...]:
        """A way from message to message: each step [kind, id, weight]."""
        found = self._found.get(key, [])
        if not isinstance(found, list) or len(found) > _MOST_USED:
            raise WrongLineError(f"its `{key}` is not a list of steps")
        steps = []
        for one in found:
            if not (isinstance(one, list) and len(one) == 3 and isinstance(one[0], str) and is_id(str(one[1]))):
                raise WrongLineError(f"its `{key}` is not a list of [kind, id, weight]")
            steps.append((one[0], str(one[1]), _figure(one[2], key) or 0.0))
        return tuple(steps)

    def number(self, key: str) -> int:
        """A whole number, not below nought."""
        value = self._found.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
            raise WrongLineError(f"its `{key}` is not a whole number")
        return value

    def figure(self, key: str) -> float | None:
        """A number, or None when it is not there."""
        return _figure(self._found.get(key), key)

    def figures(self, key: str) -> dict[str, float]:
        """Numbers by name."""
        found = self._found.get(key, {})
        if not isinstance(found, dict):
            raise WrongLineError(f"its `{key}` are not numbers by name")
        return {name: value for name, each in found.items() if (value := _figure(each, key)) is not None}

    def tokens(self) -> tuple[int | None, int | None]:
        """The tokens of prompt and answer."""
        found = self._found.get("tokens", [None, None])
        if not isinstance(found, list) or len(found) != 2:
            raise WrongLineError("its `tokens` are not two numbers")
        prompt, answer = (None if one is None else Values({"tokens": one}).number("tokens") for one in found)
        return prompt, answer


def _figure(value: object, key: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise WrongLineError(f"its `{key}` is not a number")
    return float(value)
