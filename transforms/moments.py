"""Dates of analysis datasets as numbers (days or seconds since 1960-01-01, as SAS counts), from text or numbers.

A text column holds ISO 8601 of any precision; a number column holds days, except where a parameter says datetime.
Source: ADaMIG 1.3, 3.1.2 (numeric dates).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import Column, Mask, take_results
from transforms.partial_dates import DAY, SECOND_PRECISION, spans

DAYS_TO_1970 = 3653
Numbers: TypeAlias = npt.NDArray[np.float64]


def days(column: Column) -> Numbers:
    """The day of each value: a number as it is, a text where its date is complete; NaN elsewhere."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        found = spans(column)
        return np.where(found.dated, found.first_day, np.nan).astype(np.float64)
    return column.to_numpy(dtype=np.float64)


def iso_days(column: Column) -> Column:
    """Numeric dates (days since 1960-01-01) as ISO 8601 dates, for people to read."""
    found, codes = np.unique(column.to_numpy(dtype=np.float64), return_inverse=True)
    known = ~np.isnan(found)
    dates = (np.where(known, found, 0).astype(np.int64) - DAYS_TO_1970).astype("datetime64[D]").astype(str)
    return take_results([d if k else None for d, k in zip(dates.tolist(), known, strict=True)], codes.astype(np.int64))


def day_bounds(column: Column) -> tuple[Numbers, Numbers]:
    """The first and the last day that each value may mean; NaN where there is none."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        found = spans(column)
        first = np.where(found.known, found.first_day, np.nan).astype(np.float64)
        return first, np.where(found.known, found.last_day, np.nan).astype(np.float64)
    numbers = column.to_numpy(dtype=np.float64)
    return numbers, numbers


@dataclass(frozen=True)
class Times:
    """The first and last second that a value with a time of day may mean; NaN where the time is not known."""

    first: Numbers
    last: Numbers

    @classmethod
    def of(cls, column: Column | None, size: int) -> Times:
        """From ISO 8601 text, or from datetimes (seconds); without a column no time is known."""
        if column is None:
            none = np.full(size, np.nan)
            return cls(none, none)
        if isinstance(column.dtype, pd.CategoricalDtype):
            found = spans(column)
            first = np.where(found.timed, found.first, np.nan).astype(np.float64)
            return cls(first, np.where(found.timed, found.last, np.nan).astype(np.float64))
        seconds = column.to_numpy(dtype=np.float64)
        return cls(seconds, seconds)


def is_before(day: Numbers, other: Numbers, time: Times, other_time: Times) -> Mask:
    """Where a day lies before another; on one day by the times, where both are known and tell. A missing day does not.

    Times tell at the precision that both have: 10:30 is not before 10:30:20.
    """
    with np.errstate(invalid="ignore"):
        timed = (day == other) & (time.last < other_time.first)
        result: Mask = (day < other) | timed
    return result


def seconds_of(column: Column, *, last: bool) -> Numbers:
    """The first (or last) second that a date may mean; a number is a day."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        found = spans(column)
        exact = found.precision == SECOND_PRECISION
        moment = np.where(exact | ~np.bool_(last), found.first, found.last)
        return np.where(found.known, moment, np.nan).astype(np.float64)
    return column.to_numpy(dtype=np.float64) * DAY + (DAY - 1 if last else 0)
