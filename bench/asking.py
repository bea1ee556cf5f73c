"""Asking back, with simulated users: what is gained, how often it asks, and how often without need; docs/benchmarks.md.

    python bench/asking.py --data DATA --work WORK [--limit 100] [--sets squad,nq] [--write docs/benchmarks.md]

Users of MedQuAD's development questions leave out the topic, or what is asked of it, or nothing; one in ten does not know
what a question back means. Half of the topics choose what asking costs, the other half is shown. Then Chinese users, of CMRC
and DRCD, at that cost; then questions of other sets, which lack nothing. WORK is that of bench/quality.py. Right means that
the first passage is the one that answers.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from raglan.build.parts import Library, library
from raglan.config import Config
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import sampled, split
from raglan.store.adding import add_passages
from raglan.talk.asking import FacetAsker
from raglan.talk.simulating import KINDS, Case, User, ambiguous, kinds_chinese, plain
from raglan.types import Query

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.quality import opened, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHINESE = ("cmrc", "drcd")
SETS = "squad,nq,policy,covid,selqa,cmrc,drcd,stard"
COSTS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
MOST_ASKED, MOST_NEEDLESS = 0.4, 0.1
LACKS = {"topic": "the topic", "kind": "what is asked of it", "": "nothing"}


class Trial(NamedTuple):
    """A case: whether its answer is right without asking, and ``after`` the best question back was answered.

    ``gain`` is what is expected of that question; below 0 there is none.
    """

    case: Case
    now: bool
    gain: float
    after: bool


def tried(made: Library, asker: FacetAsker, case: Case, user: User) -> Trial:
    """What becomes of one case."""
    [hits] = made.hybrid.search([Query(case.text)], made.rag.k)
    now = bool(hits) and hits[0].passage.id in case.gold
    best = asker.best(Query(case.text), hits)
    if best is None:
        return Trial(case, now, -1.0, now)
    gain, facet = best
    place = user.choice(case, facet.asked)
    if place is None:
        return Trial(case, now, gain, now)
    [then] = made.hybrid.search([facet.asked.queries[place]], 1)
    return Trial(case, now, gain, bool(then) and then[0].passage.id in case.gold)


def cases(part: Dataset, known: Sequence[Case], limit: int, seed: int) -> list[Case]:
    """``limit`` that lack their topic, as many that lack what is asked, and twice as many that lack nothing."""
    whole = plain(part)
    short = ambiguous(whole, known, seed)
    chance = random.Random(seed)
    pools = ([one for one in short if one.lacks == "topic"], [one for one in short if one.lacks == "kind"])
    count = min(limit, *map(len, pools))
    drawn = [one for pool in pools for one in chance.sample(pool, count)]
    return drawn + chance.sample(whole, min(2 * count, len(whole)))


def chinese(data: Path, work: Path, limit: int, seed: int) -> list[Trial]:
    """``limit`` users of each Chinese set who leave something out, and as many who do not, over the passages of both halves.

    Questions have no forms in common there: what a topic is cut to may mean whatever title of the corpus ends so.
    """
    trials = []
    for name in CHINESE:
        train, dev = (load(data / name / part, bad=lambda _: None) for part in ("train", "dev"))
        made = whole(work / f"{name}-all", [train, dev])
        known = [*plain(train), *plain(dev)]
        titles = {str(one.meta.get("title", "")) for part in (train, dev) for one in part.passages}
        pool = plain(dev)
        short = ambiguous(pool, known, seed, titles=titles)
        chance = random.Random(seed)
        drawn = [one for some in (short, pool) for one in chance.sample(some, min(limit, len(some)))]
        asker = FacetAsker(made.hybrid, made.vectors.encoder if made.vectors else None)
        user = User(kinds_chinese(drawn))
        trials += [tried(made, asker, one, user) for one in drawn]
        made.close()
        print(f"{name}: {len(drawn)} tried, {len({one.title for one in drawn})} titles", flush=True)
    return trials


def whole(place: Path, parts: Sequence[Dataset]) -> Library:
    """The library of all passages of a set, made once."""
    made = library(place, Config(threshold=0.0))
    if not len(made.store):
        for part in parts:
            add_passages(made.store, part.passages)
    made.words.follower.refresh()
    made.encode()
    return made


def asked(trials: Sequence[Trial], cost: float) -> NDArray[np.bool_]:
    """Which are asked back."""
    return np.array([one.gain > cost for one in trials])


def right(trials: Sequence[Trial], which: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Which are right if those are asked."""
    return np.array([float(one.after if ask else one.now) for one, ask in zip(trials, which, strict=True)])


