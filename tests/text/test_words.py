"""Words as search compares them."""

import pytest

from raglan.text.surrogates import mended
from raglan.text.words import characters, chinese_share, content_terms, is_chinese, latin_share, pairs, terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Warranties, warranty's WARRANTED", ["warranti", "warranti", "s", "warrant"]),
        ("naïve café Größe", ["naiv", "cafe", "gross"]),
        ("E-07 v2.1 ISO/IEC", ["e", "07", "v2", "1", "iso", "iec"]),
        ("保修期", ["保修", "修期"]),
        ("水", ["水"]),
        ("iPhone保修 24个月", ["iphon", "保修", "24", "个月"]),
        ("ひらがなカタ", ["ひら", "らが", "がな", "なカ", "カタ"]),
        ("보증 기간", ["보증", "기간"]),
        ("豈更", ["岂更"]),
        ("𠮷野家", ["𠮷野", "野家"]),
        ("x" * 200, []),
        ("", []),
        ("?! 🙂", []),
        ("a\ud800b", ["a", "b"]),
    ],
)
def test_terms(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_private_and_lone_characters_are_no_chinese() -> None:
    # Ligatures of old PDFs lie in the private use area, other scripts between it and the Chinese ones.
    for text in ("\ue000\ue001", "\ufb01", "\ud800", "ꀀꀁ", "ꡀ"):
        assert characters(text) == []
        assert chinese_share(text) == 0
    assert pairs("\ue000\ue001\ue002") == "\ue000\ue001\ue002"


def test_shares() -> None:
    assert chinese_share("") == chinese_share("24 %") == chinese_share("abc") == 0
    assert chinese_share("abc 保修期") == 0.5
    assert latin_share("") == latin_share("24 %") == latin_share("Größe") == 1
    assert latin_share("гарантия") == 0
    assert is_chinese("保修期 FX")
    assert not is_chinese("FX-200 保修")


def test_questions_lose_what_only_asks() -> None:
    assert content_terms("How long is the warranty?") == ["long", "warranti"]
    assert content_terms("保修期是多久？") == ["保修", "修期", "期是", "是多"]
    assert content_terms("What is it?") == ["what", "is", "it"]
    assert content_terms("") == []


def test_mending_moves_nothing() -> None:
    text = "\ud83d half, 🙂 whole, half \udca9"
    found = mended(text)
    assert len(found) == len(text)
    assert found == "\ufffd half, 🙂 whole, half \ufffd"
    assert found.encode()
