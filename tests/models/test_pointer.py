"""The network without torch: the same numbers as with it, and clear words where a file is none of it."""

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from raglan.errors import ModelError
from raglan.models.aligned import Units, aligned, units
from raglan.models.pointer import MOST, Pointer, Table, packed
from raglan.nn.pointer import PointerNetwork, Seen, side_by_side
from tests.models.samples import pointer_table

TEXTS = ["保修期是两年，从送货那天算起。", "两年。", "机器每三个月要除垢一次，用DC-1。过滤器半年一换。"]


@pytest.fixture(scope="module")
def table() -> Table:
    return pointer_table()


@pytest.fixture(scope="module")
def network(table: Table) -> PointerNetwork:
    made = PointerNetwork(torch.from_numpy(table.rows), width=16, seed=3).eval()
    torch.nn.init.normal_(made.own.weight, std=0.5, generator=torch.Generator().manual_seed(1))
    torch.nn.init.normal_(made.lengths, generator=torch.Generator().manual_seed(2))
    # As the file holds them: halves, and the table of units in bytes.
    state = {name: one.half().float() for name, one in made.state_dict().items()}
    scales = made.own.weight.abs().max(dim=1).values[:, None] / 127 + 1e-8
    made.load_state_dict({**state, "own.weight": (made.own.weight / scales).round() * scales})
    return made


def file_of(network: PointerNetwork) -> bytes:
    return packed({name: one.numpy() for name, one in network.state_dict().items()})


def seen(table: Table, many: list[Units]) -> Seen:
    return Seen.of([torch.from_numpy(one.rows) for one in many], [torch.from_numpy(table.of(one)) for one in many])


def test_the_same_numbers_as_torch_gives_in_a_batch(network: PointerNetwork, table: Table) -> None:
    questions = [units("保修期是多久？"), units("多久除垢一次，要用什么清洁产品？")]
    texts = [[units(TEXTS[0]), units(TEXTS[1])], [units(TEXTS[2])]]
    flat = [(at, text) for at, own in enumerate(texts) for text in own]
    stood = [aligned(questions[at], text) for at, text in flat]
    features = pad_sequence([torch.from_numpy(one.features) for one in stood], batch_first=True)
    levels = side_by_side([torch.from_numpy(one.levels) for one in stood])
    whose = torch.tensor([at for at, _ in flat])
    with torch.inference_mode():
        both = seen(table, questions), seen(table, [text for _, text in flat])
        spans, nothing = network(*both, features, levels, whose)
    pointer, row = Pointer(file_of(network), "file", table), 0
    for question, own in zip(questions, texts, strict=True):
        for text, found in zip(own, pointer.read(question, own), strict=True):
            n = len(text.names)
            there = np.isfinite(found.spans)
            assert found.spans.shape == (n, MOST)
            assert np.array_equal(there, np.arange(MOST) < np.arange(n, 0, -1)[:, None])
            assert np.abs(found.spans[there] - spans[row, :n].numpy()[there]).max() < 1e-4
            assert not np.isfinite(spans[row, :n].numpy()[~there]).any()
            assert found.nothing == pytest.approx(float(nothing[row]), abs=1e-4)
            row += 1


@pytest.mark.parametrize("data", [b"", b"no file", b"PK\x03\x04 nothing"])
def test_a_file_that_is_none(data: bytes, table: Table) -> None:
    with pytest.raises(ModelError, match=r"there\.npz holds no pointer"):
        Pointer(data, "there.npz", table)


def test_other_vectors_of_words_are_refused(network: PointerNetwork, table: Table) -> None:
    with pytest.raises(ModelError, match="other vectors of words"):
        Pointer(file_of(network), "file", table._replace(rows=table.rows[:, :4]))


def test_weights_that_are_not_finite_are_refused(network: PointerNetwork, table: Table) -> None:
    weights = {name: one.numpy() for name, one in network.state_dict().items()}
    broken = packed({**weights, "lengths": np.full(MOST, np.nan, np.float32)})
    with pytest.raises(ModelError, match="damaged"):
        Pointer(broken, "file", table)
