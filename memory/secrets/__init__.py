"""Secrets in what is said: keys, tokens, passwords, card numbers found before anything is written."""

from __future__ import annotations

from memory.secrets.find import Found, find, redacted
from memory.secrets.screen import POLICIES, Screen, SecretError, Seen

__all__ = ["POLICIES", "Found", "Screen", "SecretError", "Seen", "find", "redacted"]
