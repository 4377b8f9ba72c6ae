"""The study's checks: what one side has and the other has not, where the two differ, and what no record may be.

For the report to whoever sent the data (design basis 2.3: M13 visits that the EDC does not have, M20 the safety
database against the EDC). Nothing is changed: the mapping alone says which side is converted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.collect import collect
from pipeline.context import RangeContext
from pipeline.records import Part
from pipeline.refer import column
from specs.check_rules import active_checks, is_reference
from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.model import Check, Compare
from specs.problems import SpecErrors, SpecProblem
from transforms.columns import Codes, Column, Mask, distinct_rows, missing, on_distinct_rows, stack, take, text
from transforms.moments import iso_days
from transforms.recode import Terms, recode
from transforms.registry import Problem
from transforms.text import change_case, clean

Tell = Callable[[Problem, Sequence[str]], None]
"""Tells of a problem in rows of one side, and of the columns or variables that it is about."""


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
    for name, check in active_checks(context.model):
        try:
            _do(context, name, check)
        except ConditionError as error:  # what a column holds is known now: 'before' of a number
            place = context.model.head.locate(("checks", name))
            raise SpecErrors([SpecProblem(place, f"checks.{name}", f"{check.rows}: {error}")]) from error


def _do(context: RangeContext, name: str, check: Check) -> None:
    ours = _side(context, check.rows, check.where)
    if check.forbid:
        _forbid(context, name, check, ours)
    else:
        theirs = _side(context, check.against, check.against_where)
        keys = [(_key(ours.column(a)), _key(theirs.column(b))) for a, b in check.match.items()]
        if check.compare:
            _compare(name, check, ours, theirs, keys)
        else:
            here, there = _groups(ours, theirs, keys, by_person=not is_reference(context.model, check.against))
            _missing(name, check, ours, theirs, [k for k, _ in keys], ~np.isin(here, there))


def _forbid(context: RangeContext, name: str, check: Check, ours: Side) -> None:
    """CHECK_FAILED for the rows in which what the check forbids holds, with the values that it speaks of."""
    condition = parse_condition(str(check.forbid))
    found = np.flatnonzero(condition.mask(lambda n: take(ours.get(n), ours.rows), len(ours.rows)))
    if not len(found):
        return
    rows = ours.rows[found]
    names = [n for n in condition.names if n not in check.may_lack or context.model.has_variable(check.rows, n)]
    shown = [_shown(context, check.rows, n, take(ours.get(n), rows)) for n in names]
    said = on_distinct_rows(shown, lambda *v: ", ".join(f"{n} {x or 'missing'}" for n, x in zip(names, v, strict=True)))
    message = f"check {name}: {condition.english()} ({{value}})"
    ours.tell(Problem("CHECK_FAILED", check.severity, rows, message, said), [n for n in names if "." not in n])


def _shown(context: RangeContext, side: str, name: str, values: Column) -> Column:
    """Values as people read them: a numeric date as a date."""
    own, _, variable = name.rpartition(".")
    dataset = context.model.datasets.get(own or side)
    typed = dataset.variables.get(variable) if dataset else None
    if typed is None or not (typed.display or "").startswith("DATE9"):
        return text(values)
    return iso_days(values)


def _side(context: RangeContext, name: str, where: str | None) -> Side:
    if name in context.model.study.sources:
        return _chosen(name, where, *_of_source(context, name))
    if context.model.datasets[name].is_trial:
        return _of_trial(context, name, where)
    part = context.parts[name]

    def tell(problem: Problem, variables: Sequence[str]) -> None:
        context.traced_problem(problem, part, variables)

    return _chosen(name, where, lambda n: column(context, part, n, quiet=True), part.subject, tell)


def _of_trial(context: RangeContext, name: str, where: str | None) -> Side:
    """A dataset of the trial's design as far as it is collected; what is wrong with it is told when it is made."""
    part = collect(RangeContext(context.model, context.sources, [], []), name)
    return _chosen(name, where, part.column, part.subject, lambda *_: None)


def _of_source(context: RangeContext, name: str) -> tuple[Callable[[str], Column], Codes, Tell]:
    source = context.source(name)

    def tell(problem: Problem, columns: Sequence[str]) -> None:
        context.raw_problem(problem, "", "", f"source:{name}", source.rows, source.subject, columns)

    people = replace(Part.empty(name), size=source.size, subject=source.subject)

    def get(named: str) -> Column:
        of_dataset = named.rpartition(".")[0] in context.parts
        return column(context, people, named, quiet=True) if of_dataset else source.get(named)

    return get, source.subject, tell


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
    _missing(name, check, ours, theirs, [a for a, _ in keys], pair < 0)
    unpaired = np.ones(len(theirs.rows), dtype=bool)
    unpaired[pair[pair >= 0]] = False
    _missing(name, check, theirs, ours, [b for _, b in keys], unpaired)
    at = np.flatnonzero(pair >= 0)
    for ours_name, given in check.compare.items():
        compare = Compare(column=given) if isinstance(given, str) else given
        mine = take(_mapped(ours.column(ours_name), compare), at)
        other = take(theirs.column(compare.column), pair[at])
        said = on_distinct_rows([mine, other], _difference)
        told = f"{ours_name} says {{value}} as {compare.column} of {theirs.name}"
        _tell(name, check, ours, at, said, "RECONCILE_DIFFERENT", told)


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


def _missing(name: str, check: Check, side: Side, other: Side, keys: list[Column], where: Mask) -> None:
    rows = np.flatnonzero(where)
    known = rows[np.logical_and.reduce([~missing(k)[rows] for k in keys])] if keys else rows
    said = on_distinct_rows([take(k, known) for k in keys], lambda *v: ", ".join(map(str, v)))
    _tell(name, check, side, known, said, "RECONCILE_MISSING", f"{{value}} of {side.name} has no match in {other.name}")


def _tell(name: str, check: Check, side: Side, rows: Codes, said: Column, rule: str, message: str) -> None:
    told = np.flatnonzero(~missing(said))
    if len(told):
        values = take(said, told)
        side.tell(Problem(rule, check.severity, side.rows[rows[told]], f"check {name}: {message}", values), ())
