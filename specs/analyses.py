"""Analyses of a study as data (``analyses.yaml`` of pack and layers): the endpoints, their populations, statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from specs.base import Model, Setting
from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.layers import merge_all
from specs.nodes import Node, load_yaml
from specs.possible import Possible
from specs.problems import Place, SpecErrors, SpecProblem, nearest
from specs.resolve import StudyModel
from specs.validation import validate

FILE = "analyses.yaml"
SUBJECTS = "ADSL"
"""The dataset of which a population is a condition."""
GROUPS = ("primary", "secondary", "other", "sensitivity")
GROUPED = ("rate", "survival", "summary", "worst")
"""The statistics that may be given for groups of subjects."""
_OR_SETTING = Setting.model_json_schema()
Said = Annotated[str, WithJsonSchema({"anyOf": [{"type": "string"}, _OR_SETTING]})]
"""A text, or ``{setting: NAME}`` for a setting of the study: put in its place before the file is read."""
Whole = Annotated[int, WithJsonSchema({"anyOf": [{"type": "integer"}, _OR_SETTING]})]


class Pairing(Model):
    """Which records are compared with which (agreement), and what is listed of those that differ.

    ``second`` is a condition on the selected records: those who answer the others. Pairs are of one subject, at most
    ``within_days`` apart by ``date``. ``levels`` are from best to worst, ``unordered`` agree exactly or not at all,
    ``responders`` count as response. ``listing`` is a file under ``report/`` that holds every pair that differs, with
    ``columns`` of the second record.
    """

    second: Said
    date: str = "ADT"
    within_days: Whole
    levels: list[str]
    unordered: list[str] = []
    responders: list[str] = []
    listing: Annotated[str, Field(pattern=r"^[a-z0-9_]+\.csv$")] | None = None
    columns: list[str] = []


class Endpoint(Model):
    """One endpoint: whom it counts, which records it reads, and the statistic.

    ``population`` is a condition on ADSL. ``dataset`` and ``where`` select the records, ``event`` says which of them
    count (rate, worst, survival, escalation), ``value`` is the number (survival, summary) or the grade (worst). With
    ``denominator: records`` a rate is of the subjects that have a record, not of the population. ``by`` is the
    variable of the levels (escalation) or groups (summary), ``order`` a number that puts them in order. ``at_least``
    is the grade from which on subjects are counted together, too (worst), ``landmarks`` are months at which survival
    is given, ``replace`` are subjects to be replaced (escalation; a condition on ADSL). ``pairs`` says what is compared
    with what (agreement; ``value`` is then the level).
    """

    label: str
    group: Literal["primary", "secondary", "other", "sensitivity"] = "other"
    statistic: Literal["rate", "survival", "summary", "worst", "escalation", "agreement"]
    population: Said
    dataset: str
    where: Said | None = None
    event: Said | None = None
    value: str = "AVAL"
    unit: str = ""
    shown_in: Literal["months"] | None = None
    """Days are shown as months of 30.4375 days; the numbers beside the text stay days."""
    decimals: Annotated[int, Field(ge=0, le=10)] | None = None
    """How many decimals amounts (mean, SD, median, limits) are shown with in the text, beside percentages."""
    by: str | None = None
    order: str | None = None
    denominator: Literal["population", "records"] = "population"
    landmarks: list[float] = []
    median: Literal["first time", "midpoint"] = "first time"
    """Where survival is exactly 0.5 for a while: its first time, or the middle (PROC LIFETEST, survfit)."""
    at_least: float | None = None
    geometric: bool = False
    replace: Said | None = None
    pairs: Pairing | None = None
    groups: str | None = None
    """A variable of ADSL, as ADSL.TRT01P: the statistic is given for the subjects of each of its values, and ``total``
    for all together; ``test`` compares the groups (survival)."""
    total: bool = False
    test: Literal["log-rank"] | None = None


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
    node = _with_settings(model, node, problems)
    if problems:
        raise SpecErrors(problems)
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


def _with_settings(model: StudyModel, node: Node, problems: list[SpecProblem]) -> Node:
    """A copy with the value of the study's setting in place of each ``{setting: NAME}``."""
    if isinstance(node.value, list):
        return Node([_with_settings(model, n, problems) for n in node.value], node.place, node.layer)
    if set(node.mapping) == {"setting"}:
        name = str(node.mapping["setting"].plain())
        known = name in model.setting_names
        value = model.setting(name) if known else None
        if isinstance(value, str | int | float):
            return Node(value, node.place, node.layer)
        wrong = f"setting '{name}' is no text and no number" if known else f"no setting '{name}'"
        hint = "" if known else nearest(name, model.setting_names)
        problems.append(SpecProblem(node.mapping["setting"].place, FILE, wrong + hint))
        return node
    if node.mapping:
        inner = {k: _with_settings(model, n, problems) for k, n in node.mapping.items()}
        return Node(inner, node.place, node.layer, node.key_places)
    return node


