"""The embedded engine's own process: llama.cpp (xllamacpp) behind an OpenAI-compatible endpoint on loopback.

A process apart, because loading holds Python's lock from beginning to end (the interface would stand still), because
what llama.cpp prints must reach the log file and never the terminal, and because a crash in it must end an answer, not
the program. It ends when its standard input is closed, so it cannot outlive the program that started it.

Protocol: one JSON line comes in (`model`, `key`, `context`, `threads`, maybe `readings`: a folder, with a slash at its
end), one JSON line goes out: `url`, or `error`. The key comes through the pipe, where other users of the machine cannot
see it.

This file is run as a script and imports nothing of recollect.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    """Serve until standard input is closed."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.umask(0o077)
    order = json.loads(sys.stdin.readline() or "{}")
    try:
        server = serve(order)
    except Exception as error:  # noqa: BLE001  (whatever it is, the other side must hear of it)
        print(json.dumps({"error": str(error) or type(error).__name__}), file=answer, flush=True)
        os._exit(1)
    print(json.dumps({"url": server.listening_address}), file=answer, flush=True)
    sys.stdin.read()
    os._exit(0)


def serve(order: dict[str, Any]) -> Any:  # noqa: ANN401
    """Load the model and start answering. Raises `RuntimeError` when it cannot be loaded."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order["model"]
    params.model_alias = {"embedded"}
    params.n_ctx = order["context"]
    params.fit_params = False
    params.n_parallel = 1
    params.cache_prompt = True
    params.cache_ram_mib = 256  # turns alternate between prompts; each one's beginning is kept
    params.cache_idle_slots = False
    if order.get("readings"):
        params.slot_save_path = order["readings"]
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = order["threads"]
    params.n_threads_http = 4
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order["key"]]
    params.ui = False
    params.endpoint_metrics = False
    params.cors_origins = "http://127.0.0.1"
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
