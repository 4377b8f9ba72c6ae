"""Subject elements as periods in order, and which of them holds a moment.

Everything is counted with binary search over keys of subject and second, never record by record.
Source: SDTMIG 3.4, 5.3 (SE); design_basis 1.6 (ties, partial dates).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from transforms.columns import Codes, Mask
from transforms.partial_dates import Spans, spans
from transforms.registry import Related

_SECONDS = 1 << 39
"""More than the seconds of the years 0 to 9999: a key is the subject times this, plus the second."""
_BEFORE_1960 = 1 << 36
"""More than the seconds from the year 0 to 1960, so that no second of a key is negative."""


@dataclass(frozen=True)
class Elements:
    """The elements of all subjects, sorted by subject and start; ``position`` is their place in the related arrays."""

    subject: Codes
    position: Codes
    starts: Spans
    ends: Spans

    @classmethod
    def of(cls, start: Related, end: Related) -> Elements:
        """The elements that have a start and a subject."""
        starts = spans(start.values)
        order = np.lexsort([start.rows, starts.first, start.subject])
        order = order[(starts.known & (start.subject >= 0))[order]].astype(np.int64)
        return cls(start.subject[order], order, starts.at(order), spans(end.values).at(order))

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
