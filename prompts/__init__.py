"""The prompts: plain Markdown files, and what reads them."""

from prompts.loader import Example, PromptError, PromptSet, fill, load

__all__ = ["Example", "PromptError", "PromptSet", "fill", "load"]
