"""What a ``time_to_event`` refers to, and its sentence."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from specs.endpoint_model import CensorAt, CensorSpec, CensorWhen, FromVariable, TimeToEvent
from specs.model import Dataset
from specs.uses import Use, condition_names, variable_uses


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


def sentence(spec: TimeToEvent) -> str:
    """The endpoint in words: what is an event, and in which order others are censored."""
    if spec.end:
        return f"From {_said(spec.start)} to the end of {spec.end}."
    events = " or ".join(f"{e.reason} ({_said(e.date)}{f', until {e.until}' if e.until else ''})" for e in spec.events)
    rules = "; ".join(f"{_value(r.cnsr)} {_value(r.reason)} {_when(r)}at {_at(r)}" for r in spec.censor)
    return f"From {_said(spec.start)} to the earliest {events}. Otherwise censored by the first that applies: {rules}."


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['of']}{' where ' + value['where'] if value.get('where') else ''}"
    return str(value)


def _value(value: int | str | FromVariable) -> str:
    return value.lookup if isinstance(value, FromVariable) else str(value)


def _when(rule: CensorSpec) -> str:
    if isinstance(rule.when, str):
        return f"if {rule.when} "
    if isinstance(rule.when, CensorWhen) and rule.when.missed_assessments:
        missed = rule.when.missed_assessments
        return f"if the event follows at least {_setting(missed.at_least)} missed assessments ({_said(missed.date)}) "
    return f"if there is no {_said(rule.when.none)} " if isinstance(rule.when, CensorWhen) else ""


def _setting(value: Any) -> str:
    return f"setting {value.setting}" if hasattr(value, "setting") else str(value)


def _at(rule: CensorSpec) -> str:
    if not isinstance(rule.at, CensorAt):
        return "the start"
    before = " before the event" if rule.at.before_event else ""
    until = f" until {rule.at.until}" if rule.at.until else ""
    return f"the last {_said(rule.at.last)}{before}{until}"
