"""The options that several commands share, and what was asked with them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.app import Assistant

Model = Annotated[
    str | None, typer.Option("--model", "-m", metavar="NAME", help="Chat model: openai:gpt-4o-mini, path/to.gguf, …")
]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="Address of an OpenAI-compatible server.")
]
Embeddings = Annotated[str | None, typer.Option("--embeddings", metavar="NAME", help="What embeds: local, openai:…")]
Store = Annotated[str | None, typer.Option("--store", metavar="NAME", help="Vector store: chroma, memory, …")]
Profile = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Whose memory it is.")]
Project = Annotated[str | None, typer.Option("--project", metavar="NAME", help="A part of the profile, kept apart.")]
SessionId = Annotated[
    str | None,
    typer.Option("--session", "-s", metavar="ID", help="Go on with this session: an id, its beginning, or last."),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="What was said from then on: 2026-03-02, last month, …")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="What was said up to then, that day included.")
]
AllProfiles = Annotated[bool, typer.Option("--all-profiles", help="Every profile and project, each by itself.")]
Incognito = Annotated[bool, typer.Option("--incognito", help="Write nothing to the disk, not even to the log.")]
Remember = Annotated[bool, typer.Option("--remember/--no-remember", help="Keep what is said.")]
Recall = Annotated[bool, typer.Option("--recall/--no-recall", help="Recall before answering.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on standard error but errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Narrate on standard error even if it is no terminal.")]
FailIfNothing = Annotated[
    bool, typer.Option("--fail-if-nothing", help="End with exit code 3 when nothing relevant is found.")
]


def typer_app(**more: Any) -> typer.Typer:  # noqa: ANN401 - Typer's own arguments
    """A Typer program in our manner: plain help (Rich costs start-up), errors left to the door."""
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        **more,
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for with options, before and after the command's name; the latter win.

    Attributes:
        model: the chat model; None when it was not said.
        overrides: settings by dotted key.
    """

    model: str | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)

    def open(self) -> Assistant:
        """An assistant with these settings; its log is started."""
        from assistant.app import Assistant
        from assistant.cli.terminal import Terminal
        from assistant.logs import mute, start_logging

        assistant = Assistant.open(os.environ, model=self.model or "", overrides=self.overrides)
        if assistant.incognito:
            mute()
            return assistant
        start_logging(assistant.locations.log_file)
        if told := assistant.tighten():
            Terminal().warn(told)
        return assistant


def wish(
    context: typer.Context,
    *,
    model: str | None = None,
    base_url: str | None = None,
    embeddings: str | None = None,
    store: str | None = None,
    profile: str | None = None,
    project: str | None = None,
    notes: int | None = None,
    incognito: bool = False,
) -> Wish:
    """These options over those that stood before the command's name."""
    before = context.obj if isinstance(context.obj, Wish) else Wish()
    said = {
        "base_url": base_url,
        "embeddings": embeddings,
        "memory.store": store,
        "memory.profile": profile,
        "memory.project": project,
        "recall.notes": notes,
        "memory.incognito": True if incognito else None,
    }
    given = {key: value for key, value in said.items() if value is not None}
    return Wish(model if model is not None else before.model, {**before.overrides, **given})
