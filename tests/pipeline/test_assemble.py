"""From the parts of ranges to files: one dataset each, lineage counted over all ranges, reports in order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.accounting import COLUMNS
from pipeline.assemble import WriteErrors, read_summary, source_rows, whole, write_all, write_summary
from pipeline.cut import REPORT_COLUMNS
from pipeline.extract import Extract, Source
from pipeline.findings import Finding
from pipeline.part import RangeResult
from pipeline.persons import Persons
from pipeline.spill import write_frame
from specs.model import SourceSpec
from specs.resolve import StudyModel
from tests.pipeline.one_range import codes, model_of
from transforms.columns import plain, text

AE = """
label: Adverse Events
keys: [USUBJID, AESEQ]
variables:
  USUBJID: {label: Subject, type: Char, core: Req}
  AESEQ:   {label: Number, type: Num, core: Req}
  AELLT:   {label: Lowest Level, type: Char, core: Exp}
  AESEV:   {label: Severity, type: Char, core: Perm}
  _RAW:    {type: Char}
"""
ADAE = "standard: adam\nlabel: Analysis\nkeys: [USUBJID]\nvariables: {USUBJID: {label: Subject, type: Char}}"
NOTHING = pd.DataFrame(columns=list(COLUMNS))


def model() -> StudyModel:
    return model_of(AE=AE, CM=AE.replace("AE", "CM"), ADAE=ADAE)


def put(folder: Path, result: RangeResult, name: str, rows: int, **columns: object) -> None:
    path = folder / f"{name}.{result.number}.out.arrow"
    write_frame(path, columns)
    result.datasets[name] = (path, rows)


def lineage(folder: Path, result: RangeResult, name: str, of: list[str], record: list[int], of_row: list[int]) -> None:
    path = folder / f"{name}.{result.number}.lineage.arrow"
    none = text([None] * len(of))
    names = {"role": text(["record"] * len(of)), "variable": none, "of": text(of)}
    write_frame(path, {"record": codes(*record), **names, "of_row": codes(*of_row)})
    result.lineage[name] = path


def two_ranges(folder: Path, severity: str | None = "MILD") -> list[RangeResult]:
    """Three AE of the first range and two of the second; ADAE has the last AE of each; CM has no record."""
    made = []
    for number, who in enumerate((["S-01", "S-01", "S-02"], ["S-03", "S-03"])):
        result = RangeResult(number)
        size = len(who)
        empty = text([None] * size)
        given = text([None] * (size - 1) + [severity if number else None])
        numbers = pd.Series(np.arange(1.0, size + 1))
        put(folder, result, "AE", size, USUBJID=text(who), AESEQ=numbers, AELLT=empty, AESEV=given)
        put(folder, result, "CM", 0, USUBJID=text([]), CMSEQ=pd.Series([], dtype="float64"))
        put(folder, result, "ADAE", 1, USUBJID=text(who[-1:]))
        lineage(folder, result, "AE", ["source:ae"] * size, list(range(size)), [10 * number + i for i in range(size)])
        lineage(folder, result, "ADAE", ["AE", "source:ae"], [0, 0], [size - 1, 4])
        made.append(result)
    return made


def written(
    folder: Path, results: list[RangeResult], only: tuple[str, ...] = ()
) -> tuple[Path, list[dict[str, object]]]:
    out = folder / "out"
    return out, write_all(model(), results, [Finding("R", "note", "a note")], NOTHING, out, only)


def test_the_parts_of_all_ranges_in_order_are_the_dataset(tmp_path: Path) -> None:
    out, summary = written(tmp_path, two_ranges(tmp_path))
    frame = pd.read_parquet(out / "data" / "ae.parquet")
    assert plain(frame["USUBJID"]) == ["S-01", "S-01", "S-02", "S-03", "S-03"]
    assert frame["AESEQ"].tolist() == [1.0, 2.0, 3.0, 1.0, 2.0]
    assert [(s["name"], s["records"], s["variables"], s["path"]) for s in summary] == [
        ("AE", 5, 4, "m5/datasets/s/tabulations/sdtm/ae.xpt"),
        ("ADAE", 2, 1, "m5/datasets/s/analysis/adam/datasets/adae.xpt"),
    ]
    for dataset in summary:
        assert (out / str(dataset["path"])).is_file()
        assert (out / "json" / f"{str(dataset['name']).lower()}.json").is_file()


def test_lineage_counts_records_over_all_ranges(tmp_path: Path) -> None:
    """The first record of ADAE in the second range is record 1; the AE it is made of is record 4. Raw rows stay."""
    out, _ = written(tmp_path, two_ranges(tmp_path))
    frame = pd.read_parquet(out / "lineage" / "adae.parquet")
    assert list(zip(frame["record"].tolist(), frame["of"].astype(str), frame["of_row"].tolist(), strict=True)) == [
        (0, "AE", 2),
        (0, "source:ae", 4),
        (1, "AE", 4),
        (1, "source:ae", 4),
    ]
    events = pd.read_parquet(out / "lineage" / "ae.parquet")
    assert (events["record"].tolist(), events["of_row"].tolist()) == ([0, 1, 2, 3, 4], [0, 1, 2, 10, 11])


def test_a_dataset_that_only_a_later_range_has_begins_at_its_first_record(tmp_path: Path) -> None:
    results = two_ranges(tmp_path)
    del results[0].datasets["AE"], results[0].lineage["AE"]
    out, _ = written(tmp_path, results)
    assert pd.read_parquet(out / "lineage" / "ae.parquet")["record"].tolist() == [0, 1]
    adae = pd.read_parquet(out / "lineage" / "adae.parquet")
    assert adae["of_row"].tolist()[2] == 1


def test_a_dataset_without_records_has_no_file(tmp_path: Path) -> None:
    out, summary = written(tmp_path, two_ranges(tmp_path))
    assert "CM" not in [s["name"] for s in summary]
    assert list(out.rglob("cm.*")) == []


@pytest.mark.parametrize(("severity", "columns"), [("MILD", ["AESEV"]), (None, [])])
def test_a_permissible_variable_is_written_if_any_range_has_a_value(
    tmp_path: Path, severity: str | None, columns: list[str]
) -> None:
    """The expected AELLT is written empty, the working variable never."""
    out, _ = written(tmp_path, two_ranges(tmp_path, severity))
    assert list(pd.read_parquet(out / "data" / "ae.parquet").columns) == ["USUBJID", "AESEQ", "AELLT", *columns]


def test_a_preview_writes_what_was_asked_for_and_its_supp(tmp_path: Path) -> None:
    results = two_ranges(tmp_path)
    out, summary = written(tmp_path, results, only=("AE",))
    assert [s["name"] for s in summary] == ["AE"]
    assert [p.name for p in (out / "lineage").iterdir()] == ["ae.parquet"]


def test_everything_that_the_format_cannot_hold_is_told_at_once(tmp_path: Path) -> None:
    results = two_ranges(tmp_path)
    for name in ("AE", "ADAE"):
        put(tmp_path, results[0], name, 1, USUBJID=text(["x" * 201]))
    with pytest.raises(WriteErrors) as error:
        written(tmp_path, results)
    told = str(error.value)
    assert len(error.value.problems) == 2
    assert "AE" in told and "ADAE" in told and "USUBJID" in told


def test_the_cut_report_is_in_order_of_dataset_and_subject(tmp_path: Path) -> None:
    results = two_ranges(tmp_path)
    row = dict.fromkeys(REPORT_COLUMNS, "")
    results[0].cut_report = pd.DataFrame([{**row, "dataset": "EX", "USUBJID": "S-01", "action": "record removed"}])
    results[1].cut_report = pd.DataFrame([{**row, "dataset": "AE", "USUBJID": "S-03", "action": "record removed"}])
    results[0].facts = pd.DataFrame({"USUBJID": ["S-02"], "dataset": ["AE"]})
    out, _ = written(tmp_path, results)
    report = pd.read_csv(out / "cut_report.csv", keep_default_na=False)
    assert report[["dataset", "USUBJID", "action"]].to_numpy().tolist() == [
        ["AE", "S-02", "alive after the cut"],
        ["AE", "S-03", "record removed"],
        ["EX", "S-01", "record removed"],
    ]


def test_a_report_without_anything_cut_has_its_columns(tmp_path: Path) -> None:
    out, _ = written(tmp_path, two_ranges(tmp_path))
    assert (out / "cut_report.csv").read_text() == ",".join(REPORT_COLUMNS) + "\n"
    assert (out / "findings.csv").read_text().count("\n") == 2
    assert (out / "accounting.csv").read_text() == ",".join(COLUMNS) + "\n"


def test_a_dataset_of_all_ranges_as_one_frame(tmp_path: Path) -> None:
    results = two_ranges(tmp_path)
    assert plain(whole("ADAE", results)["USUBJID"]) == ["S-02", "S-03"]
    assert whole("ZZ", results).empty


def test_a_summary_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    write_summary(tmp_path, {"b": [1, "x"], "a": {}})
    assert read_summary(tmp_path) == {"a": {}, "b": [1, "x"]}
    assert (tmp_path / "report" / "summary.json").read_text().index('"a"') < 10


def test_one_line_for_each_source() -> None:
    frame = pd.DataFrame({"SUBJECT": text(["01"] * 7), "V": text(["x"] * 7)})
    none = np.zeros(7, dtype=np.int64)
    source = Source("ae", SourceSpec(file="ae.csv"), frame, none, none, none, rejected=1, size=7)
    counts = {
        "used": 2, "filtered": 1, "filtered by mapping": 1, "removed by the cut": 1, "duplicate": 1, "no subject": 1,
        "rejected": 1,
    }  # fmt: skip
    lines = [("source", "ae", "", k, v, "") for k, v in counts.items()] + [("rows", "ae", "AE.a", "used", 9, "")]
    found = source_rows(Extract({"ae": source}, Persons((), (), {})), pd.DataFrame(lines, columns=list(COLUMNS)))
    assert found == [
        {
            "name": "ae", "file": "ae.csv", "rows": 8, "columns": 2, "used": 2, "filtered": 2, "cut": 1, "duplicate": 1,
            "rejected": 2,
        }
    ]  # fmt: skip
