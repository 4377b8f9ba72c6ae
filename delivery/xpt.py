"""Write a dataset as a SAS transport file, version 5: whole columns at a time, widths measured, no clock.

The data are passed over twice, once to measure and check, once to write, a part at a time; so memory is bounded by the
largest part. Whatever the format cannot hold is an ``XptError`` before or instead of a file, never a changed value.
Source: SAS Technical Support document TS-140; the limits of names, labels and values: FDA Study Data Technical
Conformance Guide, section 3.3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from delivery.decimals import digits_and_decimals
from delivery.ibm_float import LARGEST, SMALLEST, beyond_ibm, to_ibm
from delivery.xpt_layout import WrittenVariable, XptError, XptVariable, header, padding, parse_format

Parts: TypeAlias = Callable[[], Iterable[pd.DataFrame]]

LONGEST_NAME = 8
LONGEST_LABEL = 40
LONGEST_VALUE = 200
MOST_VARIABLES = 9999
BLOCK = 12_000
"""Records that are laid out at once: enough for whole-column speed, few enough to stay in the processor's cache."""

_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


def write_xpt(
    path: Path, name: str, label: str, variables: Sequence[XptVariable], parts: Parts, modified: datetime
) -> list[WrittenVariable]:
    """Write a dataset to a transport file and say what was written, variable by variable.

    ``parts`` is called twice and gives the frames of the dataset in order, the same both times. Text columns are
    categoricals of str, number columns float64, missing is NaN; columns that are not among ``variables`` stay out.
    ``modified`` is the time stamp of the file, as created and as modified. An empty text is a missing one.

    Raises XptError, and leaves no file, for what the format cannot hold or give back: names that are not up to 8 of
    A-Z, 0-9 and _, labels over 40 bytes, values over 200, characters outside printable ASCII, trailing blanks, numbers
    outside the IBM range, and last records that are blank throughout (a reader takes them for padding).
    """
    _check_description(name, label, variables)
    measured = [_Measured(name, variable) for variable in variables]
    _measure(name, measured, parts())
    written = [m.result() for m in measured]
    file = path.open("wb")  # before the try: a file that cannot be opened is not ours to remove
    try:
        with file:
            file.write(header(name, label, variables, [w.length for w in written], modified))
            _write_records(file, name, written, parts())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return written


def _check_description(name: str, label: str, variables: Sequence[XptVariable]) -> None:
    _check_name(name, None, name)
    _check_label(name, None, label)
    if not variables:
        raise XptError(name, None, None, "it has no variables", "map at least one variable, or leave the dataset out")
    if len(variables) > MOST_VARIABLES:
        what = f"it has {len(variables)} variables, and a transport file holds {MOST_VARIABLES}"
        raise XptError(name, None, None, what, "split the dataset")
    seen: set[str] = set()
    for variable in variables:
        _check_name(name, variable.name, variable.name)
        if variable.name in seen:
            raise XptError(name, variable.name, None, "the name occurs twice", "rename one of the two variables")
        seen.add(variable.name)
        _check_label(name, variable.name, variable.label)
        _check_format(name, variable)


def _check_name(dataset: str, variable: str | None, name: str) -> None:
    if len(name) > LONGEST_NAME:
        what = f"the name {name} has {len(name)} characters, and a transport file holds {LONGEST_NAME}"
        raise XptError(dataset, variable, None, what, "shorten it")
    if not _NAME.fullmatch(name):
        remedy = "use the capital letters A to Z, digits and _, and no digit in front"
        raise XptError(dataset, variable, None, f"{name!r} is not a SAS name", remedy)


def _check_label(dataset: str, variable: str | None, label: str) -> None:
    wrong = _wrong_text(label, LONGEST_LABEL)
    if wrong is not None:
        raise XptError(dataset, variable, None, f"the label {_shown(label)} {wrong[0]}", wrong[1])


def _check_format(dataset: str, variable: XptVariable) -> None:
    parsed = parse_format(variable.format)
    if parsed is None:
        what, remedy = f"{variable.format!r} is not a SAS format", "write it with its width and point, as DATE9. or 8.2"
        raise XptError(dataset, variable.name, None, what, remedy)
    if variable.format and parsed[0].startswith("$") != (variable.type == "Char"):
        what = f"the format {variable.format} does not go with the type {variable.type}"
        raise XptError(dataset, variable.name, None, what, "formats of text start with $, those of numbers do not")


