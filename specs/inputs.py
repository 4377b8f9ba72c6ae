"""SDTM datasets that a run starts from: a source of kind ``sdtm`` is also a dataset of the study, under its own name.

Nobody writes it down: ``ae: {file: ae.xpt, kind: sdtm, subject: USUBJID}`` lets analysis datasets say ``from: AE`` and
``AE.AESTDTC``. It holds the variables that something refers to, described as the SDTM standard of the study describes
them; it is cut like any dataset, and not written. Design, section 3; ADaM-only use is a normal way to use this program.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from specs.expand import domain_code, fill_prefix
from specs.model import Copy, Dataset, Lookup, Rows, SourceSpec, Variable
from specs.nodes import Node
from specs.time_to_event import time_to_event_uses
from specs.uses import Derivation, condition_names, derivation_uses, is_collected, uses

if TYPE_CHECKING:
    from specs.resolve import StudyModel

SUBJECT = "USUBJID"
DESCRIBED = ("label", "type", "role", "codelist", "format", "display", "values")


def input_names(sources: dict[str, SourceSpec]) -> dict[str, str]:
    """The datasets that sources stand for, each with its source."""
    return {name.upper(): name for name, source in sources.items() if source.kind == "sdtm"}


def add_inputs(model: StudyModel) -> None:
    """Give the model a dataset for every source of kind sdtm that something refers to by its dataset name."""
    used: dict[str, dict[str, None]] = {}
    for referred, variable in _references(model):
        used.setdefault(referred, {})[variable] = None
    for name, source in input_names(model.study.sources).items():
        if name not in used or name in model.datasets:
            continue
        subject = [SUBJECT] if model.study.sources[source].subject else []
        variables = list(dict.fromkeys([*subject, *(v for v in used[name] if v)]))
        known = _known(model, name)
        dataset = Dataset.model_validate(
            {
                "dataset": name,
                "class": str(known.mapping["class"].plain()) if "class" in known.mapping else "",
                "label": str(known.mapping["label"].plain()) if "label" in known.mapping else name,
                "standard": "sdtm",
                "stands_for": source,
            }
        )
        qualifiers = _qualifiers(model, name, source, known)
        defined = {v: qualifiers.get(v) or _variable(known, v) for v in variables}
        model.datasets[name] = dataset.model_copy(
            update={"variables": defined, "rows": {"records": Rows.model_validate({"from": source})}}
        )
        model.nodes[name] = known


def _known(model: StudyModel, name: str) -> Node:
    """What the standard says of a dataset."""
    found = [n for x in model.layers if x.is_standard and (n := x.datasets.get(name)) is not None]
    return fill_prefix(found[0], domain_code(name)) if found else Node({}, model.head.place, model.head.layer)


def _variable(known: Node, name: str) -> Variable:
    node = (known.get("variables") or Node({}, known.place)).get(name)
    about = {k: v.plain() for k, v in node.mapping.items() if k in DESCRIBED} if node else {}
    column = "person.USUBJID" if name == SUBJECT else name
    return Variable.model_validate(about).model_copy(update={"copy_": Copy(column=column)})


def _qualifiers(model: StudyModel, name: str, source: str, known: Node) -> dict[str, Variable]:
    """The qualifiers that the SUPP-- source of a dataset is said to hold, each as a variable of the dataset."""
    sources = model.study.sources
    supplemental = next((n for n in sources if n.upper() == f"SUPP{name}"), None)
    if supplemental is None:
        return {}
    match: dict[str, Any] = {sources[supplemental].subject or SUBJECT: sources[source].subject or SUBJECT}
    number = f"{domain_code(name)}SEQ"
    if number in (known.get("variables") or known).mapping:
        match["IDVARVAL"] = number
    return {
        qualifier: Variable(
            lookup=Lookup(
                source=supplemental, match={**match, "QNAM": {"value": qualifier}}, take="QVAL", optional=True
            ),
            type="Char",
        )
        for qualifier in sources[supplemental].qualifiers
    }


def _references(model: StudyModel) -> Iterator[tuple[str, str]]:
    """Every (dataset, variable) that something in the study refers to; (dataset, "") where its records are meant."""
    for name, dataset in model.datasets.items():
        own = [*dataset.variables.values(), *dataset.supplemental.values()]
        for typed in [*own, *(v for row in dataset.rows.values() for v in row.variables.values())]:
            yield from _others(u.name for u in uses(typed) if u.kind == "other")
        for row in dataset.rows.values():
            yield from _row_references(row, {**dataset.variables, **dataset.supplemental, **row.variables})
        yield from _others(f"{name}.{key}" for key in dataset.keys)
    for name, rule in (model.study.cut.datasets if model.study.cut else {}).items():
        yield from ((name, v) for v in (rule.start, rule.end, *rule.ongoing, *rule.values) if v)


def _row_references(row: Rows, variables: dict[str, Variable]) -> Iterator[tuple[str, str]]:
    if row.derive:
        given = derivation_uses(Derivation(row.derive, dict(row.with_ or {})))
        yield from _others(u.name for u in given if u.kind == "other")
    if row.time_to_event:
        yield from _others(u.name for u in time_to_event_uses(row.time_to_event) if u.kind == "other")
    if not row.from_:
        return
    yield row.from_, ""
    named = [*condition_names(row.where or ""), *(n for n in (row.first, row.last, *(row.distinct or [])) if n)]
    for join in row.join.values():
        named += [ours for ours in (join.by if isinstance(join.by, dict) else {}) if ours not in ("person", "subject")]
    for typed in variables.values():
        if is_collected(typed):
            named += [u.name for u in uses(typed) if u.kind == "column"]
    yield from ((row.from_, n) for n in named if "." not in n)
    yield from _others(n for n in named if "." in n)


def _others(names: Iterator[str]) -> Iterator[tuple[str, str]]:
    for full in names:
        dataset, _, variable = full.rpartition(".")
        if dataset:
            yield dataset, variable
