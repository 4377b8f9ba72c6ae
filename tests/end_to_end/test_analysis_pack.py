"""Analysis datasets of a small study from SDTM files alone: a BDS with baseline, change, windows and extreme records.

The pack is written here in full, so that a reader sees mapping, input and output together.
"""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.run import RunOptions, RunResult, run

STUDY = """\
study: MINI
extends: [adamig-1.3, sdtmig-3.4]
sources:
  dm:     {file: dm.csv, kind: sdtm, subject: USUBJID}
  ex:     {file: ex.csv, kind: sdtm, subject: USUBJID}
  vs:     {file: vs.csv, kind: sdtm, subject: USUBJID}
  suppvs: {file: suppvs.csv, kind: sdtm, subject: USUBJID, qualifiers: [VSCLSIG]}
subjects: {register: dm, usubjid: "{number}"}
"""
ADSL = """\
rows: {subjects: {from: DM}}
predecessors: {DM: [SUBJID, SITEID, AGE, AGEU, SEX, RACE, ARM]}
variables:
  TRT01P: {predecessor: DM.ARM}
  TRTSDT: {derive: earliest_date, with: {of: [EX.EXSTDTC]}}
  SAFFL:  {derive: any_record, with: {of: EX.EXSTDTC}}
"""
WORKVS = """\
dataset: WORKVS
class: BDS
working: records and extreme records are taken from it
rows: {results: {from: VS, where: VSSTRESN is not missing}}
predecessors: {VS: [VSTESTCD, VSTEST, VSSEQ, VSDTC, VSSTRESN, VSCLSIG]}
variables:
  ADT:    {derive: convert_dtc_to_dt, with: {dtc: VSDTC}}
  ADY:    {derive: relative_day, with: {date: ADT, reference: ADSL.TRTSDT}}
  ABLFL:  {derive: baseline_flag, with: {value: VSSTRESN, date: ADT, reference: ADSL.TRTSDT, by: [VSTESTCD]}}
  BASE:   {derive: baseline_value, with: {value: VSSTRESN, flag: ABLFL, by: [VSTESTCD]}}
  _AFTER: {when: [{if: ADY > 1, derive: flag}]}
  _MAXFL: {derive: extreme_flag, with: {order: [ADT, VSSEQ], by: [VSTESTCD], greatest: [VSSTRESN], among: [_AFTER]}}
"""
ADVS = """\
dataset: ADVS
class: BDS
label: Vital Signs Analysis
structure: One record per subject per parameter per analysis visit
rows:
  results: {from: WORKVS}
  highest:
    from: WORKVS
    where: _MAXFL = 'Y'
    variables: {DTYPE: {value: MAXIMUM}, AVISIT: {value: POST-BASELINE MAXIMUM}}
variables:
  PARAMCD: {copy: VSTESTCD}
  PARAM:   {copy: VSTEST}
  AVAL:    {copy: VSSTRESN}
  ADT:     {copy: ADT}
  ABLFL:   {copy: ABLFL}
  BASE:    {copy: BASE}
  SRCSEQ:  {copy: VSSEQ}
  SRCDOM:  {value: VS}
  VSCLSIG: {copy: VSCLSIG, label: Clinically Significant, type: Char}
  CHG:     {derive: change, with: {value: AVAL, base: BASE}}
  PCHG:    {derive: percent_change, with: {value: AVAL, base: BASE}}
  AVISIT:  {derive: analysis_window, with: {day: ADY, windows: tables/windows.csv}}
  ANL01FL: {derive: closest_to_target, with: {day: ADY, target: _TARGET, by: [PARAMCD, AVISIT]}}
  _TARGET: {derive: analysis_window, with: {day: ADY, windows: tables/windows.csv, take: TARGET}}
"""
FILES = {
    "dm.csv": """\
USUBJID,SUBJID,SITEID,AGE,AGEU,SEX,RACE,ARM
M-1,1,01,60,YEARS,F,WHITE,Active
M-2,2,01,70,YEARS,M,ASIAN,Active
""",
    "ex.csv": "USUBJID,EXSTDTC\nM-1,2025-03-10\nM-1,2025-03-17\n",
    "vs.csv": """\
USUBJID,VSSEQ,VSTESTCD,VSTEST,VSDTC,VSSTRESN
M-1,1,PULSE,Pulse Rate,2025-03-01,60
M-1,2,PULSE,Pulse Rate,2025-03-10,80
M-1,3,PULSE,Pulse Rate,2025-03-22,100
M-1,4,PULSE,Pulse Rate,2025-03-24,90
M-1,5,PULSE,Pulse Rate,2025-04,
M-2,1,PULSE,Pulse Rate,2025-03-01,70
""",
    "suppvs.csv": "USUBJID,RDOMAIN,IDVAR,IDVARVAL,QNAM,QVAL\nM-1,VS,VSSEQ,3,VSCLSIG,Y\nM-1,VS,VSSEQ,3,OTHER,x\n",
}
WINDOWS = "AVISIT,TARGET,HIGH\nBaseline,1,1\nWeek 2,15,\n"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    home = tmp_path_factory.mktemp("mini")
    pack, extract = home / "pack", home / "sdtm"
    for folder in (pack / "adam", pack / "tables", extract):
        folder.mkdir(parents=True)
    (pack / "study.yaml").write_text(STUDY)
    for name, text in {"ADSL": ADSL, "WORKVS": WORKVS, "ADVS": ADVS}.items():
        (pack / "adam" / f"{name}.yaml").write_text(text)
    (pack / "tables" / "windows.csv").write_text(WINDOWS)
    for name, text in FILES.items():
        (extract / name).write_text(text)
    return run(RunOptions(str(pack), extract, out=home / "out"))


