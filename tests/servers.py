"""A loopback OpenAI-compatible server that answers from a script and misbehaves on request.

    with ScriptedServer(["Hello there.", "Bye."]) as server:
        ...                                  # settings: base_url = server.url, model = "scripted"
    server.bodies[0]["messages"]             # what was asked

Modes, per generation request: `ok`; `hang` (the request is read, nothing ever comes); `stall` (one piece, then
nothing); `slow` (one piece, then each further one waits for `server.go`); `drop` (two pieces, then the connection is
cut); `cut` (two pieces, then a tidy end without a reason for it); `nonsense` (a page of HTML with status 200);
`garbled` (an event stream whose data is not JSON); `empty` (an answer without text); `error` (an error object in the
middle of a stream); `long` (context exceeded); `picky` (400 while `temperature` or `max_tokens` is in the body); or a
status: `401`, `404`, `429`, `quota`, `500`, `503`.
`server.modes` is a queue for the requests to come, `server.mode` holds when the queue is empty.
"""

from __future__ import annotations

import json
import re
import select
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

Body = dict[str, Any]
Answers = Sequence[str] | Callable[[Body], str]

ERRORS: dict[str, tuple[int, Body]] = {
    "401": (401, {"message": "Incorrect API key provided: sk-tes***key.", "code": "invalid_api_key"}),
    "404": (404, {"message": "The model `scripted-x` does not exist.", "code": "model_not_found"}),
    "429": (429, {"message": "Rate limit reached for requests.", "code": "rate_limit_exceeded"}),
    "quota": (429, {"message": "You exceeded your current quota.", "code": "insufficient_quota"}),
    "500": (500, {"message": "The server had an error.", "code": "server_error"}),
    "503": (503, {"message": "Loading model", "code": "unavailable"}),
    "long": (
        400,
        {"message": "This model's maximum context length is 4096 tokens.", "code": "context_length_exceeded"},
    ),
}


