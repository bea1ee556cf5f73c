"""What people type: ``raglan ask PATH "question"`` and its sisters."""

from __future__ import annotations

import logging
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from raglan.build.parts import Library, library
from raglan.build.place import is_store, store_for
from raglan.build.sync import SyncReport
from raglan.cli.arguments import parser
from raglan.cli.doctor import doctor
from raglan.cli.granting import granted, groups_given
from raglan.cli.opening import asked, configured, ready, tell_renewing, tell_skipped
from raglan.cli.render import print_json, print_reply, print_stages, warn
from raglan.cli.search import searching
from raglan.cli.terminal import Ticker
from raglan.errors import ConfigError, RaglanError
from raglan.explain.why import stages_object, why
from raglan.objects import reason_object, reply_object
from raglan.protocols import Retriever
from raglan.types import Reply

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 done, 1 failure, 2 wrong usage."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        # A pipe's encoding may know no Chinese; a question must never end in a UnicodeEncodeError.
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8", errors="replace")
    args = parser().parse_args(arguments)
    try:
        return _COMMANDS[args.command](args)
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
    query = asked(args, args.question)
    made = ready(args)
    started = time.perf_counter()
    # What is asked of all passages is searched and written in one.
    reply: Reply | None = made.rag.survey(query)
    hits = [] if reply else made.rag.search(query)
    searched = time.perf_counter()
    reply = reply or made.rag.reply(query, hits)
    seconds = {"search": searched - started, "write": time.perf_counter() - searched}
    if args.json:
        print_json(reply_object(reply, seconds))
    else:
        print_reply(reply)
    made.close()
    return 0


def _chat(args: Namespace) -> int:
    from raglan.cli.chat import chatting

    return chatting(args)


def _read(args: Namespace) -> int:
    from raglan.cli.knowing import reading

    return reading(args)


def _graph(args: Namespace) -> int:
    from raglan.cli.knowing import graphing

    return graphing(args)


def _eval(args: Namespace) -> int:
    # Metrics and datasets are of no use to who asks a question: only this command waits for them.
    from raglan.cli.evaluate import evaluation

    return evaluation(args)


def _train(args: Namespace) -> int:
    from raglan.cli.train import training

    return training(args)


def _serve(args: Namespace) -> int:
    from raglan.cli.serve import serving

    return serving(args)


def _mcp(args: Namespace) -> int:
    from raglan.cli.serve import speaking

    return speaking(args)


def _keys(args: Namespace) -> int:
    from raglan.cli.keys import keys

    return keys(args)


def _sessions(args: Namespace) -> int:
    from raglan.cli.sessions import sessions

    return sessions(args)


def _why(args: Namespace) -> int:
    query = asked(args, args.query)
    made = ready(args)
    searches: list[Retriever] = [made.words, *([made.serving] if made.serving else [])]
    stages = why(made.rag, made.store, made.words, searches, query, args.text)
    if args.json:
        print_json(stages_object(stages))
    else:
        print_stages(stages)
    made.close()
    return 0


def _index(args: Namespace) -> int:
    place, groups = args.store or store_for(args.paths[0]), groups_given(args.access)
    if len(args.paths) > 1 and args.store is None:
        raise ConfigError("several PATHs need a store of their own; name it with -o STORE")
    for path in args.paths:
        if not path.exists():
            raise ConfigError(f"{path}: there is no such file or folder")
        if is_store(path):
            raise ConfigError(f"{path} is a store, not a folder of documents; name the folder and -o {path}")
    made = library(place, configured(args, place))
    ticker = Ticker()
    reports = []
    for path in args.paths:
        granted(made.store, path, groups)
        reports.append(made.sync(path, watch=ticker))
    if not args.words_only:
        tell_renewing(made)
        made.encode(ticker)
    ticker.close()
    _tell(made, place, reports, as_json=args.json)
    made.close()
    return 0


def _tell(made: Library, place: Path, reports: Sequence[SyncReport], *, as_json: bool) -> None:
    skipped = [one for report in reports for one in report.skipped]
    counts = {name: sum(getattr(r, name) for r in reports) for name in ("added", "changed", "unchanged", "removed")}
    if as_json:
        files = [{"path": one.path, **reason_object(one.reason, one.hint)} for one in skipped]
        print_json({"store": str(place), "passages": len(made.store), **counts, "skipped": files})
        return
    tell_skipped(skipped)
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no files"
    print(f"{place}: {told}, {len(skipped)} skipped; {len(made.store)} passages")


_COMMANDS = {
    "ask": _ask,
    "index": _index,
    "keys": _keys,
    "mcp": _mcp,
    "search": searching,
    "serve": _serve,
    "chat": _chat,
    "sessions": _sessions,
    "read": _read,
    "graph": _graph,
    "why": _why,
    "eval": _eval,
    "train": _train,
    "doctor": doctor,
}
