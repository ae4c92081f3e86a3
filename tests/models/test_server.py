"""Servers: what is sent, what comes back, and each way in which it can go wrong."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from assistant.models.base import ChatModel
from assistant.models.choose import choose
from assistant.models.create import create
from assistant.settings import Settings
from memory.errors import ModelError
from tests.models.conftest import ask, chat, page
from tests.servers import ScriptedServer

HELLO = chat("Be kind.", "Hello?", "Yes?", "Who are you?")


async def test_a_chat_streams_with_its_usage(scripted_server: ScriptedServer, served) -> None:
    scripted_server.answers = ["I am a script."]
    scripted_server.cached_tokens = 3
    model = served()
    answer = await ask(model, HELLO, 50)
    assert answer.text == "I am a script."
    assert len(answer.pieces) >= 4
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.cached_tokens) == (7, 4, 3)
    body = scripted_server.bodies[0]
    assert [(each["role"], each["content"]) for each in body["messages"]] == [
        ("system", "Be kind."), ("user", "Hello?"), ("assistant", "Yes?"), ("user", "Who are you?"),
    ]  # fmt: skip
    assert (body["model"], body["temperature"], body["max_tokens"], body["stream"]) == ("scripted", 0.0, 50, True)
    assert not model.counts_exactly


async def test_a_page_goes_to_completions_with_its_stops(scripted_server: ScriptedServer, served) -> None:
    scripted_server.answers = ["Biscuit.\nQ: more"]
    answer = await ask(served(), page("Q: The dog?\nA:", stop=("\n",)), 9)
    assert answer.text == "Biscuit.", "cut here, for the server did not stop"
    assert scripted_server.paths[-1] == "/v1/completions"
    assert scripted_server.bodies[0]["prompt"] == "Q: The dog?\nA:"
    assert scripted_server.bodies[0]["stop"] == ["\n"]


async def test_a_server_without_completions_gets_a_page_as_a_message(scripted_server, served) -> None:
    scripted_server.plain = False
    model = served()
    assert (await ask(model, page("Q: The dog?\nA:"))).text == "Fine."
    assert scripted_server.bodies[0]["messages"] == [{"role": "user", "content": "Q: The dog?\nA:"}]
    before = len(scripted_server.paths)
    await ask(model, page("Again"))
    assert len(scripted_server.paths) == before + 1, "it is not tried again"


async def test_what_a_model_refuses_is_left_out(scripted_server: ScriptedServer, served) -> None:
    scripted_server.mode = "picky"
    model = served()
    assert (await ask(model, HELLO)).text == "Fine."
    assert (await ask(model, HELLO)).text == "Fine."
    assert ["temperature" in body for body in scripted_server.bodies] == [True, False, False, False]
    assert ["max_tokens" in body for body in scripted_server.bodies] == [True, True, False, False]


async def test_the_first_model_that_a_server_lists(scripted_server: ScriptedServer, served) -> None:
    scripted_server.models = ("alpha", "beta")
    model = served(model="", base_url=scripted_server.url.removesuffix("/v1"))
    await ask(model, HELLO)
    assert scripted_server.bodies[0]["model"] == "alpha"
    assert model.choice.name == "alpha"
    assert model.choice.base_url == scripted_server.url, "an address without /v1 is completed"


@pytest.mark.parametrize(
    ("mode", "message", "hint"),
    [
        ("401", "refused the API key (401)", "RECOLLECT_API_KEY"),
        ("429", "limits how often", "Wait a little"),
        ("quota", "quota of this key is used up", "Add credit"),
        ("500", "failed (500)", "in a moment"),
        ("503", "failed (503): Loading model", "in a moment"),
        ("long", "too long for scripted", "longer context"),
        ("nonsense", "no answer", "ends in /v1"),
        ("garbled", "no answer", "ends in /v1"),
        ("empty", "an empty answer", "other words"),
        ("drop", "broke off in the middle", "What had come is kept"),
        ("cut", "broke off in the middle", "What had come is kept"),
        ("error", "The engine died", ""),
        ("hang", "did not begin to answer for 0.4 s", "timeout"),
        ("stall", "stopped in the middle of its answer for 0.4 s", "timeout"),
    ],
)
@pytest.mark.parametrize("prompt", [HELLO, page("Q: The dog?\nA:")], ids=["chat", "page"])
async def test_each_failure_is_one_sentence_and_a_hint(scripted_server, served, prompt, mode, message, hint) -> None:
    scripted_server.answers = ["one two three four"]
    model: ChatModel = served(timeout=0.4) if mode in ("hang", "stall") else served()
    await model.ready()
    scripted_server.modes.append(mode)
    with pytest.raises(ModelError) as caught:
        await ask(model, prompt)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "Traceback" not in str(caught.value)
    assert "sk-tes" not in str(caught.value)
    assert len(scripted_server.bodies) == 1, "a failed request is not repeated"
    assert (await ask(model, prompt)).text, "and the next is answered"


@pytest.mark.parametrize("prompt", [HELLO, page("Q: The dog?\nA:")], ids=["chat", "page"])
async def test_an_unknown_model_is_answered_with_those_there_are(scripted_server, served, prompt) -> None:
    scripted_server.models = ("one", "scripted-large")
    scripted_server.mode = "404"
    with pytest.raises(ModelError, match=r"has no model 'scripted'.* It has: scripted-large, one\."):
        await ask(served(), prompt)


@pytest.mark.parametrize(
    ("sent", "told"),
    [("7", "Wait 7 seconds"), ("1", "Wait 1 second "), ("600", "Wait 10 minutes"), ("soon", "Wait a little")],
)
async def test_a_server_says_how_long_to_wait(scripted_server: ScriptedServer, served, sent: str, told: str) -> None:
    scripted_server.modes.append("429")
    scripted_server.retry_after = sent
    model = served()
    with pytest.raises(ModelError) as error:
        await ask(model, HELLO)
    assert told in error.value.hint
    assert (await ask(model, HELLO)).text == "Fine."


async def test_closing_the_stream_closes_the_connection(scripted_server, served) -> None:
    scripted_server.mode = "slow"
    scripted_server.answers = ["one two three four"]
    async with aclosing(served().stream(HELLO, max_tokens=9, temperature=0.0)) as chunks:
        assert (await anext(chunks)).text is not None
    assert scripted_server.gone.wait(5)


async def test_keys(scripted_server: ScriptedServer, served) -> None:
    scripted_server.key = "right"
    assert (await ask(served({"OPENAI_API_KEY": "right"}), HELLO)).text == "Fine."
    assert (await ask(served({"RECOLLECT_API_KEY": "right", "OPENAI_API_KEY": "sk-other"}), HELLO)).text == "Fine."
    with pytest.raises(ModelError, match="refused the API key"):
        await served({"RECOLLECT_API_KEY": "wrong"}).ready()


async def test_nobody_listens(served) -> None:
    with pytest.raises(ModelError, match=r"cannot be reached: nothing listens there\. Is the server running"):
        await served(base_url="http://127.0.0.1:9/v1").ready()


async def test_a_server_whose_name_is_not_known(served) -> None:
    with pytest.raises(ModelError, match=r"cannot be reached: its name is not known"):
        await served(base_url="http://nowhere.invalid/v1").ready()


async def test_ollama_is_asked_for_by_its_name(tmp_path: Path) -> None:
    environ = {"OLLAMA_HOST": "127.0.0.1:9"}
    model = create(choose(Settings(), environ, tmp_path, "ollama:x"), Settings(), environ, tmp_path, tmp_path / "log")
    with pytest.raises(ModelError, match="cannot be reached"):
        await model.ready()


async def test_openai_needs_its_key_and_asks_nothing_before(tmp_path: Path) -> None:
    model = create(choose(Settings(), {}, tmp_path, "openai:gpt-4o"), Settings(), {}, tmp_path, tmp_path / "log")
    with pytest.raises(ModelError, match="OPENAI_API_KEY is not set"):
        await model.ready()
    environ = {"OPENAI_API_KEY": "sk-x"}
    model = create(choose(Settings(), environ, tmp_path), Settings(), environ, tmp_path, tmp_path / "log")
    await model.ready()
    assert model.context > 100_000, "as LangChain knows it"


async def test_a_langchain_provider_by_name(scripted_server, tmp_path: Path, monkeypatch) -> None:
    environ = {
        "AZURE_OPENAI_API_KEY": "k",
        "AZURE_OPENAI_ENDPOINT": scripted_server.url.removesuffix("/v1"),
        "OPENAI_API_VERSION": "2024-06-01",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = Settings(timeout=5.0)
    choice = choose(settings, environ, tmp_path, "azure_openai:mine")
    model = create(choice, settings, environ, tmp_path, tmp_path / "log")
    answer = await ask(model, page("Q: The dog?\nA:", stop=(".",)))
    assert answer.text == "Fine"
    assert "/deployments/mine/chat/completions" in scripted_server.paths[-1]
    assert scripted_server.bodies[0]["messages"][0]["content"] == "Q: The dog?\nA:"
    scripted_server.modes.append("401")
    with pytest.raises(ModelError, match="refused the API key"):
        await ask(model, HELLO)


async def test_a_provider_that_lacks_its_settings(tmp_path: Path) -> None:
    environ = {"AZURE_OPENAI_API_KEY": "k"}
    choice = choose(Settings(), environ, tmp_path, "azure_openai:mine")
    with pytest.raises(ModelError, match="cannot be set up"):
        await create(choice, Settings(), environ, tmp_path, tmp_path / "log").ready()


async def test_nothing_is_traced(scripted_server, served, monkeypatch) -> None:
    with ScriptedServer() as spy:
        for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
            monkeypatch.setenv(name, "true")
        monkeypatch.setenv("LANGSMITH_API_KEY", "k")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", spy.url)
        await ask(served(), HELLO)
        from langchain_core.tracers.langchain import wait_for_all_tracers

        wait_for_all_tracers()
        assert spy.paths == []
