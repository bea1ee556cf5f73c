"""What ``raglan search`` can list: passages, segments, documents."""

import json

import pytest

from raglan.cli.main import main

HIT = {"document", "passage", "score", "by", "start", "end", "text"}
DOCUMENT = {"document", "score", "by", "found", "hits"}
PUMP = "# Pump\n\n" + "\n\n".join(f"## Part {n}\n\nThe valve {n} of the pump wears out." for n in range(5)) + "\n"
VALVE = "The valve wears out, and the valve must be replaced: a valve is cheap.\n"
LONG = "\n\n".join(
    f"Step {n}. Rinse the filter of the boiler, then dry filter number {n}. " + "Wait. " * 80 for n in range(6)
)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "docs"
    place.mkdir()
    for name, text in (("pump.md", PUMP), ("valve.txt", VALVE), ("long.txt", LONG), ("水.txt", "水泵的阀门会磨损。")):
        (place / name).write_text(text, encoding="utf-8")
    return place


def run(capsys, *arguments):
    code = main(["search", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def searched(capsys, *arguments):
    code, out, err = run(capsys, *arguments, "--json", "--encoder", "hashing")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_documents_json_is_exactly_the_contract(folder, capsys):
    found = searched(capsys, folder, "valve wears out", "--documents")
    assert set(found) == {"documents"}
    names = [one["document"] for one in found["documents"]]
    assert set(names) >= {"pump.md", "valve.txt"}
    assert len(set(names)) == len(names)
    for one in found["documents"]:
        assert set(one) == DOCUMENT
        assert 1 <= len(one["hits"]) == min(3, one["found"])
        text = (folder / one["document"]).read_text(encoding="utf-8")
        for hit in one["hits"]:
            assert set(hit) == HIT
            assert hit["document"] == one["document"]
            assert text[hit["start"] : hit["end"]] == hit["text"]
    scores = [one["score"] for one in found["documents"]]
    assert scores == sorted(scores, reverse=True)
    assert next(one["found"] for one in found["documents"] if one["document"] == "pump.md") == 5


def test_k_counts_documents(folder, capsys):
    assert len(searched(capsys, folder, "valve pump filter", "--documents", "-k", "2")["documents"]) == 2
    assert len(searched(capsys, folder, "valve pump filter", "--documents")["documents"]) > 2


def test_a_rule_decides(folder, capsys):
    first = {
        rule: searched(capsys, folder, "valve", "--documents", "--by", "words", "--rule", rule)["documents"][0]
        for rule in ("max", "mean", "votes", "soft")
    }
    assert {rule: one["document"] for rule, one in first.items()}["max"] == "valve.txt"
    assert first["votes"]["document"] == "pump.md"
    assert first["max"]["score"] > first["mean"]["score"]
    assert searched(capsys, folder, "valve", "--documents", "--by", "words")["documents"][0] == first["max"]


@pytest.mark.parametrize(
    "options", [["--by", "words"], ["--by", "vectors"], ["--boolean"], ["--where", "file=valve.txt"], ["-k", "1"]]
)
def test_documents_of_every_search(folder, capsys, options):
    found = searched(capsys, folder, "valve", "--documents", *options)["documents"]
    assert "valve.txt" in [one["document"] for one in found] or options == ["-k", "1"]
    if "--where" in options:
        assert [one["document"] for one in found] == ["valve.txt"]


def test_documents_for_people(folder, capsys):
    code, out, _ = run(capsys, folder, "valve wears out", "--documents", "--by", "words", "--encoder", "none")
    assert code == 0
    assert "pump.md  (words, 5 passages found)" in out
    assert "valve.txt  (words, 1 passage found)" in out
    assert out.count("of the pump wears out") == 3
    _, out, _ = run(capsys, folder, "zeppelin", "--documents", "--by", "words", "--encoder", "none")
    assert out == "Nothing found.\n"


def test_segments_are_longer_and_lead_into_the_file(folder, capsys):
    options = ("rinse filter number 2", "-k", "1", "--where", "file=long.txt")
    plain = searched(capsys, folder, *options)["hits"]
    grown = searched(capsys, folder, *options, "--segments")["hits"]
    [one], [segment] = plain, grown
    assert set(segment) == HIT
    assert LONG[segment["start"] : segment["end"]] == segment["text"]
    assert segment["start"] <= one["start"]
    assert segment["end"] >= one["end"]
    assert len(segment["text"]) > 1.5 * len(one["text"])
    assert len(segment["text"]) <= 1600


def test_neighbours_that_were_found_are_one_segment(folder, capsys):
    plain = searched(capsys, folder, "filter boiler", "-k", "6", "--by", "words")["hits"]
    grown = searched(capsys, folder, "filter boiler", "-k", "6", "--by", "words", "--segments")["hits"]
    assert len(grown) < len(plain)
    covered = [(one["start"], one["end"]) for one in grown]
    for hit in plain:
        assert any(start <= hit["start"] and hit["end"] <= end for start, end in covered)


def test_segments_as_configured(folder, capsys, tmp_path):
    config = tmp_path / "raglan.toml"
    config.write_text('segmenter = { use = "neighbours", limit = 700, around = 0 }\n', encoding="utf-8")
    options = ("rinse filter number 2", "-k", "1", "--where", "file=long.txt", "--config", config)
    plain = searched(capsys, folder, *options)["hits"]
    assert searched(capsys, folder, *options, "--segments")["hits"] == plain, "nothing is taken in"


def test_an_answer_from_segments_cites_the_file(folder, capsys, tmp_path):
    config = tmp_path / "raglan.toml"
    config.write_text('encoder = "hashing"\nsegmenter = "neighbours"\nk = 2\nthreshold = 0\n', encoding="utf-8")
    code = main(["ask", str(folder), "Which filter is dried in step 2?", "--json", "--config", str(config)])
    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert max(len(one["text"]) for one in found["evidence"]) > 900
    assert found["citations"]
    for one in found["citations"]:
        text = (folder / one["document"]).read_text(encoding="utf-8")
        assert text[one["start"] : one["end"]] == one["quote"]
    code = main(
        ["why", str(folder), "Which filter is dried in step 2?", "dry filter number 2", "--config", str(config)]
    )
    assert code == 0
    assert "weight" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--rule", "votes"], "--rule votes says how documents are ranked; it needs --documents"),
        (["--documents", "-k", "0"], "-k is 0"),
    ],
)
def test_what_does_not_go_together(folder, capsys, options, says):
    code, out, err = run(capsys, folder, "valve", *options)
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize(
    "options", [["--documents", "--segments"], ["--diverse", "--documents"], ["--documents", "--rule", "median"]]
)
def test_one_thing_at_a_time(folder, capsys, options):
    with pytest.raises(SystemExit) as stopped:
        run(capsys, folder, "valve", *options)
    assert stopped.value.code == 2
    assert "--documents" in capsys.readouterr().err or "median" in options
