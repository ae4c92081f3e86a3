"""Model files from the Hugging Face hub, resumed where an earlier pull broke off.

`hf_hub_download` starts from nothing after an interrupt, so its parts are used: metadata and session, and ranges.
"""

from __future__ import annotations

import logging
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from memory.artifacts.files import full_disk, is_full, open_private, require_space, sha256_of
from memory.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

    from memory.artifacts.types import HubSource, Progress

_ENDPOINT = "https://huggingface.co"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIMEOUT_SECONDS = 20.0
_PARTIAL = 206
_TRIES = 4
_PAUSE_SECONDS = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HubFile:
    """What the hub says of a file: where its bytes are, how many, its etag, and its sha256 (empty when not told)."""

    url: str
    size: int
    etag: str
    sha256: str
    headers: dict[str, str]


def describe(source: HubSource) -> HubFile:
    """Ask the hub about a file. Raises `ArtifactError` with half a sentence, which the caller completes."""
    _quiet()
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or _ENDPOINT
    with _reasons(source):
        url = hf_hub_url(source.repo, source.file, revision=source.revision, endpoint=endpoint)
        headers: dict[str, str] = build_hf_headers()
        found = get_hf_file_metadata(url, headers=headers, timeout=_TIMEOUT_SECONDS, endpoint=endpoint)
    location = found.location or url
    if urlsplit(location).netloc != urlsplit(url).netloc:
        headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
    etag = found.etag or ""
    return HubFile(location, found.size or 0, etag, etag if _SHA256.fullmatch(etag) else "", headers)


def download(
    source: HubSource, file: HubFile, target: Path, sha256: str, *, progress: Progress | None, what: str
) -> str:
    """Download a file to `target`, going on from what an earlier pull left there, and check it; returns its sha256.

    Raises `ArtifactError` with half a sentence, or `StorageError`. What was downloaded stays for the next pull, except
    when its hash is wrong.
    """
    done = target.stat().st_size if target.exists() else 0
    if done and (not file.etag or (file.size and done > file.size)):
        target.unlink()
        done = 0
    require_space(target.parent, file.size - done, what)
    with _reasons(source), open_private(target, append=True) as raw:
        _receive(file, _Sink(raw, target, file.size, progress, what))
    expected = sha256 or file.sha256
    actual = sha256_of(target, progress, f"checking {what}")
    if expected and actual != expected:
        target.unlink()
        raise ArtifactError(
            f"{source.file} on the hub has a wrong hash (sha256 {actual[:12]}… in place of {expected[:12]}…)"
        )
    return actual


class _Sink:
    """The file that is written to; tells how far it is with every block."""

    def __init__(self, raw: BinaryIO, path: Path, total: int, progress: Progress | None, what: str) -> None:
        self._raw = raw
        self._path = path
        self._total = total
        self._progress = progress
        self._what = what

    @property
    def done(self) -> int:
        """How many bytes are there."""
        return self._raw.tell()

    def restart(self) -> None:
        """Begin again with nothing."""
        self._raw.seek(0)
        self._raw.truncate()

    def write(self, block: bytes) -> None:
        """Add a block. Raises `StorageError` when the disk is full, and what `progress` raises."""
        try:
            self._raw.write(block)
            self._raw.flush()
        except OSError as error:
            if is_full(error):
                raise full_disk(self._path.parent) from error
            raise
        if self._progress:
            self._progress(self.done, self._total, self._what)


def _receive(file: HubFile, sink: _Sink) -> None:
    """Receive what is missing; a connection that breaks off is taken up again as long as that brings something."""
    tries = _TRIES
    while not file.size or sink.done < file.size:
        before = sink.done
        try:
            _receive_once(file, sink)
        except Exception as error:
            if not _is_transport(error) or tries == 1:
                raise
            _log.info("The connection broke off after %d bytes and is taken up again: %s", sink.done, error)
            time.sleep(_PAUSE_SECONDS)
        else:
            if not file.size:
                return
        tries = _TRIES if sink.done > before else tries - 1
        if tries == 0:
            raise ArtifactError(f"the hub sent {sink.done} of {file.size} bytes")


def _receive_once(file: HubFile, sink: _Sink) -> None:
    from huggingface_hub.utils import get_session, hf_raise_for_status  # type: ignore[attr-defined]

    done = sink.done
    headers = {**file.headers, "Accept-Encoding": "identity", **({"Range": f"bytes={done}-"} if done else {})}
    client = get_session()
    with client.stream("GET", file.url, headers=headers, timeout=_TIMEOUT_SECONDS, follow_redirects=True) as response:
        hf_raise_for_status(response)
        if done and response.status_code != _PARTIAL:
            sink.restart()
        for block in response.iter_raw():
            sink.write(block)


class _reasons:  # noqa: N801 - reads as a verb in a with statement
    """Turn what goes wrong with the hub into half a sentence."""

    def __init__(self, source: HubSource) -> None:
        self._source = source

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or not isinstance(error, Exception) or isinstance(error, ArtifactError):
            return
        from huggingface_hub import errors

        repo, file = self._source.repo, self._source.file
        if isinstance(error, errors.GatedRepoError):
            reason = f"{repo} asks for an account that may read it (set HF_TOKEN)"
        elif isinstance(error, errors.RepositoryNotFoundError):
            reason = f"the hub has no repository {repo} (or it is private: set HF_TOKEN)"
        elif isinstance(error, errors.RevisionNotFoundError):
            reason = f"the repository {repo} has no revision {self._source.revision}"
        elif isinstance(error, errors.EntryNotFoundError):
            reason = f"the repository {repo} has no file {file}"
        elif isinstance(error, errors.HFValidationError):
            reason = f"{repo} is not the name of a repository"
        elif isinstance(error, errors.HfHubHTTPError):
            reason = f"the hub answered {error.response.status_code} for {repo}/{file}"
        elif _is_transport(error):
            reason = "the hub cannot be reached or broke off"
        else:
            return
        raise ArtifactError(reason) from error


def _is_transport(error: BaseException) -> bool:
    """Whether it comes from the HTTP client, whichever huggingface_hub is built on, or from the socket."""
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return bool(modules & {"httpx", "httpx2", "httpcore", "httpcore2", "requests"}) or isinstance(
        error, ConnectionError | TimeoutError
    )


def _quiet() -> None:
    """Let huggingface_hub log through the program's own logging and not to stderr by itself."""
    import huggingface_hub  # noqa: F401 - sets up its logger

    logger = logging.getLogger("huggingface_hub")
    logger.handlers.clear()
    logger.propagate = True
