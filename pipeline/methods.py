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

from pipeline.validity import Validity, validity
from specs.base import Setting
from specs.codelists import map_pairs
from specs.conditions import parse_condition
from specs.model import Code, Copy, DateTime, Lookup, Variable
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
    tell: Callable[[str, str, Problem], None] = lambda *_: None
    """Told of a problem in a table (``table:tables/x.csv``) or source (``source:x``): which, its column, what."""
    collected: bool = True
    """Whether these are raw values, which are cleaned as they are taken; those of datasets have been."""
    memo: dict[str, Outcome] = field(default_factory=dict)
    matches: dict[str, Match] = field(default_factory=dict)
    """Which row of a table each raw row matches, so that several values of one row are looked up once."""


@dataclass(frozen=True)
class Match:
    """For each of our rows the row of a table that matches (-1: none), and why there is none.

    ``ambiguous``: more than one does; ``changing``: our date is partial, and which one matches changes within it.
    """

    rows: Codes
    ambiguous: Mask
    changing: Mask


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
    """A ``value:`` as text, true and false as YAML has them; a setting by its value, also inside ``{value: ...}``."""
    if isinstance(value, dict):
        value = Setting.model_validate(value)
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
        valid = _valid(method, table, raw)
        raw.matches[key] = _matched(table, len(rows), ours, raw.size, set(method.any_if_empty), valid)
    match = raw.matches[key]
    exact = {theirs: c for theirs, c in ours.items() if theirs not in method.any_if_empty}
    problems = _lookup_problems(method, name, match, exact)
    values = pick(text(table[method.take]), match.rows)
    if method.recode:
        coded = recode(
            clean(values), mapping_of(variable.codelist, None, raw.model), terms_of(variable.codelist, raw.model)
        )
        values, problems = coded.values, problems + coded.problems
    return Outcome(values, problems, _lookup_edges(method, rows, match.rows))


def _asked(here: str | int | dict[str, Any], raw: Raw) -> Column:
    """What a column of the table is compared with: a column of ours, a literal, or a text made of columns."""
    if not isinstance(here, dict):
        return text(raw.get(str(here)))
    if "text" not in here:
        return constant(literal(here.get("value", ""), raw.model), raw.size)
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


def _valid(method: Lookup, table: Mapping[str, Column], raw: Raw) -> Validity | None:
    """When the rows of a table hold, where that is asked."""
    if method.as_of is None:
        return None
    of = f"table:{method.table}" if method.table else f"source:{method.source}"
    return validity(method.as_of, raw.get(method.as_of.date), table, lambda column, p: raw.tell(of, column, p))


def _matched(
    table: Mapping[str, Column],
    length: int,
    ours: dict[str, Column],
    size: int,
    any_if_empty: set[str],
    valid: Validity | None,
) -> Match:
    """For each of our rows the row of the table that matches (-1: none), and where it cannot be told which.

    Rows of the table that leave a column open are tried after those that name it.
    """
    match = np.full(size, -1, dtype=np.int64)
    ambiguous: Mask = np.zeros(size, dtype=bool)
    changing: Mask = np.zeros(size, dtype=bool)
    columns = [c for c in ours if c in any_if_empty]
    open_cells = np.array([missing(text(table[c])) for c in columns], dtype=bool).reshape(len(columns), length)
    for pattern in sorted({tuple(p) for p in open_cells.T.tolist()}, key=sum):
        alike = (open_cells == np.array(pattern, dtype=bool)[:, None]).all(axis=0)
        theirs = np.flatnonzero(alike).astype(np.int64)
        closed = [c for c in ours if c not in columns or not pattern[columns.index(c)]]
        found = _matched_exactly(table, {c: ours[c] for c in closed}, theirs, valid, size)
        undecided = (match < 0) & ~ambiguous & ~changing
        match = np.where(undecided, found.rows, match)
        ambiguous |= undecided & found.ambiguous
        changing |= undecided & found.changing
    return Match(match, ambiguous, changing)


