"""The marks by which chat templates tell roles and turns apart, found wherever they stand in a text, also disguised.

Two sources: the forms that the families of models use, known beforehand, and the control tokens of the model that is
loaded, which its file lists (`know`). Together they hold for a server's model, of which nothing can be read, and for
any file that the embedded engine runs.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import TYPE_CHECKING

from assistant.lookalikes import looks, places

if TYPE_CHECKING:
    from collections.abc import Iterable

# ChatML, Llama 2 to 4, Mistral, Gemma 1 to 4, Phi, Qwen, DeepSeek, GLM, Granite, Command, EXAONE, Kimi, MiniMax,
# Nemotron, Seed, gpt-oss; code models' files and holes; the brackets of reasoning and of tools. What opens a mark
# is looked at alone, and never when a blank follows it: what is broken once is not broken again.
_FORMS = r"""
  <(?=[|][^<>\n\s][^<>\n]{0,60}>)                        # <|im_start|> <|turn> <|eot_id|>, with any kind of bar
| <(?=[^\s<>|][^\s<>|]{0,40}[|]>)                        # <turn|>
| <(?=/?(?:s|bos|eos|pad|unk|mask|sep|cls|sop|eop|think(?:ing)?|thought|analysis|final|reasoning|scratchpad)>)
| <(?=/?(?:tool|function)_(?:calls?|response|result|output|code|def|list|name)s?>)
| <(?=/?(?:start|end|begin|eo|bo|sta|beginning)_?of_[a-z_]{1,30}>)
| <(?=(?:repo_name|reponame|file_sep|gh_stars|issue_(?:start|comment|closed)|jupyter_[a-z_]{1,20}|empty_output
    |commit_(?:before|msg|after)|fim_(?:prefix|middle|suffix|pad)|intermediate|/?seed:[a-z_]{1,30}|(?:extra_id|special)_\d{1,6}
    |unused\d{1,6}|reserved_\d{1,6})>)
| <(?=</?sys>)
| \[(?=/?(?:inst|img|imgbreak|img_break|img_end|prefix|middle|suffix|think|audio|begin_audio|calls?|cls|sep|mask|pad|unk
    |bos|eos|args|gmask|smask|call_id|system_prompt|model_settings|available_tools|tool_calls?|tool_results?
    |tool_content|unused_token_\d{1,6}|control_\d{1,6})\])
| \[(?=[|][^\[\]\n\s][^\[\]\n]{0,40}[|]\])               # [|user|]
| \[(?=e~\[) | \](?=~!?[a-z][\[\]])                       # ]~b] [e~[
"""
_LEAST = 3
_known: frozenset[str] = frozenset()
_lock = threading.Lock()


def know(tokens: Iterable[str]) -> None:
    """Look for these tokens too from now on: the control tokens of a model that was loaded.

    What is nothing but letters and digits is left alone, for it could not be told from words; what has one of the
    forms above is looked for anyway.
    """
    global _known  # noqa: PLW0603  (what one model obeys is kept from every one)
    new = {
        looks(token)
        for token in tokens
        if len(token) >= _LEAST
        and not token.isalnum()
        and not token.startswith("�")
        and token.strip() == token
        and not _pattern(frozenset()).match(looks(token))
    }
    with _lock:
        _known |= new


def broken(text: str) -> str:
    """`text` with a blank put into every mark of a chat template, so that no tokenizer reads it as one."""
    seen = looks(text)
    found = [match.start() for match in _pattern(_known).finditer(seen)]
    if not found:
        return text
    origin = places(text)
    parts, last = [], 0
    for spot in sorted({origin[each] for each in found}):
        parts.append(text[last : spot + 1])
        last = spot + 1
    return " ".join([*parts, text[last:]])


@cache
def _pattern(known: frozenset[str]) -> re.Pattern[str]:
    """The forms and the known tokens."""
    named = [f"{re.escape(token[0])}(?={re.escape(token[1:])})" for token in sorted(known)]
    return re.compile("|".join([f"(?:{_FORMS})", *named]), re.VERBOSE)
