"""The tables in the documents say what the code does."""

from __future__ import annotations

import subprocess
import sys

from tests.docs.walk import ROOT


def test_tables_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "tables.py"), "--check"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
