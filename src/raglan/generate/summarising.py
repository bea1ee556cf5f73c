"""What all passages that match say: their most central sentences, none twice, in the order of the documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from raglan.generate.central import centrality, cosine, vectors
from raglan.generate.features import units
from raglan.generate.surveyed import Surveyed
from raglan.generate.telling import Said, Telling, whole
from raglan.text.words import content_terms
from raglan.types import Coverage, Passage

__all__ = ["central", "gist", "summarised"]

_SENTENCES = 6
_ENOUGH = 3  # sentences that stand for all there is; fewer are told with rows and scraps
_SAME = 0.5  # cosine from which on two sentences say the same
_LONG = 400  # characters above which a sentence is a poor part of a summary
_FEW = 4  # terms below which it is a heading or a scrap


def summarised(asked: Surveyed, telling: Telling) -> Coverage:
    """Tell the sentences that are most like all others (:mod:`raglan.generate.central`); naming the subject counts twice."""
    read = 0
    said: dict[str, Said] = {}
    for _, passage in asked.matching.read(asked.spread()):
        read += 1
        for span, says in units(passage):
            said.setdefault(says, Said(says, passage, span))
    prose = [one for one in said.values() if _tells(one.says) and not one.passage.meta.get("row")]
    told = prose if len(prose) >= _ENOUGH else list(said.values())
    for at in _chosen([one.says for one in told], whole(asked.scope)):
        telling.line(f"- {told[at].says}", [told[at]])
    return asked.coverage(read)


def gist(passages: Iterable[Passage], *, most: int = 3) -> list[Said]:
    """The ``most`` most central sentences of passages, each with where it stands, in their order; tables left out."""
    said: dict[str, Said] = {}
    for passage in passages:
        for span, says in () if passage.meta.get("row") else units(passage):
            if _tells(says):
                said.setdefault(says, Said(says, passage, span))
    told = list(said.values())
    return [told[at] for at in central([one.says for one in told], most=most)]


def central(says: Sequence[str], *, most: int = 3) -> list[int]:
    """The places of the ``most`` most central of some sentences, none like another, in order."""
    return _chosen(says, frozenset(), most)


def _tells(says: str) -> bool:
    return (
        len(says) <= _LONG
        and says.endswith((".", "!", "。", "！", "”", '"', ")", "）"))
        and len(content_terms(says)) >= _FEW
    )


def _chosen(says: Sequence[str], subject: frozenset[str], most: int = _SENTENCES) -> list[int]:
    """The best sentences, each unlike those before it; in the order of the documents."""
    terms = [content_terms(one) for one in says]
    seen = vectors(terms)
    shares = centrality(seen)
    worth = [
        share * (1 + len(subject & set(own)) / max(1, len(subject))) for share, own in zip(shares, terms, strict=True)
    ]
    chosen: list[int] = []
    for at in sorted(range(len(says)), key=lambda at: (-worth[at], at)):
        if len(chosen) == most:
            break
        if all(cosine(seen[at], seen[other]) < _SAME for other in chosen):
            chosen.append(at)
    return sorted(chosen)
