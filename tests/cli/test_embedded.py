"""The real chat model, from the command line: nothing set, nothing but loopback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .conftest import Cli, message_line

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


def test_an_imported_fact_is_recalled_and_answered_from_and_the_engine_keeps_quiet(
    cli: Cli, process: Callable[..., subprocess.Popen[str]]
) -> None:
    cli("import", "-", stdin=message_line("My sister's dog is called Biscuit.", role="user", speaker=""))
    running = process("ask", "--json", "What is my sister's dog called?")
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    assert err == ""
    found = json.loads(out)
    assert found["answer"]
    assert found["model"] == "embedded:smollm2-135m"
    assert found["usage"]["prompt_tokens"] > 0
    assert found["recollections"][0]["source_id"] == "m1"
