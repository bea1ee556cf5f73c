"""The dialogues of docs/conversation.md, said again."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "conversation.md").read_text(encoding="utf-8")


def examples():
    spec = importlib.util.spec_from_file_location("dialogues", ROOT / "examples" / "dialogues.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


DIALOGUES = examples()
BLOCKS = list(DIALOGUES.BLOCK.finditer(PAGE))


def plain(text):
    """Without what differs between processors in the last digit."""
    return re.sub(r"confidence \d+%", "confidence", text)


def test_there_are_three_in_two_languages():
    commands = [block["command"].split()[1] for block in BLOCKS]
    assert commands == ["support", "support", "leaflet", "leaflet", "law", "law"]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["said"].splitlines()[0])
def test_a_dialogue_comes_out_as_it_stands(block, capsys):
    with capsys.disabled():
        made = DIALOGUES.again(block)
    assert plain(made) == plain(block.group())
