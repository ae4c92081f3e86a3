"""The assistant as a whole: opening it, whose memory it is, and what may be wrong around it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from assistant.app import Assistant
from assistant.events import Recalled
from memory.errors import StorageError, UsageError
from tests.core.conftest import say
from tests.servers import ScriptedServer


def test_opening_touches_nothing(environ: dict[str, str], home: Path):
    with Assistant.open(environ, overrides={"memory.project": "garden"}) as assistant:
        assert assistant.settings.memory.project == "garden"
        assert assistant.choice.name
    assert not home.exists()
    assistant.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")
def test_a_home_that_is_no_folder_is_told_with_a_way_out(environ: dict[str, str], home: Path):
    home.write_text("in the way")
    with Assistant.open(environ) as assistant, pytest.raises(StorageError) as caught:
        assistant.chat()
    assert str(home) in caught.value.message
    assert "RECOLLECT_HOME" in caught.value.hint


async def test_profiles_do_not_hear_each_other(environ: dict[str, str], scripted_server: ScriptedServer):
    with Assistant.open(environ, overrides={"memory.profile": "ana"}) as ana:
        await say(ana.chat(), "My locker code is 4711.")
    with Assistant.open(environ, overrides={"memory.profile": "ben"}) as ben:
        events = await say(ben.chat(), "What is my locker code?")
    assert next(each for each in events if isinstance(each, Recalled)).recall.recollections == ()
    assert "4711" not in str(scripted_server.bodies[-1])


async def test_a_prompt_file_that_is_wrong_is_named(environ: dict[str, str], home: Path):
    (home / "prompts" / "large").mkdir(parents=True)
    (home / "prompts" / "large" / "notes.md").write_text("{notes} {mesage}")
    with Assistant.open(environ) as assistant, pytest.raises(UsageError, match=r"notes\.md.*\{mesage\}"):
        assistant.chat()


async def test_many_threads_open_one_memory(environ: dict[str, str]):
    with Assistant.open(environ) as assistant:
        found = await asyncio.gather(*(asyncio.to_thread(lambda: assistant.memory) for _ in range(8)))
        assert len({id(each) for each in found}) == 1
        models = await asyncio.gather(*(asyncio.to_thread(lambda: assistant.model) for _ in range(8)))
        assert len({id(each) for each in models}) == 1
        assert assistant.memory.stats().messages == 0
        assert assistant.chat().history == []
        assert assistant.memory.sessions() == []
