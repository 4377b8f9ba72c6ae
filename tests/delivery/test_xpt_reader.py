"""Reading transport files: ours, those of others, and those that are not what they should be."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.xpt import XptError, XptVariable, write_xpt
from delivery.xpt_reader import ReadVariable, read_xpt

MODIFIED = datetime(2026, 3, 31, 8, 5, 9)


def text(*values: str | None) -> "pd.Series[Any]":
    return pd.Series(pd.Categorical(pd.Series(values, dtype="str")))


def ours(path: Path, frame: pd.DataFrame) -> Path:
    variables = [
        XptVariable(str(n), f"Label of {n}", "Num" if c.dtype == "float64" else "Char") for n, c in frame.items()
    ]
    write_xpt(path, "AE", "Adverse Events", variables, lambda: [frame], MODIFIED)
    return path


def plain(column: "pd.Series[Any]") -> list[Any]:
    return [None if pd.isna(v) else v for v in column.tolist()]


def tiny(path: Path, *records: bytes) -> Path:
    """A file with the text variable A of the records' width, written by hand from the first record on."""
    ours(path, pd.DataFrame({"A": text("X" * len(records[0]))}))
    content = path.read_bytes()
    start = content.index(b"HEADER RECORD*******OBS") + 80
    data = b"".join(records)
    path.write_bytes(content[:start] + data + b" " * (-len(data) % 80))
    return path


def test_description_and_columns(tmp_path: Path) -> None:
    path = tmp_path / "ae.xpt"
    variables = [
        XptVariable("AETERM", "Reported Term", "Char", "$20."),
        XptVariable("AESTDT", "Start", "Num", "DATE9."),
    ]
    variables.append(XptVariable("AEDOSE", "Dose", "Num", "8.2"))
    frame = pd.DataFrame({"AETERM": text("RASH", None), "AESTDT": [100.0, np.nan], "AEDOSE": [0.1, -2.5]})
    write_xpt(path, "AE", "Adverse Events", variables, lambda: [frame], MODIFIED)
    meta, read = read_xpt(path)
    assert meta == {
        "name": "AE",
        "label": "Adverse Events",
        "created": "31MAR26:08:05:09",
        "modified": "31MAR26:08:05:09",
        "variables": [
            ReadVariable("AETERM", "Reported Term", "Char", "$20.", 4, 0),
            ReadVariable("AESTDT", "Start", "Num", "DATE9.", 8, 4),
            ReadVariable("AEDOSE", "Dose", "Num", "8.2", 8, 12),
        ],
    }
    assert isinstance(read["AETERM"].dtype, pd.CategoricalDtype)
    assert read["AETERM"].cat.categories.dtype == "str"
    assert read["AESTDT"].dtype == np.float64
    assert plain(read["AETERM"]) == ["RASH", None]
    assert plain(read["AESTDT"]) == [100.0, None]
    assert plain(read["AEDOSE"]) == [0.1, -2.5]


def test_no_records(tmp_path: Path) -> None:
    read = read_xpt(ours(tmp_path / "ae.xpt", pd.DataFrame({"A": text(), "B": np.empty(0)})))[1]
    assert read.columns.tolist() == ["A", "B"]
    assert [str(d) for d in read.dtypes] == ["category", "float64"]
    assert len(read) == 0


TEXT = st.one_of(st.none(), st.text("ABC xyz#", min_size=1, max_size=40).filter(lambda s: not s.endswith(" ")))
NUMBER = st.one_of(st.none(), st.floats(-7.1e75, 7.1e75).filter(lambda x: x == 0 or abs(x) > 5.4e-79))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, NUMBER), max_size=40))
def test_what_was_written_is_read(rows: list[tuple[str | None, str | None, float | None]]) -> None:
    first, second, third = ([row[i] for row in rows] for i in range(3))
    numbers = np.array([np.nan if v is None else v for v in third], dtype=np.float64)
    frame = pd.DataFrame({"A": text(*first), "B": text(*second), "C": numbers})  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        read = read_xpt(ours(Path(folder) / "ae.xpt", frame))[1]
    assert [plain(read[name]) for name in "ABC"] == [first, second, third]


