"""Damages files in thousands of ways and reads them: nothing may crash, hang, or come out as text that nobody wrote.

::

    python bench/faults_readers.py                  files that it makes itself, one or more of each format
    python bench/faults_readers.py FOLDER --n 2000  files of yours

Every file goes through ``raglan.ingest.reader.read`` as an import would: native libraries in a process of their own.
A file counts as garbage if it was accepted and its text is implausible by a check that shares nothing with the readers'
own: characters that no one types, or far fewer tokens that look like words than the undamaged file has.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import sys
import tempfile
import time
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path

from raglan.errors import ReadError
from raglan.ingest.isolate import Isolated
from raglan.ingest.reader import read
from raglan.protocols import Reader
from raglan.types import Document

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 20.0
# How far the share of words may fall below that of the whole file, and how many tokens it takes to tell. Single bits
# turned over in plain letters leave other plain letters; up to this share of misspelt words a text is damaged, not noise.
_FAR_BELOW, _ENOUGH = 0.6, 12
_STRANGE = frozenset({"Cc", "Cn", "Co", "Cs"})
_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*|[\d.,:/%-]*\d[\d.,:/%-]*|[㐀-鿿]|[|•-]")
_TOKEN = re.compile(r"[㐀-鿿]|[^\s,;|:，。、；：㐀-鿿]+")
_AROUND = " \t\n.,;:!?()[]{}<>\"'“”‘’。，、；：？！（）《》—#*_`|"
Mutation = Callable[[random.Random, bytes], bytes]


def flipped(chance: random.Random, data: bytes) -> bytes:
    """Single bits turned over, from one to many."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 4, 16, 64, 256))):
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


def truncated(chance: random.Random, data: bytes) -> bytes:
    """The end missing."""
    return data[: chance.randrange(len(data))]


def beheaded(chance: random.Random, data: bytes) -> bytes:
    """The beginning missing."""
    return data[chance.randrange(1, min(len(data), 512)) :]


def _chunk(chance: random.Random, data: bytes) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(len(data), start + chance.choice((1, 8, 64, 512, 4096)))


def doubled(chance: random.Random, data: bytes) -> bytes:
    """A piece there twice, or many times."""
    start, end = _chunk(chance, data)
    return data[:end] + data[start:end] * chance.choice((1, 2, 50)) + data[end:]


def shortened(chance: random.Random, data: bytes) -> bytes:
    """A piece missing."""
    start, end = _chunk(chance, data)
    return data[:start] + data[end:]


def swapped(chance: random.Random, data: bytes) -> bytes:
    """Two pieces exchanged."""
    (a, b), (c, d) = sorted((_chunk(chance, data), _chunk(chance, data)))
    return data if b > c else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def spoilt_head(chance: random.Random, data: bytes) -> bytes:
    """Noise instead of the first bytes."""
    size = min(len(data), chance.choice((1, 4, 16, 64)))
    return chance.randbytes(size) + data[size:]


def spliced(chance: random.Random, data: bytes) -> bytes:
    """Noise instead of a piece."""
    start, end = _chunk(chance, data)
    return data[:start] + chance.randbytes(end - start) + data[end:]


def zeroed(chance: random.Random, data: bytes) -> bytes:
    """Zeros instead of a piece."""
    start, end = _chunk(chance, data)
    return data[:start] + bytes(end - start) + data[end:]


PLAIN: tuple[Mutation, ...] = (
    flipped, truncated, beheaded, doubled, shortened, swapped, spoilt_head, spliced, zeroed
)  # fmt: skip


def inside(chance: random.Random, data: bytes) -> bytes:
    """Damage to one member of an archive that is packed again as it should be: it reaches the parsers behind."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    likely = [
        name for name in members if re.search(r"document|slide\d|sheet\d|shared|rels|Types|content|workbook", name)
    ]
    name = chance.choice(likely or list(members))
    if chance.random() < 0.1:
        del members[name]
    elif members[name]:
        members[name] = chance.choice((*PLAIN, retagged))(chance, members[name])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return made.getvalue()


def retagged(chance: random.Random, data: bytes) -> bytes:
    """One XML tag deleted, doubled or exchanged for another."""
    tags = list(re.finditer(rb"<[^<>]+>", data))
    if not tags:
        return data
    tag, other = chance.choice(tags), chance.choice(tags)
    new = chance.choice((b"", tag.group() * 2, other.group(), tag.group().replace(b'="', b'="9')))
    return data[: tag.start()] + new + data[tag.end() :]


def mutated(chance: random.Random, data: bytes) -> bytes:
    """One damage, or up to three."""
    choices = (*PLAIN, inside, inside, inside, inside) if data.startswith(b"PK") else PLAIN
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if data:
            data = chance.choice(choices)(chance, data)
            choices = PLAIN
    return data


def strange(text: str) -> float:
    """The share of characters that no one types."""
    odd = sum(c == "\ufffd" or (unicodedata.category(c) in _STRANGE and c not in "\n\r\t\f\v\x85") for c in text)
    return odd / max(len(text), 1)


def wordlike(text: str) -> float:
    """The share of different tokens that look like words, numbers or Chinese; 1 where they are too few to tell."""
    tokens = {token for token in (raw.strip(_AROUND) for raw in _TOKEN.findall(text)) if token}
    return sum(bool(_WORD.fullmatch(token)) for token in tokens) / len(tokens) if len(tokens) >= _ENOUGH else 1.0


@dataclass(slots=True)
class Tally:
    """What became of the files."""

    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    crashed: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    garbage: list[str] = field(default_factory=list)
    escaped: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing happened that must not happen. A worker that crashes or is late costs its own file only."""
        return not (self.garbage or self.escaped)


