"""Define-XML 2.1 with Analysis Results Metadata 1.0 as plain data: classes and names are those of the standard.

Source: CDISC Define-XML Specification 2.1, section 5; Analysis Results Metadata Specification 1.0 for Define-XML 2.1.
Attributes that are None, and empty tuples, are not written. Lists are in the order of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Comparator = Literal["EQ", "NE", "LT", "LE", "GT", "GE", "IN", "NOTIN"]
DataType = Literal[
    "text", "integer", "float", "datetime", "date", "time", "partialDate", "partialTime", "partialDatetime",
    "incompleteDatetime", "durationDatetime", "intervalDatetime",
]  # fmt: skip


@dataclass(frozen=True)
class Standard:
    """def:Standard: an implementation guide (Type IG) or a terminology package (Type CT)."""

    oid: str
    name: str
    type: Literal["IG", "CT"]
    version: str
    status: str = "Final"
    publishing_set: str | None = None


@dataclass(frozen=True)
class PDFPageRef:
    """def:PDFPageRef: pages by number (PhysicalRef) or by name (NamedDestination)."""

    page_refs: str
    type: Literal["PhysicalRef", "NamedDestination"] = "PhysicalRef"


@dataclass(frozen=True)
class DocumentRef:
    """def:DocumentRef: a leaf, and pages of it."""

    leaf_id: str
    pages: tuple[PDFPageRef, ...] = ()


@dataclass(frozen=True)
class Origin:
    """def:Origin; ``description`` names the predecessor, where there is one."""

    type: str
    source: str | None = None
    description: str | None = None
    documents: tuple[DocumentRef, ...] = ()


@dataclass(frozen=True)
class ItemRef:
    """ItemRef of a dataset or a value list; ``where_clauses`` only in a value list."""

    item_oid: str
    order_number: int
    mandatory: bool = False
    key_sequence: int | None = None
    method_oid: str | None = None
    role: str | None = None
    is_non_standard: bool = False
    has_no_data: bool = False
    where_clauses: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemDef:
    """ItemDef: a variable, or the values of a variable under a where-clause. ``length`` in bytes for text."""

    oid: str
    name: str
    data_type: DataType
    label: str
    length: int | None = None
    significant_digits: int | None = None
    display_format: str | None = None
    sas_field_name: str | None = None
    code_list: str | None = None
    origins: tuple[Origin, ...] = ()
    value_list: str | None = None
    comment_oid: str | None = None


@dataclass(frozen=True)
class Leaf:
    """def:leaf: a file, relative to the define."""

    id: str
    href: str
    title: str


@dataclass(frozen=True)
class ItemGroupDef:
    """ItemGroupDef: a dataset."""

    oid: str
    name: str
    label: str
    structure: str
    class_name: str
    purpose: Literal["Tabulation", "Analysis"]
    repeating: bool
    is_reference_data: bool
    item_refs: tuple[ItemRef, ...]
    domain: str | None = None
    sub_class: str | None = None
    standard_oid: str | None = None
    is_non_standard: bool = False
    has_no_data: bool = False
    leaf: Leaf | None = None
    comment_oid: str | None = None


@dataclass(frozen=True)
class RangeCheck:
    """RangeCheck: one comparison of a where-clause; all of them together select."""

    item_oid: str
    comparator: Comparator
    values: tuple[str, ...]


@dataclass(frozen=True)
class WhereClauseDef:
    """def:WhereClauseDef."""

    oid: str
    checks: tuple[RangeCheck, ...]
    comment_oid: str | None = None


@dataclass(frozen=True)
class ValueListDef:
    """def:ValueListDef: the value-level metadata of one variable."""

    oid: str
    item_refs: tuple[ItemRef, ...]


@dataclass(frozen=True)
class CodeListItem:
    """CodeListItem, or EnumeratedItem where ``decode`` is None; ``code`` is the C-code."""

    coded_value: str
    order_number: int
    decode: str | None = None
    code: str | None = None
    rank: int | None = None
    extended: bool = False


@dataclass(frozen=True)
class ExternalCodeList:
    """ExternalCodeList: a dictionary and its version."""

    dictionary: str
    version: str | None = None


@dataclass(frozen=True)
class CodeList:
    """CodeList: terms or an external dictionary."""

    oid: str
    name: str
    data_type: Literal["text", "integer", "float"]
    items: tuple[CodeListItem, ...] = ()
    external: ExternalCodeList | None = None
    standard_oid: str | None = None
    is_non_standard: bool = False
    code: str | None = None
    comment_oid: str | None = None


@dataclass(frozen=True)
class MethodDef:
    """MethodDef: how values are derived."""

    oid: str
    name: str
    description: str
    type: Literal["Computation", "Imputation"] = "Computation"


@dataclass(frozen=True)
class CommentDef:
    """def:CommentDef."""

    oid: str
    description: str
    documents: tuple[DocumentRef, ...] = ()


@dataclass(frozen=True)
class AnalysisDataset:
    """arm:AnalysisDataset: the records that an analysis selects, and the variables that it reads."""

    item_group_oid: str
    where_clause: str | None = None
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class AnalysisResult:
    """arm:AnalysisResult; ``documentation`` says what was done and how many records and subjects it selects."""

    oid: str
    description: str
    reason: str
    purpose: str
    datasets: tuple[AnalysisDataset, ...]
    documentation: str
    parameter_oid: str | None = None
    datasets_comment: str | None = None
    code: str | None = None
    code_context: str | None = None


@dataclass(frozen=True)
class ResultDisplay:
    """arm:ResultDisplay: a table of results."""

    oid: str
    name: str
    description: str
    results: tuple[AnalysisResult, ...]


@dataclass(frozen=True)
class MetaDataVersion:
    """MetaDataVersion: everything that is defined."""

    oid: str
    name: str
    description: str
    standards: tuple[Standard, ...]
    item_groups: tuple[ItemGroupDef, ...]
    items: tuple[ItemDef, ...]
    value_lists: tuple[ValueListDef, ...] = ()
    where_clauses: tuple[WhereClauseDef, ...] = ()
    code_lists: tuple[CodeList, ...] = ()
    methods: tuple[MethodDef, ...] = ()
    comments: tuple[CommentDef, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    annotated_crf: tuple[DocumentRef, ...] = ()
    supplemental_docs: tuple[DocumentRef, ...] = ()
    result_displays: tuple[ResultDisplay, ...] = ()


@dataclass(frozen=True)
class Define:
    """The whole file: ODM with one Study and one MetaDataVersion. ``creation`` is an ISO 8601 date and time."""

    file_oid: str
    creation: str
    study_oid: str
    study_name: str
    study_description: str
    protocol_name: str
    metadata: MetaDataVersion
    context: Literal["Submission", "Other"] = "Submission"
