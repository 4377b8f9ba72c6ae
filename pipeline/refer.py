"""What a spec's names stand for along the records of a dataset: columns, related records, tables, codelists, literals.

Parameters are turned into what the annotations of a transform ask for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.context import RangeContext
from pipeline.methods import literal, terms_of
from pipeline.plan import every
from pipeline.records import Part
from specs.conditions import parse_condition
from specs.resolve import StudyModel
from specs.uses import Derivation, is_list, wanted
from transforms.columns import Column, constant, pick, take
from transforms.recode import Terms
from transforms.registry import REGISTRY, Made, Outcome, Problem, Related, Table
from transforms.registry import Column as ColumnKind


class UnfitParameter(Exception):
    """A transform refuses what a spec gives it, for a reason that only the values show."""

    def __init__(self, function: str, reason: str) -> None:
        self.reason = reason if reason.startswith(function) else f"{function}: {reason}"
        super().__init__(self.reason)


def call(context: RangeContext, part: Part, method: Derivation) -> Outcome | Made:
    """Call a registered transform with what the spec gives it."""
    transform = REGISTRY[method.function]
    given: dict[str, Any] = {}
    for name, parameter in transform.parameters.items():
        if name in method.given:
            kind, many = wanted(parameter.kind), is_list(parameter.kind)
            given[name] = _argument(context, part, kind, many, method.given[name])
    if "records" in transform.function.__annotations__:
        given["records"] = part.records
    try:
        result = transform.function(**given)
    except ValueError as error:
        raise UnfitParameter(method.function, str(error)) from error
    return result if isinstance(result, Outcome | Made) else Outcome(result)


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
        found = related(context, value)
        return found if many else found[0]
    return value


def _terms(model: StudyModel, dataset: str, value: Any) -> Terms:
    if isinstance(value, dict):
        variable = model.datasets[dataset].variables.get(str(value["codelist"]))
        return terms_of(variable.codelist if variable else None, model)
    return terms_of(str(value), model)


def _columns(context: RangeContext, part: Part, value: Any) -> list[Column]:
    if value == "keys":
        return [column(context, part, k) for k in context.model.datasets[part.name].sort_keys]
    names = value if isinstance(value, list) else [value]
    return [column(context, part, n) for n in names]


def column(context: RangeContext, part: Part, name: Any, *, quiet: bool = False) -> Column:
    """A variable of this dataset, or ``DATASET.VARIABLE`` of the same subject, as a column along our records.

    A subject of whom that dataset has several records has no value, which is an error unless ``quiet``.
    """
    if isinstance(name, dict) and "value" in name:
        return constant(literal(name["value"], context.model), part.size)
    other, _, variable = str(name).rpartition(".")
    if not other or other == part.name:
        return part.column(variable)
    source = context.parts.get(other) or Part.empty(other)
    if other in part.sources and set(part.sources) == {other}:
        return take(source.column(variable), part.source_row)
    return _of_subject(context, part, source, variable, quiet=quiet)


def _of_subject(context: RangeContext, part: Part, source: Part, variable: str, *, quiet: bool) -> Column:
    place = np.full(len(context.usubjid) + 1, -1, dtype=np.int64)
    place[source.subject] = np.arange(source.size)
    counts = np.bincount(source.subject[source.subject >= 0], minlength=len(place))
    if (counts > 1).any():
        rows = np.flatnonzero(counts[source.subject] > 1)
        who = part.name or "a time to event"
        text_ = f"{who} takes {source.name}.{variable} by subject, but {source.name} has several records of one"
        if not quiet:
            context.part_problem(Problem("JOIN_DUPLICATE", "error", rows, text_), source, variable)
        place[:-1][counts[:-1] > 1] = -1
    place[-1] = -1
    at = place[part.subject]
    return pick(source.column(variable), at)


def related(context: RangeContext, value: Any) -> list[Related]:
    """All records of other datasets that a spec names, whoever's they are."""
    if isinstance(value, list):
        return [r for v in value for r in related(context, v)]
    if isinstance(value, dict) and "every" in value:
        pairs = every(context.model, value)
        return [_one_related(context, f"{d}.{v}", None) for d, v in pairs if d in context.parts]
    if isinstance(value, dict):
        return [_one_related(context, str(value["of"]), value.get("where"))]
    return [_one_related(context, str(value), None)]


def _one_related(context: RangeContext, name: str, where: str | None) -> Related:
    dataset, _, variable = name.rpartition(".")
    source = context.parts.get(dataset) or Part.empty(dataset)
    if not where:
        return Related(name, source.column(variable), source.subject, np.arange(source.size, dtype=np.int64))
    rows = np.flatnonzero(parse_condition(where).mask(lambda n: column(context, source, n), source.size))
    return Related(name, take(source.column(variable), rows), source.subject[rows], rows)
