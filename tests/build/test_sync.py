"""A folder and its store in step: edits, renames, deletes, bad files, and what is reported of them."""

import shutil

import pytest

from raglan.build.over import over
from raglan.build.parts import library
from raglan.build.place import is_store, store_for
from raglan.build.progress import Progress
from raglan.config import Config
from raglan.errors import StoreError
from raglan.types import Query

CONFIG = Config.of({"encoder": {"use": "hashing"}})


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "docs"
    (place / "deep").mkdir(parents=True)
    (place / "boiler.md").write_text("# Boiler\n\nThe boiler holds two litres.\n", encoding="utf-8")
    (place / "deep" / "grinder.txt").write_text("The grinder has steel burrs.\n", encoding="utf-8")
    (place / "牛奶.txt").write_text("牛奶冷藏在四度以下。", encoding="gb18030")
    return place


@pytest.fixture
def made(tmp_path):
    found = library(tmp_path / "store", CONFIG)
    yield found
    found.close()


def counts(report):
    return report.added, report.changed, report.unchanged, report.removed, len(report.skipped)


def top(made, text):
    made.encode()
    hits = made.rag.search(Query(text), 1)
    return hits[0].passage.document if hits else None


def test_first_and_second_sync(folder, made):
    assert counts(made.sync(folder)) == (3, 0, 0, 0, 0)
    assert counts(made.sync(folder)) == (0, 0, 3, 0, 0)
    assert top(made, "How much does the boiler hold?") == "boiler.md"
    assert top(made, "牛奶放在几度冷藏？") == "牛奶.txt"


def test_edits_renames_and_deletes(folder, made):
    made.sync(folder)
    (folder / "boiler.md").write_text("# Boiler\n\nThe boiler holds three litres.\n", encoding="utf-8")
    (folder / "deep" / "grinder.txt").rename(folder / "burrs.txt")
    (folder / "牛奶.txt").unlink()
    assert counts(made.sync(folder)) == (1, 1, 0, 2, 0)
    assert made.store.documents() == ["boiler.md", "burrs.txt"]
    assert "three" in made.rag.search("boiler", 1)[0].passage.text
    assert made.rag.search("牛奶冷藏", 5) == [] or all(
        h.passage.document != "牛奶.txt" for h in made.rag.search("牛奶冷藏", 5)
    )


def test_after_edits_equals_from_scratch(folder, made, tmp_path):
    made.sync(folder)
    (folder / "boiler.md").write_text(
        "# Boiler\n\nIt is made of copper.\n\n## Care\n\nRinse it weekly.\n", encoding="utf-8"
    )
    (folder / "new.csv").write_text("Part,Price\nLid,4\nTap,9\n", encoding="utf-8")
    made.sync(folder)
    made.encode()
    fresh = library(tmp_path / "fresh", CONFIG)
    fresh.sync(folder)
    fresh.encode()
    for text in ("boiler copper", "Lid price", "grinder burrs", "weekly"):
        ours, theirs = ([(h.passage.id, round(h.score, 4)) for h in lib.rag.search(text, 5)] for lib in (made, fresh))
        assert ours == theirs
    fresh.close()


def test_touched_but_same_is_not_read_again(folder, made):
    made.sync(folder)
    seq = made.store.seq
    (folder / "boiler.md").touch()
    assert counts(made.sync(folder)) == (0, 0, 3, 0, 0)
    assert made.store.seq == seq


def test_bad_files_are_named_and_do_not_stop_the_rest(folder, made):
    (folder / "empty.txt").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing of the kind")
    (folder / "data.bin").write_bytes(bytes(range(256)) * 40)
    report = made.sync(folder)
    assert report.added == 3
    assert sorted(one.path for one in report.skipped) == ["broken.pdf", "data.bin", "empty.txt"]
    assert all(one.reason and one.new for one in report.skipped)
    again = made.sync(folder)
    assert [one.new for one in again.skipped] == [False] * 3
    (folder / "empty.txt").write_text("No longer empty.", encoding="utf-8")
    assert counts(made.sync(folder)) == (1, 0, 3, 0, 2)


def test_a_file_that_turns_bad_is_dropped_and_named(folder, made):
    made.sync(folder)
    (folder / "boiler.md").write_bytes(b"")
    report = made.sync(folder)
    assert [one.path for one in report.skipped] == ["boiler.md"]
    assert "boiler.md" not in made.store.documents()


