"""Models there and back, for transformers and for ONNX Runtime; a save that fails leaves what was there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from huggingface_hub import ModelCard
from tokenizers import Tokenizer

from raglan.encode.onnx import OnnxEncoder
from raglan.errors import ConfigError, ModelError
from raglan.models.card import Card
from raglan.models.folder import Reading, read
from raglan.nn import sharing
from raglan.nn.ranker import Ranker
from raglan.nn.reader import Reader
from raglan.nn.shape import Shape
from raglan.nn.sharing import Model, load, load_tokenizer, save
from raglan.nn.tokens import Tokens
from raglan.nn.tower import Tower, Towers
from tests.models.samples import CARD, READING, SHAPE, ranker, reader, saved, tokenizer, tower, trunk
from tests.samples import WRITTEN

TEXTS = [one.text for one in WRITTEN] + ["", "kettle " * 60]
FILES = ["config.json", "model.onnx", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
ALL = sorted(["README.md", "raglan.json", *FILES])

MODELS: dict[str, Callable[[int], Model]] = {
    "tower": tower,
    "cls, any length": lambda seed: tower(seed, pooling="cls", unit=False),
    "towers": lambda seed: Towers(tower(seed), tower(seed + 10)),
    "ranker": ranker,
    "reader": reader,
}
ANY = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def weights(model: Model) -> dict[str, torch.Tensor]:
    return dict(model.state_dict())


def same(one: Model, other: Model) -> bool:
    a, b = weights(one), weights(other)
    return type(one) is type(other) and a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


# There and back.


@ANY
def test_a_model_comes_back_bit_by_bit(make: Callable[[int], Model], tmp_path: Path) -> None:
    model = make(1)
    again = load(saved(model, tmp_path / "new" / "tiny"))
    assert same(again, model)
    for one, other in zip(again.modules(), model.modules(), strict=True):
        if isinstance(one, Tower) and isinstance(other, Tower):
            assert (one.pooling, one.unit, one.trunk.shape) == (other.pooling, other.unit, other.trunk.shape)


def test_what_a_folder_holds(tmp_path: Path) -> None:
    place = saved(tower(), tmp_path / "one")
    assert names(place) == ALL
    assert sorted(read(place).files) == FILES
    two = saved(MODELS["towers"](0), tmp_path / "two")
    assert names(two) == sorted([*ALL, "query", "query.onnx"])
    assert sorted(read(two).files) == sorted([*FILES, "query.onnx", "query/config.json", "query/model.safetensors"])
    assert names(tmp_path) == ["one", "two"], "nothing else is left"
    saved(tower(), two)
    assert names(two) == ALL, "the query tower of the model before is gone"


def test_towers_that_share_are_one(tmp_path: Path) -> None:
    both = tower(3)
    assert same(load(saved(Towers(both, both), tmp_path / "m")), both)


def test_dropout_is_the_reader_s(tmp_path: Path) -> None:
    for model in (tower(), ranker(), reader()):
        again = load(saved(model, tmp_path / "m"), dropout=0.25)
        assert isinstance(again, Tower | Ranker | Reader)
        assert again.trunk.dropout == 0.25


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (saved(tower(4), tmp_path / name) for name in "ab")
    assert [(one / name).read_bytes() for name in ALL] == [(other / name).read_bytes() for name in ALL]


def test_the_tokenizer_comes_back_without_truncation(tmp_path: Path) -> None:
    own = tokenizer()
    found = load_tokenizer(saved(tower(), tmp_path / "m"))
    assert isinstance(found, Tokenizer)
    assert (found.padding, found.truncation) == (None, None)
    assert own.truncation is not None, "the one that was given is as it was"
    own.no_truncation()
    own.no_padding()
    assert [found.encode(text).ids for text in TEXTS] == [own.encode(text).ids for text in TEXTS]


def test_facts_are_kept(tmp_path: Path) -> None:
    found = read(saved(tower(), tmp_path / "m"))
    assert (found.name, found.kind, found.dim, found.positions) == ("tiny", "encoder", 32, 64)
    assert found.reading == READING
    assert found.facts["metrics"] == CARD.metrics
    assert found.facts["data"][1] == {"name": "our own | kettles", "licence": "CC0-1.0", "rows": 12}
    assert (found.facts["date"], found.facts["seed"]) == ("2025-11-20", 7)
    assert found.facts["parents"] == list(CARD.parents)
    assert re.fullmatch(r"raglan \d+\.\d+.*", found.facts["created_by"])


# What others make of it.


def test_transformers_reads_an_encoder(tmp_path: Path) -> None:
    model = Towers(tower(1, pooling="cls", unit=False), tower(2, pooling="cls", unit=False))
    place, tokens = saved(model, tmp_path / "m"), Tokens(tokenizer(), length=READING.length)
    theirs: Any = transformers.AutoTokenizer.from_pretrained(place)
    assert isinstance(theirs, transformers.PreTrainedTokenizerFast)
    batch = theirs(TEXTS, padding=True, truncation=True, return_tensors="pt")
    own = tokens.texts(TEXTS)
    assert batch["input_ids"].shape[1] == READING.length, "cut to what the model reads"
    assert torch.equal(batch["input_ids"], own.ids)
    for side, more in ((model.passage, {}), (model.query, {"subfolder": "query"})):
        auto: Any = transformers.AutoModel
        bare, told = auto.from_pretrained(place, add_pooling_layer=False, output_loading_info=True, **more)
        assert not any(told.values())
        with torch.no_grad():
            vectors = bare.eval()(**batch).last_hidden_state[:, 0]
            assert (vectors - side(own.ids, own.mask)).abs().max() < 1e-5


def test_transformers_reads_a_ranker(tmp_path: Path) -> None:
    model = ranker(2)
    place = saved(model, tmp_path / "m")
    theirs: Any = transformers.AutoTokenizer.from_pretrained(place)
    auto: Any = transformers.AutoModelForSequenceClassification
    judge, told = auto.from_pretrained(place, output_loading_info=True)
    assert not any(told.values())
    queries, passages = ["steam wand?"] * len(TEXTS), TEXTS
    batch = theirs(queries, passages, padding=True, truncation="only_second", return_tensors="pt")
    own = Tokens(tokenizer(), length=READING.length, query_length=READING.query_length).pairs(queries, passages)
    assert torch.equal(batch["input_ids"], own.ids)
    assert torch.equal(batch["token_type_ids"], own.types)
    with torch.no_grad():
        assert (judge.eval()(**batch).logits[:, 0] - model(own.ids, own.mask, own.types)).abs().max() < 1e-4


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_onnx_is_torch(pooling: Any, tmp_path: Path) -> None:
    model = tower(5, pooling=pooling)
    batch = Tokens(tokenizer(), length=READING.length).texts(TEXTS)
    with torch.no_grad():
        vectors = model(batch.ids, batch.mask).numpy()
    found = OnnxEncoder(saved(model, tmp_path / "m"), threads=1).encode(TEXTS, role="passage")
    assert (found * vectors).sum(axis=1).min() > 0.999
    spread = vectors @ vectors.T
    assert abs(found @ found.T - spread).max() < 2e-2
    assert spread.min() < 0.9, "texts that are unlike have unlike vectors, so that this says something"


def test_the_card_says_what_the_maker_says(tmp_path: Path) -> None:
    text = (saved(tower(), tmp_path / "m") / "README.md").read_text(encoding="utf-8")
    card: Any = ModelCard(text)
    assert (card.data.license, card.data.language, card.data.library_name) == ("apache-2.0", ["en", "zh"], "raglan")
    assert card.data.datasets == ["rajpurkar/squad"]
    assert card.data.metrics == ["ndcg@10", "recall@1"]
    assert card.data.base_model == ["sentence-transformers/all-MiniLM-L6-v2"]
    assert card.data.pipeline_tag == "sentence-similarity"
    assert [(one.dataset_name, one.metric_type, one.metric_value) for one in card.data.eval_results] == [
        ("rajpurkar/squad", "ndcg@10", 0.25),
        ("rajpurkar/squad", "recall@1", 0.125),
    ]
    for part in (
        "# tiny\n\nFinds kettles.",
        "| our own \\| kettles | CC0-1.0 | 12 |",
        "| rajpurkar/squad | ndcg@10 | 0.25 |",
        "python models/tiny/recipe.py --seed 7\n```\n\nSeed 7, 2025-11-20.",
        "## Limits\n\nKnows nothing.",
        "- weights drawn by chance",
        "from raglan.encode.onnx import OnnxEncoder",
    ):
        assert part in card.text, part


def test_a_card_without_figures_makes_up_none(tmp_path: Path) -> None:
    card = replace(CARD, about='Says "yes": no\\maybe 保修 🙂', licence="it's: other", metrics={}, data=(), parents=())
    text = (saved(ranker(), tmp_path / "m", card=card) / "README.md").read_text(encoding="utf-8")
    found = ModelCard(text)
    front, body = found.data.to_dict(), found.text
    assert front["license"] == "it's: other"
    assert front["pipeline_tag"] == "text-ranking"
    assert not {"metrics", "datasets", "base_model", "model-index"} & front.keys()
    assert "## Figures" not in body
    assert "## Data" not in body
    assert "CrossRanker" in body


# Interrupted, refused.


def fails_at(monkeypatch: pytest.MonkeyPatch, number: int, *, for_good: bool) -> None:
    """From now on the ``number``-th renaming of a file or folder fails; ``for_good`` all later ones, too."""
    calls: list[int] = []
    rename = os.replace

    def replaced(*given: Any) -> None:
        calls.append(len(calls))
        if calls[-1] == number or (for_good and calls[-1] > number):
            raise OSError(28, "No space left on device")
        rename(*given)

    monkeypatch.setattr(os, "replace", replaced)


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
def test_an_interrupted_save_leaves_the_old_model(
    for_good: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = MODELS["towers"](1), tower(2)
    for number in range(5):  # two files, the old folder, the new one, what the user put there
        place = saved(old, tmp_path / str(number))
        (place / "notes.txt").write_text("mine")
        with monkeypatch.context() as patch:
            fails_at(patch, number, for_good=for_good)
            with pytest.raises(ModelError, match=r"cannot be written .*No space left on device"):
                saved(new, place)
        assert place.exists() or (for_good and number == 3), "put back, where that can be done"
        assert same(load(place), new if number == 4 else old)
        saved(new, place)
        assert same(load(place), new)
        assert (place / "notes.txt").read_text() == "mine"
    assert names(tmp_path) == [*"01234"]


def test_a_killed_save_leaves_the_old_model(tmp_path: Path) -> None:
    place = saved(tower(1), tmp_path / "m")
    done = subprocess.run([sys.executable, "-c", KILLED, str(place)], check=False, capture_output=True)
    assert done.returncode == 9, done.stderr.decode()
    assert names(tmp_path) == [".m.before", ".m.new"], "killed between the renamings of two folders"
    assert same(load(place), tower(1))
    assert OnnxEncoder(place, threads=1).encode(["boiler"], role="query").shape == (1, 32)
    saved(tower(2), place)
    assert same(load(place), tower(2))
    assert names(tmp_path) == ["m"]


KILLED = """
import os, sys
from pathlib import Path
from tests.models.samples import saved, tower
rename, calls = os.replace, []
def replaced(*given):
    calls.append(1)
    if len(calls) == 4:
        os._exit(9)
    rename(*given)
