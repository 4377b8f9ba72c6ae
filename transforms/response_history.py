"""The assessments of response of all subjects at once: evaluable dates, confirmation, best level so far.

The criteria (order of levels, what is progression, what needs confirmation) are given; the rules are R-01 to R-08 of
the design basis, 4.3. One stable sort by subject and date; what follows on a date is the next entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import pandas as pd

from transforms.assessments import Days, days, one_per_subject, parallel, size_of
from transforms.columns import Codes, Column, Mask, categories_of, text
from transforms.registry import Related
from transforms.sequence import run_starts, stable_order

_Values = TypeVar("_Values", Codes, Days, Mask)


@dataclass(frozen=True)
class Criteria:
    """Response criteria: the levels from best to worst, and which of them mean what.

    ``stable`` is the level below every response, needed only for confirmed levels; ``immediate`` names the bases that
    make a progression certain without another assessment. A result that is no level is not evaluable.
    """

    levels: Sequence[str]
    progression: str
    stable: str = ""
    immediate: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Levels must be told apart, and hold the ones that are named."""
        if len(set(self.levels)) != len(self.levels):
            raise ValueError(f"levels: a level is named twice in {', '.join(self.levels)}")
        for what, level in (("progression", self.progression), ("stable", self.stable)):
            if level and level not in self.levels:
                raise ValueError(f"{what}: {level} is not one of the levels {', '.join(self.levels)}")

    @property
    def stable_rank(self) -> int:
        """The rank of ``stable``; without one nothing ranks as a response."""
        return self.levels.index(self.stable) if self.stable else 0

    @property
    def progression_rank(self) -> int:
        """The rank of ``progression``."""
        return self.levels.index(self.progression)

    @property
    def none(self) -> int:
        """The rank of no level at all, worse than every level."""
        return len(self.levels)


def ranks(response: Column, levels: Sequence[str]) -> Codes:
    """The place of each response in the order of levels, from 0; -1 for what is no level, or missing."""
    response = text(response)
    places = {level: i for i, level in enumerate(levels)}
    lookup = np.array([*(places.get(v, -1) for v in categories_of(response)), -1], dtype=np.int64)
    return lookup[response.cat.codes.to_numpy()]


def with_basis(basis: Column, wanted: Sequence[str]) -> Mask:
    """Where a text like ``SERUM;IMAGING`` (separated by semicolon or comma) names one of the wanted bases."""
    basis = text(basis)
    parts = [{p.strip() for p in v.replace(",", ";").split(";")} for v in categories_of(basis)]
    lookup = np.array([*(not p.isdisjoint(wanted) for p in parts), False], dtype=np.bool_)
    return lookup[basis.cat.codes.to_numpy()]


@dataclass(frozen=True)
class Assessments:
    """What is known of the subjects: parallel records of assessments, and days of which each subject has one."""

    date: Related
    response: Related
    start: Related
    cut: Related | None = None
    limit: Related | None = None
    disease_death: Related | None = None
    basis: Sequence[Related] = ()

    @property
    def subjects(self) -> int:
        """How many subjects the codes of everything given may number."""
        return size_of(self.date, self.start, self.cut, self.limit, self.disease_death)

    def with_basis(self, wanted: Sequence[str]) -> Mask:
        """The records that name one of the wanted bases in any of the columns."""
        named = np.zeros(len(self.date.rows), dtype=np.bool_)
        for basis in self.basis:
            named |= with_basis(parallel(self.date, basis).values, wanted)
        return named


