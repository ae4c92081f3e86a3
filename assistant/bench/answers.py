"""Measuring answers: what the chosen model makes of what each arm puts before it, end to end as in a conversation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assistant.bench.arms import recalled
from assistant.bench.bootstrap import Bootstrap
from assistant.bench.grading import abstains, contains, token_f1
from assistant.bench.judge import judged
from assistant.bench.replay import replay
from assistant.bench.report import Values, tables
from assistant.bench.sets import Conversation, QuestionSet
from assistant.context import pack
from assistant.limits import limits_for
from assistant.packing.around import surroundings
from memory.errors import UsageError
from memory.text import content_terms, term_spellings
from memory.types import Recall, Recollection, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assistant.bench.replay import Place, Stage
    from assistant.bench.sets import Question
    from assistant.bench.voice import Voice
    from assistant.settings import Settings
    from prompts import PromptSet

    Progress = Callable[[int, int, str], None]

METRICS = ("F1", "contains", "judged", "right abstention", "wrong abstention")
"""F1, contains, judged and wrong abstention count answerable questions, right abstention the others."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the model said to one question with what one arm put before it.

    Attributes:
        question, arm: which.
        text: the answer.
        notes: the file's ids of the messages that stood in the prompt.
        prompt_tokens: size of the prompt.
        values: metric of `METRICS` -> value, NaN where it does not apply.
    """

    question: Question
    arm: str
    text: str
    notes: tuple[str, ...]
    prompt_tokens: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Exam:
    """Who answers, and how.

    Attributes:
        voice: the model.
        prompts: the wording.
        settings: limits, as in a conversation.
        judge: another model that grades, or None.
    """

    voice: Voice
    prompts: PromptSet
    settings: Settings
    judge: Voice | None = None


def gradable(found: QuestionSet) -> QuestionSet:
    """The questions that can be graded: those with a right answer, and those that have none to be found.

    Raises `UsageError` when there are none.
    """
    kept = tuple(
        Conversation(each.name, each.messages, [one for one in each.questions if one.answer or not one.answerable])
        for each in found.conversations
    )
    if not any(each.questions for each in kept):
        raise UsageError(
            f"{found.name} has no question with an `answer`.", "Answers cannot be graded; `recollect bench recall` can."
        )
    return replace(found, conversations=tuple(each for each in kept if each.questions))


def answer_all(
    found: QuestionSet, arms: Sequence[str], stage: Stage, exam: Exam, asked: Progress | None = None
) -> Iterator[tuple[Answered, ...]]:
    """For each question, the answer by each of `arms`, in the order of `arms`. Raises `ModelError`."""
    done = 0
    for conversation in found.conversations:
        for place in replay(conversation, stage):
            yield tuple(_answered(place, conversation, arm, exam) for arm in arms)
            done += 1
            if asked:
                asked(done, found.questions, "answering")


def _answered(place: Place, conversation: Conversation, arm: str, exam: Exam) -> Answered:
    question = place.question
    limits = limits_for(exam.prompts.profile, exam.settings).within(exam.voice.model.context)
    shown = _shown(place, arm, limits.recalled)
    prompt = exam.voice.run(
        pack(
            question.text,
            shown,
            place.earlier,
            prompts=exam.prompts,
            model=exam.voice.model,
            settings=exam.settings,
            now=_now(conversation, place.told),
            around=surroundings(place.memory, shown.recollections, place.hidden),
        )
    )
    text = exam.voice.say(prompt, limits.answer, limits.ending(completion=prompt.completion))
    notes = tuple(note.message.source_id for note in prompt.notes)
    return Answered(question, arm, text, notes, prompt.tokens, _values(question, text, exam.judge))


def _shown(place: Place, arm: str, k: int) -> Recall:
    """What `arm` puts before the model."""
    text = place.question.text
    if arm == "none":
        return Recall(text, (), {})
    if arm == "gold":
        return _gold(place)
    found = recalled(place.memory, arm, text, place.earlier, k=k, exclude=place.hidden)
    return replace(found, recollections=tuple(_with_terms(each, text) for each in found.recollections))


def _gold(place: Place) -> Recall:
    """The evidence itself, in the order in which it was said."""
    question = place.question
    found = [
        Recollection(message, (message,), 1.0, Why({}))
        for session in place.memory.sessions(1_000_000)
        for message in place.memory.session_messages(session.id)
        if (message.session if question.by_session else message.source_id) in question.evidence
    ]
    found.sort(key=lambda each: each.message.seq)
    return Recall(question.text, tuple(_with_terms(each, question.text) for each in found), {})


def _with_terms(recollection: Recollection, cue: str) -> Recollection:
    """The same with the cue's words that it has, so that a long message is shown where they stand, whoever found it."""
    if recollection.why.terms:
        return recollection
    spelling = term_spellings(cue)
    has = set(content_terms(recollection.message.text))
    terms = tuple(dict.fromkeys(spelling.get(term, term) for term in content_terms(cue) if term in has))
    return replace(recollection, why=replace(recollection.why, terms=terms))


def _now(conversation: Conversation, told: int) -> datetime:
    """When the question is asked: with the last message whose time is known, else today at midnight."""
    for message in reversed(conversation.messages[:told]):
        if message.time is not None:
            return message.time
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _values(question: Question, text: str, judge: Voice | None) -> dict[str, float]:
    values = dict.fromkeys(METRICS, math.nan)
    if not question.answerable:
        return {**values, "right abstention": float(abstains(text))}
    values |= {
        "F1": token_f1(text, question.answer),
        "contains": float(contains(text, question.answer)),
        "wrong abstention": float(abstains(text)),
    }
    if judge is not None:
        values["judged"] = judged(judge, question.text, question.answer, text)
    return values


def report(rows: Sequence[Sequence[Answered]], against: str, seed: int) -> dict[str, Any]:
    """All figures about some questions; see `report.tables`. Beside them `counts` and `prompt_tokens` by arm.

    Args:
        rows: one a question, of one `Answered` an arm, in the same order.
        against: the arm that others are compared with.
        seed: of the intervals.

    Raises `ValueError` without rows.
    """
    if not rows:
        raise ValueError("nothing was asked")
    questions = [row[0].question for row in rows]
    bootstrap = Bootstrap([question.conversation for question in questions], seed=seed)
    values: dict[str, Values] = {
        row.arm: {metric: [each[place].values[metric] for each in rows] for metric in METRICS}
        for place, row in enumerate(rows[0])
    }
    tokens = {row.arm: [each[place].prompt_tokens for each in rows] for place, row in enumerate(rows[0])}
    answerable = sum(question.answerable for question in questions)
    return {
        **tables(questions, values, bootstrap, against),
        "counts": {"answerable": answerable, "unanswerable": len(questions) - answerable},
        "prompt_tokens": {arm: round(sum(column) / len(column), 1) for arm, column in tokens.items()},
    }


def per_question(row: Answered) -> dict[str, Any]:
    """One answer, for the analysis of what goes wrong."""
    question = row.question
    return {
        "conversation": question.conversation,
        "id": question.id,
        "category": question.category,
        "text": question.text,
        "arm": row.arm,
        "right": question.answer,
        "answer": row.text,
        "notes": list(row.notes),
        "evidence": sorted(question.evidence),
        "prompt_tokens": row.prompt_tokens,
        "metrics": {name: round(value, 4) for name, value in row.values.items() if not math.isnan(value)},
    }
