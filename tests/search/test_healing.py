"""Derived files that are lost, damaged or old: never trusted, always made good from the store."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from raglan.encode.hashing import HashingEncoder
from raglan.protocols import Index
from raglan.search.dense import DenseIndex
from raglan.search.lexical import LexicalIndex
from raglan.store.store import Store
from raglan.types import Document, Hit, Query
from tests.samples import ASKED, WRITTEN, differ, drawn, ids, passage

from .conftest import Opened

EVERY = 200


def dense(store: Store) -> DenseIndex:
    return DenseIndex(HashingEncoder(), store)


def graph(store: Store) -> DenseIndex:
    return DenseIndex(HashingEncoder(), store, exact=12)


OVER: dict[str, Callable[[Store], LexicalIndex | DenseIndex]] = {
    "words": LexicalIndex,
    "vectors": dense,
    "graph": graph,
}
over_each = pytest.mark.parametrize("over", OVER.values(), ids=OVER)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two steps of edits behind it, so that there are files of several generations."""
    place = tmp_path_factory.mktemp("made") / "store"
    store = Store(place)
    for index in (LexicalIndex(store), graph(store)):
        index.add([*WRITTEN, *drawn(40)])
    for index in (LexicalIndex(store), graph(store)):
        index.add(drawn(20, seed=1))
    store.close()
    return place


