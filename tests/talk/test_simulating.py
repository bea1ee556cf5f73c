"""Users who say too little."""

from raglan.datasets.dataset import Dataset, alone
from raglan.talk.simulating import Case, User, ambiguous, kinds_chinese, plain
from raglan.types import Clarify, Example, Query

TITLES = ["Open glaucoma", "Closed glaucoma", "Early glaucoma", "Gout"]
KINDS = {"What causes {} ?": ("causes",), "Is {} inherited ?": ("inheritance",), "How is {} treated ?": ("treatment",)}
DATA = Dataset(
    "made",
    tuple(
        Example(Query(form.format(title)), positives=(f"{title}-{at}",))
        for title in TITLES
        for at, form in enumerate(KINDS)
        if title != "Gout" or at == 0
    ),
    [alone(f"{title}-{at}", "text", title) for title in TITLES for at in range(3)],
)


def test_whole_questions_know_title_and_form():
    cases = plain(DATA)
    assert len(cases) == 10
    assert cases[0].title == "Open glaucoma"
    assert cases[0].form == "What causes {} ?"


def test_what_is_left_out_fits_three_passages():
    cases = plain(DATA)
    short = ambiguous(cases, cases)
    assert {one.lacks for one in short} == {"topic", "kind"}
    assert all(one.title != "Gout" for one in short)
    for one in short:
        if one.lacks == "topic":
            assert one.text == one.form.format("glaucoma")
        else:
            assert one.title in one.text
            assert one.text != one.question
    assert ambiguous(cases, cases) == short


def test_a_user_tells_the_truth_or_does_not_know():
    [case, *_] = [one for one in ambiguous(plain(DATA), plain(DATA)) if one.lacks == "topic"]
    which = Clarify("Which?", ("Other", case.title))
    assert User(KINDS, unsure=0.0).choice(case, which) == 1
    assert User(KINDS, unsure=0.0).choice(case, Clarify("Which?", ("Other", "Another"))) is None
    assert User(KINDS, unsure=1.0).choice(case, which) is None
    assert User(KINDS, unsure=0.0).choice(case, Clarify("What?", KINDS[case.form])) == 0


AIRPORTS = ["武夷山机场", "黄花机场", "白云机场", "南湖公园"]
CHINESE = Dataset(
    "chinese",
    tuple(
        Example(Query(form.format(title)), positives=(f"{title}-{at}",))
        for title in AIRPORTS
        for at, form in enumerate(("{}位于哪里？", "{}为什么有名？", f"{{}}的第{AIRPORTS.index(title)}任经理是谁？"))
    ),
    [alone(f"{title}-{at}", "text", title) for title in AIRPORTS for at in range(3)],
)


def test_a_chinese_title_is_cut_to_what_kind_of_thing_it_names():
    cases = plain(CHINESE)
    short = ambiguous(cases, cases, titles=AIRPORTS)
    topics = [one for one in short if one.lacks == "topic"]
    assert topics
    assert {one.title for one in topics} <= {"武夷山机场", "黄花机场", "白云机场"}
    for one in topics:
        assert one.text == one.form.format("机场")
    for one in short:
        if one.lacks == "kind":
            assert one.title in one.text
            assert "哪里" not in one.text
    # No other question has the form of a manager's: only the titles tell that any airport may be asked.
    alone_in_form = [one for one in cases if "任经理" in one.form]
    assert {one.lacks for one in ambiguous(alone_in_form, alone_in_form, titles=AIRPORTS)} == {"topic"}
    assert ambiguous(alone_in_form, alone_in_form) == []


def test_what_is_asked_in_chinese_says_which_choice_is_meant():
    cases = plain(CHINESE)[:3]
    kinds = kinds_chinese(cases)
    assert [kinds[one.form] for one in cases] == [("地点",), ("原因",), ("是什么",)]
    assert User(kinds, unsure=0.0).choice(cases[1], Clarify("?", ("地点", "原因"))) == 1
    assert User(kinds, unsure=0.0).choice(cases[2], Clarify("?", ("地点", "原因"))) is None
    assert kinds_chinese([Case("", "", frozenset(), "甲", "{}有多高？")]) == {"{}有多高？": ()}


def test_a_kind_is_missing_only_where_several_passages_tell_of_a_title():
    one_passage = [
        Case(text, text, frozenset(["p"]), "甲城", text.replace("甲城", "{}"))
        for text in ("甲城高吗", "甲城大吗", "甲城老吗")
    ]
    assert ambiguous(one_passage, one_passage) == []
