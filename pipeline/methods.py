"""The collecting methods: copy, value, code, datetime, lookup, and ``when`` over them, on whole columns.

A method is evaluated once over a whole frame of raw rows; rows of a dataset then take what they need, so that a date of
a wide form is read once for all its tests. Problems stay with the raw rows they are about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from specs.base import Setting
from specs.codelists import map_pairs
from specs.conditions import parse_condition
from specs.model import AsOf, Code, Copy, DateTime, Lookup, Variable
from specs.resolve import StudyModel
from specs.uses import PLACEHOLDER, Case, cases
from transforms.ascii import transliterate
from transforms.columns import (
    Codes,
    Column,
    Mask,
    choose,
    codes_of,
    constant,
    distinct_rows,
    format_number,
    missing,
    on_distinct_rows,
    only,
    pick,
    stack,
    take,
    text,
)
from transforms.dates import iso8601
from transforms.partial_dates import earliest_day
from transforms.recode import Terms, recode
from transforms.registry import Edge, Outcome, Problem
from transforms.text import change_case, clean, extract, part_of


@dataclass
class Raw:
    """A frame of raw rows that methods read: its columns by name, the size, and what other tables can be asked."""

    get: Callable[[str], Column]
    size: int
    model: StudyModel
    dataset: str
    source_columns: Callable[[str], tuple[Mapping[str, Column], Codes]]
    """A source by name: its active rows in this range, and their row positions."""
    collected: bool = True
    """Whether these are raw values, which are cleaned as they are taken; those of datasets have been."""
    memo: dict[str, Outcome] = field(default_factory=dict)
    matches: dict[str, tuple[Codes, Mask]] = field(default_factory=dict)
    """Which row of a table each raw row matches, so that several values of one row are looked up once."""


def evaluate(variable: Variable, name: str, raw: Raw) -> Outcome:
    """The values of a collected variable over all raw rows, with the problems met."""
    found = cases(variable)
    codelist = variable.codelist
    key = f"{found!r}|{codelist}|{variable.type}"
    if key not in raw.memo:
        raw.memo[key] = _evaluate_cases(found, variable, name, raw)
    return raw.memo[key]


def _evaluate_cases(found: list[Case], variable: Variable, name: str, raw: Raw) -> Outcome:
    open_rows: Mask = np.ones(raw.size, dtype=bool)
    values: Column | None = None
    problems: list[Problem] = []
    edges: list[Edge] = []
    for case in found:
        here = open_rows
        if case.condition is not None:
            here = open_rows & parse_condition(case.condition).mask(raw.get, raw.size)
            if not here.any():
                continue
        outcome = _one(case, variable, name, raw)
        if len(found) == 1 and case.condition is None:
            return outcome
        values = only(outcome.values, here) if values is None else choose(values, here, outcome.values)
        problems += [p for q in outcome.problems if (p := _within(q, here)) is not None]
        edges += [Edge(e.role, e.of, e.rows[here[e.rows]], e.of_rows[here[e.rows]]) for e in outcome.edges]
        open_rows = open_rows & ~here
    return Outcome(constant(None, raw.size) if values is None else values, problems, edges)


def _within(problem: Problem, mask: Mask) -> Problem | None:
    kept = np.flatnonzero(mask[problem.rows])
    return problem.within(kept) if len(kept) else None


def _one(case: Case, variable: Variable, name: str, raw: Raw) -> Outcome:
    method = case.method
    if isinstance(method, Copy):
        return Outcome(_copied(method, raw))
    if isinstance(method, Code):
        return _coded(method, variable, raw)
    if isinstance(method, DateTime):
        return _dated(method, raw)
    if isinstance(method, Lookup):
        return _looked_up(method, variable, name, raw)
    return Outcome(constant(literal(method, raw.model), raw.size))


def _dated(method: DateTime, raw: Raw) -> Outcome:
    time = raw.get(method.time) if method.time else None
    made = iso8601(raw.get(method.date), time, date_format=method.format, time_format=method.time_format)
    if not method.inherited:
        return made
    rows = np.flatnonzero(~missing(made.values)).astype(np.int64)
    told = f"the date is that of another sample of the form ({method.date})"
    return Outcome(made.values, [*made.problems, Problem("DATE_INHERITED", "note", rows, told)], made.edges)


def literal(value: Any, model: StudyModel) -> str | None:
    """A ``value:`` as text, true and false as YAML has them; a setting by its value."""
    given = model.setting(value.setting) if isinstance(value, Setting) else value
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, float | int):
        return format_number(float(given))
    return None if given is None else str(given)


def _first_of(columns: str | list[str], raw: Raw) -> Column:
    names = columns if isinstance(columns, list) else [columns]
    values = text(raw.get(names[0]))
    for name in names[1:]:
        values = choose(values, missing(values), text(raw.get(name)))
    return values


def _copied(method: Copy, raw: Raw) -> Column:
    if isinstance(method.column, str) and not isinstance(
        (numeric := raw.get(method.column)).dtype, pd.CategoricalDtype
    ):
        return numeric  # a number of another dataset
    values = _first_of(method.column, raw)
    if raw.collected:
        values = clean(values)
    if method.part is not None:
        values = part_of(values, method.separator or ",", method.part)
    if method.pattern is not None:
        values = extract(values, method.pattern)
    if method.case:
        values = change_case(values, method.case)
    return values


def _coded(method: Code, variable: Variable, raw: Raw) -> Outcome:
    values = clean(_first_of(method.column, raw))
    if method.part is not None:
        values = part_of(values, method.separator or ",", method.part)
    terms = terms_of(method.codelist or variable.codelist, raw.model)
    outcome = recode(values, mapping_of(method.codelist or variable.codelist, method.map, raw.model), terms)
    uncoded = _uncoded(method, values, raw)
    return Outcome(outcome.values, [*outcome.problems, *uncoded]) if uncoded else outcome


def _uncoded(method: Code, values: Column, raw: Raw) -> list[Problem]:
    """Texts that came without their code: nothing is guessed from a text (design basis 2.3, M18)."""
    if method.display is None:
        return []
    shown = clean(raw.get(method.display))
    rows = np.flatnonzero(missing(values) & ~missing(shown)).astype(np.int64)
    if not len(rows):
        return []
    told = f"'{{value}}' ({method.display}) came without its code ({method.column}); query it, nothing is coded"
    return [Problem("CODE_MISSING", "error", rows, told, take(shown, rows))]


def terms_of(codelist: str | list[str] | None, model: StudyModel) -> Terms:
    """The terms of one or several codelists together; none when a variable has no codelist."""
    names = [codelist] if isinstance(codelist, str) else list(codelist or [])
    lists = [model.codelists[n].terms_for_recode() for n in names if n in model.codelists]
    if len(lists) == 1:
        return lists[0]
    return Terms(
        " or ".join(names),
        tuple(dict.fromkeys(v for t in lists for v in t.values)),
        {k: v for t in reversed(lists) for k, v in t.decodes.items()},
        {k: v for t in reversed(lists) for k, v in t.synonyms.items()},
        frozenset().union(*[t.ambiguous for t in lists]),
        any(t.extensible for t in lists),
    )


def mapping_of(
    codelist: str | list[str] | None, own: dict[str, str | None] | str | None, model: StudyModel
) -> dict[str, str]:
    """The study's own words: those of the codelist, then those of the line itself (inline, or a table)."""
    names = [codelist] if isinstance(codelist, str) else list(codelist or [])
    found = {k: v for n in names for k, v in model.recoding(n).items()}
    if isinstance(own, str):
        found.update(map_pairs(model.table(own)))
    elif own:
        found.update({k: v or "" for k, v in own.items()})
    return {transliterate(k): v for k, v in found.items()}


