"""Visits: planned ones from the folder table, unscheduled and repeated ones numbered by date after the planned visit.

Source: design basis 1.4 (n + 0.01), 2.3 M6 and 3.1; scenario J29. The table has one row per folder with the columns
VISITNUM, VISIT and VISITDY and a key column; a folder whose VISITNUM is empty is unscheduled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.baseline import moments
from transforms.columns import (
    Codes,
    Column,
    Mask,
    categories_of,
    missing,
    numbers,
    parse_number,
    raw_codes,
    take,
    take_numbers,
    take_results,
    text,
)
from transforms.registry import Outcome, Problem, Records, Related, Table, register
from transforms.sequence import run_starts
from transforms.tables import rows_of

_Numbers = npt.NDArray[np.float64]
_DAYS = 1 << 22
"""More than any ordinal day: subject and day fit into one number, subject first."""


@dataclass(frozen=True)
class _Visits:
    """Visits of subjects: whose, which planned number (NaN: unscheduled), the day (0: unknown), and whether extra.

    ``own`` is the number that an extra visit already has, such as 110.01 (NaN: none).
    """

    subject: Codes
    number: _Numbers
    day: Codes
    extra: Mask
    own: _Numbers


@register(
    "Visit number of {folder} ({key}) in {visits}; an unscheduled visit takes the number of the subject's last planned "
    "visit begun on or before {date}[, a repeated one ({repeat} above 0) that of the planned visit it repeats,] plus "
    "0.01 for each such date after it[; an extra visit keeps the number {instance} that it was delivered with][; other "
    "visits of the subject: {known_visit} on {known_date}]."
)
def visit_number(
    folder: Column,
    date: Column,
    visits: Table,
    records: Records,
    repeat: Column | None = None,
    known_visit: Related | None = None,
    known_date: Related | None = None,
    instance: Column | None = None,
    key: str = "FOLDER",
) -> Outcome:
    """VISITNUM: the planned number; for unscheduled and (by ``repeat``) repeated visits n.01, n.02, .. by their dates.

    ``date`` is ISO 8601; a planned visit begins on its earliest date; before every planned visit n is 0. ``repeat`` is
    the EDC's instance number: above 0 the visit is a repeat and stays with its own planned visit. Without it every
    record of a planned folder has the planned number, whatever its date (in SV a VISIT_REPEATED). ``known_visit``
    (folder or visit number) and ``known_date`` are all visits of the subject, so that every dataset gives one number to
    one date; without them the records themselves must do. ``instance`` is the EDC's number of the folder: where it is a
    planned number and a fraction (110.01) it is the number, whatever the date, because samples of one visit may be of
    several days. Problems: VISIT_UNMAPPED (folder not in the table),
    VISIT_UNDATED (unscheduled without a complete date), VISIT_TOO_MANY (more than 99 after one planned visit).
    """
    planned_numbers = _planned_numbers(visits, key)
    own = _own_visits(folder, date, repeat, instance, records, planned_numbers)
    everything = _with_known(own, known_visit, known_date, planned_numbers)
    base = _base(everything)
    numbered = ~np.isnan(everything.own)
    dated = everything.extra & (everything.day > 0) & ~numbered
    rank = _ranks(everything.subject, base, everything.day, dated) + _taken(everything, base, dated)
    fits = dated & (rank <= 99)
    by_date = np.where(fits, np.round(base + rank / 100, 2), np.nan)
    extra_number = np.where(numbered, everything.own, by_date)[: len(folder)]
    values = np.where(own.extra, extra_number, own.number)
    numbered, fits = numbered[: len(folder)], fits[: len(folder)]
    known = text(folder).isin(list(planned_numbers)).to_numpy(dtype=np.bool_)
    return Outcome(
        pd.Series(values),
        [
            *_problem(
                "VISIT_UNMAPPED",
                f"folder '{{value}}' is not in the visit table ({key}); add a row for it",
                folder,
                ~known & ~missing(text(folder)),
            ),
            *_problem(
                "VISIT_UNDATED",
                "visit '{value}' is unscheduled or repeated and has no complete date, so it has no "
                "number; correct the date",
                folder,
                own.extra & (own.day == 0) & ~numbered,
            ),
            *_problem(
                "VISIT_TOO_MANY",
                "visit '{value}' is later than the 99th unscheduled date after one planned visit",
                folder,
                own.extra & (own.day > 0) & ~fits & ~numbered,
            ),
        ],
    )


@register("Name of the visit {number} in {visits}; {unscheduled} and the number for a visit that is not planned.")
def visit_name(number: Column, visits: Table, unscheduled: str = "UNSCHEDULED") -> Column:
    """VISIT of VISITNUM: the planned name, or UNSCHEDULED 110.01. Source: design basis 1.4, J29."""
    names = _by_number(visits, "VISIT")
    planned, inverse = _distinct(number)
    return take_results([names.get(n) or f"{unscheduled} {n:.2f}" for n in planned], inverse)


@register(
    "Planned study day of the visit {number} in {visits}; empty for a visit that is not planned.", origin="Protocol"
)
def visit_day(number: Column, visits: Table) -> Column:
    """VISITDY of VISITNUM; missing for unscheduled visits. Source: design basis 3.1."""
    days = _by_number(visits, "VISITDY")
    planned, inverse = _distinct(number)
    return take_numbers([parse_number(days.get(n, "")) for n in planned], inverse)


def _distinct(number: Column) -> tuple[list[float], Codes]:
    """The distinct visit numbers, and for every row which one it is (-1: none)."""
    inverse, distinct = pd.factorize(numbers(number).to_numpy())
    return [float(n) for n in distinct], inverse.astype(np.int64)


def _planned_numbers(visits: Table, key: str) -> dict[str, float | None]:
    rows = rows_of(visits, [key, "VISITNUM"])
    return {row[key]: parse_number(row["VISITNUM"]) for row in rows if row[key]}


def _by_number(visits: Table, name: str) -> dict[float, str]:
    found: dict[float, str] = {}
    for row in rows_of(visits, ["VISITNUM", name]):
        number = parse_number(row["VISITNUM"])
        if number is not None:
            found.setdefault(number, row[name])
    return found


def _own_visits(
    folder: Column,
    date: Column,
    repeat: Column | None,
    instance: Column | None,
    records: Records,
    planned: dict[str, float | None],
) -> _Visits:
    folder = text(folder)
    number = _mapped(folder, planned)
    unscheduled = folder.isin([f for f, n in planned.items() if n is None]).to_numpy(dtype=np.bool_)
    repeated = np.zeros(len(folder), dtype=np.bool_) if repeat is None else numbers(repeat).to_numpy() > 0
    extra = unscheduled | (repeated & ~np.isnan(number))
    given = np.full(len(folder), np.nan) if instance is None else np.round(numbers(instance).to_numpy(), 2)
    fits = extra & np.isin(np.floor(given), _planned(planned)) & (given != np.floor(given))
    return _Visits(records.subject, number, moments(date).day, extra, np.where(fits, given, np.nan))


def _planned(planned: dict[str, float | None]) -> list[float]:
    return [n for n in planned.values() if n is not None]


def _with_known(own: _Visits, visit: Related | None, date: Related | None, planned: dict[str, float | None]) -> _Visits:
    """Our visits followed by the other known visits of our subjects."""
    if visit is None or date is None:
        return own
    ours = visit.subject >= 0
    if pd.api.types.is_float_dtype(visit.values.dtype):
        number = visit.values.to_numpy(dtype=np.float64)
        extra = ~np.isnan(number) & ~np.isin(number, _planned(planned))
        known = np.where(extra, number, np.nan)
        number = np.where(extra, np.floor(number), number)
    else:
        known = np.full(len(visit.values), np.nan)
        number = _mapped(text(visit.values), planned)
        extra = text(visit.values).isin([f for f, n in planned.items() if n is None]).to_numpy(dtype=np.bool_)
    theirs = _Visits(visit.subject[ours], number[ours], moments(date.values).day[ours], extra[ours], known[ours])
    return _Visits(
        np.concatenate([own.subject, theirs.subject]),
        np.concatenate([own.number, theirs.number]),
        np.concatenate([own.day, theirs.day]),
        np.concatenate([own.extra, theirs.extra]),
        np.concatenate([_same_day(own, theirs), theirs.own]),
    )


def _same_day(own: _Visits, theirs: _Visits) -> _Numbers:
    """The own numbers of our extra visits, with those of known extra visits on the same day of the same subject."""
    named = np.flatnonzero(~np.isnan(theirs.own) & (theirs.day > 0))
    order = named[np.argsort(theirs.subject[named] * _DAYS + theirs.day[named], kind="stable")]
    if not len(order):
        return own.own
    rows = np.flatnonzero(own.extra & np.isnan(own.own) & (own.day > 0))
    keys, sought = theirs.subject[order] * _DAYS + theirs.day[order], own.subject[rows] * _DAYS + own.day[rows]
    place = np.minimum(np.searchsorted(keys, sought), len(keys) - 1)
    found = own.own.copy()
    found[rows] = np.where(keys[place] == sought, theirs.own[order[place]], np.nan)
    return found


def _mapped(folder: Column, planned: dict[str, float | None]) -> _Numbers:
    results = [planned.get(value) for value in categories_of(folder)]
    return take_numbers(results, raw_codes(folder)).to_numpy()


def _base(visits: _Visits) -> _Numbers:
    """The planned number that each extra visit follows: its own if it repeats one, else the last begun by its day."""
    planned = ~visits.extra & ~np.isnan(visits.number) & (visits.day > 0)
    subject, number, day = visits.subject[planned], visits.number[planned], visits.day[planned]
    order = np.lexsort([day, number, subject])
    begins = order[run_starts([subject[order], number[order]])] if len(order) else order
    begins = begins[np.lexsort([number[begins], day[begins], subject[begins]])]
    last = np.searchsorted(subject[begins] * _DAYS + day[begins], visits.subject * _DAYS + visits.day, side="right") - 1
    base = np.zeros(len(visits.subject), dtype=np.float64)
    found = last >= 0
    found[found] = subject[begins[last[found]]] == visits.subject[found]
    base[found] = number[begins[last[found]]]
    return np.where(visits.extra & ~np.isnan(visits.number), visits.number, base)


def _ranks(subject: Codes, base: _Numbers, day: Codes, of: Mask) -> _Numbers:
    """For the rows of a mask, the number of the day among the distinct days of one subject and base, from 1."""
    ranks = np.zeros(len(subject), dtype=np.float64)
    rows = np.flatnonzero(of)
    if not len(rows):
        return ranks
    rows = rows[np.lexsort([day[rows], base[rows], subject[rows]])]
    group = run_starts([subject[rows], base[rows]])
    new_day = run_starts([subject[rows], base[rows], day[rows]])
    count = np.cumsum(new_day)
    ranks[rows] = count - np.maximum.accumulate(np.where(group, count, 0)) + 1
    return ranks


def _taken(visits: _Visits, base: _Numbers, of: Mask) -> _Numbers:
    """For the rows of a mask, the highest n of the numbers base.n that extra visits of its subject already have."""
    taken = np.zeros(len(base), dtype=np.float64)
    rows = np.flatnonzero(of | ~np.isnan(visits.own))
    if not len(rows):
        return taken
    own, planned = visits.own[rows], np.floor(visits.own[rows])
    planned = np.where(np.isnan(own), base[rows], planned)
    _, group = np.unique(np.column_stack([visits.subject[rows], planned]), axis=0, return_inverse=True)
    highest = np.zeros(len(rows), dtype=np.float64)
    np.maximum.at(highest, group.ravel(), np.nan_to_num(np.round((own - np.floor(own)) * 100)))
    taken[rows] = highest[group.ravel()]
    return taken


def _problem(rule: str, message: str, folder: Column, where: Mask) -> list[Problem]:
    rows = np.flatnonzero(where).astype(np.int64)
    values = take(text(folder), rows)
    return [Problem(rule, "error", rows, message, values)] if len(rows) else []
