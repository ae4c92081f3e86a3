"""`recollect run`: a file of prompts, said one after the other, the answers checked."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode, StoppedError
from assistant.commands import named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.app import Assistant
    from assistant.chat import Chat
    from assistant.cli.options import Wish
    from assistant.cli.terminal import Terminal
    from assistant.cli.turns import Stops
    from assistant.scripts import Format, ScriptLine, ScriptResult

_FORMATS = ("auto", "text", "jsonl")

app = opt.typer_app()


@app.command("run", help=named("run").help)
def run(
    context: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Prompts, one a paragraph, or JSON lines; - for a pipe.")],
    form: Annotated[str, typer.Option("--format", metavar="|".join(_FORMATS), help="How to read the file.")] = "auto",
    model: opt.Model = None,
    base_url: opt.BaseUrl = None,
    embeddings: opt.Embeddings = None,
    profile: opt.Profile = None,
    project: opt.Project = None,
    session: opt.SessionId = None,
    remember: opt.Remember = True,
    recall: opt.Recall = True,
    incognito: opt.Incognito = False,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Go on after an answer that failed.")] = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Run the script; exit code 1 when an answer fails or lacks what was expected."""
    from assistant.cli.inputs import STANDARD_INPUT, read_file
    from assistant.cli.terminal import Terminal
    from assistant.scripts import parse
    from memory.errors import UsageError

    if form not in _FORMATS:
        raise UsageError(f"A script cannot be read as {form!r}.", f"There is {', '.join(_FORMATS)}.")
    script = parse(read_file(file), STANDARD_INPUT if file == "-" else file, cast("Format", form))
    wish = opt.wish(
        context,
        model=model,
        base_url=base_url,
        embeddings=embeddings,
        profile=profile,
        project=project,
        incognito=incognito,
    )
    manner = _Manner(session, remember, recall, keep_going, json)
    return _run(wish, script, manner, Terminal(quiet=quiet, verbose=verbose))


@dataclass(frozen=True, slots=True)
class _Manner:
    """How the script is run."""

    session: str | None
    remember: bool
    recall: bool
    keep_going: bool
    json: bool


def _run(wish: Wish, script: Sequence[ScriptLine], manner: _Manner, terminal: Terminal) -> int:
    from assistant.cli.turns import Stops, prepare, say_model

    with wish.open() as assistant:
        own = assistant.session_id(manner.session) if manner.session is not None else None
        say_model(assistant, terminal)
        if manner.recall or manner.remember:
            prepare(assistant, terminal)

        def open_chat(name: str) -> Chat:
            session = _existing(assistant, name) if name else own
            return assistant.chat(session, remember=manner.remember, recall=manner.recall)

        stops = Stops()
        results = stops.run(
            _say_all(
                assistant,
                script,
                open_chat,
                silent=manner.json,
                keep_going=manner.keep_going,
                terminal=terminal,
                stops=stops,
            )
        )
    return _sum_up(script, results, terminal)


def _existing(assistant: Assistant, name: str) -> str | None:
    """The session whose id this name is, in full; None for a name of the script's own."""
    from memory.errors import UsageError

    try:
        found = assistant.memory.session(name)
    except UsageError:
        return None
    return found.id if found.id == name else None


async def _say_all(
    assistant: Assistant,
    script: Sequence[ScriptLine],
    open_chat: Callable[[str], Chat],
    *,
    silent: bool,
    keep_going: bool,
    terminal: Terminal,
    stops: Stops,
) -> list[ScriptResult]:
    from assistant.cli.turns import Turn, Writer
    from assistant.events import Token, TurnEvent
    from assistant.scripts import run as run_all

    results: list[ScriptResult] = []
    turns: dict[int, Turn] = {}
    writer = Writer(terminal, silent=silent)

    async def watch(line: ScriptLine, chat: Chat, event: TurnEvent) -> None:
        if line.line not in turns:
            turns[line.line] = Turn(assistant, chat, terminal, stops)
            _head(line, terminal, first=len(turns) == 1, silent=silent)
        if isinstance(event, Token):
            writer.write(event.text)
        else:
            writer.end()
        await turns[line.line].see(event)

    try:
        async with contextlib.aclosing(run_all(script, open_chat, keep_going=keep_going, watch=watch)) as said:
            async for result in said:
                writer.end()
                results.append(result)
                _tell(result, terminal, as_json=silent)
    finally:
        writer.end()
        await assistant.aclose()
    return results


def _head(line: ScriptLine, terminal: Terminal, *, first: bool, silent: bool) -> None:
    """What is said, above its answer."""
    if not silent:
        if not first:
            terminal.data()
        terminal.raw("\n".join(terminal.paint(f"> {part}", "bold") for part in line.prompt.splitlines()))


def _tell(result: ScriptResult, terminal: Terminal, *, as_json: bool) -> None:
    if as_json:
        terminal.json(_shape(result))
    place = f"line {result.script.line}"
    for text in result.missing:
        if not result.error:
            terminal.warn(f"{place}: the answer does not contain {text!r}.")
    if result.error:
        terminal.warn(f"{place}: {result.error}")


def _shape(result: ScriptResult) -> dict[str, object]:
    from assistant.cli import shape

    found = result.recall.recollections if result.recall else ()
    return {
        "line": result.script.line,
        "prompt": result.script.prompt,
        "answer": result.answer.strip(),
        "session": result.session,
        "recollections": shape.recollections(found),
        "model": result.model,
        "usage": shape.usage(result.usage),
        "timings": shape.timings(result.timings),
        "expect": list(result.script.expect),
        "missing": list(result.missing),
        "ok": result.ok,
        "error": str(result.error) if result.error else None,
    }


def _sum_up(script: Sequence[ScriptLine], results: Sequence[ScriptResult], terminal: Terminal) -> int:
    failed = sum(1 for result in results if result.error)
    checked = [result for result in results if result.script.expect]
    parts = [f"{len(results)} of {len(script)} prompts said"]
    if checked:
        parts.append(f"{sum(result.ok for result in checked)} of {len(checked)} answers as expected")
    if failed:
        parts.append(f"{failed} failed")
    if any(result.stopped for result in results):
        raise StoppedError("Interrupted.", f"{', '.join(parts)}; what had come is kept.")
    if not all(result.ok for result in results):
        terminal.warn(f"{', '.join(parts)}.")
        return ExitCode.FAILED
    terminal.say(", ".join(parts))
    return ExitCode.FINE