def _looked_up(method: Lookup, variable: Variable, name: str, raw: Raw) -> Outcome:
    table, rows = _lookup_table(method, raw)
    if not table:  # an optional source that is absent
        return Outcome(constant(None, raw.size))
    ours = {theirs: _asked(here, raw) for theirs, here in method.match.items()}
    key = f"{method.table}|{method.source}|{method.match}|{method.as_of}|{method.any_if_empty}"
    if key not in raw.matches:
        valid = _valid(method.as_of, table, raw) if method.as_of else None
        raw.matches[key] = _matched(table, len(rows), ours, raw.size, set(method.any_if_empty), valid)
    match, ambiguous = raw.matches[key]
    exact = [c for theirs, c in ours.items() if theirs not in method.any_if_empty]
    problems = _lookup_problems(method, name, match, ambiguous, exact)
    values = pick(text(table[method.take]), match)
    if method.recode:
        coded = recode(
            clean(values), mapping_of(variable.codelist, None, raw.model), terms_of(variable.codelist, raw.model)
        )
        values, problems = coded.values, problems + coded.problems
    return Outcome(values, problems, _lookup_edges(method, rows, match))


def _asked(here: str | int | dict[str, Any], raw: Raw) -> Column:
    """What a column of the table is compared with: a column of ours, a literal, or a text made of columns."""
    if not isinstance(here, dict):
        return text(raw.get(str(here)))
    if "text" not in here:
        return constant(str(here.get("value", "")), raw.size)
    pieces = PLACEHOLDER.split(str(here["text"]))
    columns = [text(raw.get(c)) for c in pieces[1::2]]

    def filled(*values: str | None) -> str | None:
        parts = [v for pair in zip(pieces[::2], [*values, ""], strict=True) for v in pair]
        return None if None in parts else "".join(v or "" for v in parts)

    return on_distinct_rows(columns, filled)


