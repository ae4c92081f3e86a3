"""Chroma behind a reverse proxy, as on a real server: TLS with a certificate of one's own, and a token."""

from __future__ import annotations

import http.client
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from memory.errors import ConfigError, StorageError
from memory.registry import load_store
from memory.store import MemoryStore, StoreSpec
from memory.testing.trial import cue, ranked, sample

_TOKEN = "a-secret-token"


class _Proxy(BaseHTTPRequestHandler):
    """Passes requests with the token on to Chroma, and refuses others."""

    protocol_version = "HTTP/1.1"
    chroma_port = 0

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization") != f"Bearer {_TOKEN}":
            self._answer(401, b'{"error": "unauthorized", "message": "no such token"}', "application/json")
            return
        chroma = http.client.HTTPConnection("127.0.0.1", self.chroma_port)
        chroma.request(self.command, self.path, body, {"Content-Type": "application/json"})
        answer = chroma.getresponse()
        self._answer(answer.status, answer.read(), answer.headers.get("Content-Type", "application/json"))
        chroma.close()

    do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815 - the names that http.server looks for

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate for 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", file.with_suffix(".crt")],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return file


@pytest.fixture(scope="module")
def port(certificate: Path, chroma_server: int) -> Iterator[int]:
    _Proxy.chroma_port = chroma_server
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.with_suffix(".crt"), certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def _open(folder: Path, **options: Any) -> MemoryStore:
    kind = load_store("chroma").chosen(options)
    return kind.open(StoreSpec(folder, "behind-a-proxy", 8, options))


def test_host_port_tls_and_token(port: int, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"host": "127.0.0.1", "port": port, "ssl": True}
    trusted = {**place, "ca": str(certificate.with_suffix(".crt"))}
    with pytest.raises(StorageError):
        _open(tmp_path, **trusted)
    with pytest.raises(StorageError):
        _open(tmp_path, **trusted, token="another")
    with pytest.raises(StorageError, match=r"(?i)certificate"):
        _open(tmp_path, **place, token=_TOKEN)
    monkeypatch.setenv("MY_TOKEN", _TOKEN)
    store = _open(tmp_path, **trusted, token="${MY_TOKEN}")
    store.upsert(sample(10))
    store.close()
    monkeypatch.setenv("RECOLLECT_CHROMA_TOKEN", _TOKEN)
    again = _open(tmp_path, **trusted)
    assert [hit.id for hit in again.search(cue(), 3)] == ranked(sample(10), cue())[:3]
    again.drop()


def test_options_of_a_server_are_checked() -> None:
    chosen = load_store("chroma").chosen
    for options in (
        {"host": "x", "port": "8000"},
        {"host": "x", "ssl": "false"},
        {"host": "x", "port": True},
        {"port": 8000},
        {"host": "x", "verify": True},
    ):
        with pytest.raises(ConfigError):
            chosen(options)
