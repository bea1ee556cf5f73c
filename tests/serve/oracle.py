"""Drawn documents for drawn groups, and the judge of what a key sees: a library that never held anything else."""

import random
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from raglan.build.parts import Library, assembled, library
from raglan.config import Config
from raglan.explain.why import Stage, why
from raglan.store.access import grant
from raglan.store.store import Store
from raglan.store.view import view
from raglan.types import Document, Hit, Meta, Query
from tests.samples import CHINESE, ENGLISH, document, sentence

GROUPS = ("hr", "legal", "board", "研发", "sales", "a/b", "it", "ops")
CONFIG = Config.of({"encoder": "hashing"})
TABLES = ("tickets.jsonl", "orders.jsonl")


class Written(NamedTuple):
    """A document to put: the groups that may see it, none for everybody; the file that it is a row of, if any."""

    name: str
    texts: tuple[str, ...]
    access: tuple[str, ...]
    title: str
    file: str = ""


class Reply(NamedTuple):
    """All that a library says to one query."""

    hits: list[Hit]
    answer: object
    stages: list[Stage]


class World:
    """A store with drawn documents that are edited by chance. ``chance`` decides everything."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self.store = store
        self.chance = chance
        self.written: dict[str, Written] = {}
        self._next = 0

    def add(self, count: int) -> None:
        with self.store.transaction():
            for _ in range(count):
                self._next += 1
                self._put(self._drawn(f"doc-{self._next}.txt"))

    def edit(self) -> str:
        """One random edit; what it was."""
        kind = self.chance.choice(["add", "change", "drop", "grant", "grant", "back"])
        name = self.chance.choice(list(self.written))
        one = self.written[name]
        if kind == "add":
            self.add(1)
        elif kind == "change":
            self._put(self._drawn(name)._replace(access=one.access, file=one.file))
        elif kind == "grant":
            self.written[name] = one._replace(access=self._access())
            grant(self.store, name, self.written[name].access)
        else:
            self.store.drop([name])
            del self.written[name]
            if kind == "back":
                self._put(one)
        return kind

    def oracle(self, groups: frozenset[str]) -> Library:
        """A library of what these groups may see, and of nothing else."""
        made = library(None, CONFIG)
        every = [self.written[name] for name in self.store.documents()]
        shown = [one for one in every if not one.access or groups & set(one.access)]
        first = {one.name: min(self.store.passages(one.name)) for one in shown}
        with made.store.transaction():
            # Surveys go by the order in which documents came, equal scores stand in that of passages.
            for one in shown:
                put(made.store, one._replace(texts=()))
            for one in sorted(shown, key=lambda one: first[one.name]):
                put(made.store, one)
        made.encode()
        return made

    def query(self) -> Query:
        """A question of any kind."""
        chance = self.chance
        one = chance.choice(list(self.written.values()))
        words = chance.sample(ENGLISH, 2)
        text = chance.choice(
            [
                " ".join(chance.sample(ENGLISH, chance.randint(1, 4))),
                "".join(chance.sample(CHINESE, chance.randint(1, 3))),
                f"{words[0]} {chance.choice(CHINESE)}",
                f"What does {one.title} say about the {words[0]}?",
                one.title,
                f'Where is "{" ".join(one.texts[0].split()[:2])}"?',
                f"What is wrong with {code(chance)}?",
                f"How many tickets mention {words[0]}?",
                f"How many documents mention {words[0]}?",
                f"List all orders about {words[0]}",
                f"Compare {words[0]} and {words[1]}",
                f"Summarise everything about {words[0]}",
                f"有多少文档提到{chance.choice(CHINESE)}？",
                f"{one.name} {words[0]}",
            ]
        )
        where: Meta = chance.choice(
            [{}, {}, {}, {"year": chance.choice([2021, 2022])}, {"access": chance.choice(GROUPS)}]
        )
        return Query(text, where=where)

    def _put(self, one: Written) -> None:
        self.written[one.name] = one
        put(self.store, one)

    def _drawn(self, name: str) -> Written:
        chance = self.chance
        texts = tuple(f"{sentence(chance)}. It is {code(chance)}." for _ in range(chance.randint(1, 3)))
        file = chance.choice(TABLES) if chance.random() < 0.2 else ""
        title = " ".join(chance.sample(ENGLISH, 2)).title()
        return Written(name, texts[:1] if file else texts, self._access(), title, file)

    def _access(self) -> tuple[str, ...]:
        if self.chance.random() < 0.4:
            return ()
        return tuple(sorted(self.chance.sample(GROUPS, self.chance.randint(1, 2))))


def put(store: Store, one: Written) -> None:
    meta = {"title": one.title, "file": one.file or one.name, "year": 2021 + len(one.texts) % 2, "access": one.access}
    passages = document(one.name, one.texts, **meta)
    store.put(Document(one.name, " ".join(one.texts), one.name, meta=meta), passages, file=one.file or one.name)


def code(chance: random.Random) -> str:
    """Something that a query can name outright; some stand in many documents."""
    return f"FX-{chance.choice([100, 200, chance.randrange(300, 360)])}"


def asked(made: Library, query: Query, expected: str, k: int = 10) -> Reply:
    """What ``made`` replies; ``expected`` is the text that is looked for in vain or not."""
    searches = [made.words, *([made.serving] if made.serving else [])]
    stages = why(made.rag, made.store, made.words, searches, query, expected)
    return Reply(made.rag.search(query, k), made.rag.answer(query), stages)


def different(one: Reply, other: Reply) -> str:
    """In what two replies differ; empty if in nothing but the order of hits of equal scores."""
    scores = [[(hit.score, hit.by) for hit in reply.hits] for reply in (one, other)]
    if [score for score, _ in scores[0]] != [score for score, _ in scores[1]]:
        return f"scores {scores[0]} against {scores[1]}"
    ties = [[{hit.passage.id for hit in group} for _, group in _tied(reply.hits)] for reply in (one, other)]
    if ties[0][:-1] != ties[1][:-1]:
        return f"hits {ties[0]} against {ties[1]}"
    if [hit.passage for hit in one.hits] != [hit.passage for hit in other.hits]:
        return ""
    return "" if one == other else f"{one[1:]} against {other[1:]}"


def _tied(hits: Sequence[Hit]) -> Iterator[tuple[float, Iterator[Hit]]]:
    return groupby(hits, lambda hit: hit.score)


def seen(made: Library, groups: frozenset[str], config: Config = CONFIG) -> Library:
    """The library over a view of ``made``'s store."""
    return assembled(view(made.store, groups), config)
