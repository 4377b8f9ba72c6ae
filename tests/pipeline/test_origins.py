"""Where values come from, in define.xml and in SUPP datasets: copies from datasets, own codelists, long texts."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from pipeline.run import RunResult
from tests.pipeline.tiny import Tiny, rows, rules

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
DEF = "{http://www.cdisc.org/ns/def/v2.1}"
DM = """
rows: {all: {from: dm}}
variables:
  SUBJID:  {copy: person.SUBJID}
  SITEID:  {value: S1}
  SEX:     {value: F}
  COUNTRY: {value: DEU}
  RFICDTC: {datetime: {date: CONSENT, format: YYYY-MM-DD}}
"""
SE = """
rows:
  screening:
    from: DM
    variables: {ETCD: {value: SCRN}, ELEMENT: {value: Screening}, TAETORD: {value: 1}, SESTDTC: {copy: RFICDTC}}
supplemental:
  CONSENT: {copy: RFICDTC, label: Date of Consent}
"""


def define(result: RunResult) -> etree._Element:
    assert result.delivery is not None
    (path,) = result.delivery.rglob("define.xml")
    return etree.parse(path).getroot()


def origin(root: etree._Element, oid: str) -> list[tuple[str | None, str]]:
    item = next(e for e in root.iter(f"{ODM}ItemDef") if e.get("OID") == oid)
    return [(o.get("Type"), "".join(map(str, o.itertext())).strip()) for o in item.iter(f"{DEF}Origin")]


def test_a_copy_from_a_dataset_is_a_predecessor(tmp_path: Path) -> None:
    raw = {"dm": "SUBJECT,CONSENT\n01,2025-03-01\n"}
    result = Tiny(tmp_path, datasets={"SE": SE}, raw=raw, dm=DM).run()
    assert origin(define(result), "IT.SE.SESTDTC") == [("Predecessor", "DM.RFICDTC")]
    assert origin(define(result), "IT.DM.RFICDTC") == [("Collected", "")]
    assert rows(result, "SUPPSE", "QVAL", "QORIG") == [["2025-03-01", "Predecessor"]]


def test_a_list_of_the_study_extends_none(tmp_path: Path) -> None:
    ae = """
rows: {events: {from: ae}}
variables:
  AETERM:  {copy: TERM}
  AEDECOD: {copy: TERM}
  AESTDTC: {value: 2025-03-01}
  AEREL:   {code: REL, codelist: RELATION}
"""
    raw = {"dm": "SUBJECT\n01\n", "ae": "SUBJECT,TERM,REL\n01,Cough,RELATED\n"}
    tiny = Tiny(tmp_path, sources={"ae": "{file: ae.csv, subject: SUBJECT}"}, datasets={"AE": ae}, raw=raw)
    pack, _ = tiny.write()
    terms = "terms: {RELATED: {decode: Related}, NOT RELATED: {decode: Not related, code: X1}}"
    (pack / "codelists.yaml").write_text(f"RELATION: {{title: Relation to Treatment, {terms}}}\n")
    (found,) = [e for e in define(tiny.run()).iter(f"{ODM}CodeList") if e.get("OID") == "CL.RELATION"]
    assert found.get(f"{DEF}IsNonStandard") == "Yes"
    assert [(e.get("CodedValue"), e.get(f"{DEF}ExtendedValue")) for e in found if e.get("CodedValue")] == [
        ("RELATED", None), ("NOT RELATED", None),
    ]  # fmt: skip


def test_a_long_text_goes_on_with_the_origin_of_its_variable(tmp_path: Path) -> None:
    ae = "rows: {events: {from: ae}}\nvariables: {AETERM: {copy: TERM, split_to: AETERM1}, AEDECOD: {value: X}}\n"
    raw = {"dm": "SUBJECT\n01\n", "ae": "SUBJECT,TERM\n01," + "cough " * 40 + "\n"}
    tiny = Tiny(tmp_path, sources={"ae": "{file: ae.csv, subject: SUBJECT}"}, datasets={"AE": ae}, raw=raw)
    result = tiny.run()
    assert rows(result, "SUPPAE", "QNAM", "QLABEL", "QVAL", "QORIG") == [
        ["AETERM1", "Reported Term for the Adverse Event 1", "cough cough cough cough cough cough cough", "Collected"]
    ]
    assert "SUPPAE" not in {f.dataset for f in result.findings}
    assert "LENGTH_OVER_200" not in rules(result)