@dataclass(frozen=True)
class History:
    """One entry per subject and evaluable date, in order; ranks are places in ``criteria.levels``.

    ``source`` is the position, among the given records, of the one kept for the date; ``immediate`` tells whether a
    progression of the date has a basis that needs no confirmation. ``record`` and ``entry`` are every evaluable record
    and the entry that it belongs to.
    """

    criteria: Criteria
    given: Assessments
    subject: Codes
    day: Days
    reported: Codes
    source: Codes
    immediate: Mask
    record: Codes
    entry: Codes

    @classmethod
    def of(cls, given: Assessments, criteria: Criteria) -> History:
        """Sort the evaluable records by subject, date and severity; keep the worst of each date (R-01, R-02).

        Evaluable: after ``start``, on or before ``cut``, with a level as result. The bases of all progressions of one
        date are united.
        """
        day, rank = days(given.date), ranks(parallel(given.date, given.response).values, criteria.levels)
        subject, size = given.date.subject, given.subjects
        start, cut = one_per_subject(given.start, size), or_never(one_per_subject(given.cut, size))
        rows = np.flatnonzero((rank >= 0) & (subject >= 0) & (day > start[subject]) & (day <= cut[subject]))
        rows = rows[stable_order([subject[rows], day[rows], -rank[rows], given.date.rows[rows]])].astype(np.int64)
        firsts = run_starts([subject[rows], day[rows]])
        entry, kept = np.cumsum(firsts) - 1, rows[firsts]
        certain = (rank == criteria.progression_rank) & given.with_basis(criteria.immediate)
        immediate = np.bincount(entry, weights=certain[rows], minlength=len(kept)) > 0
        return cls(criteria, given, subject[kept], day[kept], rank[kept], kept, immediate, rows, entry)

    @cached_property
    def following(self) -> Codes:
        """The entry of the same subject's next evaluable date; -1 if it is the last."""
        same = self.subject[1:] == self.subject[:-1]
        return np.append(np.where(same, np.arange(1, len(self.subject)), -1), -1)[: len(self.subject)].astype(np.int64)

    @cached_property
    def within(self) -> Mask:
        """Whether the date is on or before the subject's limit (R-03, inclusive)."""
        limit = or_never(one_per_subject(self.given.limit, self.given.subjects))
        result: Mask = self.day <= limit[self.subject]
        return result

    @cached_property
    def progression(self) -> Mask:
        """Where progression was reported."""
        result: Mask = self.reported == self.criteria.progression_rank
        return result

    @cached_property
    def responded(self) -> Mask:
        """Where a response was reported: a level better than stable."""
        result: Mask = self.reported < self.criteria.stable_rank
        return result

    @cached_property
    def by_next(self) -> Mask:
        """Progression without an immediate basis that the next evaluable assessment repeats, even after the limit."""
        return self.progression & ~self.immediate & self._next(self.progression, False)

    @cached_property
    def by_death(self) -> Mask:
        """Progression that only death of the disease confirms, with no evaluable assessment up to that day."""
        death = one_per_subject(self.given.disease_death, self.given.subjects)[self.subject]
        cut = or_never(one_per_subject(self.given.cut, self.given.subjects))[self.subject]
        next_day = self._next(self.day, np.inf)
        died = (death >= self.day) & (death <= cut) & (next_day > death)
        return self.progression & ~self.immediate & ~self.by_next & died

    @cached_property
    def progressed(self) -> Mask:
        """Confirmed progression on or before the limit (R-05)."""
        return self.within & self.progression & (self.immediate | self.by_next | self.by_death)

    @cached_property
    def adequate(self) -> Mask:
        """Adequate for censoring: not after the limit, and no unconfirmed progression (R-08)."""
        return self.within & (self.progressed | ~self.progression)

    @cached_property
    def contributes(self) -> Mask:
        """Not after the limit nor after the subject's first confirmed progression (R-06)."""
        first = np.full(self.given.subjects, np.inf)
        np.minimum.at(first, self.subject[self.progressed], self.day[self.progressed])
        result: Mask = self.within & (self.day <= first[self.subject])
        return result

    @cached_property
    def supported(self) -> Mask:
        """Responses whose next evaluable assessment, not after the limit, is no progression (R-04)."""
        return self.responded & (self.following >= 0) & self._next(self.within & ~self.progression, False)

    @cached_property
    def confirmed(self) -> Codes:
        """The confirmed level of each date: the lower of a response and the next one, else stable (R-04, R-05)."""
        lower = np.maximum(self.reported, self._next(self.reported, 0))
        response = np.where(self.supported, lower, self.criteria.stable_rank)
        level = np.where(self.responded, response, self.reported)
        result: Codes = np.where(self.progression & ~self.progressed, self.criteria.none, level)
        return result

    @cached_property
    def best(self) -> tuple[Codes, Codes]:
        """The best confirmed level so far over what contributes, and the entry that set it; progression overrides."""
        level = np.where(self.contributes & ~self.progressed, self.confirmed, self.criteria.none)
        offset = self.subject * (self.criteria.none + 1)  # later subjects lie wholly below, so minima never cross
        minima = np.minimum.accumulate(level - offset) if len(level) else level
        position = np.arange(len(level))
        lowered = run_starts([minima])
        setter = np.maximum.accumulate(np.where(lowered, position, 0)) if len(level) else position
        override = self.progressed & self.contributes
        return np.where(override, self.confirmed, minima + offset), np.where(override, position, setter)

    def relied_on(self, entries: Codes) -> Mask:
        """Whether the level of each entry was decided by the next assessment (that there is)."""
        unsure = self.progression[entries] & ~self.immediate[entries]
        result: Mask = (self.following[entries] >= 0) & (self.responded[entries] | unsure)
        return result

    def _next(self, values: _Values, none: float) -> _Values:
        padded = np.append(values, np.array([none]).astype(values.dtype))
        return padded[self.following]


def or_never(day: Days) -> Days:
    """Days with a missing one as never."""
    return np.where(np.isnan(day), np.inf, day)


def level_column(rank: Codes, levels: Sequence[str], none: str | None) -> tuple[Column, Column]:
    """Ranks as AVALC (``none`` beyond the levels) and AVAL, the place in the order from 1."""
    names = [*levels, *([none] if none else [])]
    codes = np.where(rank < len(names), rank, -1)
    index = pd.Index(names, dtype="str")
    avalc = pd.Series(pd.Categorical.from_codes(codes, categories=index))
    return text(avalc), pd.Series(np.where(codes < 0, np.nan, codes + 1.0))
