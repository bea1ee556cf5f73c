"""A reader without torch says what it says with torch, reading and writing."""

from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from raglan.errors import ModelError
from raglan.nn.reader import Reader
from raglan.nn.reader_graph import reader_graph
from raglan.nn.weights import named_reader
from tests.nn.samples import SHAPE, lively, tiny
from tests.nn.test_reader import BLOCKS, WRITTEN, sources

Arrays = dict[str, NDArray[Any]]
HEAD = SHAPE.width // SHAPE.heads
FAR = np.float32(-1e9)


def reader() -> Reader:
    made: Reader = lively(Reader(tiny()))
    return made


def opened(model: Reader, *, packed: bool = False) -> onnxruntime.InferenceSession:
    weights = {name: one.numpy() for name, one in named_reader(model).items()}
    return onnxruntime.InferenceSession(reader_graph(weights, SHAPE, packed=packed), providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, wanted: list[str], given: Arrays) -> Arrays:
    usual = {"soft": np.zeros((len(given["ids"]), 1, SHAPE.width), np.float32), "written": np.zeros(1, np.int64)}
    return dict(zip(wanted, session.run(wanted, {**usual, **given}), strict=True))


def nothing(rows: int) -> Arrays:
    """One token of sources that nobody looks at, and nothing written."""
    made: Arrays = {
        "states": np.zeros((rows, 1, SHAPE.width), np.float32),
        "names": np.zeros((rows, 1), np.int64),
        "looks": np.zeros((rows, 1), np.float32),
    }
    for at in range(SHAPE.layers):
        made[f"sources.keys.{at}"] = np.zeros((rows, SHAPE.heads, HEAD, 1), np.float32)
        made[f"sources.values.{at}"] = np.zeros((rows, SHAPE.heads, 1, HEAD), np.float32)
        for what in ("keys", "values"):
            made[f"past.{what}.{at}"] = np.zeros((rows, SHAPE.heads, 0, HEAD), np.float32)
    return made


def read(session: onnxruntime.InferenceSession) -> Arrays:
    given = sources()
    rows, t = given.ids.shape
    seen = np.where(given.mask.numpy(), np.float32(0), FAR)
    fed = {
        **nothing(rows),
        "ids": given.ids.numpy(),
        "types": given.types.numpy(),
        "positions": np.broadcast_to(np.arange(t), (rows, t)),
        "bias": np.concatenate([np.full((rows, 1), FAR), seen], axis=1)[:, None, None],
    }
    names = [f"{what}.{at}" for at in range(SHAPE.layers) for what in ("keys", "values")]
    found = run(session, ["ends", "support", "read", "chances", *names], {**fed, "written": np.array([t], np.int64)})
    assert found.pop("chances").shape == (rows, 0, SHAPE.vocab), "who reads pays for no words"
    return found


def joined(array: NDArray[Any]) -> NDArray[Any]:
    """[b * n, h, t, e] -> [b, h, n * t, e]."""
    rows, h, t, e = array.shape
    return array.reshape(rows // BLOCKS, BLOCKS, h, t, e).transpose(0, 2, 1, 3, 4).reshape(-1, h, BLOCKS * t, e)


def test_reading_is_the_same() -> None:
    model, given = reader(), sources()
    known = model.read(given)
    found = read(opened(model))
    there = given.mask.numpy()
    np.testing.assert_allclose(found["read"][there], known.states.detach().numpy()[there], atol=1e-5)
    torch.testing.assert_close(
        torch.from_numpy(found["support"]).view(2, 3), model.support(known), atol=1e-5, rtol=1e-5
    )
    ends = model.to_ends(known.states).detach().numpy()
    np.testing.assert_allclose(found["ends"][there], ends[there], atol=1e-5)


@pytest.mark.parametrize("packed", [False, True])
def test_writing_is_the_same_token_by_token(packed: bool) -> None:
    model, given = reader(), sources()
    session = opened(model, packed=packed)
    weights = torch.tensor([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
    known = model.read(given)
    wanted = model.write(known, WRITTEN, weights)
    there, found = given.flat(given.mask).numpy(), read(session)
    looks = np.where(there, model.strength.item() * np.log(np.repeat(weights.numpy(), 9, axis=1)), FAR).astype(
        np.float32
    )
    fed: Arrays = {
        "states": found["read"].reshape(2, -1, SHAPE.width),
        "names": given.flat(given.ids).numpy(),
        "looks": looks,
    }
    for at in range(SHAPE.layers):
        fed[f"sources.keys.{at}"] = joined(found[f"keys.{at}"]).transpose(0, 1, 3, 2)
        fed[f"sources.values.{at}"] = joined(found[f"values.{at}"])
    past = {name: one for name, one in nothing(2).items() if name.startswith("past")}
    names = [f"{what}.{at}" for at in range(SHAPE.layers) for what in ("keys", "values")]
    for at in range(WRITTEN.shape[1]):
        now = {
            "ids": WRITTEN[:, at : at + 1].numpy(),
            "types": np.ones((2, 1), np.int64),
            "positions": np.full((2, 1), model.offset + at),
            "bias": np.concatenate([looks, np.zeros((2, at + 1), np.float32)], axis=1)[:, None, None],
        }
        one = run(session, ["chances", "copied", "own", *names], {**fed, **past, **now})
        past = {f"past.{name}": one[name] for name in names}
        for name, close in (("chances", 1e-5), ("copied", 1e-5)):
            right = getattr(wanted, name)[:, at].detach().numpy()
            np.testing.assert_allclose(one[name][:, 0], right, atol=0.03 if packed else close)
        np.testing.assert_allclose(one["chances"].sum(2), 1, atol=1e-5)
        np.testing.assert_allclose(
            one["own"][:, 0, 0], wanted.own[:, at].detach().numpy(), atol=0.03 if packed else 1e-5
        )


def test_packed_it_takes_a_quarter() -> None:
    weights = {name: one.numpy() for name, one in named_reader(reader()).items()}
    whole, packed = (len(reader_graph(weights, SHAPE, packed=how)) for how in (False, True))
    assert packed < 0.75 * whole


def test_weights_that_are_missing_are_named() -> None:
    weights = {name: one.numpy() for name, one in named_reader(reader()).items()}
    del weights["reader.own.bias"]
    with pytest.raises(ModelError, match=r"the weights lack reader\.own\.bias"):
        reader_graph(weights, SHAPE)
