"""Documents that are versions of one another: the current one answers, or it is asked which."""

import json
from copy import copy
from dataclasses import replace

import pytest

from raglan.build.over import opened
from raglan.cli.main import main
from raglan.cli.render import print_reply
from raglan.config import Config, Spec
from raglan.explain.why import why
from raglan.graph.following import refreshed
from raglan.store.store import Store
from raglan.talk.asking import FacetAsker
from raglan.talk.outdated import outdated
from raglan.talk.versions import Versions
from raglan.types import Answer, Clarify, Hit, Passage, Query, Span, Turn

TERMS = """# Warranty terms

Effective 1 {month} 2024.

## Period

The warranty lasts {period} from the date of purchase. Batteries are covered for 6 months.

## Cover

Labour and parts are free of charge. {more}
"""
BAOXIU = """# 保修条款

2024年{month}月1日起施行。

## 期限

本产品的保修期为{period}，自购买之日起计算。电池的保修期为六个月。

## 范围

人工费和配件费全免。
"""
DOCUMENTS = {
    "terms-eu.md": TERMS.format(month="March", period="24 months", more=""),
    "terms-shop.md": TERMS.format(month="May", period="12 months", more=""),
    "保修条款-官网.md": BAOXIU.format(month=3, period="24个月"),
    "保修条款-门店.md": BAOXIU.format(month=5, period="12个月"),
    # The old ones say more of what is asked than the ones that took their place.
    "returns-2021.md": "# Returns policy 2021\n\n> **SUPERSEDED.** See returns.md.\n\n## Period\n\n"
    "The return period for unused goods was 14 days.\n\n## Fee\n\nA restocking fee of 5 pounds was charged for pallets.\n",
    "returns.md": "# Returns policy\n\n## Time\n\nThe return period for unused goods is 30 days from delivery.\n\n"
    "## Parcels\n\nWe send a label for the parcel.\n",
    "请假制度.md": "# 请假制度\n\n本制度自2025年1月1日起施行，《休假管理规定》同时废止。\n\n"
    "## 年假\n\n员工每年有15天带薪年假。\n",
    "旧规定.md": "# 休假管理规定\n\n## 年假\n\n员工每年有10天带薪年假。\n\n## 探亲假\n\n探亲假为20天。\n",
    # Two things, not two versions.
    "fx-200.md": "# FX-200 manual\n\nThe tank of the machine holds 2 litres.\n",
    "fx-300.md": "# FX-300 manual\n\nThe tank of the machine holds 5 litres.\n",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("versions")
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    config = Config(threshold=0.0).using("encoder", Spec("none")).using("generator", Spec("sentence"))
    library, _ = opened(folder, config=config)
    yield library
    library.close()


@pytest.mark.parametrize(
    ("text", "question", "options"),
    [
        (
            "How long is the warranty?",
            "Two documents differ: which one do you mean?",
            {"terms-eu.md (1 March 2024): 24 months", "terms-shop.md (1 May 2024): 12 months"},
        ),
        (
            "本产品的保修期是多久？",
            "两份文档的说法不同：您指的是哪一份？",
            {"保修条款-官网.md（2024年3月1日）：24个月", "保修条款-门店.md（2024年5月1日）：12个月"},
        ),
    ],
)
def test_where_two_current_documents_differ_it_is_asked_which(made, text, question, options):
    back = made.rag.answer(text)
    assert isinstance(back, Clarify)
    assert (back.question, set(back.options)) == (question, options)
    for option, query in zip(back.options, back.queries, strict=True):
        # A choice is answered from its document, and asks no more.
        answer = made.rag.answer(query)
        assert isinstance(answer, Answer)
        [document] = query.where["document"]
        assert option.startswith(document)
        assert {citation.passage.document for citation in answer.citations} == {document}
        assert option.replace("：", ": ").rpartition(": ")[2] in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "How long are batteries covered?",
        "Are labour and parts free of charge?",
        "电池的保修期是多久？",
        "How much does the tank of the FX-200 hold?",
        "How long did the warranty last?",
        "How long is the warranty of machines bought in 2024?",
    ],
)
def test_nothing_is_asked_where_the_answer_would_not_change(made, text):
    reply = made.rag.answer(text)
    assert isinstance(reply, Answer)
    assert not reply.abstained
    assert reply.notes == ()


