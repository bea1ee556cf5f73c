"""A file of passages into a store: in batches, from wherever it was left, and the same whatever happened on the way."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import tracemalloc
from pathlib import Path

import pytest

from raglan.build import stream as streaming
from raglan.build.over import over
from raglan.build.parts import library
from raglan.config import Config
from raglan.errors import StoreError
from raglan.types import Query
from tests.samples import differ, sentence

CONFIG = Config.of({"encoder": {"use": "none"}})
HEADER = "id\ttext\ttitle\n"
ROWS = 240
ROOT = Path(__file__).parents[2]


def table(count, *, seed=0, bad=0.06):
    """A table of articles of 1 to 6 rows; now and then a row is malformed, or is there a second time."""
    chance = random.Random(seed)
    rows, title, left = [HEADER], "", 0
    for number in range(1, count + 1):
        if not left:
            title, left = f"Article {chance.randrange(count)}", chance.randint(1, 6)
        left -= 1
        rows.append(f'{number}\t"{sentence(chance)}"\t{title}\n')
        if chance.random() < bad:
            rows.append(chance.choice([f"{number}\ttwice\t{title}\n", 'x\t"never closed\tT\n', "too few cells\n"]))
    return "".join(rows)


def contents(store):
    """All that a store holds."""
    return (
        store.rows("SELECT id, source, file, text, meta FROM document ORDER BY key"),
        store.rows(
            "SELECT p.id, d.id, start, stop, p.text, p.meta FROM passage p JOIN document d ON d.key = p.document"
        ),
        store.rows("SELECT * FROM change ORDER BY seq"),
        store.rows("SELECT path, size, hash, reason FROM file"),
    )


@pytest.fixture
def make(tmp_path):
    """Makes libraries over named folders."""
    made = []

    def make(name="store"):
        made.append(library(tmp_path / name, CONFIG))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "BATCH", 20)
    path = tmp_path / "psgs_w100.tsv"
    path.write_text(table(ROWS), encoding="utf-8")
    return path


def same(one, other):
    assert contents(one.store) == contents(other.store)
    asked = [Query(text) for text in ("boiler pump", "保修", "Article 7")]
    for a, b in zip(one.words.search(asked, 50), other.words.search(asked, 50), strict=True):
        assert a
        assert not differ(a, b)


def test_rows_of_one_title_are_a_document(make, tmp_path):
    path = tmp_path / "psgs_w100.tsv"
    rows = [
        "1\tA lid.\tLid",
        '2\t"It is ""red""."\tLid',
        "3\tA tap.\tTap",
        "4\tRound.\tLid",
        "5\tNameless.\t",
        "6\tToo.\t",
    ]
    path.write_text(HEADER + "\n".join(rows), encoding="utf-8")
    made = make()
    report = made.sync(path)
    assert (report.added, report.skipped) == (1, [])
    assert {name: [p.id for p in made.store.passages(name).values()] for name in made.store.documents()} == {
        "psgs_w100.tsv#Lid": ["1", "2"],
        "psgs_w100.tsv#Tap": ["3"],
        "psgs_w100.tsv#Lid@4": ["4"],
        "psgs_w100.tsv#5": ["5"],
        "psgs_w100.tsv#6": ["6"],
    }
    document = made.store.document("psgs_w100.tsv#Lid")
    assert document.text == 'A lid. It is "red".'
    assert document.source == "psgs_w100.tsv"
    for passage in made.store.passages(document.id).values():
        assert passage.span.of(document.text) == passage.text
        assert passage.meta == document.meta
    assert dict(document.meta) == {
        "title": "Lid",
        "source": "psgs_w100.tsv",
        "file": "psgs_w100.tsv",
        "kind": "csv",
        "language": "en",
    }
    [hits] = made.words.search([Query("red", where={"file": "psgs_w100.tsv", "title": "Lid"})], 5)
    assert [hit.passage.id for hit in hits] == ["2"]


@pytest.mark.parametrize("batch", [1, 13, 10_000])
def test_the_size_of_batches_makes_no_difference(make, file, monkeypatch, batch):
    make("one").sync(file)
    monkeypatch.setattr(streaming, "BATCH", batch)
    make("other").sync(file)
    same(make("one"), make("other"))


def test_malformed_rows_are_counted_and_told(make, file):
    [skipped] = make().sync(file).skipped
    bad = 0
    seen = set()
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        name = line.partition("\t")[0]
        bad += line.count("\t") != 2 or "never" in line or name in seen
        seen.add(name)
    assert bad > 5, "more than are told"
    assert skipped.new
    assert skipped.reason.startswith(f"{bad} of {ROWS + bad} rows cannot be read: line ")
    assert skipped.reason.endswith("), ...")
    assert skipped.hint == "the others are in the store"
    assert len(make().store) == ROWS


def test_a_finished_file_is_left_alone(make, file, monkeypatch):
    make().sync(file)
    before = contents(make().store)
    monkeypatch.setattr(streaming, "Stream", None)
    report = make().sync(file)
    assert (report.added, report.changed, report.unchanged, report.removed) == (0, 0, 1, 0)
    assert [one.new for one in report.skipped] == [False]
    assert contents(make().store) == before
    # Touched, it is read through, and not once more into the store.
    os.utime(file, (1, 1))
    assert make().sync(file).unchanged == 1
    assert make().sync(file).unchanged == 1


def test_progress_is_told_from_where_it_goes_on(make, file):
    seen = []

    def watch(progress):
        seen.append(progress)
        if len(seen) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make().sync(file, watch=watch)
    assert len(make().store) == int(seen[-1].note.split()[0])
    make().sync(file, watch=watch)
    done = [one.done for one in seen]
    assert done == sorted(set(done))
    assert {one.total for one in seen} == {done[-1]} == {file.stat().st_size}
    make("whole").sync(file)
    same(make(), make("whole"))


def test_words_are_found_while_the_rest_is_read(make, file, monkeypatch):
    monkeypatch.setattr(streaming, "_FOLLOW", 40)
    made, behind = make(), []
    made.sync(file, watch=lambda _: behind.append(made.words.follower.behind))
    assert max(behind) < 80
    assert not made.words.follower.behind


# What a process does until it is killed; argv: file, store, where. The batches are small, the word index follows often.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    import raglan.build.stream as streaming
    import raglan.search.lexical
    from raglan.build.parts import library
    from raglan.config import Config
    from raglan.store.ledger import Ledger
    from raglan.store.store import Store

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    def late(function, count):
        calls = iter(range(count))
        return lambda *a, **k: function(*a, **k) if next(calls, None) is not None else die()

    streaming.BATCH, streaming._FOLLOW = 20, 40
    watch = None
    file, store, where = sys.argv[1:]
    if where == "behind a batch":
        watch = late(lambda progress: None, 4)
    elif where == "within a transaction":
        Store._put_passages = late(Store._put_passages, 40)
    elif where == "before the bookmark":
        Ledger.note = late(Ledger.note, 6)
    elif where == "while words follow":
        raglan.search.lexical.write_seal = late(raglan.search.lexical.write_seal, 2)
    elif where == "while it is forgotten":
        Ledger.thin = late(Ledger.thin, 1)
    library(Path(store), Config.of({"encoder": "none"})).sync(Path(file), watch=watch)
    print("not killed")
"""


