"""``raglan ask`` with an asker: a question back with its choices, for people and for programs."""

import json

import pytest

from raglan.cli.main import main

KETTLE = "# Kettle\n\n## Cleaning\n\nRinse it weekly.\n\n## Warranty\n\nTwo years from the date of purchase.\n"
POT = "# 电水壶\n\n## 清洗\n\n每周冲洗一次。\n\n## 保修\n\n自购买之日起两年。\n"


@pytest.fixture
def asks(tmp_path, capsys):
    docs, config = tmp_path / "docs", tmp_path / "raglan.toml"
    docs.mkdir()
    (docs / "kettle.md").write_text(KETTLE, encoding="utf-8")
    (docs / "pot.md").write_text(POT, encoding="utf-8")
    config.write_text('asker = { use = "facets", cost = 0.2 }\nencoder = "none"\nthreshold = 0\n', encoding="utf-8")

    def run(question, *options):
        code = main(["ask", str(docs), question, "--config", str(config), *options])
        assert code == 0
        return capsys.readouterr().out

    return run


def test_people_see_the_question_and_numbered_choices(asks):
    assert asks("Tell me about the kettle.") == (
        "What would you like to know about Kettle?\n  1. Cleaning\n  2. Warranty\n"
    )
    assert asks("介绍一下电水壶") == "您想了解“电水壶”的哪方面？\n  1. 清洗\n  2. 保修\n"


def test_programs_get_it_as_clarify(asks):
    found = json.loads(asks("Tell me about the kettle.", "--json"))
    assert found["clarify"] == {
        "question": "What would you like to know about Kettle?",
        "options": ["Cleaning", "Warranty"],
        "queries": [{"question": name, "where": {"document": ["kettle.md"]}} for name in ("Cleaning", "Warranty")],
    }
    assert (found["answer"], found["abstained"], found["citations"]) == ("", False, [])


def test_a_whole_question_is_answered(asks):
    found = json.loads(asks("How often should the kettle be rinsed?", "--json"))
    assert found["clarify"] is None
    assert "weekly" in found["answer"]
