"""A model hub on loopback: enough of the Hugging Face hub to pull a file, with ranges, and to misbehave on request.

    with Hub({"owner/repo": {"model.gguf": b"…"}}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)

`GET /OWNER/REPO/resolve/REVISION/FILE` answers as the hub does for a large file: a redirect to the bytes, with the
size, the sha256 (`x-linked-etag`) and the commit in its headers. The bytes are on another host by name, as a real
hub's are.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
_MODEL = re.compile(r"/api/models/([^/]+/[^/]+)")
_BLOB = re.compile(r"/blobs/([0-9a-f]{64})")
_PIECE = 1 << 14


class Hub:
    """See the module. A context manager.

    Attributes:
        files: repository -> file -> bytes.
        served: bytes to serve in place of a file's own, by file (its hash stays what it was).
        ranges: the first byte asked for by every request for bytes, in order.
        heads: how many times a file's metadata was asked for.
        cuts: for the requests to come, after how many bytes the connection is cut.
        hold: when set to a number, bytes stop there until `go` is set.
        held: set when bytes have stopped.
        status: when not 0, what every request is answered with.
        tokens: (path, `Authorization` header) of every request, in order.
    """

    def __init__(self, files: Mapping[str, Mapping[str, bytes]]) -> None:
        self.files = {repo: dict(held) for repo, held in files.items()}
        self.served: dict[str, bytes] = {}
        self.ranges: list[int] = []
        self.heads = 0
        self.cuts: list[int] = []
        self.hold = 0
        self.held = threading.Event()
        self.go = threading.Event()
        self.status = 0
        self.tokens: list[tuple[str, str]] = []
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def blob(self, sha256: str) -> bytes | None:
        for held in self.files.values():
            for name, content in held.items():
                if hashlib.sha256(content).hexdigest() == sha256:
                    return self.served.get(name, content)
        return None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.go.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.server.hub.tokens.append((self.path, self.headers.get("Authorization", "")))
        if self.server.hub.status:
            self._end(self.server.hub.status, {}, b"out of order")
        elif found := _RESOLVE.fullmatch(self.path):
            self._resolve(*found.groups())
        elif found := _BLOB.fullmatch(self.path):
            self._bytes(found[1])
        elif found := _MODEL.fullmatch(self.path):
            repo = found[1]
            if repo in self.server.hub.files:
                listed = {
                    "id": repo,
                    "sha": COMMIT,
                    "siblings": [{"rfilename": name} for name in self.server.hub.files[repo]],
                }
                self._end(200, {"Content-Type": "application/json"}, json.dumps(listed).encode())
            else:
                self._end(404, {"X-Error-Code": "RepoNotFound"}, b"")
        else:
            self._end(404, {}, b"")

    def _resolve(self, repo: str, revision: str, file: str) -> None:
        self.server.hub.heads += 1
        if repo not in self.server.hub.files:
            self._end(401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}, b"")
        elif revision not in ("main", COMMIT):
            self._end(404, {"X-Error-Code": "RevisionNotFound", "X-Error-Message": "Invalid rev id"}, b"")
        elif file not in self.server.hub.files[repo]:
            self._end(404, {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"}, b"")
        else:
            content = self.server.hub.files[repo][file]
            sha256 = hashlib.sha256(content).hexdigest()
            headers = {
                "Location": f"{self.server.hub.url.replace('127.0.0.1', 'localhost')}/blobs/{sha256}",
                "ETag": f'"{sha256[:32]}"',
                "X-Linked-ETag": f'"{sha256}"',
                "X-Linked-Size": str(len(content)),
                "X-Repo-Commit": COMMIT,
            }
            self._end(302, headers, b"")

    def _bytes(self, sha256: str) -> None:
        content = self.server.hub.blob(sha256)
        if content is None:
            self._end(404, {}, b"")
            return
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        if self.command == "GET":
            self.server.hub.ranges.append(first)
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        if self.command == "GET":
            self._send(content[first:], self.server.hub.cuts.pop(0) if self.server.hub.cuts else 0)

    def _send(self, content: bytes, cut: int) -> None:
        end = cut or len(content)
        for start in range(0, end, _PIECE):
            if self.server.hub.hold and start >= self.server.hub.hold and not self.server.hub.go.is_set():
                self.server.hub.held.set()
                self.server.hub.go.wait(30)
            try:
                self.wfile.write(content[start : min(start + _PIECE, end)])
                self.wfile.flush()
            except OSError:  # the one who asked has gone
                break
        if cut:
            self.close_connection = True
            self.connection.shutdown(2)

    def _end(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
