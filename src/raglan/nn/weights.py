"""Weights from and to folders in Hugging Face's layout: ``config.json`` and ``model.safetensors``, never pickle.

Any BERT-like file is read, whatever stands before its names (``bert.``, ``model.``, ...); poolers and the heads of other
tasks are left. What is written, ``transformers`` reads: a trunk as ``BertModel``, a ranker as
``BertForSequenceClassification``, a reader, as far as it points at answers, as ``BertForQuestionAnswering``. Weights that a
reader has to write with alone lie beside, in ``writing.safetensors``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from raglan.errors import ModelError
from raglan.models.folder import AGAIN
from raglan.nn.ranker import Ranker
from raglan.nn.reader import Reader
from raglan.nn.shape import Shape
from raglan.nn.trunk import Trunk
from raglan.nn.writer import Writer, rank_of

__all__ = [
    "load_ranker",
    "load_reader",
    "load_trunk",
    "named",
    "named_ranker",
    "named_reader",
    "named_writer",
    "save_ranker",
    "save_reader",
    "save_trunk",
]

_CONFIG, _WEIGHTS, _WRITER_WEIGHTS = "config.json", "model.safetensors", "writing.safetensors"
_WORDS = "embeddings.word_embeddings.weight"
_LEFT = ("pooler.", "embeddings.position_ids")  # no part of a trunk
_OLD = {".gamma": ".weight", ".beta": ".bias"}  # layer normalisation in the first checkpoints
_HEAD = {
    f"{theirs}.{kind}": f"{ours}.{kind}"
    for theirs, ours in (("bert.pooler.dense", "dense"), ("classifier", "to_score"))
    for kind in ("weight", "bias")
}
_WRITER = "cls.predictions"
_READER = {
    f"{theirs}.{kind}": f"{ours}.{kind}"
    for theirs, ours in (
        ("qa_outputs", "to_ends"),
        ("reader.support", "to_support"),
        (f"{_WRITER}.transform.dense", "to_word"),
        (f"{_WRITER}.transform.LayerNorm", "norm_word"),
        ("reader.copied", "to_copied"),
        ("reader.own", "to_own"),
    )
    for kind in ("weight", "bias")
} | {f"{_WRITER}.bias": "word_bias", "reader.strength": "strength"}

# Hugging Face's names and ours; query, key and value are thirds of one matrix here.
_OUTER = {
    "embeddings.word_embeddings": "words",
    "embeddings.position_embeddings": "places",
    "embeddings.token_type_embeddings": "kinds",
    "embeddings.LayerNorm": "norm",
}
_INNER = {
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "norm_mixed",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "norm_fed",
}
_THIRDS = {"attention.self.query": 0, "attention.self.key": 1, "attention.self.value": 2}


def load_trunk(folder: Path, *, dropout: float = 0.0) -> Trunk:
    """The trunk in ``folder``, float32 on the CPU.

    Raises :class:`ModelError` for files that are missing or damaged, for tensors that are missing, too many, of another
    size than ``config.json`` says, or not all finite; the message names file and tensor.
    """
    trunk, file, tensors = _opened(folder, dropout)
    start = _start(tensors, file)
    own = {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}
    _fill(_views(trunk), {name: tensor for name, tensor in own.items() if not name.startswith(_LEFT)}, file)
    return trunk


def load_ranker(folder: Path, *, dropout: float = 0.0) -> Ranker:
    """The ranker in ``folder``, a ``BertForSequenceClassification`` of one label; raises as :func:`load_trunk` does."""
    trunk, file, tensors = _opened(folder, dropout)
    ranker = Ranker(trunk)
    _fill(_headed(ranker, _HEAD), _owned(tensors), file)
    return ranker


def load_reader(folder: Path, *, dropout: float = 0.0) -> Reader:
    """The reader in ``folder``; raises as :func:`load_trunk` does."""
    trunk, file, tensors = _opened(folder, dropout)
    reader = Reader(trunk)
    _fill(_headed(reader, _READER), _owned(tensors), file)
    if (folder / _WRITER_WEIGHTS).is_file():
        reader.writer = _writer(folder / _WRITER_WEIGHTS, trunk.shape)
    return reader


def save_trunk(trunk: Trunk, folder: Path) -> None:
    """Writes ``trunk`` as float32 into ``folder``, which is made where it is missing."""
    _save(named(trunk), {**trunk.shape.config(), "architectures": ["BertModel"]}, folder)


def save_ranker(ranker: Ranker, folder: Path) -> None:
    """Writes ``ranker`` as float32 into ``folder``, which is made where it is missing."""
    label = {"id2label": {"0": "score"}, "label2id": {"score": 0}}
    kind = {"architectures": ["BertForSequenceClassification"], "problem_type": "regression"}
    _save(named_ranker(ranker), {**ranker.trunk.shape.config(), **kind, **label}, folder)


def save_reader(reader: Reader, folder: Path) -> None:
    """Writes ``reader`` as float32 into ``folder``, which is made where it is missing."""
    _save(named_reader(reader), {**reader.trunk.shape.config(), "architectures": ["BertForQuestionAnswering"]}, folder)
    if reader.writer:
        save_file(named_writer(reader.writer), folder / _WRITER_WEIGHTS)


def named(trunk: Trunk) -> dict[str, Tensor]:
    """Copies of all weights, float32 on the CPU, by Hugging Face's names, as :meth:`Shape.tensors` lists them."""
    return _copied(_views(trunk))


