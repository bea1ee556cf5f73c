"""``raglan read`` and ``raglan graph``: what the documents are about, and what they say of things."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from raglan.build.over import opened
from raglan.build.parts import Library
from raglan.build.place import store_for
from raglan.build.progress import Progress
from raglan.build.summing import folders, summaries, summed
from raglan.cli.opening import configured, tell_skipped
from raglan.cli.render import print_json, warn
from raglan.cli.terminal import Ticker
from raglan.config import Spec
from raglan.errors import ConfigError, RaglanError
from raglan.graph.digest import About, Digest, Noted, digest
from raglan.graph.draw import drawn
from raglan.graph.export import FORMATS
from raglan.graph.following import follow
from raglan.graph.triples import triples
from raglan.graph.versions import Disagreement
from raglan.graph.view import Graph, Stated, graph
from raglan.store.graph import GraphTables
from raglan.store.summaries import SummaryRow

__all__ = ["graphing", "reading"]

Told = Mapping[str, list[SummaryRow]]


def reading(args: Namespace) -> int:
    """``raglan read``."""
    made = _followed(args)
    found = digest(GraphTables(made.store))
    told = found.documents[: args.k]
    _counted("summing up", summed(made.store))
    said = summaries(made.store)
    if args.json:
        print_json(_digest_object(found, told, said))
    else:
        _print_digest(found, told, said)
    made.close()
    return 0


def graphing(args: Namespace) -> int:
    """``raglan graph``."""
    how = _format(args)
    made = _followed(args)
    tables = GraphTables(made.store)
    for file in args.brought:
        warn(f"{file}: {tables.bring(str(file), triples(file))} triples")
    whole = graph(tables)
    shown = whole if args.all else whole.shown()
    if args.entity:
        shown = Graph(shown.things, shown.about(args.entity), shown.same)
    if args.export:
        args.export.write_text(FORMATS[how](shown), encoding="utf-8")
    if args.draw:
        args.draw.write_text(drawn(shown), encoding="utf-8")
    if args.json:
        print_json(_graph_object(shown, args.k))
    else:
        _print_graph(shown, args)
    made.close()
    return 0


def _format(args: Namespace) -> str:
    if args.k < 1:
        raise ConfigError(f"-k is {args.k}, must be at least 1")
    if args.export is None or args.format:
        return str(args.format or "graphml")
    ending = args.export.suffix.lower().lstrip(".")
    if ending not in FORMATS:
        raise ConfigError(f"--export {args.export}: say --format {' or --format '.join(sorted(FORMATS))}")
    return str(ending)


def _followed(args: Namespace) -> Library:
    """The library in step with its files, every passage read; vectors are not needed."""
    if args.k < 1:
        raise ConfigError(f"-k is {args.k}, must be at least 1")
    place = args.store or store_for(args.path)
    config = configured(args, place).using("encoder", Spec("none"))
    made, report = opened(args.path, store=place, config=config)
    tell_skipped([one for one in report.skipped if one.new] if report else [])
    if not len(made.store):
        raise RaglanError(f"{args.path}: no document could be read")
    _counted("extracting", follow(made.store))
    return made


def _counted(what: str, lefts: Iterator[int]) -> None:
    """Do what yields how much of it is left, and show that."""
    ticker, clock, total = Ticker(), time.monotonic(), 0
    for left in lefts:
        total = max(total, left)
        done = total - left
        spent = time.monotonic() - clock
        ticker(Progress(what, done, total, left * spent / done if done else None))
    ticker.close()


def _noted(one: Noted) -> Mapping[str, Any]:
    return {"text": one.said, "value": one.value, "passage": one.passage, "start": one.span.start, "end": one.span.end}


def _summed(rows: list[SummaryRow]) -> dict[str, Any]:
    places = [{"passage": one.passage, "start": one.start, "end": one.stop} for one in rows]
    return {"summary": [one.says for one in rows], "summary_places": places}


def _digest_object(found: Digest, told: tuple[About, ...], said: Told) -> dict[str, Any]:
    parts = ("phrases", "names", "definitions", "dates", "quantities")
    whole, *parted = folders(said).items()
    return {
        **_summed(whole[1]),
        "folders": [{"folder": name, **_summed(rows)} for name, rows in parted],
        "phrases": list(found.phrases),
        "documents": [
            {
                "document": one.document,
                "title": one.title,
                "passages": one.passages,
                **_summed(said.get(one.document, [])),
                **{part: [_noted(each) for each in getattr(one, part)] for part in parts},
                "newest": one.newest,
            }
            for one in told
        ],
        "duplicates": [[one.one, one.other] for one in found.duplicates],
        "disagreements": [_disagreement(one) for one in found.disagreements],
    }


def _disagreement(one: Disagreement) -> dict[str, Any]:
    return {
        "documents": [one.one, one.other],
        "values": list(one.values),
        "said": list(one.said),
        "places": [{"passage": name, "start": span.start, "end": span.end} for name, span in one.places],
    }


def _print_digest(found: Digest, told: tuple[About, ...], said: Told) -> None:
    print(f"{len(found.documents)} documents; about: {', '.join(found.phrases)}")
    for folder, rows in folders(said).items():
        if folder:
            print(f"\n{folder}/")
        for row in rows:
            print(f"  {row.says}")
    for one in told:
        print(f"\n{one.document}" + (f" ({one.title})" if one.title else ""))
        for name in ("phrases", "names", "definitions", "dates", "quantities"):
            noted = [each.said for each in getattr(one, name)]
            if noted:
                print(f"  {name}: {('; ' if name == 'definitions' else ', ').join(noted)}")
        for row in said.get(one.document, []):
            print(f"  - {row.says}")
    if len(told) < len(found.documents):
        print(f"\n... and {len(found.documents) - len(told)} more; -k says how many are told of")
    for pair in found.duplicates:
        print(f"\nsame text: {pair.one}, {pair.other}")
    newest = {one.document: one.newest for one in found.documents}
    for differing in found.disagreements:
        print(f"\ntwo versions disagree: {', '.join(differing.values)}")
        for name, what in zip((differing.one, differing.other), differing.said, strict=True):
            print(f"  {name}{_dated(newest[name])}: {what}")


def _dated(newest: str) -> str:
    return f" (names {newest})" if newest else ""


def _graph_object(shown: Graph, most: int) -> dict[str, Any]:
    return {
        "things": len({end for fact in shown.facts for end in (fact.head, fact.tail)}),
        "facts": [_fact(fact) for fact in shown.facts[:most]],
        "count": len(shown.facts),
    }


def _fact(fact: Stated) -> dict[str, Any]:
    return {
        "head": fact.said.head,
        "relation": fact.said.relation,
        "tail": fact.said.tail,
        "rules": sorted(fact.rules),
        "passages": [{"passage": name, "start": span.start, "end": span.end} for name, span in fact.places],
        "sources": list(fact.sources),
    }


def _print_graph(shown: Graph, args: Namespace) -> None:
    for fact in shown.facts[: args.k]:
        rests = ", ".join([*dict.fromkeys(name for name, _ in fact.places[:3]), *fact.sources[:3]])
        more = f" and {fact.count - 3} more" if fact.count > 3 else ""
        print(f"{fact.said.head} | {fact.said.relation} | {fact.said.tail}   [{rests}{more}]")
    things = len({end for fact in shown.facts for end in (fact.head, fact.tail)})
    print(f"{len(shown.facts)} facts, {things} things")
    for file in (args.export, args.draw):
        if file:
            print(f"wrote {file}")
