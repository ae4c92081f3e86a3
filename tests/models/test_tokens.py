"""The estimate and the cache of counts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.models.tokens import CountCache, estimate


@settings(max_examples=300)
@given(st.text(), st.text())
def test_a_longer_text_never_has_fewer_tokens(text: str, more: str) -> None:
    assert 0 <= estimate(text) <= estimate(text + more) <= estimate(text) + estimate(more) + 2


@settings(max_examples=200)
@given(st.text(min_size=1).filter(lambda text: not text.isspace()))
def test_bounds(text: str) -> None:
    assert 1 <= estimate(text) <= len(text.encode("utf-8", "replace")) + 1


def test_known_kinds() -> None:
    assert estimate("") == 0
    assert estimate("1234567890") == 10
    assert estimate("你好你好你好你好") == 10
    assert estimate("  " * 400) < 100
    assert estimate("getHTTPResponse") >= 4


async def test_the_estimate_is_careful_beside_a_real_tokenizer(embedded) -> None:
    texts = [
        "My sister's dog is called Biscuit, and he hates the vacuum cleaner.",
        "On 2024-05-17 at 12:33 we paid 1,234.50 for the tickets.",
        "def area(width: float, height: float) -> float:\n    return width * height\n",
        "- **First**: buy milk\n- Second: call Mum (+49 30 123456)\n",
    ]
    real = await embedded.count(texts)
    assert all(0.9 * size <= estimate(text) <= 2 * size for text, size in zip(texts, real, strict=True))


async def test_each_text_is_asked_for_once() -> None:
    asked: list[list[str]] = []

    async def ask(texts: list[str]) -> list[int]:
        asked.append(texts)
        return [len(text) for text in texts]

    cache = CountCache(size=2)
    assert await cache.count(["aa", "b", "aa"], ask) == [2, 1, 2]
    assert await cache.count(["b", "ccc"], ask) == [1, 3]
    assert asked == [["aa", "b"], ["ccc"]]
    assert await cache.count(["aa"], ask) == [2]
    assert len(asked) == 3, "the one unused for longest was let go"
