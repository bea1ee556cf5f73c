"""A reader in a process of its own: whatever happens there, one file is refused and the next one is read."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from raglan.errors import ConfigError, ReadError
from raglan.ingest.isolate import Isolated
from raglan.ingest.pdf import read_pdf
from raglan.protocols import Reader
from raglan.types import Document

from . import bad_readers, made


@pytest.fixture
def isolated() -> Iterator[Isolated]:
    with Isolated(seconds=20) as one:
        yield one


def text(isolated: Isolated, reader: Reader, data: bytes = b"kettle") -> str:
    [document] = isolated.around(reader)(data, "file")
    return document.text


def test_documents_come_back_as_they_are(isolated: Isolated) -> None:
    assert isolated.around(read_pdf)(made.pdf(), "a.pdf") == read_pdf(made.pdf(), "a.pdf")


def test_one_process_reads_many_files(isolated: Isolated) -> None:
    processes = {text(isolated, bad_readers.names_its_process) for _ in range(3)}
    assert len(processes) == 1
    assert str(os.getpid()) not in processes


@pytest.mark.parametrize(
    ("reader", "reason"),
    [
        (bad_readers.exits, "crashed (exit code 3)"),
        (bad_readers.segfaults, "crashed (SIGSEGV)"),
        (bad_readers.refuses, "no"),
        (bad_readers.stumbles, "its reader failed (ValueError: a stranger's fault)"),
        (bad_readers.nests, "nested without end"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_goes_wrong_names_the_file_and_the_next_is_read(isolated: Isolated, reader: Reader, reason: str) -> None:
    for _ in range(2):
        with pytest.raises(ReadError) as caught:
            text(isolated, reader)
        assert reason in caught.value.reason
        assert caught.value.source == "file"
        assert text(isolated, bad_readers.well) == "kettle"


@pytest.mark.parametrize("reader", [bad_readers.hangs, bad_readers.hangs_in_native_code])
def test_a_hang_ends_in_time(reader: Reader) -> None:
    with Isolated(seconds=1.0) as isolated:
        text(isolated, bad_readers.well)
        began = time.monotonic()
        with pytest.raises(ReadError, match="more than 1 seconds"):
            text(isolated, reader)
        assert time.monotonic() - began < 10
        assert text(isolated, bad_readers.well) == "kettle"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound a process's memory")
def test_memory_is_bounded() -> None:
    with Isolated(memory=1 << 30) as isolated, pytest.raises(ReadError, match="more memory than there is"):
        text(isolated, bad_readers.devours)


def test_what_an_earlier_file_left_behind_is_not_laid_at_the_next_ones_door(isolated: Isolated) -> None:
    assert [text(isolated, bad_readers.crashes_when_used) for _ in range(3)] == ["fresh"] * 3


def test_nothing_that_libraries_print_comes_through(isolated: Isolated, capfd: pytest.CaptureFixture[str]) -> None:
    assert text(isolated, bad_readers.prints) == "''"
    assert capfd.readouterr() == ("", "")


def test_large_files_go_through(isolated: Isolated) -> None:
    assert len(text(isolated, bad_readers.well, b"x" * (20 << 20))) == 20 << 20


def test_several_workers_read_at_once() -> None:
    with Isolated(workers=2) as isolated:
        found: list[Document] = []
        reader = isolated.around(bad_readers.names_its_process)
        threads = [threading.Thread(target=lambda: found.extend(reader(b"", "a"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 8
    assert len({document.text for document in found}) <= 2


def test_only_risky_formats_are_sent_away(isolated: Isolated) -> None:
    readers = isolated.guard({"txt": bad_readers.names_its_process, "pdf": bad_readers.names_its_process})
    [here], [there] = ([document.text for document in readers[name](b"", "a")] for name in ("txt", "pdf"))
    assert here == str(os.getpid()) != there


def test_a_reader_that_cannot_be_imported_is_refused_at_once(isolated: Isolated) -> None:
    with pytest.raises(ConfigError, match="put it into a module"):
        isolated.around(lambda data, source: [])
    with pytest.raises(ConfigError, match="at least 1"):
        Isolated(workers=0)


def test_closing_ends_the_process_and_it_can_be_used_again() -> None:
    isolated = Isolated()
    first = int(text(isolated, bad_readers.names_its_process))
    isolated.close()
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert int(text(isolated, bad_readers.names_its_process)) != first
    isolated.close()


SCRIPT = """
import signal, sys, threading
# A job in the background inherits that interrupts are ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from raglan.ingest.isolate import Isolated
from {module} import bad_readers
isolated = Isolated(seconds={seconds})
reader = isolated.around(bad_readers.waits_for_its_file)
{run}
"""


def run(tmp_path: Path, code: str, *, seconds: float = 60) -> tuple["subprocess.Popen[bytes]", int]:
    """A program that waits for a hanging reader; the program, and the number of the reader's process."""
    mark = tmp_path / "begun"
    script = SCRIPT.format(module=__package__, seconds=seconds, run=code.format(mark=str(mark).encode()))
    path = os.pathsep.join(filter(None, sys.path))
    program = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(400):
        if mark.exists() and mark.read_text():
            return program, int(mark.read_text())
        time.sleep(0.05)
    raise AssertionError(program.communicate()[1])


def is_gone(process: int) -> bool:
    for _ in range(400):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, 0)
            # Without an init process to wait for it, a child that ended stays listed.
            if "\nState:\tZ" in (Path("/proc") / str(process) / "status").read_text():
                return True
            time.sleep(0.05)
            continue
        return True
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_an_interrupt_ends_both_processes(tmp_path: Path) -> None:
    program, reader = run(tmp_path, "list(reader({mark}, 'a'))")
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=20)
    assert b"KeyboardInterrupt" in errors
    assert is_gone(reader)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_program_that_ends_without_closing_takes_its_worker_along(tmp_path: Path) -> None:
    wait = "sys.stdin.read()"
    begin = "threading.Thread(target=lambda: list(reader({mark}, 'a')), daemon=True).start()"
    program, reader = run(tmp_path, f"{begin}\n{wait}")
    program.communicate(timeout=20)
    assert is_gone(reader)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_worker_whose_program_was_killed_gives_itself_up(tmp_path: Path) -> None:
    program, reader = run(tmp_path, "list(reader({mark}, 'a'))", seconds=3)
    program.kill()
    program.communicate()
    assert is_gone(reader)


def test_the_worker_ends_with_its_input() -> None:
    command = [sys.executable, "-m", "raglan.ingest.worker", str(1 << 30)]
    done = subprocess.run(command, input=b"\0\0", capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
