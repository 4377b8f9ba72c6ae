"""CT0596: the default synthetic extract through the whole run, serial and in parallel (design basis 2.4)."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pandas as pd
import pytest

from mappings.ct0596.simulate import simulate
from pipeline.run import RunOptions, RunResult, run
from tests.end_to_end.extracts import Extract

PACK = Path(__file__).parents[2] / "mappings" / "ct0596"
MEANT = {
    ("CODE_MISSING", "ae.csv"),  # M18
    ("CODE_MISSING", "sv.csv"),  # M18
    ("DATE_IMPOSSIBLE", "cm.csv"),  # D13
    ("LOOKUP_UNMATCHED", "ck.csv"),  # M13: visit D17
    ("SUBJECT_UNKNOWN", "central_lb.csv"),  # M13
    ("UNIT_MISSING", "lbchem.csv"),  # M4
}
"""The errors that the extract holds on purpose (simulation/FORMS.md, Messy realities)."""


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extract of 24 subject numbers, seed 596."""
    folder = tmp_path_factory.mktemp("simulated") / "extract"
    simulate(24, 596, folder)
    return folder


@pytest.fixture(scope="module")
def result(extract: Path) -> RunResult:
    """One run, in this process."""
    return run(RunOptions("ct0596", extract, out=extract.parent / "serial"))


def test_tabulations_have_no_errors_but_those_that_are_meant(result: RunResult) -> None:
    found = {(f.rule, f.file) for f in result.findings if f.severity == "error" and not f.dataset.startswith("AD")}
    assert found - MEANT == set()
    assert ("SUBJECT_UNKNOWN", "central_lb.csv") in found


def test_what_is_meant_is_accepted_one_by_one_so_that_a_release_is_possible(result: RunResult) -> None:
    assert [f for f in result.findings if f.severity == "error" and not f.accepted] == []
    assert [f.message for f in result.findings if f.rule == "ACCEPTED_UNUSED"] == []


def test_m18_the_same_error_elsewhere_stops_a_release(tmp_path: Path) -> None:
    e = Extract()
    e.subject("01-003")
    e.add("ae", "01-003", AESPID="1", AETERM="Rash", AETERM_PT="Rash", AEOUT="Recovering", AEOUT_STD="")
    stopped = run(RunOptions("ct0596", e.write(tmp_path), out=tmp_path / "out", profile="release"))
    assert (stopped.stopped, stopped.delivery) == (True, None)
    assert ("CODE_MISSING", "Recovering") in {(f.rule, f.value) for f in stopped.findings if not f.accepted}


def test_every_column_and_file_is_mapped_or_declared_unused(result: RunResult) -> None:
    rules = ("COLUMN_UNUSED", "COLUMN_DECLARED", "FILE_UNDECLARED")
    assert [(f.rule, f.file, f.column) for f in result.findings if f.rule in rules] == []


def test_the_study_of_the_design_basis(result: RunResult) -> None:
    assert result.delivery is not None
    dm = pd.read_parquet(result.delivery / "data" / "dm.parquet")
    assert len(dm) == 23
    assert dm["ARMNRS"].value_counts().to_dict() == {"SCREEN FAILURE": 3, "ASSIGNED, NOT TREATED": 2}
    assert dm["ACTARMCD"].value_counts().to_dict() == {"DL2": 12, "DL1": 3, "DL3": 3}
    assert (dm["DTHFL"] == "Y").sum() == 3
    assert (dm["RFPENDTC"].astype("str") <= "2026-03-31T99").all()
    ts = pd.read_parquet(result.delivery / "data" / "ts.parquet").set_index("TSPARMCD")
    assert ts.loc["ACTSUB", "TSVAL"] == "20"


def test_ranges_and_jobs_do_not_change_a_byte(extract: Path, result: RunResult, tmp_path: Path) -> None:
    pack = tmp_path / "ct0596"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("simul*", "__pycache__"))
    with (pack / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("\nrange_size: 12\n")
    made = [
        run(RunOptions(str(pack), extract, out=tmp_path / str(jobs), jobs=jobs, trust_code=True)).delivery
        for jobs in (1, 2)
    ]
    assert made[0] is not None and made[1] is not None and result.delivery is not None
    assert _hashes(made[0]) == _hashes(made[1])
    of_ranges, whole = _hashes(made[0]), _hashes(result.delivery)
    differ = {n for n in whole | of_ranges if whole.get(n) != of_ranges.get(n)}
    assert differ == {"manifest.json"}  # it names the study.yaml with its range_size


def _hashes(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }
