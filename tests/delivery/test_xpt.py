"""The transport file: its bytes, that it reads back as what went in, and each thing that it cannot hold."""

import itertools
import math
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.xpt import WrittenVariable, XptError, XptVariable, write_xpt

MODIFIED = datetime(2026, 3, 31, 8, 5, 9)
Value = str | float | None


def text(*values: Value) -> "pd.Series[Any]":
    return pd.Series(pd.Categorical(pd.Series(values, dtype="str")))


def number(*values: Value) -> "pd.Series[Any]":
    return pd.Series([np.nan if v is None else v for v in values], dtype="float64")


def char(name: str = "AETERM", label: str = "Reported Term", format: str = "") -> XptVariable:
    return XptVariable(name, label, "Char", format)


def num(name: str = "AESEQ", label: str = "Sequence Number", format: str = "") -> XptVariable:
    return XptVariable(name, label, "Num", format)


def again(*frames: pd.DataFrame) -> Callable[[], list[pd.DataFrame]]:
    return lambda: list(frames)


def write(path: Path, variables: list[XptVariable], *frames: pd.DataFrame) -> list[WrittenVariable]:
    return write_xpt(path, "AE", "Adverse Events", variables, again(*frames), MODIFIED)


def refused(path: Path, variables: list[XptVariable], *frames: pd.DataFrame) -> XptError:
    with pytest.raises(XptError) as caught:
        write(path, variables, *frames)
    assert not path.exists()
    return caught.value


def back(path: Path) -> pd.DataFrame:
    frame: pd.DataFrame = pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]
    return frame


# ------------------------------------------------------------------------------------------------ the bytes


def test_bytes_of_a_tiny_dataset(tmp_path: Path) -> None:
    path = tmp_path / "ae.xpt"
    write(
        path,
        [char(), num("AESTDT", "Start Date", "DATE9.")],
        pd.DataFrame({"AETERM": text("RASH", "ACNE VULGARIS"), "AESTDT": number(100, None)}),
    )
    expected = (
        b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000000000000000000000000000000  "
        b"SAS     SAS     SASLIB  9.4                                     31MAR26:08:05:09"
        b"31MAR26:08:05:09                                                                "
        b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!000000000000000001600000000140  "
        b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!000000000000000000000000000000  "
        b"SAS     AE      SASDATA 9.4                                     31MAR26:08:05:09"
        b"31MAR26:08:05:09                Adverse Events                                  "
        b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000000200000000000000000000  "
        # type 2 (text), 13 bytes, variable 1, at 0
        b"\0\x02\0\0\0\x0d\0\x01AETERM  Reported Term                           "
        b"        \0\0\0\0\0\0\0\0        \0\0\0\0\0\0\0\0" + b"\0" * 52 +
        # type 1 (number), 8 bytes, variable 2, format DATE of width 9, at 13
        b"\0\x01\0\0\0\x08\0\x02AESTDT  Start Date                              "
        b"DATE    \0\x09\0\0\0\0\0\0        \0\0\0\0\0\0\0\x0d" + b"\0" * 52 + b" " * 40 +
        b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!000000000000000000000000000000  "
        b"RASH         \x42\x64\0\0\0\0\0\0"
        b"ACNE VULGARIS\x2e\0\0\0\0\0\0\0" + b" " * 38
    )  # fmt: skip
    assert path.read_bytes() == expected


def test_what_was_written_is_measured(tmp_path: Path) -> None:
    written = write(
        tmp_path / "ae.xpt",
        [char("AETERM"), char("AEACN"), num("AESEQ"), num("AEDOSE"), num("AEDUR", format="8.2")],
        pd.DataFrame(
            {
                "AETERM": text("RASH", "FEVER"),
                "AEACN": text(None, None),
                "AESEQ": number(1, 10),
                "AEDOSE": number(0.05, None),
                "AEDUR": number(None, None),
            }
        ),
        pd.DataFrame(
            {
                "AETERM": text("NEUTROPENIA"),
                "AEACN": text(None),
                "AESEQ": number(3),
                "AEDOSE": number(12.5),
                "AEDUR": number(None),
            }
        ),
    )
    assert [(w.name, w.type, w.length, w.format, w.digits, w.decimals, w.nulls, w.records) for w in written] == [
        ("AETERM", "Char", 11, "", None, None, 0, 3),
        ("AEACN", "Char", 1, "", None, None, 3, 3),
        ("AESEQ", "Num", 8, "", 2, 0, 0, 3),
        ("AEDOSE", "Num", 8, "", 3, 2, 1, 3),
        ("AEDUR", "Num", 8, "8.2", None, None, 3, 3),
    ]


