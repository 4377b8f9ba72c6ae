"""``time_to_event`` of a spec: its names resolved along the subjects of a range, then evaluated for all at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.context import RangeContext
from pipeline.records import Part
from pipeline.refer import column, related
from specs.base import Setting
from specs.conditions import parse_condition
from specs.endpoint_model import CensorAt, CensorSpec, CensorWhen, FromVariable, Missed, TimeToEvent
from specs.time_to_event import row_sources, sequence_of
from transforms.assessments import Dates, Days, Schedule, day_numbers
from transforms.columns import Codes, Mask, numbers, text
from transforms.registry import Made
from transforms.time_to_event import AtLast, AtStart, Censoring, Event, MissedAssessments, time_to_event, with_end_of


def make_time_to_event(context: RangeContext, spec: TimeToEvent) -> Made:
    """One record per subject of the population, with STARTDT, ADT, AVAL, CNSR and the reasons."""
    subject = np.unique(np.concatenate([r.subject for r in related(context, spec.population)]))
    subject = subject[subject >= 0].astype(np.int64)
    frame = _Subjects(context, subject)
    start = frame.dates(spec.start)
    if spec.end:
        return with_end_of(subject, start, _records_of(context, spec.end), spec.end)
    events = [Event(frame.dates(e.date, e.sequence), e.reason, frame.days(e.until)) for e in spec.events]
    return time_to_event(subject, start, events, [frame.censoring(rule) for rule in spec.censor])


def _records_of(context: RangeContext, name: str) -> Made:
    part = context.parts[name]
    return Made(part.columns, part.subject)


class _Subjects:
    """The subjects of a population, and what names stand for along them."""

    def __init__(self, context: RangeContext, subject: Codes) -> None:
        self.context = context
        self.subject = subject
        none = np.zeros(len(subject), dtype=np.int64)
        self.part = Part("", {}, len(subject), subject, none, [""], none, ["made:subjects"], none)

    def days(self, name: str | None) -> Days | None:
        """A date variable of each subject."""
        if name is None:
            return None
        return day_numbers(column(self.context, self.part, name), name)

    def dates(self, value: Any, sequence: str | None = None) -> Dates:
        """Related dates, with the sequence numbers of their records: the variable named, or that of the dataset."""
        date = related(self.context, value)[0]
        dataset = date.name.rpartition(".")[0]
        part = self.context.parts.get(dataset)
        if part and not sequence:
            sequence = sequence_of(dataset, part.columns, row_sources(self.context.model.datasets.get(dataset)))
        if sequence is None:
            return Dates.of_related(date)
        where = value.get("where") if isinstance(value, dict) else None
        return Dates.of_related(date, related(self.context, {"of": f"{dataset}.{sequence}", "where": where})[0])

    def censoring(self, rule: CensorSpec) -> Censoring:
        """A censoring rule with its names resolved."""
        cnsr = self._required(rule.cnsr.lookup) if isinstance(rule.cnsr, FromVariable) else rule.cnsr
        reason = rule.reason
        said = text(column(self.context, self.part, reason.lookup)) if isinstance(reason, FromVariable) else reason
        return Censoring(cnsr, said, self._at(rule.at), self._when(rule.when))

    def _required(self, name: str) -> Days:
        found = self.days(name)
        assert found is not None
        return found

    def _at(self, at: str | CensorAt) -> AtStart | AtLast:
        if not isinstance(at, CensorAt):
            return AtStart()
        capped = self.dates(at.capped_at) if at.capped_at else None
        return AtLast(self.dates(at.last, at.sequence), self.days(at.until), at.before_event, capped)

    def _when(self, when: str | CensorWhen | None) -> Mask | MissedAssessments | None:
        if when is None:
            return None
        if isinstance(when, str):
            return parse_condition(when).mask(lambda n: column(self.context, self.part, n), self.part.size)
        if when.missed_assessments:
            return self._missed(when.missed_assessments)
        return self.dates(when.none).last(self.subject) < 0

    def _missed(self, missed: Missed) -> MissedAssessments:
        schedule = None
        if missed.schedule:
            table = self.context.model.table(missed.schedule)
            opens, closes = (numbers(table[c]).to_numpy(dtype=np.float64) for c in ("OPENS", "CLOSES"))
            schedule = Schedule(opens, closes)
        gap = self._number(missed.gap_days)
        return MissedAssessments(
            self.dates(missed.date), int(self._number(missed.at_least) or 0), schedule, self.days(missed.anchor),
            self.days(missed.until), gap,
        )  # fmt: skip

    def _number(self, value: float | int | Setting | None) -> float | None:
        given = self.context.model.setting(value.setting) if isinstance(value, Setting) else value
        return None if given is None else float(given)
