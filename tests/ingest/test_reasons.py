"""Every sentence about a file that cannot be read has a code: those in the code, and those that files bring about."""

import ast
from pathlib import Path

import pytest

from raglan.ingest import kinds
from raglan.ingest.reasons import CODES, told

SOURCE = Path(kinds.__file__).parents[1]
FILES = [*sorted((SOURCE / "ingest").glob("*.py")), SOURCE / "serve" / "uploads.py"]
# What makes a ReadError, and which of its arguments is the sentence.
MAKERS = {"ReadError": 0, "_Lost": 0, "_bad": 1, "damaged": 1, "_damaged": 1}


def sentence(node: ast.expr) -> str:
    """A sentence with a number in place of what is filled in; empty for one that stands elsewhere."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.Constant) for part in node.values):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return ""


def sentences() -> list[str]:
    found = []
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name in MAKERS and isinstance(node, ast.Call) and len(node.args) > MAKERS[name]:
                said = sentence(node.args[MAKERS[name]])
                prefix = "damaged: " if "damaged" in name and said else ""
                # What kinds are refused is told by a table, below.
                found += [prefix + said] if said and said != "7, not a text" else []
    return sorted(set(found))


REFUSED = [*(f"{row[-2]}, not a text" for row in (*kinds._FOREIGN, *kinds._LATER))]


def test_the_sentences_are_found():
    assert len(sentences()) > 40
    assert {"encrypted", "it has no name", "damaged: slide 7 is missing", "larger than 7 MB"} <= set(sentences())


@pytest.mark.parametrize("said", [*sentences(), *sorted(set(REFUSED))])
def test_each_has_a_code(said):
    assert told(said).code != "other"


@pytest.mark.parametrize(
    ("said", "code", "values"),
    [
        ("larger than 100 MB", "too_large", {"most": "100"}),
        ("unpacks to 300 MB, more than 200 MB", "unpacks_too_large", {"size": "300", "most": "200"}),
        ("unpacks to more than 200 MB", "unpacks_too_large", {"most": "200"}),
        ("an archive (zip)", "archive", {"format": "zip"}),
        ("an archive (RAR), not a text", "archive", {"format": "RAR"}),
        ("a Word file of the old kind (.doc)", "format", {"format": ".doc"}),
        ("empty", "empty", {}),
        ("empty: there is no text in it", "no_text", {}),
        ("rows.jsonl#3 is garbled: 40.0% of its characters are no text", "garbled", None),
        ("1,204 of 2,000 rows cannot be read: line 1 (no text), ...", "bad_rows", None),
        ("it took more than 61 seconds", "too_slow", {"seconds": "61"}),
        ("its reader crashed (SIGSEGV)", "reader_failed", {"detail": "SIGSEGV"}),
        ("its reader failed (ValueError: two\nlines)", "reader_failed", {"detail": "ValueError: two\nlines"}),
        ("its name begins with @", "name_begins", {"sign": "@"}),
        ("a stranger's own words", "other", {}),
        ("", "other", {}),
    ],
)
def test_codes_and_values(said, code, values):
    found = told(said)
    assert found.code == code
    assert found.code in CODES
    if values is not None:
        assert found.values == values
