"""MemoryStoreConformance: every check of a store as a pytest class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from memory.testing.checks import CHECKS, Check
from memory.testing.trial import NotApplicable, Trial

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from memory.store import MemoryStore, Options


class MemoryStoreConformance:
    """Subclass it in a test file, and give it the store::

    class TestMyStore(MemoryStoreConformance):
        @pytest.fixture
        def store_class(self) -> type[MemoryStore]:
            return MyStore
    """

    @pytest.fixture
    def store_class(self) -> type[MemoryStore]:
        """The store's class. To be overridden."""
        raise NotImplementedError("override the fixture store_class, and return your store's class")

    @pytest.fixture
    def store_options(self) -> Options:
        """The options it is opened with; none unless overridden."""
        return {}

    @pytest.fixture
    def trial(self, store_class: type[MemoryStore], store_options: Options, tmp_path: Path) -> Iterator[Trial]:
        """The store on trial, in this test's folder."""
        trial = Trial(store_class, tmp_path, store_options)
        yield trial
        trial.end()

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name.replace(" ", "-"))
    def test_it_holds(self, check: Check, trial: Trial) -> None:
        """One check."""
        try:
            check.run(trial)
        except NotApplicable as reason:
            pytest.skip(f"{check.name} does not apply: {reason}")
