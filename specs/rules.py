"""The rules of the spec language that the types alone cannot hold: names, methods, parameters, references.

Each rule is one small function over one dataset or the study; all problems come out together (design, section 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from specs.check_rules import check_checks
from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.model import METHODS, Dataset, Variable
from specs.nodes import Node
from specs.problems import Place, SpecProblem, nearest
from specs.time_to_event import time_to_event_uses
from specs.uses import Derivation, Use, cases, is_collected, is_list, parameter_uses, uses, wanted
from transforms.library import REGISTRY
from transforms.recode import Terms
from transforms.registry import Column, Parameter, Related, Table

if TYPE_CHECKING:
    from specs.resolve import StudyModel

NAME_LIMIT = 8
LABEL_LIMIT = 40
CUT_FACTS = ("CUT.ALIVEFL",)
"""What the cut keeps of the records that it removed (pipeline.cut)."""


def check(model: StudyModel) -> list[SpecProblem]:
    """All problems of a resolved study."""
    problems = [*_check_study(model), *check_checks(model)]
    for name, dataset in model.datasets.items():
        problems += _check_dataset(model, name, dataset)
    return problems


def _check_study(model: StudyModel) -> Iterator[SpecProblem]:
    head, study = model.head, model.study
    for name, source in study.sources.items():
        if source.where:
            yield from _condition(source.where, head, ("sources", name, "where"), f"sources.{name}")
    if study.subjects and study.subjects.register_ not in study.sources:
        text = f"no source '{study.subjects.register_}'{nearest(study.subjects.register_, study.sources)}"
        yield SpecProblem(head.locate(("subjects", "register")), "subjects", text)
    for name, rule in (study.cut.datasets if study.cut else {}).items():
        path = ("cut", "datasets", name)
        if name not in model.datasets:
            text = f"no dataset {name}{nearest(name, model.datasets)}"
            yield SpecProblem(head.locate(path), "cut", text)
            continue
        named = [v for v in (rule.start, rule.end, *rule.ongoing, *rule.values) if v]
        for variable in named:
            if variable not in model.datasets[name].variables:
                text = f"{name} has no variable {variable}{nearest(variable, model.datasets[name].variables)}"
                yield SpecProblem(head.locate(path), f"cut.{name}", text)


def _check_dataset(model: StudyModel, name: str, dataset: Dataset) -> Iterator[SpecProblem]:
    node = model.nodes[name]
    for row_name, row in dataset.rows.items():
        path = ("rows", row_name)
        if row.derive:
            method = Derivation(row.derive, dict(row.with_ or {}))
            yield from _derivation(model, name, method, node.locate((*path, "derive")), f"{name} rows.{row_name}")
        elif row.time_to_event:
            place = node.locate((*path, "time_to_event"))
            for use in time_to_event_uses(row.time_to_event):
                yield from _reference(model, name, use, place, f"{name} rows.{row_name}")
        else:
            yield from _rows_source(model, name, row.from_, node.locate((*path, "from")))
        for join in row.join.values():
            yield from _known_source(model, join.source, node.locate((*path, "join")), name)
        for exists, _ in row.presence:
            yield from _known_source(model, exists.source, node.locate(path), name)
            if exists.where:
                yield from _condition(exists.where, node, path, name)
        if row.where:
            yield from _condition(row.where, node, (*path, "where"), f"{name} rows.{row_name}")
        for variable, typed in row.variables.items():
            yield from _check_variable(model, name, variable, typed, (*path, "variables", variable))
    for variable, typed in dataset.variables.items():
        yield from _check_variable(model, name, variable, typed, ("variables", variable))
        if not dataset.stands_for:
            yield from _completeness(model, name, variable, typed, node)
    for variable, typed in dataset.supplemental.items():
        path = ("supplemental", variable)
        yield from _check_variable(model, name, variable, typed, path)
        if len(variable) > NAME_LIMIT or not typed.label or len(typed.label.encode()) > LABEL_LIMIT:
            text = f"a supplemental needs a name of at most {NAME_LIMIT} characters and a label of at most {LABEL_LIMIT} bytes"
            yield SpecProblem(node.locate(path), f"{name}.{variable}", text)
    for key in dataset.keys:
        if key not in dataset.variables:
            text = f"key '{key}' is not a variable of {name}{nearest(key, dataset.variables)}"
            yield SpecProblem(node.locate(("keys",)), name, text)


def _rows_source(model: StudyModel, name: str, source: str, place: Place) -> Iterator[SpecProblem]:
    if source.endswith(".csv"):
        yield from _known_table(model, source, place, name)
    elif source not in model.study.sources and source not in model.datasets:
        known = [*model.study.sources, *model.datasets]
        yield SpecProblem(place, name, f"no source or dataset '{source}'{nearest(source, known)}")


def _known_source(model: StudyModel, source: str, place: Place, subject: str) -> Iterator[SpecProblem]:
    if source not in model.study.sources:
        yield SpecProblem(place, subject, f"no source '{source}'{nearest(source, model.study.sources)}")


def _known_table(model: StudyModel, table: str, place: Place, subject: str) -> Iterator[SpecProblem]:
    try:
        model.find(table)
    except FileNotFoundError:
        known = [f"tables/{p.name}" for layer in model.layers for p in (layer.folder / "tables").glob("*.csv")]
        yield SpecProblem(place, subject, f"no table '{table}' in the pack or its layers{nearest(table, known)}")


def _completeness(model: StudyModel, name: str, variable: str, typed: Variable, node: Node) -> Iterator[SpecProblem]:
    """A required variable has a method; a variable that no standard knows says its label and type."""
    place = node.locate(("variables", variable))
    subject = f"{name}.{variable}"
    known = model.standard_names.get(name)
    in_all_rows = all(variable in row.variables for row in dataset_rows(model, name))
    if typed.core == "Req" and not cases(typed) and not in_all_rows:
        yield SpecProblem(
            place, subject, f"{variable} is required by the standard and has no method ({', '.join(METHODS)})"
        )
    if variable.startswith("_"):
        return
    if known is not None and variable not in known and not typed.because and model.datasets[name].standard != "adam":
        text = f"not a variable of {name} in the standard{nearest(variable, known)}; use `supplemental:`, or give `because:`"
        yield SpecProblem(place, subject, text)
    if not typed.label or not typed.type:
        yield SpecProblem(place, subject, "a variable that no layer describes needs `label:` and `type:`")


def dataset_rows(model: StudyModel, name: str) -> list[Any]:
    """The rows of a dataset."""
    return list(model.datasets[name].rows.values())


def _check_variable(
    model: StudyModel, dataset: str, variable: str, typed: Variable, path: tuple[Any, ...]
) -> Iterator[SpecProblem]:
    node = model.nodes[dataset]
    place, subject = node.locate(path), f"{dataset}.{variable}"
    given = [m for m in METHODS if getattr(typed, "copy_" if m == "copy" else m) is not None]
    if len(given) > 1:
        yield SpecProblem(place, subject, f"has {len(given)} methods ({', '.join(given)}); give exactly one")
    if typed.origin and not typed.because:
        yield SpecProblem(
            node.locate((*path, "origin")), subject, "`origin:` overrides what is inferred; give `because: reason`"
        )
    if typed.describe and not typed.because:
        yield SpecProblem(
            node.locate((*path, "describe")), subject, "`describe:` overrides the sentence; give `because: reason`"
        )
    if typed.when is not None and not _ends_with_else(typed):
        text = "only the last branch of `when` may be `else`, and every other needs `if`"
        yield SpecProblem(node.locate((*path, "when")), subject, text)
    for case in cases(typed):
        if case.condition is not None:
            yield from _condition(case.condition, node, (*path, "when"), subject)
        if isinstance(case.method, Derivation):
            yield from _derivation(model, dataset, case.method, node.locate((*path, "derive")), subject)
        if case.kind == "value" and isinstance(case.method, str) and case.method:
            yield from _value_in_codelist(model, dataset, variable, case.method, place)
    for problem in _references(model, dataset, typed, place, subject):
        yield problem


def _ends_with_else(typed: Variable) -> bool:
    branches = typed.when or []
    return all(b.if_ is not None and b.else_ is None for b in branches[:-1]) and bool(branches)


def _condition(text: str, node: Node, path: tuple[Any, ...], subject: str) -> Iterator[SpecProblem]:
    try:
        parse_condition(text)
    except ConditionError as error:
        yield SpecProblem(node.locate(path), subject, f'condition "{text[:80]}": {error}')


def _derivation(
    model: StudyModel, dataset: str, method: Derivation, place: Place, subject: str
) -> Iterator[SpecProblem]:
    transform = REGISTRY.get(method.function)
    if transform is None:
        yield SpecProblem(place, subject, f"no transform '{method.function}'{nearest(method.function, REGISTRY)}")
        return
    for name in method.given:
        if name not in transform.parameters:
            text = f"{method.function} has no parameter '{name}'{nearest(name, transform.parameters)}"
            yield SpecProblem(place, subject, text)
    for name, parameter in transform.parameters.items():
        if parameter.required and name not in method.given:
            yield SpecProblem(place, subject, f"{method.function} needs the parameter '{name}'")
        elif name in method.given:
            wrong = _wrong_type(parameter, method.given[name])
            if wrong:
                yield SpecProblem(place, subject, f"{method.function}: parameter '{name}' must be {wrong}")


def _wrong_type(parameter: Parameter, value: Any) -> str | None:
    """What a parameter must be, if the given value is not that."""
    if isinstance(value, dict) and set(value) == {"setting"}:
        return None
    kind = wanted(parameter.kind)
    if isinstance(value, list) and is_list(parameter.kind) and kind is str:
        return None if all(isinstance(v, str) for v in value) else "a list of texts"
    if kind in (Column, Related, Table, Terms):
        if isinstance(value, list) and not is_list(parameter.kind):
            return "one, not a list"
        return None if isinstance(value, str | dict | list) else "a name"
    origin = get_origin(kind)
    if origin is Literal:
        choices = get_args(kind)
        return None if value in choices else f"one of {', '.join(map(str, choices))}"
    if kind is float:
        return None if isinstance(value, int | float) and not isinstance(value, bool) else "a number"
    if kind in (int, bool, str):
        named = {int: "a whole number", bool: "true or false", str: "text"}[kind]
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        return None if fits else named
    if kind is dict or origin is dict:
        return None if isinstance(value, dict) else "keys and values"
    return None


def _value_in_codelist(
    model: StudyModel, dataset: str, variable: str, value: str, place: Place
) -> Iterator[SpecProblem]:
    whole = model.datasets[dataset].variables.get(variable)
    names = (
        [whole.codelist] if whole and isinstance(whole.codelist, str) else list(whole.codelist or []) if whole else []
    )
    lists = [model.codelists[n] for n in names if n in model.codelists]
    if lists and not any(c.extensible for c in lists) and not any(value == t.value for c in lists for t in c.terms):
        terms = [t.value for c in lists for t in c.terms]
        text = f"'{value}' is not a term of {', '.join(names)}, which is not extensible{nearest(value, terms)}"
        yield SpecProblem(place, f"{dataset}.{variable}", text)


def _references(model: StudyModel, dataset: str, typed: Variable, place: Place, subject: str) -> Iterator[SpecProblem]:
    for use in uses(typed):
        yield from _reference(model, dataset, use, place, subject)


def _reference(model: StudyModel, dataset: str, use: Use, place: Place, subject: str) -> Iterator[SpecProblem]:
    own = model.datasets[dataset].variables
    if use.kind == "own" and use.name not in own and not use.optional:
        yield SpecProblem(place, subject, f"{dataset} has no variable {use.name}{nearest(use.name, own)}")
    elif use.kind == "other":
        yield from _other(model, use.name, place, subject, optional=use.optional)
    elif use.kind == "table":
        yield from _known_table(model, use.name, place, subject)
    elif use.kind == "source":
        yield from _known_source(model, use.name, place, subject)
    elif use.kind == "setting" and use.name not in model.setting_names:
        yield SpecProblem(place, subject, f"no setting '{use.name}'{nearest(use.name, model.setting_names)}")


def _other(model: StudyModel, name: str, place: Place, subject: str, *, optional: bool) -> Iterator[SpecProblem]:
    dataset, _, variable = name.rpartition(".")
    if name in CUT_FACTS:
        return
    if dataset not in model.datasets:
        yield SpecProblem(place, subject, f"no dataset {dataset} (in {name}){nearest(dataset, model.datasets)}")
    elif variable not in model.datasets[dataset].variables and variable not in model.datasets[dataset].supplemental:
        text = f"{dataset} has no variable {variable}{nearest(variable, model.datasets[dataset].variables)}"
        yield SpecProblem(place, subject, text)


__all__ = ["check", "is_collected", "parameter_uses"]
