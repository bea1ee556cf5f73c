"""Which encoder a name means, what a store remembers of it, and what answers while its vectors are made anew."""

import json
import re
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from raglan.build import encoders
from raglan.build.encoders import Maker, located, remember, remembered, same
from raglan.build.parts import Library, library
from raglan.config import Config, Spec
from raglan.encode.adapted import Adapted, Translated
from raglan.encode.hashing import HashingEncoder
from raglan.encode.onnx import OnnxEncoder
from raglan.errors import ConfigError, ModelError
from raglan.models.static import StaticTable, packed
from raglan.nn.tower import Towers
from raglan.protocols import Retriever
from raglan.search.dense import DenseIndex
from raglan.store.adding import add_passages
from raglan.store.store import Store
from raglan.types import Passage, Query
from tests.models.samples import CARD, READING, saved, tower
from tests.samples import ASKED, WRITTEN, differ, drawn

MANY = [*WRITTEN, *drawn(420)]


def turned(seed: int, noise: float = 0.0) -> Any:
    """A tower whose weights lie a little beside those of ``seed``: what some training would make of it."""
    made = tower(seed)
    with torch.no_grad():
        for at, parameter in enumerate(made.parameters()):
            drawn = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(at))
            parameter.add_(noise * parameter.abs().mean() * drawn)
    return made


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Model folders to copy: ``one``, ``near`` (it, trained a little) and ``far`` (other weights)."""
    place = tmp_path_factory.mktemp("kept")
    for name, model in (("one", turned(1)), ("near", turned(1, 0.02)), ("far", turned(2))):
        saved(model, place / name, replace(READING, length=16), CARD)
    return place


@pytest.fixture
def model(kept: Path, tmp_path: Path) -> Path:
    return put(kept / "one", tmp_path / "models" / "mine")


def put(source: Path, place: Path) -> Path:
    """What lay in ``place`` is replaced."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(source, place)
    return place


