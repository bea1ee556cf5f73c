"""The example handbook must not be answered worse than it is: small, committed, and gated like anybody's own set.

Its questions, and those across languages, are well formed.
"""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from raglan.build.over import opened
from raglan.cli.main import main
from raglan.config import Config
from raglan.text.words import chinese_share

EXAMPLES = Path(__file__).parents[2] / "examples"
GATES = (
    "learned:recall@1>=0.75",
    "learned:recall@5>=0.88",
    "learned:ndcg@10>=0.82",
    "sentence:contains>=0.8",
    "sentence:citation_precision>=0.85",
    "sentence:abstain_auroc>=0.9",
)


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """The documents of the handbook by name, as Raglan reads them."""
    store = tmp_path_factory.mktemp("read") / "store"
    made, _ = opened(EXAMPLES / "handbook", store=store, config=Config.of({"encoder": {"use": "none"}}))
    with closing(made):
        yield {name: made.store.document(name) for name in made.store.documents()}


@pytest.mark.parametrize("name", ["handbook.questions.jsonl", "handbook.cross.jsonl"])
def test_every_answer_stands_in_its_document(name, read):
    rows = [json.loads(line) for line in (EXAMPLES / name).read_text(encoding="utf-8").splitlines()]
    assert [row["id"][1:] for row in rows] == [f"{number:02}" for number in range(1, 61)]
    assert len({row["question"] for row in rows}) == len(rows)
    for row in rows:
        told = {"answers", "positives"} & row.keys()
        assert row.keys() - {"cross_lingual"} == {"id", "question", "answerable", *told}, row["id"]
        assert told == ({"answers", "positives"} if row["answerable"] else set()), row["id"]
        for document in (read[positive] for positive in row.get("positives", ())):
            text = " ".join(document.text.split())
            assert all(answer in text for answer in row["answers"]), (row["id"], document.id)
            if row.get("cross_lingual"):
                assert (chinese_share(row["question"]) > 0) != (document.meta["language"] == "zh"), row["id"]


def test_the_questions_across_languages_go_both_ways():
    rows = [json.loads(line) for line in (EXAMPLES / "handbook.cross.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(row["cross_lingual"] for row in rows)
    assert sum(chinese_share(row["question"]) > 0 for row in rows) == 30


def test_the_handbook_keeps_its_gates(tmp_path, capsys):
    documents = tmp_path / "handbook"
    shutil.copytree(EXAMPLES / "handbook", documents, ignore=shutil.ignore_patterns(".raglan"))
    arguments = ["eval", str(EXAMPLES / "handbook.questions.jsonl"), "--over", str(documents)]
    arguments += ["--systems", "words,learned,sentence"]
    arguments += ["--metrics", "recall@1,recall@5,ndcg@10,contains"]
    for gate in GATES:
        arguments += ["--gate", gate]
    code = main(arguments)
    assert code == 0, capsys.readouterr().err
