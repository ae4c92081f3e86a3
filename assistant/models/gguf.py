"""What a GGUF file says of itself: how long its context may be, what a token of context costs, which tokens it obeys.

The format is https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from memory.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_LONGEST = 1 << 24
_HALF = 2
_TOKENS = "tokenizer.ggml.tokens"
_CONTROL = 3


@dataclass(frozen=True, slots=True)
class Header:
    """The few facts that matter here.

    Attributes:
        context: the longest text in tokens that the model was made for; 0 when the file does not say.
        token_bytes: bytes of memory that a token of context takes in half precision; 0 when it cannot be told.
        control: its control tokens, such as `<|im_start|>`: what it takes for the structure of a prompt.
    """

    context: int
    token_bytes: int
    control: tuple[str, ...] = field(default=(), compare=False)


def read_header(path: Path) -> Header:
    """Read the facts. Raises `ModelError` when the file is no GGUF or ends in its header."""
    try:
        with path.open("rb") as file:
            values = _values(file)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.", "Check its permissions.") from error
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path} is not a whole GGUF model file.", "Pull it again, or choose another model."
        ) from error
    family = str(values.get("general.architecture", ""))

    def number(key: str) -> int:
        value = values.get(f"{family}.{key}", 0)
        return max(value) if isinstance(value, list) and value else value if isinstance(value, int) else 0

    heads = number("attention.head_count")
    kept = number("attention.head_count_kv") or heads
    width = number("embedding_length") // heads if heads else 0
    key = number("attention.key_length") or width
    value = number("attention.value_length") or width
    return Header(number("context_length"), number("block_count") * kept * (key + value) * _HALF, _control(values))


def _control(values: dict[str, object]) -> tuple[str, ...]:
    tokens, kinds = values.get(_TOKENS), values.get("tokenizer.ggml.token_type")
    if not isinstance(tokens, list) or not isinstance(kinds, list):
        return ()
    return tuple(token for token, kind in zip(tokens, kinds, strict=False) if kind == _CONTROL)


def _values(file: IO[bytes]) -> dict[str, object]:
    magic = file.read(4)
    version, _, count = _unpack(file, "<IQQ")
    if magic != b"GGUF" or version not in (2, 3):
        raise ValueError("not a GGUF")
    if count > _LONGEST:
        raise ValueError("too many values")
    found: dict[str, object] = {}
    for _ in range(count):
        name = _text(file)
        found[name] = _value(file, _unpack(file, "<I")[0], texts=name == _TOKENS)
    return found


def _unpack(file: IO[bytes], layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))


def _text(file: IO[bytes]) -> str:
    (length,) = _unpack(file, "<Q")
    data = file.read(length) if length <= _LONGEST else b""
    if len(data) != length:
        raise ValueError("ends in a text")
    return data.decode("utf-8", "replace")


def _value(file: IO[bytes], kind: int, *, texts: bool = False) -> object:
    """A value; an array of texts only if `texts` are wanted, for they are long."""
    if kind == _STRING:
        return _text(file)
    if kind != _ARRAY:
        return _unpack(file, _NUMBERS[kind])[0]
    inner, count = _unpack(file, "<IQ")
    if count > _LONGEST:
        raise ValueError("array too long")
    if inner == _STRING:
        found = [_text(file) for _ in range(count)]
        return found if texts else None
    if inner == _ARRAY:
        return [_value(file, _ARRAY) for _ in range(count)]
    layout = _NUMBERS[inner]
    return list(_unpack(file, f"<{count}{layout[1:]}"))
