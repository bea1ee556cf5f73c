"""The main job, from a folder to an answer with its source, on a machine without a network."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import raglan
from raglan.cli.main import main
from raglan.search.hybrid import Hybrid
from raglan.search.lexical import LexicalIndex

WARRANTY = """# Warranty

The warranty lasts 24 months from the date of delivery. It does not cover filters and seals.

## Returns

Send the machine back within 30 days for a full refund.
"""
FAQ = [
    {"id": "descale", "title": "Descaling", "text": "Descale the boiler every three months with citric acid."},
    {"id": "e07", "title": "Errors", "text": "Error E-07 means that the water tank is empty."},
]
LEAVE = "员工每年有二十天年假。年假须提前一周向主管申请。\n\n病假需要提供医生证明。\n"


@pytest.fixture
def over() -> Iterator[Callable[[Path], raglan.Rag]]:
    """``raglan.over`` whose stores are closed after the test."""
    made: list[raglan.Rag] = []

    def over(path: Path) -> raglan.Rag:
        made.append(raglan.over(path))
        return made[-1]

    yield over
    for rag in made:
        assert isinstance(rag.retriever, Hybrid)
        words = rag.retriever.retrievers[0]
        assert isinstance(words, LexicalIndex)
        words.store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "handbook"
    place.mkdir()
    (place / "warranty.md").write_text(WARRANTY, encoding="utf-8")
    (place / "faq.jsonl").write_text("".join(json.dumps(row) + "\n" for row in FAQ), encoding="utf-8")
    (place / "年假.txt").write_text(LEAVE, encoding="utf-8")
    return place


def test_answers_from_a_folder(folder: Path, offline: list[str], over: Callable[[Path], raglan.Rag]) -> None:
    rag = over(folder)
    for query, answer, document in (
        ("How long does the warranty last?", "24 months", "warranty.md"),
        ("What does error E-07 mean?", "water tank is empty", "faq.jsonl"),
        ("员工每年有多少天年假？", "二十天", "年假.txt"),
    ):
        reply = rag.answer(query)
        assert isinstance(reply, raglan.Answer), query
        assert answer in reply.text, query
        [first, *_] = reply.citations
        assert first.passage.document.startswith(document)
        quote = first.quote.of(first.passage.text)
        assert quote in reply.text or reply.text in quote, "sentences are told as they stand, or a few words of one"
        assert document in str(reply)
    assert not offline


def test_what_the_documents_do_not_hold_is_not_answered(
    folder: Path, offline: list[str], over: Callable[[Path], raglan.Rag]
) -> None:
    reply = over(folder).answer("Who painted the ceiling of the Sistine Chapel?")
    assert isinstance(reply, raglan.Answer)
    assert reply.abstained
    assert not offline


def test_the_command_asks_twice(folder: Path, offline: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["ask", str(folder), "How long does the warranty last?", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert "24 months" in found["answer"]
        [first, *_] = found["citations"]
        assert first["document"] == "warranty.md"
        assert WARRANTY[first["start"] : first["end"]] == first["quote"]
    assert not offline


def test_the_other_commands(folder: Path, offline: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    store = str(folder.parent / "store")
    for command in (
        ["index", str(folder), "-o", store],
        ["search", store, "boiler"],
        ["why", store, "boiler", "Descale the boiler every three months"],
        ["doctor", store],
    ):
        assert main(command) == 0, command
    out = capsys.readouterr().out
    assert "3 added" in out
    assert "Descale the boiler" in out
    assert "FAIL" not in out
    assert not offline
