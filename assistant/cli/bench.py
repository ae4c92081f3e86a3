"""`recollect bench`: how well recall finds, and answers say, what a set of conversations holds."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode, StoppedError
from assistant.commands import named
from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assistant.app import Assistant
    from assistant.bench.answers import Answered
    from assistant.bench.folds import Folds as Folded
    from assistant.bench.recall import Ranked
    from assistant.bench.replay import Stage
    from assistant.bench.sets import QuestionSet
    from assistant.cli.terminal import Terminal

app = opt.typer_app(help=named("bench").help)

SetFile = Annotated[str, typer.Argument(metavar="SET", help="A file of messages and questions; see docs/bench.md.")]
Out = Annotated[
    str | None, typer.Option("--json", metavar="OUT", help="Write all figures to this file; - prints them.")
]
Each = Annotated[
    str | None, typer.Option("--per-question", metavar="OUT", help="Write a JSON line for each question and arm.")
]
Plots = Annotated[
    str | None,
    typer.Option("--plots", metavar="FOLDER", help="Draw recall by k, gains, and scores against truth, as SVG."),
]
Arms = Annotated[str, typer.Option("--arms", metavar="A,B", help="Measure these alone.")]
Against = Annotated[str, typer.Option("--against", metavar="ARM", help="The arm that differences are taken from.")]
Folds = Annotated[
    int,
    typer.Option(
        "--folds", metavar="N", min=0, help="Fit anew N times, each time without the conversations tested (extra fit)."
    ),
]
FitWith = Annotated[
    list[str] | None,
    typer.Option("--fit-with", metavar="SET", help="With --folds: fit on this set as well; may be repeated."),
]
Edges = Annotated[bool, typer.Option("--edges", help="Measure recall without each kind of edge as well.")]
Category = Annotated[
    list[str] | None, typer.Option("--category", metavar="NAME", help="Questions of this one alone; may be repeated.")
]
Conversations = Annotated[int, typer.Option("--conversations", metavar="N", min=0, help="The first N conversations.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=0, help="The first N questions.")]
Sample = Annotated[int, typer.Option("--sample", metavar="N", min=0, help="N questions drawn at random.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Of what is drawn at random.")]


@app.callback()
def bench() -> None:
    """Choose what to measure."""


@app.command("recall", help="Measure recall beside plain searches")
def recall(
    context: typer.Context,
    *,
    file: SetFile,
    out: Out = None,
    per_question: Each = None,
    plots: Plots = None,
    arms: Arms = "",
    against: Against = "vector",
    edges: Edges = False,
    folds: Folds = 0,
    fit_with: FitWith = None,
    category: Category = None,
    conversations: Conversations = 0,
    limit: Limit = 0,
    sample: Sample = 0,
    seed: Seed = 0,
    embeddings: opt.Embeddings = None,
    store: opt.Store = None,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Tell each conversation to a memory of its own, ask its questions, and print how much evidence was found."""
    from assistant.bench.arms import EVERY_RECALL_ARM, RECALL_ARMS, chosen_arms
    from assistant.bench.fitting.models import lightgbm
    from assistant.bench.folds import split
    from assistant.bench.plots import recall_plots
    from assistant.bench.provenance import provenance, refitted
    from assistant.bench.recall_report import report
    from assistant.bench.report import plain
    from assistant.bench.sets import chosen, read
    from assistant.cli.bench_tables import recall_lines
    from assistant.cli.terminal import Terminal

    terminal = Terminal(quiet=quiet, verbose=verbose)
    named_arms = chosen_arms(arms, EVERY_RECALL_ARM, EVERY_RECALL_ARM if edges else RECALL_ARMS)
    _check_places(out, plots)
    base = chosen_arms(against, EVERY_RECALL_ARM)[0]
    if fit_with and not folds:
        raise UsageError("--fit-with says what to fit on, and nothing is fitted.", "Give --folds as well.")
    whole, others = read(Path(file)), [read(Path(other)) for other in fit_with or ()]
    found = chosen(whole, categories=category or (), conversations=conversations, limit=limit, sample=sample, seed=seed)
    plan = _Plan(found, named_arms, split(found, folds) if folds else None, others)
    if folds:
        lightgbm()
    with opt.wish(context, embeddings=embeddings, store=store).open() as assistant, _lines(per_question) as sink:
        rows, embedder = _ranked(assistant, plan, terminal, sink)
        about = provenance(found, embedder=embedder, store=assistant.settings.memory.store, seed=seed, whole=whole)
        if plan.folds is not None:
            about["weights"] = refitted(plan.folds, others)
    figures = plain({**report(rows, base if base in named_arms else named_arms[0], seed), "provenance": about})
    if plots is not None:
        for name, svg in recall_plots(figures).items():
            (Path(plots) / name).write_text(svg, encoding="utf-8")
    _finish(figures, out, recall_lines(figures), terminal)
    return ExitCode.FINE


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is measured.

    Attributes:
        found: the set, or the part of it.
        arms: by name.
        folds: its parts when weights are fitted anew; None when those of the package are measured.
        others: sets that are fitted on as well.
    """

    found: QuestionSet
    arms: Sequence[str]
    folds: Folded | None
    others: Sequence[QuestionSet]


def _ranked(
    assistant: Assistant, plan: _Plan, terminal: Terminal, sink: TextIO | None
) -> tuple[list[tuple[Ranked, ...]], str]:
    """What every arm made of every question, and the embedder's name; what is done is kept when it is interrupted."""
    from assistant.bench.cache import Cache, CachedEmbedder
    from assistant.bench.recall import rank_all
    from assistant.bench.recall_report import per_question
    from assistant.bench.replay import Stage
    from memory.embeddings import prepare

    rows: list[tuple[Ranked, ...]] = []
    chosen = assistant.settings.memory
    with Cache(assistant.locations.bench_cache) as cache, terminal.progress() as progress:
        prepare(assistant.embedder, progress)
        embedder = CachedEmbedder(assistant.embedder, cache)
        stage = Stage(embedder, chosen.store, chosen.store_options, progress)
        try:
            for part, at in _parts(plan, stage, assistant.locations.bench_features, terminal):
                for each in rank_all(part, plan.arms, at, embedder, progress):
                    rows.append(each)
                    _write(sink, (per_question(one) for one in each))
        except KeyboardInterrupt:
            raise StoppedError(
                f"Interrupted after {len(rows)} of {plan.found.questions} questions.",
                "What was embedded is kept; the next run goes on from there.",
            ) from None
        return rows, embedder.name


