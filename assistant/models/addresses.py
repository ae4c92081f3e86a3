"""Addresses of servers: put in order, and whether they lead out of this machine."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENAI = "https://api.openai.com/v1"
"""Where OpenAI itself answers."""

_OLLAMA_PORT = 11434


def tidy(url: str) -> str:
    """The address with a scheme and without a slash at its end. Raises `UsageError` when it is none."""
    full = url.strip()
    full = (full if "://" in full else f"http://{full}").rstrip("/")
    try:
        parts = urlsplit(full)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        usable = False
    if not usable or any(letter.isspace() for letter in full):
        raise UsageError(
            f"base_url is {url!r}, which is not the address of a server.", "It looks like http://127.0.0.1:11434/v1."
        )
    return full


def is_local(url: str) -> bool:
    """Whether what is sent there stays on this machine."""
    host = (urlsplit(url).hostname or "").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ollama(environ: Mapping[str, str]) -> str:
    """Where Ollama's OpenAI-compatible API is: its own `OLLAMA_HOST`, or its usual port on this machine."""
    host = tidy(environ.get("OLLAMA_HOST", "") or "127.0.0.1")
    parts = urlsplit(host)
    name = parts.hostname or "127.0.0.1"
    name = "127.0.0.1" if name in ("0.0.0.0", "::") else name  # noqa: S104
    bare = f"[{name}]" if ":" in name else name
    usual = 443 if parts.scheme == "https" else _OLLAMA_PORT
    return f"{parts.scheme}://{bare}:{parts.port or usual}/v1"


def key_for(url: str, environ: Mapping[str, str]) -> str:
    """The API key for a server of the user's: `RECOLLECT_API_KEY`, else `OPENAI_API_KEY`; empty when there is none.

    OpenAI's key is never sent in the clear to another machine.
    """
    own = environ.get("RECOLLECT_API_KEY", "").strip()
    if own:
        return own
    safe = is_local(url) or urlsplit(url).scheme == "https"
    return environ.get("OPENAI_API_KEY", "").strip() if safe else ""
