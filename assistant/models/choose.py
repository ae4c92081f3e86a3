"""Which chat model answers, and why. Cheap: names are looked at, nothing is loaded or connected to.

A name is one of: `embedded:NAME` or a catalogue NAME, a path to a `.gguf`, `hf:owner/repo/file.gguf`, `openai:MODEL`,
`PROVIDER:MODEL` (LangChain's); with `base_url` set, any other name is a model of that server.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.models import addresses
from assistant.models.base import ModelChoice
from assistant.models.catalogue import CATALOGUE, DEFAULT, profile_of
from assistant.models.providers import PROVIDERS
from memory.errors import UsageError
from memory.folders import expanded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.settings import Settings

OPENAI_DEFAULT = "openai:gpt-4o-mini"
"""The model when nothing is set but an OpenAI key."""

SERVER_DEFAULT = "default"
"""Stands for the first model that a server lists."""

_KNOWN_FAMILIES = {
    "openai": re.compile(r"(gpt-|chatgpt-|o\d)"),
    "anthropic": re.compile(r"claude-"),
    "google_genai": re.compile(r"gemini-"),
}
_BILLIONS = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s?([bm])(?![a-z])", re.IGNORECASE)
_SMALL_FILE = 1_200_000_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """A name together with where it came from."""

    name: str
    why: str
    forced: str
    environ: Mapping[str, str]
    models_folder: Path

    def choice(self, name: str, *, local: bool, profile: str, base_url: str = "") -> ModelChoice:
        chosen = profile if self.forced == "auto" else self.forced
        return ModelChoice(name=name, why=self.why, local=local, profile=chosen, base_url=base_url)


def choose(settings: Settings, environ: Mapping[str, str], models_folder: Path, flag: str = "") -> ModelChoice:
    """The chat model for these settings: the flag, else `model`, else the server, else OpenAI, else the embedded one.

    Args:
        settings: of this run.
        environ: where keys are looked for.
        models_folder: where linked model files are known.
        flag: what `--model` said.

    Raises `UsageError` for a name that cannot be, saying which names are near.
    """
    name, why = flag.strip(), "asked for with --model"
    if not name:
        name, why = settings.model.strip(), _source(settings, "model")
    asked = _Asked(name, why, settings.prompts, environ, models_folder)
    if name and _is_embedded_form(name):
        return _embedded(asked)
    if settings.base_url:
        if not name:
            asked = _Asked(
                SERVER_DEFAULT, f"base_url: {_source(settings, 'base_url')}", settings.prompts, environ, models_folder
            )
        return _served(asked, addresses.tidy(settings.base_url))
    if name:
        return _named(asked)
    if environ.get("OPENAI_API_KEY", "").strip():
        return _openai(_Asked(OPENAI_DEFAULT, "OPENAI_API_KEY is set", settings.prompts, environ, models_folder))
    return _embedded(_Asked(DEFAULT, "nothing else is set", settings.prompts, environ, models_folder))


def _source(settings: Settings, key: str) -> str:
    source = settings.sources.get(key, "")
    if source.startswith("RECOLLECT_"):
        return f"{source} is set"
    return "asked for" if source in ("", "flag") else f"set in {Path(source).name}"


def _is_embedded_form(name: str) -> bool:
    lower = name.lower()
    return lower.startswith(("embedded:", "hf:")) or lower.endswith(".gguf")


def _named(asked: _Asked) -> ModelChoice:
    name = asked.name
    provider, colon, model = name.partition(":")
    if name.lower() in CATALOGUE or _is_linked(asked):
        return _embedded(asked)
    if not colon:
        for family, pattern in _KNOWN_FAMILIES.items():
            if pattern.match(name.lower()):
                return _named(_Asked(f"{family}:{name}", asked.why, asked.forced, asked.environ, asked.models_folder))
        raise UsageError(f"There is no model called {name!r}.", _nearest(name))
    provider = provider.lower().replace("-", "_")
    if not model.strip():
        raise UsageError(f"{name!r} names no model.", f"Write the model's name after the colon: {provider}:NAME.")
    if provider == "openai":
        return _openai(asked)
    if provider == "ollama" and not PROVIDERS["ollama"].installed:
        return _served(asked, addresses.ollama(asked.environ), name)
    return _provider(asked, provider, model)


def _openai(asked: _Asked) -> ModelChoice:
    url = addresses.tidy(asked.environ.get("OPENAI_BASE_URL", "") or addresses.OPENAI)
    model = asked.name.partition(":")[2]
    return asked.choice(f"openai:{model}", local=addresses.is_local(url), profile="large", base_url=url)


def _served(asked: _Asked, url: str, name: str = "") -> ModelChoice:
    model = name or asked.name.removeprefix("openai:")
    return asked.choice(model, local=addresses.is_local(url), profile=_by_name(model), base_url=url)


def _provider(asked: _Asked, provider: str, model: str) -> ModelChoice:
    known = PROVIDERS.get(provider)
    if known is None:
        near = difflib.get_close_matches(provider, [*PROVIDERS, "embedded", "hf"], n=1)
        hint = f"Did you mean {near[0]}:{model}? " if near else ""
        raise UsageError(f"There is no provider called {provider!r}.", f"{hint}Known: {', '.join(PROVIDERS)}.")
    if not known.installed:
        raise UsageError(
            f"{provider}:{model} needs the package {known.package}, which is not installed.",
            f"Install it beside recollect: pip install {known.package}",
        )
    if known.key and not asked.environ.get(known.key, "").strip():
        raise UsageError(
            f"{provider}:{model} needs an API key.",
            f"Set {known.key} in the environment, or: recollect models key {provider}",
        )
    return asked.choice(f"{provider}:{model}", local=False, profile="large")


def _embedded(asked: _Asked) -> ModelChoice:
    name = asked.name
    if name.lower().startswith("embedded:"):
        name = name.partition(":")[2].strip()
    if known := CATALOGUE.get(name.lower()):
        return asked.choice(f"embedded:{known.name}", local=True, profile=known.profile)
    if name.lower().startswith("hf:"):
        return _from_hub(asked, name)
    if name.lower().endswith(".gguf"):
        path = expanded(name).absolute()
        if not path.is_file():
            raise UsageError(f"There is no file {path}.", _gguf_hint(path))
        return asked.choice(f"embedded:{path}", local=True, profile=_by_name(path.name, path.stat().st_size))
    if _is_linked(asked):
        return asked.choice(f"embedded:{name}", local=True, profile=_by_name(name))
    raise UsageError(f"There is no embedded model called {name!r}.", _nearest(name))


def _from_hub(asked: _Asked, name: str) -> ModelChoice:
    from assistant.models import library

    library.resolve(name, asked.models_folder)
    return asked.choice(f"embedded:{name}", local=True, profile=_by_name(name))


def _is_linked(asked: _Asked) -> bool:
    """Whether it is the name of a model file of the user's that the library keeps."""
    from assistant.models import library

    bare = asked.name.removeprefix("embedded:").lower()
    return any(entry.name == bare and entry.kind == "chat" for entry in library.listing(asked.models_folder))


def _by_name(name: str, size: int = 0) -> str:
    """Which prompts suit a model of which only the name, or the file's size in bytes, is known."""
    found = _BILLIONS.findall(name.rpartition("/")[2])
    if found:
        number, unit = found[-1]
        return profile_of(int(float(number) * (1e9 if unit.lower() == "b" else 1e6)))
    return "small" if 0 < size < _SMALL_FILE else "large"


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), CATALOGUE, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}? " if near else ""
    return (
        f"{hint}Embedded: {', '.join(CATALOGUE)}. Or give the path of a .gguf, hf:owner/repo/file.gguf, "
        "openai:MODEL, or another provider:MODEL."
    )


def _gguf_hint(path: Path) -> str:
    try:
        there = [each.name for each in path.parent.iterdir() if each.suffix.lower() == ".gguf"]
    except OSError:
        return f"There is no folder {path.parent} to look in either; check the path."
    near = difflib.get_close_matches(path.name, there, n=1, cutoff=0.3)
    if near:
        return f"Did you mean {path.parent / near[0]}?"
    return "Check the path; `recollect models` lists what is here and what can be pulled."