def _wrong_text(text: str, longest: int) -> tuple[str, str] | None:
    """What a transport file cannot hold of a text, and the remedy; None if it holds it all."""
    for character in text:
        code = f"U+{ord(character):04X}"
        if not character.isascii():
            named = f"{character!r} ({code} {unicodedata.name(character, '')}".rstrip() + ")"
            return f"holds {named}, which is not ASCII", "transliterate it"
        if not character.isprintable():
            return f"holds the control character {code}", "replace it, by a blank for example"
    if len(text) > longest:
        return f"has {len(text)} bytes, and a transport file holds {longest}", "shorten it, or split it"
    if text.endswith(" "):
        return "ends in a blank, which a transport file cannot tell from padding", "trim it"
    return None


def _shown(text: str) -> str:
    return repr(text if len(text) <= LONGEST_LABEL else text[:LONGEST_LABEL] + "...")


@dataclass
class _Measured:
    """What has been seen of a variable so far."""

    dataset: str
    variable: XptVariable
    width: int = 1
    digits: int | None = None
    decimals: int | None = None
    nulls: int = 0
    records: int = 0

    def add(self, column: pd.Series[Any]) -> None:
        """Check and measure the values of one more part."""
        if self.variable.type == "Char":
            texts, codes = _texts(self.dataset, self.variable.name, column, self.records)
            self.width = max(self.width, *map(len, texts))
            self.nulls += int(np.count_nonzero(codes < 0))
        else:
            values = _numbers(self.dataset, self.variable.name, column, self.records)
            present = values[~np.isnan(values)]
            self.nulls += len(values) - len(present)
            if len(present):
                digits, decimals = digits_and_decimals(present)
                self.digits, self.decimals = max(self.digits or 0, digits), max(self.decimals or 0, decimals)
        self.records += len(column)

    def result(self) -> WrittenVariable:
        v = self.variable
        length = self.width if v.type == "Char" else 8
        return WrittenVariable(
            v.name, v.label, v.type, length, v.format, self.digits, self.decimals, self.nulls, self.records
        )


def _measure(dataset: str, measured: list[_Measured], parts: Iterable[pd.DataFrame]) -> None:
    for part in parts:
        for m in measured:
            m.add(_column(dataset, m.variable.name, part))


def _column(dataset: str, variable: str, part: pd.DataFrame) -> pd.Series[Any]:
    if variable not in part.columns:
        raise XptError(dataset, variable, None, "the data have no such column", "compute it, or leave the variable out")
    column: pd.Series[Any] = part[variable]
    return column


def _texts(dataset: str, variable: str, column: pd.Series[Any], before: int) -> tuple[list[str], npt.NDArray[Any]]:
    """The checked text of each category that occurs ("" for others), a last "" for missing, and the rows' codes."""
    if not isinstance(column.dtype, pd.CategoricalDtype) or not _of_text(column.dtype.categories):
        what = f"a Char variable is a categorical of str, and this column is {column.dtype}"
        raise XptError(dataset, variable, None, what, "make it a text column, or the variable Num")
    codes = column.cat.codes.to_numpy()
    texts: list[str] = column.cat.categories.tolist()
    if "" in texts:
        codes = np.where(codes == texts.index(""), -1, codes)
    occurs = np.zeros(len(texts) + 1, dtype=np.bool_)
    occurs[codes] = True
    if not occurs[:-1].all():
        texts = [t if used else "" for t, used in zip(texts, occurs[:-1].tolist(), strict=True)]
    if not _all_right(texts):
        _raise_first_wrong(dataset, variable, texts, codes, before)
    return [*texts, ""], codes


def _of_text(categories: pd.Index[Any]) -> bool:
    return len(categories) == 0 or categories.dtype == "str"


