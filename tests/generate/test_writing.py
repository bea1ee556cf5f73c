"""A written text stands as its sources have it where it was copied, and reads as text where it was not."""

import pytest

from raglan.generate.decoding import Told
from raglan.generate.writing import Run, composed
from raglan.models.blocks import Block, Cutter, Source
from raglan.types import Span
from tests.models.samples import VOCABULARY, tokenizer

CUT = Cutter(tokenizer(), length=40, query_length=12)
GIVEN = [Source("Warranty", "Battery, 24 months."), Source("", "保修期 Valve")]
BLOCKS = CUT("battery?", GIVEN)


def token(word: str) -> int:
    return VOCABULARY.index(word)


def told(*tokens: int | str) -> Told:
    """A token is a place in the blocks, of which it is a copy, or a word."""
    names = [name for block in BLOCKS for name in block.ids]
    ids = tuple(names[one] if isinstance(one, int) else token(one) for one in tokens)
    return Told(ids, tuple(one if isinstance(one, int) else -1 for one in tokens), 0.0, ended=True)


def place(block: int, character: int) -> int:
    """The place among the tokens of all blocks of a character of a source."""
    at = BLOCKS[block].token(character)
    assert at is not None
    return at + sum(len(one.ids) for one in BLOCKS[:block])


def whole(block: Block) -> range:
    start = 0 if block is BLOCKS[0] else len(BLOCKS[0].ids)
    return range(start + block.first, start + block.first + len(block.spans))


def test_a_copy_is_what_the_source_says() -> None:
    text, runs = composed(told(*whole(BLOCKS[0])), BLOCKS, [one.text for one in GIVEN], CUT)
    assert text == GIVEN[0].text
    assert runs == [Run(Span(0, len(text)), 0, Span(0, len(text)))]


def test_copies_of_two_sources_with_a_word_between() -> None:
    texts = [one.text for one in GIVEN]
    text, runs = composed(told(place(0, 0), "pump", place(1, 4)), BLOCKS, texts, CUT)
    assert text == "Battery pump Valve"
    assert [(run.source, run.copied and run.copied.of(texts[run.source])) for run in runs] == [
        (0, "Battery"),
        (-1, None),
        (1, "Valve"),
    ]
    for run in runs:
        if run.copied:
            assert run.span.of(text) == run.copied.of(texts[run.source])


def test_what_is_copied_from_the_question_has_no_source() -> None:
    text, runs = composed(told(1, place(1, 0), place(1, 1), ".", "pump"), BLOCKS, [one.text for one in GIVEN], CUT)
    assert text == "battery 保修. pump"
    assert [run.source for run in runs] == [-1, 1, -1]


def test_words_without_a_source_are_written_as_in_the_question() -> None:
    texts = [one.text for one in GIVEN]
    text, runs = composed(told("pump", "valve", place(0, 0)), BLOCKS, texts, CUT, like="Valve or Pump of VALVE?")
    assert text == "Pump VALVE Battery", "the last way counts, and never the first word"
    assert [run.source for run in runs] == [-1, 0]


@pytest.mark.parametrize(("words", "text"), [((), ""), (("p", "##u", "##m"), "pum"), (("[PAD]",), "")])
def test_own_words(words: tuple[str, ...], text: str) -> None:
    assert composed(told(*words), BLOCKS, [one.text for one in GIVEN], CUT)[0] == text


def test_a_piece_goes_on_with_the_word_before_it() -> None:
    assert composed(told(place(0, 0), "##s"), BLOCKS, [one.text for one in GIVEN], CUT)[0] == "Batterys"
