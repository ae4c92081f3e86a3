"""`recollect doctor`: is everything sound, and if not, what is to be done."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.cli.terminal import Progress, Terminal
    from assistant.upkeep import House, Mended
    from memory.upkeep.findings import Finding

_STYLES = {"fine": "green", "note": "yellow", "wrong": "red"}

app = opt.typer_app()


@app.command("doctor", help=named("doctor").help)
def doctor(
    context: typer.Context,
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended without losing anything.")] = False,
    salvage: Annotated[
        Path | None, typer.Option("--salvage", metavar="FILE", help="Save what a damaged journal still holds to FILE.")
    ] = None,
    store: opt.Store = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> int:
    """Examine settings, permissions, disk, journal, indexes, associations, models; exit code 1 if one is bad."""
    from assistant.cli.terminal import Terminal
    from assistant.logs import start_logging
    from assistant.upkeep import House, examine

    terminal = Terminal(quiet=quiet)
    house = House.open(os.environ, opt.wish(context, store=store).overrides)
    start_logging(house.where.log_file)
    if salvage is not None:
        return _salvage(house, salvage, terminal, as_json=json)
    with terminal.progress() as progress:
        findings = list(examine(house, progress))
        mended = _mended(house, findings, progress) if fix else None
        if mended and (mended.done or mended.failed):
            findings = list(examine(house, progress))
    _tell(findings, mended, terminal, as_json=json)
    return ExitCode.FAILED if any(finding.state == "wrong" for finding in findings) else ExitCode.FINE


def _mended(house: House, findings: Sequence[Finding], progress: Progress) -> Mended:
    from assistant.upkeep import mend

    return mend(house, findings, progress)


def _tell(findings: Sequence[Finding], mended: Mended | None, terminal: Terminal, *, as_json: bool) -> None:
    bad = sum(finding.state == "wrong" for finding in findings)
    if as_json:
        terminal.json(
            {
                "ok": not bad,
                "findings": [
                    {"part": one.part, "state": str(one.state), "what": one.what, "todo": one.todo, "mend": one.mend}
                    for one in findings
                ],
                "mended": mended.done if mended else [],
                "failed": mended.failed if mended else [],
            }
        )
        return
    width = max(len(finding.part) for finding in findings)
    for finding in findings:
        state = terminal.paint(f"{finding.state:<5}", _STYLES[finding.state])
        terminal.raw(
            f"{state}  {terminal.paint(f'{finding.part:<{width}}', 'bold')}  {terminal.paint(finding.what, 'dim')}"
        )
        if finding.todo:
            terminal.data(f"{'':7}{'':{width}}  -> {finding.todo}")
    for done in mended.done if mended else ():
        terminal.data(f"mended: {done}")
    for failed in mended.failed if mended else ():
        terminal.warn(failed)
    mendable = sum(finding.mend is not None for finding in findings)
    if bad:
        more = f" `recollect doctor --fix` mends {mendable} of what was found." if mendable and mended is None else ""
        terminal.warn(f"{bad} {'thing is' if bad == 1 else 'things are'} wrong.{more}")
    else:
        terminal.data("all is well")


def _salvage(house: House, target: Path, terminal: Terminal, *, as_json: bool) -> int:
    from memory.upkeep.salvage import salvage

    with terminal.progress() as progress:
        saved = salvage(house.where.journal, target, progress)
    if as_json:
        terminal.json({"file": str(saved.path), "messages": saved.messages, "lost": saved.lost})
    else:
        lost = f"; about {saved.lost:,} could not be read" if saved.lost else ""
        terminal.data(f"saved {saved.messages:,} messages to {saved.path}{lost}")
        terminal.data(f"to go on with them: recollect restore {saved.path}")
    return ExitCode.FINE
