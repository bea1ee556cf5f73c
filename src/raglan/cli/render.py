"""What the commands print: an object for programs, or lines for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from raglan.explain.why import Stage
from raglan.objects import BEST, note_line
from raglan.search.documents import DocumentHit
from raglan.text.words import is_chinese
from raglan.types import Answer, Citation, Clarify, Hit, Reply

__all__ = [
    "print_documents",
    "print_hits",
    "print_json",
    "print_reply",
    "print_stages",
    "warn",
]

_MARKS = 4  # at one place, one by one


def print_json(value: Mapping[str, Any]) -> None:
    """One object on one line, Chinese as it is."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))


def print_reply(reply: Reply) -> None:
    """An answer with numbered sources, a question with its options, or what was nearest."""
    if isinstance(reply, Clarify):
        print(reply.question)
        for number, option in enumerate(reply.options, 1):
            print(f"  {number}. {option}")
    elif reply.abstained:
        print("The documents do not seem to hold the answer.")
        if reply.coverage:
            print(reply.coverage)
        if reply.evidence:
            print("\nNearest passages:")
        for piece in reply.evidence[:3]:
            print(f"  {piece.passage.document}: {_short(piece.passage.text, 160)}")
    else:
        _print_answer(reply)


def _print_answer(answer: Answer) -> None:
    numbered: dict[tuple[str, int, int], int] = {}
    ends: dict[int, list[int]] = {}
    for citation in sorted(answer.citations, key=lambda c: c.span.end):
        number = numbered.setdefault(_key(citation), len(numbered) + 1)
        ends.setdefault(citation.span.end, []).append(number)
    text, at = "", 0
    for end, numbers in ends.items():
        text += f"{answer.text[at:end]} {_marks(numbers)}"
        at = end
    print(text + answer.text[at:])
    print(f"\nSources (confidence {answer.confidence:.0%}):")
    shown = set()
    for citation in answer.citations:
        number = numbered[_key(citation)]
        if number not in shown:
            shown.add(number)
            print(f"  [{number}] {_where(citation)}\n      {_short(citation.quote.of(citation.passage.text), 300)}")
    first = answer.text.partition("\n")[0]
    chinese = is_chinese(first) or first.endswith(("。", "：", "；"))
    for note in answer.notes:
        print(f"\n{note_line(note, chinese=chinese)}")
    if answer.coverage:
        read, matching = answer.coverage.read, answer.coverage.matching
        print(f"\n已读 {read}/{matching} 段。" if chinese else f"\n{answer.coverage}")


def _key(citation: Citation) -> tuple[str, int, int]:
    return citation.passage.id, citation.source.start, citation.source.end


def _marks(numbers: Sequence[int]) -> str:
    """The marks of one place; many in a row as the first and the last."""
    if len(numbers) > _MARKS and list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"[{numbers[0]}]–[{numbers[-1]}]"
    return " ".join(f"[{number}]" for number in numbers)


def _where(citation: Citation) -> str:
    page = citation.passage.meta.get("page")
    headings = " › ".join(citation.passage.meta.get("headings", ()))
    parts = [citation.passage.document, f"page {page}" if page else "", headings]
    return f"{', '.join(part for part in parts if part)}, characters {citation.source.start}-{citation.source.end}"


def print_hits(hits: Sequence[Hit]) -> None:
    """Numbered passages, each with its score and who found it."""
    if not hits:
        print("Nothing found.")
    for number, hit in enumerate(hits, 1):
        print(f"{number:3}. {hit.score:.3f}  {hit.passage.document}  ({hit.by})\n     {_short(hit.passage.text, 200)}")


def print_documents(documents: Sequence[DocumentHit]) -> None:
    """Numbered documents, each with its score and its best passages."""
    if not documents:
        print("Nothing found.")
    for number, one in enumerate(documents, 1):
        count = f"{len(one.hits)} passage{'s' * (len(one.hits) > 1)} found"
        print(f"{number:3}. {one.score:.3f}  {one.document}  ({one.by}, {count})")
        for hit in one.hits[:BEST]:
            print(f"     {hit.score:.3f}  {_short(hit.passage.text, 160)}")


def print_stages(stages: Sequence[Stage]) -> None:
    """One line a stage; the first that lost the passage is marked."""
    for stage in stages:
        print(f"{'ok  ' if stage.kept else 'LOST'}  {stage.name}: {stage.finding}")


def _short(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def warn(message: str) -> None:
    """One line to standard error."""
    print(message, file=sys.stderr)
