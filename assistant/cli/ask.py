"""`recollect ask`: one question, one answer."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode, StoppedError
from assistant.commands import named

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.chat import Chat
    from assistant.cli.options import Wish
    from assistant.cli.terminal import Terminal
    from assistant.cli.turns import Stops, Turn
    from assistant.events import Answered, Stopped

app = opt.typer_app()


@app.command("ask", help=named("ask").help)
def ask(
    context: typer.Context,
    *,
    text: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="What to ask; what is piped in is put below it.")
    ] = None,
    model: opt.Model = None,
    base_url: opt.BaseUrl = None,
    embeddings: opt.Embeddings = None,
    profile: opt.Profile = None,
    project: opt.Project = None,
    session: opt.SessionId = None,
    notes: Annotated[int | None, typer.Option("-k", min=1, metavar="N", help="How many memories to recall.")] = None,
    remember: opt.Remember = True,
    recall: opt.Recall = True,
    incognito: opt.Incognito = False,
    fail_if_nothing: opt.FailIfNothing = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Read the question, ask it, and print the answer."""
    from assistant.cli.inputs import given
    from assistant.cli.terminal import Terminal
    from memory.errors import UsageError

    if fail_if_nothing and not recall:
        raise UsageError("--fail-if-nothing and --no-recall cannot go together.", "Leave one of them out.")
    wish = opt.wish(
        context,
        model=model,
        base_url=base_url,
        embeddings=embeddings,
        profile=profile,
        project=project,
        notes=notes,
        incognito=incognito,
    )
    question = Question(
        given(" ".join(text or ()), "question"), session, remember, recall, fail_if_nothing, json, notes
    )
    return _ask(wish, question, Terminal(quiet=quiet, verbose=verbose))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how."""

    text: str
    session: str | None
    remember: bool
    recall: bool
    fail_if_nothing: bool
    json: bool
    most: int | None


def _ask(wish: Wish, question: Question, terminal: Terminal) -> int:
    from assistant.cli.turns import Stops, prepare, say_model

    with wish.open() as assistant:
        question = replace(question, remember=question.remember and not assistant.incognito)
        session = assistant.session_id(question.session) if question.session is not None else None
        say_model(assistant, terminal)
        if question.recall or question.remember:
            prepare(assistant, terminal)
        chat = assistant.chat(session, remember=question.remember, recall=question.recall)
        stops = Stops()
        return stops.run(_answer(assistant, chat, question, terminal, stops))


async def _answer(assistant: Assistant, chat: Chat, question: Question, terminal: Terminal, stops: Stops) -> int:
    from assistant.cli.turns import Turn, Writer
    from assistant.events import Answered, Failed, Recalled, Stopped, Token

    turn = Turn(assistant, chat, terminal, stops)
    try:
        async with contextlib.aclosing(chat.turn(question.text)) as events:
            with Writer(terminal, silent=question.json) as writer:
                async for event in events:
                    if not isinstance(event, Token):
                        writer.end()
                    await turn.see(event)
                    match event:
                        case Recalled(recall) if question.fail_if_nothing and not recall.recollections:
                            return _nothing(turn, question, terminal)
                        case Token(text):
                            writer.write(text)
                        case Answered() | Stopped() if question.json:
                            terminal.json(_shape(turn, question, event))
                        case _:
                            pass
                    last = event
    finally:
        await assistant.aclose()
    match last:
        case Failed(error):
            raise error
        case Stopped(text):
            kept = "What had come is kept and marked as stopped." if chat.remember and text else ""
            raise StoppedError("Interrupted.", kept)
        case _:
            return ExitCode.FINE


def _nothing(turn: Turn, question: Question, terminal: Terminal) -> int:
    """Nothing relevant was recalled, and that counts as failing: the model is not asked."""
    if question.json:
        terminal.json(_shape(turn, question, None))
    terminal.say("nothing relevant is remembered, so the model was not asked")
    return ExitCode.NOTHING


def _shape(turn: Turn, question: Question, event: Answered | Stopped | None) -> dict[str, object]:
    """The one JSON object that is printed."""
    from assistant.cli import shape

    return {
        "answer": event.text.strip() if event else "",
        "session": turn.session if question.remember or question.session else None,
        "recollections": shape.recollections(turn.recollections[: question.most]),
        "model": event.model if event else turn.model,
        "usage": shape.usage(event.usage if event else None),
        "timings": shape.timings(event.timings if event else {}),
    }
