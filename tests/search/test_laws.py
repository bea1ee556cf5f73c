"""The laws, over every part that comes with Raglan."""

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pytest

from raglan.encode.hashing import HashingEncoder
from raglan.protocols import Fusion, Index, Merge, Reranker, Retriever
from raglan.search.boolean import Boolean
from raglan.search.dense import DenseIndex
from raglan.search.exact import Exact, Mentions
from raglan.search.fusion import softmax
from raglan.search.hybrid import Hybrid
from raglan.search.learned import learned
from raglan.search.lexical import LexicalIndex
from raglan.search.merge import minmax, rrf
from raglan.search.mmr import Mmr
from raglan.store.store import Store
from raglan.types import Passage, Query
from tests import laws
from tests.samples import ASKED

from .conftest import Opened


def dense(store: Store) -> Index:
    return DenseIndex(HashingEncoder(), store)


def graph(store: Store) -> Index:
    return DenseIndex(HashingEncoder(), store, exact=12)


OVER: dict[str, Callable[[Store], Index]] = {"words": LexicalIndex, "vectors": dense, "graph": graph}


@pytest.mark.parametrize("in_folder", [False, True], ids=["memory", "folder"])
@pytest.mark.parametrize("over", OVER.values(), ids=OVER)
@pytest.mark.parametrize("law", laws.INDEX_LAWS)
def test_indexes(
    law: laws.IndexLaw, over: Callable[[Store], Index], in_folder: bool, opened: Opened, tmp_path: Path
) -> None:
    number = count()
    law(lambda: over(opened(tmp_path / str(next(number)) if in_folder else None)))


@pytest.mark.parametrize("over", OVER.values(), ids=OVER)
@pytest.mark.parametrize("law", laws.PLACE_LAWS)
def test_indexes_in_a_folder(
    law: laws.PlaceLaw, over: Callable[[Store], Index], opened: Opened, tmp_path: Path
) -> None:
    law(lambda place: over(opened(place)), tmp_path / "store")


def hybrid(words: LexicalIndex) -> Retriever:
    vectors = DenseIndex(HashingEncoder(), words.store)
    return Hybrid([words, vectors], learned(), exact=Exact(words), mentions=Mentions(words))


NAMES = [Query('"steam wand"'), Query("What does E-07 mean?"), Query("保修条款"), Query("“保修期” 是多久")]
MENTIONED = [Query("Is the coffee machine FX 200 loud?"), Query("保修条款有几年")]
EXPRESSIONS = [Query("boiler"), Query("保修"), Query("battery OR pump"), Query("water AND NOT kettle"), Query("desc*")]
RETRIEVERS: dict[str, tuple[Callable[[LexicalIndex], Retriever], list[Query]]] = {
    "hybrid": (hybrid, [*ASKED, *NAMES, *MENTIONED]),
    "boolean": (Boolean, EXPRESSIONS),
    "exact": (Exact, NAMES),
    "mentions": (Mentions, MENTIONED),
}


@pytest.mark.parametrize("name", RETRIEVERS)
@pytest.mark.parametrize("law", laws.RETRIEVER_LAWS)
def test_retrievers(law: laws.RetrieverLaw, name: str, opened: Opened) -> None:
    over, queries = RETRIEVERS[name]

    def make(passages: Sequence[Passage]) -> Retriever:
        words = LexicalIndex(opened(None))
        words.add(passages)
        made = over(words)
        if isinstance(made, Hybrid):
            for index in made.retrievers:
                assert isinstance(index, (LexicalIndex, DenseIndex))
                index.follower.refresh()
        return made

    law(make, queries)


@pytest.mark.parametrize("merge", [minmax(), minmax(dense=0.8), minmax(dense=1), rrf(), rrf(k=1), learned()])
@pytest.mark.parametrize("law", laws.MERGE_LAWS)
def test_merges(law: laws.MergeLaw, merge: Merge) -> None:
    law(merge)


@pytest.mark.parametrize("fuse", [softmax(), softmax(temperature=10)])
@pytest.mark.parametrize("law", laws.FUSION_LAWS)
def test_fusions(law: laws.FusionLaw, fuse: Fusion) -> None:
    law(fuse)


@pytest.mark.parametrize("reranker", [Mmr(), Mmr(0), Mmr(1), Mmr(depth=3)])
@pytest.mark.parametrize("law", laws.RERANKER_LAWS)
def test_rerankers(law: laws.RerankerLaw, reranker: Reranker) -> None:
    law(reranker)
