"""Dataset-JSON 1.1: valid, the values of the XPT, dates as ISO 8601, and the same bytes however the parts are cut."""

from __future__ import annotations

import json
import math
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.dataset_json import About, write_dataset_json
from delivery.xpt import XptVariable, write_xpt
from delivery.xpt_reader import read_xpt
from pipeline.run import RunOptions, run

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((Path(__file__).parent / "dataset_json_1_1.json").read_text(encoding="utf-8"))
ABOUT = About("S-1", "AE", "Adverse Events", "2026-03-31T00:00:00", ("USUBJID", "AESEQ"), metadata="../define.xml")
CHAR = XptVariable("USUBJID", "Unique Subject Identifier", "Char")
NUM = XptVariable("AESEQ", "Sequence Number", "Num")
MODIFIED = datetime(2026, 3, 31)


def text(*values: str | None) -> pd.Series[Any]:
    return pd.Series(pd.Categorical(pd.Series(values, dtype="str")))


def number(*values: float | None) -> pd.Series[Any]:
    return pd.Series([np.nan if v is None else v for v in values], dtype="float64")


def written(folder: Path, variables: list[XptVariable], *parts: pd.DataFrame) -> dict[str, Any]:
    measured = write_xpt(folder / "ae.xpt", "AE", "Adverse Events", variables, lambda: parts, MODIFIED)
    write_dataset_json(folder / "ae.json", ABOUT, measured, lambda: parts)
    found: dict[str, Any] = json.loads((folder / "ae.json").read_text(encoding="utf-8"))
    jsonschema.validate(found, SCHEMA)
    return found


def test_what_is_said_of_the_dataset(tmp_path: Path) -> None:
    found = written(tmp_path, [CHAR, NUM], pd.DataFrame({"USUBJID": text("S-1-01", "S-1-2"), "AESEQ": number(1, 2)}))
    assert {k: v for k, v in found.items() if k != "sourceSystem"} == {
        "datasetJSONCreationDateTime": "2026-03-31T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "fileOID": "S-1.AE",
        "originator": "S-1",
        "studyOID": "S-1",
        "metaDataRef": "../define.xml",
        "itemGroupOID": "IG.AE",
        "records": 2,
        "name": "AE",
        "label": "Adverse Events",
        "columns": [
            {
                "itemOID": "IT.AE.USUBJID",
                "name": "USUBJID",
                "label": "Unique Subject Identifier",
                "dataType": "string",
                "length": 6,
                "keySequence": 1,
            },
            {
                "itemOID": "IT.AE.AESEQ",
                "name": "AESEQ",
                "label": "Sequence Number",
                "dataType": "integer",
                "keySequence": 2,
            },
        ],
        "rows": [["S-1-01", 1], ["S-1-2", 2]],
    }


def test_missing_is_null_and_decimals_stay(tmp_path: Path) -> None:
    frame = pd.DataFrame({"USUBJID": text("a", None, 'say "x"\\'), "AESEQ": number(0.1, None, -1200)})
    found = written(tmp_path, [CHAR, NUM], frame)
    assert found["rows"] == [["a", 0.1], [None, None], ['say "x"\\', -1200]]
    assert found["columns"][1]["dataType"] == "float"


@pytest.mark.parametrize(
    ("display", "value", "kind", "shown"),
    [
        ("DATE9.", 24196.0, "date", "2026-03-31"),
        ("E8601DA.", -1.0, "date", "1959-12-31"),
        ("DATETIME20.", 24196 * 86400 + 29109.0, "datetime", "2026-03-31T08:05:09"),
        ("E8601DT.", 0.5, "datetime", "1960-01-01T00:00:00.500000"),
        ("TIME8.", 29109.0, "time", "08:05:09"),
        ("TIME8.", 90000.0, "time", "25:00:00"),
    ],
)
def test_numeric_dates_are_iso_8601(tmp_path: Path, display: str, value: float, kind: str, shown: str) -> None:
    variable = XptVariable("ADT", "Analysis Date", "Num", display)
    found = written(tmp_path, [CHAR, variable], pd.DataFrame({"USUBJID": text("a", "b"), "ADT": number(value, None)}))
    assert found["rows"] == [["a", shown], ["b", None]]
    column = found["columns"][1]
    assert (column["dataType"], column["targetDataType"], column["displayFormat"]) == (kind, "integer", display)


def test_the_dataset_may_come_in_parts(tmp_path: Path) -> None:
    whole = pd.DataFrame({"USUBJID": text("a", "b", "c"), "AESEQ": number(1, 2, 3)})
    one = pd.DataFrame({"USUBJID": text("a"), "AESEQ": number(1)})
    two = pd.DataFrame({"USUBJID": text("b", "c"), "AESEQ": number(2, 3)})
    empty = pd.DataFrame({"USUBJID": text(), "AESEQ": number()})
    written(tmp_path, [CHAR, NUM], whole)
    expected = (tmp_path / "ae.json").read_bytes()
    written(tmp_path, [CHAR, NUM], empty, one, empty, two)
    assert (tmp_path / "ae.json").read_bytes() == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)),
            st.one_of(st.none(), st.floats(-1e15, 1e15).filter(lambda v: v == 0 or abs(v) > 1e-60)),
        ),
        min_size=1,
    )
)
def test_the_values_are_those_of_the_xpt(rows: list[tuple[str | None, float | None]]) -> None:
    frame = pd.DataFrame({"USUBJID": text("x", *(t for t, _ in rows)), "AESEQ": number(1, *(v for _, v in rows))})
    with tempfile.TemporaryDirectory() as folder:
        found = written(Path(folder), [CHAR, NUM], frame.iloc[::-1].reset_index(drop=True))
        assert found["rows"] == as_json(read_xpt(Path(folder) / "ae.xpt")[1])


def as_json(frame: pd.DataFrame) -> list[list[Any]]:
    """The records of an XPT as JSON would say them."""
    columns = [frame[c].tolist() for c in frame.columns]
    return [[None if isinstance(v, float) and math.isnan(v) else v for v in row] for row in zip(*columns, strict=True)]


def test_every_dataset_of_a_run_has_its_json_with_the_values_of_the_xpt(tmp_path: Path) -> None:
    delivery = run(RunOptions(str(ROOT / "docs" / "examples" / "hyp01"), out=tmp_path)).delivery
    assert delivery is not None
    transports = sorted(delivery.glob("m5/**/*.xpt"))
    assert [p.stem for p in sorted(delivery.glob("json/*"))] == [p.stem for p in transports] == ["dm", "vs"]
    for path in transports:
        found = json.loads((delivery / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        jsonschema.validate(found, SCHEMA)
        meta, frame = read_xpt(path)
        assert [(c["name"], c["label"]) for c in found["columns"]] == [(v.name, v.label) for v in meta["variables"]]
        assert found["rows"] == as_json(frame)
        assert found["records"] == len(frame)
        assert (delivery / "json" / found["metaDataRef"]).resolve().parent == path.parent.resolve()
