"""The example handbook must not be answered worse than it is: small, committed, and gated like anybody's own set."""

import shutil
from pathlib import Path

from raglan.cli.main import main

EXAMPLES = Path(__file__).parents[2] / "examples"
GATES = (
    "learned:recall@1>=0.75",
    "learned:recall@5>=0.88",
    "learned:ndcg@10>=0.82",
    "sentence:contains>=0.8",
    "sentence:citation_precision>=0.85",
    "sentence:abstain_auroc>=0.9",
)


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
