"""Text that comes from outside, made safe: to store and show (`clean`), and to stand in a prompt as data (`defuse`)."""

from __future__ import annotations

import re

from assistant.markers import broken

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """What was typed or piped, fit to be stored and shown.

    Control characters but newline and tab are taken out (they could steer a terminal), and so are those that turn the
    direction of writing around; line ends become newlines; what is not valid Unicode becomes U+FFFD.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _BIDI.sub("", _CONTROL.sub("", text))


def defuse(text: str) -> str:
    """`text` with every marker of a chat template broken by a blank, so that no tokenizer reads it as one.

    It changes what is sent, never what is stored. See `assistant.markers` for what counts as one.
    """
    return broken(text)
