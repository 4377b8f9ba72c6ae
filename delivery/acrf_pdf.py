"""Draw the annotated CRF: a blank form per EDC source, every field annotated, bookmarks by form and by visit.

Annotations are searchable text and, over it, PDF annotations with the same contents, in the colour of their dataset.
The file has no clock and no random id: the same forms give the same bytes.
Source: CDISC SDTM Metadata Submission Guidelines 2.0, section 4; FDA Portable Document Format Specifications (fonts are
embedded, bookmarks are there).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from delivery.acrf import CONTENTS_LINES, NAME_WIDTH, NOT_SUBMITTED, Field, Form, contents_pages, wrapped

PLAIN, BOLD = "CutlineSans", "CutlineSansBold"
WIDTH, HEIGHT = A4
LEFT, RIGHT, TOP, LINE = 40.0, 560.0, 790.0, 11.0
ENTRY, ANNOTATION = 205.0, 275.0
FIRST_LINE = TOP - 70
COLOURS = ((0.75, 0.93, 1.0), (1.0, 1.0, 0.59), (0.59, 1.0, 0.59), (1.0, 0.75, 0.61))
"""Colours of the datasets of a form, in their order (Metadata Submission Guidelines, section 4.1.3)."""
GREY = (0.88, 0.88, 0.88)
BLACK = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class _Bookmark:
    """An entry of the outline; each needs a name of its own for the page that it leads to."""

    level: int
    title: str
    key: str
    source: str = ""


def draw_acrf(path: Path, study: str, title: str, forms: Sequence[Form], visits: Mapping[str, Sequence[str]]) -> None:
    """Write the PDF; ``visits`` names, in order, the sources whose forms are filled in at each visit."""
    _register()
    canvas = Canvas(str(path), pagesize=A4, invariant=1, pageCompression=1, initialFontName=PLAIN)
    canvas.setTitle(f"Annotated Case Report Form, {study}")
    canvas.setAuthor(study)
    canvas.setSubject(title)
    canvas.setCreator("Cutline")
    outline = list(_outline(forms, visits))
    for entry in outline:
        if not entry.source:
            canvas.bookmarkPage(entry.key)
    number = _draw_contents(canvas, study, title, forms)
    for form in forms:
        for entry in outline:
            if entry.source == form.source:
                canvas.bookmarkPage(entry.key)
        for part, fields in enumerate(form.pages, start=1):
            number += 1
            _draw_page(canvas, study, form, part, fields, number)
    for entry in outline:
        canvas.addOutlineEntry(entry.title, entry.key, entry.level, closed=True)
    canvas.showOutline()
    canvas.save()


def _outline(forms: Sequence[Form], visits: Mapping[str, Sequence[str]]) -> Iterator[_Bookmark]:
    """The contents, every form, and every visit with its forms."""
    by_source = {form.source: form for form in forms}
    yield _Bookmark(0, "Contents", "contents")
    yield _Bookmark(0, "Forms", "forms")
    yield from (_Bookmark(1, form.title, f"form.{form.source}", form.source) for form in forms)
    listed = {visit: [s for s in sources if s in by_source] for visit, sources in visits.items()}
    if any(listed.values()):
        yield _Bookmark(0, "Visits", "visits")
    for number, (visit, sources) in enumerate(listed.items()):
        if sources:
            yield _Bookmark(1, visit, f"visit.{number}", sources[0])
            yield from (_Bookmark(2, by_source[s].title, f"visit.{number}.{s}", s) for s in sources)


def _register() -> None:
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in ((PLAIN, "Vera.ttf"), (BOLD, "VeraBd.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(folder / file)))


def _draw_contents(canvas: Canvas, study: str, title: str, forms: Sequence[Form]) -> int:
    """The pages of contents; gives how many."""
    pages = contents_pages(list(forms))
    number = pages + 1
    for page in range(pages):
        _heading(canvas, f"Annotated Case Report Form, {study}", title, page + 1)
        y = FIRST_LINE
        for form in forms[page * CONTENTS_LINES : (page + 1) * CONTENTS_LINES]:
            datasets = ", ".join(name for name, _ in form.datasets) or NOT_SUBMITTED
            _text(canvas, LEFT, y, f"{form.title} ({form.file})", PLAIN, 8, ENTRY + 60 - LEFT)
            _text(canvas, ENTRY + 70, y, datasets, PLAIN, 8, RIGHT - ENTRY - 110)
            canvas.drawRightString(RIGHT, y, str(number))
            canvas.linkAbsolute(form.title, f"form.{form.source}", (LEFT, y - 2, RIGHT, y + 8), Border="[0 0 0]")
            number += len(form.pages)
            y -= LINE
        canvas.showPage()
    return pages


def _draw_page(canvas: Canvas, study: str, form: Form, part: int, fields: Sequence[Field], number: int) -> None:
    of = f", page {part} of {len(form.pages)}" if len(form.pages) > 1 else ""
    _heading(canvas, f"{form.title}{of}", f"{study}   file {form.file}", number)
    colours = {name: COLOURS[i % len(COLOURS)] for i, (name, _) in enumerate(form.datasets)}
    x = LEFT
    for name, label in form.datasets:
        said = f"{name} = {label}"
        width = pdfmetrics.stringWidth(said, BOLD, 7) + 8
        if x + width > RIGHT:
            break
        _annotate(canvas, x, TOP - 45, said, BOLD, 7, width, colours[name])
        x += width + 6
    y = FIRST_LINE
    for field in fields:
        _draw_field(canvas, field, y, colours)
        y -= field.height * LINE
    canvas.showPage()


def _draw_field(canvas: Canvas, field: Field, y: float, colours: Mapping[str, tuple[float, float, float]]) -> None:
    for i, line in enumerate(wrapped(field.shown, NAME_WIDTH)):
        _text(canvas, LEFT, y - i * LINE, line, PLAIN, 7, ENTRY - LEFT - 6)
    canvas.setStrokeColorRGB(0.6, 0.6, 0.6)
    canvas.rect(ENTRY, y - 2.5, ANNOTATION - ENTRY - 8, LINE - 2, stroke=1, fill=0)
    colour = GREY if field.annotations == (NOT_SUBMITTED,) else _colour(field, colours)
    for i, line in enumerate(field.lines):
        _annotate(canvas, ANNOTATION, y - i * LINE, line, PLAIN, 6, RIGHT - ANNOTATION, colour)


def _colour(field: Field, colours: Mapping[str, tuple[float, float, float]]) -> tuple[float, float, float]:
    """The colour of the first dataset of a field."""
    return colours.get(field.dataset, GREY)


def _annotate(
    canvas: Canvas, x: float, y: float, said: str, font: str, size: float, room: float, colour: tuple[float, ...]
) -> None:
    """Text on a coloured ground, and the same as a PDF annotation over it."""
    size = _fitting(said, font, size, room - 4)
    width = pdfmetrics.stringWidth(said, font, size) + 4
    canvas.setFillColorRGB(*colour)
    canvas.rect(x, y - 2.5, width, LINE - 2, stroke=0, fill=1)
    canvas.setFillColorRGB(*BLACK)
    canvas.setFont(font, size)
    canvas.drawString(x + 2, y, said)
    canvas.highlightAnnotation(said, (x, y - 2.5, x + width, y + LINE - 4.5), Color=list(colour))


def _text(canvas: Canvas, x: float, y: float, said: str, font: str, size: float, room: float) -> None:
    canvas.setFillColorRGB(*BLACK)
    canvas.setFont(font, _fitting(said, font, size, room))
    canvas.drawString(x, y, said)


def _fitting(said: str, font: str, size: float, room: float) -> float:
    """The size, made smaller where the text would not fit."""
    width = pdfmetrics.stringWidth(said, font, size)
    return size if width <= room else size * room / width


def _heading(canvas: Canvas, title: str, below: str, number: int) -> None:
    _text(canvas, LEFT, TOP, title, BOLD, 12, RIGHT - LEFT)
    _text(canvas, LEFT, TOP - 16, below, PLAIN, 8, RIGHT - LEFT)
    canvas.setStrokeColorRGB(0.2, 0.2, 0.2)
    canvas.line(LEFT, TOP - 24, RIGHT, TOP - 24)
    canvas.setFont(PLAIN, 8)
    canvas.drawRightString(RIGHT, 20, str(number))
