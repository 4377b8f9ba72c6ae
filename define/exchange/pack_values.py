"""Value-level metadata as rows of a pack: one kind of row per test or parameter; and the qualifiers of SUPP--."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from define.exchange.index import Define, Element, Field, terms_of, words
from define.exchange.names import define, odm

EVERYTHING = "records"
CLAUSES = {"EQ": "=", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}


@dataclass(frozen=True)
class Qualifier:
    """A qualifier of SUPP--: its QNAM, its label, and its metadata."""

    name: str
    label: str
    field: Field


def selected(clause: Element) -> tuple[str, list[str]] | None:
    """The variable (its OID) and the values that a where-clause of one check selects; None for any other."""
    checks = clause.findall(odm("RangeCheck"))
    if len(checks) != 1 or checks[0].get("Comparator") not in ("EQ", "IN"):
        return None
    return checks[0].get(define("ItemOID"), ""), [v.text or "" for v in checks[0].findall(odm("CheckValue"))]


def rows_of(found: Define, group: Element, source: str) -> dict[str, Any]:
    """The kinds of rows of a dataset: one for each test or parameter that value-level metadata tell apart."""
    names = {f.ref.get("ItemOID", ""): f.name for f in found.fields(group)}
    by = next((n for n in names.values() if n.endswith("TESTCD") or n == "PARAMCD"), None)
    values: list[str] = []
    for field in found.fields(group):
        for value in found.values(field.item):
            for clause in found.clauses(value):
                for check in clause.findall(odm("RangeCheck")):
                    if names.get(check.get(define("ItemOID"), "")) == by and check.get("Comparator") in ("EQ", "IN"):
                        values += [v.text or "" for v in check.findall(odm("CheckValue"))]
    values = list(dict.fromkeys(values))
    if by is None or not values or not all(re.fullmatch(r"[A-Z][A-Z0-9_]{0,7}", v) for v in values):
        return {EVERYTHING: {"from": source}}
    rows: dict[str, Any] = {v: {"from": source, "where": f"{by} = '{v}'"} for v in values}
    others = ", ".join(f"'{v}'" for v in values)
    if set(values) < set(_terms(found, group, by)) or not _terms(found, group, by):
        rows["others"] = {"from": source, "where": f"{by} not in ({others})"}
    return rows


def _terms(found: Define, group: Element, by: str) -> list[str]:
    """The values that the codelist of a variable allows."""
    for field in found.fields(group):
        codelist = found.codelist(field.item) if field.name == by else None
        if codelist is not None:
            return [t.get("CodedValue", "") for t in terms_of(codelist)]
    return []


def qualifiers(found: Define, group: Element) -> list[Qualifier]:
    """The qualifiers of a SUPP-- dataset, by the value-level metadata of QVAL."""
    names = {f.ref.get("ItemOID", ""): f.name for f in found.fields(group)}
    labels = _labels(found, group)
    result: dict[str, Qualifier] = {}
    for field in found.fields(group):
        for value in found.values(field.item) if field.name == "QVAL" else []:
            for clause in found.clauses(value):
                chosen = selected(clause)
                if chosen is None or names.get(chosen[0]) != "QNAM":
                    continue
                for name in chosen[1]:
                    label = labels.get(name) or words(value.item) or name
                    if re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", name) and len(label.encode()) <= 40:
                        result.setdefault(name, Qualifier(name, label, value))
    return list(result.values())


def _labels(found: Define, group: Element) -> dict[str, str]:
    """The labels of qualifiers, where the codelist of QNAM decodes them."""
    for field in found.fields(group):
        codelist = found.codelist(field.item) if field.name == "QNAM" else None
        if codelist is not None:
            return {t.get("CodedValue", ""): words(t, "Decode") for t in terms_of(codelist)}
    return {}