@pytest.fixture
def filled(made_once: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return shutil.copytree(made_once, tmp_path / "store")


def derived(place: Path, index: LexicalIndex | DenseIndex) -> Path:
    if isinstance(index, LexicalIndex):
        return place / "words"
    [folder] = (place / "vectors").iterdir()
    return folder


def searched(index: Index) -> list[list[Hit]]:
    """What is found once the index has caught up."""
    if isinstance(index, DenseIndex):
        index.follower.refresh()
    return index.search(ASKED, EVERY)


def same(one: list[list[Hit]], other: list[list[Hit]]) -> None:
    for a, b in zip(one, other, strict=True):
        assert a
        assert not differ(a, b), differ(a, b)


def lose_all(folder: Path) -> None:
    shutil.rmtree(folder)


def lose_files(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "seal":
            path.unlink()


def lose_seal(folder: Path) -> None:
    (folder / "seal").unlink()


def rewrite(folder: Path, change: Callable[[bytes], bytes]) -> None:
    """Change all files but the seal; as new files, since the old ones may still be mapped into memory here."""
    for path in folder.iterdir():
        if path.name != "seal" and path.suffix != ".lock":
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(change(data))


def cut(folder: Path) -> None:
    rewrite(folder, lambda data: data[: len(data) // 2])


def empty(folder: Path) -> None:
    rewrite(folder, lambda data: b"")


def garble(folder: Path) -> None:
    rewrite(folder, lambda data: b"\x5a" * len(data))


def flip(folder: Path) -> None:
    rewrite(folder, lambda data: data[:-1] + bytes([data[-1] ^ 0x10]) if data else data)


def extend(folder: Path) -> None:
    rewrite(folder, lambda data: data + b"tail")


def garble_seal(folder: Path) -> None:
    (folder / "seal").write_bytes(os.urandom(200))


def strangers(folder: Path) -> None:
    (folder / "stranger").write_text("what is this?")
    (folder / "seal.new").write_bytes(b"half")
    (folder / "graph-999.usearch").write_bytes(b"half")


DAMAGES = [lose_all, lose_files, lose_seal, cut, empty, garble, flip, garble_seal, extend, strangers]


@over_each
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_healed(
    damage: Callable[[Path], None], over: Callable[[Store], LexicalIndex | DenseIndex], filled: Path, opened: Opened
) -> None:
    index = over(opened(filled))
    before = searched(index)
    damage(derived(filled, index))
    again = over(opened(filled))
    same(before, searched(again))
    assert not again.follower.behind
    same(before, searched(over(opened(filled))))


@over_each
def test_files_of_an_earlier_state_catch_up(
    over: Callable[[Store], LexicalIndex | DenseIndex], filled: Path, opened: Opened, tmp_path: Path
) -> None:
    index = over(opened(filled))
    searched(index)
    folder = derived(filled, index)
    shutil.copytree(folder, tmp_path / "old")
    index.add([passage("A zeppelin over the boiler.", "zeppelin.txt")])
    index.drop(["warranty.md"])
    now = searched(index)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "old", folder)
    same(now, searched(over(opened(filled))))


@over_each
def test_files_of_a_later_state_are_made_anew(
    over: Callable[[Store], LexicalIndex | DenseIndex], filled: Path, opened: Opened, tmp_path: Path
) -> None:
    """Somebody put an older copy of the database back."""
    first = opened(filled)
    index = over(first)
    before = searched(index)
    first.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(filled / "store.sqlite", tmp_path / "old.sqlite")
    index.add([passage("A zeppelin over the boiler.", "zeppelin.txt")])
    first.close()
    for path in filled.glob("store.sqlite*"):
        path.unlink()
    shutil.copy(tmp_path / "old.sqlite", filled / "store.sqlite")
    same(before, searched(over(opened(filled))))


def test_only_what_is_new_is_encoded(filled: Path, opened: Opened) -> None:
    class Counting(HashingEncoder):
        texts = 0

        def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
            self.texts += len(texts) if role == "passage" else 0
            return super().encode(texts, role=role)

    encoder = Counting()
    index = DenseIndex(encoder, opened(filled))
    index.follower.refresh()
    assert encoder.texts == 0
    index.add([passage("One more.", "more.txt"), *drawn(20, seed=1)])
    assert encoder.texts == 1
    index.drop(["more.txt"])
    assert encoder.texts == 1


def test_another_encoder_gets_vectors_of_its_own(filled: Path, opened: Opened) -> None:
    store = opened(filled)
    first, second = DenseIndex(HashingEncoder(), store), DenseIndex(HashingEncoder(dim=64), store)
    before = searched(first)
    searched(second)
    assert len(list((filled / "vectors").iterdir())) == 2
    same(before, searched(DenseIndex(HashingEncoder(), store)))


@over_each
def test_what_is_not_committed_is_not_indexed(over: Callable[[Store], Index], tmp_path: Path, opened: Opened) -> None:
    store = opened(tmp_path / "store")
    index = over(store)
    index.add(WRITTEN)

    def undone() -> None:
        with store.transaction():
            index.add([passage("A zeppelin.", "zeppelin.txt")])
            index.search([Query("zeppelin")], 3)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        undone()
    index.add([passage("A submarine.", "submarine.txt")])
    [found] = index.search([Query("submarine zeppelin")], 30)
    assert "zeppelin.txt:0" not in ids(found)
    assert "submarine.txt:0" in ids(found)


# A process of its own, killed in the middle: at the write of the seal, when data is on disk and the old seal in place.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    import raglan.search.lexical, raglan.search.rows
    from raglan.encode.hashing import HashingEncoder
    from raglan.search.dense import DenseIndex
    from raglan.search.lexical import LexicalIndex
    from raglan.store.store import Store
    from tests.samples import passage

    def die(folder, seal):
        os.kill(os.getpid(), signal.SIGKILL)

    raglan.search.lexical.write_seal = raglan.search.rows.write_seal = die
    store = Store(Path(sys.argv[1]))
    index = LexicalIndex(store) if sys.argv[2] == "words" else DenseIndex(HashingEncoder(), store, exact=int(sys.argv[3]))
    index.add([passage(f"zeppelin {n} boiler", f"zeppelin{n}.txt") for n in range(30)])
"""
ROOT = Path(__file__).parents[2]


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(("name", "exact"), [("words", 0), ("vectors", 20_000), ("graph", 12)])
def test_killed_between_data_and_seal(name: str, exact: int, filled: Path, opened: Opened) -> None:
    with python(KILLED, str(filled), name, str(exact)) as process:
        assert process.wait(30) == -signal.SIGKILL
    store = opened(filled)
    assert len(store.passages("zeppelin7.txt")) == 1
    healed = OVER[name](store)
    fresh = OVER[name](opened(None))
    fresh.add(list(store.get(store.keys()).values()))
    same(searched(fresh), searched(healed))
    [found] = healed.search([Query("zeppelin 7 boiler")], 1)
    assert ids(found) == ["zeppelin7.txt:0"]


# Another process that holds the index while it is busy, and says when.
BUSY = """
    import sys, time
    from pathlib import Path
    from raglan.encode.hashing import HashingEncoder
    from raglan.search.dense import DenseIndex
    from raglan.search.lexical import LexicalIndex
    from raglan.store.store import Store

    class Slow(HashingEncoder):
        def encode(self, texts, *, role):
            wait()
            return super().encode(texts, role=role)

    def wait():
        print("busy", flush=True)
        while not Path(sys.argv[3]).exists():
            time.sleep(0.005)

    store = Store(Path(sys.argv[1]))
    if sys.argv[2] == "words":
        index = LexicalIndex(store)
        apply = index._files.apply
        index._files.apply = lambda *arguments: (wait(), apply(*arguments))[1]
    else:
        index = DenseIndex(Slow(), store)
    for _ in index.follower.catch_up():
        pass
    print("done", flush=True)
"""


def zeppelin(store: Store) -> None:
    one = passage("A zeppelin floats by.", "zeppelin.txt")
    store.put(Document(one.document, one.text), [one])


@pytest.mark.parametrize("name", ["words", "vectors"])
def test_searching_while_another_process_builds(name: str, filled: Path, opened: Opened, tmp_path: Path) -> None:
    store = opened(filled)
    index = OVER[name](store)
    before = searched(index)
    zeppelin(store)
    with python(BUSY, str(filled), name, str(tmp_path / "go")) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "busy\n"
        # What was there is found; what the other is about to index is not waited for.
        same(before, index.search(ASKED, EVERY))
        assert index.follower.behind
        (tmp_path / "go").touch()
        assert process.stdout.read().splitlines()[-1] == "done"
        assert process.wait(30) == 0
    [found] = index.search([Query("zeppelin")], 1)
    assert ids(found) == ["zeppelin.txt:0"]
    assert not index.follower.behind


@pytest.mark.parametrize("name", ["words", "vectors"])
def test_searching_while_another_process_builds_the_first_time(name: str, opened: Opened, tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    zeppelin(store)
    with python(BUSY, str(tmp_path / "store"), name, str(tmp_path / "go")) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "busy\n"
        index = OVER[name](store)
        assert index.search([Query("zeppelin")], 1) == [[]]
        (tmp_path / "go").touch()
        assert process.wait(30) == 0
    [found] = index.search([Query("zeppelin")], 1)
    assert ids(found) == ["zeppelin.txt:0"]
