"""Sources in, ends of answers and written words out: laws of fusion that hold for any weights."""

import pytest
import torch
from torch import Tensor

from raglan.nn.reader import Reader, Sources
from tests.nn.samples import SHAPE, lively, slope, texts, tiny

BLOCKS, WRITTEN = 3, torch.tensor([[2, 7, 9, 30], [2, 11, 5, 5]])


def reader(seed: int = 0) -> Reader:
    made: Reader = lively(Reader(tiny(seed), seed=seed), seed)
    return made


def sources(blocks: int = BLOCKS, seed: int = 0) -> Sources:
    """Two questions, with texts of different lengths; a question, its end, then the text."""
    lengths = (9, 4, 6, 8, 5, 3)[: 2 * blocks]
    ids, mask, types = texts(seed, lengths)
    return Sources(ids, mask, types, mask & (torch.arange(ids.shape[1]) > 2), blocks)


def ordered(given: Sources, order: list[int]) -> Sources:
    """The blocks of each question in another order, or fewer of them."""
    rows = torch.cat([start + torch.tensor(order) for start in range(0, len(given.ids), given.blocks)])
    return Sources(given.ids[rows], given.mask[rows], given.types[rows], given.text[rows], len(order))


def filled(given: Sources) -> Sources:
    """The same with a block of nothing but padding, of wild ids, and two more places of padding in each block."""

    def more(tensor: Tensor, value: int) -> Tensor:
        wide = torch.nn.functional.pad(tensor, (0, 2), value=value).view(-1, given.blocks, tensor.shape[1] + 2)
        blank = torch.full_like(wide[:, :1], value)
        return torch.cat([wide, blank], dim=1).flatten(0, 1)

    return Sources(more(given.ids, 7), more(given.mask, 0), more(given.types, 1), more(given.text, 0), given.blocks + 1)


def test_chances_sum_to_one() -> None:
    model, given = reader(), sources()
    found = model.write(model.read(given), WRITTEN, torch.tensor([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]))
    for chances in (found.chances, found.copied):
        torch.testing.assert_close(chances.sum(2), torch.ones(2, 4))
        assert (chances >= 0).all()
    assert found.chances.shape == (2, 4, SHAPE.vocab)
    assert not found.copied.masked_select(~given.flat(given.mask)[:, None]).any(), "padding is never copied"
    for ends in model.ends(model.read(given)):
        torch.testing.assert_close(ends.exp().sum(1), torch.ones(2))


def test_the_likelihood_of_an_answer_is_that_of_its_words() -> None:
    model, given = reader(), sources()
    weights = torch.tensor([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]])
    read, said = model.read(given), WRITTEN.roll(-1, 1)
    where = torch.tensor([[True, True, True, False], [False, True, False, False]])
    for some in (weights, None):
        whole = model.write(read, WRITTEN, some).chances.gather(2, said[:, :, None])[:, :, 0][where].log()
        torch.testing.assert_close(model.logs(read, WRITTEN, said, where, some), whole)


def test_an_answer_stands_in_a_text_or_nowhere() -> None:
    model, given = reader(), sources()
    start, end = model.ends(model.read(given))
    allowed = given.text.clone()
    allowed[:, 0] = True
    for ends in (start, end):
        assert torch.equal(ends.isfinite(), given.flat(allowed))


@pytest.mark.parametrize("weights", [None, torch.tensor([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])])
def test_written_token_by_token_it_is_what_it_is_at_once(weights: Tensor | None) -> None:
    model, known = reader(), reader().read(sources())
    soft = torch.randn(2, SHAPE.width, generator=torch.Generator().manual_seed(1))
    whole = model.write(known, WRITTEN, weights, soft=soft)
    cache = known.cache.fork()
    for at in range(4):
        one = model.write(known, WRITTEN[:, at : at + 1], weights, soft=soft, cache=cache)
        torch.testing.assert_close(one.chances[:, 0], whole.chances[:, at])
        torch.testing.assert_close(one.copied[:, 0], whole.copied[:, at])
    assert known.cache.held() == BLOCKS * 9, "what was read stays as it is"


def test_what_comes_later_does_not_change_what_came_before() -> None:
    model, known = reader(), reader().read(sources())
    changed = WRITTEN.clone()
    changed[:, 2:] = 1
    before, after = (model.write(known, ids).chances for ids in (WRITTEN, changed))
    torch.testing.assert_close(before[:, :2], after[:, :2])
    assert not torch.allclose(before[:, 2:], after[:, 2:])


def test_the_order_of_blocks_does_not_matter() -> None:
    model, weights = reader(), torch.tensor([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
    known, turned = model.read(sources()), model.read(ordered(sources(), [2, 0, 1]))
    torch.testing.assert_close(
        model.write(known, WRITTEN, weights).chances, model.write(turned, WRITTEN, weights[:, [2, 0, 1]]).chances
    )
    torch.testing.assert_close(model.support(known)[:, [2, 0, 1]], model.support(turned))
    for one, other in zip(model.ends(known), model.ends(turned), strict=True):
        torch.testing.assert_close(one.view(2, 3, -1)[:, [2, 0, 1]], other.view(2, 3, -1))


def test_padding_changes_nothing() -> None:
    model, given = reader(), sources()
    known, more = model.read(given), model.read(filled(given))
    torch.testing.assert_close(model.write(known, WRITTEN).chances, model.write(more, WRITTEN).chances)
    even = torch.full((2, 3), 1 / 3)
    torch.testing.assert_close(
        model.write(known, WRITTEN, even).chances,
        model.write(more, WRITTEN, torch.nn.functional.pad(even, (0, 1))).chances,
    )
    torch.testing.assert_close(model.support(known), model.support(more)[:, :3])
    assert model.support(more)[:, 3].isneginf().all()
    for one, other in zip(model.ends(known), model.ends(more), strict=True):
        torch.testing.assert_close(one.view(2, 3, -1), other.view(2, 4, -1)[:, :3, :-2])


def test_all_weight_on_one_block_is_that_block_alone() -> None:
    model, given = reader(), sources()
    one = torch.tensor([[0.0, 1.0, 0.0]] * 2)
    with torch.no_grad():
        model.strength.fill_(4.0)
    alone = model.write(model.read(ordered(given, [1])), WRITTEN, torch.ones(2, 1))
    among = model.write(model.read(given), WRITTEN, one)
    torch.testing.assert_close(among.chances, alone.chances)
    assert torch.allclose(among.own, alone.own)


def test_the_likelihood_of_what_is_written_trains_the_weights() -> None:
    model, logits = reader(), torch.zeros(2, 3, requires_grad=True)
    found = model.write(model.read(sources()), WRITTEN[:, :-1], logits.softmax(1)).chances
    found.gather(2, WRITTEN[:, 1:, None]).log().sum().backward()
    assert slope(logits).abs().min() > 0
    assert slope(model.strength).abs() > 0
