"""From which confidence on a stated risk is kept."""

from __future__ import annotations

from collections.abc import Sequence

from raglan.errors import ConfigError

__all__ = ["kept"]


def kept(risks: Sequence[tuple[float, float]], risk: float) -> float:
    """The least of the thresholds that keeps ``risk``, of ``risks``: thresholds, each with the share of wrong answers.

    Raises :class:`ConfigError` for a risk that is none, and for one that no threshold was seen to keep.
    """
    if not 0 < risk < 1:
        raise ConfigError(f"risk is {risk}, must be between 0 and 1: the share of answers that may be wrong")
    found = [threshold for threshold, wrong in risks if wrong <= risk]
    if not found:
        least = min((wrong for _, wrong in risks), default=None)
        known = "no risk is known of it" if least is None else f"the least that was measured of it is {least:.3f}"
        raise ConfigError(f"this generator cannot keep a risk of {risk:g}: {known}; name a threshold instead")
    return min(found)
