"""How a turn ends that is stopped, breaks off, or cannot be kept: nothing that was said is lost."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.app import Assistant
from assistant.events import (
    Answered,
    Failed,
    Packed,
    Recalled,
    Stopped,
    Token,
)
from memory.errors import ModelError, StorageError
from memory.types import Status
from tests.core.conftest import say, stored
from tests.servers import ScriptedServer


async def test_stop_keeps_and_marks_what_had_come(
    assistant: Assistant, scripted_server: ScriptedServer, eventually: Callable
):
    scripted_server.answers = ["One two three."]
    scripted_server.mode = "slow"
    chat = assistant.chat()
    events = []
    async for event in chat.turn("Count."):
        events.append(event)
        if isinstance(event, Token):
            threading.Thread(target=chat.stop).start()
    last = events[-1]
    assert isinstance(last, Stopped)
    assert last.text == "One"
    assert last.message
    assert last.message.status is Status.STOPPED
    assert last.usage.counted, "the server was not heard to the end"
    assert last.usage.prompt_tokens == next(each.prompt.tokens for each in events if isinstance(each, Packed))
    assert last.usage.completion_tokens == last.message.completion_tokens == 1
    await eventually(scripted_server.gone.is_set)
    scripted_server.mode = "ok"
    scripted_server.answers = ["Four."]
    await say(chat, "Go on.")
    assert [each["content"] for each in scripted_server.bodies[-1]["messages"]][-3:-1] == ["Count.", "One […]"]
    chat.stop()
    assert isinstance((await say(chat, "Stopping between turns does nothing."))[-1], Answered)


async def test_stop_before_the_first_token(assistant: Assistant, scripted_server: ScriptedServer, eventually: Callable):
    scripted_server.mode = "hang"
    chat = assistant.chat()
    turn = asyncio.ensure_future(say(chat, "Hello?"))
    await eventually(scripted_server.asked.is_set)
    chat.stop()
    last = (await turn)[-1]
    assert last == Stopped("", None, "scripted", last.timings)
    scripted_server.mode = "ok"
    events = await say(chat, "Still there?")
    assert isinstance(events[-1], Answered)
    roles = [each["role"] for each in scripted_server.bodies[-1]["messages"] if each["role"] != "system"]
    assert roles == ["user", "assistant", "user"], "an unanswered message does not break the turns"


async def test_cancelling_the_task_keeps_what_had_come(
    assistant: Assistant, scripted_server: ScriptedServer, home: Path
):
    scripted_server.answers = ["One two three."]
    scripted_server.mode = "slow"
    chat = assistant.chat()
    came = asyncio.Event()

    async def listen() -> None:
        async for event in chat.turn("Count."):
            if isinstance(event, Token):
                came.set()

    task = asyncio.create_task(listen())
    await came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stored(home) == [("user", "Count.", "complete"), ("assistant", "One", "stopped")]


async def test_closing_the_events_keeps_what_had_come(
    assistant: Assistant, scripted_server: ScriptedServer, home: Path
):
    scripted_server.answers = ["One two three."]
    scripted_server.mode = "slow"
    chat = assistant.chat()
    events = chat.turn("Count.")
    async for event in events:
        if isinstance(event, Token):
            break
    await events.aclose()
    assert stored(home) == [("user", "Count.", "complete"), ("assistant", "One", "stopped")]
    scripted_server.mode = "ok"
    assert isinstance((await say(chat, "Again."))[-1], Answered), "the chat is free for the next turn"


@pytest.mark.parametrize("mode", ["drop", "error"])
async def test_an_answer_that_breaks_off_is_kept_and_marked(
    assistant: Assistant, scripted_server: ScriptedServer, home: Path, mode: str
):
    scripted_server.answers = ["One two three."]
    scripted_server.mode = mode
    last = (await say(assistant.chat(), "Count."))[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, ModelError)
    assert last.error.hint
    assert last.text.startswith("One")
    assert last.message
    assert last.message.status is Status.FAILED
    assert stored(home)[-1] == ("assistant", last.text, "failed")


async def test_an_answer_that_never_comes_keeps_the_question(
    assistant: Assistant, scripted_server: ScriptedServer, home: Path
):
    scripted_server.mode = "500"
    chat = assistant.chat()
    last = (await say(chat, "Hello?"))[-1]
    assert isinstance(last, Failed)
    assert (last.text, last.message) == ("", None)
    assert stored(home) == [("user", "Hello?", "complete")]
    scripted_server.mode = "ok"
    assert isinstance((await say(chat, "Hello again?"))[-1], Answered)


async def test_a_question_that_failed_is_not_recalled_for_itself_when_it_is_said_again(
    environ: dict[str, str], scripted_server: ScriptedServer
):
    with Assistant.open({**environ, "RECOLLECT_PROMPTS": "small"}) as assistant:
        chat = assistant.chat()
        scripted_server.mode = "500"
        await say(chat, "What do dragons eat?")
        await say(chat, "My dragon eats turnips.")
        scripted_server.mode = "ok"
        events = await say(chat, "What do dragons eat?")
    (recall,) = [event.recall for event in events if isinstance(event, Recalled)]
    assert [one.message.text for one in recall.recollections] == ["My dragon eats turnips."]


async def test_a_memory_that_cannot_be_written_fails_before_the_model_is_called(
    assistant: Assistant, scripted_server: ScriptedServer, home: Path
):
    chat = assistant.chat()
    with sqlite3.connect(home / "memory" / "journal.db") as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(FAIL, 'no'); END")
    last = (await say(chat, "Keep this."))[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, StorageError)
    assert scripted_server.bodies == []


async def test_an_answer_that_cannot_be_kept_is_handed_over(
    assistant: Assistant, scripted_server: ScriptedServer, home: Path
):
    chat = assistant.chat()
    scripted_server.answers = ["Precious words."]
    with sqlite3.connect(home / "memory" / "journal.db") as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON messages WHEN new.role = 'assistant'"
            " BEGIN SELECT RAISE(FAIL, 'no'); END"
        )
    last = (await say(chat, "Go."))[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, StorageError)
    assert last.text == "Precious words."
    assert last.message is None


async def test_a_small_model_that_goes_in_circles_is_ended(
    environ: dict[str, str], scripted_server: ScriptedServer, home: Path
):
    environ["RECOLLECT_PROMPTS"] = "small"
    scripted_server.answers = ["You remember me. " * 200]
    with Assistant.open(environ) as assistant:
        last = (await say(assistant.chat(), "Tell me a story"))[-1]
    assert isinstance(last, Answered)
    assert len(last.text) < 200
    assert last.usage.counted
    assert last.usage.completion_tokens
    assert stored(home)[-1] == ("assistant", last.text, "complete")


async def test_the_chat_is_free_as_soon_as_the_turn_has_ended(assistant: Assistant, scripted_server: ScriptedServer):
    chat = assistant.chat()
    first = chat.turn("One.")
    async for event in first:
        if isinstance(event, Answered):
            break
    assert isinstance((await say(chat, "Two."))[-1], Answered)
    await first.aclose()
    assert [each.text for each in chat.history] == ["One.", "Fine.", "Two.", "Fine."]


async def test_closing_the_events_lets_go_of_the_server_at_once(assistant: Assistant, scripted_server: ScriptedServer):
    scripted_server.answers = ["One two three."]
    scripted_server.mode = "stall"
    events = assistant.chat().turn("Count.")
    async for event in events:
        if isinstance(event, Token):
            break
    tasks = asyncio.all_tasks()
    await events.aclose()
    assert len(asyncio.all_tasks()) < len(tasks)
    assert asyncio.all_tasks() == {asyncio.current_task()}
