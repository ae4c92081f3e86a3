"""A package index on loopback (the simple repository API) that serves wheels made here, and misbehaves on request."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

_PIECE = 1 << 14


def make_wheel(project: str, version: str, members: Mapping[str, bytes]) -> bytes:
    """A valid wheel with the members and a record of them."""
    module = project.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    files = {
        **members,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\nRequires-Dist: x\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(content)}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # with a fixed date: the same in every process
    return buffer.getvalue()


class Index:
    """A context manager; the simple API is at `url`.

    Attributes:
        wheels: file name -> bytes, for every project by its name's start.
        downloads: how many times a wheel was asked for.
        hold: when set to a number, a wheel's bytes stop there until `go` is set.
        held: set when bytes have stopped.
    """

    def __init__(self, wheels: Mapping[str, bytes]) -> None:
        self.wheels = dict(wheels)
        self.downloads = 0
        self.hold = 0
        self.held = threading.Event()
        self.go = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/simple/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.go.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, index: Index) -> None:
        self.index = index
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        _, kind, name = (self.path.split("#")[0] + "/").split("/")[:3]
        if kind == "files" and name in self.server.index.wheels:
            self.server.index.downloads += 1
            self._send(self.server.index.wheels[name])
        elif kind == "simple" and any(file.startswith(name.replace("-", "_")) for file in self.server.index.wheels):
            files = [file for file in self.server.index.wheels if file.startswith(name.replace("-", "_"))]
            links = "".join(f'<a href="/files/{file}">{file}</a>' for file in files)
            page = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
        else:
            self.send_error(404)

    def _send(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for start in range(0, len(content), _PIECE):
            if self.server.index.hold and start >= self.server.index.hold and not self.server.index.go.is_set():
                self.server.index.held.set()
                self.server.index.go.wait(30)
            try:
                self.wfile.write(content[start : start + _PIECE])
                self.wfile.flush()
            except OSError:  # the one who asked has gone
                return
