"""A writer of its own: sources are read as without it, and torch and ONNX write the same, from weights that both share."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from raglan.errors import ModelError
from raglan.generate.opened import opened
from raglan.models.blocks import Cutter, Source
from raglan.models.graph import opened as session
from raglan.models.reader import ReaderGraph
from raglan.nn.reader import Reader, Written
from raglan.nn.reader_graph import reader_graph
from raglan.nn.sharing import load, save
from raglan.nn.weights import load_reader, named_reader, named_writer
from raglan.nn.writer import Writer
from raglan.nn.writing_graph import writing_graph
from raglan.train.fusing import at_rest
from raglan.train.reading import sources
from tests.models.samples import CARD, READING, SHAPE, tokenizer, trunk
from tests.nn.samples import lively
from tests.samples import ENGLISH

CUT = Cutter.of(tokenizer(), READING)
IDS = [CUT.begin, *CUT.pieces("battery and"), 7]
BLOCKS = CUT("kettle pressure?", [Source("Warranty", "battery and boiler"), Source("", " ".join(ENGLISH))])


def plain() -> Reader:
    made: Reader = lively(Reader(trunk()))
    return made


def with_writer() -> Reader:
    made = plain()
    made.writer = lively(Writer.beside(made, rank=3, seed=1))
    return made


def test_what_is_read_does_not_hang_on_it() -> None:
    given = sources([BLOCKS])
    one, other = plain().read(given), with_writer().read(given)
    assert torch.equal(one.states, other.states)


def test_it_begins_where_the_reader_is() -> None:
    reader = plain()
    said = torch.tensor([[CUT.begin, 7, 30]])
    before = reader.write(reader.read(sources([BLOCKS])), said)
    reader.writer = Writer.beside(reader, rank=3)
    with torch.no_grad():
        for part in (reader.writer.to_pull, reader.writer.to_follow):
            for one in part.parameters():
                one.zero_()
    after = reader.write(reader.read(sources([BLOCKS])), said)
    torch.testing.assert_close(before.chances, after.chances)


def test_what_follows_what_was_written_is_pulled() -> None:
    writer = Writer(SHAPE, rank=3)
    with torch.no_grad():
        writer.to_ends.weight.zero_()
        writer.to_follow.weight.zero_()
        writer.to_follow.bias.fill_(2.0)
        writer.to_ends.bias.zero_()
    states = torch.randn(1, 2, SHAPE.width)
    found = writer.hints(states, torch.randn(1, 4, SHAPE.width), torch.tensor([[9, 5]]), torch.tensor([[5, 9, 5, 6]]))
    assert found.tolist() == [[[0, 0, 2, 0], [0, 2, 0, 2]]]


def test_gradients_reach_all_of_it_and_nothing_of_the_trunk() -> None:
    reader = with_writer()
    assert reader.writer is not None
    for name, one in reader.named_parameters():
        one.requires_grad_(name.startswith("writer."))
    said = torch.tensor([[CUT.begin, 7, 30]])
    reader.logs(
        reader.read(sources([BLOCKS])), said[:, :-1], said[:, 1:], torch.ones(1, 2, dtype=torch.bool)
    ).sum().backward()
    for name, one in reader.writer.named_parameters():
        assert one.grad is not None, name
        assert one.grad.abs().sum() > 0, name


def test_at_rest_it_reads_the_same() -> None:
    reader, given = with_writer(), sources([BLOCKS, BLOCKS[:1]])
    assert given.mask.sum(1).unique().numel() > 1
    one, other = reader.read(given), at_rest(reader, given, parts=2)
    torch.testing.assert_close(one.states[given.mask], other.states[given.mask])
    said = torch.tensor([IDS, IDS])
    torch.testing.assert_close(reader.write(one, said).chances, reader.write(other, said).chances)
    alone = reader.write(other.rows(torch.tensor([1])), said[:1])
    torch.testing.assert_close(reader.write(one, said).chances[1:], alone.chances)


def written(reader: Reader, weights: list[float] | None) -> Written:
    with torch.no_grad():
        known = reader.read(sources([BLOCKS]))
        return reader.write(known, torch.tensor([IDS]), None if weights is None else torch.tensor([weights]))


def compared(graph: ReaderGraph, wanted: Written, weights: list[float] | None, close: float) -> None:
    """Token by token, as far as sources are not padding."""
    writing = graph.begin(graph.read(BLOCKS, writes=True), weights)
    given = sources([BLOCKS])
    there = given.flat(given.mask)[0]
    for at, token in enumerate(IDS):
        said = graph.next(writing, token)
        np.testing.assert_allclose(said.copied, wanted.copied[0, at][there].numpy(), atol=close)
        np.testing.assert_allclose(said.chances, wanted.chances[0, at].numpy(), atol=close)
        assert said.own == pytest.approx(wanted.own[0, at].item(), abs=close)


@pytest.mark.parametrize("weights", [None, [0.7, 0.3]])
def test_the_base_install_writes_the_same(tmp_path: Path, weights: list[float] | None) -> None:
    reader = with_writer()
    assert reader.writer is not None
    own, its = (
        {name: one.numpy() for name, one in found.items()}
        for found in (named_reader(reader), named_writer(reader.writer))
    )
    model = reader_graph(own, SHAPE, packed=False)
    (tmp_path / "model.onnx").write_bytes(model)
    file = tmp_path / "writing.onnx"
    file.write_bytes(writing_graph(own, its, SHAPE, packed=False, beside=("model.onnx", model)))
    assert file.stat().st_size < len(model) / 2, "what both have stands in one of them"
    graph = ReaderGraph(model, "here", writing=lambda: session(str(file), file))
    compared(graph, written(reader, weights), weights, 1e-4)


def test_a_folder_keeps_it(tmp_path: Path) -> None:
    reader = with_writer()
    save(reader, tokenizer(), tmp_path / "one", CARD, READING)
    again = load(tmp_path / "one")
    assert isinstance(again, Reader)
    assert torch.equal(written(again, None).chances, written(reader, None).chances)
    whole = opened(tmp_path / "one")
    assert whole.writes
    compared(whole.graph, written(reader, None), None, 0.15)  # in int8
    save(plain(), tokenizer(), tmp_path / "other", CARD, READING)
    assert (tmp_path / "one" / "model.onnx").read_bytes() == (tmp_path / "other" / "model.onnx").read_bytes()
    assert not opened(tmp_path / "other").writes


def test_weights_of_another_size_are_refused(tmp_path: Path) -> None:
    save(with_writer(), tokenizer(), tmp_path / "one", CARD, READING)
    file = tmp_path / "one" / "writing.safetensors"
    tensors = load_file(file)
    save_file({**tensors, "word_bias": tensors["word_bias"][:-1].clone()}, file)
    with pytest.raises(ModelError, match="word_bias is"):
        load_reader(tmp_path / "one")
