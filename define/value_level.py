"""Value-level metadata: findings results by test, qualifiers by QNAM, analysis values by parameter.

Clauses of one variable are disjoint, cover every record that has a value, and each selects some: they are made of the
combinations of values that the data hold. Define-XML 2.1, section 4.3; SDTM Metadata Submission Guidelines 2.0, 4.1.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from define.codelists import outside_terms
from define.draft import Draft, display_format, oid_part
from define.methods import method_text
from define.model import ItemDef, ItemRef, RangeCheck, ValueListDef
from define.ways import Way, ways
from define.written import NUMBER, WrittenDataset, measure, used
from specs.schemas import codelists_of
from specs.terminology import Codelist
from specs.uses import cases
from transforms.columns import Column, Mask, categories_of, missing, raw_codes

RESULTS = ("ORRES", "STRESC", "STRESN")
QUALIFIERS = ("SPEC", "METHOD", "CAT")
"""What tells the records of one test apart, in this order, where every record of the test has a value."""
ANALYSIS = ("AVAL", "AVALC")
SHARED_METHOD = "By parameter, as described at value level."


@dataclass(frozen=True)
class Clause:
    """The records with some values: what is compared, and the mask."""

    checks: tuple[tuple[str, str], ...]
    mask: Mask

    @property
    def suffix(self) -> str:
        """The values as the end of an OID."""
        return ".".join(oid_part(v) for _, v in self.checks)

    @property
    def code(self) -> str:
        """The test, qualifier or parameter."""
        return self.checks[0][1]


def add_value_lists(draft: Draft, written: WrittenDataset) -> dict[str, str]:
    """Add the value lists of a dataset; gives the OID of the list of each variable that has one."""
    name = written.name
    made: dict[str, str] = {}
    for topic, variables, qualifiers in _plans(written):
        clauses = _clauses(written, topic, qualifiers)
        for variable in variables:
            refs = [r for r in (_value(draft, written, variable, c, i) for i, c in enumerate(clauses, 1)) if r]
            if refs:
                oid = f"VL.{name}.{variable}"
                numbered = tuple(replace(r, order_number=i) for i, r in enumerate(refs, start=1))
                draft.value_lists[oid] = ValueListDef(oid, numbered)
                made[variable] = oid
    return made


def _plans(written: WrittenDataset) -> list[tuple[str, list[str], list[str]]]:
    """The topic variable, the variables described by it, and the qualifiers that may be needed beside it."""
    names, code = written.names, written.name[:2]
    if "QNAM" in names:
        return [("QNAM", ["QVAL"], [])]
    if "PARAMCD" in names:
        return [("PARAMCD", [v for v in ANALYSIS if v in names], [])]
    results = [v for r in RESULTS if (v := code + r) in names]
    if f"{code}TESTCD" in names and results:
        return [(f"{code}TESTCD", results, [v for q in QUALIFIERS if (v := code + q) in names])]
    return []


def _clauses(written: WrittenDataset, topic: str, qualifiers: Sequence[str]) -> list[Clause]:
    found = []
    for code, mask in _split(written.column(topic)):
        parts = [Clause(((topic, code),), mask)]
        for qualifier in qualifiers:
            column = written.column(qualifier)
            if not (missing(column) & mask).any() and len(used(column, mask)) > 1:
                parts = [
                    Clause((*p.checks, (qualifier, value)), both)
                    for p in parts
                    for value, own in _split(column)
                    if (both := p.mask & own).any()
                ]
        found += parts
    return found


def _split(column: Column) -> list[tuple[str, Mask]]:
    """The distinct values of a text column, and where each is."""
    codes, categories = raw_codes(column), categories_of(column)
    present = sorted((categories[i], i) for i in np.unique(codes[codes >= 0]).tolist())
    return [(value, codes == i) for value, i in present]


def _value(draft: Draft, written: WrittenDataset, variable: str, clause: Clause, number: int) -> ItemRef | None:
    """The item of a variable under a clause; None where no record of the clause has a value."""
    dataset = written.name
    values = used(written.column(variable), clause.mask)
    if not values:
        return None
    facts = written.names[variable]
    found = _ways(draft, written, variable, clause)
    kind = "text" if variable in ("QVAL", "AVALC") else "number"
    measured = measure(values, numeric=facts.type == "Num")
    if kind == "text" and facts.type == "Char":
        measured = replace(measured, data_type="text", significant_digits=None)
    oid = f"IT.{dataset}.{variable}.{clause.suffix}"
    oid = draft.free(oid, draft.items)
    coded = _codelist(draft, written, variable, found, values)
    if coded:
        measured = replace(measured, data_type="text", significant_digits=None) if facts.type == "Char" else measured
    where = draft.where(f"WC.{dataset}.{clause.suffix}", [_check(dataset, v, value) for v, value in clause.checks])
    origins = draft.origins(found)
    draft.items[oid] = ItemDef(
        oid,
        clause.code,
        measured.data_type,
        _label(written, clause),
        measured.length,
        measured.significant_digits,
        display_format(facts, measured),
        code_list=coded,
        origins=origins,
    )
    mandatory = not (missing(written.column(variable)) & clause.mask).any()
    method = None
    if any(o.type == "Derived" for o in origins):
        method = _method(draft, written, variable, clause, found)
    return ItemRef(oid, number, mandatory, method_oid=method, where_clauses=(where,))


def _check(dataset: str, variable: str, value: str) -> RangeCheck:
    return RangeCheck(f"IT.{dataset}.{variable}", "EQ", (value,))


def _label(written: WrittenDataset, clause: Clause) -> str:
    """The name of the test, qualifier or parameter, with the values of what tells it apart."""
    topic = clause.checks[0][0]
    partner = {"QNAM": "QLABEL", "PARAMCD": "PARAM"}.get(topic, topic.removesuffix("CD"))
    names = used(written.column(partner), clause.mask) if partner in written.names else []
    return ", ".join([names[0] if len(names) == 1 else clause.code, *(v for _, v in clause.checks[1:])])


def _ways(draft: Draft, written: WrittenDataset, variable: str, clause: Clause) -> list[Way]:
    """The ways of a variable that may have made the records of a clause."""
    model, topic = draft.model, clause.checks[0][0]
    if topic == "QNAM":
        parent = written.name.removeprefix("SUPP")
        return ways(model, parent, clause.code) if parent in model.datasets else []
    spec = model.datasets[written.name]
    found = ways(model, written.name, variable)
    if topic == "PARAMCD":
        own = [w for w in found if w.row == clause.code]
        return own or found
    sources = written.sources(clause.mask)
    kept = []
    for way in found:
        given = spec.rows[way.row].variables.get(topic) if way.row in spec.rows else None
        fixed = [c.method for c in cases(given) if c.kind == "value"] if given else []
        if fixed and clause.code not in fixed:
            continue
        if sources is None or not way.source or way.source in sources:
            kept.append(way)
    return kept or found


def _codelist(
    draft: Draft, written: WrittenDataset, variable: str, found: Sequence[Way], values: Sequence[str]
) -> str | None:
    """The list of the values of a clause: where they are its terms, or it is told for these rows and they are texts."""
    facts = written.names[variable]
    if facts.type == "Num":
        return None
    own = written.spec.variables.get(variable)
    told = [lists for w in found if (lists := codelists_of(w.variable, draft.model.codelists))]
    candidates: list[list[Codelist]] = [*told, *([codelists_of(own, draft.model.codelists)] if own else [])]
    for lists in candidates:
        if lists and not outside_terms(values, lists):
            return draft.codelists.of_lists(lists, "text", values)
    if told and told[0] and not any(NUMBER.fullmatch(v.lstrip("<>= ")) for v in values):
        return draft.codelists.of_lists(told[0], "text", values)
    return None


def _method(draft: Draft, written: WrittenDataset, variable: str, clause: Clause, found: Sequence[Way]) -> str:
    """The method of a clause: one text that several clauses share is one method."""
    text = method_text(draft.model, found, written.spec.keys)
    same = next((o for o, m in draft.methods.items() if m.description == text), None)
    if same is not None:
        return same
    return draft.method(
        f"MT.{written.name}.{variable}.{clause.suffix}", f"Algorithm to derive {variable} of {clause.code}", text
    )
