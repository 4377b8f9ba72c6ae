"""Checks across sources and datasets: M13 (visits that the EDC does not have) and M20 (the safety database)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.run import RunOptions, run
from specs.problems import SpecErrors
from specs.resolve import resolve
from tests.pipeline.tiny import DM as DM_OF_TINY
from tests.pipeline.tiny import Tiny

STUDY = """
study: TRIAL
extends: [sdtmig-3.4]
subjects: {register: dm}
source_defaults:
  edc: {subject: SUBJECT, where: "ACTIVE = '1'", unused: {'*_EXTRA': not needed}}
sources:
  dm: {file: dm.csv, where: SUBJECT is not missing}
  ae: {file: ae.csv}
  sae: {file: sae.csv, kind: vendor, subject: ID}
checks:
  safety:
    rows: sae
    against: ae
    against_where: SERIOUS = 'Y'
    match: {TERM: TERM, START: START}
    compare: {START: START, END: END, OUTCOME: {column: OUT, map: {Recovered: RECOVERED}}}
  known: {rows: AE, where: AETERM != 'Cough', against: sae, match: {AETERM: TERM}}
"""
DM = "SUBJECT\n1\n2\n"
AE = """SUBJECT,TERM,START,END,OUT,SERIOUS,ACTIVE,A_EXTRA
1,Sepsis,2025-01-02,2025-01-09,RECOVERED,Y,1,x
1,Fall,2025-02-01,2025-02-02,RECOVERED,Y,1,
1,Fall,2025-03-01,,,Y,1,
1,Fall,2025-03-01,,,Y,0,
2,Fall,2025-02-01,2025-02-03,RECOVERED,N,1,
2,Cough,2025-05-01,,,N,1,
2,Stroke,2025-06-01,,,Y,1,
"""
SAE = """ID,TERM,START,END,OUTCOME
1,SEPSIS,2025-01-02,2025-01-09,Recovered
1,Fall,2025-02-01,2025-02-04,Recovered
1,Fall,2025-03-02,,Unknown
2,Burn,2025-07-01,,Unknown
"""


def _pack(folder: Path, study: str = STUDY) -> Path:
    pack = folder / "trial"
    (pack / "sdtm").mkdir(parents=True)
    (pack / "study.yaml").write_text(study, encoding="utf-8")
    (pack / "sdtm" / "DM.yaml").write_text(
        "rows: {subjects: {from: dm}}\nvariables: {SUBJID: {copy: SUBJECT}, SITEID: {value: '1'}, SEX: {value: M},"
        " COUNTRY: {value: USA}}\n",
        encoding="utf-8",
    )
    (pack / "sdtm" / "AE.yaml").write_text(
        "rows: {events: {from: ae}}\nvariables: {AETERM: {copy: TERM}, AEDECOD: {copy: TERM}}\n", encoding="utf-8"
    )
    raw = folder / "raw"
    raw.mkdir()
    for name, content in (("dm", DM), ("ae", AE), ("sae", SAE)):
        (raw / f"{name}.csv").write_text(content, encoding="utf-8")
    return pack


def test_rows_are_paired_by_all_keys_and_then_by_fewer(tmp_path: Path) -> None:
    result = run(RunOptions(str(_pack(tmp_path)), tmp_path / "raw", out=tmp_path / "out"))
    told = [(f.rule, f.severity, f.file, f.dataset, f.value, f.rows) for f in result.findings if "RECONCILE" in f.rule]
    assert sorted(told) == [
        ("RECONCILE_DIFFERENT", "warning", "sae.csv", "", "2025-02-04, not 2025-02-02", (3,)),
        ("RECONCILE_DIFFERENT", "warning", "sae.csv", "", "2025-03-02, not 2025-03-01", (4,)),
        ("RECONCILE_DIFFERENT", "warning", "sae.csv", "", "Unknown, not nothing", (4,)),
        ("RECONCILE_MISSING", "warning", "ae.csv", "", "STROKE, 2025-06-01", (8,)),
        ("RECONCILE_MISSING", "warning", "ae.csv", "AE", "FALL", (6,)),
        ("RECONCILE_MISSING", "warning", "ae.csv", "AE", "STROKE", (8,)),
        ("RECONCILE_MISSING", "warning", "sae.csv", "", "BURN, 2025-07-01", (5,)),
    ]
    [message] = {f.message for f in result.findings if f.value == "2025-02-04, not 2025-02-02"}
    assert message == "check safety: END says 2025-02-04, not 2025-02-02 as END of ae"


@pytest.mark.parametrize(
    ("wrong", "right", "problem"),
    [
        ("against: sae, match: {AETERM: TERM}", "against: sea, match: {AETERM: TERM}", "no source or dataset 'sea'"),
        ("match: {AETERM: TERM}", "match: {AETREM: TERM}", "AE has no variable AETREM; did you mean 'AETERM'?"),
        ("AETERM != 'Cough'", "AETERM !! 'Cough'", "condition \"AETERM !! 'Cough'\""),
    ],
)
def test_what_a_check_names_must_exist(tmp_path: Path, wrong: str, right: str, problem: str) -> None:
    pack = _pack(tmp_path, STUDY.replace(wrong, right))
    with pytest.raises(SpecErrors) as caught:
        resolve(str(pack))
    assert problem in str(caught.value)
    assert "study.yaml:18:" in str(caught.value)


def test_a_column_that_a_check_names_must_be_in_the_file(tmp_path: Path) -> None:
    pack = _pack(tmp_path, STUDY.replace("compare: {START", "compare: {STARTED: START, START"))
    with pytest.raises(Exception, match=r"sae.csv.*has no column 'STARTED'"):
        run(RunOptions(str(pack), tmp_path / "raw", out=tmp_path / "out"))


ARMS = {"TA": "table: tables/ta.csv\n"}
TA = "ARMCD,ARM,TAETORD,ETCD,ELEMENT,EPOCH\nA,Arm A,1,SCRN,Screening,SCREENING\nB,Arm B,1,SCRN,Screening,SCREENING\n"
ARM_DM = DM_OF_TINY.replace("SEX:", "ARMCD: {copy: ARM}, ARM: {copy: ARM}, ACTARMCD: {copy: ACT}, SEX:")
RAW_ARMS = {"dm": "SUBJECT,ARM,ACT\n01,A,A\n02,C,B\n03,,D\n"}


@pytest.mark.parametrize("size", [1, 500])
def test_arms_and_elements_are_those_of_the_trial_unasked(tmp_path: Path, size: int) -> None:
    """TA is about no subject: it holds for all of them, in ranges of any size."""
    elements = (
        "rows: {all: {from: dm}}\nvariables: {ETCD: {copy: ET}, ELEMENT: {copy: ET}, TAETORD: {value: 1},"
        " SESTDTC: {value: 2025-01-01}}\n"
    )
    raw = {"dm": "SUBJECT,ARM,ACT,ET\n01,A,A,SCRN\n02,C,B,UNPLAN\n03,,D,TRT\n"}
    head = f"range_size: {size}"
    tiny = Tiny(tmp_path, head=head, datasets={**ARMS, "SE": elements}, raw=raw, tables={"ta.csv": TA}, dm=ARM_DM)
    told = [(f.severity, f.dataset, f.rows, f.message) for f in tiny.run().findings if f.rule == "RECONCILE_MISSING"]
    assert told == [
        ("warning", "DM", (3,), "check planned arm in TA: C of DM has no match in TA"),
        ("warning", "DM", (4,), "check actual arm in TA: D of DM has no match in TA"),
        ("warning", "SE", (4,), "check element in TA: TRT of SE has no match in TA"),
    ]


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ("{rows: DM, against: TA, match: {ARMCD: ARMCD}}", ""),
        ("{rows: TA, against: DM, match: {ARMCD: ARMCD}}", "TA is about no subject; name it under `against:`"),
        ("{rows: DM, against: TA, match: {ARMCD: ARMCD}, compare: {ARM: ARM}}", "its rows cannot be paired"),
        ("{rows: DM, against: TX, match: {ARMCD: ARMCD}}", "no source or dataset 'TX'"),
    ],
)
def test_a_check_of_the_design_of_the_trial(tmp_path: Path, check: str, problem: str) -> None:
    tiny = Tiny(tmp_path, f"checks: {{arms: {check}}}", {}, ARMS, RAW_ARMS, {"ta.csv": TA}, ARM_DM)
    if not problem:
        told = [f.message for f in tiny.run().findings if f.message.startswith("check arms")]
        assert told == ["check arms: C of DM has no match in TA"]
        return
    with pytest.raises(SpecErrors, match=problem):
        tiny.run()
