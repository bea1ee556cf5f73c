"""Every part, command and option is documented."""

import argparse
import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from raglan.cli.arguments import parser

DOCS = Path(__file__).parents[2] / "docs"
GROUPS = sorted(group for group in entry_points().groups if group.startswith("raglan."))


@pytest.mark.parametrize("group", GROUPS)
def test_every_part_has_a_section(group):
    page = (DOCS / "parts.md").read_text(encoding="utf-8")
    [section] = re.findall(rf"^## {re.escape(group)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    for entry in entry_points(group=group):
        if (entry.dist and entry.dist.name) == "raglan":
            assert f"\n### {entry.name}\n" in section


def test_every_command_and_option_is_documented():
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    [commands] = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    for name, command in commands.choices.items():
        [section] = re.findall(rf"^## raglan {name}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
        for action in command._actions:
            for option in action.option_strings:
                assert option in section or option in ("-h", "--help"), f"{name} {option}"
