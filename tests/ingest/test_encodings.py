"""Short texts in every encoding come back character by character; what is no text is refused."""

import random

import pytest

from raglan.errors import ReadError
from raglan.ingest.encodings import decode

SIMPLIFIED = (
    "水泵的保修期为两年，从购买之日起计算。",
    "请每周用清水冲洗滤网，不要使用洗涤剂。",
    "会议决定从四月起把备件仓库搬到新的厂房，搬迁期间暂停发货三天。",
    "价格：58元/件（含税）",
    "姓名,年龄\n王伟,32\n李娜,28\n张敏,41",
    "iPhone 15 Pro 的电池容量是多少？",
)
TRADITIONAL = (
    "水泵的保固期為兩年，從購買之日起計算。",
    "請每週用清水沖洗濾網，不要使用清潔劑。",
    "會議決定從四月起把備件倉庫搬到新的廠房，搬遷期間暫停出貨三天。",
    "價格：580元（含稅）",
)
WESTERN = (
    "Café au lait et crème brûlée, s’il vous plaît",
    "Die Prüfung des Geräts erfolgt über das Menü „Größe“.",
    "El niño comió piñas en el jardín",
    "Não há opções para a instalação",
    "Åsa är på väg över ån",
    "Price: £5 – that’s “cheap”",
    "naïve",
    "né",
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(text, name) for text in SIMPLIFIED for name in ("utf-8", "gb18030", "gbk", "utf-16-le", "utf-16-be", "utf-16")]
    + [(text, name) for text in TRADITIONAL for name in ("utf-8", "big5", "cp950", "gb18030", "utf-16", "utf-16-le")]
    + [(text, name) for text in WESTERN for name in ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le")]
    + [("plain ASCII\r\nand no more", name) for name in ("ascii", "utf-16-le", "utf-16-be", "utf-32")],
)
def test_every_character_comes_back(text, encoding):
    assert decode(text.encode(encoding), "file.txt") == text


def test_pieces_of_twenty_characters_are_enough():
    chance = random.Random(4)
    pieces = {"gb18030": "".join(SIMPLIFIED[:3]), "big5": "".join(TRADITIONAL[:3])}
    for encoding, text in pieces.items():
        for _ in range(200):
            start = chance.randrange(len(text) - 20)
            piece = text[start : start + 20]
            assert decode(piece.encode(encoding), "x") == piece


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Гарантия на насос составляет двадцать четыре месяца.", "cp1251"),
        ("Гарантия на насос составляет двадцать четыре месяца.", "koi8-r"),
        ("週に一度、フィルターを清掃してください。", "cp932"),
        ("週に一度、フィルターを清掃してください。", "euc_jp"),
        ("보증 기간은 이 년입니다. 가격은 오천 원입니다.", "cp949"),
    ],
)
def test_neighbours_are_not_taken_for_chinese(text, encoding):
    assert decode(text.encode(encoding), "x") == text


def test_newlines_stay_as_they_are():
    assert decode(b"a\r\nb\rc\n\x0cd", "x") == "a\r\nb\rc\n\x0cd"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_only_the_mark_is_dropped(encoding):
    assert decode("\ufeff内容".encode(encoding), "x") == "\ufeff内容"


def test_a_cut_end_loses_one_character():
    assert decode("水泵的保修期为两年".encode()[:-1], "x") == "水泵的保修期为两"
    assert decode("水泵的保修期为两年".encode("gb18030")[:-1], "x") == "水泵的保修期为两"
    assert decode("pump".encode("utf-16")[:-1], "x") == "pum"


def test_one_damaged_byte_does_not_change_the_encoding():
    text = decode("请每周冲洗滤网。".encode() * 20 + b"\xff" + "完".encode(), "x")
    assert text == "请每周冲洗滤网。" * 20 + "\ufffd完"
    assert decode("He said “no” – she said “yes”".encode() + b"\xe9 twice", "x").startswith(
        "He said “no” – she said “yes”"
    )


def test_what_the_file_declares_decides_where_it_fits():
    data = "né".encode("cp1252")
    assert decode(data, "x", declared="ISO-8859-1") == "né"
    assert decode("né".encode(), "x", declared="gb2312") == "né"
    assert decode("Größe".encode("iso-8859-15"), "x", declared="no such name") == "Größe"
    assert decode(data, "x", declared="unicode_escape") == "né"


@pytest.mark.parametrize("data", [b"", b" \r\n\t ", b"\xef\xbb\xbf", b"\xff\xfe", "\u3000\n".encode()])
def test_nothing_but_white_space_is_refused(data):
    with pytest.raises(ReadError, match=r"empty\.txt: holds no text"):
        decode(data, "empty.txt")


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 4,
        b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00" + bytes(100),
        b"text\x00and\x01control\x02characters",
        b"\x01\x02\x03 hidden \x04\x05",
        random.Random(1).randbytes(2000),
        random.Random(2).randbytes(2001).replace(b"\0", b"\x9d"),
    ],
)
def test_binary_data_is_refused(data):
    with pytest.raises(ReadError) as caught:
        decode(data, "mystery.txt")
    assert caught.value.source == "mystery.txt"
    assert "UTF-8" in caught.value.hint


def test_a_long_file_is_judged_by_its_first_foreign_characters():
    text = "plain words only\n" * 20_000 + "请每周用清水冲洗滤网。" * 2000
    assert decode(text.encode("gb18030"), "x") == text
