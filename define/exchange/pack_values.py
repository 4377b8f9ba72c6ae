"""Value-level metadata as rows of a pack: one kind of row per test or parameter; and the qualifiers of SUPP--."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from define.exchange.index import Define, Element, Field, terms_of, words
from define.exchange.names import define, odm

EVERYTHING = "records"
Data = dict[str, Any]


@dataclass(frozen=True)
class Qualifier:
    """A qualifier of SUPP--: its QNAM, its label, and its metadata."""

    name: str
    label: str
    field: Field


def selections(clause: Element) -> list[tuple[str, list[str]]]:
    """The variables (their OIDs) of a where-clause that must have one of some values."""
    checks = [c for c in clause.findall(odm("RangeCheck")) if c.get("Comparator") in ("EQ", "IN")]
    return [(c.get(define("ItemOID"), ""), [v.text or "" for v in c.findall(odm("CheckValue"))]) for c in checks]


def selected(clause: Element) -> tuple[str, list[str]] | None:
    """What ``selections`` gives of a where-clause that checks one variable and nothing else; None for any other."""
    found = selections(clause)
    return found[0] if len(found) == len(clause.findall(odm("RangeCheck"))) == 1 else None


def rows_of(found: Define, group: Element, source: str, told: Callable[[str, Field], Data]) -> Data:
    """The kinds of rows of a dataset: one for each test or parameter that value-level metadata tell apart.

    ``told`` gives what is said of a variable in one kind of row, nothing where it is what is said of it everywhere.
    """
    names = {f.ref.get("ItemOID", ""): f.name for f in found.fields(group)}
    by = next((n for n in names.values() if n.endswith("TESTCD") or n == "PARAMCD"), "")
    each: dict[str, Data] = {}
    for field in found.fields(group):
        for value in found.values(field.item):
            for clause in found.clauses(value):
                chosen = [c for c in selections(clause) if names.get(c[0]) == by]
                for one in (v for _, values in chosen for v in values):
                    entry = told(field.name, value) if selected(clause) is not None else {}
                    each.setdefault(one, {}).update({field.name: entry} if entry else {})
    if not each or not all(re.fullmatch(r"[A-Z][A-Z0-9_]{0,7}", v) for v in each):
        return {EVERYTHING: {"from": source}}
    kinds = {v: {"variables": entries} if entries else {} for v, entries in each.items()}
    rows: Data = {"values": {"from": source, "where": f"{by} = '{{key}}'", "each": kinds}}
    terms = set(_terms(found, group, by))
    if not terms or terms - set(each):
        listed = ", ".join(f"'{v}'" for v in each)
        rows["others"] = {"from": source, "where": f"{by} not in ({listed})"}
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