def test_two_versions_that_make_one_unsure_are_asked_about_all_the_same(tmp_path):
    for name in ("terms-eu.md", "terms-shop.md"):
        (tmp_path / name).write_text(DOCUMENTS[name], encoding="utf-8")
    library, _ = opened(tmp_path)
    doubting, sure = copy(library.rag), library.rag
    doubting.threshold = 1.0
    for text in ("How long is the warranty?", "How long does the warranty last?"):
        for rag in (doubting, sure):
            back = rag.answer(text)
            assert isinstance(back, Clarify), text
            assert {option.rpartition(": ")[2] for option in back.options} == {"24 months", "12 months"}
    for text in ("How long are batteries covered?", "Who pays for the return of the machine?"):
        reply = doubting.answer(text)
        assert isinstance(reply, Answer)
        assert reply.abstained
    library.close()


def test_reading_the_store_changes_nothing(made):
    before = made.rag.answer("How long is the warranty?")
    refreshed(made.store)
    assert made.rag.answer("How long is the warranty?") == before


def test_it_is_not_asked_twice_nor_where_it_costs_too_much(made):
    query = Query("How long is the warranty?")
    back = made.rag.answer(query)
    assert isinstance(back, Clarify)
    again = made.rag.answer(replace(query, history=(Turn("assistant", back.question),)))
    assert isinstance(again, Answer)
    assert [note.kind for note in again.notes] == ["otherwise"]
    dear = FacetAsker(made.hybrid, store=made.store, cost=1.0)
    hits = made.rag.search(query)
    told = dear.compared(query, hits, again)
    assert isinstance(told, Answer)
    assert {"12 months" in told.notes[0].text, "12 months" in told.text} == {True, False}


@pytest.mark.parametrize(
    ("text", "value", "document", "old", "said"),
    [
        ("What is the return period for unused goods?", "30 days", "returns.md", "returns-2021.md", "was 14 days"),
        ("员工每年有多少天年假？", "15天", "请假制度.md", "旧规定.md", "10天"),
    ],
)
def test_the_current_one_answers_and_the_old_one_is_told_of(made, text, value, document, old, said):
    answer = made.rag.answer(text)
    assert isinstance(answer, Answer)
    assert value in answer.text
    assert {citation.passage.document for citation in answer.citations} == {document}
    [note] = answer.notes
    assert (note.kind, note.document) == ("older", old)
    assert said in note.text
    whole = made.store.document(old).text
    assert " ".join(note.span.of(whole).split()) == note.text


def test_why_tells_that_an_old_passage_yielded(made):
    query = Query("What is the return period for unused goods?")
    stages = why(
        made.rag, made.store, made.words, [made.words], query, "The return period for unused goods was 14 days."
    )
    assert (stages[-1].name, stages[-1].kept) == ("evidence", False)
    assert "out of date" in stages[-1].finding


def test_notes_are_in_the_language_of_the_answer(made, capsys):
    print_reply(made.rag.answer("员工每年有多少天年假？"))
    assert "已过期的版本说法不同：旧规定.md，第 " in capsys.readouterr().out


def test_what_only_the_old_one_says_is_told_as_such(made):
    answer = made.rag.answer("Which restocking fee is charged for pallets?")
    assert isinstance(answer, Answer)
    assert "5 pounds" in answer.text
    [note] = answer.notes
    assert (note.kind, note.document) == ("outdated", "returns-2021.md")
    assert "SUPERSEDED" in note.text
    assert "SUPERSEDED" in note.span.of(made.store.document("returns-2021.md").text)


def test_who_asks_for_the_old_one_gets_it(made):
    answer = made.rag.answer("What was the return period for unused goods in 2021?")
    assert isinstance(answer, Answer)
    assert "14 days" in answer.text
    assert answer.notes == ()


def test_headings_are_those_of_the_current_document(made):
    back = made.rag.answer("Tell me about the returns policy.")
    assert isinstance(back, Clarify)
    assert back.options == ("Time", "Parcels")
    assert {query.where["document"] for query in back.queries} == {("returns.md",)}


def test_the_command_line_tells_of_it(made, tmp_path, capsys):
    store, config = str(made.store.folder), tmp_path / "raglan.toml"
    config.write_text('encoder = "none"\ngenerator = "sentence"\nthreshold = 0\n', encoding="utf-8")
    question = "What is the return period for unused goods?"
    assert main(["ask", store, question, "--config", str(config)]) == 0
    assert "A version that is out of date says otherwise: returns-2021.md" in capsys.readouterr().out
    assert main(["ask", store, question, "--config", str(config), "--json"]) == 0
    [note] = json.loads(capsys.readouterr().out)["notes"]
    assert (note["kind"], note["document"]) == ("older", "returns-2021.md")
    assert note["start"] < note["end"]


