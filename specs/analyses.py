"""Analyses of a study as data (``analyses.yaml`` of pack and layers): the endpoints, their populations, statistics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from specs.base import Model
from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.layers import merge_all
from specs.nodes import Node, load_yaml
from specs.problems import Place, SpecErrors, SpecProblem, nearest
from specs.resolve import StudyModel
from specs.validation import validate

FILE = "analyses.yaml"
SUBJECTS = "ADSL"
"""The dataset of which a population is a condition."""
GROUPS = ("primary", "secondary", "other", "sensitivity")


class Endpoint(Model):
    """One endpoint: whom it counts, which records it reads, and the statistic.

    ``population`` is a condition on ADSL. ``dataset`` and ``where`` select the records, ``event`` says which of them
    count (rate, worst, survival, escalation), ``value`` is the number (survival, summary) or the grade (worst). With
    ``denominator: records`` a rate is of the subjects that have a record, not of the population. ``by`` is the
    variable of the levels (escalation) or groups (summary), ``order`` a number that puts them in order. ``at_least``
    is the grade from which on subjects are counted together, too (worst), ``landmarks`` are months at which survival
    is given, ``replace`` are subjects to be replaced (escalation; a condition on ADSL).
    """

    label: str
    group: Literal["primary", "secondary", "other", "sensitivity"] = "other"
    statistic: Literal["rate", "survival", "summary", "worst", "escalation"]
    population: str
    dataset: str
    where: str | None = None
    event: str | None = None
    value: str = "AVAL"
    unit: str = ""
    shown_in: Literal["months"] | None = None
    """Days are shown as months of 30.4375 days; the numbers beside the text stay days."""
    by: str | None = None
    order: str | None = None
    denominator: Literal["population", "records"] = "population"
    landmarks: list[float] = []
    median: Literal["first time", "midpoint"] = "first time"
    """Where survival is exactly 0.5 for a while: its first time, or the middle (PROC LIFETEST, survfit)."""
    at_least: float | None = None
    geometric: bool = False
    replace: str | None = None


class Analyses(Model):
    """analyses.yaml."""

    endpoints: dict[str, Endpoint] = {}

    @property
    def ordered(self) -> list[tuple[str, Endpoint]]:
        """The endpoints by group, and as they stand in the files."""
        return sorted(self.endpoints.items(), key=lambda item: GROUPS.index(item[1].group))


def load_analyses(model: StudyModel) -> Analyses:
    """The analyses of a study, of the pack over its layers. Raises SpecErrors."""
    found = [(layer, layer.folder / FILE) for layer in model.layers if (layer.folder / FILE).is_file()]
    if not found:
        return Analyses()
    node = merge_all([load_yaml(path, f"{layer.name}/{FILE}", layer.name) for layer, path in found])
    problems: list[SpecProblem] = []
    analyses = validate(Analyses, node, FILE, problems)
    if analyses is not None:
        problems += _check(model, analyses, node)
    if analyses is None or problems:
        raise SpecErrors(problems)
    return analyses


def analysis_problems(model: StudyModel) -> list[SpecProblem]:
    """What is wrong with the analyses of a study; datasets with problems of their own are known all the same."""
    try:
        load_analyses(model)
    except SpecErrors as errors:
        return errors.problems
    return []


def _check(model: StudyModel, analyses: Analyses, node: Node) -> Iterator[SpecProblem]:
    for name, endpoint in analyses.endpoints.items():
        place, subject = node.locate(("endpoints", name)), f"endpoints.{name}"
        absent = [d for d in dict.fromkeys((SUBJECTS, endpoint.dataset)) if d not in model.datasets]
        own = {n for layer in model.layers if not layer.is_standard for n in layer.datasets}
        for dataset in (d for d in absent if d not in own):
            yield SpecProblem(place, subject, f"no dataset {dataset}{nearest(dataset, model.datasets)}")
        if absent:
            continue
        for condition in filter(None, (endpoint.population, endpoint.replace)):
            yield from _condition(model, SUBJECTS, condition, place, subject)
        for condition in filter(None, (endpoint.where, endpoint.event)):
            yield from _condition(model, endpoint.dataset, condition, place, subject)
        value = endpoint.value if endpoint.statistic in ("survival", "summary", "worst") else None
        yield from _variables(model, endpoint.dataset, [value, endpoint.by, endpoint.order], place, subject)
        if endpoint.statistic == "escalation" and not endpoint.by:
            yield SpecProblem(place, subject, "an escalation needs `by:`, the variable of the dose level")


def _condition(model: StudyModel, dataset: str, condition: str, place: Place, subject: str) -> Iterator[SpecProblem]:
    try:
        names = parse_condition(condition).names
    except ConditionError as error:
        yield SpecProblem(place, subject, f'condition "{condition}": {error}')
        return
    yield from _variables(model, dataset, list(names), place, subject)


def _variables(
    model: StudyModel, dataset: str, names: list[str | None], place: Place, subject: str
) -> Iterator[SpecProblem]:
    known = [v for v in model.datasets[dataset].variables if not v.startswith("_")]
    for name in names:
        if name is not None and name not in known:
            yield SpecProblem(place, subject, f"{dataset} has no variable {name}{nearest(name, known)}")
