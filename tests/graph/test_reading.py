"""What is read out of one passage, in English and Chinese."""

import pytest

from raglan.graph.extract import extracted
from raglan.graph.names import key, resolved
from raglan.graph.phrases import ranked
from raglan.graph.quantities import dates, quantities
from raglan.types import Passage, Span


def passage(text, **meta):
    return Passage("p:0", text, "p", Span(0, len(text)), meta=meta)


def facts(text, **meta):
    return [(one.head, one.relation, one.tail) for one in extracted(passage(text, **meta)).facts]


def kinds(text, **meta):
    found = extracted(passage(text, **meta)).mentions
    return {one.said: one.kind for one in found if one.kind != "phrase"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Whitby Abbey (WA) is a ruin in Yorkshire, which draws many.", ("Whitby Abbey", "is", "a ruin in Yorkshire")),
        ("A fistula is an abnormal connection that may heal.", ("fistula", "is", "an abnormal connection")),
        ("Arrhythmia refers to a heart beat out of rhythm.", ("Arrhythmia", "refers to", "a heart beat out of rhythm")),
        ("The bridge was opened in 1894 by Lord Bell.", ("bridge", "opened in", "1894")),
        ("Ann Lee (12 May 1850 – 3 June 1901) was an engineer.", ("Ann Lee", "died", "3 June 1901")),
        ("The warranty lasts 24 months from delivery.", ("warranty", "lasts", "24 months from delivery")),
        ("Batteries contain lead, acid and plastic.", ("Batteries", "contain", "lead, acid and plastic")),
        ("Tara Holt, a physicist from Cork, won the prize.", ("Tara Holt", "is", "a physicist from Cork")),
        ("Barrow Ltd, formerly Barrow Brothers, makes ropes.", ("Barrow Ltd", "formerly", "Barrow Brothers")),
        ("台前县（英语：Taiqian）是河南省下属的一个县。", ("台前县", "是", "河南省下属的一个县")),
        ("留園，又稱寒碧山莊，位於蘇州市。", ("留園", "又稱", "寒碧山莊")),
        ("留園，又稱寒碧山莊，位於蘇州市。", ("留園", "位於", "蘇州市")),
        ("保險事故是指合同約定的事故。", ("保險事故", "是指", "合同約定的事故")),
        ("注册商标的有效期为十年，自核准之日起计算。", ("注册商标的有效期", "为", "十年")),
        ("国际联盟成立于1920年1月10日。", ("国际联盟", "成立于", "1920年1月10日")),
        ("全真教由王哲创立，后来兴盛。", ("全真教", "由创立", "王哲")),
    ],
)  # fmt: skip
def test_a_fact(text, expected):
    assert expected in facts(text)


@pytest.mark.parametrize(
    "text",
    [
        "It is a town in Norway.",
        "The cause of the fire is unknown.",
        "Is Whitby a town in Yorkshire?",
        "Most of them are a nuisance.",
        "A new version was written by Ann Lee.",
        "The capital of Norway is not a village.",
        "Ontario was the first province that passed a law.",
        "他是一名足球运动员。",
        "校门紧闭所阻隔的不仅是社会人员。",
        "路透社成为世界上一个主要的机构。",
        "雪糕属于什么垃圾？",
        "但是一个好的办法。",
        "",
        "   \n\n ",
    ],
)
def test_no_fact(text):
    assert facts(text) == []


def test_every_span_leads_back():
    text = "Acme Corp. was founded in 1998. 苏州大学位于江苏省。The FX-200 holds 2 litres."
    found = extracted(passage(text))
    for one in found.mentions:
        assert one.span.of(text) == one.said
    for fact in found.facts:
        assert fact.tail.split()[-1] in fact.span.of(text)


def test_kinds_of_names():
    found = kinds("Ann Lee met Acme Corp. in Leeds, near Lake Como in Italy, about the FX-200 on 3 May 1998 for 20 km.")
    assert found["Acme Corp."] == "organisation"
    assert found["Italy"] == found["Lake Como"] == "place"
    assert found["FX-200"] == "code"
    assert found["3 May 1998"] == "date"
    assert found["20 km"] == "quantity"
    chinese = kinds("王明教授在苏州大学讲《园林史》，2023年8月7日走了20公里。")
    assert chinese["苏州大学"] == "organisation"
    assert chinese["园林史"] == "work"
    assert chinese["2023年8月7日"] == "date"
    assert chinese["20公里"] == "quantity"


def test_short_forms_and_other_scripts():
    text = "The World Health Organization (WHO) met in Suzhou (苏州) today."
    assert {(one.short, one.long) for one in extracted(passage(text)).aliases} == {
        ("who", "world health organization"),
        ("suzhou", "苏州"),
    }
    [alias] = extracted(passage("江苏省苏州大学（Soochow University）历史悠久，学生众多。")).aliases
    assert alias.short == "soochow university"


def test_a_short_form_of_several_is_none():
    assert resolved([("ai", "amnesty international"), ("ai", "artificial intelligence")]) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("World Health Organization", "the world health organization"),
        ("U.S. Navy", "US Navy"),
        ("J. R. R. Tolkien", "J.R.R. Tolkien"),
        ("ＦＸ－２００", "FX-200"),
        ("蘇州大學", "苏州大学"),
        ("Café Müller", "Cafe Muller"),
    ],
)
def test_one_name(one, other):
    assert key(one) == key(other)


def test_rows_and_lines():
    row = passage("Lid;red;2", reading="Part: Lid; Colour: red; Count: 2", row=True)
    assert [(f.relation, f.tail) for f in extracted(row).facts] == [("Colour", "red"), ("Count", "2")]
    sheet = passage("Weight: 9 kg\nPower: 1450 W\n", title="FX-200")
    assert facts(sheet.text, title="FX-200") == [("FX-200", "Weight", "9 kg"), ("FX-200", "Power", "1450 W")]
    assert facts("重量：9公斤\n功率：1450瓦\n", title="FX-200") == [
        ("FX-200", "重量", "9公斤"),
        ("FX-200", "功率", "1450瓦"),
    ]
    assert facts("Note: it is hot", title="FX-200") == []


def test_dates_and_quantities_in_one_form():
    assert [one.name for one in dates("on May 3, 1998 and 3 May 1998, since 2001, 1998年5月3日")] == [
        "1998-05-03"
    ] * 2 + [
        "1998-05-03",
        "2001",
    ]
    assert [one.name for one in quantities("two years, 24 months, $3.5 million, 5 %, 二十四个月, 3.5万元")] == [
        "2 year",
        "24 month",
        "3.5 million $",
        "5 %",
        "24 个月",
        "3.5 万 元",
    ]


def test_the_best_phrase_is_long_frequent_and_rare():
    counts = {"steam wand": 4, "steam": 4, "machine": 6, "water": 1}
    assert ranked(counts, {"machine": 50, "steam wand": 2, "steam": 9, "water": 30}, 50)[0] == "steam wand"


def test_a_long_passage_takes_no_time():
    text = "Aa Bb " * 4000 + "是" * 4000
    assert extracted(passage(text)).mentions is not None
