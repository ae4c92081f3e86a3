"""A chat model from a name: the embedded engine, any OpenAI-compatible server, any LangChain provider."""
