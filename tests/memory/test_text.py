from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.text import content_terms, cut, shorten, term_spellings, terms

_MOST_CHARACTERS = 1400
words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
paragraphs = st.lists(
    words | st.sampled_from([". ", "! ", "? ", "\n", "\n\n", "。", "…", "word " * 90, "x" * 900, "東京" * 150])
)
long_texts = st.lists(words, min_size=40, max_size=400).map(" ".join) | paragraphs.map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My sisters' dogs are running", ["my", "sister", "dog", "are", "run"]),
        ("Ana's naïve CAFÉ", ["ana", "s", "naiv", "cafe"]),
        ("e\u0301te\u0301 ﬁne", ["ete", "fine"]),
        ("code 2580, v3.14, foo_bar", ["code", "2580", "v3", "14", "foo", "bar"]),
        ("東京に行", ["東京", "京に", "に行", "東", "京", "行"]),
        ("水", ["水"]),
        ("私はcat好き", ["私は", "私", "cat", "好き", "好"]),
        ("한국어", ["한국", "국어"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("Привет, мир", ["привет", "мир"]),
        ("", []),
        ("\x00\x1b[31m 🙂 '; --", ["31m"]),
        ("\ud800 lone", ["lone"]),
        ("x" * 500, []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_words_that_say_nothing_are_left_out() -> None:
    assert content_terms("What is the name of my sister's dog?") == ["name", "sister", "dog"]
    assert content_terms("the of and") == []
    assert content_terms("Don’t I have what you're after?") == []


def test_terms_are_spelt_as_the_cue_spells_them_first() -> None:
    spelt = term_spellings("Running dogs ran; the DOG runs in Café 東京")
    assert spelt["run"] == "Running"
    assert spelt["dog"] == "dogs"
    assert spelt["cafe"] == "Café"
    assert spelt["東京"] == "東京"
    assert set(spelt) == set(terms("Running dogs ran; the DOG runs in Café 東京"))


@given(st.text())
def test_any_text_has_terms(text: str) -> None:
    assert set(content_terms(text)) <= set(terms(text))
    assert set(term_spellings(text)) == set(terms(text))
    assert all(term and not term.isspace() for term in terms(text))


@given(long_texts)
@settings(max_examples=150)
def test_passages_cover_the_text_in_order_and_are_bounded(text: str) -> None:
    spans = cut(text)
    assert bool(spans) == bool(text.strip())
    reached = 0
    for start, end in spans:
        assert text[reached:start].strip() == ""
        assert reached < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        assert end - start <= _MOST_CHARACTERS or len(spans) == 1
        reached = end
    assert text[reached:].strip() == ""
    assert [start for start, _ in spans] == sorted({start for start, _ in spans})


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=400, max_size=900))
@settings(max_examples=30)
def test_each_passage_begins_a_little_before_the_one_before_it_ends(words: list[str]) -> None:
    text = " ".join(words)
    spans = cut(text)
    assert len(spans) > 1
    for (start, end), (following, _) in pairwise(spans):
        assert start < following < end
        assert 0 < len(text[following:end].split()) <= 40
        assert text[following - 1] == " "


def test_passages_end_at_sentences_where_they_can() -> None:
    text = " ".join(
        f"Sentence number {n} tells about the garden, the fence and Mr. X's dog number {n}." for n in range(60)
    )
    spans = cut(text)
    assert len(spans) > 4
    for start, end in spans:
        assert text[start:end].startswith("Sentence number")
        assert text[start:end].endswith(".")


def test_a_short_message_is_one_passage() -> None:
    assert cut(" Hello there. How are you? ") == [(1, 26)]
    assert cut("One sentence. " * 30) == [(0, 419)]


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        "x" * 1_000_000,
        "東" * 300_000,
        "?" * 1_000_000,
        "\n" * 1_000_000,
        "a.b" * 300_000,
        "Yes. " * 200_000,
    ],
    ids=["words", "one-word", "han", "marks", "lines", "dots", "sentences"],
)
def test_a_megabyte_is_cut_in_linear_time(text: str) -> None:
    def seconds(part: str) -> float:
        start = time.process_time()
        cut(part)
        return time.process_time() - start

    eighth = max(min(seconds(text[: len(text) // 8]) for _ in range(3)), 0.005)
    assert seconds(text) < 40 * eighth


@given(st.text(max_size=300), st.integers(4, 80))
def test_shortened_text_is_one_line_of_at_most_so_many_characters(text: str, most: int) -> None:
    short = shorten(text, most)
    assert len(short) <= most
    assert "\n" not in short
    if len(text) <= most:
        assert short == " ".join(text.split())


def test_text_is_shortened_between_words() -> None:
    assert shorten("The quick brown fox jumps over the lazy dog", 20) == "The quick brown fox…"
    assert shorten("x" * 100, 10) == "x" * 9 + "…"
