"""What a seal notices, and what it cannot."""

import os
from pathlib import Path

import pytest

from raglan.search.seal import Seal, checksum, read_seal, sealed_file, write_seal

BYTES = bytes(range(256)) * 40


@pytest.fixture
def sealed(tmp_path: Path) -> Seal:
    (tmp_path / "rows").write_bytes(BYTES)
    (tmp_path / "keys").write_bytes(b"keys")
    seal = Seal(7, "words-1 some\tencoder: x", 3, tuple(sealed_file(tmp_path, name) for name in ("rows", "keys")))
    write_seal(tmp_path, seal)
    return seal


def alter(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def test_it_comes_back_as_it_was(sealed: Seal, tmp_path: Path) -> None:
    assert read_seal(tmp_path) == sealed
    assert sealed.holds(tmp_path)
    found = sealed.file("rows")
    assert found is not None
    assert found.size == len(BYTES)
    assert sealed.file("unknown") is None


def test_touching_a_file_is_no_damage(sealed: Seal, tmp_path: Path) -> None:
    os.utime(tmp_path / "rows", ns=(1, 1))
    assert sealed.holds(tmp_path)


def test_an_altered_byte_is_noticed(sealed: Seal, tmp_path: Path) -> None:
    alter(tmp_path / "rows")
    os.utime(tmp_path / "rows", ns=(1, 1))
    assert not sealed.holds(tmp_path)


def test_an_altered_byte_behind_a_restored_time_is_not(sealed: Seal, tmp_path: Path) -> None:
    """Contents are read again only where size or time changed: that is the price of opening in a moment."""
    before = (tmp_path / "rows").stat()
    alter(tmp_path / "rows")
    os.utime(tmp_path / "rows", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert sealed.holds(tmp_path)


def test_a_shorter_file_is_noticed(sealed: Seal, tmp_path: Path) -> None:
    os.truncate(tmp_path / "rows", len(BYTES) - 1)
    assert not sealed.holds(tmp_path)


def test_a_missing_file_is_noticed(sealed: Seal, tmp_path: Path) -> None:
    (tmp_path / "keys").unlink()
    assert not sealed.holds(tmp_path)


def test_a_longer_file_is_good_as_far_as_it_was_sealed(sealed: Seal, tmp_path: Path) -> None:
    with (tmp_path / "rows").open("ab") as file:
        file.write(b"of a killed process")
    assert sealed.holds(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"\n", b"garbage", b"7\t3\twords-1\n123\n", b"\xff\xfe\x00"])
def test_a_damaged_seal_is_none(sealed: Seal, tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "seal").write_bytes(damage)
    assert read_seal(tmp_path) is None


def test_every_cut_of_a_seal_is_none(sealed: Seal, tmp_path: Path) -> None:
    whole = (tmp_path / "seal").read_bytes()
    for size in range(len(whole) - 1):
        (tmp_path / "seal").write_bytes(whole[:size])
        assert read_seal(tmp_path) is None, size


def test_no_seal_is_none(tmp_path: Path) -> None:
    assert read_seal(tmp_path) is None
    assert read_seal(tmp_path / "nowhere") is None


def test_a_grown_file_is_summed_from_where_it_ended(sealed: Seal, tmp_path: Path) -> None:
    with (tmp_path / "rows").open("ab") as file:
        file.write(b"more")
    grown = sealed_file(tmp_path, "rows", sealed.file("rows"))
    assert grown.sum == sealed_file(tmp_path, "rows").sum == checksum(tmp_path / "rows", len(BYTES) + 4)


def test_what_cannot_be_read_has_no_sum(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"abc")
    assert checksum(tmp_path / "nowhere", 3) == -1
    assert checksum(tmp_path / "short", 4) == -1
