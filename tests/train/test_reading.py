"""A reader learns to point at what a question means, to write it, and to see that it is not there."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from raglan.errors import ConfigError
from raglan.generate.fusing import FUSIONS
from raglan.generate.pointing import pointed
from raglan.models.blocks import Cutter
from raglan.nn.attention import Attention
from raglan.nn.reader import Reader
from raglan.nn.trunk import Trunk
from raglan.train.fusing import Shares
from raglan.train.lessons import Lesson, gathered
from raglan.train.reading import ReadingLearning, Weighing, sources
from raglan.train.step import Descend, Descent, accelerator
from tests.train.toy import READS, WORDS, answered, primed, tokenizer, tokens
from tests.train.toy import tower as toy_tower

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


def weighing(*, tower: bool = False) -> Weighing:
    """Passages are the sums of what their words are; questions are drawn, or encoded by a tower that knows nothing yet."""
    chance = np.random.default_rng(0)
    word = {one: chance.normal(size=32) for one in WORDS}
    passages = {
        name: unit(np.stack([word[one] for one in given.text.split()]).sum(0)) for name, given in DATA.sources.items()
    }
    if tower:
        return Weighing(Attention(32), passages, tower=toy_tower(), tokens=tokens())
    return Weighing(Attention(32), passages, encode=lambda many: np.stack([unit(chance.normal(size=32)) for _ in many]))


def unit(vector: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.mark.parametrize("fusion", ["token", "sequence"])
def test_what_is_written_from_each_block_adds_up(fusion: str) -> None:
    one = learner(blocks=3, fusion=fusion)
    one.model.eval()
    rows = [(row, apart(row, random.Random(0))) for row in DATA.rows[:5]]
    batch = one.batch(rows)
    model, said = one.model.reader, batch.written[:, 1:]
    read = model.read(batch.sources)
    shares = model.support(read).softmax(1)
    each = torch.stack(
        [model.write(read.apart(), batch.written[:, :-1].repeat_interleave(batch.sources.blocks, 0)).chances]
    )[0].view(len(rows), batch.sources.blocks, -1, len(WORDS))
    chances = each.gather(3, said[:, None, :, None].expand(-1, batch.sources.blocks, -1, 1))[:, :, :, 0]
    wanted = []
    for at in range(len(rows)):
        count = int(batch.writes[at].sum())
        own = chances[at, :, :count]
        total = (shares[at] @ own.prod(1)).log() if fusion == "sequence" else (shares[at] @ own).log().sum()
        wanted.append(-total / count)
    torch.testing.assert_close(one.model(batch)[2], torch.stack(wanted).mean())


@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_fusion_teaches(fusion: str) -> None:
    by = weighing() if fusion in ("attention", "soft") else None
    one = learner(blocks=3, fusion=fusion, weighing=by)
    batch = one.batch([(row, apart(row, random.Random(0))) for row in DATA.rows[:6]])
    loss, report = one.objective(one.model, batch)
    loss.backward()
    assert loss.isfinite()
    assert min(report.values()) > 0
    for name, part in one.model.named_parameters():
        assert part.grad is None or part.grad.isfinite().all(), name
    if by is not None:
        assert by.attention.matrix.grad is not None
        assert by.attention.matrix.grad.abs().sum() > 0, "W_a learns from what is written"


def test_what_is_written_teaches_who_encodes_the_question() -> None:
    """Which passage is meant is told by nothing but the likelihood of the answer."""
    by = weighing(tower=True)
    one = learner(blocks=3, fusion="attention", weighing=by, shares=Shares(ends=0.0, support=0.0, write=1.0))
    rows = [row for row in DATA.rows if row.right]

    def trust() -> float:
        """The mean weight of the block that holds the answer."""
        one.model.eval()
        batch = one.batch([(row, apart(row, random.Random(at))) for at, row in enumerate(rows)])
        with torch.no_grad():
            assert batch.asked is not None
            assert batch.told is not None
            assert by.tower is not None
            found = by.attention(by.tower(batch.asked, batch.seen), batch.told, batch.holds >= 0)
        one.model.train()
        return float((found.weights * batch.holds).sum(1).mean())

    before = trust()
    step = Descend(one.model, one.objective, Descent(120, rate=4e-3), by=accelerator(cpu=True))
    chance = random.Random(0)
    for number in range(120):
        some = chance.sample(rows, 16)
        step(one.batch([(row, apart(row, chance)) for row in some], number))
    after = trust()
    print(before, after)
    assert before < 0.45
    assert after > before + 0.2


def test_fusions_and_vectors_go_together() -> None:
    with pytest.raises(ConfigError, match="'attention' weighs by vectors: it needs some"):
        learner(fusion="attention")
    with pytest.raises(ConfigError, match="'bias' weighs without some"):
        learner(fusion="bias", weighing=weighing())
    with pytest.raises(ConfigError, match="fusion is 'prayer'"):
        learner(fusion="prayer")
