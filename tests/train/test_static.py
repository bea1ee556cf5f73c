"""Vectors of words: what they are trained on, and that they learn which words mean the same."""

import random
from itertools import count

import numpy as np
import pytest
import torch

from raglan.encode.static import grams
from raglan.train.static import Labelled, Settings, around, trained, vocabulary

torch.set_num_threads(1)
# A question asks in words that its passage never uses.
ASKED = [f"ask{n}ia" for n in range(40)]
SAID = [f"told{n}um" for n in range(40)]
QUICK = Settings(dim=16, apart=0, steps=60, batch=16, drawn=8, rate=0.05, dropped=0.1)


def toy(seed=0):
    chance = random.Random(seed)
    passages = {f"p{n}": f"{SAID[n]} and {chance.choice(('this', 'that', 'thus'))} here" for n in range(40)}
    return Labelled(1.0, passages, [(f"what of {ASKED[n]}", (f"p{n}",)) for n in range(40)])


def ranks(table, one):
    ids = {word: at for at, word in enumerate(table.words)}
    vectors = table.rows * table.scales[:, None]

    def vector(text):
        known = [ids[word] for word in grams(text) if word in ids]
        found = vectors[known].sum(axis=0)
        return found / (np.linalg.norm(found) + 1e-9)

    names = list(one.passages)
    passages = np.array([vector(text) for text in one.passages.values()])
    found = [(passages @ vector(text), names.index(right[0])) for text, right in one.questions]
    return [int((scores > scores[own]).sum()) for scores, own in found]


def words_of(one):
    return vocabulary([*one.passages.values(), *(text for text, _ in one.questions)], most=500, least=1)


def test_it_learns_which_words_mean_the_same():
    one = toy()
    before = ranks(trained(words_of(one), [], [one], settings=Settings(dim=16, apart=0, steps=0)), one)
    after = ranks(trained(words_of(one), [], [one], settings=QUICK), one)
    assert np.mean(np.array(before) == 0) < 0.3
    assert np.mean(np.array(after) == 0) > 0.9


def test_without_labels_it_learns_what_stands_together():
    pairs = [
        f"The {ASKED[n]} is a thing that stands here. The {SAID[n]} is the other thing that stands beside."
        for n in range(40)
    ]
    one = toy()
    settings = Settings(dim=16, apart=60, steps=0, batch=12, rate=0.05, dropped=0.1)
    found = ranks(trained(vocabulary([*pairs], most=500, least=1), pairs, [], settings=settings), one)
    assert np.mean(np.array(found) == 0) > 0.6


def test_the_same_seed_gives_the_same_vectors():
    one = toy()
    first, again, other = (trained(words_of(one), [], [one], settings=QUICK, seed=seed) for seed in (0, 0, 1))
    assert (first.rows == again.rows).all()
    assert (first.rows != other.rows).any()


def test_another_right_passage_says_nothing_of_a_question():
    # Both passages answer: with one of them as a negative of the other the loss could not fall.
    passages = {"a": "told0um one", "b": "told0um two"}
    one = Labelled(1.0, passages, [("what of ask0ia", ("a", "b"))] * 4)
    losses = []
    trained(words_of(one), [], [one], settings=QUICK, watch=lambda _, loss: losses.append(loss))
    assert losses[-1] < 0.05


def test_steps_are_told():
    steps = []
    trained(words_of(toy()), [], [toy()], settings=QUICK, watch=lambda step, loss: steps.append(step))
    assert steps == list(range(QUICK.steps))


def test_the_vocabulary_is_what_stands_in_enough_texts():
    assert vocabulary(["a1 b1 b1", "b1 c1", "c1 b1"], most=2, least=2) == {"b1": 3, "c1": 2}


def test_around_a_sentence_is_what_stands_beside_it():
    text = "First comes this one here. Then there is the second. At last the third one."
    seen = {pair for seed in range(20) if (pair := around(text, random.Random(seed), kept=0.0))}
    assert len(seen) == 3
    for sentence, rest in seen:
        assert sentence in text
        assert sentence not in rest
        assert rest
    assert around("Only one sentence stands here.", random.Random(0)) is None
    assert all(
        pair[0] in pair[1] for pair in (around(text, random.Random(seed), kept=1.0) for seed in range(5)) if pair
    )


@pytest.mark.parametrize("texts", [[], ["One sentence only, and no other."]])
def test_nothing_to_learn_from_leaves_vectors_as_they_began(texts):
    table = trained(
        {"word": 1}, texts, [], settings=Settings(dim=4, apart=3, steps=3), watch=lambda *_: pytest.fail("a step")
    )
    assert len(table.words) == 1


def test_the_toy_needs_no_luck():
    found = [
        np.mean(np.array(ranks(trained(words_of(one := toy(seed)), [], [one], settings=QUICK, seed=seed), one)) == 0)
        for seed, _ in zip(count(1), range(3))
    ]
    assert min(found) > 0.85
