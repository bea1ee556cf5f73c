"""Users who say too little."""

from raglan.datasets.dataset import Dataset, alone
from raglan.talk.simulating import User, ambiguous, plain
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