class ScriptedServer:
    """See the module. A context manager; the server runs in threads of its own on a free port of 127.0.0.1.

    Attributes:
        answers: the answers in order (the last one is repeated), or a function from the request's body to the answer.
        key: when set, requests without `Authorization: Bearer KEY` are refused with 401.
        models: what `/v1/models` lists.
        bodies: the body of every generation request, in order.
        paths: the path of every request, in order.
        keys: the `Authorization` header of every request, in order.
        go: lets a `slow` answer go on.
        asked: set when a generation request has come in.
        gone: set when a client closed its connection before the answer was whole.
        plain: whether `/v1/completions` is there.
        cached_tokens: reported in the usage as taken from the cache.
        retry_after: sent with 429, when it is set.
    """

    def __init__(
        self,
        answers: Answers = ("Fine.",),
        *,
        mode: str = "ok",
        modes: Iterable[str] = (),
        key: str = "",
        models: Sequence[str] = ("scripted",),
    ) -> None:
        self.answers = answers
        self.mode = mode
        self.modes = deque(modes)
        self.key = key
        self.models = models
        self.bodies: list[Body] = []
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.plain = True
        self.cached_tokens = 0
        self.retry_after = ""
        self.go = threading.Event()
        self.asked = threading.Event()
        self.gone = threading.Event()
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.script = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """The port that was free."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """The base URL, as a user would put it into `base_url`."""
        return f"http://127.0.0.1:{self.port}/v1"

    def next(self, body: Body) -> tuple[str, str]:
        """Record a generation request; its mode and its answer."""
        with self._lock:
            place = len(self.bodies)
            self.bodies.append(body)
            mode = self.modes.popleft() if self.modes else self.mode
            answers = self.answers
        self.asked.set()
        if callable(answers):
            return mode, answers(body)
        return mode, answers[min(place, len(answers) - 1)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    script: ScriptedServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is part of the game; the handlers note it themselves."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    @property
    def script(self) -> ScriptedServer:
        return self.server.script

    def do_GET(self) -> None:
        self._note()
        if not self._allowed():
            return
        if self.path == "/v1/models":
            self._json(200, {"object": "list", "data": [{"id": m, "object": "model"} for m in self.script.models]})
        else:
            self._json(404, {"error": {"message": "no such page"}})

    def do_POST(self) -> None:
        self._note()
        body: Body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        if not self._allowed():
            return
        path = self.path.partition("?")[0]
        chat = path.endswith("/chat/completions")
        if not chat and (not path.endswith("/completions") or not self.script.plain):
            self._json(404, {"error": {"message": "no such page"}})
            return
        mode, answer = self.script.next(body)
        if mode == "picky":
            refused = [name for name in ("temperature", "max_tokens") if name in body]
            mode = "ok"
            if refused:
                text = f"Unsupported parameter: '{refused[0]}' is not supported with this model."
                self._json(400, {"error": {"message": text, "code": "unsupported_parameter", "param": refused[0]}})
                return
        if mode in ERRORS:
            status, error = ERRORS[mode]
            self._json(status, {"error": {**error, "type": "error"}})
        elif mode == "hang":
            self._wait(self.script.closing)
        elif mode == "nonsense":
            self._send(200, "text/html", b"<html><body>It works!</body></html>")
        elif body.get("stream"):
            self._stream(mode, answer, chat, body)
        else:
            self._json(200, self._whole("" if mode == "empty" else answer, chat, body))

    def _note(self) -> None:
        self.script.paths.append(self.path)
        self.script.keys.append(self.headers.get("authorization") or "")

    def _allowed(self) -> bool:
        if self.script.key and self.headers.get("authorization") != f"Bearer {self.script.key}":
            status, error = ERRORS["401"]
            self._json(status, {"error": error})
            return False
        return True

    def _stream(self, mode: str, answer: str, chat: bool, body: Body) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if mode == "garbled":
            self._event("this is {not json")
        elif self._pieces(mode, answer, chat, body):
            self._event(json.dumps(self._piece("", chat, body, reason="stop")))
            if (body.get("stream_options") or {}).get("include_usage"):
                last = {**self._piece("", chat, body), "choices": [], "usage": self._usage(answer, body)}
                self._event(json.dumps(last))
            self._event("[DONE]")
        if mode != "drop":
            self._chunk(b"")

    def _pieces(self, mode: str, answer: str, chat: bool, body: Body) -> bool:
        """Send the answer word by word; whether the mode lets it come to its end."""
        pieces = re.findall(r"\s*\S+|\s+$", answer) if mode != "empty" else []
        for number, piece in enumerate(pieces):
            if number == 1 and mode == "error":
                self._event(json.dumps({"error": {"message": "The engine died.", "code": 500}}))
                return False
            if number == 2 and mode in ("drop", "cut"):
                return False
            if number >= 1 and mode in ("slow", "stall"):
                self._wait(self.script.go if mode == "slow" else self.script.closing)
                if self.script.gone.is_set() or self.script.closing.is_set():
                    return False
            if not self._event(json.dumps(self._piece(piece, chat, body))):
                return False
        return True

    def _event(self, data: str) -> bool:
        return self._chunk(f"data: {data}\n\n".encode())

    def _chunk(self, data: bytes) -> bool:
        try:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        except OSError:
            self.script.gone.set()
            return False
        return True

    def _wait(self, event: threading.Event) -> None:
        """Until the event is set, the client has left or the server is closed."""
        while not event.wait(0.01) and not self.script.closing.is_set():
            ready, _, _ = select.select([self.connection], [], [], 0)
            if ready and not self._peek():
                self.script.gone.set()
                self.close_connection = True
                return
        self.close_connection = self.close_connection or self.script.closing.is_set()

    def _peek(self) -> bytes:
        try:
            return self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return b""

    @staticmethod
    def _piece(text: str, chat: bool, body: Body, reason: str | None = None) -> Body:
        choice: Body = {"index": 0, "finish_reason": reason}
        if chat:
            choice["delta"] = {"role": "assistant", "content": text} if text else {}
        else:
            choice["text"] = text
        kind = "chat.completion.chunk" if chat else "text_completion"
        return {"id": "x-1", "object": kind, "created": 1, "model": body.get("model"), "choices": [choice]}

    def _whole(self, answer: str, chat: bool, body: Body) -> Body:
        choice: Body = {"index": 0, "finish_reason": "stop"}
        if chat:
            choice["message"] = {"role": "assistant", "content": answer}
        else:
            choice["text"] = answer
        kind = "chat.completion" if chat else "text_completion"
        usage = self._usage(answer, body)
        return {
            "id": "x-1",
            "object": kind,
            "created": 1,
            "model": body.get("model"),
            "choices": [choice],
            "usage": usage,
        }

    def _usage(self, answer: str, body: Body) -> Body:
        asked = str(body.get("prompt") or "") + " ".join(str(m.get("content")) for m in body.get("messages", []))
        prompt, completion = len(asked.split()), len(answer.split())
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": self.script.cached_tokens},
        }

    def _json(self, status: int, body: Body) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if status == 429 and self.script.retry_after:
            self.send_header("Retry-After", self.script.retry_after)
        self.end_headers()
        self.wfile.write(data)
