"""Ids, mask and types; a pair's passage gives way, its query does not."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from raglan.models.shipped import shipped
from raglan.nn.tokens import Batch, Tokens

TOKENIZER = Tokenizer.from_buffer(shipped("minilm-en.tokenizer.json.xz"))
PLAIN = Tokenizer.from_str(TOKENIZER.to_str())
PLAIN.no_padding()
PLAIN.no_truncation()
CLS, SEP, PAD = (TOKENIZER.get_vocab()[name] for name in ("[CLS]", "[SEP]", "[PAD]"))
LONG = "the boiler must be descaled every three months " * 40


def pieces(text: str) -> list[int]:
    return PLAIN.encode(text, add_special_tokens=False).ids


def rows(batch: Batch) -> list[list[int]]:
    return [ids[mask].tolist() for ids, mask in zip(batch.ids, batch.mask, strict=True)]


def test_texts_are_padded_behind() -> None:
    batch = Tokens(TOKENIZER).texts(["boiler", "the boiler leaks", ""])
    assert (batch.ids.dtype, batch.mask.dtype, batch.types.dtype) == (torch.int64, torch.bool, torch.int64)
    assert rows(batch) == [[CLS, *pieces(text), SEP] for text in ("boiler", "the boiler leaks", "")]
    assert batch.ids[~batch.mask].tolist() == [PAD] * 5
    assert batch.mask.int().tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 1, 0, 0, 0]]
    assert batch.types.abs().sum() == 0
    assert len(batch) == 3


def test_pairs_have_two_types() -> None:
    batch = Tokens(TOKENIZER).pairs(["who leaks", "why"], ["the boiler", ""])
    assert rows(batch)[0] == [CLS, *pieces("who leaks"), SEP, *pieces("the boiler"), SEP]
    assert rows(batch)[1] == [CLS, *pieces("why"), SEP, SEP]
    assert batch.types.tolist() == [[0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 0, 0, 0]]


SIZES = {
    size: Tokens(TOKENIZER, length=size[0], query_length=size[1]) for size in ((8, 4), (12, 1), (40, 10), (200, 150))
}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=60), st.text(max_size=400), st.sampled_from(sorted(SIZES)))
def test_what_is_cut_off_a_pair_is_the_passage_s(query: str, passage: str, size: tuple[int, int]) -> None:
    (length, query_length), tokens = size, SIZES[size]
    [row] = rows(tokens.pairs([query], [passage]))
    first = pieces(query)[:query_length]
    second = pieces(passage)[: length - 3 - len(first)]
    assert row == [CLS, *first, SEP, *second, SEP]
    assert len(row) <= length
    [alone] = rows(tokens.texts([passage]))
    assert alone == [CLS, *pieces(passage)[: length - 2], SEP]


def test_a_long_passage_takes_nothing_from_the_query() -> None:
    tokens = Tokens(TOKENIZER, length=40, query_length=20)
    query = "how often must the boiler be descaled in hard water"
    batch = tokens.pairs([query, query, LONG], ["", LONG, LONG])
    short, full, both = rows(batch)
    assert short[: len(pieces(query)) + 2] == full[: len(pieces(query)) + 2] == [CLS, *pieces(query), SEP]
    assert len(full) == len(both) == 40
    assert both.index(SEP) == 21
    quarter = Tokens(TOKENIZER, length=40).pairs([LONG], [LONG])
    assert rows(quarter)[0].index(SEP) == 11


def test_a_batch_is_one_by_one() -> None:
    tokens = Tokens(TOKENIZER, length=30)
    texts = ["boiler", "", LONG, "naïve café 🙂", "保修期为两年"]
    assert rows(tokens.texts(texts)) == [rows(tokens.texts([text]))[0] for text in texts]
    pairs = list(zip(texts, texts[::-1], strict=True))
    together = rows(tokens.pairs(*zip(*pairs, strict=True)))
    assert together == [rows(tokens.pairs([query], [passage]))[0] for query, passage in pairs]


def test_half_characters_are_mended() -> None:
    tokens = SIZES[200, 150]
    assert rows(tokens.texts(["a\ud800b"])) == rows(tokens.texts(["a�b"]))
    assert rows(tokens.pairs(["a\udfff"], ["\ud800"])) == rows(tokens.pairs(["a�"], ["�"]))


def test_rows_are_as_wide_as_units_of_a_machine() -> None:
    tokens = Tokens(TOKENIZER, length=20, query_length=8, multiple=8)
    assert tokens.texts(["boiler"]).ids.shape == (1, 8)
    assert tokens.texts([LONG]).ids.shape == (1, 20)
    assert tokens.texts([]).ids.shape == tokens.pairs([], []).ids.shape == (0, 0)


def test_the_given_tokenizer_stays_as_it_is() -> None:
    given_one = Tokenizer.from_str(TOKENIZER.to_str())
    given_one.enable_truncation(5)
    given_one.enable_padding(length=12)
    before = given_one.to_str()
    batch = Tokens(given_one, length=30, query_length=9).texts([LONG, "boiler"])
    assert batch.mask.sum(dim=1).tolist() == [30, 3]
    assert given_one.to_str() == before


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ValueError, match="a query of 29 word pieces leaves no room for a passage in 32"):
        Tokens(TOKENIZER, length=32, query_length=29)
    with pytest.raises(ValueError, match="zip"):
        Tokens(TOKENIZER).pairs(["one", "two"], ["one"])


def test_a_batch_moves_as_a_whole() -> None:
    moved = Tokens(TOKENIZER).texts(["boiler"]).to("meta")
    assert {moved.ids.device.type, moved.mask.device.type, moved.types.device.type} == {"meta"}
