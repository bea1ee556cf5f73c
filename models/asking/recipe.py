"""Fits when to ask back, which question of a bank, and how much a request calls for one: asking.json.

    python models/asking/recipe.py --data DATA --work WORK -o src/raglan/models/files/asking.json [--limit 120]

Asking: simulated users of MedQuAD's training questions that the encoder's recipe left over; ``--limit`` of each kind that
lack their topic or what is asked of it, and twice as many whole ones; and ``--limit`` questions of each of five other sets'
training halves, of which nothing need be asked. Topics in Chinese: ``--limit-chinese`` users of CMRC's training questions
who leave theirs out, twice as many who do not, and as many questions of DRCD and STARD; ``--chinese`` fits these alone.
Bank and need: ClariQ's training topics. WORK keeps the index, as ``bench/quality.py`` makes it; nothing of a development set
is read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raglan.build.parts import Library, library
from raglan.config import Config
from raglan.datasets.clarify import read_requests
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import sampled, split
from raglan.encode.builtin import builtin
from raglan.protocols import Encoder
from raglan.store.adding import add_passages
from raglan.talk import bank as banks
from raglan.talk import need as needs
from raglan.talk.facets import Facet, aspects, topics
from raglan.talk.simulating import KINDS, Case, User, ambiguous, kinds_chinese, plain
from raglan.talk.worth import features
from raglan.train.conditional import conditional_logit
from raglan.train.logistic import logistic
from raglan.train.multinomial import multinomial
from raglan.types import Hit, Query

Matrix = NDArray[np.float64]
Rows = dict[str, list[tuple[list[float], bool]]]
WHOLE = ("nq", "selqa", "covid", "drcd", "stard")  # sets whose questions lack nothing
WHOLE_CHINESE = ("drcd", "stard")
SHARED = ("medquad", "nq", "selqa", "covid", "stard")  # sets with one corpus for both halves
RIDGE_GAIN, RIDGE_BANK, RIDGE_NEED = 10.0, 3.0, 10.0
EVEN = 0.5  # how far rare needs are preferred: chances are divided by this power of how often each was seen


def facets(query: Query, hits: Sequence[Hit], encoder: Encoder | None) -> Iterator[Facet]:
    """The questions that were fitted: headings are asked without."""
    yield from (one for one in (topics(query, hits), aspects(query, hits, encoder)) if one)


def gained(made: Library, case: Case, user: User) -> Iterator[tuple[str, list[float], bool]]:
    """For each question back: its kind, what speaks for it, and whether the answer is right by it alone."""
    query = Query(case.text)
    [hits] = made.hybrid.search([query], 30)
    encoder = made.vectors.encoder if made.vectors else None
    for facet in facets(query, hits, encoder):
        place = user.choice(case, facet.asked)
        fits = case.lacks == ("topic" if facet.kind == "topic" else "kind")
        won = False
        if fits and place is not None and hits[0].passage.id not in case.gold:
            [after] = made.hybrid.search([facet.asked.queries[place]], 1)
            won = bool(after) and after[0].passage.id in case.gold
        yield facet.kind, features(query, hits, facet), won


def cases(train: Dataset, limit: int, seed: int) -> list[Case]:
    """What the users say."""
    _, left = split(train, share=0.8)
    whole = plain(left)
    short = ambiguous(whole, plain(train), seed)
    chance = random.Random(seed)
    drawn = []
    for lacks, pool, count in (("topic", short, limit), ("kind", short, limit), ("", whole, 2 * limit)):
        some = [one for one in pool if one.lacks == lacks]
        drawn += chance.sample(some, min(count, len(some)))
    return drawn


def cases_chinese(train: Dataset, limit: int, seed: int) -> list[Case]:
    """What users say in Chinese: ``limit`` lack their topic, twice as many nothing."""
    pool = plain(train)
    short = ambiguous(pool, pool, seed, titles={str(one.meta.get("title", "")) for one in train.passages})
    chance = random.Random(seed)
    some = [one for one in short if one.lacks == "topic"]
    return chance.sample(some, min(limit, len(some))) + chance.sample(pool, min(2 * limit, len(pool)))


def rows_chinese(data: Path, work: Path, limit: int, seed: int) -> Rows:
    """What speaks for a question back about a topic in Chinese, and whether it gains."""
    found: Rows = {"topic zh": []}
    for name in ("cmrc", *WHOLE_CHINESE):
        train = load(data / name / "train", bad=lambda _: None)
        drawn = cases_chinese(train, limit, seed) if name == "cmrc" else needless(data, name, limit, seed)
        made = opened(data, work, name)
        more = collected(made, drawn, kinds_chinese(drawn)).get("topic", [])
        print(f"{name}: {len(more)} could be asked back about a topic, {sum(won for _, won in more)} gained")
        found["topic zh"] += more
        made.close()
    return found


def collected(made: Library, drawn: Sequence[Case], kinds: Mapping[str, Sequence[str]] = KINDS) -> Rows:
    """What speaks for each question back, and whether it gains, by kind."""
    rows: Rows = {}
    for at, case in enumerate(drawn):
        print(f"\r{at}/{len(drawn)} ", end="", flush=True)
        for kind, found, won in gained(made, case, User(kinds, unsure=0.0)):
            rows.setdefault(kind, []).append((found, won))
    return rows


def needless(data: Path, name: str, limit: int, seed: int) -> list[Case]:
    """Questions of another set's training half, which lack nothing: whatever is asked back of them gains nothing."""
    found = sampled(load(data / name / "train", bad=lambda _: None), limit, seed)
    return [Case(one.query.text, one.query.text, frozenset(one.positives), "", "") for one in found.examples]


