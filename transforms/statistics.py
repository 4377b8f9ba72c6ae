"""Statistics of endpoints: exact rates, survival by Kaplan-Meier, geometric and plain summaries, from scipy.

Not transforms of columns: plain numbers in, plain numbers out. Source: design basis 4.9.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

DAYS_PER_MONTH = 30.4375
_NOISE = 1e-12
"""Binary noise of a product of fractions."""
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate with its limits; None where it cannot be estimated."""

    estimate: float | None
    lower: float | None
    upper: float | None


def exact_rate(events: int, total: int, level: float = 0.95) -> Interval:
    """A proportion with its exact (Clopper-Pearson) limits; nothing can be estimated of 0 subjects.

    Raises ValueError unless 0 <= events <= total. Source: design basis 4.9, M01 to M07.
    """
    if not 0 <= events <= total:
        raise ValueError(f"{events} of {total} is not a proportion")
    if total == 0:
        return Interval(None, None, None)
    from scipy.stats import binomtest

    limits = binomtest(events, total).proportion_ci(level, method="exact")
    return Interval(events / total, float(limits.low), float(limits.high))


@dataclass(frozen=True)
class Survival:
    """A Kaplan-Meier curve: at each event time the survival with its log-log limits."""

    times: tuple[float, ...]
    survival: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    total: int
    events: int
    last: float
    """The largest time observed, of an event or a censoring; NaN of 0 subjects."""

    @property
    def median(self) -> Interval:
        """The first time with survival of at most 0.5; its limits where the limit curves first are.

        Source: design basis 4.9.
        """
        return Interval(*(self._half(c, midpoint=False) for c in (self.survival, self.lower, self.upper)))

    @property
    def median_at_midpoint(self) -> Interval:
        """As ``median``, but the middle of the time over which a curve is exactly 0.5.

        Source: SAS PROC LIFETEST (computational formulas, quartiles); R survival, quantile.survfit.
        """
        return Interval(*(self._half(c, midpoint=True) for c in (self.survival, self.lower, self.upper)))

    def at(self, time: float) -> Interval:
        """Survival at a time, with its limits; 1 without limits before the first event.

        Nothing can be said of 0 subjects, nor after the last time observed unless survival is 0 there.
        """
        ended = bool(self.survival) and self.survival[-1] <= _NOISE
        if not self.total or (time > self.last and not ended):
            return Interval(None, None, None)
        i = int(np.searchsorted(self.times, time, side="right")) - 1
        if i < 0:
            return Interval(1.0, None, None)
        return Interval(self.survival[i], _finite(self.lower[i]), _finite(self.upper[i]))

    def _half(self, curve: Sequence[float], midpoint: bool) -> float | None:
        for place, (time, value) in enumerate(zip(self.times, curve, strict=True)):
            if value <= 0.5 + _NOISE:
                exactly = midpoint and value >= 0.5 - _NOISE
                later = self.times[place + 1] if place + 1 < len(self.times) else self.last
                return (time + later) / 2 if exactly else time
        return None


def kaplan_meier(times: Numbers, censored: npt.NDArray[np.bool_], level: float = 0.95) -> Survival:
    """The product-limit estimate of survival with log-log limits (Greenwood variance).

    Censored subjects are still at risk at an event of the same time. Source: design basis 4.9, M06.
    """
    total, events = len(times), int((~censored).sum())
    last = float(times.max()) if total else np.nan
    if not events:
        return Survival((), (), (), (), total, 0, last)
    from scipy.stats import CensoredData, ecdf

    curve = ecdf(CensoredData(uncensored=times[~censored], right=times[censored])).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no limits where survival is 0: they come out as NaN
        limits = curve.confidence_interval(confidence_level=level, method="log-log")
    at_event = np.isin(curve.quantiles, np.unique(times[~censored]))

    def values(numbers: Any) -> tuple[float, ...]:
        return tuple(float(v) for v in np.asarray(numbers)[at_event])

    return Survival(
        values(curve.quantiles),
        values(curve.probabilities),
        values(limits.low.probabilities),
        values(limits.high.probabilities),
        total,
        events,
        last,
    )


@dataclass(frozen=True)
class Comparison:
    """The test of a difference between groups; None where there is nothing to compare."""

    chi_square: float | None
    p_value: float | None


def log_rank(one: tuple[Numbers, npt.NDArray[np.bool_]], other: tuple[Numbers, npt.NDArray[np.bool_]]) -> Comparison:
    """The two-sided log-rank test of two groups, each the times and which of them are censored (1 degree of freedom).

    Source: scipy.stats.logrank, whose statistic is the signed root of the chi-square that PROC LIFETEST gives.
    """
    if not len(one[0]) or not len(other[0]) or bool(one[1].all() and other[1].all()):
        return Comparison(None, None)
    from scipy.stats import CensoredData, logrank

    with np.errstate(divide="ignore", invalid="ignore"):  # no variance where all are at risk in one group only
        found = logrank(*(CensoredData(uncensored=t[~c], right=t[c]) for t, c in (one, other)))
    p_value = _finite(float(found.pvalue))
    return Comparison(None if p_value is None else float(found.statistic) ** 2, p_value)


def months(days: float) -> float:
    """Days as months of 30.4375 days. Source: design basis 4.4, M09."""
    return days / DAYS_PER_MONTH


def rounded(value: float, digits: int) -> str:
    """A number with so many decimals as text, halves away from zero (as SAS rounds).

    Binary noise beyond 12 significant digits decides nothing. Source: design basis 4.9 (display of rates).
    """
    exact = Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return f"{exact:f}"


@dataclass(frozen=True)
class Summary:
    """The usual description of a sample; None where it cannot be estimated."""

    n: int
    mean: float | None
    sd: float | None
    median: float | None
    minimum: float | None
    maximum: float | None
    geometric_mean: float | None
    geometric_cv: float | None
    """Percent; of the logarithms' variance."""


def summarise(values: Numbers) -> Summary:
    """Describe a sample of numbers; the geometric values need every number above 0."""
    values = values[~np.isnan(values)]
    n = len(values)
    if not n:
        return Summary(0, None, None, None, None, None, None, None)
    spread = float(values.std(ddof=1)) if n > 1 else None
    logs = np.log(values) if (values > 0).all() else None
    return Summary(
        n,
        float(values.mean()),
        spread,
        float(np.median(values)),
        float(values.min()),
        float(values.max()),
        float(np.exp(logs.mean())) if logs is not None else None,
        float(100 * np.sqrt(np.expm1(logs.var(ddof=1)))) if logs is not None and n > 1 else None,
    )


def _finite(value: float) -> float | None:
    return None if np.isnan(value) else value
