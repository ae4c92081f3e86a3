"""Offers: the chat models that could answer from here on, and what each would cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.costs import FREE
from assistant.models.client import ServerModel
from assistant.models.library import listing
from assistant.models.providers import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from assistant.costs import Price, Prices
    from assistant.models.base import ChatModel


@dataclass(frozen=True, slots=True)
class Offer:
    """A chat model that can be chosen.

    Attributes:
        name: what chooses it.
        what: half a sentence for people: what it is, or whether it is here.
        ready: whether it can answer at once; otherwise its file is pulled first.
        price: what it costs; None when that is not known.
    """

    name: str
    what: str
    ready: bool
    price: Price | None


def offers(models_folder: Path, environ: Mapping[str, str], prices: Prices, current: ChatModel) -> list[Offer]:
    """What can be chosen, the present model first. Asks the present model's server which others it has; blocks.

    Args:
        models_folder: where model files are.
        environ: where keys are looked for; a provider without its key is not offered.
        prices: what models cost.
        current: the model that answers now.
    """
    now = current.choice.name
    found = {now: Offer(now, "answers now", True, prices.of(now))}
    for offer in (*_of_server(current, prices), *_here(models_folder), *_priced(environ, prices)):
        found.setdefault(offer.name, offer)
    return list(found.values())


def _of_server(current: ChatModel, prices: Prices) -> Iterator[Offer]:
    if isinstance(current, ServerModel):
        for name in current.names():
            yield Offer(name, f"at {current.choice.base_url}", True, prices.of(name))


def _here(models_folder: Path) -> Iterator[Offer]:
    for entry in listing(models_folder):
        if entry.kind != "chat":
            continue
        fit = f"; {entry.fit.sentence}" if entry.fit else ""
        size = f"{entry.size / 1e9:.1f} GB" if entry.size >= 1e9 else f"{entry.size / 1e6:.0f} MB"
        where = "here" if entry.here else f"{size} to pull"
        yield Offer(f"embedded:{entry.name}", f"{entry.title}; {where}{fit}", entry.here, FREE)


def _priced(environ: Mapping[str, str], prices: Prices) -> Iterator[Offer]:
    for name in prices.names():
        provider = PROVIDERS.get(name.partition(":")[0])
        if provider and provider.installed and provider.key and environ.get(provider.key):
            yield Offer(name, f"{provider.key} is set", True, prices.of(name))
