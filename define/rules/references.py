"""References both ways: each names something that is there once, and nothing is there that nothing names.

Source: Define-XML 2.1, the OID attributes of each element, which are unique per kind of element.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from define.rules.data import Submission, Use
from define.rules.document import Document, DocumentRef, ItemGroup, ItemRef
from define.rules.rule import DefineFinding, GroupRule, Rule, UseRule


@dataclass(frozen=True)
class Reference:
    """One reference: the kind of element and the OID that it names, and the OID of what names it."""

    kind: str
    target: str
    source: str
    dataset: str = ""


def references(define: Document) -> Iterator[Reference]:
    """All references of a document."""
    for kind, target, source, dataset in _all(define):
        if target:
            yield Reference(kind, target, source, dataset)


def _all(define: Document) -> Iterator[tuple[str, str, str, str]]:
    yield "def:CommentDef", define.comment, "MetaDataVersion", ""
    for d in define.crf + define.supplemental:
        yield "def:leaf", d.leaf, "MetaDataVersion", ""
    for standard in define.standards:
        yield "def:CommentDef", standard.comment, standard.oid, ""
    for group in define.groups:
        yield "def:Standard", group.standard, group.oid, group.name
        yield "def:CommentDef", group.comment, group.oid, group.name
        for ref in group.refs:
            yield from _of_ref(ref, group.oid, group.name)
    for values in define.value_lists:
        for ref in values.refs:
            yield from _of_ref(ref, values.oid, "")
    for item in define.items:
        yield "CodeList", item.codelist, item.oid, ""
        yield "def:ValueListDef", item.value_list, item.oid, ""
        yield "def:CommentDef", item.comment, item.oid, ""
        for origin in item.origins:
            yield from _of_documents(origin.documents, item.oid)
    for codelist in define.codelists:
        yield "def:Standard", codelist.standard, codelist.oid, ""
        yield "def:CommentDef", codelist.comment, codelist.oid, ""
    for clause in define.clauses:
        yield "def:CommentDef", clause.comment, clause.oid, ""
        for check in clause.checks:
            yield "ItemDef", check.item, clause.oid, ""
    for described in define.methods + define.comments:
        yield from _of_documents(described.documents, described.oid)
    yield from _of_displays(define)


def _of_ref(ref: ItemRef, source: str, dataset: str) -> Iterator[tuple[str, str, str, str]]:
    yield "ItemDef", ref.item, source, dataset
    yield "MethodDef", ref.method, source, dataset
    for clause in ref.clauses:
        yield "def:WhereClauseDef", clause, source, dataset


def _of_documents(documents: tuple[DocumentRef, ...], source: str) -> Iterator[tuple[str, str, str, str]]:
    for document in documents:
        yield "def:leaf", document.leaf, source, ""


def _of_displays(define: Document) -> Iterator[tuple[str, str, str, str]]:
    for display in define.displays:
        yield from _of_documents(display.documents, display.oid)
        for result in display.results:
            yield "def:CommentDef", result.comment, result.oid, ""
            yield "ItemDef", result.parameter, result.oid, ""
            yield from _of_documents(result.documents, result.oid)
            for analysed in result.datasets:
                yield "ItemGroupDef", analysed.group, result.oid, ""
                yield "def:WhereClauseDef", analysed.clause, result.oid, ""
                for variable in analysed.variables:
                    yield "ItemDef", variable, result.oid, ""


class OidDuplicate(Rule):
    """An OID names one element of its kind."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The OIDs that occur twice."""
        for kind, oids in submission.define.oids.items():
            for oid, times in Counter(oids).items():
                if times > 1:
                    yield self.found(f"{times} elements {kind} have the OID {oid}; give each its own", oid)


