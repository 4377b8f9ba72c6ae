"""The rules of ``checks:`` in study.yaml: what is checked exists, fits together, and has what the check names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.expand import KIND_OF, PREFIX, domain_code
from specs.model import Check, Dataset
from specs.nodes import Spot
from specs.problems import SpecProblem, nearest
from specs.study_rules import CLASSES
from specs.uses import condition_names, is_collected

if TYPE_CHECKING:
    from specs.resolve import StudyModel

EVERY = "all"
OF_PAIRS = ("match", "compare", "against_where")
"""What goes with ``against`` alone."""


def active_checks(model: StudyModel) -> list[tuple[str, Check]]:
    """The checks of a study by name, one for each dataset of a class; without those that are omitted.

    So are the optional ones that do not fit the study's datasets and variables, as are those of a class.
    """

    def fits(check: Check) -> bool:
        return not any(_unknown(model, check)) and not any(_without_subjects(model, check))

    each = ((name, one) for name, check in model.study.checks.items() for one in _of_datasets(model, check))
    return [(name, check) for name, check in each if check.omit is None and (not check.optional or fits(check))]


def is_reference(model: StudyModel, side: str) -> bool:
    """Whether one side of a check is about no subject: a dataset of the trial's design, a source without subjects."""
    source = model.study.sources.get(side)
    return source.subject is None if source is not None else model.datasets[side].is_trial


def check_checks(model: StudyModel) -> Iterator[SpecProblem]:
    """All problems of the study's checks."""
    for name, check in model.study.checks.items():
        spot = Spot(model.head, ("checks", name), f"checks.{name}")
        if check.omit is not None and not check.omit.strip():
            yield spot.down("omit").at_value("`omit:` needs the reason")
        yield from _shape(check, spot)
        for key in ("where", "forbid", "against_where"):
            yield from _condition(getattr(check, key), spot.down(key))
    for name, check in active_checks(model):
        spot = Spot(model.head, ("checks", name), f"checks.{name}")
        yield from map(spot.at_key, [*_unknown(model, check), *_without_subjects(model, check)])


def _of_datasets(model: StudyModel, check: Check) -> list[Check]:
    """The check for each dataset that it is about, with that dataset's letters in place of ``--``."""
    if check.rows in model.datasets:
        return [_filled(check, check.rows)]
    if check.rows in model.study.sources or check.rows not in _classes(model):
        return [check]
    chosen = [name for name, dataset in model.datasets.items() if _is_of(dataset, check.rows)]
    return [_filled(check.model_copy(update={"optional": True}), name) for name in chosen]


def _classes(model: StudyModel) -> set[str]:
    structures = [layer.general.get("structures") for layer in model.layers]
    return {EVERY, *CLASSES, *(name for node in structures if node is not None for name in node.mapping)}


def _is_of(dataset: Dataset, wanted: str) -> bool:
    """Whether a dataset about subjects is of a class; what only others need is what others show."""
    if dataset.is_trial or not (dataset.is_written or dataset.stands_for):
        return False
    kinds = (dataset.class_, *KIND_OF.get(dataset.class_, ()))
    return wanted in kinds or (wanted == EVERY and dataset.standard != "adam")


def _filled(check: Check, dataset: str) -> Check:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {filled(k): filled(v) for k, v in value.items()}
        if isinstance(value, list):
            return [filled(v) for v in value]
        return PREFIX.sub(domain_code(dataset), value) if isinstance(value, str) else value

    said = check.model_dump(exclude={"rows", "omit"}, exclude_unset=True)
    return Check.model_validate({**filled(said), "rows": dataset, "omit": check.omit})


def _shape(check: Check, spot: Spot) -> Iterator[SpecProblem]:
    """A check forbids something of a record, or compares rows; not both."""
    if bool(check.forbid) == bool(check.against):
        told = "say what is wrong in a record (`forbid: CONDITION`), or what the rows are held `against:`"
        yield spot.at_key(f"{told}; not both" if check.forbid else told)
    elif check.forbid:
        yield from (spot.down(k).at_key(f"`{k}:` goes with `against:`") for k in OF_PAIRS if getattr(check, k))
    elif not check.match:
        yield spot.at_key("key 'match' is missing: pair a column of ours with one of theirs")
    if check.may_lack and not check.forbid:
        yield spot.down("may_lack").at_key("`may_lack:` goes with `forbid:`")


def _unknown(model: StudyModel, check: Check) -> Iterator[str]:
    """What a check names and the study does not have."""
    known = [*model.study.sources, *model.datasets]
    for side, conditions, columns in check.sides:
        if side not in known:
            classes = [] if check.against else _classes(model)
            yield f"no source or dataset '{side}'{nearest(side, [*known, *classes])}"
            continue
        named = dict.fromkeys([*columns, *(n for c in conditions for n in condition_names(c))])
        for name in named:
            dataset, _, variable = name.rpartition(".")
            of = dataset if dataset in model.datasets else side
            if of in model.datasets and name not in check.may_lack:
                yield from _no_variable(model, of, variable if of == dataset else name)
        if check.may_lack and side in model.study.sources:
            yield f"{side} is a source; what its file may lack is said there (`sources: {{{side}: {{may_lack: ...}}}}`)"
        elif check.may_lack and not any(model.has_variable(side, v) for v in check.may_lack):
            yield f"{side} has none of {', '.join(check.may_lack)}"


def _no_variable(model: StudyModel, dataset: str, variable: str) -> Iterator[str]:
    if not model.has_variable(dataset, variable):
        own = model.datasets[dataset]
        yield f"{dataset} has no variable {variable}{nearest(variable, [*own.variables, *own.supplemental])}"


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


def _condition(condition: str | None, spot: Spot) -> Iterator[SpecProblem]:
    try:
        parse_condition(PREFIX.sub("XX", condition or "X = 1"))
    except ConditionError as error:
        yield spot.at_value(f'condition "{(condition or "")[:80]}": {error}')
