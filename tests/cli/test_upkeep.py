"""doctor, backup, restore and rebuild through the command line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from .conftest import Cli, complained, message_line

CUE = "When does my passport expire?"


_MADE: list[Path] = []


@pytest.fixture
def told(cli: Cli, home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A memory of 29 messages; made once, and copied for each test."""
    if _MADE:
        shutil.copytree(_MADE[0], home)
        return
    lines = [message_line("My passport expires on 3 March 2027.", 1)]
    lines += [message_line(f"Remark number {n} of the diary.", n) for n in range(2, 30)]
    cli("import", "-", stdin="\n".join(lines))
    _MADE.append(tmp_path_factory.mktemp("made") / "home")
    shutil.copytree(home, _MADE[0])


def best(cli: Cli) -> str:
    return cli("recall", CUE, "-k", "1", "--json").json["recollections"][0]["text"]


def wrong(cli: Cli, *more: str) -> list[str]:
    ran = cli("doctor", "--json", *more)
    found = [one["part"] for one in ran.json["findings"] if one["state"] == "wrong"]
    assert (ran.code, ran.json["ok"]) == (1 if found else 0, not found)
    return found


def test_the_doctor_finds_nothing_wrong_before_and_after_the_first_words(cli: Cli, told: None) -> None:
    ran = cli("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("all is well\n")
    assert {"journal", "vectors", "models"} <= {line.split()[1] for line in ran.out.splitlines()}


def test_the_doctor_says_what_is_wrong_and_mends_it(cli: Cli, told: None, home: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir(mode=0o700)
    (models / "some.gguf").write_bytes(b"a model")
    receipt = {"size": 7, "sha256": hashlib.sha256(b"another").hexdigest(), "source": "x"}
    (models / "some.gguf.receipt.json").write_text(json.dumps(receipt))
    environment = {"RECOLLECT_MODELS": str(models)}
    shutil.rmtree(home / "memory" / "chroma")
    (home / "memory" / "journal.db").chmod(0o644)
    (home / "memory").chmod(0o755)
    (home / "memory" / "learned.json").write_text("{")
    ran = cli("doctor", env=environment)
    complained(ran, 1, "4 things are wrong", "--fix")
    for word in ("permissions", "vectors", "learned", "models"):
        assert f"wrong  {word}" in ran.out
    assert "all-minilm-l6-v2, which embeds, is not here" in ran.out
    mended = cli("doctor", "--fix", "--json", env=environment)
    assert (mended.code, mended.json["ok"]) == (0, True), mended.json
    assert len(mended.json["mended"]) == 4
    assert stat.S_IMODE((home / "memory").stat().st_mode) == 0o700
    assert not (models / "some.gguf").exists()
    assert list((home / "memory").glob("learned-*.unreadable"))
    assert best(cli) == "My passport expires on 3 March 2027."


def test_the_doctor_works_with_settings_that_cannot_be_read(cli: Cli, told: None, home: Path) -> None:
    (home / "config.toml").write_text("stor = 3")
    (home / "prompts" / "small").mkdir(parents=True)
    found = cli("doctor", "--json", env={"RECOLLECT_MEMRY": "x"}).json["findings"]
    config = [(one["state"], one["what"]) for one in found if one["part"] == "config"]
    assert any("stor" in what for state, what in config if state == "wrong")
    assert any("RECOLLECT_MEMRY" in what for state, what in config if state == "note")
    assert [one["state"] for one in found if one["part"] == "journal"] == ["fine"]


def test_a_damaged_journal_is_told_salvaged_and_replaced(cli: Cli, told: None, home: Path, tmp_path: Path) -> None:
    path = home / "memory" / "journal.db"
    assert cli("backup", str(tmp_path / "good.backup")).code == 0
    saved = cli("doctor", "--salvage", str(tmp_path / "saved.backup"))
    assert saved.out.startswith(f"saved 29 messages to {tmp_path / 'saved.backup'}\n")
    content = bytearray(path.read_bytes())
    at = content.index(b"Remark number 20") // 4096 * 4096
    content[at : at + 4096] = os.urandom(4096)
    path.write_bytes(content)
    ran = cli("doctor")
    assert ran.code == 1
    assert "--salvage" in ran.out
    cli("doctor", "--fix")
    assert path.read_bytes() == content
    complained(cli("doctor", "--salvage", str(tmp_path / "saved.backup")), 2, "there already")
    restored = cli("restore", str(tmp_path / "good.backup"), "--yes", "--json").json
    assert restored["messages"] == 29
    assert (Path(restored["aside"]) / "journal.db").exists()
    assert wrong(cli) == []
    assert best(cli) == "My passport expires on 3 March 2027."


def test_settings_and_prompts_come_back_and_nothing_is_written_over(
    cli: Cli, told: None, home: Path, tmp_path: Path
) -> None:
    (home / "config.toml").write_text('[ui]\npanel = "shown"\n')
    made = cli("backup", str(tmp_path), "--json").json
    assert made["enclosed"] == ["config.toml"]
    assert stat.S_IMODE(Path(made["file"]).stat().st_mode) == 0o600
    (home / "config.toml").write_text('[ui]\npanel = "hidden"\n')
    ran = cli("restore", made["file"], "--yes")
    assert "was left as it is" in ran.err
    assert "hidden" in (home / "config.toml").read_text()
    elsewhere = tmp_path / "elsewhere"
    ran = cli("restore", made["file"], "--json", env={"RECOLLECT_HOME": str(elsewhere)})
    assert ran.json["written"] == [str(elsewhere / "config.toml")]
    assert ran.json["aside"] is None
    complained(cli("restore", made["file"]), 2, "--yes")
    complained(cli("restore", str(tmp_path / "nothing")), 1, "no file")
    complained(cli("backup", str(home / "config.toml")), 2, "not a backup")
    assert "29 messages" in cli("restore", "--dry-run", made["file"]).out


class _Embeddings(BaseHTTPRequestHandler):
    """An OpenAI-compatible server of embeddings: each word has a direction."""

    def do_POST(self) -> None:
        wish = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        data = [{"object": "embedding", "index": n, "embedding": _vector(text)} for n, text in enumerate(wish["input"])]
        body = json.dumps(
            {"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _vector(text: str) -> list[float]:
    seeds = [int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) for word in text.lower().split()]
    return np.sum([np.random.default_rng(seed).normal(size=48) for seed in seeds or [0]], axis=0).tolist()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Another embedder by name, on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Embeddings)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    yield "openai:directions"
    server.shutdown()
    thread.join()
    server.server_close()


def test_embedder_and_store_are_changed_over_and_stay_so(cli: Cli, told: None, home: Path, provider: str) -> None:
    ran = cli("rebuild", "--embeddings", provider, "--store", "memory", "--json")
    assert (ran.json["embedder"], ran.json["store"], ran.json["passages"]) == (provider, "memory", 29)
    assert ran.err == ""
    assert best(cli) == "My passport expires on 3 March 2027."
    assert wrong(cli) == []
    complained(cli("recall", CUE, "--embeddings", "local"), 1, "rebuild --embeddings")
    (home / "config.toml").write_text('[memory]\nstore = "memory"\n')
    ran = cli("rebuild", "--embeddings", "local", "--store", "chroma")
    assert "memory.store = 'memory'" in ran.err
    assert ran.out.startswith("rebuilt the indexes of 29 passages of 29 messages with all-MiniLM-L6-v2 and chroma")
    assert not [path for path in (home / "memory").iterdir() if path.name.startswith("memory-")]


def test_a_rebuild_that_is_interrupted_goes_on(
    cli: Cli, told: None, process: Callable[..., subprocess.Popen[str]], home: Path, provider: str
) -> None:
    import signal

    running = process("rebuild", "--embeddings", provider)
    while running.poll() is None and not list((home / "memory").glob("lexicon-*")):
        threading.Event().wait(0.01)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert "Traceback" not in out + err
    if running.returncode == 130:
        assert "go on from here" in err
        assert "begun and not finished" in cli("doctor").out
    assert best(cli) == "My passport expires on 3 March 2027."
    assert cli("rebuild", "--embeddings", provider).code == 0
    assert best(cli) == "My passport expires on 3 March 2027."
