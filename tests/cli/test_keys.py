import json

import pytest

from raglan.cli.main import main
from raglan.serve.keys import Keys


@pytest.fixture
def store(tmp_path):
    (tmp_path / "a.txt").write_text("The lift holds six people.\n")
    assert main(["index", str(tmp_path), "--encoder", "hashing"]) == 0
    return tmp_path


def test_a_key_is_made_listed_and_withdrawn(store, capsys):
    capsys.readouterr()
    made = ["keys", "add", str(store), "page", "--scope", "read", "--group", "hr", "--days", "3", "--json"]
    assert main(made) == 0
    key = json.loads(capsys.readouterr().out)
    assert (key["scopes"], key["groups"]) == (["read"], ["hr"])
    known = Keys(store / ".raglan")
    found = known.check(key["key"])
    assert found is not None
    assert found.name == "page"
    assert main(["keys", "list", str(store)]) == 0
    told = capsys.readouterr().out
    assert "page" in told
    assert key["key"] not in told
    assert main(["keys", "drop", str(store), "page"]) == 0
    assert known.check(key["key"]) is None
    known.close()


def test_the_secret_stands_alone_on_its_line(store, capsys):
    capsys.readouterr()
    assert main(["keys", "add", str(store), "other"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("rgl_")
    assert len(printed.out.splitlines()) == 1


def test_what_is_wrong_is_told(store, capsys):
    assert main(["keys", "add", str(store)]) == 2
    assert main(["keys", "add", str(store), "x", "--scope", "everything"]) == 2
    assert main(["keys", "drop", str(store), "nobody"]) == 1
    assert main(["keys", "list", str(store.parent / "elsewhere")]) == 1
    assert "raglan keys list" in capsys.readouterr().err
