"""Collected dates as analysis dates: the day or datetime number, imputed by named rules, and what was imputed.

Names and choices are those that admiral users know (``derive_vars_dt``, ``derive_vars_dtm``); ``floors``, ``caps`` and
``end`` add what design basis 4.0 (R-15) asks for. Nothing imputed goes outside of what the collected part allows.
Days and seconds count from 1960-01-01. Source: ADaMIG 1.3, 3.1.2 and 3.3.3; design basis, R-15.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import Codes, Column, take_results
from transforms.moments import Numbers, day_bounds, seconds_of
from transforms.partial_dates import DAY, DAY_PRECISION, Spans, spans
from transforms.registry import register

DateHighest: TypeAlias = Literal["n", "D", "M", "Y"]
Highest: TypeAlias = Literal["n", "s", "m", "h", "D", "M", "Y"]
# The least precision (1 year to 6 second) that may be completed.
_LEAST = {"n": 6, "s": 5, "m": 4, "h": 3, "D": 2, "M": 1, "Y": 0}
_MONTH_AND_DAY = re.compile(r"(\d\d)-(\d\d)")
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d)")
_LIMITS = (
    "[; not before {min_dates} where that is possible][, which do not count after {end}][; not after {max_dates} "
    "where that is possible][; not before the latest of {floors}][; not after the earliest of {caps}]"
)


@register(
    "{dtc} as a date; [highest_imputation=n: nothing is imputed, so it is missing unless {dtc} is a complete date]"
    "[highest_imputation!=n: missing parts up to {highest_imputation} (D day, M month, Y year) become the "
    "{date_imputation} that is possible]" + _LIMITS,
    scope="record",
)
def convert_dtc_to_dt(
    dtc: Column,
    highest_imputation: DateHighest = "n",
    date_imputation: str = "first",
    min_dates: list[Column] | None = None,
    max_dates: list[Column] | None = None,
    floors: list[Column] | None = None,
    caps: list[Column] | None = None,
    end: Column | None = None,
) -> Column:
    """ISO 8601 text as a day number; what may not be imputed is missing.

    ``date_imputation`` is ``first``, ``last``, ``mid`` (15th; 30 June) or ``MM-DD``. A minimum date counts where the
    collected part allows it, and not where it lies after ``end``, the known end of the same event; ``floors`` and
    ``caps`` always count, as far as the collected part allows. A wholly missing date (Y) needs one of these. Dates
    are day numbers or ISO 8601. Raises ValueError for another ``date_imputation``. Source: design basis R-15.
    """
    found = spans(dtc)
    least = min(_LEAST[highest_imputation], DAY_PRECISION)
    values = _imputed_days(found, date_imputation)
    limits = _Limits.of(min_dates, max_dates, floors, caps, end, len(dtc))
    moments = _limited(values * DAY, found, limits, found.precision < DAY_PRECISION)
    usable = (found.precision >= least) & np.isfinite(moments)
    return pd.Series(np.where(usable, np.floor(moments / DAY), np.nan))


@register(
    "{dtc} as a datetime; [highest_imputation=n: nothing is imputed, so it is missing unless {dtc} is complete to the "
    "second][highest_imputation!=n: missing parts up to {highest_imputation} (s second, m minute, h hour, D day, "
    "M month, Y year) become the {date_imputation} day and the {time_imputation} time that are possible]" + _LIMITS,
    scope="record",
)
def convert_dtc_to_dtm(
    dtc: Column,
    highest_imputation: Highest = "h",
    date_imputation: str = "first",
    time_imputation: str = "first",
    min_dates: list[Column] | None = None,
    max_dates: list[Column] | None = None,
    floors: list[Column] | None = None,
    caps: list[Column] | None = None,
    end: Column | None = None,
) -> Column:
    """ISO 8601 text as a datetime number (seconds); what may not be imputed is missing.

    As ``convert_dtc_to_dt``; ``time_imputation`` is ``first`` (00:00:00), ``last`` (23:59:59) or ``HH:MM:SS``. A limit
    without a time stands for the first second of its day as a minimum, for the last as a maximum. Raises ValueError for
    another imputation. Source: design basis R-15.
    """
    found = spans(dtc)
    values = _imputed_days(found, date_imputation) * DAY + _imputed_times(found, time_imputation)
    limits = _Limits.of(min_dates, max_dates, floors, caps, end, len(dtc))
    moments = _limited(values, found, limits, found.precision < 6)
    usable = (found.precision >= _LEAST[highest_imputation]) & np.isfinite(moments)
    return pd.Series(np.where(usable, moments, np.nan))


@register("D, M or Y where the day, the month or the year of {dtc} was imputed in {date}", scope="record")
def date_imputation_flag(dtc: Column, date: Column) -> Column:
    """The highest part of the date that was imputed (codelist DATEFL); missing where none was, or no date is there."""
    codes = np.where(date.isna().to_numpy(), -1, np.array([0, 1, 2, -1, -1, -1, -1])[spans(dtc).precision])
    return take_results(["Y", "M", "D"], codes.astype(np.int64))


@register(
    "H, M or S where the hour, the minute or the second of {dtc} was imputed in {datetime}[; seconds do not count: "
    "{ignore_seconds}]",
    scope="record",
)
def time_imputation_flag(dtc: Column, datetime: Column, ignore_seconds: bool = False) -> Column:
    """The highest part of the time that was imputed (codelist TIMEFL); missing where none was, or no datetime is there.

    With ``ignore_seconds`` a time that was collected to the minute is not flagged.
    """
    second = -1 if ignore_seconds else 2
    codes = np.where(datetime.isna().to_numpy(), -1, np.array([0, 0, 0, 0, 1, second, -1])[spans(dtc).precision])
    return take_results(["H", "M", "S"], codes.astype(np.int64))


@register("The parts of the date that {dtc} has: DAY, MONTH or YEAR, or NONE", scope="record")
def date_precision(dtc: Column) -> Column:
    """How precise a collected date is: DAY for a complete date (with or without time), MONTH, YEAR, NONE."""
    return take_results(
        ["NONE", "YEAR", "MONTH", "DAY"], np.minimum(spans(dtc).precision, DAY_PRECISION).astype(np.int64)
    )


@register("The date part of {datetime}", scope="record")
def convert_dtm_to_dt(datetime: Column) -> Column:
    """The day of a datetime number."""
    return pd.Series(np.floor(datetime.to_numpy(dtype=np.float64) / DAY))


@register("{date} at {time}", scope="record")
def convert_dt_to_dtm(date: Column, time: str = "00:00:00") -> Column:
    """A day number as the datetime number of a time of that day. Raises ValueError when the time is none."""
    return pd.Series(date.to_numpy(dtype=np.float64) * DAY + _seconds(time))


@register("The time part of {datetime}", scope="record")
def convert_dtm_to_tm(datetime: Column) -> Column:
    """The time of day of a datetime number, as seconds since midnight."""
    return pd.Series(np.mod(datetime.to_numpy(dtype=np.float64), DAY))


@register("{date} plus {days} days", scope="record")
def add_days(date: Column, days: float) -> Column:
    """A day number so many days later (negative: earlier); a text counts where its date is complete."""
    first, last = day_bounds(date)
    return pd.Series(np.where(first == last, first + days, np.nan))


@dataclass(frozen=True)
class _Limits:
    """What imputed moments keep to, as seconds: minima and maxima one by one, the floor and the cap as one each."""

    minima: list[Numbers]
    maxima: list[Numbers]
    floor: Numbers
    cap: Numbers

    @classmethod
    def of(
        cls,
        min_dates: list[Column] | None,
        max_dates: list[Column] | None,
        floors: list[Column] | None,
        caps: list[Column] | None,
        end: Column | None,
        size: int,
    ) -> _Limits:
        minima = [seconds_of(c, last=False) for c in min_dates or []]
        if end is not None:
            ended = seconds_of(end, last=True)
            minima = [np.where(ended < m, np.nan, m) for m in minima]
        maxima = [seconds_of(c, last=True) for c in max_dates or []]
        floor = np.fmax.reduce([np.full(size, np.nan), *(seconds_of(c, last=False) for c in floors or [])])
        cap = np.fmin.reduce([np.full(size, np.nan), *(seconds_of(c, last=True) for c in caps or [])])
        return cls(minima, maxima, floor, cap)


def _limited(values: Numbers, found: Spans, limits: _Limits, open_: npt.NDArray[np.bool_]) -> Numbers:
    """Imputed moments brought within their limits; a moment that was collected whole stays."""
    first = np.where(found.known, found.first, -np.inf).astype(np.float64)
    last = np.where(found.known, found.last, np.inf).astype(np.float64)
    made = values
    for limit in limits.minima:
        possible = (limit >= first) & (limit <= last)
        made = np.where(possible, np.maximum(made, limit), made)
    for limit in limits.maxima:
        possible = (limit >= first) & (limit <= last)
        made = np.where(possible, np.minimum(made, limit), made)
    made = np.minimum(np.fmax(made, limits.floor), last)
    made = np.maximum(np.fmin(made, limits.cap), first)
    return np.where(open_, made, values)


def _imputed_days(found: Spans, rule: str) -> Numbers:
    """Each value's day with its missing parts put in; infinite where the whole date is missing."""
    if rule == "first":
        return np.where(found.known, found.first_day, -np.inf).astype(np.float64)
    if rule == "last":
        return np.where(found.known, found.last_day, np.inf).astype(np.float64)
    given = _MONTH_AND_DAY.fullmatch("06-30" if rule == "mid" else rule)
    if given is None or not (1 <= int(given[1]) <= 12 and 1 <= int(given[2]) <= 31):
        raise ValueError(f"date_imputation is 'first', 'mid', 'last' or 'MM-DD' such as '06-15', not {rule!r}")
    month, day = int(given[1]), int(given[2])
    in_month = np.minimum(found.first_day + (15 if rule == "mid" else day) - 1, found.last_day)
    in_year = _day_of_year(found.first_day, month, day)
    chosen = np.choose(np.minimum(found.precision, 3), [in_year, in_year, in_month, found.first_day])
    return np.where(found.known, chosen, np.inf).astype(np.float64)