def opened(data: Path, work: Path, name: str) -> Library:
    """The library of a set's training half; sets of one corpus share that of bench/quality.py."""
    folder = work / name if name in SHARED else work / f"{name}-train"
    made = library(folder, Config(threshold=0.0))
    if not len(made.store):
        add_passages(made.store, load(data / name / "train", bad=lambda _: None).passages)
    made.words.follower.refresh()
    made.encode()
    return made


def asking(rows: Rows) -> dict[str, dict[str, list[float]]]:
    """A logistic model for each kind of question."""
    fitted = {}
    for kind, seen in sorted(rows.items()):
        x, y = np.array([one for one, _ in seen]), np.array([float(won) for _, won in seen])
        mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
        weights = logistic((x - mean) / scale, y, ridge=RIDGE_GAIN)
        fitted[kind] = {"mean": mean.tolist(), "scale": scale.tolist(), "weights": weights.tolist()}
        print(f"{kind}: {len(y)} rows, {y.mean():.3f} gained")
    return fitted


def history(data: Dataset) -> dict[str, tuple[str, ...]]:
    """Which requests each question of the bank was asked for."""
    found: dict[str, tuple[str, ...]] = {}
    for example in data.examples:
        for name in example.positives:
            found[name] = (*found.get(name, ()), example.query.text)
    return found


def bank_weights(lists: Sequence[Matrix], right: Sequence[NDArray[np.int64]]) -> dict[str, list[float]]:
    """Listwise weights over scaled features."""
    every = np.vstack(lists)
    mean, scale = every.mean(axis=0), every.std(axis=0)
    scale[scale < 1e-6] = 1.0
    wanted = [np.bincount(places, minlength=len(one)) / len(places) for one, places in zip(lists, right, strict=True)]
    weights = conditional_logit([(one - mean) / scale for one in lists], wanted, ridge=RIDGE_BANK)
    return {"mean": mean.tolist(), "scale": scale.tolist(), "weights": weights.tolist()}


def placed(data: Dataset, bank: banks.Bank) -> list[NDArray[np.int64]]:
    """The places in the bank of what was written for each request."""
    place = {one.id: at for at, one in enumerate(bank.questions)}
    return [np.array([place[name] for name in example.positives], np.int64) for example in data.examples]


def need_rows(data: Dataset, bank: banks.Bank, encoder: Encoder) -> tuple[Matrix, NDArray[np.int64]]:
    """What tells the need of each request [n, f], and its need from 0 [n]."""
    texts = [example.query.text for example in data.examples]
    near = -np.sort(-(encoder.encode(texts, role="query") @ bank.vectors.T), axis=1)
    x = np.array([needs.features(text, row[:100].tolist()) for text, row in zip(texts, near, strict=True)])
    return x, np.array([data.needs[at] - 1 for at in range(len(texts))], np.int64)


def need_weights(x: Matrix, y: NDArray[np.int64]) -> dict[str, list[list[float]]]:
    """Multinomial weights over scaled features; the constants make up for needs that are rare."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    weights = multinomial((x - mean) / scale, y, 4, ridge=RIDGE_NEED)
    weights[-1] -= EVEN * np.log(np.bincount(y, minlength=4) / len(y))
    return {"mean": [mean.tolist()], "scale": [scale.tolist()], "weights": weights.tolist()}


def rounded(value: object) -> object:
    """Five digits tell all."""
    if isinstance(value, Mapping):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.5g}")


def written(out: Path, table: Mapping[str, object]) -> None:
    """Write the file, and tell its hash."""
    data = (json.dumps(rounded(table)) + "\n").encode()
    out.write_bytes(data)
    print(f"{out}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


def main() -> None:
    """Fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=120)
    parser.add_argument("--limit-chinese", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--chinese", action="store_true", help="fit what is Chinese; the rest of OUT stays")
    args = parser.parse_args()
    if args.chinese:
        kept = json.loads(args.out.read_text(encoding="utf-8"))
        written(args.out, kept | asking(rows_chinese(args.data, args.work, args.limit_chinese, args.seed)))
        return
    encoder = builtin(threads=1)
    clariq = read_requests(args.data / "clariq" / "train.tsv")
    bank = banks.Bank(tuple(clariq.passages), encoder, asked=history(clariq))
    lists = bank.features([one.query.text for one in clariq.examples], apart=True)
    ranked = bank_weights(lists, placed(clariq, bank))
    table: dict[str, object] = {"bank": ranked, "need": need_weights(*need_rows(clariq, bank, encoder))}
    print("bank", dict(zip(banks.FEATURES, np.round(ranked["weights"], 2).tolist(), strict=True)))
    made = opened(args.data, args.work, "medquad")
    train = load(args.data / "medquad" / "train", bad=lambda _: None)
    rows = collected(made, cases(train, args.limit, args.seed))
    made.close()
    for name in WHOLE:
        made = opened(args.data, args.work, name)
        for kind, more in collected(made, needless(args.data, name, args.limit, args.seed)).items():
            rows.setdefault(kind, []).extend(more)
            print(f"{name}: {len(more)} could be asked back about a {kind}")
        made.close()
    rows |= rows_chinese(args.data, args.work, args.limit_chinese, args.seed)
    written(args.out, table | asking(rows))


if __name__ == "__main__":
    main()
