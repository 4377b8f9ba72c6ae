"""A small study from a folder, with all that an agency asks for: DM, AE and TS, a form each, one wrong value."""

from __future__ import annotations

from pathlib import Path

STUDY = """\
study: S-1
title: A small study
extends: [sdtmig-3.4]
timestamp: 2026-04-01T00:00:00
cut: {date: 2026-03-31, datasets: {AE: {start: AESTDTC}}}
sources:
  dm: {file: dm.csv, subject: SUBJECT}
  ae: {file: ae.csv, subject: SUBJECT}
subjects: {register: dm}
"""
DM = """\
rows: {subjects: {from: dm}}
variables:
  SUBJID:  {copy: SUBJECT}
  SITEID:  {value: "01"}
  SEX:     {code: SEX}
  COUNTRY: {value: USA}
  ARMCD:   {value: A}
  ARM:     {value: A}
  ACTARMCD: {value: A}
  ACTARM:  {value: A}
"""
AE = """\
rows: {events: {from: ae}}
variables:
  AETERM:  {copy: TERM}
  AEDECOD: {copy: TERM}
  AESER:   {code: SER}
  AESTDTC: {datetime: {date: STDAT, format: DD MON YYYY}}
"""
TS = """\
table: tables/ts.csv
"""
TS_TABLE = "TSSEQ,TSPARMCD,TSPARM,TSVAL\n1,SSTDTC,Study Start Date,2024-06-03\n1,TITLE,Trial Title,A small study\n"
ACCEPTED = "accepted:\n  - {rule: CODE_UNMAPPED, reason: queried, who: J. Doe}\n"
COUGHS = "".join(f"{subject},Cough,N,{day:02} JAN 2025\n" for subject in ("01", "02") for day in range(1, 31))
EVENTS = "01,Headache,N,05 MAY 2025\n,,,\n02,Nausea,N,06 MAY 2025\n02,Fever,Perhaps,07 MAY 2025\n"
"""The second line is empty and passed over; the last has a wrong value, in row 5 of the file."""
FILES = {"dm.csv": "SUBJECT,SEX\n01,F\n02,M\n", "ae.csv": f"SUBJECT,TERM,SER,STDAT\n{EVENTS}{COUGHS}"}


def pack(folder: Path, *, accepted: bool = True) -> Path:
    """The pack, with its extract in ``extract/``."""
    for part in ("sdtm", "tables", "extract"):
        (folder / part).mkdir(parents=True)
    (folder / "study.yaml").write_text(STUDY)
    for name, text in (("DM", DM), ("AE", AE), ("TS", TS)):
        (folder / "sdtm" / f"{name}.yaml").write_text(text)
    (folder / "tables" / "ts.csv").write_text(TS_TABLE)
    if accepted:
        (folder / "accepted.yaml").write_text(ACCEPTED)
    for name, text in FILES.items():
        (folder / "extract" / name).write_text(text)
    return folder
