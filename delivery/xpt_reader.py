"""Read a SAS transport file, version 5, into columns of ours: to verify what we wrote, and as a source.

Source: SAS Technical Support document TS-140, "The record layout of a data set in SAS transport (XPORT) format".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from delivery.ibm_float import from_ibm
from delivery.xpt_layout import CARD, DESCRIPTOR, LIBRARY, MEMBER, NAMESTR, OBSERVATIONS, VARIABLE, XptError, padding

_MARK = 48
"""What names a header record; the figures after it differ between systems."""
BLOCK = 50 * CARD
"""Records that are taken apart at once."""
LONGEST_HEADER = 10 * CARD + 10_000 * 140
"""Bytes that hold the header of any file: up to 9,999 variables of 140 bytes."""


@dataclass(frozen=True)
class ReadVariable:
    """A variable as the file describes it; ``length`` in bytes (2 to 8 for Num), the format with its point or empty."""

    name: str
    label: str
    type: Literal["Char", "Num"]
    format: str
    length: int
    position: int


class XptMeta(TypedDict):
    """What a transport file says of its dataset; the time stamps are as written (``31MAR26:00:00:00``)."""

    name: str
    label: str
    created: str
    modified: str
    variables: list[ReadVariable]


def read_xpt(path: Path, encoding: str = "utf-8") -> tuple[XptMeta, pd.DataFrame]:
    """The description and the data of a transport file: text as categoricals of str, numbers as float64.

    Blank text and the SAS missing values ('.', '._', '.A' to '.Z') are missing; trailing blanks are padding. Dates stay
    the numbers that SAS keeps them as; the format says which they are. Where the records are shorter than 80 bytes,
    blank ones at the end that may be padding are taken for padding.

    Raises XptError for a file that is not of version 5, holds several datasets, is cut short, or holds bytes that are
    not of the encoding.
    """
    with path.open("rb") as file:
        cards = _Cards(path.name, file.read(LONGEST_HEADER))
        meta = _meta(cards, encoding)
        file.seek(cards.position)
        variables = meta["variables"]
        pieces: list[list[Any]] = [[] for _ in variables]
        records = 0
        for block in _blocks(file, cards, sum(v.length for v in variables)):
            records += len(block)
            for variable, found in zip(variables, pieces, strict=True):
                field = block[:, variable.position : variable.position + variable.length]
                found.append(_numbers(field) if variable.type == "Num" else _packed(field).dictionary_encode())
    columns = {
        v.name: pd.Series(np.concatenate(found)) if v.type == "Num" else _texts(meta["name"], v.name, found, encoding)
        for v, found in zip(variables, pieces, strict=True)
    }
    return meta, pd.DataFrame(columns, index=pd.RangeIndex(records))


def read_meta(path: Path, encoding: str = "utf-8") -> tuple[XptMeta, int]:
    """The description alone, and at which byte the records start. Raises XptError as ``read_xpt`` does."""
    with path.open("rb") as file:
        cards = _Cards(path.name, file.read(LONGEST_HEADER))
    return _meta(cards, encoding), cards.position


class _Cards:
    """The bytes of a file, read from the front."""

    def __init__(self, file: str, content: bytes) -> None:
        self.file, self.content, self.position = file, content, 0

    def take(self, size: int) -> bytes:
        taken = self.content[self.position : self.position + size]
        if len(taken) < size:
            raise self.error("it ends within its header", "have it delivered again; the transfer may have been cut off")
        self.position += size
        return taken

    def expect(self, card: bytes) -> bytes:
        taken = self.take(CARD)
        if taken[:_MARK] == card[:_MARK]:
            return taken
        if taken.startswith((b"HEADER RECORD*******LIBV8", b"HEADER RECORD*******MEMBV8")):
            raise self.error("it is a transport file of version 8", "have it written as version 5 (SAS XPORT engine)")
        if taken.startswith(b"**COMPRESSED**"):
            raise self.error("it is a file of PROC CPORT", "have it written with the XPORT engine instead")
        wanted = card[:_MARK].decode("ascii").strip("!")
        raise self.error(f"it has no {wanted!r} where one must be", "check that it is a SAS transport file")

    def error(self, what: str, remedy: str) -> XptError:
        return XptError(self.file, None, None, what, remedy)


def _meta(cards: _Cards, encoding: str) -> XptMeta:
    cards.expect(LIBRARY)
    cards.take(2 * CARD)
    size = cards.expect(MEMBER)[74:78]
    cards.expect(DESCRIPTOR)
    first, second = cards.take(CARD), cards.take(CARD)
    count = cards.expect(NAMESTR)[54:58]
    if not (size.isdigit() and count.isdigit()) or int(size) < VARIABLE.size - 52:
        raise cards.error("its header gives no number of variables", "check that it is a SAS transport file")
    each, number = int(size), int(count)
    described = cards.take(each * number)
    cards.take(padding(each * number))
    cards.expect(OBSERVATIONS)
    variables = [_variable(described[i * each : (i + 1) * each], encoding) for i in range(number)]
    if not variables or any(v.length < 1 or (v.type == "Num" and v.length > 8) for v in variables):
        raise cards.error("its header describes no variables, or impossible ones", "have it delivered again")
    return {
        "name": _label(first[8:16], encoding),
        "label": _label(second[32:72], encoding),
        "created": _label(first[64:80], encoding),
        "modified": _label(second[:16], encoding),
        "variables": variables,
    }


def _variable(described: bytes, encoding: str) -> ReadVariable:
    kind, _, length, _, name, label, form, width, decimals, _, _, _, _, _, position = VARIABLE.unpack(
        described[: VARIABLE.size].ljust(VARIABLE.size)
    )
    form = _label(form, encoding)
    if form or width:
        form += f"{width or ''}.{decimals or ''}"
    names = _label(name, encoding), _label(label, encoding)
    return ReadVariable(*names, "Num" if kind == 1 else "Char", form, length, position)


def _label(content: bytes, encoding: str) -> str:
    return content.decode(encoding, errors="replace").rstrip(" \0")


def _blocks(file: BinaryIO, cards: _Cards, length: int) -> Iterator[npt.NDArray[np.uint8]]:
    """The records as rows of bytes, some thousands at a time, so that a block stays in the processor's cache.

    A block is a whole number of cards. The last one is longer than the others, so that all padding is in it.
    """
    size = BLOCK * length
    ahead = file.read(size)
    while len(following := file.read(size)) == size:
        _refuse_second_member(cards, ahead)
        yield _records(ahead, length)
        ahead = following
    whole = ahead + following
    count, left = divmod(len(whole), length)
    _refuse_second_member(cards, whole)
    if len(whole) % CARD or whole[count * length :].strip(b" \0"):
        what = "it ends within a record"
        raise cards.error(what, "have it delivered again; the transfer may have been cut off")
    raw = _records(whole[: len(whole) - left], length)
    if length < CARD:
        fewest = (len(whole) - CARD) // length + 1 if whole else 0
        while count > fewest and (raw[count - 1] == ord(" ")).all():
            count -= 1
    yield raw[:count]


def _records(content: bytes, length: int) -> npt.NDArray[np.uint8]:
    return np.frombuffer(content, dtype=np.uint8).reshape(-1, length)


def _refuse_second_member(cards: _Cards, content: bytes) -> None:
    found = content.find(MEMBER[:_MARK])
    while found >= 0:
        if found % CARD == 0:
            raise cards.error("it holds more than one dataset", "have one file delivered for each dataset")
        found = content.find(MEMBER[:_MARK], found + 1)


def _numbers(field: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    whole = np.zeros((len(field), 8), dtype=np.uint8)
    whole[:, : field.shape[1]] = field
    return from_ibm(whole.view(">u8").ravel().astype(np.uint64))


def _packed(field: npt.NDArray[np.uint8]) -> pa.FixedSizeBinaryArray:
    content = pa.py_buffer(np.ascontiguousarray(field))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(field.shape[1]), len(field), [None, content])


def _texts(dataset: str, variable: str, blocks: list[pa.DictionaryArray], encoding: str) -> pd.Series[Any]:
    """A text column; Arrow found the distinct values of each block, each is decoded once."""
    encoded = pa.chunked_array(blocks).unify_dictionaries()
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
    texts = []
    for code, content in enumerate(encoded.chunk(0).dictionary.to_pylist()):
        try:
            texts.append(content.decode(encoding).rstrip(" \0"))
        except UnicodeDecodeError as error:
            row = int((codes == code).argmax())
            what = f"the bytes {content.rstrip()!r} are not {encoding} (byte {error.start + 1})"
            raise XptError(dataset, variable, row, what, "declare the encoding of the source") from error
    categories = sorted({t for t in texts if t})
    number = {t: i for i, t in enumerate(categories)}
    lookup = np.array([number.get(t, -1) for t in texts], dtype=np.int32)
    values = lookup[codes] if len(codes) else np.empty(0, dtype=np.int32)
    return pd.Series(pd.Categorical.from_codes(values, categories=pd.Index(categories, dtype="str")))


__all__ = ["ReadVariable", "XptMeta", "read_meta", "read_xpt"]
