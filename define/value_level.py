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
from define.methods import method_text, variants
from define.model import ItemDef, ItemRef, RangeCheck, ValueListDef
from define.ways import Way, Ways, lists_of
from define.written import NUMBER, WrittenDataset, measure, used
from specs.model import Rows
from specs.schemas import codelists_of
from specs.terminology import Codelist
from specs.uses import cases
from transforms.columns import Column, Mask, categories_of, missing, raw_codes

RESULTS = ("ORRES", "STRESC", "STRESN")
QUALIFIERS = ("SPEC", "METHOD", "CAT")
"""What tells the records of one test apart, in this order, where every record of the test has a value."""
ANALYSIS = ("AVAL", "AVALC")
SHARED_METHOD = "As described at value level."


@dataclass(frozen=True)
class Clause:
    """The records with some values: what is compared, and the mask."""

    checks: tuple[tuple[str, tuple[str, ...]], ...]
    mask: Mask

    @property
    def suffix(self) -> str:
        """The values as the end of an OID."""
        return ".".join(oid_part("_".join(values)) for _, values in self.checks)

    @property
    def code(self) -> str:
        """The test, qualifier or parameter (of several values the first)."""
        return self.checks[0][1][0]


def add_value_lists(draft: Draft, written: WrittenDataset) -> dict[str, str]:
    """Add the value lists of a dataset; gives the OID of the list of each variable that has one."""
    name = written.name
    planned: dict[str, list[Clause]] = {}
    for topic, variables, qualifiers in _plans(written):
        clauses = _clauses(written, topic, qualifiers)
        planned |= dict.fromkeys(variables, clauses)
    planned |= {v: c for v in written.names if v not in planned and (c := _by_codelist(draft, written, v))}
    made: dict[str, str] = {}
    for variable, clauses in planned.items():
        alike = _alike(draft, written, variable)
        refs = [r for c in clauses if (r := _value(draft, written, variable, c, alike))]
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
        parts = [Clause(((topic, (code,)),), mask)]
        for qualifier in qualifiers:
            column = written.column(qualifier)
            if not (missing(column) & mask).any() and len(used(column, mask)) > 1:
                parts = [
                    Clause((*p.checks, (qualifier, (value,))), both)
                    for p in parts
                    for value, own in _split(column)
                    if (both := p.mask & own).any()
                ]
        found += parts
    return found


def _by_codelist(draft: Draft, written: WrittenDataset, variable: str) -> list[Clause]:
    """The clauses of a variable with terms of several lists: by a variable whose every value goes with one list.

    DSDECOD, for one, has reasons, milestones and other events, and DSCAT says which. Empty where one list is enough, or
    nothing tells the lists apart.
    """
    spec = written.spec.variables.get(variable)
    lists = codelists_of(spec, draft.model.codelists) if spec and isinstance(spec.codelist, list) else []
    column = written.column(variable) if len(lists) > 1 else None
    if column is None or any(not outside_terms(used(column), [c]) for c in lists):
        return []
    code = written.name[:2]
    for by in (code + suffix for suffix in ("CAT", "SCAT", "TESTCD") if code + suffix in written.names):
        if by == variable or (missing(written.column(by)) & ~missing(column)).any():
            continue
        groups: dict[str, list[tuple[str, Mask]]] = {}
        for value, mask in _split(written.column(by)):
            terms = used(column, mask)
            fits = next((c.name for c in lists if terms and not outside_terms(terms, [c])), "")
            groups.setdefault(fits, []).append((value, mask))
        if "" not in groups:
            return [
                Clause(((by, tuple(v for v, _ in found)),), np.logical_or.reduce([m for _, m in found]))
                for found in groups.values()
            ]
    return []


def _split(column: Column) -> list[tuple[str, Mask]]:
    """The distinct values of a text column, and where each is."""
    codes, categories = raw_codes(column), categories_of(column)
    present = sorted((categories[i], i) for i in np.unique(codes[codes >= 0]).tolist())
    return [(value, codes == i) for value, i in present]


def _value(draft: Draft, written: WrittenDataset, variable: str, clause: Clause, alike: bool) -> ItemRef | None:
    """The item of a variable under a clause; None where no record of the clause has a value.

    ``alike``: all kinds of rows have one method, that of the variable.
    """
    dataset = written.name
    values = used(written.column(variable), clause.mask)
    if not values:
        return None
    facts = written.names[variable]
    known, found = _ways(draft, written, variable, clause)
    measured = measure(values, numeric=facts.type == "Num")
    oid = draft.free(f"IT.{dataset}.{variable}.{clause.suffix}", draft.items)
    coded = _codelist(draft, written, variable, found, values)
    if facts.type == "Char" and (coded or variable[2:] not in RESULTS):
        measured = replace(measured, data_type="text", significant_digits=None)
    where = draft.where(f"WC.{dataset}.{clause.suffix}", [_check(dataset, v, values) for v, values in clause.checks])
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
        text = method_text(known, found, written.spec.keys)
        method = _method(draft, dataset, variable, "" if alike else clause.suffix, text)
    return ItemRef(oid, 0, mandatory, method_oid=method, where_clauses=(where,))


