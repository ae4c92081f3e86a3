"""A ChatModel for a choice. Nothing is loaded, pulled or connected to before its `ready` is awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.models import addresses
from assistant.models.choose import SERVER_DEFAULT
from assistant.models.client import ProviderModel, ServerModel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assistant.models.base import ChatModel, ModelChoice
    from assistant.settings import Settings


def create(
    choice: ModelChoice, settings: Settings, environ: Mapping[str, str], models_folder: Path, log_file: Path
) -> ChatModel:
    """The model that was chosen.

    Args:
        choice: what `choose` returned.
        settings: of this run; `timeout` and `memory.incognito` are used.
        environ: where keys are looked for.
        models_folder: where model files are kept.
        log_file: where the embedded engine's own log goes.
    """
    if choice.base_url:
        provider, _, rest = choice.name.partition(":")
        openai = provider == "openai" and bool(rest)
        key = environ.get("OPENAI_API_KEY", "").strip() if openai else addresses.key_for(choice.base_url, environ)
        model = rest if openai or (provider == "ollama" and rest) else choice.name
        return ServerModel(choice, model="" if model == SERVER_DEFAULT else model, key=key, patience=settings.timeout)
    if choice.name.startswith("embedded:"):
        from assistant.models.embedded import EmbeddedModel

        return EmbeddedModel(
            choice,
            models_folder=models_folder,
            log_file=log_file,
            patience=settings.timeout,
            keep=not settings.memory.incognito,
        )
    return ProviderModel(choice, patience=settings.timeout)
