"""Scripted sessions: a file of prompts, each said in its turn, the answers checked where the file says what they hold.

Plain text holds one prompt a paragraph. JSON lines hold one object a line with `prompt` and, if wanted, `session` (a
name of its own within the file, or the id of a session that is there) and `expect` (a text or a list of texts that the
answer must contain; letter case and line breaks do not count).
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from assistant.events import Answered, Failed, Recalled, Stopped, TurnEvent, Usage
from memory.errors import RecollectError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.chat import Chat
    from memory.types import Recall

Format = Literal["auto", "text", "jsonl"]

_KEYS = ("prompt", "session", "expect")


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """One prompt of a script.

    Attributes:
        line: where it starts in the file, from 1.
        prompt: what is said.
        session: name of its session within the script; empty for the script's own.
        expect: texts that the answer must contain.
    """

    line: int
    prompt: str
    session: str = ""
    expect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """What came of one prompt.

    Attributes:
        script: the prompt.
        session: id of the session it was said in.
        answer: the whole answer, or as much as had come.
        missing: the expected texts that the answer does not contain.
        recall: what was recalled; None when it did not come to that.
        error: why there is no whole answer; None when there is one or it was stopped.
        stopped: the answer was stopped by the user.
        model, usage, timings: as in `Answered`.
    """

    script: ScriptLine
    session: str
    answer: str
    missing: tuple[str, ...] = ()
    recall: Recall | None = None
    error: RecollectError | None = None
    stopped: bool = False
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there is a whole answer and it holds everything expected."""
        return not (self.error or self.stopped or self.missing)


def parse(text: str, name: str, form: Format = "auto") -> list[ScriptLine]:
    """The prompts of a script, in order.

    Args:
        text: the whole file.
        name: what to call it in errors; one that ends in `.jsonl` is JSON lines.
        form: how to read it; `auto` goes by the name, then by whether it begins with a brace.

    Raises `UsageError` that names the first line that cannot be read, or says that there is no prompt.
    """
    text = text.removeprefix("\ufeff")
    if form == "auto":
        lines = name.endswith((".jsonl", ".ndjson")) or text.lstrip().startswith("{")
        form = "jsonl" if lines else "text"
    found = _json_lines(text, name) if form == "jsonl" else _paragraphs(text)
    if not found:
        raise UsageError(f"{name} has no prompts.", "Write one a paragraph, or one JSON object with `prompt` a line.")
    return found


def _paragraphs(text: str) -> list[ScriptLine]:
    found: list[ScriptLine] = []
    block: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.strip():
            block.append(line)
        elif block:
            found.append(ScriptLine(number - len(block), "\n".join(block).strip()))
            block = []
    return found


def _json_lines(text: str, name: str) -> list[ScriptLine]:
    return [
        _json_line(line, number, f"{name}:{number}") for number, line in enumerate(text.split("\n"), 1) if line.strip()
    ]


def _json_line(line: str, number: int, place: str) -> ScriptLine:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        detail = (
            f" ({error.msg.lower()} at character {error.pos + 1})" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise UsageError(f"{place} is not JSON{detail}.", 'A line is like {"prompt": "…", "expect": "…"}.') from error
    if not isinstance(value, dict):
        raise UsageError(f"{place} is not a JSON object.", 'A line is like {"prompt": "…", "expect": "…"}.')
    for key in value:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            raise UsageError(
                f"{place} has the unknown key {key!r}.",
                f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(_KEYS)}.",
            )
    prompt, session, expect = value.get("prompt"), value.get("session", ""), value.get("expect", [])
    if not isinstance(prompt, str) or not prompt.strip():
        raise UsageError(f"{place} has no `prompt`, or an empty one.", "Give the text that is to be said.")
    if not isinstance(session, str):
        raise UsageError(f"{place}: `session` must be text.", "Give a name, the same for prompts of one session.")
    wanted = [expect] if isinstance(expect, str) else expect
    if not isinstance(wanted, list) or not all(isinstance(item, str) and item.strip() for item in wanted):
        raise UsageError(f"{place}: `expect` must be a text or a list of texts, none empty.", "Leave it out for none.")
    return ScriptLine(number, prompt, session, tuple(wanted))


def missing(answer: str, expect: Sequence[str]) -> tuple[str, ...]:
    """Those of the expected texts that `answer` does not contain."""
    said = _folded(answer)
    return tuple(item for item in expect if _folded(item) not in said)


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


Watch = Callable[[ScriptLine, "Chat", TurnEvent], Awaitable[None]]
"""Is shown an event of a turn, with its prompt and its conversation."""


async def run(
    script: Sequence[ScriptLine],
    open_chat: Callable[[str], Chat],
    *,
    keep_going: bool = False,
    watch: Watch | None = None,
) -> AsyncGenerator[ScriptResult]:
    """Say every prompt in its turn; one result each, as it comes.

    It ends early when an answer was stopped, or failed and `keep_going` is false; an answer that lacks what was
    expected never ends it.

    Args:
        script: the prompts.
        open_chat: the conversation for a session's name (empty: the script's own); asked once for each name.
        keep_going: go on after a turn that failed.
        watch: sees every event of every turn before anything else happens in it.
    """
    chats: dict[str, Chat] = {}
    for line in script:
        chat = chats.get(line.session) or open_chat(line.session)
        chats[line.session] = chat
        result = await _turn(line, chat, watch)
        yield result
        if result.stopped or (result.error and not keep_going):
            return


async def _turn(line: ScriptLine, chat: Chat, watch: Watch | None) -> ScriptResult:
    recall: Recall | None = None
    result = ScriptResult(
        line, chat.session, "", line.expect, error=RecollectError("The turn ended without an answer.")
    )
    try:
        async with aclosing(chat.turn(line.prompt)) as events:
            async for event in events:
                if watch:
                    await watch(line, chat, event)
                if isinstance(event, Recalled):
                    recall = event.recall
                else:
                    result = _outcome(line, chat.session, recall, event) or result
    except RecollectError as error:
        return ScriptResult(line, chat.session, "", line.expect, recall, error)
    return result


def _outcome(line: ScriptLine, session: str, recall: Recall | None, event: TurnEvent) -> ScriptResult | None:
    """What came of a prompt, when `event` is the last one of its turn."""
    match event:
        case Answered(text, _, usage, model, timings):
            lacks = missing(text, line.expect)
            return ScriptResult(line, session, text, lacks, recall, model=model, usage=usage, timings=timings)
        case Stopped(text, _, model, timings, usage):
            return ScriptResult(
                line, session, text, line.expect, recall, stopped=True, model=model, usage=usage, timings=timings
            )
        case Failed(error, text, _):
            return ScriptResult(line, session, text, line.expect, recall, error)
        case _:
            return None
