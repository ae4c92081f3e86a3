"""The turn, through the real door: a real memory and embedder, and a server on loopback whose words are fixed."""

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
    Committed,
    Failed,
    ModelLoading,
    Packed,
    Recalled,
    Stopped,
    Token,
    TurnEvent,
)
from memory.errors import ModelError, StorageError, UsageError
from memory.types import Status
from tests.core.conftest import say
from tests.servers import ScriptedServer


def kinds(events: list[TurnEvent]) -> list[type]:
    """The types of the events, tokens in a row as one."""
    found: list[type] = []
    for event in events:
        if not found or type(event) is not Token or found[-1] is not Token:
            found.append(type(event))
    return found


def stored(home: Path) -> list[tuple[str, str, str]]:
    """What the journal's file holds, read by another connection."""
    with sqlite3.connect(home / "memory" / "journal.db") as connection:
        return connection.execute("SELECT role, text, status FROM messages ORDER BY seq").fetchall()


async def test_a_turn_is_a_stream_of_events_in_order(assistant: Assistant, scripted_server: ScriptedServer):
    scripted_server.answers = ["Nice to meet you, Ruth.", "You are Ruth."]
    scripted_server.cached_tokens = 7
    chat = assistant.chat()
    first = await say(chat, "My name is Ruth.")
    assert kinds(first) == [Committed, Recalled, ModelLoading, Packed, Token, Answered]
    second = await say(chat, "And what did I say my name was?")
    assert kinds(second) == [Committed, Recalled, Packed, Token, Answered]
    done = second[-1]
    assert isinstance(done, Answered)
    assert done.text == "You are Ruth." == "".join(each.text for each in second if isinstance(each, Token))
    assert done.usage.cached_tokens == 7
    assert done.usage.prompt_tokens
    assert set(done.timings) >= {"recall", "first_token", "total"}
    kept = assistant.memory.session_messages(chat.session)
    assert [each.text for each in kept] == [
        "My name is Ruth.",
        "Nice to meet you, Ruth.",
        "And what did I say my name was?",
        "You are Ruth.",
    ]
    assert kept == chat.history
    assert kept[3].exchange == kept[2].id
    assert (kept[3].model, kept[3].completion_tokens) == (done.model, done.usage.completion_tokens)
    assert done.message == kept[3]


async def test_what_was_said_comes_back_in_another_run(environ: dict[str, str], scripted_server: ScriptedServer):
    with Assistant.open(environ) as one:
        await say(one.chat(), "My sister Ana adopted a puppy and calls it Biscuit.")
    scripted_server.answers = ["Biscuit."]
    with Assistant.open(environ) as two:
        chat = two.chat()
        events = await say(chat, "What does my sister call her puppy?")
        recall = next(each.recall for each in events if isinstance(each, Recalled))
        assert "Biscuit" in recall.recollections[0].message.text
        prompt = next(each.prompt for each in events if isinstance(each, Packed))
        assert prompt.notes[0].message.id == recall.recollections[0].message.id
        sent = scripted_server.bodies[-1]["messages"]
        assert "Biscuit" in sent[-1]["content"]
        assert all("Biscuit" not in each["content"] for each in sent[:-1])
        assert [(each["role"], each["content"]) for each in sent] == [
            (part.role, part.content) for part in prompt.parts
        ], "what is shown is what is sent"
        reply = two.memory.session_messages(chat.session)[-1]
        assert set(reply.used) == {note.message.id for note in prompt.notes}
        texts = [text for _, text, _ in stored(two.locations.config)]
        assert sum("Biscuit and" in text or "calls it Biscuit" in text for text in texts) == 1, (
            "recalled text is never stored again"
        )


async def test_neither_the_message_itself_nor_the_recent_turns_are_recalled(
    assistant: Assistant, scripted_server: ScriptedServer
):
    chat = assistant.chat()
    await say(chat, "My passport expires in March 2027.")
    events = await say(chat, "When does my passport expire?")
    recall = next(each.recall for each in events if isinstance(each, Recalled))
    assert recall.recollections == ()
    other = await say(assistant.chat(), "When does my passport expire?")
    recall = next(each.recall for each in other if isinstance(each, Recalled))
    assert any("March 2027" in each.message.text for each in recall.recollections)


async def test_the_message_is_committed_before_the_model_is_called(
    assistant: Assistant, scripted_server: ScriptedServer, home: Path
):
    seen: list[list[tuple[str, str, str]]] = []

    def look(body: dict[str, object]) -> str:
        seen.append(stored(home))
        return "Fine."

    scripted_server.answers = look
    await say(assistant.chat(), "Keep this.")
    assert seen == [[("user", "Keep this.", "complete")]]


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


