"""ClariQ: which questions of its bank a request calls for, and how much it calls for one; tables of docs/benchmarks.md.

    python bench/clariq.py --data DATA [--start FOLDER] [--write docs/benchmarks.md]

Everything is fitted on the training topics, and shown for them with each tenth (of needs) or fifth (of the bank) held back
in turn, and for the development topics. ``--start`` is a Hugging Face folder of published MiniLM weights, read with torch.
Intervals are of topics drawn anew.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raglan.datasets.clarify import read_requests
from raglan.datasets.dataset import Dataset
from raglan.encode.adapted import Adapted
from raglan.encode.builtin import builtin
from raglan.encode.linear import unit
from raglan.plugins import make
from raglan.protocols import Encoder, Retriever
from raglan.search.dense import DenseIndex
from raglan.search.hybrid import Hybrid
from raglan.search.lexical import LexicalIndex
from raglan.talk.bank import Bank
from raglan.train.adapting import adapter
from raglan.train.labels import Labels
from raglan.types import Query

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.quality import written
from models.asking.recipe import bank_weights, history, need_rows, need_weights, placed

from raglan.train.multinomial import multinomial

Matrix = NDArray[np.float64]
Places = NDArray[np.int64]
DEPTHS = (5, 10, 20, 30)
DRAWS = 2_000


def interval(values: Callable[[Places], float], count: int) -> str:
    """A number over all rows, and what 95 % of samples of them give."""
    chance = np.random.default_rng(0)
    drawn = [values(chance.integers(count, size=count)) for _ in range(DRAWS)]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return f"{values(np.arange(count)):.3f} [{low:.3f}, {high:.3f}]"


def recalls(found: Sequence[Sequence[int]], right: Sequence[Places]) -> Matrix:
    """[topics, depths]: what part of the questions written for a topic is among the first."""
    return np.array(
        [
            [len(set(row[:k]) & set(want.tolist())) / len(want) for k in DEPTHS]
            for row, want in zip(found, right, strict=True)
        ]
    )


def cells(rows: Matrix) -> str:
    """Recalls as cells, the last with its interval."""
    means = [f"{one:.3f}" for one in rows.mean(axis=0)[:-1]]
    return " | ".join([*means, interval(lambda at: float(rows[at, -1].mean()), len(rows))])


def scored(scores: Matrix) -> list[list[int]]:
    """The places of the best, for each row."""
    found: list[list[int]] = np.argsort(-scores, axis=1, kind="stable")[:, : DEPTHS[-1]].tolist()
    return found


def searched(retriever: Retriever, data: Dataset, bank: Bank) -> list[list[int]]:
    """The same, of a retriever."""
    place = {one.id: at for at, one in enumerate(bank.questions)}
    queries = [Query(one.query.text) for one in data.examples]
    return [[place[hit.passage.id] for hit in hits] for hits in retriever.search(queries, DEPTHS[-1])]


def published(folder: Path, texts: Sequence[str]) -> Matrix:
    """Vectors of published weights: the mean of the word pieces', length 1."""
    import torch
    from transformers import AutoModel, PreTrainedTokenizerFast

    tokenizer: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(folder / "tokenizer.json"), pad_token="[PAD]"
    )
    model = AutoModel.from_pretrained(folder).eval()
    parts = []
    for start in range(0, len(texts), 64):
        batch = tokenizer(
            list(texts[start : start + 64]), padding=True, truncation=True, max_length=64, return_tensors="pt"
        )
        with torch.no_grad():
            states = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        mask = batch["attention_mask"][:, :, None]
        parts.append(((states * mask).sum(1) / mask.sum(1)).numpy())
    return unit(np.concatenate(parts))


def held_back(lists: Sequence[Matrix], right: Sequence[Places], folds: int = 5) -> list[list[int]]:
    """Rankings of each topic by weights that were fitted without its fifth."""
    part = np.random.default_rng(0).permutation(len(lists)) % folds
    found: list[list[int]] = [[] for _ in lists]
    for fold in range(folds):
        seen = np.flatnonzero(part != fold).tolist()
        table = bank_weights([lists[at] for at in seen], [right[at] for at in seen])
        for at in np.flatnonzero(part == fold).tolist():
            found[at] = scored(weighed(lists[at], table)[None])[0]
    return found


def weighed(rows: Matrix, table: dict[str, list[float]]) -> Matrix:
    """The score of each row."""
    mean, scale, weights = (np.array(table[name]) for name in ("mean", "scale", "weights"))
    found: Matrix = (rows - mean) / scale @ weights
    return found


