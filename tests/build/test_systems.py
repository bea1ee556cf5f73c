"""Systems by name over one library: what they find, and what they share."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from raglan.build.parts import Library, library
from raglan.build.systems import Clock, Systems, writes
from raglan.config import Config
from raglan.encode.hashing import HashingEncoder
from raglan.errors import ConfigError
from raglan.evaluate.given import Asking
from raglan.evaluate.measure import evaluate
from raglan.generate.sentence import SentenceGenerator
from raglan.protocols import Encoder, Retriever
from raglan.rag import Rag
from raglan.search.dense import DenseIndex
from raglan.search.exact import Exact, Mentions
from raglan.search.hybrid import Hybrid
from raglan.search.learned import learned
from raglan.search.lexical import LexicalIndex
from raglan.search.merge import minmax, rrf
from raglan.store.adding import add_passages
from raglan.types import Answer, Example, Hit, Query
from tests.samples import ASKED, WRITTEN, drawn, ids

QUERIES = [*ASKED, Query("What does error E-07 mean?"), Query("Coffee machine FX-200"), Query("zeppelin")]


def build(**table: Any) -> Library:
    made = library(None, Config.of({"encoder": "hashing", **table}))
    add_passages(made.store, [*WRITTEN, *drawn(30)])
    made.words.follower.refresh()
    made.encode()
    return made


@pytest.fixture(scope="module")
def made() -> Iterator[Library]:
    one = build()
    yield one
    one.close()


@pytest.fixture
def systems(made: Library) -> Systems:
    return Systems(made, Clock())


class Watched:
    """Counts the searches of the library's indexes, each of which takes some seconds of a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: Mapping[type, float]) -> None:
        self.searches: Counter[str] = Counter()
        self.now = 0.0
        for kind, takes in seconds.items():
            monkeypatch.setattr(kind, "search", self._watched(kind, takes))
        monkeypatch.setattr("raglan.build.systems.time", SimpleNamespace(perf_counter=lambda: self.now))

    def _watched(self, kind: Any, takes: float) -> Any:
        search = kind.search

        def watched(index: Any, queries: Sequence[Query], k: int) -> list[list[Hit]]:
            self.searches[kind.__name__] += 1
            self.now += takes
            found: list[list[Hit]] = search(index, queries, k)
            return found

        return watched


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch, {LexicalIndex: 2.0, DenseIndex: 3.0, Exact: 0.5, Mentions: 0.25})


def retriever(system: Rag | Retriever) -> Retriever:
    return system.retriever if isinstance(system, Rag) else system


def listed(system: Rag | Retriever, k: int = 20) -> list[list[tuple[str, float, str]]]:
    """All that is said of what is found."""
    return [[(hit.passage.id, hit.score, hit.by) for hit in hits] for hits in retriever(system).search(QUERIES, k)]


def rag(system: Rag | Retriever) -> Rag:
    assert isinstance(system, Rag)
    return system


def test_words_and_vectors_are_the_librarys(made: Library, systems: Systems) -> None:
    assert made.vectors is not None
    assert listed(systems.of("words")) == listed(made.words)
    assert listed(systems.of("vectors")) == listed(made.vectors)
    assert listed(systems.of("words")) != listed(systems.of("vectors"))


@pytest.mark.parametrize(("name", "merge"), [("minmax", minmax()), ("rrf", rrf()), ("learned", learned())])
def test_a_merge_finds_what_it_finds_by_itself(made: Library, systems: Systems, name: str, merge: Any) -> None:
    assert made.vectors is not None
    alone = Hybrid([made.words, made.vectors], merge, exact=Exact(made.words), mentions=Mentions(made.words))
    # Whatever was asked before, of this depth or of another.
    for other in ("words", "vectors", "rrf", "minmax"):
        retriever(systems.of(other)).search(QUERIES[:2], 20)
        retriever(systems.of(other)).search(QUERIES, 7)
    assert listed(systems.of(name)) == listed(alone)
    assert listed(systems.of(name), 150) == listed(alone, 150)


def test_merges_differ(systems: Systems) -> None:
    rankings = [str(listed(systems.of(name))) for name in ("minmax", "rrf", "learned")]
    assert len(set(rankings)) == 3