async def test_without_remembering_nothing_is_written_but_memory_is_used(
    assistant: Assistant, scripted_server: ScriptedServer, home: Path
):
    await say(assistant.chat(), "My bicycle is red and stands in the cellar.")
    before = stored(home)
    chat = assistant.chat(remember=False)
    scripted_server.answers = ["Red."]
    events = await say(chat, "What colour is my bicycle?")
    assert events[0] == Committed(None)
    assert next(each for each in events if isinstance(each, Recalled)).recall.recollections
    assert isinstance(events[-1], Answered)
    assert events[-1].message is None
    assert stored(home) == before
    assert [each.text for each in chat.history] == ["What colour is my bicycle?", "Red."]
    await say(chat, "Are you sure?")
    assert [each["content"] for each in scripted_server.bodies[-1]["messages"]][-3:-1] == [
        "What colour is my bicycle?",
        "Red.",
    ]
    assert len(assistant.memory.sessions()) == 1


async def test_without_recall_nothing_is_recalled(assistant: Assistant, scripted_server: ScriptedServer):
    await say(assistant.chat(), "My bicycle is red.")
    events = await say(assistant.chat(recall=False), "What colour is my bicycle?")
    assert next(each for each in events if isinstance(each, Recalled)).recall.recollections == ()
    assert "red" not in scripted_server.bodies[-1]["messages"][-1]["content"]


async def test_a_session_is_gone_on_with(environ: dict[str, str], scripted_server: ScriptedServer):
    with Assistant.open(environ) as one:
        chat = one.chat()
        await say(chat, "First.")
    with Assistant.open(environ) as two:
        again = two.chat(chat.session[:6])
        assert again.session == chat.session
        await say(again, "Second.")
        assert [each["content"] for each in scripted_server.bodies[-1]["messages"]][-3:-1] == ["First.", "Fine."]
        with pytest.raises(UsageError, match="no session"):
            two.chat("zzz")


@pytest.mark.parametrize("text", ["", "   \n\t ", "\x00\x1b"])
async def test_saying_nothing_is_refused(assistant: Assistant, home: Path, text: str):
    with pytest.raises(UsageError, match="empty"):
        await say(assistant.chat(), text)
    assert stored(home) == []


async def test_two_turns_at_once_are_refused(
    assistant: Assistant, scripted_server: ScriptedServer, eventually: Callable
):
    scripted_server.mode = "hang"
    chat = assistant.chat()
    first = asyncio.ensure_future(say(chat, "One."))
    await eventually(scripted_server.asked.is_set)
    with pytest.raises(UsageError, match="still being written"):
        await say(chat, "Two.")
    chat.stop()
    await first


async def test_control_characters_are_taken_out_on_both_ways(
    assistant: Assistant, scripted_server: ScriptedServer, home: Path
):
    scripted_server.answers = ["\x1b[31mRed\x1b[0m\ttext\x07."]
    events = await say(assistant.chat(), "a\x00b\x1b[2Jc\r\nd\ud800")
    assert stored(home) == [("user", "ab[2Jc\nd\ufffd", "complete"), ("assistant", "[31mRed[0m\ttext.", "complete")]
    assert not any("\x1b" in each.text for each in events if isinstance(each, Token))


async def test_a_megabyte_is_kept_whole_and_cut_for_the_prompt(
    assistant: Assistant, scripted_server: ScriptedServer, home: Path
):
    text = "START " + "word and word. " * 70_000 + " THE END?"
    events = await say(assistant.chat(recall=False), text)
    prompt = next(each.prompt for each in events if isinstance(each, Packed))
    assert prompt.tokens <= prompt.budget
    assert prompt.cut_characters > 500_000
    assert isinstance(events[-1], Answered)
    assert stored(home)[0][1] == text
    sent = scripted_server.bodies[-1]["messages"][-1]["content"]
    assert "START" in sent
    assert "THE END?" in sent


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


async def test_an_embedder_that_cannot_be_had_costs_the_recollections_alone(
    environ: dict[str, str], scripted_server: ScriptedServer
):
    environ["RECOLLECT_EMBEDDINGS"] = "openai:text-embedding-3-small"  # there is no key for it
    with Assistant.open(environ) as assistant:
        events = await say(assistant.chat(), "Hello.")
        recall = next(each.recall for each in events if isinstance(each, Recalled))
        assert recall.recollections == ()
        assert recall.notes
        assert isinstance(events[-1], Answered)


async def test_a_small_model_gets_a_page_for_a_question_and_a_chat_for_the_rest(
    environ: dict[str, str], scripted_server: ScriptedServer
):
    environ["RECOLLECT_PROMPTS"] = "small"
    scripted_server.answers = ["I will remember that.", " Red\nQ: And now?"]
    with Assistant.open(environ) as assistant:
        chat = assistant.chat()
        await say(chat, "My bicycle is red.")
        events = await say(chat, "What colour is my bicycle?")
    assert scripted_server.bodies[0]["messages"][-1]["content"] == "My bicycle is red."
    page = scripted_server.bodies[1]["prompt"]
    assert page.endswith("User: My bicycle is red.\n\nQ: What colour is my bicycle?\nA:")
    done = events[-1]
    assert isinstance(done, Answered)
    assert done.text == "Red"
    assert done.message
    assert done.message.used == (chat.history[0].id,)


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
