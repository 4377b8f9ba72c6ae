"""What was collected and no kind of row takes: cells with a result or a topic that the conditions of a mapping leave.

A condition leaves rows on purpose (empty lines), or because it does not know them (a test code that is new in the
extract); which of both is told by the cells. Noted range by range as sets of rows, told once all ranges are done.
Design, section 4 (nothing disappears).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.accounting import Read
from pipeline.context import RangeContext
from pipeline.extract import Extract, Source, among
from pipeline.findings import Finding, visible
from pipeline.needs import NUMBER, PERSON, columns_of, raw_columns, row_variables
from specs.conditions import parse_condition
from specs.model import Dataset, Rows
from specs.resolve import StudyModel
from specs.uses import Case, cases
from transforms.columns import Codes, Column, Mask, codes_of, distinct_rows, missing, on_distinct, plain, take, text

SHOWN_VALUES = 10
"""So many values (or combinations of values) of the columns of conditions have a finding of their own."""
MOST_VALUES = 100
"""A column with more values than these is a number, a date or a free text, rather than a code."""
RESULT, STANDARD_RESULTS = "ORRES", ("STRESC", "STRESN")
DESCRIBING = ("Topic", "Record Qualifier", "Synonym Qualifier", "Result Qualifier")
"""The roles of variables (SDTM) that say something by themselves; not who, when, in which group, in which unit."""
TOPICS = ("TERM", "TRT", "DECOD")
OTHERS, FILLED = "other values", "\N{BULLET}"
NAME = re.compile(r"[A-Za-z]\w*")
WHOLE = "no kind of row takes these rows{where}, which hold values in {columns}"
SINGLE = "no kind of row that reads {columns} takes these rows{where}, where it holds values"


@dataclass(frozen=True)
class Untaken:
    """Rows of a source in which a column is filled, and that no kind of row takes that reads the column."""

    source: str
    column: str
    rows: Codes
    """Positions in the source as read."""
    whole: bool
    """No kind of row takes the rows at all."""


@dataclass(frozen=True)
class Reading:
    """One way in which a kind of row brings a column of its source into a dataset, and the condition of its branch."""

    column: str
    condition: str | None = None
    leads: bool = False
    """Whether it is the result of a finding, or what a record is about: a cell of it is missed by itself."""


def readings(dataset: Dataset, row: Rows) -> list[Reading]:
    """What a kind of row takes from its source that says something: results of findings, of others what they describe.

    Where the column's own value decides whether a branch takes it, the branch has looked at it: that is no condition.
    """
    there = row_variables(dataset, row)
    found: list[Reading] = []
    for name, variable in there.items():
        whole = dataset.variables.get(name)
        role = variable.role or (whole.role if whole else None)
        if not _says_something(dataset, name, role):
            continue
        leads = dataset.class_.startswith("Findings") or role == "Topic" or name[2:] in TOPICS
        direct = [(c, case.condition, i == 0) for case in cases(variable) for i, c in enumerate(_read(case))]
        found += [Reading(c, _unless_own(c, condition), leads and first) for c, condition, first in direct]
        if name[2:] == RESULT and not direct:  # derived, from a working variable
            found += [Reading(c, leads=True) for c in raw_columns(dataset, row, name)]
    return [r for r in dict.fromkeys(found) if _of_source(row, r.column)]


def _says_something(dataset: Dataset, name: str, role: str | None) -> bool:
    if dataset.class_.startswith("Findings"):
        return name[2:] in (RESULT, *STANDARD_RESULTS)
    return role in DESCRIBING or name in dataset.supplemental or name[2:] in TOPICS


def _read(case: Case) -> list[str]:
    return columns_of(case) if case.kind in ("copy", "code") else []


def _unless_own(column: str, condition: str | None) -> str | None:
    return None if condition is None or column in parse_condition(condition).compared else condition


def _of_source(row: Rows, name: str) -> bool:
    """Whether a name is a column of the row's own source: not of a join, nor of the person."""
    return name.partition(".")[0] not in row.join and not name.startswith(PERSON) and name != NUMBER


def note_read(context: RangeContext, dataset: Dataset, row: Rows, get: Callable[[str], Column], passing: Mask) -> None:
    """Remember what a kind of row reads of its source, in the rows that pass its conditions; ``get`` reads its columns.

    A row that passes, and then loses to another by `first`, `last` or `distinct`, was chosen from: it counts. So does a
    cell whose own value a condition compares.
    """
    source = context.source(row.from_)
    read = context.read.setdefault(row.from_, Read(np.zeros(source.size, dtype=bool)))
    read.passed |= passing
    compared = parse_condition(row.where).compared if row.where else set()
    for reading in readings(dataset, row):
        here = passing if reading.column not in compared else np.ones(source.size, dtype=bool)
        if reading.condition is not None:
            here = here & parse_condition(reading.condition).mask(get, source.size)
        read.columns[reading.column] = read.columns.get(reading.column, False) | here
        read.leading |= {reading.column} if reading.leads else set()


