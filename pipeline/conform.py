"""Run the CDISC CORE rules engine on a delivery, and trace what it finds to raw rows and lines of the specs.

The engine is not a part of the program: it needs an interpreter and a rule cache of its own, and is called as a command
of the user. Its report is read as JSON, whatever it finds is followed through the lineage of the delivery.
Source: README of cdisc-org/cdisc-rules-engine ("Running a validation"), its JSON report.
"""

from __future__ import annotations

import csv
import json
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from lxml import etree

from delivery.ectd import ADAM, MANIFEST, SDTM, study_folder
from delivery.verify import NotADelivery, require_intact
from delivery.verify_content import DEFINE
from specs.resolve import StudyModel

VARIABLE = "CUTLINE_CORE"
"""The environment variable that holds the command of the engine."""
INSTALL = f"""the CDISC CORE rules engine is not configured. To check conformance with it:
  1. install Python 3.12, and get the engine: https://github.com/cdisc-org/cdisc-rules-engine (or a release of it)
  2. in a virtual environment of its own: python3.12 -m pip install -r requirements.txt
  3. say how it is called, with --engine or in {VARIABLE}: "/path/to/venv/bin/python /path/to/core.py"
     (for a release: "/path/to/core"); its rule cache with --cache, if it is not in resources/cache beside it"""
RAW = "source:"
PASSED_OVER = ("ROW_SHORT", "ROW_LONG", "ROW_EMPTY")
"""Findings whose rows are in no dataset, so that the rows after them have other places."""
DEEPEST = 6


class EngineMissing(Exception):
    """The engine is not installed or not configured."""


class EngineFailed(Exception):
    """The engine ended without a report that can be read."""


@dataclass(frozen=True)
class Conformance:
    """One thing that the engine found, with the raw rows and the lines of the specs behind it."""

    rule: str
    message: str
    dataset: str
    record: int | None
    """From 1; None for what is wrong with the whole dataset."""
    subject: str
    variables: tuple[str, ...]
    values: tuple[str, ...]
    rows: tuple[str, ...] = ()
    specs: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = self.dataset + (f" record {self.record}" if self.record else "")
        values = ", ".join(f"{n} = {v}" for n, v in zip(self.variables, self.values, strict=False))
        behind = "; ".join(t for t in (", ".join(self.rows), ", ".join(self.specs)) if t)
        said = [
            f"{self.rule} {place}: {self.message}",
            f"({values})" if values else "",
            f"<- {behind}" if behind else "",
        ]
        return " ".join(t for t in said if t)


@dataclass(frozen=True)
class Engine:
    """How the engine is called."""

    command: tuple[str, ...]
    cache: Path | None = None


def engine_of(command: str, cache: Path | None = None) -> Engine:
    """The engine of a command line. Raises EngineMissing where there is none, or no such program."""
    words = tuple(shlex.split(command))
    if not words:
        raise EngineMissing(INSTALL)
    if shutil.which(words[0]) is None:
        raise EngineMissing(f"there is no program {words[0]}; {INSTALL}")
    missing = [w for w in words[1:] if w.endswith(".py") and not Path(w).is_file()]
    if missing:
        raise EngineMissing(f"there is no file {missing[0]}; {INSTALL}")
    return Engine(words, cache)


def conform(delivery: Path, engine: Engine, model: Callable[[], StudyModel | None] = lambda: None) -> list[Conformance]:
    """What the engine finds in the datasets of a delivery; ``model`` gives the specs, for their lines.

    Raises NotADelivery, DamagedDelivery, EngineFailed.
    """
    study = study_folder(delivery)
    if study is None or not (delivery / MANIFEST).is_file() or not (delivery / "lineage").is_dir():
        raise NotADelivery(f"{delivery} is no delivery: give the folder that a run wrote, with its lineage")
    require_intact(delivery)
    trace = Trace(delivery, model())
    found: list[Conformance] = []
    with tempfile.TemporaryDirectory(prefix="cutline-core-") as scratch:
        for place in (study / SDTM, study / ADAM):
            if (place / DEFINE).is_file():
                report = _run(engine, place.resolve(), Path(scratch) / place.parent.name)
                found += [trace.of(c) for c in read_report(report)]
    return found


