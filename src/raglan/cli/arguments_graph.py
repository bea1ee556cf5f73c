"""The options of ``raglan read`` and ``raglan graph``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["add_graph_commands"]

_FORMATS = ("graphml", "jsonld")


def add_graph_commands(commands: Any, epilog: str) -> None:
    """Declare both commands to the parser of ``raglan``."""
    read = commands.add_parser("read", help="what documents are about, and which disagree", epilog=epilog)
    read.add_argument("path", type=Path, metavar="PATH")
    read.add_argument("-k", type=int, default=20, help="how many documents are told of (20)")
    show = commands.add_parser(
        "graph", help="what documents say of things, with the passages that say it", epilog=epilog
    )
    show.add_argument("path", type=Path, metavar="PATH")
    show.add_argument("entity", nargs="?", help="tell what is said of this, however it is written")
    show.add_argument("-k", type=int, default=20, help="how many facts are told (20)")
    show.add_argument("--all", action="store_true", help="facts of less reliable rules too")
    show.add_argument(
        "--import",
        type=Path,
        dest="brought",
        action="append",
        default=[],
        metavar="FILE",
        help="take in triples: .nt or CSV",
    )
    show.add_argument("--export", type=Path, metavar="FILE", help="write the graph")
    show.add_argument("--format", choices=_FORMATS, help="of --export (by its ending)")
    show.add_argument("--draw", type=Path, metavar="FILE", help="write a drawing, SVG")
    for command in (read, show):
        command.add_argument("-o", "--store", type=Path, help="folder of the store (.raglan within PATH)")
        command.add_argument("--config", type=Path, help="TOML file that names parts (raglan.toml of the store)")
        command.set_defaults(encoder=None)
        command.add_argument("--json", action="store_true", help="print one JSON object")
