"""The annotated CRF: what is annotated where, the page of every field, the PDF, and page references held against it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader

from delivery.acrf import NOT_SUBMITTED, Field, Form, field_pages, form_pages, forms
from delivery.acrf_check import Annotated, CrfError, PageRef, page_refs, read_annotated, wrong_pages
from delivery.acrf_pdf import draw_acrf
from specs.origins import inferred_origin
from specs.resolve import StudyModel, resolve

ROOT = Path(__file__).parents[2]
STUDY = """\
study: S-1
extends: [sdtmig-3.4]
sources:
  dm: {file: dm.csv, subject: SUBJECT}
  ae: {file: ae.csv, subject: SUBJECT, unused: {COMM: not part of the delivery, 'AE*_YYYY': part of a date}}
  vs: {file: vs.csv, subject: SUBJECT}
  lab: {file: lab.csv, kind: vendor, subject: SUBJECT}
  log: {file: log.csv, unused: kept at the site}
subjects: {register: dm}
"""
AE = """\
rows:
  events: {from: ae, where: "AEYN = 'Y'"}
variables:
  AETERM:  {copy: TERM, split_to: AETERM1}
  AEDECOD: {dictionary: MedDRA, copy: PT}
  AESER:   {code: {column: SER_STD, display: SER}}
  AESTDTC: {datetime: {date: STDAT, time: STTIM, format: DD MON YYYY}}
  AETOXGR: {copy: GR}
  EPOCH:   {omit: no elements}
  AESTDY:  {omit: no reference date}
  AEENDY:  {omit: no reference date}
supplemental:
  AEDLT: {code: {column: DLT_STD, codelist: NY}, label: Dose-Limiting Toxicity}
"""


@pytest.fixture
def model(tmp_path: Path) -> StudyModel:
    folder = tmp_path / "mine"
    (folder / "sdtm").mkdir(parents=True)
    (folder / "study.yaml").write_text(STUDY)
    (folder / "sdtm" / "AE.yaml").write_text(AE)
    return resolve(str(folder))


def said(model: StudyModel, source: str) -> dict[str, tuple[str, ...]]:
    form = next(f for f in forms(model) if f.source == source)
    return {field.column: field.annotations for field in form.fields}


def test_every_field_says_what_becomes_of_it(model: StudyModel) -> None:
    assert said(model, "ae") == {
        "SUBJECT": ("AE.USUBJID",),
        "TERM": ("AE.AETERM", "AETERM1 in SUPPAE"),
        "PT": ("AE.AEDECOD",),
        "SER_STD": ("AE.AESER",),
        "STDAT": ("AE.AESTDTC",),
        "STTIM": ("AE.AESTDTC",),
        "GR": ("AE.AETOXGR",),
        "DLT_STD": ("AEDLT in SUPPAE",),
        "AEYN": (NOT_SUBMITTED,),
        "COMM": (NOT_SUBMITTED,),
    }


EX = """\
rows:
  doses: {from: ae, where: "TERM is not missing", treatment: DRUG}
variables:
  _AREA:   {copy: AREA}
  _SCALED: {derive: clean, with: {column: _AREA}}
  _ALONE:  {copy: ALONE}
  _UNITS:  {copy: SYSUNIT}
  EXDOSE:  {derive: standard_number, with: {result: _SCALED}}
  EXDOSU:  {derive: clean, with: {column: _UNITS}}
  EXLOC:   {when: [{if: "SCALE = 'old'", copy: OLDLOC}, {else: {copy: NEWLOC}}]}
  EXCAT:   {value: PREPRINTED, origin: Collected, because: the form says so}
  EXSTDTC: {datetime: {date: STDAT, format: DD MON YYYY}}
  EPOCH:   {omit: no elements}
