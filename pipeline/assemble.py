"""From the parts of all ranges to the files of a delivery: XPT, Parquet, lineage, findings, accounting, cut report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from delivery.dataset_json import About, write_dataset_json
from delivery.parquet import write_parquet
from delivery.xpt import WrittenVariable, XptError, XptVariable, write_xpt
from pipeline.cut import REPORT_COLUMNS
from pipeline.extract import Extract
from pipeline.findings import SHOWN_ROWS, Finding, to_frame
from pipeline.part import RangeResult
from pipeline.relate import RELREC
from pipeline.spill import read_frame
from pipeline.standard_datasets import standard_dataset
from pipeline.stopwatch import Stopwatch
from specs.model import Dataset
from specs.resolve import StudyModel
from transforms.columns import categories_of, raw_codes, stack

SUMMARY = Path("report") / "summary.json"
FINDINGS = "findings.csv"
KEPT_BYTES = 64 * 1024 * 1024
"""A dataset up to this size is held in memory while its files are written."""


UNWRITABLE = ("LENGTH_OVER_200", "NOT_ASCII", "NAME", "LABEL")
"""The findings that name the raw rows of what the XPT format cannot hold."""


class WriteErrors(Exception):
    """What the XPT format cannot hold, in every dataset that has it, with the raw rows behind all of it."""

    def __init__(self, problems: list[XptError], findings: Sequence[Finding] = (), kept: Path | None = None) -> None:
        self.problems = problems
        self.findings = list(findings)
        """All of the run."""
        behind = [f"  {_where(f)}: {f.message}" for f in findings if f.rule in UNWRITABLE]
        more = [f"  and {len(behind) - SHOWN_ROWS:,} more"] if len(behind) > SHOWN_ROWS else []
        told = ["nothing is delivered; behind it:", *behind[:SHOWN_ROWS], *more] if behind else []
        where = [f"all findings of this run: {kept}"] if kept else []
        super().__init__("\n".join([*map(str, problems), *told, *where]))


def _where(finding: Finding) -> str:
    """Where a finding is, as people look for it: ``RULE DATASET.VARIABLE, file column row 16``."""
    raw = finding.place(SHOWN_ROWS)
    of = ".".join(t for t in (finding.dataset, finding.variable) if t)
    return f"{finding.rule} {of}" + (f", {raw}" if raw else "")


def write_all(
    model: StudyModel,
    results: list[RangeResult],
    findings: list[Finding],
    accounting: pd.DataFrame,
    folder: Path,
    only: tuple[str, ...],
    stopwatch: Stopwatch | None = None,
) -> list[dict[str, Any]]:
    """Write everything under ``folder``; gives one summary per dataset. Raises WriteErrors."""
    stopwatch = stopwatch or Stopwatch()
    (folder / "data").mkdir(parents=True)
    (folder / "json").mkdir()
    (folder / "lineage").mkdir()
    (folder / "report").mkdir()
    offsets = _offsets(results)
    problems: list[XptError] = []
    written: list[dict[str, Any]] = []
    for name in _names(model, results):
        if only and name not in only and name.removeprefix("SUPP") not in only:
            continue
        try:
            written.append(_write_dataset(model, name, results, folder, stopwatch))
        except XptError as error:
            problems.append(error)
        with stopwatch.on("write lineage"):
            _write_lineage(name, results, offsets, folder)
    if problems:
        raise WriteErrors(problems, findings)
    write_findings(findings, folder)
    _csv(accounting, folder / "accounting.csv")
    _csv(_cut_report(model, results), folder / "cut_report.csv")
    return written


def _cut_report(model: StudyModel, results: list[RangeResult]) -> pd.DataFrame:
    """What the cut took from every range, by dataset and subject; and why it leaves a dataset."""
    reports = [r.cut_report for r in results if r.cut_report is not None]
    facts = [r.facts.assign(action="alive after the cut") for r in results if r.facts is not None]
    rules = model.study.cut.datasets if model.study.cut else {}
    kept = [{"dataset": n, "action": "dataset kept", "value": rule.keep} for n, rule in rules.items() if rule.keep]
    whole = [pd.DataFrame(columns=list(REPORT_COLUMNS)), *reports, *facts, *([pd.DataFrame(kept)] if kept else [])]
    report = pd.concat(whole, ignore_index=True)
    return report.sort_values(["dataset", "USUBJID"], kind="stable")


def write_findings(findings: list[Finding], folder: Path) -> None:
    """``findings.csv`` of a delivery."""
    _csv(to_frame(findings), folder / FINDINGS)


def whole(name: str, results: list[RangeResult]) -> pd.DataFrame:
    """A dataset of all subjects as one frame."""
    frames = [read_frame(r.datasets[name][0]) for r in results if name in r.datasets]
    return pd.DataFrame({c: stack([f[c] for f in frames]) for c in frames[0].columns}) if frames else pd.DataFrame()


def write_summary(folder: Path, result: dict[str, Any]) -> None:
    """What a later run on the same inputs says without doing the work again."""
    (folder / SUMMARY).write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_summary(folder: Path) -> dict[str, Any]:
    """The summary that a delivery holds."""
    found: dict[str, Any] = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    return found


def source_rows(extract: Extract, accounting: pd.DataFrame) -> list[dict[str, Any]]:
    """One line per source: what came in, and what became of it."""
    lines = accounting[accounting["level"] == "source"]
    table = lines.pivot_table(index="source", columns="category", values="count", aggfunc="sum")
    found = []
    for name, source in extract.sources.items():
        counts = {str(k): int(v) for k, v in table.loc[name].to_dict().items()}
        found.append(
            {
                "name": name,
                "file": source.spec.file,
                "rows": source.size + source.rejected,
                "columns": len(source.frame.columns),
                "used": counts.get("used", 0),
                "filtered": counts.get("filtered", 0) + counts.get("filtered by mapping", 0),
                "cut": counts.get("removed by the cut", 0),
                "duplicate": counts.get("duplicate", 0),
                "rejected": counts.get("rejected", 0) + counts.get("no subject", 0),
            }
        )
    return found


def _csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n")


def _names(model: StudyModel, results: list[RangeResult]) -> list[str]:
    """The datasets that have records, each SUPP after its parent; a dataset without records is left out (L11)."""
    sizes: dict[str, int] = {}
    for result in results:
        for name, (_, size) in result.datasets.items():
            sizes[name] = sizes.get(name, 0) + size
    order = [*(n for d in model.datasets for n in (d, f"SUPP{d}")), RELREC]
    return [n for n in order if sizes.get(n, 0)]


def _offsets(results: list[RangeResult]) -> dict[str, list[int]]:
    """For each dataset, the number of the first record of each range's part."""
    names = {n for r in results for n in r.datasets}
    return {
        n: np.concatenate([[0], np.cumsum([r.datasets.get(n, (None, 0))[1] for r in results])]).astype(int).tolist()
        for n in names
    }


