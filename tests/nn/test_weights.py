"""Weights there and back, to and from transformers, and what is said of those that are not right."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from raglan.errors import ModelError
from raglan.nn.ranker import Ranker
from raglan.nn.reader import Reader, Sources
from raglan.nn.weights import (
    load_ranker,
    load_reader,
    load_trunk,
    named,
    named_ranker,
    save_ranker,
    save_reader,
    save_trunk,
)
from tests.nn.samples import SHAPE, lively, texts, theirs, tiny

WORDS = "embeddings.word_embeddings.weight"
DEEP = "encoder.layer.1.attention.self.key.weight"


def put(folder: Path, tensors: dict[str, Tensor], config: dict[str, Any] | None = None) -> Path:
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config or SHAPE.config()))
    return folder


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_names_and_sizes_are_those_of_transformers() -> None:
    found = theirs().state_dict()
    sizes = {name: tuple(value.shape) for name, value in found.items() if not name.startswith("pooler.")}
    assert sizes == SHAPE.tensors()
    assert {name: tuple(value.shape) for name, value in named(tiny()).items()} == SHAPE.tensors()


def test_there_and_back_bit_by_bit(tmp_path: Path) -> None:
    trunk = tiny(1)
    save_trunk(trunk, tmp_path / "new" / "folder")
    again = load_trunk(tmp_path / "new" / "folder", dropout=0.1)
    assert again.shape == trunk.shape
    assert again.dropout == 0.1
    assert same(named(again), named(trunk))
    assert sorted(one.name for one in (tmp_path / "new" / "folder").iterdir()) == ["config.json", "model.safetensors"]
    save_trunk(tiny(2), tmp_path / "new" / "folder")
    assert same(named(load_trunk(tmp_path / "new" / "folder")), named(tiny(2)))


def test_a_ranker_comes_back_bit_by_bit(tmp_path: Path) -> None:
    ranker = lively(Ranker(tiny(1)), 3)
    save_ranker(ranker, tmp_path)
    assert same(named_ranker(load_ranker(tmp_path)), named_ranker(ranker))
    assert same(named(load_trunk(tmp_path)), named(ranker.trunk))  # the trunk alone, without the head


def test_named_weights_are_copies() -> None:
    trunk = tiny(1)
    named(trunk)[DEEP].zero_()
    assert same(named(trunk), named(tiny(1)))


def test_transformers_reads_what_is_written(tmp_path: Path) -> None:
    (ids, mask, types), ranker = texts(4), lively(Ranker(tiny(4)), 4)
    save_trunk(ranker.trunk, tmp_path / "trunk")
    save_ranker(ranker, tmp_path / "ranker")
    given = {"input_ids": ids, "attention_mask": mask.long(), "token_type_ids": types}
    bare: Any = transformers.BertModel
    bare, told = bare.from_pretrained(tmp_path / "trunk", add_pooling_layer=False, output_loading_info=True)
    assert not any(told.values())
    judge: Any = transformers.BertForSequenceClassification
    judge, told = judge.from_pretrained(tmp_path / "ranker", output_loading_info=True)
    assert not any(told.values())
    with torch.no_grad():
        states = bare.eval()(**given).last_hidden_state
        assert (states - ranker.trunk(ids, mask, types))[mask].abs().max() < 1e-5
        assert (judge.eval()(**given).logits[:, 0] - ranker(ids, mask, types)).abs().max() < 1e-5


@pytest.mark.parametrize("kind", ["BertModel", "BertForMaskedLM", "BertForSequenceClassification"])
def test_what_transformers_writes_is_read(kind: str, tmp_path: Path) -> None:
    (ids, mask, types), model = texts(5), lively(theirs(kind, num_labels=1), 5)
    model.save_pretrained(tmp_path)
    bare = model if kind == "BertModel" else model.bert
    with torch.no_grad():
        states = bare(input_ids=ids, attention_mask=mask.long(), token_type_ids=types).last_hidden_state
        assert (load_trunk(tmp_path).eval()(ids, mask, types) - states)[mask].abs().max() < 1e-5
        if kind == "BertForSequenceClassification":
            logits = model(input_ids=ids, attention_mask=mask.long(), token_type_ids=types).logits
            assert (load_ranker(tmp_path).eval()(ids, mask, types) - logits[:, 0]).abs().max() < 1e-5


@pytest.mark.parametrize("start", ["", "bert.", "model.", "question_encoder.bert_model."])
def test_any_start_of_the_names_and_old_names(start: str, tmp_path: Path) -> None:
    tensors = named(tiny(6))
    old = {
        start + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
        for name, value in tensors.items()
    }
    extra = {f"{start}pooler.dense.weight": torch.zeros(32, 32), f"{start}embeddings.position_ids": torch.arange(24)}
    if start:
        extra["cls.predictions.bias"] = torch.zeros(50)
    assert same(named(load_trunk(put(tmp_path, {**old, **extra}))), tensors)


def test_half_precision_files_become_float32(tmp_path: Path) -> None:
    tensors = {name: value.bfloat16() for name, value in named(tiny(7)).items()}
    found = named(load_trunk(put(tmp_path, tensors)))
    assert {value.dtype for value in found.values()} == {torch.float32}
    assert same(found, {name: value.float() for name, value in tensors.items()})


def changed(name: str, value: Tensor | None) -> dict[str, Tensor]:
    tensors = {**named(tiny(8))}
    if value is None:
        del tensors[name]
    else:
        tensors[name] = value
    return tensors


NAN = torch.zeros(32, 32)
NAN[3, 4] = float("nan")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (DEEP, None, f"lacks the tensor {DEEP}, going by"),
        (WORDS, None, f"holds 0 tensors named ...{WORDS}"),
        ("other." + WORDS, torch.zeros(50, 32), f"holds 2 tensors named ...{WORDS}"),
        ("encoder.layer.2.output.dense.bias", torch.zeros(32), "should not have the tensor encoder.layer.2"),
        (DEEP, torch.zeros(32, 31), rf"{DEEP} is \[32, 31\], where config.json asks for \[32, 32\]"),
        (DEEP, torch.zeros(32, 32, dtype=torch.int8), f"{DEEP} is torch.int8"),
        (DEEP, NAN, f"{DEEP} holds NaN"),
        (DEEP, NAN.nan_to_num(float("inf")), f"{DEEP} holds NaN or infinity"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: Tensor | None, said: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=said) as told:
        load_trunk(put(tmp_path, changed(name, value)))
    assert str(tmp_path / "model.safetensors") in str(told.value)


def test_other_sizes_than_the_configuration_says(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks the tensor encoder\.layer\.2.* and 15 more"):
        load_trunk(put(tmp_path, named(tiny()), {**SHAPE.config(), "num_hidden_layers": 3}))
    with pytest.raises(ModelError, match=r"config.json: hidden_act is 'relu'"):
        load_trunk(put(tmp_path, named(tiny()), {**SHAPE.config(), "hidden_act": "relu"}))


def test_a_ranker_needs_its_head_and_one_label(tmp_path: Path) -> None:
    save_trunk(tiny(), tmp_path)
    with pytest.raises(ModelError, match=r"lacks the tensor bert\.embeddings"):
        load_ranker(tmp_path)
    theirs("BertForSequenceClassification", num_labels=3).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"classifier.* is \[3, 32\], where config.json asks for \[1, 32\]"):
        load_ranker(tmp_path)


HALF = b"half of what was written"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", None),
        ("config.json", b"{"),
        ("config.json", b"\xff\xfe"),
        ("config.json", b"[1]"),
        ("model.safetensors", None),
        ("model.safetensors", b""),
        ("model.safetensors", b"\xff" * 40),
        ("model.safetensors", HALF),
    ],
)
def test_files_that_are_missing_or_damaged(file: str, content: bytes | None, tmp_path: Path) -> None:
    save_trunk(tiny(), tmp_path)
    place = tmp_path / file
    if content is None:
        place.unlink()
    else:
        place.write_bytes(place.read_bytes()[:20_000] if content == HALF else content)
    with pytest.raises(ModelError, match=file):
        load_trunk(tmp_path)


def test_what_is_written_is_the_whole_of_the_weights(tmp_path: Path) -> None:
    trunk = tiny(9)
    save_trunk(trunk, tmp_path)
    written = load_file(tmp_path / "model.safetensors")
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}
    assert sum(value.numel() for value in written.values()) == sum(value.numel() for value in trunk.parameters())


def test_a_reader_comes_back_and_transformers_points_where_it_points(tmp_path: Path) -> None:
    reader: Reader = lively(Reader(tiny()))
    save_reader(reader, tmp_path)
    again = load_reader(tmp_path)
    assert {name: one.tolist() for name, one in again.state_dict().items()} == {
        name: one.tolist() for name, one in reader.state_dict().items()
    }
    ids, mask, types = texts()
    given = Sources(ids, mask, types, mask, 1)
    wanted = reader.to_ends(reader.read(given).states)
    other = transformers.BertForQuestionAnswering.from_pretrained(tmp_path, attn_implementation="eager").eval()
    found = other(input_ids=ids, attention_mask=mask.long(), token_type_ids=types)
    torch.testing.assert_close(found.start_logits[mask], wanted[:, :, 0][mask], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.end_logits[mask], wanted[:, :, 1][mask], atol=1e-4, rtol=1e-4)
