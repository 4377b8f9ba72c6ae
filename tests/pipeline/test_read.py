"""Reading sources: what comes in for each format, and what is said about each thing that can be wrong with a file."""

from __future__ import annotations

import csv
import io
import time
from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats import sas_type
from pipeline.read import RawSource, SourceError, nearest_name, read_source
from specs.model import SourceSpec


def read(folder: Path, file: str, content: bytes | str | None = None, **declared: Any) -> RawSource:
    """Write a file and read it as a declared source."""
    if content is not None:
        (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)
    found = read_source("raw", SourceSpec(file=file, **declared), folder)
    assert found is not None
    return found


def failure(folder: Path, file: str, content: bytes | str | None = None, **declared: Any) -> SourceError:
    """The error of a file that cannot be read."""
    with pytest.raises(SourceError) as caught:
        read(folder, file, content, **declared)
    assert str(caught.value).startswith(file)
    return caught.value


def cells(source: RawSource) -> dict[str, list[str | None]]:
    """The values by column, None where missing."""
    return {str(n): [None if pd.isna(v) else v for v in source.frame[n]] for n in source.frame.columns}


# ------------------------------------------------------------------------------------------------------ delimited text


def test_csv_is_read_as_text_without_guessing(tmp_path: Path) -> None:
    source = read(tmp_path, "ae.csv", "SUBJECT,AETERM,DOSE,FLAG\n016231,NA,1.50,true\n1e5,null, x ,\n")
    assert cells(source) == {
        "SUBJECT": ["016231", "1e5"],
        "AETERM": ["NA", "null"],
        "DOSE": ["1.50", " x "],
        "FLAG": ["true", None],
    }
    assert source.numbers.tolist() == [2, 3]
    assert source.recorded_types == {"SUBJECT": "text", "AETERM": "text", "DOSE": "text", "FLAG": "text"}
    assert (source.problems, source.rejected) == ([], [])


def test_columns_keep_the_contract_of_text_columns(tmp_path: Path) -> None:
    source = read(tmp_path, "ae.csv", "A,B\nz,\na,\nz,\n")
    assert source.frame["A"].cat.categories.tolist() == ["a", "z"]
    assert source.frame["A"].cat.categories.dtype == "str"
    assert source.frame["B"].cat.categories.tolist() == []
    assert source.frame.index.tolist() == [0, 1, 2]


def test_mixed_line_ends_quotes_and_newlines_inside_values(tmp_path: Path) -> None:
    content = 'ID,NOTE\r\n1,"said ""no"", left\nthen came"\n2,5" tube\r3,"a,b"\r\n4,""\n'
    source = read(tmp_path, "cm.csv", content)
    assert cells(source) == {
        "ID": ["1", "2", "3", "4"],
        "NOTE": ['said "no", left\nthen came', '5" tube', "a,b", None],
    }
    assert source.numbers.tolist() == [2, 3, 4, 5], "records, not lines"


@pytest.mark.parametrize(
    ("encoding", "value"),
    [
        ("utf-8", "é 疼痛"),
        ("utf-8-sig", "é 疼痛"),
        ("gb18030", "疼痛 10–20"),
        ("windows-1252", "10–20 µg “x”"),
        ("utf-16", "疼痛"),
        ("utf-16-le", "疼痛"),
        ("shift_jis", "頭痛"),
    ],
)
def test_declared_encodings(tmp_path: Path, encoding: str, value: str) -> None:
    source = read(tmp_path, "lb.csv", f"ID,TERM\n1,{value}\n".encode(encoding), encoding=encoding)
    assert cells(source) == {"ID": ["1"], "TERM": [value]}


def test_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert list(read(tmp_path, "a.csv", b"\xef\xbb\xbfSUBJECT,A\n1,2\n").frame) == ["SUBJECT", "A"]
    assert list(read(tmp_path, "b.csv", b'\xef\xbb\xbf"SUBJECT",A\n1,2\n').frame) == ["SUBJECT", "A"]


