"""Transforms about time: study day, epoch, reference dates, ends of elements.

Dates are ISO 8601 text of the precision collected; nothing is imputed. Source: SDTMIG 3.4, 4.4.4 (study day), 4.1.3.1
(epoch) and 5.3 (SE); design_basis 1.6, 3.1 and 3.2.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.columns import Codes, Column, choose, codes_of, missing, pick, stack, take, take_results, text
from transforms.elements import Elements, ordered, places
from transforms.moments import days
from transforms.partial_dates import DAY_PRECISION, date_only, day_number, shift_days, spans
from transforms.registry import Edge, Outcome, Records, Related, register


@register(
    "{date} minus {reference}, plus 1 when {date} is on or after {reference}; missing unless both are complete dates",
    scope="record",
)
def study_day(date: Column, reference: Column) -> Column:
    """The study day (--DY) as a number: 1 on the reference day, -1 the day before, never 0 (SDTMIG 3.4, 4.4.4)."""
    passed = day_number(date) - day_number(reference)
    return passed + (passed >= 0)


@register("{date} minus {reference} in days; missing unless both are complete dates", scope="record")
def elapsed_days(date: Column, reference: Column) -> Column:
    """The number of days from the reference to the date; 0 on the same day. Dates are ISO 8601, or numbers of days."""
    return pd.Series(days(date) - days(reference))


@register("the date part of {date}, as precise as collected", scope="record")
def date_part(date: Column) -> Column:
    """The date without its time of day."""
    return date_only(date)


@register("{days} days after {date}, without time; missing unless {date} is a complete date", scope="record")
def date_after(date: Column, days: int) -> Column:
    """A date moved by a number of days (negative: back), for example the end of a period of fixed length."""
    return shift_days(date, days)


@register("the first of {of} that is not missing", scope="record")
def first_of(of: list[Column]) -> Column:
    """The first value present among several columns, record by record (coalesce)."""
    result = of[0].reset_index(drop=True)
    for column in of[1:]:
        result = choose(result, missing(result), column)
    return result


@register("the first of {of} (called {names}) that is not missing, in the order {order}", scope="record")
def first_in_order(of: list[Column], names: list[str], order: list[str]) -> Column:
    """The first value present among named columns, record by record, in an order that a study may set.

    Columns that ``order`` does not name are left out. Raises ValueError for a name that is not there.
    """
    return first_of([of[i] for i in _order(of, names, order)])


@register("the name of the first of {of} (called {names}) that is not missing, in the order {order}", scope="record")
def name_of_first(of: list[Column], names: list[str], order: list[str]) -> Column:
    """Which of the named columns ``first_in_order`` takes. Raises ValueError for a name that is not there."""
    chosen = np.full(len(of[0]), -1, dtype=np.int64)
    for place, i in enumerate(_order(of, names, order)):
        chosen = np.where((chosen < 0) & ~missing(of[i]), place, chosen)
    return take_results(order, chosen)


def _order(of: list[Column], names: list[str], order: list[str]) -> list[int]:
    """The positions of the columns in the order of their names."""
    if len(of) != len(names):
        raise ValueError(f"names: {len(names)} names for {len(of)} columns; give each its name")
    for name in order:
        if name not in names:
            raise ValueError(f"order: no {name}; it may hold {', '.join(names)}")
    if not order:
        raise ValueError(f"order: it is empty; it may hold {', '.join(names)}")
    return [names.index(name) for name in order]


@register("the earliest of {of}; a partial date counts from its earliest possible day")
def earliest(of: list[Related], records: Records) -> Outcome:
    """The earliest date among the related records of each subject, with the text as collected.

    Ordered by the earliest possible day; on one day a date with a time goes before one without, then the earlier time,
    then the more precise, then the order in ``of``. Which record decided is in the lineage.
    """
    return _extreme(of, records, 1)


@register("the latest of {of}; a partial date counts from its earliest possible day")
def latest(of: list[Related], records: Records) -> Outcome:
    """The latest date among the related records of each subject, with the text as collected.

    Ordered by the earliest possible day, so that a partial date never goes beyond what is known; on one day a date with
    a time goes before one without, then the later time, then the more precise, then the order in ``of``.
    """
    return _extreme(of, records, -1)


@register(
    "{start} of the subject's next record in time, where dates do not decide in the order[ of {order}, then] in which "
    "kinds of records are declared; of the last record {last}"
)
def next_start(start: Column, last: Column, records: Records, order: Column | None = None) -> Column:
    """Where each record ends when it ends as the next of its subject starts, for example SEENDTC (SDTMIG 3.4, 5.3).

    Records without a start have no end and end nothing. Where a partial date, or one without time, leaves open which
    record comes first, ``order`` (TAETORD) decides, then the order in which the rows of the dataset are declared.
    """
    place = places(order, len(start))
    moments = ordered(records.subject, spans(start), place)
    in_time = np.lexsort([place, moments.first, records.subject])
    in_time = in_time[moments.known[in_time]].astype(np.int64)
    subjects = records.subject[in_time]
    follows = np.append(subjects[1:] == subjects[:-1], False)[: len(in_time)]
    following = np.full(len(start), -1, dtype=np.int64)
    following[in_time[follows]] = in_time[1:][follows[:-1]]
    final = np.zeros(len(start), dtype=bool)
    final[in_time[~follows]] = True
    return choose(pick(text(start), following), final, last)


@register(
    "{value} of the element whose period from {start} up to {end} holds {date}[ (where starts do not decide which "
    "element is first, {order} does)]; on a boundary date without time the {ties} element; missing when {date} is too "
    "imprecise to tell"
)
def epoch(
    date: Column,
    start: Related,
    end: Related,
    value: Related,
    records: Records,
    ties: str = "later",
    order: Related | None = None,
) -> Outcome:
    """The epoch (or element, or TAETORD) of each record, from the subject elements.

    ``start``, ``end``, ``value`` and ``order`` are columns of the same records, one per element. Where a partial start
    leaves open which element comes first, ``order`` (TAETORD) decides, else the order in which they are declared. A
    period holds its start, and its end only where no other element starts. A date and a start that are equal at the
    precision they share (day or finer) tie, unless both have a time of one precision: ``ties`` (``later`` or
    ``earlier``) decides. A partial date takes an element only if it lies in it wholly. Raises ValueError for another
    ``ties``. Source: SDTMIG 3.4, 4.1.3.1 and 5.3; design_basis 1.6.
    """
    if ties not in ("later", "earlier"):
        raise ValueError(f"epoch: ties is 'later' or 'earlier', not {ties!r}")
    codes = codes_of(date)
    key, _ = pd.factorize(records.subject * (int(codes.max(initial=0)) + 2) + codes + 1)
    sample = np.zeros(int(key.max(initial=-1)) + 1, dtype=np.int64)
    sample[key] = np.arange(len(key))
    elements = Elements.of(start, end, order)
    found = elements.holding(records.subject[sample], spans(take(date, sample)), ties == "later")[key]
    rows = np.flatnonzero(found >= 0).astype(np.int64)
    edge = Edge("lookup", _dataset(value), rows, value.rows[found[rows]])
    return Outcome(pick(value.values, found), edges=[edge])


def _extreme(of: list[Related], records: Records, sign: int) -> Outcome:
    """Each subject's first related date in the order of time (sign 1) or against it (-1)."""
    found = [spans(related.values) for related in of]
    subject = np.concatenate([related.subject for related in of])
    source = np.repeat(np.arange(len(of)), [len(related.subject) for related in of])
    rows = np.concatenate([related.rows for related in of])
    first = sign * np.concatenate([s.first for s in found])
    day = sign * np.concatenate([s.first_day for s in found])
    precision = np.concatenate([s.precision for s in found])
    order = np.lexsort([-precision, first, precision <= DAY_PRECISION, day, subject])
    order = order[(precision[order] > 0) & (subject[order] >= 0)].astype(np.int64)
    leads = np.append(True, subject[order][1:] != subject[order][:-1])[: len(order)]
    decided = _lookup(subject[order[leads]], order[leads], records.subject)
    edges = []
    for number, related in enumerate(of):
        mine = np.flatnonzero((decided >= 0) & (np.append(source, -1)[decided] == number)).astype(np.int64)
        edges.append(Edge("deciding", _dataset(related), mine, rows[decided[mine]]))
    return Outcome(pick(stack([text(related.values) for related in of]), decided), edges=edges)


def _lookup(keys: Codes, values: Codes, sought: Codes) -> Codes:
    """The value of each key sought, from distinct sorted keys; -1 where there is none."""
    if not len(keys):
        return np.full(len(sought), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(keys, sought), len(keys) - 1)
    result: Codes = np.where(keys[place] == sought, values[place], -1)
    return result


def _dataset(related: Related) -> str:
    return related.name.partition(".")[0]