def test_a_category_that_no_record_uses_counts_for_nothing(tmp_path: Path) -> None:
    column = text("RASH", "µ" * 300, "ACNE").iloc[[0, 2]]
    written = write(tmp_path / "ae.xpt", [char()], pd.DataFrame({"AETERM": column}))
    assert written[0].length == 4
    assert back(tmp_path / "ae.xpt")["AETERM"].tolist() == ["RASH", "ACNE"]


def test_an_empty_text_is_a_missing_one(tmp_path: Path) -> None:
    column = pd.Series(pd.Categorical.from_codes([0, 1, -1, 1], categories=pd.Index(["", "RASH"], dtype="str")))
    written = write(tmp_path / "ae.xpt", [char()], pd.DataFrame({"AETERM": column}))
    assert written[0].nulls == 2
    assert back(tmp_path / "ae.xpt")["AETERM"].tolist() == ["", "RASH", "", "RASH"]


def test_leading_and_inner_blanks_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "ae.xpt", [char()], pd.DataFrame({"AETERM": text("  DRY   SKIN", "RASH")}))
    assert back(tmp_path / "ae.xpt")["AETERM"].tolist() == ["  DRY   SKIN", "RASH"]


def test_columns_that_are_not_variables_stay_out(tmp_path: Path) -> None:
    write(tmp_path / "ae.xpt", [char()], pd.DataFrame({"ROWID": number(1), "AETERM": text("RASH")}))
    assert back(tmp_path / "ae.xpt").columns.tolist() == ["AETERM"]


def test_names_labels_and_formats_are_read_by_others(tmp_path: Path) -> None:
    variables = [
        char("_A1", "L" * 40, "$20."),
        num("ABCDEFGH", "", "E8601DT19."),
        num("X", "A label's 'quotes'", "8.2"),
    ]
    write_xpt(
        tmp_path / "x.xpt",
        "ABCDEFGH",
        "D" * 40,
        variables,
        again(pd.DataFrame({"_A1": text("a"), "ABCDEFGH": number(1), "X": number(2)})),
        MODIFIED,
    )
    meta = pyreadstat.read_xport(str(tmp_path / "x.xpt"), disable_datetime_conversion=True)[1]
    assert [label or "" for label in meta.column_labels] == ["L" * 40, "", "A label's 'quotes'"]
    assert meta.original_variable_types == {"_A1": "$20", "ABCDEFGH": "E8601DT19", "X": "8.2"}
    assert (meta.table_name, meta.file_label) == ("ABCDEFGH", "D" * 40)


@pytest.mark.parametrize("frames", [[], [pd.DataFrame({"AETERM": text(), "AESEQ": number()})]])
def test_a_dataset_without_records_is_readable(tmp_path: Path, frames: list[pd.DataFrame]) -> None:
    written = write(tmp_path / "ae.xpt", [char(), num()], *frames)
    assert [(w.length, w.records) for w in written] == [(1, 0), (8, 0)]
    assert back(tmp_path / "ae.xpt").columns.tolist() == ["AETERM", "AESEQ"]
    assert len(back(tmp_path / "ae.xpt")) == 0


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"AETERM": text("RASH", None), "AESEQ": number(1, 2)})
    write(tmp_path / "one.xpt", [char(), num()], frame)
    write(tmp_path / "two.xpt", [char(), num()], frame.iloc[:1], frame.iloc[1:])
    assert (tmp_path / "one.xpt").read_bytes() == (tmp_path / "two.xpt").read_bytes()


