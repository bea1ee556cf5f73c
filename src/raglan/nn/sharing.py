"""Models to and from folders that Hugging Face's tools read and the base install runs; see :mod:`raglan.models.folder`.

A folder holds ``config.json`` and ``model.safetensors`` (transformers' ``BertModel``, ``BertForSequenceClassification`` or
``BertForQuestionAnswering``), ``tokenizer.json`` and ``tokenizer_config.json``, ``model.onnx`` with weights in int8,
``raglan.json``, and the card, ``README.md``. A query tower of its own is ``query/``, which transformers reads as a
subfolder, and ``query.onnx``; what a reader writes with, if it has weights of their own for that, ``writing.safetensors``
and ``writing.onnx``. Needs ``onnx``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from safetensors import SafetensorError
from safetensors.torch import save as save_tensors

from raglan.errors import ConfigError, ModelError
from raglan.models.blocks import MATCHED
from raglan.models.card import Card
from raglan.models.folder import CARD, FACTS, WRITING, Folder, Reading, beside, dump, read, supplemented
from raglan.nn.graph import encoder_graph, ranker_graph
from raglan.nn.ranker import Ranker
from raglan.nn.reader import Reader
from raglan.nn.reader_graph import reader_graph
from raglan.nn.tower import Tower, Towers
from raglan.nn.weights import (
    load_ranker,
    load_reader,
    load_trunk,
    named,
    named_ranker,
    named_reader,
    named_writer,
    save_ranker,
    save_reader,
    save_trunk,
)
from raglan.nn.writing_graph import writing_graph

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Model", "check", "load", "load_tokenizer", "save", "save_writer"]

Model = Tower | Towers | Ranker | Reader
Network = Tower | Ranker | Reader

_OURS = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "model.onnx", FACTS, CARD}
_OURS |= {"query", "query.onnx", "writing.safetensors", WRITING}
_SPECIAL = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}


def save(model: Model, tokenizer: Tokenizer, folder: Path, card: Card, reading: Reading | None = None) -> None:
    """Put ``model`` into ``folder``, whole or not at all: what a folder held before stays until all is written.

    A model that is there is replaced; files that no save writes, such as ``.git``, are kept. Towers that share their weights
    are saved as one. Raises :class:`ConfigError` for parts that do not fit together and for a folder that holds something
    else, :class:`ModelError` for weights that are not finite and where nothing can be written.
    """
    told = _told(model, card, reading or Reading())
    check(model, tokenizer, told.reading)
    try:
        with _replacing(folder) as fresh:
            _write(model, fresh)
            _write_tokenizer(tokenizer, told.reading.length, fresh)
            marks = {name: hashlib.sha256((fresh / name).read_bytes()).hexdigest() for name in _names(fresh)}
            told = replace(told, files=marks)
            dump(told.table(), fresh / FACTS)
            (fresh / CARD).write_text(card.text(told.kind), encoding="utf-8")
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{folder} cannot be written ({error}); make room, or name another place") from error


def save_writer(reader: Reader, folder: Path) -> None:
    """Put what ``reader`` writes with beside the reader in ``folder``, which is the same but for that, and stays as it is.

    Raises :class:`ConfigError` for a reader without a writer, :class:`ModelError` as :func:`save` does.
    """
    if reader.writer is None:
        raise ConfigError("this reader has no writer of its own; train one, or save the whole reader")
    weights = named_writer(reader.writer)
    if bad := [name for name, one in weights.items() if not one.isfinite().all()]:
        raise ModelError(f"{bad[0]} is not finite, nothing was written; resume training from an earlier checkpoint")
    graph = _writing(reader, read(folder, "reader").data("model.onnx"))
    supplemented(folder, "writing.safetensors", save_tensors(weights))
    supplemented(folder, WRITING, graph)


def load(folder: Path, *, dropout: float = 0.0) -> Model:
    """The model in ``folder`` as it was saved, float32 on the CPU.

    Raises :class:`ModelError` for files that are missing or were changed, and for what is no model folder.
    """
    found = read(folder)
    found.verify()
    if found.kind != "encoder":
        return (load_ranker if found.kind == "ranker" else load_reader)(found.place, dropout=dropout)

    def tower(place: Path) -> Tower:
        pooling = cast("Literal['mean', 'cls']", found.pooling)
        return Tower(load_trunk(place, dropout=dropout), pooling=pooling, unit=found.unit)

    passage = tower(found.place)
    return Towers(tower(found.place / "query"), passage) if "query.onnx" in found.files else passage


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer in ``folder``, that neither truncates nor pads; raises as :func:`load` does."""
    from tokenizers import Tokenizer

    return Tokenizer.from_buffer(read(folder).data("tokenizer.json"))


def _parts(model: Model) -> dict[str, Network]:
    """The networks of a model, by the subfolder that each has."""
    if not isinstance(model, Towers):
        return {"": model}
    return {"": model.passage} if model.shared else {"": model.passage, "query": model.query}


