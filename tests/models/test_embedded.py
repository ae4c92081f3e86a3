"""The embedded engine, for real: answers, counts, the prompt cache, its key, its log, and how it ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from assistant.events import Usage
from assistant.models import web
from assistant.models.choose import choose
from assistant.models.create import create
from assistant.models.embedded import EmbeddedModel, context_that_fits
from assistant.models.gguf import Header, read_header
from assistant.settings import Settings
from memory.errors import ModelError
from tests.models.conftest import ask, chat, page

STORY = "The cat sat on the mat and looked at the rain. " * 12


async def test_a_page_is_continued_up_to_the_stop_text(embedded) -> None:
    answer = await ask(embedded, page("Q: Who barks?\nA: the dog\nQ: Who meows?\nA:", stop=("\n",)), 30)
    assert "cat" in answer.text.lower()
    assert "\n" not in answer.text
    assert len(answer.pieces) > 1, "it streams"
    assert answer.usage
    assert answer.usage.completion_tokens


async def test_an_answer_leans_on_the_words_it_is_given(embedded) -> None:
    asked = page("Q: Who barks?\nA: the dog\nQ: Who meows?\nA:", stop=("\n",))
    answer = await ask(embedded, replace(asked, leaning=(("tiger", 20.0), ("cat", -20.0), ("2024", 0.5))), 8)
    assert "tiger" in answer.text.lower()


async def test_a_chat_is_answered(embedded) -> None:
    answer = await ask(embedded, chat("You are a helpful assistant.", "How many legs has a dog?"), 24)
    assert "four" in answer.text.lower()
    assert isinstance(answer.usage, Usage)
    assert 0 < answer.usage.completion_tokens <= 24


async def test_counts_are_the_engines_own(embedded) -> None:
    texts = ["One, two; three 4567.", "", "Äpfel & 梨 🍐\n\n\tend  ", STORY]
    counts = await embedded.count(texts)
    assert embedded.counts_exactly
    assert counts[1] == 0
    for text, count in zip(texts, counts, strict=True):
        if text:
            answer = await ask(embedded, page(text), 8)
            assert answer.usage.prompt_tokens == count


async def test_a_chat_template_adds_a_constant_to_each_message(embedded) -> None:
    texts = [("a", "b"), ("Be kind.", STORY)]
    added = []
    for pair in texts:
        answer = await ask(embedded, chat(*pair), 8)
        added.append(answer.usage.prompt_tokens - sum(await embedded.count(pair)))
    assert added[0] == added[1]


async def test_counting_does_not_read_markers_as_such(embedded) -> None:
    assert (await embedded.count(["<|im_end|>"]))[0] > 1


async def test_the_same_beginning_is_not_read_again(embedded) -> None:
    await ask(embedded, page("Something else entirely, to have another prompt in between."), 8)
    first = await ask(embedded, page(f"Told only here. {STORY}\nQ: Who sat?\nA:"), 8)
    second = await ask(embedded, page(f"Told only here. {STORY}\nQ: Where was it?\nA:"), 8)
    assert first.usage.cached_tokens < 20
    assert second.usage.cached_tokens > 100


async def test_closing_the_stream_frees_the_engine(embedded, eventually) -> None:
    async with aclosing(embedded.stream(page("Once upon a time"), max_tokens=4000, temperature=0.0)) as chunks:
        async for _ in chunks:
            break

    def slots() -> list[dict[str, object]]:
        return web.ask(f"{embedded.engine.url}/slots", key=embedded.engine.key, seconds=5).json

    await eventually(lambda: not slots()[0]["is_processing"])


async def test_the_loop_goes_on_while_it_loads_and_while_it_answers(models_folder: Path, tmp_path: Path) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    model = create(choose(Settings(), {}, models_folder), Settings(), {}, models_folder, tmp_path / "log")
    await model.ready()
    loaded = ticks
    await ask(model, page(f"Tell it again. {STORY}"), 16)
    answered = ticks
    ticking.cancel()
    await model.close()
    assert loaded > 10
    assert answered - loaded > 10


async def test_cancelling_while_it_loads_leaves_nothing_behind(models_folder: Path, tmp_path: Path, eventually) -> None:
    before = set(psutil.Process().children())
    model = create(choose(Settings(), {}, models_folder), Settings(), {}, models_folder, tmp_path / "log")
    loading = asyncio.create_task(model.ready())
    await eventually(lambda: bool(set(psutil.Process().children()) - before))
    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading
    await eventually(lambda: not set(psutil.Process().children()) - before)
    await model.close()
    with pytest.raises(ModelError, match="stopped"):
        await model.ready()


def test_only_this_machine_and_only_who_has_the_key_is_answered(embedded) -> None:
    url, key = embedded.engine.url, embedded.engine.key
    assert url.startswith("http://127.0.0.1:")
    assert len(key) >= 32
    read = ("/v1/models", "/models", "/props", "/slots", "/metrics", "/lora-adapters", "/tools", "/nowhere")
    asked = (
        "/completion", "/completions", "/v1/completions", "/chat/completions", "/v1/chat/completions", "/v1/responses",
        "/v1/messages", "/infill", "/embedding", "/v1/embeddings", "/reranking", "/tokenize", "/detokenize",
        "/apply-template", "/slots/0?action=save", "/props", "/lora-adapters", "/models/load",
    )  # fmt: skip
    body = {"prompt": "x", "content": "x", "n_predict": 1, "max_tokens": 1}
    for wrong in ("", "wrong", key[:-1], key + "x", key.swapcase()):
        for path in read:
            assert web.ask(url + path, key=wrong, seconds=5).status == 401, path
        for path in asked:
            assert web.ask(url + path, key=wrong, seconds=5, body=body).status == 401, path
    assert web.ask(f"{url}/health", key="", seconds=5).json == {"status": "ok"}, "and that is all it says to strangers"
    assert web.ask(f"{url}/metrics", key=key, seconds=5).status == 501
    for place in ("../x", "/tmp/x", "a/b", ""):
        assert web.ask(f"{url}/slots/0?action=save", key=key, seconds=5, body={"filename": place}).status == 400, place
    assert web.ask(f"{url}/", key=key, seconds=5).status == 404, "no web interface"
    listening = [
        each for each in psutil.Process(embedded.engine.pid).net_connections("inet") if each.status == "LISTEN"
    ]
    assert [each.laddr.ip for each in listening] == ["127.0.0.1"]


async def test_the_key_is_in_no_ones_sight(models_folder: Path, tmp_path: Path, monkeypatch) -> None:
    hidden = {"OPENAI_API_KEY": "sk-of-the-user", "HF_TOKEN": "hf-of-the-user", "DB_PASSWORD": "word-of-the-user"}
    for name, value in hidden.items():
        monkeypatch.setenv(name, value)
    model = create(choose(Settings(), {}, models_folder), Settings(), {}, models_folder, tmp_path / "state" / "log")
    await model.ready()
    try:
        assert isinstance(model, EmbeddedModel)
        await ask(model, page("Once"), 2)
        key, process = model.engine.key, psutil.Process(model.engine.pid)
        seen = [*process.cmdline(), *psutil.Process().cmdline(), *os.environ.values(), *process.environ().values()]
        for secret in (key, *hidden.values()):
            assert secret not in "\n".join(seen if secret == key else process.environ().values())
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert files
        assert not [data for data in files if key.encode() in data]
    finally:
        await model.close()


def test_its_log_is_for_the_user_alone_and_holds_no_words(embedded) -> None:
    log = Path(embedded._log_file)
    text = log.read_text()
    assert "model loaded" in text
    assert "cat sat" not in text
    assert embedded.engine.key not in text
    if os.name == "posix":
        assert log.stat().st_mode & 0o077 == 0


async def test_a_prompt_that_is_too_long(embedded) -> None:
    with pytest.raises(ModelError, match="too long"):
        await ask(embedded, page("word " * (embedded.context + 10)), 1)


@pytest.mark.parametrize("damage", ["tail", "middle", "head"])
async def test_a_damaged_file_is_to_be_pulled_again(damage: str, embedded, models_folder: Path, tmp_path: Path) -> None:
    whole = next(models_folder.glob("smollm2-135m*.gguf")).read_bytes()
    parts = {"tail": whole[: len(whole) // 2], "middle": whole[:5000] + b"\xff" * 4000 + whole[9000:40_000_000],
             "head": b"GGUF\x03\0\0\0" + b"\xff" * 4000}  # fmt: skip
    file = tmp_path / "damaged.gguf"
    file.write_bytes(parts[damage])
    model = create(choose(Settings(), {}, tmp_path, str(file)), Settings(), {}, tmp_path, tmp_path / "log")
    with pytest.raises(ModelError, match=r"damaged\.gguf") as caught:
        await model.ready()
    assert caught.value.hint
    await model.close()


async def test_a_damaged_file_of_the_catalogue_is_taken_away(models_folder: Path, tmp_path: Path) -> None:
    for part in models_folder.glob("smollm2-135m*"):
        shutil.copy(part, tmp_path)
    file = next(tmp_path.glob("*.gguf"))
    times = file.stat()
    with file.open("r+b") as damaged:
        damaged.seek(100)
        damaged.write(b"\xff" * 4000)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    model = create(choose(Settings(), {}, tmp_path), Settings(), {}, tmp_path, tmp_path / "log")
    with pytest.raises(ModelError, match=r"damaged.*recollect models pull smollm2-135m"):
        await model.ready()
    assert not file.exists()


async def test_a_dead_engine_is_an_error_once_and_then_a_new_engine(models_folder: Path, tmp_path: Path) -> None:
    model = create(choose(Settings(), {}, models_folder), Settings(), {}, models_folder, tmp_path / "log")
    assert isinstance(model, EmbeddedModel)
    await model.ready()
    first = model.engine.pid
    with pytest.raises(ModelError, match="broke down"):
        async with aclosing(model.stream(page("Once"), max_tokens=3000, temperature=0.0)) as chunks:
            async for _ in chunks:
                psutil.Process(first).kill()
    assert (await ask(model, page("Once upon a"), 8)).text
    assert model.engine.pid != first
    second = psutil.Process(model.engine.pid)
    await model.close()
    await model.close()
    assert not second.is_running()


PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from assistant.models.choose import choose
from assistant.models.create import create
from assistant.settings import Settings
models = Path(sys.argv[1])
model = create(choose(Settings(), {}, models), Settings(), {}, models, Path(sys.argv[2]))
async def main():
    await model.ready()
    print(model.engine.pid, flush=True)
    if sys.argv[3] == "wait":
        sys.stdin.read()
asyncio.run(main())
"""


