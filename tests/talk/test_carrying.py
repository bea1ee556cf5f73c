from raglan.talk.carrying import carried
from raglan.types import Hit
from tests.talk.samples import PASSAGES

A, B, C, D, _ = PASSAGES


def hits(*scores):
    return [Hit(passage, score, "learned") for passage, score in scores]


def test_old_evidence_comes_in_at_a_discount():
    made = carried(hits((A, 0.9), (B, 0.2)), hits((C, 0.8)), discount=0.5, k=3)
    assert [(hit.passage.id, hit.score, hit.by) for hit in made] == [
        (A.id, 0.9, "learned"), (C.id, 0.4, "before"), (B.id, 0.2, "learned"),
    ]  # fmt: skip


def test_exact_matches_stay_first_and_whole():
    exact = hits((A, 1.6), (B, 1.0))
    made = carried(exact, hits((C, 1.9), (A, 1.9)), discount=1.0, k=2)
    assert made == exact


def test_a_passage_of_both_keeps_the_better_score():
    made = carried(hits((A, 0.3)), hits((A, 0.9)), discount=0.5, k=3)
    assert [(hit.score, hit.by) for hit in made] == [(0.45, "learned+before")]
    assert carried(hits((A, 0.6)), hits((A, 0.9)), discount=0.5, k=3) == hits((A, 0.6))


def test_nothing_from_before_changes_nothing():
    now = hits((A, 0.9), (B, 0.2))
    assert carried(now, [], discount=0.5, k=8) == now
    assert carried([], hits((C, 0.8)), discount=0.5, k=8)[0].passage is C


def test_no_more_than_k():
    assert len(carried(hits((A, 0.9), (B, 0.2)), hits((C, 0.8), (D, 0.7)), discount=0.5, k=2)) == 2
