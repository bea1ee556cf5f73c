"""The small judgements that readers share: noise, titles, grids, joined lines, repeated edges."""

import random

import pytest

from raglan.ingest.grid import looks_like_header, row_reading, rows
from raglan.ingest.joining import joined, words_within
from raglan.ingest.noise import noise, scrambled
from raglan.ingest.titles import sensible

from . import made


@pytest.mark.parametrize("text", [made.KETTLE, made.CHINESE, "naïve café 😀 «Zürich»\n\tx = 3\u200b", "", "\x0b\x0c"])
def test_text_is_no_noise(text: str) -> None:
    assert not noise(text)


@pytest.mark.parametrize("mark", ["\ufffd", "\x00", "\x07", "\ue001", "\uffff", chr(0xDCFF)])
def test_noise(mark: str) -> None:
    assert "5.0%" in noise(made.KETTLE[:95] + mark * 5)
    assert not noise(made.KETTLE[:99] + mark)


@pytest.mark.parametrize(
    "text",
    [
        "English, 中文, русский, العربية, हिन्दी, ไทย, 한국어, Ελληνικά, עברית, ქართული",
        "使用Python进行数据处理，再用GPU训练模型，最后把结果写入CSV文件。",
        "The β-carotene and 5 µm of TiO₂ at ΔT = 3 K, written /ˈkɛtəl/ in phonetic script",
        "Ấm đun chứa một lít rưỡi nước lạnh; Žluťoučký kůň; İstanbul'da ığdır",
        "Кабель USB-C подключён к порту HDMI2; версия 3.1 для Windows и Linux",
    ],
)
def test_languages_side_by_side_are_no_noise(text: str) -> None:
    assert not noise(text)


def test_scripts_mixed_within_words_are_noise() -> None:
    assert "mix" in noise("Care\u0820kf Ѵ恨e sldu2 KEtɴle, the ke联tle holds ooe liѵre and a half of cold water " * 3)


LATIN = {
    "en": made.KETTLE,
    "de": "Der Wasserkocher fasst anderthalb Liter kaltes Wasser und bringt es in vier Minuten zum Kochen, sofern der "
    "Sockel trocken auf einem ebenen Tisch steht und der Deckel geschlossen ist, bis er hörbar einrastet. " * 2,
    "fr": "La bouilloire contient un litre et demi d'eau froide et la porte à ébullition en quatre minutes, à condition "
    "que le socle soit posé bien au sec sur une table plane et que le couvercle soit fermé. " * 2,
    "pl": "Czajnik mieści półtora litra zimnej wody i gotuje ją w cztery minuty, jeżeli podstawa stoi sucho na równym "
    "stole, a pokrywka jest zamknięta aż do wyraźnego kliknięcia zatrzasku. " * 2,
    "vi": "Ấm đun chứa một lít rưỡi nước lạnh và đun sôi trong bốn phút, miễn là đế đứng khô ráo trên mặt bàn phẳng và nắp "
    "được đóng lại cho đến khi nghe thấy tiếng tách rõ ràng của chốt cài bên trong. " * 2,
    "code": "def read(path, source, readers):\n    for document in readers[kind](data, source):\n        yield document\n"
    * 4,
}


@pytest.mark.parametrize("language", LATIN)
def test_no_language_is_scrambled_and_all_are_when_shifted(language: str) -> None:
    text = LATIN[language]
    assert not scrambled(text)
    if language == "en":
        assert scrambled("".join(chr(ord(c) + 3) if c.isalpha() else c for c in text))


def test_chinese_is_not_scrambled_but_rare_characters_are() -> None:
    assert not scrambled(made.CHINESE * 3)
    assert not scrambled("保修期為兩年，自購買之日起計算。請勿超過最高水位線，否則開水會從壺嘴溢出。" * 5)
    choose = random.Random(3)
    assert scrambled("".join(chr(choose.randrange(0x4E00, 0x9FA5)) for _ in range(200)))


@pytest.mark.parametrize(
    "title", ["Care of the Alder Kettle", "手册", "Q3 2024 results", "C++", "Version 2.0 notes", "1984"]
)
def test_titles_that_people_write(title: str) -> None:
    assert sensible(title) == ("" if title == "1984" else title)


@pytest.mark.parametrize(
    "title",
    ["", "  ", "untitled", "Untitled 3", "Microsoft Word - a.doc", "Document1", "PowerPoint Presentation", "slide 1",
     "report_final.docx", "main.tex", "...", "无标题", "演示文稿1", "x" * 300, "K\ufffdttle", "Word Document"],
)  # fmt: skip
def test_titles_that_programs_leave(title: str) -> None:
    assert sensible(title) == ""


def test_grids() -> None:
    assert looks_like_header(["Part", "Weight in grams", "Price"])
    assert looks_like_header(["", "2023", "2024"])
    assert not looks_like_header(["Lid", "4.50", "3"])
    assert not looks_like_header(["Part", "Part"])
    assert not looks_like_header(["Part", "", "Price"])
    assert row_reading(["Part"], ["Lid", "spare\nremark"]) == "Part: Lid; spare remark"
    assert list(rows([["only"], ["one"]])) == [("only", ""), ("one", "")]
    assert list(rows([["", "b"], ["", ""]])) == [("b", ""), ("", "")]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["never re-", "fill it"], "never refill it"),
        (["self-", "closing lid"], "self-closing lid"),
        (["COVID-", "19"], "COVID-19"),
        (["COVID\xad", "19"], "COVID-19"),
        (["pre\xad", "heat"], "preheat"),
        (["it boils —", "then stops"], "it boils — then stops"),
        (["it boils—", "then stops"], "it boils—then stops"),
        (["使用", "Python"], "使用 Python"),
        (["한국어는", "띄어쓴다"], "한국어는 띄어쓴다"),
    ],
)
def test_joined(lines: list[str], text: str) -> None:
    assert joined(lines, words_within(["a self-closing lid", "to refill"])) == text