class _Unknown(Rule):
    """A reference names an element that is there."""

    kind: ClassVar[str]

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The references to nothing."""
        known = set(submission.define.oids[self.kind])
        for r in references(submission.define):
            if r.kind == self.kind and r.target not in known:
                message = f"{r.source} refers to {self.kind} {r.target}, which is not there; add it or correct the OID"
                yield self.found(message, r.target, r.dataset)


class ItemUnknown(_Unknown):
    """An ItemOID names an ItemDef that is there."""

    kind = "ItemDef"


class CodelistUnknown(_Unknown):
    """A CodeListOID names a CodeList that is there."""

    kind = "CodeList"


class MethodUnknown(_Unknown):
    """A MethodOID names a MethodDef that is there."""

    kind = "MethodDef"


class CommentUnknown(_Unknown):
    """A CommentOID names a def:CommentDef that is there."""

    kind = "def:CommentDef"


class ClauseUnknown(_Unknown):
    """A WhereClauseOID names a def:WhereClauseDef that is there."""

    kind = "def:WhereClauseDef"


class ValueListUnknown(_Unknown):
    """A ValueListOID names a def:ValueListDef that is there."""

    kind = "def:ValueListDef"


class StandardUnknown(_Unknown):
    """A StandardOID names a def:Standard that is there."""

    kind = "def:Standard"


class LeafUnknown(_Unknown):
    """A leafID names a def:leaf that is there."""

    kind = "def:leaf"


class AnalysedDatasetUnknown(_Unknown):
    """An ItemGroupOID of an analysis names an ItemGroupDef that is there."""

    kind = "ItemGroupDef"


class _Unused(Rule):
    """What is defined is used."""

    kind: ClassVar[str]

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The elements that nothing refers to."""
        used = self.used(submission.define)
        for oid in dict.fromkeys(submission.define.oids[self.kind]):
            if oid not in used:
                yield self.found(f"nothing refers to {self.kind} {oid}; remove it, or refer to it", oid)

    def used(self, define: Document) -> set[str]:
        """The OIDs that something refers to."""
        return {r.target for r in references(define) if r.kind == self.kind}


class ItemUnused(_Unused):
    """An ItemDef is used by a dataset or a value list."""

    kind = "ItemDef"

    def used(self, define: Document) -> set[str]:
        """The items of ItemRefs; being compared in a where-clause does not make a variable."""
        groups = {r.item for g in define.groups for r in g.refs}
        return groups | {r.item for v in define.value_lists for r in v.refs}


class CodelistUnused(_Unused):
    """A CodeList is used by an ItemDef."""

    kind = "CodeList"


class MethodUnused(_Unused):
    """A MethodDef is used by an ItemRef."""

    kind = "MethodDef"


class CommentUnused(_Unused):
    """A def:CommentDef is used."""

    kind = "def:CommentDef"


class ClauseUnused(_Unused):
    """A def:WhereClauseDef is used by a value list or an analysis."""

    kind = "def:WhereClauseDef"


class ValueListUnused(_Unused):
    """A def:ValueListDef is used by an ItemDef."""

    kind = "def:ValueListDef"


class LeafUnused(_Unused):
    """A document is referred to from somewhere."""

    kind = "def:leaf"

    def used(self, define: Document) -> set[str]:
        """Documents that are referred to; the files of datasets belong to their ItemGroupDef."""
        return super().used(define) | {g.leaf.oid for g in define.groups if g.leaf is not None}


class ArchiveLocation(GroupRule):
    """A dataset with data has a def:leaf of its own, and its def:ArchiveLocationID is that of the leaf."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """A dataset without leaf, or with the location of another."""
        if group.leaf is None:
            if not group.has_no_data:
                yield f"{group.name} has no def:leaf; name its transport file"
        elif group.archive != group.leaf.oid:
            yield f"{group.name} has the location '{group.archive}', its leaf is {group.leaf.oid}; make them one"


class DatasetDuplicate(Rule):
    """A name of a dataset occurs once."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The names that occur twice."""
        for name, times in Counter(g.name for g in submission.define.groups).items():
            if times > 1:
                yield self.found(f"{times} datasets are named {name}; describe each once", "", name)


class VariableDuplicate(GroupRule):
    """A dataset has each variable once."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """The variables that occur twice."""
        for name, times in Counter(item.name for _, item in submission.refs(group)).items():
            if times > 1:
                yield f"{group.name} has {name} {times} times; keep one ItemRef"


class ValueItemDuplicate(Rule):
    """A value list has each ItemDef once."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The ItemDefs that occur twice in a list."""
        for values in submission.define.value_lists:
            for item, times in Counter(r.item for r in values.refs).items():
                if times > 1:
                    yield self.found(f"{values.oid} refers {times} times to {item}; join the where-clauses", values.oid)


class ItemNested(UseRule):
    """A kind of values has no value list of its own."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Lists within lists."""
        if use.parent is not None and use.item.value_list:
            yield f"{use.item.oid} describes values and has the value list {use.item.value_list}; put all into one list"


RULES: tuple[type[Rule], ...] = (
    OidDuplicate, ItemUnknown, CodelistUnknown, MethodUnknown, CommentUnknown, ClauseUnknown, ValueListUnknown,
    StandardUnknown, LeafUnknown, AnalysedDatasetUnknown, ItemUnused, CodelistUnused, MethodUnused, CommentUnused,
    ClauseUnused, ValueListUnused, LeafUnused, ArchiveLocation, DatasetDuplicate, VariableDuplicate,
    ValueItemDuplicate, ItemNested,
)  # fmt: skip
