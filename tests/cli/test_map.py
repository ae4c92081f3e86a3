"""`recollect map` through the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import Cli, complained, message_line

if TYPE_CHECKING:
    from pathlib import Path

BEES = "Two of my beehives swarmed last week, and old Ottavia helped me catch the bees."
STAGE = "A prison theatre rehearses improvised comedy with Ottavia on Tuesdays. \x1b[31m<b>"

TALKS = (("hives", BEES), ("stage", STAGE), ("boat", "The engine of our sailing boat will not start in cold water."))


@pytest.fixture
def notebook(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "notebook.jsonl"
    said = [message_line(text, session=name, id=name) for name, text in TALKS]
    file.write_text("\n".join(said) + "\n", encoding="utf-8")
    assert cli("import", str(file)).code == 0


@pytest.mark.usefixtures("notebook")
def test_a_tree_json_and_a_page(cli: Cli, tmp_path: Path) -> None:
    topic = cli("map", "beehives", "--json").json
    assert topic["nodes"][0] == {"id": "topic", "label": "beehives", "distance": 0, "strength": 1.0, "message": None}
    bees = next(node["id"] for node in topic["nodes"] if node["message"] and node["message"]["text"] == BEES)
    ran = cli("map", bees)
    assert ran.code == 0, ran
    assert ran.out.startswith("◆ Two of my beehives")
    assert "─ shares a name (Ottavia): " in ran.out
    assert "\x1b" not in ran.out
    found = cli("map", bees[:8], "-n", "2", "--json", "--html", str(tmp_path / "map.html")).json
    assert found["centre"] == bees
    assert [(link["kind"], link["label"]) for link in found["links"]] == [("name", "Ottavia")]
    assert "\\u003cb\\u003e" in (tmp_path / "map.html").read_text(encoding="utf-8")


def test_what_cannot_be_drawn_is_said(cli: Cli) -> None:
    complained(cli("map"), 2, "Nothing is remembered yet")
    complained(cli("map", "quantum chromodynamics"), 2, "Nothing relevant")
    complained(cli("map", "x", "-n", "1"), 2)
