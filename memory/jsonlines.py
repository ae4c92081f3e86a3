"""JSON lines of unknown origin: read one at a time, however long, and told apart from what is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


class NotJsonError(ValueError):
    """Bytes that are no JSON; the text says what is wrong with them, as the end of "line 7: …"."""


def bounded_lines(stream: BinaryIO, longest: int) -> Iterator[bytes]:
    """Lines of at most a little over `longest` bytes; the rest of a longer one is read and let go."""
    while line := stream.readline(longest + 2):
        yield line
        while len(line) == longest + 2 and not line.endswith(b"\n"):
            if not (line := stream.readline(longest + 2)):
                return


def decoded(line: bytes) -> object:
    """The JSON value that a line is. Raises `NotJsonError`."""
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotJsonError(f"it is not UTF-8 text (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise NotJsonError(f"it is not JSON ({error.msg.lower()} at character {error.pos + 1})") from error
    except (RecursionError, ValueError) as error:
        raise NotJsonError("it is not JSON that can be read (too deep, or a number too long)") from error
