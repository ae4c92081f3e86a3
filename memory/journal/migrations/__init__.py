"""How the journal's file came to be what it is: one numbered step a file, run in order, never changed once released."""

from memory.journal.migrations import (
    m0001_log,
    m0002_vectors,
    m0003_forgetting,
    m0004_associations,
    m0005_feedback,
    m0006_forgotten,
    m0007_branches,
    m0008_recalled,
    m0009_pins,
)

APPLICATION_ID = 0x7265636F
"""SQLite's application_id of a journal ("reco")."""

MIGRATIONS = (
    m0001_log.migrate,
    m0002_vectors.migrate,
    m0003_forgetting.migrate,
    m0004_associations.migrate,
    m0005_feedback.migrate,
    m0006_forgotten.migrate,
    m0007_branches.migrate,
    m0008_recalled.migrate,
    m0009_pins.migrate,
)
"""The steps; a journal's version (SQLite's user_version) is how many of them it has had."""

__all__ = ["APPLICATION_ID", "MIGRATIONS"]
