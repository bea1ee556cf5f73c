"""What a query names outright: recognised, looked up, and never lost."""

import time
from dataclasses import replace

import pytest

from raglan.encode.hashing import HashingEncoder
from raglan.search.dense import DenseIndex
from raglan.search.exact import Exact, Mentions, Name, named
from raglan.search.hybrid import Hybrid
from raglan.search.learned import learned
from raglan.search.lexical import LexicalIndex
from raglan.search.merge import minmax, rrf
from raglan.store.store import Store
from raglan.text.words import terms
from raglan.types import Passage, Query, Span
from tests.samples import WRITTEN, ids, passage

PHRASES = [
    ('what is a "steam wand"?', "steam wand"),
    ("what is a “steam wand”?", "steam wand"),
    ("「保修期」是多久", "保修期"),
    ("『保修期』是多久", "保修期"),
    ("《保修条款》里怎么说", "保修条款"),
    ("“保修期”是多久", "保修期"),
]
CODES = [
    ("what does E-07 mean", "E-07"),
    ("the FX-200, please", "FX-200"),
    ("(RFC7231)", "RFC7231"),
    ("is it v2.1?", "v2.1"),
    ("part 12-34A/B.", "12-34A/B"),
    ("compare A4 paper", "A4"),
    ("错误E-07是什么意思", "E-07"),
    ("FX-200的保修期", "FX-200"),
]
FILES = [
    ("see manual.pdf", "manual.pdf"),
    ("see Price-List_2024.xlsx.", "Price-List_2024.xlsx"),
    ("保修.md 里写了什么", "保修.md"),
    ("manual.pdf里写了什么", "manual.pdf"),
    ("请看manual.pdf", "请看manual.pdf"),
    ('is it in "Price List.xlsx"?', "Price List.xlsx"),
    ("page.html#top", "page.html"),
]
NOTHING = [
    "",
    "How long is the warranty?",
    "in the 1990s",
    "the 19th-century novel",
    "on the 3rd, 21st, 2nd and 4th of May",
    "a 5kg bag, 10km away, 30mm wide, 16gb of memory",
    "at 5pm or 10am",
    "a 24-month warranty",
    "mid-1990 and post-2001",
    "COVID in 2020",
    "2021-03-04 at 12:30",
    "well-known, state-of-the-art",
    '"" and “”',
    "保修期是多久？",
    "it's 'quoted' with other marks",
]


@pytest.mark.parametrize(("query", "text"), PHRASES)
def test_phrases_are_named(query: str, text: str) -> None:
    assert named(query) == [Name("phrase", text)]


@pytest.mark.parametrize(("query", "text"), CODES)
def test_codes_are_named(query: str, text: str) -> None:
    assert named(query) == [Name("code", text)]


@pytest.mark.parametrize(("query", "text"), FILES)
def test_files_are_named(query: str, text: str) -> None:
    assert Name("file", text) in named(query)


@pytest.mark.parametrize("query", NOTHING)
def test_nothing_is_named(query: str) -> None:
    assert named(query) == []


def test_long_words_take_no_long_time() -> None:
    began = time.perf_counter()
    assert named("a" * 30_000) == []
    assert named("a" * 30_000 + ".pdf") == [Name("file", "a" * 30_000 + ".pdf")]
    # By the square of the length it was half a minute.
    assert time.perf_counter() - began < 2


def test_a_name_counts_once() -> None:
    assert named('E-07 or "E-07" or E-07') == [Name("phrase", "E-07"), Name("code", "E-07")]


