"""The turn, through the real door: a real memory and embedder, and a server on loopback whose words are fixed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.app import Assistant
from assistant.events import (
    Answered,
    Committed,
    ModelLoading,
    Packed,
    Recalled,
    Token,
    TurnEvent,
)
from memory.errors import UsageError
from tests.core.conftest import say, stored
from tests.servers import ScriptedServer


def kinds(events: list[TurnEvent]) -> list[type]:
    """The types of the events, tokens in a row as one."""
    found: list[type] = []
    for event in events:
        if not found or type(event) is not Token or found[-1] is not Token:
            found.append(type(event))
    return found


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
