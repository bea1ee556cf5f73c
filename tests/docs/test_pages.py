"""The pages run: Python blocks are executed, commands are typed, and what is shown of their output must be in it."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from raglan.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def beside_handbook(tmp_path_factory):
    """A folder with the example handbook in it, indexed once for all pages."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(ROOT / "examples" / "handbook", folder / "handbook", ignore=shutil.ignore_patterns(".raglan"))
    return folder


def pages_with_blocks():
    return [page for page in PAGES if BLOCK.search(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", pages_with_blocks(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_page_runs(page, beside_handbook, monkeypatch, capsys):
    monkeypatch.chdir(beside_handbook)
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        language, code = match.groups()
        if language == "python":
            exec(compile(code, str(page), "exec"), {"__name__": "page"})
        else:
            run_console(code, capsys)


def run_console(block, capsys):
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        name, *arguments = shlex.split(command)
        assert name == "raglan", command
        capsys.readouterr()
        assert main(arguments) == 0, command
        printed = capsys.readouterr().out
        for line in shown.strip().splitlines():
            assert line in printed, f"$ {command}\n{printed}"


def test_every_page_is_linked():
    linked = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for page in PAGES[2:]:
        assert page.name in linked, f"no page links to {page}"


def test_links_lead_somewhere():
    for page in [*PAGES, *(ROOT / "models").rglob("*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"
