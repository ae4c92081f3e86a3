"""From recollections to notes: said twice is shown once, what contradicts is never lost, newer stands after older."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.app import Assistant
from assistant.context import pack
from assistant.events import Packed
from assistant.packing.note import Beside
from assistant.packing.repeats import collapse
from assistant.packing.versions import about_the_same
from assistant.packing.words import words
from assistant.settings import RecallSettings, Settings
from memory.types import NewMessage, Recollection, Role, Verdict, Why
from prompts import load
from tests.core.conftest import NOON, Counting, recalled, said, say

DAY = 24 * 60


def shown(*texts: str, **more: object) -> list[str]:
    """What is left of messages said on days that follow each other, by text."""
    found = recalled(*(said(text, place * DAY, **more) for place, text in enumerate(texts))).recollections
    return [note.message.text for note in collapse(found, 1200)[0]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("My dog is called Biscuit.", "my dog is called Biscuit"),
        ("My dog is called Biscuit.", "Hey, my dog is really called Biscuit!"),
        ("Remember that the garage code is 4417.", "The garage code is 4417"),
        ("I don't eat meat.", "I do not eat meat!!"),
        ("I'm allergic to nuts", "I am allergic to nuts."),
        ("J’aime le thé.", "j'aime le thé"),
        ("東京に住んでいます。", "東京に住んでいます"),
    ],
)
def test_what_is_said_twice_is_shown_once(one: str, other: str) -> None:
    assert shown(one, other) == [other], "the later one"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I have 3 cats.", "I have 4 cats."),
        ("The garage code is 4417.", "The garage code is 4471."),
        ("I owe Ben 3.5 euros.", "I owe Ben 35 euros."),
        ("It was -5 degrees.", "It was 5 degrees."),
        ("The meeting is on Monday.", "The meeting is on Tuesday."),
        ("My sister lives in Rome.", "My brother lives in Rome."),
        ("I eat meat.", "I don't eat meat."),
        ("I live in Porto.", "I live in Porto no longer."),
        ("I live in Porto.", "I used to live in Porto."),
        ("I like tea.", "I liked tea."),
        ("I like tea.", "I only like tea."),
        ("Ana loves Ben.", "Ben loves Ana."),
        ("My favourite colour is green.", "My favourite colour is blue."),
        ("Ana comes on 3 May.", "Ana comes on 3 June."),
        ("I met Ana yesterday.", "I met Ana yesterday."),
        ("You live in Porto?", "You live in Porto."),
        ("The film: 👍", "The film: 👎"),
        ("東京に住んでいます。", "大阪に住んでいます。"),
        ("I live in Porto. I love it. But I moved to Rome today.", "I live in Porto."),
    ],
)
def test_what_contradicts_is_never_taken_for_the_same(one: str, other: str) -> None:
    assert sorted(shown(one, other)) == sorted([one, other])
    if "yesterday" not in one and "But I moved" not in one:
        assert sorted(shown(other, one)) == sorted([one, other])


def test_two_people_who_say_the_same_say_two_things() -> None:
    found = recalled(said("I am thirty.", 1, speaker="Ana"), said("I am thirty.", 2, speaker="Ben")).recollections
    assert len(collapse(found, 400)[0]) == 2
    mine, yours = said("I am thirty.", 1), said("I am thirty.", 2, Role.ASSISTANT)
    assert len(collapse(recalled(mine, yours).recollections, 400)[0]) == 2


def test_what_was_called_outdated_hides_nothing() -> None:
    old, new = recalled(said("I live in Porto.", 1), said("I live in Porto.", 2)).recollections
    old = replace(old, why=Why({}, verdict=Verdict.OUTDATED))
    assert len(collapse([old, new], 400)[0]) == 2


def test_a_part_of_what_was_said_later_is_not_shown_apart() -> None:
    assert shown("My dog is called Biscuit.", "My dog is called Biscuit. He is three.") == [
        "My dog is called Biscuit. He is three."
    ]
    long = "My dog is called Biscuit. " + "He is brave. He barks a lot at night. " * 40
    assert len(shown("My dog is called Biscuit.", long)) == 2, "of a long one that part may be cut away"


SUBJECTS = ("I have {} cats", "We meet at {}", "My code is {}", "Ana lives in {}", "The party is on {}", "I like {}")
VALUES = ("3", "4", "4417", "Rome", "Porto", "3 May", "9 May", "not Rome", "Monday", "tea", "no tea", "Ana")
STATEMENTS = st.builds(str.format, st.sampled_from(SUBJECTS), st.sampled_from(VALUES))
FRILLS = st.builds(
    lambda before, text, end: before + text + end,
    st.sampled_from(["", "Oh, ", "Hey! ", "Well, "]),
    STATEMENTS,
    st.sampled_from(["", ".", "!", " …"]),
)


def plain(text: str) -> str:
    """A statement of `FRILLS` without its frills."""
    for frill in ("Oh, ", "Hey! ", "Well, "):
        text = text.removeprefix(frill)
    return text.rstrip(".! …")


@given(st.lists(FRILLS, max_size=30))
def test_each_statement_is_kept_exactly_once(texts: list[str]) -> None:
    found = recalled(*(said(text, number * DAY) for number, text in enumerate(texts))).recollections
    notes, again = collapse(found, 400)
    kept = [plain(note.message.text) for note in notes]
    assert sorted(kept) == sorted({plain(text) for text in texts})
    assert {each.message.id for each in (*again, *(note.recollection for note in notes))} == {
        each.message.id for each in found
    }
    assert len(notes) + len(again) == len(found)
    places = [min(place for place, text in enumerate(texts) if plain(text) == one) for one in kept]
    assert places == sorted(places), "each stands where its best one stood"
    for note in notes:
        times = [each.time for each in (*note.beside.again, note.message)]
        assert times == sorted(times), "the latest is shown"


@given(st.text(max_size=80), st.text(max_size=80))
def test_texts_with_the_same_words_differ_in_nothing_that_counts(one: str, other: str) -> None:
    letters = ["".join(each for each in text.casefold() if each.isdigit()) for text in (one, other)]
    if words(one) == words(other) and one.isascii() and other.isascii():
        assert letters[0] == letters[1]


async def packed(
    recall: tuple[Recollection, ...], profile: str, around: dict[str, Beside] | None = None, notes: int = 0
):
    model = Counting(8192, profile)
    return await pack(
        "What is it?",
        replace(recalled(), recollections=recall),
        [],
        prompts=load(profile),
        model=model,
        settings=Settings(recall=RecallSettings(notes=notes)),
        now=NOON,
        around=around or {},
    )


@pytest.mark.parametrize("profile", ["small", "large"])
async def test_ten_thousand_equal_messages_are_one_note(profile: str) -> None:
    many = [said("The code is 4417.", number * DAY % (400 * DAY) + number) for number in range(10_000)]
    other = said("The code of the garage is 3399.", 77)
    found = tuple(replace(each, score=0.5) for each in recalled(*many, other).recollections)
    start = time.perf_counter()
    prompt = await packed(found, profile)
    assert time.perf_counter() - start < 10
    text = prompt.parts[-1].content
    assert text.count("4417") == 1
    assert text.count("3399") == 1
    assert len(prompt.notes) == 2
    assert len(prompt.notes) + len(prompt.left_out) == 10_001
    assert "also 9999 times since 7 May 2024" in text


@pytest.mark.parametrize("profile", ["small", "large"])
@settings(max_examples=40)
@given(
    texts=st.lists(st.tuples(FRILLS, st.integers(0, 40), st.sampled_from(["", "Ana"])), max_size=20),
    tokens=st.integers(1, 400),
)
async def test_notes_keep_to_the_budget_to_time_and_to_what_was_recalled(
    profile: str, texts: list[tuple[str, int, str]], tokens: int
) -> None:
    messages = [
        said(text, number, time=NOON + timedelta(days=day), speaker=who)
        for number, (text, day, who) in enumerate(texts)
    ]
    found = recalled(*messages).recollections
    model = Counting(8192, profile)
    chosen = Settings(recall=RecallSettings(tokens=tokens))
    recall = replace(recalled(), recollections=found)
    prompt = await pack("What is it?", recall, [], prompts=load(profile), model=model, settings=chosen, now=NOON)
    assert {note.message.id for note in prompt.notes} <= {message.id for message in messages}
    assert sorted(each.message.id for each in (*prompt.notes, *prompt.left_out)) == sorted(m.id for m in messages)
    bare = await pack("What is it?", recalled(), [], prompts=load(profile), model=model, settings=chosen, now=NOON)
    if prompt.completion is bare.completion:
        assert prompt.tokens - bare.tokens <= tokens + 60, "what frames the notes is counted apart"
    times = [note.message.time for note in prompt.notes]
    if profile == "large":
        assert times == sorted(times)
    for one in prompt.notes:
        for two in prompt.notes:
            if one is not two and one.message.speaker == two.message.speaker:
                assert words(one.message.text) != words(two.message.text)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("I live in Porto", "I live in Lisbon now", True),
        ("My favourite colour is green", "My favourite colour is blue", True),
        ("I have 3 cats", "I have 4 cats", True),
        ("The meeting is on Monday at 3", "The meeting has moved to Tuesday at 4", True),
        ("I eat meat", "I don't eat meat anymore", True),
        ("My boss is called Ruth", "My boss is now called Max", True),
        ("My dog is called Biscuit", "My cat is asleep on the sofa", False),
        ("I live in Porto", "My brother drives a red car", False),
        ("I am happy", "I am thirty", False),
        ("I like tea", "I like tea", False),
    ],
)
def test_statements_about_the_same_are_known_by_their_likeness(old: str, new: str, same: bool) -> None:
    assert about_the_same(words(old), words(new)) is same


@pytest.mark.parametrize("profile", ["small", "large"])
async def test_older_and_newer_are_both_shown_and_marked(profile: str) -> None:
    old, new = said("I live in Porto.", 1), said("I live in Lisbon now.", 300 * DAY)
    rest = [said(text, 10 + place) for place, text in enumerate(("The cello is out of tune.", "Ana likes plums."))]
    prompt = await packed(recalled(old, *rest, new).recollections, profile, notes=3)
    text = prompt.parts[-1].content
    assert text.index("Porto") < text.index("Lisbon"), "the newer stands after the older"
    assert {old.id, new.id} <= {note.message.id for note in prompt.notes}, "the older one takes the newer one with it"
    marks = [line for line in text.splitlines() if line.startswith("[") and ("newe" in line or "older" in line)]
    assert len(marks) == 2
    assert ("older" if profile == "small" else "there is a newer note") in marks[0]
    assert "newest" in marks[1]
    alone = (await packed(recalled(old, *rest).recollections, profile)).parts[-1].content
    assert "older" not in alone
    assert "newer" not in alone


async def test_where_there_is_room_for_one_the_newest_is_shown() -> None:
    old, new = said("I live in Porto.", 1), said("I live in Lisbon now.", 300 * DAY)
    prompt = await packed(recalled(old, new).recollections, "small", notes=1)
    assert [note.message.text for note in prompt.notes] == [new.text]


@pytest.mark.parametrize("profile", ["small", "large"])
async def test_a_reply_stands_with_its_question_and_a_question_with_its_reply(profile: str) -> None:
    question = said("Lovely to hear. When is your birthday?", 1, Role.ASSISTANT, speaker="Ben")
    reply = said("In May!", 2, speaker="Ana")
    asked = said("Which instrument do you play?", 5, speaker="Ben", role=Role.ASSISTANT)
    told = said("The cello, since I was six.", 6, speaker="Ana")
    around = {reply.id: Beside(before=question), asked.id: Beside(after=told)}
    prompt = await packed(recalled(reply, asked).recollections, profile, around)
    text = prompt.parts[-1].content
    assert text.index("When is your birthday?") < text.index("In May!")
    assert text.index("Which instrument") < text.index("The cello")
    assert {note.message.id for note in prompt.notes} == {reply.id, asked.id}


async def test_the_question_is_looked_up_where_the_reply_was_given(assistant: Assistant) -> None:
    def tell(role: Role, text: str) -> str:
        return assistant.memory.remember(NewMessage(role=role, text=text, session="old")).id

    tell(Role.USER, "I want to buy a present for Ruth.")
    asked = tell(Role.ASSISTANT, "A good idea! When is the birthday of Ruth?")
    tell(Role.USER, "On the ninth of October, Ruth turns fifty.")
    chat = assistant.chat()
    events = await say(chat, "How old will Ruth be on the ninth of October?")
    text = next(each.prompt for each in events if isinstance(each, Packed)).parts[-1].content
    assert text.index("When is the birthday of Ruth?") < text.index("turns fifty")
    assistant.memory.feedback(asked, Verdict.NEVER)
    events = await say(assistant.chat(), "How old will Ruth be on the ninth of October?")
    text = next(each.prompt for each in events if isinstance(each, Packed)).parts[-1].content
    assert "turns fifty" in text
    assert "When is the birthday" not in text, "what was never to come back does not come along either"
