"""From a key to what it sees: a library over the whole store, or over a view of it for the groups of the key."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from raglan.build.parts import Library
from raglan.serve.keys import Key, Keys
from raglan.store.store import Store
from raglan.store.view import VIEWS, view, view_folder

__all__ = ["Views", "apart", "file_of", "folder_for", "prune", "shows_file"]

_MOST = 64  # views that are kept open
_LONGEST = 120  # bytes of a folder's name


class Views:
    """The libraries over views of ``whole``'s store, one for each set of groups, made by ``assembled`` when first asked for.

    At most ``most`` stay open, those used last. One that is let go closes when nobody answers from it any more.
    """

    def __init__(self, whole: Library, assembled: Callable[[Store], Library], *, most: int = _MOST) -> None:
        self._whole, self._assembled, self._most = whole, assembled, most
        self._open: OrderedDict[frozenset[str], Library] = OrderedDict()
        self._guard = threading.Lock()

    def library(self, key: Key) -> Library:
        """What a request with this key is answered from."""
        if key.sees_all:
            return self._whole
        with self._guard:
            found = self._open.pop(key.groups, None) or self._made(key.groups)
            self._open[key.groups] = found
            if len(self._open) > self._most:
                self._open.popitem(last=False)
            return found

    def _made(self, groups: frozenset[str]) -> Library:
        return self._assembled(view(self._whole.store, groups))

    def follow(self) -> None:
        """Bring the word indexes of all open views up to date, so that the next to ask need not wait for it."""
        with self._guard:
            libraries = list(self._open.values())
        for library in libraries:
            library.words.follower.refresh()

    def close(self) -> None:
        """Let go of all views."""
        with self._guard:
            self._open.clear()


def folder_for(groups: Sequence[str]) -> str:
    """Where, among the files that were sent, those for ``groups`` lie, with a slash at its end; nothing for everybody's.

    Files that are for other people never meet under one name: nobody can replace, or notice, what he may not see.

    >>> folder_for(["hr", "a/b"]), folder_for([".."]), folder_for([])
    ('@a%2Fb+hr/', '@../', '')
    """
    if not groups:
        return ""
    names = "+".join(sorted(set(groups))).replace("/", "%2F").replace(":", "%3A")
    if len(names.encode()) > _LONGEST:
        names = hashlib.blake2b(names.encode(), digest_size=12).hexdigest()
    return f"@{names}/"


def file_of(store: Store, document: str) -> str:
    """The file that a document was read from, as the store knows it; empty if that is not known."""
    rows = store.rows("SELECT file FROM document WHERE id = ?", document)
    return str(rows[0][0] or "") if rows else ""


def shows_file(whole: Store, seen: Store, file: str) -> bool:
    """Whether a view shows every document that was read from a file; so it is where there is none."""
    return seen.documents(file=file) == whole.documents(file=file)


def apart(place: str, job: str) -> str:
    """Another name for a file, where one is taken by what its sender may not see.

    >>> apart("@hr/pay.pdf", "0123456789abcdef")
    '@hr/pay-01234567.pdf'
    """
    path = PurePosixPath(place)
    return str(path.with_name(f"{path.stem}-{job[:8]}{path.suffix}"))


def prune(folder: Path, keys: Keys, now: float) -> int:
    """Remove the derived files of views that no key of the store in ``folder`` leads to at ``now``; how many views."""
    wanted = {view_folder(folder, key.groups) for key in keys.all() if key.alive(now)}
    there = (folder / VIEWS).iterdir() if (folder / VIEWS).is_dir() else ()
    unused = [place for place in there if place not in wanted]
    for place in unused:
        shutil.rmtree(place, ignore_errors=True)
    return len(unused)
