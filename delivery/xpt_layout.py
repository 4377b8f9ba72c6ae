"""The records of a SAS transport file, version 5, apart from the observations; and what describes its variables.

Source: SAS Technical Support document TS-140, "The record layout of a data set in SAS transport (XPORT) format".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CARD = 80
"""Everything in the file comes in records of 80 bytes, filled up with blanks."""
LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000000000000000000000000000000  "
MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!000000000000000001600000000140  "
DESCRIPTOR = b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!000000000000000000000000000000  "
NAMESTR = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000%04d00000000000000000000  "
OBSERVATIONS = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!000000000000000000000000000000  "

VARIABLE = struct.Struct(">4h8s40s8s3h2s8s2hl52x")
"""A NAMESTR: type, hash, length, number, name, label, format, its width, decimals and justification, fill, informat,
its width and decimals, position in the record."""

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FORMAT = re.compile(r"(\$?(?:[A-Z_](?:[A-Z0-9_]*[A-Z_])?)?)(\d*)\.(\d*)")


@dataclass(frozen=True)
class XptVariable:
    """A variable as it shall be written; the format is a SAS format with its point (``DATE9.``, ``8.2``) or empty."""

    name: str
    label: str
    type: Literal["Char", "Num"]
    format: str = ""


@dataclass(frozen=True)
class WrittenVariable:
    """A variable as it was written, and what was measured over all of its values.

    ``length`` is in bytes (8 for Num). ``digits`` is the most digits that a number takes in its shortest decimal
    notation, not counting a zero before the point (12.5: 3, 0.05: 2, 0: 1); ``decimals`` the most after the point.
    Both are None for Char, and for Num without any value.
    """

    name: str
    label: str
    type: Literal["Char", "Num"]
    length: int
    format: str
    digits: int | None
    decimals: int | None
    nulls: int
    records: int


class XptError(ValueError):
    """What the format cannot hold, or a file that is not of the format: where, what, and what to do about it.

    ``row`` counts the records of the dataset from 0; the sentence counts them from 1.
    """

    def __init__(self, dataset: str, variable: str | None, row: int | None, what: str, remedy: str) -> None:
        self.dataset, self.variable, self.row, self.what, self.remedy = dataset, variable, row, what, remedy
        super().__init__(dataset, variable, row, what, remedy)

    def __str__(self) -> str:
        place = f"dataset {self.dataset}"
        place += f", variable {self.variable}" if self.variable is not None else ""
        place += f", record {self.row + 1}" if self.row is not None else ""
        return f"{place}: {self.what}; {self.remedy}"


def parse_format(text: str) -> tuple[str, int, int] | None:
    """The name, width and decimals of a SAS format (``DATE9.`` is DATE, 9, 0), or None if it is not one."""
    if text == "":
        return "", 0, 0
    match = _FORMAT.fullmatch(text)
    if match is None or text == "." or len(match[1]) > 8:
        return None
    width, decimals = int(match[2] or 0), int(match[3] or 0)
    return (match[1], width, decimals) if max(width, decimals) < 1 << 15 else None


def header(
    name: str, label: str, variables: Sequence[XptVariable], lengths: Sequence[int], modified: datetime
) -> bytes:
    """All records of the file before the observations."""
    stamp = f"{modified:%d}{_MONTHS[modified.month - 1]}{modified:%y:%H:%M:%S}"
    system = f"{'9.4':<8}{'':<32}{stamp}"
    return b"".join(
        (
            LIBRARY,
            f"{'SAS':<8}{'SAS':<8}{'SASLIB':<8}{system}{stamp:<80}".encode("ascii"),
            MEMBER,
            DESCRIPTOR,
            f"{'SAS':<8}{name:<8}{'SASDATA':<8}{system}{stamp:<32}{label:<40}{'':<8}".encode("ascii"),
            NAMESTR % len(variables),
            filled(b"".join(_namestrs(variables, lengths))),
            OBSERVATIONS,
        )
    )


def filled(content: bytes) -> bytes:
    """The content filled up with blanks to whole records of 80 bytes."""
    return content + b" " * padding(len(content))


def padding(size: int) -> int:
    """How many blanks fill so many bytes up to whole records of 80 bytes."""
    return -size % CARD


def _namestrs(variables: Sequence[XptVariable], lengths: Sequence[int]) -> list[bytes]:
    result, position = [], 0
    for number, (variable, length) in enumerate(zip(variables, lengths, strict=True), start=1):
        name, width, decimals = parse_format(variable.format) or ("", 0, 0)
        kind = 1 if variable.type == "Num" else 2
        texts = (_blank_filled(variable.name, 8), _blank_filled(variable.label, 40), _blank_filled(name, 8))
        result.append(VARIABLE.pack(kind, 0, length, number, *texts, width, decimals, 0, b"", b" " * 8, 0, 0, position))
        position += length
    return result


def _blank_filled(text: str, size: int) -> bytes:
    return text.encode("ascii").ljust(size)
