from __future__ import annotations

from pathlib import Path

import pytest

import prompts
from prompts import PromptError, fill, load


@pytest.mark.parametrize("profile", ["small", "large"])
def test_the_shipped_prompts_load(profile: str):
    found = load(profile)
    assert found.profile == profile
    assert "{message}" in found.message
    assert "{notes}" in found.notes
    for text in (found.system, *(part for each in found.examples for part in (each.user, each.assistant))):
        assert "{" not in text, "what is stable has no placeholder"
    assert not found.page or found.page.index("{notes}") < found.page.index("{message}")


def own(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_file_wins_file_by_file(tmp_path: Path):
    own(tmp_path, "large/system.md", "<!-- mine -->\nBe a pirate.\n")
    mine, shipped = load("large", tmp_path), load("large")
    assert mine.system == "Be a pirate."
    assert mine.notes == shipped.notes
    assert load("small", tmp_path) == load("small")


def test_an_empty_file_takes_a_part_away(tmp_path: Path):
    own(tmp_path, "small/page.md", "")
    own(tmp_path, "small/examples.md", "")
    found = load("small", tmp_path)
    assert found.page == ""
    assert found.examples == ()


def test_examples_are_turns(tmp_path: Path):
    own(tmp_path, "large/examples.md", "# User\nHi\n# Assistant\nBye {x}\n")
    with pytest.raises(PromptError, match=r"unknown placeholder \{x\}"):
        load("large", tmp_path)
    own(tmp_path, "large/examples.md", "# User\nHi\n\n# Assistant\n## Hello\nthere\n# User\nBye\n# Assistant\nBye\n")
    first, second = load("large", tmp_path).examples
    assert (first.user, first.assistant) == ("Hi", "## Hello\nthere")
    assert (second.user, second.assistant) == ("Bye", "Bye")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("large/sytem.md", "x", ["sytem.md is not a prompt", "large/system.md"]),
        ("system.md", "x", ["is not a prompt", "small/system.md"]),
        ("large/notes.md", "{notes} {mesage}", ["notes.md", "{mesage}", "{message}"]),
        ("large/notes.md", "{notes}", ["notes.md", "lacks", "{message}"]),
        ("large/notes.md", "", ["notes.md is empty"]),
        ("large/system.md", "Today is {today}.", ["system.md", "{today}", "none"]),
        ("large/examples.md", "Hello", ["examples.md", "# User"]),
        ("large/examples.md", "# User\nHi\n", ["examples.md", "# Assistant"]),
        ("large/examples.md", "# Assistant\nHi\n# User\nHi\n", ["examples.md", "# User"]),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, name: str, text: str, said: list[str]):
    own(tmp_path, name, text)
    with pytest.raises(PromptError) as caught:
        load("large", tmp_path)
    for part in said:
        assert part in f"{caught.value.message} {caught.value.hint}"


def test_bytes_that_are_no_text(tmp_path: Path):
    own(tmp_path, "large/system.md", "").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PromptError, match="UTF-8"):
        load("large", tmp_path)


def test_leftovers_of_editors_are_let_be(tmp_path: Path):
    own(tmp_path, "large/system.md~", "x")
    own(tmp_path, ".DS_Store", "x")
    assert load("large", tmp_path) == load("large")


def test_an_unknown_profile():
    with pytest.raises(PromptError, match="'tiny'"):
        load("tiny")


def test_braces_in_a_value_stay():
    assert fill("{notes} | {message}", notes="{message} {", message="{notes} {today} }") == (
        "{message} { | {notes} {today} }"
    )


def test_everything_promised_is_there():
    assert all(hasattr(prompts, name) for name in prompts.__all__)
