"""The specification workbook as a pack and back, equal cell by cell; and what a define keeps of itself in one."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

import convert
from define.exchange.errors import ExchangeError, ExchangeUsage
from define.exchange.importing import export_define, export_spec, import_define, import_spec
from define.validate_xsd import schema_errors
from pipeline.commands import check_specs, exit_code
from tests.define.small import FIXTURES
from tests.define.trial import deliver
from tests.pipeline.small_study import pack as small_pack

Cells = dict[str, list[list[Any]]]

BOOK: Cells = {
    "Study": [
        ["Attribute", "Value"],
        ["StudyName", "S-1"],
        ["StudyDescription", "A small study"],
        ["ProtocolName", "P-1"],
        ["Language", "en"],
        [None, None],
        ["Legend", "Highlighted cells are required"],
    ],
    "Standards": [
        ["ID", "Name", "Type", "Publishing Set", "Version", "Status", "Comment"],
        ["SDTMIG", "SDTMIG", "IG", None, "3.4", "Final", None],
        ["CT.SDTM", "CDISC/NCI", "CT", "SDTM", date(2025, 3, 28), "Final", None],
    ],
    "Datasets": [
        ["Dataset", "Label", "Class", "SubClass", "Structure", "Key Variables", "Standard", "Has No Data", "Repeating",
         "Reference Data", "Comment", "Developer Notes", "Owner"],
        ["DM", "Demographics", "SPECIAL PURPOSE", None, "One record per subject", "STUDYID,USUBJID", "SDTMIG 3.4",
         None, "No", "No", None, "check the sites", "A. Programmer"],
        ["LB", "Laboratory Test Results", "FINDINGS", None, "One record per result", "STUDYID, USUBJID, LBTESTCD",
         "SDTMIG 3.4", None, "Yes", "No", "LB", None, None],
    ],
    "Variables": [
        ["Order", "Dataset", "Variable", "Label", "Data Type", "Length", "Significant Digits", "Format", "Mandatory",
         "Assigned Value", "Codelist", "Common", "Origin", "Source", "Pages", "Method", "Predecessor", "Role",
         "Has No Data", "Comment", "Developer Notes"],
        [1, "DM", "STUDYID", "Study Identifier", "text", 3, None, None, "Yes", "S-1", None, None, "Protocol", "Sponsor",
         None, None, None, "Identifier", None, None, None],
        [2, "DM", "USUBJID", "Unique Subject Identifier", "text", 6, None, None, "Yes", None, None, None, "Derived",
         "Sponsor", None, "USUBJID", None, "Identifier", None, None, None],
        [3, "DM", "SEX", "Sex", "text", 1, None, None, "No", None, "SEX", None, "Collected", "Investigator", "3 4",
         None, None, None, None, None, "=1+1 is no formula here"],
        [1, "LB", "STUDYID", "Study Identifier", "text", 3, None, None, "Yes", None, None, None, "Predecessor", None,
         None, None, "DM.STUDYID", None, None, None, None],
        [2, "LB", "USUBJID", "Unique Subject Identifier", "text", 6, None, None, "Yes", None, None, None, "Derived",
         "Sponsor", None, "USUBJID", None, None, None, None, None],
        [3, "LB", "LBTESTCD", "Lab Test or Examination Short Name", "text", 8, None, None, "Yes", None, None, None,
         "Assigned", "Sponsor", None, None, None, None, None, None, None],
        [4, "LB", "LBORRES", "Result or Finding in Original Units", "text", 10, None, None, "No", None, None, None,
         None, None, None, None, None, None, None, None, None],
    ],
    "ValueLevel": [
        ["Order", "Dataset", "Variable", "Where Clause", "Label", "Data Type", "Length", "Significant Digits", "Format",
         "Mandatory", "Assigned Value", "Codelist", "Origin", "Source", "Pages", "Method", "Predecessor", "Comment",
         "Developer Notes"],
        [1, "LB", "LBORRES", "LB.HGB", None, "float", 5, 1, None, "No", None, None, "Collected", "Vendor", None, None,
         None, None, None],
        [2, "LB", "LBORRES", "LB.REST", None, "text", "10", None, None, "No", None, None, "Collected", "Investigator",
         "7-9", None, None, None, None],
    ],
    "WhereClauses": [
        ["ID", "Dataset", "Variable", "Comparator", "Value", "Comment"],
        ["LB.HGB", "LB", "LBTESTCD", "EQ", "HGB", None],
        ["LB.REST", "LB", "LBTESTCD", "IN", "GLUC,ALT", None],
    ],
    "Codelists": [
        ["ID", "Name", "NCI Codelist Code", "Data Type", "Terminology", "Comment", "Order", "Term", "NCI Term Code",
         "Decoded Value", "Developer Notes"],
        ["SEX", "Sex", "C66731", "text", "CDISC/NCI SDTM 2025-03-28", None, 1, "F", "C16576", "Female", None],
        ["SEX", "Sex", "C66731", "text", "CDISC/NCI SDTM 2025-03-28", None, 2, "M", "C20197", "Male", "both collected"],
    ],
    "Dictionaries": [
        ["ID", "Name", "Data Type", "Dictionary", "Version"],
        ["MEDDRA", "MedDRA", "text", "MedDRA", 27.1],
    ],
    "Methods": [
        ["ID", "Name", "Type", "Description", "Expression Context", "Expression Code", "Document", "Pages"],
        ["USUBJID", "Derive USUBJID", "Computation", "STUDYID, hyphen,\nSUBJID.", "SAS", "catx('-', STUDYID, SUBJID);",
         "csdrg", 2],
    ],
    "Comments": [["ID", "Description", "Document", "Pages"], ["LB", "Central laboratory only.", None, None]],
    "Documents": [
        ["ID", "Title", "Href"],
        ["acrf", "Annotated CRF", "acrf.pdf"],
        ["csdrg", "Reviewer's Guide", "csdrg.pdf"],
    ],
    "History": [["Date", "What"], ["today", 7], [None, True]],
}  # fmt: skip


def write(path: Path, cells: Cells) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in cells.items():
        sheet = book.create_sheet(name)
        for r, row in enumerate(rows, start=1):
            for c, value in enumerate(row, start=1):
                if value is not None:
                    sheet.cell(r, c).value = value
                    if isinstance(value, str):
                        sheet.cell(r, c).data_type = "s"
    book.save(path)
    return path


def cells_of(path: Path) -> Cells:
    """The sheets as a person sees them; a date is its text."""

    def shown(value: Any) -> Any:
        return value.date().isoformat() if hasattr(value, "date") else value

    return {s.title: [[shown(v) for v in row] for row in s.iter_rows(values_only=True)] for s in load_workbook(path)}


def changed(**sheets: list[list[Any]] | None) -> Cells:
    """The book with sheets replaced, or (None) left out."""
    return {n: rows for n, rows in {**BOOK, **sheets}.items() if rows is not None}


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deliver(tmp_path_factory.mktemp("trial"))


# ---- there and back ----


def test_a_workbook_comes_back_cell_by_cell(tmp_path: Path) -> None:
    book = write(tmp_path / "book.xlsx", BOOK)
    made = import_spec(book, tmp_path / "pack")
    assert (made.datasets, made.variables) == (2, 7)
    export_spec(tmp_path / "pack", tmp_path / "again.xlsx")
    assert cells_of(tmp_path / "again.xlsx") == cells_of(book)
    assert list(cells_of(book)) == list(BOOK)


def test_the_pack_of_a_workbook_is_good_and_gives_a_valid_define(tmp_path: Path) -> None:
    import_spec(write(tmp_path / "book.xlsx", BOOK), tmp_path / "pack")
    assert check_specs(str(tmp_path / "pack")) == []
    content = export_define(tmp_path / "pack", tmp_path / "define.xml").read_bytes()
    assert schema_errors(content) == []
    text = content.decode()
    assert '<RangeCheck Comparator="IN" SoftHard="Soft" def:ItemOID="IT.LB.LBTESTCD">' in text
    assert "<CheckValue>GLUC</CheckValue>" in text
    assert "<CheckValue>ALT</CheckValue>" in text
    assert '<def:PDFPageRef FirstPage="7" LastPage="9" Type="PhysicalRef"/>' in text
    assert (
        '<ItemRef ItemOID="IT.DM.USUBJID" OrderNumber="2" Mandatory="Yes" KeySequence="2" MethodOID="MT.USUBJID"'
        in text
    )
    assert '<ItemDef OID="IT.LB.LBORRES.HGB" Name="HGB" DataType="float" Length="5" SignificantDigits="1">' in text
    assert '<ExternalCodeList Dictionary="MedDRA" Version="27.1"/>' in text


def test_an_edit_of_the_metadata_shows_in_the_workbook(tmp_path: Path) -> None:
    import_spec(write(tmp_path / "book.xlsx", BOOK), tmp_path / "pack")
    path = tmp_path / "pack" / "metadata" / "variables.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Description: Sex\n", "Description: Sex at birth\n"), encoding="utf-8")
    datasets = tmp_path / "pack" / "metadata" / "datasets.yaml"
    text = datasets.read_text(encoding="utf-8")
    text = text.replace("def:Structure: One record per subject\n", "def:Structure: One record per person\n")
    datasets.write_text(text.replace("KeySequence: 3", "KeySequence: 4", 1), encoding="utf-8")
    export_spec(tmp_path / "pack", tmp_path / "again.xlsx")
    before, after = cells_of(tmp_path / "book.xlsx"), cells_of(tmp_path / "again.xlsx")
    assert {s for s in before if before[s] != after[s]} == {"Variables", "Datasets"}
    assert after["Variables"][3][3] == "Sex at birth"
    assert after["Datasets"][1][4:6] == ["One record per person", "STUDYID,USUBJID"]
    assert after["Datasets"][1][11:] == ["check the sites", "A. Programmer"]


def test_other_versions_of_the_workbook_are_read(tmp_path: Path) -> None:
    older = changed(Standards=None, Study=None)
    older = {"Define": [*BOOK["Study"][:5], ["StandardName", "SDTM-IG"], ["StandardVersion", "3.4"]], **older}
    older["Codelists"] = [row[:4] + row[5:] for row in BOOK["Codelists"]]
    older["Datasets"] = [row[:3] + row[4:6] + row[7:] for row in BOOK["Datasets"]]
    book = write(tmp_path / "book.xlsx", older)
    import_spec(book, tmp_path / "pack")
    export_spec(tmp_path / "pack", tmp_path / "again.xlsx")
    assert cells_of(tmp_path / "again.xlsx") == cells_of(book)
    text = (tmp_path / "pack" / "metadata" / "datasets.yaml").read_text(encoding="utf-8")
    assert text.count("def:StandardOID: STD.SDTMIG\n") == 2


def test_the_same_workbook_is_the_same_bytes(tmp_path: Path) -> None:
    first = export_spec(FIXTURES / "adam.xml", tmp_path / "a.xlsx").read_bytes()
    assert export_spec(FIXTURES / "adam.xml", tmp_path / "b.xlsx").read_bytes() == first
    import_spec(tmp_path / "a.xlsx", tmp_path / "pack")
    assert export_spec(tmp_path / "pack", tmp_path / "c.xlsx").read_bytes() == first


# ---- a define in a workbook ----


def test_a_define_as_a_workbook(tmp_path: Path) -> None:
    export_spec(FIXTURES / "adam.xml", tmp_path / "a.xlsx")
    cells = cells_of(tmp_path / "a.xlsx")
    assert list(cells) == [
        "Study", "Standards", "Datasets", "Variables", "ValueLevel", "WhereClauses", "Codelists", "Dictionaries",
        "Methods", "Comments", "Documents", "Analysis Displays", "Analysis Results", "Analysis Criteria",
    ]  # fmt: skip
    assert cells["Datasets"][2][:7] == [
        "ADTTE", "Time-to-Event Analysis", "BASIC DATA STRUCTURE", "TIME-TO-EVENT",
        "One record per subject per parameter", "STUDYID, USUBJID, PARAMCD", "ADaMIG 1.3",
    ]  # fmt: skip
    assert cells["Variables"][4][:10] == [
        4, "ADSL", "TRTSDT", "Date of First Exposure to Treatment", "integer", 5, None, "DATE9.", "No", None,
    ]  # fmt: skip
    assert cells["ValueLevel"][1][:7] == [1, "ADTTE", "AVAL", "ADTTE.PFS", "Progression-free survival", "float", 2] or (
        cells["ValueLevel"][1][1:4] == ["ADTTE", "AVAL", "ADTTE.PFS"]
    )
    assert ["ADTTE.PFS", "ADTTE", "PARAMCD", "EQ", "PFS", None] in cells["WhereClauses"]


CANNOT_HOLD = {
    "ODM", "MetaDataVersion", "ItemDef", "Origin", "DocumentRef", "PDFPageRef", "ResultDisplay", "Description",
    "TranslatedText", "CodeListItem",
}  # fmt: skip
"""Elements that may differ: what of them the workbook has no column for is listed in docs/import.md."""


def test_a_define_keeps_in_a_workbook_all_that_has_a_column(trial: Path, tmp_path: Path) -> None:
    for number, define in enumerate(sorted(trial.rglob("define.xml"))):
        folder = tmp_path / str(number)
        import_define(define, folder / "first")
        export_spec(folder / "first", folder / "book.xlsx")
        import_spec(folder / "book.xlsx", folder / "second")
        content = export_define(folder / "second", folder / "define.xml").read_bytes()
        assert schema_errors(content) == []
        before, after = counted(define.read_bytes()), counted(content)
        lost = before - after
        assert {tag.partition("}")[2] for tag, _, _ in lost} <= CANNOT_HOLD
        assert lost.total() < before.total() / 20
        groups = [
            k for k in before if k[0].endswith(("ItemGroupDef", "ItemRef", "CheckValue", "MethodDef", "CodeList"))
        ]
        assert groups
        assert all(after[k] == before[k] for k in groups)


def counted(content: bytes) -> Counter[Any]:
    root = etree.fromstring(content)
    return Counter((e.tag, tuple(sorted(e.attrib.items())), (e.text or "").strip()) for e in root.iter(etree.Element))


# ---- the specs of a study ----


def test_the_specs_of_a_study_as_a_workbook(tmp_path: Path) -> None:
    pack = small_pack(tmp_path / "small")
    runner = CliRunner()
    result = runner.invoke(convert.app, ["export-spec", str(pack), "--out", str(tmp_path / "s.xlsx")])
    assert result.exit_code == 0, result.output
    cells = cells_of(tmp_path / "s.xlsx")
    assert [row[0] for row in cells["Datasets"][1:]] == ["AE", "DM", "TS"]
    variables = {(row[1], row[2]): row for row in cells["Variables"][1:]}
    assert variables["AE", "AESER"][3:5] == ["Serious Event", "text"]
    assert variables["AE", "AESER"][10] == "NY"
    assert variables["AE", "AESTDTC"][4] == "datetime"
    assert variables["AE", "AESEQ"][12] == "Derived"
    assert variables["AE", "AESEQ"][15] == "AE.AESEQ"
    methods = {row[0]: row[3] for row in cells["Methods"][1:]}
    assert methods["AE.AESEQ"].startswith("1 to n within each subject")
    import_spec(tmp_path / "s.xlsx", tmp_path / "again")
    assert check_specs(str(tmp_path / "again")) == []


def test_a_delivery_as_a_workbook(trial: Path, tmp_path: Path) -> None:
    words = ["export-spec", str(trial), "--standard", "adam", "--out", str(tmp_path / "a.xlsx")]
    assert CliRunner().invoke(convert.app, words).exit_code == 0
    assert "Analysis Results" in cells_of(tmp_path / "a.xlsx")


def test_a_study_without_analysis_datasets_has_no_such_workbook(tmp_path: Path) -> None:
    pack = small_pack(tmp_path / "small")
    words = ["export-spec", str(pack), "--standard", "adam", "--out", str(tmp_path / "a.xlsx")]
    result = CliRunner().invoke(convert.app, words)
    assert result.exception is not None
    assert (str(result.exception), exit_code(result.exception)) == ("S-1 has no ADAM datasets", 2)


# ---- what is wrong ----


def with_row(sheet: str, row: int, column: str, value: Any) -> Cells:
    rows = [list(r) for r in BOOK[sheet]]
    rows[row - 1][rows[0].index(column)] = value
    return changed(**{sheet: rows})


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (changed(Variables=None), "book.xlsx: no sheet Variables; the sheets are Study, Standards, Datasets,"),
        (with_row("Variables", 1, "Data Type", "Type"), "book.xlsx Variables: no column Data Type; row 1 holds"),
        (with_row("Variables", 1, "Label", "Order"), "book.xlsx Variables: column 'Order' is there twice; keep one"),
        (with_row("Datasets", 3, "Dataset", "DM"), "Datasets row 3: DM is there twice (first in row 2)"),
        (with_row("Variables", 3, "Variable", "STUDYID"), "Variables row 3: DM STUDYID is there twice (first in row"),
        (with_row("Variables", 3, "Variable", None), "Variables row 3: Variable is empty; every row needs it"),
        (with_row("Variables", 3, "Method", "NONE"), "Variables row 3: no Method 'NONE' on the sheet Methods; add it"),
        (with_row("Variables", 4, "Codelist", "SEXX"), "Variables row 4: no Codelist 'SEXX' on the sheet Code"),
        (with_row("Variables", 4, "Dataset", "XX"), "Variables row 4: no dataset 'XX' on the sheet Datasets"),
        (with_row("WhereClauses", 2, "Variable", "LBCAT"), "WhereClauses row 2: LB has no variable 'LBCAT' on"),
        (with_row("ValueLevel", 2, "Where Clause", "LB.X"), "ValueLevel row 2: no Where Clause 'LB.X' on the sheet"),
        (with_row("Datasets", 2, "Standard", "SDTMIG 3.3"), "DM: no standard 'SDTMIG 3.3' on the sheet"),
        (with_row("Methods", 2, "ID", None), "Methods row 2: ID is empty; every row needs it"),
    ],
)  # fmt: skip
def test_a_broken_workbook_is_refused(cells: Cells, told: str, tmp_path: Path) -> None:
    with pytest.raises(ExchangeError) as error:
        import_spec(write(tmp_path / "book.xlsx", cells), tmp_path / "pack")
    assert told in str(error.value)
    assert not (tmp_path / "pack").exists()


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    cells = with_row("Variables", 3, "Method", "NONE")
    cells["Datasets"] = [*BOOK["Datasets"], list(BOOK["Datasets"][1])]
    with pytest.raises(ExchangeError) as error:
        import_spec(write(tmp_path / "book.xlsx", cells), tmp_path / "pack")
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 broken"])
def test_what_is_no_workbook_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(content)
    with pytest.raises(ExchangeError, match=r"book\.xlsx: cannot be read as an XLSX workbook"):
        import_spec(tmp_path / "book.xlsx", tmp_path / "pack")


def test_targets_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ExchangeUsage, match="no file"):
        import_spec(tmp_path / "absent.xlsx", tmp_path / "pack")
    with pytest.raises(ExchangeUsage, match="is a folder; name the file to write"):
        export_spec(FIXTURES / "adam.xml", tmp_path)
    with pytest.raises(ExchangeUsage, match=r"has no metadata/define\.yaml"):
        export_spec(tmp_path, tmp_path / "a.xlsx")


def test_a_text_that_no_cell_can_hold_is_told(tmp_path: Path) -> None:
    text = (FIXTURES / "adam.xml").read_text(encoding="utf-8")
    label = "Date of First Exposure to Treatment"
    (tmp_path / "define.xml").write_text(text.replace(label, "x" * 32768), encoding="utf-8")
    with pytest.raises(ExchangeError, match=r"Variables row 5: a text of 32,768 characters; a cell holds 32,767"):
        export_spec(tmp_path / "define.xml", tmp_path / "a.xlsx")
