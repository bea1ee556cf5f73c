"""Which analysis of Chinese finds best by words: single characters, pairs, both, or a segmenter's words.

    python bench/chinese.py --data DATA        (pip install jieba for its row)

BM25 over the development passages of each Chinese set; recall@1/5/20. The last two rows ask with questions that are written
in simplified characters, which those of DRCD and its passages are not.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import tantivy

from raglan.datasets.folder import examples, passages
from raglan.search.lexical import LexicalIndex
from raglan.text.script import simplified
from raglan.text.words import RUN, pairs

SETS = ("cmrc", "drcd", "stard")
Analysis = Callable[[str], str]


def single(text: str) -> str:
    """Every character by itself."""
    return RUN.sub(lambda match: " " + " ".join(match.group()) + " ", text)


def unfolded(text: str) -> str:
    """Pairs of characters as they are written."""
    return RUN.sub(lambda match: f" {' '.join(map(''.join, pairwise(match.group()))) or match.group()} ", text)


def both(text: str) -> str:
    """Characters and pairs."""
    return f"{single(text)} {unfolded(text)}"


def analyses() -> Iterator[tuple[str, Analysis]]:
    """Every analysis that can be had here."""
    yield from (("characters", single), ("pairs", unfolded), ("characters and pairs", both))
    if importlib.util.find_spec("jieba"):
        jieba = importlib.import_module("jieba")
        yield "jieba", lambda text: " ".join(jieba.cut(text))
        yield "jieba, all words", lambda text: " ".join(jieba.cut_for_search(text))
    yield "pairs, simplified", pairs


def measure(folder: Path, analyse: Analysis, asked: Analysis = str) -> list[float]:
    """Recall at 1, 5 and 20; questions are ``asked`` so."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="default", index_option="freq")
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    index = tantivy.Index(builder.build())
    writer = index.writer(num_threads=1)
    for passage in passages(folder):
        writer.add_document(
            tantivy.Document(id=passage.id, text=analyse(f"{passage.meta.get('title', '')} {passage.text}"))
        )
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    hits = {1: 0, 5: 0, 20: 0}
    rows = [row for row in examples(folder) if row.positives]
    for row in rows:
        words = dict.fromkeys(analyse(asked(row.query.text)).lower().split())
        wanted = [(tantivy.Occur.Should, tantivy.Query.term_query(index.schema, "text", word)) for word in words]
        found = searcher.search(tantivy.Query.boolean_query(wanted), 20).hits
        names = [searcher.doc(address)["id"][0] for _, address in found]
        for k in hits:
            hits[k] += any(name in row.positives for name in names[:k])
    return [count / len(rows) for count in hits.values()]


def shipped(folder: Path, asked: Analysis = str) -> list[float]:
    """The same of the index as it is: pairs, titles at half weight, single characters at 0.4."""
    index = LexicalIndex()
    index.add(passages(folder))
    rows = [row for row in examples(folder) if row.positives]
    found = index.search([replace(row.query, text=asked(row.query.text)) for row in rows], 20)
    ranked = list(zip(rows, found, strict=True))
    return [
        sum(any(h.passage.id in r.positives for h in hits[:k]) for r, hits in ranked) / len(rows) for k in (1, 5, 20)
    ]


def line(name: str, rows: list[list[float]]) -> None:
    """One row of the table."""
    cells = ["/".join(f"{100 * value:.1f}" for value in row) for row in rows]
    print(f"{name:26}" + "".join(f"{cell:>24}" for cell in cells), flush=True)


def main() -> None:
    """Print a row an analysis."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    print(f"{'':26}" + "".join(f"{name:>24}" for name in SETS))
    for name, analyse in analyses():
        line(name, [measure(args.data / one / "dev", analyse) for one in SETS])
    line("as shipped", [shipped(args.data / one / "dev") for one in SETS])
    line("pairs, asked simplified", [measure(args.data / one / "dev", unfolded, simplified) for one in SETS])
    line("as shipped, the same", [shipped(args.data / one / "dev", simplified) for one in SETS])


if __name__ == "__main__":
    main()