def _check(model: StudyModel, analyses: Analyses, node: Node) -> Iterator[SpecProblem]:
    possible = Possible(model)
    for name, endpoint in analyses.endpoints.items():
        place, subject = node.locate(("endpoints", name)), f"endpoints.{name}"
        absent = [d for d in dict.fromkeys((SUBJECTS, endpoint.dataset)) if d not in model.datasets]
        own = {n for layer in model.layers if not layer.is_standard for n in layer.datasets}
        for dataset in (d for d in absent if d not in own):
            yield SpecProblem(place, subject, f"no dataset {dataset}{nearest(dataset, model.datasets)}")
        if absent:
            continue
        for condition in filter(None, (endpoint.population, endpoint.replace)):
            yield from _condition(possible, SUBJECTS, condition, place, subject)
        for condition in filter(None, (endpoint.where, endpoint.event)):
            yield from _condition(possible, endpoint.dataset, condition, place, subject)
        value = endpoint.value if endpoint.statistic in ("survival", "summary", "worst") else None
        yield from _variables(model, endpoint.dataset, [value, endpoint.by, endpoint.order], place, subject)
        if endpoint.statistic == "escalation" and not endpoint.by:
            yield SpecProblem(place, subject, "an escalation needs `by:`, the variable of the dose level")
        yield from _check_groups(model, endpoint, place, subject)
        yield from _check_pairs(possible, endpoint, place, subject)
    listed = [e.pairs.listing for e in analyses.endpoints.values() if e.pairs and e.pairs.listing]
    for file in (f for f, times in Counter([*listed, "endpoints.csv"]).items() if times > 1):
        yield SpecProblem(node.locate(("endpoints",)), "endpoints", f"two are written to report/{file}; name another")


def _check_pairs(possible: Possible, endpoint: Endpoint, place: Place, subject: str) -> Iterator[SpecProblem]:
    pairs = endpoint.pairs
    if (endpoint.statistic == "agreement") != (pairs is not None):
        yield SpecProblem(place, subject, "an agreement, and nothing else, has `pairs:`, what is compared with what")
    if pairs is None:
        return
    yield from _condition(possible, endpoint.dataset, pairs.second, place, subject)
    names: list[str | None] = [endpoint.value, pairs.date, *pairs.columns]
    yield from _variables(possible.model, endpoint.dataset, names, place, subject)
    for level in pairs.responders:
        if level not in pairs.levels:
            yield SpecProblem(place, subject, f"responders: no level {level}{nearest(level, pairs.levels)}")


def _check_groups(model: StudyModel, endpoint: Endpoint, place: Place, subject: str) -> Iterator[SpecProblem]:
    if endpoint.groups is None:
        if endpoint.total or endpoint.test:
            yield SpecProblem(place, subject, "`total:` and `test:` are of `groups:`, a variable as ADSL.TRT01P")
        return
    if endpoint.statistic not in GROUPED:
        yield SpecProblem(place, subject, f"an endpoint of statistic {endpoint.statistic} has no `groups:`")
    if endpoint.test and endpoint.statistic != "survival":
        yield SpecProblem(place, subject, f"`test: {endpoint.test}` compares survival, not {endpoint.statistic}")
    dataset, _, variable = endpoint.groups.rpartition(".")
    if dataset != SUBJECTS:
        told = f"groups '{endpoint.groups}' are a variable of {SUBJECTS}, as {SUBJECTS}.TRT01P"
        yield SpecProblem(place, subject, told)
    else:
        yield from _variables(model, SUBJECTS, [variable], place, subject)


def _condition(possible: Possible, dataset: str, condition: str, place: Place, subject: str) -> Iterator[SpecProblem]:
    try:
        names = parse_condition(condition).names
    except ConditionError as error:
        yield SpecProblem(place, subject, f'condition "{condition}": {error}')
        return
    wrong = list(_variables(possible.model, dataset, list(names), place, subject))
    yield from wrong
    never = None if wrong else possible.never(dataset, condition)
    if never:
        yield SpecProblem(place, subject, f'condition "{condition}" can never hold: {never}')


def _variables(
    model: StudyModel, dataset: str, names: list[str | None], place: Place, subject: str
) -> Iterator[SpecProblem]:
    known = [v for v in model.datasets[dataset].variables if not v.startswith("_")]
    for name in names:
        if name is not None and name not in known:
            yield SpecProblem(place, subject, f"{dataset} has no variable {name}{nearest(name, known)}")
