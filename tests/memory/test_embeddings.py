"""Embedders: the real local one against its reference vectors, and LangChain's both ways."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings

from memory import artifacts
from memory.embeddings import as_langchain, from_langchain, load_embedder, minilm, prepare, verdict
from memory.embeddings.local import LocalEmbedder
from memory.embeddings.verdict import FLOORS
from memory.errors import ArtifactError, ModelError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [
    "",
    "Hi.",
    "Ana's puppy is called Biscuit.",
    "¿Dónde está la biblioteca?",
    "a\x00b\x1b[31m",
    "half \ud83d of a pair",
    "The deployment failed because the disk was full. " * 40,
]


@pytest.fixture(scope="session")
def local(models_folder: Path) -> LocalEmbedder:
    embedder = LocalEmbedder(models_folder, precision="int8")
    embedder.prepare()
    return embedder


@pytest.fixture(scope="session")
def source(models_folder: Path) -> Path:
    """A folder that keeps the published weights, which the product removes when it has built its model."""
    folder = models_folder / "published"
    artifacts.fetch_all([minilm.WEIGHTS, minilm.TOKENIZER], folder)
    return folder / minilm.FOLDER


@pytest.fixture
def weights(source: Path, tmp_path: Path) -> Path:
    """A models folder of its own that has the published files and nothing built."""
    target = tmp_path / "models" / minilm.FOLDER
    target.mkdir(parents=True)
    for path in source.iterdir():
        if not path.name.startswith("."):
            os.link(path, target / path.name)
    return tmp_path / "models"


@pytest.fixture
def built(weights: Path, models_folder: Path, local: LocalEmbedder) -> Path:
    """The same with both built models."""
    LocalEmbedder(models_folder, precision="fp32").prepare()
    for path in (models_folder / minilm.FOLDER).glob("model-*"):
        os.link(path, weights / minilm.FOLDER / path.name)
    return weights


@pytest.mark.parametrize("precision", ["int8", "fp32"])
def test_the_vectors_agree_with_the_reference(models_folder: Path, precision: minilm.Precision) -> None:
    cosines = verdict.cosines(LocalEmbedder(models_folder, precision=precision))
    assert len(cosines) == 16
    assert cosines.min() >= FLOORS[precision]
    assert FLOORS == {"int8": 0.985, "fp32": 0.9999}


def test_a_text_has_one_vector_whatever_it_is_embedded_with(local: LocalEmbedder) -> None:
    together = local.embed(TEXTS * 30)
    assert together.shape == (len(TEXTS) * 30, local.dimension)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for place, text in enumerate(TEXTS):
        alone = local.embed([text])[0]
        assert np.array_equal(alone, together[place])
        assert np.array_equal(alone, together[-len(TEXTS) + place])


def test_no_texts_are_no_vectors(local: LocalEmbedder) -> None:
    assert local.embed([]).shape == (0, 384)


def test_a_text_is_cut_at_256_tokens_and_a_huge_one_is_no_trouble(local: LocalEmbedder) -> None:
    words = "word " * 254  # with the two special tokens, 256
    vectors = local.embed([words, words + "and more that is never read", "word " * 200_000, "x" * 1_000_000])
    assert np.array_equal(vectors[0], vectors[1])
    assert np.array_equal(vectors[0], vectors[2])
    assert not np.array_equal(vectors[0], local.embed(["word " * 253])[0])


def test_meaning_is_near_meaning(local: LocalEmbedder) -> None:
    question, answer, other = local.embed(
        ["What is my sister's dog called?", "My sister named her puppy Biscuit.", "The invoice is due on Friday."]
    )
    assert question @ answer > question @ other + 0.2


def test_threads_at_once_get_the_same_vectors(local: LocalEmbedder) -> None:
    right = local.embed(TEXTS)
    with ThreadPoolExecutor(8) as pool:
        for vectors in pool.map(local.embed, [TEXTS] * 16):
            assert np.array_equal(vectors, right)


def test_naming_it_imports_nothing_heavy(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from memory.embeddings import load_embedder
local = load_embedder("local", Path(sys.argv[1]))
remote = load_embedder("openai:text-embedding-3-small", Path(sys.argv[1]))
assert (local.name, local.dimension, remote.name) == ("all-MiniLM-L6-v2", 384, "openai:text-embedding-3-small")
heavy = {"numpy", "onnx", "onnxruntime", "tokenizers", "langchain", "langchain_core", "openai", "huggingface_hub"}
print(sorted(heavy & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert (ran.stdout.strip(), ran.stderr) == ("[]", "")
    assert list(tmp_path.iterdir()) == []


def test_the_engine_reports_nothing_and_leaves_no_trace(weights: Path, tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from memory.embeddings import load_embedder
assert load_embedder("local", Path(sys.argv[1])).embed(["Hi."]).shape == (1, 384)
"""
    surroundings = {**os.environ, "HOME": str(tmp_path / "user"), "LOCALAPPDATA": str(tmp_path / "user")}
    surroundings.pop("XDG_CACHE_HOME", None)
    (tmp_path / "user").mkdir()
    command = [sys.executable, "-c", script, str(weights)]
    ran = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")
    assert list((tmp_path / "user").iterdir()) == []