Open = Callable[..., Library]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens libraries over one store, after closing the one before."""
    made: list[Library] = []

    def opened(**table: Any) -> Library:
        for one in made:
            one.close()
        made.append(library(tmp_path / "store", Config.of(table)))
        return made[-1]

    yield opened
    for one in made:
        one.close()


def filled(made: Library, passages: Sequence[Passage] = MANY, *, adopt: bool = True) -> Library:
    add_passages(made.store, passages)
    made.words.follower.refresh()
    made.encode(adopt=adopt)
    return made


def generations(made: Library) -> set[str]:
    assert made.store.folder is not None
    return {path.name for path in (made.store.folder / "vectors").iterdir() if path.is_dir()}


def asked_of(made: Library) -> Any:
    """The encoder whose vectors answer."""
    assert isinstance(made.serving, DenseIndex)
    return made.serving.encoder


def finds(index: Retriever | None, other: Retriever, *, by: float = 2e-3) -> bool:
    assert index is not None
    pairs = zip(index.search(ASKED, 5), other.search(ASKED, 5), strict=True)
    return not any(differ(one, two, by=by) for one, two in pairs)


def fresh(place: Path) -> DenseIndex:
    index = DenseIndex(OnnxEncoder(place))
    index.add(MANY)
    return index


# What a name means.


def test_a_name_is_a_part_or_a_place(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(model.parent)
    monkeypatch.setenv("HOME", str(model.parent))
    monkeypatch.setenv("USERPROFILE", str(model.parent))
    mine = Spec("minilm", {"name": str(model)})
    for name in (str(model), "mine", "./mine", "../models/mine", "~/mine"):
        found = located(Spec(name))
        assert (found.use, Path(found.options["name"]).resolve()) == ("minilm", model)
    assert located(Spec("mine", {"threads": 1})).options == {**mine.options, "threads": 1}
    for name in ("builtin", "minilm", "static", "hashing", "none"):
        assert located(Spec(name, {"dim": 3})) == Spec(name, {"dim": 3})


def test_a_parts_name_goes_before_a_folders(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(model, model.parent / "static")
    monkeypatch.chdir(model.parent)
    assert located(Spec("static")) == Spec("static")
    assert located(Spec("./static")).use == "minilm"


def test_a_file_is_one_of_static_vectors(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    path.write_bytes(packed(StaticTable.of(["保修"], np.ones((1, 4), np.float32), "Hani")))
    made = library(None, Config.of({"encoder": str(path)}))
    assert made.vectors is not None
    assert made.vectors.encoder.identity.startswith("static:mine:")
    made.close()


def test_the_folder_of_an_adapter_is_an_encoder_with_it(tmp_path: Path) -> None:
    (tmp_path / "raglan.json").write_text('{"format": 1, "kind": "adapter"}')
    assert located(Spec(str(tmp_path))) == Spec("adapted", {"model": str(tmp_path)})


def test_a_name_that_is_neither_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        located(Spec("hashin"))
    assert "did you mean 'hashing'" in str(caught.value)
    assert f"nor does a model lie at {tmp_path / 'hashin'}" in str(caught.value)


@pytest.mark.parametrize("damage", ["nowhere", "ranker", "empty", "facts"])
def test_a_folder_that_holds_no_encoder_is_told(opened: Open, model: Path, damage: str) -> None:
    facts = model / "raglan.json"
    table = json.loads(facts.read_bytes())
    told = {
        "nowhere": f"there is no encoder '{model}'",
        "ranker": f"{model} holds a model of kind 'ranker', where 'encoder' is needed",
        "empty": f"{model} is no model folder: raglan.json cannot be read",
        "facts": f"{facts} is damaged",
    }
    if damage == "nowhere":
        shutil.rmtree(model)
    elif damage == "ranker":
        facts.write_text(json.dumps({**table, "kind": "ranker"}))
    elif damage == "empty":
        facts.unlink()
    else:
        facts.write_text(json.dumps({**table, "dim": "many"}))
    with pytest.raises(ModelError, match=re.escape(told[damage])):
        opened(encoder=str(model))


def test_damaged_weights_cost_neither_documents_nor_vectors(opened: Open, model: Path) -> None:
    filled(opened(encoder="hashing"))
    (model / "model.onnx").write_bytes(b"nothing")
    made = opened(encoder=str(model))
    with pytest.raises(ModelError, match=r"model\.onnx was changed"):
        made.encode()
    # Words answer, and the vectors from before.
    assert isinstance(asked_of(made), HashingEncoder)
    assert made.rag.search("boiler")
    again = opened()
    assert isinstance(asked_of(again), HashingEncoder)
    assert not again.renewing


# What a store remembers.


def test_a_store_answers_with_the_encoder_that_made_its_vectors(opened: Open, model: Path) -> None:
    made = filled(opened(encoder=str(model)))
    identity = OnnxEncoder(model).identity
    assert remembered(made.store) == Maker(Spec("minilm", {"name": str(model)}), identity, 32)
    again = opened()
    assert again.vectors is not None
    assert (again.vectors.encoder.identity, again.vectors.follower.behind) == (identity, again.store.seq)
    again.vectors.follower.look()
    assert again.vectors.follower.behind == 0
    assert finds(again.serving, fresh(model))
    # What is named counts more.
    assert asked_of(opened(encoder={"use": "hashing", "dim": 8})).identity == identity
    other = opened(encoder={"use": "hashing", "dim": 8})
    other.encode()
    assert asked_of(other).identity == "hashing:8"
    assert asked_of(opened()).identity == "hashing:8"


def test_an_encoder_that_is_gone_is_asked_for(opened: Open, model: Path, tmp_path: Path) -> None:
    filled(opened(encoder=str(model)))
    shutil.rmtree(model)
    with pytest.raises(ModelError) as caught:
        opened()
    told = str(caught.value)
    assert str(tmp_path / "store") in told
    assert f"there is no encoder '{model}'" in told
    assert "name another" in told
    made = opened(encoder="hashing")
    assert made.rag.search("boiler")
    made.encode()
    assert asked_of(opened()).identity == "hashing:256"


def test_one_that_was_tried_out_is_not_remembered(opened: Open, model: Path) -> None:
    filled(opened(encoder="hashing"))
    made = opened(encoder=str(model))
    made.encode(adopt=False)
    assert asked_of(made).dim == 32
    assert len(generations(made)) == 2
    assert isinstance(asked_of(opened()), HashingEncoder)


def test_a_store_of_before_knows_no_identity(opened: Open) -> None:
    made = filled(opened(encoder="hashing"))
    made.store.set({"encoder": json.dumps({"use": "hashing", "options": {}})})
    before = generations(made)
    again = opened()
    assert remembered(again.store) == Maker(Spec("hashing"))
    assert not again.renewing
    assert not opened(encoder="hashing").renewing
    assert asked_of(opened(encoder={"use": "hashing", "dim": 8})).identity == "hashing:256"
    last = opened()
    last.encode()
    assert remembered(last.store) == Maker(Spec("hashing"), "hashing:256", 256)
    assert generations(last) == before


def test_what_is_the_same_goes_by_identity() -> None:
    one, other = Maker(Spec("a"), "x", 3), Maker(Spec("b"), "x", 3)
    assert same(None, one)
    assert same(one, other)
    assert not same(one, replace(one, identity="y"))
    assert same(Maker(Spec("a")), one)
    assert not same(Maker(Spec("a")), other)


# Other weights in the same folder.


def test_other_weights_in_the_folder_are_noticed_and_take_over(opened: Open, model: Path, kept: Path) -> None:
    made = filled(opened(encoder=str(model)))
    before = generations(made)
    assert not opened(encoder=str(model)).renewing
    put(kept / "far", model)
    made = opened()
    assert made.renewing
    assert generations(made) >= before
    assert made.rag.search("boiler"), "words answer"
    made.encode()
    assert made.vectors is not None
    assert generations(made) == {made.vectors.generation} != before
    assert finds(made.serving, fresh(kept / "far"), by=1e-4)
    maker = remembered(made.store)
    assert maker is not None
    assert maker.identity == OnnxEncoder(kept / "far").identity
    assert not opened().renewing


def test_a_process_that_runs_goes_on_with_the_weights_that_it_has(model: Path, kept: Path, tmp_path: Path) -> None:
    """Better weights take their place on the disk, and other processes have them; here nothing is mixed, nor undone."""
    config = Config.of({"encoder": str(model)})
    running, idle = filled(library(tmp_path / "store", config)), library(tmp_path / "store", config)
    old, new = fresh(kept / "one"), fresh(kept / "far")
    assert finds(running.serving, old)
    saved(turned(2), model, replace(READING, length=16), CARD)
    running.encode()
    assert finds(running.serving, old)
    with pytest.raises(ModelError, match=r"another model was put into .*mine since it was opened, .*: open it again"):
        idle.rag.search("boiler")
    other = library(tmp_path / "store", config)
    assert other.renewing
    other.encode()
    assert finds(other.serving, new, by=1e-4)
    assert finds(running.serving, old)
    there = generations(other)
    for stale in (running, idle):
        with pytest.raises(ModelError, match=r"store has vectors of other weights by now, .*: open it again"):
            stale.encode()
    assert generations(other) == there
    again = library(tmp_path / "store", config)
    assert not again.renewing
    assert finds(again.serving, new, by=1e-4)
    # Who names another encoder may well change it back.
    hashing = library(tmp_path / "store", Config.of({"encoder": "hashing"}))
    hashing.encode()
    again.encode()
    assert asked_of(library(tmp_path / "store")).identity == OnnxEncoder(model).identity
    for made in (running, idle, other, again, hashing):
        made.close()


def test_the_vectors_from_before_answer_while_others_are_made(opened: Open, model: Path, kept: Path) -> None:
    filled(opened(encoder="hashing"))
    made = opened(encoder=str(model))
    assert made.renewing
    plain = DenseIndex(HashingEncoder())
    plain.add(MANY)
    assert finds(made.serving, plain)
    seen = []

    def watch(_: object) -> None:
        seen.append((asked_of(made).identity, finds(made.serving, plain)))

    made.encode(watch)
    assert seen
    assert set(seen) == {("hashing:256", True)}
    assert made.serving is made.vectors
    assert finds(made.serving, fresh(model), by=1e-4)


def interrupted(made: Library) -> None:
    """Two steps of encoding, and no more."""
    assert made.vectors is not None
    steps = made.vectors.follower.catch_up()
    assert isinstance(steps, Generator)
    for _ in range(3):
        next(steps)
    steps.close()


def test_weights_that_are_gone_are_asked_through_the_new_ones(
    opened: Open, model: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("raglan.search.rows._STEP", 128)
    old = fresh(kept / "one")
    made = filled(opened(encoder=str(model)))
    put(kept / "near", model)
    assert asked_of(opened()).identity == OnnxEncoder(model).identity, "nothing is known yet of how the two go together"
    interrupted(opened())
    made = opened()
    assert isinstance(asked_of(made), Translated)
    assert asked_of(made).identity == OnnxEncoder(kept / "one").identity
    assert made.serving is not None
    # Through the matrix the old vectors say nearly what they said.
    for one, other in zip(made.serving.search(ASKED, 10), old.search(ASKED, 10), strict=True):
        assert len({hit.passage.id for hit in one} & {hit.passage.id for hit in other}) >= 7
    steps = []
    made.encode(lambda progress: steps.append((progress.done, type(asked_of(made)))))
    assert {kind for done, kind in steps if done < len(MANY)} == {Translated}
    assert finds(made.serving, fresh(kept / "near"), by=1e-4)
    assert len(generations(made)) == 1


def test_the_bridge_is_built_while_encoding(
    opened: Open, model: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("raglan.search.rows._STEP", 128)
    filled(opened(encoder=str(model)))
    put(kept / "near", model)
    made, kinds = opened(), []
    made.encode(lambda progress: kinds.append(type(asked_of(made))))
    assert kinds[0] is OnnxEncoder
    assert Translated in kinds
    assert made.serving is made.vectors


def test_spaces_with_nothing_in_common_are_not_bridged(
    opened: Open, model: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("raglan.search.rows._STEP", 128)
    filled(opened(encoder=str(model)))
    put(kept / "far", model)
    made, kinds = opened(), set()
    made.encode(lambda progress: kinds.add(type(asked_of(made))))
    assert kinds == {OnnxEncoder}


def test_a_bridge_that_failed_is_tried_again_only_now_and_then(
    opened: Open, model: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("raglan.search.rows._STEP", 8)
    filled(opened(encoder=str(model)))
    put(kept / "far", model)
    steps: list[int] = []
    tries: list[int] = []
    made = opened()
    monkeypatch.setattr("raglan.build.parts.bridged", lambda *_: tries.append(len(steps)))
    made.encode(lambda progress: steps.append(progress.done))
    assert len(steps) > 50
    assert 8 < len(tries) < 20
    assert tries[-1] > 40


def test_a_query_tower_that_learned_by_itself_leaves_the_vectors(opened: Open, model: Path, kept: Path) -> None:
    made = filled(opened(encoder=str(model)))
    before = generations(made)
    saved(Towers(turned(2), turned(1)), model, replace(READING, length=16))
    made = opened()
    assert not made.renewing
    made.encode()
    assert generations(made) == before
    index = DenseIndex(OnnxEncoder(model))
    index.add(MANY)
    assert finds(made.serving, index)
    assert not finds(made.serving, fresh(kept / "one"))


# Encoders of queries alone.


class Counts(HashingEncoder):
    """The hashing encoder, which counts the passages that it is given."""

    passages = 0

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        Counts.passages += len(texts) if role == "passage" else 0
        return super().encode(texts, role=role)


@pytest.fixture
def made_by(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Callable[[], Any]]:
    """Encoders by names that only these tests know."""
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(32, 32)))
    known: dict[str, Callable[[], Any]] = {
        "plain": lambda: Counts(32),
        "adapted": lambda: Adapted(Counts(32), turn),
        "translated": lambda: Translated(Counts(16), np.eye(32, 16), "hashing:32"),
    }
    monkeypatch.setattr(encoders, "names", lambda kind: list(known))
    monkeypatch.setattr(encoders, "make", lambda kind, name, options: known[name]())
    return known


def test_an_adapter_before_the_same_vectors_needs_no_others(opened: Open, made_by: object) -> None:
    made = filled(opened(encoder="plain"))
    before, count = generations(made), Counts.passages
    made = opened(encoder="adapted")
    assert not made.renewing
    assert isinstance(asked_of(made), Adapted)
    made.encode()
    assert (generations(made), Counts.passages) == (before, count)
    assert isinstance(asked_of(opened()), Adapted)
    # What is new is encoded as ever.
    filled(opened(), [Passage("new:0", "A new text.", "new", WRITTEN[0].span)])
    assert Counts.passages == count + 1


def test_a_translation_asks_the_old_vectors_and_adds_none(opened: Open, made_by: object) -> None:
    made = filled(opened(encoder="plain"))
    before, count = generations(made), Counts.passages
    made = opened(encoder="translated")
    assert not made.renewing
    assert isinstance(asked_of(made), Translated)
    assert made.rag.search("boiler")
    made.encode()
    assert (generations(made), Counts.passages) == (before, count)
    with pytest.raises(ConfigError, match="do not belong among those of hashing:32"):
        filled(made, [*WRITTEN, *drawn(3, seed=9)])
    [hits] = made.words.search([Query(drawn(3, seed=9)[0].text)], 1)
    assert hits, "words find it meanwhile"


def test_what_is_kept_in_memory_has_nothing_from_before() -> None:
    store = Store()
    remember(store, Maker(Spec("hashing"), "gone", 4))
    index = DenseIndex(HashingEncoder(8), store)
    index.add(WRITTEN)
    assert encoders.bridged(store, index) is None
    store.close()