"""


def test_a_field_that_only_working_variables_read_says_what_is_derived_from_it(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "sdtm").mkdir(parents=True)
    (folder / "study.yaml").write_text(
        STUDY.replace("subject: SUBJECT, unused", "subject: SUBJECT, ignore: [SYSUNIT], unused")
    )
    (folder / "sdtm" / "EX.yaml").write_text(EX)
    model = resolve(str(folder))
    fields = said(model, "ae")
    assert fields["AREA"] == ("EX.EXDOSE (derived)",)
    assert fields["ALONE"] == (NOT_SUBMITTED,)
    assert fields["SCALE"] == (NOT_SUBMITTED,)
    assert fields["SYSUNIT"] == ("EX.EXDOSU",), "collected, though the EDC sets it"
    assert fields["OLDLOC"] == fields["NEWLOC"] == ("EX.EXLOC",)
    assert fields["*"] == ("EX.EXCAT",)
    assert field_pages(model)["ae", "*"] == 3


def test_fields_are_called_by_their_columns_and_reasons(model: StudyModel) -> None:
    form = next(f for f in forms(model) if f.source == "ae")
    shown = {field.column: field.shown for field in form.fields}
    assert shown["SER_STD"] == "SER_STD (shown: SER)"
    assert shown["COMM"] == "COMM: not part of the delivery"
    assert form.datasets == (("AE", "Adverse Events"),)


def test_transfers_of_vendors_are_no_forms(model: StudyModel) -> None:
    assert [f.source for f in forms(model)] == ["dm", "ae", "vs", "log"]
    assert said(model, "log") == {"*": (NOT_SUBMITTED,)}


def test_pages_follow_from_the_pack_alone(model: StudyModel) -> None:
    assert form_pages(model) == {"dm": [2], "ae": [3], "vs": [4], "log": [5]}
    assert field_pages(model)["ae", "TERM"] == 3


def test_a_long_form_takes_several_pages() -> None:
    fields = tuple(Field(f"C{i}", f"C{i}", ("AE.AETERM",), "AE") for i in range(130))
    assert [len(page) for page in Form("ae", "ae.csv", (), fields).pages] == [58, 58, 14]


def test_a_test_is_named_where_fields_are_of_tests() -> None:
    example = resolve(str(ROOT / "docs" / "examples" / "hyp01"))
    vitals = {f.column: f.annotations for form in forms(example) for f in form.fields if form.source == "vitals"}
    assert any("VS.VSORRES" in a and "when VSTESTCD = TEMP" in a for texts in vitals.values() for a in texts)


@pytest.mark.parametrize("pack", ["ct0596", "cdiscpilot01", str(ROOT / "docs" / "examples" / "hyp01")])
def test_every_collected_variable_has_a_true_page(pack: str, tmp_path: Path) -> None:
    model = resolve(pack)
    draw_acrf(tmp_path / "acrf.pdf", "S", "T", forms(model), {})
    annotated = read_annotated(tmp_path / "acrf.pdf")
    pages = form_pages(model)
    assert len(annotated.pages) == max(p for found in pages.values() for p in found)
    for name, dataset in model.datasets.items():
        if not dataset.is_written or dataset.standard == "adam":
            continue
        for row in dataset.rows.values():
            variables = {**dataset.variables, **dataset.supplemental, **row.variables}
            for variable, typed in variables.items():
                if row.from_ in pages and not variable.startswith("_") and inferred_origin(typed) == "Collected":
                    assert annotated.where(variable), (name, variable)


# ---- the PDF ----


def drawn(folder: Path, model: StudyModel) -> Path:
    path = folder / "acrf.pdf"
    draw_acrf(path, "S-1", "A Study", forms(model), {"SCREENING": ["dm", "vs"], "DAY 1": ["vs", "lab"]})
    return path


def test_the_same_forms_give_the_same_bytes(tmp_path: Path, model: StudyModel) -> None:
    assert drawn(tmp_path, model).read_bytes() == drawn(tmp_path, model).read_bytes()


def test_annotations_are_searchable_text_and_annotations(tmp_path: Path, model: StudyModel) -> None:
    page = PdfReader(drawn(tmp_path, model)).pages[2]
    contents = [str(a.get_object()["/Contents"]) for a in page["/Annots"]]  # type: ignore[attr-defined]
    for text in ("AE = Adverse Events", "AE.AEDECOD", "AEDLT in SUPPAE", NOT_SUBMITTED):
        assert text in contents
        assert text in page.extract_text()


def outline(reader: PdfReader) -> list[object]:
    def titles(entries: list[object]) -> list[object]:
        return [titles(e) if isinstance(e, list) else str(e["/Title"]) for e in entries]  # type: ignore[index]

    return titles(list(reader.outline))


def test_bookmarks_by_form_and_by_visit(tmp_path: Path, model: StudyModel) -> None:
    assert outline(PdfReader(drawn(tmp_path, model))) == [
        "Contents",
        "Forms",
        ["DM", "AE", "VS", "LOG"],
        "Visits",
        ["SCREENING", ["DM", "VS"], "DAY 1", ["VS"]],
    ]


def test_fonts_are_embedded(tmp_path: Path, model: StudyModel) -> None:
    for page in PdfReader(drawn(tmp_path, model)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            descriptor = font.get_object().get("/FontDescriptor")
            assert "/FontFile2" in descriptor.get_object()


# ---- page references ----

DEFINE = """<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1"
  xmlns:xlink="http://www.w3.org/1999/xlink">
