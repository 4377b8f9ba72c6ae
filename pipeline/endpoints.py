"""The endpoints of a study from its analysis datasets: one row each, with the subjects behind it.

Rates with exact limits, survival by Kaplan-Meier, summaries, worst grades, and the 3+3 decision per dose level.
Source: design basis 4.8, 4.9.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from specs.analyses import Analyses, Endpoint
from specs.conditions import parse_condition
from transforms.columns import Column, Mask, numbers, text
from transforms.escalation import Cohort, decide, maximum_tolerated
from transforms.statistics import DAYS_PER_MONTH, Interval, exact_rate, kaplan_meier, summarise

DIGITS = 6
Frames = Callable[[str], pd.DataFrame]
"""A written dataset by name."""


@dataclass
class Row:
    """One endpoint as people read it, with its detail and the subjects who count."""

    endpoint: str
    label: str
    group: str
    population: str
    statistic: str
    n: int
    N: int
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    median: float | None = None
    median_lower: float | None = None
    median_upper: float | None = None
    unit: str = ""
    text: str = ""
    detail: list[dict[str, Any]] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)


def endpoints(analyses: Analyses, frames: Frames) -> list[Row]:
    """Every endpoint of the study, in the order of the specs."""
    return [_row(name, endpoint, frames) for name, endpoint in analyses.endpoints.items()]


def write_endpoints(rows: list[Row], folder: Path) -> None:
    """``endpoints.csv`` (without the detail) and ``endpoints.json`` under a folder."""
    flat = [{**asdict(r), "subjects": ";".join(r.subjects)} for r in rows]
    names = [n for n in Row.__dataclass_fields__ if n != "detail"]
    pd.DataFrame(flat, columns=names).to_csv(folder / "endpoints.csv", index=False, lineterminator="\n")
    content = json.dumps([asdict(r) for r in rows], indent=1, sort_keys=True)
    (folder / "endpoints.json").write_text(content + "\n", encoding="utf-8")


@dataclass
class _Data:
    """The population and the selected records of one endpoint."""

    people: list[str]
    person: Column
    records: pd.DataFrame
    event: Mask


def _row(name: str, endpoint: Endpoint, frames: Frames) -> Row:
    data = _data(endpoint, frames)
    row = Row(name, endpoint.label, endpoint.group, endpoint.population, endpoint.statistic, 0, len(data.people))
    row.unit = endpoint.unit
    {
        "rate": _rate,
        "survival": _survival,
        "summary": _summary,
        "worst": _worst,
        "escalation": _escalation,
    }[endpoint.statistic](row, endpoint, data)
    return row


def _data(endpoint: Endpoint, frames: Frames) -> _Data:
    subjects = frames("ADSL")
    chosen = _mask(endpoint.population, subjects)
    people = sorted(subjects["USUBJID"].astype("str")[chosen])
    records = frames(endpoint.dataset)
    kept = records["USUBJID"].isin(people).to_numpy(dtype=np.bool_)
    if endpoint.where:
        kept &= _mask(endpoint.where, records)
    records = records[kept].reset_index(drop=True)
    event = _mask(endpoint.event, records) if endpoint.event else np.ones(len(records), dtype=np.bool_)
    return _Data(people, text(records["USUBJID"]), records, event)


def _mask(condition: str, frame: pd.DataFrame) -> Mask:
    return parse_condition(condition).mask(lambda n: frame[n].reset_index(drop=True), len(frame))


def _rate(row: Row, endpoint: Endpoint, data: _Data) -> None:
    row.subjects = sorted(set(data.person[data.event].astype("str")))
    if endpoint.denominator == "records":
        row.N = data.person.astype("str").nunique()
    row.n = len(row.subjects)
    _fill(row, exact_rate(row.n, row.N))
    row.text = f"{row.n} / {row.N}, " + (
        "NE" if row.estimate is None else f"{100 * row.estimate:.1f}% ({_percent(row.lower)}, {_percent(row.upper)})"
    )


def _survival(row: Row, endpoint: Endpoint, data: _Data) -> None:
    days = numbers(data.records[endpoint.value]).to_numpy(dtype=np.float64)
    known = ~np.isnan(days)
    curve = kaplan_meier(days[known], ~data.event[known])
    row.n, row.N = curve.events, curve.total
    row.subjects = sorted(set(data.person[data.event & known].astype("str")))
    median = curve.median
    row.median, row.median_lower, row.median_upper = median.estimate, median.lower, median.upper
    for landmark in endpoint.landmarks:
        found = curve.at(landmark * DAYS_PER_MONTH)
        row.detail.append({"months": landmark, **_rounded(asdict(found))})
    limits = f"({_shown(row.median_lower)}, {_shown(row.median_upper)})"
    row.text = f"{row.n} events / {row.N}, median {_shown(row.median)} {limits}"


def _summary(row: Row, endpoint: Endpoint, data: _Data) -> None:
    values = numbers(data.records[endpoint.value]).to_numpy(dtype=np.float64)
    found = summarise(values)
    row.n = found.n
    row.estimate, row.median = _round(found.mean), _round(found.median)
    row.detail.append(_rounded(asdict(found)))
    row.subjects = sorted(set(data.person[~np.isnan(values)].astype("str")))
    row.text = f"{row.n} / {row.N}, median {_shown(found.median)} ({_shown(found.minimum)}, {_shown(found.maximum)})"


def _worst(row: Row, endpoint: Endpoint, data: _Data) -> None:
    """Each subject once, at its highest value; the row counts subjects with any event, the detail per value."""
    counted = data.records[data.event].reset_index(drop=True)
    grade = numbers(counted[endpoint.value])
    worst = grade.groupby(text(counted["USUBJID"]).astype("str")).max()
    row.subjects = sorted(worst.index)
    row.n = len(worst)
    _fill(row, exact_rate(row.n, row.N))
    for value in sorted(worst.dropna().unique()):
        n = int((worst == value).sum())
        row.detail.append({"grade": float(value), "n": n, "percent": _round(100 * n / row.N) if row.N else None})
    grades = ", ".join(f"grade {d['grade']:.0f}: {d['n']}" for d in row.detail)
    row.text = f"{row.n} / {row.N}" + (f" ({grades})" if grades else "")


def _escalation(row: Row, endpoint: Endpoint, data: _Data) -> None:
    """Subjects with an event per level, and what 3+3 says; ``by`` names the level."""
    levels = text(data.records[endpoint.by or "ARM"]).astype("str").fillna("")
    cohorts = []
    for level in sorted(set(levels)):
        here = (levels == level).to_numpy(dtype=np.bool_)
        people = set(data.person[here].astype("str"))
        affected = set(data.person[here & data.event].astype("str"))
        cohorts.append(Cohort(level, len(people), len(affected)))
        row.detail.append({**asdict(cohorts[-1]), "decision": decide(cohorts[-1])})
    row.subjects = sorted(set(data.person[data.event].astype("str")))
    row.n, row.N = len(row.subjects), sum(c.evaluable for c in cohorts)
    _fill(row, exact_rate(row.n, row.N))
    parts = "; ".join(f"{d['level']} {d['toxicities']}/{d['evaluable']} {d['decision']}" for d in row.detail)
    row.text = f"{parts}; MTD {maximum_tolerated(cohorts) or 'not reached'}"


def _fill(row: Row, found: Interval) -> None:
    row.estimate, row.lower, row.upper = _round(found.estimate), _round(found.lower), _round(found.upper)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {k: _round(v) if isinstance(v, float) else v for k, v in values.items()}


def _percent(value: float | None) -> str:
    return "NE" if value is None else f"{100 * value:.1f}"


def _shown(value: float | None) -> str:
    return "NE" if value is None else f"{value:g}"
