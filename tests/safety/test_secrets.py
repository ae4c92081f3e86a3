"""Secrets in what is said: found, told, and out of every file by the policy; and ordinary talk left alone."""

from __future__ import annotations

import itertools
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.app import Assistant
from assistant.events import Committed, Packed, Screened
from memory.errors import ConfigError
from memory.secrets import SecretError, find, redacted
from memory.types import NewMessage, Role, Scope, Verdict
from tests.core.conftest import *  # noqa: F403  (its fixtures)
from tests.core.conftest import say
from tests.servers import ScriptedServer

A = "Ab3dEfGh1jKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
SECRETS = {
    f"my key is sk-{A[:48]} ok": f"sk-{A[:48]}",
    f"OPENAI_API_KEY=sk-proj-{A[:64]}": A[:64],
    f"use sk-ant-api03-{A[:60]}": A[:60],
    "the id is AKIAIOSFODNN7ABCDEFG": "AKIAIOSFODNN7ABCDEFG",
    f"token ghp_{A[:36]}, please": f"ghp_{A[:36]}",
    f"github_pat_{A[:62]}": A[:62],
    f"glpat-{A[:20]} for the runner": A[:20],
    f"xoxb-123456789012-123456789012-{A[:24].lower()}": A[:24].lower(),
    f"AIza{A[:35]}": A[:35],
    f"hf_{A[:34]}": A[:34],
    f"sk_live_{A[:24]}": A[:24],
    f"SG.{A[:22]}.{A[:43]}": A[:43],
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U": "dozjgNryP4J3",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIB\nabc\n-----END RSA PRIVATE KEY-----\nafter": "MIIEowIB",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz": "b3BlbnNz",
    "my card is 4111 1111 1111 1111, until 10/27": "4111 1111 1111 1111",
    "5555-5555-5555-4444": "5555-5555-5555-4444",
    "378282246310005": "378282246310005",
    "My wifi password is hunter2!": "hunter2!",
    "The password for the router is: Tr0ub4dor&3.": "Tr0ub4dor&3",
    "Passwort: geheim99": "geheim99",
    "mon mot de passe est Soleil2024": "Soleil2024",
    "the passphrase is 'correct horse battery'": "correct horse battery",
    "My PIN is 4932.": "4932",
    "DB_PASSWORD=pr0d-9fK2": "pr0d-9fK2",
    "password = 's3cr3tPa55'": "s3cr3tPa55",
    "postgres://admin:Zx9kQw2@db.internal/x": "Zx9kQw2",
    "curl -H 'Authorization: Bearer abcd1234efgh5678ijkl'": "abcd1234efgh5678ijkl",
    "api_key: 9f8e7d6c5b4a39281706f5e4d3c2b1a0": "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    f"npm_{A[:36]}": A[:36],
    f"pypi-AgEIcHlwaS5vcmc{A[:72]}": A[:72],
    "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1": "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1",
}
ORDINARY = [
    "My password is expired", "I forgot my password again", "the password is too weak", "order number 1234567890123456",
    "The garage code is 4417", "My phone is +49 170 1234567890", "Pin this message", "a pin is sharp", "ISBN 978-3-16-148410-0",
    "the secret is patience", "the key is to practise daily", "token: none", "my IBAN is DE89370400440532013000",
    "call 4111111111111112", "https://example.com/a/very/long/path/to/some/page-with-things?utm_source=abc123def456",
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "user@example.com", "passport X1234567",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b", "password = request.form['password']", "password must be 8 characters",
    "api_key = os.environ['OPENAI_API_KEY']", "API_KEY=<your key here>", "password: ********", "pi is 3.14159265358979323846",
]  # fmt: skip


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_found_and_taken_out_whole(text: str) -> None:
    found = find(text)
    assert found
    clean = redacted(text, found)
    assert SECRETS[text] not in clean
    assert " removed]" in clean
    assert find(clean) == (), "what was taken out once is not found again"


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_talk_is_left_alone(text: str) -> None:
    assert find(text) == ()


@settings(max_examples=150)
@given(st.text(max_size=200), st.sampled_from(list(SECRETS)), st.text(max_size=200))
def test_what_is_found_stands_in_the_text_in_order(before: str, secret: str, after: str) -> None:
    text = f"{before}\n{secret}\n{after}"
    found = find(text)
    assert found
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    assert SECRETS[secret] not in redacted(text, found) or SECRETS[secret] in before + after


