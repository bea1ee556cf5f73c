import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from raglan.evaluate.meanings import MEANINGS, meaning
from raglan.evaluate.numerals import difference, number
from raglan.evaluate.page import page, save_page
from raglan.evaluate.report import Outcome, Report, Row, Score, Told
from raglan.evaluate.resample import Contest
from raglan.metrics.value import Undefined

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&"
TEXTS = {
    "care.md:0": "The pump is descaled every three months. " * 12 + "The filter lasts SIX WEEKS at most. " * 3,
    "保修.md:0": "保修期为二十四个月，自签收之日起计算。",
    "faq.md:7": "Ask support.",
}


def told(scores, answer="Never.", confidence=0.25, found=("faq.md:7",), cited=()):
    return Told(scores, found, answer, confidence, cited)


def searched(scores, found=("faq.md:7",)):
    return Told(scores, found)


@pytest.fixture
def report():
    rows = (
        Row(
            "q-1",
            "How long does the filter last?",
            ("six weeks",),
            ("care.md:0",),
            {
                "plain": told({"f1": 0.125, "brier": 0.0625, "recall@5": 0.0}, "A year.", 0.75),
                "搜索": searched({"recall@5": 1.0}, ("faq.md:7", "care.md:0")),
                "tuned": told(
                    {"f1": 1.0, "brier": 0.01, "recall@5": 1.0}, "Six weeks.", 0.875, ("care.md:0",), ("care.md:0",)
                ),
            },
        ),
        Row(
            "q-2",
            "保修期多长？",
            ("二十四个月", "两年"),
            ("保修.md:0", "lost.md:3"),
            {
                "plain": told({"f1": 1.0, "brier": 0.5, "recall@5": 0.5}, "二十四个月", 0.5, ("保修.md:0",)),
                "搜索": searched({"recall@5": 0.0}),
                "tuned": told({"f1": 0.0, "brier": 0.25, "recall@5": 0.0}, "", 0.375),
            },
        ),
        Row(
            "q-3",
            EVIL,
            (),
            (),
            {"plain": told({"f1": 0.0}, EVIL), "搜索": searched({}), "tuned": told({"f1": 0.0}, "", 0.0)},
        ),
    )
    systems = {
        "plain": Outcome(
            {
                "f1": Score(0.375, 0.1, 0.7, 3),
                "brier": Score(0.281, 0.06, 0.51, 2, {"claims nothing": 1}),
                "recall@5": Score(0.25, None, None, 2),
            },
            {},
            0.75,
            ((1.0, 0.25), (10.0, 0.5)),
            ((0.5, 0.0), (1.0, 0.5)),
        ),
        "搜索": Outcome({"recall@5": Score(0.5, 0.0, 1.0, 2)}, {"recall@5": Contest(0.25, 0.5, 2, 1, 1)}, 90.0),
        "tuned": Outcome(
            {
                "f1": Score(0.333, 0.0, 1.0, 3),
                "brier": Score(0.13, 0.01, 0.25, 2, {"claims nothing": 1}),
                "recall@5": Score(Undefined("no <gold>"), reasons={"no <gold>": 3}),
            },
            {"f1": Contest(-0.042, 0.031, 3, 1, 1), "brier": Contest(-0.151, 0.0005, 2)},
            3.0,
            failed={2: "the server said: 500 <b>"},
        ),
    }
    return Report("手册.jsonl", 7, 1234, ("f1", "brier", "recall@5"), systems, rows, frozenset({"brier"}), dict(TEXTS))


def read(report):
    return html.document_fromstring(page(report))


def text(element):
    return " ".join(element.text_content().split())


def table(tree, kind):
    """The texts of a table's cells, row by row."""
    (found,) = tree.xpath(f"//table[@class='{kind}']")
    return [[text(cell) for cell in row.xpath("th|td")] for row in found.xpath(".//tr")]


def section(tree, title):
    found = [one for one in tree.iter("section") if text(one[0]) == title]
    return found[0] if found else None


def opened(tree, name):
    """The part of one system."""
    (found,) = (one for one in tree.xpath("//details[@class='system']") if text(one[0]).startswith(name))
    return found


def asked(part):
    """The ids of the questions of a list."""
    return part.xpath(".//ol[@class='cases']/li/article/h4/code/text()")


