"""How recollections and answers look as JSON: the one shape of every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.events import Usage
    from memory.mapping import Map
    from memory.sparks import Spark
    from memory.types import Feedback, Message, Recollection, Session, Step, Why

Json = dict[str, object]


def message(item: Message) -> Json:
    """A message as it is kept."""
    return {
        "id": item.id,
        "source_id": item.source_id,
        "session": item.session,
        "role": item.role.value,
        "speaker": item.speaker,
        "time": item.time.isoformat() if item.time else None,
        "text": item.text,
    }


def said(item: Message) -> Json:
    """A message of a session, with how it ended, what wrote it and what it was reminded of."""
    return {
        **message(item),
        "exchange": item.exchange,
        "status": item.status.value,
        "origin": item.origin.value,
        "model": item.model,
        "used": list(item.used),
    }


def recollection(item: Recollection) -> Json:
    """A recollection: its message, its score and its why."""
    return {**message(item.message), "score": round(item.score, 4), "why": why(item.why)}


def recollections(items: Sequence[Recollection]) -> list[Json]:
    """Recollections in their order."""
    return [recollection(item) for item in items]


def why(item: Why) -> Json:
    """Signals with their values, the path from the cue, the shared words, and all of it in a sentence."""
    return {
        "signals": {name: round(value, 4) for name, value in item.signals.items()},
        "path": path(item.path),
        "terms": list(item.terms),
        "verdict": item.verdict.value if item.verdict else None,
        "sentence": item.sentence(),
    }


def path(steps: Sequence[Step]) -> list[Json]:
    """The steps of a path."""
    return [
        {"kind": step.kind, "label": step.label, "message_id": step.message_id, "weight": round(step.weight, 4)}
        for step in steps
    ]


def spark(item: Spark, idea: str | None) -> Json:
    """Two memories with the path between them; and what the model made of them, when it was asked."""
    return {
        "first": message(item.first),
        "second": message(item.second),
        "path": path(item.path),
        "sentence": item.sentence(),
        "distance": item.distance,
        "connection": item.connection,
    } | ({} if idea is None else {"idea": idea})


def map_(drawn: Map) -> Json:
    """A map: its nodes, the centre first, and the links between them. A topic's node has no message."""
    return {
        "title": drawn.title,
        "centre": drawn.centre,
        "nodes": [
            {
                "id": node.id,
                "label": node.label,
                "distance": node.distance,
                "strength": round(node.strength, 4),
                "message": message(node.message) if node.message else None,
            }
            for node in drawn.nodes
        ],
        "links": [
            {
                "source": link.source,
                "target": link.target,
                "kind": link.kind,
                "label": link.label,
                "weight": round(link.weight, 4),
            }
            for link in drawn.links
        ],
    }


def feedback(item: Feedback) -> Json:
    """A verdict with the recollection that it was given on."""
    return {
        "message": item.message_id,
        "verdict": item.verdict.value,
        "cue": item.cue,
        "time": item.time.isoformat() if item.time else None,
        "score": item.score,
        "signals": dict(item.signals),
    }


def timings(values: Mapping[str, float]) -> Json:
    """Milliseconds by part."""
    return {name: round(value, 1) for name, value in values.items()}


def usage(value: Usage | None) -> Json:
    """Tokens of an answer; null where they are not known. `counted` marks those that the server did not tell."""
    return {
        "prompt_tokens": value.prompt_tokens if value else None,
        "completion_tokens": value.completion_tokens if value else None,
        "counted": value.counted if value else False,
    }


def session(item: Session) -> Json:
    """A session as listed."""
    return {
        "id": item.id,
        "title": item.title,
        "messages": item.messages,
        "started": item.started.isoformat() if item.started else None,
        "last": item.last.isoformat() if item.last else None,
    }