def test_the_model_is_built_once_and_the_weights_are_let_go(weights: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    (weights / minilm.FOLDER / ".build-killed").mkdir()
    (weights / minilm.FOLDER / ".model-int8.1.onnx.1.new").write_bytes(b"half")
    first = load_embedder("local", weights)
    prepare(first, lambda done, total, what: told.append(what))
    assert any("building" in what for what in told)
    names = {path.name for path in (weights / minilm.FOLDER).iterdir()}
    assert not {"model.safetensors", ".build-killed", ".model-int8.1.onnx.1.new"} & names
    assert {name for name in names if name.endswith(".onnx")} <= {"model-int8.1.onnx", "model-fp32.1.onnx"}
    if os.name != "nt":
        built = [path for path in (weights / minilm.FOLDER).iterdir() if path.name.startswith(("model-", "machines"))]
        assert {path.stat().st_mode & 0o777 for path in built} == {0o600}
    again: list[str] = []
    second = load_embedder("all-MiniLM-L6-v2", weights)
    prepare(second, lambda done, total, what: again.append(what))
    assert again == []
    assert np.array_equal(second.embed(["same"]), first.embed(["same"]))
    assert capfd.readouterr() == ("", "")


def test_where_int8_is_not_faithful_fp32_is_used_and_remembered(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLOORS, "int8", 1.1)
    first = LocalEmbedder(built)
    first.prepare()
    assert first.precision == "fp32"
    monkeypatch.setattr(verdict, "cosines", None)  # would fail if it were measured again
    second = LocalEmbedder(built)
    second.prepare()
    assert second.precision == "fp32"


def test_a_folder_that_cannot_be_written_will_do(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm.os, "access", lambda path, mode: False)  # root may write everywhere
    before = sorted(built.rglob("*"))
    embedder = LocalEmbedder(built)
    assert embedder.embed(["x"]).shape == (1, 384)
    assert sorted(built.rglob("*")) == before


def test_where_neither_is_faithful_it_is_said(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLOORS, "int8", 1.1)
    monkeypatch.setitem(FLOORS, "fp32", 1.1)
    with pytest.raises(ModelError, match="wrong vectors on this machine"):
        LocalEmbedder(built).prepare()


@pytest.mark.parametrize("damage", ["cut", "same size"])
def test_a_damaged_model_is_made_again(built: Path, damage: str) -> None:
    path = minilm.onnx_path(built, "int8")
    size = path.stat().st_size
    path.unlink()  # the file is shared with other tests
    path.write_bytes(b"\xff" * (1000 if damage == "cut" else size))
    embedder = LocalEmbedder(built, precision="int8")
    assert verdict.cosines(embedder).min() >= FLOORS["int8"]
    assert minilm.onnx_path(built, "int8").stat().st_size == size


def test_without_network_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ArtifactError, match="could not be pulled") as caught:
        load_embedder("local", tmp_path / "models").embed(["x"])
    assert "model.safetensors" in caught.value.hint


