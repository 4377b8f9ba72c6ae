"""The defines of a small trial: what a run writes beside its datasets."""

from __future__ import annotations

import re
from pathlib import Path

import pyreadstat
import pytest
from lxml import etree

from define.check import check_define
from define.html import to_html
from define.validate_xsd import schema_errors
from delivery.ectd import ADDED
from tests.define.trial import deliver

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
DEF = "{http://www.cdisc.org/ns/def/v2.1}"
ARM = "{http://www.cdisc.org/ns/arm/v1.0}"


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deliver(tmp_path_factory.mktemp("trial"))


@pytest.fixture(scope="module")
def sdtm(delivery: Path) -> Path:
    return delivery / "m5/datasets/trial1/tabulations/sdtm/define.xml"


@pytest.fixture(scope="module")
def adam(delivery: Path) -> Path:
    return delivery / "m5/datasets/trial1/analysis/adam/datasets/define.xml"


def find(path: Path, tag: str, oid: str) -> etree._Element:
    root = etree.parse(path).getroot()
    return next(e for e in root.iter(tag) if e.get("OID") == oid)


def item(path: Path, oid: str) -> dict[str, str]:
    return dict(find(path, f"{ODM}ItemDef", oid).attrib)


def origins(path: Path, oid: str) -> list[tuple[str | None, ...]]:
    found = find(path, f"{ODM}ItemDef", oid).iter(f"{DEF}Origin")
    return [(o.get("Type"), o.get("Source"), "".join(o.itertext()).strip() or None) for o in found]


def method(path: Path, oid: str) -> str:
    return "".join(find(path, f"{ODM}MethodDef", oid).itertext()).strip()


def terms(path: Path, oid: str) -> list[tuple[str | None, ...]]:
    items = [e for e in find(path, f"{ODM}CodeList", oid) if e.get("CodedValue")]
    return [(e.get("CodedValue"), "".join(e.itertext()).strip(), e.get(f"{DEF}ExtendedValue")) for e in items]


def clause(path: Path, oid: str) -> list[tuple[str | None, str | None, str]]:
    checks = find(path, f"{DEF}WhereClauseDef", oid).iter(f"{ODM}RangeCheck")
    return [(c.get(f"{DEF}ItemOID"), c.get("Comparator"), "|".join(c.itertext()).strip()) for c in checks]


def test_both_defines_are_valid_and_agree_with_the_files(sdtm: Path, adam: Path) -> None:
    for path in (sdtm, adam):
        assert schema_errors(path.read_bytes()) == []
        assert [str(f) for f in check_define(path, path.parent, awaited=ADDED)] == []
        assert (path.parent / "define2-1.xsl").is_file()
        assert (path.parent / "define.html").read_bytes() == to_html(path.read_bytes())


def test_codes_of_parameters_have_their_names(adam: Path) -> None:
    assert terms(adam, "CL.ADVS.PARAMCD") == [
        ("SUMSBP", "Sum of Systolic Blood Pressures (mmHg)", None),
        ("SYSBP", "Systolic Blood Pressure (mmHg)", None),
    ]


def test_each_define_leads_to_its_reviewers_guide(sdtm: Path, adam: Path) -> None:
    for path, guide in ((sdtm, "csdrg.docx"), (adam, "adrg.docx")):
        root = etree.parse(path).getroot()
        (document,) = (r.get("leafID") for r in next(root.iter(f"{DEF}SupplementalDoc")))
        (leaf,) = (x for x in root.iter(f"{DEF}leaf") if x.get("ID") == document)
        assert leaf.get("{http://www.w3.org/1999/xlink}href") == guide


def test_two_runs_write_the_same_bytes(sdtm: Path, tmp_path: Path) -> None:
    again = deliver(tmp_path)
    assert (again / "m5/datasets/trial1/tabulations/sdtm/define.xml").read_bytes() == sdtm.read_bytes()


