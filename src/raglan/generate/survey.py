"""Answers about all passages that match, without a language model: counted, listed, compared, summarised.

What matches is found by words, all of it, and not the best k of a search; the answer says how much of it was read. Nothing
is made up: a number is a count of what is cited, anything else stands in a document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from raglan.errors import ConfigError
from raglan.generate.comparing import compared
from raglan.generate.counting import counted, listed
from raglan.generate.scope import Scope, scope
from raglan.generate.summarising import summarised
from raglan.generate.surveyed import Finds, Surveyed
from raglan.generate.telling import Telling
from raglan.store.store import Place
from raglan.text.words import chinese_share
from raglan.types import Answer, Coverage, Meta, Query

__all__ = ["Survey"]


class Survey:
    """Answers questions of :func:`raglan.generate.scope.scope`, and no others.

    Of more than ``most`` matching passages that many are read; all are counted. At most ``shown`` items are listed.
    Nothing that matches is an abstention, which says so; a comparison of which one side is missing is left to the search.
    """

    def __init__(self, matching: Finds, *, most: int = 5000, shown: int = 50) -> None:
        for name, value in (("most", most), ("shown", shown)):
            if not isinstance(value, int) or value < 1:
                raise ConfigError(f"{name} is {value!r}, must be a whole number, 1 or more")
        self._matching = matching
        self._most = most
        self._shown = shown

    def __call__(self, query: Query) -> Answer | None:
        """The answer with its coverage, or ``None`` for a question that one passage may answer."""
        asked = scope(query.text, lambda noun: bool(self._matching.table(noun)))
        if asked is None:
            return None
        table = self._matching.table(asked.noun) if asked.noun else ""
        if asked.noun and not table and asked.noun.lower() not in _WHOLE:
            # No table holds what is asked for: it is what mentions an invoice.
            asked = replace(asked, subjects=(" ".join([*asked.subjects, asked.noun]),))
        places = self._places(asked, query.where)
        if not all(places):
            return None if asked.kind == "compare" else Answer("", coverage=Coverage(0, 0))
        chinese = chinese_share(query.text) > 0
        surveyed = Surveyed(asked, self._matching, places, table, self._shown, self._most, chinese)
        telling = Telling()
        coverage = _TELLS[asked.kind](surveyed, telling)
        return telling.answer(coverage) if telling.text else None

    def _places(self, asked: Scope, where: Meta) -> tuple[list[Place], ...]:
        if asked.kind == "compare":
            return tuple(self._matching.places(subject, where) for subject in asked.subjects)
        subject = " ".join(asked.subjects)
        if asked.kind == "summary" and not asked.noun and (own := self._matching.named(subject, where)):
            return (own,)
        return (self._matching.places(subject, where, asked.noun),)


# Of these a collection consists.
_WHOLE = frozenset(
    "document documents passage passages record records row rows file files entry entries "
    "文档 文檔 文件 段落 记录 記錄 紀錄 条目 條目 数据行 文本".split()
)
_TELLS: dict[str, Callable[[Surveyed, Telling], Coverage]] = {
    "count": counted,
    "list": listed,
    "compare": compared,
    "summary": summarised,
}
