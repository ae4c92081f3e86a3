from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.bench.sets import chosen, read
from memory.errors import UsageError

from .conftest import lines, message, question, write

if TYPE_CHECKING:
    from pathlib import Path


def test_a_set_as_it_is_read(tiny: Path) -> None:
    found = read(tiny)
    assert (found.name, found.messages, found.questions, len(found.sha256)) == ("tiny.jsonl", 10, 6, 64)
    diary, work = found.conversations
    assert (diary.name, work.name) == ("diary", "work")
    q1, _, q3, r1 = diary.questions
    assert (q1.evidence, q1.answer, q1.answerable) == ({"1"}, "Biscuit", True)
    assert not q3.answerable
    assert (r1.by_session, r1.evidence, r1.before) == (True, {"diary/march"}, "7")
    assert work.questions[1].evidence
    assert not work.questions[1].answerable


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (question("diary", "q9", "Where?", evidence=["99"]), ("evidence '99'", ":17")),
        (question("diary", "q9", "Where?", evidence_sessions=["july"], before="7"), ("'diary/july'",)),
        (question("diary", "q9", "Where?", evidence=["1"], before="99"), ("before",)),
        (question("diary", "q1", "Where?", evidence=["1"]), ("'q1' already",)),
        (question("nowhere", "q9", "Where?"), ("'nowhere'",)),
        (question("diary", "q9", " "), ("empty",)),
        (question("diary", "q9", "Where?", evidence="1"), ("not a list",)),
        (question("diary", "q9", "Where?", category="all"), ("`all`",)),
        (question("diary", "q9", "Where?", answer=["a"]), ("`answer`",)),
        (message("diary", "march", "9", "Hello", role="nobody"), ("role", ":17")),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, line: dict[str, object], words: tuple[str, ...]) -> None:
    path = write(tmp_path / "set.jsonl", [*lines(), line])
    with pytest.raises(UsageError) as error:
        read(path)
    for word in words:
        assert word in str(error.value)


def test_files_that_are_no_sets(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "missing.jsonl")
    with pytest.raises(UsageError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(UsageError, match="no questions"):
        read(write(tmp_path / "talk.jsonl", [message("a", "b", "1", "Hello")]))


def test_parts_of_a_set(tiny: Path) -> None:
    found = read(tiny)
    assert chosen(found).questions == 6
    assert [each.name for each in chosen(found, conversations=1).conversations] == ["diary"]
    assert chosen(found, limit=5).questions == 5
    lookups = chosen(found, categories=["lookup"])
    assert {one.category for each in lookups.conversations for one in each.questions} == {"lookup"}
    assert lookups.messages == 10
    with pytest.raises(UsageError, match="'lookups'"):
        chosen(found, categories=["lookups"])


def test_a_sample_is_the_same_for_the_same_seed_and_another_for_another(tiny: Path) -> None:
    found = read(tiny)

    def drawn(seed: int) -> set[str]:
        part = chosen(found, sample=3, seed=seed)
        return {f"{each.name} {one.id}" for each in part.conversations for one in each.questions}

    assert len(drawn(0)) == 3
    assert drawn(0) == drawn(0)
    assert len({frozenset(drawn(seed)) for seed in range(8)}) > 1
