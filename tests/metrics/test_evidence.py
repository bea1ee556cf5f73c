import random
import unicodedata

import pytest

from raglan.metrics.evidence import answer_rank, answer_recall
from raglan.metrics.metric import Run

from .samples import row, text


def tokens(line):
    """The tokenizer of DPR: runs of letters, numbers and accents, and every other mark by itself."""
    found = [""]
    for character in unicodedata.normalize("NFD", line.lower()):
        kind = unicodedata.category(character)[0]
        if kind in "LNM":
            found[-1] += character
        else:
            found += ["", ""] if kind in "ZC" else ["", character, ""]
    return [token for token in found if token]


def has_answer(golds, body):
    found = tokens(body)
    return any(
        found[i : i + len(wanted)] == wanted
        for wanted in map(tokens, golds)
        for i in range(len(found) - len(wanted) + 1)
        if wanted
    )


def test_it_is_the_count_of_dpr():
    rng = random.Random(12)
    found = []
    for _ in range(1000):
        golds = [text(rng, 3) for _ in range(rng.randint(1, 3))]
        texts = {f"p{n}": text(rng, 12) for n in range(4)}
        run = Run([row(*golds)], rankings=[list(texts)], texts=texts)
        wanted = [has_answer(golds, body) for body in texts.values()]
        for k in (1, 2, 4, 9):
            assert answer_recall(k).of(run) == float(any(wanted[:k]))
        found.append(sum(wanted))
    assert {0, 1, 2, 3, 4} <= set(found)


@pytest.mark.parametrize(
    ("gold", "body", "there"),
    [
        ("24 Months", "It lasts 24 months.", True),
        ("2", "It lasts 24 months.", False),
        ("两年", "保修期为两年，自购买之日起。", True),
        ("3", "共有3人", True),
        ("期为", "保修期，为两年", False),  # a mark between them parts them
        ("café", "A cafe\u0301 in Paris", True),
        ("cafe", "A café in Paris", False),
        ("", "anything", False),
    ],
)
def test_by_hand(gold, body, there):
    run = Run([row(gold)], rankings=[["p"]], texts={"p": body})
    assert answer_recall().of(run) == float(there)


def test_ranks_count_each_passage_once_and_one_without_text_holds_nothing():
    run = Run([row("x"), row("x"), row()], rankings=[["a", "a", "b"], ["c"], ["b"]], texts={"a": "y", "b": "an x"})
    assert answer_rank(run).tolist() == [2.0, float("inf"), float("inf")]
    assert answer_recall(1).of(run) == 0.0
    assert answer_recall().of(run) == 0.5
    assert answer_recall(1).rows(run).reasons == {"the row has no gold answer": 1}
