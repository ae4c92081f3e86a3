"""`recollect stores`: what there is, and whether it does what it must."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Cli

_IN_MEMORY = '{"class": "langchain_core.vectorstores:InMemoryVectorStore"}'


def test_they_are_listed_with_the_one_in_use(cli: Cli) -> None:
    ran = cli("stores")
    assert ran.code == 0
    rows = {line.split()[0]: line.split()[1] for line in ran.out.splitlines()}
    assert rows == {"chroma": "yes", "langchain": "-", "memory": "-"}
    found = cli("stores", "--json", env={"RECOLLECT_MEMORY_STORE": "memory"}).json
    assert found["used"] == "memory"
    assert [each["name"] for each in found["stores"]] == ["chroma", "langchain", "memory"]
    assert all(each["path"].startswith("memory.stores.") for each in found["stores"])


def test_a_check_tells_what_holds(cli: Cli) -> None:
    ran = cli("stores", "check", "memory")
    assert ran.code == 0
    assert "memory: 16 of 16 checks hold, and 2 do not apply." in ran.out
    assert "The nearest come first, and scores are cosines." in ran.out


def test_the_one_in_use_is_checked_with_its_own_options(cli: Cli) -> None:
    used = {"RECOLLECT_MEMORY_STORE": "langchain", "RECOLLECT_MEMORY_STORE_OPTIONS": _IN_MEMORY}
    found = cli("stores", "check", "--json", env=used).json
    assert (found["store"], found["passes"]) == ("langchain", True)
    assert {check["result"] for check in found["checks"]} == {"holds", "does not apply"}


def test_what_is_wrong_is_said_in_one_sentence(cli: Cli) -> None:
    for arguments, env, code, said in (
        (("stores", "check", "chrom"), {}, 2, "Did you mean 'chroma'?"),
        (("stores", "check", "langchain"), {}, 2, "package.module:Class"),
        (("stores", "check", "\x1b[31m"), {}, 2, "There is no store"),
        (("stores", "chekc"), {}, 2, "chekc"),
        (
            ("stores", "check"),
            {"RECOLLECT_MEMORY_STORE_OPTIONS": '{"host": "127.0.0.1", "port": 9}'},
            1,
            "127.0.0.1:9",
        ),
    ):
        ran = cli(*arguments, env=env)
        assert ran.code == code, ran.err
        assert said in ran.err
        assert ran.out == ""
        assert "\x1b" not in ran.err


def test_a_store_that_fails_is_told_by_the_exit_code(cli: Cli, monkeypatch) -> None:
    from memory.stores.inmemory import InMemoryStore

    monkeypatch.setattr(InMemoryStore, "page", lambda self, after=None, limit=0: [])
    ran = cli("stores", "check", "memory")
    assert ran.code == 1
    assert "fails" in ran.out
    assert "But " in ran.out


def test_options_belong_to_the_store_they_were_set_for(cli: Cli) -> None:
    file = Path(cli("where", "--json").json["config"]["path"])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[memory.store_options]\nhost = "h"\n[memory]\nstore = "chroma"\n', encoding="utf-8")

    def options(*arguments: str, env: dict[str, str] | None = None) -> object:
        rows = cli(*arguments, "config", "--json", env=env).json["settings"]
        (found,) = [row["value"] for row in rows if row["key"] == "memory.store_options"]
        return found

    assert options() == {"host": "h"}
    assert options(env={"RECOLLECT_MEMORY_STORE": "chroma"}) == {"host": "h"}
    assert options(env={"RECOLLECT_MEMORY_STORE": "memory"}) == {}


def test_a_key_in_the_settings_of_a_store_is_refused_and_a_variable_is_not(cli: Cli) -> None:
    file = Path(cli("where", "--json").json["config"]["path"])
    file.parent.mkdir(parents=True, exist_ok=True)
    head = '[memory]\nstore = "langchain"\n[memory.store_options]\nclass = "a:B"\n[memory.store_options.arguments]\n'
    for line in ('api_key = "sk-1"', 'connection = "postgresql://me:hunter2@host/db"'):
        file.write_text(head + line + "\n", encoding="utf-8")
        ran = cli("stores")
        assert ran.code == 2
        assert 'write "${NAME}" here' in ran.err
        assert "hunter2" not in ran.err
    for line in ('api_key = "${MY_KEY}"', 'connection = "postgresql://me:${PASSWORD}@host/db"'):
        file.write_text(head + line + "\n", encoding="utf-8")
        assert cli("stores").code == 0
