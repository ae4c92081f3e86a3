"""Fits the weights of recall: `python -m benchmarks fit SET.jsonl … [--out weights.json] [--folds N] [--unseen] …`.

Each conversation is told to a memory of its own, and what the product measures of each candidate of each question is
what is fitted on (extra `fit`). All sets go into one model; a question of a small set weighs more. With `--folds` the
figures of leaving each fold of conversations out are printed (of a set with one conversation, of its questions) and
with `--plots` drawn, with `--unseen` those of leaving each whole set out, with `--out` weights are written.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.bench.cache import Cache, CachedEmbedder
from assistant.bench.fitting.asked import Asked, collected
from assistant.bench.fitting.models import fit_model
from assistant.bench.fitting.variants import made_from, with_variants
from assistant.bench.fitting.weights import as_json, both_held_out, fitted, provenance, score, shapes
from assistant.bench.plots import recall_plots
from assistant.bench.sets import read
from assistant.locations import locations
from benchmarks import held_out
from benchmarks.fitting_figures import Scores, compared, show
from memory.embeddings import load_embedder
from memory.recall.model import Weights
from memory.recall.shapes import Shapes


def _folds(
    asked: Sequence[Asked], names: Sequence[str], held: Mapping[str, Any], folds: int, plots: Path | None
) -> None:
    """Print what each arm finds in conversations that nothing was fitted on, and draw it into the folder `plots`."""
    found = held_out.figures(asked, names, held, folds)
    held_out.show(found)
    for name, about in found.items() if plots else ():
        for file, text in recall_plots(about).items():
            if plots and file != "gain-by-edge.svg":
                plots.mkdir(parents=True, exist_ok=True)
                (plots / f"{name.replace('.jsonl', '')}-{file}").write_text(text, encoding="utf-8")


def _unseen(asked: Sequence[Asked], names: Sequence[str]) -> None:
    """Print what is found in each set when nothing of it was fitted on: by the model alone, and as recall uses it."""
    for left_out in sorted({made_from(one.set_name) for one in asked}):
        train = [one for one in asked if made_from(one.set_name) != left_out]
        found = Scores.nothing(asked)
        tested = [place for place, one in enumerate(asked) if one.set_name == left_out]
        wanted = [one.set_name == left_out for one in asked]
        score(asked, names, fit_model(train, names, associative=True), found, wanted, associative=True)
        scores = [found[place] for place in tested]
        print(f"\n{left_out} left out of fitting altogether")
        guard = Shapes.of(shapes(train, names))
        made = {
            "model alone": Scores(scores, True, None),
            "as recall uses it": Scores(scores, True, guard),
            "plain sum": Scores(scores, True, guard, trust=0.0),
        }
        show(compared([asked[place] for place in tested], names, made))


def main() -> None:
    """Collect, report, fit, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fit", description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--unseen", action="store_true")
    parser.add_argument("--plots", type=Path, help="a folder for plots of what --folds finds")
    parser.add_argument("--cache", type=Path, help="a folder for what was measured")
    wish = parser.parse_args(sys.argv[2:])
    places = locations(os.environ)
    names: list[str] = []
    asked: list[Asked] = []
    sets = [one for path in wish.sets for one in with_variants(read(path))]
    with Cache(places.cache / "bench.db") as cache:
        embedder = CachedEmbedder(load_embedder("local", places.models), cache)
        for each in sets:
            names, some = collected(each, embedder, wish.cache, _said)
            asked += some
    held = both_held_out(asked, names, wish.folds or 5) if wish.folds or wish.out else {}
    if wish.folds:
        _folds(asked, names, held, wish.folds, wish.plots)
    if wish.unseen:
        _unseen(asked, names)
    if wish.out:
        weights = fitted(asked, names, provenance(sets, asked), held)
        Weights.of(weights, str(wish.out))
        wish.out.write_text(as_json(weights), encoding="utf-8")


def _said(done: int, total: int, what: str) -> None:
    if done == total or done % 100 == 0:
        print(f"{what}: {done} of {total}", flush=True)
