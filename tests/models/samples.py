"""Tiny models with a tokenizer of their own, saved as folders; random weights, nothing is fetched."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

from raglan.models.card import Card, DataSet
from raglan.models.folder import Reading
from raglan.models.pointer import Table
from raglan.nn.ranker import Ranker
from raglan.nn.reader import Reader
from raglan.nn.shape import Shape
from raglan.nn.sharing import Model, save
from raglan.nn.tower import Tower
from raglan.nn.trunk import Trunk
from tests.nn.samples import lively
from tests.samples import CHINESE, ENGLISH

torch.set_num_threads(1)

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [*"abcdefghijklmnopqrstuvwxyz0123456789.,:?!-"]
VOCABULARY = [*SPECIAL, *LETTERS, *(f"##{one}" for one in LETTERS), *ENGLISH, *sorted(set("".join(CHINESE)))]
SHAPE = Shape(vocab=len(VOCABULARY), width=32, layers=2, heads=4, inner=64, positions=64)
READING = Reading(length=40, query_length=12)
CARD = Card(
    name="tiny",
    about="Finds kettles.",
    licence="apache-2.0",
    languages=("en", "zh"),
    recipe="python models/tiny/recipe.py --seed 7",
    seed=7,
    date=date(2025, 11, 20),
    data=(DataSet("rajpurkar/squad", "cc-by-sa-4.0", 87_599), DataSet("our own | kettles", "CC0-1.0", 12)),
    metrics={"rajpurkar/squad": {"ndcg@10": 0.25, "recall@1": 0.125}},
    parents=("sentence-transformers/all-MiniLM-L6-v2", "weights drawn by chance"),
    limits="Knows nothing.",
)


def tokenizer() -> Tokenizer:
    """WordPiece as BERT cuts it, with truncation and padding that a model folder must not inherit."""
    made: Any = Tokenizer(WordPiece({word: at for at, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    made.normalizer = BertNormalizer(lowercase=True)
    made.pre_tokenizer = BertPreTokenizer()
    made.add_special_tokens(SPECIAL)
    made.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    made.enable_truncation(9)
    made.enable_padding(length=9)
    found: Tokenizer = made
    return found


def trunk(seed: int = 0, shape: Shape = SHAPE) -> Trunk:
    """Weights as large as learned ones are."""
    made = Trunk(shape, seed=seed)
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.dim() > 1:
                parameter.mul_(6)
    return made.eval()


def tower(seed: int = 0, **how: Any) -> Tower:
    return Tower(trunk(seed), **how).eval()


def ranker(seed: int = 0) -> Ranker:
    """One whose scores lie apart."""
    made: Ranker = lively(Ranker(trunk(seed)), seed)
    return made


def reader(seed: int = 0) -> Reader:
    """One that is sure of what it points at."""
    made: Reader = lively(Reader(trunk(seed)), seed)
    return made


def saved(model: Model, place: Path, reading: Reading = READING, card: Card = CARD) -> Path:
    save(model, tokenizer(), place, card, reading)
    return place


def forged(place: Path, name: str, data: bytes) -> Path:
    """The folder with another file, and ``raglan.json`` none the wiser: damage that no hash can tell."""
    (place / name).write_bytes(data)
    table = json.loads((place / "raglan.json").read_bytes())
    table["files"][name] = hashlib.sha256(data).hexdigest()
    (place / "raglan.json").write_text(json.dumps(table))
    return place


def pointer_table() -> Table:
    """Vectors drawn for the characters and pairs of some Chinese."""
    single = sorted(set("保修期是两年从送货那天算起机器每三个月要除垢一次过滤半换多久什么清洁产品"))
    names = [*single, "保修", "两年", "除垢"]
    rows = np.random.default_rng(5).normal(size=(1 + len(names), 8)).astype(np.float32)
    rows[0] = 0
    return Table({name: at for at, name in enumerate(names, 1)}, rows)
