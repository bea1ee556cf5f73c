import random
from functools import partial

import pytest

from raglan.metrics.citations import backed, citation_precision, citation_recall, support, support_precision
from raglan.metrics.metric import Run
from raglan.metrics.value import Undefined
from raglan.types import Answer

from .samples import cite, row

SAID = "It is red. It is big. It is old."
STARTS = (0, 11, 22)


def alce(cited, supports):
    """Recall and precision as the script of ALCE counts them: for each sentence, the list of what it cites."""
    entailed = precise = citations = 0
    for number, names in enumerate(cited):
        joint = int(bool(names) and supports(number, names))
        entailed += joint
        citations += len(names)
        if joint and len(names) > 1:
            for name in names:
                others = [other for other in names if other != name]
                if supports(number, [name]) or not supports(number, others):
                    precise += 1
        else:
            precise += joint
    return entailed / len(cited), precise / citations if citations else 0.0


def proved(proofs, number, names):
    return any(proof <= set(names) for proof in proofs[number])


def test_it_is_the_script_of_alce():
    rng = random.Random(13)
    seen = set()
    for _ in range(1000):
        cited = [rng.sample("abcd", rng.randint(0, 4)) for _ in STARTS]
        # A sentence is supported by any of some sets of passages, so that single ones and pairs both occur.
        proofs = [[set(rng.sample("abcd", rng.randint(1, 3))) for _ in range(rng.randint(0, 3))] for _ in STARTS]
        spans = [(start, start + 10, name) for start, names in zip(STARTS, cited, strict=True) for name in names]
        rng.shuffle(spans)
        answer = cite(SAID, *spans)
        wanted = alce(cited, partial(proved, proofs))

        def supports(claim, passages, proofs=proofs):
            return proved(proofs, STARTS.index(SAID.index(claim)), [passage.id for passage in passages])

        found = backed(answer, supports)
        assert (found.recall, found.precision) == pytest.approx(wanted, abs=1e-9)
        run = Run([row("red")], answers=[answer])
        assert support(supports).of(run) == pytest.approx(wanted[0], abs=1e-9)
        assert support_precision(supports).of(run) == pytest.approx(wanted[1], abs=1e-9)
        seen.add(wanted)
    assert len(seen) > 20


@pytest.mark.parametrize(
    ("answer", "precision", "recall"),
    [
        (cite(SAID, (0, 10, "p"), (11, 21, "p"), (22, 32, "p")), 1.0, 1.0),
        (cite(SAID, (0, 10, "p"), (0, 10, "x")), 0.5, 1 / 3),
        (cite(SAID, (0, 10, "x")), 0.0, 0.0),
        (cite(SAID), 0.0, 0.0),
        (cite(SAID, (0, 4, "p"), (5, 10, "p")), 1.0, 1 / 3),  # quoted twice for one sentence: cited once
        (cite(SAID, (0, 32, "p")), 1.0, 1.0),  # for all of it
        (cite(SAID, (10, 10, "p")), 1.0, 1 / 3),  # a mark behind the sentence
    ],
)
def test_positives_decide_without_a_judge(answer, precision, recall):
    run = Run([row("red", positives=("p",))], answers=[answer])
    assert citation_precision().of(run) == pytest.approx(precision)
    assert citation_recall().of(run) == pytest.approx(recall)


def test_a_positive_may_be_named_by_its_document():
    answer = Answer("Red.", cite("Red.", (0, 4, "p")).citations)
    whole = row("red", positives=("leaflet",))
    [citation] = answer.citations
    part = type(citation.passage)("leaflet:3", "", "leaflet", citation.passage.span)
    inside = Answer("Red.", (type(citation)(citation.span, part, citation.quote),))
    assert citation_recall().of(Run([whole], answers=[answer])) == 0.0
    assert citation_recall().of(Run([whole], answers=[inside])) == 1.0


def test_chinese_is_cut_into_its_sentences():
    said = "保修期为两年。电池除外。"
    run = Run([row("两年")], answers=[cite(said, (0, 7, "p"))])
    assert citation_recall().of(run) == 0.5


def test_who_says_nothing_cites_nothing_and_a_row_without_labels_tells_nothing():
    assert citation_recall().of(Run([row("red")], answers=[Answer("")])) == Undefined(
        "the answer abstains: nothing is said that could be cited"
    )
    assert citation_precision().of(Run([row("red", positives=())], answers=[cite(SAID)])) == Undefined(
        "no passage is known to support an answer to this row"
    )
