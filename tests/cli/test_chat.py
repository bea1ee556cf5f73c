import io
import json
import sqlite3

import pytest

from raglan.cli.main import main
from raglan.talk.sessions import SESSIONS

SERVICE = """
[[intent]]
name = "hours"
examples = ["When are you open?", "几点开门？"]
answer = { en = "Nine to five.", zh = "九点到五点。" }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("chat")
    (made / "steam.md").write_text(
        "# FX-200\n\nThe FX-200 steam station has a warranty of 24 months.\n\nThe tank of the FX-200 holds 1.2 litres.\n",
        encoding="utf-8",
    )
    (made / "烤箱.md").write_text("# 烤箱\n\n烤箱的保修期是两年。\n\n烤箱的容量是三十升。\n", encoding="utf-8")
    return made


@pytest.fixture
def chat(folder, monkeypatch, capsys):
    def said(text, *options):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        capsys.readouterr()
        code = main(["chat", str(folder), "--encoder", "none", *options])
        return code, *capsys.readouterr()

    return said


def objects(printed):
    return [json.loads(line) for line in printed.splitlines()]


def test_lines_in_objects_out(chat):
    code, printed, _ = chat("How long is the warranty of the FX-200?\nHow much does its tank hold?\n", "--json")
    first, second = objects(printed)
    assert code == 0
    assert (first["rewritten"], second["rewritten"], second["fresh"]) == (False, True, False)
    assert "FX-200" in second["query"]
    assert "24 months" in first["answer"]
    assert second["citations"][0]["document"] == "steam.md"


def test_chinese_through_a_pipe(chat):
    _, printed, _ = chat("烤箱的保修期是多久？\n它的容量呢？\n", "--json")
    second = objects(printed)[1]
    assert "烤箱" in second["query"]
    assert second["rewritten"]


def test_what_is_searched_for_is_shown(chat):
    _, printed, _ = chat("How long is the warranty of the FX-200?\n\nHow much does its tank hold?\n")
    assert "(searched for: How much does" in printed
    assert "Sources" in printed


@pytest.mark.parametrize("text", ["", "\n\n", "/quit\nHow long is the warranty?\n", "   \n/quit\n"])
def test_an_empty_conversation_prints_nothing(chat, text):
    assert chat(text)[:2] == (0, "")


def test_new_begins_another_topic_and_unknown_commands_are_told(chat):
    _, printed, told = chat(
        "How long is the warranty of the FX-200?\n/new\n/dance\nHow much does its tank hold?\n", "--json"
    )
    assert objects(printed)[1]["fresh"]
    assert not objects(printed)[1]["rewritten"]
    assert "/new" in told


def test_a_session_goes_on(chat, folder):
    chat("How long is the warranty of the FX-200?\n", "--session", "a")
    _, printed, told = chat("How much does its tank hold?\n", "--session", "a")
    assert "goes on after 1 exchange" in told
    assert "FX-200" in printed.split(")")[0]
    rows = sqlite3.connect(folder / ".raglan" / SESSIONS)
    assert rows.execute("SELECT count(*) FROM exchange WHERE session = 'a'").fetchone() == (2,)
    rows.close()


def test_without_a_session_nothing_is_kept(chat, folder):
    chat("烤箱的保修期是多久？\n")
    place = folder / ".raglan" / SESSIONS
    if place.exists():
        rows = sqlite3.connect(place)
        assert rows.execute("SELECT count(*) FROM exchange WHERE said LIKE '%烤箱%'").fetchone() == (0,)
        rows.close()


def test_ctrl_c_ends_it_well(chat, monkeypatch, folder, capsys):
    class Stopped(io.StringIO):
        def readline(self, *_):
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Stopped())
    assert main(["chat", str(folder), "--encoder", "none"]) == 0


def test_ctrl_c_leaves_an_answer_and_the_conversation_goes_on(chat, monkeypatch):
    from raglan.talk.conversation import Conversation

    say = Conversation.say

    def slow(self, text, **options):
        if text == "slow":
            raise KeyboardInterrupt
        return say(self, text, **options)

    monkeypatch.setattr(Conversation, "say", slow)
    code, printed, told = chat("slow\n烤箱的保修期是多久？\n", "--json")
    assert code == 0
    assert "left unanswered" in told
    assert [one["said"] for one in objects(printed)] == ["烤箱的保修期是多久？"]


def test_customer_service(chat, tmp_path):
    (tmp_path / "s.toml").write_text(SERVICE, encoding="utf-8")
    said = "when are you open\n几点开门？\nHow long is the warranty of the FX-200?\nCan I talk to a person?\n"
    _, printed, _ = chat(said, "--json", "--service", str(tmp_path / "s.toml"))
    first, second, third, fourth = objects(printed)
    assert (first["answer"], second["answer"]) == ("Nine to five.", "九点到五点。")
    assert (first["by"], third["by"], third["handover"]) == ("template", "documents", None)
    assert fourth["handover"]["reason"] == "asked"
    assert fourth["handover"]["transcript"][0] == {"role": "user", "text": "when are you open"}
    _, printed, _ = chat(said, "--service", str(tmp_path / "s.toml"))
    assert "I am handing you over to a person." in printed


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--session", " "], "--session is empty"),
        (["--service", "none.toml"], "none.toml"),
        (["--where", "x"], "--where"),
    ],
)
def test_wrong_usage(chat, options, told):
    code, _, error = chat("", *options)
    assert code == 2
    assert told in error
