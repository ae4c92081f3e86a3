"""LangChain's providers: which package brings each, which variable holds its key, and where it answers."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Provider:
    """One of the providers that `langchain.chat_models.init_chat_model` knows.

    Attributes:
        package: what to install for it.
        key: the environment variable that holds its API key; empty where there is no single one.
    """

    package: str
    key: str = ""

    @property
    def installed(self) -> bool:
        """Whether its package is here; nothing of it is imported."""
        return find_spec(self.package.replace("-", "_")) is not None


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "anthropic": Provider("langchain-anthropic", "ANTHROPIC_API_KEY"),
        "anthropic_bedrock": Provider("langchain-aws"),
        "azure_ai": Provider("langchain-azure-ai", "AZURE_AI_API_KEY"),
        "azure_openai": Provider("langchain-openai", "AZURE_OPENAI_API_KEY"),
        "baseten": Provider("langchain-baseten", "BASETEN_API_KEY"),
        "bedrock": Provider("langchain-aws"),
        "bedrock_converse": Provider("langchain-aws"),
        "cohere": Provider("langchain-cohere", "COHERE_API_KEY"),
        "deepseek": Provider("langchain-deepseek", "DEEPSEEK_API_KEY"),
        "fireworks": Provider("langchain-fireworks", "FIREWORKS_API_KEY"),
        "google_anthropic_vertex": Provider("langchain-google-vertexai"),
        "google_genai": Provider("langchain-google-genai", "GOOGLE_API_KEY"),
        "google_vertexai": Provider("langchain-google-vertexai"),
        "groq": Provider("langchain-groq", "GROQ_API_KEY"),
        "huggingface": Provider("langchain-huggingface", "HF_TOKEN"),
        "ibm": Provider("langchain-ibm", "WATSONX_API_KEY"),
        "litellm": Provider("langchain-litellm"),
        "mistralai": Provider("langchain-mistralai", "MISTRAL_API_KEY"),
        "nvidia": Provider("langchain-nvidia-ai-endpoints", "NVIDIA_API_KEY"),
        "ollama": Provider("langchain-ollama"),
        "openai": Provider("langchain-openai", "OPENAI_API_KEY"),
        "openrouter": Provider("langchain-openrouter", "OPENROUTER_API_KEY"),
        "perplexity": Provider("langchain-perplexity", "PPLX_API_KEY"),
        "together": Provider("langchain-together", "TOGETHER_API_KEY"),
        "upstage": Provider("langchain-upstage", "UPSTAGE_API_KEY"),
        "xai": Provider("langchain-xai", "XAI_API_KEY"),
    }
)
"""The providers by the name that stands before the colon."""