# Three hundred passages say the words of the query more often than the one that is meant.
FILLING = "Much more is said of other things. " * 5
MEANT = {
    "code": ("What does error E-07 mean?", passage("E-07: fill the tank.", "m.txt")),
    "joined code": ("error code RFC-7231/b semantics", passage("By RFC-7231/b it is safe.", "m.txt")),
    "chinese code": ("错误E-07是什么意思？", passage("E-07 表示水箱已空。", "m.txt")),
    "phrase": ('error "red lamp" mean code', passage("A red lamp: wait.", "m.txt")),
    "chinese phrase": ("错误“红灯亮起”是什么意思", passage("红灯亮起，请等待。", "m.txt")),
    "title": ("error handling guide", passage("Nothing else is said.", "x.txt", title="Error handling guide")),
    "chinese title": ("错误处理指南", passage("没有别的。", "y.txt", title="错误处理指南")),
    "heading": ("error lamp table", passage("See below.", "z.txt", title="Z", headings=("Error lamp table",))),
    "file in capitals": ("what error does readme.md mean", passage("Nothing.", "a/README.md", file="README.md")),
    "file with blanks": ('what is in "price list.csv"', passage("Nothing.", "price list.csv", file="price list.csv")),
    "file": ("what error does notes.md mean", passage("Nothing.", "a/notes.md", file="notes.md")),
    "chinese file": ("请看notes.md里的错误", passage("没有。", "a/notes.md", file="notes.md")),
    "two names": ('what do "red lamp" and E-07 mean, error code', passage("E-07 only.", "m.txt")),
    "three names": ('error "red lamp", "green lamp" or E-07', passage("The green lamp.", "m.txt")),
}


# A title in a longer query may be meant or not.
MENTIONED = {
    "title within": (
        "what does the error handling guide mean by code",
        passage("Nothing else is said.", "x.txt", title="Error handling guide"),
    ),
    "title of two words": ("error lamp of the red machine?", passage("Nothing.", "x.txt", title="Red machine")),
    "heading within": (
        "what does the error lamp table mean",
        passage("See below.", "z.txt", title="Z", headings=("Error lamp table",)),
    ),
    "chinese title within": ("错误处理指南是什么意思", passage("没有别的。", "y.txt", title="错误处理指南")),
}


def distractors(query: str) -> list[Passage]:
    """Passages with all words of a query, three times, but never in its order."""
    words = " of ".join(reversed(terms(query)))
    return [
        passage(f"{words} {words} {words} {number}", f"{number}.txt", title=f"{words} {words}") for number in range(300)
    ]


def outscored(query: str, meant: Passage, store: Store) -> tuple[LexicalIndex, DenseIndex]:
    """Both searches over one passage that is meant and three hundred that say more of what is asked."""
    words, vectors = LexicalIndex(store), DenseIndex(HashingEncoder(), store)
    words.add(
        [
            *distractors(query),
            replace(meant, text=f"{meant.text} {FILLING}", span=Span(0, len(meant.text) + 1 + len(FILLING))),
        ]
    )
    vectors.follower.refresh()
    [alone] = words.search([Query(query)], 8)
    assert meant.id not in ids(alone), "the distractors must outscore it"
    return words, vectors


@pytest.mark.parametrize("name", MEANT)
def test_it_is_never_lost(name: str, store: Store) -> None:
    query, meant = MEANT[name]
    words, vectors = outscored(query, meant, store)
    for merge in (minmax(), learned()):
        hybrid = Hybrid([words, vectors], merge, exact=Exact(words), mentions=Mentions(words))
        for k in (1, 8):
            [hits] = hybrid.search([Query(query)], k)
            assert ids(hits)[0] == meant.id
            assert "exact" in hits[0].by


@pytest.mark.parametrize("name", MENTIONED)
def test_what_is_mentioned_is_among_the_first_three(name: str, store: Store) -> None:
    query, meant = MENTIONED[name]
    words, vectors = outscored(query, meant, store)
    assert Exact(words).search([Query(query)], 8) == [[]]
    # With mentions=0 the merge itself does nothing for it.
    for merge in (minmax(mentions=0), minmax(), rrf(), learned()):
        hybrid = Hybrid([words, vectors], merge, exact=Exact(words), mentions=Mentions(words))
        for k in (3, 8):
            [hits] = hybrid.search([Query(query)], k)
            assert meant.id in ids(hits)[:3]
    [without] = Hybrid([words, vectors], minmax(), exact=Exact(words)).search([Query(query)], 8)
    assert meant.id not in ids(without), "only the mention finds it"


def test_the_more_names_the_better(store: Store) -> None:
    words = LexicalIndex(store)
    words.add(
        [
            passage("E-07 alone.", "one.txt"),
            passage("The red lamp and E-07.", "both.txt"),
            passage("A red lamp.", "other.txt"),
            passage("Neither.", "none.txt"),
        ]
    )
    [hits] = Exact(words).search([Query('"red lamp" E-07')], 10)
    assert ids(hits)[0] == "both.txt:0"
    assert [hit.score for hit in hits] == pytest.approx([1.0, 0.5, 0.5])
    [hits] = Hybrid([words], minmax(), exact=Exact(words)).search([Query('"red lamp" E-07')], 10)
    assert ids(hits)[0] == "both.txt:0"


