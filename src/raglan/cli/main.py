"""What people type: ``raglan ask PATH "question"`` and its sisters."""

from __future__ import annotations

import logging
import shlex
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from raglan.build.over import opened
from raglan.build.parts import Library, library
from raglan.build.place import is_store, store_for
from raglan.build.sync import Skipped, SyncReport
from raglan.cli.arguments import parser
from raglan.cli.doctor import doctor
from raglan.cli.render import hits_object, print_hits, print_json, print_reply, print_stages, reply_object, warn
from raglan.cli.terminal import Ticker
from raglan.config import Config, Spec
from raglan.errors import ConfigError, RaglanError
from raglan.explain.why import why
from raglan.protocols import Retriever
from raglan.search.mmr import Mmr
from raglan.types import Query

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 done, 1 failure, 2 wrong usage."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        # A pipe's encoding may know no Chinese; a question must never end in a UnicodeEncodeError.
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8", errors="replace")
    args = parser().parse_args(arguments)
    commands = {
        "ask": _ask,
        "index": _index,
        "search": _search,
        "why": _why,
        "eval": _eval,
        "train": _train,
        "doctor": doctor,
    }
    try:
        return commands[args.command](args)
    except ConfigError as error:
        warn(f"raglan: {error}")
        return 2
    except RaglanError as error:
        warn(f"raglan: {error}")
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        warn(f"raglan: {error}")
        return 1
    except KeyboardInterrupt:
        warn("raglan: stopped; what was read is kept, the same command goes on from there")
        return 1


def _ask(args: Namespace) -> int:
    query = _query(args, args.question)
    made = _ready(args)
    started = time.perf_counter()
    hits = made.rag.search(query)
    searched = time.perf_counter()
    reply = made.rag.reply(query, hits)
    seconds = {"search": searched - started, "write": time.perf_counter() - searched}
    if args.json:
        print_json(reply_object(reply, seconds))
    else:
        print_reply(reply)
    made.close()
    return 0


def _search(args: Namespace) -> int:
    if args.k < 1:
        raise ConfigError(f"-k is {args.k}, must be at least 1")
    query = _query(args, args.query)
    made = _ready(args)
    wanted = 4 * args.k if args.diverse else args.k
    if args.boolean:
        [hits] = made.boolean.search([query], wanted)
    elif args.by == "words":
        [hits] = made.words.search([query], wanted)
    elif args.by == "vectors":
        if made.vectors is None:
            raise ConfigError("--by vectors needs an encoder; leave out --encoder none")
        [hits] = made.vectors.search([query], wanted)
    else:
        hits = made.rag.search(query, wanted)
    if args.diverse:
        hits = Mmr().rerank(query, hits)[: args.k]
    if args.json:
        print_json(hits_object(hits))
    else:
        print_hits(hits)
    made.close()
    return 0


def _eval(args: Namespace) -> int:
    # Metrics and datasets are of no use to who asks a question: only this command waits for them.
    from raglan.cli.evaluate import evaluation

    return evaluation(args)


def _train(args: Namespace) -> int:
    from raglan.cli.train import training

    return training(args)


def _why(args: Namespace) -> int:
    query = _query(args, args.query)
    made = _ready(args)
    searches: list[Retriever] = [made.words, *([made.vectors] if made.vectors else [])]
    stages = why(made.rag, made.store, made.words, searches, query, args.text)
    if args.json:
        print_json(
            {"stages": [{"stage": s.name, "kept": s.kept, "rank": s.rank, "finding": s.finding} for s in stages]}
        )
    else:
        print_stages(stages)
    made.close()
    return 0


def _index(args: Namespace) -> int:
    place = args.store or store_for(args.paths[0])
    if len(args.paths) > 1 and args.store is None:
        raise ConfigError("several PATHs need a store of their own; name it with -o STORE")
    for path in args.paths:
        if not path.exists():
            raise ConfigError(f"{path}: there is no such file or folder")
        if is_store(path):
            raise ConfigError(f"{path} is a store, not a folder of documents; name the folder and -o {path}")
    made = library(place, _config(args, place))
    ticker = Ticker()
    reports = [made.sync(path, watch=ticker) for path in args.paths]
    if not args.words_only:
        made.encode(ticker)
    ticker.close()
    _tell(made, place, reports, as_json=args.json)
    made.close()
    return 0