def test_undecodable_bytes_fail_the_file_with_their_place(tmp_path: Path) -> None:
    error = failure(tmp_path, "lb.csv", b"ID,UNIT\n1,mg\n2,\xb5g\n")
    assert error.what == "line 3, byte 15: B5 is not valid utf-8"
    assert "declare the encoding" in error.remedy
    error = failure(tmp_path, "lb.csv", b"ID,UNIT\r\n1,\x81\r\n", encoding="windows-1252")
    assert error.what == "line 2, byte 11: 81 is not valid windows-1252"


def test_a_byte_order_mark_against_the_declared_encoding(tmp_path: Path) -> None:
    error = failure(tmp_path, "lb.csv", b"\xef\xbb\xbfID\n1\n", encoding="windows-1252")
    assert error.remedy == "declare encoding: utf-8"


def test_an_unknown_encoding(tmp_path: Path) -> None:
    for encoding in ("utf-9", "rot13"):
        assert f"there is no encoding '{encoding}'" in failure(tmp_path, "lb.csv", "ID\n1\n", encoding=encoding).what


def test_nul_bytes(tmp_path: Path) -> None:
    error = failure(tmp_path, "lb.csv", b"ID,A\n1,x\n2,\x00\n")
    assert error.what == "line 3 holds a NUL byte (byte 11), which no text file does"


def test_short_and_long_rows_are_rejected_with_their_number_and_the_others_stay(tmp_path: Path) -> None:
    source = read(tmp_path, "ae.csv", 'A,B,C\n1,x,y\n2,x\n"3\n",x,y\n4,x,y,z\n5,x,y\n')
    assert cells(source)["A"] == ["1", "3\n", "5"]
    assert source.numbers.tolist() == [2, 4, 6]
    assert source.rejected == [(3, "has 2 fields, the header has 3"), (5, "has 4 fields, the header has 3")]
    assert [(p.rule, p.severity, p.row, p.message) for p in source.problems] == [
        ("ROW_SHORT", "error", 3, "row has 2 fields, the header has 3; it was rejected"),
        ("ROW_LONG", "error", 5, "row has 4 fields, the header has 3; it was rejected"),
    ]


def test_rejected_rows_are_numbered_right_in_a_large_file(tmp_path: Path) -> None:
    rows = [f"{number},some text that fills the blocks of the reader" for number in range(2, 300_002)]
    rows[250_000 - 2] = "250000,a,b"
    rows[7 - 2] = "7"
    source = read(tmp_path, "lb.csv", "ROW,B\n" + "\n".join(rows))
    assert [number for number, _ in source.rejected] == [7, 250_000]
    assert source.numbers.astype(str).tolist() == source.frame["ROW"].tolist()


def test_no_row_fits_the_header(tmp_path: Path) -> None:
    error = failure(tmp_path, "ae.csv", "A,B\n1,2,3\n4,5,6\n")
    assert error.what == "no row has the 2 fields of the header; has 3 fields, the header has 2"
    assert error.row == 2


def test_empty_rows_are_passed_over_but_counted(tmp_path: Path) -> None:
    source = read(tmp_path, "ae.csv", "A,B\n\n1,x\n,\n2,y\n\n\n")
    assert cells(source) == {"A": ["1", "2"], "B": ["x", "y"]}
    assert source.numbers.tolist() == [3, 5]
    assert source.rejected == [(2, "is empty"), (4, "is empty")]
    assert {(p.rule, p.severity) for p in source.problems} == {("ROW_EMPTY", "note")}


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    error = failure(tmp_path, "ae.csv", 'A,B\n1,x\n2,"open\n3,y\n')
    assert (error.row, error.what) == (3, "a quote opened in this record (or one before it) is never closed")
    error = failure(tmp_path, "big.csv", 'A,B\n1,"open\n' + "2,some more text\n" * 400_000)
    assert error.row == 2
    assert "the header cannot be read" in failure(tmp_path, "h.csv", 'A,"B\n1,x\n').what


