"""Values from several records of another dataset at once: sums, numbers of values, and records linked by an identifier.

Which records were counted is in the lineage. Source: ADaMIG 1.3, 2.1 (traceability); design basis 4.1, 4.2, 4.7.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.columns import (
    Codes,
    Column,
    categories_of,
    codes_of,
    distinct_rows,
    missing,
    numbers,
    stack,
    take_results,
    text,
)
from transforms.registry import Edge, Outcome, Records, Related, register
from transforms.sequence import run_starts


@register("The sum of the subject's {of}")
def total(of: Related, records: Records) -> Outcome:
    """The sum of a number over the related records; missing where the subject has none.

    Numbers that are missing are left out. Source: design basis 4.7 (FLUDOSE, CYDOSE).
    """
    values = numbers(of.values).to_numpy(dtype=np.float64)
    rows = np.flatnonzero(~np.isnan(values) & (of.subject >= 0)).astype(np.int64)
    size = _size(records, [of])
    sums = np.bincount(of.subject[rows], weights=values[rows], minlength=size)
    counted = np.bincount(of.subject[rows], minlength=size) > 0
    made = np.where(counted, sums, np.nan)[records.subject]
    return Outcome(pd.Series(np.where(records.subject < 0, np.nan, made)), edges=[_members(of, rows, records)])


@register("The number of different values of {of} among the subject's records")
def count_values(of: list[Related], records: Records) -> Outcome:
    """How many different values there are in one or several related columns together; 0 where none.

    Missing does not count. Source: design basis 4.1 (PRLINES: the lines of therapy).
    """
    values = stack([text(related.values) for related in of])
    subject = np.concatenate([related.subject for related in of])
    kept = np.flatnonzero(~missing(values) & (subject >= 0))
    order = kept[np.lexsort([codes_of(values)[kept], subject[kept]])]
    new = run_starts([subject[order], codes_of(values)[order]])
    counts = np.bincount(subject[order][new], minlength=_size(records, of)).astype(np.float64)
    edges = []
    for related in of:
        rows = np.flatnonzero(~missing(related.values) & (related.subject >= 0)).astype(np.int64)
        edges.append(_members(related, rows, records))
    return Outcome(pd.Series(np.where(records.subject < 0, np.nan, counts[records.subject])), edges=edges)


@register(
    "{yes} where the subject has a record of {of} whose {link} is[, or has among its values separated by "
    "'{separator}',] {key}, else {no}"
)
def any_linked_record(
    of: Related,
    link: Related,
    key: Column,
    records: Records,
    separator: str = "",
    yes: str = "Y",
    no: str = "N",
) -> Outcome:
    """A flag: whether a related record of the subject names this record, by an identifier or a list of them.

    ``of`` and ``link`` are columns of the same records; a record without ``key`` is named by none. An empty ``no``
    leaves the others missing. Source: design basis 4.2 (TOCIFL, STERFL: treatment of the event).
    """
    theirs, named = _pieces(link, separator)
    both = stack([named, text(key)])
    subject = np.concatenate([link.subject[theirs], records.subject])
    _, group = distinct_rows([both, pd.Series(subject.astype(np.float64))])
    usable = ~missing(both) & (subject >= 0)
    known = np.flatnonzero(usable[: len(theirs)])
    known = known[np.argsort(group[known], kind="stable")]
    wanted = np.flatnonzero(usable[len(theirs) :])
    first = np.searchsorted(group[known], group[len(theirs) + wanted], side="left")
    times = np.searchsorted(group[known], group[len(theirs) + wanted], side="right") - first
    found = np.zeros(len(records.subject), dtype=np.int64)
    found[wanted] = times > 0
    mine = np.repeat(wanted, times).astype(np.int64)
    step = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    other = link.rows[theirs[known[np.repeat(first, times) + step]]]
    edge = Edge("member", of.name.rpartition(".")[0], mine, other)
    return Outcome(take_results([no, yes], found), edges=[edge])


def _pieces(link: Related, separator: str) -> tuple[Codes, Column]:
    """The rows of a link, each as often as it has values, and these values."""
    column = text(link.values)
    if not separator:
        return np.arange(len(column), dtype=np.int64), column
    split = [[piece.strip() for piece in value.split(separator)] for value in categories_of(column)]
    starts = np.cumsum([0, *(len(pieces) for pieces in split)])
    codes = column.cat.codes.to_numpy().astype(np.int64)
    rows = np.flatnonzero(codes >= 0)
    times = np.diff(starts)[codes[rows]]
    step = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    flat = text([piece for pieces in split for piece in pieces])
    place = np.repeat(starts[codes[rows]], times) + step
    return np.repeat(rows, times).astype(np.int64), flat.iloc[place].reset_index(drop=True)


def _size(records: Records, of: list[Related]) -> int:
    """One more than the greatest subject code, and a place for no subject."""
    return 2 + max(int(subject.max(initial=-1)) for subject in (records.subject, *(r.subject for r in of)))


def _members(of: Related, rows: Codes, records: Records) -> Edge:
    """An edge from every record of a subject to each of the given related records of that subject."""
    mine = np.argsort(records.subject, kind="stable").astype(np.int64)
    ordered = records.subject[mine]
    low = np.searchsorted(ordered, of.subject[rows], side="left")
    times = np.searchsorted(ordered, of.subject[rows], side="right") - low
    step = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    at = mine[np.repeat(low, times) + step]
    return Edge("member", of.name.rpartition(".")[0], at, of.rows[np.repeat(rows, times)])
