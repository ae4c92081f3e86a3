from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import Cli, complained

if TYPE_CHECKING:
    from pathlib import Path


def test_where_names_every_place_and_its_size(cli: Cli, home: Path, models_folder: Path) -> None:
    found = cli("where", "--json").json
    assert found["journal"] == {"path": str(home / "memory" / "journal.db"), "bytes": None}
    assert found["models"]["path"] == str(models_folder)
    assert not home.exists()
    cli("sessions")
    assert cli("where", "--json").json["journal"]["bytes"] > 0
    assert str(home / "memory" / "journal.db") in cli("where").out


def test_where_works_with_a_broken_config(cli: Cli, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("model = gpt\n[memory]")
    assert cli("where").code == 0
    complained(cli("config"), 2, "config.toml", "line 1")


def test_config_tells_values_and_sources(cli: Cli, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text('model = "smollm2-135m"\n[memory]\nprofile = "work"\n')
    ran = cli("--embeddings", "local", "config", "--json", env={"RECOLLECT_TIMEOUT": "7"})
    found = {row["key"]: (row["value"], row["source"]) for row in ran.json["settings"]}
    assert found["model"] == ("smollm2-135m", str(home / "config.toml"))
    assert found["memory.profile"] == ("work", str(home / "config.toml"))
    assert found["timeout"] == (7.0, "RECOLLECT_TIMEOUT")
    assert found["embeddings"] == ("local", "flag")
    assert found["temperature"] == (0.0, "default")
    assert ran.json["model"]["name"] == "embedded:smollm2-135m"
    assert "memory.profile" in cli("config").out


def test_no_secret_is_shown(cli: Cli) -> None:
    env = {
        "OPENAI_API_KEY": "sk-hidden-1",
        "RECOLLECT_BASE_URL": "https://me:hidden-2@example.org/v1",
        "RECOLLECT_MEMORY_STORE_OPTIONS": '{"url": "pg://me:hidden-3@db", "api_key": "hidden-4", "size": 3}',
    }
    for arguments in (("config",), ("config", "--json"), ("where",)):
        ran = cli(*arguments, env=env)
        assert ran.code == 0
        assert "hidden-" not in ran.out + ran.err
    assert '"size": 3' in cli("config", env=env).out


def test_a_mistyped_variable_is_pointed_out(cli: Cli) -> None:
    assert "RECOLLECT_TIMEOUT" in cli("config", env={"RECOLLECT_TIMOUT": "7"}).err


def test_the_template_is_a_config_file(cli: Cli, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text(cli("config", "--template").out)
    assert cli("config").code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('modle = "x"', ("modle", "Did you mean 'model'")),
        ("[memory]\nstoer = 'x'", ("stoer", "'store'")),
        ("timeout = 'long'", ("timeout", "number")),
        ("openai_api_key = 'sk-1'", ("environment",)),
    ],
)
def test_a_wrong_config_file_names_file_key_and_what_is_right(
    cli: Cli, home: Path, text: str, words: tuple[str, ...]
) -> None:
    home.mkdir()
    (home / "config.toml").write_text(text)
    said = complained(cli("sessions"), 2, str(home / "config.toml"), *words)
    assert "sk-1" not in said