def test_a_value_larger_than_the_blocks_of_the_reader(tmp_path: Path) -> None:
    source = read(tmp_path, "ae.csv", 'A,B\n1,"' + "line\n" * 1_000_000 + '"\n2,x\n')
    assert len(source.frame["B"].iloc[0]) == 5_000_000
    assert source.numbers.tolist() == [2, 3]


def test_banner_lines_before_the_header(tmp_path: Path) -> None:
    content = 'Transfer of 2026-04-01, "final\nConfidential\nA,B\n1,x\n2,y\n'
    source = read(tmp_path, "pk.csv", content, header_row=3)
    assert cells(source) == {"A": ["1", "2"], "B": ["x", "y"]}
    assert source.numbers.tolist() == [4, 5]
    assert "there is no header on line 9" in failure(tmp_path, "pk.csv", content, header_row=9).what
    assert "rows count from 1" in failure(tmp_path, "pk.csv", content, header_row=0).remedy


def test_delimiters(tmp_path: Path) -> None:
    assert cells(read(tmp_path, "a.txt", "A|B\n1|x,y\n", delimiter="|")) == {"A": ["1"], "B": ["x,y"]}
    assert cells(read(tmp_path, "a.tsv", "A\tB\n1\tx,y\n")) == {"A": ["1"], "B": ["x,y"]}
    assert cells(read(tmp_path, "b.tsv", "A;B\n1;x\n", delimiter=";")) == {"A": ["1"], "B": ["x"]}
    assert "cannot be a delimiter" in failure(tmp_path, "c.csv", "A\n1\n", delimiter="::").what
    source = read(tmp_path, "d.csv", "A;B\n1;x\n")
    assert [(p.rule, p.message) for p in source.problems] == [
        ("DELIMITER", "the header is one column, 'A;B'; declare `delimiter: \";\"` for the source")
    ]


def test_header_only(tmp_path: Path) -> None:
    for content in ("A,B", "A,B\n", "A,B\r\n\r\n"):
        source = read(tmp_path, "ae.csv", content)
        assert cells(source) == {"A": [], "B": []}
        assert source.numbers.tolist() == []
        assert [(p.rule, p.severity) for p in source.problems] == [("NO_ROWS", "note")]


@pytest.mark.parametrize("file", ["a.csv", "a.xlsx", "a.xpt", "a.sas7bdat", "a.parquet"])
def test_an_empty_file(tmp_path: Path, file: str) -> None:
    assert failure(tmp_path, file, b"").what == "the file is empty (0 bytes)"


@pytest.mark.parametrize("content", ["\n\n", "\ufeff", ",,\n1,2,3\n"])
def test_no_header(tmp_path: Path, content: str) -> None:
    assert "there is no header on line 1" in failure(tmp_path, "a.csv", content).what


def test_names_must_be_there_and_differ(tmp_path: Path) -> None:
    assert failure(tmp_path, "a.csv", "A,,B, \n1,2,3,4\n").what == "the header has no name for column 2, 4"
    assert failure(tmp_path, "a.csv", "A,B,A\n1,2,3\n").what == "the header has more than one column A"


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=3, max_size=3),
        max_size=8,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], line_end: str
) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows([["A", "B", "C"], *rows])
    source = read(tmp_path_factory.mktemp("csv"), "a.csv", written.getvalue())
    kept = [row for row in rows if any(row)]
    assert [list(row) for row in zip(*cells(source).values(), strict=True)] == [
        [value or None for value in row] for row in kept
    ]
    assert source.numbers.tolist() == [number for number, row in enumerate(rows, 2) if any(row)]


# --------------------------------------------------------------------------------------------- what a source declares


