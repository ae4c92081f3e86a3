"""What of the environment a program that is started here may see: everything but keys, tokens and passwords."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_NAME = re.compile(
    r"(^|[_.-])(api[_-]?key|access[_-]?key|private[_-]?key|key|secret|password|passwd|token|auth|credentials?)$",
    re.IGNORECASE,
)
"""Names of settings and variables whose values are to be kept secret."""


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables whose names are not those of secrets."""
    return {name: value for name, value in environ.items() if not SECRET_NAME.search(name)}
