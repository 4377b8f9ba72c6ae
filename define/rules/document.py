"""A define.xml as plain data: what its elements and attributes say, unchecked, as the rules read it.

Source: Define-XML 2.1 and Analysis Results Metadata 1.0 (CDISC); the dataclasses carry the names of the elements.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
DEF = "{http://www.cdisc.org/ns/def/v2.1}"
ARM = "{http://www.cdisc.org/ns/arm/v1.0}"
XLINK = "{http://www.w3.org/1999/xlink}"
CODE_CONTEXT = "nci:ExtCodeID"
"""The context of an Alias that holds a C-code of NCI."""

Element = etree._Element


class DefineError(ValueError):
    """A define.xml that cannot be read at all: where, what, and what to do."""


@dataclass(frozen=True)
class PageRef:
    """A def:PDFPageRef, its texts as written."""

    type: str
    pages: str
    first: str
    last: str


@dataclass(frozen=True)
class DocumentRef:
    """A def:DocumentRef."""

    leaf: str
    pages: tuple[PageRef, ...]


@dataclass(frozen=True)
class Leaf:
    """A def:leaf."""

    oid: str
    href: str
    title: str


@dataclass(frozen=True)
class Standard:
    """A def:Standard."""

    oid: str
    name: str
    type: str
    publishing_set: str
    version: str
    status: str
    comment: str


@dataclass(frozen=True)
class Origin:
    """A def:Origin."""

    type: str
    source: str
    text: str
    documents: tuple[DocumentRef, ...]


@dataclass(frozen=True)
class ItemRef:
    """An ItemRef of a dataset or of a value list."""

    item: str
    order: str
    mandatory: str
    key: str
    method: str
    has_no_data: bool
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class ItemDef:
    """An ItemDef: a variable, or one kind of values of a variable."""

    oid: str
    name: str
    type: str
    length: str
    digits: str
    sas_name: str
    display_format: str
    comment: str
    label: str
    codelist: str
    origins: tuple[Origin, ...]
    value_list: str


@dataclass(frozen=True)
class ItemGroup:
    """An ItemGroupDef: a dataset."""

    oid: str
    name: str
    domain: str
    repeating: str
    reference_data: str
    sas_name: str
    purpose: str
    structure: str
    archive: str
    standard: str
    is_non_standard: bool
    has_no_data: bool
    comment: str
    label: str
    class_name: str
    subclasses: tuple[tuple[str, str], ...]
    """Names of subclasses with their parent class."""
    refs: tuple[ItemRef, ...]
    leaf: Leaf | None


@dataclass(frozen=True)
class Term:
    """A CodeListItem or an EnumeratedItem (``decode`` is None)."""

    value: str
    decode: str | None
    rank: str
    order: str
    extended: bool
    code: str


@dataclass(frozen=True)
class CodeList:
    """A CodeList; ``dictionary`` and ``version`` are those of an ExternalCodeList."""

    oid: str
    name: str
    type: str
    standard: str
    is_non_standard: bool
    comment: str
    code: str
    terms: tuple[Term, ...]
    is_external: bool
    dictionary: str
    version: str


@dataclass(frozen=True)
class RangeCheck:
    """A RangeCheck of a where-clause."""

    item: str
    comparator: str
    soft_hard: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class WhereClause:
    """A def:WhereClauseDef: all of its checks hold."""

    oid: str
    comment: str
    checks: tuple[RangeCheck, ...]


@dataclass(frozen=True)
class ValueList:
    """A def:ValueListDef."""

    oid: str
    refs: tuple[ItemRef, ...]


@dataclass(frozen=True)
class Described:
    """A MethodDef or a def:CommentDef."""

    oid: str
    name: str
    type: str
    text: str
    documents: tuple[DocumentRef, ...]


@dataclass(frozen=True)
class AnalysisDataset:
    """An arm:AnalysisDataset."""

    group: str
    clause: str
    variables: tuple[str, ...]


@dataclass(frozen=True)
class AnalysisResult:
    """An arm:AnalysisResult."""

    oid: str
    parameter: str
    reason: str
    purpose: str
    text: str
    comment: str
    datasets: tuple[AnalysisDataset, ...]
    documents: tuple[DocumentRef, ...]


@dataclass(frozen=True)
class Display:
    """An arm:ResultDisplay."""

    oid: str
    name: str
    text: str
    documents: tuple[DocumentRef, ...]
    results: tuple[AnalysisResult, ...]


@dataclass(frozen=True)
class Document:
    """A whole define.xml, elements in their order."""

    path: Path
    header: dict[str, str]
    stylesheet: str
    study_name: str
    study_description: str
    protocol_name: str
    comment: str
    standards: tuple[Standard, ...]
    crf: tuple[DocumentRef, ...]
    supplemental: tuple[DocumentRef, ...]
    groups: tuple[ItemGroup, ...]
    items: tuple[ItemDef, ...]
    codelists: tuple[CodeList, ...]
    methods: tuple[Described, ...]
    comments: tuple[Described, ...]
    clauses: tuple[WhereClause, ...]
    value_lists: tuple[ValueList, ...]
    leaves: tuple[Leaf, ...]
    displays: tuple[Display, ...]

    @cached_property
    def oids(self) -> dict[str, list[str]]:
        """The OIDs of each kind of element, duplicates and all."""
        archives = [g.leaf.oid for g in self.groups if g.leaf is not None]
        return {
            "def:Standard": [s.oid for s in self.standards],
            "ItemGroupDef": [g.oid for g in self.groups],
            "ItemDef": [i.oid for i in self.items],
            "CodeList": [c.oid for c in self.codelists],
            "MethodDef": [m.oid for m in self.methods],
            "def:CommentDef": [c.oid for c in self.comments],
            "def:WhereClauseDef": [w.oid for w in self.clauses],
            "def:ValueListDef": [v.oid for v in self.value_lists],
            "def:leaf": [leaf.oid for leaf in self.leaves] + archives,
            "arm:ResultDisplay": [d.oid for d in self.displays],
            "arm:AnalysisResult": [r.oid for d in self.displays for r in d.results],
        }

    @cached_property
    def group(self) -> dict[str, ItemGroup]:
        """Datasets by OID."""
        return {g.oid: g for g in self.groups}

    @cached_property
    def item(self) -> dict[str, ItemDef]:
        """ItemDefs by OID."""
        return {i.oid: i for i in self.items}

    @cached_property
    def codelist(self) -> dict[str, CodeList]:
        """CodeLists by OID."""
        return {c.oid: c for c in self.codelists}

    @cached_property
    def clause(self) -> dict[str, WhereClause]:
        """Where-clauses by OID."""
        return {w.oid: w for w in self.clauses}

    @cached_property
    def value_list(self) -> dict[str, ValueList]:
        """Value lists by OID."""
        return {v.oid: v for v in self.value_lists}

    @cached_property
    def standard(self) -> dict[str, Standard]:
        """Standards by OID."""
        return {s.oid: s for s in self.standards}

    def is_analysis(self, group: ItemGroup) -> bool:
        """Whether a dataset is one of ADaM: by its standard, else by the first implementation guide of the document."""
        own = self.standard.get(group.standard)
        guide = own or next((s for s in self.standards if s.type == "IG"), None)
        return guide is not None and guide.name.startswith("ADaM")
