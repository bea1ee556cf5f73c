"""``raglan sessions``: what ``raglan chat --session`` kept is listed, shown and forgotten."""

import io
import json

import pytest

from raglan.cli.main import main
from raglan.talk.sessions import SESSIONS

KETTLE = (
    "# Kettle\n\n## Cleaning\n\nRinse the kettle weekly.\n\n## Warranty\n\nThe warranty of the kettle is two years.\n"
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kettle.md").write_text(KETTLE, encoding="utf-8")
    assert main(["index", str(tmp_path), "--encoder", "none"]) == 0
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch, capsys):
    def made(*arguments, typed=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        capsys.readouterr()
        return main([arguments[0], *arguments[1:2], str(folder), *arguments[2:]]), *capsys.readouterr()

    return made


def chatted(run, name, *lines):
    typed = "".join(f"{line}\n" for line in lines)
    assert run("chat", "--encoder=none", f"--session={name}", typed=typed)[0] == 0


def test_sessions_are_listed_shown_and_dropped(run):
    chatted(run, "kitchen", "How long is the warranty of the kettle?", "Tell me about the kettle.")
    chatted(run, "早餐", "How often should the kettle be rinsed?")
    _, listed, _ = run("sessions", "list")
    assert sorted(line.split(",")[0] for line in listed.splitlines()) == ["kitchen  2 exchanges", "早餐  1 exchange"]
    _, shown, _ = run("sessions", "show", "kitchen")
    assert shown.startswith("> How long is the warranty of the kettle?\n")
    assert "two years" in shown
    assert "  1. Cleaning\n  2. Warranty\n" in shown
    assert run("sessions", "drop", "kitchen")[:2] == (0, "")
    assert [line.split("  ")[0] for line in run("sessions", "list")[1].splitlines()] == ["早餐"]


def test_programs_get_objects(run):
    chatted(run, "kitchen", "How long is the warranty of the kettle?", "Tell me about the kettle.")
    [one] = json.loads(run("sessions", "list", "--json")[1])["sessions"]
    assert (one["name"], one["exchanges"], one["at"][:2]) == ("kitchen", 2, "20")
    first, second = json.loads(run("sessions", "show", "kitchen", "--json")[1])["exchanges"]
    assert (first["said"], first["clarify"]) == ("How long is the warranty of the kettle?", None)
    assert "two years" in first["answer"]
    assert second["clarify"]["options"] == ["Cleaning", "Warranty"]
    dropped = json.loads(run("sessions", "drop", "kitchen", "--json")[1])
    assert dropped == {"dropped": "kitchen", "exchanges": 2}
    assert json.loads(run("sessions", "list", "--json")[1]) == {"sessions": []}


def test_what_is_wrong_is_told(run, folder, capsys):
    assert run("sessions", "show")[0] == 2
    code, _, told = run("sessions", "drop", "kitchen")
    assert (code, "there is no session 'kitchen'" in told, "raglan sessions list" in told) == (1, True, True)
    assert not (folder / ".raglan" / SESSIONS).exists()
    chatted(run, "other", "How long is the warranty of the kettle?")
    assert run("sessions", "show", "kitchen")[0] == run("sessions", "drop", "kitchen")[0] == 1
    empty = folder / "empty"
    empty.mkdir()
    assert main(["sessions", "list", str(empty)]) == 2
    assert "raglan index" in capsys.readouterr().err
