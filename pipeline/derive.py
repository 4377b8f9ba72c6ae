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
from pipeline.methods import literal, terms_of
from pipeline.plan import Step, every, variable_cases
from pipeline.records import Part
from specs.conditions import parse_condition
from specs.model import Setting, Variable
from specs.resolve import StudyModel
from specs.uses import Case, Derivation, cases, is_collected, is_list, wanted
from transforms.columns import Codes, Column, Mask, choose, constant, missing, numbers, text
from transforms.recode import Terms
from transforms.registry import REGISTRY, Edge, Outcome, Problem, Related, Table
from transforms.registry import Column as ColumnKind


def derive(context: RangeContext, step: Step) -> None:
    """Do one step: make the records of a dataset that comes from other datasets, or one derived variable."""
    dataset, variable = step
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
            of = problem.values.iloc[kept].reset_index(drop=True) if problem.values is not None else None
            some = Problem(problem.rule, problem.severity, problem.rows[kept], problem.message, of)
            context.part_problem(some, part, variable)
    for edge in outcome.edges:
        mine = here[edge.rows]
        part.edges.append((variable, Edge(edge.role, edge.of, edge.rows[mine], edge.of_rows[mine])))


def _one(context: RangeContext, part: Part, variable: str, case: Case) -> Outcome:
    method = case.method
    if isinstance(method, Derivation):
        return call(context, part, method)
    if case.kind == "predecessor":
        return Outcome(column(context, part, str(method)))
    if isinstance(method, Setting | str | float | int):
        return Outcome(constant(literal(method, context.model), part.size))
    raise AssertionError(f"{part.name}.{variable}: {case.kind} cannot stand beside derive")  # rules.check refuses it


def call(context: RangeContext, part: Part, method: Derivation) -> Outcome:
    """Call a registered transform with what the spec gives it."""
    transform = REGISTRY[method.function]
    given: dict[str, Any] = {}
    for name, parameter in transform.parameters.items():
        if name in method.given:
            kind, many = wanted(parameter.kind), is_list(parameter.kind)
            given[name] = _argument(context, part, kind, many, method.given[name])
    if "records" in transform.function.__annotations__:
        given["records"] = part.records
    result = transform.function(**given)
    return result if isinstance(result, Outcome) else Outcome(result)


def _argument(context: RangeContext, part: Part, kind: Any, many: bool, value: Any) -> Any:
    model = context.model
    if isinstance(value, dict) and set(value) == {"setting"}:
        value = model.setting(str(value["setting"]))
        if kind is ColumnKind:
            return constant(literal(value, model), part.size)
    if kind is Table:
        return model.table(str(value))
    if kind is Terms:
        return _terms(model, part.name, value)
    if kind is ColumnKind:
        return _columns(context, part, value) if many else column(context, part, value)
    if kind is Related:
        found = _related(context, value)
        return found if many else found[0]
    return value


def _terms(model: StudyModel, dataset: str, value: Any) -> Terms:
    if isinstance(value, dict):
        variable = model.datasets[dataset].variables.get(str(value["codelist"]))
        return terms_of(variable.codelist if variable else None, model)
    return terms_of(str(value), model)


def _columns(context: RangeContext, part: Part, value: Any) -> list[Column]:
    if value == "keys":
        keys = context.model.datasets[part.name].keys
        return [column(context, part, k) for k in keys if not k.endswith("SEQ")]
    names = value if isinstance(value, list) else [value]
    return [column(context, part, n) for n in names]


def column(context: RangeContext, part: Part, name: Any) -> Column:
    """A variable of this dataset, or ``DATASET.VARIABLE`` of the same subject, as a column along our records."""
    if isinstance(name, dict) and "value" in name:
        return constant(literal(name["value"], context.model), part.size)
    other, _, variable = str(name).partition(".")
    if not variable:
        return part.column(other)
    if other == part.name:
        return part.column(variable)
    source = context.parts.get(other) or Part.empty(other)
    if other in part.sources and set(part.sources) == {other}:
        return source.column(variable).iloc[part.source_row].reset_index(drop=True)
    return _of_subject(context, part, source, variable)


def _of_subject(context: RangeContext, part: Part, source: Part, variable: str) -> Column:
    place = np.full(len(context.usubjid) + 1, -1, dtype=np.int64)
    place[source.subject] = np.arange(source.size)
    counts = np.bincount(source.subject[source.subject >= 0], minlength=len(place))
    if (counts > 1).any():
        rows = np.flatnonzero(counts[source.subject] > 1)
        text_ = f"{part.name} takes {source.name}.{variable} by subject, but {source.name} has several records of one"
        context.part_problem(Problem("JOIN_DUPLICATE", "error", rows, text_), source, variable)
        place[:-1][counts[:-1] > 1] = -1
    place[-1] = -1
    at = place[part.subject]
    values = source.column(variable)
    if not source.size:
        empty = constant(None, part.size)
        return empty if isinstance(values.dtype, pd.CategoricalDtype) else numbers(empty)
    taken = values.iloc[np.where(at < 0, 0, at)].reset_index(drop=True)
    return taken if (at >= 0).all() else taken.where(pd.Series(at >= 0))


def _related(context: RangeContext, value: Any) -> list[Related]:
    if isinstance(value, list):
        return [r for v in value for r in _related(context, v)]
    if isinstance(value, dict) and "every" in value:
        pairs = every(context.model, value)
        return [_one_related(context, f"{d}.{v}", None) for d, v in pairs if d in context.parts]
    if isinstance(value, dict):
        return [_one_related(context, str(value["of"]), value.get("where"))]
    return [_one_related(context, str(value), None)]


def _one_related(context: RangeContext, name: str, where: str | None) -> Related:
    dataset, _, variable = name.partition(".")
    source = context.parts.get(dataset) or Part.empty(dataset)
    rows: Codes = np.arange(source.size, dtype=np.int64)
    if where:
        rows = np.flatnonzero(parse_condition(where).mask(lambda n: source.column(n.split(".")[-1]), source.size))
    values = source.column(variable).iloc[rows].reset_index(drop=True)
    return Related(name, values, source.subject[rows], rows)


__all__ = ["call", "column", "derive", "missing"]
