"""Names into parts: what a configuration says is what is built."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from raglan.build.parts import Library, answering, library
from raglan.build.progress import Pace, Progress
from raglan.config import Config
from raglan.encode.hashing import HashingEncoder
from raglan.errors import ConfigError, StoreError
from raglan.generate.refined import Refined
from raglan.generate.routed import Routed
from raglan.generate.sentence import SentenceGenerator
from raglan.generate.survey import Survey
from raglan.search.mmr import Mmr
from raglan.types import Query

Build = Callable[[Mapping[str, Any]], Library]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Builds libraries over one folder, with the hashing encoder unless another is named."""
    made: list[Library] = []

    def build(table: Mapping[str, Any]) -> Library:
        made.append(library(tmp_path / "store", Config.of({"encoder": "hashing", **table})))
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "docs"
    place.mkdir()
    text = "\n\n".join(f"Paragraph {n} says that valve {n} must be cleaned with water." for n in range(40))
    (place / "valves.txt").write_text(text, encoding="utf-8")
    return place


def test_what_is_named_is_built(build: Build) -> None:
    made = build({"reranker": {"use": "mmr", "balance": 0.5}, "critic": "none", "k": 3, "threshold": 0.5})
    assert made.vectors is not None
    assert isinstance(made.vectors.encoder, HashingEncoder)
    assert isinstance(made.rag.reranker, Mmr)
    assert made.rag.critic is None
    assert (made.rag.k, made.rag.threshold) == (3, 0.5)


def test_what_is_written_is_refined_if_that_is_wanted(build: Build, folder: Path) -> None:
    made = build({"refine": 2, "generator": "sentence", "critic": {"use": "overlap", "threshold": 0.7}})
    generator = made.rag.generator
    assert isinstance(generator, Refined)
    assert (generator.rounds, generator.critic) == (2, made.rag.critic)
    assert isinstance(generator.generator, SentenceGenerator)
    made.sync(folder)
    made.encode()
    assert made.rag.read("clean valve 7", made.rag.weigh("clean valve 7", made.rag.search("clean valve 7"))).text
    assert isinstance(build({}).rag.generator, Routed)
    with pytest.raises(ConfigError, match="what is refined states no risk"):
        answering(replace(Config.of({"refine": 1}), risk=0.1), made.hybrid, made.store, None)


def test_without_an_encoder_words_answer(build: Build, folder: Path) -> None:
    made = build({"encoder": "none", "generator": "sentence"})
    assert made.vectors is None
    made.sync(folder)
    made.encode()
    [hit, *_] = made.rag.search("clean valve 7")
    assert hit.by.startswith("words")


def test_all_passages_are_surveyed_unless_that_is_left_out(build: Build, folder: Path) -> None:
    made = build({"surveyor": {"use": "words", "shown": 3}})
    made.sync(folder)
    found = made.rag.survey("Which passages mention valve 7?")
    assert found is not None
    assert found.coverage is not None
    assert isinstance(build({}).rag.surveyor, Survey)
    assert build({"surveyor": "none"}).rag.survey("Which passages mention valve 7?") is None


def test_a_segmenter_grows_what_is_read(build: Build, folder: Path) -> None:
    made = build({"segmenter": {"use": "neighbours", "limit": 400}, "chunker": {"use": "structure", "size": 60}})
    made.sync(folder)
    made.encode()
    text = (folder / "valves.txt").read_text(encoding="utf-8")
    hits = made.rag.search("clean valve 7", 2)
    segments = made.rag.weigh("clean valve 7", hits)
    for piece in segments:
        assert piece.passage.span.of(text) == piece.passage.text
        assert len(piece.passage.text) > 2 * max(len(hit.passage.text) for hit in hits)
    assert build({}).rag.segmenter is None


def test_options_of_the_chunker_count(build: Build, folder: Path) -> None:
    made = build({"chunker": {"use": "structure", "size": 120}})
    made.sync(folder)
    small = len(made.store)
    other = library(folder.parent / "other", Config.of({"encoder": "none"}))
    other.sync(folder)
    assert small > 2 * len(other.store)
    other.close()


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"encoder": "hashin"}, "no encoder is called 'hashin'; did you mean 'hashing'"),
        ({"encoder": {"use": "hashing", "dims": 3}}, "encoder 'hashing' has no option 'dims'; did you mean 'dim'"),
        ({"merge": {"use": "minmax", "dense": 2}}, "merge 'minmax' cannot be made of these options: dense is 2"),
        ({"merge": "none"}, "no merge is called 'none'"),
        ({"fusion": {"use": "softmax", "temperature": 0}}, "temperature is 0"),
        ({"segmenter": {"use": "neighbours", "around": 9, "limit": 3}}, "around is 9 and limit 3"),
        ({"segmenter": "segments"}, "no segmenter is called 'segments'; there are neighbours"),
    ],
)
def test_what_cannot_be_built_is_told(build: Build, table: Mapping[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(table)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("chunker", "told"),
    [
        ({"use": "structure", "siz": 3}, "chunker 'structure' has no option 'siz'; there are size"),
        ("structur", "did you mean 'structure'"),
    ],
)
def test_a_wrong_chunker_is_told(build: Build, folder: Path, chunker: object, told: str) -> None:
    made = build({"chunker": chunker})
    with pytest.raises(ConfigError) as caught:
        made.sync(folder)
    assert told in str(caught.value)


def test_a_failure_lets_go_of_the_store(build: Build) -> None:
    with pytest.raises(ConfigError):
        build({"generator": "nothing"})
    build({}).store.set({"x": "y"})


def test_boolean_search_is_at_hand(build: Build, folder: Path) -> None:
    made = build({})
    made.sync(folder)
    [hits] = made.boolean.search([Query('"valve 7" AND water')], 3)
    assert [hit.passage.document for hit in hits] == ["valves.txt"]


def test_a_closed_library_says_so(build: Build) -> None:
    made = build({})
    made.close()
    with pytest.raises(StoreError, match="closed"):
        made.rag.search("boiler")


def test_progress_is_honest_about_the_time_left() -> None:
    now = 0.0
    told: list[Progress] = []
    pace = Pace("reading", 100, told.append, clock=lambda: now)
    for done, at in ((0, 0.1), (1, 0.3), (10, 1.0), (20, 2.0), (60, 42.0), (80, 62.0), (100, 82.0)):
        now = at
        pace.at(done, "file")
    assert [one.left for one in told] == [None, None, 9.0, 8.0, pytest.approx(40.0), pytest.approx(20.0), 0.0]
    assert [one.done for one in told] == [0, 1, 10, 20, 60, 80, 100]


def test_nobody_need_watch() -> None:
    Pace("reading", 0, None).at(0)


def test_the_sentences_of_a_passage_are_encoded_once(
    build: Build, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = build({"generator": "sentence"})
    made.sync(folder)
    made.encode()
    seen: list[str] = []
    plain = HashingEncoder.encode

    def encode(self: HashingEncoder, texts: Sequence[str], *, role: str) -> Any:
        seen.extend(texts)
        return plain(self, texts, role=role)

    monkeypatch.setattr(HashingEncoder, "encode", encode)
    hits = made.rag.search("warranty")
    first = made.rag.reply("How long is the warranty?", hits)
    assert len(seen) > 2
    seen.clear()
    again = made.rag.reply("Who gives the warranty?", hits)
    assert seen == ["Who gives the warranty?"]
    alone = answering(made.config, made.hybrid, made.store, HashingEncoder())
    assert [first, again] == [
        alone.reply(one, hits) for one in ("How long is the warranty?", "Who gives the warranty?")
    ]
