"""Whole runs of a tiny study: ranges, jobs, previews, the cut, identity of deliveries, what is never left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from delivery.verify import DamagedDelivery
from pipeline.run import ExtractMissing, RunOptions, WrongOption, run
from tests.pipeline.tiny import Tiny, rows, rules

AE = """
rows: {all: {from: ae}}
variables:
  AESPID:  {copy: NO}
  AETERM:  {copy: TERM}
  AEDECOD: {copy: TERM}
  AESTDTC: {datetime: {date: START, format: DD MON YYYY}}
  AEENDTC: {datetime: {date: STOP, format: DD MON YYYY}}
keys: [STUDYID, USUBJID, AESTDTC]
"""
RAW_AE = """SUBJECT,NO,TERM,START,STOP
02,1,FEVER,03 JAN 2025,
01,1,RASH,02 JAN 2025,05 JAN 2025
01,2,COUGH,01 JAN 2025,09 JAN 2025
03,1,FEVER,UN FEB 2025,
"""
CUT = """
cut:
  date: 2025-01-07
  datasets:
    AE: {start: AESTDTC, end: AEENDTC, after_end: ongoing, ongoing: {AEENRTPT: ONGOING, AEENTPT: '{cut_date}'}}
"""


def study(folder: Path, head: str = "", ae: str = AE) -> Tiny:
    return Tiny(
        folder,
        head,
        {"ae": "{file: ae.csv, subject: SUBJECT}"},
        {"AE": ae},
        {"dm": "SUBJECT\n01\n02\n03\n", "ae": RAW_AE},
    )


def files(delivery: Path | None) -> dict[str, bytes]:
    assert delivery is not None
    return {p.relative_to(delivery).as_posix(): p.read_bytes() for p in delivery.rglob("*") if p.is_file()}


def test_records_in_the_order_of_the_keys_with_sequence_numbers(tmp_path: Path) -> None:
    result = study(tmp_path).run()
    assert rows(result, "AE", "USUBJID", "AESEQ", "AETERM", "AESTDTC") == [
        ["TINY-01", 1.0, "COUGH", "2025-01-01"],
        ["TINY-01", 2.0, "RASH", "2025-01-02"],
        ["TINY-02", 1.0, "FEVER", "2025-01-03"],
        ["TINY-03", 1.0, "FEVER", "2025-02"],
    ]


def test_the_cut_removes_later_starts_and_reopens_later_ends(tmp_path: Path) -> None:
    variables = AE.replace("keys:", "  AEENRTPT: {when: [{if: NO is missing, value: ONGOING}]}\n"
                           "  AEENTPT: {when: [{if: NO is missing, value: x}]}\nkeys:")  # fmt: skip
    result = study(tmp_path, CUT, variables).run()
    assert rows(result, "AE", "USUBJID", "AETERM", "AEENDTC", "AEENRTPT", "AEENTPT") == [
        ["TINY-01", "COUGH", None, "ONGOING", "2025-01-07"],
        ["TINY-01", "RASH", "2025-01-05", None, None],
        ["TINY-02", "FEVER", None, None, None],
    ]
    assert result.delivery is not None
    report = (result.delivery / "cut_report.csv").read_text().splitlines()
    assert "AE,TINY-03,ae.csv,5,record removed,AESTDTC,2025-02," in report
    assert "AE,TINY-01,ae.csv,4,value removed,AEENDTC,2025-01-09," in report
    accounting = (result.delivery / "accounting.csv").read_text().splitlines()
    assert "source,ae,,removed by the cut,1," in accounting
    assert "source,ae,,used,3," in accounting


def test_a_dataset_that_the_cut_keeps_is_in_the_report_with_its_reason(tmp_path: Path) -> None:
    cut = "cut: {date: 2025-01-01, datasets: {AE: {keep: 'events count, whenever they began'}}}"
    result = study(tmp_path, cut).run()
    assert len(rows(result, "AE", "AETERM")) == 4
    assert result.delivery is not None
    report = (result.delivery / "cut_report.csv").read_text().splitlines()
    assert report[1:] == ['AE,,,,dataset kept,,"events count, whenever they began",']


def test_jobs_and_a_second_process_with_another_hash_order_give_the_same_bytes(tmp_path: Path) -> None:
    one = study(tmp_path / "one", "range_size: 1").run()
    two = study(tmp_path / "two", "range_size: 1").run(jobs=2)
    pack, extract = study(tmp_path / "three", "range_size: 1").write()
    code = (
        "import sys; from pathlib import Path; from pipeline.run import *;"
        "run(RunOptions(sys.argv[1], Path(sys.argv[2]), out=Path(sys.argv[3])))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": str(Path(__file__).parents[2])}
    out = tmp_path / "three" / "out"
    subprocess.run([sys.executable, "-c", code, pack, extract, out], check=True, env=environment)
    three = (out / "TINY" / "uncut" / "current").resolve()
    assert files(one.delivery) == files(two.delivery) == files(three)


def test_the_size_of_ranges_changes_no_dataset(tmp_path: Path) -> None:
    small = files(study(tmp_path / "small", "range_size: 1").run().delivery)
    large = files(study(tmp_path / "large", "range_size: 100").run().delivery)
    for name in (n for n in small if n.endswith((".xpt", ".csv"))):
        assert small[name] == large[name], name


def test_a_run_that_changes_nothing_is_up_to_date(tmp_path: Path) -> None:
    tiny = study(tmp_path)
    first = tiny.run()
    again = tiny.run()
    assert (again.up_to_date, again.delivery) == (True, first.delivery)
    assert [d["records"] for d in again.datasets] == [d["records"] for d in first.datasets]
    tiny.raw["dm"] += "04\n"
    other = tiny.run()
    assert not other.up_to_date
    assert other.delivery != first.delivery
    assert first.delivery is not None
    assert first.delivery.is_dir()
    assert (first.delivery.parent / "current").resolve() == other.delivery


def test_a_source_in_a_folder_of_the_extract_counts_for_what_is_up_to_date(tmp_path: Path) -> None:
    tiny = study(tmp_path)
    tiny.sources["ae"] = "{file: edc/ae.csv, subject: SUBJECT}"
    (tmp_path / "raw" / "edc").mkdir(parents=True)
    (tmp_path / "raw" / "edc" / "ae.csv").write_text(RAW_AE)
    first = tiny.run()
    assert tiny.run().up_to_date
    (tmp_path / "raw" / "edc" / "ae.csv").write_text(RAW_AE + "03,2,RASH,05 JAN 2025,\n")
    other = tiny.run()
    assert not other.up_to_date
    assert other.delivery != first.delivery
    assert len(rows(other, "AE", "AETERM")) == 5


def test_only_is_a_preview_and_leaves_the_current_delivery(tmp_path: Path) -> None:
    tiny = study(tmp_path)
    whole = tiny.run()
    preview = tiny.run(only=("AE",))
    assert preview.preview
    assert [d["name"] for d in preview.datasets] == ["AE"]
    assert whole.delivery is not None
    assert (whole.delivery.parent / "current").resolve() == whole.delivery


def test_an_unknown_dataset_of_only_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(WrongOption, match=r"--only: this study has no dataset AES; did you mean 'AE'\?"):
        study(tmp_path).run(only=("AES",))


def test_a_delivery_that_somebody_changed_is_not_up_to_date(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path)
    delivery = tiny.run().delivery
    assert delivery is not None
    (delivery / "findings.csv").chmod(0o644)
    (delivery / "findings.csv").write_text("rule\n")
    with pytest.raises(DamagedDelivery, match=r"move it away, and run again\nfindings.csv: FILE_CHANGED"):
        tiny.run()


def test_a_cut_needs_rules(tmp_path: Path) -> None:
    with pytest.raises(WrongOption, match=r"--cut: study.yaml has no `cut:` that says what 2026-01-31 does"):
        Tiny(tmp_path).run(cut="2026-01-31")


def test_specs_that_changed_are_read_again_in_the_same_process(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path)
    tiny.run()
    tiny.dm = tiny.dm.replace("S1", "S2")
    assert rows(tiny.run(), "DM", "SITEID") == [["S2"], ["S2"], ["S2"]]


def test_a_release_with_an_open_error_leaves_nothing(tmp_path: Path) -> None:
    tiny = study(tmp_path)
    tiny.raw["ae"] += "01,3,PAIN,31 FEB 2025,\n"
    assert tiny.run(profile="development").delivery is not None
    stopped = tiny.run(profile="release", out=tmp_path / "release")
    assert (stopped.stopped, stopped.delivery) == (True, None)
    assert not [p for p in (tmp_path / "release").rglob("*") if p.suffix == ".xpt"]
    assert rules(stopped)["DATE_IMPOSSIBLE"] == ["31 FEB 2025"]


def test_an_accepted_error_does_not_stop_a_release_and_an_unused_entry_is_told(tmp_path: Path) -> None:
    tiny = study(tmp_path)
    tiny.raw["ae"] += "01,3,PAIN,31 FEB 2025,\n"
    pack, _ = tiny.write()
    (pack / "accepted.yaml").write_text(
        "accepted:\n"
        "  - {rule: DATE_IMPOSSIBLE, scope: {variable: AESTDTC}, reason: queried, who: A. Lead}\n"
        "  - {rule: UNIT_MISSING, reason: none, who: A. Lead}\n"
    )
    result = tiny.run(profile="release")
    assert result.delivery is not None
    found = {f.rule: f for f in result.findings}
    assert found["DATE_IMPOSSIBLE"].accepted == "queried (A. Lead)"
    assert "UNIT_MISSING" in found["ACCEPTED_UNUSED"].message


def test_without_the_folder_of_raw_files(tmp_path: Path) -> None:
    pack, _ = study(tmp_path).write()
    with pytest.raises(ExtractMissing, match=r"no folder .*nowhere with the raw files; give it with --extract"):
        run(RunOptions(str(pack), tmp_path / "nowhere", out=tmp_path / "out"))


def test_unknown_subjects_and_unused_columns_are_told(tmp_path: Path) -> None:
    tiny = study(tmp_path)
    tiny.raw["ae"] = "SUBJECT,NO,TERM,START,STOP,NOTE\n01,1,RASH,02 JAN 2025,,a\n99,1,PAIN,01 JAN 2025,,b\n"
    result = tiny.run()
    assert rules(result)["SUBJECT_UNKNOWN"] == ["99"]
    assert [f.column for f in result.findings if f.rule == "COLUMN_UNUSED"] == ["NOTE"]
    assert rows(result, "AE", "USUBJID") == [["TINY-01"]]
