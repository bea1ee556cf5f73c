"""Several processes: one writes, the others wait their turn or read; one is killed, and nothing is lost."""

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from raglan.errors import StoreError
from raglan.store.store import Store
from raglan.types import Document
from tests.samples import passage

from .conftest import Opened

PREFACE = """
    import os, signal, sys
    from pathlib import Path
    from raglan.store.store import Store
    from raglan.types import Document
    from tests.samples import passage

    def put(store, name):
        store.put(Document(name, name), [passage(name, name)])

    def say(word):
        print(word, flush=True)
        sys.stdin.readline()

    store = Store(Path(sys.argv[1]))
"""


@contextmanager
def other(place: Path, code: str) -> Iterator[subprocess.Popen[str]]:
    """Another process, at a word of ours taking its next step."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PREFACE) + textwrap.dedent(code), str(place)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def put(store: Store, name: str) -> None:
    store.put(Document(name, name), [passage(name, name)])


def test_one_writes_and_the_second_waits_then_gives_up(tmp_path: Path, opened: Opened) -> None:
    store = opened(tmp_path)
    put(store, "mine")
    code = """
        with store.writing():
            put(store, "theirs")
            say("writing")
        say("done")
    """
    with other(tmp_path, code) as process:
        assert heard(process) == "writing"
        with pytest.raises(StoreError, match="another process is writing") as caught:
            put(store, "refused")
        assert caught.value.path == str(tmp_path)
        # Reading goes on, and sees what was committed within.
        assert store.documents() == ["mine", "theirs"]
        go(process)
        assert heard(process) == "done"
        put(store, "now")
    assert store.documents() == ["mine", "theirs", "now"]


def test_readers_see_what_is_committed_and_nothing_else(tmp_path: Path, opened: Opened) -> None:
    store = opened(tmp_path)
    code = """
        with store.transaction():
            put(store, "theirs")
            say("half")
        say("whole")
    """
    with other(tmp_path, code) as process:
        assert heard(process) == "half"
        before = store.version
        assert store.documents() == []
        assert store.seq == 0
        go(process)
        assert heard(process) == "whole"
        assert store.documents() == ["theirs"]
        assert store.seq == 1
        assert store.version != before


def test_two_make_the_same_store_at_once(tmp_path: Path, opened: Opened) -> None:
    with (
        other(tmp_path / "new", "put(store, 'a'); say('a')") as one,
        other(tmp_path / "new", "put(store, 'b'); say('b')") as two,
    ):
        assert heard(one) == "a"
        assert heard(two) == "b"
        assert sorted(opened(tmp_path / "new").documents()) == ["a", "b"]


def test_killed_in_the_middle_of_a_transaction(tmp_path: Path, opened: Opened) -> None:
    code = """
        put(store, "kept")
        with store.transaction():
            for number in range(200):
                put(store, f"lost {number}" * 100)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    with other(tmp_path, code) as process:
        assert process.wait(30) == -signal.SIGKILL
    store = opened(tmp_path)
    assert store.documents() == ["kept"]
    assert store.seq == 1
    assert store.rows("PRAGMA quick_check") == [("ok",)]
    # Its lock has died with it.
    put(store, "after")
    assert store.documents() == ["kept", "after"]


def test_killed_right_after_a_commit(tmp_path: Path, opened: Opened) -> None:
    with other(tmp_path, "put(store, 'kept'); os.kill(os.getpid(), signal.SIGKILL)") as process:
        assert process.wait(30) == -signal.SIGKILL
    assert opened(tmp_path).documents() == ["kept"]
