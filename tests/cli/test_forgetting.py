"""Forgetting, by every way there is to ask for it, and the proof: no byte of it is left under the home."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.bench.cache import Cache
from memory.embeddings import load_embedder
from memory.journal.choices import chosen_at
from memory.lexicon import Lexicon

from .conftest import Cli, complained, message_line

if TYPE_CHECKING:
    from tests.servers import ScriptedServer

SECRET = "The xylophonist Quillfeather keeps 48151623 under the Zanzibar-blue floorboards."
STEMS = ("xylophonist", "quillfeath", "48151623", "zanzibar", "floorboard")
TALK = [
    ("user", "march", "I started learning to play the cello."),
    ("assistant", "march", "What made you choose the cello?"),
    ("user", "april", SECRET),
    ("assistant", "april", "Quillfeather? I will remember the floorboards."),
    ("user", "april", "The tax form is in the blue box."),
]
_HOLDER = """
import os, sys
from assistant.app import Assistant
with Assistant.open(os.environ, background=True) as assistant:
    assistant.memory.recall("xylophonist Quillfeather floorboards")
    assistant.memory.flush()
    print("open", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    file = tmp_path / "talk.jsonl"
    lines = [
        message_line(text, number, role=role, session=session, time=f"2026-0{number}-02T09:00:00")
        for number, (role, session, text) in enumerate(TALK, 1)
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def needles(models_folder: Path) -> list[bytes]:
    """The text, its rare words as they are indexed, and its vector, in every encoding that it might be found in."""
    vector = load_embedder("local", models_folder).embed([f"Lea: {SECRET}"])[0].astype("<f2")
    texts = [SECRET.lower(), *STEMS]
    return [
        *(text.encode(encoding) for text in texts for encoding in ("utf-8", "utf-16-le", "utf-16-be")),
        vector.astype("<f4").tobytes()[:64],
        vector.tobytes()[:64],
    ]


def holding(home: Path, wanted: list[bytes]) -> set[str]:
    """The files that hold one of these, in upper or lower case."""
    found = set()
    for folder, _, names in os.walk(home):
        for path in [Path(folder, name) for name in names]:
            with contextlib.suppress(FileNotFoundError):
                data = path.read_bytes()
                if any(needle in data or needle in data.lower() for needle in wanted):
                    found.add(str(path.relative_to(home)))
    return found


def indexed(home: Path, gone: bool = False) -> set[str]:
    """The files of the full-text index, which packs its terms, once it was asked whether it has them."""
    chosen = chosen_at(home / "memory" / "journal.db")
    folder = home / "memory" / (chosen.words if chosen else "lexicon")
    lexicon = Lexicon(folder)
    assert {lexicon.doc_freq(stem) > 0 for stem in STEMS} == {not gone}
    return {path.name for path in folder.iterdir() if path.suffix in (".term", ".idx", ".fast")}


WAYS = {
    "exchange": lambda cli: [cli("recall", "xylophonist", "-k", "1", "--json").json["recollections"][0]["id"]],
    "session": lambda cli: ["diary/april"],
    "query": lambda cli: ["--about", "Who is the xylophonist Quillfeather?", "-k", "1"],
    "words": lambda cli: ["--containing", "ZANZIBAR-blue  floorboards"],
    "span": lambda cli: ["--since", "2 March 2026", "--until", "2026-04-30"],
    "everything": lambda cli: ["--everything"],
}


@pytest.mark.parametrize("way", ["exchange", "everything"])
def test_no_byte_of_it_is_left_anywhere(
    cli: Cli, talk: Path, home: Path, models_folder: Path, scripted: ScriptedServer, way: str
) -> None:
    scripted.answers = ["Good morning to you."]
    cli("import", str(talk))
    cli("ask", "Good morning.", "--no-recall")
    cli("rebuild")
    (tax,) = cli("recall", "tax form", "-k", "1", "--json").json["recollections"]
    cli("feedback", tax["id"], "never", "--cue", SECRET)
    complained(cli("recall", "nowhere", "--as-of", SECRET), 2, "no date")
    with (home / "state" / "recollect.log").open("a") as log:
        log.write(f"WARNING some.package: cannot parse {SECRET[:30]!r}\nINFO memory: a harmless line\n")
    with Cache(home / "cache" / "bench.db") as cache:
        cache.put_answer(b"key", SECRET)
    wanted = needles(models_folder)
    kept = " ".join(holding(home, wanted))
    assert all(place in kept for place in ("chroma", "journal.db", "recollect.log", "bench.db")), kept
    segments = indexed(home)
    arguments = WAYS[way](cli)
    dry = cli("forget", *arguments, "--dry-run", "--json").json
    assert dry["dry_run"]
    assert " ".join(holding(home, wanted)) == kept
    gone = cli("forget", *arguments, "--yes", "--json").json
    assert gone["messages"] == dry["messages"]
    assert holding(home, wanted) == set()
    assert segments.isdisjoint(indexed(home, gone=True))
    assert way == "everything" or "a harmless line" in (home / "state" / "recollect.log").read_text()
    assert "xylophonist" not in cli("recall", "xylophonist Quillfeather").out
    cli("rebuild")
    again = cli("import", str(talk), "--json").json
    assert (again["added"], again["forgotten"]) == (0, len(gone["messages"]) - (2 if way == "everything" else 0))
    assert holding(home, wanted) == set()


@pytest.mark.parametrize("way", ["session", "query", "words", "span"])
def test_every_way_means_it(cli: Cli, talk: Path, way: str) -> None:
    cli("import", str(talk))
    said = {item["id"]: item["text"] for item in cli("sessions", "diary/april", "--json").json["messages"]}
    gone = cli("forget", *WAYS[way](cli), "--dry-run", "--json").json["messages"]
    exchange = {TALK[2][2], TALK[3][2]}
    meant = {"session": {text for _, name, text in TALK if name == "april"}, "everything": {text for *_, text in TALK}}
    expected = meant.get(way, exchange)
    assert {said.get(id_) for id_ in gone} - {None} == expected & set(said.values())
    assert len(gone) == len(expected)


def test_another_process_that_has_the_memory_open_does_not_bring_it_back(
    cli: Cli,
    talk: Path,
    home: Path,
    models_folder: Path,
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    cli("import", str(talk))
    other = subprocess.Popen([sys.executable, "-c", _HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "open\n"
        wanted = needles(models_folder)
        assert any("chroma" in name for name in holding(home, wanted))
        cli("forget", "--containing", "Zanzibar", "--yes")
        wait_until(lambda: not holding(home, wanted), 20)
    finally:
        other.communicate("\n", timeout=30)
    assert holding(home, wanted) == set()
    assert other.returncode == 0


def test_what_was_forgotten_is_imported_when_that_is_wanted(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    cli("forget", "diary/april", "--yes")
    again = cli("import", str(talk))
    assert again.out == (
        "imported 0 new messages, 2 known already, 3 left out that you forgot (--forgotten brings them back)\n"
    )
    assert cli("import", str(talk), "--forgotten", "--json").json["added"] == 3
    assert cli("import", str(talk), "--json").json["known"] == 5


def test_what_is_to_go_is_shown_first(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    shown = cli("forget", "--about", "the cello", "-k", "1", "--dry-run")
    assert "I started learning to play the cello." in shown.err
    assert "What made you choose the cello?" in shown.err
    assert shown.out == "would forget 2 messages and 1 whole session\n"
    alone = cli("forget", "--containing", "what made you", "--alone", "--dry-run", "--json").json
    assert len(alone["messages"]) == 1
    none = cli("forget", "--about", "nothing of the kind", "--since", "2030", "--dry-run", "--json").json
    assert none["messages"] == []
    assert cli("forget", "diary/april", "--until", "2026-03-31", "--dry-run", "--json").json["sessions"] == []


def test_wrong_wishes_are_refused(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    complained(cli("forget", "--about", "x", "--containing", "y"), 2, "--about")
    complained(cli("forget", "--about", "x", "--everything"), 2)
    complained(cli("forget", "--since", "the day of the flood"), 2, "no date")
    complained(cli("forget", "--since", "2026-05-01", "--until", "2026-04-01"), 2, "after")
    complained(cli("forget", "--retention"), 2, "keep_days")
    complained(cli("forget", "--containing", "  "), 2)
    assert len(cli("sessions", "diary/april", "--json").json["messages"]) == 3


def test_retention_takes_what_is_too_old_or_too_much(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    old = cli("forget", "--retention", "--dry-run", "--json", env={"RECOLLECT_MEMORY_KEEP_DAYS": "36500"}).json
    assert old["messages"] == []
    env = {"RECOLLECT_MEMORY_KEEP_MEGABYTES": "0.00012"}
    much = cli("forget", "--retention", "--yes", "--json", env=env).json
    assert len(much["messages"]) == 4
    assert [one["text"] for one in cli("sessions", "last", "--json").json["messages"]] == [TALK[-1][2]]
    assert cli("forget", "--retention", "--yes", "--json", env={"RECOLLECT_MEMORY_KEEP_DAYS": "1"}).json["messages"]


def test_every_file_is_for_the_user_alone(cli: Cli, talk: Path, home: Path) -> None:
    cli("import", str(talk))
    lexicon = list((home / "memory" / "lexicon").iterdir())
    assert any("lock" in path.name for path in lexicon)
    assert {stat.S_IMODE(path.stat().st_mode) for path in lexicon} == {0o600}
