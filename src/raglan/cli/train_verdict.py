"""How a part that was trained did on what was held out, for people."""

from __future__ import annotations

from raglan.train.verdict import Verdict

__all__ = ["print_verdict"]

_METRICS = ("recall@1", "recall@5", "ndcg@10", "rank")


def print_verdict(verdict: Verdict) -> None:
    """A line for each set: figures before and after, and whether the rise may be chance."""
    print("held-out questions over the whole corpus, before and after; the rise of nDCG@10 with its 95 % interval\n")
    width = max(map(len, verdict.sets))
    print(f"{'':{width}}  asked  {'  '.join(f'{name:>14}' for name in _METRICS)}  rise")
    for name, one in verdict.sets.items():
        shown = "  ".join(f"{_shown(one.before[metric], one.after[metric]):>14}" for metric in _METRICS)
        rise = f"{one.rise:+.3f} ({one.low:+.3f} to {one.high:+.3f}), p {one.p:.3f}"
        print(f"{name:{width}}  {one.questions:5}  {shown}  {rise}")


def _shown(before: float, after: float) -> str:
    return f"{before:.3g} {after:.3g}" if max(before, after) > 1 else f"{before:.3f} {after:.3f}"
