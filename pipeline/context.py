"""One range of subjects: its raw rows, the datasets made so far, and everything met on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pipeline.accounting import Read, Taken
from pipeline.findings import Finding, Findings, by_value
from pipeline.needs import raw_columns
from pipeline.ranges import SUBJECT
from pipeline.records import Part
from pipeline.stopwatch import Stopwatch
from specs.conditions import parse_condition
from specs.model import Exists
from specs.resolve import StudyModel
from transforms.columns import Codes, Column, Mask, constant, pick, plain, text
from transforms.registry import Outcome, Problem, Severity


@dataclass
class RangeSource:
    """The active rows of one source in this range: columns, row positions in the source, row numbers, persons."""

    name: str
    file: str
    columns: Mapping[str, Column]
    rows: Codes
    numbers: Codes
    subject: Codes
    subject_column: str | None

    @property
    def size(self) -> int:
        """Rows in this range."""
        return len(self.rows)

    def get(self, column: str) -> Column:
        """One column, as text; without rows (an optional file that is absent) every column is there, and empty."""
        return self.columns[column] if self.size else constant(None, 0)


@dataclass
class RangeContext:
    """What the steps of one range share."""

    model: StudyModel
    sources: dict[str, RangeSource]
    usubjid: list[str]
    """The persons of the range in order; the subject codes of all parts count along this list."""
    subjid: list[str]
    parts: dict[str, Part] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    read: dict[str, Read] = field(default_factory=dict)
    """What the kinds of row read of each source."""
    findings: Findings = field(default_factory=Findings)
    facts: pd.DataFrame | None = None
    """What the cut keeps of removed rows: one row per person who was alive after the cut."""
    cut_report: list[pd.DataFrame] = field(default_factory=list)
    places: dict[str, Codes] = field(default_factory=dict)
    """For each finished dataset, where the record that was at a position went when it was put in order."""
    joins: dict[str, Any] = field(default_factory=dict)
    """Joins already made, by source and what stands beside it."""
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    _memo: dict[str, dict[str, Outcome]] = field(default_factory=dict)

    def source(self, name: str) -> RangeSource:
        """The rows of a source in this range; none when its file is optional and absent."""
        if name not in self.sources:
            none = np.empty(0, dtype=np.int64)
            self.sources[name] = RangeSource(name, self.model.study.sources[name].file, {}, none, none, none, None)
        return self.sources[name]

    def source_columns(self, name: str) -> tuple[Mapping[str, Column], Codes]:
        """A source as a frame with the row positions."""
        found = self.source(name)
        return found.columns, found.rows

    def memo(self, source: str, beside: str) -> dict[str, Outcome]:
        """Methods already evaluated over a source or table with the same joins beside it."""
        if source in self.model.datasets and source not in self.model.study.sources:
            return {}
        return self._memo.setdefault(beside, {})

    def person_column(self, name: str, subject: Codes) -> Column:
        """``person.USUBJID`` or ``person.SUBJID`` for each row."""
        return pick(self._persons[name], subject)

    @cached_property
    def _persons(self) -> dict[str, Column]:
        """What rows can say of their person."""
        return {"USUBJID": text(self.usubjid), "SUBJID": text(self.subjid)}

    def has_rows(self, exists: Exists, subject: Codes, number: Column | None = None) -> Mask:
        """Where the person of a row (or its subject number, if given) has rows in another source that pass."""
        other = self.source(exists.source)
        kept = np.ones(other.size, dtype=bool)
        if exists.where:
            kept = parse_condition(exists.where).mask(other.get, other.size)
        if number is not None:
            by_number: Mask = number.isin(set(other.get(SUBJECT)[kept].dropna())).to_numpy(dtype=np.bool_)
            return by_number
        has = np.zeros(len(self.usubjid) + 1, dtype=bool)
        has[other.subject[kept]] = True
        has[-1] = False
        result: Mask = has[subject]
        return result

    def raw_problem(
        self, problem: Problem, dataset: str, variable: str, frame: str, rows: Codes, subject: Codes,
        columns: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """A problem in raw rows (or records) becomes findings with file, columns, row numbers and subjects."""
        if len(problem.rows):
            self.findings.extend(self._findings(problem, dataset, variable, frame, rows, subject, columns))

    def raw_rows(
        self, rule: str, severity: Severity, message: str, dataset: str, source: str, rows: Codes, positions: Codes,
        subject: Codes,
    ) -> None:  # fmt: skip
        """A finding about whole rows of a source."""
        if len(rows):
            self.raw_problem(
                Problem(rule, severity, rows, message), dataset, "", f"source:{source}", positions, subject
            )

    def _findings(
        self, problem: Problem, dataset: str, variable: str, frame: str, rows: Codes, subject: Codes,
        columns: Sequence[str],
    ) -> list[Finding]:  # fmt: skip
        place = {"dataset": dataset, "variable": variable}
        numbers = np.zeros(len(problem.rows), dtype=np.int64)
        if frame.startswith("source:"):
            source = self.source(frame.removeprefix("source:"))
            place["file"] = source.file
            order = np.searchsorted(source.rows, rows[problem.rows])
            numbers = source.numbers[np.minimum(order, max(len(source.numbers) - 1, 0))]
        elif frame.startswith("table:"):
            place["file"] = frame.removeprefix("table:")
            numbers = rows[problem.rows] + 2
        if "file" in place:
            place["column"] = ";".join(columns)
        values = [str(v or "") for v in plain(problem.values)] if problem.values is not None else [""] * len(numbers)
        people = [self.usubjid[s] if s >= 0 else "" for s in subject[problem.rows]]
        return by_value(
            problem.rule, problem.severity, problem.message, values, [int(n) for n in numbers], people, **place
        )

    def reference_problem(self, frame: str, column: str, problem: Problem) -> None:
        """A problem in rows of a table or source that values are looked up in."""
        if frame.startswith("source:"):
            source = self.source(frame.removeprefix("source:"))
            rows, subject = source.rows, source.subject
        else:
            rows = np.arange(problem.rows.max(initial=-1) + 1, dtype=np.int64)
            subject = np.full(len(rows), -1, dtype=np.int64)
        self.raw_problem(problem, "", "", frame, rows, subject, [column])

    def part_problem(self, problem: Problem, part: Part, variable: str) -> None:
        """A problem in records of a dataset is told with the raw rows and columns behind them."""
        for source, columns, some in self._made_from(problem, part, [variable]):
            self.raw_problem(some, part.name, variable, source, part.source_row, part.subject, columns)

    def traced_problem(self, problem: Problem, part: Part, variables: Sequence[str]) -> None:
        """The same, of records that were made from other datasets too: through these to the raw rows behind all.

        It is told of the first of the variables, with the raw columns of them all.
        """
        self._trace(problem, (part.name, variables[0] if variables else ""), part, variables)

    def _trace(self, problem: Problem, told_of: tuple[str, str], part: Part, variables: Sequence[str]) -> None:
        for source, columns, some in self._made_from(problem, part, variables):
            if source in self.parts:
                self._trace(replace(some, rows=part.source_row[some.rows]), told_of, self.parts[source], columns)
            else:
                self.raw_problem(some, *told_of, source, part.source_row, part.subject, columns)

    def _made_from(
        self, problem: Problem, part: Part, variables: Sequence[str]
    ) -> Iterator[tuple[str, list[str], Problem]]:
        """A problem in records by what these were made from, with the columns that the variables were made of."""
        dataset = self.model.datasets.get(part.name)
        for i, source in enumerate(part.sources):
            for j, template in enumerate(part.templates):
                here = (part.source[problem.rows] == i) & (part.template[problem.rows] == j)
                if here.any():
                    row = dataset.rows.get(template) if dataset else None
                    columns = raw_columns(dataset, row, *variables) if dataset and row else []
                    yield source, columns, problem.within(np.flatnonzero(here))
