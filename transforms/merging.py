"""Values from the records of another dataset: whether there are any, how many, and the value of a chosen one.

Which record decided, and which were counted, is in the lineage. Source: ADaMIG 1.3, 2.1 (traceability); the questions
are those of admiral's ``derive_vars_merged``, ``derive_vars_joined`` and ``derive_var_merged_exist_flag``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.assessments import parallel
from transforms.columns import Codes, Column, codes_of, missing, pick, take_results
from transforms.moments import Numbers, day_bounds, days
from transforms.registry import Edge, Outcome, Problem, Records, Related, register

Take: TypeAlias = Literal["first", "last"]


@register("{yes} where the subject has a record of {of}, else {no}")
def any_record(of: Related, records: Records, yes: str = "Y", no: str = "N") -> Outcome:
    """A flag: whether the subject has any of the related records; an empty ``no`` leaves the others missing."""
    counts = _per_subject(of, records)
    values = take_results([no, yes], (counts[records.subject] > 0).astype(np.int64))
    return Outcome(values, edges=[_members(of, records, np.arange(len(of.subject), dtype=np.int64))])


@register("The number of the subject's records of {of}")
def count(of: Related, records: Records) -> Outcome:
    """How many of the related records the subject has; 0 where none."""
    counts = _per_subject(of, records)[records.subject].astype(np.float64)
    edges = [_members(of, records, np.arange(len(of.subject), dtype=np.int64))]
    return Outcome(pd.Series(np.where(records.subject < 0, np.nan, counts)), edges=edges)


@register("{of} of the subject's first record in the order of {order}")
def value_of_first(of: Related, order: list[Related], records: Records) -> Outcome:
    """The value of the first of the related records, missing values of ``order`` last; equal ones as they stand.

    The record counts even where its value is missing; ``where`` of ``of`` says which records there are, for ``order``
    too.
    Numbers are ordered as numbers and texts as texts.
    """
    return _value_of(of, order, records, "first")


@register("{of} of the subject's last record in the order of {order}")
def value_of_last(of: Related, order: list[Related], records: Records) -> Outcome:
    """The value of the last of the related records; missing values of ``order`` go before all others."""
    return _value_of(of, order, records, "last")


@register("{of} of the subject's only record")
def value_of_one(of: Related, records: Records) -> Outcome:
    """The value of the one related record that a subject may have (design, section 3 rule 7).

    Problem RELATED_SEVERAL (error) for a subject with more than one; none is taken.
    """
    counts = _per_subject(of, records)
    alone = np.flatnonzero((of.subject >= 0) & (counts[of.subject] == 1))
    single = Related(of.name, of.values.iloc[alone].reset_index(drop=True), of.subject[alone], of.rows[alone])
    made = _value_of(single, [], records, "first")
    several = np.flatnonzero((records.subject >= 0) & (counts[records.subject] > 1)).astype(np.int64)
    if not len(several):
        return made
    told = f"the subject has more than one record of {_dataset(of)} where one is expected; {of.name} is not taken"
    return Outcome(made.values, [Problem("RELATED_SEVERAL", "error", several, told)], made.edges)


@register("{of} of the subject's {take} record whose {start} is {side} {date}[ and whose {end} is not before it]")
def value_as_of(
    of: Related,
    start: Related,
    date: Column,
    records: Records,
    take: Take = "last",
    side: Literal["on or before", "before", "on or after", "after"] = "on or before",
    end: Related | None = None,
) -> Outcome:
    """The value of the related record that is the last (or first) on one side of each record's own date.

    ``of``, ``start`` and ``end`` are columns of the same records: a condition on ``of`` holds for all. Dates are day
    (or datetime) numbers, or complete ISO 8601 dates. With ``end`` the chosen record must not have ended before the
    date; an open end has not.
    """
    start, end = parallel(of, start), None if end is None else parallel(of, end)
    theirs, ours = days(start.values), days(date)
    usable = ~np.isnan(theirs) & (start.subject >= 0)
    if end is not None:
        usable &= _latest(end) >= theirs
    rows = np.flatnonzero(usable)
    rows = rows[np.lexsort([rows, theirs[rows], start.subject[rows]])]
    chosen = _beside(start.subject[rows], theirs[rows], records.subject, ours, take, side)
    position = np.where(chosen >= 0, np.append(rows, -1)[chosen], -1)
    if end is not None:
        with np.errstate(invalid="ignore"):
            over = (position >= 0) & (np.append(_latest(end), np.inf)[position] < ours)
        position = np.where(over, -1, position)
    return _taken(of, position.astype(np.int64))


@register("The earliest of {of}[, on or after {since}]; {partial} a partial date")
def earliest_date(
    of: list[Related],
    records: Records,
    since: Column | None = None,
    partial: Literal["without", "from the first day of", "from the last day of"] = "without",
) -> Outcome:
    """The earliest date among the related records of each subject, as a day number.

    Related dates are day numbers or ISO 8601; ``partial`` says whether, and with which day, a partial one counts.
    """
    return _extreme_date(of, records, None if since is None else days(since), partial, earliest=True)


@register("The latest of {of}[, on or before {until}]; {partial} a partial date")
def latest_date(
    of: list[Related],
    records: Records,
    until: Column | None = None,
    partial: Literal["without", "from the first day of", "from the last day of"] = "without",
) -> Outcome:
    """The latest date among the related records of each subject, as a day number; otherwise as ``earliest_date``."""
    return _extreme_date(of, records, None if until is None else days(until), partial, earliest=False)


@register("The earliest of {of}", scope="record")
def earliest_of(of: list[Column]) -> Column:
    """The least of several dates (or numbers) of a record; missing ones do not count."""
    return pd.Series(np.fmin.reduce([days(c) for c in of]))


@register("The latest of {of}", scope="record")
def latest_of(of: list[Column]) -> Column:
    """The greatest of several dates (or numbers) of a record; missing ones do not count."""
    return pd.Series(np.fmax.reduce([days(c) for c in of]))


def _per_subject(of: Related, records: Records) -> npt.NDArray[np.int64]:
    """The number of related records of each subject code; the last entry is for no subject."""
    size = max(int(records.subject.max(initial=-1)), int(of.subject.max(initial=-1))) + 2
    return np.bincount(of.subject[of.subject >= 0], minlength=size).astype(np.int64)


def _members(of: Related, records: Records, rows: Codes) -> Edge:
    """An edge from every record of a subject to every related record of that subject."""
    mine = np.argsort(records.subject, kind="stable").astype(np.int64)
    sorted_subject = records.subject[mine]
    rows = rows[of.subject[rows] >= 0]
    low = np.searchsorted(sorted_subject, of.subject[rows], side="left")
    times = np.searchsorted(sorted_subject, of.subject[rows], side="right") - low
    offsets = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    at = mine[np.repeat(low, times) + offsets]
    return Edge("member", _dataset(of), at, of.rows[np.repeat(rows, times)])


def _value_of(of: Related, order: list[Related], records: Records, take: Take) -> Outcome:
    """The value of the first or last related record of each subject."""
    keys: list[Codes | npt.NDArray[np.bool_]] = [np.arange(len(of.subject), dtype=np.int64)]
    for related in (parallel(of, o) for o in reversed(order)):
        absent = missing(related.values)
        keys += [codes_of(related.values), absent if take == "first" else ~absent]
    rows = np.lexsort([*keys, of.subject]).astype(np.int64)
    rows = rows[of.subject[rows] >= 0]
    subject = of.subject[rows]
    edge = np.ones(len(rows), dtype=bool)
    if take == "first":
        edge[1:] = subject[1:] != subject[:-1]
    else:
        edge[:-1] = subject[1:] != subject[:-1]
    place = np.full(len(_per_subject(of, records)), -1, dtype=np.int64)
    place[subject[edge]] = rows[edge]
    return _taken(of, place[records.subject])


def _taken(of: Related, position: Codes) -> Outcome:
    mine = np.flatnonzero(position >= 0).astype(np.int64)
    edge = Edge("deciding", _dataset(of), mine, of.rows[position[mine]])
    return Outcome(pick(of.values, position), edges=[edge])


def _latest(end: Related) -> Numbers:
    """The last day (or datetime) of each related record; an open end is infinite."""
    found = day_bounds(end.values)[1]
    return np.where(np.isnan(found), np.inf, found)


def _beside(subject: Codes, date: Numbers, of_subject: Codes, at: Numbers, take: Take, side: str) -> Codes:
    """For each of ours the position, among theirs in order of subject and date, of the chosen one; -1: none."""
    values = np.unique(np.concatenate([date, at[~np.isnan(at)]]))
    width = len(values) + 2
    theirs = subject * width + np.searchsorted(values, date) + 1
    wanted = of_subject * width + np.searchsorted(values, np.where(np.isnan(at), -np.inf, at)) + 1
    first, last = np.searchsorted(subject, of_subject), np.searchsorted(subject, of_subject, side="right")
    if side in ("on or before", "before"):
        last = np.searchsorted(theirs, wanted, side="right" if side == "on or before" else "left")
    else:
        first = np.searchsorted(theirs, wanted, side="left" if side == "on or after" else "right")
    found = (first < last) & ~np.isnan(at) & (of_subject >= 0)
    chosen: Codes = np.where(found, first if take == "first" else last - 1, -1).astype(np.int64)
    return chosen


def _extreme_date(
    of: list[Related], records: Records, bound: Numbers | None, partial: str, *, earliest: bool
) -> Outcome:
    """The extreme related date of each subject on the right side of a bound (of the subject's first record)."""
    if not of:
        return Outcome(pd.Series(np.full(len(records.subject), np.nan)))
    date = np.concatenate([_counted(related.values, partial) for related in of])
    subject = np.concatenate([related.subject for related in of])
    kept = ~np.isnan(date) & (subject >= 0)
    if bound is not None:
        size = max(int(records.subject.max(initial=-1)), int(subject.max(initial=-1))) + 2
        limit = np.full(size, np.nan)
        limit[records.subject] = bound
        with np.errstate(invalid="ignore"):
            kept &= ~(date < limit[subject]) if earliest else ~(date > limit[subject])
    rows = np.flatnonzero(kept)
    joined = Related(of[0].name, pd.Series(date[rows]), subject[rows], rows.astype(np.int64))
    found = _value_of(joined, [joined], records, "first" if earliest else "last")
    starts = np.cumsum([0, *(len(related.subject) for related in of)])
    edge = found.edges[0]
    edges = []
    for related, start, end in zip(of, starts[:-1], starts[1:], strict=True):
        mine = (edge.of_rows >= start) & (edge.of_rows < end)
        edges.append(Edge("deciding", _dataset(related), edge.rows[mine], related.rows[edge.of_rows[mine] - start]))
    return Outcome(found.values, edges=edges)


def _counted(values: Column, partial: str) -> Numbers:
    """The day that each related date counts with."""
    if partial == "without":
        return days(values)
    return day_bounds(values)[0 if partial == "from the first day of" else 1]


def _dataset(related: Related) -> str:
    return related.name.rpartition(".")[0]
