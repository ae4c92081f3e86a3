"""What the engine made of the beginning of a prompt is taken up by the next engine, and holds nothing that was said."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

import prompts
from assistant.events import Prompt, PromptPart, Usage
from assistant.models import library
from assistant.models.choose import choose
from assistant.models.create import create
from assistant.models.embedded import EmbeddedModel
from assistant.models.readings import FOLDER
from assistant.settings import MemorySettings, Settings
from assistant.warmup import beginnings, warm_up

_MODEL = "smollm2-135m-instruct-q4_1.gguf"


@pytest.fixture
def models(models_folder: Path, tmp_path: Path) -> Path:
    """A models folder of this test's own, with the model's file in it."""
    folder = tmp_path / "models"
    folder.mkdir(mode=0o700)
    for name in (_MODEL, f"{_MODEL}.receipt.json"):
        shutil.copy2(models_folder / name, folder / name)
    return folder


@pytest.fixture
def engine(models: Path, tmp_path: Path) -> Iterator[Callable[..., EmbeddedModel]]:
    """Makes an embedded model with a process of its own; the one before it is ended."""
    made: list[EmbeddedModel] = []

    def make(**memory: bool) -> EmbeddedModel:
        for each in made:
            asyncio.run(each.close())
        settings = Settings(memory=MemorySettings(**memory))  # type: ignore[arg-type]
        model = create(choose(settings, {}, models), settings, {}, models, tmp_path / "log")
        assert isinstance(model, EmbeddedModel)
        made.append(model)
        return model

    yield make
    asyncio.run(made[-1].close())


def _asking(question: str, page: bool = True) -> Prompt:
    """A prompt of either kind, its beginning as long as it takes to be kept."""
    told = "".join(f"Q: How many legs has chair {number}?\nA: It has {number}.\n" for number in range(14))
    parts = (PromptPart("user" if page else "system", told, "system", 0), PromptPart("user", question, "message", 0))
    return Prompt(parts, (), (), 0, 0, 0, counted=False, completion=page)


async def _usage(model: EmbeddedModel, prompt: Prompt, most: int = 6) -> Usage:
    """The usage of an answer whose words do not matter."""
    usage = Usage()
    async with aclosing(model.stream(prompt, max_tokens=most, temperature=0)) as chunks:
        async for chunk in chunks:
            usage = chunk.usage or usage
    return usage


def _reused(usage: Usage) -> float:
    assert usage.prompt_tokens
    return (usage.cached_tokens or 0) / usage.prompt_tokens


def _files(models: Path) -> list[Path]:
    return sorted((models / FOLDER).iterdir()) if (models / FOLDER).is_dir() else []


def test_the_next_engine_need_not_read_it(engine: Callable[..., EmbeddedModel], models: Path) -> None:
    secret = "Q: What is the name of Aurelia's hedgehog?\nA:"
    first = engine()
    asyncio.run(_usage(first, _asking(secret)))
    asyncio.run(_usage(first, _asking("What is it called?", page=False)))
    kept = _files(models)
    assert [file.suffix for file in kept] == [".reading"] * 2
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}
    assert (models / FOLDER).stat().st_mode & 0o777 == 0o700

    model = engine()

    async def both() -> list[Usage]:
        asked = [_asking("Q: And where does it live?\nA:"), _asking("Where does it live?", page=False)]
        return [await _usage(model, prompt) for prompt in (*asked, *asked)]

    first_page, first_chat, page, chat = asyncio.run(both())
    assert _reused(first_page) > 0.9
    assert _reused(first_chat) > 0.9
    assert page.prompt_tokens == first_page.prompt_tokens
    assert min(_reused(page), _reused(chat)) > 0.9, "taking up one keeps what the engine knows of the other"
    assert _files(models) == kept

    damaged = min(kept, key=lambda file: file.stat().st_mtime)
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    assert (asyncio.run(_usage(engine(), _asking("Q: Why?\nA:"))).completion_tokens or 0) > 0
    assert damaged.read_bytes() == whole, "it is read anew"


def test_reading_ahead_reads_each_beginning_once(
    engine: Callable[..., EmbeddedModel], models: Path, tmp_path: Path
) -> None:
    wording = prompts.load("small", None)
    starts = beginnings(wording)
    log = tmp_path / "log"
    model = engine()
    for _ in range(2):
        asyncio.run(warm_up(model, wording))
        assert log.read_text().count("processing task") == len(starts)
    assert len(_files(models)) == len(starts)

    for file in _files(models):
        file.unlink()
    log.unlink()
    model = engine()

    async def ask_while_it_reads() -> Usage:
        await model.ready()
        reading = asyncio.create_task(warm_up(model, wording))
        while "processing task" not in log.read_text():
            await asyncio.sleep(0.005)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        return await _usage(model, starts[0])

    assert asyncio.run(ask_while_it_reads()).completion_tokens
    assert len(_files(models)) == 1, "it is kept although its first reading was cut off"


def test_nothing_that_was_said_is_kept(engine: Callable[..., EmbeddedModel], models: Path) -> None:
    """The same bytes stand in the file whatever was asked, and none are kept while another answer is coming."""
    asyncio.run(_usage(engine(), _asking("Q: What is the name of Aurelia's hedgehog?\nA:")))
    (first,) = _files(models)
    first.unlink()

    model = engine()

    async def at_once() -> None:
        await model.ready()
        await asyncio.gather(
            _usage(model, _asking("Q: What is one and one?\nA:")),
            _usage(model, _asking("What is one and two?", page=False)),
        )

    asyncio.run(at_once())
    assert _files(models) == []
    asyncio.run(_usage(engine(), _asking("Q: Who is Tiberius?\nA:")))
    (second,) = _files(models)
    assert second.name == first.name, "the name holds the digest of what stands in it"


def test_incognito_keeps_none_and_removing_the_model_removes_them(
    engine: Callable[..., EmbeddedModel], models: Path
) -> None:
    asyncio.run(_usage(engine(incognito=True), _asking("Q: Why?\nA:")))
    assert _files(models) == []
    assert not (models / FOLDER).exists()
    asyncio.run(_usage(engine(), _asking("Q: Why?\nA:")))
    (before,) = (file.stat().st_mtime_ns for file in _files(models))
    assert _reused(asyncio.run(_usage(engine(incognito=True), _asking("Q: How?\nA:")))) > 0.9
    assert [file.stat().st_mtime_ns for file in _files(models)] == [before], "not even when it was used"
    library.remove("smollm2-135m", models)
    assert _files(models) == []
