"""What a run wrote, as define.xml needs it: facts of each variable, its values column by column, and measuring them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from define.model import DataType
from specs.model import Dataset
from transforms.columns import Column, Mask, categories_of, format_number, raw_codes

NUMBER = re.compile(r"-?[0-9]+(?:\.([0-9]+))?")
RESULT_NUMBER = re.compile(r" *(?:<=?|>=?)? *[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)? *")
"""A result that is a number, also with a comparator: no term of a codelist."""
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d:\d\d(?:\.\d+)?"
ISO_TYPES: tuple[tuple[DataType, re.Pattern[str]], ...] = (
    ("date", re.compile(_DATE)),
    ("datetime", re.compile(rf"{_DATE}T{_TIME}")),
    ("partialDate", re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")),
    ("time", re.compile(_TIME)),
    ("partialTime", re.compile(r"\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?")),
    ("partialDatetime", re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?)?)?)?")),
    ("durationDatetime", re.compile(r"[-+]?P[^/]+")),
    ("intervalDatetime", re.compile(r"[^/]+/[^/]+")),
)
"""The data types of ISO 8601 texts, narrowest first (Define-XML 2.1, section 4.2.1)."""


@dataclass(frozen=True)
class WrittenVariable:
    """A variable as it stands in the file: ``length`` in bytes, ``digits`` and ``decimals`` of numbers."""

    name: str
    label: str
    type: Literal["Char", "Num"]
    length: int
    format: str
    digits: int | None
    decimals: int | None
    nulls: int
    records: int

    @property
    def empty(self) -> bool:
        """Whether no record has a value."""
        return self.nulls == self.records


@dataclass(frozen=True)
class WrittenDataset:
    """A dataset as it was written, and what the specs or its standard say of it (``spec``).

    ``read`` gives a column; ``origins`` the source of every record, where known: ``source:NAME`` for a raw file, else a
    dataset. ``file`` is the name of the transport file. A dataset without records has no file and no variables.
    """

    spec: Dataset
    file: str
    records: int
    variables: tuple[WrittenVariable, ...]
    read: Callable[[str], Column]
    origins: Column | None = None
    _columns: dict[str, Column] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """The name of the dataset."""
        return self.spec.dataset

    def column(self, name: str) -> Column:
        """The values of a variable in the column contract, read once."""
        if name not in self._columns:
            self._columns[name] = self.read(name)
        return self._columns[name]

    @cached_property
    def names(self) -> dict[str, WrittenVariable]:
        """The variables by name, in order."""
        return {v.name: v for v in self.variables}

    def sources(self, where: Mask | None = None) -> set[str] | None:
        """The sources of (some of) the records; None where they are not known."""
        return None if self.origins is None else set(used(self.origins, where))


@dataclass(frozen=True)
class Measured:
    """What was measured over values: their type, longest, and decimals."""

    data_type: DataType
    length: int
    significant_digits: int | None = None


def used(column: Column, where: Mask | None = None) -> list[str]:
    """The distinct values that a column holds (in some of the rows) as text, sorted; numbers in order of size."""
    if hasattr(column, "cat"):
        codes = raw_codes(column)
        categories = categories_of(column)
        occurs = np.zeros(len(categories) + 1, dtype=np.bool_)
        occurs[codes if where is None else codes[where]] = True
        return sorted(categories[i] for i in np.flatnonzero(occurs[:-1]).tolist())
    values = column.to_numpy(dtype=np.float64)
    values = pd.unique(values if where is None else values[where])
    return [format_number(v) or "" for v in np.sort(values[~np.isnan(values)]).tolist()]


def measure(values: Sequence[str], *, numeric: bool, iso: bool = False) -> Measured:
    """The narrowest data type that holds every value, and its length.

    ``numeric``: of a Num variable; a text is of type integer or float where all its values are plain numbers. Length
    is in bytes for texts; of a Num variable it is the digits before and after the point that hold every value
    (ODM 1.3.2, ItemDef: Length and SignificantDigits).
    """
    longest = max((len(v.encode()) for v in values), default=1)
    if iso:
        return Measured(iso_type(values), longest)
    decimals = decimals_of(values)
    if decimals is None or not values:
        return Measured("integer" if numeric else "text", longest)
    kind: DataType = "float" if decimals else "integer"
    whole = max(len(v.lstrip("-").partition(".")[0]) for v in values)
    return Measured(kind, whole + decimals if numeric else longest, decimals or None)


def decimals_of(values: Iterable[str]) -> int | None:
    """The most decimals of plain numbers; None where a value is no plain number."""
    most = 0
    for value in values:
        match = NUMBER.fullmatch(value)
        if match is None:
            return None
        most = max(most, len(match[1] or ""))
    return most


def iso_type(values: Iterable[str]) -> DataType:
    """The narrowest ISO 8601 data type of some texts; ``incompleteDatetime`` where parts are left out in between."""
    texts = list(values)
    for kind, pattern in ISO_TYPES:
        if all(pattern.fullmatch(v) for v in texts):
            return kind
    return "incompleteDatetime" if all(v[:1].isdigit() or v[:1] == "-" for v in texts) else "text"
