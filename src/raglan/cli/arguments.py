"""The commands and their options."""

from __future__ import annotations

import argparse
from pathlib import Path

from raglan.cli.arguments_graph import add_graph_commands
from raglan.search.documents import RULES

__all__ = ["parser"]

_ENCODER = "encoder by name, or a model folder by its path; none searches by words alone"
_EPILOG = """PATH is a folder of documents, one document, or a store. Nothing leaves this machine unless a generator
with a URL is configured. Exit codes: 0 done (an abstention too), 1 failure, 2 wrong usage."""


def parser() -> argparse.ArgumentParser:
    """The parser of ``raglan``."""
    made = argparse.ArgumentParser(
        prog="raglan", description="Answers from your documents, every sentence with its source.", epilog=_EPILOG
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", help="answer a question from documents", epilog=_EPILOG)
    ask.add_argument("path", type=Path, metavar="PATH")
    ask.add_argument("question")
    _common(ask)
    _asking(ask)
    ask.add_argument("-k", type=int, help="how many passages become evidence (8)")
    least = ask.add_mutually_exclusive_group()
    least.add_argument("--threshold", type=float, help="least confidence, 0 to 1, of an answer that is given")
    least.add_argument("--risk", type=float, help="share of answers that may be wrong, of a generator that states it")

    index = commands.add_parser(
        "index", help="read documents into a store, or bring it in step with them", epilog=_EPILOG
    )
    index.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    _common(index)
    index.add_argument("--words-only", action="store_true", help="do not compute vectors now")
    index.add_argument(
        "--access", action="append", metavar="GROUP", help="who alone may see it, again for more; '' is everybody"
    )

    search = commands.add_parser("search", help="find passages", epilog=_EPILOG)
    search.add_argument("path", type=Path, metavar="PATH")
    search.add_argument("query")
    _common(search)
    _asking(search)
    search.add_argument("-k", type=int, default=10, help="how many passages, or documents (10)")
    search.add_argument(
        "--boolean",
        action="store_true",
        help='the query is an expression: warranty AND (battery OR "power supply") NOT 2021',
    )
    search.add_argument(
        "--by", choices=["words", "vectors", "hybrid"], default="hybrid", help="which search ranks (hybrid)"
    )
    told = search.add_mutually_exclusive_group()
    told.add_argument("--diverse", action="store_true", help="fewer passages that say the same (MMR)")
    told.add_argument("--segments", action="store_true", help="passages with what stands around them, in one piece")
    told.add_argument("--documents", action="store_true", help="documents instead, each with its best passages")
    search.add_argument("--rule", choices=RULES, help="what ranks documents: best passage, mean of three, ... (max)")

    chat = commands.add_parser("chat", help="questions that follow one another", epilog=_EPILOG)
    chat.add_argument("path", type=Path, metavar="PATH")
    _common(chat)
    _asking(chat)
    chat.add_argument("--session", metavar="NAME", help="keep what is said under this name, and go on with it")
    chat.add_argument(
        "--service", type=Path, metavar="FILE", help="answer what is in this file of intents; hand over when unsure"
    )

    _sessions(commands.add_parser("sessions", help="the conversations that are kept"))

    add_graph_commands(commands, _EPILOG)

    why = commands.add_parser("why", help="where a passage that you expected was lost", epilog=_EPILOG)
    why.add_argument("path", type=Path, metavar="PATH")
    why.add_argument("query")
    why.add_argument("text", help="text of the passage that you expected")
    _common(why)
    _asking(why)

    _evaluation(commands.add_parser("eval", help="measure how well systems find and answer", epilog=_EPILOG))

    _training(commands.add_parser("train", help="learn from labelled sets", epilog=_EPILOG))

    _serving(commands.add_parser("serve", help="an API and a page for others to ask", epilog=_EPILOG))

    mcp = commands.add_parser("mcp", help="tools for an assistant, over standard input and output", epilog=_EPILOG)
    _opening(mcp)

    _keys(commands.add_parser("keys", help="who may ask a server, and what they see"))

    doctor = commands.add_parser("doctor", help="check the installation, and a store if one is named")
    doctor.add_argument("path", type=Path, nargs="?", metavar="STORE")
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    return made


def _serving(command: argparse.ArgumentParser) -> None:
    _opening(command)
    command.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    command.add_argument("--port", type=int, default=8080, help="port to listen at (8080)")
    command.add_argument("--workers", type=_count, default=1, metavar="N", help="processes (1)")
    command.add_argument("--queue", type=_count, default=64, metavar="N", help="requests let in at once (64)")
    command.add_argument("--threads", type=_count, default=8, metavar="N", help="answers written at a time (8)")
    command.add_argument("--rate", type=_count, default=50, metavar="N", help="requests a second of each key (50)")
    command.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a name that the server is known by"
    )
    command.add_argument(
        "--allow-origin", action="append", default=[], metavar="SITE", help="another site whose pages may ask"
    )
    command.add_argument("--mask", action="store_true", help="hide personal data from keys without the scope unmask")
    command.add_argument("--no-batch", action="store_true", help="work on every request by itself, remember nothing")


