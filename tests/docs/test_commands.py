"""Every command in the documents is run, in the order in which a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.walk import ROOT, blocks, commands, documents, write_samples
from tests.servers import ScriptedServer

_EMBEDDED = ("README.md", "models.md")
"""Documents whose answers the real embedded model gives; in the others they come from a scripted server, in no time."""

_MAKE = {"chat", "setup", "test", "check", "format", "constraints", "clean"}


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_commands(document: Path, tmp_path: Path, models_folder: Path) -> None:
    write_samples(document, tmp_path)
    with ScriptedServer(
        ["Your sister's dog is Biscuit; the code is 2580; your passport expires in March; the tuner comes on Thursday."]
        * 50
    ) as server:
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "RECOLLECT_HOME": str(tmp_path / "home"),
            "RECOLLECT_MODELS": str(models_folder),
            "OPENAI_BASE_URL": server.url,
            "HF_ENDPOINT": "http://127.0.0.1:9",
        }
        if document.name not in _EMBEDDED:
            environment["RECOLLECT_BASE_URL"] = server.url
        for command in commands(document):
            _run(command.line, server.url, environment, tmp_path)


def _run(line: str, url: str, environment: dict[str, str], folder: Path) -> None:
    """Run one line as the reader would; a server or a key that the reader has is the loopback one here."""
    if line.startswith("make"):
        assert line.split()[1] in _MAKE
        return
    if line in ("pip install .", "recollect"):
        return
    if line.startswith("python -m benchmarks"):
        line = f"{line} --quick"
        folder = ROOT
    line = re.sub(r"http://localhost:\d+/v1", url, line)
    if "OPENAI_API_KEY" in line or "openai:" in line:
        environment = {**environment, "OPENAI_API_KEY": "sk-not-a-real-one"}
    if line.startswith("export "):
        name, value = line.removeprefix("export ").split("=", 1)
        environment[name] = value
        return
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        capture_output=True, text=True, env=environment, cwd=folder, timeout=240, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    expected = (1,) if "hf:" in line else (0,)
    assert done.returncode in expected, f"{line}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr


def test_the_readme_library_example_runs(tmp_path: Path, models_folder: Path) -> None:
    ((_, code),) = blocks(ROOT / "README.md", "python")
    (tmp_path / "models").symlink_to(models_folder, target_is_directory=True)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Biscuit" in done.stdout


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name}: {target}"
