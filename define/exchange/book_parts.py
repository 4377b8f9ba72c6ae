"""Parts that many definitions of a workbook have: descriptions, documents with pages; and what can be wrong in rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from define.exchange.index import Element
from define.exchange.names import LANGUAGE, define, odm
from define.exchange.sheets import SHEETS, Book, Row, oid

PAGE_RANGE = re.compile(r"(\d+)\s*-\s*(\d+)")
REFERENCES = {
    "Codelist": ("CL", ("Codelists", "Dictionaries")),
    "Method": ("MT", ("Methods",)),
    "Comment": ("COM", ("Comments",)),
    "Join Comment": ("COM", ("Comments",)),
    "Document": ("LF", ("Documents",)),
    "Programming Document": ("LF", ("Documents",)),
    "Where Clause": ("WC", ("WhereClauses",)),
}
"""Columns that name rows of other sheets."""


def put(element: Element, **attributes: str | None) -> None:
    """Set those attributes that have a value."""
    for name, value in attributes.items():
        if value:
            element.set(name, value)


def text_in(element: Element, text: str, language: str) -> None:
    """A text in one language."""
    etree.SubElement(element, odm("TranslatedText"), {LANGUAGE: language}).text = text


def described(element: Element, text: str, language: str) -> None:
    """A Description, where there is a text."""
    if text:
        text_in(etree.SubElement(element, odm("Description")), text, language)


def reference(element: Element, row: Row) -> None:
    """The document that a row names, with its pages."""
    if row.get("Document"):
        page_refs(etree.SubElement(element, define("DocumentRef"), leafID=oid(row["Document"], "LF")), row.get("Pages"))


def page_refs(document: Element, pages: str | None) -> None:
    """Pages: numbers, first and last as ``3-5``, or named destinations."""
    if not pages:
        return
    page = etree.SubElement(document, define("PDFPageRef"))
    ends = PAGE_RANGE.fullmatch(pages.strip())
    if ends is not None:
        put(page, FirstPage=ends[1], LastPage=ends[2])
    else:
        put(page, PageRefs=pages)
    put(page, Type="PhysicalRef" if ends or re.fullmatch(r"[\d\s,]+", pages) else "NamedDestination")


@dataclass
class Parts:
    """What is wrong in the rows of a book, and the value lists that were begun."""

    book: Book
    problems: list[str] = field(default_factory=list)
    _lists: dict[str, Element] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._repeated()
        self._references()
        self._datasets()

    def value_list(self, version: Element, identity: str) -> Element:
        """The value list of a variable, begun where it is new."""
        if identity not in self._lists:
            self._lists[identity] = etree.SubElement(version, define("ValueListDef"), OID=identity)
        return self._lists[identity]

    def _repeated(self) -> None:
        for sheet in SHEETS:
            seen: dict[tuple[str, ...], int] = {}
            for number, row in enumerate(self.book.get(sheet.name, []), start=2):
                key = tuple(row.get(c, "") for c in sheet.key)
                if not all(key) and sheet.name != "Codelists" and any(row.values()) and sheet.name != "Study":
                    empty = ", ".join(c for c, v in zip(sheet.key, key, strict=True) if not v)
                    self.problems.append(f"{sheet.name} row {number}: {empty} is empty; every row needs it")
                elif sheet.unique and key in seen and all(key):
                    name = " ".join(key)
                    told = f"{name} is there twice (first in row {seen[key]}); keep one of them"
                    self.problems.append(f"{sheet.name} row {number}: {told}")
                seen.setdefault(key, number)

    def _references(self) -> None:
        known = {
            (prefix, oid(r.get("ID", ""), prefix))
            for prefix, sheets in REFERENCES.values()
            for sheet in sheets
            for r in self.book.get(sheet, [])
        }
        for sheet in SHEETS:
            for column in set(sheet.columns) & set(REFERENCES):
                prefix, where = REFERENCES[column]
                for number, row in enumerate(self.book.get(sheet.name, []), start=2):
                    given = row.get(column, "").split(",") if column == "Where Clause" else [row.get(column, "")]
                    for one in filter(None, (g.strip() for g in given)):
                        if (prefix, oid(one, prefix)) not in known:
                            told = f"no {column} '{one}' on the sheet {' or '.join(where)}; add it, or correct the name"
                            self.problems.append(f"{sheet.name} row {number}: {told}")

    def _datasets(self) -> None:
        datasets = {r.get("Dataset", "") for r in self.book.get("Datasets", [])}
        variables = {(r.get("Dataset", ""), r.get("Variable", "")) for r in self.book.get("Variables", [])}
        for sheet in ("Variables", "ValueLevel", "WhereClauses", "Analysis Criteria"):
            for number, row in enumerate(self.book.get(sheet, []), start=2):
                dataset, variable = row.get("Dataset", ""), row.get("Variable", "")
                if dataset and dataset not in datasets:
                    self.problems.append(f"{sheet} row {number}: no dataset '{dataset}' on the sheet Datasets")
                elif variable and (dataset, variable) not in variables:
                    self.problems.append(f"{sheet} row {number}: {dataset} has no variable '{variable}' on Variables")