def _tell(made: Library, place: Path, reports: Sequence[SyncReport], *, as_json: bool) -> None:
    skipped = [one for report in reports for one in report.skipped]
    counts = {name: sum(getattr(r, name) for r in reports) for name in ("added", "changed", "unchanged", "removed")}
    if as_json:
        files = [{"path": one.path, "reason": one.reason, "hint": one.hint} for one in skipped]
        print_json({"store": str(place), "passages": len(made.store), **counts, "skipped": files})
        return
    _tell_skipped(skipped)
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no files"
    print(f"{place}: {told}, {len(skipped)} skipped; {len(made.store)} passages")


def _tell_skipped(skipped: Sequence[Skipped]) -> None:
    for one in skipped:
        warn(f"skipped {one.path}: {one.reason}" + (f"; {one.hint}" if one.hint else ""))


def _ready(args: Namespace) -> Library:
    """The library for a command that asks: in step with the folder, and encoded unless the user is in a hurry."""
    ticker = Ticker()
    place = args.store or store_for(args.path)
    made, report = opened(args.path, store=place, config=_config(args, place), watch=ticker)
    if report is not None:
        _tell_skipped([one for one in report.skipped if one.new])
        known = sum(not one.new for one in report.skipped)
        if known:
            warn(f"skipped as before: {known}; raglan index {shlex.quote(str(args.path))} says which")
        if not len(made.store):
            raise RaglanError(f"{args.path}: no document could be read")
        try:
            # An encoder tried out on a question does not take the place of the store's own.
            made.encode(ticker, adopt=not args.encoder)
        except KeyboardInterrupt:
            ticker.close()
            warn("stopped encoding; answering by words and the vectors that are there. Again: Ctrl-C")
    elif made.vectors is not None:
        made.vectors.follower.look()
        if made.vectors.follower.behind:
            warn("some passages have no vector yet and are found by words alone; raglan index completes them")
    ticker.close()
    return made


def _config(args: Namespace, place: Path) -> Config:
    own = place / "raglan.toml"
    config = Config.read(args.config) if args.config else _found(own) if own.is_file() else Config()
    if args.encoder:
        config = replace(config, specs={**config.specs, "encoder": Spec(args.encoder)})
    return _overridden(config, args) if args.command == "ask" else config


def _found(own: Path) -> Config:
    """A configuration that lies with a store. It may have come with somebody's documents: it must not reach out."""
    config = Config.read(own)
    if "base_url" in config.specs["generator"].options:
        raise ConfigError(f"{own} lets a server write the answers; if you want that, name the file: --config {own}")
    return config


def _overridden(config: Config, args: Namespace) -> Config:
    if args.k is not None:
        if args.k < 1:
            raise ConfigError(f"-k is {args.k}, must be at least 1")
        config = replace(config, k=args.k)
    if args.threshold is not None:
        if not 0 <= args.threshold <= 1:
            raise ConfigError(f"--threshold is {args.threshold}, must be from 0 to 1")
        config = replace(config, threshold=args.threshold)
    return config


def _query(args: Namespace, text: str) -> Query:
    if not text.strip():
        raise ConfigError("the question is empty")
    where: dict[str, tuple[str, ...]] = {}
    for pair in args.where:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise ConfigError(f"--where {pair!r} must be NAME=VALUE, for example file=manual.pdf")
        where[name] = (*where.get(name, ()), value)
    return Query(text, where=where)


_COMMANDS = {
    "ask": _ask,
    "index": _index,
    "search": _search,
    "why": _why,
    "eval": _eval,
    "train": _train,
    "doctor": doctor,
}