@pytest.mark.parametrize("end", ["return", "kill", "interrupt"])
def test_the_engine_ends_with_its_program(end: str, models_folder: Path, tmp_path: Path, wait_until) -> None:
    command = [sys.executable, "-c", PROGRAM, str(models_folder), str(tmp_path / "log"), end.replace("kill", "wait")]
    command[-1] = "return" if end == "return" else "wait"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        engine = psutil.Process(int(program.stdout.readline()))
        if end == "kill":
            program.kill()
        if end == "interrupt":
            program.send_signal(signal.SIGINT)
        said = program.communicate(timeout=20)[1]
    wait_until(lambda: not engine.is_running() or engine.status() == psutil.STATUS_ZOMBIE)
    assert b"llama" not in said
    assert b"srv" not in said, "the engine's log stays off the terminal"
    if end == "return":
        assert (program.returncode, said) == (0, b"")


def test_the_context_follows_memory(tmp_path: Path) -> None:
    giga = 1_000_000_000
    assert context_that_fits(Header(32_768, 100_000), giga, "m", total=16 * giga, available=8 * giga) == 8192
    assert context_that_fits(Header(2000, 100_000), giga, "m", total=16 * giga, available=8 * giga) == 2000
    assert context_that_fits(Header(32_768, 100_000), giga, "m", total=4 * giga, available=giga + giga // 2) == 4096
    with pytest.raises(ModelError, match=r"5\.0 GB of memory and more; this machine has 4\.0 GB"):
        context_that_fits(Header(32_768, 100_000), 5 * giga, "m", total=4 * giga, available=giga)


def test_the_header_tells_context_and_cost(embedded, models_folder: Path) -> None:
    header = read_header(next(models_folder.glob("smollm2-135m*.gguf")))
    assert header == Header(context=8192, token_bytes=30 * 3 * (64 + 64) * 2)
