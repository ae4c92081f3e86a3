"""A tiny set that everything is measured on, and the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Cli, cli, process, scripted

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Cli", "cli", "process", "scripted"]


def message(
    conversation: str, session: str, id_: str, said: str, role: str = "user", **more: object
) -> dict[str, object]:
    return {
        "type": "message", "conversation": conversation, "session": session, "id": id_,
        "speaker": "Lea" if role == "user" else "assistant", "role": role, "time": "2026-03-02T09:00:00", "text": said,
        **more,
    }  # fmt: skip


def question(conversation: str, id_: str, asked: str, **more: object) -> dict[str, object]:
    return {"type": "question", "conversation": conversation, "id": id_, "text": asked, **more}


def lookup(conversation: str, id_: str, asked: str, answer: str, *evidence: str) -> dict[str, object]:
    return question(conversation, id_, asked, answer=answer, evidence=list(evidence), category="lookup")


def lines() -> list[dict[str, object]]:
    """Two conversations with lookups, a question without an answer, an adversarial one, and a remark in its place."""
    return [
        message("diary", "march", "1", "My sister Ana adopted a puppy named Biscuit."),
        message("diary", "march", "2", "How lovely! What breed is it?", "assistant"),
        message("diary", "april", "3", "I started to learn the cello today.", time="2026-04-05T10:00:00"),
        message("diary", "april", "4", "The cello has a beautiful sound.", "assistant", time="2026-04-05T10:00:20"),
        message("diary", "may", "5", "Good evening, I am tired.", time="2026-05-01T18:00:00"),
        message("diary", "may", "6", "What happened?", "assistant", time="2026-05-01T18:00:10"),
        message("diary", "may", "7", "The puppy of my sister chewed my bow.", time="2026-05-01T18:00:20"),
        message("diary", "june", "8", "A puppy chewed my sister's bow, said the puppy of my sister.", time=None),
        message("work", "one", "1", "The deployment failed because the disk of the server was full."),
        message("work", "one", "2", "Clean up old images first.", "assistant"),
        lookup("diary", "q1", "What is the name of Ana's puppy?", "Biscuit", "1"),
        lookup("diary", "q2", "Which instrument do I learn?", "The cello", "3", "4"),
        question("diary", "q3", "Who won the election in Peru?", answer="", evidence=[], category="abstention"),
        question(
            "diary", "r1", "The puppy of my sister chewed my bow.",
            evidence_sessions=["march"], before="7", category="remark",
        ),
        lookup("work", "q1", "Why did the deployment fail?", "The disk was full.", "1"),
        question("work", "q2", "Why did the server sing?", evidence=["1"], category="adversarial"),
    ]  # fmt: skip


def write(path: Path, items: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The set of `lines` in a file."""
    return write(tmp_path / "tiny.jsonl", lines())


@pytest.fixture(autouse=True)
def _models(models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOLLECT_MODELS", str(models_folder))
