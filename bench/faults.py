"""What is left of a store whose process is killed, again and again, while its folder changes under it.

    python bench/faults.py [--kills 200] [--seed 0] [--documents 300] [--encoder hashing] [--json]

A child process brings a store in step with a generated folder and tells of each file when it is in; it is killed (SIGKILL)
at a random moment. Then files are edited, renamed, deleted and added at random, and the next child goes on. After each
kill the store must open, be sound, and hold every file that was told and not changed since. At the end it must hold, and
find by words and by vectors, what a store made from scratch does. Prints
``{"kills", "lost", "unopenable", "equal", ...}``.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from raglan.build.parts import Library, library
from raglan.build.progress import Progress
from raglan.config import Config
from raglan.errors import RaglanError
from raglan.store.store import Store
from raglan.types import Hit, Query

ENGLISH = "boiler valve pump filter warranty battery grinder kettle steam pressure gauge tank water rinse clean".split()
CHINESE = "锅炉 阀门 水泵 滤芯 保修 电池 磨豆 水壶 蒸汽 压力 仪表 水箱 冲洗 清洁".split()


class Folder:
    """Generated files, and what stands in each: a mark that no other version of any file has."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self.root = root
        self.marks: dict[str, str] = {}
        self._chance = chance
        self._count = 0

    def add(self) -> str:
        """Write a new file."""
        self._count += 1
        form = self._chance.choice(["txt", "md", "jsonl"])
        name = f"part{self._chance.randrange(6)}/{self._chance.choice(['note', '笔记'])}{self._count}.{form}"
        self.write(name)
        return name

    def write(self, name: str) -> None:
        """Put new content in a file."""
        self._count += 1
        mark = f"mark{self._count}x{self._chance.randrange(10**6)}"
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._content(name, mark), encoding="utf-8")
        self.marks[name] = mark

    def change(self) -> set[str]:
        """One random edit; returns the names that are no longer what they were."""
        names = sorted(self.marks)
        one = self._chance.choice(names)
        kind = self._chance.choices(["edit", "add", "rename", "delete", "touch"], [5, 2, 2, 1, 1])[0]
        if kind == "add" or len(names) < 10:
            return {self.add()}
        if kind == "edit":
            self.write(one)
        elif kind == "delete":
            (self.root / one).unlink()
            del self.marks[one]
        elif kind == "touch":
            (self.root / one).touch()
            return set()
        else:
            return {one, self._rename(one)}
        return {one}

    def _rename(self, name: str) -> str:
        self._count += 1
        new = self._chance.choice([f"moved{self._count}{Path(name).suffix}", f"part0/{self._count}-{Path(name).name}"])
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).rename(self.root / new)
        self.marks[new] = self.marks.pop(name)
        return new

    def _content(self, name: str, mark: str) -> str:
        if name.endswith("jsonl"):
            rows = [{"id": str(row), "text": f"{mark} {self._prose()}"} for row in range(self._chance.randint(1, 4))]
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        parts = [f"{mark} {self._prose()}" for _ in range(self._chance.randint(1, 5))]
        return "\n\n".join([f"# {mark}", *parts] if name.endswith("md") else parts)

    def _prose(self) -> str:
        words, gap = (ENGLISH, " ") if self._chance.random() < 0.7 else (CHINESE, "")
        return gap.join(self._chance.choices(words, k=self._chance.randint(5, 60))) + "."


def child(folder: Path, store: Path, encoder: str) -> None:
    """Bring the store in step, telling of each file when it is in."""

    def tell(progress: Progress) -> None:
        if progress.stage == "reading":
            print("in", progress.note, flush=True)

    # Imports take longer than what they are for: most kills would hit them.
    import raglan.ingest.isolate
    import raglan.ingest.reader  # noqa: F401

    print("ready", flush=True)
    made = opened(store, encoder)
    made.sync(folder, watch=tell)
    print("read", flush=True)
    made.encode()
    print("done", flush=True)


def opened(store: Path, encoder: str) -> Library:
    """The library over a store."""
    return library(store, Config.of({"encoder": encoder, "generator": "sentence"}))


