"""Datasets about the trial: made once, from tables, and able to count over the subjects of all ranges."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.part import RangeResult
from pipeline.plan import plan
from pipeline.spill import read_frame, write_frame
from pipeline.trial import run_trial
from specs.problems import SpecErrors
from specs.resolve import StudyModel, resolve
from tests.pipeline.tiny import Tiny
from transforms.columns import plain, text

TABLE = "CD,NAME,VAL\nTITLE,Trial Title,A small trial\nSSTDTC,Study Start Date,2024-06-03\n"

WORK = """
dataset: WORK
class: Interventions
working: others count these
rows: {all: {from: DM}}
predecessors: {DM: [STUDYID, USUBJID]}
keys: [STUDYID, USUBJID]
variables: {}
"""


def model(folder: Path, ts: str, table: str = TABLE) -> StudyModel:
    tiny = Tiny(folder, datasets={"TS": ts}, tables={"ts.csv": table})
    return resolve(str(tiny.write()[0]))


def range_of(folder: Path, number: int, *subjects: str) -> RangeResult:
    """What a range left: DM of some subjects."""
    path = folder / f"DM.{number}.out.arrow"
    write_frame(path, {"USUBJID": text(subjects), "ACTARMCD": text(["A"] * len(subjects))})
    return RangeResult(number, {"DM": (path, len(subjects))})


def rows(result: RangeResult, *variables: str) -> list[list[object]]:
    frame = read_frame(result.datasets["TS"][0])
    return [list(r) for r in zip(*(plain(frame[v]) for v in variables), strict=True)]


FIXED = """
rows: {fixed: {from: tables/ts.csv}}
variables: {TSSEQ: {value: 1}, TSPARMCD: {copy: CD}, TSPARM: {copy: NAME}, TSVAL: {copy: VAL}}
"""


def test_rows_of_a_table_become_records_in_the_order_of_the_keys(tmp_path: Path) -> None:
    made = model(tmp_path, FIXED)
    result = run_trial(made, plan(made), [], tmp_path)
    assert rows(result, "STUDYID", "DOMAIN", "TSPARMCD", "TSVAL") == [
        ["TINY", "TS", "SSTDTC", "2024-06-03"],
        ["TINY", "TS", "TITLE", "A small trial"],
    ]
    lineage = read_frame(result.lineage["TS"])
    assert list(zip(plain(lineage["of"]), lineage["of_row"].tolist(), strict=True)) == [
        ("table:tables/ts.csv", 1),
        ("table:tables/ts.csv", 0),
    ]


def test_it_is_the_result_after_those_of_the_ranges(tmp_path: Path) -> None:
    made = model(tmp_path, FIXED)
    results = [range_of(tmp_path, 0, "TINY-01"), range_of(tmp_path, 1, "TINY-02")]
    result = run_trial(made, plan(made), results, tmp_path)
    # subject datasets that it read are not written again
    assert (result.number, list(result.datasets), result.datasets["TS"][1]) == (2, ["TS"], 2)


def test_a_value_may_count_the_subjects_of_all_ranges(tmp_path: Path) -> None:
    made = model(
        tmp_path, FIXED.replace("TSVAL: {copy: VAL}", "TSVAL: {derive: count_distinct, with: {of: DM.USUBJID}}")
    )
    results = [range_of(tmp_path, 0, "TINY-01", "TINY-02"), range_of(tmp_path, 1, "TINY-03")]
    assert rows(run_trial(made, plan(made), results, tmp_path), "TSVAL") == [["3"], ["3"]]


def test_a_dataset_that_is_not_written_cannot_be_counted(tmp_path: Path) -> None:
    """No range leaves its records; a count of 0 would be wrong, and silent."""
    counted = "TSVAL: {derive: count_distinct, with: {of: WORK.USUBJID}}"
    tiny = Tiny(tmp_path, datasets={"TS": FIXED.replace("TSVAL: {copy: VAL}", counted)}, tables={"ts.csv": TABLE})
    pack, _ = tiny.write()
    (pack / "adam").mkdir()
    (pack / "adam" / "WORK.yaml").write_text(WORK)
    made = resolve(str(pack))
    with pytest.raises(SpecErrors, match=r"TS.yaml:\d+:\d+ TS.TSVAL: WORK.USUBJID is in no file"):
        run_trial(made, plan(made), [range_of(tmp_path, 0, "TINY-01")], tmp_path)


def test_a_study_without_trial_datasets(tmp_path: Path) -> None:
    made = resolve(str(Tiny(tmp_path).write()[0]))
    result = run_trial(made, plan(made), [], tmp_path)
    assert (result.datasets, result.findings) == ({}, [])


def test_what_is_wrong_in_a_table_is_a_finding(tmp_path: Path) -> None:
    value = "x" * 201
    made = model(tmp_path, FIXED, f"CD,NAME,VAL\nTITLE,Trial Title,{value}\n")
    found = run_trial(made, plan(made), [], tmp_path).findings
    assert [(f.dataset, f.variable) for f in found if f.value == value or "200" in f.message] == [("TS", "TSVAL")]
