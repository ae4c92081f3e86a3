"""A model in a process of its own: it answers every chat with the same page of Markdown, at the pace of a stream.

What is asked as `Note 7: …` is answered beginning with `Noted-7.`.

    python -m benchmarks.stalls.model WORDS PAUSE

It prints its base URL. `PAUSE` is what it waits after each word, in seconds.
"""

from __future__ import annotations

import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PARAGRAPH = (
    "The **old piano** went to the neighbour, who paid with `two` tickets and a *blue* bicycle; "
    "see https://example.org/letters for what was written about it.\n\n"
)
_REST = (
    "- one thing that was said about the garden fence\n- another, about the tax form\n\n"
    "```python\ndef fence(posts: int) -> list[str]:\n    return ['|' * posts, '=' * posts]\n```\n\n"
    "| who | what |\n|---|---|\n| Ana | the piano |\n| Ben | the fence |\n\n"
)


def page(words: int) -> list[str]:
    """Pieces of an answer of about so many words: paragraphs, lists, code and tables in turn."""
    pieces: list[str] = []
    while len(pieces) < words:
        pieces += re.findall(r"\s*\S+|\s+$", _PARAGRAPH * 2 + _REST)
    return pieces[:words]


class _Handler(BaseHTTPRequestHandler):
    words = 300
    pause = 0.01

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._begin("application/json")
        self.wfile.write(json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        if not body.get("stream"):
            self._begin("application/json")
            message = {"role": "assistant", "content": "Fine."}
            self.wfile.write(json.dumps({"id": "x", "choices": [{"index": 0, "message": message}]}).encode())
            return
        self._begin("text/event-stream")
        asked = re.findall(r"Note (\d+):", str(body.get("messages") or body.get("prompt")))
        begins = [f"Noted-{asked[-1]}."] if asked else []
        for piece in [*begins, *page(self.words)]:
            self._event({"content": piece}, None)
            time.sleep(self.pause)
        self._event({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def _begin(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def _event(self, delta: dict[str, str], reason: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        piece = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
        self.wfile.flush()


def main() -> None:
    """Serve until killed."""
    _Handler.words, _Handler.pause = int(sys.argv[1]), float(sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
