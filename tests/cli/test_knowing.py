"""``raglan read`` and ``raglan graph`` as typed."""

import json
from xml.etree import ElementTree as ET

import pytest

from raglan.cli.main import main

OLD = "# Warranty\n\nThe warranty period was 12 months. Acme Corp. was founded in 1998 by Ann Lee.\n"
NEW = "# Warranty\n\nThe warranty for all machines is 24 months. Acme Corp. is a maker of boilers.\n"


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "docs"
    place.mkdir()
    (place / "warranty-2021.md").write_text(OLD, encoding="utf-8")
    (place / "warranty.md").write_text(NEW, encoding="utf-8")
    (place / "大学.md").write_text("# 大学\n\n苏州大学位于江苏省。苏州大学成立于1900年。\n", encoding="utf-8")
    return place


def run(capsys, *arguments):
    capsys.readouterr()
    code = main([str(one) for one in arguments])
    return code, capsys.readouterr()


def test_read_tells_what_disagrees(folder, capsys):
    code, told = run(capsys, "read", folder)
    assert code == 0
    assert "two versions disagree: 12 months, 24 months" in told.out
    code, told = run(capsys, "read", folder, "--json", "-k", "2")
    found = json.loads(told.out)
    assert found["disagreements"][0]["values"] == ["12 months", "24 months"]
    assert len(found["documents"]) == 2
    for place in found["disagreements"][0]["places"]:
        assert place["end"] > place["start"]


def test_summaries_are_kept_and_cited(folder, capsys, monkeypatch):
    (folder / "parts").mkdir()
    for name in ("a", "b"):
        text = (
            f"The {name} seal of the boiler is made of silicone. Replace the seal every {len(name) + 1} years, please."
        )
        (folder / "parts" / f"{name}.txt").write_text(text, encoding="utf-8")
    found = json.loads(run(capsys, "read", folder, "--json")[1].out)
    [part] = found["folders"]
    assert part["folder"] == "parts"
    for told in (found, part, *found["documents"]):
        assert len(told["summary"]) == len(told["summary_places"])
    seal = next(one for one in found["documents"] if one["document"] == "parts/a.txt")
    assert seal["summary"][0] == "The a seal of the boiler is made of silicone."
    assert (seal["summary_places"][0]["start"], seal["summary_places"][0]["end"]) == (0, 45)
    # What was kept is not chosen again.
    monkeypatch.setattr("raglan.build.summing.gist", lambda *_, **__: pytest.fail("a kept summary was made anew"))
    assert json.loads(run(capsys, "read", folder, "--json")[1].out) == found
    assert "parts/\n  The a seal" in run(capsys, "read", folder)[1].out


def test_graph_tells_of_a_thing(folder, capsys):
    code, told = run(capsys, "graph", folder, "ACME corp")
    assert code == 0
    assert "Acme Corp | founded by | Ann Lee" in told.out
    _, told = run(capsys, "graph", folder, "蘇州大學", "--json")
    found = json.loads(told.out)
    assert {fact["relation"] for fact in found["facts"]} == {"位于", "成立于"}


def test_graph_goes_out_and_triples_come_in(folder, capsys, tmp_path):
    facts = tmp_path / "more.csv"
    facts.write_text("Acme Corp,twin of,Bolt Ltd\n", encoding="utf-8")
    out, svg, linked = tmp_path / "g.graphml", tmp_path / "g.svg", tmp_path / "g.json"
    code, told = run(capsys, "graph", folder, "--import", facts, "--export", out, "--draw", svg)
    assert code == 0
    assert "1 triples" in told.err
    assert "twin of" in out.read_text(encoding="utf-8")
    ET.fromstring(svg.read_text(encoding="utf-8"))
    assert run(capsys, "graph", folder, "--export", linked, "--format", "jsonld")[0] == 0
    assert json.loads(linked.read_text(encoding="utf-8"))["@graph"]


def test_a_removed_file_takes_its_facts_with_it(folder, capsys):
    run(capsys, "graph", folder)
    (folder / "warranty-2021.md").unlink()
    _, told = run(capsys, "graph", folder, "Ann Lee")
    assert told.out.startswith("0 facts")


@pytest.mark.parametrize("arguments", [("-k", "0"), ("--export", "x.unknown")])
def test_wrong_usage(folder, capsys, arguments):
    assert run(capsys, "graph", folder, *arguments)[0] == 2


def test_a_triple_that_is_none(folder, capsys, tmp_path):
    facts = tmp_path / "bad.csv"
    facts.write_text("a,b\n", encoding="utf-8")
    code, told = run(capsys, "graph", folder, "--import", facts)
    assert code == 1
    assert "bad.csv" in told.err
