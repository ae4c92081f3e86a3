"""What is measured of candidates, on memories small enough to know the right numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from memory.embeddings import Embedder
from memory.memory import Memory
from memory.recall.candidates import Scene
from memory.recall.features import ASSOCIATIVE, Table
from memory.types import NewMessage, Role

from .conftest import fill, say


def measured(memory: Memory, cue: str, **more: object) -> tuple[Scene, Table, dict[str, int]]:
    """Scene, features, and the row of each candidate by its id."""
    found = memory.features(cue, **more)
    assert found is not None
    scene, table = found
    messages = memory.journal.by_seq(scene.evidence.seqs[: scene.count].tolist())
    return scene, table, {messages[int(seq)].id: row for row, seq in enumerate(scene.evidence.seqs[: scene.count])}


def test_meaning_is_the_cosine_of_the_nearest_passage(memory: Memory, embedder: Embedder) -> None:
    said = fill(memory)
    memory.flush(store=False)
    cue = "musical instruments I practise"
    _, table, row = measured(memory, cue)
    (vector,) = embedder.embed([cue])
    for message in said.values():
        expected = float(embedder.embed([message.text])[0] @ vector)
        assert table.columns["meaning.cosine"][row[message.id]] == pytest.approx(expected, abs=3e-3)


def test_a_speaker_with_a_name_stands_in_the_vector_and_in_the_words(memory: Memory, embedder: Embedder) -> None:
    said = say(memory, "I moved to Porto.", speaker="Caroline")
    say(memory, "I moved to Ghent.", "s2", speaker="Melanie")
    cue = "Where did Caroline move?"
    _, table, row = measured(memory, cue)
    expected = float(embedder.embed(["Caroline: I moved to Porto."])[0] @ embedder.embed([cue])[0])
    here = row[said.id]
    assert table.columns["meaning.cosine"][here] == pytest.approx(expected, abs=3e-3)
    assert table.columns["who.speaker_meant"].tolist() == [1.0, 0.0]
    assert table.columns["words.coverage"][here] == pytest.approx(1.0)
    assert memory.recall(cue).recollections[0].message.id == said.id


def test_bm25_is_that_of_whole_messages(memory: Memory) -> None:
    texts = ["apple pear", "apple apple plum", "plum", "cherry cherry cherry pear"]
    ids = [say(memory, text, f"s{number}").id for number, text in enumerate(texts)]
    memory.flush()
    scene, _, row = measured(memory, "apple pear")
    lengths = [len(text.split()) for text in texts]
    mean = sum(lengths) / 4
    for text, id_ in zip(texts, ids, strict=True):
        expected = 0.0
        for term in ("apple", "pear"):
            count = text.split().count(term)
            having = sum(term in other for other in texts)
            rarity = np.log(1 + (4 - having + 0.5) / (having + 0.5))
            expected += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(text.split()) / mean))
        assert scene.evidence.bm25[row[id_]] == pytest.approx(expected, rel=1e-4)


def test_neighbours_and_windows(memory: Memory) -> None:
    first = say(memory, "The plumber is called Abel.", "a")
    second = say(memory, "Good to know.", "a", role=Role.ASSISTANT)
    third = say(memory, "He comes on Thursday.", "a")
    other = say(memory, "Nothing of the sort.", "b")
    _, table, row = measured(memory, "plumber Abel Thursday")
    columns = table.columns
    assert columns["neighbours.words_before"][row[second.id]] > columns["neighbours.words_after"][row[second.id]] > 0
    assert columns["neighbours.words_best"][row[other.id]] == 0
    assert columns["neighbours.window_one"][row[second.id]] == pytest.approx(1.0)
    assert columns["words.coverage"][row[first.id]] < 1
    assert columns["neighbours.window_two"][row[third.id]] == pytest.approx(1.0)
    assert columns["session.coverage"][row[first.id]] == pytest.approx(1.0)
    assert columns["session.opens"][[row[first.id], row[third.id]]].tolist() == [1.0, 0.0]


def test_every_feature_is_a_finite_number_whatever_the_memory(open_memory: Callable[..., Memory]) -> None:
    one = open_memory("one")
    say(one, "All there is.")
    equal = open_memory("equal")
    equal.remember_many(NewMessage(role=Role.USER, text="ok", session="s") for _ in range(3000))
    equal.flush(store=False)
    odd = open_memory("odd")
    for text in ("東京タワーに行った。", "🙂🙂", "the of and", "x" * 30_000, "مرحبا", "12 34"):
        say(odd, text, text[:3])
    names: set[str] = set()
    for memory in (one, equal, odd):
        for cue in ("ok", "the of and", "東京", "x" * 100_000, "Where is it?", "🙂"):
            scene, table, _ = measured(memory, cue)
            assert scene.count == table.count > 0
            names |= set(table.columns)
            for name, column in table.columns.items():
                assert column.shape == (scene.count,), name
                assert np.isfinite(column).all(), name
    assert scene.count < 300
    assert {name.split(".")[0] for name in names} >= {"meaning", "words", "neighbours", "session", "who", "asked"}


def test_without_association_there_is_none(memory: Memory) -> None:
    fill(memory)
    scene, table, _ = measured(memory, "cello", associative=False)
    assert not any(name.startswith(ASSOCIATIVE) for name in table.columns)
    assert scene.activated.total == {}
    ranked = memory.rank("passport", "fused").recollections
    assert ranked[0].message.id == memory.recall("passport").recollections[0].message.id


def test_context_says_what_a_short_cue_is_about(memory: Memory) -> None:
    said = fill(memory)
    _, plain, row = measured(memory, "And what about it?")
    _, told, _ = measured(memory, "And what about it?", context=["I have to renew my passport."])
    here = row[said["passport"].id]
    assert told.columns["meaning.context_scaled"][here] > plain.columns["meaning.context_scaled"][here]
    assert told.columns["words.bm25_context"][here] == 1.0


def test_only_what_stands_before_comes_back(memory: Memory) -> None:
    said = fill(memory)
    place = said["cello"].seq
    found = memory.recall("cello, passport, puppy", k=20, before=place).recollections
    assert found
    assert all(each.message.seq < place for each in found)


def test_links_by_hand_are_measured(memory: Memory) -> None:
    said = fill(memory)
    far = say(memory, "Blue is the colour of the third door.", "z")
    memory.link(said["passport"].id, far.id)
    _, table, row = measured(memory, "When does my passport expire?")
    tied = table.columns["association.tied"]
    assert tied[row[far.id]] == tied.max() > 0