def banks(train: Dataset, dev: Dataset, encoder: Encoder, start: Path | None) -> Iterator[str]:
    """The table of the bank."""
    yield "| how | held-back training topics: R@5 | R@10 | R@20 | R@30 | development topics: R@5 | R@10 | R@20 | R@30 |"
    yield "|---|" + "--:|" * 8
    bank = Bank(tuple(train.passages), encoder, asked=history(train))
    sets = (train, placed(train, bank)), (dev, placed(dev, bank))
    words, vectors = LexicalIndex(), DenseIndex(encoder)
    words.add(bank.questions)
    vectors.add(bank.questions)
    retrievers: dict[str, Retriever] = {
        "BM25": words,
        "shipped encoder": vectors,
        "both, min-max": Hybrid([words, vectors], make("merge", "minmax", {})),
        "both, learned merge": Hybrid([words, vectors], make("merge", "learned", {})),
    }
    for name, retriever in retrievers.items():
        yield (
            f"| {name} | "
            + " | ".join(
                cells(recalls(searched(retriever, *pair), right))
                for pair, right in (((data, bank), right) for data, right in sets)
            )
            + " |"
        )
    asked = {id(data): [one.query.text for one in data.examples] for data, _ in sets}
    if start:
        among = published(start, [one.text for one in bank.questions])
        rows = [recalls(scored(published(start, asked[id(data)]) @ among.T), right) for data, right in sets]
        yield f"| MiniLM as published, zero-shot | {' | '.join(map(cells, rows))} |"
    labels = Labels(
        encoder.encode(asked[id(train)], role="query"),
        bank.vectors,
        tuple(sets[0][1]),
        (np.array([], np.int64),) * len(asked[id(train)]),
    )
    matrix = adapter(labels).matrix
    near = Adapted(encoder, matrix).encode(asked[id(dev)], role="query") @ bank.vectors.T
    yield f"| shipped encoder, its queries adapted | | | | | {cells(recalls(scored(near.astype(float)), sets[1][1]))} |"
    for name, one in (
        ("bank, what questions say", Bank(bank.questions, encoder)),
        ("bank, and what they were asked for", bank),
    ):
        lists = one.features(asked[id(train)], apart=True)
        table = bank_weights(lists, sets[0][1])
        found = [weighed(rows, table) for rows in one.features(asked[id(dev)])]
        both = recalls(held_back(lists, sets[0][1]), sets[0][1]), recalls(scored(np.array(found)), sets[1][1])
        yield f"| {name} | {' | '.join(map(cells, both))} |"


def f1(truth: Places, told: Places) -> float:
    """F1 of the four needs, weighed by how often each is there."""
    total = 0.0
    for one in range(4):
        both = float(((truth == one) & (told == one)).sum())
        total += 2 * both / max(1, (truth == one).sum() + (told == one).sum()) * (truth == one).sum()
    return total / len(truth)


def auroc(scores: Matrix, truth: Places) -> float:
    """Between those that need a question (2 to 4) and those that need none; ties count half."""
    yes, no = scores[truth > 0], scores[truth == 0]
    if not len(yes) or not len(no):
        return float("nan")
    gaps = yes[:, None] - no[None]
    return float((gaps > 0).mean() + 0.5 * (gaps == 0).mean())


Fit = Callable[[Matrix, Places], Callable[[Matrix], Matrix]]


def ours(x: Matrix, y: Places) -> Callable[[Matrix], Matrix]:
    """As shipped: features [n, f] to log-odds [n, 4]."""
    table = need_weights(x, y)
    mean, scale, weights = (np.array(table[name]) for name in ("mean", "scale", "weights"))
    return lambda rows: np.hstack([(rows - mean[0]) / scale[0], np.ones((len(rows), 1))]) @ weights


def plain(ridge: float) -> Fit:
    """Multinomial logistic regression over vectors as they are."""

    def fit(x: Matrix, y: Places) -> Callable[[Matrix], Matrix]:
        weights = multinomial(x, y, 4, ridge=ridge)
        return lambda rows: np.hstack([rows, np.ones((len(rows), 1))]) @ weights

    return fit


def majority(_: Matrix, y: Places) -> Callable[[Matrix], Matrix]:
    """The need that is most frequent."""
    often = np.bincount(y, minlength=4).astype(float)
    return lambda rows: np.tile(often, (len(rows), 1))


def crossed(fit: Fit, x: Matrix, y: Places, folds: int = 10) -> Matrix:
    """Log-odds [n, 4] of each topic by a fit without its tenth."""
    part = np.random.default_rng(0).permutation(len(y)) % folds
    odds = np.zeros((len(y), 4))
    for fold in range(folds):
        odds[part == fold] = fit(x[part != fold], y[part != fold])(x[part == fold])
    return odds


def told(odds: Matrix, y: Places) -> str:
    """F1 and AUROC with their intervals."""
    chances = np.exp(odds - odds.max(axis=1, keepdims=True))
    need = 1 - chances[:, 0] / chances.sum(axis=1)
    best: Places = odds.argmax(axis=1)
    return f"{interval(lambda at: f1(y[at], best[at]), len(y))} | {interval(lambda at: auroc(need[at], y[at]), len(y))}"


def needed(train: Dataset, dev: Dataset, encoder: Encoder) -> Iterator[str]:
    """The table of needs."""
    yield "| how | held-back training topics: F1 | AUROC | development topics: F1 | AUROC |"
    yield "|---|--:|--:|--:|--:|"
    bank = Bank(tuple(train.passages), encoder)
    (x, y), (x_dev, y_dev) = need_rows(train, bank, encoder), need_rows(dev, bank, encoder)
    v, v_dev = (
        encoder.encode([one.query.text for one in data.examples], role="query").astype(float) for data in (train, dev)
    )
    rows: list[tuple[str, Fit, Matrix, Matrix]] = [
        ("always the most frequent", majority, x, x_dev),
        ("embedding and logistic regression, C 1", plain(1.0), v, v_dev),
        ("the same, C 10", plain(0.1), v, v_dev),
        ("request and bank, as shipped", ours, x, x_dev),
    ]
    for name, fit, one, other in rows:
        yield f"| {name} | {told(crossed(fit, one, y), y)} | {told(fit(one, y)(other), y_dev)} |"


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="published weights")
    parser.add_argument("--write", type=Path, help="page with a marked place for each table")
    args = parser.parse_args()
    train, dev = (read_requests(args.data / "clariq" / f"{part}.tsv") for part in ("train", "dev"))
    encoder = builtin(threads=1)
    for name, lines in (("need", needed(train, dev, encoder)), ("bank", banks(train, dev, encoder, args.start))):
        table = []
        for line in lines:
            print(line, flush=True)
            table.append(line)
        if args.write:
            written(args.write, name, table)


if __name__ == "__main__":
    main()