def test_names_must_stand_side_by_side(store: Store) -> None:
    words = LexicalIndex(store)
    words.add([passage("The lamp is red.", "apart.txt"), passage("Call E, then 07.", "code.txt")])
    assert Exact(words).search([Query('"red lamp"')], 5) == [[]]


def test_a_one_word_title_must_be_the_whole_query(store: Store) -> None:
    words = LexicalIndex(store)
    words.add(WRITTEN)
    [whole] = Exact(words).search([Query("warranty")], 5)
    assert {hit.passage.document for hit in whole} == {"warranty.md"}
    assert Exact(words).search([Query("How long does the warranty last?")], 5) == [[]]


def test_filters_hold_for_what_is_named(store: Store) -> None:
    words = LexicalIndex(store)
    words.add(WRITTEN)
    [hits] = Exact(words).search([Query("E-07", where={"language": "zh"})], 5)
    assert {hit.passage.document for hit in hits} == {"机器.txt"}


@pytest.mark.parametrize(("holders", "exact", "mentions"), [(1, 1, 0), (20, 20, 0), (21, 0, 21)])
def test_an_identifier_that_many_hold_is_mentioned(holders: int, exact: int, mentions: int, store: Store) -> None:
    words = LexicalIndex(store)
    words.add([passage(f"Part {n}: fits the FX-200.", f"{n}.txt") for n in range(holders)])
    words.add([passage(f"Part {n}: fits the FY-300.", f"y{n}.txt") for n in range(30)])
    asked = [Query("what fits the FX-200?")]
    for retriever, count, by in ((Exact(words), exact, "exact"), (Mentions(words), mentions, "mentions")):
        [hits] = retriever.search(asked, 100)
        assert {hit.passage.document for hit in hits} == ({f"{n}.txt" for n in range(holders)} if count else set())
        assert {(hit.score, hit.by) for hit in hits} == ({(1.0, by)} if count else set())


def test_a_common_identifier_beside_a_rare_one(store: Store) -> None:
    words = LexicalIndex(store)
    words.add([passage(f"Part {n} fits the FX-200.", f"{n}.txt") for n in range(30)])
    words.add([passage("Error E-07: no water.", "rare.txt")])
    [exact], [mentioned] = (one.search([Query("E-07 on the FX-200")], 100) for one in (Exact(words), Mentions(words)))
    # The common one takes no share of the score away.
    assert [(hit.passage.document, hit.score) for hit in exact] == [("rare.txt", 1.0)]
    assert {hit.passage.document for hit in mentioned} == {f"{n}.txt" for n in range(30)}


# The query and whether the passage called so is mentioned.
TITLED = [
    ("Red machine", "clean the red machine", True),
    ("Red machine", "clean RED MACHINES", True),
    ("Red machine", "red machine", False),
    ("Red machine", "clean the machine red", False),
    ("Red machine", "the red coffee machine", False),
    ("Red machine", "one two three four five six red machine", True),
    ("Red machine", "one two three four five six seven red machine", False),
    ("Machine", "clean the machine", False),
    ("How to", "how to clean it", False),
    ("The lamp", "is the lamp hot", False),
    ("错误处理", "错误处理是什么意思", True),
    ("错误处理", "错误处理", False),
    ("错误灯", "错误灯是什么意思", False),
    ("错误处理", "处理错误是什么意思", False),
]


@pytest.mark.parametrize(("title", "query", "meant"), TITLED)
def test_which_titles_are_mentioned(title: str, query: str, meant: bool, store: Store) -> None:
    words = LexicalIndex(store)
    words.add([passage("Nothing else.", "x.txt", title=title), passage(query, "other.txt", title="Other")])
    [hits] = Mentions(words).search([Query(query)], 5)
    assert ids(hits) == (["x.txt:0"] if meant else [])


def test_filters_hold_for_what_is_mentioned(store: Store) -> None:
    words = LexicalIndex(store)
    words.add([passage("Nothing.", f"{year}.txt", title="Red machine", year=year) for year in (2021, 2022)])
    [hits] = Mentions(words).search([Query("clean the red machine", where={"year": 2022})], 5)
    assert ids(hits) == ["2022.txt:0"]