def delivered(result: RunResult, name: str) -> pd.DataFrame:
    assert result.delivery is not None
    return pd.read_parquet(result.delivery / "data" / f"{name}.parquet")


def shown(frame: pd.DataFrame, *names: str) -> list[tuple[object, ...]]:
    return [tuple(None if pd.isna(v) else v for v in row) for row in frame[list(names)].itertuples(index=False)]


def test_values_baseline_change_visits_and_the_highest_after_treatment(result: RunResult) -> None:
    names = ("USUBJID", "AVISIT", "DTYPE", "ADY", "AVAL", "ABLFL", "BASE", "CHG", "PCHG", "ANL01FL", "SRCSEQ")
    assert shown(delivered(result, "advs"), *names) == [
        ("M-1", "Baseline", None, -9, 60, None, 80, -20, -25, None, 1),
        ("M-1", "Baseline", None, 1, 80, "Y", 80, 0, 0, "Y", 2),
        ("M-1", "Week 2", None, 13, 100, None, 80, 20, 25, None, 3),
        ("M-1", "POST-BASELINE MAXIMUM", "MAXIMUM", 13, 100, None, 80, 20, 25, "Y", 3),
        ("M-1", "Week 2", None, 15, 90, None, 80, 10, 12.5, "Y", 4),
        ("M-2", None, None, None, 70, None, None, None, None, None, 1),
    ]


def test_qualifiers_are_joined_back(result: RunResult) -> None:
    marked = delivered(result, "advs").query("VSCLSIG == 'Y'")
    assert shown(marked, "USUBJID", "SRCSEQ", "DTYPE") == [("M-1", 3, None), ("M-1", 3, "MAXIMUM")]


def test_every_subject_is_in_adsl(result: RunResult) -> None:
    assert shown(delivered(result, "adsl"), "USUBJID", "AGE", "SAFFL", "TRT01P") == [
        ("M-1", 60, "Y", "Active"),
        ("M-2", 70, "N", "Active"),
    ]


def test_only_analysis_datasets_are_delivered_and_lineage_reaches_the_file(result: RunResult) -> None:
    assert [d["name"] for d in result.datasets] == ["ADSL", "ADVS"]
    assert result.delivery is not None
    lineage = pd.read_parquet(result.delivery / "lineage" / "advs.parquet")
    own = lineage[lineage["role"] == "record"]
    assert set(own["of"]) == {"source:vs"}
    assert list(own.sort_values("record")["of_row"]) == [0, 1, 2, 2, 3, 5]


def test_what_is_not_used_is_told(result: RunResult) -> None:
    assert [(f.rule, f.file, f.column) for f in result.findings if f.severity == "error"] == []