def test_what_was_measured_stands_on_top(report):
    tree = read(report)
    assert text(tree.find(".//h1")) == "手册.jsonl"
    facts = tree.xpath("//dl[@class='facts']/div")
    assert [text(fact) for fact in facts] == ["questions3", "passages1,234", "systems3", "seed7"]
    assert text(tree.find(".//title")).startswith("手册.jsonl")


def test_every_value_stands_in_the_summary_with_its_interval(report):
    rows = table(read(report), "summary")
    assert rows[0] == ["system", "f1", "brier ↓", "recall@5"]
    assert rows[1] == ["plain", "0.3750.100 – 0.700", "0.2810.060 – 0.510", "0.250"]
    assert rows[2] == ["搜索", "—", "—", "0.5000.000 – 1.000"]
    assert rows[3] == ["tuned", "0.3330.000 – 1.000▼ −0.042", "0.1300.010 – 0.250▲ −0.151", "—"]


def test_every_number_of_a_report_is_on_its_page(report):
    shown = text(read(report))
    for outcome in report.systems.values():
        for score in outcome.scores.values():
            ends = [end for end in (score.value, score.low, score.high) if isinstance(end, float)]
            assert all(number(end) in shown for end in ends)
        assert all(difference(contest.difference) in shown for contest in outcome.contests.values())


def test_the_best_of_each_metric_is_marked_also_where_less_is_better(report):
    best = read(report).xpath("//table[@class='summary']//td[@class='best']/strong")
    assert [text(one) for one in best] == ["0.375", "0.500", "0.130"]


def test_values_that_look_alike_are_both_the_best(report):
    report.systems["tuned"].scores["f1"] = Score(0.37504)
    best = read(report).xpath("//table[@class='summary']//td[@class='best']/strong")
    assert [text(one) for one in best].count("0.375") == 2


def test_one_system_is_not_the_best_of_itself(report):
    alone = read(replace(report, systems={"plain": report.systems["plain"]}))
    assert not alone.xpath("//td[@class='best']")
    assert section(alone, "Against plain") is None


@pytest.mark.parametrize(("p", "marked"), [(0.0499, True), (0.05, False)])
def test_only_what_is_sure_is_marked(report, p, marked):
    report.systems["tuned"].contests["f1"] = Contest(0.0421, p, 3, 1, 1)
    assert ("▲ +0.042" in table(read(report), "summary")[3][1]) == marked


def test_what_has_no_value_says_why_in_a_tooltip_and_in_a_list(report):
    tree = read(report)
    assert tree.xpath("//table[@class='summary']//td[.='—']/@title")[-1] == "no <gold>"
    lines = [text(line) for line in tree.xpath("//ul[@class='reasons']/li")]
    assert lines == [
        "搜索 · f1, brier: this system gives nothing that the metric could judge",
        "tuned · recall@5: no <gold>",
    ]


def test_rows_without_a_value_are_counted_by_reason(report):
    rows = table(read(report), "without")
    assert rows[1:] == [["claims nothing", "1", "brier of plain, tuned"], ["no <gold>", "3", "recall@5 of tuned"]]


def test_times_in_total_and_for_a_question(report):
    rows = table(read(report), "times")
    assert rows[1:] == [
        ["plain", "750 ms", "250 ms", "0"],
        ["搜索", "1 min 30 s", "30 s", "0"],
        ["tuned", "3.00 s", "1.00 s", "1"],
    ]


def test_contests_with_wins_losses_and_ties(report):
    rows = table(read(report), "contests")
    title = "1 better, 1 worse, 1 alike"
    assert rows[1:] == [
        ["f1", "tuned", "▼ −0.042", "0.031", "1", "1", "1", title, "3"],
        ["brier ↓", "tuned", "▲ −0.151", "< 0.001", "—", "—", "—", "", "2"],
        ["recall@5", "搜索", "+0.250", "0.500", "1", "1", "0", "1 better, 1 worse, 0 alike", "2"],
    ]


def test_many_contests_wait_behind_a_line(report):
    report.systems["tuned"].contests.update({f"m{at}": Contest(0.0, 1.0, 3) for at in range(40)})
    assert section(read(report), "Against plain").xpath("./details/summary/text()") == ["All 43 comparisons"]


def test_drawings_of_what_can_be_drawn(report):
    tree = read(report)
    assert [text(one[0]) for one in section(tree, "Values").iter("figure")] == ["f1", "brier", "recall@5"]
    assert len(list(section(tree, "Curves").iter("figure"))) == 2
    assert all(svg.find("title") is not None for svg in tree.xpath("//svg[@role='img']"))