def ours(delivery: Path) -> list[str]:
    """The findings of the run itself, to be read beside those of the engine; notes are left out."""
    with (delivery / "findings.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["severity"] != "note"]
    told = [(f"{r['rule']} {r['dataset'] or r['file']}: {r['message']}", r["accepted"]) for r in rows]
    return [f"{said} (accepted: {why})" if why else said for said, why in told]


def _run(engine: Engine, place: Path, output: Path) -> Path:
    """Call the engine on the datasets of one standard; gives its report."""
    guide, version, terminology = _standards(place / DEFINE)
    command = [*engine.command, "validate", "-s", guide, "-v", version, "-d", str(place), "-dxp", str(place / DEFINE)]
    for package in terminology:
        command += ["-ct", package]
    command += ["-o", str(output), "-of", "JSON", *(["-ca", str(engine.cache.resolve())] if engine.cache else [])]
    script = next((Path(w) for w in engine.command if w.endswith(".py")), Path(engine.command[0]))
    home = script.resolve().parent if script.is_file() else None  # its cache is looked for beside it
    done = subprocess.run(command, capture_output=True, text=True, cwd=home, check=False)  # noqa: S603 - the user's own
    report = output.with_suffix(".json")
    if done.returncode or not report.is_file():
        said = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise EngineFailed("\n".join([f"the engine gave no report (exit code {done.returncode}); it said:", *said]))
    return report


def _standards(define: Path) -> tuple[str, str, list[str]]:
    """Guide, version and terminology of a define in the engine's words: ``sdtmig``, ``3-4``, ``sdtmct-2025-03-28``."""
    root = etree.parse(str(define), etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    standards = list(root.iter("{*}Standard"))
    guide = next((s for s in standards if s.get("Type") == "IG"), None)
    if guide is None:
        raise EngineFailed(f"{define} names no implementation guide; make it again with the run")
    packages = [
        f"{s.get('PublishingSet', '')}ct-{s.get('Version')}".lower() for s in standards if s.get("Type") == "CT"
    ]
    return str(guide.get("Name")).lower(), str(guide.get("Version")).replace(".", "-"), packages


def read_report(path: Path) -> list[Conformance]:
    """What a report of the engine lists. Raises EngineFailed for a file that is no report."""
    try:
        report = {k.lower(): v for k, v in json.loads(path.read_text(encoding="utf-8")).items()}
        return [_issue({k.lower(): v for k, v in one.items()}) for one in report["issue_details"]]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise EngineFailed(
            f"{path.name} is no report of the engine ({error}); use a release that writes JSON"
        ) from error


def _issue(one: dict[str, Any]) -> Conformance:
    row = str(one.get("row") or "")
    return Conformance(
        rule=str(one["core_id"]),
        message=str(one.get("message") or ""),
        dataset=Path(str(one.get("dataset") or "")).stem.upper(),
        record=int(row) if row.isdigit() and int(row) > 0 else None,
        subject=str(one.get("usubjid") or ""),
        variables=_texts(one.get("variables")),
        values=_texts(one.get("values")),
    )


def _texts(given: Any) -> tuple[str, ...]:
    listed = given if isinstance(given, list) else str(given).split(", ") if given else []
    return tuple(str(v) for v in listed)


@dataclass
class Trace:
    """The way from a record to the raw rows and the lines of the specs that it comes from."""

    delivery: Path
    model: StudyModel | None = None
    _lineage: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, found: Conformance) -> Conformance:
        """The same, with what is behind it."""
        rows = self.rows(found.dataset, found.record - 1, found.variables) if found.record else []
        return Conformance(
            **{k: getattr(found, k) for k in found.__dataclass_fields__ if k not in ("rows", "specs")},
            rows=tuple(dict.fromkeys(rows)),
            specs=tuple(self.lines(found.dataset, found.variables)),
        )

    def rows(self, dataset: str, record: int, variables: tuple[str, ...] = (), depth: int = 0) -> list[str]:
        """The raw rows behind a record: those that it is, and those that its named variables were taken from."""
        edges = self._edges(dataset)
        if edges is None or depth > DEEPEST:
            return []
        at = slice(*np.searchsorted(edges["record"], [record, record + 1]))
        found: list[str] = []
        listed = (edges[c][at] for c in ("role", "variable", "of", "of_row"))
        for role, variable, of, row in zip(*(x.tolist() for x in listed), strict=True):
            if role != "record" and variable not in variables:
                continue
            if of.startswith(RAW):
                found.append(self._row(of.removeprefix(RAW), row))
            else:
                found += self.rows(of, row, variables, depth + 1)
        return found

    def _edges(self, dataset: str) -> dict[str, Any] | None:
        if dataset not in self._lineage:
            path = self.delivery / "lineage" / f"{dataset.lower()}.parquet"
            table = pq.read_table(path) if path.is_file() else None
            self._lineage[dataset] = {c: table.column(c).to_numpy() for c in table.column_names} if table else {}
        return self._lineage[dataset] or None

    def _row(self, source: str, row: int) -> str:
        """A row of a source by its file and the number that people count."""
        file, header = self._files.get(source, (source, 1))
        passed = self._passed_over.get(file, np.empty(0, dtype=np.int64))
        number = row + header + 1
        for skipped in passed.tolist():
            number += skipped <= number
        return f"{file} row {number}"

    @cached_property
    def _files(self) -> dict[str, tuple[str, int]]:
        if self.model is None:
            return {s["name"]: (s["file"], 1) for s in self._summary["sources"]}
        return {n: (s.file, s.header_row) for n, s in self.model.study.sources.items()}

    @cached_property
    def _passed_over(self) -> dict[str, Any]:
        found: dict[str, list[int]] = {}
        for finding in self._summary["findings"]:
            if finding["rule"] in PASSED_OVER:
                found.setdefault(finding["file"], []).extend(finding["rows"])
        return {file: np.unique(np.array(rows, dtype=np.int64)) for file, rows in found.items()}

    @cached_property
    def _summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.delivery / "report" / "summary.json").read_text(encoding="utf-8"))
        return found

    def lines(self, dataset: str, variables: tuple[str, ...]) -> Iterator[str]:
        """Where the specs say how variables of a dataset are made: file and line, with the layer."""
        node = self.model.nodes.get(dataset) if self.model else None
        if node is None:
            return
        sections = [node.get("variables"), node.get("supplemental")]
        rows = node.get("rows")
        sections += [r.get("variables") for r in rows.mapping.values()] if rows else []
        for name in variables:
            for section in sections:
                given = section.get(name) if section else None
                if given is not None:
                    yield f"{name}: {given.place.file}:{given.place.line} ({given.layer})"
                    break
