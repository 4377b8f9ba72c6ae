"""Split a transport file that is larger than an agency takes: parts of whole subjects beside the file itself.

The parts are pieces of the same bytes under their own names, so that every part has the widths, labels and values of
the whole. Source: FDA Study Data Technical Conformance Guide, section 3.3.2 (dataset size), and SDTMIG 3.4, section
4.1.7 (splitting domains): at most 5 gigabytes each, in a folder ``split``, together with the file that is not split.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from delivery.xpt_layout import CARD, DESCRIPTOR, XptError
from delivery.xpt_reader import ReadVariable, read_meta

Bytes: TypeAlias = npt.NDArray[np.uint8]

FOLDER = "split"
LONGEST_NAME = 8
BLANK = ord(" ")
SUBJECT = "USUBJID"


def split_xpt(path: Path, limit: int) -> list[Path]:
    """Write the parts of a file that is over ``limit`` bytes into ``split`` beside it; none for a file that is not.

    Parts end between subjects; only a subject that is over the limit alone is split between records. Raises XptError
    where a record alone is over the limit, or there is no name of eight characters left for the parts.
    """
    if path.stat().st_size <= limit:
        return []
    meta, start = read_meta(path)
    length = sum(v.length for v in meta["variables"])
    data = np.memmap(path, dtype=np.uint8, mode="r")
    records = _records(data, start, length)
    head = bytes(data[:start])
    most = (limit - start - CARD) // length
    if most < 1:
        raise XptError(meta["name"], None, None, f"one record is over {limit} bytes", "give a larger limit")
    ends = _ends(data[start : start + records * length].reshape(records, length), meta["variables"], most)
    folder = path.parent / FOLDER
    folder.mkdir(exist_ok=True)
    return [
        _write_part(folder, head, meta["name"], number, len(ends) - 1, data[start + a * length : start + b * length])
        for number, (a, b) in enumerate(itertools.pairwise(ends), start=1)
    ]


def parts_of(path: Path) -> list[Path]:
    """The parts of a file, in order; none of one that is not split."""
    found = [p for p in (path.parent / FOLDER).glob(f"{path.stem}*.xpt") if p.stem.removeprefix(path.stem).isdigit()]
    return sorted(found)


def _records(data: Bytes, start: int, length: int) -> int:
    """How many records there are: what fills the last card is blanks."""
    whole = (len(data) - start) // length
    fewest = (len(data) - start - CARD) // length + 1
    while whole > fewest and (data[start + (whole - 1) * length : start + whole * length] == BLANK).all():
        whole -= 1
    return int(whole)


def _ends(raw: Bytes, variables: list[ReadVariable], most: int) -> list[int]:
    """The first record of each part and the end of the last; a part never ends inside a subject that fits one."""
    subject = next((v for v in variables if v.name == SUBJECT), None)
    changes = np.arange(1, len(raw))
    if subject is not None:
        field = raw[:, subject.position : subject.position + subject.length]
        changes = np.flatnonzero((field[1:] != field[:-1]).any(axis=1)) + 1
    ends = [0]
    while ends[-1] + most < len(raw):
        fitting = changes[(changes > ends[-1]) & (changes <= ends[-1] + most)]
        ends.append(int(fitting[-1]) if len(fitting) else ends[-1] + most)
    return [*ends, len(raw)]


def _write_part(folder: Path, head: bytes, name: str, number: int, parts: int, records: Bytes) -> Path:
    part = f"{name}{number:0{len(str(parts))}d}"
    if len(part) > LONGEST_NAME:
        what = f"{part}, the name of a part, has over {LONGEST_NAME} characters"
        raise XptError(name, None, None, what, "give a larger limit, or split the dataset in the specs")
    path = folder / f"{part.lower()}.xpt"
    with path.open("wb") as file:
        file.write(_renamed(head, name, part))
        file.write(records.data)
        file.write(b" " * (-len(records) % CARD))
    return path


def _renamed(head: bytes, name: str, part: str) -> bytes:
    """The header with another name of the dataset; it stands in the card after that of the descriptor."""
    at = head.index(DESCRIPTOR[:48]) + CARD + 8
    return head[:at] + part.encode("ascii").ljust(LONGEST_NAME) + head[at + LONGEST_NAME :]
