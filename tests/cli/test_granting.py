"""``raglan index --access``: what is read is for those who were named, from the moment at which it is there."""

import json

import pytest

from raglan.cli.main import main
from raglan.store.access import grants
from raglan.store.store import Store
from raglan.store.view import view

PAY = "# Pay\n\nThe directors are paid nine thousand a month.\n"
LIFT = "The lift holds six people.\n"


@pytest.fixture
def folders(tmp_path):
    for name, text in {"people/pay.md": PAY, "people/old/pay.txt": PAY, "house/lift.txt": LIFT}.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return tmp_path


def index(folders, *arguments):
    return main(["index", *arguments, "-o", str(folders / "store"), "--words-only", "--encoder", "none"])


def seen(folders, *groups):
    """The documents that members of ``groups`` see."""
    store = Store(folders / "store")
    found = set(view(store, frozenset(groups)).documents())
    store.close()
    return found


def last(folders):
    store = Store(folders / "store")
    [[found]] = store.rows("SELECT max(seq) FROM change")
    store.close()
    return found


def test_a_folder_is_for_those_who_are_named(folders):
    assert index(folders, str(folders / "house")) == 0
    assert index(folders, str(folders / "people"), "--access", "hr, legal", "--access", "人事") == 0
    pay = {"people/pay.md", "people/old/pay.txt"}
    assert seen(folders) == {"lift.txt"}
    for group in ("hr", "legal", "人事"):
        assert seen(folders, group) == {"lift.txt", *pay}


def test_without_the_option_all_stays_and_what_is_new_is_for_the_same(folders):
    people = str(folders / "people")
    index(folders, str(folders / "house"))
    index(folders, people, "--access", "hr")
    (folders / "people" / "bonus.txt").write_text("A bonus of one month was paid.\n")
    (folders / "people" / "pay.md").write_text(PAY + "\nIn May ten thousand.\n")
    assert index(folders, people) == 0
    assert seen(folders) == {"lift.txt"}
    assert "people/bonus.txt" in seen(folders, "hr")


def test_said_again_it_changes_nothing_and_otherwise_all(folders):
    index(folders, str(folders / "house"))
    people = str(folders / "people")
    index(folders, people, "--access", "hr")
    before = last(folders)
    index(folders, people, "--access", "hr")
    assert last(folders) == before
    index(folders, people, "--access", "legal")
    assert seen(folders, "hr") == {"lift.txt"}
    assert index(folders, people, "--access", "") == 0
    assert seen(folders) == {"lift.txt", "people/pay.md", "people/old/pay.txt"}


def test_a_file_alone_is_granted(folders):
    index(folders, str(folders / "house"))
    index(folders, str(folders / "people" / "pay.md"), "--access", "hr")
    index(folders, str(folders / "people" / "old"))
    assert seen(folders, "hr") - seen(folders) == {"pay.md/pay.md"}


def test_what_another_folder_has_read_already_is_granted_too(folders):
    index(folders, str(folders / "people"))
    assert index(folders, str(folders / "people" / "old"), "--access", "hr") == 0
    assert seen(folders) == {"pay.md"}


def test_the_first_folder_is_all_that_is_not_granted_otherwise_and_that_is_told(folders, capsys):
    index(folders, str(folders / "people"), "--access", "hr")
    assert seen(folders) == set()
    capsys.readouterr()
    index(folders, str(folders / "house"))
    assert "house: seen by hr" in capsys.readouterr().err
    assert seen(folders) == set()
    index(folders, str(folders / "house"), "--access", "")
    assert seen(folders) == {"house/lift.txt"}
    capsys.readouterr()
    index(folders, str(folders / "house"))
    assert "seen by" not in capsys.readouterr().err


def test_rows_that_are_read_one_by_one_are_granted(folders):
    rows = [{"_id": str(n), "title": "Pay", "text": f"The directors are paid {n} thousand."} for n in range(20)]
    (folders / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    index(folders, str(folders / "house"))
    index(folders, str(folders / "corpus.jsonl"), "--access", "hr")
    assert seen(folders) == {"lift.txt"}
    assert len(seen(folders, "hr")) > 1


def test_what_is_no_group_is_told_before_anything_is_read(folders, capsys):
    assert index(folders, str(folders / "people"), "--access", "h r") == 2
    assert "group 'h r'" in capsys.readouterr().err
    assert not (folders / "store").exists()


def test_a_grant_is_kept_where_the_reading_stops(folders, monkeypatch):
    index(folders, str(folders / "house"))
    monkeypatch.setattr("raglan.build.parts.sync", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        index(folders, str(folders / "people"), "--access", "hr")
    store = Store(folders / "store")
    assert grants(store) == {"people/": ("hr",)}
    store.close()
