"""Dated records of many subjects at once: the first, the last up to a day, and scheduled ones that were missed.

Days are numbers (days since 1960-01-01, NaN missing), as ADaM date variables hold them. Everything is found by binary
search over keys of subject and day, never subject by subject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import Codes, Column, categories_of, numbers, take
from transforms.registry import Related
from transforms.sequence import stable_order

Days: TypeAlias = npt.NDArray[np.float64]

_SPAN = 1 << 32
"""A key is the subject times this, plus the day counted from ``_EARLIEST``."""
_EARLIEST = -(1 << 31)
_ISO = re.compile(r"\d{4}-")


@dataclass(frozen=True)
class Dates:
    """The dated records of a dataset or parameter, by subject and day; undated records are left out.

    ``of`` names the dataset or parameter and ``variable`` the date; ``rows`` are the records' positions in it and
    ``sequence`` their sequence numbers (NaN where none was given).
    """

    of: str
    variable: str
    subject: Codes
    day: Days
    rows: Codes
    sequence: Days

    @classmethod
    def of_related(cls, date: Related, sequence: Related | None = None) -> Dates:
        """The records of a ``Related`` date, with the sequence numbers of a parallel one."""
        day = days(date)
        number = np.full(len(day), np.nan) if sequence is None else days(parallel(date, sequence))
        kept = np.flatnonzero(~np.isnan(day) & (date.subject >= 0))
        kept = kept[stable_order([date.subject[kept], day[kept], date.rows[kept]])]
        of, _, variable = date.name.rpartition(".")
        return cls(of, variable, date.subject[kept], day[kept], date.rows[kept], number[kept])

    def first(self, subject: Codes) -> Codes:
        """The position of each subject's first record; -1 where there is none."""
        return self._of_subject(np.searchsorted(self.subject, subject).astype(np.int64), subject)

    def last(self, subject: Codes, limit: Days | None = None, *, inclusive: bool = True) -> Codes:
        """The position of each subject's last record on (or only before) a day; NaN is no limit; -1: there is none."""
        bound = np.full(len(subject), np.nan) if limit is None else limit
        side: Literal["left", "right"] = "right" if inclusive else "left"
        after = np.searchsorted(_keys(self.subject, self.day), _keys(subject, bound), side).astype(np.int64)
        return self._of_subject(after - 1, subject)

    def at(self, position: Codes) -> Days:
        """The day of each position; NaN for -1."""
        return np.append(self.day, np.nan)[position]

    def _of_subject(self, position: Codes, subject: Codes) -> Codes:
        own = np.append(self.subject, -1)[np.minimum(position, len(self.subject))] == subject
        result: Codes = np.where(own & (position >= 0) & (subject >= 0), position, -1)
        return result


@dataclass(frozen=True)
class Schedule:
    """Planned assessments: the days after an anchor on which the window of each opens and closes (both inside)."""

    opens: Days
    closes: Days

    def missed(self, anchor: Days, last: Days, event: Days) -> Codes:
        """How many windows open after the last assessment and close before the event; 0 without an anchor."""
        count = np.zeros(len(anchor), dtype=np.int64)
        for opens, closes in zip(self.opens, self.closes, strict=True):
            count += (anchor + opens > last) & (anchor + closes < event)
        return count


def days(related: Related) -> Days:
    """The values of a ``Related`` as numbers; ValueError as ``day_numbers``."""
    return day_numbers(related.values, related.name)


def day_numbers(values: Column, name: str) -> Days:
    """A column as numbers; an empty text column is no number.

    ValueError for ISO 8601 texts: which day a partial one stands for is for the study to say, in a numeric date.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        some = next((v for v in categories_of(values) if _ISO.match(v)), None)
        if some is not None:
            told = f"{name} holds texts such as '{some}', and days are compared here"
            raise ValueError(f"{told}; name a numeric date, made by convert_dtc_to_dt")
    return numbers(values).to_numpy(dtype=np.float64)


def parallel(one: Related, other: Related) -> Related:
    """The other, of the records of the first: a condition on the first holds for the other too.

    ValueError if the other does not have all of them: it is of another dataset, or under a condition of its own.
    """
    if np.array_equal(one.rows, other.rows) and np.array_equal(one.subject, other.subject):
        return other
    place = np.append(other.rows, -1)[np.minimum(np.searchsorted(other.rows, one.rows), len(other.rows))]
    if one.name.rpartition(".")[0] != other.name.rpartition(".")[0] or not np.array_equal(place, one.rows):
        told = f"{other.name} and {one.name} must be of the same records: name one dataset, and the condition only"
        raise ValueError(f"{told} for {one.name}, or the same for both")
    at = np.searchsorted(other.rows, one.rows).astype(np.int64)
    return Related(other.name, take(other.values, at), other.subject[at], other.rows[at])


def one_per_subject(related: Related | None, size: int) -> Days:
    """One day for each of ``size`` subjects, NaN where none; two different days of one subject raise ValueError."""
    result = np.full(size, np.nan)
    if related is None:
        return result
    day = days(related)
    known = np.flatnonzero(~np.isnan(day) & (related.subject >= 0))
    result[related.subject[known]] = day[known]
    if (result[related.subject[known]] != day[known]).any():
        raise ValueError(f"{related.name} has several days for one subject; one is needed: give it a condition")
    return result


def size_of(*related: Related | None) -> int:
    """How many subjects the codes of all these may number, at least one."""
    return 1 + max(int(r.subject.max(initial=0)) for r in related if r is not None)


def members(population: Related) -> Codes:
    """The subjects of a population, each once, in order."""
    counts = np.bincount(population.subject[population.subject >= 0])
    return np.flatnonzero(counts).astype(np.int64)


def matched(subject: Codes, owners: Codes, positions: Codes) -> Codes:
    """For each subject the position that belongs to it (``owners`` in order, each at most once); -1: none."""
    at = np.searchsorted(owners, subject)
    own = np.append(owners, -1)[at] == subject
    result: Codes = np.where(own, np.append(positions, -1)[at], -1)
    return result


def _keys(subject: Codes, day: Days) -> Codes:
    counted = np.clip(np.where(np.isnan(day), np.inf, day) - _EARLIEST, 0, _SPAN - 1)
    result: Codes = subject * _SPAN + counted.astype(np.int64)
    return result