def _all_right(texts: list[str]) -> bool:
    """Whether ``_wrong_text`` has nothing to say of any text; asked of all at once, for speed."""
    joined = "".join(texts)
    if not joined.isascii() or not joined.isprintable():
        return False
    return max(map(len, texts), default=0) <= LONGEST_VALUE and " \n" not in "\n".join([*texts, ""])


def _raise_first_wrong(dataset: str, variable: str, texts: list[str], codes: npt.NDArray[Any], before: int) -> None:
    wrong = {code: found for code, text in enumerate(texts) if (found := _wrong_text(text, LONGEST_VALUE)) is not None}
    row = int(np.isin(codes, list(wrong)).argmax())
    what, remedy = wrong[int(codes[row])]
    raise XptError(dataset, variable, before + row, f"the value {_shown(texts[int(codes[row])])} {what}", remedy)


def _numbers(dataset: str, variable: str, column: pd.Series[Any], before: int) -> npt.NDArray[np.float64]:
    if column.dtype != np.float64:
        what = f"a Num variable is float64, and this column is {column.dtype}"
        raise XptError(dataset, variable, None, what, "make it a number column, or the variable Char")
    values = column.to_numpy()
    wrong = beyond_ibm(values)
    if wrong.any():
        row = int(wrong.argmax())
        what = f"the number {values[row]} is not 0 and not between {SMALLEST} and {LARGEST}"
        raise XptError(dataset, variable, before + row, what, "correct it, change its unit, or leave it missing")
    return values


def _write_records(file: BinaryIO, dataset: str, written: list[WrittenVariable], parts: Iterable[pd.DataFrame]) -> None:
    expected = written[0].records
    records, last = 0, b""
    for part in parts:
        for block in _blocks(dataset, written, part, records):
            content = block.tobytes()
            file.write(content)
            records += len(block)
            last = content[-block.itemsize :]
    if records != expected:
        raise _changed(dataset, None, f"{expected} records were measured and {records} given for writing")
    if last and not last.strip(b" "):
        # Nothing in the file says how many records it has. Below 80 bytes nobody can tell such a record from the
        # padding; above, readers built on ReadStat (pyreadstat, R haven) drop it all the same.
        what = "the last record is blank in every variable, and a reader would take it for padding"
        raise XptError(dataset, None, records - 1, what, "leave it out, or give every record a value, as STUDYID")
    file.write(b" " * padding(records * sum(w.length for w in written)))


def _blocks(
    dataset: str, written: list[WrittenVariable], part: pd.DataFrame, before: int
) -> Iterator[npt.NDArray[np.void]]:
    """The records of one part, laid out as in the file, some thousands at a time."""
    layout = np.dtype([(w.name, f"S{w.length}" if w.type == "Char" else ">u8") for w in written])
    texts, numbers = {}, {}
    for w in written:
        column = _column(dataset, w.name, part)
        if w.type == "Char":
            texts[w.name] = _fixed_width(dataset, w, column, before)
        else:
            numbers[w.name] = _numbers(dataset, w.name, column, before)
    for start in range(0, len(part), BLOCK):
        rows = slice(start, min(start + BLOCK, len(part)))
        block = np.empty(rows.stop - rows.start, dtype=layout)
        for name, (values, codes) in texts.items():
            block[name] = values[codes[rows]]
        for name, doubles in numbers.items():
            block[name] = to_ibm(doubles[rows])
        yield block


def _fixed_width(
    dataset: str, variable: WrittenVariable, column: pd.Series[Any], before: int
) -> tuple[npt.NDArray[np.bytes_], npt.NDArray[Any]]:
    """The categories of a column filled up with blanks, a blank last one (so that code -1 takes it), and the codes."""
    texts, codes = _texts(dataset, variable.name, column, before)
    if max(map(len, texts)) > variable.length:
        raise _changed(dataset, variable.name, "a value is longer than those measured")
    content = "".join(text.ljust(variable.length) for text in texts).encode("ascii")
    return np.frombuffer(content, dtype=f"S{variable.length}"), codes


def _changed(dataset: str, variable: str | None, what: str) -> XptError:
    return XptError(dataset, variable, None, what, "give the same parts when they are asked for a second time")


__all__ = [
    "Parts",
    "WrittenVariable",
    "XptError",
    "XptVariable",
    "write_xpt",
]
