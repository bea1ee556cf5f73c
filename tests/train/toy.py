"""A language in which a passage and a question share no word, but a code: ``pa3 pb7`` answers ``qa3 qb7``."""

import random
from itertools import product

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from raglan.datasets.dataset import Dataset
from raglan.nn.shape import Shape
from raglan.nn.tokens import Tokens
from raglan.nn.tower import Tower, Towers
from raglan.nn.trunk import Trunk
from raglan.types import Example, Passage, Query, Span

SIDE = 8
FILLER = [f"filler{at}" for at in range(6)]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", *FILLER]
WORDS += [f"{who}{part}{at}" for who, part, at in product("pq", "ab", range(SIDE))]


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = [("[CLS]", 2), ("[SEP]", 3)]
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=special
    )
    return made


def tokens(length: int = 16) -> Tokens:
    return Tokens(tokenizer(), length=length, query_length=6)


SHAPE = Shape(vocab=len(WORDS), width=32, layers=2, heads=2, inner=32, positions=24)


READS = Shape(vocab=len(WORDS), width=32, layers=2, heads=2, inner=64, positions=48)  # half of them for what is written


def tower(seed: int = 0, *, unit: bool = True) -> Tower:
    """One whose first words are far apart, so that seconds are enough."""
    trunk = Trunk(SHAPE, seed=seed)
    with torch.no_grad():
        trunk.words.weight *= 50
    return Tower(trunk, unit=unit)


def primed(trunk: Trunk) -> Trunk:
    """One that begins with what an encoder would know: words of a code are near one another, and look at one another."""
    wide = trunk.shape.width
    with torch.no_grad():
        trunk.words.weight *= 50
        for word in (word for word in WORDS if word.startswith("q")):
            trunk.words.weight[WORDS.index(word)] = trunk.words.weight[WORDS.index(f"p{word[1:]}")]
        trunk.kinds.weight *= 20
        looks = trunk.get_parameter("layers.0.qkv.weight")
        looks[:wide] = looks[wide : 2 * wide] = torch.eye(wide)
    return trunk


def towers(seed: int = 0, *, unit: bool = True, separate: bool = False) -> Towers:
    one = tower(seed, unit=unit)
    return Towers.separate(one) if separate else Towers(one, one)


def passage(name: str, text: str) -> Passage:
    return Passage(name, text, name, Span(0, len(text)))


def codes(seed: int = 0) -> Dataset:
    """Every pair of codes: a passage that holds it, and a question that means it."""
    chance = random.Random(seed)
    passages, examples = [], []
    for one, other in product(range(SIDE), range(SIDE)):
        name = f"d{one}{other}"
        passages.append(passage(name, f"{chance.choice(FILLER)} pa{one} pb{other} {chance.choice(FILLER)}"))
        examples.append(Example(Query(f"{chance.choice(FILLER)} qa{one} qb{other}"), positives=(name,)))
    return Dataset("codes", tuple(examples), tuple(passages), ids=tuple(one.positives[0] for one in examples))


def answered(seed: int = 0) -> Dataset:
    """Passages of three codes; ``qa3`` asks for ``pa3``, and one in four asks for a code that is not there."""
    chance = random.Random(seed)
    passages, examples = [], []
    for at in range(64):
        held = chance.sample(range(SIDE), 4)
        words = [*(f"pa{code}" for code in held[:3]), *chance.choices(FILLER, k=3)]
        chance.shuffle(words)
        passages.append(passage(f"d{at}", " ".join(words)))
        examples += [Example(Query(f"qa{code}"), (f"pa{code}",), (f"d{at}",)) for code in held[:3]]
        examples.append(Example(Query(f"qa{held[3]}"), (), (), (f"d{at}",)))
    return Dataset("codes", tuple(examples), tuple(passages))
