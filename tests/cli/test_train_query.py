"""The command that adapts the query side: to labelled sets and to feedback, kept if better, and served as it says."""

import json
import random
import re

import numpy as np
import pytest

from raglan.build.parts import library
from raglan.cli.main import main
from raglan.config import Config, Spec
from raglan.encode.adapter import adapted
from raglan.models.adapter import read_adapter
from raglan.store.feedback import Feedback, FeedbackLog
from raglan.store.store import Store
from raglan.types import Document, Passage, Query, Span

WORDS = [f"{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(30)]
AT = "2026-01-01T12:00:00Z"


def foreign(rows, seed=0):
    """Texts, and for each a question in other words, always the same ones."""
    chance = random.Random(seed)
    for at in range(rows):
        own = chance.sample(WORDS, 4)
        yield f"{' '.join(own)} {at}.", f"{' '.join(f'query{word}' for word in own)}"


def lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def labelled(folder, rows=60, seed=0):
    made = list(foreign(rows, seed))
    lines(folder / "corpus.jsonl", [{"id": f"p{at}", "text": text} for at, (text, _) in enumerate(made)])
    asked = [{"id": f"q{at}", "question": query, "positives": [f"p{at}"]} for at, (_, query) in enumerate(made)]
    lines(folder / "questions.jsonl", asked)
    return folder


def stored(place, rows=60, *, said=True, encoder="hashing", asked=None):
    """A store in which every document was found right for the question that means it, by thumb or by click."""
    made = library(place, Config().using("encoder", Spec(encoder)))
    log = FeedbackLog(made.store)
    with made.store.transaction():
        for at, (text, query) in enumerate(foreign(rows)):
            name = f"d{at}.txt"
            made.store.put(Document(name, text), [Passage(f"{name}:0", text, name, Span(0, len(text)))])
            if said:
                verdict = 1.0 if at % 2 else 0.5
                log.add(Feedback(AT, asked(text) if asked else query, f"{name}:0", verdict, person=f"p{at % 3}"))
    made.words.follower.refresh()
    made.encode()
    made.close()
    return place


def run(capsys, *arguments):
    code = main(["train", "query", *map(str, arguments)])
    captured = capsys.readouterr()
    # On a busy machine there is progress to tell.
    return code, captured.out, re.sub(r"^vectors \d.*\n", "", captured.err, flags=re.MULTILINE)


HASHING = ("--encoder", "hashing")


def test_labels_give_a_model_that_is_served_by_its_path(tmp_path, capsys):
    data, model = labelled(tmp_path / "set"), tmp_path / "deep" / "model"
    code, out, err = run(capsys, data, "-o", model, *HASHING)
    assert (code, err) == (0, "")
    assert f"kept: {model}; --encoder {model} tries it" in out
    assert f'encoder = {{ use = "adapted", model = "{model}" }}' in out
    [row] = [line.split() for line in out.splitlines() if line.startswith("set ")]
    assert int(row[1]) == 60
    assert float(row[3]) > float(row[2]) + 0.2  # recall@1
    facts = read_adapter(model).facts
    assert facts["metrics"]["set"]["questions"] == 60
    assert (facts["seed"], facts["data"]) == (0, [{"name": "set", "questions": 60}])
    # A folder of these texts finds by it what it did not find before.
    docs = tmp_path / "docs"
    docs.mkdir()
    for at, (text, _) in enumerate(foreign(60)):
        (docs / f"d{at}.txt").write_text(text)
    assert main(["index", str(docs), *HASHING]) == 0
    ranks = {}
    for name in ("hashing", str(model)):
        firsts = []
        for _, query in list(foreign(60))[::6]:
            capsys.readouterr()
            assert main(["search", str(docs), query, "--encoder", name, "--by", "vectors", "--json", "-k", "1"]) == 0
            captured = capsys.readouterr()
            assert captured.err == ""
            [hit] = json.loads(captured.out)["hits"]
            firsts.append(hit["document"])
        ranks[name] = sum(first == f"d{6 * at}.txt" for at, first in enumerate(firsts))
    assert ranks[str(model)] > ranks["hashing"] + 3


def test_feedback_of_a_store_gives_a_model_for_its_encoder(tmp_path, capsys, monkeypatch):
    store, model = stored(tmp_path / "docs" / ".raglan"), tmp_path / "model"
    before = Store(store).setting("encoder")

    def encode(self, texts, *, role):
        assert role == "query", "passages have vectors already"
        return encodes(self, texts, role=role)

    from raglan.encode.hashing import HashingEncoder

    encodes = HashingEncoder.encode
    with monkeypatch.context() as patch:
        patch.setattr(HashingEncoder, "encode", encode)
        code, out, err = run(capsys, store, "-o", model)
    assert (code, err) == (0, "")
    assert "docs/feedback" in out
    found = read_adapter(model)
    assert (found.use, found.identity) == ("hashing", "hashing:256")
    assert Store(store).setting("encoder") == before
    # In the store's own configuration it serves from then on, and nothing is encoded anew.
    (store / "raglan.toml").write_text(f'encoder = {{ use = "adapted", model = "{model}" }}')
    query = next(foreign(60))[1]
    capsys.readouterr()
    assert main(["search", str(store), query, "--by", "vectors", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert json.loads(captured.out)["hits"][0]["document"] == "d0.txt"


def test_it_is_fitted_anew_to_the_encoder_below(tmp_path, capsys):
    """A store that is served by an adapter is adapted again, not the adapter."""
    store, model = stored(tmp_path / "store"), tmp_path / "model"
    assert run(capsys, store, "-o", model)[0] == 0
    before = adapted(model=str(model)).adapter
    made = library(store, Config().using("encoder", Spec("adapted", {"model": str(model)})))
    made.encode()
    made.close()
    assert run(capsys, store, "-o", tmp_path / "again")[0] == 0
    assert read_adapter(tmp_path / "again").use == "hashing"
    assert adapted(model=str(tmp_path / "again")).adapter == before
    assert run(capsys, store, "-o", tmp_path / "third", "--encoder", model)[0] == 0
    assert adapted(model=str(tmp_path / "third")).adapter == before


def test_one_that_is_no_better_is_rejected(tmp_path, capsys):
    texts = [f"{word} {at}." for at, word in enumerate(WORDS)]
    lines(tmp_path / "easy" / "corpus.jsonl", [{"id": f"p{at}", "text": text} for at, text in enumerate(texts)])
    asked = [{"id": f"q{at}", "question": text, "positives": [f"p{at}"]} for at, text in enumerate(texts)]
    lines(tmp_path / "easy" / "questions.jsonl", asked)
    model = tmp_path / "model"
    code, out, err = run(capsys, tmp_path / "easy", "-o", model, *HASHING)
    assert code == 1
    assert "kept" not in out
    assert err == "rejected: its mean nDCG@10, 1.0000, is not above 1.0000, what it was before\n"
    assert not model.exists()
    # What was there before stays.
    assert run(capsys, labelled(tmp_path / "set"), "-o", model, *HASHING)[0] == 0
    before = {one.name: one.read_bytes() for one in model.iterdir()}
    assert run(capsys, tmp_path / "easy", "-o", model, *HASHING)[0] == 1
    assert {one.name: one.read_bytes() for one in model.iterdir()} == before


def test_json_for_programs(tmp_path, capsys):
    code, out, err = run(capsys, labelled(tmp_path / "set"), "-o", tmp_path / "model", *HASHING, "--json")
    found = json.loads(out)
    assert (code, err, found["kept"], found["faults"], found["rows"]) == (0, "", True, [], 60)
    assert found["encoder"] == {"use": "hashing", "options": {}, "identity": "hashing:256"}
    assert found["penalty"] > 0
    assert found["sets"]["set"]["after"]["ndcg@10"] > found["sets"]["set"]["before"]["ndcg@10"]
    code, out, err = run(capsys, labelled(tmp_path / "few", 10), "-o", tmp_path / "model", *HASHING, "--json")
    found = json.loads(out)
    assert (code, found["kept"]) == (1, False)
    assert err == "".join(f"rejected: {fault}\n" for fault in found["faults"])


def test_a_seed_decides_and_kept_indexes_change_little(tmp_path, capsys):
    data, work = labelled(tmp_path / "set"), tmp_path / "work"
    said = {}
    for name, *options in (("a",), ("b",), ("c", "--seed", 5), ("d", "--work", work), ("e", "--work", work)):
        run(capsys, data, "-o", tmp_path / name, *HASHING, *options)
        said[name] = adapted(model=str(tmp_path / name))._matrix
    assert np.array_equal(said["a"], said["b"])
    assert not np.array_equal(said["d"], said["c"])
    assert np.array_equal(said["d"], said["e"])
    assert said["d"] == pytest.approx(said["a"], abs=1e-2)  # an index rounds
    assert [path.name for path in work.iterdir()] == ["set"]


def test_at_most_so_many_questions(tmp_path, capsys):
    _, out, _ = run(capsys, labelled(tmp_path / "set"), "-o", tmp_path / "m", *HASHING, "--json", "--limit", "30")
    assert json.loads(out)["sets"]["set"]["questions"] == 30


def test_what_was_left_out_is_told(tmp_path, capsys):
    place = stored(tmp_path / "store")
    store = Store(place)
    log = FeedbackLog(store)
    for query, passage, verdict in (("gone?", "nowhere", 1), ("wrong?", "d1.txt:0", -1), ("moved?", "d2.txt:0", 1)):
        log.add(Feedback(AT, query, passage, verdict))
    store.put(Document("d2.txt", "Other."), [Passage("d2.txt:0", "Other.", "d2.txt", Span(0, 6))])
    store.close()
    _, _, err = run(capsys, place, "-o", tmp_path / "m")
    assert err.splitlines()[:3] == [
        "store/feedback: left out: 2 opinions of passages that have changed since",
        "store/feedback: left out: 1 opinions of passages that are gone",
        "store/feedback: left out: 1 questions of which nothing was found right",
    ]


def test_nothing_that_was_said_is_nothing_to_learn_from(tmp_path, capsys):
    place = stored(tmp_path / "store", 5, said=False)
    code, out, err = run(capsys, place, "-o", tmp_path / "m")
    assert (code, out) == (1, "")
    assert f"{place}: holds no feedback that something could be learned from (nobody has said anything" in err


def test_a_folder_of_documents_leads_to_its_store(tmp_path, capsys):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# Tea\n\nTea is a drink of leaves.")
    assert main(["index", str(tmp_path / "docs"), *HASHING]) == 0
    code, _, err = run(capsys, tmp_path / "docs", "-o", tmp_path / "m")
    assert code == 1
    assert f"name its store: {tmp_path / 'docs' / '.raglan'}" in err
    code, _, err = run(capsys, tmp_path, "-o", tmp_path / "m")
    assert code == 1
    assert "store" not in err


def test_stores_of_different_encoders_are_told(tmp_path, capsys):
    one, other = stored(tmp_path / "one", 30), stored(tmp_path / "other", 30, encoder="static")
    code, out, err = run(capsys, one, other, "-o", tmp_path / "m")
    assert (code, out) == (2, "")
    assert "the stores have vectors of different encoders, hashing and static" in err
    assert run(capsys, one, other, "-o", tmp_path / "m", *HASHING)[0] in (0, 1)


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--encoder", "none"], 2, "name one with --encoder NAME"),
        (["--encoder", "hashin"], 2, "did you mean 'hashing'"),
        (["--loss", "hinge"], 2, "--loss is nothing that query can use"),
        (["--from", "x"], 2, "--from is nothing that query can use"),
        (["--config", "nowhere.toml"], 2, "nowhere.toml"),
    ],
)
def test_wrong_usage(tmp_path, capsys, options, code, says):
    found, out, err = run(capsys, labelled(tmp_path / "set", 3), "-o", tmp_path / "m", *options)
    assert (found, out) == (code, "")
    assert says in err
    assert not (tmp_path / "m").exists()


def test_a_folder_that_holds_something_else_is_left_alone_at_once(tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    code, out, err = run(capsys, "nowhere", "-o", tmp_path / "mine", *HASHING)
    assert (code, out) == (2, "")
    assert "holds something that is no model" in err


def test_a_merge_learns_from_feedback_in_the_store_itself(tmp_path, capsys):
    place, model = stored(tmp_path / "store", asked=lambda text: text[:5]), tmp_path / "merge.json"
    before = Store(place).setting("encoder")
    code = main(["train", "merge", str(place), "-o", str(model), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert code == (0 if found["kept"] else 1)
    assert 5 < found["sets"]["store/feedback"]["questions"] < 30
    assert Store(place).setting("encoder") == before
    made = library(place, Config())
    assert [hit.passage.document for hit in made.rag.search(Query("d3.txt"), 1)] == ["d3.txt"]
    made.close()
