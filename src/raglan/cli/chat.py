"""``raglan chat``: questions that follow one another, by keyboard or a line at a time through a pipe."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from raglan.build.parts import Library
from raglan.cli.opening import asked, ready
from raglan.cli.render import print_json, print_reply, warn
from raglan.errors import ConfigError
from raglan.objects import reply_object
from raglan.talk.conversation import Conversation
from raglan.talk.exchange import Exchange
from raglan.talk.intents import Intents, intents
from raglan.talk.service import HandOver, Service
from raglan.talk.sessions import Sessions
from raglan.types import Meta, Passage

__all__ = ["chatting"]

_HELP = "/new begins another topic, /quit ends; a number chooses among the options of a question back"


def chatting(args: Namespace) -> int:
    """Talk until the input ends."""
    if args.session is not None and not args.session.strip():
        raise ConfigError("--session is empty; name it, for example --session kitchen")
    where = asked(args, "-").where
    known = intents(args.service) if args.service else None
    with ExitStack() as stack:
        made = ready(args)
        stack.callback(made.close)
        conversation = _conversation(args, made, stack)
        service = None
        if known is not None:
            encoder = made.vectors.encoder if made.vectors else None
            service = Service(conversation, Intents(known, encoder))
        talk = _Talk(conversation, service, where, as_json=args.json)
        for line in _lines(as_json=args.json):
            if not talk.hear(line.strip()):
                break
    return 0


def _conversation(args: Namespace, made: Library, stack: ExitStack) -> Conversation:
    if args.session is None:
        return Conversation(made.rag)
    sessions = Sessions(made.store.folder, clock=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    stack.callback(sessions.close)

    def find(name: str) -> Passage | None:
        found = made.store.find(name)
        return found[1] if found else None

    before = sessions.of(args.session, find)
    if before and not args.json:
        warn(f"{args.session}: goes on after {len(before)} exchange{'s' * (len(before) > 1)}")
        warn(f"  last asked: {before[-1].query.text}")
    return Conversation(made.rag, exchanges=before, keep=lambda one: sessions.add(args.session, one))


def _lines(*, as_json: bool) -> Iterator[str]:
    """What is typed or piped in; Ctrl-C and the end of the input end it."""
    live = sys.stdin.isatty() and not as_json
    if live:
        warn(_HELP)
        _editing()
    try:
        while True:
            yield input("> ") if live else _piped()
    except EOFError:
        return
    except KeyboardInterrupt:
        warn("")
        return


def _piped() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def _editing() -> None:
    """Let the arrow keys move in the line and bring back earlier ones, where the platform can."""
    try:
        import readline  # noqa: F401 (its import is what it does)
    except ImportError:
        return


class _Talk:
    """One conversation, heard line by line and shown."""

    def __init__(self, conversation: Conversation, service: Service | None, where: Meta, *, as_json: bool) -> None:
        self._conversation = conversation
        self._service = service
        self._where = where
        self._as_json = as_json

    def hear(self, line: str) -> bool:
        """Reply to ``line``; false where it ends the conversation."""
        if line in ("/quit", "/exit", "/q"):
            return False
        if line == "/new":
            self._conversation.restart()
        elif line.startswith("/"):
            warn(_HELP)
        elif line:
            self._answer(line)
        return True

    def _answer(self, line: str) -> None:
        try:
            made = self._said(line)
        except KeyboardInterrupt:
            warn("left unanswered; Ctrl-C again ends")
        else:
            self._show(made)

    def _said(self, line: str) -> Exchange | HandOver:
        if self._service is not None:
            return self._service.say(line)
        return self._conversation.say(line, where=self._where)

    def _show(self, made: Exchange | HandOver) -> None:
        if self._as_json:
            print_json(_handed_object(made) if isinstance(made, HandOver) else _object(made))
        elif isinstance(made, HandOver):
            print(f"{made.message}\n")
        else:
            _print(made)
        sys.stdout.flush()


def _print(made: Exchange) -> None:
    if made.fresh:
        print("(another topic)")
    if made.rewritten:
        print(f"(searched for: {made.query.text})")
    if made.by == "template":
        print(getattr(made.reply, "text", ""))
    else:
        print_reply(made.reply)
    print()


def _object(made: Exchange) -> dict[str, Any]:
    said = {
        "said": made.said,
        "query": made.query.text,
        "rewritten": made.rewritten,
        "added": list(made.added),
        "fresh": made.fresh,
        "where": {name: value if isinstance(value, str) else list(value) for name, value in made.query.where.items()},
        "by": made.by,
        "handover": None,
    }
    return said | {name: value for name, value in reply_object(made.reply, {}).items() if name != "seconds"}


def _handed_object(made: HandOver) -> dict[str, Any]:
    """A hand-over: ``said`` is what was said last."""
    transcript = [{"role": turn.role, "text": turn.text} for turn in made.transcript]
    return {
        "said": made.transcript[-1].text,
        "handover": {"reason": made.reason, "message": made.message, "transcript": transcript},
    }
