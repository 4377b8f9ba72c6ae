"""Periods of validity: which rows of a table hold on a day, for ``lookup`` with ``as_of``.

Nothing is guessed: a row whose period cannot be read is not used and told of; a partial date of ours stands for every
day that it may mean, and only a row that is valid on all of them is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specs.model import AsOf
from transforms.columns import Codes, Column, Mask, missing, take, text
from transforms.dates import iso8601
from transforms.partial_dates import day_number, earliest_day, latest_day
from transforms.registry import Problem
from transforms.text import clean

Days = npt.NDArray[np.float64]
ISO = "ISO8601"


@dataclass(frozen=True)
class Validity:
    """Our first and last possible day (NaN: no date), and for each row of the table its first day and the day after.

    Days are counted from 1960-01-01. A row that cannot be used starts after every day.
    """

    first: Days
    last: Days
    start: Days
    end: Days

    @property
    def partial(self) -> Mask:
        """Where our date may mean several days."""
        result: Mask = self.first < self.last
        return result

    def overlaps(self, ours: Codes, theirs: Codes) -> Mask:
        """Where a row is valid on a day that our date may mean; the positions are parallel."""
        result: Mask = (self.start[theirs] <= self.last[ours]) & (self.first[ours] < self.end[theirs])
        return result

    def covers(self, ours: Codes, theirs: Codes) -> Mask:
        """Where a row is valid on every day that our date may mean."""
        result: Mask = (self.start[theirs] <= self.first[ours]) & (self.last[ours] < self.end[theirs])
        return result


def formats_of(as_of: AsOf) -> str | list[str]:
    """How ``from`` and ``to`` are written: their own format, or else that of our date; ISO 8601 always."""
    given = as_of.from_format or as_of.format or []
    listed = [given] if isinstance(given, str) else given
    return [*listed, *([] if ISO in listed else [ISO])]


def validity(as_of: AsOf, date: Column, table: Mapping[str, Column], tell: Callable[[str, Problem], None]) -> Validity:
    """The days of our dates and the periods of a table; ``tell`` is told of a column's dates that are no whole days."""
    ours = iso8601(date, None, date_format=as_of.format or ISO).values
    start, bad_start = _days(as_of, as_of.from_, table, tell)
    end, bad_end = _days(as_of, as_of.to, table, tell)
    start = np.where(np.isnan(start), -np.inf, start)
    end = np.where(np.isnan(end), np.inf, end + int(as_of.inclusive))
    unusable = bad_start | bad_end
    return Validity(
        earliest_day(ours).to_numpy(dtype=np.float64),
        latest_day(ours).to_numpy(dtype=np.float64),
        np.where(unusable, np.inf, start),
        np.where(unusable, -np.inf, end),
    )


def _days(
    as_of: AsOf, column: str, table: Mapping[str, Column], tell: Callable[[str, Problem], None]
) -> tuple[Days, Mask]:
    """The days of one end of the periods (NaN where it is open), and where there is a text that is no whole day."""
    written = clean(text(table[column]))
    formats = formats_of(as_of)
    days = day_number(iso8601(written, None, date_format=formats).values).to_numpy(dtype=np.float64)
    bad: Mask = np.isnan(days) & ~missing(written)
    rows = np.flatnonzero(bad).astype(np.int64)
    if len(rows):
        told = f"'{{value}}' is not a whole day in {' or '.join(formats)}, so nobody knows when the row holds; not used"
        tell(column, Problem("VALIDITY_UNREADABLE", "error", rows, told, take(written, rows)))
    return days, bad
