"""Deriving: the variables that are made from datasets, one step of the plan at a time.

Parameters are turned into what the annotations of the transform ask for: a column of this dataset, a column of a
dataset with one record per subject, all related records of another dataset, a table, a codelist, or a literal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.collect import collect
from pipeline.context import RangeContext
from pipeline.methods import literal
from pipeline.plan import Step, variable_cases
from pipeline.records import Part
from pipeline.refer import UnfitParameter, call, column
from specs.base import Setting
from specs.conditions import parse_condition
from specs.model import Variable
from specs.problems import SpecErrors, SpecProblem
from specs.uses import Case, Derivation, cases, is_collected
from transforms.columns import Column, Mask, choose, constant, numbers, text
from transforms.registry import Edge, Outcome


def derive(context: RangeContext, step: Step) -> None:
    """Do one step: make the records of a dataset that comes from other datasets, or one derived variable."""
    dataset, variable = step
    try:
        _derive(context, dataset, variable)
    except UnfitParameter as error:
        place = context.model.nodes[dataset].locate(("variables", variable) if variable else ("rows",))
        raise SpecErrors([SpecProblem(place, f"{dataset}.{variable}".rstrip("."), error.reason)]) from error


def _derive(context: RangeContext, dataset: str, variable: str) -> None:
    if not variable:
        context.parts[dataset] = collect(context, dataset)
        return
    part = context.parts[dataset]
    definitions = variable_cases(context.model.datasets[dataset], variable)
    own = context.model.datasets[dataset]
    whole = own.variables.get(variable) or own.supplemental.get(variable)
    values = part.column(variable)
    for typed in dict.fromkeys(map(_Definition, definitions)):
        definition = typed.variable
        if is_collected(definition):
            continue
        where = _where(part, own, variable, definition, whole)
        if not where.any() and part.size:
            continue
        made = _variable(context, part, variable, definition, where)
        values = made if where.all() else choose(values, where, made)
    if variable in own.empty:
        gone = parse_condition(own.empty[variable]).mask(lambda n: column(context, part, n), part.size)
        values = choose(values, gone, constant(None, part.size))
    part.columns[variable] = as_type(values, whole)


class _Definition:
    """A variable's definition as a dictionary key, by what it says."""

    def __init__(self, variable: Variable) -> None:
        self.variable = variable

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Definition) and self.variable == other.variable

    def __hash__(self) -> int:
        return hash(repr(self.variable))


def as_type(values: Column, typed: Variable | None) -> Column:
    """A column as its declared type: numbers for Num, text for Char."""
    if typed is not None and typed.type == "Num":
        return numbers(values)
    return text(values) if typed is not None and typed.type == "Char" else values


def _where(part: Part, dataset: Any, variable: str, definition: Variable, whole: Variable | None) -> Mask:
    """The records that a definition holds for: those of its rows, or all without one of their own."""
    holds = [(r.variables.get(variable) or whole) == definition for r in dataset.rows.values()]
    result: Mask = np.array([*holds, False], dtype=bool)[part.template]
    return result


def _variable(context: RangeContext, part: Part, variable: str, typed: Variable, where: Mask) -> Column:
    open_rows = where.copy()
    values: Column | None = None
    for case in cases(typed):
        here = open_rows
        if case.condition is not None:
            here = open_rows & parse_condition(case.condition).mask(lambda n: column(context, part, n), part.size)
        outcome = _one(context, part, variable, case)
        values = outcome.values if values is None else choose(values, here, outcome.values)
        if values is outcome.values and not here.all():
            blank = constant(None, part.size) if isinstance(values.dtype, pd.CategoricalDtype) else values * np.nan
            values = choose(blank, here, values)
        _keep(context, part, variable, outcome, here)
        open_rows = open_rows & ~here
    assert values is not None
    return values


def _keep(context: RangeContext, part: Part, variable: str, outcome: Outcome, here: Mask) -> None:
    for problem in outcome.problems:
        kept = np.flatnonzero(here[problem.rows])
        if len(kept):
            context.part_problem(problem.within(kept), part, variable)
    for edge in outcome.edges:
        mine = here[edge.rows]
        part.edges.append((variable, Edge(edge.role, edge.of, edge.rows[mine], edge.of_rows[mine])))


def _one(context: RangeContext, part: Part, variable: str, case: Case) -> Outcome:
    method = case.method
    if isinstance(method, Derivation):
        made = call(context, part, method)
        assert isinstance(made, Outcome)  # rules.check keeps record makers to rows
        return made
    if case.kind == "predecessor":
        return Outcome(column(context, part, str(method)))
    if isinstance(method, Setting | str | float | int):
        return Outcome(constant(literal(method, context.model), part.size))
    raise AssertionError(f"{part.name}.{variable}: {case.kind} cannot stand beside derive")  # rules.check refuses it
