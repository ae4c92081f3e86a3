"""Small questions to a server, JSON in and out, by the standard library: which models it has, how many tokens."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from assistant.models import addresses

_MOST_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, and the JSON in it (None when it was none)."""

    status: int
    json: Any


def ask(url: str, *, key: str, seconds: float, body: object = None) -> Reply:
    """Ask once; blocks. A body makes it a POST. Proxies of the environment are used, but never for this machine.

    Raises `OSError` (`TimeoutError` among them) when there is no reply; `http.client.HTTPException` when it is no HTTP.
    """
    headers = {"Accept": "application/json", "User-Agent": "recollect"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode("utf-8", "replace")
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310  (addresses.tidy allows HTTP alone)
    proxies = urllib.request.ProxyHandler({} if addresses.is_local(url) else None)
    try:
        with urllib.request.build_opener(proxies).open(request, timeout=seconds) as reply:
            return Reply(reply.status, _parsed(reply.read(_MOST_BYTES)))
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, _parsed(error.read(_MOST_BYTES)))
    except urllib.error.URLError as error:
        raise error.reason if isinstance(error.reason, OSError) else OSError(str(error.reason)) from error


def _parsed(data: bytes) -> Any:  # noqa: ANN401
    try:
        return json.loads(data)
    except ValueError:
        return None
