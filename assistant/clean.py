"""Text that comes from outside, made safe: to store and show (`clean`), and to stand in a prompt as data (`defuse`)."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")

# What chat templates use to mark roles and turns: ChatML, Llama 2 and 3, Mistral, Gemma, Phi, DeepSeek, and the
# brackets of reasoning and of tool calls.
_MARKERS = re.compile(
    r"""
      <(?=[|｜][^<>\n]{1,60}[|｜]>)                                    # <|im_start|> <|eot_id|> <｜User｜>
    | <(?=/?(?:s|bos|eos|pad|unk|mask|start_of_turn|end_of_turn|start_of_image|sep|think|tool_call|tool_response)>)
    | <(?=</?SYS>>)
    | \[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|ARGS)\])
    """,
    re.VERBOSE | re.IGNORECASE,
)


def clean(text: str) -> str:
    """What was typed or piped, fit to be stored and shown.

    Control characters but newline and tab are taken out (they could steer a terminal), and so are those that turn the
    direction of writing around; line ends become newlines; what is not valid Unicode becomes U+FFFD.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _BIDI.sub("", _CONTROL.sub("", text))


def defuse(text: str) -> str:
    """`text` with every marker of a chat template broken by a space, so that no tokenizer reads it as one.

    It changes what is sent, never what is stored.
    """
    return _MARKERS.sub(lambda found: found.group() + " ", text)
