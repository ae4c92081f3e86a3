"""Makes the table `recollect learn` is checked with: `python -m benchmarks check_table SET.jsonl … [--cache FOLDER]`.

Of each set some questions that have evidence, with their likeliest candidates (for a remark the likeliest of each
session): the probability by trees that did not see the conversation, the signals of the why, and whether it is
evidence. Numbers alone: no text, no name, no time. The table goes with the weights of the package: make it after `fit`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.bench.cache import Cache, CachedEmbedder
from assistant.bench.fitting.asked import Asked, collected
from assistant.bench.fitting.probability import fit_calibration
from assistant.bench.fitting.variants import made_from, with_variants
from assistant.bench.fitting.weights import held_out
from assistant.bench.sets import read
from assistant.locations import locations
from memory.embeddings import load_embedder
from memory.recall.learning import TABLE, fingerprint
from memory.recall.model import shipped_weights
from memory.recall.reasons import SIGNALS

_QUESTIONS = 120
_CANDIDATES = 40


def table_of(
    asked: Sequence[Asked], names: Sequence[str], scores: Sequence[NDArray[np.float32]], version: str, seed: int = 0
) -> dict[str, Any]:
    """The arrays of the table: of each set some questions drawn at random, of each of them some candidates.

    `scores` are of the candidates of each question, by trees that did not see its conversation.
    """
    fitted = fit_calibration(asked, scores, names, associative=True)
    places = {name: list(names).index(feature) for name, feature in SIGNALS.items() if feature in names}
    columns = np.array(list(places.values()), dtype=np.int64)
    cue = [(list(names).index(name), weight) for name, weight in fitted["cue"].items()]
    draw = np.random.default_rng(seed)
    parts: dict[str, list[Any]] = {"probability": [], "signals": [], "question": [], "evidence": [], "wanted": []}
    for name in sorted({one.set_name for one in asked}):
        usable = [place for place, one in enumerate(asked) if one.set_name == name and one.full.evidence.any()]
        for place in sorted(draw.permutation(usable)[:_QUESTIONS].tolist()):
            one = asked[place]
            shift = fitted["bias"] + one.full.features[:, [at for at, _ in cue]] @ np.array(
                [weight for _, weight in cue]
            )
            probability = 1 / (1 + np.exp(-np.clip(fitted["score"] * scores[place] + shift, -30, 30)))
            first = np.argsort(-probability, kind="stable")
            if one.remark:
                first = first[np.sort(np.unique(one.full.session[first], return_index=True)[1])]
            first = first[:_CANDIDATES]
            parts["probability"].append(probability[first])
            parts["signals"].append(one.full.features[first][:, columns])
            parts["evidence"].append(one.full.evidence[first])
            parts["question"].append(np.full(len(first), len(parts["wanted"])))
            parts["wanted"].append([one.wanted])
    joined = {name: np.concatenate(values) for name, values in parts.items()}
    kinds = {
        "probability": np.float32,
        "signals": np.float16,
        "question": np.int32,
        "evidence": bool,
        "wanted": np.int32,
    }
    return {
        **{name: values.astype(kinds[name]) for name, values in joined.items()},
        "names": np.array(list(places)),
        "version": np.array(version),
    }


def main() -> None:
    """Read the sets, measure their candidates, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks check_table", description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("memory/recall") / TABLE)
    given = parser.parse_args(sys.argv[2:])
    where = locations(os.environ)
    with Cache(where.cache / "bench.db") as cache:
        embedder = CachedEmbedder(load_embedder("local", where.models), cache)
        names: list[str] = []
        asked: list[Asked] = []
        for path in given.sets:
            for one in with_variants(read(path)):
                names, some = collected(one, embedder, given.cache)
                asked += some
    scores = held_out(asked, names, given.folds, associative=True)
    own = [place for place, one in enumerate(asked) if one.set_name == made_from(one.set_name)]
    version = fingerprint(shipped_weights())
    made = table_of([asked[place] for place in own], names, [scores[place] for place in own], version)
    np.savez_compressed(given.out, **made)
    print(f"{given.out}: {len(made['wanted'])} questions, {len(made['question'])} candidates")
