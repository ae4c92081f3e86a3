"""Provenance: what a figure was measured on and with, so that it can be had again."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.bench.folds import Folds
    from assistant.bench.sets import QuestionSet

_PACKAGES = ("recollect", "chromadb", "tantivy", "onnxruntime", "tokenizers", "numpy", "xllamacpp")
_WEIGHTS = "weights.json"


def provenance(
    found: QuestionSet, *, embedder: str, store: str, seed: int, whole: QuestionSet | None = None
) -> dict[str, Any]:
    """What stands beside the figures: the set, what of it was asked, the weights, the programs, the day.

    Args:
        found: what was measured.
        embedder, store: their names.
        seed: of everything drawn.
        whole: the set it was taken from, when it is a part.
    """
    whole = whole or found
    return {
        "set": {
            "name": found.name,
            "sha256": found.sha256,
            "conversations": len(found.conversations),
            "messages": found.messages,
            "questions": found.questions,
            "part": found.questions < whole.questions,
        },
        "weights": weights(found.sha256),
        "embedder": embedder,
        "store": store,
        "seed": seed,
        "date": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "versions": {"python": platform.python_version(), **_versions()},
        "machine": f"{platform.system()} {platform.machine()}",
    }


def weights(sha256: str) -> dict[str, Any]:
    """Which weights recall ships with, and whether they were fitted on the set with this hash.

    `fitted_here` is None when the weights do not say what they were fitted on.
    """
    shipped = _shipped()
    if shipped is None:
        return {"version": "built in", "fitted_on": [], "fitted_here": False}
    about = shipped.get("provenance")
    sets = about.get("sets") if isinstance(about, dict) else None
    fitted = [each for each in sets if isinstance(each, dict)] if isinstance(sets, list) else []
    return {
        "version": shipped.get("version"),
        "fitted_on": [each.get("name", "") for each in fitted],
        "fitted_here": any(each.get("sha256") == sha256 for each in fitted) if isinstance(sets, list) else None,
    }


def refitted(folds: Folds, others: Sequence[QuestionSet]) -> dict[str, Any]:
    """What stands there instead when weights were fitted anew for each of `folds` and on `others`."""
    return {
        "version": f"fitted anew in {len(folds.pairs)} folds",
        "fitted_on": [each.name for each in others],
        "fitted_here": False,
        "folds": len(folds.pairs),
        "by_questions": folds.by_questions,
    }


def _shipped() -> Mapping[str, Any] | None:
    """The weights file in the package; None while recall has none and uses the numbers in its code."""
    file = resources.files("memory.recall") / _WEIGHTS
    if not file.is_file():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
