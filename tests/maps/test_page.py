"""The page for a browser: whole, offline, and with texts that stay texts."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.maps.page import page, write_page
from memory.errors import UsageError
from memory.mapping import TOPIC, Link, Map, Node
from memory.types import Message, Origin, Role

HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> \x1b[31m {{data}}"
)


def drawn() -> Map:
    def said(id_: str, text: str) -> Message:
        time = datetime(2024, 3, 4, 12, tzinfo=UTC)
        return Message(1, id_, Role.USER, text, "s", id_, speaker="Lea", time=time, origin=Origin.IMPORT)

    nodes = (
        Node(TOPIC, "bees", None, 0, 1.0),
        Node("m1", "beehives swarmed", said("m1", "Two of my beehives swarmed."), 1, 0.5),
        Node("m2", HOSTILE[:22], said("m2", HOSTILE), 2, 0.2),
    )
    links = (Link(TOPIC, "m1", "words", "bees", 0.5), Link("m1", "m2", "name", "Ottavia <b>", 0.2))
    return Map(TOPIC, "bees & <swarms>", nodes, links)


def test_it_is_whole_and_names_no_address_to_load_from() -> None:
    text = page(drawn())
    assert "vis.Network" in text
    assert "bees &amp; &lt;swarms&gt;" in text
    assert "default-src 'none'" in text
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=[\"']?http", text)


def test_texts_of_memories_are_data() -> None:
    text = page(drawn())
    data = text[text.index("const data = ") :].splitlines()[0]
    assert "<" not in data
    assert "\\u003c/script" in data
    assert "\x1b" not in text


def test_it_is_written_for_the_user_alone(tmp_path: Path) -> None:
    write_page(drawn(), tmp_path / "map.html")
    assert stat.S_IMODE((tmp_path / "map.html").stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="cannot be written"):
        write_page(drawn(), tmp_path / "no" / "map.html")
    with pytest.raises(UsageError, match="cannot be written"):
        write_page(drawn(), tmp_path)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed (Debian: apt install chromium)")
def test_a_browser_draws_it_without_a_network(tmp_path: Path) -> None:
    write_page(drawn(), tmp_path / "map.html")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'profile'}"]
    command += [
        "--enable-logging=stderr",
        "--virtual-time-budget=20000",
        "--dump-dom",
        (tmp_path / "map.html").as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert 'data-drawn="3"' in done.stdout, done.stdout[-400:] + done.stderr[-2000:]
    assert "<canvas" in done.stdout
    assert "<title>bees &amp; &lt;swarms&gt; - recollect</title>" in done.stdout, "no text of a memory ran as a script"
    assert "CONSOLE" not in done.stderr
    assert "close in meaning" not in done.stdout
    assert "shares a name" in done.stdout, "the legend has the kinds that are drawn"
