"""Reference points: the administration that a sample is timed from, and its number within the subject."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.columns import Codes, Column, pick, text
from transforms.partial_dates import spans
from transforms.registry import Edge, Outcome, Records, Related, register

_DAYS = 1 << 24
"""More than any number of days: subject and day fit into one number, subject first."""


@register("the last of {of} that began on or before the day of {date}, or else the subject's first")
def reference_start(date: Column, of: Related, records: Records) -> Outcome:
    """--RFTDTC: the date, as collected, of the related record (an infusion) that a sample is timed from.

    A sample of the same day belongs to it, before or after; one before the first, or without a complete date, belongs
    to the first. Related records without a complete date are no reference. Source: SDTMIG 3.4 (--TPTREF, --RFTDTC);
    design basis 3.7.
    """
    order, place = _reference(date, of, records)
    positions = np.append(order, -1)[place]
    rows = np.flatnonzero(positions >= 0).astype(np.int64)
    edge = Edge("deciding", of.name.partition(".")[0], rows, of.rows[positions[rows]])
    return Outcome(pick(text(of.values), positions), edges=[edge])


@register("the number, from 1, of the last of {of} that began on or before the day of {date}, or else 1")
def reference_number(date: Column, of: Related, records: Records) -> Column:
    """Which of the subject's administrations a record is timed from (see ``reference_start``), in the order of time."""
    order, place = _reference(date, of, records)
    before = np.searchsorted(of.subject[order], records.subject)
    return text(pd.Series(np.where(place >= 0, place - before + 1, np.nan)))


def _reference(date: Column, of: Related, records: Records) -> tuple[Codes, Codes]:
    """The related records in order of subject and time, and for each record its place in that order (-1: none)."""
    starts, samples = spans(text(of.values)), spans(text(date))
    usable = np.flatnonzero((of.subject >= 0) & starts.dated)
    order = usable[np.lexsort([starts.first[usable], of.subject[usable]])].astype(np.int64)
    subject = of.subject[order]
    began = subject * _DAYS + starts.first_day[order] + _DAYS // 2
    day = np.where(samples.dated, samples.first_day, -_DAYS // 2)
    last = np.searchsorted(began, records.subject * _DAYS + day + _DAYS // 2, side="right") - 1
    first = np.searchsorted(subject, records.subject)
    theirs = np.append(subject, -1)[first] == records.subject
    return order, np.where(theirs & (records.subject >= 0), np.maximum(last, first), -1).astype(np.int64)
