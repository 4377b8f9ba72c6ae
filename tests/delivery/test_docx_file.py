"""Word documents: what is in them, what is marked as open, and that the same content is the same file."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

from docx import Document
from docx.enum.text import WD_COLOR_INDEX

from delivery.docx_file import Block, Heading, Paragraph, Table, write_docx

STAMP = datetime(2026, 4, 10, 12, 0)
BLOCKS: list[Block] = [
    Heading("A Guide", 0),
    Heading("1. Introduction"),
    Paragraph("What it is."),
    Paragraph("[To be written]", open=True),
    Table(("Dataset", "Records"), [("AE", 1234), ("DM", 23)]),
    Table(("Dataset", "Parts"), []),
]


def written(path: Path) -> Path:
    write_docx(path, "A Guide", "S-1", STAMP, BLOCKS)
    return path


def test_headings_paragraphs_and_tables(tmp_path: Path) -> None:
    document = Document(str(written(tmp_path / "a.docx")))
    told = [(p.style.name if p.style else "", p.text) for p in document.paragraphs if p.text]
    assert told == [
        ("Title", "A Guide"),
        ("Heading 1", "1. Introduction"),
        ("Normal", "What it is."),
        ("Normal", "[To be written]"),
        ("Normal", "None."),
    ]
    (table,) = document.tables
    assert [[c.text for c in r.cells] for r in table.rows] == [["Dataset", "Records"], ["AE", "1,234"], ["DM", "23"]]


def test_what_a_person_must_write_is_marked(tmp_path: Path) -> None:
    document = Document(str(written(tmp_path / "a.docx")))
    marked = [p.text for p in document.paragraphs for r in p.runs if r.font.highlight_color == WD_COLOR_INDEX.YELLOW]
    assert marked == ["[To be written]"]


def test_the_facts_of_the_file_are_those_given(tmp_path: Path) -> None:
    facts = Document(str(written(tmp_path / "a.docx"))).core_properties
    assert (facts.title, facts.author, facts.last_modified_by, facts.revision) == ("A Guide", "S-1", "S-1", 1)
    assert {t.replace(tzinfo=None) for t in (facts.created, facts.modified) if t} == {STAMP}


def test_the_same_content_is_the_same_file_without_a_clock(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a.docx"), written(tmp_path / "b.docx")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
