"""Analyses of a study as data (``analyses.yaml`` of pack and layers): the endpoints, their populations, statistics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.layers import merge_all
from specs.model import Model
from specs.nodes import Node, load_yaml
from specs.problems import Place, SpecErrors, SpecProblem, nearest
from specs.resolve import StudyModel
from specs.validation import validate

FILE = "analyses.yaml"


class Endpoint(Model):
    """One endpoint: whom it counts, which records it reads, and the statistic.

    ``population`` is a condition on ADSL. ``dataset`` and ``where`` select the records, ``event`` says which of them
    count (rate, worst, escalation), ``value`` is the number (survival, summary) or the grade (worst). ``subject_level``
    endpoints take N from the records selected rather than from the population.
    """

    label: str
    group: str = ""
    statistic: Literal["rate", "survival", "summary", "worst", "escalation"]
    population: str
    dataset: str
    where: str | None = None
    event: str | None = None
    value: str = "AVAL"
    unit: str = ""
    by: str | None = None
    denominator: Literal["population", "records"] = "population"
    landmarks: list[float] = []


class Analyses(Model):
    """analyses.yaml."""

    endpoints: dict[str, Endpoint] = {}


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


def _check(model: StudyModel, analyses: Analyses, node: Node) -> Iterator[SpecProblem]:
    for name, endpoint in analyses.endpoints.items():
        place = node.locate(("endpoints", name))
        subject = f"endpoints.{name}"
        if endpoint.dataset not in model.datasets:
            text = f"no dataset {endpoint.dataset}{nearest(endpoint.dataset, model.datasets)}"
            yield SpecProblem(place, subject, text)
            continue
        yield from _names(model, "ADSL", endpoint.population, place, subject)
        for condition in (endpoint.where, endpoint.event):
            if condition:
                yield from _names(model, endpoint.dataset, condition, place, subject)


def _names(model: StudyModel, dataset: str, condition: str, place: Place, subject: str) -> Iterator[SpecProblem]:
    try:
        names = parse_condition(condition).names
    except ConditionError as error:
        yield SpecProblem(place, subject, f'condition "{condition}": {error}')
        return
    known = model.datasets[dataset].variables if dataset in model.datasets else {}
    for name in names:
        if name not in known:
            yield SpecProblem(place, subject, f"{dataset} has no variable {name}{nearest(name, known)}")
