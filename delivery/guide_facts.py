"""What the reviewer's guides tell of a delivery, as rows of tables: all of it read from the specs and the run."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from delivery.acrf import NOT_SUBMITTED, forms
from delivery.guide_define import DefineFacts
from delivery.split import parts_of
from specs.dependencies import needs, records_from
from specs.model import CutRule, Dataset
from specs.resolve import StudyModel

Rows = list[tuple[object, ...]]
SUPPLEMENT = "SUPP"
SELECTS = "selects records, or decides between values"
WORKING = re.compile(r"\b_([A-Z][A-Z0-9]*)\b")
"""A working variable, which is in no file."""


@dataclass(frozen=True)
class GuideFacts:
    """The facts of one standard of a delivery; ``place`` is the folder of its datasets and define."""

    model: StudyModel
    delivery: Path
    place: Path
    analysis: bool

    @cached_property
    def written(self) -> list[dict[str, Any]]:
        """The datasets of the standard that have records, as the run summed them up."""
        found = json.loads((self.delivery / "report" / "summary.json").read_text(encoding="utf-8"))["datasets"]
        return [d for d in found if ("/adam/" in d["path"]) == self.analysis]

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the delivery."""
        found: dict[str, Any] = json.loads((self.delivery / "manifest.json").read_text(encoding="utf-8"))
        return found

    def specs(self) -> Iterator[tuple[str, Dataset]]:
        """The datasets of the standard that a spec describes and the run wrote."""
        names = {d["name"] for d in self.written}
        for name, dataset in self.model.datasets.items():
            if name in names and dataset.is_written:
                yield name, dataset

    @cached_property
    def define(self) -> DefineFacts:
        """The define.xml of the standard."""
        return DefineFacts(self.place / "define.xml")

    def standards(self) -> Rows:
        """Standards, terminology and dictionaries, as the define names them."""
        return list(self.define.standards())

    def datasets(self) -> Rows:
        """Every dataset with its class, keys, records and variables."""
        described = self.define.datasets
        found: Rows = []
        for item in sorted(self.written, key=lambda d: _place(described, str(d["name"]))):
            own = described.get(item["name"])
            kind, keys = (own.class_name, ", ".join(own.keys)) if own else ("", "")
            found.append((item["name"], item["label"], kind, keys, item["records"], item["variables"]))
        return found

    def empty(self) -> Rows:
        """The datasets that were planned and have no records at this cut."""
        return [(d.name, d.label) for d in self.define.datasets.values() if not d.has_records]

    def structures(self) -> Rows:
        """Every dataset with its structure and what is noted of it."""
        return [(n, d.structure, d.comment) for n, d in self.define.datasets.items() if d.has_records]

    def not_submitted(self) -> Rows:
        """The fields of the forms that no variable has, each with the reason that the specs give."""
        return [
            (form.title, field.column, field.shown.partition(": ")[2] or SELECTS)
            for form in forms(self.model)
            for field in form.fields
            if field.annotations == (NOT_SUBMITTED,)
        ]

    def origins(self) -> Rows:
        """For each dataset, the sources of its records, and how many variables have each origin."""
        return [
            (n, ", ".join(self._made_from(n)) or "the datasets", ", ".join(f"{k} {count}" for k, count in d.origins))
            for n, d in self.define.datasets.items()
            if d.has_records
        ]

    def _made_from(self, name: str) -> list[str]:
        """The raw sources and datasets that the records of a dataset come from."""
        if name.startswith(SUPPLEMENT):
            return [name.removeprefix(SUPPLEMENT)]
        return [self._source(of) for of in records_from(self.model, name)]

    def _source(self, name: str) -> str:
        source = self.model.study.sources.get(name)
        return f"{name} ({source.kind})" if source else name

    def sources(self) -> Rows:
        """Every file of the extract with its kind and checksum."""
        by_file = {s.file: (n, s.kind) for n, s in self.model.study.sources.items()}
        rows: Rows = []
        for file, checksum in sorted(self.manifest["inputs"].items()):
            name, kind = by_file.get(file, ("", "not used"))
            rows.append((file, name, kind, checksum))
        return rows

    def extended_codelists(self) -> Rows:
        """The terms that the study adds to published codelists."""
        return list(self.define.extended_terms())

    def conformance(self) -> Rows:
        """For each rule and reason: severity, datasets, findings, records; errors first."""
        with (self.delivery / "findings.csv").open(encoding="utf-8", newline="") as file:
            rows = [r for r in csv.DictReader(file) if self._concerns(r["dataset"])]
        counted: dict[tuple[str, str, str], list[dict[str, str]]] = {}
        for row in rows:
            counted.setdefault((row["severity"], row["rule"], row["accepted"]), []).append(row)
        order = ("error", "warning", "note")
        return [
            (
                rule,
                severity,
                ", ".join(sorted({r["dataset"] for r in of if r["dataset"]})),
                len(of),
                sum(int(r["count"]) for r in of),
                reason or "open",
            )
            for (severity, rule, reason), of in sorted(counted.items(), key=lambda i: (order.index(i[0][0]), i[0][1:]))
        ]

    def _concerns(self, dataset: str) -> bool:
        """Findings of this standard; those of files alone are told with the tabulations."""
        spec = self.model.datasets.get(dataset.partition(".")[0])
        return (spec is not None and (spec.standard == "adam") == self.analysis) or (spec is None and not self.analysis)

    def cut_rules(self) -> Rows:
        """The rule of the data cut of every dataset, and what it did."""
        if self.model.study.cut is None:
            return []
        with (self.delivery / "cut_report.csv").open(encoding="utf-8", newline="") as file:
            done = Counter((r["dataset"], r["action"]) for r in csv.DictReader(file))
        found: Rows = []
        for name, rule in self.model.study.cut.datasets.items():
            counts = (done[name, a] for a in ("record removed", "value removed", "value replaced"))
            found.append((name, _cut(rule), *counts))
        return found

    def dependencies(self) -> Rows:
        """For each dataset, the others that its records or variables come from."""
        return [(name, ", ".join(needs(self.model, name))) for name, _ in self.specs()]

    def intermediate(self) -> Rows:
        """Datasets that are made only for others, and why."""
        return [(n, d.working) for n, d in self.model.datasets.items() if d.working]

    def imputed(self) -> Rows:
        """The variables that are derived with an imputation, with their methods."""
        return list(self.define.imputations())

    def splits(self) -> Rows:
        """Every dataset over the limit of the agency, with its size and its parts."""
        found: Rows = []
        for path in sorted(self.place.glob("*.xpt")):
            parts = parts_of(path)
            if parts:
                found.append((path.stem.upper(), path.stat().st_size, ", ".join(p.name for p in parts)))
        return found

    def screen_failures(self) -> int:
        """How many subjects of DM failed screening."""
        return sum(reason == "SCREEN FAILURE" for (reason,) in self._table("dm", ("ARMNRS",)))

    def core_variables(self) -> list[str]:
        """The variables of the subjects that most analysis datasets carry."""
        others = [set(d.variables) for n, d in self.specs() if n != "ADSL"]
        subjects = self.model.datasets.get("ADSL")
        if subjects is None or not others:
            return []
        return [
            v for v in subjects.variables if sum(v in o for o in others) * 2 > len(others) and not v.startswith("_")
        ]

    def criteria(self) -> Rows:
        """The criteria of the trial, from TI."""
        return self._table("ti", ("IETESTCD", "IECAT", "IETEST", "TIVERS"))

    def summary(self, code: str) -> str:
        """A value of the trial summary (TS)."""
        rows = self._table("ts", ("TSPARMCD", "TSVAL"))
        return next((str(v) for c, v in rows if c == code and v), "")

    def _table(self, name: str, columns: tuple[str, ...]) -> Rows:
        import pyarrow.parquet as pq

        path = self.delivery / "data" / f"{name}.parquet"
        if not path.is_file():
            return []
        there = [c for c in columns if c in pq.read_schema(path).names]
        rows = pq.read_table(path, columns=there).to_pylist()
        return [tuple(row.get(c) or "" for c in columns) for row in rows]

    def software(self) -> Rows:
        """Program and libraries with their versions."""
        versions = [(name, version) for name, version in sorted(self.manifest["versions"].items())]
        return [("Cutline (SHA-256 of its sources)", self.manifest["program"]), *versions]


def _cut(rule: CutRule) -> str:
    said = [f"not cut: {rule.keep}"] if rule.keep else []
    if rule.start:
        said.append(f"records with {rule.start} after the cut are removed")
    if rule.end:
        then = ", ongoing then" if rule.after_end == "ongoing" else ", the record is kept"
        said.append(f"{rule.end} after the cut is emptied{then}")
    said += [f"with {date} after the cut, {', '.join(names)} removed" for date, names in rule.values.items()]
    said += [f"{name} is set anew for what is ongoing" for name in rule.ongoing]
    return WORKING.sub(r"intermediate \1", "; ".join(said)) or "not cut"


def _place(described: Mapping[str, object], name: str) -> tuple[bool, int]:
    """The place of a dataset in the order of the define; what it does not describe comes last."""
    names = list(described)
    return (name not in described, names.index(name) if name in described else 0)
