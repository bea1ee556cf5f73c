"""A reader learns to point at what a question means, to write it, and to see that it is not there."""

import random
from dataclasses import replace

import pytest
import torch

from raglan.generate.pointing import pointed
from raglan.models.blocks import Cutter
from raglan.nn.reader import Reader
from raglan.nn.trunk import Trunk
from raglan.train.lessons import Lesson, gathered
from raglan.train.reading import ReadingLearning, Shares, sources
from raglan.train.step import Descend, Descent, accelerator
from tests.train.toy import READS, WORDS, answered, primed, tokenizer

torch.set_num_threads(1)

CUT = Cutter(tokenizer(), length=20, query_length=4, overlap=2)


def reader(seed: int = 0) -> Reader:
    return Reader(primed(Trunk(READS, seed=seed)), seed=seed)


DATA = gathered([answered()])


def learner(**more) -> ReadingLearning:
    return ReadingLearning(reader(), CUT, DATA.sources, **more)


def learn(one: ReadingLearning, steps: int, *, rate: float = 4e-3) -> None:
    step = Descend(one.model, one.objective, Descent(steps, rate=rate), by=accelerator(cpu=True))
    chance = random.Random(0)
    for number in range(steps):
        rows = chance.sample(DATA.rows, 16)
        # No other source may hold the answer: wrong ones are drawn among those without it.
        step(one.batch([(row, apart(row, chance)) for row in rows], number))
    one.model.eval()


def apart(row: Lesson, chance: random.Random) -> list[str]:
    code = row.question.replace("q", "p")
    return [name for name in chance.sample(list(DATA.sources), 20) if code not in DATA.sources[name].text.split()][:2]


def right(one: ReadingLearning, *, blocks: int) -> tuple[float, float, float]:
    """The shares of answers that are pointed at, that are written, and of questions seen to have none."""
    counts = [0.0, 0.0, 0.0]
    chance = random.Random(1)
    answerable = [row for row in DATA.rows if row.right]
    without = [row for row in DATA.rows if not row.right]
    made = one.model.reader
    with torch.no_grad():
        for row in [*answerable, *without]:
            names = [*(row.right or row.wrong[:1]), *apart(row, chance)][:blocks]
            cut = CUT(row.question, [DATA.sources[name] for name in names])
            known = made.read(sources([cut]))
            start, end = (logs.view(len(cut), -1).numpy() for logs in made.ends(known))
            found, nothing = pointed(start, end, cut)
            if not row.right:
                counts[2] += nothing > found[0].chance
                continue
            said = DATA.sources[names[found[0].source]].text[found[0].span.start : found[0].span.end]
            counts[0] += said == row.answers[0]
            weights = made.support(known).softmax(1)
            word = made.write(known, torch.tensor([[CUT.begin]]), weights).chances.argmax()
            counts[1] += WORDS[int(word)] == row.answers[0]
    return counts[0] / len(answerable), counts[1] / len(answerable), counts[2] / len(without)


@pytest.mark.parametrize("blocks", [1, 3])
def test_it_learns_to_point_to_write_and_to_be_silent(blocks: int) -> None:
    one = learner(blocks=blocks)
    before = right(one, blocks=blocks)
    learn(one, 150)
    after = right(one, blocks=blocks)
    print(before, after)
    assert max(before[:2]) < 0.4
    assert min(after) > 0.8


def test_a_sentence_is_not_pointed_at() -> None:
    one = learner(shares=Shares(ends=1.0, support=0.0, write=0.0))
    rows = [replace(row, long=True) for row in DATA.rows if row.right][:4]
    loss, report = one.objective(one.model, one.batch([(row, ()) for row in rows]))
    assert loss.item() == report["ends"] == 0
    loss.backward()
    assert all(part.grad is None or not part.grad.any() for part in one.model.parameters())
    mixed = one.batch([(rows[0], ()), (DATA.rows[4], ()), (DATA.rows[5], ())])
    short = one.batch([(DATA.rows[4], ()), (DATA.rows[5], ())])
    one.model.eval()
    assert one.objective(one.model, mixed)[0].item() == pytest.approx(
        one.objective(one.model, short)[0].item(), rel=1e-5
    )