def test_the_study_is_named_with_its_characters_escaped(sdtm: Path) -> None:
    root = etree.parse(sdtm).getroot()
    assert root.get("CreationDateTime") == "2026-03-31T00:00:00"
    assert root.get(f"{DEF}Context") == "Submission"
    assert root.findtext(f".//{ODM}StudyDescription") == "Blood pressure & <pulse>"


def test_standards_are_the_guide_and_the_packages_in_use(sdtm: Path, adam: Path) -> None:
    def named(path: Path) -> list[tuple[str | None, ...]]:
        found = etree.parse(path).getroot().iter(f"{DEF}Standard")
        return [(s.get("Name"), s.get("PublishingSet"), s.get("Version")) for s in found]

    assert named(sdtm) == [("SDTMIG", None, "3.4"), ("CDISC/NCI", "SDTM", "2025-03-28")]
    assert named(adam) == [
        ("ADaMIG", None, "1.3"), ("CDISC/NCI", "ADaM", "2025-03-28"), ("CDISC/NCI", "SDTM", "2025-03-28"),
    ]  # fmt: skip


def test_lengths_are_those_of_the_transport_files(sdtm: Path) -> None:
    _, meta = pyreadstat.read_xport(sdtm.parent / "ae.xpt")
    assert item(sdtm, "IT.AE.AETERM")["Length"] == str(meta.variable_storage_width["AETERM"]) == "9"


def test_a_dataset_has_its_class_structure_keys_and_file(sdtm: Path, adam: Path) -> None:
    group = find(sdtm, f"{ODM}ItemGroupDef", "IG.DM")
    assert (group.get("Repeating"), group.get("IsReferenceData"), group.get("Purpose")) == ("No", "No", "Tabulation")
    assert group.find(f"{DEF}Class").get("Name") == "SPECIAL PURPOSE"  # type: ignore[union-attr]
    keys = {r.get("ItemOID"): r.get("KeySequence") for r in find(adam, f"{ODM}ItemGroupDef", "IG.ADVS")}
    assert [k for k, n in sorted(keys.items(), key=lambda p: p[1] or "9") if n] == [
        "IT.ADVS.STUDYID", "IT.ADVS.USUBJID", "IT.ADVS.PARAMCD", "IT.ADVS.ADT",
    ]  # fmt: skip


def test_a_dataset_without_records_is_told_and_has_no_file(sdtm: Path) -> None:
    group = find(sdtm, f"{ODM}ItemGroupDef", "IG.CM")
    assert group.get(f"{DEF}HasNoData") == "Yes"
    assert group.find(f"{DEF}leaf") is None
    assert not (sdtm.parent / "cm.xpt").exists()


def test_origins_follow_from_the_methods_and_the_kind_of_source(sdtm: Path, adam: Path) -> None:
    assert origins(sdtm, "IT.AE.AETERM") == [("Collected", "Investigator", None)]
    assert origins(sdtm, "IT.LB.LBORRES.GLUC.SERUM") == [("Collected", "Vendor", None)]
    assert origins(sdtm, "IT.AE.AEDECOD") == [("Assigned", "Sponsor", None)]
    assert origins(sdtm, "IT.AE.AESEQ") == [("Derived", "Sponsor", None)]
    assert origins(adam, "IT.ADSL.SEX") == [("Predecessor", None, "DM.SEX")]
    assert origins(adam, "IT.ADVS.AVAL.SYSBP") == [("Predecessor", None, "VS.VSSTRESN")]


def test_what_an_investigator_collected_has_a_page_of_the_annotated_crf(sdtm: Path) -> None:
    reference = find(sdtm, f"{ODM}ItemDef", "IT.AE.AETERM").find(f".//{DEF}PDFPageRef")
    assert reference is not None
    assert reference.get("PageRefs") == "4"  # after the contents and the forms of dm and vs
    assert find(sdtm, f"{ODM}ItemDef", "IT.LB.LBORRES.GLUC.SERUM").find(f".//{DEF}PDFPageRef") is None


