"""Codelists read from every published shape, from the layer's table, and extended by a sponsor."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.terminology import Codelist, Term, TerminologyError, extend, load_codelists, split_synonyms

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "mappings" / "sdtmig-3.4" / "codelists.csv"
PACKAGE = ROOT / ".." / "shared" / "standards" / "sdtm_ct_2025-03-28.csv.gz"

NY = Codelist(
    "NY",
    "C66742",
    "No Yes Response",
    False,
    (Term("N", "C49487", "No", ("No",)), Term("Y", "C49488", "Yes", ("Yes",))),
)
LBTESTCD = Codelist(
    "LBTESTCD",
    "C65047",
    "Laboratory Test Code",
    True,
    (Term("HGB", "C64848", "Hemoglobin", ("Hemoglobin", "Hemoglobin Monomer")), Term("GLUC", "C105585", "Glucose", ())),
)

LAYER_CSV = """\
codelist,codelist_code,name,extensible,term,term_code,decode,synonyms
NY,C66742,No Yes Response,N,N,C49487,No,No
NY,C66742,No Yes Response,N,Y,C49488,Yes,Yes
LBTESTCD,C65047,Laboratory Test Code,Y,HGB,C64848,Hemoglobin,Hemoglobin; Hemoglobin Monomer
LBTESTCD,C65047,Laboratory Test Code,Y,GLUC,C105585,Glucose,
"""

TABLE_CSV = """\
codelist_code,codelist_submission_value,codelist_name,extensible,term_code,term_submission_value,term_preferred_term,term_synonyms
C65047,LBTESTCD,Laboratory Test Code,Y,C64848,HGB,Hemoglobin Measurement,Hemoglobin; Hemoglobin Monomer
C65047,LBTESTCD,Laboratory Test Code,Y,C105585,GLUC,Glucose Measurement,
C67154,LBTEST,Laboratory Test Name,Y,C64848,Hemoglobin,Hemoglobin Measurement,Hemoglobin; Hemoglobin Monomer
C67154,LBTEST,Laboratory Test Name,Y,C105585,Glucose,Glucose Measurement,
C66742,NY,No Yes Response,N,C49487,N,No,No
C66742,NY,No Yes Response,N,C49488,Y,Yes,Yes
"""

EVS_HEADER = (
    "Code\tCodelist Code\tCodelist Extensible (Yes/No)\tCodelist Name\tCDISC Submission Value\tCDISC Synonym(s)\t"
    "CDISC Definition\tNCI Preferred Term"
)
EVS_LINES = [
    EVS_HEADER,
    "C66742\t\tNo\tNo Yes Response\tNY\tNo Yes Response\tA term for no, yes.\tCDISC SDTM No Yes Terminology",
    "C49487\tC66742\t\tNo Yes Response\tN\tNo\tThe non-affirmative response. (NCI)\tNo",
    'C49488\tC66742\t\tNo Yes Response\tY\tYes\t"The ""affirmative"" response, (NCI)"\tYes',
    "C65047\t\tYes\tLaboratory Test Code\tLBTESTCD\tLaboratory Test Code\tTests.\tCDISC Laboratory Test Code",
    'C64848\tC65047\t\tLaboratory Test Code\tHGB\tHemoglobin; Hemoglobin Monomer\t5" tube\tHemoglobin Measurement',
    "C105585\tC65047\t\tLaboratory Test Code\tGLUC\t\tSugar.\tGlucose Measurement",
    "C67154\t\tYes\tLaboratory Test Name\tLBTEST\tLaboratory Test Name\tTests.\tCDISC Laboratory Test Name",
    "C64848\tC67154\t\tLaboratory Test Name\tHemoglobin\tHemoglobin; Hemoglobin Monomer\t.\tHemoglobin Measurement",
    "C105585\tC67154\t\tLaboratory Test Name\tGlucose\t\tSugar.\tGlucose Measurement",
]

ODM_XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:nciodm="http://ncicb.nci.nih.gov/xml/odm/EVS/CDISC"
     FileType="Snapshot" FileOID="CDISC_CT.SDTM.2025-03-28">
 <Study OID="CDISC_CT.SDTM.2025-03-28"><MetaDataVersion OID="CDISC_CT_MetaDataVersion.SDTM.2025-03-28" Name="SDTM CT">
  <CodeList OID="CL.C66742.NY" Name="No Yes Response" DataType="text"
            nciodm:ExtCodeID="C66742" nciodm:CodeListExtensible="No">
   <Description><TranslatedText xml:lang="en">A term for no, yes.</TranslatedText></Description>
   <EnumeratedItem CodedValue="N" nciodm:ExtCodeID="C49487">
    <nciodm:CDISCSynonym>No</nciodm:CDISCSynonym>
    <nciodm:CDISCDefinition>The non-affirmative response.</nciodm:CDISCDefinition>
    <nciodm:PreferredTerm>No</nciodm:PreferredTerm>
   </EnumeratedItem>
   <EnumeratedItem CodedValue="Y" nciodm:ExtCodeID="C49488">
    <nciodm:CDISCSynonym>Yes</nciodm:CDISCSynonym>
    <nciodm:PreferredTerm>Yes</nciodm:PreferredTerm>
   </EnumeratedItem>
   <nciodm:CDISCSubmissionValue>NY</nciodm:CDISCSubmissionValue>
   <nciodm:PreferredTerm>CDISC SDTM Yes No Unknown or Not Applicable Response Terminology</nciodm:PreferredTerm>
  </CodeList>
  <CodeList OID="CL.C65047.LBTESTCD" Name="Laboratory Test Code" DataType="text"
            nciodm:ExtCodeID="C65047" nciodm:CodeListExtensible="Yes">
   <EnumeratedItem CodedValue="HGB" nciodm:ExtCodeID="C64848">
    <nciodm:CDISCSynonym>Hemoglobin</nciodm:CDISCSynonym>
    <nciodm:CDISCSynonym>Hemoglobin Monomer</nciodm:CDISCSynonym>
    <nciodm:PreferredTerm>Hemoglobin Measurement</nciodm:PreferredTerm>
   </EnumeratedItem>
   <EnumeratedItem CodedValue="GLUC" nciodm:ExtCodeID="C105585">
    <nciodm:PreferredTerm>Glucose Measurement</nciodm:PreferredTerm>
   </EnumeratedItem>
   <nciodm:CDISCSubmissionValue>LBTESTCD</nciodm:CDISCSubmissionValue>
  </CodeList>
  <CodeList OID="CL.C67154.LBTEST" Name="Laboratory Test Name" DataType="text"
            nciodm:ExtCodeID="C67154" nciodm:CodeListExtensible="Yes">
   <EnumeratedItem CodedValue="Hemoglobin" nciodm:ExtCodeID="C64848"/>
   <EnumeratedItem CodedValue="Glucose" nciodm:ExtCodeID="C105585"/>
  </CodeList>
 </MetaDataVersion></Study>
</ODM>
"""


