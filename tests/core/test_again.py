"""Answering again, and going on from an earlier message: the old course is kept, and stays out of the new one."""

from __future__ import annotations

import pytest

from assistant.app import Assistant
from assistant.chat import Chat
from assistant.events import Answered, Failed, Recalled
from memory.errors import UsageError
from tests.core.conftest import say
from tests.servers import ScriptedServer


async def again(chat: Chat) -> list:
    return [event async for event in chat.again()]


def sent(server: ScriptedServer) -> str:
    return str(server.bodies[-1]["messages"])


async def test_an_answer_is_given_again_and_the_old_one_is_kept(assistant: Assistant, scripted_server: ScriptedServer):
    scripted_server.answers = ["It is Biscuit.", "The dog is called Rex.", "Fine."]
    chat = assistant.chat()
    await say(chat, "What is the dog called?")
    events = await again(chat)
    assert isinstance(events[-1], Answered)
    assert events[-1].text == "The dog is called Rex."
    assert "Biscuit" not in sent(scripted_server)
    kept = assistant.memory.session_messages(chat.session)
    assert [message.text for message in kept] == [
        "What is the dog called?", "It is Biscuit.", "The dog is called Rex.",
    ]  # fmt: skip
    assert len({message.exchange for message in kept}) == 1
    assert [message.text for message in chat.history] == ["What is the dog called?", "The dog is called Rex."]
    await say(assistant.chat(chat.session), "Go on.")
    assert "Rex" in sent(scripted_server)
    assert "It is Biscuit." not in sent(scripted_server).partition("Go on.")[0].partition("Rex")[0]


async def test_an_answer_that_fails_again_leaves_the_old_one(assistant: Assistant, scripted_server: ScriptedServer):
    chat = assistant.chat()
    await say(chat, "What is the dog called?")
    before = list(chat.history)
    scripted_server.modes.extend(["401"] * 4)
    events = await again(chat)
    assert isinstance(events[-1], Failed)
    assert chat.history == before


async def test_nothing_can_be_answered_again_before_something_was_said(assistant: Assistant):
    with pytest.raises(UsageError):
        await again(assistant.chat())


async def test_a_branch_goes_on_from_what_it_shares_and_recalls_nothing_of_the_other_course(
    assistant: Assistant, scripted_server: ScriptedServer
):
    scripted_server.answers = ["Noted."]
    chat = assistant.chat()
    await say(chat, "My bicycle is green.")
    second = await say(chat, "I keep the bicycle in the zinc shed.")
    question = second[0].message
    branch = assistant.chat(assistant.memory.branch(question))
    assert [message.text for message in branch.history] == ["My bicycle is green.", "Noted."]
    events = await say(branch, "Where do I keep the bicycle?")
    recall = next(event.recall for event in events if isinstance(event, Recalled))
    found = {note.message.text for note in recall.recollections}
    assert not any("zinc shed" in text for text in found)
    assert "green" in sent(scripted_server)
    assert "zinc" not in sent(scripted_server)
    old = [message.text for message in assistant.memory.thread(chat.session)]
    assert old == ["My bicycle is green.", "Noted.", "I keep the bicycle in the zinc shed.", "Noted."]


async def test_what_another_program_forgets_is_sent_no_more(
    assistant: Assistant, scripted_server: ScriptedServer, environ: dict[str, str]
):
    scripted_server.answers = ["Noted."]
    chat = assistant.chat()
    await say(chat, "The alarm code is 2580.")
    await say(chat, "I keep bees.")
    with Assistant.open(environ) as other:
        other.memory.forget(messages=[one.id for one in chat.history[:2]])
    await say(chat, "What do I keep?")
    assert "2580" not in sent(scripted_server)
    assert "I keep bees." in sent(scripted_server)
    with Assistant.open(environ) as other:
        other.memory.forget(everything=True)
    with pytest.raises(UsageError, match="nothing was said"):
        await again(chat)
    assert assistant.memory.session_messages(chat.session) == []
