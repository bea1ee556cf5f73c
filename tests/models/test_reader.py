"""The base install reads and writes as the reader does in torch, whatever the number of blocks and of threads."""

import numpy as np
import pytest
import torch

from raglan.errors import ModelError
from raglan.models.blocks import Block, Cutter, Source
from raglan.models.reader import ReaderGraph
from raglan.nn.graph import ranker_graph
from raglan.nn.reader import Reader
from raglan.nn.reader_graph import reader_graph
from raglan.nn.trunk import Trunk
from raglan.nn.weights import named_ranker, named_reader
from raglan.train.reading import sources
from tests.models.samples import SHAPE, ranker, tokenizer
from tests.nn.samples import lively
from tests.samples import ENGLISH

CUT = Cutter(tokenizer(), length=40, query_length=8, overlap=4)
GIVEN = [
    Source("Warranty", "battery and boiler"),
    Source("", " ".join(ENGLISH)),
    Source("Pump", "valve filter grinder"),
    Source("", ""),
]


def made(threads: int = 2) -> tuple[Reader, ReaderGraph]:
    model: Reader = lively(Reader(Trunk(SHAPE)))
    weights = {name: one.numpy() for name, one in named_reader(model).items()}
    return model, ReaderGraph(reader_graph(weights, SHAPE, packed=False), "here", threads=threads)


def cut(count: int) -> list[Block]:
    return CUT("kettle pressure?", GIVEN[:count])


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("count", [1, 4])
def test_it_reads_what_torch_reads(count: int, threads: int) -> None:
    model, graph = made(threads)
    blocks = cut(count)
    found, wanted = graph.read(blocks), model.read(sources([blocks]))
    ends = model.to_ends(wanted.states).detach().numpy()
    for at, block in enumerate(blocks):
        np.testing.assert_allclose(found.ends[at, : len(block.ids)], ends[at, : len(block.ids)], atol=1e-4)
    np.testing.assert_allclose(found.support, model.support(wanted)[0].detach().numpy(), atol=1e-4)
    assert not found.fed


@pytest.mark.parametrize("softened", [True, False])
@pytest.mark.parametrize("even", [True, False])
def test_it_writes_what_torch_writes(even: bool, softened: bool) -> None:
    model, graph = made()
    blocks = cut(3)
    weights = None if even else torch.softmax(torch.arange(len(blocks)).float(), 0)
    known = graph.read(blocks, writes=True)
    soft = torch.linspace(-1, 1, SHAPE.width) if softened else None
    writing = graph.begin(known, None if weights is None else weights.tolist(), None if soft is None else soft.numpy())
    ids = [CUT.begin, 7, 30, 12]
    wanted = model.write(
        model.read(sources([blocks])),
        torch.tensor([ids]),
        None if weights is None else weights[None],
        soft=None if soft is None else soft[None],
    )
    before = writing.fork()
    for at, token in enumerate(ids):
        said = graph.next(writing, token)
        np.testing.assert_allclose(said.chances, wanted.chances[0, at].detach().numpy(), atol=1e-4)
        assert said.own == pytest.approx(wanted.own[0, at].item(), abs=1e-4)
        assert said.copied.shape == known.place.shape
    assert said.chances.sum() == pytest.approx(1, abs=1e-4)
    again = graph.next(before, ids[0])
    np.testing.assert_allclose(again.chances, wanted.chances[0, 0].detach().numpy(), atol=1e-4)


@pytest.mark.parametrize("even", [True, False])
def test_texts_at_once_have_the_chances_that_they_have_token_by_token(even: bool) -> None:
    _, graph = made()
    blocks = cut(3)
    weights = None if even else [0.7, *([0.3 / (len(blocks) - 1)] * (len(blocks) - 1))]
    known = graph.read(blocks, writes=True)
    texts = [[7, 30, 12], [9], [], [5, 5, 5, 5, 5]]
    found = graph.logs(known, texts, (CUT.begin, CUT.end), weights)
    for text, log in zip(texts, found, strict=True):
        writing, logs = graph.begin(known, weights), []
        for token, said in zip([CUT.begin, *text], [*text, CUT.end], strict=True):
            logs.append(np.log(graph.next(writing, token).chances[said]))
        assert log == pytest.approx(np.mean(logs), abs=1e-3)
    assert graph.logs(known, [], (CUT.begin, CUT.end)) == []


def test_a_vector_of_another_size_is_refused() -> None:
    _, graph = made()
    with pytest.raises(ModelError, match="is given a vector of 7"):
        graph.begin(graph.read(cut(1), writes=True), soft=np.zeros(7, np.float32))


def test_copies_lead_to_the_tokens_of_their_blocks() -> None:
    model, graph = made()
    blocks = cut(3)
    known = graph.read(blocks, writes=True)
    said = graph.next(graph.begin(known), CUT.begin)
    wanted = model.write(model.read(given := sources([blocks])), torch.tensor([[CUT.begin]])).copied
    np.testing.assert_allclose(said.copied, wanted[0, 0][given.flat(given.mask)[0]].detach().numpy(), atol=1e-4)
    assert known.place.tolist() == [at for at, block in enumerate(blocks) for _ in block.ids]


def test_nothing_to_read() -> None:
    found = made()[1].read([])
    assert found.ends.shape == (0, 0, 2)
    assert not len(found.support)


def test_bytes_that_are_no_reader_are_refused() -> None:
    with pytest.raises(ModelError, match="here is no graph that ONNX Runtime can run"):
        ReaderGraph(b"no graph", "here")
    ranks = {name: one.numpy() for name, one in named_ranker(ranker()).items()}
    with pytest.raises(ModelError, match="here is a graph, and no reader's"):
        ReaderGraph(ranker_graph(ranks, SHAPE), "here")
