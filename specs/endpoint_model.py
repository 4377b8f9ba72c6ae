"""Time to an event, as the YAML of a pack may say it (design, section 3: events and censoring as data)."""

from __future__ import annotations

from typing import Any, Literal

from specs.base import Model, Setting

Related = str | dict[str, Any]
"""All records of a dataset: ``ADRS.PD.ADT``, or ``{of: ADRS.PD.ADT, where: "AVALC = 'Y'"}``."""


class EventSpec(Model):
    """A kind of event: its dates, what EVNTDESC says, and until which date (of the subject, inclusive) it counts.

    ``sequence`` is the variable beside the date that becomes SRCSEQ (unless said, ``specs.time_to_event.sequence_of``).
    """

    date: Related
    reason: str
    until: str | None = None
    sequence: str | None = None


class Missed(Model):
    """Scheduled assessments missed before the event; ``schedule`` is a table with OPENS and CLOSES in days."""

    date: Related
    at_least: int | Setting
    schedule: str | None = None
    anchor: str | None = None
    until: str | None = None
    gap_days: float | Setting | None = None


class CensorWhen(Model):
    """When a censoring rule applies, other than a condition: after missed assessments, or without any records."""

    missed_assessments: Missed | None = None
    none: Related | None = None


class CensorAt(Model):
    """Censored at the last of some dates (the start where there is none), at most ``capped_at``; SRCSEQ as events."""

    last: Related
    sequence: str | None = None
    until: str | None = None
    before_event: bool = False
    capped_at: str | None = None


class FromVariable(Model):
    """A value of each subject in place of a literal: ``{lookup: ADSL.EOSGRPN}``."""

    lookup: str


class CensorSpec(Model):
    """A censoring rule: CNSR, CNSDTDSC, when it applies, and the date."""

    cnsr: int | FromVariable
    reason: str | FromVariable
    at: Literal["start"] | CensorAt
    when: str | CensorWhen | None = None


class TimeToEvent(Model):
    """Time to an event as data: the population, the start, the events, and the censoring rules in their order.

    ``end`` takes the end of another endpoint (same date, same reason) in place of events and rules.
    """

    population: Related
    start: Related
    events: list[EventSpec] = []
    censor: list[CensorSpec] = []
    end: str | None = None
