"""The truth: documents and passages in SQLite, one writer and many readers, and the sequence that indexes follow."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from raglan.errors import StoreError
from raglan.store.groups import groups_of, packed, shown_to, stated
from raglan.store.rows import document_of, dump, fingerprint, layout_of, meta_of, own_meta, passages_of, tags
from raglan.store.schema import connect
from raglan.text.surrogates import mended
from raglan.types import Document, Meta, Passage

__all__ = ["Change", "Place", "Store", "Viewed"]

_PASSAGE = (
    "SELECT p.key, p.id, p.start, p.stop, p.text, p.meta, d.id, d.meta "
    "FROM passage p JOIN document d ON d.key = p.document"
)
_PLACE = (
    "SELECT d.key, p.key, d.id, coalesce(d.file, d.source, d.id), p.start, json_extract(p.meta, '$.row') "
    "FROM passage p JOIN document d ON d.key = p.document"
)
_GRANTED = "SELECT groups FROM access WHERE name"
_NEAREST = "ORDER BY name = ? DESC, length(name) DESC LIMIT 1"
# Begin, commit, undo: of a transaction, and of one within another.
_OUTER = ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
_INNER = ("SAVEPOINT inner", "RELEASE inner", "ROLLBACK TO inner", "RELEASE inner")
_AT_ONCE = 500  # names in one statement; SQLite's own limit is higher


class Change(NamedTuple):
    """One line of the sequence: the passage ``key`` came (``sign`` 1) or went (-1).

    ``was`` is the key that it had as long as other people could see it; 0 if it is new.
    """

    seq: int
    key: int
    sign: int
    was: int = 0


class Place(NamedTuple):
    """Where the passage ``key`` stands: its document and file, its first character, and whether it is a row of a table.

    A document of which no file is known is its own.
    """

    key: int
    document: str
    file: str
    start: int
    row: bool


class Viewed(NamedTuple):
    """What a view looks at: the whole store, and a connection that shows a part of it."""

    whole: Store
    database: sqlite3.Connection


class _Kept(NamedTuple):
    """A document as it stands in its row: ``access`` as the sequence keeps it; ``moved`` if it was for others before."""

    key: int
    access: str
    before: str

    @property
    def moved(self) -> bool:
        return self.access != self.before


class Store:
    """Documents and their passages in a folder, or in memory for ``None``.

    Writing takes the store's lock, for as long as :meth:`writing` lasts; a second writer waits ``patience`` seconds and
    then raises :class:`StoreError`. Reading never waits for another process. Usable from several threads.
    A view (:mod:`raglan.store.view`) shows a part of another store, cannot be written to, and has a folder of its own.
    """

    def __init__(self, folder: Path | None = None, *, patience: float = 30.0, viewed: Viewed | None = None) -> None:
        self.folder = folder
        if folder is not None:
            _made(folder)
        self._viewed = viewed
        self._database = viewed.database if viewed else connect(folder)
        self._guard = threading.RLock()
        self._lock = FileLock(folder / "writer.lock", timeout=patience, thread_local=False) if folder else None
        self._depth = self._writers = 0
        self._looked = 0, 0  # of a view: up to which change it has looked, and the last that it shows

    def close(self) -> None:
        """Let go of the files; closing twice is harmless."""
        with self._guard:
            self._database.close()

    @property
    def whole(self) -> Store:
        """The store of which this is a view; itself if it is none."""
        return self._viewed.whole if self._viewed else self

    @property
    def limited(self) -> bool:
        """Whether it is a view."""
        return self._viewed is not None

    @property
    def writes(self) -> bool:
        """Whether a transaction of this object is under way: what is read now may be undone yet."""
        return self._depth > 0

    @property
    def seq(self) -> int:
        """The number of the last committed change; 0 for a new store."""
        if not self.limited:
            return int(self._one("SELECT coalesce(max(seq), 0) FROM change")[0])
        # Each change is looked at once: how long that takes must not tell how many are hidden.
        with self._guard:
            [last] = self._one("SELECT coalesce(max(seq), 0) FROM main.change")
            looked, found = self._looked
            [newer] = self._one("SELECT max(seq) FROM change WHERE seq > ? AND seq <= ?", looked, last)
            self._looked = int(last), int(newer or found)
            return self._looked[1]

    @property
    def version(self) -> tuple[int, int]:
        """Differs from what it was whenever anything was committed, by this or any other process."""
        [elsewhere] = self._one("PRAGMA data_version")
        return int(elsewhere), self._database.total_changes

    def __len__(self) -> int:
        """How many passages there are."""
        return int(self._one("SELECT count(*) FROM passage")[0])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer; within, every :meth:`transaction` commits on its own."""
        if self.limited:
            raise StoreError("a view shows what others wrote; write to the whole store", path=str(self.folder))
        with self._guard:
            # Asking the file system costs more than a small insert: once for all that is nested.
            outermost = self._lock is not None and not self._writers
            if outermost:
                self._acquire()
            self._writers += 1
            try:
                yield
            finally:
                self._writers -= 1
                if outermost and self._lock is not None:
                    self._lock.release()

    def _acquire(self) -> None:
        assert self._lock is not None
        try:
            self._lock.acquire()
        except Timeout as error:
            what = "another process is writing; try again when it is done"
            raise StoreError(what, path=str(self.folder)) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; what is inside is durable when the block is left."""
        with self.writing():
            begin, commit, *undo = _INNER if self._depth else _OUTER
            self._run(begin)
            self._depth += 1
            try:
                yield
                self._run(commit)
            except BaseException:
                # Some failures, a full disk among them, have undone everything already.
                for statement in undo if self._database.in_transaction else ():
                    self._run(statement)
                raise
            finally:
                self._depth -= 1

    def put(self, document: Document, passages: Iterable[Passage], *, file: str | None = None) -> int:
        """Keep a document and its passages in place of what was there under its id.

        Passages whose text and meta did not change keep their key, so that no index need look at them again; all get new
        ones if the document is for other people than before. Who may see it is what was granted (:mod:`raglan.store.access`)
        or else what its meta says under ``access``. Returns how many are new.
        """
        every: Sequence[Passage] = list(passages)
        with self.transaction():
            granted = self._granted(document, file)
            groups = stated(document, every) if granted is None else granted
            document, every = shown_to(groups, document, every)
            return self._put_passages(self._put_document(document, file), document.meta, every)

    def _granted(self, document: Document, file: str | None) -> tuple[str, ...] | None:
        """The groups that were granted the document: by its id, else by its file, else by the nearest folder of that."""
        place = file or document.source or document.id
        folders = [place[: at + 1] for at, one in enumerate(place) if one == "/"]
        names = [document.id, place, *folders, ""]
        found = self._one(f"{_GRANTED} IN ({_marks(names)}) {_NEAREST}", *names, document.id)
        return tuple(json.loads(found[0] or "[]")) if found else None

    def _put_document(self, document: Document, file: str | None) -> _Kept:
        row = (document.id, document.source, file, document.text, dump(dict(document.meta)), layout_of(document))
        access = before = packed(groups_of(document.meta))
        found = self._one("SELECT key, meta FROM document WHERE id = ?", document.id)
        if found is None:
            cursor = self._run(
                "INSERT INTO document(id, source, file, text, meta, layout) VALUES (?, ?, ?, ?, ?, ?)", *row
            )
            key = int(cursor.lastrowid or 0)
        else:
            key, before = int(found[0]), packed(groups_of(meta_of(found[1])))
            self._run(
                "UPDATE document SET id = ?, source = ?, file = ?, text = ?, meta = ?, layout = ? WHERE key = ?",
                *row,
                key,
            )
            self._run("DELETE FROM tag WHERE document = ?", key)
        for name, value in tags(document.id, document.meta):
            self._run("INSERT OR IGNORE INTO tag VALUES (?, ?, ?)", name, value, key)
        return _Kept(key, access, before)

    def _put_passages(self, document: _Kept, shared: Meta, passages: Iterable[Passage]) -> int:
        there: dict[bytes, list[int]] = defaultdict(list)
        for key, mark in self.rows("SELECT key, hash FROM passage WHERE document = ? ORDER BY key DESC", document.key):
            there[mark].append(key)
        new = 0
        for passage in passages:
            mark = fingerprint(passage)
            place = (passage.id, passage.span.start, passage.span.end, dump(own_meta(passage, shared)))
            was = there[mark].pop() if there[mark] else 0
            if was and not document.moved:
                self._run("UPDATE passage SET id = ?, start = ?, stop = ?, meta = ? WHERE key = ?", *place, was)
                continue
            cursor = self._run(
                "INSERT INTO passage(id, start, stop, meta, document, text, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
                *(*place, document.key, passage.text, mark),
            )
            self._changed(cursor.lastrowid or 0, 1, document.access, was)
            self._forget([was] if was else [], document.before)
            new += not was
        self._forget((key for keys in there.values() for key in keys), document.before)
        return new

    def _forget(self, keys: Iterable[int], access: str) -> None:
        for key in keys:
            self._run("DELETE FROM passage WHERE key = ?", key)
            self._changed(key, -1, access)

    def _changed(self, key: int, sign: int, access: str, was: int = 0) -> None:
        self._run("INSERT INTO change(passage, sign, access, was) VALUES (?, ?, ?, ?)", key, sign, access, was)

    def drop(self, documents: Iterable[str]) -> int:
        """Forget documents, by id; unknown ids change nothing. Returns how many were there."""
        dropped = 0
        with self.transaction():
            for name in documents:
                found = self._one("SELECT key, meta FROM document WHERE id = ?", name)
                if found is None:
                    continue
                key, access = int(found[0]), packed(groups_of(meta_of(found[1])))
                rows = self.rows("SELECT key FROM passage WHERE document = ? ORDER BY key", key)
                self._forget((one for [one] in rows), access)
                self._run("DELETE FROM document WHERE key = ?", key)
                dropped += 1
        return dropped

    def changes(self, after: int, until: int) -> list[Change]:
        """The sequence after ``after``, up to and including ``until``, oldest first."""
        rows = self.rows(
            "SELECT seq, passage, sign, was FROM change WHERE seq > ? AND seq <= ? ORDER BY seq", after, until
        )
        return [Change(*row) for row in rows]

    def keys(self, after: int = 0, limit: int = -1) -> list[int]:
        """The keys of all passages above ``after``, ascending."""
        return [key for [key] in self.rows("SELECT key FROM passage WHERE key > ? ORDER BY key LIMIT ?", after, limit)]

    def get(self, keys: Sequence[int]) -> dict[int, Passage]:
        """The passages with these keys; those that are gone are left out."""
        parts = (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
        return passages_of(
            row for part in parts for row in self.rows(f"{_PASSAGE} WHERE p.key IN ({_marks(part)})", *part)
        )

    def places(self, keys: Sequence[int]) -> list[Place]:
        """Where the passages with these keys stand, as documents came and in the order of their text; no text is read.

        Those that are gone are left out.
        """
        parts = (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
        found = [row for part in parts for row in self.rows(f"{_PLACE} WHERE p.key IN ({_marks(part)})", *part)]
        found.sort(key=lambda row: (row[0], row[4], row[1]))
        return [Place(key, name, file, start, bool(row)) for _, key, name, file, start, row in found]

    def find(self, passage: str) -> tuple[int, Passage] | None:
        """Key and passage of a passage's id."""
        rows = self.rows(f"{_PASSAGE} WHERE p.id = ? LIMIT 1", passage)
        return next(iter(passages_of(rows).items()), None)

    def holding(self, text: str, limit: int = 20) -> dict[int, Passage]:
        """Passages whose text contains ``text``, letter by letter."""
        return passages_of(self.rows(f"{_PASSAGE} WHERE instr(p.text, ?) > 0 ORDER BY p.key LIMIT ?", text, limit))

    def passages(self, document: str) -> dict[int, Passage]:
        """All passages of a document, in order."""
        return passages_of(self.rows(f"{_PASSAGE} WHERE d.id = ? ORDER BY p.start, p.key", document))

    def document(self, name: str) -> Document | None:
        """A document by id."""
        row = self._one("SELECT id, source, text, meta, layout FROM document WHERE id = ?", name)
        return document_of(row) if row else None

    def documents(self, file: str | None = None) -> list[str]:
        """Ids of all documents, or of those that came from ``file``."""
        if file is None:
            return [name for [name] in self.rows("SELECT id FROM document ORDER BY key")]
        return [name for [name] in self.rows("SELECT id FROM document WHERE file = ? ORDER BY key", file)]

    def allowed(self, where: Meta) -> set[int]:
        """The keys of the passages whose documents have every named value, or one of a tuple of values."""
        keys: set[int] | None = None
        for name, value in where.items():
            values = [str(one) for one in value] if isinstance(value, (tuple, list, set, frozenset)) else [str(value)]
            holding = f"t.name = ? AND t.value IN ({_marks(values)})"
            join = "SELECT p.key FROM tag t JOIN passage p ON p.document = t.document WHERE "
            rows = self.rows(join + holding, name, *values)
            found = {key for [key] in rows}
            keys = found if keys is None else keys & found
        return set(self.keys()) if keys is None else keys

    def setting(self, name: str) -> str | None:
        """A value that :meth:`set` kept."""
        row = self._one("SELECT value FROM setting WHERE name = ?", name)
        return str(row[0]) if row else None

    def set(self, settings: Mapping[str, str]) -> None:
        """Keep small values by name."""
        self.change("INSERT OR REPLACE INTO setting VALUES (?, ?)", list(settings.items()))

    def rows(self, statement: str, *values: object) -> list[Any]:
        """All rows of a statement; for the modules of this folder, which own other tables."""
        with self._guard:
            return self._run(statement, *values).fetchall()

    def change(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once a row, all or nothing; for the modules of this folder."""
        with self.transaction():
            for row in rows:
                self._run(statement, *row)

    def _one(self, statement: str, *values: object) -> Any:
        with self._guard:
            return self._run(statement, *values).fetchone()

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, [mended(v) if isinstance(v, str) else v for v in values])
        except sqlite3.Error as error:
            place = str(self.folder or ":memory:")
            raise StoreError(f"the database failed ({error}); raglan doctor looks closer", path=place) from error


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot be made ({error.strerror}); name another place with -o", path=str(folder)) from error
