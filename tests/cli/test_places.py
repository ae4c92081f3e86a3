from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from .conftest import Cli, complained

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import ScriptedServer


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


def test_a_home_that_is_nobodys_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    complained(cli("where", env={"RECOLLECT_HOME": "~nosuchuser/x"}), 2, "home folder", "~nosuchuser/x")
    complained(cli("ask", "-m", "~nosuchuser/x.gguf", "hi"), 2, "home folder")
    monkeypatch.chdir(tmp_path)
    cli("sessions", env={"RECOLLECT_HOME": " ", "HOME": str(tmp_path / "mine")})
    assert not (tmp_path / " ").exists(), "blanks are no name of a folder"


@pytest.mark.skipif(sys.platform != "linux", reason="another user without a home")
def test_a_user_without_a_home_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> None:
        raise KeyError("uid not found")

    monkeypatch.setattr("pwd.getpwuid", nobody)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    complained(cli("ask", "hi", env={"RECOLLECT_HOME": ""}), 2, "HOME is not set", "RECOLLECT_HOME")


def test_what_editors_leave_beside_a_prompt_is_no_prompt(cli: Cli, scripted: ScriptedServer, home: Path) -> None:
    folder = home / "prompts" / "small"
    folder.mkdir(parents=True)
    for name in ("#system.md#", "system.md~", ".system.md.swp"):
        (folder / name).write_text("half")
    (folder / ".#system.md").symlink_to("somebody@elsewhere.1")
    assert cli("ask", "hi").code == 0


def test_a_disk_that_is_not_mounted_is_no_memory_that_never_was(cli: Cli, home: Path, tmp_path: Path) -> None:
    home.mkdir()
    (home / "memory").symlink_to(tmp_path / "disk")
    told = f"is a link to {tmp_path / 'disk'}, and that is not there"
    complained(cli("recall", "boat"), 1, told, "mount")
    assert told in cli("doctor").out
    (home / "memory").unlink()
    (home / "memory").write_text("")
    complained(cli("recall", "boat"), 1, "memory is a file")
