import subprocess
import sys
import threading

import pytest

from raglan.errors import StoreError
from raglan.talk.exchange import Exchange, read, written
from raglan.talk.sessions import SESSIONS, Session, Sessions
from raglan.types import Answer, Clarify, Hit, Query
from tests.talk.samples import PASSAGES

BY_ID = {one.id: one for one in PASSAGES}
ANSWERED = Exchange(
    "它多久？", Query("烤箱的保修期多久？", where={"kind": ("pdf", "md")}), Answer("两年", confidence=0.8),
    ("烤箱",), True, (Hit(PASSAGES[4], 0.9, "learned"),),
)  # fmt: skip
ASKED = Exchange(
    "warranty?", Query("warranty?"), Clarify("Which?", ("a", "b"), (Query("a"), Query("b", where={"x": "1"})))
)


def sessions(folder):
    return Sessions(folder, clock=lambda: "2026-11-28T10:00:00+00:00")


@pytest.mark.parametrize("exchange", [ANSWERED, ASKED], ids=["answer", "clarify"])
def test_an_exchange_comes_back(exchange):
    assert read(written(exchange), BY_ID.get) == exchange


def test_what_was_deleted_from_the_documents_does_not_come_back():
    made = written(ANSWERED)
    assert PASSAGES[4].text not in str(made)
    assert read(made, lambda _: None).hits == ()


@pytest.mark.parametrize("wrong", [{}, {"hits": 3}, {"hits": [], "said": "x", "query": None}])
def test_something_else_is_no_exchange(wrong):
    with pytest.raises(ValueError, match="no exchange"):
        read(wrong, BY_ID.get)


def test_sessions_outlive_the_process(tmp_path):
    first = sessions(tmp_path)
    for name in ("kitchen", "kitchen", "法律"):
        first.add(name, ANSWERED)
    first.close()
    again = sessions(tmp_path)
    assert again.of("kitchen", BY_ID.get) == [ANSWERED, ANSWERED]
    assert again.of("new", BY_ID.get) == []
    assert [(one.name, one.turns) for one in again.all()] == [("kitchen", 2), ("法律", 1)]
    assert isinstance(again.all()[0], Session)
    assert (again.drop("kitchen"), again.drop("kitchen")) == (2, 0)
    again.close()
    again.close()


KILLED = """
import os, pathlib, sys
from raglan.talk.exchange import Exchange
from raglan.talk.sessions import Sessions
from raglan.types import Answer, Query
made = Sessions(pathlib.Path(sys.argv[1]), clock=lambda: "t")
for turn in range(10**6):
    made.add("s", Exchange(str(turn), Query("q"), Answer("a")))
    print(turn, flush=True)
"""


def test_a_killed_process_loses_no_acknowledged_turn(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(20):
        last = int(process.stdout.readline())
    process.kill()
    told = [last, *(int(line) for line in process.stdout if line.endswith("\n"))]
    process.wait()
    process.stdout.close()
    made = sessions(tmp_path)
    kept = [int(one.said) for one in made.of("s", BY_ID.get)]
    assert kept[: told[-1] + 1] == list(range(told[-1] + 1))
    made.close()


def test_two_writers_lose_nothing(tmp_path):
    first, second = sessions(tmp_path), sessions(tmp_path)

    def talk(one, name):
        for turn in range(20):
            one.add("s", Exchange(f"{name}{turn}", Query("q"), Answer("a")))

    threads = [threading.Thread(target=talk, args=pair) for pair in ((first, "a"), (second, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [one.said for one in first.of("s", BY_ID.get)]
    assert len(said) == 40
    assert [one for one in said if one[0] == "a"] == [f"a{turn}" for turn in range(20)]
    first.close()
    second.close()


def test_a_damaged_file_is_told(tmp_path):
    (tmp_path / SESSIONS).write_bytes(b"no database" * 400)
    with pytest.raises(StoreError, match="sessions cannot be used"):
        sessions(tmp_path)


def test_a_later_format_is_told(tmp_path):
    import sqlite3

    database = sqlite3.connect(tmp_path / SESSIONS)
    database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(StoreError, match="format 99"):
        sessions(tmp_path)


def test_half_a_character_is_kept_as_a_mark(tmp_path):
    made = sessions(tmp_path)
    made.add("s", Exchange("a\ud800b", Query("a\ud800b"), Answer("c")))
    [one] = made.of("s", BY_ID.get)
    assert one.said == "a?b"
    made.close()