def killed(file, store, where):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(file), str(store), where],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, ""), done.stderr


@pytest.mark.parametrize(
    "where", ["behind a batch", "within a transaction", "before the bookmark", "while words follow"]
)
def test_killed_and_resumed_is_as_if_nothing_had_been(make, file, tmp_path, where):
    killed(file, tmp_path / "store", where)
    made = make()
    assert made.store.rows("PRAGMA quick_check") == [("ok",)]
    there = len(made.store)
    assert 20 < there < ROWS
    # What was committed can be asked for before anything is resumed.
    assert made.words.search([Query("boiler pump")], 5)[0]
    kept = made.store.keys()
    assert made.sync(file).added == 1
    assert made.store.keys()[:there] == kept
    make("whole").sync(file)
    same(made, make("whole"))
    names = [name for [name] in made.store.rows("SELECT id FROM passage")]
    assert len(names) == len(set(names)) == ROWS


def test_killed_while_an_old_reading_is_forgotten(make, file, tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "_DROPPED", 20)
    before = file.read_text(encoding="utf-8")
    make().sync(file)
    file.write_text(table(ROWS // 2, seed=1), encoding="utf-8")
    killed(file, tmp_path / "store", "while it is forgotten")
    # The old text is back, as it was, and its bookmark must not count: some of it has gone.
    file.write_text(before, encoding="utf-8")
    assert make().sync(file).changed == 1
    assert len(make().store) == ROWS


def test_a_file_that_changed_is_read_anew(make, file):
    make().sync(file)
    file.write_text(table(ROWS, seed=1), encoding="utf-8")
    assert make().sync(file).changed == 1
    make("scratch").sync(file)
    made, scratch = make(), make("scratch")
    assert [rows for [rows] in made.store.rows("SELECT text FROM passage ORDER BY key")] == [
        rows for [rows] in scratch.store.rows("SELECT text FROM passage ORDER BY key")
    ]
    [ours], [theirs] = (one.words.search([Query("boiler pump")], 50) for one in (made, scratch))
    assert not differ(ours, theirs)
    # A byte deep in it, at the same size; what is sealed by size and time is looked at when the time differs.
    text = file.read_bytes()
    file.write_bytes(text[:-9] + b"x" + text[-8:])
    os.utime(file, (1, 1))
    assert make().sync(file).changed == 1


def test_a_file_that_becomes_something_else_and_back(make, file):
    before = table(ROWS, bad=0)
    file.write_text(before, encoding="utf-8")
    make().sync(file)
    file.write_text("name\tprice\nLid\t4\nTap\t9\n", encoding="utf-8")
    assert make().sync(file).changed == 1
    assert make().store.documents() == ["psgs_w100.tsv"]
    file.write_text(before, encoding="utf-8")
    assert make().sync(file).changed == 1
    assert len(make().store) == ROWS
    assert "psgs_w100.tsv" not in make().store.documents()


def test_two_at_once_do_not_mix(make, file):
    second = make()
    made = make()

    def watch(progress):
        if progress.done < 3_000:
            second.sync(file)

    with pytest.raises(StoreError, match=r"another process reads psgs_w100.tsv"):
        made.sync(file, watch=watch)
    assert len(made.store) == ROWS


def test_zipped_and_as_json_lines(make, file, tmp_path):
    make("plain").sync(file)
    plain = list(make("plain").store.rows("SELECT id, text FROM passage ORDER BY key"))
    zipped = tmp_path / "psgs_w100.tsv.gz"
    zipped.write_bytes(gzip.compress(file.read_bytes()))
    made = make("zipped")
    with pytest.raises(KeyboardInterrupt):
        made.sync(zipped, watch=interrupt)
    made.sync(zipped)
    assert made.store.rows("SELECT id, text FROM passage ORDER BY key") == plain
    rows = [json.dumps({"id": name, "text": text, "document": f"d{int(name) // 5}"}) for name, text in plain]
    lines = tmp_path / "corpus.jsonl.gz"
    lines.write_bytes(gzip.compress("\n".join([*rows[:50], '{"id": ', *rows[50:], rows[7]]).encode()))
    made = make("lines")
    with pytest.raises(KeyboardInterrupt):
        made.sync(lines, watch=interrupt)
    [skipped] = made.sync(lines).skipped
    assert f"2 of {ROWS + 2} rows" in skipped.reason
    assert f"line {ROWS + 2} (passage '8' was there before)" in skipped.reason
    assert made.store.rows("SELECT id, text FROM passage ORDER BY key") == plain
    assert [p.id for p in made.store.passages("corpus.jsonl.gz#d3").values()] == ["15", "16", "17", "18", "19"]


def interrupt(progress):
    raise KeyboardInterrupt


def test_a_damaged_file_is_named_and_what_is_before_is_kept(make, file, tmp_path):
    whole = gzip.compress(file.read_bytes())
    path = tmp_path / "psgs_w100.tsv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    for _ in range(2):
        report = make().sync(path)
        [skipped] = report.skipped
        assert (report.added, report.unchanged, skipped.new) == (0, 0, True)
        assert "damaged gzip file" in skipped.reason
        assert f"{len(make().store)} passages before that are in the store" in skipped.reason
    assert len(make().store) > 20
    path.write_bytes(whole)
    assert make().sync(path).changed == 1
    assert len(make().store) == ROWS


def test_a_second_file_has_names_of_its_own(make, file, tmp_path):
    other = tmp_path / "other.tsv"
    other.write_text(table(40, seed=1, bad=0), encoding="utf-8")
    made = make()
    made.sync(file)
    made.sync(other)
    assert len(made.store) == ROWS + 40
    assert made.store.find("other.tsv/7")[1].meta["file"] == "other.tsv"
    assert made.store.find("7")[1].meta["file"] == "psgs_w100.tsv"
    assert made.sync(file).unchanged == made.sync(other).unchanged == 1


def test_over_a_file_of_passages(file):
    assert over(file, config=CONFIG).search("boiler pump", 1)
    assert over(file, config=CONFIG).search("boiler pump", 1)
    assert (file.parent / ".raglan-psgs_w100.tsv" / "store.sqlite").is_file()


def test_memory_does_not_grow_with_the_file(make, tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "BATCH", 100)
    monkeypatch.setattr(streaming, "_FOLLOW", 200)
    peaks = []
    for count in (200, 600, 2_400):
        path = tmp_path / f"{count}.tsv"
        path.write_text(table(count, bad=0), encoding="utf-8")
        made = make(str(count))
        tracemalloc.start()
        try:
            made.sync(path)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    # The first warms up caches.
    assert peaks[2] < 1.2 * peaks[1], peaks
