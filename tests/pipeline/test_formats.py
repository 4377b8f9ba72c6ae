"""Files that are broken or at the edge of their format: what comes in, and what is said."""

from __future__ import annotations

import gzip
import os
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipeline.test_read import cells, failure, read, write_xlsx


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "dm.csv").mkdir()
    assert failure(tmp_path, "dm.csv").what == "is a folder or a device, not a file"
    assert failure(tmp_path, "dm.csv", optional=True).what == "is a folder or a device, not a file"


def test_parquet_moments_that_no_calendar_has(tmp_path: Path) -> None:
    pq.write_table(pa.table({"T": pa.array([2**50], pa.timestamp("ms"))}), tmp_path / "t.parquet")
    error = failure(tmp_path, "t.parquet")
    assert (error.column, error.what) == ("T", "holds a timestamp[ms] outside the years 1 to 9999")
    pq.write_table(pa.table({"D": pa.array([2**31 - 1], pa.int32()).cast(pa.date32())}), tmp_path / "d.parquet")
    assert failure(tmp_path, "d.parquet").what == "holds a date32[day] outside the years 1 to 9999"


def test_parquet_decimals_keep_all_their_digits(tmp_path: Path) -> None:
    numbers = [Decimal("123456789012345678901234567890123456789012"), Decimal("0.5"), Decimal("-100.00"), Decimal("0")]
    pq.write_table(pa.table({"N": pa.array(numbers, pa.decimal256(60, 2))}), tmp_path / "n.parquet")
    found = cells(read(tmp_path, "n.parquet"))["N"]
    assert found == ["123456789012345678901234567890123456789012", "0.5", "-100", "0"]


def test_parquet_columns_of_one_name(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["1"]), pa.array(["M"]), pa.array(["F"])], names=["ID", "SEX", "SEX"])
    pq.write_table(table, tmp_path / "x.parquet")
    assert failure(tmp_path, "x.parquet").what == "has more than one column SEX"


def test_excel_cells_that_failed_are_told_and_empty(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "x.xlsx", {"S": [["ID", "SEX"], ["1", "=IF(1,2,3)"], ["2", "#N/A"], ["3", "F"]]})
    source = read(tmp_path, "x.xlsx")
    assert cells(source) == {"ID": ["1", "2", "3"], "SEX": [None, None, "F"]}
    assert [(p.rule, p.severity, p.row, p.column, p.value) for p in source.problems] == [
        ("CELL_FAILED", "error", 2, "SEX", "a formula that was never calculated"),
        ("CELL_FAILED", "error", 3, "SEX", "#N/A"),
    ]


def test_excel_with_a_value_at_the_end_of_the_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["ID"])
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "far.xlsx")
    error = failure(tmp_path, "far.xlsx")
    assert error.what == "reaches to row 1048576, column 16384, as no table does"


def test_excel_whose_format_reaches_farther_than_its_values(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["ID"])
    book.active.append(["1"])
    book.active["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    book.save(tmp_path / "bold.xlsx")
    assert cells(read(tmp_path, "bold.xlsx")) == {"ID": ["1"]}


def sheet(folder: Path, change: tuple[str, str]) -> None:
    """A workbook with one row, ``far.xlsx``, in whose sheet a piece of XML is replaced."""
    write_xlsx(folder / "good.xlsx", {"S": [["ID", "SEX"], ["1", "M"]]})
    with zipfile.ZipFile(folder / "good.xlsx") as good, zipfile.ZipFile(folder / "far.xlsx", "w") as far:
        for name in good.namelist():
            data = good.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                assert change[0] in data
                data = data.replace(*change)
            far.writestr(name, data)


def test_excel_that_says_it_is_larger_than_it_is(tmp_path: Path) -> None:
    sheet(tmp_path, ('<dimension ref="A1:B2"', '<dimension ref="A1:XFD1048576"'))
    assert cells(read(tmp_path, "far.xlsx")) == {"ID": ["1"], "SEX": ["M"]}


def test_excel_that_says_it_is_smaller_than_it_is(tmp_path: Path) -> None:
    """The reader would ask for the memory of a whole sheet, and abort."""
    sheet(tmp_path, ('r="B2"', 'r="XFD1048576"'))
    assert failure(tmp_path, "far.xlsx").what == "reaches to row 1048576, column 16384, as no table does"


@pytest.mark.parametrize(
    "change", [('r="B2"', 'r="B99999999999"'), ('r="A2"', 'r="A4294967295"'), ('r="B2"', 'r="ZZZZ2"')]
)
def test_excel_with_an_address_that_no_sheet_has(tmp_path: Path, change: tuple[str, str]) -> None:
    sheet(tmp_path, change)
    told = "holds a cell outside of the 1,048,576 rows and 16,384 columns that a sheet has"
    assert failure(tmp_path, "far.xlsx").what == told


def test_excel_that_unpacks_to_more_than_anything_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.workbook.MOST_BYTES", 100)
    write_xlsx(tmp_path / "x.xlsx", {"S": [["ID"], ["1"]]})
    assert failure(tmp_path, "x.xlsx").what.startswith("unpacks to ")


@pytest.mark.parametrize(
    ("content", "what", "remedy"),
    [
        (gzip.compress(b"ID\n1\n", mtime=0), "is compressed with gzip, not text", "unpack it"),
        (b"PK\x03\x04...", "is a zip archive or a workbook, not text", "unpack it, or declare and deliver it as .xlsx"),
        (b"PAR1...PAR1", "is a Parquet file, not text", "declare and deliver it as .parquet"),
    ],
)
def test_text_that_is_none(tmp_path: Path, content: bytes, what: str, remedy: str) -> None:
    for encoding in ("utf-8", "windows-1252"):
        error = failure(tmp_path, "x.csv", content, encoding=encoding)
        assert (error.what, error.remedy) == (what, remedy)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_another_unicode_than_declared(tmp_path: Path, encoding: str) -> None:
    content = "ID,TERM\n1,Fièvre\n".encode(encoding)
    error = failure(tmp_path, "x.csv", content)
    assert error.what == f"declared as utf-8, but it begins with the byte order mark of {encoding}"
    assert error.remedy == f"declare encoding: {encoding}"
    assert cells(read(tmp_path, "x.csv", content, encoding=encoding)) == {"ID": ["1"], "TERM": ["Fièvre"]}


def test_a_link_that_leads_nowhere_or_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "x.csv").symlink_to("nowhere.csv")
    (tmp_path / "y.csv").symlink_to("y.csv")
    for name in ("x.csv", "y.csv"):
        assert failure(tmp_path, name).what == "is a link that leads to no file"


def test_a_file_without_permission(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("ID\n1\n")
    (tmp_path / "x.csv").chmod(0)
    if os.access(tmp_path / "x.csv", os.R_OK):
        pytest.skip("this user (root) may read any file")
    assert failure(tmp_path, "x.csv").what == "cannot be opened: Permission denied"
