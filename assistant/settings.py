"""Every setting, declared once: name, type, default, what it is for. Documentation and checks are derived from here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def setting(
    default: Any,  # noqa: ANN401
    doc: str,
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    most: float | None = None,
    name_like: bool = False,
) -> Any:  # noqa: ANN401
    """A dataclass field with its description and limits.

    Args:
        default: used when nothing else is said; its type is the setting's type.
        doc: one sentence for people.
        choices: the allowed texts; empty for any.
        least, most: inclusive limits of a number.
        name_like: a text that must not be empty, nor hold a slash or control characters.
    """
    rules = {"doc": doc, "choices": choices, "least": least, "most": most, "name_like": name_like}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=rules)
    return field(default=default, metadata=rules)


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """`[memory]`: what holds the memory, and whose it is."""

    store: str = setting("chroma", "Name of the vector store.", name_like=True)
    store_options: Mapping[str, Any] = setting({}, "Settings of that store, as a table.")
    profile: str = setting("default", "Whose memory it is; another profile's is never recalled.", name_like=True)
    project: str = setting("", "A part of the profile kept to itself; empty for none.")
    secrets: str = setting(
        "redact", "What becomes of keys, passwords and card numbers in a message.", choices=("redact", "keep", "refuse")
    )
    incognito: bool = setting(False, "Write nothing to the disk; what is said is gone when the program ends.")
    incognito_recall: bool = setting(True, "Whether what is remembered is recalled in an incognito session.")
    keep_days: int = setting(0, "Days after which an exchange is forgotten; 0 keeps it for good.", least=0, most=36_500)
    keep_megabytes: float = setting(
        0.0, "Megabytes of text to keep, beyond which the oldest is forgotten; 0 keeps all.", least=0, most=1_000_000
    )


@dataclass(frozen=True, slots=True)
class RecallSettings:
    """`[recall]`: how much of what comes back goes into the prompt."""

    notes: int = setting(0, "How many recollections are put into a prompt; 0 lets the model decide.", least=0, most=50)
    tokens: int = setting(0, "Most tokens these may take; 0 lets the model decide.", least=0, most=100_000)


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """`[answer]`: what an answer may cost."""

    max_tokens: int = setting(0, "Most tokens of an answer; 0 lets the model decide.", least=0, most=100_000)


@dataclass(frozen=True, slots=True)
class UiSettings:
    """`[ui]`: how the terminal interface looks."""

    theme: str = setting("", "Name of a Textual theme; empty for recollect's own.")
    panel: str = setting("auto", "The panel with what was recalled.", choices=("auto", "shown", "hidden"))
    enter: str = setting("send", "What Enter does; Ctrl+J then does the other.", choices=("send", "newline"))
    titles: bool = setting(True, "Whether the model makes titles for sessions while nothing else is done.")
    welcome: bool = setting(True, "Whether an empty session shows something that you told some time ago.")
    keys: Mapping[str, Any] = setting({}, "Other keys by the id of what they do, as a table; /help shows the ids.")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one run; immutable.

    `sources` says for each key that was set where its value came from: `flag`, an environment variable's name, or the
    path of config.toml. A key that is not in it has its default.
    """

    model: str = setting("", "The chat model; empty chooses one.")
    base_url: str = setting("", "Address of an OpenAI-compatible server; for Ollama http://127.0.0.1:11434/v1.")
    embeddings: str = setting("local", "What embeds: local, or provider:model.", name_like=True)
    timeout: float = setting(60.0, "Seconds to wait for the first token, and for each next.", least=0.1, most=3600)
    temperature: float = setting(0.0, "How freely the model chooses its words; 0 is the most exact.", least=0, most=2)
    prompts: str = setting("auto", "Which prompts to use.", choices=("auto", "small", "large"))
    memory: MemorySettings = field(default_factory=MemorySettings)
    recall: RecallSettings = field(default_factory=RecallSettings)
    answer: AnswerSettings = field(default_factory=AnswerSettings)
    ui: UiSettings = field(default_factory=UiSettings)
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
