"""The plain searches that recall is measured against."""

from __future__ import annotations

import pytest

from memory.embeddings import Embedder
from memory.errors import UsageError
from memory.memory import Memory

from .conftest import fill, say


def test_vector_ranks_every_message_by_its_cosine(memory: Memory, embedder: Embedder) -> None:
    said = fill(memory)
    memory.flush()
    cue = "musical instruments I practise"
    found = memory.rank(cue, "vector", k=20)
    texts = [message.text for message in said.values()]
    cosines = embedder.embed(texts) @ embedder.embed([cue])[0]
    expected = [text for _, text in sorted(zip(cosines, texts, strict=True), reverse=True)]
    assert [each.message.text for each in found.recollections] == expected
    assert [each.score for each in found.recollections] == pytest.approx(sorted(cosines, reverse=True), abs=2e-3)
    assert found.timings["total"] >= found.timings["embed"] > 0


def test_bm25_finds_by_words_alone(memory: Memory) -> None:
    said = fill(memory)
    found = memory.rank("When does my passport expire?", "bm25")
    assert found.recollections[0].message.id == said["passport"].id
    assert said["passport-reply"].id not in {each.message.id for each in found.recollections}
    assert memory.rank("xylophone", "bm25").recollections == ()
    assert found.timings["embed"] < 1


def test_hybrid_sums_both(memory: Memory) -> None:
    said = fill(memory)
    memory.flush()
    found = memory.rank("Ana's puppy", "hybrid").recollections
    assert found[0].message.id == said["puppy"].id
    assert found[0].score == pytest.approx(2)
    assert {"hybrid", "cosine", "bm25"} == set(found[0].why.signals)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_a_message_of_many_passages_takes_one_place(memory: Memory) -> None:
    long = say(memory, " ".join(f"The cello of person {number} is out of tune today." for number in range(300)))
    others = [say(memory, f"I ate {number} apples.", session=f"a{number}") for number in range(6)]
    memory.flush()
    for arm in ("vector", "hybrid"):
        found = [each.message.id for each in memory.rank("the cello is out of tune", arm, k=5).recollections]
        assert found[0] == long.id
        assert len(found) == len(set(found)) == 5
        assert set(found[1:]) <= {other.id for other in others}


def test_what_is_excluded_does_not_come_back(memory: Memory) -> None:
    said = fill(memory)
    for arm in ("vector", "bm25", "hybrid"):
        found = memory.rank("passport", arm, k=3, exclude={said["passport"].id}).recollections
        assert said["passport"].id not in {each.message.id for each in found}


def test_wrong_use(memory: Memory) -> None:
    fill(memory)
    with pytest.raises(UsageError, match="vector"):
        memory.rank("passport", "vektor")
    with pytest.raises(UsageError, match="0 messages"):
        memory.rank("passport", "vector", k=0)
