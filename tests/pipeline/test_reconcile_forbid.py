"""Checks of each record by itself (``forbid``): what is told, of which raw rows, and what is not told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.findings import Finding
from pipeline.run import RunResult
from specs.problems import SpecErrors
from tests.pipeline.tiny import Tiny

SOURCES = {"ae": "{file: ae.csv, subject: SUBJECT}", "cm": "{file: cm.csv, subject: SUBJECT}"}
AE = """
rows: {events: {from: ae}}
variables:
  AETERM:  {copy: TERM}
  AEDECOD: {copy: TERM}
  AESER:   {code: SER}
  AESTDTC: {datetime: {date: START}}
  AEENDTC: {datetime: {date: STOP}}
supplemental: {AEDLT: {copy: DLT, label: Dose-Limiting Toxicity}}
"""
CM = """
rows: {all: {from: cm}}
variables:
  CMTRT:   {copy: DRUG}
  CMDOSE:  {copy: DOSE}
  CMSTDTC: {datetime: {date: FROM}}
  CMENDTC: {datetime: {date: TO}}
"""
RAW = {
    "dm": "SUBJECT\n01\n02\n",
    "ae": """SUBJECT,TERM,SER,START,STOP,DLT
01,Fever,N,2025-03-05,2025-03-01,
01,Rash,Y,2025-03-05,2025-03-05,Y
01,Cough,Y,2025-03-05,2025-03,
01,Pain,N,2025-03-05,2025-02,Y
02,Fever,N,2025-03-05,2025-03-01,
02,Nausea,,,2025-03-01,
""",
    "cm": "SUBJECT,DRUG,FROM,TO,DOSE\n01,Aspirin,2025-01-01,2024-12-31,-5\n02,Zinc,2025-01-01,,500\n02,Iron,,,\n",
}


def tiny(folder: Path, checks: str, **more: dict[str, str]) -> Tiny:
    datasets = {"AE": AE, "CM": CM, **more.get("datasets", {})}
    return Tiny(folder, f"checks:\n  mine: {checks}", SOURCES, datasets, RAW)


def told(result: RunResult) -> list[Finding]:
    return [f for f in result.findings if f.rule == "CHECK_FAILED" and f.message.startswith("check mine")]


def test_a_record_for_which_the_condition_holds_is_told_with_its_raw_rows(tmp_path: Path) -> None:
    found = told(tiny(tmp_path, "{rows: AE, forbid: AEENDTC before AESTDTC}").run())
    assert [(f.severity, f.dataset, f.variable, f.file, f.column, f.value, f.subjects, f.rows) for f in found] == [
        ("warning", "AE", "AEENDTC", "ae.csv", "STOP;START", "AEENDTC 2025-02, AESTDTC 2025-03-05", ("TINY-01",), (5,)),
        ("warning", "AE", "AEENDTC", "ae.csv", "STOP;START", "AEENDTC 2025-03-01, AESTDTC 2025-03-05",
         ("TINY-01", "TINY-02"), (2, 6)),
    ]  # fmt: skip
    assert [f.message for f in found] == [
        "check mine: AEENDTC is before AESTDTC (AEENDTC 2025-02, AESTDTC 2025-03-05)",
        "check mine: AEENDTC is before AESTDTC (AEENDTC 2025-03-01, AESTDTC 2025-03-05)",
    ]


@pytest.mark.parametrize(
    ("check", "values"),
    [
        ("{rows: AE, where: AESER = 'Y', forbid: AEENDTC is missing or AEENDTC before '2025-04-01'}",
         ["AEENDTC 2025-03", "AEENDTC 2025-03-05"]),
        ("{rows: AE, forbid: AESER is missing}", ["AESER missing"]),
        ("{rows: AE, forbid: AESER != 'N' and AEENDTC before '2025-03-05'}", []),
        ("{rows: AE, forbid: not (AESER = 'N') and AEENDTC before '2025-03-05'}",
         ["AESER missing, AEENDTC 2025-03-01"]),
        ("{rows: CM, forbid: CMDOSE <= 0}", ["CMDOSE -5"]),
        ("{rows: AE, forbid: AEDLT = 'Y' and AESER = 'N'}", ["AEDLT Y, AESER N"]),
        ("{rows: AE, forbid: AESTDTC after DM.RFSTDTC}", []),
    ],
)  # fmt: skip
def test_conditions(tmp_path: Path, check: str, values: list[str]) -> None:
    """A comparison with a missing value is false, so what is not known is not told, unless it is asked for."""
    assert [f.value for f in told(tiny(tmp_path, check).run())] == values


def test_the_rows_of_a_source_by_its_own_columns(tmp_path: Path) -> None:
    found = told(tiny(tmp_path, "{rows: cm, forbid: DOSE > 100 or DOSE < 0, severity: error}").run())
    assert [(f.severity, f.dataset, f.file, f.column, f.value, f.subjects, f.rows) for f in found] == [
        ("error", "", "cm.csv", "DOSE", "DOSE -5", ("TINY-01",), (2,)),
        ("error", "", "cm.csv", "DOSE", "DOSE 500", ("TINY-02",), (3,)),
    ]


def test_rows_of_a_source_beside_a_variable_of_their_subject(tmp_path: Path) -> None:
    found = told(tiny(tmp_path, "{rows: cm, forbid: FROM is missing and DM.SUBJID = '02'}").run())
    assert [(f.column, f.value, f.rows) for f in found] == [("FROM", "FROM missing, DM.SUBJID 02", (4,))]


def test_a_class_stands_for_each_of_its_datasets_that_has_the_variables(tmp_path: Path) -> None:
    found = told(tiny(tmp_path, "{rows: all, forbid: --ENDTC before --STDTC}").run())
    assert [(f.dataset, f.rows) for f in found] == [("AE", (5,)), ("AE", (2, 6)), ("CM", (2,))]
    other = tiny(tmp_path / "other", "{rows: Interventions, forbid: --ENDTC before --STDTC, severity: note}").run()
    assert [(f.severity, f.dataset, f.variable, f.rows) for f in told(other)] == [("note", "CM", "CMENDTC", (2,))]
    assert told(tiny(tmp_path / "none", "{rows: Findings, forbid: --ENDTC before --DTC}").run()) == []


def test_of_variables_that_may_lack_one_is_enough(tmp_path: Path) -> None:
    check = "{rows: AE, forbid: AESER = 'Y' and not (AEDLT = 'Y' or AESDTH = 'Y'), may_lack: [AEDLT, AESDTH]}"
    assert [(f.value, f.rows) for f in told(tiny(tmp_path, check).run())] == [("AESER Y, AEDLT missing", (4,))]
    lacking = tiny(tmp_path / "none", check.replace("AEDLT", "AESHOSP").replace("]}", "], optional: true}"))
    assert told(lacking.run()) == []


ADAE = """
dataset: ADAE
class: OCCDS
label: Adverse Events Analysis
rows: {events: {from: AE}}
predecessors: {AE: [STUDYID, USUBJID, AESEQ, AETERM]}
variables:
  ASTDT: {derive: convert_dtc_to_dt, with: {dtc: AE.AESTDTC}}
  AENDT: {derive: convert_dtc_to_dt, with: {dtc: AE.AEENDTC}}
