"""Checks across sources and datasets: what one has and the other has not, and where the two differ.

For the report to whoever sent the data (design basis 2.3: M13 visits that the EDC does not have, M20 the safety
database against the EDC). Nothing is changed: the mapping alone says which side is converted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.collect import collect
from pipeline.context import RangeContext
from specs.check_rules import active_checks, is_reference
from specs.conditions import parse_condition
from specs.model import Check, Compare
from transforms.columns import Codes, Column, Mask, distinct_rows, missing, on_distinct_rows, stack, take, text
from transforms.recode import Terms, recode
from transforms.registry import Problem
from transforms.text import change_case, clean

Tell = Callable[[Problem], None]


@dataclass
class Side:
    """The rows of one side that a check is about, whose they are, and where to tell of them."""

    name: str
    get: Callable[[str], Column]
    subject: Codes
    rows: Codes
    tell: Tell

    def column(self, name: str) -> Column:
        """A column of the chosen rows, as clean text."""
        return clean(take(text(self.get(name)), self.rows))


def reconcile(context: RangeContext) -> None:
    """Do every check of the study over the rows of a range; what is found goes to the context's findings."""
    for name, check in active_checks(context.model).items():
        ours = _side(context, check.rows, check.where)
        theirs = _side(context, check.against, check.against_where)
        keys = [(_key(ours.column(a)), _key(theirs.column(b))) for a, b in check.match.items()]
        if check.compare:
            _compare(name, check, ours, theirs, keys)
        else:
            here, there = _groups(ours, theirs, keys, by_person=not is_reference(context.model, check.against))
            _missing(name, ours, theirs, [k for k, _ in keys], ~np.isin(here, there))


def _side(context: RangeContext, name: str, where: str | None) -> Side:
    if name in context.model.study.sources:
        return _chosen(name, where, *_of_source(context, name))
    if context.model.datasets[name].is_trial:
        return _of_trial(context, name, where)
    part = context.parts[name]
    return _chosen(name, where, part.column, part.subject, lambda problem: context.part_problem(problem, part, ""))


def _of_trial(context: RangeContext, name: str, where: str | None) -> Side:
    """A dataset of the trial's design as far as it is collected; what is wrong with it is told when it is made."""
    part = collect(RangeContext(context.model, context.sources, [], []), name)
    return _chosen(name, where, part.column, part.subject, lambda _: None)


def _of_source(context: RangeContext, name: str) -> tuple[Callable[[str], Column], Codes, Tell]:
    source = context.source(name)

    def tell(problem: Problem) -> None:
        context.raw_problem(problem, "", "", f"source:{name}", source.rows, source.subject)

    return source.get, source.subject, tell


def _chosen(name: str, where: str | None, get: Callable[[str], Column], subject: Codes, tell: Tell) -> Side:
    chosen: Mask = (subject >= 0) | (subject < 0).all()  # of a reference, all rows
    if where:
        chosen = chosen & parse_condition(where).mask(get, len(subject))
    rows = np.flatnonzero(chosen).astype(np.int64)
    return Side(name, get, subject[rows], rows, tell)


def _key(column: Column) -> Column:
    """A column as it is compared: without regard to case."""
    return change_case(column, "upper")


def _groups(
    ours: Side, theirs: Side, keys: list[tuple[Column, Column]], *, by_person: bool = True
) -> tuple[Codes, Codes]:
    """The number of each row's combination of person (if asked) and keys, in one numbering for both sides."""
    people = pd.Series(np.concatenate([ours.subject, theirs.subject]).astype(np.float64))
    _, group = distinct_rows([*([people] if by_person else []), *(stack([a, b]) for a, b in keys)])
    return group[: len(ours.rows)], group[len(ours.rows) :]


def _compare(name: str, check: Check, ours: Side, theirs: Side, keys: list[tuple[Column, Column]]) -> None:
    pair = _pairs(ours, theirs, keys)
    _missing(name, ours, theirs, [a for a, _ in keys], pair < 0)
    unpaired = np.ones(len(theirs.rows), dtype=bool)
    unpaired[pair[pair >= 0]] = False
    _missing(name, theirs, ours, [b for _, b in keys], unpaired)
    at = np.flatnonzero(pair >= 0)
    for column, given in check.compare.items():
        compare = Compare(column=given) if isinstance(given, str) else given
        mine = take(_mapped(ours.column(column), compare), at)
        other = take(theirs.column(compare.column), pair[at])
        said = on_distinct_rows([mine, other], _difference)
        told = f"{column} says {{value}} as {compare.column} of {theirs.name}"
        _tell(name, ours, at, said, "RECONCILE_DIFFERENT", told)


def _difference(mine: str | None, other: str | None) -> str | None:
    return None if mine == other else f"{mine or 'nothing'}, not {other or 'nothing'}"


def _mapped(column: Column, compare: Compare) -> Column:
    if not compare.map:
        return column
    terms = Terms("", tuple(dict.fromkeys([*compare.map.values(), *column.dropna().unique()])))
    return recode(column, compare.map, terms).values


def _pairs(ours: Side, theirs: Side, keys: list[tuple[Column, Column]]) -> Codes:
    """For each of our rows its one partner (-1: none): by all keys; those left, without the last key, and so on."""
    pair = np.full(len(ours.rows), -1, dtype=np.int64)
    open_theirs = np.ones(len(theirs.rows), dtype=bool)
    for count in range(len(keys), 0, -1):
        here, there = _groups(ours, theirs, keys[:count])
        mine, other = np.flatnonzero(pair < 0), np.flatnonzero(open_theirs)
        size = int(max(here.max(initial=-1), there.max(initial=-1))) + 1
        single = (np.bincount(here[mine], minlength=size) == 1) & (np.bincount(there[other], minlength=size) == 1)
        partner = np.full(size, -1, dtype=np.int64)
        partner[there[other]] = other
        found = mine[single[here[mine]]]
        pair[found] = partner[here[found]]
        open_theirs[pair[found]] = False
    return pair


def _missing(name: str, side: Side, other: Side, keys: list[Column], where: Mask) -> None:
    rows = np.flatnonzero(where)
    known = rows[np.logical_and.reduce([~missing(k)[rows] for k in keys])] if keys else rows
    said = on_distinct_rows([take(k, known) for k in keys], lambda *v: ", ".join(map(str, v)))
    _tell(name, side, known, said, "RECONCILE_MISSING", f"{{value}} of {side.name} has no match in {other.name}")


def _tell(name: str, side: Side, rows: Codes, said: Column, rule: str, message: str) -> None:
    told = np.flatnonzero(~missing(said))
    if len(told):
        values = take(said, told)
        side.tell(Problem(rule, "warning", side.rows[rows[told]], f"check {name}: {message}", values))
