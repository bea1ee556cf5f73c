"""Every stage that can lose a passage says so, and those that keep it say how."""

from collections.abc import Sequence

import pytest

from raglan.encode.hashing import HashingEncoder
from raglan.explain.why import Stage, why
from raglan.rag import Rag
from raglan.search.dense import DenseIndex
from raglan.search.fusion import softmax
from raglan.search.hybrid import Hybrid
from raglan.search.lexical import LexicalIndex
from raglan.search.merge import minmax
from raglan.search.segments import Segments
from raglan.store.store import Store
from raglan.types import Citation, Draft, Evidence, Query, Span
from tests.samples import WRITTEN, passage

WANTED = "The warranty lasts 24 months from the date of delivery."


class Quote:
    """Cites the evidence that stands at ``place``."""

    def __init__(self, place: int = 0, logprob: float = 0.0) -> None:
        self.place, self.logprob = place, logprob

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        one = evidence[self.place].passage
        whole = Span(0, len(one.text))
        return Draft(one.text, (Citation(whole, one, whole),), logprob=self.logprob)


@pytest.fixture
def words() -> LexicalIndex:
    index = LexicalIndex(Store())
    index.add(WRITTEN)
    return index


def stages(
    words: LexicalIndex,
    query: str,
    text: str,
    *,
    quote: Quote | None = None,
    segmenter: Segments | None = None,
    k: int = 3,
    threshold: float = 0.1,
) -> list[Stage]:
    vectors = DenseIndex(HashingEncoder(), words.store)
    vectors.follower.refresh()
    rag = Rag(
        Hybrid([words, vectors], minmax()),
        quote or Quote(),
        fusion=softmax(),
        segmenter=segmenter,
        k=k,
        threshold=threshold,
    )
    return why(rag, words.store, words, [words, vectors], Query(query), text)


def lost(found: Sequence[Stage]) -> str:
    """The first stage that lost it, single searches aside; empty if none did."""
    gone = (stage.name for stage in found if not stage.kept and not stage.name.startswith("rank by"))
    return next(gone, "")


def test_nothing_is_lost(words: LexicalIndex) -> None:
    found = stages(words, "How long does the warranty last?", WANTED)
    assert [stage.name for stage in found] == [
        "read",
        "cut",
        "rank by words",
        "rank by vectors",
        "merged rank",
        "evidence",
        "answer",
    ]
    assert all(stage.kept for stage in found)
    assert [stage.rank for stage in found[2:5]] == [1, 1, 1]
    assert "warranty.md" in found[0].finding
    assert "the answer cites it" in found[-1].finding


def test_it_was_never_read(words: LexicalIndex) -> None:
    found = stages(words, "zeppelin", "Zeppelins float above the harbour.")
    assert lost(found) == "read"
    assert len(found) == 1


@pytest.mark.parametrize("text", ["", "   ", "?!"])
def test_no_text_is_nowhere(words: LexicalIndex, text: str) -> None:
    assert lost(stages(words, "warranty", text)) == "read"


def test_part_of_it_was_read(words: LexicalIndex) -> None:
    found = stages(words, "warranty", "The warranty lasts 24 months unless a zeppelin crashes into your kitchen window")
    assert lost(found) == "read"
    assert "nearest is warranty.md" in found[0].finding


def test_it_was_cut_apart(words: LexicalIndex) -> None:
    both = "Descale the boiler every three months. Error E-07 means that the water tank is empty."
    found = stages(words, "boiler", both)
    assert lost(found) == "cut"
    assert "cut apart" in found[1].finding


def test_words_a_little_different_are_the_passage(words: LexicalIndex) -> None:
    found = stages(words, "warranty", "the warranties last 24 months, from delivery date")
    assert [stage.kept for stage in found[:2]] == [True, True]
    assert "a little different" in found[1].finding


def test_no_search_found_it(words: LexicalIndex) -> None:
    found = stages(words, "xyzzy", WANTED)
    assert "rank by LexicalIndex" in [stage.name for stage in found]
    assert "cannot read the query" in found[2].finding


def test_it_ranked_too_low(words: LexicalIndex) -> None:
    words.add([passage(f"the boiler, the boiler {number}", f"{number}.txt") for number in range(20)])
    found = stages(words, "boiler", "Descale the boiler every three months.")
    assert lost(found) == "evidence"
    merged = next(stage for stage in found if stage.name == "merged rank")
    assert merged.rank is not None
    assert merged.rank > 3


def test_the_answer_abstained(words: LexicalIndex) -> None:
    found = stages(words, "How long does the warranty last?", WANTED, quote=Quote(logprob=-9))
    assert lost(found) == "answer"
    assert "confidence" in found[-1].finding


def test_it_is_followed_into_its_segment(words: LexicalIndex) -> None:
    found = stages(words, "How long does the warranty last?", WANTED, segmenter=Segments(words.store))
    assert lost(found) == ""
    assert "the answer cites it" in found[-1].finding
    other = stages(words, "How long does the warranty last?", WANTED, segmenter=Segments(words.store), quote=Quote(1))
    assert lost(other) == "answer"


def test_the_answer_rests_on_another(words: LexicalIndex) -> None:
    found = stages(words, "How long does the warranty last?", WANTED, quote=Quote(1))
    assert lost(found) == "answer"
    assert "instead" in found[-1].finding
