"""Reads the prompts of a profile. A user's own file of the same name wins over the shipped one, file by file.

A profile is a folder of Markdown files:

    system.md     who the assistant is; stable, so it stands first and has no placeholder
    examples.md   turns that are shown to the model as if they had been: `# User` and `# Assistant` headings
    told.md       (small alone) the same, shown in place of examples.md when the user tells something
    notes.md      the user's turn when something was recalled: {notes}, {message}, {today}
    message.md    the user's turn when nothing was recalled: {message}, {today}
    page.md       (small alone) a page for plain completion, used in place of a chat when something was recalled:
                  {notes}, {message}, {today}
    spark.md      what makes something of two memories: {first}, {second}, {path}, {today}; for small a page for plain
                  completion, for large the user's turn
    title.md      what titles a conversation: {talk}; for small a page for plain completion, for large the user's turn

HTML comments in them are for people and are taken out.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROFILES = ("small", "large")
_FILES: Mapping[str, tuple[str, ...]] = {
    "system.md": (),
    "examples.md": (),
    "told.md": (),
    "notes.md": ("notes", "message", "today"),
    "message.md": ("message", "today"),
    "page.md": ("notes", "message", "today"),
    "spark.md": ("first", "second", "path", "today"),
    "title.md": ("talk",),
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "notes.md": ("notes", "message"),
    "message.md": ("message",),
    "page.md": ("notes", "message"),
    "spark.md": ("first", "second"),
    "title.md": ("talk",),
}
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
_HEADING = re.compile(r"^# (User|Assistant)[ \t]*$", re.MULTILINE)


class PromptError(ValueError):
    """A prompt file is wrong: `message` says which and how, `hint` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} {hint}")
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Example:
    """A turn that never was, to show how one is answered."""

    user: str
    assistant: str


@dataclass(frozen=True, slots=True)
class PromptSet:
    """The wording of a profile.

    Attributes:
        profile: `small` or `large`.
        system: stable text that stands first.
        examples: shown after it as earlier turns.
        told: shown in their place when the user tells something; empty when the profile makes no difference.
        notes: template of the user's turn with recollections.
        message: template of the user's turn without.
        page: template for plain completion; empty when the profile has none.
        spark: template that asks for an idea of two memories.
        title: template that asks for a title of a conversation.
    """

    profile: str
    system: str
    examples: tuple[Example, ...]
    notes: str
    message: str
    page: str = ""
    told: tuple[Example, ...] = ()
    spark: str = ""
    title: str = ""


def load(profile: str, folder: Path | None = None) -> PromptSet:
    """The wording of `profile`.

    Args:
        profile: `small` or `large`.
        folder: the user's prompts, with a folder for each profile in it; need not be there.

    Raises `PromptError`: an unknown file, an unknown or missing placeholder, a file that cannot be read.
    """
    if profile not in PROFILES:
        raise PromptError(f"There is no prompt profile {profile!r}.", f"Profiles are: {', '.join(PROFILES)}.")
    if folder:
        _check_names(folder)
    texts = {name: _text(profile, name, folder) for name in _FILES}
    return PromptSet(
        profile=profile,
        system=texts["system.md"],
        examples=_examples(texts["examples.md"], f"{profile}/examples.md"),
        notes=texts["notes.md"],
        message=texts["message.md"],
        page=texts["page.md"],
        told=_examples(texts["told.md"], f"{profile}/told.md"),
        spark=texts["spark.md"],
        title=texts["title.md"],
    )


def fill(template: str, **values: str) -> str:
    """`template` with its {placeholders} replaced at once, so that braces in a value stay as they are."""
    return _PLACEHOLDER.sub(lambda found: values.get(found.group(1), found.group()), template)


def _check_names(folder: Path) -> None:
    try:
        if not folder.is_dir():
            return
        for path in sorted(folder.rglob("*")):
            if path.is_dir() or path.name.startswith((".", "#")) or path.name.endswith("~"):
                continue
            name = path.relative_to(folder).as_posix()
            known = [f"{profile}/{file}" for profile in PROFILES for file in _FILES]
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
                hint = f"Did you mean {close[0]}?" if close else f"Files are: {', '.join(known)}."
                raise PromptError(f"{path} is not a prompt.", hint)
    except OSError as error:
        raise PromptError(f"{folder} cannot be read: {error.strerror}.", "Change its permissions.") from error


def _text(profile: str, name: str, folder: Path | None) -> str:
    own = folder / profile / name if folder else None
    place, text = f"prompts/{profile}/{name}", ""
    try:
        if own and own.is_file():
            place, text = str(own), own.read_text(encoding="utf-8-sig")
        else:
            shipped = resources.files("prompts") / profile / name
            text = shipped.read_text(encoding="utf-8") if shipped.is_file() else ""
    except UnicodeDecodeError as error:
        raise PromptError(f"{place} is not text in UTF-8 (byte {error.start}).", "Save it as UTF-8.") from error
    except OSError as error:
        raise PromptError(f"{place} cannot be read: {error.strerror}.", "Change its permissions.") from error
    text = _COMMENT.sub("", text).strip()
    if text or own is None or not own.is_file():
        _check_placeholders(text, name, place)
    elif name in ("notes.md", "message.md", "spark.md", "title.md"):
        raise PromptError(f"{place} is empty.", "Write the text that is sent, or take the file away.")
    return text


def _check_placeholders(text: str, name: str, place: str) -> None:
    found = set(_PLACEHOLDER.findall(text))
    allowed = _FILES[name]
    known = f"Allowed here: {', '.join('{' + each + '}' for each in allowed) or 'none'}."
    for each in sorted(found - set(allowed)):
        raise PromptError(f"{place}: unknown placeholder {{{each}}}.", known)
    if text:
        for each in _NEEDED.get(name, ()):
            if each not in found:
                raise PromptError(f"{place} lacks the placeholder {{{each}}}.", known)


def _examples(text: str, place: str) -> tuple[Example, ...]:
    head, *rest = _HEADING.split(text)
    if head.strip():
        raise PromptError(f"{place} must begin with a line `# User`.", "Then the text, then `# Assistant`, and so on.")
    turns = list(zip(rest[::2], (part.strip() for part in rest[1::2]), strict=True))
    made = []
    for user, assistant in zip(turns[::2], [*turns[1::2], ("", "")], strict=False):
        if user[0] != "User" or assistant[0] != "Assistant":
            raise PromptError(f"{place} must have `# User` and `# Assistant` in turn.", "Each with a text below it.")
        made.append(Example(user[1], assistant[1]))
    return tuple(made)
