"""A file of passages into a store, row by row: for files that are larger than the memory.

Rows are read in batches. Each is one transaction, with a bookmark in it that tells how far the file was read: a process
killed at any moment leaves a store that opens, and the next one goes on behind the last batch. Of the file
a batch is held at a time; what the store and the word index hold beside it, bench/streaming.py tells. Words can be searched
while the rest is still being read; vectors follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from raglan.build.articles import TOLD, Article, Batch, batches, laid
from raglan.build.progress import Pace, Watch
from raglan.build.roots import root_name
from raglan.build.sync import Skipped, SyncReport
from raglan.datasets.stream import Place, Stream, head_of, sum_of
from raglan.errors import DataError, StoreError
from raglan.protocols import Masker
from raglan.search.follow import Follower
from raglan.store.adding import add_passages, documents_there, passages_there
from raglan.store.bookmark import Bookmark
from raglan.store.ledger import FileState, Ledger
from raglan.store.store import Store
from raglan.types import Passage

__all__ = ["stream"]

BATCH = 2_000  # passages of a transaction
_FOLLOW = 20_000  # passages between two looks of the word index
_DROPPED = 200  # documents of a transaction
_KINDS = {"psgs": "csv", "corpus": "jsonl"}


def stream(
    store: Store,
    root: Path,
    *,
    form: str,
    words: Follower,
    prefix: str = "",
    watch: Watch | None = None,
    mask: Masker | None = None,
) -> SyncReport:
    """Bring ``store`` in step with the file ``root`` of passages, in a ``form`` that ``datasets`` reads row by row.

    ``form`` is ``psgs`` or ``corpus`` (:func:`raglan.datasets.recognise.of_passages`). Ids begin with ``prefix``.
    Interrupted, it goes on where it was when called again; a file that has changed is read anew. Malformed rows are
    counted, and the first of them named, in the report. Passages that a ``mask`` shortens are laid one behind the other.
    """
    return _Streaming(store, root, form, words, prefix, mask).run(watch)


class _Streaming:
    def __init__(self, store: Store, root: Path, form: str, words: Follower, prefix: str, mask: Masker | None) -> None:
        self._store, self._root, self._form, self._words, self._prefix = store, root, form, words, prefix
        self._mask, self._head = mask, f"{head_of(root)}{f' {mask.identity}' if mask else ''}"
        self._ledger = Ledger(store)
        found = root.stat()
        name = prefix + root.name
        self._facts = {"source": name, "file": root.name, "kind": _KINDS[form]}
        self._placed = form == "corpus"
        # The file as it is now; what the ledger says of it is replaced with every batch.
        self._now = FileState(name, found.st_size, found.st_mtime_ns, b"", root=root_name(store, root))
        self._noted = self._ledger.state(name)

    def run(self, watch: Watch | None) -> SyncReport:
        report, before = SyncReport(), self._noted
        mark, trouble = self._left_off(), ""
        if mark is None:
            mark = self._anew()
            report.added, report.changed = (1, 0) if before is None else (0, 1)
        elif mark.done:
            report.unchanged = 1
        else:
            report.added = 1
        if not mark.done:
            mark, trouble = self._take_all(mark, watch)
        if trouble:
            report = SyncReport()
            report.skipped.append(Skipped(self._now.path, trouble, "copy it again"))
        elif mark.bad:
            report.skipped.append(Skipped(self._now.path, _reason(mark), _hint(mark), new=not report.unchanged))
        self._words.refresh()
        return report

    def _left_off(self) -> Bookmark | None:
        """Where to go on, if what was read of the file until now still stands in it."""
        if self._noted is None or self._noted.size != self._now.size:
            return None
        mark = Bookmark.of(self._noted.hash)
        if mark is None or mark.head != self._head:
            return None
        if self._noted.mtime != self._now.mtime:
            # Touched or copied, perhaps: what was read tells.
            if sum_of(self._root, mark.at) != mark.sum:
                return None
            self._note(mark)
        return mark

    def _anew(self) -> Bookmark:
        """Forget what was read of the file, batch by batch, and begin."""
        if self._noted is not None:
            # Killed meanwhile, it is not to be taken for read.
            self._ledger.note(self._now)
        while self._ledger.thin(self._now.path, _DROPPED):
            pass
        mark = Bookmark(self._head)
        self._note(mark)
        return mark

    def _take_all(self, mark: Bookmark, watch: Watch | None) -> tuple[Bookmark, str]:
        """Read to the end; the last bookmark, and the trouble if the file cannot be read so far."""
        rows = Stream(self._root, self._form)
        pace, followed = None, mark.rows
        try:
            taken = rows.after(Place(mark.at, mark.line, mark.sum))
            for batch in batches(taken, placed=self._placed, most=BATCH):
                mark = self._put(batch, mark)
                # What was read an earlier time is not of this one's pace.
                pace = pace or Pace("reading", self._now.size, watch, start=rows.done)
                pace.at(rows.done, f"{mark.rows:,} passages")
                if mark.rows - followed >= _FOLLOW:
                    self._words.refresh()
                    followed = mark.rows
        except DataError as error:
            trouble = str(error).removeprefix(f"{error.place}: ")
            return mark, f"{trouble}; {mark.rows:,} passages before that are in the store"
        mark = replace(mark, done=True)
        self._note(mark)
        return mark, ""

    def _put(self, batch: Batch, mark: Bookmark) -> Bookmark:
        with self._store.transaction():
            if self._ledger.state(self._now.path) != self._noted:
                raise StoreError(
                    f"another process reads {self._root.name} into it; let that one finish",
                    path=str(self._store.folder),
                )
            passages = self._named(self._fresh(batch))
            add_passages(self._store, passages, file=self._now.path)
            mark = replace(
                mark,
                **batch.after._asdict(),
                rows=mark.rows + len(passages),
                bad=mark.bad + batch.bad,
                told=(*mark.told, *(f"line {line} ({problem})" for line, problem in batch.told))[:TOLD],
            )
            self._note(mark)
        return mark

    def _fresh(self, batch: Batch) -> list[Article]:
        """The articles of a batch, without rows whose ids were there before."""
        every = [self._prefix + row.id for article in batch.articles for _, row in article.rows]
        there = passages_there(self._store, self._now.path, every)
        found: list[Article] = []
        for article in batch.articles:
            fresh: list[tuple[int, Passage]] = []
            for line, row in article.rows:
                name = self._prefix + row.id
                if name in there:
                    batch.refuse(line, f"passage {row.id!r} was there before")
                else:
                    there.add(name)
                    fresh.append((line, replace(row, id=name)))
            if fresh:
                found.append(Article(f"{self._now.path}#{article.name}", fresh))
        return found

    def _named(self, articles: Sequence[Article]) -> list[Passage]:
        """The passages of articles under names that no other document has."""
        taken = documents_there(self._store, [article.name for article in articles])
        found: list[Passage] = []
        for name, rows in articles:
            while name in taken:
                name = f"{name}@{rows[0][1].id}"
                taken |= documents_there(self._store, [name])
            taken.add(name)
            kept = [self._masked(row) for _, row in rows]
            found += laid(kept, name, self._facts, placed=self._placed and self._mask is None)
        return found

    def _masked(self, row: Passage) -> Passage:
        return replace(row, text=self._mask.text(row.text), meta=self._mask.meta(row.meta)) if self._mask else row

    def _note(self, mark: Bookmark) -> None:
        self._noted = replace(self._now, hash=mark.packed(), reason=_reason(mark), hint=_hint(mark))
        self._ledger.note(self._noted)


def _reason(mark: Bookmark) -> str:
    if not mark.bad:
        return ""
    told = ", ".join(mark.told) + (", ..." if mark.bad > len(mark.told) else "")
    return f"{mark.bad:,} of {mark.rows + mark.bad:,} rows cannot be read: {told}"


def _hint(mark: Bookmark) -> str:
    return "the others are in the store" if mark.bad else ""
