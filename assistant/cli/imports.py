"""`recollect import`: conversations from a file, kept word for word and made recallable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode, StoppedError
from assistant.commands import named

if TYPE_CHECKING:
    from assistant.cli.terminal import Terminal
    from assistant.importers.load import Report

_A_DAY = 86_400.0
_SHOWN_PROBLEMS = 5

app = opt.typer_app()


@app.command("import", help=named("import").help)
def import_(
    context: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file, or - for a pipe.")],
    form: Annotated[str, typer.Option("--format", metavar="NAME", help="Its format: jsonl.")] = "jsonl",
    conversation: Annotated[
        list[str] | None, typer.Option("--conversation", metavar="NAME", help="Take this one alone; may be repeated.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Import nothing if a line cannot be read.")] = False,
    embeddings: opt.Embeddings = None,
    profile: opt.Profile = None,
    project: opt.Project = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> int:
    """Remember the file's messages, then bring the indexes up to them."""
    from assistant.cli.terminal import Terminal
    from assistant.importers import importer
    from assistant.importers.load import load, opened

    source = importer(form)
    terminal = Terminal(quiet=quiet)
    wish = opt.wish(context, embeddings=embeddings, profile=profile, project=project)
    with opened(file) as (stream, name, size), wish.open() as assistant, terminal.progress() as progress:
        try:
            report = load(
                assistant.memory,
                source,
                stream,
                name,
                conversations=conversation or (),
                strict=strict,
                progress=lambda done: progress(done, size, "reading"),
            )
            if report.added or report.known:
                assistant.prepare(progress)
                assistant.memory.flush(_A_DAY, progress)
        except KeyboardInterrupt:
            raise StoppedError("Interrupted.", "What was read is kept; import it again to go on.") from None
    return _tell(report, name, terminal, policy=assistant.settings.memory.secrets, as_json=json, strict=strict)


def _of_secrets(count: int, policy: str) -> str:
    """How many messages held a key, a password or a card number, and what became of them."""
    what = {"keep": "they are kept as they were", "refuse": "they were left out"}
    held = f"{count:,} message{'' if count == 1 else 's'} held keys, passwords or card numbers"
    return f"{held}: {what.get(policy, 'these were taken out')} (memory.secrets = {policy})."


def _tell(report: Report, name: str, terminal: Terminal, *, policy: str, as_json: bool, strict: bool) -> int:
    if as_json:
        problems = [{"where": problem.where, "what": problem.what} for problem in report.problems]
        terminal.json(
            {
                "added": report.added,
                "known": report.known,
                "passed": report.passed,
                "wrong": report.wrong,
                "secrets": report.secrets,
                "problems": problems,
                "conversations": sorted(report.conversations),
            }
        )
    elif not (strict and report.wrong):
        known = f", {report.known:,} known already" if report.known else ""
        passed = f", {report.passed:,} other lines passed over" if report.passed else ""
        terminal.data(f"imported {report.added:,} new messages{known}{passed}")
    if report.secrets:
        terminal.warn(_of_secrets(report.secrets, policy))
    if not report.wrong:
        return ExitCode.FINE
    for problem in report.problems[:_SHOWN_PROBLEMS]:
        terminal.warn(f"{problem}.")
    what = "line" if report.wrong == 1 else "lines"
    after = "Nothing was imported." if strict else "The rest was imported; mend it and import again."
    terminal.warn(f"{name}: {report.wrong:,} {what} could not be read. {after}")
    return ExitCode.FAILED
