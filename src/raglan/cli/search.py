"""``raglan search``: passages, the segments that they stand in, or whole documents."""

from __future__ import annotations

from argparse import Namespace

from raglan.build.parts import Library
from raglan.cli.opening import asked, ready
from raglan.cli.render import print_documents, print_hits, print_json
from raglan.errors import ConfigError
from raglan.objects import documents_object, hits_object
from raglan.protocols import Retriever
from raglan.search.documents import Documents
from raglan.search.mmr import Mmr
from raglan.types import Hit, Query

__all__ = ["searching"]


def searching(args: Namespace) -> int:
    """Search, and print what was found."""
    if args.k < 1:
        raise ConfigError(f"-k is {args.k}, must be at least 1")
    if args.rule and not args.documents:
        raise ConfigError(f"--rule {args.rule} says how documents are ranked; it needs --documents")
    query = asked(args, args.query)
    made = ready(args)
    if args.documents:
        [found] = Documents(_retriever(args, made), rule=args.rule or "max").find([query], args.k)
        if args.json:
            print_json(documents_object(found))
        else:
            print_documents(found)
    else:
        hits = _hits(args, made, query)
        if args.json:
            print_json(hits_object(hits))
        else:
            print_hits(hits)
    made.close()
    return 0


def _hits(args: Namespace, made: Library, query: Query) -> list[Hit]:
    [hits] = _retriever(args, made).search([query], 4 * args.k if args.diverse else args.k)
    if args.diverse:
        return Mmr().rerank(query, hits)[: args.k]
    return made.rag.segmenter(hits) if args.segments and made.rag.segmenter else hits


def _retriever(args: Namespace, made: Library) -> Retriever:
    if args.boolean:
        return made.boolean
    if args.by == "words":
        return made.words
    if args.by == "vectors":
        if made.serving is None:
            raise ConfigError("--by vectors needs an encoder; leave out --encoder none")
        return made.serving
    return made.rag.reranked
