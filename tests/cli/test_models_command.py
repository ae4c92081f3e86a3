from __future__ import annotations

from pathlib import Path

import pytest

from assistant.models.catalogue import CATALOGUE

from .conftest import Cli, complained


def test_the_list_says_what_is_here_and_what_runs_here(cli: Cli, models_folder: Path) -> None:
    cli("models", "pull", "--defaults", "-q")
    found = cli("models", "--json").json
    rows = {row["name"]: row for row in found["models"]}
    assert found["folder"] == str(models_folder)
    assert set(CATALOGUE) <= set(rows)
    assert rows["smollm2-135m"]["here"]
    assert rows["smollm2-135m"]["default"]
    assert Path(rows["smollm2-135m"]["path"]).stat().st_size == rows["smollm2-135m"]["bytes"]
    assert all(row["fit"] in {"yes", "tight", "no"} for name, row in rows.items() if name in CATALOGUE)
    shown = cli("models").out
    assert all(name in shown and file.licence in shown for name, file in CATALOGUE.items())


def test_what_is_here_is_not_pulled_again(cli: Cli) -> None:
    ran = cli("models", "pull", "--defaults")
    assert ran.code == 0
    assert "smollm2-135m is in " in ran.out
    assert cli("models", "pull", "--defaults", env={"HF_ENDPOINT": "http://127.0.0.1:9"}).out == ran.out


def test_a_file_of_the_users_own_is_used_where_it_lies(cli: Cli, tmp_path: Path, models_folder: Path) -> None:
    cli("models", "pull", "smollm2-135m", "-q")
    mine = tmp_path / "Mine.gguf"
    mine.symlink_to(models_folder / "smollm2-135m-instruct-q4_1.gguf")
    env = {"RECOLLECT_MODELS": str(tmp_path / "models")}
    assert cli("models", "pull", str(mine), env=env).code == 0
    (row,) = [row for row in cli("models", "--json", env=env).json["models"] if row["name"] == "mine"]
    assert row["path"] == str(mine)
    assert cli("models", "rm", "mine", env=env).out.startswith("removed mine")
    assert mine.exists()
    complained(cli("models", "rm", "smollm2-135m", env=env), 1, "not here")


@pytest.mark.parametrize("arguments", [("models", "pull"), ("models", "rm"), ("models", "pul")])
def test_wrong_use(cli: Cli, arguments: tuple[str, ...]) -> None:
    complained(cli(*arguments), 2)


def test_no_network_at_first_use_says_what_to_do(cli: Cli, tmp_path: Path) -> None:
    env = {
        "RECOLLECT_MODELS": str(tmp_path / "none"),
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
        "PIP_TIMEOUT": "1",
    }
    complained(cli("models", "pull", "smollm2-135m", env=env), 1, "smollm2-135m")
    ran = cli("ask", "My passport expires on 3 March 2027.", env=env)
    assert ran.code == 1
    said = cli("sessions", "last", "--json", env=env).json["messages"]
    assert [item["text"] for item in said] == ["My passport expires on 3 March 2027."]
    found = cli("recall", "When do I need a new passport?", "--json", env=env)
    assert [item["text"] for item in found.json["recollections"]] == ["My passport expires on 3 March 2027."]
    assert found.json["recollections"][0]["why"]["terms"] == ["passport"]
    assert "by words alone" in found.err
    assert cli("recall", "A gardener's almanac", "--fail-if-nothing", env=env).code == 3