def write(folder: Path, content: str | bytes, name: str = "ct") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def assert_both(path: Path) -> None:
    codelists = load_codelists(path)
    assert codelists["NY"] == NY
    assert codelists["LBTESTCD"] == LBTESTCD


def test_the_table_of_a_layer(tmp_path: Path) -> None:
    path = write(tmp_path, LAYER_CSV)
    assert_both(path)
    assert list(load_codelists(path)) == ["NY", "LBTESTCD"]
    assert "AESEV" not in load_codelists(path)


@pytest.mark.parametrize(
    "content",
    [
        LAYER_CSV.replace("\n", "\r\n"),
        "\ufeff" + LAYER_CSV,
        LAYER_CSV.rstrip("\n"),
        LAYER_CSV.replace("\nNY,", '\n"NY",'),
        LAYER_CSV.replace("No Yes Response", '"No Yes Response"'),
        LAYER_CSV + "\n\n",
        gzip.compress(LAYER_CSV.encode()),
    ],
    ids=["windows lines", "byte order mark", "no last newline", "quoted name", "quoted title", "blank lines", "gzip"],
)
def test_the_table_of_a_layer_as_another_program_saved_it(tmp_path: Path, content: str | bytes) -> None:
    assert_both(write(tmp_path, content))


def test_one_row_per_term_plain_and_gzipped(tmp_path: Path) -> None:
    assert_both(write(tmp_path, TABLE_CSV))
    assert_both(write(tmp_path, gzip.compress(TABLE_CSV.encode())))


def test_nci_evs_text_with_stray_and_doubled_quotation_marks(tmp_path: Path) -> None:
    assert_both(write(tmp_path, "\r\n".join(EVS_LINES) + "\r\n"))


def test_nci_evs_text_with_terms_before_their_codelist(tmp_path: Path) -> None:
    codelists = load_codelists(write(tmp_path, "\n".join([EVS_HEADER, *EVS_LINES[2:4], EVS_LINES[1]])))
    assert codelists["NY"] == NY