def named_ranker(ranker: Ranker) -> dict[str, Tensor]:
    """As :func:`named`, with ``bert.`` before the trunk's names, and the head: ``bert.pooler.dense``, ``classifier``."""
    return _copied(_headed(ranker, _HEAD))


def named_reader(reader: Reader) -> dict[str, Tensor]:
    """As :func:`named`, with ``bert.`` before the trunk's names, and the heads.

    ``qa_outputs`` points at answers and ``cls.predictions`` writes, as in BERT; what BERT has not begins with ``reader.``.
    """
    return _copied(_headed(reader, _READER))


def named_writer(writer: Writer) -> dict[str, Tensor]:
    """Copies of all weights, float32 on the CPU, by their own names."""
    return _copied(writer.state_dict())


def _writer(file: Path, shape: Shape) -> Writer:
    try:
        tensors = load_file(file)
        made = Writer(shape, rank=rank_of(tensors))
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelError(f"{file} cannot be read as the weights of a writer ({error}); {AGAIN}") from error
    _fill(made.state_dict(), tensors, file)
    return made


def _views(trunk: Trunk) -> dict[str, Tensor]:
    """Hugging Face's names, and the weights of ``trunk`` that they mean: what is written into them, it computes with."""
    return {name: _view(trunk, name) for name in trunk.shape.tensors()}


def _view(trunk: Trunk, name: str) -> Tensor:
    stem, _, kind = name.rpartition(".")
    if stem in _OUTER:
        return trunk.get_parameter(f"{_OUTER[stem]}.{kind}").detach()
    at, _, part = stem.removeprefix("encoder.layer.").partition(".")
    if part in _INNER:
        return trunk.get_parameter(f"layers.{at}.{_INNER[part]}.{kind}").detach()
    return trunk.get_parameter(f"layers.{at}.qkv.{kind}").detach().chunk(3)[_THIRDS[part]]


def _headed(model: Ranker | Reader, heads: Mapping[str, str]) -> dict[str, Tensor]:
    views = {f"bert.{name}": view for name, view in _views(model.trunk).items()}
    return views | {name: model.get_parameter(own).detach() for name, own in heads.items()}


def _owned(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in tensors.items() if name != "bert.embeddings.position_ids"}


def _copied(views: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: view.to("cpu", torch.float32, copy=True) for name, view in views.items()}


def _opened(folder: Path, dropout: float) -> tuple[Trunk, Path, dict[str, Tensor]]:
    """A fresh trunk of the shape that ``folder`` tells, the file of weights and what is in it."""
    config, file = _config(folder / _CONFIG), folder / _WEIGHTS
    try:
        shape = Shape.of(config)
    except ModelError as error:
        raise ModelError(f"{folder / _CONFIG}: {error}") from error
    try:
        tensors = load_file(file)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{file} cannot be read ({error}); a folder of {_CONFIG} and {_WEIGHTS} is needed") from error
    return Trunk(shape, dropout=dropout), file, {_modern(name): tensor for name, tensor in tensors.items()}


def _config(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read ({error}); a folder of {_CONFIG} and {_WEIGHTS} is needed") from error
    if not isinstance(found, dict):
        raise ModelError(f"{file} holds {type(found).__name__}, not the table that a configuration is")
    return found


def _modern(name: str) -> str:
    stem, dot, kind = name.rpartition(".")
    return stem + _OLD.get(dot + kind, dot + kind)


def _start(tensors: Mapping[str, Tensor], file: Path) -> str:
    """What stands before the names of the one trunk in a file."""
    starts = [name.removesuffix(_WORDS) for name in tensors if name.endswith(_WORDS)]
    if len(starts) != 1:
        raise ModelError(f"{file} holds {len(starts)} tensors named ...{_WORDS}; a BERT-like encoder has one")
    return starts[0]


def _fill(views: Mapping[str, Tensor], tensors: Mapping[str, Tensor], file: Path) -> None:
    for what, names in (("lacks", views.keys() - tensors.keys()), ("should not have", tensors.keys() - views.keys())):
        if names:
            others = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise ModelError(f"{file} {what} the tensor {min(names)}{others}, going by its {_CONFIG}")
    for name, view in views.items():
        found = tensors[name]
        if found.shape != view.shape:
            raise ModelError(f"{file}: {name} is {list(found.shape)}, where {_CONFIG} asks for {list(view.shape)}")
        if not found.is_floating_point():
            raise ModelError(f"{file}: {name} is {found.dtype}; weights must be floating-point numbers")
        if not found.isfinite().all():
            raise ModelError(f"{file}: {name} holds NaN or infinity: the weights are damaged; {AGAIN}")
        view.copy_(found)


def _save(tensors: dict[str, Tensor], config: Mapping[str, Any], folder: Path) -> None:
    """Each file is written beside its place and moved there, so that none is ever half there."""
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f"{_WEIGHTS}.part"
    save_file(tensors, half, metadata={"format": "pt"})  # transformers before 5 reads no other
    half.replace(folder / _WEIGHTS)
    half = folder / f"{_CONFIG}.part"
    half.write_text(json.dumps(dict(config), indent=2) + "\n", encoding="utf-8")
    half.replace(folder / _CONFIG)
