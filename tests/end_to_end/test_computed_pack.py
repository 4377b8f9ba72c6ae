"""Means of replicates and computed parameters (BMI, mean arterial pressure) of a small study, from SDTM to ADVS.

The pack is written here in full, so that a reader sees mapping, input and output together.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.run import RunOptions, run
from tests.small_pack import write_files

STUDY = """\
study: MINI
extends: [adamig-1.3, sdtmig-3.4]
sources:
  dm: {file: dm.csv, kind: sdtm, subject: USUBJID}
  vs: {file: vs.csv, kind: sdtm, subject: USUBJID}
subjects: {register: dm, usubjid: "{number}"}
"""
ADSL = """\
rows: {subjects: {from: DM}}
predecessors: {DM: [SUBJID, SITEID, AGE, AGEU, SEX, RACE, ARM]}
variables: {TRT01P: {predecessor: DM.ARM}}
"""
VSRESULT = """\
dataset: VSRESULT
class: BDS
working: results, of which means and other parameters are computed
rows: {results: {from: VS, where: VSSTRESN is not missing}}
predecessors: {VS: [VSTESTCD, VSTEST, VSSEQ, VSDTC, VSSTRESN, VISIT]}
variables:
  PARAMCD: {copy: VSTESTCD}
  PARAM:   {copy: VSTEST}
  AVAL:    {copy: VSSTRESN}
  AVISIT:  {copy: VISIT}
  ADT:     {derive: convert_dtc_to_dt, with: {dtc: VSDTC}}
"""
ADVS = """\
dataset: ADVS
class: BDS
label: Vital Signs Analysis
rows:
  results: {from: VSRESULT}
  average:
    derive: derive_summary_records
    with:
      value: {of: VSRESULT.AVAL, where: "PARAMCD in ('SYSBP', 'DIABP')"}
      summary: mean
      by: [VSRESULT.PARAMCD, VSRESULT.PARAM, VSRESULT.AVISIT]
      keep: [VSRESULT.ADT]
    variables: {DTYPE: {value: AVERAGE}}
  bmi:
    derive: derive_param_bmi
    with:
      height: {of: VSRESULT.AVAL, where: "PARAMCD = 'HEIGHT'"}
      weight: {of: VSRESULT.AVAL, where: "PARAMCD = 'WEIGHT'"}
      constant: [height]
      by: [VSRESULT.AVISIT]
      keep: [VSRESULT.ADT]
    variables: {PARAMCD: {value: BMI}, PARAM: {value: Body Mass Index (kg/m2)}}
variables:
  STUDYID: {value: {setting: study}}
  USUBJID: {copy: person.USUBJID}
  PARAMCD: {copy: PARAMCD}
  PARAM:   {copy: PARAM}
  AVISIT:  {copy: AVISIT}
  AVAL:    {copy: AVAL}
  ADT:     {copy: ADT}
"""
ADMAP = """\
dataset: ADMAP
class: BDS
label: Mean Arterial Pressure
parameters:
  MAP:
    label: Mean Arterial Pressure (mmHg)
    derive: derive_param_map
    with:
      sysbp: {of: ADVS.AVAL, where: "PARAMCD = 'SYSBP' and DTYPE = 'AVERAGE'"}
      diabp: {of: ADVS.AVAL, where: "PARAMCD = 'DIABP' and DTYPE = 'AVERAGE'"}
      by: [ADVS.AVISIT]
      keep: [ADVS.ADT]
    variables: {STUDYID: {value: {setting: study}}, USUBJID: {copy: person.USUBJID}}
"""
VS = """\
USUBJID,VSSEQ,VSTESTCD,VSTEST,VSDTC,VSSTRESN,VISIT
M-1,1,SYSBP,Systolic Blood Pressure,2025-03-10,120,Week 1
M-1,2,SYSBP,Systolic Blood Pressure,2025-03-10,125,Week 1
M-1,3,DIABP,Diastolic Blood Pressure,2025-03-10,80,Week 1
M-1,4,DIABP,Diastolic Blood Pressure,2025-03-11,83,Week 1
M-1,5,HEIGHT,Height,2025-03-01,200,Screening
M-1,6,WEIGHT,Weight,2025-03-10,80,Week 1
M-2,1,WEIGHT,Weight,2025-03-12,70,Week 1
"""
DM = """\
USUBJID,SUBJID,SITEID,AGE,AGEU,SEX,RACE,ARM
M-1,1,01,60,YEARS,F,WHITE,Active
M-2,2,01,70,YEARS,M,ASIAN,Active
"""


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("computed")
    adam = {"ADSL": ADSL, "VSRESULT": VSRESULT, "ADVS": ADVS, "ADMAP": ADMAP}
    write_files(folder / "mini", {"study.yaml": STUDY, **{f"adam/{n}.yaml": t for n, t in adam.items()}})
    write_files(folder / "raw", {"dm.csv": DM, "vs.csv": VS})
    made = run(RunOptions(str(folder / "mini"), folder / "raw", out=folder / "out"))
    assert [(f.rule, f.message) for f in made.findings if f.severity == "error"] == []
    assert made.delivery is not None
    return made.delivery


def records(delivery: Path, dataset: str, *variables: str) -> list[tuple[object, ...]]:
    found = pd.read_parquet(delivery / "data" / f"{dataset}.parquet", columns=list(variables))
    plain = found.astype(object).where(found.notna() & (found != ""), None)
    return list(plain.itertuples(index=False, name=None))


def test_means_and_the_mass_index_are_records_beside_the_results(delivery: Path) -> None:
    made = records(delivery, "advs", "USUBJID", "PARAMCD", "AVISIT", "AVAL", "DTYPE")
    assert len(made) == 10
    assert [r for r in made if r[4] or r[1] == "BMI"] == [
        ("M-1", "BMI", "Week 1", 20.0, None),
        ("M-1", "DIABP", "Week 1", 81.5, "AVERAGE"),
        ("M-1", "SYSBP", "Week 1", 122.5, "AVERAGE"),
    ]


def test_a_mean_of_two_days_has_no_day(delivery: Path) -> None:
    made = records(delivery, "advs", "PARAMCD", "DTYPE", "ADT")
    assert {(p, day is None) for p, dtype, day in made if dtype} == {("SYSBP", False), ("DIABP", True)}


def test_a_parameter_takes_what_it_goes_by_unasked(delivery: Path) -> None:
    made = records(delivery, "admap", "USUBJID", "PARAMCD", "AVISIT", "AVAL")
    assert made == [("M-1", "MAP", "Week 1", 95.1666666666667)]
