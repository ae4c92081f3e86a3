from __future__ import annotations

from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from memory.memory import Memory
from memory.retriever import AssociationRetriever

from .conftest import fill


def test_it_serves_an_ordinary_chain(memory: Memory) -> None:
    fill(memory)
    retriever = AssociationRetriever(memory=memory, k=2)
    prompt = ChatPromptTemplate.from_template("Notes:\n{notes}\n\nQuestion: {question}")

    def join(documents: list[Document]) -> str:
        return "\n".join(document.page_content for document in documents)

    chain = (
        {"notes": retriever | join, "question": RunnablePassthrough()}
        | prompt
        | RunnableLambda(lambda p: p.to_string())
    )
    assert "3 March 2027" in chain.invoke("When does my passport expire?")


async def test_documents_carry_plain_metadata_and_can_be_had_asynchronously(memory: Memory) -> None:
    said = fill(memory)
    documents = await AssociationRetriever(memory=memory, k=3).ainvoke("When did I start to learn the cello?")
    assert documents[0].id == said["cello"].id
    assert documents[0].metadata["session"] == "b"
    assert "words" in documents[0].metadata["why"] or "meaning" in documents[0].metadata["why"]
    assert documents[0].metadata["exchange"].count("\n") == 1