def test_no_method_names_a_working_variable(sdtm: Path, adam: Path) -> None:
    for path in (sdtm, adam):
        said = ["".join(m.itertext()) for m in etree.parse(path).getroot().iter(f"{ODM}MethodDef")]
        assert [s for s in said if re.search(r"(^|[^A-Za-z0-9])_[A-Z]", s)] == []
    assert method(adam, "MT.ADSL.TRTSDT").startswith("Intermediate FIRST (the earliest of VS.VSDTC")


def test_value_level_tells_a_test_apart_by_specimen(sdtm: Path) -> None:
    assert clause(sdtm, "WC.LB.GLUC.URINE") == [("IT.LB.LBTESTCD", "EQ", "GLUC"), ("IT.LB.LBSPEC", "EQ", "URINE")]
    serum, urine = item(sdtm, "IT.LB.LBSTRESC.GLUC.SERUM"), item(sdtm, "IT.LB.LBSTRESC.GLUC.URINE")
    assert (serum["DataType"], serum["Length"], serum["SignificantDigits"]) == ("float", "4", "2")
    assert (urine["DataType"], urine["Length"]) == ("text", "4")
    assert method(sdtm, "MT.LB.LBSTRESC.GLUC.URINE").startswith("Intermediate RESULT (UGLUC as collected)")


def test_a_qualifier_has_its_own_codelist(sdtm: Path) -> None:
    assert clause(sdtm, "WC.SUPPAE.AEFEEL") == [("IT.SUPPAE.QNAM", "EQ", "AEFEEL")]
    reference = find(sdtm, f"{ODM}ItemDef", "IT.SUPPAE.QVAL.AEFEEL").find(f"{ODM}CodeListRef")
    assert reference is not None
    assert reference.get("CodeListOID") == "CL.FEELING"
    assert terms(sdtm, "CL.FEELING") == [("MILD", "Mild feeling", None), ("BAD", "Bad feeling", None)]


def test_codelists_hold_terms_in_use_and_say_what_was_added(sdtm: Path, adam: Path) -> None:
    assert terms(sdtm, "CL.EPOCH") == [("APHERESIS", "Apheresis Epoch", "Yes")]
    assert terms(sdtm, "CL.LBTESTCD") == [("GLUC", "Glucose", None)]
    assert [t[0] for t in terms(sdtm, "CL.SEX")] == ["F", "INTERSEX", "M", "U"]
    assert terms(adam, "CL.ADSL.SEXN") == [("1", "F", None), ("2", "M", None)]
    external = find(sdtm, f"{ODM}CodeList", "CL.MEDDRA").find(f"{ODM}ExternalCodeList")
    assert external is not None
    assert dict(external.attrib) == {"Dictionary": "MedDRA", "Version": "27.1"}


def test_dates_have_the_narrowest_type_that_holds_them(sdtm: Path) -> None:
    assert item(sdtm, "IT.AE.AESTDTC")["DataType"] == "partialDate"
    assert item(sdtm, "IT.VS.VSDTC")["DataType"] == "date"


def test_an_analysis_selects_what_it_says(adam: Path) -> None:
    result = find(adam, f"{ARM}AnalysisResult", "AR.HIGH")
    assert result.get("ParameterOID") == "IT.ADVS.PARAMCD"
    assert result.get("AnalysisPurpose") == "PRIMARY OUTCOME MEASURE"
    assert clause(adam, "WC.ADVS.PARAMCD_EQ_SUMSBP.AVAL_GT_100") == [
        ("IT.ADVS.PARAMCD", "EQ", "SUMSBP"), ("IT.ADVS.AVAL", "GT", "100"),
    ]  # fmt: skip
    said = "".join(result.find(f"{ARM}Documentation").itertext())  # type: ignore[union-attr]
    assert "SAFFL is 'Y' (2 subjects)" in said
    assert "1 records of 1 subjects are selected" in said