def _parts(plan: _Plan, stage: Stage, cache: Path, terminal: Terminal) -> Iterator[tuple[QuestionSet, Stage]]:
    """The whole set as it is, or each fold with weights that were fitted without it."""
    from assistant.bench.fitting.refit import Refitter
    from memory.recall.model import Weights

    if plan.folds is None:
        yield plan.found, stage
        return
    refit = Refitter(plan.found, plan.others, stage.embedder, cache, stage.progress)
    for number, (train, test) in enumerate(plan.folds.pairs, 1):
        terminal.say(f"Fold {number} of {len(plan.folds.pairs)}: fitting without {test.questions:,} questions")
        yield test, replace(stage, weights=Weights.of(refit(train), f"fold {number}"))


def _check_places(out: str | None, plots: str | None = None) -> None:
    """Raise `UsageError` for figures that could not be written at the end, before anything is measured."""
    if plots is not None and not Path(plots).is_dir():
        raise UsageError(f"Plots cannot be written to {plots}: there is no such folder.", "Make it first.")
    if out is None or out == "-":
        return
    if Path(out).is_dir():
        raise UsageError(f"The figures cannot be written to {out}: it is a folder.", "Name a file.")
    if not Path(out).parent.is_dir():
        raise UsageError(f"The figures cannot be written to {out}: its folder is not there.", "Make it first.")


@contextlib.contextmanager
def _lines(path: str | None) -> Iterator[TextIO | None]:
    """A file to write lines to, or None when none was asked for."""
    if path is None:
        yield None
        return
    with Path(path).open("w", encoding="utf-8") as stream:
        yield stream


def _write(sink: TextIO | None, rows: Iterator[Mapping[str, Any]]) -> None:
    from assistant.bench.report import plain

    if sink is None:
        return
    for row in rows:
        sink.write(json.dumps(plain(row), ensure_ascii=False) + "\n")
    sink.flush()


def _finish(
    figures: Mapping[str, Any], out: str | None, lines: Sequence[Sequence[str] | str], terminal: Terminal
) -> None:
    """Print the tables, or the figures as JSON; and write the figures to their file."""
    if out == "-":
        terminal.json(figures)
        return
    if out is not None:
        Path(out).write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    show(lines, terminal)


