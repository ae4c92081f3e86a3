"""The one family of errors that recollect raises on purpose.

    RecollectError
    ├── UsageError            the caller asked for something that cannot be meant (exit code 2)
    ├── ConfigError           a setting is wrong: names the file, the key and the nearest valid key
    ├── StorageError          a folder or a file cannot be read or written (full disk, permissions)
    │   └── JournalError      the journal cannot be used (newer version, not a journal, damaged)
    ├── IndexMismatchError    an index was made by another embedder or store than the one asked for
    ├── ArtifactError         a model file cannot be had (no network, wrong hash, unknown name)
    └── ModelError            a chat model or embedder failed (wrong key, unknown name, hang, nonsense)

Every front door shows `message` and then `hint`, in the way that suits it; none shows a traceback.
"""


class RecollectError(Exception):
    """What happened, where, and what to do about it.

    Attributes:
        message: one sentence that says what happened and where.
        hint: one sentence that says what to do; may be empty.
        exit_code: the exit code a command ends with.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(RecollectError):
    """The caller asked for something that cannot be meant."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting is wrong; the message names the file and the key."""


class StorageError(RecollectError):
    """A folder or a file cannot be read or written."""


class JournalError(StorageError):
    """The journal cannot be used: of a newer version, damaged, or not a journal."""


class IndexMismatchError(RecollectError):
    """An index was made with another embedder, dimension or store than the one asked for."""


class ArtifactError(RecollectError):
    """A model file cannot be had: no network, a wrong hash, an unknown name."""


class ModelError(RecollectError):
    """A chat model or an embedder failed."""
