"""One record per subject of a population, chosen from the subject's dated records: best, first, last, sustained.

Each gives a record to every subject of the population, also where nothing was found. Source: design basis 4.3.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.assessments import Days, days, matched, members, parallel
from transforms.columns import Codes, Column, Mask, take_results, text
from transforms.registry import Edge, Made, Related, register_records
from transforms.response_history import level_column, ranks
from transforms.sequence import run_starts, stable_order


@register_records(
    "One record per subject of {population}: the best {response} in the order {levels}, with the first {date} that "
    "reaches it[; {none} without a date if there is none].[ SRCSEQ is {sequence}.]",
    makes=("ADT", "AVALC", "AVAL", "SRCSEQ"),
)
def best_response(
    date: Related,
    response: Related,
    population: Related,
    levels: list[str],
    none: str = "",
    sequence: Related | None = None,
) -> Made:
    """Best overall response: AVALC the best level, AVAL its place from 1 (``none``: after the last), ADT in days.

    What is no level never counts. Source: design basis 4.3, R-06 (BOR, CBOR).
    """
    rank = ranks(parallel(date, response).values, levels)
    rank = np.where(rank < 0, len(levels), rank)
    chosen = _first(date, rank < len(levels), members(population), rank)
    avalc, aval = level_column(np.append(rank, len(levels))[chosen], levels, none)
    columns = {"ADT": pd.Series(_at(date, chosen)), "AVALC": avalc, "AVAL": aval}
    return _made(columns, members(population), date, chosen, sequence)


@register_records(
    "One record per subject of {population}: Y with the first {date} on which {response} is {level} or better in the "
    "order {levels}, else N.[ Confirmed only: {confirmed}; if not, {reported} counts in its place.][ SRCSEQ is "
    "{sequence}.]",
    makes=("ADT", "AVALC", "AVAL", "SRCSEQ"),
)
def first_response_at_least(
    date: Related,
    response: Related,
    population: Related,
    levels: list[str],
    level: str,
    confirmed: bool = True,
    reported: Related | None = None,
    sequence: Related | None = None,
) -> Made:
    """Whether and when a level or better was first reached: AVALC Y or N, AVAL 1 or 0, ADT in days.

    With ``confirmed: false`` it is reached by ``reported``, the response without its confirmation. Raises ValueError if
    ``level`` is not one of ``levels``, and for ``confirmed: false`` without ``reported``. Source: design basis 4.3,
    R-07 (RSP, CRRSP, ...).
    """
    if level not in levels:
        raise ValueError(f"level: {level} is not one of the levels {', '.join(levels)}")
    counted = response if confirmed else reported
    if counted is None:
        raise ValueError("confirmed: false needs `reported`, the response without its confirmation")
    rank = ranks(parallel(date, counted).values, levels)
    chosen = _first(date, (rank >= 0) & (rank <= levels.index(level)), members(population))
    return _made(yes_no(_at(date, chosen)), members(population), date, chosen, sequence)


@register_records(
    "One record per subject of {population}: Y with the first {date}[ on which {value} is one of {values}], else N.[ "
    "ANL01FL is Y for, and Y only possible in, {among}.][ SRCSEQ is {sequence}.]",
    makes=("ADT", "AVALC", "AVAL", "ANL01FL", "SRCSEQ"),
)
def first_occurrence(
    date: Related,
    population: Related,
    value: Related | None = None,
    values: list[str] | None = None,
    among: Related | None = None,
    sequence: Related | None = None,
) -> Made:
    """Whether and when something first occurred: AVALC Y or N, AVAL 1 or 0, ADT in days; ANL01FL marks a denominator.

    Without ``value`` any dated record counts. With ``among`` (its subjects are the denominator) subjects outside are N
    and their ANL01FL is missing. Source: design basis 4.3 (DEATH, MRDNEG, MRDVGPR) and R-14.
    """
    wanted = np.ones(len(date.rows), dtype=np.bool_)
    if value is not None:
        wanted = text(parallel(date, value).values).isin(values or []).to_numpy(dtype=np.bool_)
    subject = members(population)
    counted = np.ones(len(subject), dtype=np.bool_) if among is None else np.isin(subject, members(among))
    chosen = np.where(counted, _first(date, wanted, subject), -1)
    columns = yes_no(_at(date, chosen))
    columns["ANL01FL"] = take_results(["Y"], np.where(counted, 0, -1))
    return _made(columns, subject, date, chosen, sequence)


@register_records(
    "One record per subject of {population}: the last {date} and its {response}, both missing if there is none.[ "
    "SRCSEQ is {sequence}.]",
    makes=("ADT", "AVALC", "SRCSEQ"),
)
def last_assessment(date: Related, response: Related, population: Related, sequence: Related | None = None) -> Made:
    """The last dated assessment of each subject: ADT in days and AVALC. Source: design basis 4.3, R-08 (LSTA)."""
    response = parallel(date, response)
    subject = members(population)
    day = days(date)
    known = np.flatnonzero(~np.isnan(day) & (date.subject >= 0))
    ordered = known[stable_order([date.subject[known], day[known], date.rows[known]])]
    ends = np.append(run_starts([date.subject[ordered]])[1:], True)[: len(ordered)]
    last = ordered[ends].astype(np.int64)
    chosen = matched(subject, date.subject[last], last)
    given = text(response.values)
    codes = np.append(given.cat.codes.to_numpy().astype(np.int64), -1)[chosen]
    columns = {"ADT": pd.Series(_at(date, chosen)), "AVALC": take_results(given.cat.categories.tolist(), codes)}
    return _made(columns, subject, date, chosen, sequence)


@register_records(
    "One record per subject of {population}: Y with the first {date} on which {value} {sustained} is at least "
    "{at_least_days} days after an earlier one with no {broken} between, else N.[ SRCSEQ is {sequence}.]",
    makes=("ADT", "AVALC", "AVAL", "SRCSEQ"),
)
def sustained_status(
    date: Related,
    value: Related,
    population: Related,
    sustained: str,
    broken: str,
    at_least_days: int,
    sequence: Related | None = None,
) -> Made:
    """Whether and when a status had lasted: AVALC Y or N, AVAL 1 or 0, ADT in days (of the later of the two records).

    Other values neither sustain nor break; a ``broken`` on the same date breaks. Source: design basis 4.3, R-14
    (MRDSUS).
    """
    status, day = text(parallel(date, value).values), days(date)
    breaks, holds = (status == broken).to_numpy(dtype=np.bool_), (status == sustained).to_numpy(dtype=np.bool_)
    rows = np.flatnonzero((breaks | holds) & ~np.isnan(day) & (date.subject >= 0))
    rows = rows[stable_order([date.subject[rows], day[rows], holds[rows], date.rows[rows]])]
    run = np.cumsum(breaks[rows])[holds[rows]]  # holding records of one subject and run have no breaking one between
    rows = rows[holds[rows]]
    starts = run_starts([date.subject[rows], run])
    first = rows[np.maximum.accumulate(np.where(starts, np.arange(len(rows)), 0))] if len(rows) else rows
    lasted = np.zeros(len(day), dtype=np.bool_)
    lasted[rows] = day[rows] - day[first] >= at_least_days
    chosen = _first(date, lasted, members(population))
    made = _made(yes_no(_at(date, chosen)), members(population), date, chosen, sequence)
    begun = np.full(len(day), -1, dtype=np.int64)
    begun[rows] = first
    found = np.flatnonzero(chosen >= 0)
    edge = Edge("deciding", made.edges[0].of, found.astype(np.int64), date.rows[begun[chosen[found]]])
    return Made(made.columns, made.subject, [], [*made.edges, edge])


def yes_no(day: Days) -> dict[str, Column]:
    """ADT, AVALC (Y where there is a day, else N) and AVAL (1 or 0)."""
    found = ~np.isnan(day)
    return {
        "ADT": pd.Series(day),
        "AVALC": take_results(["N", "Y"], found.astype(np.int64)),
        "AVAL": pd.Series(found.astype(np.float64)),
    }


def _first(date: Related, wanted: Mask, subject: Codes, rank: Codes | None = None) -> Codes:
    """Each subject's first wanted record by rank, then date, then place; -1: none."""
    day = days(date)
    rows = np.flatnonzero(wanted & ~np.isnan(day) & (date.subject >= 0))
    level = np.zeros(len(day), dtype=np.int64) if rank is None else rank
    rows = rows[stable_order([date.subject[rows], level[rows], day[rows], date.rows[rows]])]
    rows = rows[run_starts([date.subject[rows]])]
    return matched(subject, date.subject[rows], rows)


def _at(date: Related, chosen: Codes) -> Days:
    return np.append(days(date), np.nan)[chosen]


def _made(columns: dict[str, Column], subject: Codes, date: Related, chosen: Codes, sequence: Related | None) -> Made:
    """The records, with the number of the record that decided each and the edge to it."""
    numbers = np.full(len(date.rows), np.nan) if sequence is None else days(parallel(date, sequence))
    found = np.flatnonzero(chosen >= 0)
    edge = Edge("deciding", date.name.rpartition(".")[0], found.astype(np.int64), date.rows[chosen[found]])
    return Made({**columns, "SRCSEQ": pd.Series(np.append(numbers, np.nan)[chosen])}, subject, [], [edge])