def _matched_exactly(
    table: Mapping[str, Column],
    ours: dict[str, Column],
    theirs: Codes,
    valid: Validity | None,
    size: int,
) -> Match:
    both = [stack([take(text(table[c]), theirs), column]) for c, column in ours.items()]
    _, group = distinct_rows(both) if both else (None, np.zeros(len(theirs) + size, dtype=np.int64))
    their_group, our_group = group[: len(theirs)], group[len(theirs) :]
    blank = np.logical_or.reduce([np.zeros(size, dtype=bool), *(missing(c) for c in ours.values())])
    days = valid.first + 1j * valid.last if valid else np.zeros(size)
    day, distinct_days = pd.factorize(days)
    inverse, distinct = pd.factorize(our_group * (len(distinct_days) + 1) + day + 1)
    first = np.empty(len(distinct), dtype=np.int64)
    first[inverse] = np.arange(size)
    asked, candidate = _candidates(their_group, our_group[first])
    candidate = theirs[candidate]
    whole: Mask = np.ones(len(asked), dtype=bool)
    if valid:
        fits = valid.overlaps(first[asked], candidate)
        asked, candidate = asked[fits], candidate[fits]
        whole = valid.covers(first[asked], candidate)
    number = np.bincount(asked, minlength=len(first))
    found = np.full(len(first), -1, dtype=np.int64)
    found[asked[whole]] = candidate[whole]
    found[number > 1] = -1
    partial: Mask = valid.partial[first] if valid else np.zeros(len(first), dtype=bool)
    undecided = (number > 0) & (found < 0)
    return Match(
        np.where(blank, -1, found[inverse]),
        (undecided & ~partial)[inverse] & ~blank,
        (undecided & partial)[inverse] & ~blank,
    )


def _candidates(their_group: Codes, asked_group: Codes) -> tuple[Codes, Codes]:
    """Every pair of one that asks and a row of the table in the same group, as two parallel lists of positions."""
    order = np.argsort(their_group, kind="stable")
    begin = np.searchsorted(their_group[order], asked_group, side="left")
    number = np.searchsorted(their_group[order], asked_group, side="right") - begin
    asked = np.repeat(np.arange(len(asked_group)), number)
    nth = np.arange(len(asked)) - np.repeat(np.cumsum(number) - number, number)
    return asked.astype(np.int64), order[np.repeat(begin, number) + nth].astype(np.int64)


def _lookup_problems(method: Lookup, name: str, match: Match, ours: dict[str, Column]) -> list[Problem]:
    """What is wrong with the rows that found nothing; ``ours`` are the columns that must have a value."""
    where = method.table or method.source
    columns = list(ours.values())
    blank = np.logical_or.reduce([np.zeros(len(match.rows), dtype=bool), *(missing(c) for c in columns)])
    unmatched = (match.rows < 0) & ~match.ambiguous & ~match.changing
    dated = f" on its date ({method.as_of.date})" if method.as_of else ""
    kinds = [
        ("LOOKUP_AMBIGUOUS", match.ambiguous, f"more than one row of {where} matches {{value}}{dated}; none is taken"),
        ("LOOKUP_CHANGING", match.changing, f"the row of {where} for {{value}} changes within its partial date"
         f" ({method.as_of.date if method.as_of else ''}); none is taken"),
    ]  # fmt: skip
    if not method.optional:
        known = [~missing(c) for c in columns]  # one empty column alone asks for nothing
        blank_asked = blank & np.logical_or.reduce([np.full(len(blank), method.as_of is not None), *known])
        empty = ", ".join(
            str(method.match[c]) for c, values in ours.items() if (missing(values) & unmatched & blank_asked).any()
        )
        kinds += [
            ("LOOKUP_UNMATCHED", unmatched & ~blank, f"no row of {where} matches {{value}}{dated}"),
            ("LOOKUP_EMPTY", unmatched & blank_asked, f"nothing can be looked up in {where}: {empty} is empty"),
        ]
    found = [(rule, np.flatnonzero(rows).astype(np.int64), told) for rule, rows, told in kinds]
    return [
        Problem(rule, "error", rows, f"{name}: {told}", _joined(columns, rows))
        for rule, rows, told in found
        if len(rows)
    ]


def _joined(columns: list[Column], rows: Codes) -> Column:
    parts = [take(c, rows) for c in columns]
    return on_distinct_rows(parts, lambda *v: ", ".join(str(x) for x in v if x is not None))


def _lookup_edges(method: Lookup, rows: Codes, match: Codes) -> list[Edge]:
    found = np.flatnonzero(match >= 0)
    of = f"table:{method.table}" if method.table else f"source:{method.source}"
    return [Edge("lookup", of, found, rows[match[found]])] if len(found) else []


__all__ = ["Raw", "codes_of", "evaluate", "literal", "mapping_of", "terms_of"]
