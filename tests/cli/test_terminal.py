"""Progress: a line now and then, one that is written over on a terminal, and none of short jobs."""

import pytest

from raglan.build.progress import Progress
from raglan.cli import terminal
from raglan.cli.terminal import Ticker


@pytest.fixture
def at(monkeypatch):
    """Sets the clock."""
    now = [100.0]
    monkeypatch.setattr("raglan.cli.terminal.time.monotonic", lambda: now[0])

    def at(seconds):
        now[0] = 100.0 + seconds

    return at


def test_a_line_every_ten_seconds(at, monkeypatch, capsys):
    monkeypatch.setattr(terminal, "_EVERY", 10.0)
    ticker = Ticker()
    for seconds in (0.5, 9, 11, 12, 20, 22):
        at(seconds)
        ticker(Progress("encoding", int(seconds), 40, 80.0, "slow"))
    ticker.close()
    assert capsys.readouterr().err == "encoding 11 of 40 28%, 80 s left  slow\nencoding 22 of 40 55%, 80 s left  slow\n"


def test_a_terminal_has_one_line(at, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    ticker = Ticker()
    for seconds in (0.5, 1.2, 1.25, 7000):
        at(seconds)
        ticker(Progress("reading", 1, 4, 7000.0, ""))
    ticker.close()
    line = "\r\x1b[Kreading 25%, 1.9 h left"
    assert capsys.readouterr().err == f"{line}{line}\r\x1b[K"
