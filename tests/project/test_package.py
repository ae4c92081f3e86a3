"""The wheel: what is in it, and that what is installed from it runs without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env={**os.environ, **environment})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what git knows, so that the checkout is left alone."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    for package in ("assistant", "memory", "prompts", "tests", "benchmarks"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                target = source / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    built = _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source))
    assert built.returncode == 0, built.stderr
    return next(out.glob("*.whl"))


def test_only_the_three_packages_are_in_the_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"assistant", "memory", "prompts"}
    for package in ("assistant", "memory", "prompts"):
        assert f"{package}/py.typed" in names


def test_every_package_on_disk_and_every_data_file_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in ("assistant", "memory", "prompts"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and path.suffix in {".py", ".md", ".tcss", ".json", ".npz", ".sql"}:
                assert path.relative_to(ROOT).as_posix() in names


def test_what_is_installed_from_the_wheel_runs_by_its_one_command(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    done = _run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (target / "bin").iterdir()] == ["recollect"]
    code = (
        "import assistant, sys; from assistant.cli import main;"
        "print(assistant.__file__); sys.argv = ['recollect', 'where']; main()"
    )
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True, text=True, cwd=tmp_path, timeout=60,
        env={**os.environ, "PYTHONPATH": str(target), "RECOLLECT_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert str(target) in ran.stdout
    assert str(tmp_path / "home") in ran.stdout


def test_pins_name_no_host_and_cover_every_dependency() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in pins
    assert "@" not in pins
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in pins.splitlines() if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    for line in wanted:
        name = line.split(">=")[0].split("[")[0].split(";")[0].strip().lower().replace("_", "-")
        assert name in pinned | {"pip", "setuptools"}, name