def untaken(context: RangeContext) -> Iterator[Untaken]:
    """What a range leaves: filled cells whose rows no kind of row takes. What lookups and joins found was taken."""
    for name, read in context.read.items():
        source, spec = context.source(name), context.model.study.sources[name]
        settled = _set_apart(context, name)
        for item in context.taken:
            if item.looked_up and item.source == name:
                settled |= np.isin(source.rows, item.taken)
        for column, here in read.columns.items():
            if among(column, [*spec.ignore, *spec.key, spec.subject or "", spec.record or ""]):
                continue
            left = ~missing(text(source.get(column))) & ~settled
            yield Untaken(name, column, source.rows[left & ~read.passed], True)
            if column in read.leading:
                yield Untaken(name, column, source.rows[left & read.passed & ~here], False)


def _set_apart(context: RangeContext, name: str) -> Mask:
    """The rows of which the source says itself why they are left (``left:``)."""
    source = context.source(name)
    apart: Mask = np.zeros(source.size, dtype=bool)
    for condition in context.model.study.sources[name].left:
        apart |= parse_condition(condition).mask(source.get, source.size)
    return apart


def untaken_findings(model: StudyModel, extract: Extract, found: Sequence[Untaken], ranges: int) -> Iterator[Finding]:
    """One warning per file and values of the columns that decide: whole rows, then single cells of rows that are taken.

    ``ranges`` is how many there were: of a source without subjects, which each sees whole, all must leave a row.
    """
    for name, source in extract.sources.items():
        left: dict[tuple[bool, str], list[Codes]] = {}
        for item in (u for u in found if u.source == name):
            left.setdefault((item.whole, item.column), []).append(item.rows)
        whole: dict[str, Codes] = {}
        for (is_whole, column), several in left.items():
            rows, times = np.unique(np.concatenate(several), return_counts=True)
            rows = rows if source.has_subjects else rows[times == ranges]
            if is_whole and len(rows):
                whole[column] = rows
            elif len(rows):
                decide = _deciding(model, source, column)
                yield from _by_values(extract, source, "CELL_NOT_TAKEN", SINGLE, {column: rows}, decide)
        if whole:
            decide = {c: by for c, by in _deciding(model, source, None).items() if by or c not in whole}
            yield from _by_values(extract, source, "ROW_NOT_TAKEN", WHOLE, whole, decide)


def _deciding(model: StudyModel, source: Source, column: str | None) -> dict[str, bool]:
    """The columns whose values decide in the conditions of the kinds of row; else those that need only be filled.

    Of all kinds of row of a source, or of those that read a column.
    """
    conditions: list[str] = []
    for dataset in model.datasets.values():
        for row in (r for r in dataset.rows.values() if r.from_ == source.name):
            read = [r for r in readings(dataset, row) if r.column == column]
            if read or column is None:
                conditions += [c for c in (row.where, *(r.condition for r in read)) if c]
    parsed = [parse_condition(c) for c in conditions]
    names = dict.fromkeys(n for c in parsed for n in c.names if n in source.frame and n != column)
    return {n: True for n in names if any(n in c.compared for c in parsed)} or dict.fromkeys(names, False)


def _by_values(
    extract: Extract, source: Source, rule: str, told: str, left: dict[str, Codes], decide: dict[str, bool]
) -> Iterator[Finding]:
    """One finding per combination of values of the deciding columns: the most frequent ones, then all others."""
    rows = np.unique(np.concatenate(list(left.values())))
    shown = {c: _shown(take(source.frame[c], rows), by, len(decide) == 1) for c, by in decide.items()}
    group, names = _combinations(shown, len(rows))
    often = np.argsort(-np.bincount(group), kind="stable")[:SHOWN_VALUES]
    parts = [(visible(names(i)), group == i) for i in often.tolist()] + [(OTHERS, ~np.isin(group, often))]
    for value, mask in parts:
        here = rows[mask]
        if not len(here):
            continue
        columns = [c for c, of in left.items() if np.isin(here, of).any()]
        people = np.unique(source.person[here])
        where = f" ({value})" if value else ""
        message = told.format(columns=", ".join(columns), where=where)
        yield Finding(
            rule,
            "warning",
            f"{message}; map them, or say under `left:` of source {source.name} why they stay out",
            file=source.spec.file,
            column=";".join(columns),
            value=value,
            rows=tuple(source.numbers[here].tolist()),
            subjects=tuple(extract.persons.usubjid[p] for p in people.tolist() if p >= 0),
            count=len(here),
        )


def _shown(column: Column, by_value: bool, alone: bool) -> Column:
    """The column; only whether it has a value, where that decides, or where it has very many beside another column."""
    told = by_value and (alone or len(np.unique(codes_of(column))) <= MOST_VALUES)
    return column if told else on_distinct(column, lambda _: FILLED)


def _combinations(columns: Mapping[str, Column], size: int) -> tuple[Codes, Callable[[int], str]]:
    """For each row the number of its combination of values, and each combination as a condition."""
    if not columns:
        return np.zeros(size, dtype=np.int64), lambda _: ""
    first, group = distinct_rows(list(columns.values()))

    def said(number: int) -> str:
        return " and ".join(_said(n, plain(take(c, first[[number]]))[0]) for n, c in columns.items())

    return group, said


def _said(column: str, value: str | None) -> str:
    """A condition on one column, as `left:` takes it."""
    name = column if NAME.fullmatch(column) else f"`{column}`"
    if value is None or value == FILLED:
        return f"{name} is {'' if value is None else 'not '}missing"
    return "{} = '{}'".format(name, value.replace("'", "''"))
