"""The rules of ``checks:`` in study.yaml: both sides exist and fit, and have the variables that a check names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.model import Check
from specs.problems import Place, SpecProblem, nearest
from specs.uses import condition_names, is_collected

if TYPE_CHECKING:
    from specs.resolve import StudyModel


def active_checks(model: StudyModel) -> dict[str, Check]:
    """The checks of a study: all but the optional ones that do not fit its datasets and variables."""

    def fits(check: Check) -> bool:
        return not any(_unknown(model, check)) and not any(_without_subjects(model, check))

    return {name: c for name, c in model.study.checks.items() if not c.optional or fits(c)}


def is_reference(model: StudyModel, side: str) -> bool:
    """Whether one side of a check is about no subject: a dataset of the trial's design, a source without subjects."""
    source = model.study.sources.get(side)
    return source.subject is None if source is not None else model.datasets[side].is_trial


def check_checks(model: StudyModel) -> Iterator[SpecProblem]:
    """All problems of the study's checks across sources and datasets."""
    for name, check in active_checks(model).items():
        place = model.head.locate(("checks", name))
        yield from (SpecProblem(place, f"checks.{name}", told) for told in _unknown(model, check))
        yield from (SpecProblem(place, f"checks.{name}", told) for told in _without_subjects(model, check))
        for _, where, _ in check.sides:
            if where:
                yield from _where(name, place, where)


def _unknown(model: StudyModel, check: Check) -> Iterator[str]:
    """What a check names and the study does not have."""
    known = [*model.study.sources, *model.datasets]
    for side, where, columns in check.sides:
        if side not in known:
            yield f"no source or dataset '{side}'{nearest(side, known)}"
        elif side in model.datasets:
            variables = model.datasets[side].variables
            named = [*columns, *(condition_names(where or "") if check.optional else ())]
            unknown = [c for c in named if c not in variables]
            yield from (f"{side} has no variable {c}{nearest(c, variables)}" for c in unknown)


def _without_subjects(model: StudyModel, check: Check) -> Iterator[str]:
    """A side that is about no subject is one to look up in, by what is collected: it is there whole for everybody."""
    known = [*model.study.sources, *model.datasets]
    if check.rows in known and is_reference(model, check.rows):
        yield f"{check.rows} is about no subject; name it under `against:`, and what is about subjects under `rows:`"
    if check.against not in known or not is_reference(model, check.against):
        return
    if check.compare:
        yield f"{check.against} is about no subject, so its rows cannot be paired; check by `match:` alone"
    variables = model.datasets[check.against].variables if check.against in model.datasets else {}
    for column in check.match.values():
        if column in variables and not is_collected(variables[column]):
            yield f"{check.against}.{column} is derived; a check against {check.against} needs what is collected"


def _where(name: str, place: Place, where: str) -> Iterator[SpecProblem]:
    try:
        parse_condition(where)
    except ConditionError as error:
        yield SpecProblem(place, f"checks.{name}", f'condition "{where[:80]}": {error}')