def test_rename_and_declared_missing_texts(tmp_path: Path) -> None:
    source = read(
        tmp_path, "pk.csv", "Subject No,RES\n1,.\n2,NA\n3,n/a\n",
        rename={"SUBJID": "Subject No"}, missing=[".", "NA"],
    )  # fmt: skip
    assert cells(source) == {"SUBJID": ["1", "2", "3"], "RES": [None, None, "n/a"]}
    assert source.frame["RES"].cat.categories.tolist() == ["n/a"]


def test_rename_of_a_column_that_is_not_there(tmp_path: Path) -> None:
    source = read(tmp_path, "pk.csv", "SUBJECT_NO,RES\n1,2\n", rename={"SUBJID": "SUBJECTNO"})
    assert [(p.rule, p.severity, p.column, p.message) for p in source.problems] == [
        ("COLUMN_MISSING", "error", "SUBJECTNO",
         "pk.csv has no column SUBJECTNO, which rename names; did you mean 'SUBJECT_NO'?")
    ]  # fmt: skip


def test_rename_onto_a_column_that_is_there(tmp_path: Path) -> None:
    error = failure(tmp_path, "pk.csv", "A,B\n1,2\n", rename={"B": "A"})
    assert error.what == "after rename there are more than one column B"


def test_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "AE.csv").write_text("A\n1\n")
    error = failure(tmp_path, "ae.csv") if not (tmp_path / "ae.csv").exists() else None
    assert error is None or error.what == "the file of source raw is missing; did you mean 'AE.csv'?"
    assert read_source("raw", SourceSpec(file="none.csv", optional=True), tmp_path) is None
    assert "is missing" in failure(tmp_path / "nowhere", "none.csv").what


@pytest.mark.parametrize("file", ["../ae.csv", "/etc/passwd", "sub/../../x.csv", "C:\\x.csv", "..\\x.csv"])
def test_a_source_is_inside_the_extract(tmp_path: Path, file: str) -> None:
    assert failure(tmp_path, file).what == "a source is a file inside the extract folder"


def test_an_unknown_format(tmp_path: Path) -> None:
    assert failure(tmp_path, "ae.json", "{}").what == ".json is not a known format"


def test_nearest_name() -> None:
    assert nearest_name("subjid", ["SITE", "SUBJID"]) == "; did you mean 'SUBJID'?"
    assert nearest_name("AE TERM", ["AETERM", "X"]) == "; did you mean 'AETERM'?"


# ---------------------------------------------------------------------------------------------------------------- SAS


def write_xpt(path: Path) -> None:
    frame = pd.DataFrame(
        {
            "SUBJID": ["016231", "µg", ""],
            "AVAL": [1.5, np.nan, 45754.0],
            "SMALL": [1e-7, 0.1, 123456789012.0],
            "ADT": [0.0, np.nan, 23837.0],
            "ADTM": [0.5, np.nan, 2059554600.0],
            "ATM": [3600.0, 90000.0, np.nan],
            "CODED": [1.0, 2.0, 3.0],
        }
    )
    formats = {"ADT": "DATE9.", "ADTM": "E8601DT19.", "ATM": "TIME5.", "CODED": "DAYS."}
    pyreadstat.write_xport(frame, str(path), file_format_version=5, variable_format=formats)


def test_xpt_gives_shortest_decimals_and_iso_dates(tmp_path: Path) -> None:
    write_xpt(tmp_path / "dm.xpt")
    source = read(tmp_path, "dm.xpt")
    assert cells(source) == {
        "SUBJID": ["016231", "µg", None],
        "AVAL": ["1.5", None, "45754"],
        "SMALL": ["0.0000001", "0.1", "123456789012"],
        "ADT": ["1960-01-01", None, "2025-04-06"],
        "ADTM": ["1960-01-01T00:00:00.5", None, "2025-04-06T10:30:00"],
        "ATM": ["01:00:00", "90000", None],
        "CODED": ["1", "2", "3"],
    }
    assert source.recorded_types == {
        "SUBJID": "text", "AVAL": "number", "SMALL": "number", "ADT": "date", "ADTM": "datetime", "ATM": "time",
        "CODED": "number",
    }  # fmt: skip
    assert source.numbers.tolist() == [1, 2, 3]


