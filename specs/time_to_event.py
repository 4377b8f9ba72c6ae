"""What a ``time_to_event`` refers to, and its sentence."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from specs.base import Setting
from specs.endpoint_model import CensorAt, CensorSpec, CensorWhen, EventSpec, FromVariable, Missed, TimeToEvent
from specs.model import Dataset
from specs.nodes import Spot
from specs.phrases import english, setting
from specs.problems import SpecProblem
from specs.uses import Use, condition_names, variable_uses

if TYPE_CHECKING:
    from specs.resolve import StudyModel


def sequence_of(dataset: str, variables: Container[str], sources: Iterable[str]) -> str | None:
    """The variable that numbers the records of a dataset, for SRCSEQ; None where it has none (as ADSL).

    ASEQ, the --SEQ of the dataset, that of the datasets its rows come from, or a SRCSEQ that it has itself (a parameter
    hands on where it comes from). Source: ADaMIG 1.3, 3.3.9 (SRCSEQ is the --SEQ or ASEQ of the source row).
    """
    candidates = ["ASEQ", f"{dataset[:2]}SEQ", *(f"{s[:2]}SEQ" for s in sources), "SRCSEQ"]
    return next((c for c in candidates if c in variables), None)


def row_sources(dataset: Dataset | None) -> list[str]:
    """The datasets that the rows of a dataset come from."""
    return [row.from_ for row in dataset.rows.values() if row.from_] if dataset else []


def time_to_event_uses(spec: TimeToEvent, datasets: Mapping[str, Dataset] | None = None) -> Iterator[Use]:
    """Every dataset variable, table and setting that the description names; with datasets, also what becomes SRCSEQ."""
    yield from _named_uses(spec)
    dates = [(e.date, e.sequence) for e in spec.events]
    dates += [(r.at.last, r.at.sequence) for r in spec.censor if isinstance(r.at, CensorAt)]
    dates += [(r.at.capped_at, None) for r in spec.censor if isinstance(r.at, CensorAt) and r.at.capped_at]
    for date, given in [(spec.start, None), *dates]:
        name = str(date["of"] if isinstance(date, dict) else date).rpartition(".")[0]
        dataset = (datasets or {}).get(name)
        known = {*dataset.variables, *(v for r in dataset.rows.values() for v in r.variables)} if dataset else set()
        sequence = given or sequence_of(name, known, row_sources(dataset))
        if sequence:
            yield Use("other", f"{name}.{sequence}", optional=given is None)


def _named_uses(spec: TimeToEvent) -> Iterator[Use]:
    yield from _related(spec.population)
    yield from _related(spec.start)
    if spec.end:
        yield from (Use("other", f"{spec.end}.{v}") for v in ("ADT", "CNSR"))
    for event in spec.events:
        yield from _related(event.date)
        yield from _named(event.until)
    for rule in spec.censor:
        yield from _censor_uses(rule)


def time_to_event_problems(spec: TimeToEvent, spot: Spot) -> Iterator[SpecProblem]:
    """What is wrong with the rules themselves: CNSR = 0 means an event (ADaM BDS-TTE 1.0, 4.3), never a censoring."""
    for i, rule in enumerate(spec.censor):
        if isinstance(rule.cnsr, int) and rule.cnsr < 1:
            told = f"'cnsr: {rule.cnsr}' does not censor: CNSR = 0 means an event; give 1 or more"
            yield spot.down("censor", i, "cnsr").at_value(told)


def _censor_uses(rule: CensorSpec) -> Iterator[Use]:
    for value in (rule.cnsr, rule.reason):
        if isinstance(value, FromVariable):
            yield Use("other", value.lookup)
    if isinstance(rule.at, CensorAt):
        yield from _related(rule.at.last)
        yield from _named(rule.at.until)
        yield from _named(rule.at.capped_at)
    if isinstance(rule.when, str):
        yield from (Use("other", n) for n in condition_names(rule.when))
    elif isinstance(rule.when, CensorWhen):
        yield from _related(rule.when.none)
        missed = rule.when.missed_assessments
        if missed:
            yield from _related(missed.date)
            yield from _named(missed.anchor)
            yield from _named(missed.until)
            if missed.schedule:
                yield Use("table", missed.schedule)


def _related(value: Any) -> Iterator[Use]:
    if value is not None:
        yield from variable_uses(value, optional=False)


def _named(name: str | None) -> Iterator[Use]:
    if name:
        yield Use("other", name)


def sentence(model: StudyModel, spec: TimeToEvent) -> str:
    """The whole endpoint in words: whose record, its start, every event, and every censoring rule in its order."""
    said = [f"One record per subject of {_population(model, spec.population)}. STARTDT is {_said(spec.start)}."]
    if spec.end:
        said.append(f"ADT, CNSR and what describes them are those of {_dataset(model, spec.end)}.")
    else:
        kinds = "; ".join(_event(e) for e in spec.events)
        said.append(f"ADT is the earliest event, with CNSR 0 and its EVNTDESC: {kinds}." if kinds else "No event.")
        said += [_rules(model, spec)] if spec.censor else []
    return " ".join([*said, "AVAL is ADT - STARTDT + 1 in days. SRCDOM, SRCVAR and SRCSEQ name the date that ADT is."])


def _event(event: EventSpec) -> str:
    until = f", on or before {event.until}" if event.until else ""
    return f"'{event.reason}' at {_said(event.date)}{until}"


def _rules(model: StudyModel, spec: TimeToEvent) -> str:
    missed = any(isinstance(r.when, CensorWhen) and r.when.missed_assessments for r in spec.censor)
    whom = "Without an event, or with one that a rule sets aside," if missed else "Without an event"
    rules = "; ".join(f"({n}) {_rule(model, rule)}" for n, rule in enumerate(spec.censor, start=1))
    return f"{whom} censored, with CNSDTDSC, by the first of these rules that applies: {rules}."


def _rule(model: StudyModel, rule: CensorSpec) -> str:
    cnsr = f"of {rule.cnsr.lookup}, where that has a value" if isinstance(rule.cnsr, FromVariable) else rule.cnsr
    reason = f"of {rule.reason.lookup}" if isinstance(rule.reason, FromVariable) else f"'{rule.reason}'"
    return f"{_when(model, rule)}CNSR {cnsr}, CNSDTDSC {reason}, at {_at(rule)}"


def _population(model: StudyModel, value: Any) -> str:
    """The dataset whose subjects count, and which of its records."""
    of = value["of"] if isinstance(value, dict) else str(value)
    where = value.get("where") if isinstance(value, dict) else None
    return _dataset(model, of.rpartition(".")[0]) + (f" where {english(where)}" if where else "")


def _dataset(model: StudyModel, name: str) -> str:
    spec = model.datasets.get(name)
    if spec is None or not spec.parameter_of:
        return name
    return f"{spec.parameter_of} of {name.rpartition('.')[2]}"


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['of']}{' where ' + english(value['where']) if value.get('where') else ''}"
    return str(value)


def _when(model: StudyModel, rule: CensorSpec) -> str:
    if isinstance(rule.when, str):
        return f"if {english(rule.when)}: "
    if isinstance(rule.when, CensorWhen) and rule.when.missed_assessments:
        return f"if {_missed(model, rule.when.missed_assessments)}: "
    return f"if there is no {_said(rule.when.none)}: " if isinstance(rule.when, CensorWhen) else ""


def _missed(model: StudyModel, missed: Missed) -> str:
    """When an event is set aside: assessments missed by the schedule, or a long gap where there is none."""
    last = f"the last {_said(missed.date)} before it{f' on or before {missed.until}' if missed.until else ''}"
    said = []
    if missed.schedule:
        anchor = f", in days from {missed.anchor}" if missed.anchor else ""
        least = _number(model, missed.at_least)
        said.append(f"at least {least} scheduled assessments ({missed.schedule}{anchor}) were missed")
    if missed.gap_days is not None:
        gap = f"more than {_number(model, missed.gap_days)} days passed"
        said.append(f"{gap} where there is no schedule" if said else gap)
    return f"between {last}, or STARTDT if there is none, and the event {' or '.join(said)}"


def _number(model: StudyModel, value: float | Setting) -> str:
    return setting(model, value.setting) if isinstance(value, Setting) else f"{value:g}"


def _at(rule: CensorSpec) -> str:
    if not isinstance(rule.at, CensorAt):
        return "STARTDT"
    until = f" on or before {rule.at.until}" if rule.at.until else ""
    before = " before the event" if rule.at.before_event else ""
    capped = f", but not after {rule.at.capped_at}" if rule.at.capped_at else ""
    return f"the last {_said(rule.at.last)}{until}{before}{capped}, or at STARTDT if there is none"
