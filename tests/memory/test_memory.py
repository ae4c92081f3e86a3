from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from memory.embeddings import Embedder
from memory.errors import RecollectError, StorageError, UsageError
from memory.indexes.locks import ProcessLock
from memory.memory import Memory
from memory.types import NewMessage, Origin, Role, Scope

from .conftest import fill, say
from .test_journal_file import file_size_limit, may_only_read


def best(memory: Memory, cue: str) -> str:
    return memory.recall(cue).recollections[0].message.text


def test_a_session_is_begun_named_and_found(memory: Memory) -> None:
    session = memory.new_session()
    assert session != memory.new_session()
    said = say(memory, "Let us plan the garden.", session)
    assert memory.session(session[:8]).title == "Let us plan the garden."
    memory.rename(session, "The garden")
    assert memory.sessions()[0].title == "The garden"
    assert memory.session_messages(session, 1) == [said]
    with pytest.raises(UsageError):
        memory.session("nowhere")


def test_nothing_of_another_scope_is_named_found_or_forgotten(open_memory: Callable[..., Memory]) -> None:
    mine, theirs = open_memory(), open_memory(scope=Scope("work"))
    said = say(theirs, "The budget is 2580.", "theirs")
    for attempt in (
        lambda: mine.find(said.id),
        lambda: mine.session("theirs"),
        lambda: mine.rename("theirs", "mine"),
        lambda: mine.forget(messages=[said.id]),
        lambda: mine.forget(sessions=["theirs"]),
    ):
        with pytest.raises(UsageError):
            attempt()
    assert theirs.find(said.id) == said


def test_scopes_stay_apart_in_the_store_too(open_memory: Callable[..., Memory]) -> None:
    mine, theirs = open_memory(), open_memory(scope=Scope("work"))
    theirs.remember_many(NewMessage(Role.USER, f"The cello lesson number {n}", "w") for n in range(400))
    say(mine, "I play the cello on Fridays.")
    say(mine, "Bread is in the oven.")
    assert mine.flush()
    assert mine._indexer.vectors.is_open
    assert best(mine, "cello lesson") == "I play the cello on Fridays."
    assert {found.message.session for found in mine.recall("cello lesson", k=400).recollections} == {"s1"}


def test_importing_twice_adds_nothing(memory: Memory) -> None:
    def lines() -> list[NewMessage]:
        return [
            NewMessage(Role.USER, f"Line {n}.", "s", source="f", source_id=str(n), origin=Origin.IMPORT)
            for n in range(1200)
        ]

    seen: list[int] = []
    assert memory.remember_many(lines(), seen.append).added == 1200
    assert seen == [500, 1000, 1200]
    again = memory.remember_many(lines())
    assert (again.added, again.skipped) == (0, 1200)


@pytest.mark.parametrize("store", ["chroma", "memory"])
def test_threads_remember_recall_and_forget_at_once(open_memory: Callable[..., Memory], store: str) -> None:
    memory = open_memory(background=True, store=store)
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(8):
                said = say(memory, f"The {name} of Ana costs {number} euros.", name)
                found = memory.recall(f"What does the {name} of Ana cost?", k=20).recollections
                assert said.id in {recollection.message.id for recollection in found}
                memory.forget(messages=[said.id])
                found = memory.recall(f"What does the {name} of Ana cost?", k=20).recollections
                assert said.id not in {recollection.message.id for recollection in found}
        except (RecollectError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("piano", "boat", "lamp")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert memory.stats().messages == 0


def test_a_large_backlog_hides_nothing_that_was_just_said(memory: Memory) -> None:
    memory.remember_many(NewMessage(Role.USER, f"Entry {n} of the old diary.", f"d{n % 9}") for n in range(900))
    said = say(memory, "My flight leaves at dawn.", "now")
    found = memory.recall("When do I have to be at the airport?", k=3)
    assert found.recollections[0].message.id == said.id
    assert found.recollections[0].why.signals["cosine"] > 0.3


def test_closing_is_quick_with_a_backlog_and_loses_nothing(open_memory: Callable[..., Memory]) -> None:
    memory = open_memory(background=True)
    memory.remember_many(NewMessage(Role.USER, f"Entry {n} of the diary. " * 20, f"d{n % 9}") for n in range(1500))
    start = time.monotonic()
    memory.close()
    assert time.monotonic() - start < 10
    assert open_memory().stats().messages == 1500


def test_leaving_by_an_interrupt_does_not_wait_for_the_indexes(tmp_path: Path, embedder: Embedder) -> None:
    def interrupted() -> None:
        with Memory.open(tmp_path / "memory", embedder=embedder, background=False) as memory:
            fill(memory)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with Memory.open(tmp_path / "memory", embedder=embedder, background=False) as memory:
        assert memory.stats().indexed == 0
        assert "passport" in best(memory, "When does my passport expire?")


def test_closing_twice_is_allowed(memory: Memory) -> None:
    fill(memory)
    memory.close()
    memory.close()


def test_flushing_waits_for_another_process_that_is_embedding(memory: Memory, tmp_path: Path) -> None:
    fill(memory)
    other = ProcessLock(tmp_path / "memory" / "embed.lock")
    assert other.take()
    assert not memory.flush(0.1)
    assert memory.stats().indexed == 0
    threading.Timer(0.3, other.release).start()
    assert memory.flush(20)
    assert memory.stats().indexed == memory.stats().passages


def test_a_full_disk_stops_remembering_and_not_recall(memory: Memory, tmp_path: Path) -> None:
    fill(memory)
    memory.flush()
    said = say(memory, "The alarm code is 2580.", "alarm")
    sizes = {path: path.stat().st_size for path in (tmp_path / "memory").glob("journal.db*")}
    with file_size_limit(4096):
        with pytest.raises(StorageError, match="space"):
            say(memory, "The disk is full. " * 9000)
        found = memory.recall("What is the code of the alarm?")
        assert found.recollections[0].message.id == said.id
        assert any("could not be written" in note for note in found.notes)
        assert "passport" in best(memory, "When does my passport expire?")
        with pytest.raises(StorageError):
            memory.flush()
    assert sizes
    assert memory.flush()
    assert memory.recall("What is the code of the alarm?").notes == ()
    assert memory.stats().indexed == memory.stats().passages


def test_a_memory_that_may_only_be_read_recalls(embedder: Embedder) -> None:
    import tempfile

    embedder.embed(["load the model first"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "memory"
        Path(name).chmod(0o755)
        with Memory.open(folder, embedder=embedder, background=False) as memory:
            fill(memory)
            memory.flush(store=False)
            say(memory, "The spare key lies under the third flower pot.", "d")
            memory._dirty = False
        for path in (folder / "lexicon").iterdir():
            path.chmod(0o644)
        (folder / "lexicon").chmod(0o755)
        with may_only_read(folder):
            memory = Memory.open(folder, embedder=embedder, background=False)
            assert "passport" in best(memory, "When does my passport expire?")
            assert "flower pot" in best(memory, "Where is the spare key?")
            with pytest.raises(StorageError, match="may only be read"):
                say(memory, "not now")
            memory.close()


def test_forgetting_waits_for_nobody_who_only_reads(open_memory: Callable[..., Memory]) -> None:
    mine, other = open_memory(), open_memory()
    said = fill(mine)
    mine.flush()
    assert "passport" in best(other, "When does my passport expire?")
    mine.forget(messages=[said["passport"].id])
    texts = [found.message.text for found in other.recall("When does my passport expire?", k=9).recollections]
    assert not [text for text in texts if "2027" in text]
    assert not mine._indexer.words.pending()