def test_files_of_another_writer(tmp_path: Path) -> None:
    frame = pd.DataFrame({"SUBJID": ["001", "002", ""], "WEIGHT": [70.25, np.nan, -0.1]})
    pyreadstat.write_xport(
        frame,
        str(tmp_path / "vs.xpt"),
        file_label="Vital Signs",
        column_labels=["Subject", "Weight (kg)"],
        table_name="VS",
        file_format_version=5,
    )
    meta, read = read_xpt(tmp_path / "vs.xpt")
    assert (meta["name"], [v.label for v in meta["variables"]]) == ("VS", ["Subject", "Weight (kg)"])
    assert plain(read["SUBJID"]) == ["001", "002", None]
    assert plain(read["WEIGHT"]) == [70.25, None, -0.1]


def test_short_numbers_and_special_missing_values(tmp_path: Path) -> None:
    path = ours(tmp_path / "ae.xpt", pd.DataFrame({"N": [1.0]}))
    content = bytearray(path.read_bytes())
    described = content.index(b"HEADER RECORD*******NAMESTR") + 80
    content[described + 4 : described + 6] = b"\x00\x03"
    start = content.index(b"HEADER RECORD*******OBS") + 80
    data = b"\x42\x64\x00" + b"\x41\x00\x00" + b"\x5f\x00\x00" + b"\xc1\x18\x00" + b"\x2e\x00\x00"
    path.write_bytes(bytes(content[:start]) + data.ljust(80))
    assert plain(read_xpt(path)[1]["N"]) == [100.0, None, None, -1.5, None]


def test_blank_records_in_front_are_kept_and_padding_is_not(tmp_path: Path) -> None:
    read = read_xpt(tiny(tmp_path / "ae.xpt", b"   ", b"ABC", b"   ", b"X  "))[1]
    assert plain(read["A"]) == [None, "ABC", None, "X"]


def test_blank_records_that_cannot_be_padding_are_kept(tmp_path: Path) -> None:
    # 3 x 60 = 180 bytes fill three records of 80, and so would 4 x 60; two would fill only two
    read = read_xpt(tiny(tmp_path / "ae.xpt", b"A" * 60, b" " * 60, b" " * 60))[1]
    assert len(read) == 3
    assert len(read_xpt(tiny(tmp_path / "wide.xpt", b"A" * 100, b" " * 100))[1]) == 2


def test_encoding(tmp_path: Path) -> None:
    path = tiny(tmp_path / "ae.xpt", b"5 mg ", b"5 \xb5g ", b"\xb5    ")
    assert plain(read_xpt(path, "windows-1252")[1]["A"]) == ["5 mg", "5 µg", "µ"]
    with pytest.raises(XptError) as caught:
        read_xpt(path)
    assert str(caught.value) == (
        "dataset AE, variable A, record 2: the bytes b'5 \\xb5g' are not utf-8 (byte 3); "
        "declare the encoding of the source"
    )


def test_zero_bytes_are_padding_too(tmp_path: Path) -> None:
    path = tiny(tmp_path / "ae.xpt", b"A" * 90, b"B\0" + b"\0" * 88)
    content = path.read_bytes()
    path.write_bytes(content[:-60] + b"\0" * 60)
    assert plain(read_xpt(path)[1]["A"]) == ["A" * 90, "B"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda c: b"", "it ends within its header"),
        (lambda c: c[:500], "it ends within its header"),
        (lambda c: c[:-1], "it ends within a record"),
        (lambda c: c[:-80], "it ends within a record"),
        (lambda c: b"a,b,c\n" * 100, "it has no 'HEADER RECORD*******LIBRARY HEADER RECORD' where one must be"),
        (lambda c: c.replace(b"LIBRARY", b"LIBV8  "), "it is a transport file of version 8"),
        (lambda c: b"**COMPRESSED** " * 20, "it is a file of PROC CPORT"),
        (lambda c: c + c[240:], "it holds more than one dataset"),
        (lambda c: c.replace(b"!000000000100000", b"!0000000x0100000"), "its header gives no number of variables"),
        (
            lambda c: c.replace(b"\0\x02\0\0\0\x78", b"\0\x01\0\0\0\x78"),
            "its header describes no variables, or impossible ones",
        ),
    ],
)
def test_files_that_are_not_right(tmp_path: Path, change: Any, what: str) -> None:
    path = tiny(tmp_path / "ae.xpt", b"A" * 120, b"B" * 120)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(XptError) as caught:
        read_xpt(path)
    assert (caught.value.dataset, caught.value.what) == ("ae.xpt", what)
