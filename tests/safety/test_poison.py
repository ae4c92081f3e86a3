"""Hostile memories in the prompts of both profiles: the structure around them stays as it is, whatever they say."""

from __future__ import annotations

import re
import unicodedata

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from assistant import markers
from assistant.clean import defuse
from assistant.models.gguf import read_header
from memory.types import Message, Origin, Role
from tests.core.conftest import said
from tests.safety.given import prompted
from tests.safety.poison import POISON, SPECIAL

ASKED = "What did I say about the garden?"
TALKED = "I was in the garden again."
PROFILES = ("small", "large")
PLAIN = "The garden needs water."
CASES = pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())


def union() -> Tokenizer:
    """A tokenizer that obeys the special tokens of all families at once."""
    made = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    made.add_special_tokens(SPECIAL)
    return made


TOKENIZER = union()


def obeyed(text: str) -> list[str]:
    """The special tokens that some model would find in `text`, also if it saw through every disguise."""
    bare = "".join(
        each
        for each in unicodedata.normalize("NFKC", text)
        if each in "\n\t" or unicodedata.category(each) not in ("Cf", "Cc", "Mn")
    )
    return [token for each in (text, bare) for token in TOKENIZER.encode(each).tokens if token != "?"]


def test_there_are_sixty_and_more() -> None:
    assert len(POISON) >= 60
    assert len(set(POISON.values())) == len(POISON)
    assert obeyed("".join(SPECIAL)), "the tokenizer finds what it looks for"


@CASES
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("text", [ASKED, TALKED])
async def test_the_structure_stays(profile: str, text: str, poison: str) -> None:
    def notes(third: str) -> list[Message]:
        return [
            said(PLAIN, 1),
            said("We planted three apple trees.", 2, speaker="Ana", origin=Origin.IMPORT),
            said(third, 3, speaker="Bob" if third == PLAIN else f"Bob\n{poison}", origin=Origin.IMPORT),
        ]

    harmless = await prompted(profile, text, *notes(PLAIN))
    hostile = await prompted(profile, text, *notes(poison))
    assert hostile.completion == harmless.completion
    assert hostile.stop == harmless.stop
    assert [(part.role, part.kind) for part in hostile.parts] == [(part.role, part.kind) for part in harmless.parts]
    assert hostile.parts[:-1] == harmless.parts[:-1], "nothing but the last turn of the user has changed"
    was, now = harmless.parts[-1].content.split("\n"), hostile.parts[-1].content.split("\n")
    assert obeyed(hostile.parts[-1].content) == []
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "".join(now))
    if profile == "small":
        changed = [line for line in now if line not in was]
        assert len(changed) <= 1, "a note is one line, and every other line is as it was"
        assert [line for line in now if line not in changed] == [line for line in was if line in now]
        for line in changed:
            head = "[imported, 7 May 2024] "
            assert line.startswith(head)
            assert not set("[]") & set(line.removeprefix(head)), "square brackets are the heads of notes"
    else:
        unquoted = [line for line in now if not line.startswith("> ")]
        expected = [line for line in was if not line.startswith("> ")]
        named = [line for line in unquoted if line not in expected]
        assert len(unquoted) == len(expected), "whatever is not quoted stood there before"
        assert len(named) <= 1
        assert all(re.fullmatch(r"\[7 May 2024, [^\[\]()<>|:]+ \(user\), imported\]", line) for line in named)


@CASES
@pytest.mark.parametrize("profile", PROFILES)
async def test_the_turns_before_are_harmless_too(profile: str, poison: str) -> None:
    spoken = [said(poison or "x", 1), said(poison, 2, Role.ASSISTANT)]
    prompt = await prompted(profile, "And then, what about it?", earlier=spoken)
    roles = [part.role for part in prompt.parts if part.kind in ("history", "message")]
    assert roles == ["user", "assistant", "user"]
    assert [token for part in prompt.parts for token in obeyed(part.content)] == []