"""


def test_an_analysis_record_is_told_with_the_raw_rows_behind_the_record_it_was_made_from(tmp_path: Path) -> None:
    study = tiny(tmp_path, "{rows: ADAE, forbid: AENDT before ASTDT}")
    pack, _ = study.write()
    (pack / "adam").mkdir()
    (pack / "adam" / "ADAE.yaml").write_text(ADAE)
    (pack / "study.yaml").write_text((pack / "study.yaml").read_text().replace("[sdtmig", "[adamig-1.3, sdtmig"))
    study.write = lambda: (pack, tmp_path / "raw")  # type: ignore[method-assign]
    [found] = told(study.run())
    assert (found.dataset, found.variable, found.file, found.column) == ("ADAE", "AENDT", "ae.csv", "STOP;START")
    assert (found.rows, found.subjects) == ((2, 6), ("TINY-01", "TINY-02"))
    assert found.message == "check mine: AENDT is before ASTDT (AENDT 2025-03-01, ASTDT 2025-03-05)"


def test_of_a_subject_who_is_there_twice_nothing_is_known(tmp_path: Path) -> None:
    study = tiny(tmp_path, "{rows: CM, forbid: CMSTDTC is missing and DM.SUBJID = '02'}")
    study.raw = {**RAW, "dm": "SUBJECT\n01\n02\n02\n"}
    result = study.run()
    assert told(result) == []
    assert not [f for f in result.findings if f.rule == "JOIN_DUPLICATE" and "SUBJID" in f.message]


@pytest.mark.parametrize("size", [1, 500])
def test_the_size_of_a_range_changes_nothing(tmp_path: Path, size: int) -> None:
    study = tiny(tmp_path, "{rows: AE, forbid: AEENDTC before AESTDTC}")
    study.head += f"\nrange_size: {size}"
    assert [f.rows for f in told(study.run())] == [(5,), (2, 6)]


def test_before_of_a_number_is_told_as_a_fault_of_the_check(tmp_path: Path) -> None:
    with pytest.raises(SpecErrors, match=r"study.yaml:6:3 checks.mine: CM: CMDOSE holds numbers; 'before' and 'after'"):
        tiny(tmp_path, "{rows: CM, forbid: CMDOSE before CMSTDTC}").run()


def test_an_omitted_check_of_a_layer_is_not_done(tmp_path: Path) -> None:
    done = Tiny(tmp_path, "", SOURCES, {"AE": AE}, RAW).run()
    assert [f.rows for f in done.findings if f.rule == "CHECK_FAILED"] == [(5,), (2, 6)]
    head = "checks:\n  end before start: {omit: the ends of this study are planned ones}"
    omitted = Tiny(tmp_path / "omitted", head, SOURCES, {"AE": AE}, RAW).run()
    assert [f for f in omitted.findings if f.rule == "CHECK_FAILED"] == []
