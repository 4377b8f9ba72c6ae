"""ISO 8601 text of any precision as spans of time, so that dates can be counted, moved and compared.

``2025-03`` is the span from its first to its last second. Days are counted from 1960-01-01 (day 0, as SAS dates).
Values are taken as written: time zone offsets are not applied, fractions of a second are not seen, and what is not
ISO 8601 is missing. Source: SDTMIG 3.4, 4.4.2 (precision); design_basis 2.3 (M1) and R-16.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import Codes, Column, Mask, of_categories, on_distinct, raw_codes, take_results, text

DAY = 86400
YEAR_PRECISION, MONTH_PRECISION, DAY_PRECISION, HOUR_PRECISION, MINUTE_PRECISION, SECOND_PRECISION = range(1, 7)

_EPOCH = 3653
"""Days from 1960-01-01 to 1970-01-01, where numpy's days start."""
_LENGTHS = {4: 1, 7: 2, 10: 3, 13: 4, 16: 5, 19: 6}
_PRECISION = np.array([_LENGTHS.get(length, 0) for length in range(20)], dtype=np.int8)
_SEPARATORS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":"}
_LEADING = re.compile(
    r"(\d{4}(?:-\d\d(?:-\d\d(?:T\d\d(?::\d\d(?::\d\d)?)?)?)?)?)(?:--.*|(?:(?<=:\d\d:\d\d)\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?)",
    re.ASCII,
)


@dataclass(frozen=True)
class Spans:
    """For every row: the precision (0 missing, 1 year to 6 second), and the first and last second it may mean."""

    precision: npt.NDArray[np.int8]
    first: Codes
    last: Codes

    @property
    def known(self) -> Mask:
        """Where there is any date at all; elsewhere ``first`` and ``last`` are 0."""
        result: Mask = self.precision > 0
        return result

    @property
    def dated(self) -> Mask:
        """Where the date part is complete."""
        result: Mask = self.precision >= DAY_PRECISION
        return result

    @property
    def timed(self) -> Mask:
        """Where there is a time of day, at least its hour."""
        result: Mask = self.precision >= HOUR_PRECISION
        return result

    @property
    def first_day(self) -> Codes:
        """The earliest possible day."""
        result: Codes = self.first // DAY
        return result

    @property
    def last_day(self) -> Codes:
        """The latest possible day."""
        result: Codes = self.last // DAY
        return result

    def at(self, rows: Codes) -> Spans:
        """The spans of some rows."""
        return Spans(self.precision[rows], self.first[rows], self.last[rows])


class Comparison(NamedTuple):
    """Where something certainly holds, and where both sides are known but too imprecise to tell."""

    holds: Mask
    undecided: Mask


def spans(column: Column) -> Spans:
    """The span of time of each row of an ISO 8601 column."""
    column = text(column)
    return _of_values(column).at(raw_codes(column))


def earliest_day(column: Column) -> Column:
    """The day (since 1960-01-01) of the earliest date that each value may mean; missing where there is none."""
    found = spans(column)
    return _numbers(found.first_day, found.known)


def latest_day(column: Column) -> Column:
    """The day (since 1960-01-01) of the latest date that each value may mean; missing where there is none."""
    found = spans(column)
    return _numbers(found.last_day, found.known)


def day_number(column: Column) -> Column:
    """The day (since 1960-01-01) of each value whose date part is complete; missing elsewhere."""
    found = spans(column)
    return _numbers(found.first_day, found.dated)


def earliest_second(column: Column) -> Column:
    """The second (since 1960-01-01T00:00:00) from which each value may be counted: a sort key over mixed precision."""
    found = spans(column)
    return _numbers(found.first, found.known)


def is_complete_date(column: Column) -> Mask:
    """Where year, month and day are all there."""
    return spans(column).dated


def has_time(column: Column) -> Mask:
    """Where there is a time of day, at least its hour."""
    return spans(column).timed


def before(one: Column, other: Column) -> Comparison:
    """Where the first date lies certainly before the second.

    Compared at the precision that both have. Equal there and of one precision, day or finer: decided, not before;
    equal and otherwise: undecided. A missing side neither holds nor is undecided.
    """
    a, b = spans(one), spans(other)
    both = a.known & b.known
    apart = (a.last < b.first) | (a.first > b.last)
    same = (a.precision == b.precision) & a.dated & (a.first == b.first)
    return Comparison(both & (a.last < b.first), both & ~apart & ~same)