def test_more_records_than_one_block(tmp_path: Path) -> None:
    frame = pd.DataFrame({"AETERM": text(*(f"T{i % 700}" for i in range(25_001))), "AESEQ": number(*range(25_001))})
    write(tmp_path / "ae.xpt", [char(), num()], frame)
    read = back(tmp_path / "ae.xpt")
    assert read["AESEQ"].tolist() == list(range(25_001))
    assert read["AETERM"].tolist() == frame["AETERM"].tolist()


# ------------------------------------------------------------------------------------------------ there and back

ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200).filter(lambda s: not s.endswith(" "))
NUMBER = st.one_of(
    st.none(),
    st.integers(-10_000, 10_000).map(float),
    st.decimals(-1000, 1000, places=3).map(float),
    st.floats(5.4e-79, 7.1e75),
    st.floats(-7.1e75, -5.4e-79),
)


@st.composite
def datasets(draw: st.DrawFn) -> tuple[list[list[Value]], list[int]]:
    """Columns of values, the last one without a missing number, and where to part them."""
    size = draw(st.integers(0, 30))
    columns: list[list[Value]] = []
    for _ in range(draw(st.integers(0, 4))):
        of = draw(st.sampled_from([st.one_of(st.none(), ASCII), ASCII.map(lambda s: s[:3].rstrip()), NUMBER]))
        columns.append(draw(st.lists(of, min_size=size, max_size=size)))
    columns.append([float(i) for i in range(size)])
    return columns, sorted(draw(st.lists(st.integers(0, size), max_size=3)))


@settings(max_examples=150, deadline=None)
@given(datasets())
def test_pyreadstat_reads_back_what_went_in(given_data: tuple[list[list[Value]], list[int]]) -> None:
    columns, cuts = given_data
    size = len(columns[-1])
    variables, made = [], {}
    for i, values in enumerate(columns):
        words = any(isinstance(v, str) for v in values)
        variables.append(XptVariable(f"V{i}", "", "Char" if words else "Num"))
        made[f"V{i}"] = text(*values) if words else number(*values)
    frame = pd.DataFrame(made)
    frames = [frame.iloc[a:b] for a, b in itertools.pairwise([0, *cuts, size])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ae.xpt"
        write(path, variables, *frames)
        read = back(path)
    assert len(read) == size
    for variable, values in zip(variables, columns, strict=True):
        given_back = read[variable.name].tolist()
        if variable.type == "Char":
            assert given_back == [v or "" for v in values]
        else:
            assert [None if math.isnan(v) else v for v in given_back] == values


def test_pandas_reads_the_same_numbers(tmp_path: Path) -> None:
    numbers = [0.1, -118.625, 1e-70, 7.1e75, 1 / 3, None, 0.0, 123456789.125]
    write(
        tmp_path / "ae.xpt",
        [char(), num()],
        pd.DataFrame({"AETERM": text(*["X" * 80] * 8), "AESEQ": number(*numbers)}),
    )
    read = pd.read_sas(tmp_path / "ae.xpt", format="xport", encoding="ascii")
    assert read["AESEQ"].tolist() == pytest.approx(
        [np.nan if n is None else n for n in numbers], rel=1e-15, nan_ok=True
    )


# ------------------------------------------------------------------------------------------------ what it cannot hold

ONE = pd.DataFrame({"AETERM": text("RASH"), "AESEQ": number(1)})


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("ADVERSE_E", "the name ADVERSE_E has 9 characters, and a transport file holds 8"),
        ("ae", "'ae' is not a SAS name"),
        ("1AE", "'1AE' is not a SAS name"),
        ("", "'' is not a SAS name"),
        ("AE-X", "'AE-X' is not a SAS name"),
        ("AE\n", "'AE\\n' is not a SAS name"),
    ],
)
def test_names(tmp_path: Path, name: str, what: str) -> None:
    error = refused(tmp_path / "ae.xpt", [char(name)], pd.DataFrame({name: text("RASH")}))
    assert (error.dataset, error.variable, error.row, error.what) == ("AE", name, None, what)
    with pytest.raises(XptError) as caught:
        write_xpt(tmp_path / "ae.xpt", name, "", [char()], again(ONE), MODIFIED)
    assert (caught.value.dataset, caught.value.variable, caught.value.what) == (name, None, what)


