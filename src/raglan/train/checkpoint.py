"""One file that a run continues from: safetensors, with everything that is no tensor as JSON in its head; never pickle.

It is written in another folder and moved when it is whole and on disk, so what stands under its own name is always a
complete checkpoint: a full disk or a killed process costs the new one, not the last. A checksum tells of altered bytes.
A checkpoint that is not finite is neither written nor read: nothing good can come of it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from raglan.errors import ModelError

__all__ = ["State", "load", "random_state", "restore_random_state", "save"]

State = dict[str, Any]  # of tensors, numbers, strings, None, lists, and further such; names without "/"

_FORMAT = "1"
_TENSOR = "$tensor"


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Put ``state`` under ``path`` in one step, its folder made if need be.

    Raises :class:`ModelError` if a number in it is not finite, and if it cannot be written; what was at ``path`` stays.
    """
    tensors: dict[str, Tensor] = {}
    rest = json.dumps(_packed(state, "", tensors))
    _refuse_what_is_not_finite(
        path, tensors, rest, "nothing was written, and what was saved before is as it was: begin again at a lower rate"
    )
    head = {"format": _FORMAT, "rest": rest, "sum": str(_sum(tensors, rest))}
    try:
        _write(path, _apart(tensors), head)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{path} cannot be written ({error}); what was saved before is as it was: make room, then resume from it"
        ) from error


def load(path: Path) -> State:
    """What was saved under ``path``, tensors on the CPU; lists for tuples.

    Raises :class:`ModelError`, naming the file and the way out, if it is missing, damaged or not finite.
    """
    if not path.is_file():
        raise ModelError(f"{path}: there is no checkpoint; name the folder of a run, or begin one")
    with _damage(path), safe_open(path, framework="pt") as file:
        head = file.metadata() or {}
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (no mapping)
    if head.get("format") != _FORMAT:
        raise ModelError(f"{path} is no checkpoint of this version of raglan; name another, or begin a new run")
    if head["sum"] != str(_sum(tensors, head["rest"])):
        raise ModelError(_damaged(path, "its checksum does not match"))
    _refuse_what_is_not_finite(path, tensors, head["rest"], "delete it and begin again, at a lower rate")
    found: State = _unpacked(json.loads(head["rest"]), tensors)
    return found


def random_state() -> State:
    """Where the random numbers of Python, numpy and torch (all devices) stand."""
    version, words, gauss = random.getstate()
    _, keys, *numbers = np.random.get_state(legacy=True)  # noqa: NPY002 (what others draw from is kept, too)
    return {
        "python": [version, list(words), gauss],
        "numpy": {"keys": torch.from_numpy(np.asarray(keys).astype(np.int64)), "numbers": numbers},
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore_random_state(state: State) -> None:
    """Put :func:`random_state` back; states of devices that are not here are left out."""
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words), gauss))
    keys = state["numpy"]["keys"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", keys, *state["numpy"]["numbers"]))  # noqa: NPY002 (see above)
    torch.set_rng_state(state["torch"])
    for at, device in enumerate(state["cuda"][: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(device, at)


def _packed(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """``value`` as JSON takes it; its tensors go to ``tensors``, under their place in it."""
    if isinstance(value, Tensor):
        tensors[name] = value.detach().cpu().contiguous()
        return {_TENSOR: name}
    if isinstance(value, Mapping):
        if bad := [key for key in value if not isinstance(key, str) or "/" in key or key == _TENSOR]:
            raise TypeError(f"{name or 'state'}: a checkpoint cannot hold the name {bad[0]!r}")
        return {key: _packed(one, f"{name}/{key}" if name else key, tensors) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(one, f"{name}/{at}", tensors) for at, one in enumerate(value)]
    return value


def _unpacked(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, dict):
        if _TENSOR in value:
            return tensors[value[_TENSOR]]
        return {key: _unpacked(one, tensors) for key, one in value.items()}
    return [_unpacked(one, tensors) for one in value] if isinstance(value, list) else value


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tied weights lie in one memory, which the format does not allow; each gets its own."""
    seen: set[int] = set()
    found = {}
    for name, tensor in tensors.items():
        memory = tensor.untyped_storage().data_ptr()
        found[name] = tensor.clone() if memory in seen else tensor
        seen.add(memory)
    return found


def _sum(tensors: Mapping[str, Tensor], rest: str) -> int:
    found = zlib.crc32(rest.encode())
    for name in sorted(tensors):
        # As bytes, since numpy knows no bfloat16.
        data: Any = tensors[name].reshape(-1).view(torch.uint8).numpy()
        found = zlib.crc32(data, zlib.crc32(name.encode(), found))
    return found


def _write(path: Path, tensors: dict[str, Tensor], head: dict[str, str]) -> None:
    # A folder of its own, since the library writes under names that it makes up and leaves them behind if it is killed.
    part = path.with_name(path.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        whole = part / path.name
        whole.touch()
        mode = whole.stat().st_mode
        save_file(tensors, whole, metadata=head)
        # It makes files that only their owner may read.
        whole.chmod(mode)
        with whole.open("rb+") as file:
            os.fsync(file.fileno())
        whole.replace(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _refuse_what_is_not_finite(path: Path, tensors: Mapping[str, Tensor], rest: str, then: str) -> None:
    names = [name for name, one in tensors.items() if one.is_floating_point() and not bool(one.isfinite().all())]
    if names or "NaN" in rest or "Infinity" in rest:
        raise ModelError(f"{path}: {names[0] if names else 'a number'} is not finite; {then}")


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise ModelError(_damaged(path, str(error))) from error


def _damaged(path: Path, why: str) -> str:
    return f"{path} is damaged ({why}); resume from another checkpoint, or delete it and begin again"
