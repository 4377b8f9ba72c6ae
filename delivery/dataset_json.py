"""Write a dataset as Dataset-JSON 1.1: the columns of the XPT, a part at a time, without a clock.

Numbers that a SAS format shows as dates or times are written as ISO 8601 text with ``targetDataType`` integer; all
other values are those of the XPT. Rows are put together as whole columns of text, never record by record.
Source: CDISC Dataset-JSON Specification 1.1, sections "Top-level Metadata Attributes" to "Row Data".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from delivery.xpt_layout import WrittenVariable, parse_format
from transforms.columns import categories_of, raw_codes

VERSION = "1.1.0"
SYSTEM = {"name": "Cutline", "version": "1"}
EPOCH = datetime(1960, 1, 1)
"""Day 0 of SAS dates, and second 0 of SAS date-times."""
KINDS: dict[str, Literal["date", "datetime", "time"]] = {
    **dict.fromkeys(("DATE", "YYMMDD", "MMDDYY", "DDMMYY", "E8601DA", "B8601DA", "IS8601DA"), "date"),
    **dict.fromkeys(("DATETIME", "E8601DT", "B8601DT", "IS8601DT"), "datetime"),
    **dict.fromkeys(("TIME", "E8601TM", "B8601TM", "IS8601TM", "TOD", "HHMM"), "time"),
}
LARGEST_INTEGER = 2.0**53
BLOCK = 50_000
"""Rows that are put together at once."""
_Cells: TypeAlias = tuple[pa.Array, npt.NDArray[np.int64]]


@dataclass(frozen=True)
class About:
    """What a file says of its dataset beside the columns; ``metadata`` is the define.xml, relative to the file."""

    study: str
    name: str
    label: str
    created: str
    keys: Sequence[str] = ()
    metadata_oid: str = ""
    metadata: str = ""


def write_dataset_json(
    path: Path, about: About, variables: Sequence[WrittenVariable], parts: Callable[[], Iterable[pd.DataFrame]]
) -> None:
    """Write all parts to one file, in their order; the columns and their facts are those that the XPT was given."""
    columns = [_column(about, variable) for variable in variables]
    head = {
        "datasetJSONCreationDateTime": about.created,
        "datasetJSONVersion": VERSION,
        "fileOID": f"{about.study}.{about.name}",
        "originator": about.study,
        "sourceSystem": SYSTEM,
        "studyOID": about.study,
        "metaDataVersionOID": about.metadata_oid,
        "metaDataRef": about.metadata,
        "itemGroupOID": f"IG.{about.name}",
        "records": variables[0].records if variables else 0,
        "name": about.name,
        "label": about.label,
        "columns": columns,
    }
    opening = json.dumps({k: v for k, v in head.items() if v != ""}, ensure_ascii=False, indent=1)
    with path.open("wb") as file:
        file.write(opening.removesuffix("\n}").encode() + b',\n "rows": [')
        first = True
        for part in parts():
            first = _write_rows(file, part, variables, first=first)
        file.write(b"\n]}\n")


def _column(about: About, variable: WrittenVariable) -> dict[str, Any]:
    kind = data_type(variable)
    found: dict[str, Any] = {
        "itemOID": f"IT.{about.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": kind,
    }
    if kind in ("date", "datetime", "time"):
        found["targetDataType"] = "integer"
    if variable.type == "Char":
        found["length"] = variable.length
    if variable.format:
        found["displayFormat"] = variable.format
    if variable.name in about.keys:
        found["keySequence"] = list(about.keys).index(variable.name) + 1
    return found


def data_type(variable: WrittenVariable) -> str:
    """The dataType of a column; Char is string, since ISO 8601 texts may be incomplete dates."""
    if variable.type == "Char":
        return "string"
    name, _, _ = parse_format(variable.format) or ("", 0, 0)
    if name in KINDS and (KINDS[name] != "date" or not variable.decimals):
        return KINDS[name]
    return "integer" if variable.decimals == 0 else "float"


def _write_rows(file: BinaryIO, part: pd.DataFrame, variables: Sequence[WrittenVariable], *, first: bool) -> bool:
    """Write the rows of a part; gives whether the next row will be the first of the file."""
    cells = _combined([_cells(part[v.name], v) for v in variables], len(part))
    for start in range(0, len(part), BLOCK):
        block = [texts.take(pa.array(codes[start : start + BLOCK])) for texts, codes in cells]
        rows = pc.binary_join_element_wise(*block, _text(","))
        rows = pc.binary_join_element_wise(_text("\n["), rows, _text("]"), _text(""))
        whole = pc.binary_join(pa.LargeListArray.from_arrays(pa.array([0, len(rows)], pa.int64()), rows), _text(","))
        file.write((b"" if first else b",") + whole[0].as_buffer())
        first = False
    return first


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, pa.large_string())


def _combined(cells: list[_Cells], size: int) -> list[_Cells]:
    """Neighbours with few combinations of values as one column of joined texts: less is left to join in every row."""
    found: list[_Cells] = []
    few = size // 8
    for texts, codes in cells:
        if found and max(len(texts), len(found[-1][0])) <= few:
            before, other = found[-1]
            pair, distinct = pd.factorize(other * len(texts) + codes)
            if len(distinct) <= few:
                left, right = np.divmod(distinct, len(texts))
                joined = pc.binary_join_element_wise(before.take(left), texts.take(right), _text(","))
                found[-1] = joined, pair
                continue
        found.append((texts, codes))
    return found


def _cells(column: pd.Series[Any], variable: WrittenVariable) -> _Cells:
    """A column as JSON texts, one for each distinct value, and the place of each row's text."""
    if variable.type == "Char":
        texts = [json.dumps(t, ensure_ascii=False) for t in categories_of(column)]
        codes = raw_codes(column)
    else:
        codes, values = pd.factorize(column.to_numpy())
        texts = _number_texts(values, data_type(variable))
    return pa.array([*texts, "null"], pa.large_string()), np.where(codes < 0, len(texts), codes)


def _number_texts(values: npt.NDArray[np.float64], kind: str) -> list[str]:
    if kind in ("date", "datetime", "time"):
        return [f'"{_moment(v, kind)}"' for v in values.tolist()]
    return [_number(v) for v in values.tolist()]


def _number(value: float) -> str:
    """The shortest text that gives the number back; a whole number without a point."""
    return str(int(value)) if value.is_integer() and abs(value) < LARGEST_INTEGER else repr(value)


def _moment(value: float, kind: str) -> str:
    """A SAS date, date-time or time (days or seconds) in ISO 8601."""
    if np.isnan(value):
        return ""
    if kind == "date":
        return (EPOCH + timedelta(days=value)).date().isoformat()
    if kind == "datetime":
        return (EPOCH + timedelta(seconds=value)).isoformat()
    minutes, seconds = divmod(abs(value), 60)
    hours, minutes = divmod(int(minutes), 60)
    shown = f"{int(seconds):02d}" if seconds.is_integer() else f"{seconds:09.6f}".rstrip("0")
    return f"{'-' if value < 0 else ''}{hours:02d}:{minutes:02d}:{shown}"


__all__ = ["About", "data_type", "write_dataset_json"]
