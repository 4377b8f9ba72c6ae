"""Time to an event, or to the date on which a subject without one is censored.

What an endpoint is stands in small frozen descriptions whose names are already resolved: dates as ``Dates``, conditions
and days as arrays along the subjects of the population. ``time_to_event`` evaluates them for all subjects at once.

An event counts if it is in time; of several the earliest, and of equal days the first named. Censoring rules apply in
their order: one with ``MissedAssessments`` to subjects with an event, all others to subjects without.
Source: design basis 4.4 (R-09 to R-13); ADaM BDS for time to event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transforms.assessments import Dates, Days, Schedule
from transforms.columns import Codes, Column, Mask, choose, constant, take_results
from transforms.registry import Edge, Made, Problem

MAKES = ("STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR", "SRCSEQ")
"""The variables of a time-to-event record. AVAL is in days."""


@dataclass(frozen=True)
class Event:
    """A kind of event: its dates, what EVNTDESC says, and until which day (each subject's, inclusive) it counts."""

    dates: Dates
    reason: str
    until: Days | None = None


@dataclass(frozen=True)
class MissedAssessments:
    """An event that comes after scheduled assessments were missed (R-09).

    Missed is a visit whose window opens after the last of ``dates`` before the event (not after ``until``; the start if
    there is none) and closes before the event. Windows count from ``anchor``; a subject without it, or a missing
    ``schedule``, has none: then a gap of more than ``gap_days`` days between the two counts, if given.
    """

    dates: Dates
    at_least: int
    schedule: Schedule | None = None
    anchor: Days | None = None
    until: Days | None = None
    gap_days: float | None = None

    def applies(self, subject: Codes, start: Days, event: Days) -> Mask:
        """The subjects whose event comes after too many missed assessments; without an event none."""
        before = event if self.until is None else np.fmin(event, _day_after(self.until))
        found = self.dates.at(self.dates.last(subject, before, inclusive=False))
        last = np.where(np.isnan(found), start, found)
        scheduled = np.zeros(len(subject), dtype=np.bool_)
        result = np.zeros(len(subject), dtype=np.bool_)
        if self.schedule is not None and self.anchor is not None:
            scheduled = ~np.isnan(self.anchor)
            result = self.schedule.missed(self.anchor, last, event) >= self.at_least
        if self.gap_days is not None:
            result = np.where(scheduled, result, event - last > self.gap_days)
        return result & ~np.isnan(event)


@dataclass(frozen=True)
class AtStart:
    """Censored at the start."""


@dataclass(frozen=True)
class AtLast:
    """Censored at the last of ``dates``, or at the start if there is none.

    Only dates on or before ``until`` and, with ``before_event``, before the event count; a day after the (one) day of
    ``capped_at`` becomes that day.
    """

    dates: Dates
    until: Days | None = None
    before_event: bool = False
    capped_at: Dates | None = None


@dataclass(frozen=True)
class Censoring:
    """A censoring rule: CNSR and CNSDTDSC (one, or one for each subject), the date, and when it applies.

    A missing CNSR of a subject means that the rule does not apply to it.
    """

    cnsr: int | Days
    reason: str | Column
    at: AtStart | AtLast
    when: Mask | MissedAssessments | None = None


def time_to_event(subject: Codes, start: Dates, events: Sequence[Event], censor: Sequence[Censoring]) -> Made:
    """One record per subject (codes, each once): STARTDT, ADT, AVAL = ADT - STARTDT + 1, CNSR and what decided them.

    EVNTDESC is filled for events (CNSR 0), CNSDTDSC for the censored; SRCDOM, SRCVAR and SRCSEQ name the date that
    became ADT. A subject to which no rule applies, without start, or whose ADT is before it, is an error
    (TTE_NO_RULE, TTE_NO_START, TTE_BEFORE_START). Source: design basis 4.4.
    """
    begin = start.at(start.first(subject))
    event, which, position = _earliest(subject, events)
    outcome = _Outcome.empty(subject, start, begin)
    open_ = np.ones(len(subject), dtype=np.bool_)
    happened = ~np.isnan(event)
    for rule in censor:
        overrides = isinstance(rule.when, MissedAssessments)
        applies = open_ & (happened == overrides) & _condition(rule, subject, begin, event)
        open_ &= ~applies
        outcome.censor(rule, applies, event)
        if overrides:  # the event that was set aside decided as well
            outcome.decide_by(events, np.where(applies, which, -1), position)
    outcome.happen(events, np.where(open_ & happened, which, -1), position, event)
    return outcome.made()


def with_end_of(subject: Codes, start: Dates, other: Made, name: str) -> Made:
    """One record per subject with a start of its own and the end of another endpoint (its ADT, CNSR, reasons, source).

    ``name`` is the dataset or parameter that ``other`` is. A subject that it does not have gets no end and a
    TTE_NO_RULE error. Source: design basis 4.4, R-12.
    """
    order = np.argsort(other.subject, kind="stable").astype(np.int64)
    ends = Dates(name, "ADT", other.subject[order], np.zeros(len(order)), order, np.zeros(len(order)))
    position = ends.first(subject)
    row = np.append(order, -1)[position]
    begins = start.first(subject)
    columns = {v: _taken(c, row) for v, c in other.columns.items()}
    columns["STARTDT"] = pd.Series(start.at(begins))
    columns["AVAL"] = columns["ADT"] - columns["STARTDT"] + 1
    found, begun = np.flatnonzero(row >= 0), np.flatnonzero(begins >= 0)
    edges = [
        Edge("lookup", start.of, begun.astype(np.int64), start.rows[begins[begun]]),
        Edge("deciding", name, found.astype(np.int64), row[found]),
    ]
    return Made(columns, subject, _problems(columns), edges)


@dataclass
class _Outcome:
    """What has been decided so far, changed in place rule by rule."""

    subject: Codes
    start: Dates
    begin: Days
    day: Days
    cnsr: Days
    source: Codes
    """Which of ``sources`` gave ADT (0: the start; -1: nothing yet), and where in it."""
    position: Codes
    sources: list[Dates]
    texts: dict[str, Column]
    edges: list[Edge]

    @classmethod
    def empty(cls, subject: Codes, start: Dates, begin: Days) -> _Outcome:
        size = len(subject)
        nothing, nowhere = np.full(size, np.nan), np.full(size, -1, dtype=np.int64)
        texts = {v: constant(None, size) for v in ("EVNTDESC", "CNSDTDSC")}
        return cls(subject, start, begin, nothing, nothing.copy(), nowhere, nowhere.copy(), [start], texts, [])

    def happen(self, events: Sequence[Event], which: Codes, position: Codes, event: Days) -> None:
        """Subjects with an event in time, and no rule that sets it aside."""
        for number, kind in enumerate(events):
            applies = which == number
            self._date(applies, kind.dates, position, event)
            self._describe("EVNTDESC", applies, kind.reason)
        self.cnsr[which >= 0] = 0

    def censor(self, rule: Censoring, applies: Mask, event: Days) -> None:
        self.cnsr[applies] = np.broadcast_to(rule.cnsr, len(event))[applies]
        self._describe("CNSDTDSC", applies, rule.reason)
        if isinstance(rule.at, AtLast):
            last = _last(rule.at, self.subject, event)
            day = rule.at.dates.at(last)
            self._date(applies & (last >= 0), rule.at.dates, last, day)
            if rule.at.capped_at is not None:
                cap = rule.at.capped_at.first(self.subject)
                limit = rule.at.capped_at.at(cap)
                self._date(applies & (day > limit), rule.at.capped_at, cap, limit)
        at_start = applies & (self.source < 0)
        self._date(at_start, self.start, self.start.first(self.subject), self.begin)

    def decide_by(self, events: Sequence[Event], which: Codes, position: Codes) -> None:
        """Lineage to the events, where ADT comes from elsewhere."""
        for number, kind in enumerate(events):
            made = np.flatnonzero(which == number)
            self.edges.append(Edge("deciding", kind.dates.of, made.astype(np.int64), kind.dates.rows[position[made]]))

    def _date(self, applies: Mask, dates: Dates, position: Codes, day: Days) -> None:
        self.day[applies], self.position[applies] = day[applies], position[applies]
        self.source[applies] = len(self.sources)
        self.sources.append(dates)

    def _describe(self, variable: str, applies: Mask, reason: str | Column) -> None:
        said = constant(reason, len(self.day)) if isinstance(reason, str) else reason
        self.texts[variable] = choose(self.texts[variable], applies, said)

    def made(self) -> Made:
        """The records, their problems and their lineage."""
        begins = self.start.first(self.subject)
        begun = np.flatnonzero(begins >= 0).astype(np.int64)
        edges = [Edge("lookup", self.start.of, begun, self.start.rows[begins[begun]]), *self.edges]
        sequence = np.full(len(self.day), np.nan)
        for number, dates in enumerate(self.sources):
            made = np.flatnonzero((self.source == number) & (self.position >= 0)).astype(np.int64)
            edges.append(Edge("deciding", dates.of, made, dates.rows[self.position[made]]))
            sequence[made] = dates.sequence[self.position[made]]
        columns: dict[str, Column] = {
            "STARTDT": pd.Series(self.begin),
            "ADT": pd.Series(self.day),
            "AVAL": pd.Series(self.day - self.begin + 1),
            "CNSR": pd.Series(self.cnsr),
            **self.texts,
            "SRCDOM": take_results([d.of.split(".")[0] for d in self.sources], self.source),
            "SRCVAR": take_results([d.variable for d in self.sources], self.source),
            "SRCSEQ": pd.Series(sequence),
        }
        return Made(columns, self.subject, _problems(columns), [e for e in edges if len(e.rows)])


def _earliest(subject: Codes, events: Sequence[Event]) -> tuple[Days, Codes, Codes]:
    """The day of each subject's first event in time, which kind it is and its position in that kind's dates."""
    day, size = np.full(len(subject), np.nan), len(subject)
    which, position = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    for number, event in enumerate(events):
        found = event.dates.first(subject)
        own = event.dates.at(found)
        if event.until is not None:
            own = np.where(own > event.until, np.nan, own)
        earlier = ~np.isnan(own) & (np.isnan(day) | (own < day))
        day, which = np.where(earlier, own, day), np.where(earlier, number, which)
        position = np.where(earlier, found, position)
    return day, which, position


def _condition(rule: Censoring, subject: Codes, start: Days, event: Days) -> Mask:
    result = np.ones(len(subject), dtype=np.bool_)
    if isinstance(rule.when, MissedAssessments):
        result = rule.when.applies(subject, start, event)
    elif rule.when is not None:
        result = rule.when
    return result & (np.asarray(rule.cnsr) > 0)  # CNSR = 0 is an event


def _last(at: AtLast, subject: Codes, event: Days) -> Codes:
    """The position of the last date that may be taken; both bounds hold, and a missing one does not bound."""
    limit = np.full(len(subject), np.nan) if at.until is None else _day_after(at.until)
    if at.before_event:
        limit = np.fmin(limit, event)
    return at.dates.last(subject, limit, inclusive=False)


def _day_after(day: Days) -> Days:
    return day + 1


def _taken(column: Column, row: Codes) -> Column:
    """The values of the rows; missing for -1."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = np.append(column.cat.codes.to_numpy().astype(np.int64), -1)[row]
        return take_results(column.cat.categories.tolist(), codes)
    return pd.Series(np.append(column.to_numpy(dtype=np.float64), np.nan)[row])


_PROBLEMS = (
    ("TTE_NO_START", "the subject has no start date for this endpoint; correct the start or the population"),
    ("TTE_NO_RULE", "neither an event nor a censoring rule gives this subject a date; add a last rule for all"),
    (
        "TTE_BEFORE_START",
        "the date is before the start; the start, the events or the population are not as they should",
    ),
)


def _problems(columns: dict[str, Column]) -> list[Problem]:
    start, day = columns["STARTDT"].to_numpy(dtype=np.float64), columns["ADT"].to_numpy(dtype=np.float64)
    wrong = (np.isnan(start), ~np.isnan(start) & np.isnan(day), day < start)
    found = [(rule, np.flatnonzero(w).astype(np.int64), text) for w, (rule, text) in zip(wrong, _PROBLEMS, strict=True)]
    return [Problem(rule, "error", rows, text) for rule, rows, text in found if len(rows)]