@pytest.mark.parametrize("name", ["", "locl", "openai:", ":model"])
def test_a_wrong_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no embedder"):
        load_embedder(name, tmp_path)


def test_ours_is_a_langchain_embeddings(local: LocalEmbedder) -> None:
    theirs = as_langchain(local)
    assert isinstance(theirs, Embeddings)
    assert np.allclose(theirs.embed_query("cello"), local.embed(["cello"])[0])
    assert np.allclose(theirs.embed_documents(TEXTS), local.embed(TEXTS))


def test_any_langchain_embeddings_is_one_of_ours() -> None:
    ours = from_langchain(DeterministicFakeEmbedding(size=17), "fake:17")
    assert ours.name == "fake:17"
    assert ours.dimension == 17
    vectors = ours.embed(["a", "", "a"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.array_equal(vectors[0], vectors[2])
    assert ours.embed([]).shape == (0, 17)


class Odd(Embeddings):
    def __init__(self, rows: list[list[float]]) -> None:
        self.rows = rows

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.rows

    def embed_query(self, text: str) -> list[float]:
        return self.rows[0]


@pytest.mark.parametrize(
    "rows", [[], [[1.0, 2.0]], [[1.0], [1.0, 2.0]], [[0.0, 0.0], [1.0, 0.0]], [[float("nan")], [1.0]], [["x"], ["y"]]]
)
def test_nonsense_from_a_provider_is_said(rows: list[list[float]]) -> None:
    with pytest.raises(ModelError, match="nonsense"):
        from_langchain(Odd(rows), "odd:one").embed(["a", "b"])


class _OpenAI(BaseHTTPRequestHandler):
    """Embeds each text as (its length, 1); refuses every key but one."""

    def do_POST(self) -> None:
        import json

        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = 200, {}
        if self.headers["Authorization"] != "Bearer right":
            status, answer = 401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}
        elif body["model"] != "tiny":
            status, answer = 404, {"error": {"message": "The model does not exist", "code": "model_not_found"}}
        else:
            rows = [{"index": n, "embedding": [len(text), 1.0]} for n, text in enumerate(body["input"])]
            answer = {"data": rows, "model": "tiny", "object": "list", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def test_a_provider_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _OpenAI)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("OPENAI_API_KEY", "right")
    try:
        embedder = load_embedder("openai:tiny", tmp_path)
        vectors = embedder.embed(["abc", "a"])
        assert embedder.dimension == 2
        assert np.allclose(vectors, [[3 / 10**0.5, 1 / 10**0.5], [0.5**0.5, 0.5**0.5]])
        with pytest.raises(ModelError) as wrong_name:
            load_embedder("openai:huge", tmp_path).embed(["a"])
        assert "model's name" in wrong_name.value.hint
        monkeypatch.setenv("OPENAI_API_KEY", "wrong")
        with pytest.raises(ModelError) as wrong_key:
            load_embedder("openai:tiny", tmp_path).embed(["a"])
        assert "key" in wrong_key.value.hint
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(ModelError) as gone:
        load_embedder("openai:tiny", tmp_path).embed(["a"])
    assert "network" in gone.value.hint
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ModelError) as no_key:
        load_embedder("openai:tiny", tmp_path).embed(["a"])
    assert "key" in no_key.value.hint


def test_a_provider_that_is_not_installed_or_not_known(tmp_path: Path) -> None:
    for name in ("ollama:nomic-embed-text", "nobody:model"):
        with pytest.raises(ModelError, match=name):
            load_embedder(name, tmp_path).embed(["a"])
