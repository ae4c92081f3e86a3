"""Finding secrets in a text: where they stand and what they are."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from memory.secrets.formats import KEYS, PRIVATE_KEY, cards, passwords

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DETECTORS = (
    ("aws", "AWSKeyDetector"),
    ("azure_storage_key", "AzureStorageKeyDetector"),
    ("basic_auth", "BasicAuthDetector"),
    ("discord", "DiscordBotTokenDetector"),
    ("github_token", "GitHubTokenDetector"),
    ("gitlab_token", "GitLabTokenDetector"),
    ("mailchimp", "MailchimpDetector"),
    ("npm", "NpmDetector"),
    ("openai", "OpenAIDetector"),
    ("pypi_token", "PypiTokenDetector"),
    ("sendgrid", "SendGridDetector"),
    ("slack", "SlackDetector"),
    ("square_oauth", "SquareOAuthDetector"),
    ("stripe", "StripeDetector"),
    ("telegram_token", "TelegramBotTokenDetector"),
    ("twilio", "TwilioKeyDetector"),
)
_MAY_HOLD_A_KEY = re.compile(r"[A-Za-z0-9_+/.=-]{20}|://[^/\s]{1,200}@|_authToken")
_PASSWORD_WORDS = (
    *("pass", "pwd", "kennwort", "contraseña", "wachtwoord", "senha", "пароль", "secret", "bearer"),
    *("pin ", "pin:", "pincode", "pin=", "key", "token"),
)
_PLACEHOLDER = re.compile(
    r"x{6,}|\*{3,}|\.{3}|your|example(?!\.)|<|placeholder|^(?:password|pass|passwd|pw|user)$", re.IGNORECASE
)


class Found(NamedTuple):
    """A secret in a text.

    Attributes:
        kind: what it is, for people: `API key`, `password`, `card number`, `private key`.
        start, end: where it stands, in characters.
    """

    kind: str
    start: int
    end: int


def find(text: str) -> tuple[Found, ...]:
    """The secrets in `text`, in order and apart from each other. Nothing leaves this machine to find them."""
    found = [Found("card number", *span) for span in cards(text)]
    if "PRIVATE KEY" in text or "PuTTY-User-Key" in text:
        found += [Found("private key", *match.span()) for match in PRIVATE_KEY.finditer(text)]
    if _MAY_HOLD_A_KEY.search(text):
        found += [Found("API key", *match.span()) for match in KEYS.finditer(text)]
        found += _detected(text)
    lower = text.lower()
    if any(word in lower for word in _PASSWORD_WORDS):
        found += [Found("password", *span) for span in passwords(text)]
    return _apart(found)


REMOVED = re.compile(r"\[[^\[\]]+ removed\]")
"""The mark that stands in the place of a secret."""


def redacted(text: str, found: Sequence[Found]) -> str:
    """`text` with a mark in the place of each secret: `[API key removed]`."""
    parts, last = [], 0
    for each in found:
        parts += [text[last : each.start], f"[{each.kind} removed]"]
        last = each.end
    return "".join([*parts, text[last:]])


def _detected(text: str) -> list[Found]:
    """What the forms of services' keys find that `detect-secrets` knows."""
    return [
        Found(kind, *match.span(group))
        for pattern, group, kind in _patterns()
        for match in pattern.finditer(text)
        if match[group] and not _PLACEHOLDER.search(match[group])
    ]


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], int, str], ...]:
    """The patterns of the detectors, imported when a text first may hold a key; which group of each is the secret."""
    from importlib import import_module

    found = []
    for module, name in _DETECTORS:
        address = name == "BasicAuthDetector"
        detector = getattr(import_module(f"detect_secrets.plugins.{module}"), name)
        found += [(each, int(address), "password" if address else "API key") for each in detector.denylist]
    return tuple(found)


def _apart(found: Iterable[Found]) -> tuple[Found, ...]:
    """In order; of those that overlap one that covers them all, named after the one that begins first."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if kept and each.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(kept[-1].end, each.end))
        else:
            kept.append(each)
    return tuple(kept)
