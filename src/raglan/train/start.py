"""What training starts from: a model folder of ours, one in Hugging Face's layout, or weights drawn by chance."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from raglan.errors import ConfigError, ModelError
from raglan.generate.attending import ATTENTION, Attending
from raglan.models.folder import FACTS, Reading, read
from raglan.nn.ranker import Ranker
from raglan.nn.reader import Reader
from raglan.nn.shape import Shape
from raglan.nn.sharing import Model, check, load, load_tokenizer
from raglan.nn.tower import Tower, Towers
from raglan.nn.trunk import Trunk
from raglan.nn.weights import load_ranker, load_trunk

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Start", "encoder", "fresh_reader", "ranker", "reader"]

_DROPOUT = 0.1  # as BERT was trained


@dataclass(frozen=True, slots=True)
class Start:
    """A ``model``, its ``tokenizer`` and how it reads; ``taught`` says that its heads have learned already.

    ``licence``, ``languages`` and ``name`` are those that its folder tells; ``attending`` is what weighs a reader's sources.
    """

    model: Towers | Ranker | Reader
    tokenizer: Tokenizer
    reading: Reading
    taught: bool = False
    name: str = ""
    licence: str = "unknown"
    languages: tuple[str, ...] = field(default=())
    attending: Attending | None = None


def encoder(folder: Path, *, length: int = 0, separate: bool = False, dropout: float = _DROPOUT) -> Start:
    """Towers to train: as they were saved, or one for both sides, or with ``separate`` two that begin alike.

    ``length`` is how many word pieces of a text it will read, 0 for as many as before. Raises :class:`ModelError` for a
    folder without a model, :class:`ConfigError` for a ranker and for a length that the model has no positions for.
    """
    found = _opened(folder, dropout)
    if isinstance(found, Ranker | Reader):
        raise ConfigError(f"{folder} holds a {_kind(found)}; an encoder starts from an encoder")
    towers = found if isinstance(found, Towers) else Towers(found, found)
    towers = Towers.separate(towers.query) if separate and towers.shared else towers
    return _start(folder, towers, length, towers.query.trunk.shape.positions, taught=True)


def ranker(folder: Path, *, length: int = 0, seed: int = 0, dropout: float = _DROPOUT) -> Start:
    """A ranker to train: as it was saved, or an encoder's trunk with a head that is drawn by ``seed``."""
    found = _opened(folder, dropout)
    if isinstance(found, Reader):
        raise ConfigError(f"{folder} holds a reader; a ranker starts from a ranker or an encoder")
    made = found if isinstance(found, Ranker) else Ranker(_trunk(found), seed=seed)
    return _start(folder, made, length, made.trunk.shape.positions, taught=isinstance(found, Ranker))


def reader(folder: Path, *, length: int = 0, seed: int = 0, dropout: float = _DROPOUT) -> Start:
    """A reader to train: as it was saved, or an encoder's trunk with heads that are drawn by ``seed``.

    Blocks and what is written share the positions: a block has at most half of them.
    """
    found = _opened(folder, dropout)
    if isinstance(found, Ranker):
        raise ConfigError(f"{folder} holds a ranker; a reader starts from a reader or an encoder")
    made = found if isinstance(found, Reader) else Reader(_trunk(found), seed=seed)
    return _start(folder, made, length, made.offset, taught=isinstance(found, Reader))


def fresh_reader(
    tokenizer: Tokenizer, shape: Shape, reading: Reading, *, seed: int = 0, dropout: float = _DROPOUT
) -> Start:
    """A reader whose trunk has learned nothing yet, drawn by ``seed``: for a language that no trunk at hand can read.

    Raises :class:`ConfigError` for a tokenizer or a ``reading`` that does not fit ``shape``.
    """
    made = Reader(Trunk(shape, dropout=dropout, seed=seed), seed=seed)
    if reading.length > made.offset:
        raise ConfigError(
            f"length is {reading.length}; of {shape.positions} positions a block has {made.offset}, what is written the rest"
        )
    check(made, tokenizer, reading)
    return Start(made, tokenizer, reading)


def _kind(model: Ranker | Reader) -> str:
    return "reader" if isinstance(model, Reader) else "ranker"


def _trunk(model: Tower | Towers) -> Trunk:
    return (model.passage if isinstance(model, Towers) else model).trunk


def _opened(folder: Path, dropout: float) -> Model:
    if (folder / FACTS).is_file() or not folder.is_dir():
        return load(folder, dropout=dropout)
    if _is_ranker(folder):
        return load_ranker(folder, dropout=dropout)
    return Tower(load_trunk(folder, dropout=dropout))


def _is_ranker(folder: Path) -> bool:
    try:
        config = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return False  # reading the weights will say what is wrong
    return isinstance(config, dict) and config.get("architectures") == ["BertForSequenceClassification"]


def _start(folder: Path, model: Towers | Ranker | Reader, length: int, positions: int, *, taught: bool) -> Start:
    if length > positions:
        raise ConfigError(f"length is {length}; the model has {positions} positions")
    if not (folder / FACTS).is_file():
        reading = Reading(length=length or min(256, positions))
        tokenizer = _tokenizer(folder / "tokenizer.json")
        try:
            check(model, tokenizer, reading)
        except ConfigError as error:
            raise ConfigError(f"{folder}: {error}; put the tokenizer there that belongs to the weights") from error
        return Start(model, tokenizer, reading, taught, folder.resolve().name)
    found = read(folder)
    own = found.reading
    sides = (own.query, own.passage) if isinstance(model, Towers) else ("", "")  # only an encoder has prefixes
    reading = Reading(length or own.length, 0 if length else own.query_length, *sides, own.scripts, own.matches)
    licence, languages = found.facts.get("licence", "unknown"), found.facts.get("languages", ())
    attending = (
        Attending.read(found.data(ATTENTION), found.place / ATTENTION)
        if isinstance(model, Reader) and ATTENTION in found.files
        else None
    )
    return Start(model, load_tokenizer(folder), reading, taught, found.name, licence, tuple(languages), attending)


def _tokenizer(file: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_buffer(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{file} cannot be read ({error}); a model to start from needs its tokenizer beside it"
        ) from error