def _lookup_table(method: Lookup, raw: Raw) -> tuple[Mapping[str, Column], Codes]:
    """The columns that are looked up in, and the position of each of their rows in the table or source."""
    if method.table:
        table = raw.model.table(method.table)
        return {str(c): table[c] for c in table.columns}, np.arange(len(table), dtype=np.int64)
    return raw.source_columns(method.source or "")


def _valid(as_of: AsOf, table: Mapping[str, Column], raw: Raw) -> tuple[Column, Column, Column]:
    """Our day, and for each row of the table the first day of validity and the first day after it."""
    written = as_of.format or "ISO8601"
    if f"day|{as_of}" not in raw.memo:
        dated = iso8601(raw.get(as_of.date), None, date_format=written)
        raw.memo[f"day|{as_of}"] = Outcome(earliest_day(dated.values))
    day = raw.memo[f"day|{as_of}"].values
    start = earliest_day(iso8601(text(table[as_of.from_]), None, date_format=written).values)
    end = earliest_day(iso8601(text(table[as_of.to]), None, date_format=written).values) + int(as_of.inclusive)
    return day, start.fillna(-np.inf), end.fillna(np.inf)


def _matched(
    table: Mapping[str, Column],
    length: int,
    ours: dict[str, Column],
    size: int,
    any_if_empty: set[str],
    valid: tuple[Column, Column, Column] | None,
) -> tuple[Codes, Mask]:
    """For each of our rows the row of the table that matches (-1: none), and where more than one does.

    Rows of the table that leave a column open are tried after those that name it.
    """
    match = np.full(size, -1, dtype=np.int64)
    ambiguous: Mask = np.zeros(size, dtype=bool)
    columns = [c for c in ours if c in any_if_empty]
    open_cells = np.array([missing(text(table[c])) for c in columns], dtype=bool).reshape(len(columns), length)
    for pattern in sorted({tuple(p) for p in open_cells.T.tolist()}, key=sum):
        alike = (open_cells == np.array(pattern, dtype=bool)[:, None]).all(axis=0)
        theirs = np.flatnonzero(alike).astype(np.int64)
        closed = [c for c in ours if c not in columns or not pattern[columns.index(c)]]
        found, many = _matched_exactly(table, {c: ours[c] for c in closed}, theirs, valid, size)
        undecided = (match < 0) & ~ambiguous
        match = np.where(undecided, found, match)
        ambiguous |= undecided & many
    return match, ambiguous