@dataclass
class Outcome:
    """What was seen; ``during`` counts at which stage the kills hit."""

    kills: int = 0
    told: int = 0
    lost: int = 0
    unopenable: int = 0
    equal: bool = False
    during: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class Trial:
    """One folder, one store, and many children."""

    def __init__(self, place: Path, *, documents: int, encoder: str, seed: int) -> None:
        self.chance = random.Random(seed)
        self.folder = Folder(place / "docs", self.chance)
        self.store, self.scratch, self.encoder = place / "store", place / "scratch", encoder
        self.told: dict[str, str] = {}
        self.outcome = Outcome()
        self._pace = 0.02  # seconds a file, as far as is known
        for _ in range(documents):
            self.folder.add()

    def run(self, kills: int) -> Outcome:
        """Kill children, then compare."""
        started = time.monotonic()
        waiting = len(self.folder.marks)
        while self.outcome.kills < kills:
            if self._killed(self.chance.uniform(0, 1.4 * (0.1 + waiting * self._pace))):
                self.outcome.kills += 1
                self._inspect(search=self.outcome.kills % 5 == 0)
            waiting = len(self.folder.marks) - len(self.told)
            for _ in range(self.chance.randint(1, 40)):
                changed = self.folder.change()
                waiting += len(changed)
                for name in changed:
                    self.told.pop(name, None)
        if self._killed(None):
            raise SystemExit("the last child was killed by somebody else")
        self._inspect(search=True)
        self.outcome.equal = self._equal()
        self.outcome.seconds = round(time.monotonic() - started, 1)
        return self.outcome

    def _killed(self, after: float | None) -> bool:
        """Run a child and kill it ``after`` seconds of work; whether it was in the middle of it."""
        command = [sys.executable, __file__, "--child", str(self.folder.root), str(self.store), self.encoder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
            assert process.stdout is not None
            process.stdout.readline()
            started, count = time.monotonic(), 0
            timer = threading.Timer(600 if after is None else after, process.kill)
            timer.start()
            stage = "opening"
            for line in process.stdout:
                # What has no end was not told.
                if not line.endswith("\n"):
                    break
                word, _, name = line.rstrip("\n").partition(" ")
                stage = {"in": "reading", "read": "encoding"}.get(word, word)
                if word == "in":
                    count += 1
                    self.told[name] = self.folder.marks[name]
                elif word == "read" and count:
                    self._pace = (time.monotonic() - started) / count
            timer.cancel()
            code = process.wait()
        if stage == "done":
            return False
        if code != -signal.SIGKILL:
            raise SystemExit(f"a child ended with {code} while {stage}")
        self.outcome.during[stage] += 1
        return True

    def _inspect(self, *, search: bool) -> None:
        self.outcome.told = max(self.outcome.told, len(self.told))
        try:
            self._look(search=search)
        except RaglanError as error:
            print(f"cannot be opened: {error}", file=sys.stderr)
            self.outcome.unopenable += 1

    def _look(self, *, search: bool) -> None:
        store = Store(self.store)
        try:
            if store.rows("PRAGMA quick_check") != [("ok",)] or store.rows("PRAGMA foreign_key_check"):
                raise RaglanError("the database is damaged")
            for name, mark in self.told.items():
                if not _holds(store, name, mark):
                    print(f"lost: {name} with {mark}", file=sys.stderr)
                    self.outcome.lost += 1
        finally:
            store.close()
        if search and self.told:
            self._search(self.chance.sample(sorted(self.told), min(5, len(self.told))))

    def _search(self, names: Sequence[str]) -> None:
        made = opened(self.store, self.encoder)
        for name in names:
            [hits] = made.words.search([Query(self.told[name])], 1)
            if not hits or self.told[name] not in hits[0].passage.text:
                print(f"not found by words: {name} with {self.told[name]}", file=sys.stderr)
                self.outcome.lost += 1
            made.rag.search("boiler")
        made.close()

    def _equal(self) -> bool:
        ours, fresh = opened(self.store, self.encoder), opened(self.scratch, self.encoder)
        fresh.sync(self.folder.root)
        fresh.encode()
        ours.encode()
        asked = [Query(mark) for mark in self.chance.sample(sorted(self.folder.marks.values()), 10)]
        asked += [Query(" ".join(self.chance.choices(ENGLISH + CHINESE, k=4))) for _ in range(30)]
        troubles = [*_differences(ours, fresh, asked)]
        for trouble in troubles[:10]:
            print(f"differs from one made from scratch: {trouble}", file=sys.stderr)
        ours.close()
        fresh.close()
        return not troubles


def _holds(store: Store, name: str, mark: str) -> bool:
    found = False
    for one in store.documents(file=name):
        document = store.document(one)
        passages = store.passages(one).values()
        if document is None or mark not in document.text or not passages:
            return False
        if any(passage.span.of(document.text) != passage.text for passage in passages):
            return False
        found = True
    return found


def _differences(ours: Library, fresh: Library, asked: Sequence[Query]) -> Iterator[str]:
    if sorted(ours.store.documents()) != sorted(fresh.store.documents()):
        yield "documents"
    for name in fresh.store.documents():
        if ours.store.document(name) != fresh.store.document(name):
            yield f"document {name}"
        if list(ours.store.passages(name).values()) != list(fresh.store.passages(name).values()):
            yield f"passages of {name}"
    assert ours.vectors is not None
    assert fresh.vectors is not None
    for one, other in ((ours.words, fresh.words), (ours.vectors, fresh.vectors)):
        for query, a, b in zip(asked, one.search(asked, 20), other.search(asked, 20), strict=True):
            if not _same(a, b):
                yield f"{type(one).__name__} for {query.text}"


def _same(one: Sequence[Hit], other: Sequence[Hit]) -> bool:
    """The same hits with the same scores, near ties aside."""
    if len(one) != len(other) or any(abs(a.score - b.score) > 1e-4 for a, b in zip(one, other, strict=True)):
        return False
    scores = {hit.passage.id: hit.score for hit in other}
    return all(abs(scores.get(hit.passage.id, other[-1].score) - hit.score) <= 1e-4 for hit in one)


def main() -> int:
    """Run the trial; 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--encoder", default="hashing", help="hashing, or builtin for the real one")
    parser.add_argument("--json", action="store_true", help="print nothing but the summary")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(Path(args.child[0]), Path(args.child[1]), args.child[2])
        return 0
    with tempfile.TemporaryDirectory() as place:
        trial = Trial(Path(place), documents=args.documents, encoder=args.encoder, seed=args.seed)
        outcome = trial.run(args.kills)
    summary = {**vars(outcome), "during": dict(outcome.during)}
    print(json.dumps(summary))
    good = outcome.equal and not outcome.lost and not outcome.unopenable
    if not args.json:
        print("nothing was lost" if good else "something was lost")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
