"""Reading a define as people ask of it: by OID, and by dataset and variable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from define.exchange.names import LANGUAGE, define, odm
from define.exchange.xml_file import metadata_of

Element = etree._Element
CODE_CONTEXT = "nci:ExtCodeID"
"""The context of an Alias that holds a C-code of NCI."""


def words(element: Element | None, container: str = "Description") -> str:
    """The text of an element's Description (or another container) in English, else in the first language."""
    if element is None:
        return ""
    texts = element.findall(f"{odm(container)}/{odm('TranslatedText')}")
    chosen = next((t for t in texts if t.get(LANGUAGE, "en").lower().startswith("en")), texts[0] if texts else None)
    return "" if chosen is None else "".join(str(t) for t in chosen.itertext())


def code_of(element: Element) -> str:
    """The C-code of a codelist or a term."""
    return next((a.get("Name", "") for a in element.findall(odm("Alias")) if a.get("Context") == CODE_CONTEXT), "")


def terms_of(codelist: Element) -> list[Element]:
    """The terms of a codelist, with and without decodes."""
    return [e for e in codelist if e.tag in (odm("CodeListItem"), odm("EnumeratedItem"))]


@dataclass(frozen=True)
class Field:
    """A variable of a dataset, or a value of value-level metadata: how it is referred to, and its definition."""

    ref: Element
    item: Element | None

    @property
    def name(self) -> str:
        """The name of the variable."""
        return "" if self.item is None else self.item.get("Name", "")


@dataclass(frozen=True)
class Define:
    """A define and its definitions by OID."""

    root: Element

    @cached_property
    def version(self) -> Element:
        """The MetaDataVersion."""
        return metadata_of(self.root)

    @cached_property
    def _by_oid(self) -> dict[tuple[str, str], Element]:
        return {(str(e.tag), e.get("OID") or e.get("ID") or ""): e for e in self.version if isinstance(e.tag, str)}

    def get(self, tag: str, oid: str | None) -> Element | None:
        """A definition by its kind and OID."""
        return self._by_oid.get((tag, oid or ""))

    def item(self, oid: str | None) -> Element | None:
        """An ItemDef."""
        return self.get(odm("ItemDef"), oid)

    def all(self, tag: str) -> list[Element]:
        """The definitions of one kind, in the order of the file."""
        return self.version.findall(tag)

    @cached_property
    def groups(self) -> list[Element]:
        """The datasets."""
        return self.all(odm("ItemGroupDef"))

    def fields(self, holder: Element) -> list[Field]:
        """The variables of a dataset, or the values of a value list, in their order."""
        refs = holder.findall(odm("ItemRef"))
        refs.sort(key=lambda r: float(n) if (n := r.get("OrderNumber", "")).isdigit() else float("inf"))
        return [Field(r, self.item(r.get("ItemOID"))) for r in refs]

    def keys(self, group: Element) -> list[str]:
        """The key variables of a dataset, in the order of the keys."""
        found = [(int(k), f.name) for f in self.fields(group) if (k := f.ref.get("KeySequence", "")).isdigit()]
        return [name for _, name in sorted(found)]

    def values(self, item: Element | None) -> list[Field]:
        """The values of value-level metadata of a variable."""
        ref = None if item is None else item.find(define("ValueListRef"))
        found = None if ref is None else self.get(define("ValueListDef"), ref.get("ValueListOID"))
        return [] if found is None else self.fields(found)

    def clauses(self, field: Field) -> list[Element]:
        """The where-clauses of a value."""
        refs = field.ref.findall(define("WhereClauseRef"))
        found = [self.get(define("WhereClauseDef"), r.get("WhereClauseOID")) for r in refs]
        return [c for c in found if c is not None]

    def codelist(self, item: Element | None) -> Element | None:
        """The codelist of a variable."""
        ref = None if item is None else item.find(odm("CodeListRef"))
        return None if ref is None else self.get(odm("CodeList"), ref.get("CodeListOID"))

    def method(self, ref: Element) -> str:
        """The text of the method that a reference names."""
        return words(self.get(odm("MethodDef"), ref.get("MethodOID")))

    def comment(self, element: Element | None) -> str:
        """The text of the comment that a definition names."""
        return "" if element is None else words(self.get(define("CommentDef"), element.get(define("CommentOID"))))

    @cached_property
    def places(self) -> dict[str, tuple[str, str]]:
        """For each variable, the first dataset that has it and its name."""
        found: dict[str, tuple[str, str]] = {}
        for group in self.groups:
            for field in self.fields(group):
                found.setdefault(field.ref.get("ItemOID", ""), (group.get("Name", ""), field.name))
        return found

    @property
    def standards(self) -> list[Element]:
        """The standards."""
        return self.version.findall(f"{define('Standards')}/{define('Standard')}")

    def guides(self) -> Iterator[tuple[str, str]]:
        """Names and versions of the implementation guides."""
        for standard in self.standards:
            if standard.get("Type") != "CT":
                yield standard.get("Name", ""), standard.get("Version", "")

    def global_text(self, name: str) -> str:
        """A text of GlobalVariables."""
        found = self.root.find(f"{odm('Study')}/{odm('GlobalVariables')}/{odm(name)}")
        return "" if found is None else (found.text or "").strip()
