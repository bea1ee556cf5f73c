"""``raglan serve``: the documents are brought in step, then the server takes over."""

from __future__ import annotations

from argparse import Namespace

from raglan.build.over import opened
from raglan.build.place import is_store, store_for
from raglan.cli.opening import configured, tell_skipped
from raglan.cli.render import warn
from raglan.cli.terminal import Ticker
from raglan.config import Config
from raglan.extras import need

__all__ = ["serving", "speaking"]


def serving(args: Namespace) -> int:
    """Serve until told to stop."""
    need("fastapi", "serve")
    need("uvicorn", "serve")
    from raglan.serve.options import Options, Place
    from raglan.serve.running import serve

    place = args.store or store_for(args.path)
    config = configured(args, place)
    if not is_store(args.path):
        _brought_in_step(args, config)
    warn(f"raglan: http://{args.host}:{args.port}/ answers from {place}; Ctrl-C stops it")
    options = Options(args.queue, args.threads, batch=not args.no_batch, mask=args.mask)
    listens = Place(args.host, args.port, args.workers, tuple(args.allow_host), tuple(args.allow_origin), args.rate)
    serve(place, config, options, listens)
    return 0


def speaking(args: Namespace) -> int:
    """Offer the tools of the Model Context Protocol over standard input and output until the other side hangs up."""
    need("mcp", "serve")
    import anyio

    from raglan.serve.mcp import over_stdio
    from raglan.serve.service import Service

    place = args.store or store_for(args.path)
    config = configured(args, place)
    if not is_store(args.path):
        _brought_in_step(args, config)
    service = Service(place, config)
    try:
        anyio.run(over_stdio, service)
    finally:
        service.close()
    return 0


def _brought_in_step(args: Namespace, config: Config) -> None:
    ticker = Ticker()
    made, report = opened(args.path, store=args.store, config=config, watch=ticker)
    if report is not None:
        tell_skipped([one for one in report.skipped if one.new])
    made.encode(ticker)
    ticker.close()
    made.close()
