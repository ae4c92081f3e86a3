"""`recollect bench recall`, through its own door."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from assistant.bench.metrics import RANKING
from memory.recall.arms import WITHOUT_EDGES
from tests.cli.conftest import complained

from .conftest import Cli, lookup, message, write

if TYPE_CHECKING:
    from pathlib import Path

ARMS = ["vector", "bm25", "hybrid", "fused", "recollect"]


@pytest.fixture
def measured(cli: Cli, tiny: Path, tmp_path: Path) -> dict[str, Any]:
    """The figures of the tiny set, those of a second run, and the rows by question."""
    options = ("bench", "recall", str(tiny), "--json", str(tmp_path / "out.json"))
    ran = cli(*options, "--per-question", str(tmp_path / "rows.jsonl"), "--plots", str(tmp_path))
    assert ran.code == 0, ran.err
    found = {"table": ran.out, "figures": json.loads((tmp_path / "out.json").read_text())}
    found["rows"] = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert cli(*options).code == 0
    return {**found, "again": json.loads((tmp_path / "out.json").read_text())}


def test_figures_rows_plots_and_provenance(measured: dict[str, Any], tiny: Path, tmp_path: Path) -> None:
    figures = measured["figures"]
    assert list(figures["arms"]) == ARMS
    for arm in ARMS:
        table = figures["arms"][arm]
        assert set(table) == {"all", "lookup", "remark", "adversarial"}
        assert {group: row["n"] for group, row in table.items()} == {
            "all": 5,
            "lookup": 3,
            "remark": 1,
            "adversarial": 1,
        }
        assert all(set(row) == {"n", *RANKING} for row in table.values())
        for group, row in table.items():
            low, high = figures["intervals"][arm][group]["R@10"]
            assert 0 <= low <= row["R@10"] <= high <= 1
        assert figures["curve"][arm][9] == table["all"]["R@10"]
        assert (
            figures["timings"][arm]["with embedding"]["p95"] >= figures["timings"][arm]["without embedding"]["p95"] > 0
        )
        knows = figures["abstention"][arm]
        assert (knows["answerable"], knows["unanswerable"]) == (4, 2)
        assert knows["told"] is None, "in a memory this small nothing is said of it"
    assert set(figures["differences"]) == {"bm25", "hybrid", "fused", "recollect"}
    gap = figures["differences"]["recollect"]["all"]["MRR"][0]
    assert gap == pytest.approx(
        figures["arms"]["recollect"]["all"]["MRR"] - figures["arms"]["vector"]["all"]["MRR"], abs=1e-3
    )
    tokens = figures["tokens"]["recollect"]
    assert 0 < tokens["enough"]["tokens"] <= tokens["ten"]["tokens"]
    about = figures["provenance"]
    assert about["set"]["sha256"] == hashlib.sha256(tiny.read_bytes()).hexdigest()
    assert (about["set"]["questions"], about["set"]["part"], about["embedder"]) == (6, False, "all-MiniLM-L6-v2")
    _check_rows(measured["rows"], figures)
    for name in ("recall-by-k.svg", "reliability.svg"):
        assert ET.parse(tmp_path / name).getroot().tag.endswith("svg")
    lines = measured["table"].splitlines()
    assert lines[0].startswith("tiny.jsonl: 6 questions to 10 messages in 2 conversations")
    assert any(line.split()[:3] == ["lookup", "recollect", "3"] for line in lines)
    assert measured["again"]["arms"] == figures["arms"]
    assert measured["again"]["intervals"] == figures["intervals"]
    assert measured["again"]["tokens"] == figures["tokens"]


def _check_rows(rows: list[dict[str, Any]], figures: dict[str, Any]) -> None:
    assert len(rows) == 6 * len(ARMS)
    mean = sum(row["metrics"]["MRR"] for row in rows if row["arm"] == "bm25" and row["metrics"]) / 5
    assert mean == pytest.approx(figures["arms"]["bm25"]["all"]["MRR"], abs=1e-3)
    remark = {row["arm"]: row for row in rows if row["category"] == "remark"}
    for row in remark.values():
        assert row["ranked"], "the sister's puppy is recalled"
        assert set(row["ranked"]) <= {"1", "2", "3", "4"}, "nothing of its own session or of later ones"
        assert row["hits"][0] == 1
    assert all(row["metrics"] is None for row in rows if row["category"] == "abstention")


def test_each_kind_of_edge_is_measured_by_leaving_it_out(cli: Cli, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    ran = cli("bench", "recall", str(tiny), "--edges", "--plots", str(tmp_path), "--json", str(out))
    assert ran.code == 0, ran.err
    assert "recollect over" in ran.out
    figures = json.loads(out.read_text())
    assert list(figures["gains"]) == ["fused", *WITHOUT_EDGES]
    assert list(figures["arms"]) == [*ARMS, *WITHOUT_EDGES]
    for arm, groups in figures["gains"].items():
        for group, metrics in groups.items():
            gain, low, high = metrics["R@10"]
            assert low <= gain <= high
            means = [figures["arms"][each][group]["R@10"] for each in ("recollect", arm)]
            assert gain == pytest.approx(means[0] - means[1], abs=2e-4)
    words = " ".join(ET.parse(tmp_path / "gain-by-edge.svg").getroot().itertext())
    assert "similar" in words
    assert "all of them" in words


def test_a_second_run_embeds_nothing(cli: Cli, tiny: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("bench", "recall", str(tiny), "--arms", "vector").code == 0
    from memory.embeddings.local import LocalEmbedder

    def refuse(self: object, texts: object) -> None:
        raise AssertionError(f"embedded again: {texts}")

    monkeypatch.setattr(LocalEmbedder, "embed", refuse)
    ran = cli("bench", "recall", str(tiny), "--arms", "vector")
    assert ran.code == 0, ran.err
    cache = home / "cache" / "bench.db"
    assert cache.stat().st_mode & 0o077 == 0
    assert b"Biscuit" not in cache.read_bytes()
    assert not (home / "memory").exists(), "the user's own memory is left alone"


def test_parts_of_a_set_and_figures_on_standard_output(cli: Cli, tiny: Path) -> None:
    ran = cli(
        "bench", "recall", str(tiny), "--arms", "bm25,recollect", "--category", "lookup", "--limit", "2", "--json", "-"
    )
    assert list(ran.json["arms"]) == ["bm25", "recollect"]
    assert ran.json["against"] == "bm25"
    assert ran.json["arms"]["bm25"]["all"]["n"] == 2
    assert ran.json["provenance"]["set"]["part"] is True
    assert ran.json["abstention"]["bm25"] is None


def test_a_set_that_the_weights_were_fitted_on_is_said_to_be_so(
    cli: Cli, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(tiny.read_bytes()).hexdigest()
    weights = {"version": 7, "provenance": {"sets": [{"name": "tiny.jsonl", "sha256": digest}]}}
    monkeypatch.setattr("assistant.bench.provenance._shipped", lambda: weights)
    ran = cli("bench", "recall", str(tiny), "--arms", "bm25")
    assert "weights 7" in ran.out
    assert "were fitted on this set" in ran.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--arms", "vektor"), ("'vektor'", "vector")),
        (("--against", "nothing"), ("'nothing'",)),
        (("--category", "lokup"), ("'lokup'", "lookup")),
        (("--json", "nowhere/out.json"), ("nowhere/out.json",)),
        (("--json", "."), ("folder",)),
        (("--plots", "nowhere"), ("nowhere",)),
    ],
)
def test_wrong_use_is_said_before_anything_is_measured(
    cli: Cli, tiny: Path, home: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    complained(cli("bench", "recall", str(tiny), *options), 2, *words)
    assert not (home / "cache").exists()


def test_ctrl_c_keeps_what_was_embedded(
    process: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
    home: Path,
    wait_until: Callable[[Callable[[], bool], float], None],
) -> None:
    said = [
        message("long", "one", str(number), f"Remark {number} about {number * 7} apples. " * 12)
        for number in range(3000)
    ]
    path = write(tmp_path / "long.jsonl", [*said, lookup("long", "q", "How many apples?", "7", "1")])
    running = process("bench", "recall", str(path))
    cache = home / "cache" / "bench.db"

    def embedded() -> int:
        if not cache.exists():
            return 0
        with sqlite3.connect(f"file:{cache}?mode=ro", uri=True) as database:
            try:
                return int(database.execute("SELECT count(*) FROM vectors").fetchone()[0])
            except sqlite3.OperationalError:
                return 0

    wait_until(lambda: embedded() > 0, 60)
    os.kill(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "Interrupted after 0 of 1 questions." in err
    assert "Traceback" not in err
    assert 0 < embedded() < 3000
