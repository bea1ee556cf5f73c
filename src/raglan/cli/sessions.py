"""``raglan sessions``: the conversations that ``raglan chat --session`` keeps, listed, shown and forgotten."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from raglan.build.place import is_store, store_for
from raglan.cli.render import print_json
from raglan.errors import ConfigError, RaglanError
from raglan.talk.exchange import Exchange, written
from raglan.talk.sessions import SESSIONS, Sessions
from raglan.types import Clarify

__all__ = ["sessions"]


def sessions(args: Namespace) -> int:
    """List, show or drop sessions."""
    if args.what != "list" and not args.name:
        raise ConfigError(f"raglan sessions {args.what} needs a name: raglan sessions {args.what} STORE NAME")
    place = store_for(args.path)
    if not is_store(place):
        raise ConfigError(f"{args.path} has no store yet; raglan index makes one")
    if not (place / SESSIONS).is_file():
        # Looking leaves nothing behind.
        if args.what != "list":
            raise _unknown(args.name, args.path)
        _print_list([], as_json=args.json)
        return 0
    known = Sessions(place, clock=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    try:
        _done(known, args)
    finally:
        known.close()
    return 0


def _done(known: Sessions, args: Namespace) -> None:
    if args.what == "list":
        told = [{"name": one.name, "exchanges": one.turns, "at": one.at} for one in known.all()]
        _print_list(told, as_json=args.json)
    elif args.what == "show":
        # What was said is shown, not what it rests on: that may have changed since.
        found = known.of(args.name, lambda _: None)
        if not found:
            raise _unknown(args.name, args.path)
        _print_session(args.name, found, as_json=args.json)
    elif not (dropped := known.drop(args.name)):
        raise _unknown(args.name, args.path)
    elif args.json:
        print_json({"dropped": args.name, "exchanges": dropped})


def _unknown(name: str, path: Path) -> RaglanError:
    return RaglanError(f"there is no session {name!r}; raglan sessions list {path} names those that there are")


def _print_list(told: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json({"sessions": told})
        return
    for one in told:
        count = one["exchanges"]
        print(f"{one['name']}  {count} exchange{'s' * (count != 1)}, the last at {one['at']}")


def _print_session(name: str, found: list[Exchange], *, as_json: bool) -> None:
    if as_json:
        print_json({"session": name, "exchanges": [_object(one) for one in found]})
        return
    for one in found:
        print(f"> {one.said}")
        if one.rewritten:
            print(f"(searched for: {one.query.text})")
        print(f"{_reply(one)}\n")


def _reply(one: Exchange) -> str:
    if isinstance(one.reply, Clarify):
        options = (f"  {n}. {option}" for n, option in enumerate(one.reply.options, 1))
        return "\n".join([one.reply.question, *options])
    return one.reply.text or "(no answer)"


def _object(one: Exchange) -> dict[str, Any]:
    told = written(one)
    back, answer = told.get("clarify"), told.get("answer")
    return {
        "said": one.said,
        "query": one.query.text,
        "where": told["query"]["where"],
        "fresh": one.fresh,
        "by": one.by,
        "answer": answer["text"] if answer else "",
        "confidence": answer["confidence"] if answer else 0.0,
        "clarify": {"question": back["question"], "options": back["options"]} if back else None,
    }
