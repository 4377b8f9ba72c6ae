"""The last observation before exposure (--LOBXFL)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date as calendar_date

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import (
    Codes,
    Column,
    Mask,
    codes_of,
    missing,
    of_categories,
    raw_codes,
    take_results,
    text,
)
from transforms.registry import Records, register
from transforms.sequence import run_starts

_MOMENT = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.\d+)?)?)?)?")
_Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """ISO 8601 texts as whole numbers: day (0: no complete date), second of day (-1: no time) and its precision."""

    day: _Whole
    second: _Whole
    precision: _Whole
    """Seconds that the time leaves open: 3600, 60 or 1."""


@register(
    "Y on the last record of each subject and {by} with a result in {result}[, {status} empty,] and {date} before "
    "{exposure}; on the day of {exposure} without both times: {same_day}[, before if {planned_before} says so]"
    "[ ({planned_values})]."
)
def last_before_exposure(
    result: Column,
    date: Column,
    exposure: Column,
    by: list[Column],
    records: Records,
    status: Column | None = None,
    same_day: str = "exclude",
    planned_before: Column | None = None,
    planned_values: list[str] | None = None,
) -> Column:
    """--LOBXFL: Y on the last non-missing result before first exposure, per subject and group; else missing.

    Dates are ISO 8601; an incomplete one on either side is never before. With both times the earlier counts, compared
    to the coarser precision, and an equal time is not before. On the same day without both times the order is unknown:
    the record counts if ``planned_before`` holds one of ``planned_values`` (default Y), else as ``same_day`` says,
    ``exclude`` or ``include`` (anything else raises ValueError). A record with a ``status`` (NOT DONE) never counts.
    Ties: the last delivered. Source: SDTMIG 3.4 (--LOBXFL, "prior to RFXSTDTC"); design basis 3.1, D19, D21 to D23.
    """
    if same_day not in ("exclude", "include"):
        raise ValueError(f"last_before_exposure: same_day is 'exclude' or 'include', not {same_day!r}")
    planned = np.zeros(len(date), dtype=np.bool_)
    if planned_before is not None:
        planned = text(planned_before).isin(planned_values or ["Y"]).to_numpy(dtype=np.bool_)
    wanted = before(date, exposure, planned | (same_day == "include")) & ~missing(result)
    if status is not None:
        wanted &= missing(status)
    return _flag_last(wanted, [records.subject, *(codes_of(c) for c in by)], codes_of(text(date)), records)


def before(date: Column, limit: Column, if_unknown: Mask) -> Mask:
    """Where a date is before a limit; ``if_unknown`` decides on one day where a time is not known on both sides."""
    one, other = moments(date), moments(limit)
    step = np.maximum(one.precision, other.precision)
    timed = (one.second >= 0) & (other.second >= 0)
    earlier = np.where(timed, one.second // step < other.second // step, if_unknown)
    known = (one.day > 0) & (other.day > 0)
    result: Mask = known & ((one.day < other.day) | ((one.day == other.day) & earlier))
    return result


def moments(column: Column) -> Moments:
    """The days and times of an ISO 8601 column; what is no complete date has day 0."""
    column = text(column)
    codes = raw_codes(column)
    return Moments(*(part[codes] for part in _moments(column)))


@of_categories
def _moments(values: pd.Index) -> _Whole:
    """Day, second and precision of distinct values, and of a missing one at the end: a row each."""
    return np.array([*map(_moment, values.tolist()), (0, -1, 1)], dtype=np.int64).T.copy()


def _moment(value: str) -> tuple[int, int, int]:
    match = _MOMENT.fullmatch(value.removesuffix("Z"))
    if match is None:
        return (0, -1, 1)
    try:
        day = calendar_date(int(match[1]), int(match[2]), int(match[3])).toordinal()
    except ValueError:
        return (0, -1, 1)
    if match[4] is None:
        return (day, -1, 1)
    second = int(match[4]) * 3600 + int(match[5] or 0) * 60 + int(match[6] or 0)
    return (day, second, 3600 if match[5] is None else 60 if match[6] is None else 1)


def _flag_last(wanted: Mask, groups: list[Codes], dates: Codes, records: Records) -> Column:
    rows = np.flatnonzero(wanted)
    rows = rows[np.lexsort([records.identity[rows], dates[rows], *(g[rows] for g in reversed(groups))])]
    flags = np.full(len(wanted), -1, dtype=np.int64)
    if len(rows):
        starts = run_starts([g[rows] for g in groups])
        flags[rows[np.append(starts[1:], True)]] = 0
    return take_results(["Y"], flags)
