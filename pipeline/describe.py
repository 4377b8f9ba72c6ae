"""define.xml of what a run wrote: beside the datasets of each standard, validated against the schemas every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from define.build import Documents, build
from define.check import check_define
from define.draft import CRF
from define.html import write_html
from define.model import Leaf
from define.results import Selection
from define.validate_xsd import schema_errors
from define.write import FILE, write_define
from define.written import WrittenDataset, WrittenVariable
from delivery.acrf import field_pages
from delivery.ectd import ADDED
from pipeline.findings import Finding
from pipeline.standard_datasets import standard_dataset
from specs.analyses import SUBJECTS, Endpoint, load_analyses
from specs.conditions import parse_condition
from specs.model import Dataset
from specs.resolve import StudyModel
from transforms.columns import Column, Mask, constant, take_results, text

RECORD = "record"
GUIDES = {
    False: Leaf("LF.csdrg", "csdrg.docx", "Clinical Study Data Reviewer's Guide"),
    True: Leaf("LF.adrg", "adrg.docx", "Analysis Data Reviewer's Guide"),
}
"""The reviewer's guide of the tabulations, and of the analysis datasets."""


def describe(
    model: StudyModel,
    folder: Path,
    written: Sequence[dict[str, Any]],
    *,
    documents: Callable[[StudyModel, bool], Documents] | None = None,
    preview: bool = False,
) -> list[Finding]:
    """Write define.xml, its stylesheet and define.html beside the datasets of each standard under ``folder``.

    ``written`` is what ``assemble.write_all`` gave; a preview is not of all datasets. ``documents`` gives the documents
    beside the define of the tabulations (False) or the analysis datasets (True); by default those that a package adds:
    the annotated CRF made from the forms of the pack, and the reviewer's guide. Gives a finding DEFINE_XSD for every
    violation of the schemas, which is an error of the program, and those of ``define.rules`` about the define.xml and
    the transport files.
    """
    datasets = {str(w["name"]): _dataset(model, folder, w) for w in written}
    places = {str(w["name"]): folder / Path(w["path"]).parent for w in written}
    findings: list[Finding] = []
    with ThreadPoolExecutor(max_workers=1) as beside:  # a stylesheet takes as long as all the rest, and runs apart
        pages = []
        for place in sorted(set(places.values())):
            own = [d for n, d in datasets.items() if places[n] == place]
            analysis = any(d.spec.standard == "adam" for d in own)
            selections = _selections(model, datasets) if analysis else []
            of_define = (documents or documents_of_package)(model, analysis)
            all_of = own if preview else [*own, *_empty(model, datasets, analysis=analysis)]
            define = build(model, _ordered(all_of), analysis=analysis, documents=of_define, selections=selections)
            path = write_define(define, place)
            pages.append(beside.submit(write_html, path))
            findings += _faults(path, path.relative_to(folder).as_posix())
        for page in pages:
            page.result()
    return findings


def _faults(path: Path, name: str) -> Iterator[Finding]:
    """What the schemas and our own rules find in a define.xml and the transport files beside it."""
    for error in schema_errors(path.read_bytes()):
        message = f"line {error.line}: {error.message} (an error of the program; report it)"
        yield Finding("DEFINE_XSD", "error", message, file=name)
    for f in check_define(path, path.parent, ADDED):
        yield Finding(f.rule, f.severity, f.message, dataset=f.dataset, variable=f.variable, file=name)


def documents_of_package(model: StudyModel, analysis: bool) -> Documents:
    """The annotated CRF that is made from the forms of a pack with the page of each field, and the reviewer's guide."""
    pages = {} if analysis else field_pages(model)
    crf = Leaf(CRF, "acrf.pdf", "Annotated Case Report Form") if pages else None
    return Documents(annotated_crf=crf, others=(GUIDES[analysis],), pages=pages)


def _empty(model: StudyModel, datasets: dict[str, WrittenDataset], *, analysis: bool) -> list[WrittenDataset]:
    """The datasets of the study that have no records at this cut."""
    absent = [
        d
        for name, d in model.datasets.items()
        if d.is_written and name not in datasets and (d.standard == "adam") == analysis
    ]
    return [WrittenDataset(d, "", 0, tuple(_planned(d)), lambda _: text([])) for d in absent]


