"""Occurrences (adverse events, medications) in analysis: treatment emergence, periods, first and worst, queries.

Days are numbers since 1960-01-01 or complete ISO 8601 dates; a time decides only where both sides have one, so an
imputed time must not be given. Source: OCCDS 1.1; design basis 4.2; scenarios I01 to I11.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from transforms.columns import Codes, Column, Mask, codes_of, missing, on_distinct, take_results, text
from transforms.moments import Numbers, Times, days, is_before
from transforms.registry import Records, Table, register
from transforms.sequence import first_of_each, group_numbers

Take: TypeAlias = Literal["first", "last"]
UNITS = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}


@register(
    "Y where {start} is on or after {treatment_start}[ (on that day by {start_time} and {treatment_start_time} where "
    "both are known)][ and not more than {end_window} days after {treatment_end}], or is missing; missing where {end} "
    "is before {treatment_start}, or that is missing[; also Y where {intensity} is above {initial_intensity} of an "
    "event that began before]",
    scope="record",
)
def treatment_emergent(
    start: Column,
    end: Column,
    treatment_start: Column,
    treatment_end: Column | None = None,
    end_window: float | None = None,
    start_time: Column | None = None,
    treatment_start_time: Column | None = None,
    intensity: Column | None = None,
    initial_intensity: Column | None = None,
) -> Column:
    """TRTEMFL: Y for what began or worsened on treatment, as admiral's ``derive_var_trtemfl`` and design basis 4.2.

    ``end`` and ``treatment_end`` are days; a window needs ``treatment_end`` and is open where that is missing.
    ``start_time`` and ``treatment_start_time`` are ISO 8601 texts or datetimes. Intensities are compared as codes of
    their values (give numbers). Source: design basis 4.2; scenarios I01 to I06.
    """
    began, ended, treated = days(start), days(end), days(treatment_start)
    size = len(began)
    times, treated_times = Times.of(start_time, size), Times.of(treatment_start_time, size)
    earlier = is_before(began, treated, times, treated_times)
    with np.errstate(invalid="ignore"):
        over = ended < treated
        late = np.zeros(size, dtype=bool)
        if end_window is not None and treatment_end is not None:
            late = began > days(treatment_end) + end_window
    emergent = (np.isnan(began) | ~earlier) & ~late
    if intensity is not None and initial_intensity is not None:
        worse = codes_of_both(intensity, initial_intensity)
        emergent |= earlier & ~late & worse
    return _flag(emergent & ~over & ~np.isnan(treated))


@register(
    "{value} where {date} is known[ and on or after {start}][ and before {end}][; on one day by the times {date_time}]"
    "[, {start_time}][, {end_time}]; a missing start has not come, a missing end is {without_end}",
    scope="record",
)
def period_flag(
    date: Column,
    start: Column | None = None,
    end: Column | None = None,
    date_time: Column | None = None,
    start_time: Column | None = None,
    end_time: Column | None = None,
    without_end: Literal["open", "closed"] = "open",
    value: str = "Y",
) -> Column:
    """A flag for a period that holds its start and not its end (PREFL, ONTRTFL and their kind).

    Without ``start`` or ``end`` at all the period is open there. Days are compared, and on one day the times where both
    sides have one. A missing date has no flag. Source: design basis 4.2 (phase flags); scenarios I02, I05, I06.
    """
    at = days(date)
    times = Times.of(date_time, len(at))
    inside = ~np.isnan(at)
    if start is not None:
        first = days(start)
        inside &= ~np.isnan(first) & ~is_before(at, first, times, Times.of(start_time, len(at)))
    if end is not None:
        last = days(end)
        inside &= is_before(at, last, times, Times.of(end_time, len(at))) | (np.isnan(last) & (without_end == "open"))
    return _flag(inside, value)


@register("{value} on the subject's first record in the order of {order}[, per {by}][, among those with Y in {among}]")
def occurrence_flag(
    order: list[Column],
    records: Records,
    by: list[Column] | None = None,
    among: list[Column] | None = None,
    value: str = "Y",
) -> Column:
    """A flag on the first occurrence (AOCCFL; by SOC AOCCSFL; by SOC and PT AOCCPFL).

    A missing value of ``order`` goes last; equal ones as delivered. A record with a missing value of ``by`` has no
    flag. Source: design basis 4.2.
    """
    return extreme_flag(order, records, by, among, None, "first", value)


@register(
    "{value} on the subject's {take} record in the order of {order}[, per {by}][, of the greatest {greatest}]"
    "[, of the least {least}][, among those with Y in {among}]"
)
def extreme_flag(
    order: list[Column],
    records: Records,
    by: list[Column] | None = None,
    among: list[Column] | None = None,
    greatest: list[Column] | None = None,
    take: Take = "first",
    value: str = "Y",
    least: list[Column] | None = None,
) -> Column:
    """A flag on one record per subject and group: the first (or last) of those with the greatest values (AOCCIFL).

    ``least`` asks for the least values (of those with the greatest). A record with a missing value of ``greatest``,
    ``least`` or ``by`` never has the flag; a missing value of ``order`` never wins over one that is there. Source:
    design basis 4.2 and 4.5 (extreme records); scenarios I10 and I11.
    """
    wanted = np.ones(len(records.subject), dtype=bool)
    for column in among or []:
        wanted &= (text(column) == "Y").to_numpy(dtype=bool)
    for column in [*(by or []), *(greatest or []), *(least or [])]:
        wanted &= ~missing(column)
    rows = np.flatnonzero(wanted)
    sign = 1 if take == "first" else -1
    keys = [-_ranks(c, rows) for c in greatest or []] + [_ranks(c, rows) for c in least or []]
    keys += [sign * _ranks(c, rows) for c in order]
    flagged = np.zeros(len(wanted), dtype=bool)
    group, count = group_numbers([records.subject[rows], *(codes_of(c)[rows] for c in by or [])])
    flagged[rows[first_of_each(group, count, [*keys, sign * records.identity[rows]])]] = True
    return _flag(flagged, value)


@register("'{name}' where {term} is one of the terms of the query {name} in {queries}[, under {level}]", scope="record")
def custom_query(term: Column, queries: Table, name: str, level: str = "") -> Column:
    """CQzzNAM: the name of a query in records whose term belongs to it; case does not matter.

    The table has the columns QUERY and TERM, and LEVEL where terms of several levels (PT, SOC) are mixed; ``level``
    says which level ``term`` is of. Raises ValueError when the table has no such query. Source: design basis 4.2.
    """
    rows = np.array(text(queries["QUERY"]) == name, dtype=bool)
    if not rows.any():
        raise ValueError(f"custom_query: the table has no query {name!r}; add its terms")
    if level:
        rows &= (text(queries["LEVEL"]) == level).to_numpy(dtype=bool)
    terms = {v.casefold() for v in text(queries["TERM"])[rows].dropna()}
    return on_distinct(term, lambda v: name if v.casefold() in terms else None)


@register("{end} minus {start}[ plus one day where not negative ({add_one})], in {unit}", scope="record")
def duration(
    start: Column, end: Column, add_one: bool = True, unit: Literal["days", "weeks", "months", "years"] = "days"
) -> Column:
    """How long something lasted: from its first to its last day, both counted (ADURN, TRTDURD); missing while open.

    A month is 30.4375 days and a year 365.25. Days are numbers or complete ISO 8601 dates. Source: design basis 4.2
    (ADURN = AENDT - ASTDT + 1) and 4.4 (months).
    """
    passed = days(end) - days(start)
    with np.errstate(invalid="ignore"):
        return pd.Series((passed + ((passed >= 0) & add_one)) / UNITS[unit])


def codes_of_both(one: Column, other: Column) -> Mask:
    """Where a value is above another: as numbers where both columns are, else as texts."""
    if isinstance(one.dtype, pd.CategoricalDtype) or isinstance(other.dtype, pd.CategoricalDtype):
        both = ~missing(one) & ~missing(other)
        result: Mask = both & (text(one).astype("str") > text(other).astype("str")).to_numpy(dtype=bool)
        return result
    with np.errstate(invalid="ignore"):
        return one.to_numpy(dtype=np.float64) > other.to_numpy(dtype=np.float64)


def _ranks(column: Column, rows: Codes) -> Numbers:
    """Values of some rows as numbers that order as they do; NaN where missing."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.to_numpy(dtype=np.float64)[rows]
    codes = codes_of(column)[rows]
    return np.where(codes < 0, np.nan, codes)


def _flag(where: Mask, value: str = "Y") -> Column:
    return take_results([value], np.where(where, 0, -1).astype(np.int64))
