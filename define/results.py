"""Analysis Results Metadata: each endpoint with the records that its where-clause selects, counted in the data.

Source: Analysis Results Metadata Specification 1.0 for Define-XML, section 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from define.draft import Draft, oid_part
from define.model import AnalysisDataset, AnalysisResult, Comparator, RangeCheck, ResultDisplay
from specs.analyses import SUBJECTS, Endpoint
from specs.condition_tree import Both, Compare, Given, Member, Missing, Node
from specs.conditions import parse_condition

SIGNS: dict[str, Comparator] = {"=": "EQ", "!=": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}
PURPOSES = {"primary": "PRIMARY OUTCOME MEASURE", "secondary": "SECONDARY OUTCOME MEASURE"}
STATISTICS = {
    "rate": "Number and proportion of subjects, with exact (Clopper-Pearson) 95% confidence limits",
    "survival": "Kaplan-Meier estimates of the median with 95% confidence limits, and at landmark times",
    "summary": "Descriptive statistics of the values",
    "worst": "Subjects by their worst value, each counted once",
    "escalation": "Subjects with an event by dose level, and the 3+3 decision",
    "agreement": "Levels of paired assessments in a table: agreement exactly, within one level, on response; linear "
    "weighted kappa",
}
PARAMETER_NAME = "PARAM"
JOINED = "Datasets are joined by STUDYID and USUBJID: the population is of {subjects}, the records are of {dataset}."


@dataclass(frozen=True)
class Selection:
    """An endpoint and what it really selects: subjects of the population, records, and their subjects."""

    name: str
    endpoint: Endpoint
    population: int
    records: int
    subjects: int


def result_displays(draft: Draft, selections: Sequence[Selection]) -> tuple[ResultDisplay, ...]:
    """One display per group of endpoints, the primary first, one result per endpoint."""
    groups: dict[str, list[Selection]] = {group: [] for group in PURPOSES}
    for selection in selections:
        groups.setdefault(selection.endpoint.group or "other", []).append(selection)
    return tuple(
        ResultDisplay(
            f"RD.{oid_part(group)}",
            f"{group.capitalize()} endpoints",
            f"{group.capitalize()} endpoints: estimates by endpoint",
            tuple(_result(draft, s) for s in found),
        )
        for group, found in groups.items()
        if found
    )


def _result(draft: Draft, selection: Selection) -> AnalysisResult:
    name, endpoint = oid_part(selection.name), selection.endpoint
    where = _where(draft, endpoint.dataset, endpoint.where)
    population = _where(draft, SUBJECTS, endpoint.population)
    people = [*_names(endpoint.population), *([endpoint.groups.rpartition(".")[2]] if endpoint.groups else [])]
    datasets = [AnalysisDataset(f"IG.{SUBJECTS}", population, _items(draft, SUBJECTS, people))]
    read = [endpoint.value, endpoint.by, endpoint.order, *_names(endpoint.event), *_names(endpoint.where)]
    if endpoint.pairs:
        read += [endpoint.pairs.date, *_names(endpoint.pairs.second), *endpoint.pairs.columns]
    own = AnalysisDataset(f"IG.{endpoint.dataset}", where, _items(draft, endpoint.dataset, [r for r in read if r]))
    comment = None
    if endpoint.dataset == SUBJECTS:
        both = " and ".join(f"({c})" for c in (endpoint.population, endpoint.where) if c)
        combined = _where(draft, SUBJECTS, both)
        variables = tuple(dict.fromkeys([*datasets[0].variables, *own.variables]))
        datasets = [AnalysisDataset(f"IG.{SUBJECTS}", combined, variables)]
    else:
        datasets.append(own)
        text = JOINED.format(subjects=SUBJECTS, dataset=endpoint.dataset)
        comment = draft.comment(f"COM.AR.{endpoint.dataset}", text)
    parameter = f"IT.{endpoint.dataset}.PARAMCD"
    return AnalysisResult(
        f"AR.{name}",
        endpoint.label,
        "SPECIFIED IN SAP",
        PURPOSES.get(endpoint.group, "EXPLORATORY OUTCOME MEASURE"),
        tuple(datasets),
        _documentation(selection),
        parameter_oid=parameter if parameter in draft.items and "PARAMCD" in _names(endpoint.where) else None,
        datasets_comment=comment,
        code_context="Specification of the endpoint",
        code=as_specified(selection.name, endpoint),
    )


def _documentation(selection: Selection) -> str:
    endpoint = selection.endpoint
    parts = [f"{STATISTICS[endpoint.statistic]}."]
    parts.append(f"Population: {parse_condition(endpoint.population).english()} ({selection.population} subjects).")
    chosen = f" where {parse_condition(endpoint.where).english()}" if endpoint.where else ""
    counts = f"{selection.records} records of {selection.subjects} subjects are selected"
    parts.append(f"Records: {endpoint.dataset}{chosen}: {counts}.")
    if pairs := endpoint.pairs:
        second = parse_condition(pairs.second).english()
        parts.append(f"Those where {second} are compared with the others of a date within {pairs.within_days} days.")
    if endpoint.event:
        parts.append(f"Counted as event: {parse_condition(endpoint.event).english()}.")
    if endpoint.groups:
        parts.append(f"By {endpoint.groups}{', and in total' if endpoint.total else ''}.")
    if endpoint.test:
        parts.append(f"Groups are compared by a two-sided {endpoint.test} test.")
    return " ".join(parts)


def as_specified(name: str, endpoint: Endpoint) -> str:
    """An endpoint as its specification says it: the code of the analysis."""
    given = endpoint.model_dump(exclude_defaults=True)
    return "\n".join([f"{name}:", *(f"  {k}: {v}" for k, v in given.items())])


def _names(condition: str | None) -> list[str]:
    return list(parse_condition(condition).names) if condition else []


def _items(draft: Draft, dataset: str, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(oid for n in dict.fromkeys(names) if (oid := f"IT.{dataset}.{n}") in draft.items)


def _where(draft: Draft, dataset: str, condition: str | None) -> str | None:
    """The where-clause of a condition; None for a condition that no where-clause can say (the text says it then)."""
    if not condition:
        return None
    checks = list(_checks(parse_condition(condition).tree, dataset))
    if not checks or any(c is None or c.item_oid not in draft.items for c in checks):
        return None
    said = [c for c in checks if c]
    for check in said:
        _have_terms(draft, dataset, check)
    parts = [oid_part("_".join([c.item_oid.rpartition(".")[2], c.comparator, *c.values])) for c in said]
    return draft.where(".".join(["WC", dataset, *parts]), said)


def _have_terms(draft: Draft, dataset: str, check: RangeCheck) -> None:
    """Values that the specs allow are terms, though there may be no such record yet."""
    item = draft.items[check.item_oid]
    known = draft.ways.possible.values(dataset, item.name)
    for value in check.values:
        if item.code_list and check.comparator in ("EQ", "IN") and value and (known is None or value in known):
            meaning = draft.ways.possible.beside(dataset, item.name, value, PARAMETER_NAME)
            draft.codelists.compared(item.code_list, value, meaning or value)


def _checks(tree: Node, dataset: str) -> Iterator[RangeCheck | None]:
    if isinstance(tree, Both) and tree.word == "and":
        for part in tree.parts:
            yield from _checks(part, dataset)
    elif isinstance(tree, Compare) and isinstance(tree.right, Given):
        yield RangeCheck(f"IT.{dataset}.{tree.left.name}", SIGNS[tree.sign], (tree.right.shown,))
    elif isinstance(tree, Member):
        comparator: Comparator = "NOTIN" if tree.negated else "IN"
        yield RangeCheck(f"IT.{dataset}.{tree.name.name}", comparator, tuple(v.shown for v in tree.values))
    elif isinstance(tree, Missing):
        yield RangeCheck(f"IT.{dataset}.{tree.name.name}", "NE" if tree.negated else "EQ", ("",))
    else:
        yield None