def show(lines: Sequence[Sequence[str] | str], terminal: Terminal) -> None:
    """Lines of text as they are, rows of cells in aligned columns; the first row of a run of rows is its head."""
    table: list[Sequence[str]] = []
    for line in [*lines, None]:
        if line is not None and not isinstance(line, str):
            table.append(line)
            continue
        if table:
            head, rows = table[0], table if not terminal.shown else table[1:]
            terminal.table(head, rows, right=range(2, len(head)), cut=False)
            table = []
        if line is not None:
            terminal.data(line)


@app.command("answers", help="Measure the chosen model's answers, with and without memory")
def answers(
    context: typer.Context,
    *,
    file: SetFile,
    model: opt.Model = None,
    base_url: opt.BaseUrl = None,
    judge: Annotated[str, typer.Option("--judge", metavar="MODEL", help="A model that grades the answers.")] = "",
    out: Out = None,
    per_question: Each = None,
    arms: Arms = "",
    against: Against = "vector",
    category: Category = None,
    conversations: Conversations = 0,
    limit: Limit = 0,
    sample: Sample = 0,
    seed: Seed = 0,
    embeddings: opt.Embeddings = None,
    store: opt.Store = None,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Ask the model each question with what each arm puts before it, and print how right it was."""
    from assistant.bench.answers import gradable, report
    from assistant.bench.arms import ANSWER_ARMS, chosen_arms
    from assistant.bench.provenance import provenance
    from assistant.bench.report import plain
    from assistant.bench.sets import chosen, read
    from assistant.cli.bench_tables import answer_lines
    from assistant.cli.terminal import Terminal

    terminal = Terminal(quiet=quiet, verbose=verbose)
    named_arms = chosen_arms(arms, ANSWER_ARMS)
    _check_places(out)
    base = chosen_arms(against, ANSWER_ARMS)[0]
    whole = gradable(read(Path(file)))
    found = chosen(whole, categories=category or (), conversations=conversations, limit=limit, sample=sample, seed=seed)
    wish = opt.wish(context, model=model, base_url=base_url, embeddings=embeddings, store=store)
    with wish.open() as assistant, _lines(per_question) as sink:
        rows = _answered(assistant, found, arms=named_arms, judge=judge, terminal=terminal, sink=sink)
        about = {
            **provenance(
                found,
                embedder=assistant.embedder.name,
                store=assistant.settings.memory.store,
                seed=seed,
                whole=whole,
            ),
            "model": assistant.choice.name,
            "prompts": assistant.choice.profile,
            "temperature": assistant.settings.temperature,
            "judge": judge or None,
        }
    figures = plain({**report(rows, base if base in named_arms else named_arms[0], seed), "provenance": about})
    _finish(figures, out, answer_lines(figures), terminal)
    return ExitCode.FINE


def _answered(
    assistant: Assistant,
    found: QuestionSet,
    *,
    arms: Sequence[str],
    judge: str,
    terminal: Terminal,
    sink: TextIO | None,
) -> list[tuple[Answered, ...]]:
    """What the model said to every question; what is done is kept when it is interrupted."""
    from assistant.bench.answers import Exam, answer_all, per_question
    from assistant.bench.cache import Cache, CachedEmbedder
    from assistant.bench.replay import Stage
    from assistant.bench.voice import Voice
    from memory.embeddings import prepare

    rows: list[tuple[Answered, ...]] = []
    settings = assistant.settings
    with contextlib.ExitStack() as closing:
        cache = closing.enter_context(Cache(assistant.locations.bench_cache))
        progress = closing.enter_context(terminal.progress())
        voice = closing.enter_context(Voice(assistant.model, cache, settings.temperature))
        grader = closing.enter_context(Voice(assistant.other_model(judge), cache, 0.0)) if judge else None
        for each in (voice, grader):
            if each:
                terminal.say(f"{each.name} ({each.model.choice.why})")
                each.ready(progress)
        prepare(assistant.embedder, progress)
        embedder = CachedEmbedder(assistant.embedder, cache)
        stage = Stage(embedder, settings.memory.store, settings.memory.store_options, progress)
        try:
            for row in answer_all(found, arms, stage, Exam(voice, assistant.prompts, settings, grader), progress):
                rows.append(row)
                _write(sink, (per_question(one) for one in row))
        except KeyboardInterrupt:
            raise StoppedError(
                f"Interrupted after {len(rows)} of {found.questions} questions.",
                "Embeddings and answers are kept; the next run goes on from there.",
            ) from None
    return rows