def _day_of_year(first_day: Codes, month: int, day: int) -> Codes:
    """A month and day of the year that starts on a day; the last of the month where it has no such day."""
    years = (first_day - 3653).astype("datetime64[D]").astype("datetime64[Y]")
    months = years.astype("datetime64[M]") + (month - 1)
    start = months.astype("datetime64[D]").astype(np.int64) + 3653
    end = (months + 1).astype("datetime64[D]").astype(np.int64) + 3652
    result: Codes = np.minimum(start + day - 1, end)
    return result


def _imputed_times(found: Spans, rule: str) -> Numbers:
    """Each value's second of the day with its missing parts put in."""
    whole = _seconds({"first": "00:00:00", "last": "23:59:59"}.get(rule, rule))
    missing = np.array([whole] * 4 + [whole % 3600, whole % 60, 0])[found.precision]
    known = np.where(found.timed, np.mod(found.first, DAY), 0)
    result: Numbers = (known + missing).astype(np.float64)
    return result


def _seconds(time: str) -> int:
    given = _TIME.fullmatch(time)
    if given is None or int(given[1]) > 23 or int(given[2]) > 59 or int(given[3]) > 59:
        raise ValueError(f"a time is 'HH:MM:SS' (as an imputation also 'first' or 'last'), not {time!r}")
    return int(given[1]) * 3600 + int(given[2]) * 60 + int(given[3])
