"""Which model is chosen, why, and how a wrong name is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.models.choose import choose
from assistant.settings import Settings
from memory.errors import UsageError

KEY = {"OPENAI_API_KEY": "sk-test"}


def set_in(file: str, **values: object) -> Settings:
    return Settings(**values, sources=dict.fromkeys(values, file))


@pytest.mark.parametrize(
    ("settings", "environ", "flag", "name", "why", "local", "profile"),
    [
        (Settings(), {}, "", "embedded:smollm2-135m", "nothing else is set", True, "small"),
        (Settings(), KEY, "", "openai:gpt-4o-mini", "OPENAI_API_KEY is set", False, "large"),
        (Settings(), KEY, "qwen3-0.6b", "embedded:qwen3-0.6b", "asked for with --model", True, "small"),
        (Settings(), {}, "Embedded:Qwen3-4B", "embedded:qwen3-4b", "asked for with --model", True, "large"),
        (Settings(), {}, "gpt-5", "openai:gpt-5", "asked for with --model", False, "large"),
        (Settings(prompts="large"), {}, "", "embedded:smollm2-135m", "nothing else is set", True, "large"),
        (Settings(prompts="small"), KEY, "", "openai:gpt-4o-mini", "OPENAI_API_KEY is set", False, "small"),
        (
            set_in("/home/me/config.toml", model="openai:gpt-4o"),
            {},
            "",
            "openai:gpt-4o",
            "set in config.toml",
            False,
            "large",
        ),
        (set_in("RECOLLECT_MODEL", model="qwen3-4b"), KEY, "", "embedded:qwen3-4b", "RECOLLECT_MODEL is set", True,
         "large"),
        (Settings(), {}, "hf:owner/repo/tiny-0.5B-q4.gguf", "embedded:hf:owner/repo/tiny-0.5B-q4.gguf",
         "asked for with --model", True, "small"),
    ],
)  # fmt: skip
def test_rules(settings, environ, flag, name, why, local, profile, tmp_path) -> None:
    choice = choose(settings, environ, tmp_path, flag)
    assert (choice.name, choice.why, choice.local, choice.profile) == (name, why, local, profile)


@pytest.mark.parametrize(
    ("settings", "flag", "name", "base_url", "local"),
    [
        (Settings(base_url="127.0.0.1:11434/v1/"), "llama3.2:1b", "llama3.2:1b", "http://127.0.0.1:11434/v1", True),
        (Settings(base_url="https://llm.example/v1"), "big", "big", "https://llm.example/v1", False),
        (Settings(base_url="http://[::1]:8000/v1"), "", "default", "http://[::1]:8000/v1", True),
        (Settings(base_url="http://localhost:1"), "openai:gpt-x", "gpt-x", "http://localhost:1", True),
        (Settings(), "ollama:llama3.2", "ollama:llama3.2", "http://127.0.0.1:11434/v1", True),
    ],
)
def test_with_a_server_any_name_is_its_own(settings, flag, name, base_url, local, tmp_path) -> None:
    choice = choose(settings, KEY, tmp_path, flag)
    assert (choice.name, choice.base_url, choice.local) == (name, base_url, local)


def test_embedded_names_win_over_a_configured_server(tmp_path: Path) -> None:
    assert choose(Settings(base_url="http://127.0.0.1:1/v1"), {}, tmp_path, "embedded:smollm2-135m").base_url == ""


def test_openai_honours_its_own_address(tmp_path: Path) -> None:
    environ = KEY | {"OPENAI_BASE_URL": "https://proxy.example/v1"}
    assert choose(Settings(), environ, tmp_path).base_url == "https://proxy.example/v1"


def test_a_gguf_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "My-Model-7B.gguf"
    file.write_bytes(b"GGUF" + b"\0" * 100)
    choice = choose(Settings(), KEY, tmp_path, str(file))
    assert (choice.name, choice.local, choice.profile) == (f"embedded:{file}", True, "large")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("smolm2-135m", "Did you mean smollm2-135m?"),
        ("embedded:qwen3-0.6", "Did you mean qwen3-0.6b?"),
        ("entirely-else", "Embedded: smollm2-135m"),
        ("opnai:gpt-4o", "Did you mean openai:gpt-4o?"),
        ("anthropic:claude-x", "pip install langchain-anthropic"),
        ("openai:", "openai:NAME"),
        ("hf:owner/repo", "hf:owner/repo/file.gguf"),
    ],
)
def test_a_wrong_name_is_answered_with_what_would_be_right(name: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        choose(Settings(), {}, tmp_path, name)
    assert expected in str(caught.value)


def test_a_missing_file_is_answered_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "model-q4.gguf").write_bytes(b"GGUF")
    with pytest.raises(UsageError, match=r"There is no file .*model-q8\.gguf.* Did you mean .*model-q4\.gguf"):
        choose(Settings(), {}, tmp_path, str(tmp_path / "model-q8.gguf"))
    with pytest.raises(UsageError, match="There is no folder"):
        choose(Settings(), {}, tmp_path, str(tmp_path / "nowhere" / "model.gguf"))


def test_a_provider_needs_its_key(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="AZURE_OPENAI_API_KEY"):
        choose(Settings(), {}, tmp_path, "azure_openai:mine")


@pytest.mark.parametrize("url", ["ftp://x/v1", "http://", "http://a b/v1", "http://x:99999/v1"])
def test_an_address_that_is_none(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not the address of a server"):
        choose(Settings(base_url=url), {}, tmp_path, "m")