def test_what_is_named_comes_first_in_a_merge(systems: Systems) -> None:
    for name in ("minmax", "rrf", "learned"):
        [hits] = retriever(systems.of(name)).search([Query("What does error E-07 mean?")], 2)
        assert {hit.passage.document for hit in hits} == {"machine.txt", "机器.txt"}
        assert all(hit.by.endswith("exact") for hit in hits)


def test_a_generator_answers_from_what_the_library_finds(made: Library, systems: Systems) -> None:
    system = rag(systems.of("sentence"))
    assert isinstance(system.generator, SentenceGenerator)
    assert listed(system) == listed(made.rag) == listed(systems.of("learned"))
    default = rag(systems.of("either"))
    for query in QUERIES:
        assert default.answer(query) == made.rag.answer(query)
    reply = system.answer("How long does the warranty last?")
    assert isinstance(reply, Answer)
    assert "24 months" in reply.text


def test_what_is_configured_keeps_its_options() -> None:
    made = build(merge={"use": "minmax", "dense": 1.0}, k=2, threshold=0.0)
    systems = Systems(made, Clock())
    assert made.vectors is not None

    def hybrid(merge: Any) -> Hybrid:
        assert made.vectors is not None
        return Hybrid([made.words, made.vectors], merge, exact=Exact(made.words), mentions=Mentions(made.words))

    assert listed(systems.of("minmax")) == listed(hybrid(minmax(dense=1.0))) != listed(hybrid(minmax()))
    assert listed(systems.of("rrf")) == listed(hybrid(rrf()))
    system = rag(systems.of("sentence"))
    assert listed(system) == listed(systems.of("minmax"))
    assert (system.k, system.threshold) == (2, 0.0)
    made.close()


def test_without_an_encoder_words_are_all_there_is() -> None:
    made = build(encoder="none")
    systems = Systems(made, Clock())
    with pytest.raises(ConfigError, match="system 'vectors' needs an encoder"):
        systems.of("vectors")
    found = retriever(systems.of("rrf")).search([Query("boiler")], 3)
    assert ids(found[0]) == ids(made.words.search([Query("boiler")], 3)[0])
    assert isinstance(rag(systems.of("sentence")).answer("boiler"), Answer)
    made.close()


