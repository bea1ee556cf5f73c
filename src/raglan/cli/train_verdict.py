"""How a part that was trained did on what was held out, for people."""

from __future__ import annotations

from math import nan

from raglan.train.verdict import Verdict, titled

__all__ = ["print_verdict"]


def print_verdict(verdict: Verdict) -> None:
    """A line for each set: figures before and after, and whether the rise may be chance."""
    first = next(iter(verdict.sets.values()))
    metrics = list(first.after)
    over = "over the whole corpus" if "rank" in metrics else "with passages of theirs"
    print(f"held-out questions {over}, before and after; the rise of {titled(first.by)} with its 95 % interval\n")
    width = max(map(len, verdict.sets))
    print(f"{'':{width}}  asked  {'  '.join(f'{name:>14}' for name in metrics)}  rise")
    for name, one in verdict.sets.items():
        shown = "  ".join(
            f"{_shown(one.before.get(metric, nan), one.after.get(metric, nan)):>14}" for metric in metrics
        )
        rise = f"{one.rise:+.3f} ({one.low:+.3f} to {one.high:+.3f}), p {one.p:.3f}"
        print(f"{name:{width}}  {one.questions:5}  {shown}  {rise}")


def _shown(before: float, after: float) -> str:
    return f"{before:.3g} {after:.3g}" if max(before, after) > 1 else f"{before:.3f} {after:.3f}"
