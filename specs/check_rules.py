"""The rules of ``checks:`` in study.yaml: both sides exist, and a dataset has the variables that a check names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.problems import Place, SpecProblem, nearest

if TYPE_CHECKING:
    from specs.resolve import StudyModel


def check_checks(model: StudyModel) -> Iterator[SpecProblem]:
    """All problems of the study's checks across sources and datasets."""
    for name, check in model.study.checks.items():
        place = model.head.locate(("checks", name))
        for side, where, columns in check.sides:
            yield from _side(model, name, place, side, columns)
            if where:
                yield from _where(name, place, where)


def _side(model: StudyModel, name: str, place: Place, side: str, columns: list[str]) -> Iterator[SpecProblem]:
    known = [*model.study.sources, *model.datasets]
    if side not in known:
        yield SpecProblem(place, f"checks.{name}", f"no source or dataset '{side}'{nearest(side, known)}")
    elif side in model.datasets:
        variables = model.datasets[side].variables
        for column in columns:
            if column not in variables:
                text = f"{side} has no variable {column}{nearest(column, variables)}"
                yield SpecProblem(place, f"checks.{name}", text)


def _where(name: str, place: Place, where: str) -> Iterator[SpecProblem]:
    try:
        parse_condition(where)
    except ConditionError as error:
        yield SpecProblem(place, f"checks.{name}", f'condition "{where[:80]}": {error}')