def hit(name, text, title="", start=0, score=1.0):
    meta = {"title": title} if title else {}
    return Hit(Passage(f"{name}:{start}", text, name, Span(start, start + len(text)), meta=meta), score, "words")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (hit("terms-v1.md", "It takes 3 days."), hit("terms-v2.md", "It takes 5 days.")),
        (hit("terms (old).md", "It takes 3 days."), hit("terms.md", "It takes 5 days.")),
        (hit("a.md", "This policy is no longer valid.", "Policy"), hit("b.md", "It takes 5 days.", "Policy")),
        (hit("a.md", "It takes 3 days.", "Rules of 2020"), hit("b.md", "These rules replace a.md.", "Other rules")),
        (hit("办法.md", "本办法自2024年起不再适用。", "办法"), hit("办法二.md", "需要五天。", "办法")),
    ],
)
def test_which_of_two_is_out_of_date(old, new):
    assert Versions().older([old.passage, new.passage]) == {old.passage.document: {new.passage.document}}
    assert Versions().older([new.passage, old.passage]) == {old.passage.document: {new.passage.document}}


@pytest.mark.parametrize(
    "head",
    [
        "# Fees\n\nThis price list is no longer valid. Ask for the new one.",
        "OBSOLETE - do not use",
        "Status: withdrawn",
        "These terms and conditions were in force until March.",
        "# 办法\n\n（已废止）",
        "本規定已於2024年廢止。",
        "本标准由新标准代替。",
    ],
)
def test_what_a_document_says_of_itself(head):
    found = outdated("", "a.md", head)
    assert found
    assert found.of(head) in head


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # The newer date decides nothing, nor does a model that another one replaced, or an old thing.
        (hit("report-2021.md", "It took 3 days in 2021."), hit("report-2022.md", "It took 5 days in 2022.")),
        (hit("a.md", "The FX-100 has been replaced by the FX-200.", "FX"), hit("b.md", "It makes coffee.", "FX")),
        (hit("old-town.md", "The old town is obsolete no more.", "Old town"), hit("town.md", "A town.", "Town hall")),
        (
            hit("a.md", "It is rare.", "Caffey disease"),
            hit("b.md", "The mutation replaces an acid in Caffey disease.", "Gene"),
        ),
        # Both are out of date.
        (hit("a.md", "SUPERSEDED.", "Terms"), hit("b.md", "These terms have been withdrawn.", "Terms")),
        (hit("a.md", "本规定适用于全体员工。", "规定"), hit("b.md", "旧设备已报废。", "规定")),
    ],
)
def test_neither_of_two_is_out_of_date(one, other):
    assert Versions().older([one.passage, other.passage]) == {}


def test_an_old_version_yields_only_to_a_passage_that_was_found_about_as_well():
    old = hit("terms (old).md", "The fee for pallets is 3 pounds.", score=0.9)
    near, far = (hit("terms.md", "The fee for pallets is 5 pounds.", score=score) for score in (0.8, 0.4))
    query = Query("What is the fee for pallets?")
    assert Versions().current(query, [old, near]) == [near]
    assert Versions().current(query, [old, far]) == [old, far]
    other = hit("terms.md", "Nothing is said of what it costs.", score=0.9)
    assert Versions().current(query, [old, other]) == [old, other]


def test_a_head_is_read_from_the_store_where_there_is_one(made):
    tail = next(iter(reversed(made.store.passages("returns-2021.md").values())))
    assert isinstance(made.store, Store)
    assert "SUPERSEDED" in Versions(made.store).heads([tail])["returns-2021.md"]
    assert "SUPERSEDED" not in Versions().heads([tail])["returns-2021.md"]


def test_what_a_head_says_of_something_else_is_not_said_of_the_document():
    for head in (
        "This model is obsolete, and spare parts are rare.",
        "The act superseded the law of 1990.",
        "该机型已停产，由FX-200取代。",
        "Orders valid until noon are sent the same day.",
        "This document lists terms that are no longer valid elsewhere.",
        "These terms apply from May, and the old form is obsolete.",
        "本办法自2025年1月1日起施行，原办法已废止。",
        "本协议有效期至2030年12月31日止。",
    ):
        assert outdated("", "a.md", head) is None, head
