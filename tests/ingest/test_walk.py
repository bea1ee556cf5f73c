"""Walking folders: order, what is passed over, links, and problems by name."""

import os
import sys
from pathlib import Path

import pytest

from raglan.errors import ReadError
from raglan.ingest.walk import Found, walk


def plant(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def found(root: Path) -> tuple[list[str], list[ReadError]]:
    seen = list(walk(root))
    return [one.source for one in seen if isinstance(one, Found)], [one for one in seen if isinstance(one, ReadError)]


def test_sorted_by_source_with_size_and_time(tmp_path: Path) -> None:
    names = ["a.txt", "a/z.txt", "a b.txt", "B.txt", "a/b/c.txt", "a-b/x.txt", "手册.txt"]
    plant(tmp_path, *names)
    assert found(tmp_path) == (sorted(names), [])
    first = next(iter(walk(tmp_path)))
    assert isinstance(first, Found)
    assert (first.path, first.size) == (tmp_path / "B.txt", 5)
    assert first.mtime_ns == (tmp_path / "B.txt").stat().st_mtime_ns


def test_hidden_and_left_over_files_are_passed_over(tmp_path: Path) -> None:
    plant(
        tmp_path, "keep.txt", ".hidden.txt", ".git/config", ".raglan/store.db", "node_modules/a.md", "__pycache__/b.txt",
        "~$report.docx", ".a.txt.swp", "b.swp", "c.txt~", "Thumbs.db",
    )  # fmt: skip
    assert found(tmp_path) == (["keep.txt"], [])


def test_the_root_may_be_a_file_or_missing(tmp_path: Path) -> None:
    plant(tmp_path, ".a.txt")
    assert found(tmp_path / ".a.txt") == ([".a.txt"], [])
    names, [problem] = found(tmp_path / "nowhere")
    assert not names
    assert problem.source == "nowhere"
    assert "no such file" in problem.reason


def test_links_are_followed_once(tmp_path: Path) -> None:
    plant(tmp_path, "docs/a.txt", "docs/z/b.txt", "outside/c.txt", "outside/deep/d.txt")
    root = tmp_path / "docs"
    (root / "file.txt").symlink_to(root / "a.txt")
    (root / "loop").symlink_to(root)
    (root / "z" / "up").symlink_to(root / "z")
    (root / "more").symlink_to(tmp_path / "outside")
    (root / "again").symlink_to(tmp_path / "outside")
    names, problems = found(root)
    assert names == ["a.txt", "file.txt", "z/b.txt", "again/c.txt", "again/deep/d.txt"]
    assert {problem.source: problem.reason.split(":")[0] for problem in problems} == {
        "loop": "a loop",
        "z/up": "a loop",
        "more": "a link to a folder that was read as again",
    }


def test_links_into_passed_over_folders_are_followed(tmp_path: Path) -> None:
    plant(tmp_path, ".store/a.txt")
    (tmp_path / "docs").symlink_to(tmp_path / ".store")
    assert found(tmp_path) == (["docs/a.txt"], [])


def test_links_to_nowhere_and_pipes_are_problems(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").symlink_to(tmp_path / "missing.txt")
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    names, problems = found(tmp_path)
    assert not names
    assert [problem.source for problem in problems] == ["gone.txt", "pipe.txt", "self.txt"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the superuser may read everything")
def test_what_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt", "shut/b.txt", "c.txt")
    (tmp_path / "c.txt").chmod(0)
    (tmp_path / "shut").chmod(0)
    names, problems = found(tmp_path)
    (tmp_path / "shut").chmod(0o700)
    assert names == ["a.txt"]
    assert [problem.source for problem in problems] == ["c.txt", "shut"]


def test_deep_folders(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 500)
    plant(tmp_path, f"{deep}/a.txt")
    assert found(tmp_path) == ([f"{deep}/a.txt"], [])