def after(one: Column, other: Column) -> Comparison:
    """Where the first date lies certainly after the second; decided as in ``before``."""
    return before(other, one)


def iso_from_days(days: Column) -> Column:
    """Days since 1960-01-01 (a number column; parts of a day are cut off) as ISO 8601 dates; years 0000 to 9999."""
    values = np.floor(days.to_numpy(dtype=np.float64))
    codes, distinct = pd.factorize(values)
    dates = (distinct.astype(np.int64) - _EPOCH).astype("datetime64[D]")
    written = [str(d) for d in dates]
    return take_results([w if len(w) == 10 else None for w in written], codes.astype(np.int64))


def shift_days(column: Column, days: int) -> Column:
    """Each complete date plus so many days, as a date without time; missing where the date is incomplete."""
    return iso_from_days(day_number(column) + days)


def date_only(column: Column) -> Column:
    """The date part of each value, as precise as it is."""
    return on_distinct(column, lambda value: value.partition("T")[0])


def _numbers(values: Codes, where: Mask) -> Column:
    return pd.Series(np.where(where, values, np.nan).astype(np.float64))


@of_categories
def _of_values(values: pd.Index) -> Spans:
    """The spans of distinct values, and of a missing one at the end."""
    precision, first, last = _of_texts(values.tolist())
    return Spans(np.append(precision, np.int8(0)), np.append(first, 0), np.append(last, 0))


def _of_texts(values: list[str]) -> tuple[npt.NDArray[np.int8], Codes, Codes]:
    """Precision, first and last second of distinct texts, digit by digit over all of them at once."""
    size = len(values)
    plain = [v if len(v) in _LENGTHS else _leading(v) for v in values]
    signs = np.ascontiguousarray(
        np.array([*plain, " " * 19], dtype="U19").view(np.uint32).reshape(size + 1, 19)[:size].T
    )
    lengths = np.fromiter(map(len, plain), dtype=np.int64, count=size)
    digits = signs.astype(np.int64) - ord("0")

    def part(start: int, width: int, default: int) -> Codes:
        """The number at a place of each text; -1 where it is no number, the default where the text ends before."""
        number, good = np.zeros(size, dtype=np.int64), np.ones(size, dtype=np.bool_)
        for place in range(start, start + width):
            number = number * 10 + digits[place]
            good &= (digits[place] >= 0) & (digits[place] <= 9)
        if start:
            good &= signs[start - 1] == ord(_SEPARATORS[start - 1])
        result: Codes = np.where(lengths < start + width, default, np.where(good, number, -1))
        return result

    year, month, day = part(0, 4, -1), part(5, 2, 1), part(8, 2, 1)
    hour, minute, second = part(11, 2, 0), part(14, 2, 0), part(17, 2, 0)
    precision = _PRECISION[lengths]
    months = (np.clip(year, 1, 9999) - 1970) * 12 + np.clip(month, 1, 12) - 1
    starts, ends = _month_start(months), _month_start(months + 1)
    wrong = (year < 1) | (month < 1) | (month > 12) | (day < 1) | (starts + day > ends)
    wrong |= (hour < 0) | (hour > 23) | (minute < 0) | (minute > 59) | (second < 0) | (second > 59)
    precision[wrong] = 0
    first = (starts + day - 1) * DAY + hour * 3600 + minute * 60 + second
    year_end = _month_start((np.clip(year, 1, 9999) - 1969) * 12)
    lasts = [first, year_end * DAY - 1, ends * DAY - 1, first + DAY - 1, first + 3599, first + 59, first]
    last = np.choose(precision, lasts)
    known = precision > 0
    return precision, np.where(known, first, 0), np.where(known, last, 0)


def _leading(value: str) -> str:
    """The part of an ISO 8601 text that this module reads: without fraction, offset, and parts after a hole."""
    found = _LEADING.fullmatch(value)
    return found[1] if found else ""


def _month_start(months: Codes) -> Codes:
    result: Codes = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + _EPOCH
    return result


__all__ = [
    "Comparison",
    "Spans",
    "after",
    "before",
    "date_only",
    "day_number",
    "earliest_day",
    "earliest_second",
    "has_time",
    "is_complete_date",
    "iso_from_days",
    "latest_day",
    "shift_days",
    "spans",
]