def test_metrics_are_explained(report):
    tree = read(report)
    assert tree.xpath("//table[@class='summary']//th[.='recall@5']/@title") == [meaning("recall@5")]
    assert [text(one) for one in tree.xpath("//dl[@class='glossary']/dt")] == ["f1", "brier", "recall@5"]
    assert "Less is better" in text(tree.xpath("//dl[@class='glossary']/dd")[1])


def test_every_metric_of_ours_has_a_meaning_and_no_other():
    project = Path(__file__).parents[2] / "pyproject.toml"
    ours = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["entry-points"]["raglan.metric"]
    assert set(MEANINGS) == set(ours)
    assert (
        meaning("ndcg@10") == "Relevance found among the first 10, discounted by rank, as a share of the best possible."
    )
    assert "at most 0.1 of the answers wrong" in (meaning("coverage@0.1") or "")
    assert (meaning("my own"), meaning("mine@3")) == (None, None)


def test_the_worst_questions_of_each_system(report):
    tree = read(report)
    assert asked(opened(tree, "plain")) == ["q-3", "q-1"]
    assert asked(opened(tree, "搜索"))[:1] == ["q-2"]
    assert "The worst by recall@5" in text(opened(tree, "搜索"))


def test_a_question_with_what_was_wanted_given_scored_and_found(report):
    (one,) = (one for one in opened(read(report), "plain").iter("article") if "q-1" in text(one[0]))
    wanted, given = one.xpath("./dl/dd")
    assert text(wanted) == "six weeks"
    assert text(given).startswith("A year. confidence 0.750")
    assert [text(score) for score in given.xpath("./div/span")] == ["f1 0.125", "brier 0.062", "recall@5 0.000"]
    relevant, found = one.xpath("./details/ul/li | ./details/ol/li")
    assert text(relevant).startswith("care.md:0 not among the first 1")
    assert text(found) == "faq.md:7Ask support."


def test_passages_found_are_marked_as_relevant_and_cited(report):
    better = opened(read(report), "tuned").xpath("./details[@class='against']")[0]
    assert text(better[0]).startswith("Better than plain by f1")
    assert asked(better) == ["q-1"]
    (hit,) = better.xpath(".//ol[not(@class)]/li[@class='relevant']")
    assert text(hit) == "care.md:0 relevant cited text above"
    assert "tuned: found at rank 1 · plain: not among the first 1" in text(better)


def test_the_answer_is_marked_in_a_long_passage_even_where_it_comes_late(report):
    (passage,) = opened(read(report), "plain").xpath(".//ul/li[code='care.md:0']/p")
    assert len(TEXTS["care.md:0"]) > 500
    assert 380 < len(text(passage)) <= 402
    assert text(passage)[0] == "…"
    assert {text(mark) for mark in passage.iter("mark")} == {"SIX WEEKS"}


def test_a_long_passage_without_the_answer_is_cut(report):
    report.texts["faq.md:7"] = "word " * 200
    (passage,) = opened(read(report), "plain").xpath(".//article[h4/code='q-1']//ol/li/p")
    assert len(passage.text_content()) == 401
    assert passage.text_content().endswith("…")


def test_an_answer_longer_than_what_is_shown(report):
    report.texts["care.md:0"] = "So: " + "a" * 500 + " and no more."
    rows = (replace(report.rows[0], answers=("a", "a" * 500)), *report.rows[1:])
    (passage,) = opened(read(replace(report, rows=rows)), "plain").xpath(".//ul/li[code='care.md:0']/p")
    assert passage.text_content() == "So: " + "a" * 396 + "…"


def test_of_two_answers_the_longer_one_is_marked(report):
    rows = (replace(report.rows[0], answers=("six", "six weeks")), *report.rows[1:])
    (passage,) = opened(read(replace(report, rows=rows)), "plain").xpath(".//ul/li[code='care.md:0']/p")
    assert {text(mark) for mark in passage.iter("mark")} == {"SIX WEEKS"}


def test_a_passage_whose_text_was_not_kept(report):
    (lost,) = opened(read(report), "搜索").xpath("./ol//article[h4/code='q-2']//ul/li[code='lost.md:3']")
    assert "its text is not known" in text(lost)


