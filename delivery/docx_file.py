"""A Word document out of headings, paragraphs and tables; the same content gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from docx import Document
from docx.enum.text import WD_COLOR_INDEX
from docx.shared import Pt

FIRST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
EMPTY = "None."


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a section, 0 the title."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; what is ``open`` is marked for a person to write."""

    text: str
    open: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a heading row; without rows it says so."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]


Block = Heading | Paragraph | Table


def write_docx(path: Path, title: str, author: str, stamp: datetime, blocks: Sequence[Block]) -> None:
    """Write the document; ``stamp`` is its date of creation and change."""
    document = Document()
    document.styles["Normal"].font.name = "Arial"
    document.styles["Normal"].font.size = Pt(10)
    for block in blocks:
        _add(document, block)
    facts = document.core_properties
    facts.title, facts.author, facts.last_modified_by, facts.comments = title, author, author, ""
    facts.created = facts.modified = stamp
    facts.revision = 1
    content = io.BytesIO()
    document.save(content)
    path.write_bytes(_without_clock(content.getvalue()))


def _add(document: object, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_heading(block.text, block.level)  # type: ignore[attr-defined]
    elif isinstance(block, Paragraph):
        run = document.add_paragraph().add_run(block.text)  # type: ignore[attr-defined]
        if block.open:
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    elif not block.rows:
        document.add_paragraph(EMPTY)  # type: ignore[attr-defined]
    else:
        _add_table(document, block)


def _add_table(document: object, block: Table) -> None:
    lines = [block.columns, *block.rows]
    table = document.add_table(len(lines), len(block.columns), style="Table Grid")  # type: ignore[attr-defined]
    for row, line in zip(table.rows, lines, strict=True):
        for cell, value in zip(row.cells, line, strict=True):
            run = cell.paragraphs[0].add_run(f"{value:,}" if isinstance(value, int) else str(value))
            run.font.size = Pt(8)
            run.font.bold = line is block.columns
    document.add_paragraph()  # type: ignore[attr-defined]


def _without_clock(content: bytes) -> bytes:
    """The archive with one fixed time for every file."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            info = zipfile.ZipInfo(name, FIRST_ZIP_TIME)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            made.writestr(info, given.read(name))
    return result.getvalue()