def everything(home: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


KEY = f"sk-proj-{A[:50]}"


async def test_by_default_a_key_reaches_no_file_and_no_model(
    environ: dict[str, str], scripted_server: ScriptedServer, home: Path
) -> None:
    scripted_server.answers = [f"Your key is {KEY}."]
    with Assistant.open(environ) as assistant:
        chat = assistant.chat()
        events = await say(chat, f"Remember the key of the project: {KEY}. It is for the walnut garden.")
        assert isinstance(events[0], Screened)
        assert "an API key" in events[0].seen.sentence()
        assert isinstance(events[-2], Screened)
        assert events[-2].seen.sentence() == "The answer held an API key, which was taken out of what is kept."
        assert isinstance(events[1], Committed)
        assert "walnut garden" in events[1].message.text
        kept = assistant.memory.session_messages(chat.session)
        assert ["[API key removed]" in message.text for message in kept] == [True, True]
        assistant.memory.rename(chat.session, f"About {KEY}")
        assistant.memory.feedback(kept[0].id, Verdict.USEFUL, cue=f"the key {KEY}")
        assert assistant.memory.feedback(kept[0].id, None, cue=f"the key {KEY}")
        assistant.memory.feedback(kept[0].id, Verdict.USEFUL, cue=f"the key {KEY}")
        assistant.memory.entitle(chat.session, f"Of {KEY}")
        assistant.memory.flush()
        assert KEY not in str(next(event.prompt for event in events if isinstance(event, Packed)))
    assert KEY not in str(scripted_server.bodies)
    assert KEY.encode() not in everything(home)
    assert A[:50].encode() not in everything(home)


async def test_keep_keeps_and_says_so_refuse_keeps_nothing(environ: dict[str, str], home: Path) -> None:
    with Assistant.open(environ, overrides={"memory.secrets": "refuse"}) as assistant:
        with pytest.raises(SecretError, match="nothing of it was kept"):
            await say(assistant.chat(), f"walnut {KEY}")
        with pytest.raises(SecretError):
            assistant.memory.remember(NewMessage(Role.USER, f"walnut {KEY}", "s"))
        assert assistant.memory.stats().messages == 0
    assert b"walnut" not in everything(home)
    with Assistant.open(environ, overrides={"memory.secrets": "keep"}) as assistant:
        events = await say(assistant.chat(), f"walnut {KEY}")
        assert isinstance(events[0], Screened)
        assert "kept as you wrote it" in events[0].seen.sentence()
        assert KEY in assistant.memory.recall("walnut").recollections[0].message.text


async def test_a_conversation_that_is_not_remembered_is_not_looked_through(environ: dict[str, str], home: Path) -> None:
    with Assistant.open(environ) as assistant:
        events = await say(assistant.chat(remember=False), f"What is wrong with {KEY}?")
        assert not isinstance(events[0], Screened)
        assert KEY in str(next(event.prompt for event in events if isinstance(event, Packed)))
    assert KEY.encode() not in everything(home)


def test_every_way_into_the_memory_is_screened(environ: dict[str, str], home: Path) -> None:
    with Assistant.open(environ) as assistant:
        memory = assistant.memory
        memory.remember_many([NewMessage(Role.USER, f"one {KEY}", "s"), NewMessage(Role.ASSISTANT, "two", "s")])
        memory.journal.append(NewMessage(Role.TOOL, f"three {KEY}", "s"), Scope())
        assert memory.stats().messages == 3
    assert KEY.encode() not in everything(home)


def test_the_detector_is_imported_when_a_text_may_hold_a_key() -> None:
    program = (
        "import sys\nfrom memory.secrets import find\nfind('I walked the dog today, it was nice.')\n"
        "assert 'detect_secrets' not in sys.modules and 'requests' not in sys.modules\n"
        f"assert find('ghp_{A[:36]}')\nassert 'detect_secrets' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_log_holds_no_keys(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.logs import start_logging

    monkeypatch.setenv("SOME_SERVICE_TOKEN", "plainlookingvalue")
    file = home / "state" / "recollect.log"
    start_logging(file)
    log = logging.getLogger("assistant.models")
    try:
        error = ValueError(f"401 for {KEY} at https://me:pa55w0rd@host/v1?key=abcdefgh12345")
        log.error("asked with plainlookingvalue and Authorization: Bearer %s", A[:30], exc_info=error)
    finally:
        logging.getLogger().handlers[-1].close()
        logging.getLogger().handlers.pop()
    text = file.read_text()
    assert "ValueError" in text
    for secret in (KEY, A[:30], "pa55w0rd", "abcdefgh12345", "plainlookingvalue"):
        assert secret not in text
    assert text.count("[key]") >= 5


async def test_an_error_of_the_server_with_the_key_in_it_is_logged_without(
    environ: dict[str, str], scripted_server: ScriptedServer, home: Path
) -> None:
    from assistant.logs import start_logging

    start_logging(home / "state" / "recollect.log")
    scripted_server.key = "another"
    with Assistant.open(environ | {"RECOLLECT_API_KEY": KEY}) as assistant:
        await say(assistant.chat(), "Hello there")
        logging.getLogger("assistant").error("the server said: wrong key %s", KEY)
    assert any(KEY in key for key in scripted_server.keys), "the key went where it belongs"
    assert KEY.encode() not in everything(home)
    logging.getLogger().handlers.pop().close()


@pytest.mark.parametrize(
    "line", [f'model = "{KEY}"', 'base_url = "https://me:secretword@host/v1"', f'[memory]\nstore_options = {{host = "{KEY}"}}',
             'openai_api_key = "x"', '[memory]\nstore_options = {token = "x"}'],
)  # fmt: skip
def test_a_key_in_the_config_file_is_refused_with_what_to_do(line: str, environ: dict[str, str], home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text(line)
    with pytest.raises(ConfigError, match="key or password") as refused:
        Assistant.open(environ)
    assert "environment" in refused.value.hint
    assert KEY not in str(refused.value)
