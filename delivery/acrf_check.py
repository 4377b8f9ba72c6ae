"""The page references of a define against the annotations of a CRF.

What is annotated on a page is the text of the page and the contents of its annotations. Source: Define-XML 2.1,
section 5.3.11.3 (def:Origin, def:PDFPageRef).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree
from pypdf import PdfReader
from pypdf.errors import PyPdfError

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
HREF = "{http://www.w3.org/1999/xlink}href"


class CrfError(Exception):
    """The file is no PDF that can be read."""


@dataclass(frozen=True)
class PageRef:
    """A page that a define names for a variable; ``word`` is what must be annotated there."""

    item: str
    word: str
    pages: tuple[str, ...]


@dataclass(frozen=True)
class Annotated:
    """The words of each page of a CRF, and its named destinations."""

    pages: tuple[frozenset[str], ...]
    names: frozenset[str]

    def where(self, word: str) -> list[int]:
        """The pages, from 1, on which a word is annotated."""
        return [i for i, words in enumerate(self.pages, start=1) if word in words]


def read_annotated(path: Path) -> Annotated:
    """The words of every page of a PDF. Raises CrfError."""
    try:
        reader = PdfReader(path)
        pages = tuple(frozenset(_words(page)) for page in reader.pages)
        return Annotated(pages, frozenset(reader.named_destinations))
    except (PyPdfError, OSError, ValueError) as error:
        raise CrfError(f"{path} is no PDF that can be read ({error}); give another --acrf") from error


def _words(page: object) -> Iterator[str]:
    texts = [page.extract_text()]  # type: ignore[attr-defined]
    for note in page.get("/Annots") or ():  # type: ignore[attr-defined]
        texts.append(str(note.get_object().get("/Contents") or ""))
    for text in texts:
        yield from re.findall(r"[A-Z0-9_]+", text)


def page_refs(define: Path, crf: str) -> list[PageRef]:
    """Every reference of a define to pages of the document with that file name."""
    root = etree.parse(str(define), etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    leaf = next((str(x.get("ID")) for x in root.iter("{*}leaf") if x.get(HREF) == crf), None)
    words = _words_of_values(root)
    found = []
    for item in root.iter(f"{ODM}ItemDef"):
        oid = str(item.get("OID"))
        documents = [d for d in item.iter("{*}DocumentRef") if d.get("leafID") == leaf]
        pages = [p for d in documents for r in d.iterchildren("{*}PDFPageRef") for p in _pages(r)]
        if pages:
            found.append(PageRef(oid, words.get(oid, str(item.get("Name"))), tuple(pages)))
    return found


def _words_of_values(root: etree._Element) -> dict[str, str]:
    """For each item of a value list, its variable; where it is selected by QNAM, that name."""
    names = {
        str(ref.get("ValueListOID")): str(item.get("Name"))
        for item in root.iter(f"{ODM}ItemDef")
        for ref in item.iterchildren("{*}ValueListRef")
    }
    qualifiers = {
        str(clause.get("OID")): (check.findtext(f"{ODM}CheckValue") or "").strip()
        for clause in root.iter("{*}WhereClauseDef")
        for check in clause.iterchildren(f"{ODM}RangeCheck")
        if any(str(v).endswith(".QNAM") for v in check.attrib.values())
    }
    found = {}
    for values in root.iter("{*}ValueListDef"):
        for ref in values.iterchildren(f"{ODM}ItemRef"):
            selected = [qualifiers.get(str(w.get("WhereClauseOID"))) for w in ref.iterchildren("{*}WhereClauseRef")]
            named = next((q for q in selected if q), None) or names.get(str(values.get("OID")))
            if named:
                found[str(ref.get("ItemOID"))] = named
    return found


def _pages(ref: etree._Element) -> list[str]:
    if ref.get("FirstPage") and ref.get("LastPage"):
        return [str(p) for p in range(int(str(ref.get("FirstPage"))), int(str(ref.get("LastPage"))) + 1)]
    return str(ref.get("PageRefs") or "").split()


def wrong_pages(crf: Annotated, refs: list[PageRef]) -> Iterator[str]:
    """A sentence for every page that does not annotate what it should; a destination that there is not is one, too."""
    for ref in refs:
        for page in ref.pages:
            if not page.isdigit():
                if page not in crf.names:
                    yield f"{ref.item}: the annotated CRF has no destination {page}"
            elif int(page) not in (there := crf.where(ref.word)):
                numbers = ", ".join(map(str, there[:10]))
                where = f"it is annotated on {numbers}" if there else "no page annotates it"
                yield f"{ref.item}: page {page} of the annotated CRF does not annotate {ref.word}; {where}"
