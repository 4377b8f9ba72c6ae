"""Packs of a few lines and their raw files, written into a temporary folder, for the tests of specs and of runs."""

from __future__ import annotations

from pathlib import Path

STUDY = """\
study: S-1
extends: [sdtmig-3.4]
subjects: {register: dm}
settings: {treatment: DRUG}
sources:
  dm: {file: dm.csv, subject: SUBJ}
  ae: {file: ae.csv, subject: SUBJ}
  ref: {file: ref.csv, kind: vendor}
"""
DM = """\
rows: {subjects: {from: dm}}
variables:
  SUBJID: {copy: person.SUBJID}
  SITEID: {value: "01"}
  SEX: {code: SEX}
  COUNTRY: {value: DEU}
  RFSTDTC: {datetime: {date: START, format: YYYY-MM-DD}}
"""
AE = """\
rows: {events: {from: ae}}
variables:
  AETERM: {copy: TERM}
  AEDECOD: {dictionary: MedDRA, copy: PT}
  AESTDTC: {datetime: {date: STDAT, format: YYYY-MM-DD}}
"""
PACK = {"study.yaml": STUDY, "sdtm/DM.yaml": DM, "sdtm/AE.yaml": AE}
RAW = {
    "dm.csv": "SUBJ,SEX,START\n01-001,M,2025-03-10\n01-002,F,2025-03-12\n",
    "ae.csv": "SUBJ,TERM,PT,STDAT\n01-001,Fever,Pyrexia,2025-03-11\n01-002,Cough,Cough,2025-03-12\n",
}


def write_files(folder: Path, files: dict[str, str]) -> Path:
    """Texts as files under a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def write_pack(tmp_path: Path, **changes: str) -> Path:
    """The small pack with files replaced or added: ``AE=...`` is sdtm/AE.yaml, ``study=...`` is study.yaml."""
    named = {(f"sdtm/{k}.yaml" if k.isupper() else f"{k}.yaml"): v for k, v in changes.items()}
    return write_files(tmp_path / "pack", {**PACK, **named})