def test_xpt_is_decoded_strictly(tmp_path: Path) -> None:
    write_xpt(tmp_path / "dm.xpt")
    content = (tmp_path / "dm.xpt").read_bytes().replace("µ".encode(), b"\xb5 ")
    source = read(tmp_path, "dm.xpt", content, encoding="windows-1252")
    assert cells(source)["SUBJID"][1] == "µ g"
    error = failure(tmp_path, "dm.xpt", content)
    assert (error.column, error.what) == ("SUBJID", "B5 in 'µ g' is not valid utf-8")
    assert "there is no encoding" in failure(tmp_path, "dm.xpt", content, encoding="utf-9").what


@pytest.mark.parametrize("file", ["dm.xpt", "dm.sas7bdat"])
def test_no_sas_file(tmp_path: Path, file: str) -> None:
    assert "cannot be read as a SAS file" in failure(tmp_path, file, b"hello" * 2000).what


@pytest.mark.parametrize(
    ("sas_format", "kind"),
    [
        ("DATE9", "date"), ("DATE9.", "date"), ("YYMMDD10", "date"), ("YYMMDDN8", "date"), ("E8601DA", "date"),
        ("DDMMYYS10", "date"), ("IS8601DA", "date"), ("MONYY7", "date"), ("WORDDATE", "date"),
        ("DATETIME20", "datetime"), ("DATETIME22.3", "datetime"), ("E8601DT19", "datetime"), ("DTDATE9", "datetime"),
        ("TIME5", "time"), ("TIME8.2", "time"), ("HHMM", "time"), ("E8601TM", "time"),
        (None, "number"), ("", "number"), ("BEST12", "number"), ("8.2", "number"), ("F8", "number"), ("Z5", "number"),
        ("DAYS", "number"), ("TIMEPT", "number"), ("DATEUNK", "number"), ("MONTHLY", "number"),
    ],
)  # fmt: skip
def test_sas_formats(sas_format: str | None, kind: str) -> None:
    assert sas_type(sas_format) == kind


# -------------------------------------------------------------------------------------------------------------- Excel


