"""The example of a store of one's own: installed from its package, found by name, checked, and used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "sqlite-store"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that pip has installed the example into."""
    source = tmp_path_factory.mktemp("example") / "sqlite-store"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--target", str(target), str(source)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return target


def _run(installed: Path, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(installed), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=240, env=environment, cwd=folder,
        check=False,
    )  # fmt: skip


def test_it_is_shorter_than_120_lines() -> None:
    assert len((EXAMPLE / "recollect_sqlite.py").read_text(encoding="utf-8").splitlines()) < 120


def test_it_is_listed_and_passes_every_check_of_the_command(installed: Path) -> None:
    listed = _run(installed, "-m", "assistant.cli", "stores")
    assert "sqlite" in listed.stdout
    assert "recollect-sqlite 1.0.0" in listed.stdout
    checked = _run(installed, "-m", "assistant.cli", "stores", "check", "sqlite")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "sqlite: 18 of 18 checks hold." in checked.stdout


def test_its_own_tests_pass(installed: Path, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "test_recollect_sqlite.py", tmp_path)
    done = _run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path), folder=tmp_path)
    assert "18 passed" in done.stdout, done.stdout


def test_a_memory_lives_on_it(installed: Path, tmp_path: Path, models_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from memory.memory import Memory; from memory.types import *\n"
        "from memory.embeddings import load_embedder\n"
        "embedder = load_embedder('local', Path(sys.argv[2]))\n"
        "with Memory.open(Path(sys.argv[1]), embedder=embedder, store='sqlite', background=False) as memory:\n"
        "    memory.remember(NewMessage(Role.USER, 'My passport expires on 3 March 2027.', 'a'))\n"
        "    assert memory.flush()\n"
        "    print(memory.recall('When does my passport expire?').recollections[0].message.text)\n"
    )
    done = _run(installed, "-c", code, str(tmp_path / "memory"), str(models_folder))
    assert "3 March 2027" in done.stdout, done.stderr
    assert [path.suffix for path in (tmp_path / "memory" / "sqlite").iterdir()] == [".db"]