def _matched_exactly(
    table: Mapping[str, Column],
    ours: dict[str, Column],
    theirs: Codes,
    valid: tuple[Column, Column, Column] | None,
    size: int,
) -> tuple[Codes, Mask]:
    both = [stack([take(text(table[c]), theirs), column]) for c, column in ours.items()]
    _, group = distinct_rows(both) if both else (None, np.zeros(len(theirs) + size, dtype=np.int64))
    their_group, our_group = group[: len(theirs)], group[len(theirs) :]
    blank = np.logical_or.reduce([np.zeros(size, dtype=bool), *(missing(c) for c in ours.values())])
    days = valid[0].to_numpy() if valid else np.zeros(size)
    day, distinct_days = pd.factorize(days)
    inverse, distinct = pd.factorize(our_group * (len(distinct_days) + 1) + day + 1)
    first = np.empty(len(distinct), dtype=np.int64)
    first[inverse] = np.arange(size)
    asked, candidate = _candidates(their_group, our_group[first])
    candidate = theirs[candidate]
    if valid:
        start, end, asked_day = valid[1].to_numpy()[candidate], valid[2].to_numpy()[candidate], days[first[asked]]
        fits = (start <= asked_day) & (asked_day < end)
        asked, candidate = asked[fits], candidate[fits]
    number = np.bincount(asked, minlength=len(first))
    found = np.full(len(first), -1, dtype=np.int64)
    found[asked] = candidate
    found[number > 1] = -1
    ambiguous: Mask = (number > 1)[inverse] & ~blank
    return np.where(blank, -1, found[inverse]), ambiguous


def _candidates(their_group: Codes, asked_group: Codes) -> tuple[Codes, Codes]:
    """Every pair of one that asks and a row of the table in the same group, as two parallel lists of positions."""
    order = np.argsort(their_group, kind="stable")
    begin = np.searchsorted(their_group[order], asked_group, side="left")
    number = np.searchsorted(their_group[order], asked_group, side="right") - begin
    asked = np.repeat(np.arange(len(asked_group)), number)
    nth = np.arange(len(asked)) - np.repeat(np.cumsum(number) - number, number)
    return asked.astype(np.int64), order[np.repeat(begin, number) + nth].astype(np.int64)


def _lookup_problems(method: Lookup, name: str, match: Codes, ambiguous: Mask, ours: list[Column]) -> list[Problem]:
    where = method.table or method.source
    problems = []
    asked = np.logical_and.reduce([~missing(c) for c in ours]) if ours else np.zeros(len(match), dtype=bool)
    if ambiguous.any():
        rows = np.flatnonzero(ambiguous)
        text_ = f"{name}: more than one row of {where} matches {{value}}; none is taken"
        problems.append(Problem("LOOKUP_AMBIGUOUS", "error", rows, text_, _joined(ours, rows)))
    unmatched = (match < 0) & asked & ~ambiguous
    if unmatched.any() and not method.optional:
        rows = np.flatnonzero(unmatched)
        text_ = f"{name}: no row of {where} matches {{value}}"
        problems.append(Problem("LOOKUP_UNMATCHED", "error", rows, text_, _joined(ours, rows)))
    return problems


def _joined(columns: list[Column], rows: Codes) -> Column:
    parts = [take(c, rows) for c in columns]
    return on_distinct_rows(parts, lambda *v: ", ".join(str(x) for x in v if x is not None))


def _lookup_edges(method: Lookup, rows: Codes, match: Codes) -> list[Edge]:
    found = np.flatnonzero(match >= 0)
    of = f"table:{method.table}" if method.table else f"source:{method.source}"
    return [Edge("lookup", of, found, rows[match[found]])] if len(found) else []


__all__ = ["Raw", "codes_of", "evaluate", "literal", "mapping_of", "terms_of"]
