from __future__ import annotations

from pathlib import Path

import pytest

from memory.errors import StorageError
from memory.lexicon import Lexicon
from memory.text import content_terms
from memory.types import Passage


def passage(id_: int, text: str, scope: str = "default", speaker: str = "") -> Passage:
    return Passage(id_, id_, f"m{id_}", 0, 0, len(text), text, speaker, scope)


TEXTS = [
    "My sister's dog is called Biscuit",
    "The dogs of the neighbour bark",
    "東京に行きました",
    "Die Bäckerei öffnet um 7 Uhr",
    "nothing in particular",
]


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    lexicon = Lexicon(tmp_path / "lexicon")
    lexicon.update([passage(n, text) for n, text in enumerate(TEXTS, 1)], [])
    return lexicon


def ids(lexicon: Lexicon, cue: str, scope: str = "default", k: int = 10) -> list[int]:
    return [id_ for id_, _ in lexicon.search(content_terms(cue), scope, k)]


def test_it_finds_by_stem_accent_and_character(lexicon: Lexicon) -> None:
    assert ids(lexicon, "sisters") == [1]
    assert set(ids(lexicon, "dog")) == {1, 2}
    assert ids(lexicon, "東京") == [3]
    assert ids(lexicon, "京") == [3]
    assert ids(lexicon, "backerei") == [4]
    assert ids(lexicon, "elephant") == []
    assert lexicon.search([], "default", 5) == []
    assert lexicon.doc_freq("dog") == 2
    assert lexicon.num_docs == 5


def test_the_best_match_comes_first_and_no_more_than_asked(lexicon: Lexicon) -> None:
    found = lexicon.search(content_terms("the neighbour's barking dog"), "default", 10)
    assert [id_ for id_, _ in found] == [2, 1]
    assert found[0][1] > found[1][1] > 0
    assert ids(lexicon, "barking dog", k=1) == [2]


def test_the_speaker_is_part_of_the_key(lexicon: Lexicon) -> None:
    lexicon.update([passage(6, "I was there", speaker="Melanie")], [])
    assert ids(lexicon, "Melanie") == [6]


def test_scopes_are_kept_apart(lexicon: Lexicon) -> None:
    lexicon.update([passage(6, "a dog at work", "work"), passage(7, "a dog on site", "work/site")], [])
    assert ids(lexicon, "dog", "work") == [6]
    assert ids(lexicon, "dog", "work/site") == [7]
    assert set(ids(lexicon, "dog")) == {1, 2}
    assert ids(lexicon, "dog", "nobody") == []


def test_removed_passages_are_not_found(lexicon: Lexicon) -> None:
    lexicon.update([], [1, 99])
    assert ids(lexicon, "dog") == [2]
    assert lexicon.num_docs == 4


def test_what_an_interrupted_update_left_is_replaced(lexicon: Lexicon) -> None:
    again = [passage(4, TEXTS[3]), passage(5, TEXTS[4]), passage(6, "and a sixth")]
    lexicon.update(again, [])
    assert lexicon.num_docs == 6
    assert ids(lexicon, "backerei") == [4]


def test_an_update_that_fails_changes_nothing(lexicon: Lexicon) -> None:
    with pytest.raises(StorageError):
        lexicon.update([passage(6, "fine"), passage(-1, "ids are not negative")], [1])
    lexicon.reload()
    assert lexicon.num_docs == 5
    lexicon.update([passage(6, "fine")], [])
    assert ids(lexicon, "fine") == [6]


def test_another_reader_sees_what_was_committed(lexicon: Lexicon, tmp_path: Path) -> None:
    other = Lexicon(tmp_path / "lexicon")
    lexicon.update([passage(6, "a xylophone")], [])
    assert ids(other, "xylophone") == []
    other.reload()
    assert ids(other, "xylophone") == [6]


def test_rewriting_leaves_no_word_of_what_was_removed(lexicon: Lexicon, tmp_path: Path) -> None:
    lexicon.update([passage(6, "the secret word is xylophonist"), passage(7, "beside it")], [])
    lexicon.update([], [6])

    def segments() -> set[str]:
        return {path.stem for path in (tmp_path / "lexicon").glob("*.term")}

    before = segments()
    assert lexicon.doc_freq("xylophonist") == 1
    lexicon.rewrite([[passage(n, text)] for n, text in enumerate(TEXTS, 1)])
    assert lexicon.doc_freq("xylophonist") == 0
    assert before
    assert not before & segments()
    assert set(ids(lexicon, "dog")) == {1, 2}


def test_no_file_holds_the_text(lexicon: Lexicon, tmp_path: Path) -> None:
    assert not [p for p in (tmp_path / "lexicon").iterdir() if b"dog is called Biscuit" in p.read_bytes()]


def test_a_damaged_index_is_an_error_that_says_so(lexicon: Lexicon, tmp_path: Path) -> None:
    (tmp_path / "lexicon" / "meta.json").write_bytes(b"\x00garbage")
    with pytest.raises(StorageError, match="rebuild"):
        Lexicon(tmp_path / "lexicon")