def _told(model: Model, card: Card, reading: Reading) -> Folder:
    """What will stand in ``raglan.json``, but for the files."""
    parts, kind = list(_parts(model).values()), _kind(model)
    hows = {(part.pooling, part.unit) if isinstance(part, Tower) else ("cls", False) for part in parts}
    if len(hows) > 1:
        raise ConfigError(f"the two towers differ in pooling or unit: {sorted(hows)}")
    if kind != "encoder" and (reading.query or reading.passage):
        raise ConfigError(f"a {kind} reads query and passage as they are: it has no prefixes")
    if kind != "reader" and reading.matches:
        raise ConfigError(
            f"matches is a reader's: {'an' if kind == 'encoder' else 'a'} {kind} is not told what is alike"
        )
    [how], dim = hows, parts[0].trunk.shape.width
    positions = min(part.trunk.shape.positions for part in parts)
    return Folder(Path(), kind, card.name, dim, positions, *how, reading, facts=card.facts())


def _kind(model: Model) -> str:
    if isinstance(model, Ranker):
        return "ranker"
    return "reader" if isinstance(model, Reader) else "encoder"


def check(model: Model, tokenizer: Tokenizer, reading: Reading) -> None:
    """That the tokenizer is the model's, as far as can be told, and that every weight is a number.

    Raises :class:`ConfigError` and :class:`ModelError` where it is not so.
    """
    pairs = isinstance(model, Ranker | Reader)
    words, types = max(tokenizer.get_vocab().values()), max(tokenizer.encode("a", "b" if pairs else None).type_ids)
    types = max(types, MATCHED if reading.matches else 0)
    special = tokenizer.num_special_tokens_to_add(is_pair=pairs)
    if not special or reading.query_length >= reading.length - special:
        raise ConfigError(f"the tokenizer adds {special} special tokens: one is needed, and room for a passage beside")
    for part in _parts(model).values():
        shape = part.trunk.shape
        if words >= shape.vocab or types >= shape.types:
            raise ConfigError(f"the tokenizer's ids go up to {words}, its types to {types}; they do not fit {shape}")
        if bad := [name for name, weight in part.named_parameters() if not weight.isfinite().all()]:
            raise ModelError(f"{bad[0]} is not finite, nothing was written; resume training from an earlier checkpoint")


def _write(model: Model, folder: Path) -> None:
    for where, part in _parts(model).items():
        shape = part.trunk.shape
        if isinstance(part, Ranker):
            save_ranker(part, folder)
            graph = ranker_graph({name: one.numpy() for name, one in named_ranker(part).items()}, shape)
        elif isinstance(part, Reader):
            save_reader(part, folder)
            graph = reader_graph({name: one.numpy() for name, one in named_reader(part).items()}, shape)
            if part.writer:
                (folder / WRITING).write_bytes(_writing(part, graph))
        else:
            save_trunk(part.trunk, folder / where)
            weights = {name: one.numpy() for name, one in named(part.trunk).items()}
            graph = encoder_graph(weights, shape, part.pooling, unit=part.unit)
        (folder / f"{where or 'model'}.onnx").write_bytes(graph)


def _writing(reader: Reader, graph: bytes) -> bytes:
    """The graph that writes, beside the one that reads."""
    assert reader.writer is not None
    weights, own = (
        {name: one.numpy() for name, one in found.items()}
        for found in (named_reader(reader), named_writer(reader.writer))
    )
    return writing_graph(weights, own, reader.trunk.shape, beside=("model.onnx", graph))


def _write_tokenizer(tokenizer: Tokenizer, length: int, folder: Path) -> None:
    plain = type(tokenizer).from_str(tokenizer.to_str())
    plain.no_padding()
    plain.no_truncation()
    # Not by its own hand: where the disk is full it raises what nobody else does.
    (folder / "tokenizer.json").write_bytes(plain.to_str(pretty=True).encode())
    special = {f"{key}_token": word for key, word in _SPECIAL.items() if plain.token_to_id(word) is not None}
    inputs = ["input_ids", "token_type_ids", "attention_mask"]
    kind = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
    told = {**kind, **special, "model_max_length": length, "model_input_names": inputs}
    dump(told, folder / "tokenizer_config.json")


def _names(folder: Path) -> list[str]:
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """An empty folder that takes the place of ``folder`` in the end; until then, and if it fails, nothing changes there."""
    folder = folder.resolve()
    fresh, before = beside(folder, "new"), beside(folder, "before")
    _recover(folder, before)
    if folder.exists() and not (folder / FACTS).is_file() and (folder.is_file() or any(folder.iterdir())):
        raise ConfigError(f"{folder} holds something else than a model: name a new folder, or a model's own")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        for name in _names(fresh):
            with (fresh / name).open("rb+") as file:
                os.fsync(file.fileno())
        if folder.exists():
            folder.replace(before)
        fresh.replace(folder)
    except BaseException:
        if before.exists() and not folder.exists():
            before.replace(folder)
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    _recover(folder, before)


def _recover(folder: Path, before: Path) -> None:
    """Ends a save that was cut short, or this one: the old model comes back, or only what no save writes stays of it."""
    if before.exists() and not folder.exists():
        before.replace(folder)
    elif before.exists():
        for one in before.iterdir():
            if one.name not in _OURS and not (folder / one.name).exists():
                one.replace(folder / one.name)
        shutil.rmtree(before, ignore_errors=True)
