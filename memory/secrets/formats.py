"""Formats of secrets by pattern: what is newer than the detector that is used, and what is not its business.

`detect-secrets` knows the forms of keys that services hand out, and made for source code it has two that find
passwords anywhere; those guess too much in ordinary talk and are not used. What is here: the forms that came after its
last release, whole private keys rather than their first line, card numbers by their check digit (Luhn, ISO/IEC 7812),
and passwords where they are said to be passwords and look it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:.*?-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|.*)"
    r"|PuTTY-User-Key-File-\d: .*",
    re.DOTALL,
)
KEYS = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"sk-(?:ant-|proj-|svcacct-|admin-|or-v1-|lf-)?[A-Za-z0-9_-]{32,}"  # OpenAI, Anthropic, OpenRouter and their like
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{30,}|GOCSPX-[A-Za-z0-9_-]{28}"  # Google
    r"|hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{60,}|r8_[A-Za-z0-9]{36,}|pplx-[A-Za-z0-9]{40,}"
    r"|(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})"
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{60,}|dop_v1_[a-f0-9]{64}|shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}"
    r"|(?:sk|rk|pk)_live_[A-Za-z0-9]{20,}|whsec_[A-Za-z0-9]{32,}|xox[abposr]-[A-Za-z0-9-]{20,}|xapp-\d-[A-Za-z0-9-]{30,}"
    r"|lin_api_[A-Za-z0-9]{40}|ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}|tskey-[a-z]+-[A-Za-z0-9-]{20,}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"  # JSON Web Tokens
    r"|AGE-SECRET-KEY-1[A-Z0-9]{58}"
    r")(?![A-Za-z0-9_-])"
)
_CARD = re.compile(r"(?<![\w.,/=-])\d(?:[ -]?\d){12,18}(?![\w/=-]|[.,]\d)")
_ISSUERS = re.compile(
    r"(?:4\d{12}(?:\d{3})?|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12})"
)
_SAID = re.compile(
    r"\b(?P<what>pass(?:word|phrase|code|wort)|passwd|pwd|kennwort|mot de passe|contraseña|wachtwoord|senha|пароль"
    r"|(?P<pin>pin(?: ?(?:code|number))?))\b['\"”]?"
    r"(?: (?:for|of|to|from|für|von|de|pour|del|per)(?: \w[\w'.-]*){1,4}?)?"
    r"\s*(?P<by>:|=|\b(?:is|was|are|ist|lautet|est|es|é|set to|changed to)\b:?)\s*(?:now |still |just )?"
    r"(?:[\"'`“‘«](?P<quoted>[^\n\"'`“”‘’«»]{4,80})[\"'`”’»]|(?P<bare>[^\s\"'`“”‘’«»]{4,80}))",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\bBearer\s+(?P<value>[A-Za-z0-9._~+/-]{16,}=*)", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?:password|passwd|secret(?:[_-]?(?:access[_-]?)?key)?|api[_-]?key|access[_-]?key"
    r"|auth[_-]?token|access[_-]?token|refresh[_-]?token|client[_-]?secret)[\"']?\s*(?:=|:|=>)\s*[\"'`]?(?P<value>[^\s\"'`,;]{8,200})",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"[\[\](){}<>]|^[$%]|\.\.\.|…|\*{3,}|x{4,}|your|example|placeholder|changeme|dummy|sample|redacted|removed|pass(?:word|wd)|secret$|_here\b|test|pbkdf2"
    r"|^https?:|^[/~.]|os\.|env|config\.|self\.",
    re.IGNORECASE,
)


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Where the card numbers stand: an issuer's beginning, its length, and a check digit that fits."""
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if _ISSUERS.fullmatch(digits) and len(set(digits)) > 1 and _luhn(digits):
            yield match.span()


def _luhn(digits: str) -> bool:
    doubled = [int(each) * 2 - 9 * (int(each) > 4) for each in digits[-2::-2]]
    return (sum(doubled) + sum(int(each) for each in digits[-1::-2])) % 10 == 0


def passwords(text: str) -> Iterator[tuple[int, int]]:
    """Where something said to be a password stands that looks like one, or the digits of a PIN."""
    for match in _SAID.finditer(text):
        said = match["by"][0] not in ":="
        start, value = _value(match, "quoted" if match["quoted"] else "bare")
        fine = (
            value.isdigit() and 4 <= len(value) <= 8
            if match["pin"]
            else _looks_secret(value, 6, alone=bool(said and match["quoted"]))
        )
        if fine:
            yield start, start + len(value)
    for pattern, least in ((_ASSIGNED, 8), (_BEARER, 16)):
        for match in pattern.finditer(text):
            start, value = _value(match, "value")
            if _looks_secret(value, least, alone=False):
                yield start, start + len(value)


def _value(match: re.Match[str], group: str) -> tuple[int, str]:
    """A group without what ends a sentence, and where it starts."""
    return match.start(group), match[group].rstrip(".,;:?)")


def _looks_secret(value: str, least: int, *, alone: bool) -> bool:
    """Whether a value is no word, no placeholder and no piece of code; with `alone` letters alone will do."""
    if len(value) < least or _PLACEHOLDER.search(value):
        return False
    letters = any(each.isalpha() for each in value)
    digits = any(each.isdigit() for each in value)
    signs = any(not each.isalnum() and each not in "-'_./" for each in value)
    return (letters and (digits or signs)) or (alone and letters)
