from __future__ import annotations

import logging
import stat
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.logs import start_logging


@pytest.fixture(autouse=True)
def _quiet_again() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    logging.captureWarnings(False)
    yield
    for handler in [each for each in root.handlers if each not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    logging.captureWarnings(False)


def test_ours_from_info_others_from_warning(home: Path, capfd: pytest.CaptureFixture[str]):
    file = home / "state" / "recollect.log"
    assert start_logging(file)
    logging.getLogger("assistant.chat").info("turn complete")
    logging.getLogger("memory.x").debug("too much")
    logging.getLogger("openai._base_client").info("the text of a message")
    logging.getLogger("chromadb").warning("careful")
    warnings.warn("old thing", stacklevel=1)
    text = file.read_text()
    assert "turn complete" in text
    assert "careful" in text
    assert "old thing" in text
    assert "too much" not in text
    assert "the text of a message" not in text
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")
def test_the_log_is_the_users_alone(home: Path):
    file = home / "state" / "recollect.log"
    start_logging(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_log_that_cannot_be_written_stops_nothing(home: Path, capfd: pytest.CaptureFixture[str]):
    home.write_text("a file where the folder should be")
    assert not start_logging(home / "recollect.log")
    logging.getLogger("assistant").error("lost")
    assert capfd.readouterr() == ("", "")


def test_it_rotates_and_can_be_moved(home: Path):
    start_logging(home / "one.log")
    start_logging(home / "two.log")
    for _ in range(1200):
        logging.getLogger("assistant").info("x" * 1000)
    assert (home / "one.log").read_text() == ""
    assert (home / "two.log.1").exists()
    assert (home / "two.log").stat().st_size < 1_000_000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_silent(home: Path, capfd: pytest.CaptureFixture[str]):
    home.mkdir()
    link = home / "recollect.log"
    link.symlink_to("/dev/full")
    start_logging(link)
    logging.getLogger("assistant").error("lost")
    assert capfd.readouterr() == ("", "")
