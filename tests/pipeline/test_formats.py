"""Files that are broken or at the edge of their format: what comes in, and what is said."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

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
