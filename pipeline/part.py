"""One range from raw rows to finished datasets: collect, cut, derive, finish, check. Design, section 4."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.accounting import Taken, looked_up
from pipeline.across import check_across
from pipeline.check import check_records, to_findings
from pipeline.collect import collect
from pipeline.context import RangeContext, RangeSource
from pipeline.cut import FACTS, cut, facts_of
from pipeline.derive import derive
from pipeline.findings import Finding
from pipeline.finish import continue_long_values, finish
from pipeline.lineage import lineage_columns
from pipeline.plan import Plan
from pipeline.ranges import NUMBER, PERSON, ROW, Range
from pipeline.reconcile import reconcile
from pipeline.records import Part
from pipeline.relate import relate
from pipeline.spill import read_columns, write_frame
from pipeline.standard_datasets import standard_dataset
from pipeline.untaken import Untaken, untaken
from specs.resolve import StudyModel
from transforms.columns import Codes


@dataclass
class RangeResult:
    """What one range left behind, as plain data and paths."""

    number: int
    datasets: dict[str, tuple[Path, int]] = field(default_factory=dict)
    lineage: dict[str, Path] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    untaken: list[Untaken] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    cut_report: pd.DataFrame | None = None
    facts: pd.DataFrame | None = None
    cpu: dict[str, float] = field(default_factory=dict)
    """Seconds of processor time per dataset; for benchmarks, never in a delivery."""


def run_range(model: StudyModel, plan: Plan, part: Range, folder: Path) -> RangeResult:
    """Do one range and write its datasets under ``folder``."""
    context = open_range(model, part)
    for name in plan.collected:
        with context.stopwatch.on(name):
            context.parts[name] = _cut(context, collect(context, name))
            continue_long_values(context.parts[name], model.datasets[name])
    context.parts[FACTS] = facts_of(context)
    for step in plan.steps:
        with context.stopwatch.on(step[0]):
            derive(context, step)
    reconcile(context)
    context.taken += [taken for made in context.parts.values() for taken in looked_up(made)]
    return finish_range(context, part.number, _written(context), folder)


def _written(context: RangeContext) -> list[str]:
    """The datasets that are written, of those that this range has."""
    return [n for n, d in context.model.datasets.items() if n in context.parts and d.is_written]


def finish_range(context: RangeContext, number: int, names: list[str], folder: Path) -> RangeResult:
    """Finish, check and write the named datasets (and their SUPP datasets) of a range."""
    before = set(context.parts)
    for name in names:
        with context.stopwatch.on(name):
            finish(context, name)
    relate(context, names)
    result = RangeResult(number, taken=context.taken, untaken=list(untaken(context)), facts=context.facts)
    for name in [*names, *(n for n in context.parts if n not in before)]:
        made = context.parts[name]
        with context.stopwatch.on(name):
            _check(context, context.model, made)
            result.datasets[name] = (_write(context.model, made, folder, number), made.size)
            result.lineage[name] = folder / f"{name}.{number}.lineage.arrow"
            write_frame(result.lineage[name], lineage_columns(context, made))
    result.cpu = dict(context.stopwatch.seconds)
    result.findings = context.findings.all()
    result.cut_report = pd.concat(context.cut_report, ignore_index=True) if context.cut_report else None
    return result


def open_range(model: StudyModel, part: Range) -> RangeContext:
    """The context of a range: its raw rows read back from disk."""
    sources = {}
    for name, path in part.files.items():
        columns = read_columns(path)
        spec = model.study.sources[name]
        rows, numbers, person = (columns.pop(c).to_numpy() for c in (ROW, NUMBER, PERSON))
        sources[name] = RangeSource(name, spec.file, columns, rows, numbers, person, spec.subject)
    return RangeContext(model, sources, list(part.usubjid), list(part.subjid))


def _cut(context: RangeContext, part: Part) -> Part:
    cut_rules = context.model.study.cut.datasets if context.model.study.cut else {}
    return cut(context, part, cut_rules[part.name]) if part.name in cut_rules else part


def _check(context: RangeContext, model: StudyModel, part: Part) -> None:
    dataset = model.datasets.get(part.name) or standard_dataset(model, part.name)
    traced = _traced(context, part)

    def numbers(source: str, rows: Codes) -> Codes:
        if not source.startswith("source:"):
            return np.zeros(len(rows), dtype=np.int64)
        found = context.source(source.removeprefix("source:"))
        return found.numbers[np.searchsorted(found.rows, rows)]

    files = {f"source:{n}": s.file for n, s in model.study.sources.items()}
    failures = [*check_records(dataset, part, model.codelists), *check_across(part)]
    context.findings.extend(to_findings(failures, traced, numbers, files, context.usubjid))


def _traced(context: RangeContext, part: Part) -> Part:
    """The records of a SUPP dataset with the raw rows of the records that they qualify."""
    parent = context.parts.get(part.name.removeprefix("SUPP"))
    if parent is None or parent is part or part.sources != [parent.name]:
        return part
    rows = part.source_row
    return replace(part, sources=parent.sources, source=parent.source[rows], source_row=parent.source_row[rows])


def output_columns(model: StudyModel, name: str, part: Part) -> list[str]:
    """The variables of a dataset that are written: all but the working ones."""
    if name not in model.datasets:
        return list(part.columns)
    return [v for v in model.datasets[name].variables if not v.startswith("_")]


def _write(model: StudyModel, part: Part, folder: Path, number: int) -> Path:
    path = folder / f"{part.name}.{number}.out.arrow"
    write_frame(path, {v: part.column(v) for v in output_columns(model, part.name, part)})
    return path
