"""What the reviewer's guides take from define.xml: guide and define then tell a reviewer the same.

Source: Define-XML 2.1, sections 5.3.9 (ItemGroupDef), 5.3.11 (ItemDef), 5.3.12 (CodeList) and 5.3.13 (MethodDef).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
ARM = "{http://www.cdisc.org/ns/arm/v1.0}"
DEF = "{http://www.cdisc.org/ns/def/v2.1}"
TITLES = {
    "ADAM OTHER": "Other",
    "BASIC DATA STRUCTURE": "BDS",
    "OCCURRENCE DATA STRUCTURE": "OCCDS",
    "SUBJECT LEVEL ANALYSIS DATASET": "ADSL",
}
"""Classes whose short names people know."""
PUBLISHED = "ISO"
"""Dictionaries of this publisher have no versions."""


@dataclass(frozen=True)
class Described:
    """A dataset as define.xml describes it: class, keys, variables without values, and how many have each origin."""

    name: str
    label: str
    class_name: str
    structure: str
    keys: tuple[str, ...]
    has_records: bool
    origins: tuple[tuple[str, int], ...]
    comment: str


def has_results(path: Path) -> bool:
    """Whether a define.xml has analysis results metadata."""
    return any(True for _ in DefineFacts(path).results())


class DefineFacts:
    """The facts of a define.xml; of one that is not there, none."""

    def __init__(self, path: Path) -> None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        self._root = etree.parse(str(path), parser).getroot() if path.is_file() else etree.Element("none")

    def standards(self) -> Iterator[tuple[str, str, str]]:
        """Kind, name and version of Define-XML itself, the standards, and the dictionaries."""
        for version in self._root.iter(f"{ODM}MetaDataVersion"):
            yield "Define-XML", "define.xml", str(version.get(f"{DEF}DefineVersion"))
        for standard in self._root.iter(f"{DEF}Standard"):
            kind = "Guide" if standard.get("Type") == "IG" else "Terminology"
            name = " ".join(str(standard.get(k)) for k in ("Name", "PublishingSet") if standard.get(k))
            yield kind, name, str(standard.get("Version"))
        found = {(str(d.get("Dictionary")), d.get("Version")) for d in self._root.iter(f"{ODM}ExternalCodeList")}
        for name, given in sorted(found, key=str):
            yield "Dictionary", name, given or ("as published" if name.startswith(PUBLISHED) else "not given")

    def results(self) -> Iterator[str]:
        """The OIDs of the analysis results."""
        yield from (str(r.get("OID")) for r in self._root.iter(f"{ARM}AnalysisResult"))

    @cached_property
    def datasets(self) -> dict[str, Described]:
        """Every dataset by its name, in the order of the define."""
        return {str(g.get("Name")): self._described(g) for g in self._root.iter(f"{ODM}ItemGroupDef")}

    def _described(self, group: etree._Element) -> Described:
        refs = list(group.iterchildren(f"{ODM}ItemRef"))
        keys = sorted((int(str(r.get("KeySequence"))), str(r.get("ItemOID"))) for r in refs if r.get("KeySequence"))
        counted = Counter(
            "No data" if ref.get(f"{DEF}HasNoData") else self._origin(self._items[str(ref.get("ItemOID"))])
            for ref in refs
        )
        class_name = next((str(c.get("Name")) for c in group.iterchildren(f"{DEF}Class")), "")
        return Described(
            str(group.get("Name")),
            _text(group),
            TITLES.get(class_name, class_name.title()),
            str(group.get(f"{DEF}Structure") or ""),
            tuple(str(self._items[oid].get("Name")) for _, oid in keys),
            not group.get(f"{DEF}HasNoData"),
            tuple(sorted(counted.items())),
            self._comments.get(str(group.get(f"{DEF}CommentOID")), ""),
        )

    @cached_property
    def _comments(self) -> dict[str, str]:
        return {str(c.get("OID")): _text(c) for c in self._root.iter(f"{DEF}CommentDef")}

    def _origin(self, item: etree._Element) -> str:
        """The origin of a variable; of several, all of them; where only its values have one, theirs."""
        found = {str(o.get("Type")) for o in item.iterchildren(f"{DEF}Origin")}
        return " and ".join(sorted(found)) or "At value level"

    @cached_property
    def _items(self) -> dict[str, etree._Element]:
        return {str(i.get("OID")): i for i in self._root.iter(f"{ODM}ItemDef")}

    def extended_terms(self) -> Iterator[tuple[str, str, str]]:
        """Codelist, term and meaning of every term that the study adds to a published codelist."""
        for codelist in self._root.iter(f"{ODM}CodeList"):
            for term in codelist.iterchildren(f"{ODM}CodeListItem", f"{ODM}EnumeratedItem"):
                if term.get(f"{DEF}ExtendedValue"):
                    value = str(term.get("CodedValue"))
                    decode = next(term.iterchildren(f"{ODM}Decode"), None)
                    meaning = _words(decode) if decode is not None else ""
                    yield str(codelist.get("Name")), value, meaning or value

    def imputations(self) -> Iterator[tuple[str, str]]:
        """Variable and method of everything that is imputed."""
        methods = {
            str(m.get("OID")): _text(m) for m in self._root.iter(f"{ODM}MethodDef") if m.get("Type") == "Imputation"
        }
        for group in self._root.iter(f"{ODM}ItemGroupDef"):
            for ref in group.iterchildren(f"{ODM}ItemRef"):
                if ref.get("MethodOID") in methods:
                    name = self._items[str(ref.get("ItemOID"))].get("Name")
                    yield f"{group.get('Name')}.{name}", methods[str(ref.get("MethodOID"))]


def _text(element: etree._Element) -> str:
    """The description of an element."""
    found = element.find(f"{ODM}Description")
    return _words(found) if found is not None else ""


def _words(element: etree._Element) -> str:
    """All text within an element, in one line."""
    return " ".join("".join(str(t) for t in element.itertext()).split())
