"""`recollect import`: conversations from a file, kept word for word and made recallable."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode, StoppedError
from assistant.commands import named
from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.app import Assistant
    from assistant.cli.terminal import Terminal
    from assistant.importers.load import Report
    from memory.portable import Report as Restored

_A_DAY = 86_400.0
_SHOWN_PROBLEMS = 5
_EXPORT = "recollect"
_PEEKED = 200

app = opt.typer_app()


@dataclass(frozen=True, slots=True)
class _Wish:
    """How a file is to be taken in."""

    form: str
    conversations: Sequence[str]
    strict: bool
    again: bool
    foreign: bool
    everywhere: bool


@app.command("import", help=named("import").help)
def import_(
    context: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file, or - for a pipe.")],
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="NAME", help="recollect (what export wrote) or jsonl; auto looks at the file."
        ),
    ] = "auto",
    conversation: Annotated[
        list[str] | None, typer.Option("--conversation", metavar="NAME", help="Take this one alone; may be repeated.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Import nothing if a line cannot be read.")] = False,
    forgotten: Annotated[bool, typer.Option("--forgotten", help="Bring back also what was forgotten.")] = False,
    foreign: Annotated[
        bool, typer.Option("--foreign", help="An export that is not your own: label all of it as imported.")
    ] = False,
    all_profiles: Annotated[
        bool, typer.Option("--all-profiles", help="Put each profile of an export back in its own place.")
    ] = False,
    embeddings: opt.Embeddings = None,
    profile: opt.Profile = None,
    project: opt.Project = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> int:
    """Remember the file's messages, then bring the indexes up to them."""
    from assistant.cli.terminal import Terminal
    from assistant.importers.load import opened

    how = _Wish(form, conversation or (), strict, forgotten, foreign, all_profiles)
    terminal = Terminal(quiet=quiet)
    wish = opt.wish(context, embeddings=embeddings, profile=profile, project=project)
    with opened(file) as (stream, name, size):
        peeked, whole = _peeked(stream, how)
        with wish.open() as assistant, terminal.progress() as progress:

            def seen(count: int) -> None:
                progress(whole.tell() if size else count, size, "reading")

            try:
                take = _restore if peeked else _load
                report = take(assistant, whole, name, how, seen)
                if report.added or report.known:
                    assistant.prepare(progress)
                    assistant.memory.flush(_A_DAY, progress)
            except KeyboardInterrupt:
                raise StoppedError("Interrupted.", "What was read is kept; import it again to go on.") from None
    return _tell(report, name, terminal, policy=assistant.settings.memory.secrets, as_json=json, strict=strict)


def _peeked(stream: BinaryIO, how: _Wish) -> tuple[bool, BinaryIO]:
    """Whether the file is an export of ours, and the stream to read it from. Raises `UsageError` for a wrong option."""
    from memory.portable import is_export

    if how.form not in ("auto", _EXPORT):
        ours, whole = False, stream
    else:
        whole = stream if hasattr(stream, "peek") else io.BufferedReader(stream)  # type: ignore[type-var]
        ours = how.form == _EXPORT or is_export(whole.peek(_PEEKED))
    if ours and how.conversations:
        raise UsageError("An export of recollect has no conversations to choose from.", "Leave out --conversation.")
    if not ours and (how.foreign or how.everywhere):
        option = "--foreign" if how.foreign else "--all-profiles"
        raise UsageError(f"{option} is for what `recollect export` wrote.", f"Leave out {option}.")
    return ours, whole


def _restore(assistant: Assistant, stream: BinaryIO, name: str, how: _Wish, seen: Callable[[int], None]) -> Restored:
    """Take in an export of ours."""
    from memory.portable import How, Report, check, restore

    if how.strict:
        if not stream.seekable():
            raise UsageError("--strict reads an export twice, and a pipe can be read once.", "Give it as a file.")
        start, report = stream.tell(), Report()
        for _ in check(stream, name, report):
            pass
        if report.wrong:
            return report
        stream.seek(start)
    return restore(assistant.memory, stream, name, How(how.everywhere, how.again, how.foreign), seen)


def _load(assistant: Assistant, stream: BinaryIO, name: str, how: _Wish, seen: Callable[[int], None]) -> Report:
    """Take in conversations from elsewhere."""
    from assistant.importers import importer
    from assistant.importers.load import load

    source = importer("jsonl" if how.form == "auto" else how.form)
    return load(
        assistant.memory,
        source,
        stream,
        name,
        conversations=how.conversations,
        strict=how.strict,
        again=how.again,
        progress=seen,
    )


def _of_secrets(count: int, policy: str) -> str:
    """How many messages held a key, a password or a card number, and what became of them."""
    what = {"keep": "they are kept as they were", "refuse": "nothing of that was taken in"}
    held = f"{count:,} message{'' if count == 1 else 's'} held keys, passwords or card numbers"
    return f"{held}: {what.get(policy, 'these were taken out')} (memory.secrets = {policy})."


def _tell(report: Report | Restored, name: str, terminal: Terminal, *, policy: str, as_json: bool, strict: bool) -> int:
    from assistant.importers.load import Report

    foreign = isinstance(report, Report)
    found = (
        [(each.where, each.what) for each in report.problems]
        if isinstance(report, Report)
        else [(f"{name}:{number}", what) for number, what in report.problems]
    )
    passed = report.passed if isinstance(report, Report) else 0
    if as_json:
        more: dict[str, object] = (
            {"conversations": sorted(report.conversations)}
            if isinstance(report, Report)
            else {"links": report.links, "feedback": report.verdicts, "pins": report.pins}
        )
        terminal.json(
            {
                "format": "jsonl" if foreign else _EXPORT,
                "added": report.added,
                "known": report.known,
                "forgotten": report.forgotten,
                "passed": passed,
                "wrong": report.wrong,
                "secrets": report.secrets,
                "problems": [{"where": where, "what": what} for where, what in found],
                **more,
            }
        )
    elif not (strict and report.wrong):
        parts = [
            f"imported {report.added:,} new messages",
            f"{report.known:,} known already" if report.known else "",
            f"{report.forgotten:,} left out that you forgot (--forgotten brings them back)" if report.forgotten else "",
            f"{passed:,} other lines passed over" if passed else "",
        ]
        terminal.data(", ".join(part for part in parts if part))
    if report.secrets:
        terminal.warn(_of_secrets(report.secrets, policy))
    if not report.wrong:
        return ExitCode.FINE
    for where, what in found[:_SHOWN_PROBLEMS]:
        terminal.warn(f"{where}: {what}.")
    what = "line" if report.wrong == 1 else "lines"
    after = "Nothing was imported." if strict else "The rest was imported; mend it and import again."
    terminal.warn(f"{name}: {report.wrong:,} {what} could not be read. {after}")
    return ExitCode.FAILED
