"""Secrets at the command line: told at once, counted in imports; keys for providers in the keyring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from tests.cli.conftest import Cli, complained, message_line
from tests.servers import ScriptedServer

KEY = "sk-proj-Ab3dEfGh1jKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKl"


def everything(home: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_one_is_told_at_once(cli: Cli, scripted: ScriptedServer, home: Path) -> None:
    ran = cli("ask", f"Remember that my key is {KEY}")
    assert ran.code == 0
    assert "an API key, which was taken out" in ran.err
    assert KEY.encode() not in everything(home)
    refused = cli("ask", f"my key is {KEY}", env={"RECOLLECT_MEMORY_SECRETS": "refuse"})
    complained(refused, 2, "API key", "nothing of it was kept")
    kept = cli("ask", "My card is 4111 1111 1111 1111", env={"RECOLLECT_MEMORY_SECRETS": "keep"})
    assert "a card number, and it is kept" in kept.err


@pytest.mark.parametrize(
    ("policy", "added", "told"), [("redact", 3, "taken out"), ("keep", 3, "kept"), ("refuse", 1, "taken in")]
)
def test_an_import_counts_them(policy: str, added: int, told: str, cli: Cli, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    said = [f"the key is {KEY}", "a walnut tree", "My wifi password is hunter2!"]
    file.write_text("\n".join(message_line(text, number) for number, text in enumerate(said)))
    ran = cli("import", str(file), "--json", env={"RECOLLECT_MEMORY_SECRETS": policy})
    assert (ran.json["added"], ran.json["secrets"]) == (added, 2)
    assert "2 messages held keys, passwords or card numbers: " in ran.err
    assert told in ran.err
    assert (KEY.encode() in everything(home)) is (policy == "keep")
    assert (b"hunter2!" in everything(home)) is (policy == "keep")


class Ring(KeyringBackend):
    """A keyring in this process."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


@pytest.fixture
def ring() -> Iterator[Ring]:
    before, made = keyring.get_keyring(), Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_key_in_the_keyring_is_used_and_in_no_file(
    cli: Cli, scripted: ScriptedServer, ring: Ring, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.environ", dict(__import__("os").environ))
    scripted.key = KEY
    assert cli("ask", "Hello").code != 0
    assert cli("models", "key", "server", stdin=f"{KEY}\n").code == 0
    assert ring.kept == {("recollect", "RECOLLECT_API_KEY"): KEY}
    assert cli("ask", "Hello").out.startswith("Biscuit")
    assert KEY.encode() not in everything(home)
    assert (home / "keys").read_text() == "RECOLLECT_API_KEY\n"
    assert (home / "keys").stat().st_mode & 0o077 == 0
    assert cli("models", "key", "server", "--remove").code == 0
    assert not ring.kept
    assert cli("models", "key", "server", "--remove").code == 1
    complained(cli("models", "key", "nobody", stdin="x"), 2, "no key called", "openai")
    complained(cli("models", "key", "openai", stdin=" \n"), 2, "no key")


def test_without_a_keyring_one_is_told(cli: Cli) -> None:
    from keyring.backends.fail import Keyring as NoKeyring

    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    try:
        complained(cli("models", "key", "openai", stdin=KEY), 1, "keyring cannot be used", "environment")
    finally:
        keyring.set_keyring(before)