def test_a_name_that_occurs_twice(tmp_path: Path) -> None:
    error = refused(tmp_path / "ae.xpt", [char(), num(), char()], ONE)
    assert str(error) == "dataset AE, variable AETERM: the name occurs twice; rename one of the two variables"


def test_no_variables(tmp_path: Path) -> None:
    assert refused(tmp_path / "ae.xpt", [], ONE).what == "it has no variables"


def test_too_many_variables(tmp_path: Path) -> None:
    error = refused(tmp_path / "ae.xpt", [num(f"V{i}") for i in range(10_000)], ONE)
    assert error.what == "it has 10000 variables, and a transport file holds 9999"


@pytest.mark.parametrize(
    ("label", "what"),
    [
        ("L" * 41, f"the label '{'L' * 40}...' has 41 bytes, and a transport file holds 40"),
        ("Dose (µg)", "the label 'Dose (µg)' holds 'µ' (U+00B5 MICRO SIGN), which is not ASCII"),
        ("Dose\tUnit", "the label 'Dose\\tUnit' holds the control character U+0009"),
        ("Dose ", "the label 'Dose ' ends in a blank, which a transport file cannot tell from padding"),
    ],
)
def test_labels(tmp_path: Path, label: str, what: str) -> None:
    error = refused(tmp_path / "ae.xpt", [char(label=label)], ONE)
    assert (error.dataset, error.variable, error.row, error.what) == ("AE", "AETERM", None, what)
    with pytest.raises(XptError) as caught:
        write_xpt(tmp_path / "ae.xpt", "AE", label, [char()], again(ONE), MODIFIED)
    assert (caught.value.dataset, caught.value.variable, caught.value.what) == ("AE", None, what)


@pytest.mark.parametrize("format", ["DATE9", "date9.", ".", "9", "DATE9.X", "ABCDEFGHI9.", "DATE99999."])
def test_formats(tmp_path: Path, format: str) -> None:
    assert refused(tmp_path / "ae.xpt", [num(format=format)], ONE).what == f"{format!r} is not a SAS format"


def test_formats_go_with_the_type(tmp_path: Path) -> None:
    error = refused(tmp_path / "ae.xpt", [char(format="DATE9.")], ONE)
    assert error.what == "the format DATE9. does not go with the type Char"
    assert refused(tmp_path / "ae.xpt", [num(format="$9.")], ONE).variable == "AESEQ"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("A" * 201, f"the value '{'A' * 40}...' has 201 bytes, and a transport file holds 200"),
        ("10 µg", "the value '10 µg' holds 'µ' (U+00B5 MICRO SIGN), which is not ASCII"),
        ("a\u200bb", "the value 'a\\u200bb' holds '\\u200b' (U+200B ZERO WIDTH SPACE), which is not ASCII"),
        ("two\nlines", "the value 'two\\nlines' holds the control character U+000A"),
        ("nul\0", "the value 'nul\\x00' holds the control character U+0000"),
        ("del\x7f", "the value 'del\\x7f' holds the control character U+007F"),
        ("RASH ", "the value 'RASH ' ends in a blank, which a transport file cannot tell from padding"),
        (" ", "the value ' ' ends in a blank, which a transport file cannot tell from padding"),
    ],
)
def test_values(tmp_path: Path, value: str, what: str) -> None:
    good = pd.DataFrame({"AETERM": text("RASH", None, "FEVER")})
    bad = pd.DataFrame({"AETERM": text("ACNE", value, "Zürich", value)})
    error = refused(tmp_path / "ae.xpt", [char()], good, bad)
    assert (error.dataset, error.variable, error.row, error.what) == ("AE", "AETERM", 4, what)
    assert str(error) == f"dataset AE, variable AETERM, record 5: {what}; {error.remedy}"


