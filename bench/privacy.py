"""How much personal data stays unmasked, how often something harmless is masked, and how fast that is.

    python bench/privacy.py [--told] [--texts FOLDER]

On the made-up sentences of tests/privacy, those that the patterns were written with and those that were written after
them. ``--told`` prints every fault; ``--texts`` reads text files of one's own and prints what is found per million
characters, by kind, with examples.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.privacy.cases import Case, cases

from raglan.privacy.finding import Found, find
from raglan.types import Span


@dataclass(slots=True)
class Tally:
    """Counts over sentences: data, those not covered in full, those of another kind; harmless sentences and alarms."""

    data: int = 0
    leaked: int = 0
    other: int = 0
    harmless: int = 0
    alarms: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def leak_rate(self) -> float:
        """The share of personal data of which a character stays."""
        return self.leaked / max(1, self.data)

    @property
    def alarm_rate(self) -> float:
        """The share of harmless sentences in which something is found."""
        return self.alarms / max(1, self.harmless)

    def add(self, case: Case) -> None:
        """Count one sentence."""
        found = find(case.text)
        if case.clean:
            self.harmless += 1
            self.alarms += bool(found)
            self.faults += [f"alarm  {one.kind} {one.span.of(case.text)!r} in {case.text!r}" for one in found]
        for span, kind in case.personal:
            self.data += 1
            over = [one for one in found if one.span.overlaps(span)]
            if not _covered(span, over):
                self.leaked += 1
                self.faults.append(f"leak   {kind} {span.of(case.text)!r} in {case.text!r}")
            elif kind not in {one.kind for one in over}:
                self.other += 1


def _covered(span: Span, found: Sequence[Found]) -> bool:
    return all(any(one.span.start <= at < one.span.end for one in found) for at in range(span.start, span.end))


def tallied(name: str, language: str = "") -> Tally:
    """The counts of a set of sentences, of one language if that is named."""
    tally = Tally()
    for case in cases(name):
        if language in ("", case.language):
            tally.add(case)
    return tally


def texts(folder: Path) -> Iterator[str]:
    """The text files of a folder."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".txt", ".md", ".tsv", ".jsonl"}:
            yield path.read_text(encoding="utf-8", errors="replace")[:20_000_000]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--told", action="store_true")
    parser.add_argument("--texts", type=Path)
    args = parser.parse_args()
    for name in ("cases", "held"):
        for language in ("en", "zh"):
            tally = tallied(name, language)
            print(
                f"{name:6} {language}  data {tally.data:4}  leaked {tally.leaked:3} ({tally.leak_rate:.1%})  "
                f"other kind {tally.other:3}  harmless {tally.harmless:4}  alarms {tally.alarms:3} ({tally.alarm_rate:.1%})"
            )
            if args.told:
                print("".join(f"    {fault}\n" for fault in tally.faults), end="")
    everything = "\n".join(case.text for case in cases()) * 20
    began = time.process_time()
    find(everything)
    print(
        f"dense with numbers: {len(everything) / (time.process_time() - began) / 1e6:.2f} million characters a second"
    )
    if args.texts:
        _own(args.texts)


def _own(folder: Path) -> None:
    kinds: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    characters, seconds = 0, 0.0
    for text in texts(folder):
        began = time.process_time()
        found = find(text)
        seconds += time.process_time() - began
        characters += len(text)
        for one in found:
            kinds[one.kind] += 1
            around = Span(max(0, one.span.start - 25), one.span.end + 10)
            examples.setdefault(one.kind, []).append(around.of(text).replace("\n", " "))
    print(f"{folder}: {characters / 1e6:.1f} million characters, {characters / max(seconds, 1e-9) / 1e6:.2f} a second")
    for kind, count in kinds.most_common():
        print(f"  {kind:9} {count / characters * 1e6:7.1f} per million; {examples[kind][:: max(1, count // 4)][:4]}")


if __name__ == "__main__":
    main()