def chosen(trials: Sequence[Trial]) -> float:
    """The cost of most right answers, within the bounds on questions and on needless ones."""
    whole = np.array([not one.case.lacks for one in trials])
    within = [
        cost
        for cost in COSTS
        if asked(trials, cost).mean() <= MOST_ASKED and asked(trials, cost)[whole].mean() <= MOST_NEEDLESS
    ]
    return max(within or COSTS[-1:], key=lambda cost: (right(trials, asked(trials, cost)).mean(), cost))


def interval(values: NDArray[np.float64]) -> str:
    """A mean in percent, and what 95 % of samples give."""
    chance = np.random.default_rng(0)
    means = [values[chance.integers(len(values), size=len(values))].mean() for _ in range(2_000)]
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{100 * values.mean():.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def simulated(trials: Sequence[Trial], cost: float) -> Iterator[str]:
    """The table: a row for each thing that is left out, and for all together."""
    yield "| left out | questions | never asks | asks where worth it | gain | asked a query | always asks | oracle |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for lacks, name in [*LACKS.items(), (None, "all of these")]:
        some = [one for one in trials if lacks is None or one.case.lacks == lacks]
        if not some:
            continue
        which, every = asked(some, cost), asked(some, -0.5)
        never, ours = right(some, np.zeros(len(some), bool)), right(some, which)
        best = np.array([float(one.now or (one.after and one.gain >= 0)) for one in some])
        cells = [interval(never), interval(ours), interval(ours - never), f"{which.mean():.2f}"]
        always = f"{100 * right(some, every).mean():.1f} at {every.mean():.2f}"
        yield f"| {name} | {len(some)} | {' | '.join(cells)} | {always} | {100 * best.mean():.1f} |"


def needless(data: Path, work: Path, names: Sequence[str], limit: int, cost: float) -> Iterator[str]:
    """The table of questions that lack nothing: how many are asked back, and examples."""
    yield "| set | questions | asked back | for example |"
    yield "|---|--:|--:|---|"
    for name in names:
        made, found = opened(data, work, name)
        asker = FacetAsker(made.hybrid, made.vectors.encoder if made.vectors else None, cost=cost)
        some = sampled(found, limit, 0).examples
        backs = [(one.query.text, asker(one.query, made.hybrid.search([one.query], 8)[0])) for one in some]
        seen = [f"{text} – {back.question} {' / '.join(back.options[:2])}" for text, back in backs if back]
        print(f"\r{name} ", *seen, sep="\n  ", flush=True)
        yield f"| {name} | {len(some)} | {len(seen)} | {(seen or ['–'])[0].replace('|', ' ')} |"
        made.close()


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="page with a marked place for each table")
    args = parser.parse_args()
    made, dev = opened(args.data, args.work, "medquad")
    known = [*plain(load(args.data / "medquad" / "train", bad=lambda _: None)), *plain(dev)]
    asker = FacetAsker(made.hybrid, made.vectors.encoder if made.vectors else None)
    halves = []
    for part in split(dev, share=0.5, seed=args.seed):
        drawn = cases(part, known, args.limit, args.seed)
        halves.append([tried(made, asker, one, User(KINDS)) for one in drawn])
        print(f"{part.name}: {len(drawn)} tried", flush=True)
    made.close()
    for cost in COSTS:
        which = asked(halves[0], cost)
        print(f"choosing, cost {cost}: {100 * right(halves[0], which).mean():.1f} right, {which.mean():.2f} asked")
    cost = chosen(halves[0])
    print(f"cost {cost} by the first half")
    tables = {"asking": list(simulated(halves[1], cost))}
    print(*tables["asking"], sep="\n", flush=True)
    tables["asking-chinese"] = list(simulated(chinese(args.data, args.work, args.limit, args.seed), cost))
    print(*tables["asking-chinese"], sep="\n", flush=True)
    if args.sets:
        tables["needless"] = list(needless(args.data, args.work, args.sets.split(","), args.limit, cost))
        print(*tables["needless"], sep="\n")
    for name, lines in tables.items():
        if args.write:
            written(args.write, name, lines)


if __name__ == "__main__":
    main()
