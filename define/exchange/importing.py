"""A define.xml or a workbook as a study pack, and the metadata of a pack as a define.xml or a workbook."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from define.cdisc_files import STYLESHEET, stylesheet
from define.exchange import yaml_text
from define.exchange.book_file import read_book, write_book
from define.exchange.book_layout import Layout, grids_of, layout_of, rows_of_grids
from define.exchange.errors import ExchangeUsage
from define.exchange.from_book import from_book
from define.exchange.index import Define
from define.exchange.metadata import FOLDER, HEAD, LAYOUT, read_metadata, write_metadata
from define.exchange.pack import Skeleton, make_pack, write_pack
from define.exchange.sheets import Book
from define.exchange.to_book import to_book
from define.exchange.version_2_0 import upgrade
from define.exchange.xml_file import read_define, to_bytes, version_of

if TYPE_CHECKING:
    from specs.resolve import StudyModel


@dataclass(frozen=True)
class Imported:
    """What an import made: the pack, how many datasets and variables it describes, and what is to fill in."""

    pack: Path
    datasets: int
    variables: int
    to_do: dict[str, list[str]]
    upgraded: bool = False


def import_define(path: Path, out: Path) -> Imported:
    """Make a study pack of a define.xml (2.0 or 2.1).

    Raises ExchangeUsage where the file is not there or ``out`` is not empty, ExchangeError for what is no define.
    """
    refuse_full(out)
    root, upgraded = _define_of(path)
    found = Define(root)
    made = into_place(out, lambda folder: _write(found, path.name, folder))
    return _imported(out, found, made, upgraded)


def import_spec(path: Path, out: Path) -> Imported:
    """Make a study pack of a workbook (XLSX) in the form of Pinnacle 21.

    Raises ExchangeUsage where the file is not there or ``out`` is not empty, ExchangeError for what is no such book.
    """
    refuse_full(out)
    grids = read_book(path)
    found = Define(from_book(rows_of_grids(grids, path.name)))
    layout = layout_of(grids, to_book(found))

    def write(folder: Path) -> Skeleton:
        made = _write(found, path.name, folder)
        text = yaml_text.dump(layout, "How the imported workbook looked; export-spec writes it so again.")
        (folder / FOLDER / LAYOUT).write_text(text, encoding="utf-8")
        return made

    return _imported(out, found, into_place(out, write), upgraded=False)


def _imported(out: Path, found: Define, made: Skeleton, upgraded: bool) -> Imported:
    variables = sum(len(found.fields(g)) for g in found.groups)
    return Imported(out, len(found.groups), variables, made.to_do, upgraded)


def _define_of(path: Path) -> tuple[etree._Element, bool]:
    """A define in the words of 2.1, and whether it was a 2.0."""
    root = read_define(path)
    upgraded = version_of(root, path.name) == "2.0"
    if upgraded:
        upgrade(root)
    return root, upgraded


def _write(found: Define, source: str, folder: Path) -> Skeleton:
    write_metadata(found.root, folder, source)
    made = make_pack(found, source)
    write_pack(made, folder)
    return made


def refuse_full(out: Path) -> None:
    """Raise ExchangeUsage where a folder holds something, or is none."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ExchangeUsage(f"{out} is not an empty folder; name a new one, nothing is overwritten")


def into_place(out: Path, write: Callable[[Path], Skeleton]) -> Skeleton:
    """Write a pack beside its place and move it there: it appears whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        made = write(beside)
        if out.is_dir():
            out.rmdir()
        beside.chmod(0o755)
        beside.rename(out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return made


def export_define(pack: Path, out: Path) -> Path:
    """Write the metadata of a pack as a define.xml, the stylesheet that it names beside it.

    Raises ExchangeUsage where the pack has no metadata, ExchangeError for metadata that are no define.
    """
    content = to_bytes(read_metadata(pack))
    if out.is_dir():
        raise ExchangeUsage(f"{out} is a folder; name the file to write, such as {out}/define.xml")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(content)
    if f'href="{STYLESHEET}"'.encode() in content[:2000]:
        (out.parent / STYLESHEET).write_bytes(stylesheet().read_bytes())
    return out


def export_spec(source: Path, out: Path) -> Path:
    """Write the workbook of a pack with metadata, or of a define.xml.

    Raises ExchangeUsage where there are no metadata, ExchangeError for what is no define, or what no cell can hold.
    """
    layout = source / FOLDER / LAYOUT
    root = _define_of(source)[0] if source.is_file() else read_metadata(source)
    looks = yaml_text.load(layout, f"{FOLDER}/{LAYOUT}") if layout.is_file() else None
    return write_sheets(to_book(Define(root)), out, looks)


def export_model(model: StudyModel, section: str, out: Path) -> Path:
    """Write the workbook of a study's specs (``section``: sdtm or adam). Raises ExchangeUsage, ExchangeError."""
    from define.exchange.from_model import book_of_model

    return write_sheets(book_of_model(model, section), out)


def write_sheets(book: Book, out: Path, layout: Layout | None = None) -> Path:
    """Write the rows of a workbook. Raises ExchangeUsage for a target that is a folder, ExchangeError."""
    if out.is_dir():
        raise ExchangeUsage(f"{out} is a folder; name the file to write, such as {out}/spec.xlsx")
    write_book(grids_of(book, layout), out)
    return out


def has_metadata(pack: Path) -> bool:
    """Whether a folder is a pack with imported metadata."""
    return (pack / FOLDER / HEAD).is_file()


def define_in(delivery: Path, section: str) -> Path | None:
    """The define.xml of a delivery or package: that of its SDTM or its ADaM datasets."""
    place = {"sdtm": "tabulations/sdtm", "adam": "analysis/adam/datasets"}[section]
    return next(iter(sorted(delivery.glob(f"m5/datasets/*/{place}/define.xml"))), None)
