"""A tokenizer that is counted: each token leads to its characters, and the same texts make the same one."""

import unicodedata

import pytest
from tokenizers import Tokenizer

from raglan.errors import ConfigError
from raglan.models.blocks import Cutter, Source
from raglan.train.vocabulary import SPECIAL, tokenizer_of

TEXTS = [
    "青石泵站由林远山主持修建，1962年完工；ＡＢＣ型水泵12台。",
    "北岬燈塔改用電燈 (株) 平成 the pump pumps pumping °C m2 café",
] * 10
SIZE = 250
ODD = "２０２４年 ﬁne ㎡ ℃ １．５％，ＡＢＣ㈱ ㍻ café… cafe\u0301\u3000水\u200b泵 🙂 한국 ｶﾞ"


def made() -> Tokenizer:
    return tokenizer_of(TEXTS, SIZE, pieces=150)


def bare(text: str) -> str:
    """Without accents: one that stands behind its letter is not among the characters of a token."""
    apart = unicodedata.normalize("NFKD", text).lower()
    return unicodedata.normalize("NFKC", "".join(one for one in apart if unicodedata.category(one) != "Mn"))


def test_a_chinese_character_is_a_token_and_a_word_is_of_pieces() -> None:
    tokens = made().encode("由林远山1962年pumping", "燈塔[MASK]")
    assert tokens.tokens == [
        *("[CLS]", *"由林远山", "1962", "年", "pumping", "[SEP]"),
        *(*"燈塔", "[MASK]", "[SEP]"),
    ]
    assert tokens.type_ids == [0] * 9 + [1] * 4
    assert made().encode("pumpen", add_special_tokens=False).tokens == ["pump", "##e", "##n"]
    assert [made().token_to_id(word) for word in SPECIAL] == list(range(5))


@pytest.mark.parametrize("text", [*TEXTS[:2], ODD])
def test_each_token_leads_to_its_characters(text: str) -> None:
    tokens = made().encode(text, add_special_tokens=False)
    end = 0
    for word, (start, stop) in zip(tokens.tokens, tokens.offsets, strict=True):
        assert start < stop
        assert not text[end:start].strip("\u3000\u200b\u0301 "), "nothing is left out but what joins its letter"
        end = max(end, stop)
        assert word == "[UNK]" or bare(word.removeprefix("##")) in bare(text[start:stop])
    assert text[end:] in ("", "ﾞ")


@pytest.mark.parametrize("asked", ["２０２４", "ﬁne", "㎡", "㈱", "㍻", "１．５％", "café"])
def test_a_block_leads_into_the_text_as_it_was(asked: str) -> None:
    [block] = Cutter(made(), length=120, query_length=8)("水泵?", [Source("", ODD)])
    start = ODD.index(asked)
    first, last = block.token(start), block.token(start + len(asked) - 1)
    assert first is not None
    assert last is not None
    spans = block.spans[first - block.first], block.spans[last - block.first]
    assert ODD[spans[0][0] : spans[1][1]] == asked


def test_the_same_texts_make_the_same_one() -> None:
    assert made().to_str() == made().to_str() == tokenizer_of(TEXTS[::-1], SIZE, pieces=150).to_str()
    assert made().get_vocab_size() <= SIZE
    again = Tokenizer.from_str(made().to_str())
    assert again.encode(ODD).tokens == made().encode(ODD).tokens
    assert "##u" in made().get_vocab()
    assert "##石" not in made().get_vocab()


def test_the_commonest_characters_are_kept() -> None:
    small = tokenizer_of(["水水水泵泵站"], 7, pieces=0)
    assert sorted(small.get_vocab(), key=small.get_vocab().__getitem__)[5:] == ["水", "泵"]
    with pytest.raises(ConfigError, match="size is 5"):
        tokenizer_of(TEXTS, 5, pieces=0)


def test_what_is_written_has_no_spaces_beside_chinese() -> None:
    one = made()
    assert one.decode(one.encode("由林远山1962年修建 the pump").ids) == "由林远山1962年修建the pump"
