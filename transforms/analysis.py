"""Values of analysis records: relative days, baseline and change, ranges and shifts, visits, groups and numbers.

Source: ADaMIG 1.3, 3.3 (BDS); design basis 4.0, 4.1 and 4.5. The names are those of admiral where it has them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from transforms.columns import (
    Codes,
    Column,
    Mask,
    codes_of,
    constant,
    missing,
    numbers,
    on_distinct_rows,
    only,
    pick,
    take_numbers,
    take_results,
    text,
)
from transforms.moments import Numbers, Times, days
from transforms.occurrence import extreme_flag
from transforms.registry import Outcome, Problem, Records, Table, register
from transforms.sequence import group_numbers

Tie: TypeAlias = Literal["earlier", "later"]
_ALIKE = 5e-15
"""Two numbers alike in 15 significant digits are equal: binary noise decides no threshold (design basis 6.1)."""


@register("{date} minus {reference}, plus 1 when {date} is on or after {reference}", scope="record")
def relative_day(date: Column, reference: Column) -> Column:
    """ADY, ASTDY, AENDY: 1 on the reference day, -1 the day before, never 0; days are numbers or complete dates."""
    passed = days(date) - days(reference)
    with np.errstate(invalid="ignore"):
        return pd.Series(passed + (passed >= 0))


@register(
    "Y on the subject's last record per {by} with a value in {value} and {date} on or before {reference}[; on that day "
    "by {time} and {reference_time} where both are known], others of that day: {same_day}[; {planned} in "
    "{planned_values} counts as before][; in the order of {order}]"
)
def baseline_flag(
    value: Column,
    date: Column,
    reference: Column,
    by: list[Column],
    records: Records,
    time: Column | None = None,
    reference_time: Column | None = None,
    same_day: Literal["include", "exclude"] = "include",
    planned: Column | None = None,
    planned_values: list[str] | None = None,
    order: list[Column] | None = None,
) -> Column:
    """ABLFL: Y on the last non-missing value on or before a reference day, per subject and group.

    On the reference day itself times decide where both are known (an equal time counts); otherwise a record that was
    planned before counts, and any other as ``same_day`` says. Several on the last day: the last by ``time``, then by
    ``order``, then as delivered. Source: design basis 4.5 and D19, D21.
    """
    early = before_reference(date, reference, time, reference_time, same_day, planned, planned_values)
    among = only(early, ((early == "Y") & ~missing(value)).to_numpy(dtype=bool))
    at = days(date)
    times = Times.of(time, len(at))
    ranked = [pd.Series(at), *([pd.Series(times.first)] if time is not None else []), *(order or [])]
    return extreme_flag(ranked, records, _whole(by), [among], None, "last")


@register(
    "{before} where {date} is on or before {reference}, {after} where it is later[; on that day by {time} and "
    "{reference_time} where both are known], others of that day: {same_day}[; {planned} in {planned_values} counts as "
    "before]",
    scope="record",
)
def before_reference(
    date: Column,
    reference: Column,
    time: Column | None = None,
    reference_time: Column | None = None,
    same_day: Literal["include", "exclude"] = "include",
    planned: Column | None = None,
    planned_values: list[str] | None = None,
    before: str = "Y",
    after: str = "N",
) -> Column:
    """On which side of a reference day each record is, for baseline and for what follows it; missing without either.

    On the day itself times decide where both are known (an equal time is before); otherwise a record that was planned
    before is before, and any other as ``same_day`` says. Source: design basis 4.5 and D19.
    """
    at, limit = days(date), days(reference)
    size = len(at)
    times, limits = Times.of(time, size), Times.of(reference_time, size)
    timed = ~np.isnan(times.first) & ~np.isnan(limits.first)
    early = np.full(size, same_day == "include")
    if planned is not None:
        early |= text(planned).isin(planned_values or ["Y"]).to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        same = np.where(timed, times.first <= limits.last, early)
        side = np.where((at < limit) | ((at == limit) & same), 0, 1)
    known = ~np.isnan(at) & ~np.isnan(limit)
    return take_results([before, after], np.where(known, side, -1).astype(np.int64))


@register("{yes} where {value} is above {limit}, else {no}", scope="record")
def exceeds(value: Column, limit: float, yes: str = "Y", no: str = "N") -> Column:
    """CRITyFL of a criterion such as ``> 3``: whether a number is above a limit; missing without a number.

    Numbers alike in 15 significant digits are equal (design basis 6.1). Source: scenario J07.
    """
    given = numbers(value).to_numpy()
    above = _below(np.full(len(given), float(limit)), given)
    return take_results([yes, no], np.where(np.isnan(given), -1, np.where(above, 0, 1)).astype(np.int64))


@register("{value} of the record with Y in {flag}, in every record of the subject per {by}")
def baseline_value(value: Column, flag: Column, records: Records, by: list[Column] | None = None) -> Outcome:
    """BASE, BASEC, BNRIND: the value of the baseline record, in all records of its subject and group.

    Problem BASELINE_SEVERAL (error) where a group has more than one flagged record; it then has no baseline.
    """
    group, size = group_numbers([records.subject, *(codes_of(c) for c in by or [])])
    flagged = np.flatnonzero((text(flag) == "Y").to_numpy(dtype=bool)).astype(np.int64)
    count = np.bincount(group[flagged], minlength=size)
    place = np.full(len(count), -1, dtype=np.int64)
    place[group[flagged]] = flagged
    place[count > 1] = -1
    several = flagged[count[group[flagged]] > 1]
    problems = []
    if len(several):
        told = "more than one record of a subject and group is flagged as baseline; the group has no baseline"
        problems.append(Problem("BASELINE_SEVERAL", "error", several, told))
    return Outcome(pick(value, place[group]), problems)


@register("{value} minus {base}", scope="record")
def change(value: Column, base: Column) -> Column:
    """CHG: the change from baseline; missing without either."""
    return pd.Series(numbers(value).to_numpy() - numbers(base).to_numpy())


@register("100 times ({value} minus {base}) divided by the magnitude of {base}", scope="record")
def percent_change(value: Column, base: Column) -> Column:
    """PCHG: the change in percent of the baseline; missing without either, and for a baseline of 0."""
    given, first = numbers(value).to_numpy(), numbers(base).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.Series(np.where(first == 0, np.nan, 100 * (given - first) / np.abs(first)))


@register("{value} divided by {base}", scope="record")
def ratio(value: Column, base: Column) -> Column:
    """R2BASE and ratios to a limit (value / upper limit); missing without either, and for a divisor of 0."""
    given, first = numbers(value).to_numpy(), numbers(base).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.Series(np.where(first == 0, np.nan, given / first))


@register("100 times {value} divided by {base}", scope="record")
def percent_of(value: Column, base: Column) -> Column:
    """A number in percent of another (dose received of dose planned); missing without either, and for a base of 0."""
    return ratio(value, base) * 100


@register("{value} times {factor}", scope="record")
def scaled(value: Column, factor: float) -> Column:
    """A number in another unit (days as hours: times 24)."""
    return numbers(value) * factor


@register("{start}{separator}{end}, '{missing_as}' for a missing one", scope="record")
def shift(start: Column, end: Column, separator: str = " to ", missing_as: str = "NULL") -> Column:
    """SHIFTy: the baseline category and the one now, as one text; missing where both are."""

    def joined(one: str | None, other: str | None) -> str | None:
        return None if one is None and other is None else f"{one or missing_as}{separator}{other or missing_as}"

    return on_distinct_rows([text(start), text(end)], joined)


@register(
    "LOW, NORMAL or HIGH by where {value} lies between {low} and {high}[; LOW LOW below {lowest}][; HIGH HIGH above "
    "{highest}]",
    scope="record",
)
def reference_range_indicator(
    value: Column, low: Column, high: Column, lowest: Column | None = None, highest: Column | None = None
) -> Column:
    """ANRIND: where a number lies in its analysis range; limits are inclusive, a missing limit is open.

    Missing without a value or without any limit. Numbers alike in 15 significant digits are equal, so that binary
    noise decides nothing (design basis 6.1).
    """
    given = numbers(value).to_numpy()
    lower, upper = numbers(low).to_numpy(), numbers(high).to_numpy()
    ranged = ~np.isnan(given) & ~(np.isnan(lower) & np.isnan(upper))
    codes = np.where(_below(given, lower), 0, np.where(_below(upper, given), 1, 2))
    if lowest is not None:
        codes = np.where(_below(given, numbers(lowest).to_numpy()), 3, codes)
    if highest is not None:
        codes = np.where(_below(numbers(highest).to_numpy(), given), 4, codes)
    found = np.where(ranged, codes, -1).astype(np.int64)
    return take_results(["LOW", "HIGH", "NORMAL", "LOW LOW", "HIGH HIGH"], found)


@register(
    "{take} of the row of {windows} whose window holds {day}[, for {by}]; without LOW and HIGH a window reaches to the "
    "midpoints between targets, a midpoint being of the {tie} one",
    scope="record",
)
def analysis_window(
    day: Column, windows: Table, take: str = "AVISIT", by: Column | None = None, tie: Tie = "earlier"
) -> Column:
    """AVISIT, AVISITN, AWTARGET, AWLO, AWHI: the analysis visit that a relative day belongs to.

    The table has TARGET (a relative day) or LOW and HIGH per row (both inclusive, empty is open), and any columns to
    take; with ``by`` it has a column BY, and an empty one holds for all. The first window is open below, the last
    above, unless the table says LOW or HIGH. There is no day 0, so midpoints are taken on a scale where day 1 follows
    day -1. A column whose values are all numbers comes as numbers. Source: design basis 4.5 (windows by midpoints).
    """
    at = _continuous(numbers(day).to_numpy())
    groups = text(windows["BY"]) if "BY" in windows else constant(None, len(windows))
    row = np.full(len(at), -1, dtype=np.int64)
    names: list[str | None] = [None if pd.isna(g) else str(g) for g in groups]
    for group in dict.fromkeys(names):
        mine = np.flatnonzero(missing(groups) if group is None else (groups == group).to_numpy(dtype=bool))
        lows, highs = _windows(windows.iloc[mine].reset_index(drop=True), tie)
        open_ = row < 0 if group is None else _equal(by, group, len(at))
        for window, low, high in zip(mine, lows, highs, strict=True):
            with np.errstate(invalid="ignore"):
                row[open_ & (at >= low) & (at <= high)] = window
    if take in ("AWLO", "AWHI") and take not in windows:
        return _bounds(windows, groups, row, tie, low=take == "AWLO")
    taken = pick(text(windows[take]), row)
    read = numbers(text(windows[take]))
    return pick(read, row) if not (missing(read) & ~missing(text(windows[take]))).any() else taken


@register(
    "Y on the record per {by} whose {day} is closest to {target}; of two as close the {tie} one[, then by {order}]"
    "[, among those with Y in {among}]"
)
def closest_to_target(
    day: Column,
    target: Column,
    by: list[Column],
    records: Records,
    tie: Tie = "later",
    order: list[Column] | None = None,
    among: list[Column] | None = None,
) -> Column:
    """ANLzzFL: the one record of a subject and analysis visit that is nearest to its target day.

    ``by`` is the parameter and the visit; days have no 0. Source: design basis 4.5 (closest to target, then latest).
    """
    at = _continuous(numbers(day).to_numpy())
    distance = pd.Series(-np.abs(at - _continuous(numbers(target).to_numpy())))
    return extreme_flag([pd.Series(at), *(order or [])], records, by, among, [distance], _TAKE[tie])


@register("{take} of the row of {groups} from whose FROM up to, not including, whose TO {value} lies", scope="record")
def group_value(value: Column, groups: Table, take: str = "GROUP") -> Column:
    """AGEGRy and its kind: the group of a number, from a table with FROM, TO (empty is open) and the columns to take.

    A column whose values are all numbers comes as numbers (AGEGRyN). Numbers alike in 15 digits are equal.
    """
    given = numbers(value).to_numpy()
    row = np.full(len(given), -1, dtype=np.int64)
    lows, highs = (numbers(text(groups[c])).to_numpy() for c in ("FROM", "TO"))
    for i, (low, high) in enumerate(zip(lows, highs, strict=True)):
        inside = ~np.isnan(given) & ~_below(given, low)
        row[inside & (np.isnan(high) | _below(given, high)) & (row < 0)] = i
    read = numbers(text(groups[take]))
    return pick(read if not missing(read).any() else text(groups[take]), row)


@register("The number of {value}: its place in {order}[, or its NUMBER in {table}]", scope="record")
def code_number(value: Column, order: list[str] | None = None, table: Table | None = None) -> Outcome:
    """A numeric twin (ASEVN, TRT01PN): 1, 2, ... by the place in a list, or the NUMBER beside the VALUE in a table.

    Problem UNLISTED_VALUE (warning) for a value without a number. Raises ValueError without list and table.
    """
    if (order is None) == (table is None):
        raise ValueError("code_number: give either `order` or `table`")
    known = {v: float(i) for i, v in enumerate(order or [], start=1)}
    if table is not None:
        known = dict(zip(text(table["VALUE"]).astype("str"), numbers(text(table["NUMBER"])), strict=True))
    value = text(value)
    codes = value.cat.codes.to_numpy().astype(np.int64)
    found = take_numbers([known.get(v) for v in value.cat.categories], codes)
    lost = np.flatnonzero(missing(found) & ~missing(value)).astype(np.int64)
    if not len(lost):
        return Outcome(found)
    told = "{value} has no number; add it to the list"
    return Outcome(found, [Problem("UNLISTED_VALUE", "warning", lost, told, value.iloc[lost].reset_index(drop=True))])


_TAKE: dict[str, Literal["first", "last"]] = {"earlier": "first", "later": "last"}


def _whole(by: list[Column]) -> list[Column]:
    """Columns in which a missing value is a group of its own."""
    filled = []
    for column in by:
        codes = codes_of(column)
        filled.append(pd.Series((codes + 1).astype(np.float64)))
    return filled


def _below(value: Numbers, limit: Numbers | float) -> Mask:
    """Where a number is below a limit by more than binary noise; a missing side is not."""
    with np.errstate(invalid="ignore"):
        noise = _ALIKE * np.maximum(np.abs(value), np.abs(limit))
        result: Mask = value < limit - noise
    return result


def _continuous(day: Numbers) -> Numbers:
    """Relative days, which have no 0, on a scale without a gap: day 1 is 0."""
    with np.errstate(invalid="ignore"):
        return np.where(day > 0, day - 1, day)


def _equal(by: Column | None, group: str, size: int) -> Mask:
    if by is None:
        return np.zeros(size, dtype=bool)
    result: Mask = (text(by) == group).to_numpy(dtype=bool)
    return result


def _windows(rows: pd.DataFrame, tie: Tie) -> tuple[Numbers, Numbers]:
    """The first and last day of each window, on the scale without a gap."""
    size = len(rows)
    none = np.full(size, np.nan)
    target = _continuous(numbers(text(rows["TARGET"])).to_numpy()) if "TARGET" in rows else none
    order = np.argsort(target, kind="stable")
    middle = (target[order][:-1] + target[order][1:]) / 2
    lows, highs = np.full(size, -np.inf), np.full(size, np.inf)
    upper = np.floor(middle) if tie == "earlier" else np.ceil(middle) - 1
    highs[order[:-1]] = np.where(np.isnan(upper), np.inf, upper)
    lows[order[1:]] = np.where(np.isnan(upper), -np.inf, upper + 1)
    for name, bounds in (("LOW", lows), ("HIGH", highs)):
        given = _continuous(numbers(text(rows[name])).to_numpy()) if name in rows else none
        bounds[:] = np.where(np.isnan(given), bounds, given)
    return lows, highs


def _bounds(windows: pd.DataFrame, groups: Column, row: Codes, tie: Tie, *, low: bool) -> Column:
    """AWLO or AWHI of each record: a relative day, missing where the window is open."""
    ends = np.full(len(windows), np.nan)
    keys = groups.astype("str").fillna("")
    for group in dict.fromkeys(keys):
        mine = np.flatnonzero((keys == group).to_numpy(dtype=bool))
        ends[mine] = _windows(windows.iloc[mine].reset_index(drop=True), tie)[0 if low else 1]
    relative = np.where(np.isinf(ends), np.nan, np.where(ends >= 0, ends + 1, ends))
    return pick(pd.Series(relative), row)
