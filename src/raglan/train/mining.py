"""Where negatives come from: by what words find, or by what the model itself finds, as it is by then.

:mod:`raglan.train.negatives` says which of what is found is kept: nothing that reads like a positive or holds an answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from raglan.errors import ConfigError
from raglan.search.lexical import LexicalIndex
from raglan.train.drawing import Find
from raglan.train.negatives import Draw, Negatives, by_search, by_vectors
from raglan.train.retriever import Retriever
from raglan.train.rows import Rows
from raglan.types import Example, Query

__all__ = ["SOURCES", "finder"]

SOURCES = ("in-batch", "bm25", "mined")
_LEAST, _MOST = 16, 200  # ranks
_SHARE = 0.1  # of the passages: what stands further back is no harder than any other


def finder(
    source: str, rows: Rows, model: Retriever | None = None, *, count: int = 32, depth: int = 0, seed: int = 0
) -> Find | None:
    """What finds ``count`` negatives for each row by a ``source`` of :data:`SOURCES`; ``in-batch`` looks for none.

    ``mined`` asks ``model``. They are drawn from the first ``depth`` ranks; 0 is a tenth of the passages, within 16 and 200.
    Raises :class:`ConfigError` for another name, and where there is no model to ask.
    """
    if source not in SOURCES:
        raise ConfigError(f"negatives are {source!r}; there are {', '.join(SOURCES)}")
    if source == "in-batch":
        return None
    if source == "mined" and model is None:
        raise ConfigError("only an encoder can mine its own negatives; take bm25")
    examples = [Example(Query(row.query), row.answers, row.positives, row.negatives) for row in rows.rows]
    depth = depth or min(_MOST, max(_LEAST, int(_SHARE * len(rows.texts))))
    negatives = Negatives(examples, rows.passages.values(), draw=Draw(count=count, last=depth), seed=seed)
    queries = [row.query for row in rows.rows]

    def by_words(epoch: int) -> list[Sequence[str]]:
        index = LexicalIndex()
        index.add(rows.passages.values())
        found = by_search(index, [Query(query) for query in queries], depth)
        return [one.negatives for one in negatives.drawn(found, epoch=epoch)]

    def by_model(epoch: int) -> list[Sequence[str]]:
        assert model is not None
        asked = model.searched(queries, role="query")
        vectors = model.searched(list(rows.texts.values()), role="passage")
        found = by_vectors(asked, vectors, list(rows.texts), depth)
        return [one.negatives for one in negatives.drawn(found, epoch=epoch)]

    return by_words if source == "bm25" else by_model
