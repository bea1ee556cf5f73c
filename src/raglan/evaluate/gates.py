"""What a report must reach: ``f1>=0.6`` of every system, ``learned:ndcg@10>=0.5`` of one."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from raglan.errors import ConfigError
from raglan.evaluate.report import Report
from raglan.metrics.value import Undefined

__all__ = ["Gate"]

_GATE = re.compile(
    r"\s*(?:(?P<system>[^:<>=\s][^:<>=]*):)?(?P<metric>[^:<>=\s]+)\s*(?P<sign>>=|<=|>|<)\s*(?P<value>[^<>=]+)"
)
_SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Gate:
    """The mean of ``metric`` must be on the right side of ``value``, of one ``system`` or, if that is empty, of all."""

    metric: str
    sign: str
    value: float
    system: str = ""

    @classmethod
    def of(cls, text: str) -> Gate:
        """The gate that ``text`` spells; raises :class:`ConfigError`.

        >>> Gate.of("learned:ndcg@10>=0.5")
        Gate(metric='ndcg@10', sign='>=', value=0.5, system='learned')
        """
        match = _GATE.fullmatch(text)
        try:
            value = float(match["value"]) if match else None
        except ValueError:
            value = None
        if match is None or value is None or math.isnan(value):
            raise ConfigError(f"gate {text!r} must be METRIC>=NUMBER or SYSTEM:METRIC>=NUMBER; also <=, > and <")
        return cls(match["metric"], match["sign"], value, (match["system"] or "").strip())

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.system + ':' if self.system else ''}{self.metric}{self.sign}{self.value:g}"

    def faults(self, report: Report) -> list[str]:
        """Why ``report`` does not pass, a line each; none if it does. What no system has a value for does not pass."""
        chosen = [name for name in report.systems if self.system in ("", name)]
        if not chosen:
            return [f"gate {self}: no system is called {self.system!r}; there are {', '.join(report.systems)}"]
        having = [name for name in chosen if self.metric in report.systems[name].scores]
        if not having:
            return [f"gate {self}: no system has a value for {self.metric}"]
        return [fault for name in having if (fault := self._fault(report, name))]

    def _fault(self, report: Report, name: str) -> str:
        value = report.systems[name].scores[self.metric].value
        if isinstance(value, Undefined):
            return f"gate {self}: {name} is {value}"
        return "" if _SIGNS[self.sign](value, self.value) else f"gate {self}: {name} has {value:.4f}"
