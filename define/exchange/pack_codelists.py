"""The codelists of a define as codelists.yaml: published lists by their names, terms added to them, and own lists."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from define.exchange.index import Define, code_of, terms_of, words
from define.exchange.names import odm
from specs.layers import MAPPINGS


@dataclass
class Published:
    """A codelist of a layer: its name, whether it may be extended, and its terms."""

    name: str
    extensible: bool
    terms: set[str] = field(default_factory=set)


def published(layers: list[str]) -> dict[str, Published]:
    """The codelists of some layers by their C-code; those of the nearer layer go before."""
    found: dict[str, Published] = {}
    for layer in reversed(layers):
        path = MAPPINGS / layer / "codelists.csv"
        if path.is_file():
            found.update(_read(path))
    return found


def _read(path: Path) -> dict[str, Published]:
    found: dict[str, Published] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = row["codelist_code"]
            one = found.setdefault(code, Published(row["codelist"], row["extensible"] == "Y"))
            one.terms.add(row["term"])
    return found


@dataclass
class Codelists:
    """The names that a define's codelists have in a pack, and what codelists.yaml says of them."""

    define: Define
    published: dict[str, Published]
    names: dict[str, str] = field(default_factory=dict)
    dictionaries: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = {p.name for p in self.published.values()}
        for codelist in self.define.all(odm("CodeList")):
            oid = codelist.get("OID", "")
            external = codelist.find(odm("ExternalCodeList"))
            if external is not None:
                self.dictionaries[oid] = external.get("Dictionary", "")
                continue
            terms = terms_of(codelist)
            known = self.published.get(code_of(codelist))
            values = [t.get("CodedValue", "") for t in terms]
            extra = [] if known is None else [t for t in terms if t.get("CodedValue", "") not in known.terms]
            if known is not None and (not extra or known.extensible):
                self.names[oid] = known.name
                if extra:
                    self.entries.setdefault(known.name, {"extend": {}})["extend"].update(_terms(extra))
            elif values:
                name = _own_name(oid, taken)
                taken.add(name)
                self.names[oid] = name
                title = codelist.get("Name") or name
                self.entries[name] = {"title": title, "terms": _terms(terms)}

    def name(self, item: etree._Element | None) -> str | None:
        """The pack's name of a variable's codelist."""
        found = self.define.codelist(item)
        return None if found is None else self.names.get(found.get("OID", ""))

    def dictionary(self, item: etree._Element | None) -> str | None:
        """The external dictionary of a variable."""
        found = self.define.codelist(item)
        return None if found is None else self.dictionaries.get(found.get("OID", ""))


def _own_name(oid: str, taken: set[str]) -> str:
    name = oid.removeprefix("CL.") or "LIST"
    while name in taken:
        name += "_STUDY"
    return name


def _terms(terms: list[etree._Element]) -> dict[str, Any]:
    """Terms with decode and C-code; one without a decode (EnumeratedItem) means what it says."""
    found: dict[str, Any] = {}
    for term in terms:
        value = term.get("CodedValue", "")
        said = {"decode": words(term, "Decode") or value, "code": code_of(term)}
        found[value] = {k: v for k, v in said.items() if v}
    return found
