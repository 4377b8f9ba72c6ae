"""A trial of three subjects as a pack: vital signs, adverse events with a qualifier, and an analysis; and its run."""

from __future__ import annotations

from pathlib import Path

from pipeline.run import RunOptions, RunResult, run

FILES = {
    "study.yaml": """
study: TRIAL1
title: "Blood pressure & <pulse>"
extends: [adamig-1.3, sdtmig-3.4]
timestamp: "2026-03-31T00:00:00"
settings: {dictionaries: {MedDRA: "27.1"}}
subjects: {register: dm}
sources:
  dm:  {file: dm.csv, subject: SUBJECT}
  vs:  {file: vs.csv, subject: SUBJECT}
  lab: {file: lab.csv, kind: vendor, subject: SUBJECT}
  ae:  {file: ae.csv, subject: SUBJECT}
""",
    "codelists.yaml": """
EPOCH: {extend: {APHERESIS: {decode: Apheresis Epoch}}}
FEELING: {title: How it felt, terms: {MILD: {decode: Mild feeling}, BAD: {decode: Bad feeling}}}
""",
    "analyses.yaml": """
endpoints:
  HIGH:
    label: Subjects with high pressure
    group: primary
    statistic: rate
    population: SAFFL = 'Y'
    dataset: ADVS
    where: "PARAMCD = 'SUMSBP' and AVAL > 100"
    event: AVAL >= 200
""",
    "sdtm/DM.yaml": """
rows: {all: {from: dm}}
variables:
  SUBJID: {copy: person.SUBJID}
  SITEID: {value: S1}
  SEX: {code: SEX}
  COUNTRY: {value: DEU}
  AGE: {copy: AGE}
  AGEU: {value: YEARS}
  RACE: {value: ASIAN}
  ARM: {value: Drug A}
  ARMCD: {value: A}
""",
    "sdtm/VS.yaml": """
rows:
  SYSBP: {from: vs, testcd: SYSBP, result: SBP, unit: {value: mmHg}, standard_unit: mmHg}
  TEMP:  {from: vs, testcd: TEMP, result: TEMP, unit: {value: C}, standard_unit: C}
variables: {VSDTC: {datetime: {date: DAT, format: YYYY-MM-DD}}}
""",
    "sdtm/LB.yaml": """
rows:
  GLUC:  {from: lab, testcd: GLUC, result: GLUC, unit: {value: mmol/L}, standard_unit: mmol/L, specimen: SERUM}
  UGLUC: {from: lab, testcd: GLUC, result: UGLUC, unit: {value: mmol/L}, standard_unit: mmol/L, specimen: URINE}
variables: {LBDTC: {datetime: {date: DAT, format: YYYY-MM-DD}}}
""",
    "sdtm/AE.yaml": """
rows: {events: {from: ae}}
variables:
  AETERM:  {copy: TERM}
  AEDECOD: {dictionary: MedDRA, copy: PT}
  AESTDTC: {datetime: {date: DAT, format: YYYY-MM-DD}}
  EPOCH:   {value: APHERESIS}
supplemental:
  AEFEEL: {code: {column: FEEL, codelist: FEELING}, label: How It Felt}
""",
    "sdtm/CM.yaml": """
rows: {given: {from: ae, where: "TERM = 'never'"}}
variables: {CMTRT: {copy: TERM}}
""",
    "adam/ADSL.yaml": """
keys: [STUDYID, USUBJID]
rows: {subjects: {from: DM}}
variables:
  STUDYID: {predecessor: DM.STUDYID}
  USUBJID: {predecessor: DM.USUBJID}
  SUBJID:  {predecessor: DM.SUBJID}
  SITEID:  {predecessor: DM.SITEID}
  AGE:     {predecessor: DM.AGE}
  AGEU:    {predecessor: DM.AGEU}
  SEX:     {predecessor: DM.SEX}
  RACE:    {predecessor: DM.RACE}
  ARM:     {predecessor: DM.ARM}
  TRT01P:  {predecessor: DM.ARM}
  _FIRST:  {derive: earliest, with: {of: [VS.VSDTC]}}
  TRTSDT:  {derive: convert_dtc_to_dt, with: {dtc: _FIRST}}
  SAFFL:   {derive: any_record, with: {of: VS.VSDTC}}
  SEXN:    {derive: code_number, with: {value: SEX, order: [F, M]}, label: Sex (N), type: Num}
""",
    "adam/ADVS.yaml": """
dataset: ADVS
class: BDS
label: Vital Signs Analysis Dataset
structure: One record per subject per parameter per date
keys: [STUDYID, USUBJID, PARAMCD, ADT]
parameters:
  SYSBP:
    label: Systolic Blood Pressure (mmHg)
    from: VS
    where: VSTESTCD = 'SYSBP'
    variables: {ADT: {derive: convert_dtc_to_dt, with: {dtc: VS.VSDTC}}, AVAL: {copy: VSSTRESN}}
  SUMSBP:
    label: Sum of Systolic Blood Pressures (mmHg)
    from: ADSL
    variables: {AVAL: {derive: total, with: {of: {of: VS.VSSTRESN, where: "VSTESTCD = 'SYSBP'"}}}}
""",
}
RAW = {
    "dm.csv": "SUBJECT,SEX,AGE\n01,F,50\n02,M,61\n03,F,70\n",
    "vs.csv": "SUBJECT,DAT,SBP,TEMP\n01,2026-01-01,120,36.65\n01,2026-01-02,150,37\n02,2026-01-01,95,36.5\n",
    "lab.csv": "SUBJECT,DAT,GLUC,UGLUC\n01,2026-01-01,5.25,<0.1\n02,2026-01-01,6,0.2\n",
    "ae.csv": "SUBJECT,TERM,PT,DAT,FEEL\n01,Head ache,Headache,2026-01-02,BAD\n02,Nausea,Nausea,2026-01,MILD\n",
}


def run_trial(folder: Path, out: str = "out", changed: dict[str, str] | None = None) -> RunResult:
    """The run of the trial; ``changed`` files of its pack stand in for those above."""
    pack, extract = folder / "trial", folder / "raw"
    for base, files in ((pack, {**FILES, **(changed or {})}), (extract, RAW)):
        for name, text in files.items():
            (base / name).parent.mkdir(parents=True, exist_ok=True)
            (base / name).write_text(text)
    return run(RunOptions(str(pack), extract, out=folder / out))


def deliver(folder: Path, out: str = "out") -> Path:
    """The delivery of the trial."""
    result = run_trial(folder, out)
    assert result.delivery is not None
    return result.delivery
