from __future__ import annotations

import pytest

from assistant.loops import repeats


@pytest.mark.parametrize(
    "text",
    [
        "Bye!\n\n" * 8,
        "I am glad. " + "I can help with my job, I can help with my wife, " * 4,
        "Well. " + "You remember me. " * 5,
        "no no no no no no no no no",
    ],
)
def test_endless_repetition_is_noticed(text: str):
    assert repeats(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bye! Bye!",
        "Ha ha ha!",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        "----------------------------------------",
        "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is but a dream.",
        "    return 1\n    return 2\n    return 3\n    return 4\n",
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
        "The cat sat on the mat. The dog sat on the mat. The bird sat on the mat. " * 2,
    ],
)
def test_ordinary_text_is_not(text: str):
    assert not repeats(text)


def test_long_texts():
    assert not repeats("ab" * 299 + "c")
    assert not repeats("".join(str(number) for number in range(5000)))