def _planned(dataset: Dataset) -> Iterator[WrittenVariable]:
    """The variables that a dataset would have with records, whatever they hold."""
    for name, typed in dataset.variables.items():
        if not name.startswith("_") and (typed.core != "Perm" or name in dataset.keys):
            kind = typed.type or "Char"
            yield WrittenVariable(name, typed.label or name, kind, 1 if kind == "Char" else 8, "", None, None, 0, 0)


def _dataset(model: StudyModel, folder: Path, written: dict[str, Any]) -> WrittenDataset:
    name = str(written["name"])
    table = folder / "data" / f"{name.lower()}.parquet"
    variables = tuple(WrittenVariable(**m) for m in written["measured"])
    return WrittenDataset(
        spec=_described(model, name),
        file=Path(written["path"]).name,
        records=int(written["records"]),
        variables=variables,
        read=Columns(table, [v.name for v in variables]),
        origins=_origins(folder / "lineage" / f"{name.lower()}.parquet", int(written["records"])),
    )


def _described(model: StudyModel, name: str) -> Dataset:
    return model.datasets.get(name) or standard_dataset(model, name)


@dataclass
class Columns:
    """The columns of a Parquet file that a run wrote, one by one, in the column contract; the file is opened once."""

    path: Path
    names: Sequence[str]

    @cached_property
    def _file(self) -> pq.ParquetFile:
        return pq.ParquetFile(self.path, read_dictionary=list(self.names))

    def __call__(self, name: str) -> Column:
        """One column."""
        series = self._file.read([name], use_threads=False).column(0).combine_chunks().to_pandas()
        is_text = isinstance(series.dtype, pd.CategoricalDtype | pd.StringDtype)
        return text(series) if is_text else series.astype("float64")


def _origins(path: Path, records: int) -> Column | None:
    """The source of every record, from the edges of the role ``record``; None without lineage."""
    if not path.is_file():
        return None
    file = pq.ParquetFile(path, read_dictionary=["role", "of"])
    table = file.read(["record", "role", "of"], use_threads=False)
    roles, of = (table.column(c).combine_chunks() for c in ("role", "of"))
    names = roles.dictionary.to_pylist()
    wanted = roles.indices.to_numpy() == (names.index(RECORD) if RECORD in names else -1)
    codes = np.full(records, -1, dtype=np.int64)
    codes[table.column("record").to_numpy()[wanted]] = of.indices.to_numpy()[wanted]
    return take_results(of.dictionary.to_pylist(), codes)


def _ordered(datasets: Sequence[WrittenDataset]) -> list[WrittenDataset]:
    """By class as Define-XML lists them: the subjects and trial design first, relationships last; then by name."""
    order = ("Trial Design", "ADSL", "Special-Purpose", "Interventions", "Events", "Findings", "Findings About")

    def place(dataset: WrittenDataset) -> tuple[int, str]:
        class_ = dataset.spec.class_
        return (order.index(class_) if class_ in order else len(order), dataset.name)

    return sorted(datasets, key=place)


def _selections(model: StudyModel, datasets: dict[str, WrittenDataset]) -> list[Selection]:
    """What each endpoint really selects from the datasets that were written."""
    found = []
    for name, endpoint in load_analyses(model).endpoints.items():
        if SUBJECTS in datasets and endpoint.dataset in datasets:
            found.append(_selection(name, endpoint, datasets[SUBJECTS], datasets[endpoint.dataset]))
    return found


def _selection(name: str, endpoint: Endpoint, subjects: WrittenDataset, records: WrittenDataset) -> Selection:
    people = text(subjects.column("USUBJID")).astype("str")[_mask(endpoint.population, subjects)]
    person = text(records.column("USUBJID")).astype("str")
    chosen = person.isin(people).to_numpy() & _mask(endpoint.where, records)
    return Selection(name, endpoint, int(people.nunique()), int(chosen.sum()), int(person[chosen].nunique()))


def _mask(condition: str | None, dataset: WrittenDataset) -> Mask:
    if not condition:
        return np.ones(dataset.records, dtype=np.bool_)

    def column(name: str) -> Column:  # a permissible variable without any value is not in the file
        return dataset.column(name) if name in dataset.names else constant(None, dataset.records)

    return parse_condition(condition).mask(column, dataset.records)


__all__ = ["FILE", "Columns", "describe", "documents_of_package"]
