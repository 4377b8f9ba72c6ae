"""A tiny study, written in a few lines, and its run: for tests of the pipeline's parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pipeline.run import RunOptions, RunResult, run

HEAD = """
study: TINY
extends: [sdtmig-3.4]
subjects: {register: dm}
"""
DM = """
rows: {all: {from: dm}}
variables: {SUBJID: {copy: person.SUBJID}, SITEID: {value: S1}, SEX: {value: F}, COUNTRY: {value: DEU}}
"""


@dataclass
class Tiny:
    """A pack of DM and what a test adds, with its raw files as text."""

    folder: Path
    head: str = ""
    sources: dict[str, str] = field(default_factory=dict)
    """For each source more than `dm`: what study.yaml says of it."""
    datasets: dict[str, str] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=lambda: {"dm": "SUBJECT\n01\n02\n03\n"})
    tables: dict[str, str] = field(default_factory=dict)
    dm: str = DM

    def write(self) -> tuple[Path, Path]:
        """The folders of the pack and of the extract."""
        pack, extract = self.folder / "tiny", self.folder / "raw"
        for folder in (pack / "sdtm", pack / "tables", extract):
            folder.mkdir(parents=True, exist_ok=True)
        sources = {"dm": "{file: dm.csv, subject: SUBJECT}", **self.sources}
        listed = "".join(f"  {n}: {s}\n" for n, s in sources.items())
        (pack / "study.yaml").write_text(f"{HEAD}{self.head}\nsources:\n{listed}")
        for name, text in {"DM": self.dm, **self.datasets}.items():
            (pack / "sdtm" / f"{name}.yaml").write_text(text)
        for name, text in self.tables.items():
            (pack / "tables" / name).write_text(text)
        for name, text in self.raw.items():
            (extract / f"{name}.csv").write_text(text)
        return pack, extract

    def run(self, **options: object) -> RunResult:
        """Write everything and convert it."""
        pack, extract = self.write()
        given = {"out": self.folder / "out", **options}
        return run(RunOptions(str(pack), extract, **given))  # type: ignore[arg-type]


def rows(result: RunResult, dataset: str, *variables: str) -> list[list[object]]:
    """Some variables of a dataset of a delivery, missing as None."""
    assert result.delivery is not None
    frame = pd.read_parquet(result.delivery / "data" / f"{dataset.lower()}.parquet")[list(variables)]
    return [[None if pd.isna(v) else v for v in row] for row in frame.to_numpy(dtype=object).tolist()]


def rules(result: RunResult) -> dict[str, list[str]]:
    """The values of the findings by rule."""
    found: dict[str, list[str]] = {}
    for finding in result.findings:
        found.setdefault(finding.rule, []).append(finding.value)
    return found
