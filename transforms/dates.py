"""Collected dates and times as ISO 8601 columns: the ``datetime`` method of the spec language.

Each distinct value is read once (``transforms.date_formats``); what is wrong is reported per rule, with the rows and
the text as it was collected. Source: SDTMIG 3.4, 4.4.1 to 4.4.2; design_basis 2.1, 2.3 (M1 to M3) and 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from transforms.columns import (
    Codes,
    Column,
    Mask,
    categories_of,
    distinct_rows,
    plain,
    raw_codes,
    take,
    take_results,
    text,
)
from transforms.date_formats import (
    FormatError,
    Reading,
    date_of_parts,
    date_reader,
    read_time,
    time_of_parts,
    time_width,
)
from transforms.registry import Outcome, Problem, Severity

RULES: dict[str, tuple[Severity, str]] = {
    "DATE_AMBIGUOUS": (
        "error",
        "ambiguous date {value}: it has more than one reading, so none is taken; "
        "declare the column's format, such as DD/MM/YYYY, with a year of four digits",
    ),
    "DATE_IMPOSSIBLE": ("error", "there is no such date as {value}; left empty, to be corrected at the source"),
    "DATE_UNREADABLE": (
        "error",
        "{value} is not a date in the declared format; left empty, add a format or correct it",
    ),
    "DATE_IMPLAUSIBLE": (
        "warning",
        "the year of {value} is not from 1900 to 2100; nothing was changed, query the date",
    ),
    "DATE_UNKNOWN": ("note", "the date {value} is wholly unknown; left empty"),
    "DATE_TRUNCATED": (
        "note",
        "in {value} a part is known to the right of an unknown one; ISO 8601 cannot say it, so it is left out",
    ),
    "DATE_TIME_DROPPED": ("note", "the time in {value} is left out: its date is not complete"),
    "DATE_TIME_CONFLICT": ("warning", "the time in {value} differs from the time column, which is taken"),
    "TIME_UNREADABLE": ("error", "{value} is not a time of day in the declared format; the time is left out"),
    "TIME_END_OF_DAY": (
        "note",
        "{value} is the end of the day, which is 00:00 of the next day in ISO 8601; it is taken as an unknown time",
    ),
    "TIME_TRUNCATED": ("note", "in {value} a part is known to the right of an unknown one, so it is left out"),
}
"""Every rule that a date can break: its severity and its sentence."""
PLAUSIBLE_YEARS = ("1900", "2100")


def iso8601(
    date: Column,
    time: Column | None = None,
    *,
    date_format: str | Sequence[str] | None,
    time_format: str | None = None,
) -> Outcome:
    """Collected dates, and the times that go with them, as ISO 8601 text of the precision collected.

    Unknown parts reduce the precision to the right; an unknown time leaves the date; a time without a complete date
    is left out. A declared time column decides over a time inside the date. ``date_format`` None accepts ISO 8601 and
    month names only. Raises FormatError when a format is not one. Source: design_basis 2.3, M1 to M3.
    """
    read, width = date_reader(date_format), time_width(time_format)
    date = text(date)
    readings = [_judged(read(value)) for value in categories_of(date)]
    codes = _raw_codes(date)
    problems = _problems(readings, codes, date)
    if time is None:
        return Outcome(take_results([_joined(r.date, r.time) for r in readings], codes), problems)
    time = text(time)
    times = [read_time(value, width) for value in categories_of(time)]
    time_codes = _raw_codes(time)
    problems += _problems(times, time_codes, time)
    pair, values, clashes = _paired(readings, codes, times, time_codes)
    problems += _problem("DATE_TIME_DROPPED", _dropped(readings, codes, times, time_codes), time)
    problems += _problem("DATE_TIME_CONFLICT", np.array(clashes, dtype=bool)[pair], date)
    return Outcome(take_results(values, pair), problems)


def iso8601_parts(
    year: Column,
    month: Column,
    day: Column,
    hour: Column | None = None,
    minute: Column | None = None,
    second: Column | None = None,
) -> Outcome:
    """ISO 8601 text from columns that hold one part each (``X_YYYY``, ``X_MM``, ``X_DD``); rules as for ``iso8601``.

    The month may be a number or an English name. Wholly empty rows are missing. Source: design_basis 2.1, 2.3 (M1, M2).
    """
    columns = [text(c) for c in (year, month, day, hour, minute, second) if c is not None]
    given = [c is not None for c in (year, month, day, hour, minute, second)]
    first, inverse = distinct_rows(columns)
    pieces = list(zip(*[plain(take(c, first)) for c in columns], strict=True))
    readings = [_judged(_of_pieces(row, given)) for row in pieces]
    collected = take_results([" ".join(p or "-" for p in row) if any(row) else None for row in pieces], inverse)
    values = take_results([_joined(r.date, r.time) for r in readings], inverse)
    return Outcome(values, _problems(readings, inverse, collected))


def _judged(reading: Reading) -> Reading:
    """A date as it was read, and whether its year is one in which somebody of today lives."""
    first, last = PLAUSIBLE_YEARS
    if reading.date is None or first <= reading.date[:4] <= last:
        return reading
    return replace(reading, rules=(*reading.rules, "DATE_IMPLAUSIBLE"))


def _of_pieces(row: Sequence[str | None], given: Sequence[bool]) -> Reading:
    if not any(row):
        return Reading()
    found = iter(row)
    year, month, day, hour, minute, second = [(next(found) or "").strip().upper() if g else "" for g in given]
    date, time = date_of_parts(year, month, day), time_of_parts(hour, minute, second)
    if time.time and (date.date is None or len(date.date) < 10):
        return Reading(date.date, rules=(*date.rules, "DATE_TIME_DROPPED"))
    return Reading(date.date, time.time, date.rules + time.rules)


def _paired(
    dates: list[Reading], date_codes: Codes, times: list[Reading], time_codes: Codes
) -> tuple[Codes, list[str | None], list[bool]]:
    """For every row the number of its pair of date and time; for every pair its value, and whether two times clash."""
    width = len(times) + 1
    pair, distinct = pd.factorize(date_codes * width + time_codes + 1)
    values: list[str | None] = []
    clashes: list[bool] = []
    for key in distinct.tolist():
        code, other = divmod(key, width)
        date = dates[code] if code >= 0 else Reading()
        column_time = times[other - 1].time if other else None
        own = None if date.time is None or not date.time.strip("0:.Z") else date.time
        clashes.append(
            bool(own and column_time and not own.startswith(column_time) and not column_time.startswith(own))
        )
        values.append(_joined(date.date, column_time or own))
    return pair.astype(np.int64), values, clashes


def _dropped(dates: list[Reading], date_codes: Codes, times: list[Reading], time_codes: Codes) -> Mask:
    """Where a known time has no complete date; a date that is an error already needs no second message."""
    incomplete = [len(r.date or "") < 10 and not any(RULES[x][0] == "error" for x in r.rules) for r in dates]
    known = [r.time is not None for r in times]
    result: Mask = np.array([*incomplete, True])[date_codes] & np.array([*known, False])[time_codes]
    return result


def _joined(date: str | None, time: str | None) -> str | None:
    return f"{date}T{time}" if date and time and len(date) == 10 else date


def _problems(readings: list[Reading], codes: Codes, collected: Column) -> list[Problem]:
    broken = [rule for rule in RULES if any(rule in r.rules for r in readings)]
    return [
        problem
        for rule in broken
        for problem in _problem(rule, np.array([*(rule in r.rules for r in readings), False])[codes], collected)
    ]


def _problem(rule: str, where: Mask, collected: Column) -> list[Problem]:
    rows = np.flatnonzero(where).astype(np.int64)
    severity, message = RULES[rule]
    return [Problem(rule, severity, rows, message, take(collected, rows))] if len(rows) else []


def _raw_codes(column: Column) -> Codes:
    return raw_codes(column)


__all__ = ["RULES", "FormatError", "iso8601", "iso8601_parts"]
