"""Weights: everything that is fitted, together, in the form of the weights file; and scores of what was held out."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.bench.fitting.models import ROUNDS, TREES, fit_model, scorer
from assistant.bench.fitting.probability import fit_answerable, fit_calibration, fit_gate
from assistant.bench.fitting.variants import made_from
from memory.recall.model import FORMAT, FULL, WITHOUT_ASSOCIATION
from memory.recall.shapes import KINDS, NUMBERS, told

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from assistant.bench.fitting.asked import Asked
    from assistant.bench.sets import QuestionSet

    Held = list[NDArray[np.float32]]

_LEAST_SPREAD = {
    "asked.usual_length": 0.35,
    "asked.usual_session": 0.6,
    "asked.named": 0.3,
    "asked.timed": 0.3,
}


def folds_of(asked: Sequence[Asked], folds: int) -> list[int]:
    """The fold of each question: all of one conversation, and of its variants, are in one fold.

    Of a set that has a single conversation the questions are dealt out: what was said is then known from the others.
    """
    alone = alone_in(asked)
    sizes: dict[tuple[str, str], int] = defaultdict(int)
    for one in asked:
        sizes[_origin(one)] += 1
    fold_of: dict[tuple[str, str], int] = {}
    filled = [0] * folds
    for key in sorted((key for key in sizes if key[0] not in alone), key=lambda each: (-sizes[each], each)):
        fold_of[key] = filled.index(min(filled))
        filled[fold_of[key]] += sizes[key]
    found = []
    dealt: dict[tuple[str, str], int] = {}
    for one in asked:
        if made_from(one.set_name) in alone:
            found.append(dealt.setdefault((made_from(one.set_name), one.id), len(dealt)) % folds)
        else:
            found.append(fold_of[_origin(one)])
    return found


def _origin(one: Asked) -> tuple[str, str]:
    return made_from(one.set_name), made_from(one.conversation)


def alone_in(asked: Sequence[Asked]) -> frozenset[str]:
    """The sets that have a single conversation."""
    names: dict[str, set[str]] = defaultdict(set)
    for one in asked:
        names[made_from(one.set_name)].add(made_from(one.conversation))
    return frozenset(name for name, conversations in names.items() if len(conversations) == 1)


def held_out(
    asked: Sequence[Asked], names: Sequence[str], folds: int, *, associative: bool, never: Collection[str] = ()
) -> list[NDArray[np.float32]]:
    """The scores of each question's candidates by models that did not see its fold (nor any set of `never`)."""
    fold = folds_of(asked, folds)
    found: list[NDArray[np.float32]] = [np.zeros(0, dtype=np.float32)] * len(asked)
    for number in range(folds):
        train = [one for one, its in zip(asked, fold, strict=True) if its != number and one.set_name not in never]
        score(asked, names, fit_model(train, names, associative=associative), found, [its == number for its in fold],
              associative=associative)  # fmt: skip
    return found


def score(
    asked: Sequence[Asked], names: Sequence[str], model: Mapping[str, Any], found: list[NDArray[np.float32]],
    wanted: Sequence[bool], *, associative: bool,
) -> None:  # fmt: skip
    """Write into `found` the scores of the questions that are `wanted` by a model as `fit_model` makes it."""
    linear, trees = scorer(model, names)
    for place, (one, its) in enumerate(zip(asked, wanted, strict=True)):
        if its:
            features = one.side(associative).features
            found[place] = trees(features) + linear(features)


def both_held_out(asked: Sequence[Asked], names: Sequence[str], folds: int = 5) -> dict[str, Held]:
    """`held_out` by model, `FULL` and `WITHOUT_ASSOCIATION`; in fewer folds where there are fewer conversations."""
    folds = max(2, min(folds, len({_origin(one) for one in asked})))
    return {name: held_out(asked, names, folds, associative=name == FULL) for name in (FULL, WITHOUT_ASSOCIATION)}


def fitted(
    asked: Sequence[Asked], names: Sequence[str], provenance: Mapping[str, Any], held: Mapping[str, Held] | None = None
) -> dict[str, Any]:
    """Weights in the form of the weights file; `held` is by `both_held_out` of the same questions, or made now.

    Raises `UsageError` where nothing can be fitted.
    """
    held = held or both_held_out(asked, names)
    models = {}
    for name, scores in held.items():
        associative = name == FULL
        models[name] = {
            "calibration": fit_calibration(asked, scores, names, associative=associative),
            "answerable": fit_answerable(asked, scores, names, associative=associative),
            **fit_model(asked, names, associative=associative),
        }
    return {
        "format": FORMAT,
        "version": f"{datetime.now(UTC):%Y-%m-%d}",
        "provenance": dict(provenance),
        "shapes": shapes(asked, names),
        "gate": fit_gate(asked),
        "features": list(names),
        "models": models,
    }


def shapes(asked: Sequence[Asked], names: Sequence[str]) -> list[dict[str, Any]]:
    """For each set the mean and the standard deviation of the numbers that tell its shape of talk; its kinds of cue."""
    columns = [list(names).index(name) for name in NUMBERS]
    rows: dict[str, list[Any]] = defaultdict(list)
    kinds: dict[str, set[str]] = defaultdict(set)
    for one in asked:
        rows[one.set_name].append(one.full.features[0, columns])
        kinds[one.set_name].add(KINDS[int(one.remark)])
    return [
        {
            "set": name,
            "cues": sorted(kinds[name]),
            "numbers": {
                number: told(float(mean), float(spread), _LEAST_SPREAD[number])
                for number, mean, spread in zip(NUMBERS, np.mean(table, axis=0), np.std(table, axis=0), strict=True)
            },
        }
        for name, table in rows.items()
    ]


def provenance(sets: Sequence[QuestionSet], asked: Sequence[Asked]) -> dict[str, Any]:
    """What weights were fitted on, and by what."""
    return {
        "by": "python -m benchmarks fit",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "method": f"listwise linear sum and LambdaMART ({ROUNDS} trees of {TREES['num_leaves']} leaves), added;"
        " logistic gate and calibration",
        "sets": [
            {
                "name": each.name,
                "sha256": each.sha256,
                "conversations": len(each.conversations),
                "questions": each.questions,
            }
            for each in sets
        ],
        "questions": len(asked),
    }


def as_json(weights: Mapping[str, Any]) -> str:
    """The weights file: JSON with a line for each feature of the sum and for each tree."""
    text = json.dumps({**weights, "models": {}}, ensure_ascii=False, indent=1)[:-1].rstrip()
    text = text[: text.rindex('"models"')]
    models = []
    for name, model in weights["models"].items():
        parts = [f"{json.dumps(part)}: {json.dumps(model[part])}" for part in ("calibration", "answerable")]
        sums = ",\n    ".join(
            f"{json.dumps(one)}: {json.dumps(row)}" for one, row in model["linear"]["features"].items()
        )
        shape = json.dumps(model["linear"]["shape"])
        trees = ",\n   ".join(json.dumps(tree, separators=(",", ":")) for tree in model["trees"])
        told = ",\n   ".join(
            [
                *parts,
                f'"linear": {{"shape": {shape}, "features": {{\n    {sums}\n   }}}}',
                f'"trees": [\n   {trees}\n   ]',
            ]
        )
        models.append(f"  {json.dumps(name)}: {{\n   {told}\n  }}")
    return text + '"models": {\n' + ",\n".join(models) + "\n }\n}\n"