@dataclass(frozen=True, slots=True)
class Trial:
    """The readers under test, and what whole files look like."""

    readers: dict[str, Reader]
    seeds: dict[str, bytes]
    usual: dict[str, float]
    folder: Path

    def run(self, number: int, seed: int, tally: Tally) -> None:
        """Damage one file and read it; the same number and seed give the same file."""
        chance = random.Random(f"{seed}:{number}")
        name = chance.choice(sorted(self.seeds))
        label = f"{number}:{name}"
        path = self.folder / name
        path.write_bytes(mutated(chance, self.seeds[name]))
        began = time.monotonic()
        try:
            documents = list(read(path, name, self.readers))
        except ReadError as error:
            self._refused(error, label, tally)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            tally.escaped.append(f"{label} {type(error).__name__}: {error}")
        else:
            self._read(documents, label, name, tally)
        tally.slowest = max(tally.slowest, time.monotonic() - began)

    def _refused(self, error: ReadError, label: str, tally: Tally) -> None:
        if "crashed" in error.reason or "ended from outside" in error.reason:
            tally.crashed.append(f"{label} {error.reason}")
        elif "more than" in error.reason and "seconds" in error.reason:
            tally.late.append(label)
        tally.refused[re.sub(r"\d+", "#", re.split(r"[:(]", error.reason)[0]).strip()] += 1

    def _read(self, documents: list[Document], label: str, name: str, tally: Tally) -> None:
        text = "\n".join(document.text for document in documents)
        odd, words = strange(text), wordlike(text)
        if odd > 0.02 or words < _FAR_BELOW * self.usual[name]:
            tally.garbage.append(
                f"{label} strange {odd:.3f} words {words:.2f} of {self.usual[name]:.2f}: {text[:80]!r}"
            )
        else:
            tally.read[documents[0].meta["kind"]] += 1


def own_seeds() -> dict[str, bytes]:
    """Whole files of every format, made here."""
    sys.path.insert(0, str(ROOT))
    from tests.ingest import made

    seeds = {f"whole.{kind}": make() for kind, make in made.WHOLE.items()}
    return seeds | {
        "open.pdf": made.pdf(compressed=False),
        "chinese.pdf": made.chinese_pdf([made.CHINESE] * 8),
        "chinese.txt": (made.CHINESE * 4).encode("gb18030"),
        "wide.txt": made.txt().decode().encode("utf-16"),
        "open.ods": made.ods(),
    }


def seeds_of(folder: Path | None) -> dict[str, bytes]:
    """The files of a folder, or our own."""
    return (
        {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()} if folder else own_seeds()
    )


def found_readers() -> dict[str, Reader]:
    """The readers that are installed, by the door that plugins use."""
    return {point.name: point.load() for point in entry_points(group="raglan.reader")}


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="whole files to damage (default: made here)")
    parser.add_argument("--n", type=int, default=10_000, help="how many damaged files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="one number of an earlier run again; its file is kept")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    seeds, tally = seeds_of(options.folder), Tally()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as made_here, Isolated(seconds=LIMIT) as isolated:
        readers = isolated.guard(found_readers())
        folder = Path(made_here)
        usual = {}
        for name, data in seeds.items():
            (folder / name).write_bytes(data)
            usual[name] = wordlike("\n".join(document.text for document in read(folder / name, name, readers)))
        trial = Trial(readers, seeds, usual, Path() if options.only is not None else folder)
        for number in range(options.n) if options.only is None else [options.only]:
            trial.run(number, options.seed, tally)
    show(tally, seeds, options.n, time.monotonic() - began, as_json=options.json)
    return 0 if tally.good else 1


def show(tally: Tally, seeds: dict[str, bytes], count: int, seconds: float, *, as_json: bool) -> None:
    """Print what was found."""
    found = {
        "files": count,
        "seeds": sorted(seeds),
        "read": dict(tally.read.most_common()),
        "refused": dict(tally.refused.most_common()),
        "worker_crashes": tally.crashed,
        "worker_timeouts": tally.late,
        "garbage": tally.garbage,
        "escaped": tally.escaped,
        "slowest_seconds": round(tally.slowest, 2),
        "seconds": round(seconds, 1),
    }
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name, value in found.items():
        lines = [f"{key}: {number}" for key, number in value.items()] if isinstance(value, dict) else value
        if isinstance(lines, list):
            print(f"{name}: {len(lines)}", *lines, sep="\n    ")
        else:
            print(f"{name}: {lines}")


if __name__ == "__main__":
    sys.exit(main())