def test_nci_evs_columns_in_a_comma_separated_export_with_a_further_column(tmp_path: Path) -> None:
    content = (
        "Code,Codelist Code,Codelist Extensible (Yes/No),Codelist Name,CDISC Submission Value,CDISC Synonym(s),"
        "CDISC Definition,NCI Preferred Term,Standard and Date\n"
        'C66742,,No,No Yes Response,NY,,"A term, for no and yes.",No Yes Terminology,SDTM CT 2024-03-29\n'
        "C49487,C66742,,No Yes Response,N,No,Negative.,No,SDTM CT 2024-03-29\n"
        "C49488,C66742,,No Yes Response,Y,Yes,Affirmative.,Yes,SDTM CT 2024-03-29\n"
    )
    assert load_codelists(write(tmp_path, content)) == {"NY": NY}


def test_odm_xml(tmp_path: Path) -> None:
    assert_both(write(tmp_path, ODM_XML))
    assert load_codelists(write(tmp_path, ODM_XML))["LBTEST"].extensible


def test_a_test_name_missing_from_the_name_list_leaves_the_preferred_term(tmp_path: Path) -> None:
    lines = [
        line for line in TABLE_CSV.splitlines() if not line.startswith("C67154,LBTEST,Laboratory Test Name,Y,C105585")
    ]
    tests = load_codelists(write(tmp_path, "\n".join(lines)))["LBTESTCD"]
    assert [term.decode for term in tests.terms] == ["Hemoglobin", "Glucose Measurement"]


def error(path: Path) -> str:
    with pytest.raises(TerminologyError) as raised:
        dict(load_codelists(path))
    assert str(path) in str(raised.value)
    return str(raised.value).replace(str(path), "ct")


