"""Minimal residual disease: the status of a subject's samples at a threshold.

Numbers are compared as they were parsed, without arithmetic, so that equal decimals are equal. Source: design basis
4.3, R-14.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.assessments import Days, days, members, one_per_subject, parallel, size_of
from transforms.columns import Codes, missing, take_results
from transforms.moments import days as dated
from transforms.registry import Edge, Made, Related, register_records
from transforms.response_history import or_never, ranks
from transforms.sequence import run_starts

STATUSES = ("NEGATIVE", "POSITIVE", "NE")
_NEGATIVE, _POSITIVE, _NE = range(3)
_UNSAID = 9


@register_records(
    "One record for each {date} after {start}[, on or before {cut}][ and {limit}][ and {progression}][, for "
    "{population}], from the result of the method first in {methods}: NE if {result} is missing or neither {negative} "
    "nor {positive}, or {sensitivity} is above {threshold}, or missing where it would be negative; NEGATIVE if "
    "[{residual} is below the threshold, or, without residual, ]{result} is {negative}; else POSITIVE. Of several "
    "methods ({method}) NE yields to a result.[ SRCSEQ is {sequence}.]",
    makes=("ADT", "AVALC", "SRCSEQ"),
)
def mrd_status(
    date: Related,
    result: Related,
    sensitivity: Related,
    method: Related,
    start: Related,
    threshold: float,
    methods: list[str],
    residual: Related | None = None,
    cut: Related | None = None,
    limit: Related | None = None,
    progression: Related | None = None,
    population: Related | None = None,
    sequence: Related | None = None,
    negative: str = "NEGATIVE",
    positive: str = "POSITIVE",
) -> Made:
    """The status at a threshold (a fraction of nucleated cells, ``1e-5``) of each subject and sampling date.

    ``date`` is ISO 8601 (a partial one makes no record) or a day. ``sensitivity`` is the achieved one or the limit of
    detection, ``residual`` the measured fraction, in the unit of the threshold, as numbers or text; ``start``, ``cut``,
    ``limit`` and ``progression`` one day per subject, the last three inclusive. A residual decides over the reported
    word, which speaks of the report's own threshold. Of one date the method named first counts (others after them,
    alike), then POSITIVE before NEGATIVE. Source: design basis 4.3, R-14 (MRD5, MRD6).
    """
    day, subject = dated(date.values), date.subject
    size = size_of(date, start, cut, limit, progression)
    from_, until = one_per_subject(start, size), np.full(size, np.inf)
    for bound in (cut, limit, progression):
        until = np.minimum(until, or_never(one_per_subject(bound, size)))
    kept = (subject >= 0) & (day > from_[subject]) & (day <= until[subject])
    if population is not None:
        kept &= np.isin(subject, members(population))
    measured = np.full(len(day), np.nan) if residual is None else days(parallel(date, residual))
    words = parallel(date, result).values
    reported = np.where(missing(words), _UNSAID, ranks(words, [negative, positive]))
    found = _status(reported, measured, days(parallel(date, sensitivity)), threshold)
    rows = _one_per_date(date, np.flatnonzero(kept), found, ranks(parallel(date, method).values, methods))
    numbers = np.full(len(day), np.nan) if sequence is None else days(parallel(date, sequence))
    columns = {
        "ADT": pd.Series(day[rows]),
        "AVALC": take_results(STATUSES, found[rows]),
        "SRCSEQ": pd.Series(numbers[rows]),
    }
    edge = Edge("deciding", date.name.rpartition(".")[0], np.arange(len(rows), dtype=np.int64), date.rows[rows])
    return Made(columns, subject[rows], [], [edge])


def _status(reported: Codes, residual: Days, sensitivity: Days, threshold: float) -> Codes:
    """The status of each sample; ``reported`` is 0 negative, 1 positive, -1 any other word, ``_UNSAID`` none."""
    unmeasured = np.isnan(residual)
    insufficient = (reported == -1) | ((reported == _UNSAID) & unmeasured)
    low = np.where(unmeasured, reported == _NEGATIVE, residual < threshold)
    told = low & (sensitivity <= threshold)
    open_ = insufficient | (sensitivity > threshold) | (low & np.isnan(sensitivity))
    return np.select([open_, told], [_NE, _NEGATIVE], _POSITIVE).astype(np.int64)


def _one_per_date(date: Related, rows: Codes, status: Codes, precedence: Codes) -> Codes:
    """The record of each subject and date that counts."""
    day = dated(date.values)
    place = np.where(precedence < 0, precedence.max(initial=0) + 1, precedence)
    alike = np.where(status == _POSITIVE, 0, 1)
    keys = [date.rows[rows], alike[rows], place[rows], status[rows] == _NE, day[rows], date.subject[rows]]
    ordered = rows[np.lexsort(keys)].astype(np.int64)
    return ordered[run_starts([date.subject[ordered], day[ordered]])]