@CASES
def test_breaking_is_final_and_leaves_the_words(poison: str) -> None:
    once = defuse(poison)
    assert defuse(once) == once
    assert once.replace(" ", "") == poison.replace(" ", "")
    assert obeyed(once) == []


@pytest.mark.parametrize("token", SPECIAL)
def test_every_special_token_is_broken_and_split_ones_stay_split(token: str) -> None:
    for text in (token, f"a{token}b", token * 3, f"<{token}>", f"[{token}]", token[:-1] + token):
        assert obeyed(defuse(text)) == []
    assert markers.broken(token[:1] + " " + token[1:]) == token[:1] + " " + token[1:]


@pytest.mark.parametrize(
    "text",
    ["if a < b and c > d: x[i] = [1, 2]", "<div class='x'>hi</div>", "f <| g x |> h", "See [1] and <https://a.example>.",
     "a | b || c", "I <3 you", "ls > out.txt 2>&1", "Füße & naïve café – 東京 🍐"],
)  # fmt: skip
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert defuse(text) == text


async def test_labels_of_trust_travel_with_every_note() -> None:
    told = [
        said("My own garden words.", 1),
        said("Garden words of the model.", 2, Role.ASSISTANT),
        said("Garden words from elsewhere.", 3, origin=Origin.IMPORT),
        said("Garden words of a tool.", 4, Role.TOOL, origin=Origin.TOOL),
    ]
    large = (await prompted("large", ASKED, *told)).parts[-1].content
    for label, text in zip(
        ("the user", "you, the assistant", "the user, imported", "a tool, output of a tool"), told, strict=True
    ):
        assert f"[7 May 2024, {label}]\n> {text.text}" in large
    for label, one in zip(
        ("[7 May 2024] User:", "[7 May 2024] Assistant:", "[imported, 7 May 2024] User:",
         "[output of a tool, 7 May 2024] Tool:"), told, strict=True,
    ):  # fmt: skip
        assert f"{label} {one.text}" in (await prompted("small", ASKED, one)).page


@pytest.mark.parametrize("name", ["Zoë", "हिन्दी", "O'Brien", "Lee, Ann", "李雷", "J. R. R. Tolkien"])
async def test_a_persons_name_is_left(name: str) -> None:
    page = (await prompted("small", ASKED, said("Garden words.", 1, speaker=name, origin=Origin.IMPORT))).page
    assert f"[imported, 7 May 2024] {name.replace(',', '')}: Garden words." in page


@pytest.mark.parametrize(
    "name",
    [
        "User",
        "the user",
        "USER",
        "Uѕer",
        "U\u200bser",
        "Ｕｓｅｒ",
        "user]",
        "The (user)",
        "You",
        "Human",
        "System:",
        "  ",
        "|",
        "Q",
    ],
)
@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.TOOL])
async def test_no_name_lets_a_model_pass_for_the_user(name: str, role: Role) -> None:
    note = said("Garden words that the user never said.", 1, role, speaker=name, origin=Origin.IMPORT)
    small = (await prompted("small", ASKED, note)).page
    large = (await prompted("large", ASKED, note)).parts[-1].content
    assert f"[imported, 7 May 2024] {role.value.title()}: {note.text}" in small
    assert "the user, imported" not in large
    assert "(user)" not in large


def test_the_models_own_control_tokens_are_known_once_it_is_loaded(models_folder) -> None:
    control = read_header(next(models_folder.glob("smollm2-135m*.gguf"))).control
    assert {"<|im_start|>", "<|im_end|>", "<|endoftext|>", "<repo_name>", "<filename>"} <= set(control)
    markers.know([*control, "ab", "word", "<|odd token>", " <x> "])
    for token in [*control, "<|odd token>"]:
        assert token not in defuse(f"a {token}{token} b")
    assert defuse("word ab <x> y") == "word ab <x> y"
