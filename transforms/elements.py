"""Subject elements as periods in order, and which of them holds a moment.

Everything is counted with binary search over keys of subject and second, never record by record.
Source: SDTMIG 3.4, 5.3 (SE); design_basis 1.6 (ties, partial dates).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from transforms.columns import Codes, Column, Mask, numbers
from transforms.partial_dates import Spans, spans
from transforms.registry import Related

_SECONDS = 1 << 39
"""More than the seconds of the years 0 to 9999: a key is the subject times this, plus the second."""
_BEFORE_1960 = 1 << 36
"""More than the seconds from the year 0 to 1960, so that no second of a key is negative."""


def places(order: Column | None, size: int) -> npt.NDArray[np.float64]:
    """The place of each element in its arm (TAETORD; NaN: unplanned), or else that in which they are declared."""
    return np.arange(size, dtype=np.float64) if order is None else numbers(order).to_numpy(dtype=np.float64)


def ordered(subject: Codes, starts: Spans, place: npt.NDArray[np.float64]) -> Spans:
    """The starts as far as the order of the elements leaves them open: a partial one lies between its neighbours.

    ``2024-03`` after an element that starts on 2024-03-12 is the time from that day on. Where dates contradict the
    order, and where an element has no place in it, they stay as they are.
    """
    rows = np.flatnonzero(starts.known & ~np.isnan(place))
    rows = rows[np.lexsort([place[rows], subject[rows]])]
    zero, first, last = _key(subject[rows], np.zeros_like(rows)), starts.first[rows], starts.last[rows]
    earliest = np.maximum.accumulate(zero + first) - zero
    begin, end = starts.first.copy(), starts.last.copy()
    begin[rows] = np.where(earliest <= last, earliest, first)
    latest = np.minimum.accumulate((zero + last)[::-1])[::-1] - zero
    end[rows] = np.where(latest >= begin[rows], latest, last)
    return Spans(starts.precision, begin, end)


def against_order(subject: Codes, starts: Spans, place: npt.NDArray[np.float64]) -> Mask:
    """Where an element starts certainly before one that goes before it in the order, or after one that follows."""
    rows = np.flatnonzero(starts.known & ~np.isnan(place))
    rows = rows[np.lexsort([starts.first[rows], place[rows], subject[rows]])]
    first, last = _key(subject[rows], starts.first[rows]), _key(subject[rows], starts.last[rows])
    wrong: Mask = np.zeros(len(place), dtype=np.bool_)
    wrong[rows] = last < np.maximum.accumulate(first)
    wrong[rows] |= first > np.minimum.accumulate(last[::-1])[::-1]
    return wrong


@dataclass(frozen=True)
class Elements:
    """The elements of all subjects, sorted by subject and start; ``position`` is their place in the related arrays."""

    subject: Codes
    position: Codes
    starts: Spans
    ends: Spans

    @classmethod
    def of(cls, start: Related, end: Related, order: Related | None = None) -> Elements:
        """The elements that have a start and a subject; ``order`` is their place in the arm."""
        place = places(None if order is None else order.values, len(start.values))
        starts = ordered(start.subject, spans(start.values), place)
        sorted_ = np.lexsort([place, starts.first, start.subject])
        sorted_ = sorted_[(starts.known & (start.subject >= 0))[sorted_]].astype(np.int64)
        return cls(start.subject[sorted_], sorted_, starts.at(sorted_), spans(end.values).at(sorted_))

    def holding(self, subject: Codes, dates: Spans, later: bool) -> Codes:
        """The position of the element that holds each date; -1 where none does, or it cannot be told."""
        begin = np.searchsorted(self.subject, subject).astype(np.int64)
        reached = self._started("reached", subject, dates, self.starts.known)
        passed = self._started("passed", subject, dates, self.starts.known) + self._met(subject, dates)
        partial = ~self.starts.dated
        vague = self._started("reached", subject, dates, partial) > self._started("passed", subject, dates, partial)
        vague |= ~dates.dated & (reached > passed)
        number = reached if later else np.maximum(passed, np.minimum(reached, 1))
        held = dates.known & ~vague & (number > 0)
        index = np.where(held, begin + number - 1, 0)
        if not len(self.subject):
            return np.full(len(subject), -1, dtype=np.int64)
        ends = self.ends.at(index)
        held &= ~ends.known | ((dates.first <= ends.last) & (dates.dated | (dates.last <= ends.last)))
        result: Codes = np.where(held, self.position[index], -1)
        return result

    def _started(self, how: Literal["reached", "passed"], subject: Codes, dates: Spans, among: Mask) -> Codes:
        """How many of the subject's elements a date may have reached, or has certainly passed the start of."""
        bounds = self.starts.first if how == "reached" else self.starts.last
        keys = np.sort(_key(self.subject[among], bounds[among]))
        begin = np.searchsorted(self.subject[among], subject)
        if how == "reached":
            return np.searchsorted(keys, _key(subject, dates.last), side="right") - begin
        return np.searchsorted(keys, _key(subject, dates.first), side="left") - begin

    def _met(self, subject: Codes, dates: Spans) -> Codes:
        """How many starts have the very time of a date, in its precision: these are reached for certain."""
        timed = self.starts.timed
        keys = np.sort(_key(self.subject[timed], self.starts.first[timed]) * 8 + self.starts.precision[timed])
        sought = _key(subject, dates.first) * 8 + dates.precision
        return np.searchsorted(keys, sought, side="right") - np.searchsorted(keys, sought, side="left")


def _key(subject: Codes, second: Codes) -> Codes:
    return subject * _SECONDS + second + _BEFORE_1960