def test_abstentions_failures_and_questions_without_an_answer(report):
    part = opened(read(report), "tuned")
    (silent,) = part.xpath("./ol//article[h4/code='q-2']")
    assert text(silent.xpath("./dl/dd")[1]).startswith("abstained confidence 0.375")
    (failed,) = part.xpath("./ol//article[h4/code='q-3']")
    assert [text(one) for one in failed.xpath("./dl/dd")] == [
        "nothing: the documents hold no answer",
        "failed: the server said: 500 <b>f1 0.000",
    ]
    assert "Failed: 1 question without an answer" in text(part)
    assert "the server said: 500 <b>" in text(part.xpath("./ul[@class='failed']")[0])


def test_of_many_failures_the_first_are_listed(report):
    report.systems["tuned"].failed.update(dict.fromkeys(range(3), "no"))
    many = replace(report, rows=report.rows * 10)
    many.systems["tuned"].failed.update(dict.fromkeys(range(30), "no"))
    part = opened(read(many), "tuned")
    assert len(part.xpath("./ul[@class='failed']/li")) == 20
    assert "and 10 more" in text(part)


def test_a_strangers_words_are_only_words(report):
    evil = replace(
        report,
        data=EVIL,
        metrics=(*report.metrics, EVIL),
        systems={**report.systems, EVIL: report.systems["tuned"]},
        texts=dict.fromkeys(TEXTS, EVIL),
        rows=tuple(
            replace(row, id=EVIL, question=EVIL, answers=(EVIL,), told={**row.told, EVIL: row.told["plain"]})
            for row in report.rows
        ),
    )
    tree = read(evil)
    assert not tree.xpath("//script | //img | //iframe | //link | //@onerror | //@onload | //@href | //@src")
    assert EVIL in tree.find(".//h1").text_content()
    assert EVIL in tree.find(".//title").text
    assert EVIL in opened(tree, "plain").find(".//h4").text_content()
    assert EVIL in tree.xpath("//mark/text()")


def test_the_page_asks_nothing_of_a_network(report):
    whole = page(report)
    assert not any(word in whole for word in ("url(", "@import", "http:", "https:", "//cdn"))
    policy = read(report).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy[0].startswith("default-src 'none'")


def test_half_characters_and_controls_do_not_stop_the_page(report, tmp_path):
    report.systems["tuned"].failed.clear()
    broken = replace(report, data="a\ud800b", rows=(replace(report.rows[0], question="x\udfff\0\x1by"),))
    save_page(broken, tmp_path / "report.html")
    written = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "a\ufffdb" in written
    assert "x\ufffd\ufffd\ufffdy" in written


def test_the_page_is_saved_as_it_is(report, tmp_path):
    save_page(report, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_bytes() == page(report).encode()
    assert page(report).startswith("<!DOCTYPE html>")
    assert "保修期多长？" in page(report)


def test_a_page_of_the_same_report_is_the_same(report):
    assert page(report) == page(report)


@pytest.mark.parametrize(
    "parts",
    [
        {"rows": ()},
        {"systems": {}},
        {"metrics": ()},
        {"texts": {}},
        {"systems": {}, "rows": (), "metrics": ()},
        {"systems": {"bare": Outcome({}, {}, 0.0), "other": Outcome({}, {}, 0.0)}},
    ],
)
def test_a_report_with_parts_missing_is_still_a_page(report, parts):
    failed = {name: replace(one, failed={}) for name, one in report.systems.items()}
    tree = read(replace(report, **{"systems": failed, **parts}))
    assert section(tree, "Results") is not None


def test_a_row_that_knows_nothing_of_a_system(report):
    bare = replace(report, rows=tuple(replace(row, told={}) for row in report.rows))
    assert "No question has a score that could be better." in text(opened(read(bare), "plain"))


def test_answers_without_rankings_and_rankings_without_answers(report):
    silent = {"plain": Told({"f1": 0.0}, answer="Never."), "搜索": Told({"recall@5": 0.0}, found=("faq.md:7",))}
    row = Row("q", "Why?", (), (), {**silent, "tuned": Told({})})
    tree = read(
        replace(report, rows=(row,), systems={name: replace(one, failed={}) for name, one in report.systems.items()})
    )
    assert not opened(tree, "plain").xpath(".//details[@class='passages']")
    assert opened(tree, "搜索").xpath(".//details[@class='passages']/@open") == [""]
    assert "confidence" not in text(opened(tree, "搜索"))
