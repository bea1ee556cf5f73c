"""Who may see a passage, as a corpus says it."""

from pathlib import Path

import pytest

from raglan.datasets.corpus import passage_of
from raglan.datasets.row import Row
from raglan.store.groups import groups_of


@pytest.mark.parametrize(
    ("said", "groups"),
    [
        ({"access": "hr"}, ("hr",)),
        ({"access": ["hr", "legal"]}, ("hr", "legal")),
        ({"metadata": {"access": ["hr"]}}, ("hr",)),
        ({"access": {"a": 1}}, ("{'a': 1}",)),
        ({"access": None}, ()),
        ({}, ()),
    ],
)
def test_it_is_never_left_out(said, groups):
    row = Row(Path("corpus.jsonl"), "line 1", {"id": "1", "text": "It is red.", **said})
    assert groups_of(passage_of(row).meta) == groups