model = tower(2)
os.replace = replaced
saved(model, Path(sys.argv[1]))
"""


def test_a_full_disk_leaves_the_old_model(tmp_path: Path) -> None:
    """The system itself refuses; the library that writes the weights has an error of its own for it."""
    resource = pytest.importorskip("resource")
    place = saved(tower(1), tmp_path / "m")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(ModelError, match=r"m cannot be written .*; make room, or name another place"):
            saved(tower(2), place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert same(load(place), tower(1))
    assert names(tmp_path) == ["m"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="other systems have no disk that is always full")
def test_so_does_one_that_is_full_at_the_tokenizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, write = saved(tower(1), tmp_path / "m"), sharing._write

    def full(model: Model, folder: Path) -> None:
        write(model, folder)
        (folder / "tokenizer.json").symlink_to("/dev/full")

    monkeypatch.setattr(sharing, "_write", full)
    with pytest.raises(ModelError, match=r"No space left on device.*make room"):
        saved(tower(2), place)
    assert same(load(place), tower(1))


def test_a_failure_while_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any, **more: Any) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(sharing, "encoder_graph", broken)
    with pytest.raises(KeyboardInterrupt):
        saved(tower(), tmp_path / "m")
    assert names(tmp_path) == []


def test_files_of_the_user_stay(tmp_path: Path) -> None:
    place = saved(tower(1), tmp_path / "m")
    (place / ".git").mkdir()
    (place / ".git" / "HEAD").write_text("ref: refs/heads/main")
    saved(ranker(2), place)
    assert (place / ".git" / "HEAD").read_text() == "ref: refs/heads/main"
    assert same(load(place), ranker(2))


def test_a_folder_of_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    for place in (tmp_path, tmp_path / "thesis.tex"):
        with pytest.raises(ConfigError, match="holds something else than a model"):
            saved(tower(), place)
    assert names(tmp_path) == ["thesis.tex"]
    (tmp_path / "empty").mkdir()
    assert same(load(saved(tower(), tmp_path / "empty")), tower())


def test_a_link_leads_to_the_folder(tmp_path: Path) -> None:
    place = saved(tower(1), tmp_path / "v1")
    link = tmp_path / "latest"
    link.symlink_to(place)
    saved(tower(2), link)
    assert link.is_symlink()
    assert same(load(place), tower(2))
    assert same(load(link), tower(2))


@ANY
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(make: Callable[[int], Model], value: float, tmp_path: Path) -> None:
    place, model = saved(make(1), tmp_path / "m"), make(1)
    with torch.no_grad():
        next(reversed(list(model.parameters())))[0] = value
    with pytest.raises(ModelError, match=r"(to_score|norm_fed|to_own)\.bias is not finite, nothing was written"):
        saved(model, place)
    assert same(load(place), make(1))


def other(**sizes: int) -> Tower:
    known = {key: getattr(SHAPE, key) for key in ("vocab", "width", "layers", "heads", "inner", "positions", "types")}
    return Tower(trunk(0, Shape(**{**known, **sizes})))


@pytest.mark.parametrize(
    ("make", "reading", "said"),
    [
        (lambda: other(vocab=50), READING, "ids go up to"),
        (lambda: Ranker(other(types=1).trunk), READING, "types to 1; they do not fit"),
        (lambda: Reader(other(types=1).trunk), READING, "types to 1; they do not fit"),
        (lambda: Towers(other(), other(vocab=50)), READING, "ids go up to"),
        (lambda: Towers(tower(), tower(pooling="cls")), READING, "differ in pooling or unit"),
        (tower, Reading(length=65), "length is 65; the model has 64 positions"),
        (lambda: Towers(tower(), other(positions=32)), READING, "length is 40; the model has 32 positions"),
        (ranker, replace(READING, query="query: "), "it has no prefixes"),
        (reader, replace(READING, passage="passage: "), "a reader reads query and passage as they are"),
        (ranker, replace(READING, matches=True), "matches is a reader's: a ranker is not told"),
        (reader, replace(READING, matches=True), "types to 2; they do not fit"),
    ],
)
def test_what_does_not_fit_is_refused(make: Callable[[], Model], reading: Reading, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        saved(make(), tmp_path / "m", reading)
    assert names(tmp_path) == []


def test_a_tokenizer_of_bare_words_is_refused(tmp_path: Path) -> None:
    table = json.loads(tokenizer().to_str())
    bare = Tokenizer.from_str(json.dumps({**table, "post_processor": None}))
    for model in (tower(), ranker()):
        with pytest.raises(ConfigError, match="adds 0 special tokens"):
            save(model, bare, tmp_path / "m", CARD, READING)


def test_a_ranker_with_one_type_is_fine_where_pairs_have_one(tmp_path: Path) -> None:
    table = json.loads(tokenizer().to_str().replace('"type_id":1', '"type_id":0'))
    plain, model = Tokenizer.from_str(json.dumps(table)), Ranker(other(types=1).trunk)
    save(model, plain, tmp_path / "m", CARD, READING)
    assert same(load(tmp_path / "m"), model)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"metrics": {"squad": {"f1": float("nan")}}}, "f1 on squad is nan"),
        ({"name": "a/b"}, "name is 'a/b'"),
        ({"name": "../up"}, "name is"),
        ({"name": ""}, "name is ''"),
    ],
)
def test_cards_that_say_nothing_true(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        replace(CARD, **changed)


@pytest.mark.parametrize("name", FILES)
def test_changed_files_are_not_loaded(name: str, tmp_path: Path) -> None:
    place = saved(tower(), tmp_path / "m")
    (place / name).write_bytes((place / name).read_bytes() + b" ")
    with pytest.raises(ModelError, match=f"{re.escape(name)} was changed"):
        load(place)


def test_an_edited_card_changes_nothing(tmp_path: Path) -> None:
    place = saved(tower(), tmp_path / "m")
    (place / "README.md").write_text("better words")
    assert same(load(place), tower())
    card: Card = CARD
    assert (saved(tower(), place, card=card) / "README.md").read_text(encoding="utf-8").startswith("---\nlicense")
