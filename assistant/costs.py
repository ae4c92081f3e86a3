"""What turns cost, and what recall saved: the prompt that was sent beside the whole history that was not."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from assistant.display import money
from memory.errors import ConfigError
from memory.types import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from assistant.events import Usage
    from memory.types import Message

CHARACTERS_A_TOKEN = 4.0
"""How many characters a token has, where nothing better is known: OpenAI's own rule of thumb for English."""

_MILLION = 1_000_000
_COLUMNS = ("input", "cached", "output")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens: sent, sent and found in the provider's cache, answered."""

    input: float
    cached: float
    output: float

    def of(self, prompt: int, completion: int, cached: int = 0) -> float:
        """Dollars for so many tokens; `cached` are those of `prompt` that the provider had."""
        fresh = max(0, prompt - cached)
        return (fresh * self.input + min(cached, prompt) * self.cached + completion * self.output) / _MILLION


FREE = Price(0, 0, 0)
"""What a model on this machine costs."""


class Prices:
    """Prices by model name."""

    def __init__(self, table: Mapping[str, Price]) -> None:
        self._table = table

    def of(self, model: str) -> Price | None:
        """The price of a model; None when it is not known. Models on this machine cost nothing."""
        if model.startswith("embedded:") or model.lower().endswith(".gguf"):
            return FREE
        if model in self._table:
            return self._table[model]
        begun = [name for name in self._table if name.endswith("*") and model.startswith(name[:-1])]
        return self._table[max(begun, key=len)] if begun else None

    def names(self) -> list[str]:
        """The models that have a price of their own, in the order of the table."""
        return [name for name in self._table if not name.endswith("*")]


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens and dollars of one or more answers.

    Attributes:
        answers: how many.
        prompt, completion: tokens sent and answered, as far as they were told.
        dollars: their price; None when a model's price is not known.
        untold: answers whose tokens the model did not tell.
    """

    answers: int = 0
    prompt: int = 0
    completion: int = 0
    dollars: float | None = 0.0
    untold: int = 0


def spent(messages: Iterable[Message], prices: Prices) -> Spent:
    """What the answers among `messages` took. What the provider had cached was not kept, so it is an upper bound."""
    answers = prompt = completion = untold = 0
    dollars: float | None = 0.0
    for message in messages:
        if message.role is not Role.ASSISTANT or not message.model:
            continue
        answers += 1
        if message.prompt_tokens is None:
            untold += 1
            continue
        prompt += message.prompt_tokens
        completion += message.completion_tokens or 0
        price = prices.of(message.model)
        if dollars is not None:
            dollars = dollars + price.of(message.prompt_tokens, message.completion_tokens or 0) if price else None
    return Spent(answers, prompt, completion, dollars, untold)


@dataclass(frozen=True, slots=True)
class Account:
    """What a session took, beside what it would have taken with the whole history in every prompt.

    Attributes:
        model: what answers now.
        spent: what the session's answers took.
        last: what the last answer took; None before there is one.
        history: tokens of everything that is remembered, about.
        price: of the model that answers now; None when it is not known.
    """

    model: str
    spent: Spent
    last: Spent | None
    history: int
    price: Price | None

    @property
    def saved(self) -> int:
        """Tokens that recall spared the session's prompts, had each held the whole history as it is now."""
        told = self.spent.answers - self.spent.untold
        return max(0, told * self.history - self.spent.prompt)

    def rows(self) -> list[tuple[str, str]]:
        """Names and values for people."""
        rows = [("Model", self.model)]
        if self.last:
            rows.append(("Last answer", _told(self.last)))
        rows.append(
            (
                "This session",
                f"{self.spent.answers} answer{'' if self.spent.answers == 1 else 's'}, {_told(self.spent)}",
            )
        )
        rows.append(("Everything remembered", f"about {self.history:,} tokens"))
        if self.last and self.last.prompt and self.history > self.last.prompt:
            rows.append(("The last prompt", f"1/{self.history / self.last.prompt:.0f} of that"))
        if self.saved:
            dollars = f", {money(self.price.of(self.saved, 0))}" if self.price and self.price.input else ""
            rows.append(("Recall saved", f"about {self.saved:,} tokens{dollars} in this session"))
        return rows


def account(messages: Sequence[Message], *, model: str, characters: int, prices: Prices) -> Account:
    """The account of a session's messages; `characters` are those of everything remembered."""
    answers = [one for one in messages if one.role is Role.ASSISTANT and one.model]
    last = spent(answers[-1:], prices) if answers else None
    return Account(model, spent(messages, prices), last, history_tokens(characters), prices.of(model))


def _told(some: Spent) -> str:
    parts = [f"{some.prompt:,} tokens in, {some.completion:,} out"]
    if some.untold:
        parts.append(f"{some.untold} not told")
    parts.append(
        "price not known" if some.dollars is None else f"at most {money(some.dollars)}" if some.dollars else "$0"
    )
    return ", ".join(parts)


def turn_cost(usage: Usage | None, model: str, prices: Prices) -> float | None:
    """Dollars of one turn; None when tokens or price are not known."""
    price = prices.of(model)
    if usage is None or usage.prompt_tokens is None or price is None:
        return None
    return price.of(usage.prompt_tokens, usage.completion_tokens or 0, usage.cached_tokens or 0)


def history_tokens(characters: int) -> int:
    """About how many tokens the whole history has."""
    return round(characters / CHARACTERS_A_TOKEN)


def load_prices(own: Path | None = None) -> Prices:
    """The shipped prices, and over them those of the user's own file. Raises `ConfigError` for a wrong one."""
    shipped = resources.files("assistant") / "prices.toml"
    table = _read(shipped.read_text(encoding="utf-8"), "prices.toml")
    if own and own.is_file():
        try:
            table |= _read(own.read_text(encoding="utf-8-sig"), str(own))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{own} cannot be read: {error}.", "Change it, or take it away.") from error
    return Prices(table)


def _read(text: str, place: str) -> dict[str, Price]:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place} is not valid TOML: {error}.", _FORM) from error
    return {name: _price(row, f"{place}: {name}") for name, row in found.items()}


_FORM = 'A price looks like: ["openai:gpt-4o-mini"], and below it input = 0.15 and output = 0.60.'


def _price(row: object, place: str) -> Price:
    if not isinstance(row, dict):
        raise ConfigError(f"{place} is no table.", _FORM)
    if unknown := next((name for name in row if name not in _COLUMNS), ""):
        raise ConfigError(f"{place}: there is no {unknown!r} in a price.", _FORM)
    for name in ("input", "output"):
        if name not in row:
            raise ConfigError(f"{place} lacks {name}.", _FORM)
    values: dict[str, float] = {}
    for name in _COLUMNS:
        value = row.get(name, row["input"])
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise ConfigError(f"{place}: {name} is {value!r}, and must be a number of dollars.", _FORM)
        values[name] = float(value)
    return Price(**values)