def write_xlsx(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_excel_keeps_what_the_cells_hold(tmp_path: Path) -> None:
    write_xlsx(
        tmp_path / "pk.xlsx",
        {
            "Results": [
                ["Vendor X", None, None, None, None],
                ["SUBJID", "SERIAL", "SAMPLED", "OK", 7],
                ["016231", 45754, datetime(2025, 4, 7), True, 0.1],
                [16231, 45754.5, datetime(2025, 4, 7, 10, 30), 1, "0.10"],
                [None, None, None, None, None],
                ["NA", None, clock(10, 30), False, timedelta(hours=30)],
                [None, "", None, None, None],
            ]
        },
    )
    source = read(tmp_path, "pk.xlsx", header_row=2)
    assert cells(source) == {
        "SUBJID": ["016231", "16231", "NA"],
        "SERIAL": ["45754", "45754.5", None],
        "SAMPLED": ["2025-04-07", "2025-04-07T10:30:00", "10:30:00"],
        "OK": ["true", "1", "false"],
        "7": ["0.1", "0.10", "108000"],
    }
    assert source.recorded_types == {
        "SUBJID": "mixed", "SERIAL": "number", "SAMPLED": "mixed", "OK": "mixed", "7": "mixed"
    }  # fmt: skip
    assert source.numbers.tolist() == [3, 4, 6]
    assert source.rejected == [(5, "is empty")]


def test_excel_sheets(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "pk.xlsx", {"Info": [["x"], ["y"]], "Data": [["A"], [1]]})
    assert cells(read(tmp_path, "pk.xlsx", sheet="Data")) == {"A": ["1"]}
    error = failure(tmp_path, "pk.xlsx")
    assert (error.what, error.remedy) == ("holds the sheets Info, Data", "declare one as sheet:")
    assert failure(tmp_path, "pk.xlsx", sheet="data").what == "has no sheet 'data'"


def test_excel_headers(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "merged.xlsx", {"S": [["A", "B", None], [1, 2, 3]]})
    error = failure(tmp_path, "merged.xlsx")
    assert (error.row, error.what) == (1, "column C holds values but has no name (merged header cells?)")
    write_xlsx(tmp_path / "trailing.xlsx", {"S": [["A", "B", None], [1, 2, ""]]})
    assert cells(read(tmp_path, "trailing.xlsx")) == {"A": ["1"], "B": ["2"]}
    write_xlsx(tmp_path / "twice.xlsx", {"S": [["A", "A"], [1, 2]]})
    assert failure(tmp_path, "twice.xlsx").what == "the header has more than one column A"
    write_xlsx(tmp_path / "only.xlsx", {"S": [["A", "B"]]})
    assert cells(read(tmp_path, "only.xlsx")) == {"A": [], "B": []}
    write_xlsx(tmp_path / "nothing.xlsx", {"S": []})
    assert failure(tmp_path, "nothing.xlsx").what == "there is no header in row 1"
    assert "cannot be read as a workbook" in failure(tmp_path, "no.xlsx", b"hello").what


# ------------------------------------------------------------------------------------------------------------ Parquet


def test_parquet(tmp_path: Path) -> None:
    table = pa.table(
        {
            "ID": ["016231", "", None],
            "CAT": pa.array(["x", None, "x"]).dictionary_encode(),
            "INT": [45754, None, -1],
            "FLOAT": [0.1, 2.0, float("nan")],
            "DEC": [Decimal("1.50"), Decimal("100"), None],
            "DAY": [date(2025, 4, 7), None, date(2025, 4, 8)],
            "TIME": [datetime(2025, 4, 7), datetime(2025, 4, 7, 10, 30, 0, 500000), None],
            "FLAG": [True, False, None],
        }
    )
    pq.write_table(table, tmp_path / "lb.parquet")
    source = read(tmp_path, "lb.parquet")
    assert cells(source) == {
        "ID": ["016231", None, None],
        "CAT": ["x", None, "x"],
        "INT": ["45754", None, "-1"],
        "FLOAT": ["0.1", "2", None],
        "DEC": ["1.5", "100", None],
        "DAY": ["2025-04-07", None, "2025-04-08"],
        "TIME": ["2025-04-07T00:00:00", "2025-04-07T10:30:00.5", None],
        "FLAG": ["true", "false", None],
    }
    assert list(source.recorded_types.values()) == [
        "text", "text", "number", "number", "number", "date", "datetime", "true/false"
    ]  # fmt: skip
    assert source.numbers.tolist() == [1, 2, 3]


def test_parquet_that_is_none_or_not_flat(tmp_path: Path) -> None:
    assert "cannot be read as Parquet" in failure(tmp_path, "lb.parquet", b"hello").what
    pq.write_table(pa.table({"A": [[1, 2]]}), tmp_path / "nested.parquet")
    error = failure(tmp_path, "nested.parquet")
    assert error.column == "A"
    pq.write_table(pa.table({"A": pa.array([], pa.string())}), tmp_path / "none.parquet")
    assert cells(read(tmp_path, "none.parquet")) == {"A": []}


# -------------------------------------------------------------------------------------------------------------- speed


def test_a_large_file_is_read_column_by_column(tmp_path: Path) -> None:
    rows = "".join(f"{n},01-{n % 5000:04d},VISIT {n % 20},{n % 977 / 10},mmol/L,\n" for n in range(300_000))
    (tmp_path / "lb.csv").write_text("ID,SUBJECT,VISIT,RES,UNIT,NOTE\n" + rows)
    started = time.process_time()
    read(tmp_path, "lb.csv")
    assert time.process_time() - started < 3
