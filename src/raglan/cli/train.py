"""``raglan train``: parts that learn from labelled sets."""

from __future__ import annotations

from argparse import Namespace

from raglan.errors import ConfigError

__all__ = ["training"]

# What each part cannot do anything with.
_LEARNED = ("loss", "similarity", "separate")
_READER = ("fusion", "lora", "joint")
_STEPS = ("start", "negatives", "hard", "refresh", "frozen", "batch", "part", "steps", "epochs", "rate", "length")
_RUN = ("held", "keep", "resume", "track")
_IDLE = {
    "merge": (*_LEARNED, *_READER, *_STEPS, *_RUN),
    "query": (*_LEARNED, *_READER, *_STEPS, *_RUN),
    "encoder": (*_READER, "config", "encoder"),
    "ranker": (*_LEARNED, *_READER, "config", "encoder"),
    "reader": (*_LEARNED, "lora", "refresh", "part", "config"),
    "generator": (*_LEARNED, "fusion", "joint", "refresh", "part", "frozen", "keep", "length", "config", "encoder"),
}


def training(args: Namespace) -> int:
    """Fit, try on what was held out, and keep what is better; 1 if it is not."""
    for name in _IDLE[args.what]:
        if getattr(args, name):
            option = {"start": "from"}.get(name, name)
            raise ConfigError(f"--{option} is nothing that {args.what} can use; leave it out")
    if args.what == "merge":
        from raglan.cli.train_merge import train_merge

        return train_merge(args)
    if args.what == "query":
        from raglan.cli.train_query import train_query_side

        return train_query_side(args)
    if args.what == "generator":
        from raglan.cli.train_generator import train_generator

        return train_generator(args)
    from raglan.cli.train_encoder import train_network

    return train_network(args)
