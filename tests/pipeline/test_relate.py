"""RELREC of two treated events: literal AE and CM records, literal relationships."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.run import RunOptions, run
from tests.pipeline.tiny import Tiny, rules

STUDY = """
study: TINY
extends: [sdtmig-3.4]
subjects: {register: dm}
sources:
  dm: {file: dm.csv, subject: SUBJECT}
  ae: {file: ae.csv, subject: SUBJECT}
  cm: {file: cm.csv, subject: SUBJECT}
"""
DM = """
rows: {all: {from: dm}}
variables: {SUBJID: {copy: person.SUBJID}, SITEID: {value: S1}, SEX: {value: F}, COUNTRY: {value: DEU}}
"""
AE = """
rows: {all: {from: ae}}
variables:
  AESPID: {copy: NO}
  AETERM: {copy: TERM}
  AEDECOD: {copy: TERM}
  AESTDTC: {datetime: {date: START, format: YYYY-MM-DD}}
keys: [STUDYID, USUBJID, AESTDTC]
relationships:
  treated: {to: CM, by: {split: CMAENO, separator: ",", equals: AESPID}}
"""
CM = """
rows: {all: {from: cm}}
variables: {CMTRT: {copy: DRUG}, CMAENO: {copy: FOR}}
supplemental: {}
keys: [STUDYID, USUBJID, CMTRT]
"""


def test_records_that_share_a_value_share_a_relid(tmp_path: Path) -> None:
    pack, extract = tmp_path / "tiny", tmp_path / "raw"
    (pack / "sdtm").mkdir(parents=True)
    extract.mkdir()
    (pack / "study.yaml").write_text(STUDY)
    (pack / "sdtm" / "DM.yaml").write_text(DM)
    (pack / "sdtm" / "AE.yaml").write_text(AE)
    supplemental = CM.replace("CMAENO: {copy: FOR}", "_NONE: {value: x}").replace(
        "supplemental: {}", "supplemental: {CMAENO: {copy: FOR, label: Events Treated}}"
    )
    (pack / "sdtm" / "CM.yaml").write_text(supplemental)
    (extract / "dm.csv").write_text("SUBJECT\n01\n02\n")
    (extract / "ae.csv").write_text(
        "SUBJECT,NO,TERM,START\n01,7,FEVER,2025-01-03\n01,3,RASH,2025-01-01\n01,9,COUGH,2025-01-02\n02,3,FEVER,2025-01-01\n"
    )
    (extract / "cm.csv").write_text('SUBJECT,DRUG,FOR\n01,ASPIRIN,"3,7"\n01,ZINC,\n01,PARACETAMOL,7\n02,ASPIRIN,9\n')
    result = run(RunOptions(str(pack), extract, out=tmp_path / "out"))
    assert result.delivery is not None
    made = pd.read_parquet(result.delivery / "data" / "relrec.parquet")
    # in order of start RASH is AESEQ 1 and FEVER AESEQ 3; in order of name ASPIRIN is CMSEQ 1 and PARACETAMOL CMSEQ 2
    assert made[["USUBJID", "RDOMAIN", "IDVAR", "IDVARVAL", "RELID"]].to_numpy().tolist() == [
        ["TINY-01", "AE", "AESEQ", "1", "TREATED1"],
        ["TINY-01", "CM", "CMSEQ", "1", "TREATED1"],
        ["TINY-01", "AE", "AESEQ", "3", "TREATED2"],
        ["TINY-01", "CM", "CMSEQ", "1", "TREATED2"],
        ["TINY-01", "CM", "CMSEQ", "2", "TREATED2"],
    ]
    [dangling] = [f for f in result.findings if f.rule == "RELATED_MISSING"]
    assert (dangling.severity, dangling.dataset, dangling.variable, dangling.value) == ("warning", "CM", "CMAENO", "9")
    assert (dangling.file, dangling.column, dangling.rows, dangling.subjects) == ("cm.csv", "FOR", (5,), ("TINY-02",))
    assert dangling.message == "9 of CM.CMAENO is no AESPID of AE (treated); not in RELREC"


def test_a_value_that_need_not_be_there(tmp_path: Path) -> None:
    sources = {"ae": "{file: ae.csv, subject: SUBJECT}", "cm": "{file: cm.csv, subject: SUBJECT}"}
    datasets = {"AE": AE.replace("AESPID}}", "AESPID}, orphans: allow}"), "CM": CM.replace("supplemental: {}\n", "")}
    datasets["CM"] = datasets["CM"].replace("CMAENO: {copy: FOR}", "CMSPID: {copy: FOR}")
    datasets["AE"] = datasets["AE"].replace(
        'split: CMAENO, separator: ",", equals: AESPID', "equals: AESPID, equals_their: CMSPID"
    )
    raw = {"dm": "SUBJECT\n01\n", "ae": "SUBJECT,NO,TERM,START\n01,7,FEVER,2025-01-03\n"}
    raw["cm"] = "SUBJECT,DRUG,FOR\n01,ASPIRIN,7\n01,ZINC,8\n01,IRON,\n"
    allowed = Tiny(tmp_path / "a", "", sources, datasets, raw).run()
    assert "RELATED_MISSING" not in rules(allowed)
    datasets["AE"] = datasets["AE"].replace(", orphans: allow", "")
    assert rules(Tiny(tmp_path / "b", "", sources, datasets, raw).run())["RELATED_MISSING"] == ["8"]