def test_a_value_of_200_bytes_is_held(tmp_path: Path) -> None:
    assert write(tmp_path / "ae.xpt", [char()], pd.DataFrame({"AETERM": text("A" * 200)}))[0].length == 200


@pytest.mark.parametrize("value", [7.2e75, -7.2e75, 1e300, math.inf, -math.inf, 5.3e-79, -1e-100, 5e-324])
def test_numbers(tmp_path: Path, value: float) -> None:
    error = refused(tmp_path / "ae.xpt", [num()], pd.DataFrame({"AESEQ": number(1, None, value, value)}))
    assert (error.dataset, error.variable, error.row) == ("AE", "AESEQ", 2)
    assert error.what == f"the number {value} is not 0 and not between 5.4e-79 and 7.2e+75"


def test_columns_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "ae.xpt"
    assert "categorical of str" in refused(path, [char("AESEQ")], ONE).what
    assert "is float64" in refused(path, [num("AETERM")], ONE).what
    assert "categorical of str" in refused(path, [char()], pd.DataFrame({"AETERM": pd.Categorical([1, 2])})).what
    assert refused(path, [char("AEOUT")], ONE).what == "the data have no such column"


# A file does not say how many records it has. With 30 bytes a record, one record leaves 50 bytes of padding.
@pytest.mark.parametrize("width", [1, 30, 79, 80, 81, 200])
def test_last_records_that_are_blank(tmp_path: Path, width: int) -> None:
    frame = pd.DataFrame({"AETERM": text("R" * width, None, None)})
    error = refused(tmp_path / "ae.xpt", [char()], frame)
    assert (error.dataset, error.variable, error.row) == ("AE", None, 2)
    assert error.what == "the last record is blank in every variable, and a reader would take it for padding"


def test_blank_records_before_the_last_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "ae.xpt", [char()], pd.DataFrame({"AETERM": text(None, "R" * 7, None, "X")}))
    assert back(tmp_path / "ae.xpt")["AETERM"].tolist() == ["", "RRRRRRR", "", "X"]


def test_a_missing_number_is_not_blank(tmp_path: Path) -> None:
    write(tmp_path / "ae.xpt", [char(), num()], pd.DataFrame({"AETERM": text("A", None), "AESEQ": number(1, None)}))
    assert len(back(tmp_path / "ae.xpt")) == 2


def test_the_one_number_whose_bytes_are_blanks(tmp_path: Path) -> None:
    blanks = float(0x20202020202020) * 2.0**-56 * 16.0 ** (0x20 - 64)
    error = refused(tmp_path / "ae.xpt", [num()], pd.DataFrame({"AESEQ": number(1, blanks)}))
    assert error.row == 1


# ------------------------------------------------------------------------------------------------ failures


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    calls: list[int] = []

    def parts() -> list[pd.DataFrame]:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return [ONE]

    with pytest.raises(KeyboardInterrupt):
        write_xpt(tmp_path / "ae.xpt", "AE", "", [char()], parts, MODIFIED)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_opened_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ae.xpt").mkdir()
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "ae.xpt", [char()], ONE)
    assert (tmp_path / "ae.xpt").is_dir()


@pytest.mark.parametrize(
    ("second", "what"),
    [
        (text("A LONGER TERM", "FEVER"), "a value is longer than those measured"),
        (text("RASH"), "2 records were measured and 1 given for writing"),
    ],
)
def test_parts_that_change_are_refused(tmp_path: Path, second: "pd.Series[Any]", what: str) -> None:
    given_parts = iter([[pd.DataFrame({"AETERM": text("RASH", "FEVER")})], [pd.DataFrame({"AETERM": second})]])
    with pytest.raises(XptError) as caught:
        write_xpt(tmp_path / "ae.xpt", "AE", "", [char()], lambda: next(given_parts), MODIFIED)
    assert caught.value.what == what
    assert not (tmp_path / "ae.xpt").exists()