def _write_dataset(
    model: StudyModel, name: str, results: list[RangeResult], folder: Path, stopwatch: Stopwatch
) -> dict[str, Any]:
    described = model.datasets.get(name) or standard_dataset(model, name)
    variables = {v: t for v, t in described.variables.items() if not v.startswith("_")}
    with stopwatch.on("write XPT"):
        parts = _again([r.datasets[name][0] for r in results if name in r.datasets and r.datasets[name][1]])
        kept = _with_values(described, parts)
    columns = [
        XptVariable(v, t.label or v, t.type or "Char", t.display or "") for v, t in variables.items() if v in kept
    ]
    target = folder / _place(model, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    modified = datetime.fromisoformat(model.study.timestamp)
    with stopwatch.on("write XPT"):
        measured = write_xpt(target, name, described.label, columns, parts, modified)
    with stopwatch.on("write Parquet"):
        write_parquet(folder / "data" / f"{name.lower()}.parquet", [c.name for c in columns], parts)
    with stopwatch.on("write JSON"):
        write_dataset_json(folder / "json" / f"{name.lower()}.json", _about(model, described, name), measured, parts)
    return {
        "name": name,
        "label": described.label,
        "records": measured[0].records if measured else 0,
        "variables": len(columns),
        "path": _place(model, name).as_posix(),
        "measured": [_facts(m) for m in measured],
    }


def _again(paths: list[Path]) -> Callable[[], Iterable[pd.DataFrame]]:
    """The parts of a dataset, as often as they are asked for: kept while they are small, else read again each time."""
    if sum(p.stat().st_size for p in paths) > KEPT_BYTES:
        return lambda: map(read_frame, paths)
    frames = [read_frame(p) for p in paths]
    return lambda: frames


def _about(model: StudyModel, described: Dataset, name: str) -> About:
    define = Path("..") / _place(model, name).parent / "define.xml"
    study, created = model.study.study, model.study.timestamp
    metadata = f"MDV.{study}.{'ADaM' if described.standard == 'adam' else 'SDTM'}"
    return About(study, name, described.label, created, tuple(described.keys), metadata, define.as_posix())


def _facts(measured: WrittenVariable) -> dict[str, Any]:
    return asdict(measured)


def _with_values(described: Dataset, parts: Any) -> set[str]:
    """The variables that are written: required and expected ones always, permissible ones when they hold a value."""
    kept = {v for v, t in described.variables.items() if t.core in ("Req", "Exp", None)}
    waiting = set(described.variables) - kept
    for frame in parts():
        kept |= {v for v in waiting if v in frame and frame[v].notna().any()}
    return kept


def _place(model: StudyModel, name: str) -> Path:
    """Where a dataset stands in the m5 tree (design, section 5)."""
    dataset = model.datasets.get(name) or model.datasets.get(name.removeprefix("SUPP")) or Dataset(dataset=name)
    base = Path("m5") / "datasets" / model.study.study.lower()
    section = Path("analysis") / "adam" / "datasets" if dataset.standard == "adam" else Path("tabulations") / "sdtm"
    return base / section / f"{name.lower()}.xpt"


def _write_lineage(name: str, results: list[RangeResult], offsets: dict[str, list[int]], folder: Path) -> None:
    def parts() -> Iterator[pd.DataFrame]:
        for i, result in enumerate(results):
            if name in result.lineage:
                yield _moved(read_frame(result.lineage[name]), offsets[name][i], {d: n[i] for d, n in offsets.items()})

    names = ["record", "role", "variable", "of", "of_row"]
    write_parquet(folder / "lineage" / f"{name.lower()}.parquet", names, parts)


def _moved(edges: pd.DataFrame, first: int, shift: dict[str, int]) -> pd.DataFrame:
    """The edges of one range by the numbers that its records have in the whole datasets."""
    by_code = np.array([shift.get(of, 0) for of in categories_of(edges["of"])] + [0], dtype=np.int64)
    of_row = edges["of_row"] + by_code[raw_codes(edges["of"])]
    return edges.assign(record=edges["record"] + first, of_row=of_row)
