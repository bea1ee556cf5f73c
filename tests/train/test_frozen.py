import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from raglan.errors import ConfigError, ModelError
from raglan.train.batches import Batches
from raglan.train.contrastive import in_batch
from raglan.train.frozen import Frozen, Layers, freeze
from raglan.train.loop import run
from raglan.train.plan import Plan
from raglan.train.similarity import dot
from raglan.train.step import Descend, Descent

torch.set_num_threads(1)  # small sums: a second thread only waits

StatesOf = Callable[[Sequence[str]], tuple[Tensor, Tensor]]
DIM, BELOW = 16, 2
TEXTS = [f"{'word ' * (at % 5)}number {at} {'more ' * (at % 3)}" for at in range(40)]


def layer(dropout: float) -> nn.TransformerEncoderLayer:
    return nn.TransformerEncoderLayer(DIM, 2, 32, dropout, batch_first=True)


class Small(nn.Module):
    """Three layers of the interface of :class:`raglan.nn.trunk.Trunk`; counts the texts that it embeds."""

    def __init__(self, seed: int = 0, dropout: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.words = nn.Embedding(256, DIM)
        self.places = nn.Embedding(64, DIM)
        self.norm = nn.LayerNorm(DIM)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(layer(dropout) for _ in range(3))
        self.embedded = 0

    def embed(self, ids: Tensor, types: Tensor | None = None) -> Tensor:
        self.embedded += len(ids)
        states: Tensor = self.dropout(self.norm(self.words(ids) + self.places.weight[: ids.shape[1]]))
        return states

    def run(self, states: Tensor, mask: Tensor, *, first: int = 0, last: int | None = None) -> Tensor:
        looks = torch.zeros(mask.shape).masked_fill(~mask, -1e9)
        for one in list(self.layers)[first:last]:
            states = one(states, src_key_padding_mask=looks)
        return states

    def part(self, name: str) -> nn.Parameter:
        return dict(self.named_parameters())[name]


def tokenise(texts: Sequence[str], *, most: int = 40) -> SimpleNamespace:
    rows = [torch.tensor([7, *text.encode()])[:most] for text in texts]
    ids = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    mask = torch.arange(ids.shape[1]) < torch.tensor([len(row) for row in rows])[:, None]
    return SimpleNamespace(ids=ids, mask=mask)


def pooled(states: Tensor, mask: Tensor) -> Tensor:
    sums = (states * mask[:, :, None]).sum(dim=1)
    return functional.normalize(sums, dim=1)


def plainly(trunk: Layers, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """States after the frozen layers, computed at each use."""
    batch = tokenise(texts)
    with torch.no_grad():
        return trunk.run(trunk.embed(batch.ids), batch.mask, first=0, last=BELOW), batch.mask


def halves(trunk: Small, states_of: StatesOf, texts: list[str]) -> tuple[Tensor, dict[str, float]]:
    """An objective: to know a text by its half."""
    vectors = []
    for part in (texts, [text[: len(text) // 2] for text in texts]):
        states, mask = states_of(part)
        vectors.append(pooled(trunk.run(states, mask, first=BELOW), mask))
    return in_batch(dot(*vectors), temperature=0.2)


def trained(trunk: Small, states_of: StatesOf, steps: int = 25) -> Tensor:
    """The vectors of all texts after the upper layers were trained."""

    def objective(model: nn.Module, texts: list[str]) -> tuple[Tensor, dict[str, float]]:
        return halves(trunk, states_of, texts)

    run(Descend(trunk, objective, Descent(updates=steps, rate=1e-3)), Batches(TEXTS, 8, list), Plan(steps))
    return vectors(trunk)


def vectors(trunk: Small) -> Tensor:
    with torch.no_grad():
        states, mask = plainly(trunk, TEXTS)
        return pooled(trunk.run(states, mask, first=BELOW), mask)


def gradients(trunk: Small, states_of: StatesOf) -> dict[str, Tensor]:
    halves(trunk, states_of, TEXTS[:8])[0].backward()
    return {name: one.grad for name, one in trunk.named_parameters() if one.grad is not None}


def test_what_is_below_is_frozen_and_nothing_else() -> None:
    trunk = Small()
    trunk.part("layers.2.norm1.weight").requires_grad_(False)
    lower = freeze(trunk, BELOW)
    own = {name for name, _ in trunk.named_parameters() if not name.startswith("layers.2")}
    assert set(lower) == own
    learning = {name for name, one in trunk.named_parameters() if one.requires_grad}
    assert learning == {name for name, _ in trunk.named_parameters()} - own - {"layers.2.norm1.weight"}
    assert set(freeze(trunk, BELOW)) == own
    assert set(freeze(Small(), 0)) == {"words.weight", "places.weight", "norm.weight", "norm.bias"}


@pytest.mark.parametrize("on_disk", [True, False])
def test_training_is_that_of_plain_freezing(tmp_path: Path, on_disk: bool) -> None:
    """In float32 the same gradients and, trained, the same vectors; in float16 nearly; neither as at the beginning."""
    plain = Small()
    freeze(plain, BELOW)
    expected = gradients(plain, partial(plainly, plain))
    plain.zero_grad()
    begun, ended = vectors(plain), trained(plain, partial(plainly, plain))
    assert float((begun - ended).abs().max()) > 0.05
    for dtype, bound in (("float32", 1e-6), ("float16", 1e-3)):
        trunk = Small()
        with closing(
            Frozen(trunk, BELOW, tokenise, place=tmp_path / dtype if on_disk else None, dtype=dtype)
        ) as frozen:
            frozen.fill(TEXTS)
            found = gradients(trunk, frozen)
            trunk.zero_grad()
            assert list(found) == list(expected)
            assert all(torch.allclose(found[name], expected[name], atol=bound) for name in found)
            # Steps of Adam enlarge what rounding leaves.
            assert float((trained(trunk, frozen) - ended).abs().max()) < 10 * bound


def test_states_are_those_of_the_layers_whatever_the_batch() -> None:
    trunk = Small()
    frozen = Frozen(trunk, BELOW, tokenise, dtype="float32")
    frozen.fill(TEXTS[:20])
    for texts in (TEXTS[:3], TEXTS[15:25], TEXTS[38:40] + TEXTS[:1], [TEXTS[4]] * 2):
        states, mask = frozen(texts)
        expected, same = plainly(trunk, texts)
        assert torch.equal(mask, same)
        assert states.dtype == torch.float32
        assert torch.allclose(states[mask], expected[same], atol=1e-5)
        assert not states[~mask].any()


def test_each_text_is_computed_once() -> None:
    trunk = Small()
    frozen = Frozen(trunk, BELOW, tokenise)
    trunk.embedded = 0
    told: list[int] = []
    frozen.fill(TEXTS * 2, watch=told.append)
    assert trunk.embedded == len(TEXTS)
    assert told == [32, 64, 80]
    frozen(TEXTS)
    assert trunk.embedded == len(TEXTS)
    assert frozen([*TEXTS[:2], "new", "new"])[0].shape[0] == 4
    assert trunk.embedded == len(TEXTS) + 1


def test_frozen_layers_run_without_dropout_and_modes_are_put_back() -> None:
    trunk = Small(dropout=0.5)
    trunk.train()
    trunk.layers[2].eval()
    frozen = Frozen(trunk, BELOW, tokenise, dtype="float32")
    states, mask = frozen(TEXTS[:5])
    assert trunk.training
    assert trunk.layers[0].training
    assert not trunk.layers[2].training
    trunk.eval()
    expected, _ = plainly(trunk, TEXTS[:5])
    assert torch.allclose(states[mask], expected[mask], atol=1e-5)


def test_float16_is_close_and_takes_half(tmp_path: Path) -> None:
    found, sizes = [], []
    for dtype in ("float32", "float16"):
        frozen = Frozen(Small(), BELOW, tokenise, place=tmp_path / dtype, dtype=dtype)
        found.append(frozen(TEXTS)[0])
        frozen.close()
        sizes.append((tmp_path / dtype / "states.bin").stat().st_size)
    assert sizes[0] == 2 * sizes[1] == 4 * DIM * sum(len(tokenise([text]).ids[0]) for text in TEXTS)
    assert torch.allclose(found[0], found[1], rtol=2**-11, atol=1e-6)
    assert not torch.equal(found[0], found[1])


def opened(place: Path, trunk: Small | None = None, below: int = BELOW, most: int = 1 << 20) -> tuple[Frozen, Small]:
    trunk = trunk or Small()
    frozen = Frozen(trunk, below, tokenise, place=place, most=most)
    trunk.embedded = 0
    return frozen, trunk


def test_a_later_run_finds_what_an_earlier_one_stored(tmp_path: Path) -> None:
    first, trunk = opened(tmp_path)
    expected, _ = first(TEXTS[:30])
    first.close()
    # The upper layers went on learning meanwhile.
    with torch.no_grad():
        trunk.part("layers.2.linear1.weight").add_(1.0)
    second, trunk = opened(tmp_path, trunk)
    assert torch.equal(second(TEXTS[:30])[0], expected)
    assert trunk.embedded == 0
    second(TEXTS)
    assert trunk.embedded == 10
    second.close()


@pytest.mark.parametrize(
    ("file", "lost"), [("states.bin", 5), ("states.bin", 3000), ("index.bin", 1), ("index.bin", 70)]
)
def test_what_a_killed_run_tore_is_computed_again(tmp_path: Path, file: str, lost: int) -> None:
    first, _ = opened(tmp_path)
    expected, _ = first(TEXTS)
    first.close()
    path = tmp_path / file
    path.write_bytes(path.read_bytes()[:-lost])
    for again in (True, False):
        second, trunk = opened(tmp_path)
        assert torch.allclose(second(TEXTS)[0], expected, atol=2e-3)
        assert (0 < trunk.embedded < len(TEXTS)) if again else trunk.embedded == 0
        second.close()


def test_altered_bytes_are_computed_again(tmp_path: Path) -> None:
    first, _ = opened(tmp_path)
    expected, _ = first(TEXTS)
    first.close()
    data = bytearray((tmp_path / "states.bin").read_bytes())
    data[1000] ^= 0xFF
    (tmp_path / "states.bin").write_bytes(data)
    for count in (1, 0):
        second, trunk = opened(tmp_path)
        assert torch.allclose(second(TEXTS)[0], expected, atol=2e-3)
        assert trunk.embedded == count
        second.close()


def test_states_of_something_else_are_thrown_away(tmp_path: Path) -> None:
    def short(texts: Sequence[str]) -> SimpleNamespace:
        return tokenise(texts, most=10)

    first, _ = opened(tmp_path)
    first(TEXTS)
    first.close()
    for trunk, below, other in ((Small(seed=1), 2, tokenise), (Small(), 1, tokenise), (Small(), 2, short)):
        frozen = Frozen(trunk, below, other, place=tmp_path, dtype="float32")
        trunk.embedded = 0
        frozen(TEXTS)
        frozen.close()
        assert trunk.embedded == len(TEXTS)


def test_what_does_not_fit_is_computed_at_each_use(tmp_path: Path) -> None:
    for place in (tmp_path, None):
        trunk = Small()
        frozen = Frozen(trunk, BELOW, tokenise, place=place, most=4000)
        expected, _ = plainly(trunk, TEXTS)
        for _ in range(2):
            trunk.embedded = 0
            states, mask = frozen(TEXTS)
            assert torch.allclose(states[mask], expected[mask], atol=2e-3)
        assert 0 < trunk.embedded < len(TEXTS)
        frozen.close()
    assert 3000 < (tmp_path / "states.bin").stat().st_size <= 4000


def test_a_full_disk_stops_storing_not_training(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The system itself refuses to let the file grow."""
    resource = pytest.importorskip("resource")
    frozen, trunk = opened(tmp_path)
    frozen(TEXTS[:5])
    expected, _ = plainly(trunk, TEXTS)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with caplog.at_level(logging.WARNING):
            states, mask = frozen(TEXTS)
        frozen.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert torch.allclose(states[mask], expected[mask], atol=2e-3)
    assert "further states are computed at each use" in caplog.text
    frozen, trunk = opened(tmp_path)
    states, _ = frozen(TEXTS)
    assert torch.allclose(states[mask], expected[mask], atol=2e-3)
    assert 0 < trunk.embedded < len(TEXTS) - 5
    frozen.close()


def test_two_runs_do_not_write_into_one_place(tmp_path: Path) -> None:
    frozen, _ = opened(tmp_path)
    with pytest.raises(ConfigError, match="in use by another run: wait for it, or name another folder"):
        opened(tmp_path)
    frozen.close()
    opened(tmp_path)[0].close()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(
        ModelError, match=r"states cannot be kept in .*file/states .*; make room, or name another place"
    ):
        Frozen(Small(), 1, tokenise, place=tmp_path / "file" / "states")
    assert (tmp_path / "file").read_text() == "mine"


def test_what_float16_cannot_hold_is_told() -> None:
    trunk = Small()
    with torch.no_grad():
        trunk.part("layers.1.norm2.weight").fill_(1e5)
    with pytest.raises(ConfigError, match="too large for float16"):
        Frozen(trunk, BELOW, tokenise)(TEXTS[:2])
    assert Frozen(trunk, BELOW, tokenise, dtype="float32")(TEXTS[:2])[0].abs().max() > 66_000
    with pytest.raises(ConfigError, match="not 'int8'"):
        Frozen(trunk, BELOW, tokenise, dtype="int8")


def test_no_texts_and_texts_of_nothing(tmp_path: Path) -> None:
    frozen, _ = opened(tmp_path)
    states, mask = frozen(["", TEXTS[0]])
    assert states.shape == (*mask.shape, DIM)
    assert mask[0].sum() == 1
    frozen.close()
