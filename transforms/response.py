"""Response to treatment from dated assessments: the record of a date, confirmed response, progression, adequacy.

The criteria are parameters. Rules R-01 to R-08 of the design basis, 4.3; ``transforms.response_history`` holds them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.assessments import Dates, days, matched, members, parallel
from transforms.columns import Codes, Column, Mask, take_results, text
from transforms.per_subject import yes_no
from transforms.registry import Edge, Made, Outcome, Problem, Records, Related, register, register_records
from transforms.response_history import Assessments, Criteria, History, level_column, ranks
from transforms.sequence import run_starts

_EVALUABLE = (
    " Evaluable are the dates of {date} after {start}[, on or before {cut}], whose {response} is one of {levels}; the "
    "worst of a date is kept[; on or before {limit} is in time]."
)
_PROGRESSION = (
    " {progression} in time is confirmed by [a basis ({basis}) among {immediate}, or ]the next evaluable date, also "
    "{progression}[, or death of the disease ({disease_death}) with no evaluable date in between]."
)


@register(
    "Y on one record of each subject and {date}: the worst {response} in the order {levels}[, any of them before "
    "{not_evaluable}]."
)
def worst_of_date(
    date: Column, response: Column, levels: list[str], records: Records, not_evaluable: list[str] | None = None
) -> Outcome:
    """ANL01FL: Y on the record that counts for a subject and date, else missing.

    ``date`` is a number column (days) or ISO text; a record without date is never flagged. A level beats what is not
    evaluable, a worse level a better one, an earlier delivered record an equal one. A result that is neither a level
    nor ``not_evaluable`` is a RESPONSE_UNKNOWN error and counts as not evaluable. Source: design basis 4.3, R-01.
    """
    rank = ranks(response, levels)
    known = np.flatnonzero(~date.isna().to_numpy() & (records.subject >= 0))
    when = date.cat.codes.to_numpy() if isinstance(date.dtype, pd.CategoricalDtype) else date.to_numpy()
    order = known[np.lexsort([records.identity[known], -rank[known], when[known], records.subject[known]])]
    flags = np.full(len(date), -1, dtype=np.int64)
    flags[order[run_starts([records.subject[order], when[order]])]] = 0
    given = text(response)
    unknown = np.flatnonzero((rank < 0) & ~given.isna().to_numpy() & ~given.isin(not_evaluable or []).to_numpy())
    problems = []
    if len(unknown):
        message = "{value} is no level of the response criteria; it counts as not evaluable: correct it or name it"
        values = given.iloc[unknown].reset_index(drop=True)
        problems.append(Problem("RESPONSE_UNKNOWN", "error", unknown.astype(np.int64), message, values))
    return Outcome(take_results(["Y"], flags), problems)


@register_records(
    "One record for each evaluable date in time, up to the first confirmed {progression}[, for {population}]: the best "
    "confirmed level so far." + _EVALUABLE + " A response better than {stable} is confirmed at the lower of it and the "
    "next evaluable result if that is in time and not {progression}; else it is {stable}." + _PROGRESSION + " An "
    "unconfirmed {progression} counts as {none}.[ A confirmation more than {warn_after} days later is warned of.]"
    "[ SRCSEQ is {sequence}.]",
    makes=("ADT", "AVALC", "AVAL", "_CONFIRMED", "_REPORTED", "SRCSEQ"),
)
def confirmed_response(
    date: Related,
    response: Related,
    start: Related,
    levels: list[str],
    progression: str,
    stable: str,
    none: str = "NE",
    cut: Related | None = None,
    limit: Related | None = None,
    basis: list[Related] | None = None,
    immediate: list[str] | None = None,
    disease_death: Related | None = None,
    population: Related | None = None,
    sequence: Related | None = None,
    warn_after: int = 0,
) -> Made:
    """The confirmed response at each time point, as the best confirmed level so far; progression overrides.

    Dates are days since 1960-01-01; ``date``, ``response``, ``basis`` and ``sequence`` are of the same records,
    ``start``, ``cut``, ``limit`` and ``disease_death`` one day per subject. ``_CONFIRMED`` is the confirmed level of
    the date alone and ``_REPORTED`` the result as reported (for an unconfirmed best response). A confirmation more than
    ``warn_after`` days later (0: never) is a CONFIRMATION_GAP warning. Raises ValueError for levels that do not fit.
    Source: design basis 4.3, R-01 to R-06.
    """
    given = Assessments(date, response, start, cut, limit, disease_death, basis or [])
    history = History.of(given, Criteria(levels, progression, stable, immediate or []))
    chosen = np.flatnonzero(history.contributes & _of(population, history.subject))
    best, setter = history.best
    avalc, aval = level_column(best[chosen], levels, none)
    columns = {
        "ADT": pd.Series(history.day[chosen]),
        "AVALC": avalc,
        "AVAL": aval,
        "_CONFIRMED": level_column(history.confirmed[chosen], levels, none)[0],
        "_REPORTED": level_column(history.reported[chosen], levels, none)[0],
        "SRCSEQ": _sequence(given.date, sequence, history.source[chosen]),
    }
    edges = [*_deciding(history, setter[chosen]), _members(history, chosen)]
    return Made(columns, history.subject[chosen], _gaps(history, chosen, warn_after), edges)


@register_records(
    "One record per subject of {population}: Y with the date of the first {progression} in time (confirmed only: "
    "{confirmed}), else N." + _EVALUABLE + _PROGRESSION + "[ SRCSEQ is {sequence}.]",
    makes=("ADT", "AVALC", "AVAL", "SRCSEQ"),
)
def first_progression(
    date: Related,
    response: Related,
    start: Related,
    population: Related,
    levels: list[str],
    progression: str,
    confirmed: bool = True,
    cut: Related | None = None,
    limit: Related | None = None,
    basis: list[Related] | None = None,
    immediate: list[str] | None = None,
    disease_death: Related | None = None,
    sequence: Related | None = None,
) -> Made:
    """The first progression of each subject, confirmed or (``confirmed: false``) any: AVALC Y or N, AVAL 1 or 0, ADT.

    The date is that of the first of the pair; a progression without ``limit`` is always in time. Parameters as in
    ``confirmed_response``. Source: design basis 4.3, R-05; parameters PD and PDU.
    """
    given = Assessments(date, response, start, cut, limit, disease_death, basis or [])
    history = History.of(given, Criteria(levels, progression, immediate=immediate or []))
    entries = np.flatnonzero(history.progressed if confirmed else history.within & history.progression)
    entries = entries[run_starts([history.subject[entries]])]
    subject = members(population)
    found = matched(subject, history.subject[entries], entries)
    edges = _deciding(history, found) if confirmed else [_kept(history, found)]
    columns = yes_no(np.append(history.day, np.nan)[found])
    columns["SRCSEQ"] = _sequence(given.date, sequence, np.append(history.source, -1)[found])
    return Made(columns, subject, [], edges)


@register_records(
    "One record for each evaluable date in time[, for {population}], with the worst result of the date.[ "
    "Only those adequate for censoring ({adequate}): no unconfirmed progression.] "
    + _EVALUABLE
    + _PROGRESSION
    + "[ SRCSEQ is {sequence}.]",
    makes=("ADT", "AVALC", "AVAL", "SRCSEQ"),
)
def evaluable_assessments(
    date: Related,
    response: Related,
    start: Related,
    levels: list[str],
    progression: str,
    adequate: bool = False,
    cut: Related | None = None,
    limit: Related | None = None,
    basis: list[Related] | None = None,
    immediate: list[str] | None = None,
    disease_death: Related | None = None,
    population: Related | None = None,
    sequence: Related | None = None,
) -> Made:
    """The dates of evaluable assessments not after the limit; with ``adequate`` those adequate for censoring only.

    Parameters as in ``confirmed_response``. Source: design basis 4.3, R-02 and R-08.
    """
    given = Assessments(date, response, start, cut, limit, disease_death, basis or [])
    history = History.of(given, Criteria(levels, progression, immediate=immediate or []))
    wanted = history.adequate if adequate else history.within
    chosen = np.flatnonzero(wanted & _of(population, history.subject))
    avalc, aval = level_column(history.reported[chosen], levels, None)
    columns = {
        "ADT": pd.Series(history.day[chosen]),
        "AVALC": avalc,
        "AVAL": aval,
        "SRCSEQ": _sequence(given.date, sequence, history.source[chosen]),
    }
    return Made(columns, history.subject[chosen], [], [_kept(history, chosen), _members(history, chosen)])


def _of(population: Related | None, subject: Codes) -> Mask:
    if population is None:
        return np.ones(len(subject), dtype=np.bool_)
    return np.isin(subject, members(population))


def _sequence(date: Related, sequence: Related | None, source: Codes) -> Column:
    """The sequence number of the given record behind each made one; missing for -1."""
    if sequence is None:
        return pd.Series(np.full(len(source), np.nan))
    return pd.Series(np.append(days(parallel(date, sequence)), np.nan)[source])


def _gaps(history: History, entries: Codes, warn_after: int) -> list[Problem]:
    """Confirmations of a response that came late."""
    gap = (np.append(history.day, np.nan)[history.following] - history.day)[entries]
    responded = history.confirmed[entries] < history.criteria.stable_rank
    late = np.flatnonzero(responded & (gap > warn_after))
    if not warn_after or not len(late):
        return []
    message = f"the response is confirmed more than {warn_after} days later; check the assessments"
    return [Problem("CONFIRMATION_GAP", "warning", late.astype(np.int64), message)]


def _kept(history: History, entries: Codes) -> Edge:
    """The record kept for the date of each entry (-1: none) decided."""
    return _edge(history, np.arange(len(entries)), entries)


def _deciding(history: History, entries: Codes) -> list[Edge]:
    """What decided the confirmed level of each entry (-1: none): its record, the next one, or the death."""
    made = np.flatnonzero(entries >= 0)
    own = entries[made]
    edges = [_edge(history, made, own)]
    next_too = history.relied_on(own) & ~history.by_death[own]
    edges.append(_edge(history, made[next_too], history.following[own[next_too]]))
    death, dead = history.given.disease_death, history.by_death[own]
    if death is not None and dead.any():
        deaths = Dates.of_related(death)
        rows = deaths.rows[deaths.first(history.subject[own[dead]])]
        edges.append(Edge("deciding", deaths.of, made[dead].astype(np.int64), rows))
    return edges


def _members(history: History, entries: Codes) -> Edge:
    """All records of the date of each entry."""
    made = np.full(len(history.subject) + 1, -1, dtype=np.int64)
    made[entries] = np.arange(len(entries))
    into = made[history.entry]
    kept = np.flatnonzero(into >= 0)
    date = history.given.date
    return Edge("member", date.name.rpartition(".")[0], into[kept], date.rows[history.record[kept]])


def _edge(history: History, made: Codes, entries: Codes) -> Edge:
    kept = entries >= 0
    date = history.given.date
    rows = date.rows[history.source[entries[kept]]]
    return Edge("deciding", date.name.rpartition(".")[0], made[kept].astype(np.int64), rows)