def test_what_is_not_terminology_is_named_with_a_remedy(tmp_path: Path) -> None:
    remedy = "NCI EVS publishes"
    assert remedy in error(write(tmp_path, "USUBJID,AETERM\n01-001,HEADACHE\n"))
    assert "USUBJID, AETERM" in error(write(tmp_path, "USUBJID,AETERM\n01-001,HEADACHE\n"))
    assert remedy in error(write(tmp_path, ""))
    assert "Excel" in error(write(tmp_path, b"PK\x03\x04rest"))
    assert "Excel" in error(write(tmp_path, b"\xd0\xcf\x11\xe0rest"))
    assert "no codelist" in error(write(tmp_path, EVS_HEADER + "\n"))
    assert "no codelist" in error(write(tmp_path, "<html><body>Not found</body></html>"))
    assert "cannot be read" in error(tmp_path / "absent.txt")
    assert "cannot be read" in error(tmp_path)
    assert "gzip" in error(write(tmp_path, gzip.compress(TABLE_CSV.encode())[:-20]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LAYER_CSV.replace("C49488,Yes,Yes", "C49488,Yes"), "ct:3: the row has 7 fields where the header has 8"),
        (LAYER_CSV.replace("C66742,No Yes Response,N,N", "C66742,No Yes Response,maybe,N"), "ct:2: codelist NY does"),
        (LAYER_CSV.replace(",Y,C49488", ",N,C49488"), "ct:3: NY holds the term N twice"),
        (LAYER_CSV.replace(",Y,C49488", ",,C49488"), "ct:3: the row has no term"),
        (LAYER_CSV.replace("LBTESTCD,C65047", "NY,C65047"), "ct:4: NY names both C66742 (line 2) and C65047"),
        (LAYER_CSV.replace("Glucose,\n", 'Glucose,"\n'), "ct:5: not readable as a table"),
        (LAYER_CSV.encode().replace(b"Glucose", b"Gluc\xf6se"), "ct:5: byte 0xf6 is not UTF-8; save"),
        (
            "\n".join(EVS_LINES[:2] + EVS_LINES[5:6]),
            "ct:3: the term C64848 belongs to codelist C65047, which has no row",
        ),
        ("\n".join(EVS_LINES[:3]) + "\nC49488\tC66742", "ct:4: the row has 2 fields where the header has 8"),
        (ODM_XML.replace('nciodm:ExtCodeID="C66742" ', ""), "CodeList CL.C66742.NY has no nciodm:ExtCodeID; take"),
        (ODM_XML[: ODM_XML.index("</MetaDataVersion>")], "the XML is damaged"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert message in error(write(tmp_path, content))


def test_xml_reads_no_other_file_and_expands_no_entity(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret", "secret.txt")
    for declared in (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', '<!ENTITY x "secret">'):
        hostile = ODM_XML.replace("<ODM ", f"<!DOCTYPE ODM [{declared}]>\n<ODM ").replace(">Hemoglobin<", ">&x;<")
        assert "DOCTYPE" in error(write(tmp_path, hostile))


def test_extension_is_marked_and_stands_last() -> None:
    extended = extend(LBTESTCD, {"CARCOPY": {"decode": "CAR Transgene Copies"}, "X": {"decode": "Ex", "code": "C1"}})
    assert extended.terms[:2] == LBTESTCD.terms
    assert extended.terms[2:] == (
        Term("CARCOPY", "", "CAR Transgene Copies", (), True),
        Term("X", "C1", "Ex", (), True),
    )
    assert LBTESTCD.term("CARCOPY") is None
    assert extend(NY, {}) == NY


@pytest.mark.parametrize(
    ("codelist", "additions", "message"),
    [
        (NY, {"MAYBE": {"decode": "Maybe"}}, "NY (C66742) is not extensible, so MAYBE cannot be added; map to one of"),
        (LBTESTCD, {"HGB": {"decode": "Hb"}}, "HGB is already a term of LBTESTCD (C64848); remove the extension"),
        (LBTESTCD, {"CARCOPY": {"code": "C1"}}, "CARCOPY added to LBTESTCD has no decode; say what it means"),
    ],
)
def test_extensions_that_cannot_be(codelist: Codelist, additions: dict[str, dict[str, str]], message: str) -> None:
    with pytest.raises(TerminologyError) as raised:
        extend(codelist, additions)
    assert message in str(raised.value)


def test_terms_for_recode_keep_ambiguous_synonyms_apart() -> None:
    units = Codelist(
        "UNIT",
        "C71620",
        "Unit",
        True,
        (
            Term("U", "C44278", "Unit", ("AU", "IU")),
            Term("ng/L", "C67327", "Nanogram per Liter", ("pg/mL",)),
            Term("arb'U", "C77534", "Arbitrary Unit", ("AU",)),
        ),
    )
    terms = units.terms_for_recode()
    assert terms.name == "UNIT"
    assert terms.values == ("U", "ng/L", "arb'U")
    assert terms.decodes == {"U": "Unit", "ng/L": "Nanogram per Liter", "arb'U": "Arbitrary Unit"}
    assert terms.synonyms == {"IU": "U", "pg/mL": "ng/L"}
    assert terms.ambiguous == {"AU"}
    assert terms.extensible


@given(
    st.lists(
        st.text(st.characters(exclude_characters=";", exclude_categories=("Cs", "Zs", "Zl", "Zp", "Cc")), min_size=1)
    )
)
def test_synonyms_split_where_they_were_joined(synonyms: list[str]) -> None:
    assert split_synonyms("; ".join(synonyms)) == tuple(synonyms)


# ---- the made layer, and the published package ----


def test_facts_of_the_made_layer() -> None:
    codelists = load_codelists(LAYER)
    assert codelists["LBTESTCD"].term("HGB") == Term(
        "HGB", "C64848", "Hemoglobin", ("Hemoglobin", "Hemoglobin Monomer")
    )
    assert codelists["LBTESTCD"].code == "C65047"
    screening = codelists["EPOCH"].term("SCREENING")
    assert screening is not None
    assert screening.code == "C202487"
    assert not codelists["NY"].extensible
    assert [(term.value, term.decode) for term in codelists["NY"].terms] == [
        ("N", "No"),
        ("NA", "Not Applicable"),
        ("U", "Unknown"),
        ("Y", "Yes"),
    ]
    assert codelists["UNIT"].terms_for_recode().synonyms["pg/mL"] == "ng/L"
    assert codelists["UNIT"].terms_for_recode().synonyms["G/L"] == "10^9/L"
    assert codelists["SEX"].terms_for_recode().decodes["M"] == "Male"


@pytest.mark.parametrize(
    ("codelist", "value", "code", "decode"),
    [
        ("ONCRTSCD", "OVRLRESP", "C96613", "Overall Response"),
        ("TSPARMCD", "ACTSUB", "C98703", "Actual Number of Subjects"),
        ("ECOG1TC", "ECOG101", "C102408", "ECOG1-Performance Status"),
        ("ONCRSCAT", "KUMAR IMWG 2016", "C147478", "Kumar IMWG 2016 Oncology Response Criteria"),
        ("PKPARMCD", "CMAX", "C70918", "Max Conc"),
        ("PROTMLST", "INFORMED CONSENT OBTAINED", "C16735", "Informed Consent"),
    ],
)
def test_terms_of_the_made_layer(codelist: str, value: str, code: str, decode: str) -> None:
    term = load_codelists(LAYER)[codelist].term(value)
    assert term is not None
    assert (term.code, term.decode) == (code, decode)


@pytest.mark.skipif(not PACKAGE.is_file(), reason="the published package is not beside the checkout")
def test_the_layer_equals_the_published_package() -> None:
    package = load_codelists(PACKAGE)
    layer = load_codelists(LAYER)
    assert [name for name in layer if layer[name] != package[name]] == []
