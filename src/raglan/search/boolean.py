"""Search for those who know what they look for: AND, OR, NOT, phrases, fields, prefixes, parentheses.

::

    warranty AND (battery OR "power supply") NOT 2021
    title:handbook kind:pdf E-07
    decal*

Words side by side mean AND. ``title:`` looks in titles and headings; any other field is a name of the documents' meta,
``document:`` and ``file:`` among them. ``-word`` is NOT. Hits are ranked by BM25 of what was wanted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from raglan.errors import ConfigError
from raglan.search.lexical import LexicalIndex
from raglan.text.words import terms
from raglan.types import Hit, Query

if TYPE_CHECKING:
    import tantivy

__all__ = ["Boolean"]

_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<minus>-(?=\S))|"
    r'(?:(?P<field>[^\W\d][\w.]*):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+|")))'
)


class Boolean:
    """A retriever whose queries are expressions; one that cannot be understood raises :class:`ConfigError`."""

    def __init__(self, index: LexicalIndex) -> None:
        self._index = index

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits that satisfy it, best first."""
        return [
            self._index.matching(_Parser(query.text, self._index).parse(), query.where, k, by="boolean")
            for query in queries
        ]


class _Parser:
    """Recursive descent: either := both (OR both)*, both := not (AND? not)*, not := NOT not | ( either ) | word."""

    def __init__(self, text: str, index: LexicalIndex) -> None:
        self._text = text
        self._index = index
        self._tokens = list(_tokens(text))
        self._at = 0

    def parse(self) -> tantivy.Query:
        """The whole expression."""
        if not self._tokens:
            raise self._error("is empty")
        if any(value == '"' for _, _, value, _ in self._tokens):
            raise self._error('has a " without another')
        try:
            found = self._either()
        except RecursionError:
            raise self._error("has too many parentheses") from None
        if self._at < len(self._tokens):
            raise self._error("has a ) without a (")
        return found

    def _either(self) -> tantivy.Query:
        import tantivy

        parts = [self._both()]
        while self._take("OR"):
            parts.append(self._both())
        return (
            parts[0]
            if len(parts) == 1
            else tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])
        )

    def _both(self) -> tantivy.Query:
        import tantivy

        parts: list[tuple[tantivy.Occur, tantivy.Query]] = []
        while self._at < len(self._tokens) and not self._sees("OR") and not self._sees(")"):
            if parts:
                self._take("AND")
            no = False
            while self._take("NOT"):
                no = not no
            parts.append((tantivy.Occur.MustNot if no else tantivy.Occur.Must, self._one()))
        if not parts:
            raise self._error("lacks a word beside AND, OR or NOT")
        if all(occur == tantivy.Occur.MustNot for occur, _ in parts):
            parts.append((tantivy.Occur.Must, tantivy.Query.all_query()))
        return tantivy.Query.boolean_query(parts)

    def _one(self) -> tantivy.Query:
        if self._take("("):
            found = self._either()
            if not self._take(")"):
                raise self._error("has a ( without a )")
            return found
        if self._at >= len(self._tokens) or self._tokens[self._at][0] == "operator":
            raise self._error("lacks a word beside AND, OR or NOT")
        _, field, value, quoted = self._tokens[self._at]
        self._at += 1
        return self._word(field, value, quoted=quoted)

    def _word(self, field: str, value: str, *, quoted: bool) -> tantivy.Query:
        import tantivy

        if field and field != "title":
            return self._index.tagged({field: value})
        fields = ["names"] if field else ["body", "names"]
        start = value.rstrip("*")
        words = terms(start)
        if not words:
            raise self._error(f"has nothing to look for in {value!r}")
        found = [self._index.phrase(name, words) for name in fields]
        if start != value and not quoted:
            # The index holds stems: what begins with the letters that were typed, and the word itself.
            found += [
                self._index.term(name, term) for name in fields for term in self._index.starting(name, start.lower())
            ]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in found])

    def _sees(self, token: str) -> bool:
        return (
            self._at < len(self._tokens)
            and self._tokens[self._at][0] == "operator"
            and self._tokens[self._at][2] == token
        )

    def _take(self, token: str) -> bool:
        if self._sees(token):
            self._at += 1
            return True
        return False

    def _error(self, what: str) -> ConfigError:
        return ConfigError(
            f'the expression {self._text!r} {what}; write for example: warranty AND (battery OR "power supply") NOT 2021'
        )


def _tokens(text: str) -> list[tuple[str, str, str, bool]]:
    found = []
    at = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        if match["open"] or match["close"]:
            found.append(("operator", "", match["open"] or match["close"], False))
        elif match["minus"]:
            found.append(("operator", "", "NOT", False))
        elif match["phrase"] is not None:
            found.append(("word", match["field"] or "", match["phrase"], True))
        elif match["word"] in ("AND", "OR", "NOT"):
            found.append(("operator", "", match["word"], False))
        else:
            found.append(("word", match["field"] or "", match["word"], False))
    return found
