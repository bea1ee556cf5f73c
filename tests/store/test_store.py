"""What a store keeps, in which order, and that it is all or nothing."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from raglan.errors import StoreError
from raglan.store.adding import add_passages
from raglan.store.store import Change, Store
from raglan.types import Block, Document, Media, Meta, Passage, Span
from tests.samples import WRITTEN, passage

from .conftest import Opened


def written(name: str, *texts: str, **meta: object) -> tuple[Document, list[Passage]]:
    """A document of texts, one a line, each a passage."""
    passages: list[Passage] = []
    at = 0
    for text in texts:
        passages.append(passage(text, name, at, **meta))
        at += len(text) + 1
    return Document(name, "\n".join(texts), name, meta=meta), passages


def texts(passages: Sequence[Passage]) -> list[str]:
    return [one.text for one in passages]


def changes(store: Store) -> list[Change]:
    return store.changes(0, store.seq)


def test_a_new_one_is_empty(store: Store) -> None:
    assert len(store) == store.seq == 0
    assert [store.documents(), store.keys(), changes(store)] == [[], [], []]
    assert store.document("x") is None
    assert store.find("x:0") is None
    assert store.get([1, 2]) == store.passages("x") == store.holding("x") == {}
    assert store.setting("x") is None
    assert store.allowed({}) == store.allowed({"x": "y"}) == set()


def test_what_is_put_comes_back(store: Store) -> None:
    box = (1.0, 2.0, 3.5, 4.0)
    document = Document(
        "a/b.pdf",
        "Head\nbody 正文",
        "a/b.pdf",
        (Media("page", "a/b.pdf", 3, box),),
        {"title": "Head", "tags": ("x", "y"), "year": 2024, "ratio": 0.5, "none": None},
        (Block(Span(0, 4), "heading", 1, page=3, box=box), Block(Span(5, 12), reading="aloud")),
    )
    one = Passage(
        "a/b.pdf:5", "body 正文", document.id, Span(5, 12), document.media, {**document.meta, "page": 3, "box": box}
    )
    assert store.put(document, [one], file="a/b.pdf") == 1
    assert store.document("a/b.pdf") == document
    [(key, found)] = store.passages("a/b.pdf").items()
    assert found == one
    assert store.get([key, 999]) == {key: one}
    assert store.find("a/b.pdf:5") == (key, one)
    assert store.documents(file="a/b.pdf") == ["a/b.pdf"]
    assert store.documents(file="other") == []


def test_putting_again_changes_nothing(store: Store) -> None:
    for _ in range(2):
        store.put(*written("a", "one", "two", title="A"))
    assert changes(store) == [Change(1, 1, 1), Change(2, 2, 1)]


def test_what_did_not_change_keeps_its_key(store: Store) -> None:
    store.put(*written("a", "one", "two", "three"))
    assert store.put(*written("a", "zero", "one", "three")) == 1
    assert texts(list(store.passages("a").values())) == ["zero", "one", "three"]
    assert list(store.passages("a")) == [4, 1, 3]
    assert changes(store)[3:] == [Change(4, 4, 1), Change(5, 2, -1)]
    _, moved = store.find("a:5") or (0, None)
    assert moved is not None
    assert moved.span == Span(5, 8)


def test_the_same_text_twice_is_two_passages(store: Store) -> None:
    store.put(*written("a", "same", "same"))
    assert store.put(*written("a", "same", "same", "same")) == 1
    assert list(store.passages("a")) == [1, 2, 3]
    store.put(*written("a", "same"))
    assert len(store) == 1


def test_new_meta_is_a_new_passage(store: Store) -> None:
    store.put(*written("a", "one", title="Old"))
    assert store.put(*written("a", "one", title="New")) == 1
    [found] = store.passages("a").values()
    assert found.meta == {"title": "New"}


def test_a_new_page_is_the_old_passage(store: Store) -> None:
    document, [one] = written("a", "one")
    store.put(document, [replace(one, meta={"page": 1})])
    assert store.put(document, [replace(one, meta={"page": 2})]) == 0
    [found] = store.passages("a").values()
    assert found.meta == {"page": 2}


def test_dropping(store: Store) -> None:
    store.put(*written("a", "one", "two", kind="x"))
    store.put(*written("b", "three"))
    assert store.drop(["a", "a", "unknown"]) == 1
    assert store.documents() == ["b"]
    assert len(store) == 1
    assert store.allowed({"kind": "x"}) == set()
    assert [(change.key, change.sign) for change in changes(store)] == [(1, 1), (2, 1), (3, 1), (1, -1), (2, -1)]


def test_keys_and_numbers_are_never_used_again(store: Store) -> None:
    seen, last = set[int](), 0
    for turn in range(10):
        store.put(*written("a", f"one {turn}", f"two {turn}"))
        fresh = set(store.keys())
        assert not fresh & seen
        seen |= fresh
        assert store.seq > last
        last = store.seq
        if turn % 3 == 0:
            store.drop(["a"])
    numbers = [change.seq for change in changes(store)]
    assert numbers == sorted(set(numbers))


def test_keys_in_parts(store: Store) -> None:
    store.put(*written("a", *"abcdef"))
    assert store.keys(2, 3) == [3, 4, 5]
    assert store.changes(1, 3) == [Change(2, 2, 1), Change(3, 3, 1)]
    assert len(store.get(list(range(2_000)))) == 6


def test_nothing_or_all(store: Store) -> None:
    store.put(*written("a", "one", kind="x"))
    before, meta = changes(store), store.allowed({"kind": "x"})

    def broken() -> Iterator[Passage]:
        yield passage("two", "a")
        raise InterruptedError

    def half() -> None:
        with store.transaction():
            store.put(*written("b", "three"))
            store.set({"x": "y"})
            store.drop(["a"])
            raise InterruptedError

    document, _ = written("a", "two", kind="y")
    for attempt in (half, lambda: store.put(document, broken())):
        with pytest.raises(InterruptedError):
            attempt()
        assert changes(store) == before
        assert store.documents() == ["a"]
        assert store.allowed({"kind": "x"}) == meta
        assert store.setting("x") is None
        assert not store.writes
    store.put(*written("b", "three"))


def test_a_failure_inside_that_is_forgiven_leaves_nothing(store: Store) -> None:
    def broken() -> Iterator[Passage]:
        yield passage("one", "bad")
        raise InterruptedError

    with store.transaction():
        store.put(*written("a", "one"))
        with pytest.raises(InterruptedError):
            store.put(Document("bad", "one"), broken())
        store.put(*written("b", "two"))
    assert store.documents() == ["a", "b"]
    assert len(changes(store)) == 2


def test_a_full_disk_is_a_store_error_and_nothing_is_lost(store: Store) -> None:
    store.put(*written("a", "one"))
    [(pages,)] = store.rows("PRAGMA page_count")
    store.rows(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="full"):
        store.put(*written("b", "x" * 100_000))
    store.rows("PRAGMA max_page_count = 1000000")
    assert store.documents() == ["a"]
    store.put(*written("b", "x" * 100_000))
    assert store.documents() == ["a", "b"]


TEXTS = {
    "emoji": "🙂👩‍👩‍👧 flags 🇳🇿",
    "nul": "before\0after",
    "control": "\x01\x1b[0m\r\n\t\x7f",
    "joined": "e\u0301 à la \u202eright to left",
    "astral": "𠮷野家 𝔘𝔫𝔦",
    "quotes": 'it\'s "quoted"; DROP TABLE document; --',
    "empty": "",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_comes_back(store: Store, text: str) -> None:
    name = f"folder/{text}.txt"
    store.put(*written(name, text, title=text, tags=(text, "y")), file=name)
    [found] = store.passages(name).values()
    assert found.text == text
    assert found.document == name
    assert found.meta == {"title": text, "tags": (text, "y")}
    document = store.document(name)
    assert document is not None
    assert found.span.of(document.text) == text
    assert store.documents(file=name) == [name]
    assert store.allowed({"title": text}) == {1}
    assert list(store.holding(text)) == [1]
    assert store.drop([name]) == 1


def test_lone_surrogates_are_mended_in_place(store: Store) -> None:
    text, name = "half \ud83d here, half \udca9 there", "a\udcff.txt"
    store.put(*written(name, text, title="\ud800", more=("\ud800", "\ud801")))
    [found] = store.passages(name).values()
    assert found.text == "half \ufffd here, half \ufffd there"
    assert found.document == "a\ufffd.txt"
    document = store.document(name)
    assert document is not None
    assert found.span.of(document.text) == found.text
    assert store.allowed({"title": "\ud800"}) == {1}
    assert store.put(*written(name, text, title="\ud800", more=("\ud800", "\ud801"))) == 0
    assert store.drop([name]) == 1


def test_filters(store: Store) -> None:
    store.put(*written("a", "one", kind="x", year=1))
    store.put(*written("b", "two", kind="y", year=1))
    store.put(*written("c", "three", tags=("p", "q")))
    cases: list[tuple[Meta, set[int]]] = [
        ({}, {1, 2, 3}),
        ({"kind": "x"}, {1}),
        ({"kind": ("x", "y")}, {1, 2}),
        ({"kind": ["x", "z"]}, {1}),
        ({"year": 1}, {1, 2}),
        ({"year": "1"}, {1, 2}),
        ({"year": 1, "kind": "y"}, {2}),
        ({"tags": "q"}, {3}),
        ({"document": ("a", "c")}, {1, 3}),
        ({"kind": ()}, set()),
        ({"kind": "z"}, set()),
        ({"unknown": "x"}, set()),
    ]
    for where, expected in cases:
        assert store.allowed(where) == expected, where


def test_what_is_true_of_a_part_filters_no_document(store: Store) -> None:
    document, [one] = written("a", "one")
    store.put(document, [replace(one, meta={"page": 1, "headings": ("H",), "reading": "r"})])
    assert store.allowed({"page": 1}) == store.allowed({"headings": "H"}) == set()


def test_holding_is_letter_by_letter(store: Store) -> None:
    store.put(*written("a", "A 100% steam_wand", "a 100 steam wand", "蒸汽棒"))
    assert list(store.holding("100%")) == [1]
    assert list(store.holding("m_w")) == [1]
    assert list(store.holding("汽")) == [3]
    assert list(store.holding("a 1", limit=1)) == [2]


def test_settings(store: Store) -> None:
    store.set({"a": "1", "b": "2"})
    store.set({"a": "3"})
    assert (store.setting("a"), store.setting("b"), store.setting("c")) == ("3", "2", None)


def test_the_version_tells_of_every_commit(tmp_path: Path, opened: Opened) -> None:
    one, other = opened(tmp_path), opened(tmp_path)
    seen = [(one.version, other.version)]
    for write in (lambda: one.set({"a": "1"}), lambda: other.set({"b": "1"}), lambda: other.put(*written("a", "x"))):
        write()
        seen.append((one.version, other.version))
    for side in (0, 1):
        assert len({pair[side] for pair in seen}) == 4
    assert (one.version, other.version) == seen[-1]


def test_reading_in_many_threads_while_one_writes(store: Store) -> None:
    store.put(*written("a", "one", "two"))
    troubles: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                assert len(store.passages("a")) == 2
                assert len(store) % 2 == 0
        except BaseException as error:  # noqa: BLE001 (told in the other thread)
            troubles.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        store.put(*written(f"b{turn}", "three", "four"))
    done.set()
    for thread in threads:
        thread.join(30)
    assert not troubles


def test_closing_twice_is_harmless_and_using_it_then_is_told(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        len(store)


# Passages without documents.


def test_passages_bring_their_documents(store: Store) -> None:
    add_passages(store, WRITTEN)
    assert store.documents() == list(dict.fromkeys(one.document for one in WRITTEN))
    for name in store.documents():
        document = store.document(name)
        assert document is not None
        for one in store.passages(name).values():
            assert one.span.of(document.text) == one.text


def test_passages_of_a_known_document_join_it(store: Store) -> None:
    add_passages(store, WRITTEN[2:3])
    add_passages(store, WRITTEN[4:5])
    add_passages(store, WRITTEN[3:4])
    add_passages(store, WRITTEN[2:5])
    assert [one.id for one in store.passages("machine.txt").values()] == [one.id for one in WRITTEN[2:5]]
    assert len(changes(store)) == 3
    document = store.document("machine.txt")
    assert document is not None
    assert document.meta == WRITTEN[2].meta
    assert document.text == " ".join(texts(WRITTEN[2:5]))


def test_only_what_all_passages_say_is_said_of_the_document(store: Store) -> None:
    add_passages(store, [passage("one", "a", 0, kind="x", page=1), passage("two", "a", 4, kind="x", page=2)])
    document = store.document("a")
    assert document is not None
    assert document.meta == {"kind": "x"}
    assert [one.meta for one in store.passages("a").values()] == [{"kind": "x", "page": 1}, {"kind": "x", "page": 2}]


def test_the_database_is_sound(store: Store) -> None:
    add_passages(store, WRITTEN)
    store.drop(["warranty.md"])
    assert store.rows("PRAGMA quick_check") == [("ok",)]
    assert store.rows("PRAGMA foreign_key_check") == []
    with pytest.raises(StoreError) as caught:
        store.rows("SELECT nonsense")
    assert isinstance(caught.value.__cause__, sqlite3.Error)
