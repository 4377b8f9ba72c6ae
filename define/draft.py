"""A define while it is being made: what datasets, value lists and analyses add, each thing once under its OID."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from define.codelists import Codelists
from define.model import (
    CommentDef,
    DocumentRef,
    ItemDef,
    MethodDef,
    Origin,
    PDFPageRef,
    RangeCheck,
    ValueListDef,
    WhereClauseDef,
)
from define.standards import Standards
from define.ways import RAW, Way, Ways, fields, origins
from define.written import Measured, WrittenVariable
from delivery.acrf_fields import FORM
from specs.resolve import StudyModel

CRF = "LF.acrf"
IMPUTED = re.compile(r"\bimput|missing parts\b", re.IGNORECASE)


@dataclass
class Draft:
    """``pages`` gives, for a raw field (source, column), its page in the annotated CRF."""

    ways: Ways
    standards: Standards
    codelists: Codelists
    pages: Mapping[tuple[str, str], int]
    items: dict[str, ItemDef] = field(default_factory=dict)
    methods: dict[str, MethodDef] = field(default_factory=dict)
    comments: dict[str, CommentDef] = field(default_factory=dict)
    value_lists: dict[str, ValueListDef] = field(default_factory=dict)
    where_clauses: dict[str, WhereClauseDef] = field(default_factory=dict)

    @property
    def model(self) -> StudyModel:
        """The study."""
        return self.ways.model

    def method(self, oid: str, name: str, text: str) -> str:
        """Add a method; gives its OID."""
        self.methods[oid] = MethodDef(oid, name, text, "Imputation" if IMPUTED.search(text) else "Computation")
        return oid

    def comment(self, oid: str, text: str | None) -> str | None:
        """Add a comment, if there is a text; gives its OID."""
        if not text:
            return None
        self.comments[oid] = CommentDef(oid, text)
        return oid

    def where(self, oid: str, checks: Sequence[RangeCheck], comment_oid: str | None = None) -> str:
        """Add a where-clause; one with the same comparisons is used again. Gives its OID."""
        found = next((o for o, c in self.where_clauses.items() if c.checks == tuple(checks)), None)
        if found is not None:
            return found
        oid = self.free(oid, self.where_clauses)
        self.where_clauses[oid] = WhereClauseDef(oid, tuple(checks), comment_oid)
        return oid

    @staticmethod
    def free(oid: str, taken: Iterable[str]) -> str:
        """The OID, with a number where it is taken."""
        names = set(taken)
        number = 2
        chosen = oid
        while chosen in names:
            chosen, number = f"{oid}.{number}", number + 1
        return chosen

    def origins(self, found: Sequence[Way]) -> tuple[Origin, ...]:
        """The distinct origins of some ways, collected ones with the pages of their forms."""
        result: dict[tuple[str, str | None, str | None], set[int]] = {}
        for way in found:
            for origin in origins(self.ways, way):
                pages = result.setdefault((origin.type, origin.source, origin.description), set())
                if origin.type == "Collected" and origin.source != "Vendor":
                    pages.update(self._pages(way))
        return tuple(Origin(*key, documents=_documents(pages)) for key, pages in result.items())

    def _pages(self, way: Way) -> list[int]:
        given = way.variable.page
        if given is not None:
            return [int(p) for p in (re.findall(r"\d+", given) if isinstance(given, str) else given)]
        read = fields(self.ways, way)
        exact = [self.pages[f] for f in read if f in self.pages]
        form = way.source.removeprefix(RAW)
        if exact or (read and not any(of == form for of, _ in read)):
            return exact
        whole = self.pages.get((form, FORM))
        return [whole] if whole else [p for (of, _), p in self.pages.items() if RAW + of == way.source]


def _documents(pages: set[int]) -> tuple[DocumentRef, ...]:
    return (DocumentRef(CRF, (PDFPageRef(" ".join(map(str, sorted(pages)))),)),) if pages else ()


def oid_part(value: str) -> str:
    """A value as a part of an OID."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", value).strip("_") or "_"


def display_format(variable: WrittenVariable, measured: Measured) -> str | None:
    """The format of the file; of a number with decimals the width with the point, and the decimals."""
    if variable.type == "Char":
        return None
    if variable.format:
        return variable.format
    decimals = measured.significant_digits
    return f"{measured.length + 1}.{decimals}" if decimals else None


__all__ = ["CRF", "Draft", "display_format", "oid_part"]