def test_a_file_is_a_system_of_its_own(made: Library, systems: Systems, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text('encoder = { use = "hashing", dim = 32 }\nmerge = "rrf"\nk = 3\nthreshold = 0\ncritic = "none"\n')
    before = listed(made.rag)
    system = rag(systems.of(str(file)))
    assert (system.k, system.threshold, system.critic) == (3, 0.0, None)
    vectors = DenseIndex(HashingEncoder(32), made.store)
    vectors.follower.refresh(wait=True)
    alone = Hybrid([made.words, vectors], rrf(), exact=Exact(made.words), mentions=Mentions(made.words))
    assert listed(system) == listed(alone)
    assert listed(system) != listed(systems.of("rrf"))
    # The library stays as it was.
    assert listed(made.rag) == before


def test_the_encoder_of_a_file_is_not_adopted(tmp_path: Path) -> None:
    folder, file = tmp_path / "store", tmp_path / "other.toml"
    file.write_text('encoder = { use = "hashing", dim = 32 }\n')
    config = Config.of({"encoder": "hashing"})
    made = library(folder, config)
    add_passages(made.store, WRITTEN)
    made.words.follower.refresh()
    made.encode()
    named = made.store.setting("encoder")
    retriever(Systems(made, Clock()).of(str(file))).search(QUERIES, 3)
    assert made.store.setting("encoder") == named
    made.close()
    again = library(folder, config)
    assert again.vectors is not None
    assert ids(again.vectors.search([Query("boiler")], 1)[0])
    again.close()


@pytest.mark.parametrize(
    ("text", "told"),
    [("merge = 'rff'", "did you mean 'rrf'"), ("merge = ", "cannot be read as TOML"), ("colour = 3", "means nothing")],
)
def test_a_file_that_configures_nothing_is_told(systems: Systems, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(ConfigError, match=told):
        systems.of(str(tmp_path / "bad.toml"))


def test_a_file_that_is_not_there_is_told(systems: Systems, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.toml"):
        systems.of(str(tmp_path / "missing.toml"))


@pytest.mark.parametrize("name", ["wrods", "", "hashing", "words,rrf"])
def test_a_name_that_is_none_lists_what_there_is(systems: Systems, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        systems.of(name)
    told = str(caught.value)
    assert f"no system is called {name!r}" in told
    assert all(known in told for known in ("words", "vectors", "learned", "minmax", "rrf", "sentence", "TOML"))


def test_what_writes() -> None:
    assert [writes(name) for name in ("sentence", "openai", "mine.toml")] == [True] * 3
    assert [writes(name) for name in ("words", "vectors", "rrf", "learned", "nonsense")] == [False] * 5


# What systems share.


def test_a_search_is_made_once_for_all_systems(made: Library, watched: Watched) -> None:
    systems = Systems(made, Clock())
    for name in ("words", "minmax", "rrf", "sentence"):
        retriever(systems.of(name)).search(QUERIES, 100)
    assert watched.searches == {"LexicalIndex": 1, "DenseIndex": 1, "Exact": 1, "Mentions": 1}


def test_another_question_or_depth_is_searched_for(made: Library, watched: Watched) -> None:
    words = retriever(Systems(made, Clock()).of("words"))
    words.search(QUERIES, 10)
    words.search(QUERIES, 11)
    words.search(QUERIES[:-1], 11)
    words.search([Query(query.text, where={"kind": "manual"}) for query in QUERIES[:-1]], 11)
    assert watched.searches["LexicalIndex"] == 4


def test_a_filter_is_not_forgotten(systems: Systems) -> None:
    words = retriever(systems.of("words"))
    words.search([Query("boiler")], 10)
    [hits] = words.search([Query("boiler", where={"language": "zh"})], 10)
    assert {hit.passage.meta["language"] for hit in hits} <= {"zh"}
    assert words.search([Query("boiler")], 10) != [hits]


def test_the_clock_counts_a_shared_search_for_each(made: Library, watched: Watched) -> None:
    clock = Clock()
    systems = Systems(made, clock)
    names = ("words", "minmax", "vectors", "rrf", "words")
    times = []
    for name in names:
        before = clock()
        retriever(systems.of(name)).search(QUERIES, 100)
        times.append(clock() - before)
    assert times == [2.0, 5.75, 3.0, 5.75, 2.0]
    assert (watched.now, clock.saved) == (5.75, 12.75)
    assert clock() == 18.5


def test_systems_take_as_long_together_as_each_alone(
    made: Library, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("raglan.evaluate.measure._BATCH", 3)
    rows = [Example(query) for query in QUERIES]

    def seconds(*names: str) -> Mapping[str, float]:
        clock = Clock()
        systems = Systems(made, clock)
        report = evaluate({name: systems.of(name) for name in names}, rows, [], asking=Asking(clock=clock))
        return {name: outcome.seconds for name, outcome in report.systems.items()}

    together = seconds("words", "vectors", "minmax", "rrf", "learned", "sentence")
    # Three batches were searched, by each index once.
    assert watched.searches == {"LexicalIndex": 3, "DenseIndex": 3, "Exact": 3, "Mentions": 3}
    assert together == {name: seconds(name)[name] for name in together}
    assert (together["words"], together["rrf"]) == (6.0, 17.25)


def test_no_system_changes_what_another_finds(made: Library) -> None:
    names = ["words", "vectors", "minmax", "rrf", "learned", "sentence"]
    rows = [Example(query) for query in QUERIES]

    def found(*names: str) -> dict[str, list[tuple[str, ...]]]:
        systems = Systems(made, Clock())
        report = evaluate({name: systems.of(name) for name in names}, rows, [])
        return {name: [row.told[name].found for row in report.rows] for name in names}

    together = found(*names)
    assert found(*reversed(names)) == together
    assert {name: found(name)[name] for name in names} == together


def test_a_sentence_is_encoded_once(made: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: Counter[tuple[str, str]] = Counter()
    encode = HashingEncoder.encode

    def counted(encoder: Encoder, texts: Sequence[str], *, role: str) -> Any:
        encoded.update((role, text) for text in texts)
        return encode(encoder, texts, role=role)  # type: ignore[arg-type]

    system = rag(Systems(made, Clock()).of("sentence"))
    hits = system.search("boiler")
    monkeypatch.setattr(HashingEncoder, "encode", counted)
    for question in ("boiler", "the boiler", "boiler"):
        system.reply(question, hits)
    assert encoded
    assert set(encoded.values()) == {1}
