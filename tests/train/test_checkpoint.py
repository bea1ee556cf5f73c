import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import nn

from raglan.errors import ModelError
from raglan.train.checkpoint import State, load, random_state, restore_random_state, save

torch.set_num_threads(1)  # small sums: a second thread only waits


def state(seed: int = 0) -> State:
    chance = torch.Generator().manual_seed(seed)
    return {
        "model": {"layer.weight": torch.randn(20, 30, generator=chance), "layer.bias": torch.zeros(0)},
        "half": torch.randn(7, generator=chance).bfloat16(),
        "count": torch.tensor(seed),
        "bytes": torch.arange(5, dtype=torch.uint8),
        "numbers": [1, 2.5, None, "three", True, [torch.ones(2), {}]],
        "nothing": {},
        "seed": seed,
    }


def same(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return type(one) is type(other) and one == other


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    save(tmp_path / "deep" / "one", state())
    assert same(load(tmp_path / "deep" / "one"), state())
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["one"]


def test_it_is_plain_safetensors_and_json(tmp_path: Path) -> None:
    save(tmp_path / "one", state())
    with safe_open(tmp_path / "one", framework="np") as file:
        assert "model/layer.weight" in file.keys()  # noqa: SIM118
        assert json.loads(file.metadata()["rest"])["numbers"][:3] == [1, 2.5, None]


def test_tied_weights_come_back(tmp_path: Path) -> None:
    words, head = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
    head.weight = words.weight
    model = nn.ModuleDict({"words": words, "head": head})
    part = torch.arange(12.0)
    save(tmp_path / "one", {"model": model.state_dict(), "whole": part, "part": part[3:6], "turned": part.view(3, 4).T})
    found = load(tmp_path / "one")
    assert torch.equal(found["model"]["head.weight"], words.weight)
    assert found["part"].tolist() == [3.0, 4.0, 5.0]
    assert torch.equal(found["turned"], part.view(3, 4).T)


def test_what_was_loaded_does_not_hang_on_the_file(tmp_path: Path) -> None:
    save(tmp_path / "one", state(1))
    found = load(tmp_path / "one")
    save(tmp_path / "one", state(2))
    found["count"] += 1
    assert same(found["model"], state(1)["model"])
    assert same(load(tmp_path / "one"), state(2))


def test_names_that_would_be_mixed_up_are_refused(tmp_path: Path) -> None:
    for name in ("a/b", 3, "$tensor"):
        with pytest.raises(TypeError, match="cannot hold the name"):
            save(tmp_path / "one", {"model": {name: torch.ones(1)}})


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """The system itself refuses: no file may grow beyond what fits the old checkpoint, but not the new one."""
    resource = pytest.importorskip("resource")
    save(tmp_path / "one", state())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(ModelError, match=r"one cannot be written .* what was saved before is as it was: make room"):
            save(tmp_path / "one", {"large": torch.ones(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert same(load(tmp_path / "one"), state())
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("failing", ["raglan.train.checkpoint.save_file", "os.fsync"])
def test_so_does_a_write_that_fails_at_any_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    save(tmp_path / "one", state())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(failing, full)
    with pytest.raises(ModelError, match="No space left on device"):
        save(tmp_path / "one", state(1))
    monkeypatch.undo()
    assert same(load(tmp_path / "one"), state())


def test_a_place_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        save(tmp_path / "file" / "one", state())


def test_a_killed_process_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    code = """
import sys, torch
from pathlib import Path
from raglan.train.checkpoint import save
for at in range(10_000):
    save(Path(sys.argv[1]), {"large": torch.full((300_000,), float(at)), "at": at})
    print(at, flush=True)
"""
    place = tmp_path / "one"
    # Killed in the midst of a write, most likely.
    with subprocess.Popen([sys.executable, "-c", code, str(place)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        time.sleep(0.0137)
        os.kill(process.pid, signal.SIGKILL)
    found = load(place)
    assert found["at"] >= 2
    assert found["large"].unique().tolist() == [found["at"]]
    # What it was writing lies beside, and is gone with the next.
    save(place, state())
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.skipif(os.name != "posix", reason="other systems know no such modes")
def test_others_may_read_it_as_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    save(tmp_path / "one", state())
    assert (tmp_path / "one").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_damage_is_told_with_the_file_and_the_way_out(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    save(whole, state())
    data = whole.read_bytes()
    damaged = {
        "empty": b"",
        "short": data[:-10],
        "long": data + b"more",
        "text": b"this is no checkpoint at all",
        "flipped": data[:-100] + bytes([data[-100] ^ 1]) + data[-99:],
        "counted": data.replace(b"2.5", b"2.7"),
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=f"{name} is damaged .*; resume from another checkpoint, or delete it"):
            load(tmp_path / name)


def test_other_files_are_told(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    with pytest.raises(ModelError, match="nowhere: there is no checkpoint"):
        load(tmp_path / "nowhere")
    save_file({"a": torch.ones(1)}, tmp_path / "weights")
    with pytest.raises(ModelError, match="weights is no checkpoint of this version"):
        load(tmp_path / "weights")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_neither_saved_nor_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: float
) -> None:
    save(tmp_path / "one", state())
    for wrong in ({"model": {"weight": torch.tensor([1.0, bad])}}, {"loss": bad}):
        with pytest.raises(
            ModelError, match=r"(model/weight|a number) is not finite; nothing was written, .* begin again"
        ):
            save(tmp_path / "one", wrong)
    assert same(load(tmp_path / "one"), state())
    with monkeypatch.context() as patch:
        patch.setattr("raglan.train.checkpoint._refuse_what_is_not_finite", lambda *_: None)
        save(tmp_path / "two", {"model": {"weight": torch.tensor([1.0, bad])}})
    with pytest.raises(ModelError, match="two: model/weight is not finite; delete it and begin again, at a lower rate"):
        load(tmp_path / "two")


def test_random_numbers_go_on_where_they_were(tmp_path: Path) -> None:
    def drawn() -> list[object]:
        dropped = nn.functional.dropout(torch.ones(50))
        old = [np.random.rand(), np.random.randn()]  # noqa: NPY002 (others draw from it)
        return [random.random(), random.gauss(0, 1), *old, dropped.tolist()]

    random.seed(1)
    np.random.seed(2)  # noqa: NPY002
    torch.manual_seed(3)
    drawn()
    save(tmp_path / "one", random_state())
    expected = [drawn() for _ in range(3)]
    random.seed(7)
    torch.manual_seed(7)
    restore_random_state(load(tmp_path / "one"))
    assert [drawn() for _ in range(3)] == expected
