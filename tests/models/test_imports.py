"""Choosing and creating a model imports nothing heavy; getting the embedded one ready does not import LangChain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from assistant.models.choose import choose
from assistant.models.create import create
from assistant.settings import Settings
for flag in ("", "openai:gpt-4o", "azure_openai:x"):
    environ = {"OPENAI_API_KEY": "k", "AZURE_OPENAI_API_KEY": "k"} if flag else {}
    create(choose(Settings(), environ, Path("."), flag), Settings(), environ, Path("."), Path("log"))
heavy = {"openai", "langchain", "langchain_core", "langchain_openai", "xllamacpp", "chromadb", "numpy", "textual",
         "httpx", "onnxruntime", "huggingface_hub"}
print(sorted(heavy & set(sys.modules)))
"""


def test_nothing_heavy(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
