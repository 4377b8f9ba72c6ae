"""The order of work: which datasets are collected first, and in which order variables are then derived.

The unit is the variable, not the dataset: DM needs EX for RFXSTDTC while EX needs DM for EXSTDY. Only a cycle of
variables is an error, and it is shown as its path. Design, section 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pipeline.needs import row_variables
from specs.model import Dataset, Rows, Variable
from specs.problems import SpecErrors, SpecProblem
from specs.resolve import StudyModel
from specs.time_to_event import time_to_event_uses
from specs.uses import Derivation, cases, condition_names, derivation_uses, is_collected, uses
from transforms.registry import REGISTRY

Step = tuple[str, str]
"""(dataset, variable), or (dataset, "") for the records of a dataset that is made from other datasets."""


@dataclass(frozen=True)
class Plan:
    """Plain data: the datasets collected from raw files, then the steps, then the datasets of the trial itself."""

    collected: tuple[str, ...]
    steps: tuple[Step, ...]
    trial: tuple[str, ...]
    """Datasets without subjects (trial design): made once, after all subjects."""
    trial_steps: tuple[Step, ...]
    whole_study: tuple[Step, ...]
    """Variables whose transform must see every subject: the extract is then one range."""


def plan(model: StudyModel) -> Plan:
    """The plan of a study. Raises SpecErrors when variables need each other in a circle."""
    trial = tuple(n for n, d in model.datasets.items() if d.is_trial)
    graph: dict[Step, set[Step]] = {}
    for name, dataset in model.datasets.items():
        _add_dataset(graph, model, name, dataset)
    try:
        order = [
            s for s in TopologicalSorter({k: sorted(v) for k, v in sorted(graph.items())}).static_order() if s in graph
        ]
    except CycleError as error:
        raise SpecErrors([_cycle(model, error.args[1])]) from None
    collected = tuple(n for n, d in model.datasets.items() if not is_made(model, d) and n not in trial)
    whole = tuple(s for s in order if s[0] not in trial and _needs_study(model, s))
    return Plan(
        collected,
        tuple(s for s in order if s[0] not in trial),
        trial,
        tuple(s for s in order if s[0] in trial),
        whole,
    )


def is_made(model: StudyModel, dataset: Dataset) -> bool:
    """Whether some of a dataset's rows come from other datasets, or from a transform that makes records."""
    return any(r.derive or r.time_to_event or r.from_ in model.datasets for r in dataset.rows.values())


def _add_dataset(graph: dict[Step, set[Step]], model: StudyModel, name: str, dataset: Dataset) -> None:
    made = is_made(model, dataset)
    if made:
        graph[(name, "")] = {s for row in dataset.rows.values() for s in _row_needs(model, name, dataset, row)}
    for variable in [*dataset.variables, *dataset.supplemental]:
        derived = [t for t in variable_cases(dataset, variable) if cases(t) and not is_collected(t)]
        if derived or variable in dataset.empty:
            needs = {s for typed in derived for s in _needs(model, name, dataset, typed)}
            for asked in condition_names(dataset.empty.get(variable, "")):
                needs |= _step_of(model, name, asked)
            graph[(name, variable)] = needs | ({(name, "")} if made else set())


def variable_cases(dataset: Dataset, variable: str) -> list[Variable]:
    """The definitions of a variable: the dataset's own, and those of single rows."""
    whole = dataset.variables.get(variable) or dataset.supplemental.get(variable)
    found = [whole] if whole is not None else []
    return found + [r.variables[variable] for r in dataset.rows.values() if variable in r.variables]


def _row_needs(model: StudyModel, name: str, dataset: Dataset, row: Rows) -> set[Step]:
    """What must be there before one kind of row can be made from another dataset or by a transform."""
    names: set[str] = set()
    needs: set[Step] = set()
    if row.derive:
        names.update(
            u.name for u in derivation_uses(Derivation(row.derive, dict(row.with_ or {}))) if u.kind == "other"
        )
    if row.time_to_event:
        names.update(u.name for u in time_to_event_uses(row.time_to_event, model.datasets) if u.kind == "other")
    if row.from_ in model.datasets and row.from_ != name:
        needs |= _step_of(model, row.from_, "")
        named = [*condition_names(row.where or ""), *(n for n in (row.first, row.last, *(row.distinct or [])) if n)]
        for typed in row_variables(dataset, row).values():
            if is_collected(typed):
                named += [u.name for u in uses(typed) if u.kind == "column"]
        names.update(n if "." in n else f"{row.from_}.{n}" for n in named)
    for full in names:
        other, _, variable = full.rpartition(".")
        needs |= _step_of(model, other, variable)
    return needs - {(name, "")}


def _step_of(model: StudyModel, dataset: str, variable: str) -> set[Step]:
    other = model.datasets.get(dataset)
    if other is None:
        return set()
    found: set[Step] = {(dataset, "")} if is_made(model, other) else set()
    if variable and any(cases(t) and not is_collected(t) for t in variable_cases(other, variable)):
        found.add((dataset, variable))
    return found


def _needs(model: StudyModel, name: str, dataset: Dataset, typed: Variable) -> set[Step]:
    needs: set[Step] = set()
    for use in uses(typed):
        if use.kind == "own":
            needs |= _step_of(model, name, use.name)
        elif use.kind == "other":
            other, _, variable = use.name.rpartition(".")
            needs |= _step_of(model, other, variable)
    for case in cases(typed):
        if isinstance(case.method, Derivation):
            for value in case.method.given.values():
                if value == "keys":
                    for key in dataset.sort_keys:
                        needs |= _step_of(model, name, key)
                for other, variable in every(model, value):
                    needs |= _step_of(model, other, variable)
    return needs


def every(model: StudyModel, value: Any) -> list[tuple[str, str]]:
    """What ``{every: [--DTC, --STDTC], except: [SE]}`` stands for: (dataset, variable) pairs of subject datasets."""
    if not isinstance(value, dict) or "every" not in value:
        return []
    excluded = set(value.get("except", []))
    patterns = [re.compile(re.escape(p).replace(r"\-\-", "[A-Z]{2}")) for p in value["every"]]
    return [
        (name, variable)
        for name, dataset in model.datasets.items()
        if name not in excluded and dataset.standard in ("", "sdtm") and not dataset.is_trial
        for variable in dataset.variables
        if f"{name}.{variable}" not in excluded and any(p.fullmatch(variable) for p in patterns)
    ]


def _needs_study(model: StudyModel, step: Step) -> bool:
    name, variable = step
    if not variable:
        return False
    functions = [
        c.method.function
        for t in variable_cases(model.datasets[name], variable)
        for c in cases(t)
        if isinstance(c.method, Derivation)
    ]
    return any(REGISTRY[f].scope == "study" for f in functions if f in REGISTRY)


def _cycle(model: StudyModel, path: list[Step]) -> SpecProblem:
    names = [f"{d}.{v}" if v else f"rows of {d}" for d, v in reversed(path)]
    dataset, variable = path[0]
    place = model.nodes[dataset].locate(("variables", variable) if variable else ("rows",))
    return SpecProblem(place, names[0], f"variables need each other in a circle: {' -> '.join(names)}", "CYCLE")
