"""What the reviewer's guides tell of a delivery, as rows of tables: all of it read from the specs and the run."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from specs.model import CutRule, Dataset
from specs.origins import inferred_origin
from specs.resolve import StudyModel
from specs.sentences import method_sentence
from specs.uses import is_collected, uses

Rows = list[tuple[object, ...]]
ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
SUPPLEMENT = "SUPP"


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

    def standards(self) -> Rows:
        """Standards, terminology and dictionaries, as the define names them."""
        path = self.place / "define.xml"
        if not path.is_file():
            return []
        root = etree.parse(str(path), etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
        found: Rows = [("Define-XML", "define.xml", "2.1")]
        for standard in root.iter("{*}Standard"):
            kind = "Guide" if standard.get("Type") == "IG" else "Terminology"
            name = " ".join(str(standard.get(k)) for k in ("Name", "PublishingSet") if standard.get(k))
            found.append((kind, name, str(standard.get("Version"))))
        dictionaries = {
            (str(d.get("Dictionary")), str(d.get("Version") or "")) for d in root.iter(f"{ODM}ExternalCodeList")
        }
        return [*found, *(("Dictionary", n, v or "not given") for n, v in sorted(dictionaries))]

    def datasets(self) -> Rows:
        """Every dataset with its class, keys, records and variables."""
        found: Rows = []
        for item in self.written:
            spec = self.model.datasets.get(item["name"])
            kind = spec.class_ if spec else "Relationship"
            keys = ", ".join(spec.keys) if spec else ""
            found.append((item["name"], item["label"], kind, keys, item["records"], item["variables"]))
        return found

    def structures(self) -> Rows:
        """Every dataset that has a spec, with its structure and what is noted of it."""
        return [(n, d.label, d.structure, d.comment or "") for n, d in self.specs()]

    def origins(self) -> Rows:
        """For each dataset, the sources of its records, and how many variables have each origin."""
        found: Rows = []
        for name, dataset in self.specs():
            of = dict.fromkeys(row.from_ for row in dataset.rows.values() if row.from_)
            counts = Counter(
                inferred_origin(v) or "No values"
                for k, v in {**dataset.variables, **dataset.supplemental}.items()
                if not k.startswith("_")
            )
            said = ", ".join(f"{k} {n}" for k, n in sorted(counts.items()))
            found.append((name, ", ".join(self._source(n) for n in of) or "derived", said))
        return found

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
        """The terms that the study adds to published codelists, and its own lists."""
        names = sorted({n for layer in self.model.layers if not layer.is_standard for n in layer.codelists.mapping})
        found: Rows = []
        for name in names:
            listed = self.model.codelists.get(name)
            terms = [t for t in listed.terms if t.extended] if listed and listed.code else []
            found += [(name, listed.title if listed else "", t.value, t.decode) for t in terms]
        return found

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
        found: Rows = []
        for name, dataset in self.specs():
            parts = [dataset, *(d for d in self.model.datasets.values() if d.parameter_of == name)]
            of: set[str] = set()
            for part in parts:
                of |= {
                    r.from_ for r in part.rows.values() if r.from_ and r.from_.partition(".")[0] in self.model.datasets
                }
                for variable in [
                    *part.variables.values(),
                    *(v for r in part.rows.values() for v in r.variables.values()),
                ]:
                    if not is_collected(variable):
                        of |= {u.name.partition(".")[0] for u in uses(variable) if u.kind == "other"}
            needed = sorted({d.partition(".")[0] for d in of} - {name})
            found.append((name, ", ".join(needed)))
        return found

    def intermediate(self) -> Rows:
        """Datasets that are made only for others, and why."""
        return [(n, d.label, d.working) for n, d in self.model.datasets.items() if d.working]

    def imputed(self) -> Rows:
        """The variables that are derived with an imputation, with their methods."""
        return self._methods(lambda v: "imput" in (v.derive or ""))

    def _methods(self, wanted: Callable[[Any], bool]) -> Rows:
        found: Rows = []
        for name, dataset in self.specs():
            found += [
                (f"{name}.{v}", method_sentence(self.model, name, v)) for v, t in dataset.variables.items() if wanted(t)
            ]
        return found

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
    said = []
    if rule.start:
        said.append(f"records with {rule.start} after the cut are removed")
    if rule.end and rule.after_end != "keep":
        said.append(f"{rule.end} after the cut is removed" + (", ongoing then" if rule.after_end == "ongoing" else ""))
    said += [f"with {date} after the cut, {', '.join(names)} removed" for date, names in rule.values.items()]
    said += [f"{name} is set anew for what is ongoing" for name in rule.ongoing]
    return "; ".join(said) or "not cut"
