"""What every test may use: a home of its own, the real models pulled once a machine, and no network but loopback."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import platformdirs
import pytest
from hypothesis import HealthCheck, settings

from tests.servers import ScriptedServer

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a law holds on a slow machine too


def pytest_configure() -> None:
    """Let Ctrl-C be tried: what a shell starts in the background ignores it, and so do its children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors, four at most: many tests wait for a process or a server of theirs."""
    return min(4, (os.cpu_count() or 1) + 1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side files stay whole, as their tests share what they make.

    Documents take longest: each goes by itself, before all else.
    """
    apart = "tests/docs/test_commands.py"
    for item in items:
        file = item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(item.nodeid if file == apart else file))
    items.sort(key=lambda item: not item.nodeid.startswith(apart))


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's reaches a test: home, settings, keys."""
    for name in list(os.environ):
        if name.startswith("RECOLLECT_") and name != "RECOLLECT_TEST_MODELS":
            monkeypatch.delenv(name)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HF_ENDPOINT", "HF_TOKEN", "NO_COLOR", "LANGSMITH_TRACING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECOLLECT_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """Where the real models are kept between test runs; pulled on demand by the product's own code."""
    named = os.environ.get("RECOLLECT_TEST_MODELS")
    folder = Path(named) if named else Path(platformdirs.user_cache_dir("recollect-tests"))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Poll until a condition holds; fails after ten seconds."""

    def wait(condition: Callable[[], bool], timeout: float = 10.0) -> None:
        deadline = time.monotonic() + timeout
        pause = __import__("threading").Event()
        while not condition():
            assert time.monotonic() < deadline, f"waited {timeout} s in vain"
            pause.wait(0.01)

    return wait


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """The same for asynchronous tests."""

    async def wait(condition: Callable[[], bool], timeout: float = 10.0) -> None:
        async with asyncio.timeout(timeout):
            while not condition():
                await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The RECOLLECT_HOME of this test."""
    yield tmp_path / "home"


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    """A loopback OpenAI-compatible server; set its `answers`, `mode` and `modes` in the test."""
    with ScriptedServer() as server:
        yield server