def _opening(command: argparse.ArgumentParser) -> None:
    command.add_argument("path", type=Path, metavar="PATH")
    command.add_argument("-o", "--store", type=Path, help="folder of the store (.raglan within PATH)")
    command.add_argument("--config", type=Path, help="TOML file that names parts (raglan.toml of the store)")
    command.add_argument("--encoder", metavar="NAME", help=_ENCODER)


def _keys(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", choices=["add", "list", "drop"], help="make a key, list them, or withdraw one")
    command.add_argument("path", type=Path, metavar="STORE")
    command.add_argument("name", nargs="?", default="", help="of the key")
    command.add_argument(
        "--scope", action="append", default=[], metavar="NAME", help="read, write, admin, unmask (read)"
    )
    command.add_argument(
        "--group", action="append", default=[], metavar="NAME", help="whose documents it sees; * is all"
    )
    command.add_argument("--days", type=_count, metavar="N", help="how long it opens anything (for ever)")
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _sessions(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", choices=["list", "show", "drop"], help="name them, print one, or forget one")
    command.add_argument("path", type=Path, metavar="STORE")
    command.add_argument("name", nargs="?", default="", help="of the session")
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _evaluation(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", type=Path, nargs="?", metavar="DATA", help="a labelled set in any form that is known")
    command.add_argument("--form", help="form of DATA, where it is not the one that it seems to have")
    command.add_argument("--systems", help="words,vectors,minmax,rrf,learned,sentence,... or TOML files")
    command.add_argument(
        "--evidence", choices=["search", "gold"], default="search", help="what answers rest on (search)"
    )
    command.add_argument("--metrics", help="recall@5,ndcg@10,f1,... (what is usual for DATA)")
    command.add_argument("--limit", type=_count, metavar="N", help="so many questions, drawn by the seed")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument(
        "--gate", action="append", default=[], metavar="METRIC>=NUMBER", help="else the exit code is 1"
    )
    command.add_argument("--over", type=Path, metavar="PATH", help="search these documents, not what comes with DATA")
    command.add_argument("-o", "--store", type=Path, help="folder to keep the index in, or, with --make, the questions")
    command.add_argument("--config", type=Path, help="TOML file that names parts")
    command.add_argument("--encoder", metavar="NAME", help=_ENCODER)
    command.add_argument("--workers", type=_count, default=1, help="questions answered at a time (1)")
    command.add_argument("--html", type=Path, metavar="FILE", help="write a page to look at")
    command.add_argument("--save", type=Path, metavar="FILE", help="write everything, a row a question, as JSON")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument("--make", type=Path, metavar="FOLDER", help="make questions from the documents of FOLDER")


def _training(command: argparse.ArgumentParser) -> None:
    parts = (
        "merge learns how far to trust words and vectors, query moves the vectors of questions, "
        "encoder, ranker and reader are networks, generator is a language model of transformers"
    )
    command.add_argument(
        "what", choices=["merge", "query", "encoder", "ranker", "reader", "generator"], help=f"which part: {parts}"
    )
    data = "labelled sets in any form that is known, or stores, for what people said of their answers"
    command.add_argument("data", type=Path, nargs="+", metavar="DATA", help=data)
    command.add_argument("-o", "--output", type=Path, required=True, metavar="MODEL", help="file or folder to write")
    command.add_argument("--form", help="form of DATA, where it is not the one that it seems to have")
    command.add_argument(
        "--limit", type=_count, metavar="N", help="at most so many questions of a set, or of each half"
    )
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--work", type=Path, metavar="FOLDER", help="keep indexes, checkpoints and states here")
    command.add_argument("--config", type=Path, help="TOML file that names parts (merge, query)")
    command.add_argument("--encoder", metavar="NAME", help="encoder by name or path (merge, query, reader)")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    network = command.add_argument_group("encoder, ranker, reader and generator")
    network.add_argument("--from", type=Path, dest="start", metavar="FOLDER", help="model to start from")
    network.add_argument(
        "--loss", choices=["in_batch", "hinge", "pointwise"], help="objective of an encoder (in_batch)"
    )
    network.add_argument("--similarity", choices=["cosine", "dot", "l2"], help="of an encoder's vectors (cosine)")
    network.add_argument("--separate", action="store_true", help="an encoder with a tower of its own for questions")
    network.add_argument("--negatives", choices=["in-batch", "bm25", "mined"], help="who finds them (in-batch)")
    network.add_argument(
        "--hard", type=_count, metavar="N", help="wrong passages for a question (1; ranker 7, reader 2)"
    )
    fusions = ["bias", "decoder", "attention", "soft", "token", "sequence", "concatenation"]
    network.add_argument("--fusion", choices=fusions, help="how several sources make what a reader writes (bias)")
    network.add_argument(
        "--joint", action="store_true", help="of a reader's encoder, the tower for questions learns with the reader"
    )
    network.add_argument("--lora", type=_count, metavar="RANK", help="of a generator, only matrices of this rank learn")
    network.add_argument("--refresh", action="store_true", help="find negatives anew each epoch")
    network.add_argument(
        "--held",
        type=Path,
        action="append",
        default=[],
        metavar="SET",
        help="judge by this set, again for more; then all of DATA is learned from (a fifth of its documents is held out)",
    )
    network.add_argument("--frozen", type=_count, metavar="N", help="lowest layers, which stay as they are")
    network.add_argument("--batch", type=_count, metavar="N", help="questions learned from at once (32; reader 16)")
    network.add_argument("--part", type=_count, metavar="N", help="texts held at once, where memory is short")
    network.add_argument(
        "--keep", type=float, metavar="SHARE", help="of the weights that it starts from, in what comes out (0)"
    )
    length = network.add_mutually_exclusive_group()
    length.add_argument("--steps", type=_count, metavar="N", help="batches in all")
    length.add_argument("--epochs", type=_count, metavar="N", help="times that each question is met (10; reader 3)")
    network.add_argument("--rate", type=_rate, help="learning rate (2e-5; reader 1e-4)")
    network.add_argument("--length", type=_count, metavar="N", help="word pieces read of a text (as MODEL did)")
    network.add_argument(
        "--precision",
        choices=["auto", "no", "bf16", "fp16"],
        default="auto",
        help="of products; auto is bf16 on a GPU that has it; bf16 helps processors that have it, too",
    )
    network.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    network.add_argument("--track", choices=["tensorboard", "wandb"], help="draw curves")


def _rate(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < 1:
        raise argparse.ArgumentTypeError(f"{text} must be a number between 0 and 1, such as 2e-5")
    return found


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} must be a whole number, 1 or more")
    return int(text)


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--store", type=Path, help="folder of the store (.raglan within PATH)")
    command.add_argument("--config", type=Path, help="TOML file that names parts (raglan.toml of the store)")
    command.add_argument("--encoder", metavar="NAME", help=_ENCODER)
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _asking(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="only documents with this, e.g. file=manual.pdf",
    )
