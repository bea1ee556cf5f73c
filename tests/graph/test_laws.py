"""What every retriever owes, of the search along names alone and joined with the one it starts from."""

import pytest

from raglan.graph.retriever import GraphRetriever, Linked
from raglan.search.lexical import LexicalIndex
from raglan.store.adding import add_passages
from raglan.store.store import Store
from tests import laws
from tests.samples import ASKED


def alone(passages):
    store = Store()
    add_passages(store, passages)
    return GraphRetriever(store, LexicalIndex(store))


def joined(passages):
    graph = alone(passages)
    return Linked(graph.first, graph)


@pytest.mark.parametrize("law", laws.RETRIEVER_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("make", [alone, joined], ids=lambda make: make.__name__)
def test_retriever(make, law):
    law(make, ASKED)
