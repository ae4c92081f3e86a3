"""AssociationRetriever: recall as a LangChain retriever, for any chain that takes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from memory.memory import Memory  # noqa: TC001 - pydantic reads it at run time

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun

    from memory.types import Recollection


class AssociationRetriever(BaseRetriever):
    """Recalls messages as LangChain documents, best first.

    A document's `page_content` is the message's text. Its metadata is plain values: `id`, `source_id`, `session`,
    `role`, `speaker`, `time` (ISO 8601 or None), `score`, `why` (a sentence), `signals`, and `exchange` (the whole
    exchange as text). `invoke(cue, k=3)` asks for another number of them than `k`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    memory: Memory = Field(exclude=True)
    k: int = 5

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain names it
        k: int | None = None,
    ) -> list[Document]:
        return [_document(found) for found in self.memory.recall(query, k=self.k if k is None else k).recollections]


def _document(found: Recollection) -> Document:
    message = found.message
    return Document(
        id=message.id,
        page_content=message.text,
        metadata={
            "id": message.id,
            "source_id": message.source_id,
            "session": message.session,
            "role": message.role.value,
            "speaker": message.speaker,
            "time": message.time.isoformat() if message.time else None,
            "score": found.score,
            "why": found.why.sentence(),
            "signals": dict(found.why.signals),
            "exchange": "\n".join(f"{part.speaker or part.role.value}: {part.text}" for part in found.exchange),
        },
    )
