"""One range of subjects in memory: a study of a few lines of YAML, and raw files as text; no layer, no folder."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from pipeline.context import RangeContext, RangeSource
from pipeline.ranges import SUBJECT
from pipeline.records import Part
from specs.layers import DatasetFiles, Layer
from specs.model import Dataset, Study
from specs.nodes import Node
from specs.problems import Place
from specs.resolve import StudyModel
from specs.terminology import Codelist, Term
from transforms.columns import Codes, Column, plain, text

STUDY = """
study: S
sources:
  dm: {file: dm.csv, subject: SUBJECT}
  ae: {file: ae.csv, subject: SUBJECT}
  lb: {file: lb.csv, subject: SUBJECT}
  site: {file: site.csv, optional: true}
"""
PERSONS = ("01", "02", "03")
"""The persons of the range; their USUBJID is ``S-01`` and so on. A row of any other subject is of nobody."""
NY = Codelist("NY", "C66742", "No Yes Response", False, (Term("N", "C1", "No"), Term("Y", "C2", "Yes")))


def model_of(study: str = STUDY, codelists: tuple[Codelist, ...] = (NY,), **datasets: str) -> StudyModel:
    """A study without layers; ``AE="rows: ..."`` is the file of a dataset, ``ADTTE__PFS`` the parameter ADTTE.PFS."""
    nowhere = Path("nowhere")
    empty = Node({}, Place("study.yaml"))
    layer = Layer("pack", nowhere, empty, empty, empty, empty, DatasetFiles({}, lambda _: None))
    made = StudyModel("pack", nowhere, Study.model_validate(_read(study)), empty, [layer])
    for key, given in datasets.items():
        name = key.replace("__", ".")
        made.datasets[name] = Dataset.model_validate({"dataset": name, **_read(given)})
        made.nodes[name] = Node({}, Place(f"{name}.yaml"))
    vars(made)["codelists"] = {c.name: c for c in codelists}
    return made


def opened(model: StudyModel, /, tables: dict[str, str] | None = None, **raw: str) -> RangeContext:
    """The range: ``ae="SUBJECT,TERM\\n01,Fever\\n"`` are the rows of a source, beginning with row 2 of its file."""
    for name, content in (tables or {}).items():
        model._tables[name] = _frame(content)
    sources = {name: _source(model, name, _frame(content)) for name, content in raw.items()}
    return RangeContext(model, sources, [f"S-{p}" for p in PERSONS], list(PERSONS))


def shown(part: Part, *variables: str) -> list[list[object]]:
    """The values of some variables, record by record; missing as None."""
    return [list(row) for row in zip(*(plain(part.column(v)) for v in variables), strict=True)]


def told(context: RangeContext) -> list[tuple[str, str, str, tuple[int, ...], tuple[str, ...]]]:
    """The findings: rule, file, value, rows of the file, subjects."""
    return [(f.rule, f.file, f.value, f.rows, f.subjects) for f in context.findings.all()]


def edges(part: Part) -> list[tuple[str, str, str, list[tuple[int, int]]]]:
    """The lineage of a part: variable, role, of, and pairs of our record and their row."""
    return [(v, e.role, e.of, list(zip(e.rows.tolist(), e.of_rows.tolist(), strict=True))) for v, e in part.edges]


def codes(*values: int) -> Codes:
    """Positions."""
    return np.array(values, dtype=np.int64)


def part_of(name: str, subject: Codes, **columns: Sequence[str | float | None]) -> Part:
    """A dataset as other steps find it: its records are of these persons, and made of nothing."""
    made: dict[str, Column] = {
        n: text([None if x is None else str(x) for x in v])
        if any(isinstance(x, str) for x in v)
        else pd.Series(v, dtype="float64")
        for n, v in columns.items()
    }
    none = np.zeros(len(subject), dtype=np.int64)
    return Part(name, made, len(subject), subject, none, ["rows"], none, [f"made:{name}"], np.arange(len(subject)))


def _read(given: str) -> dict[str, object]:
    found: dict[str, object] = YAML(typ="safe").load(given)
    return found


def _frame(content: str) -> pd.DataFrame:
    raw = pd.read_csv(io.StringIO(content), dtype="str", keep_default_na=False)
    return pd.DataFrame({c: text(raw[c]) for c in raw.columns})


def _source(model: StudyModel, name: str, frame: pd.DataFrame) -> RangeSource:
    spec = model.study.sources[name]
    who = plain(frame[spec.subject]) if spec.subject else [None] * len(frame)
    person = np.array([PERSONS.index(w) if w in PERSONS else -1 for w in who], dtype=np.int64)
    columns: dict[str, Column] = {str(c): frame[c] for c in frame.columns}
    if spec.subject:
        columns[SUBJECT] = frame[spec.subject]
    rows = np.arange(len(frame), dtype=np.int64)
    return RangeSource(name, spec.file, columns, rows, rows + 2, person, spec.subject)
