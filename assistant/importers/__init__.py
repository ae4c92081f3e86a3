"""Bringing in conversations from elsewhere; one module for each format, loaded when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from assistant.importers.base import Importer, Item, Passed, Problem
from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS: Mapping[str, str] = {"jsonl": "assistant.importers.jsonl:JsonLines"}
"""Name of a format -> where its importer is, as `module:class`."""


def importer(name: str) -> Importer:
    """The importer of this format. Raises `UsageError` that names the formats there are."""
    where = FORMATS.get(name)
    if where is None:
        raise UsageError(f"The format {name!r} is not known.", f"There is: {', '.join(FORMATS)}.")
    module, _, attribute = where.partition(":")
    return cast("Importer", getattr(import_module(module), attribute)())


__all__ = ["FORMATS", "Importer", "Item", "Passed", "Problem", "importer"]