def test_good_rows_of_a_bad_file_are_kept(folder, made):
    (folder / "rows.jsonl").write_text(
        '{"id": "a", "text": "Tickets are answered in a day."}\n{"id": \n', encoding="utf-8"
    )
    report = made.sync(folder)
    assert [one.path for one in report.skipped] == ["rows.jsonl"]
    assert "2" in report.skipped[0].reason
    assert "rows.jsonl#a" in made.store.documents()


def test_two_roots_do_not_remove_each_other(folder, made, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "pump.txt").write_text("The pump makes fifteen bar.", encoding="utf-8")
    made.sync(folder)
    made.sync(other)
    (other / "boiler.md").write_text("Another boiler, of copper.", encoding="utf-8")
    assert counts(made.sync(other)) == (1, 0, 1, 0, 0)
    assert counts(made.sync(folder)) == (0, 0, 3, 0, 0)
    assert {"boiler.md", "other/boiler.md", "other/pump.txt"} < set(made.store.documents())


def test_a_root_that_is_away_takes_nothing_with_it(folder, made):
    made.sync(folder)
    away = folder.rename(folder.with_name("unmounted"))
    report = made.sync(folder)
    assert (report.removed, len(report.skipped)) == (0, 1)
    assert len(made.store.documents()) == 3
    away.rename(folder)
    assert counts(made.sync(folder)) == (0, 0, 3, 0, 0)


def test_progress_is_told(folder, made):
    seen: list[Progress] = []
    made.sync(folder, watch=seen.append)
    made.encode(seen.append)
    assert {one.stage for one in seen} == {"reading", "vectors"}
    assert all(0 <= one.done <= one.total for one in seen)


def test_a_single_file(folder, tmp_path):
    rag = over(folder / "boiler.md", config=CONFIG)
    assert rag.search("litres", 1)[0].passage.document == "boiler.md"
    assert is_store(store_for(folder / "boiler.md"))


def test_where_a_store_lies(folder, tmp_path, monkeypatch):
    assert store_for(folder) == folder / ".raglan"
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert tmp_path / "cache" in store_for(folder).parents or "raglan" in str(store_for(folder))
    with pytest.raises(StoreError, match="no such file"):
        store_for(tmp_path / "nowhere")


def test_a_deleted_store_is_made_again(folder):
    over(folder, config=CONFIG)
    shutil.rmtree(folder / ".raglan")
    assert over(folder, config=CONFIG).search("grinder", 1)


def test_another_encoder_is_built_beside_and_swapped(folder, tmp_path):
    first = library(tmp_path / "store", CONFIG)
    first.sync(folder)
    first.encode()
    second = library(tmp_path / "store", Config.of({"encoder": {"use": "hashing", "dim": 64}}))
    old, new = second.hybrid.retrievers[1], second.vectors
    assert new is not None
    assert old is not new
    assert old.search([Query("boiler litres")], 1)[0][0].passage.document == "boiler.md"
    second.encode()
    assert second.hybrid.retrievers[1] is new
    assert new.search([Query("boiler litres")], 1)[0][0].passage.document == "boiler.md"
    # The process that opened before goes on with what it has loaded.
    assert first.hybrid.retrievers[1].search([Query("boiler litres")], 1)[0][0].passage.document == "boiler.md"
    assert [path.name for path in (tmp_path / "store" / "vectors").iterdir()] == [new.generation]
    first.close()
    second.close()


def test_a_folder_that_was_moved_with_its_store(folder):
    over(folder, config=CONFIG)
    moved = folder.rename(folder.with_name("moved"))
    (moved / "boiler.md").unlink()
    (moved / "new.txt").write_text("The kettle is blue.", encoding="utf-8")
    rag = over(moved, config=CONFIG)
    assert rag.search("kettle", 1)[0].passage.document == "new.txt"
    assert all(hit.passage.document != "boiler.md" for hit in rag.search("boiler litres", 9))


def test_a_second_root_never_takes_a_file_of_the_first(made, tmp_path):
    for root, text in (("one/b", "Alpha."), ("two/b", "Beta.")):
        (tmp_path / root).mkdir(parents=True)
        (tmp_path / root / "x.txt").write_text(text, encoding="utf-8")
    made.sync(tmp_path / "one")
    made.sync(tmp_path / "two" / "b")
    assert sorted(made.store.documents()) == ["b-2/x.txt", "b/x.txt"]
