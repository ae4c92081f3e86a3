"""`recollect learn` through the command line."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from .conftest import Cli, complained, message_line

if TYPE_CHECKING:
    from pathlib import Path

TALK = [
    ("My passport expires in March.", "When does my passport run out?", "The passport photo of Ana is funny."),
    ("The tax form is in the blue box.", "Where is the tax form?", "The tax office is closed on Friday."),
    ("I started learning to play the cello.", "Which instrument do I play?", "The cello case is heavy."),
    ("My sister Ana adopted a puppy, Biscuit.", "Who has a puppy?", "A puppy sleeps a lot."),
    ("The plumber comes on Thursday at nine.", "When does the plumber come?", "The plumber was friendly."),
    ("The spare key lies under the flower pot.", "Where is the spare key?", "The spare key is rusty."),
]


def test_too_few_verdicts_are_refused_and_there_is_nothing_to_undo(cli: Cli) -> None:
    complained(cli("learn"), 2, "too little")
    assert cli("learn", "--undo").out == "nothing was learned; the weights of the package hold\n"
    assert cli("learn", "--undo", "--json").json == {"undone": None}


def test_it_learns_says_how_the_check_went_and_goes_back(cli: Cli, tmp_path: Path, home: Path) -> None:
    file = tmp_path / "talk.jsonl"
    said = [text for text, _, decoy in TALK for text in (text, decoy)]
    lines = [message_line(text, number, session=f"s{number}") for number, text in enumerate(said)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    cli("import", str(file))
    for text, cue, decoy in TALK:
        ids = {item["text"]: item["id"] for item in cli("recall", cue, "--json").json["recollections"]}
        cli("feedback", ids[text], "useful", "--cue", cue)
        cli("feedback", ids[decoy], "wrong", "--cue", cue)
    learned = cli("learn", "--json").json
    assert learned["useful"] == len(TALK)
    assert learned["questions"] > 100
    check = learned["public check, evidence in the first ten"]
    assert check["after"] >= check["before"] - 0.002
    assert stat.S_IMODE((home / "memory" / "learned.json").stat().st_mode) == 0o600
    text, cue, _ = TALK[0]
    assert cli("recall", cue, "--json").json["recollections"][0]["text"] == text
    assert cli("learn", "--undo").out.startswith("undid what was learned on 20")
    assert "public questions" in cli("learn").out
