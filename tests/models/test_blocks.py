"""Questions and sources cut into blocks: every character of a text stands in one, and each token knows where."""

import itertools
import unicodedata

import pytest

from raglan.errors import ConfigError
from raglan.models.blocks import MATCHED, Block, Cutter, Source
from tests.models.samples import VOCABULARY, tokenizer

LONG = " ".join(["The boiler and the pump: 24 valves.", "水箱 没有水", "Ünïcode \ud800 naïve 🙂 café."] * 9)
SOURCES = [Source("Warranty", "kettle lasts 24 months"), Source("", "水泵"), Source("Long", LONG), Source("", "")]
CUT = Cutter(tokenizer(), length=48, query_length=8, overlap=4)


def words(block: Block) -> list[str]:
    return [VOCABULARY[at] for at in block.ids]


def test_a_block_is_question_title_and_text() -> None:
    [block] = CUT("kettle?", [Source("Warranty", "boiler pump")])
    assert words(block) == ["[CLS]", "kettle", "?", "[SEP]", "warranty", ".", "boiler", "pump", "[SEP]"]
    assert block == Block(0, block.ids, [0] * 4 + [1] * 5, 6, [(0, 6), (7, 11)])


@pytest.mark.parametrize("source", SOURCES)
def test_each_token_of_a_text_knows_its_characters(source: Source) -> None:
    for block in CUT("battery and water", [source]):
        assert len(block.ids) == len(block.types) <= 48
        for at, (start, end) in enumerate(block.spans):
            word, said = words(block)[block.first + at], unicodedata.normalize("NFD", source.text[start:end].lower())
            assert word == "[UNK]" or word.removeprefix("##") in said
            assert block.token(start) is not None


def test_nothing_of_a_long_text_is_left_out() -> None:
    blocks = CUT("battery", SOURCES)
    assert [block.source for block in blocks[:2]] == [0, 1]
    many = [block for block in blocks if block.source == 2]
    assert len(many) > 3
    there = {character for block in many for start, end in block.spans for character in range(start, end)}
    assert {at for at, character in enumerate(LONG) if character.strip("\ud800 ")} <= there
    for before, after in itertools.pairwise(many):
        assert after.spans[0] == before.spans[-4], "they overlap by so many pieces"
        assert words(after)[: after.first] == words(before)[: before.first], "each stands under its title"


def test_what_stands_in_the_question_is_told() -> None:
    told = Cutter(tokenizer(), length=48, query_length=8, overlap=4, matches=True)
    question = "Does the kettle, 24? zebraß [MASK]"
    given = [Source("Kettle", "24, boiler? the zebraß [MASK] pump"), Source("", "水泵"), *SOURCES]
    for block, plain in zip(told(question, given), CUT(question, given), strict=True):
        assert block._replace(types=plain.types) == plain
        asked = {word for word, kind in zip(words(block), block.types, strict=True) if kind == 0} - {"[CLS]"}
        for at, (word, kind) in enumerate(zip(words(block), block.types, strict=True)):
            telling = word in asked and word not in {"[UNK]", "[MASK]", "[SEP]", ",", "?"}
            assert kind == (plain.types[at] and (MATCHED if telling else 1)), f"{word} of {words(block)}"
    [block, *_] = told("kettle, 24?", [Source("Kettle", "boiler, 24 pump")])
    assert words(block)[7:] == ["kettle", ".", "boiler", ",", "2", "##4", "pump", "[SEP]"]
    assert block.types[7:] == [MATCHED, 1, 1, 1, MATCHED, MATCHED, 1, 1]


def test_a_long_question_and_a_long_title_leave_room() -> None:
    [block] = CUT("kettle " * 50, [Source("boiler " * 50, "pump valve")])
    assert words(block).count("kettle") == words(block).count("boiler") == 8
    assert words(block)[block.first : block.first + 2] == ["pump", "valve"]


def test_a_source_without_text_has_a_block_without() -> None:
    [block] = CUT("kettle", [Source("", "")])
    assert block.spans == []
    assert block.token(0) is None
    assert CUT("kettle", []) == []


def test_what_stands_between_words_is_no_token() -> None:
    [block] = CUT("kettle", [Source("", "pump  valve")])
    assert [block.token(at) for at in (0, 4, 5, 6)] == [block.first, None, None, block.first + 1]


@pytest.mark.parametrize(("length", "query", "overlap"), [(20, 8, 4), (48, 8, 40), (48, 30, 0), (48, 8, -1)])
def test_lengths_that_leave_no_room_are_refused(length: int, query: int, overlap: int) -> None:
    with pytest.raises(ConfigError, match=f"blocks of {length} word pieces"):
        Cutter(tokenizer(), length=length, query_length=query, overlap=overlap)
