"""Variants: the talk of a set in another shape, so that weights are fitted on more shapes than people have collected.

Most of what this program remembers is a user with an assistant whose answers are short, and there is no public set of
that shape. It is made here: of two people who chat one becomes the user and the other the assistant, and the questions
about the one are asked in the first person; a long-winded assistant is cut to its first sentences. And sessions are cut
into short ones and times are left out, as trees that saw sessions of one length alone are lost in others. Variants are
fitted on and not reported on, and stand in the same fold as what they were made from.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.bench.sets import Conversation, QuestionSet
from memory.text import is_named
from memory.types import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.bench.sets import Question
    from memory.types import NewMessage

MARK = "~"
"""Stands in the name of a set or conversation between what it was made from and what was made of it."""

_BITS = (6, 2, 12, 4)
_REPLY, _LONG = 80, 150
_MANY = 1000
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_VERBS = (("is", "am"), ("was", "was"), ("has", "have"), ("does", "do"), ("did", "did"))
_REST = (
    (r"\b(?:she|he|they)\b", "I"),
    (r"\b(?:herself|himself|themselves)\b", "myself"),
    (r"\b(?:her|his|their)\b", "my"),
    (r"\bhim\b", "me"),
)


def made_from(name: str) -> str:
    """The set or conversation that one of this name was made from; itself when it is no variant."""
    return name.partition(MARK)[0]


def variants(found: QuestionSet) -> list[QuestionSet]:
    """The variants of a set: `told` of two people, `curt` of a user with an assistant, `cut` of talk in sessions."""
    every = ((told(found), "told"), (curt(found), "curt"), (cut(found), "cut"))
    return [
        replace(found, name=f"{found.name}{MARK}{name}", sha256=_digest(made), conversations=made)
        for made, name in every
        if made
    ]


def with_variants(found: QuestionSet) -> list[QuestionSet]:
    """The set, and its variants."""
    return [found, *variants(found)]


def _digest(conversations: Sequence[Conversation]) -> str:
    """Of all that is said and asked, as what is measured is kept by it."""
    found = hashlib.sha256()
    for one in conversations:
        for message in one.messages:
            found.update(repr((one.name, message.role, message.session, message.time, message.text)).encode())
        for question in one.questions:
            found.update(repr((question.id, question.text)).encode())
    return found.hexdigest()


def told(found: QuestionSet) -> tuple[Conversation, ...]:
    """Conversations of two people, each once for either as the user.

    By turns the replies are kept or cut to a sentence, and the sessions kept or cut into short ones.
    """
    made: list[Conversation] = []
    every = _every(found)
    for number, one in enumerate(found.conversations):
        names = sorted({message.speaker for message in one.messages})
        if len(names) != 2 or not all(is_named(name) for name in names):
            continue
        for place, user in enumerate(names):
            turn = number + 2 * place
            messages = [
                replace(
                    message,
                    role=Role.USER if message.speaker == user else Role.ASSISTANT,
                    speaker="",
                    text=message.text if message.speaker == user or turn % 2 else _first(message.text, _REPLY),
                )
                for message in one.messages
            ]
            questions = [
                replace(question, text=in_first_person(question.text, user))
                for question in one.questions
                if user in question.text and names[1 - place] not in question.text and not question.before
            ][::every]
            bits = _BITS[number % len(_BITS)] if turn % 4 > 1 else 0
            made.append(_conversation(f"{one.name}{MARK}{user}", messages, questions, bits))
    return tuple(each for each in made if each.questions)


def curt(found: QuestionSet) -> tuple[Conversation, ...]:
    """Conversations with an assistant that says little; of every second one the sessions are short too.

    Questions about what was cut away are left out, and so are conversations in which remarks are made.
    """
    made = []
    for number, one in enumerate(found.conversations):
        roles = {message.role for message in one.messages}
        if len(roles) < 2 or any(is_named(message.speaker) for message in one.messages):
            continue
        messages = [
            replace(message, text=_first(message.text, _LONG)) if message.role is Role.ASSISTANT else message
            for message in one.messages
        ]
        lost = {new.source_id for new, old in zip(messages, one.messages, strict=True) if new.text != old.text}
        questions = [each for each in one.questions if not each.evidence & lost and not each.before]
        bits = _BITS[number // 2 % len(_BITS)] if number % 2 else 0
        made.append(_conversation(f"{one.name}{MARK}curt", messages, questions, bits))
    return tuple(each for each in made if each.questions)


def cut(found: QuestionSet) -> tuple[Conversation, ...]:
    """Conversations in short sessions, every second one without times.

    Conversations in which remarks are made or sessions asked for are left out, and what has no sessions.
    """
    made = []
    every = _every(found)
    for number, one in enumerate(found.conversations):
        if len({message.session for message in one.messages}) == len(one.messages):
            continue
        messages = [replace(message, time=None) for message in one.messages] if number % 2 else one.messages
        questions = [each for each in one.questions if not each.before][::every]
        made.append(_conversation(f"{one.name}{MARK}cut", messages, questions, _BITS[number // 2 % len(_BITS)]))
    return tuple(each for each in made if each.questions)


def _every(found: QuestionSet) -> int:
    """Of a set of many questions every second one is enough."""
    return 2 if found.questions > _MANY else 1


def _conversation(name: str, messages: Sequence[NewMessage], questions: Sequence[Question], bits: int) -> Conversation:
    """A conversation of that name, its sessions cut into some of `bits` messages (0: left as they are)."""
    asked = [replace(each, conversation=name) for each in questions if not each.by_session]
    return Conversation(name, list(_in_bits(messages, bits) if bits else messages), asked)


def _in_bits(messages: Sequence[NewMessage], bits: int) -> Iterator[NewMessage]:
    inside: dict[str, int] = {}
    for message in messages:
        at = inside[message.session] = inside.get(message.session, -1) + 1
        yield replace(message, session=f"{message.session}{MARK}{at // bits}")


def _first(text: str, most: int) -> str:
    """The first sentences of a text, as many as have `most` characters together; the first in any case."""
    sentences = _SENTENCE.split(text.strip())
    found = sentences[0][: 3 * most]
    for sentence in sentences[1:]:
        if len(found) + len(sentence) >= most:
            break
        found += " " + sentence
    return found


def in_first_person(text: str, name: str) -> str:
    """A question about `name` as that one would ask it of themselves; roughly, as no grammar is known."""
    who = re.escape(name)
    text = re.sub(rf"\b{who}['’]s?(?!\w)", "my", text)
    for other, mine in _VERBS:
        text = re.sub(rf"\b{other} {who}\b", f"{mine} I", text, flags=re.IGNORECASE)
        text = re.sub(rf"\b{who} {other}\b", f"I {mine}", text)
    text = re.sub(rf"\b(to|for|with|about|of|from|by|at|helped?|gave|give) {who}\b", r"\1 me", text)
    text = re.sub(rf"\b{who}\b", "I", text)
    for other, mine in _REST:
        text = re.sub(other, mine, text)
    return text[:1].upper() + text[1:]
