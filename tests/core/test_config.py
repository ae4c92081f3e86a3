from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from assistant.config import describe, load_settings, template, unknown_variables
from assistant.locations import Locations, locations
from memory.errors import ConfigError


@pytest.fixture
def where(home: Path) -> Locations:
    home.mkdir()
    return locations({"RECOLLECT_HOME": str(home)})


def load(where: Locations, text: str = "", environ: dict[str, str] | None = None, **flags: object):
    if text:
        where.config_file.write_text(text, encoding="utf-8")
    return load_settings(where, environ or {}, flags)


def test_nothing_set_gives_the_defaults(where: Locations):
    settings = load(where)
    assert (settings.model, settings.embeddings, settings.timeout, settings.memory.store) == ("", "local", 60, "chroma")
    assert settings.sources == {}


def test_flag_wins_over_environment_over_file_over_default(where: Locations):
    text = 'model = "from-file"\nbase_url = "http://file"\nembeddings = "file:e"\n[memory]\nproject = "file"\n'
    environ = {"RECOLLECT_MODEL": "from-env", "RECOLLECT_BASE_URL": "http://env", "RECOLLECT_MEMORY_STORE": "memory"}
    settings = load(where, text, environ, model="from-flag", timeout=None)
    assert settings.model == "from-flag"
    assert settings.base_url == "http://env"
    assert settings.embeddings == "file:e"
    assert settings.memory.project == "file"
    assert settings.memory.store == "memory"
    rows = {row.key: row for row in describe(settings)}
    assert rows["model"].source == "flag"
    assert rows["base_url"].source == "RECOLLECT_BASE_URL"
    assert rows["embeddings"].source == str(where.config_file)
    assert rows["timeout"].source == "default"
    assert all(row.doc for row in rows.values())


def test_settings_cannot_be_changed(where: Locations):
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(where).model = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("modle = 'x'\n", ["'modle'", "Did you mean 'model'?"]),
        ("[memory]\nstor = 'x'\n", ["'memory.stor'", "'store' in [memory]"]),
        ("store = 'x'\n", ["'store'", "'store' in [memory]"]),
        ("[memroy]\nstore = 'x'\n", ["'memroy'"]),
        ("xyzzy = 1\n", ["'xyzzy'", "model", "memory.store"]),
        ("memory = 'x'\n", ["memory is a section", "[memory]"]),
        ("timeout = 'soon'\n", ["timeout", "'soon'", "a number", "0.1 to 3600"]),
        ("timeout = 0\n", ["timeout", "0.1 to 3600"]),
        ("timeout = nan\n", ["timeout", "0.1 to 3600"]),
        ("timeout = true\n", ["timeout", "a number"]),
        ("prompts = 'tiny'\n", ["prompts", "'tiny'", "auto, small, large"]),
        ("[recall]\nnotes = 2.5\n", ["recall.notes", "a whole number"]),
        ("model = ['x']\n", ["model", "text in quotes"]),
        ("[memory]\nprofile = 'a/b'\n", ["memory.profile", "'a/b'"]),
        ("[memory]\nprofile = ''\n", ["memory.profile", "empty"]),
        ("openai_api_key = 'sk-1'\n", ["openai_api_key", "environment"]),
        ("[memory]\nstore_options = {password = 'x'}\n", ["memory.store_options.password", "environment"]),
        ("[openai]\nkey = 'sk-1'\n", ["openai.key", "environment"]),
        ("model = \n", ["not valid TOML", "line 1"]),
        ("a = 1\nmodel = gpt\n", ["not valid TOML", "line 2", "quotes"]),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(where: Locations, text: str, said: list[str]):
    with pytest.raises(ConfigError) as caught:
        load(where, text)
    assert str(where.config_file) in caught.value.message
    for part in said:
        assert part in str(caught.value)
    assert "sk-1" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_wrong_variable_is_named(where: Locations):
    with pytest.raises(ConfigError, match=r"RECOLLECT_TIMEOUT.*'abc'"):
        load(where, environ={"RECOLLECT_TIMEOUT": "abc"})
    with pytest.raises(ConfigError, match="RECOLLECT_PROMPTS"):
        load(where, environ={"RECOLLECT_PROMPTS": "huge"})


def test_variables_become_numbers_and_tables(where: Locations):
    settings = load(
        where, environ={"RECOLLECT_RECALL_NOTES": "3", "RECOLLECT_MEMORY_STORE_OPTIONS": '{"host": "h", "port": 1}'}
    )
    assert settings.recall.notes == 3
    assert settings.memory.store_options == {"host": "h", "port": 1}


def test_a_flag_for_no_setting_is_refused(where: Locations):
    with pytest.raises(ConfigError, match=r"memory\.projet.*'project' in \[memory\]"):
        load(where, **{"memory.projet": "x"})


def test_a_misspelt_variable_is_told(where: Locations):
    environ = {"RECOLLECT_MODLE": "x", "RECOLLECT_HOME": "h", "RECOLLECT_MODELS": "m", "PATH": "p"}
    assert unknown_variables(environ) == ["RECOLLECT_MODLE is not a setting; did you mean RECOLLECT_MODEL?"]


def test_files_that_cannot_be_read(where: Locations):
    where.config_file.write_bytes(b"model = '\xff'\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_settings(where, {})
    where.config_file.unlink()
    where.config_file.mkdir()
    with pytest.raises(ConfigError, match=r"config\.toml cannot be read"):
        load_settings(where, {})


def test_a_file_saved_with_a_byte_order_mark_is_read(where: Locations):
    where.config_file.write_bytes(b"\xef\xbb\xbfmodel = 'x'\n")
    assert load_settings(where, {}).model == "x"


def test_the_template_names_every_setting_and_is_valid(where: Locations):
    text = template()
    assert load(where, text) == load_settings(locations({"RECOLLECT_HOME": str(where.config / "none")}), {})
    lines = [line for line in text.splitlines() if " = " in line and line.startswith("# ")]
    switched_on = tomllib.loads("\n".join(line[2:] if line in lines else line for line in text.splitlines()))
    flat = {key for key in switched_on if not isinstance(switched_on[key], dict)}
    flat |= {f"{name}.{key}" for name, table in switched_on.items() if isinstance(table, dict) for key in table}
    assert flat == {row.key for row in describe(load_settings(where, {}))}
