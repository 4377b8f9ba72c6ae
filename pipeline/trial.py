"""The datasets about the trial itself (TA, TE, TV, TI, TS): made once, after all subjects, from the pack's tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.collect import collect
from pipeline.context import RangeContext
from pipeline.derive import derive
from pipeline.part import RangeResult, finish_range
from pipeline.plan import Plan, variable_cases
from pipeline.records import Part
from pipeline.spill import read_frame
from specs.nodes import Spot
from specs.problems import SpecErrors, SpecProblem
from specs.resolve import StudyModel
from specs.uses import uses
from transforms.columns import Column, stack


def run_trial(model: StudyModel, plan: Plan, results: list[RangeResult], folder: Path) -> RangeResult:
    """The trial datasets as one more result; they may count over the datasets of all subjects that are written.

    Raises SpecErrors where one refers to a working dataset or a parameter, of which no range leaves records.
    """
    context = RangeContext(model, {}, [], [])
    for name, variables in sorted(counted(model, plan).items()):
        context.parts[name] = _whole(name, sorted(variables), results)
    for name in plan.trial:
        context.parts[name] = collect(context, name)
    for step in plan.trial_steps:
        derive(context, step)
    made = [n for n in plan.trial if n in context.parts and model.datasets[n].is_written]
    return finish_range(context, len(results), made, folder)


def counted(model: StudyModel, plan: Plan) -> dict[str, set[str]]:
    """The variables of subject datasets that trial datasets refer to. Raises SpecErrors."""
    found: dict[str, set[str]] = {}
    problems: list[SpecProblem] = []
    for name in plan.trial:
        dataset = model.datasets[name]
        for variable in dataset.variables:
            for typed in variable_cases(dataset, variable):
                for use in uses(typed):
                    other, _, column = use.name.rpartition(".")
                    if use.kind != "other" or other in plan.trial:
                        continue
                    found.setdefault(other, set()).add(column)
                    if other in model.datasets and not model.datasets[other].is_written:
                        spot = Spot(model.nodes[name], ("variables", variable), f"{name}.{variable}")
                        problems.append(spot.at_key(f"{use.name} is in no file; refer to a dataset that is written"))
    if problems:
        raise SpecErrors(problems)
    return found


def _whole(name: str, variables: list[str], results: list[RangeResult]) -> Part:
    frames = [read_frame(r.datasets[name][0]) for r in results if name in r.datasets]
    columns: dict[str, Column] = {v: stack([f[v] for f in frames]) for v in variables if all(v in f for f in frames)}
    size = sum(len(f) for f in frames)
    none = np.full(size, -1, dtype=np.int64)
    return Part(name, columns, size, none, none, [], none, [], none)