<def:ValueListDef OID="VL.Q"><ItemRef ItemOID="IT.Q.AEDLT"><def:WhereClauseRef WhereClauseOID="WC.1"/></ItemRef>
</def:ValueListDef>
<def:ValueListDef OID="VL.R"><ItemRef ItemOID="IT.R.HGB"/></def:ValueListDef>
<def:WhereClauseDef OID="WC.1"><RangeCheck Comparator="EQ" def:ItemOID="IT.SUPPAE.QNAM"><CheckValue>AEDLT</CheckValue>
</RangeCheck></def:WhereClauseDef>
<ItemDef OID="IT.AETERM" Name="AETERM"><def:Origin><def:DocumentRef leafID="LF.crf">
<def:PDFPageRef PageRefs="3 4" Type="PhysicalRef"/></def:DocumentRef></def:Origin></ItemDef>
<ItemDef OID="IT.LBORRES" Name="LBORRES"><def:ValueListRef ValueListOID="VL.R"/></ItemDef>
<ItemDef OID="IT.R.HGB" Name="HGB"><def:Origin><def:DocumentRef leafID="LF.crf">
<def:PDFPageRef FirstPage="5" LastPage="6" Type="PhysicalRef"/></def:DocumentRef></def:Origin></ItemDef>
<ItemDef OID="IT.Q.AEDLT" Name="QVAL"><def:Origin><def:DocumentRef leafID="LF.crf">
<def:PDFPageRef PageRefs="ae_form" Type="NamedDestination"/></def:DocumentRef></def:Origin></ItemDef>
<ItemDef OID="IT.X" Name="X"><def:Origin><def:DocumentRef leafID="LF.other">
<def:PDFPageRef PageRefs="1" Type="PhysicalRef"/></def:DocumentRef></def:Origin></ItemDef>
<def:leaf ID="LF.crf" xlink:href="acrf.pdf"/><def:leaf ID="LF.other" xlink:href="other.pdf"/>
</ODM>
"""


def test_references_of_a_define(tmp_path: Path) -> None:
    (tmp_path / "define.xml").write_text(DEFINE)
    assert page_refs(tmp_path / "define.xml", "acrf.pdf") == [
        PageRef("IT.AETERM", "AETERM", ("3", "4")),
        PageRef("IT.R.HGB", "LBORRES", ("5", "6")),
        PageRef("IT.Q.AEDLT", "AEDLT", ("ae_form",)),
    ]


def test_wrong_pages_are_told_with_the_right_ones() -> None:
    crf = Annotated((frozenset(), frozenset({"AETERM"}), frozenset({"AESER"})), frozenset({"ae_form"}))
    refs = [
        PageRef("IT.AETERM", "AETERM", ("2", "3")),
        PageRef("IT.AEOUT", "AEOUT", ("9",)),
        PageRef("IT.Q", "AEDLT", ("ae_form",)),
        PageRef("IT.R", "AESI", ("dm_form",)),
    ]
    assert list(wrong_pages(crf, refs)) == [
        "IT.AETERM: page 3 of the annotated CRF does not annotate AETERM; it is annotated on 2",
        "IT.AEOUT: page 9 of the annotated CRF does not annotate AEOUT; no page annotates it",
        "IT.R: the annotated CRF has no destination dm_form",
    ]


def test_a_file_that_is_no_pdf(tmp_path: Path) -> None:
    (tmp_path / "acrf.pdf").write_text("hello")
    with pytest.raises(CrfError, match="is no PDF that can be read"):
        read_annotated(tmp_path / "acrf.pdf")