def _check(dataset: str, variable: str, values: tuple[str, ...]) -> RangeCheck:
    return RangeCheck(f"IT.{dataset}.{variable}", "EQ" if len(values) == 1 else "IN", values)


def _label(written: WrittenDataset, clause: Clause) -> str:
    """The name of the test, qualifier or parameter, with the values of what tells it apart."""
    topic = clause.checks[0][0]
    partner = {"QNAM": "QLABEL", "PARAMCD": "PARAM"}.get(topic, topic.removesuffix("CD"))
    names = used(written.column(partner), clause.mask) if partner in written.names else []
    told = names[0] if len(names) == 1 else " or ".join(clause.checks[0][1])
    return ", ".join([told, *(v for _, values in clause.checks[1:] for v in values)])


def _ways(draft: Draft, written: WrittenDataset, variable: str, clause: Clause) -> tuple[Ways, list[Way]]:
    """The ways of a variable that may have made the records of a clause, and among which ways they were looked for."""
    model, topic = draft.model, clause.checks[0][0]
    if topic == "QNAM":
        return draft.ways, qualifier_ways(draft.ways, written.name.removeprefix("SUPP"), clause.code)
    spec = model.datasets[written.name]
    found = draft.ways.giving(written.name, variable)
    if topic == "PARAMCD":
        known = draft.ways.of_value(written.name, topic, clause.code)
        own = known.giving(written.name, variable)
        named = [w for w in own if w.row == clause.code]
        return (known, named or own) if own else (draft.ways, found)
    sources = written.sources(clause.mask)
    kept = []
    for way in found:
        row = spec.rows.get(way.row)
        if row is not None and not all(_may_be(row, v, values) for v, values in clause.checks):
            continue
        if sources is None or not way.source or way.source in sources:
            kept.append(way)
    return draft.ways, kept or found


def _may_be(row: Rows, variable: str, values: tuple[str, ...]) -> bool:
    """Whether a kind of row can have one of some values: any, unless it says which it has."""
    given = row.variables.get(variable)
    fixed = [c.method for c in cases(given) if c.kind == "value"] if given else []
    return not fixed or any(v in fixed for v in values)


def qualifier_ways(known: Ways, parent: str, name: str) -> list[Way]:
    """The ways of a supplemental qualifier; a piece of a long text has those of the variable that was split."""
    if parent not in known.model.datasets:
        return []
    found = known.giving(parent, name)
    if found:
        return found
    stem = name.rstrip("0123456789")
    variables = known.model.datasets[parent].variables.items()
    whole = [v for v, t in variables if t.split_to and t.split_to.rstrip("0123456789") == stem]
    return [w for v in whole for w in known.giving(parent, v)]


def _codelist(
    draft: Draft, written: WrittenDataset, variable: str, found: Sequence[Way], values: Sequence[str]
) -> str | None:
    """The list of the values of a clause: where they are its terms, or it is told for these rows and they are texts."""
    facts = written.names[variable]
    if facts.type == "Num":
        return None
    own = written.spec.variables.get(variable)
    known = draft.model.codelists
    told = [lists for w in found if (lists := [known[n] for n in lists_of(w) if n in known])]
    candidates: list[list[Codelist]] = [*told, *([codelists_of(own, known)] if own else [])]
    for lists in [*([c] for several in candidates for c in several), *candidates]:
        if lists and not outside_terms(values, lists):
            return draft.codelists.of_lists(lists, "text", values)
    if told and told[0] and not any(NUMBER.fullmatch(v.lstrip("<>= ")) for v in values):
        return draft.codelists.of_lists(told[0], "text", values)
    return None


def _alike(draft: Draft, written: WrittenDataset, variable: str) -> bool:
    """Whether all kinds of rows of a dataset give a variable its values in the same way."""
    if written.name not in draft.model.datasets:
        return False
    found = draft.ways.giving(written.name, variable)
    return len(found) > 1 and variants(draft.ways, found, written.spec.keys) == 1


def _method(draft: Draft, dataset: str, variable: str, suffix: str, text: str) -> str:
    """The method of a clause, or of the variable; one text that several clauses share is one method."""
    if not suffix:
        return draft.method(f"MT.{dataset}.{variable}", f"Algorithm to derive {dataset}.{variable}", text)
    same = next((o for o, m in draft.methods.items() if m.description == text), None)
    oid = f"MT.{dataset}.{variable}.{suffix}"
    return same or draft.method(oid, f"Algorithm to derive {variable}, {suffix}", text)
