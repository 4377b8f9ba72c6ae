"""The endpoints of a study from its analysis datasets: one row each, with the subjects behind it.

Rates with exact limits, survival by Kaplan-Meier, summaries, worst grades, the 3+3 decision per dose level, and the
agreement of two assessments. Source: design basis 4.8, 4.9, 5.4.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.endpoint_groups import TOTAL, Frames, Group, subject_groups
from pipeline.pairs import LISTED, Paired, paired
from specs.analyses import SUBJECTS, Analyses, Endpoint
from specs.conditions import parse_condition
from transforms.columns import Column, Mask, numbers, text
from transforms.escalation import Cohort, decide, maximum_tolerated
from transforms.statistics import (
    DAYS_PER_MONTH,
    Interval,
    Numbers,
    Summary,
    Survival,
    exact_rate,
    kaplan_meier,
    log_rank,
    rounded,
    summarise,
)

DIGITS = 6
FILE = Path("report") / "endpoints.json"


class NoEndpoints(Exception):
    """A folder that is no delivery, or the delivery of a study without endpoints."""


@dataclass
class Row:
    """One endpoint as people read it (``text``), its numbers, its detail, and the subjects who count."""

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
    listing: Listing | None = None
    level: str = ""
    """The value of ``groups`` that the row is of, or what is compared."""
    p_value: float | None = None


@dataclass
class Listing:
    """Records behind an endpoint, as text: a file of its own under ``report/``."""

    file: str
    columns: list[str]
    rows: list[list[str]]


def endpoints(analyses: Analyses, frames: Frames) -> list[Row]:
    """Every endpoint of the study: primary ones first, then in the order of the specs."""
    once = cache(frames)
    return [row for name, endpoint in analyses.ordered for row in _rows(name, endpoint, once)]


def write_endpoints(rows: list[Row], folder: Path) -> None:
    """``endpoints.csv`` (without detail and listings), ``endpoints.json``, and each listing, under a folder."""
    flat = [{**asdict(r), "subjects": ";".join(r.subjects)} for r in rows]
    names = [n for n in Row.__dataclass_fields__ if n not in ("detail", "listing")]
    pd.DataFrame(flat, columns=names).to_csv(folder / "endpoints.csv", index=False, lineterminator="\n")
    for listing in (r.listing for r in rows if r.listing):
        frame = pd.DataFrame(listing.rows, columns=listing.columns)
        frame.to_csv(folder / listing.file, index=False, lineterminator="\n")
    content = json.dumps([asdict(r) for r in rows], indent=1, sort_keys=True)
    (folder / "endpoints.json").write_text(content + "\n", encoding="utf-8")


def read_endpoints(delivery: Path) -> list[dict[str, Any]]:
    """The endpoints that a delivery holds. Raises NoEndpoints."""
    path = delivery / FILE
    if path.is_file():
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return found
    if (delivery / "manifest.json").is_file():
        raise NoEndpoints(f"{delivery} has no endpoints: its study has no analyses.yaml")
    raise NoEndpoints(f"{delivery} is no delivery; give the folder that `run` printed, or the link `current` beside it")


@dataclass
class _Data:
    """The population and the selected records of one endpoint."""

    people: list[str]
    person: Column
    records: pd.DataFrame
    event: Mask
    replaced: list[str]

    def who(self, where: Mask) -> list[str]:
        """The subjects of some of the records."""
        return sorted(set(self.person[where].astype("str")))


def _rows(name: str, endpoint: Endpoint, frames: Frames) -> list[Row]:
    """One row; with ``groups`` one for each, for all together, and for the test."""
    if not endpoint.groups:
        return [_row(name, endpoint, frames)]
    groups = list(subject_groups(endpoint, frames))
    given = [*groups, *([Group(TOTAL, frames)] if endpoint.total else [])]
    rows = [_row(name, endpoint, group.frames) for group in given]
    for row, group in zip(rows, given, strict=True):
        row.level = group.level
    return [*rows, *([_log_rank(name, endpoint, groups)] if endpoint.test else [])]


def _log_rank(name: str, endpoint: Endpoint, groups: list[Group]) -> Row:
    """The test between the groups; there must be two."""
    samples = []
    for group in groups:
        data = _data(endpoint, group.frames)
        days = _values(data, endpoint.value)
        samples.append((days[~np.isnan(days)], ~data.event[~np.isnan(days)]))
    row = Row(name, endpoint.label, endpoint.group, endpoint.population, "log-rank", 0, 0)
    row.level = " vs ".join(group.level for group in groups)
    row.n, row.N = sum(int((~c).sum()) for _, c in samples), sum(len(t) for t, _ in samples)
    if len(samples) != 2:
        row.text = f"log-rank NE: it compares two groups, here are {len(samples)}"
        return row
    found = log_rank(*samples)
    row.p_value = _round(found.p_value)
    row.detail.append(_rounded(asdict(found)))
    row.text = f"log-rank {_p_value(found.p_value)}"
    return row


def _p_value(value: float | None) -> str:
    if value is None:
        return "NE"
    return "p < 0.0001" if value < 0.0001 else f"p = {rounded(value, 4)}"


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
        "agreement": _agreement,
    }[endpoint.statistic](row, endpoint, data)
    return row


def _data(endpoint: Endpoint, frames: Frames) -> _Data:
    subjects, records = frames(SUBJECTS), frames(endpoint.dataset)
    people = _people(subjects, endpoint.population)
    replaced = _people(subjects, endpoint.replace) if endpoint.replace else []
    if not len(records):
        return _Data(people, text([]), records, np.zeros(0, dtype=np.bool_), replaced)
    kept = records["USUBJID"].isin(people).to_numpy(dtype=np.bool_)
    if endpoint.where:
        kept = kept & _mask(endpoint.where, records)
    records = records[kept].reset_index(drop=True)
    event = _mask(endpoint.event, records) if endpoint.event else np.ones(len(records), dtype=np.bool_)
    return _Data(people, text(records["USUBJID"]), records, event, replaced)


def _people(subjects: pd.DataFrame, condition: str) -> list[str]:
    if not len(subjects):
        return []
    return sorted(subjects["USUBJID"].astype("str")[_mask(condition, subjects)])


def _mask(condition: str, frame: pd.DataFrame) -> Mask:
    return parse_condition(condition).mask(lambda n: frame[n].reset_index(drop=True), len(frame))


def _values(data: _Data, variable: str) -> Numbers:
    """A number of the selected records; none where there are no records (and then no columns)."""
    if not len(data.records):
        return np.empty(0, dtype=np.float64)
    found: Numbers = numbers(data.records[variable]).to_numpy(dtype=np.float64)
    return found


def _rate(row: Row, endpoint: Endpoint, data: _Data) -> None:
    row.subjects = data.who(data.event)
    if endpoint.denominator == "records":
        row.N = data.person.astype("str").nunique()
    row.n = len(row.subjects)
    row.text = f"{row.n} / {row.N}, {_fill(row, exact_rate(row.n, row.N))}"


def _survival(row: Row, endpoint: Endpoint, data: _Data) -> None:
    days = _values(data, endpoint.value)
    known = ~np.isnan(days)
    curve = kaplan_meier(days[known], ~data.event[known])
    row.n, row.N = curve.events, curve.total
    row.subjects = data.who(data.event & known)
    median = curve.median_at_midpoint if endpoint.median == "midpoint" else curve.median
    row.median, row.median_lower, row.median_upper = median.estimate, median.lower, median.upper
    shown = [f"median {_between(median, endpoint)}"]
    for landmark in endpoint.landmarks:
        found = curve.at(landmark * DAYS_PER_MONTH)
        row.detail.append({"months": landmark, **_rounded(asdict(found))})
        shown.append(f"at {landmark:g} months {_percents(found)}")
    row.detail.append({"follow_up": _rounded(asdict(_follow_up(days[known], data.event[known]).median))})
    row.text = f"{row.n} events / {row.N}, {'; '.join(shown)}"


def _follow_up(days: Numbers, event: Mask) -> Survival:
    """Time of observation: the curve with events and censorings exchanged (design basis 4.9)."""
    return kaplan_meier(days, event)


def _summary(row: Row, endpoint: Endpoint, data: _Data) -> None:
    shown = []
    for level, here in _levels(endpoint, data):
        found = summarise(_values(data, endpoint.value)[here])
        row.detail.append({**({"level": level} if endpoint.by else {}), **_rounded(asdict(found))})
        shown.append((f"{level}: " if endpoint.by else "") + _described(found, endpoint))
        if not endpoint.by:
            row.estimate, row.median = _round(found.mean), _round(found.median)
    row.subjects = data.who(~np.isnan(_values(data, endpoint.value)))
    row.n = len(row.subjects)
    row.text = f"{row.n} / {row.N}, {'; '.join(shown) or 'NE'}"


def _worst(row: Row, endpoint: Endpoint, data: _Data) -> None:
    """Each subject once, at its highest value; the row counts subjects with any event, the detail per value."""
    grade = pd.Series(_values(data, endpoint.value)[data.event])
    worst = grade.groupby(data.person[data.event].astype("str").to_numpy()).max()
    row.subjects = sorted(worst.index)
    row.n = len(worst)
    shown = [f"{row.n} / {row.N}, {_fill(row, exact_rate(row.n, row.N))}"]
    counts = [(f"{value:g}", worst == value) for value in sorted(worst.dropna().unique())]
    if endpoint.at_least is not None:
        counts.append((f">= {endpoint.at_least:g}", worst >= endpoint.at_least))
    for name, found in counts:
        n = int(found.sum())
        rate = exact_rate(n, row.N)
        row.detail.append({"grade": name, "n": n, **_rounded(asdict(rate))})
        shown.append(f"grade {name}: {n}" + ("" if rate.estimate is None else f" ({_percent(rate.estimate)}%)"))
    row.text = "; ".join(shown)


def _escalation(row: Row, endpoint: Endpoint, data: _Data) -> None:
    """Subjects with an event per level, what 3+3 says, and who is to be replaced."""
    cohorts, shown = [], []
    for level, here in _levels(endpoint, data):
        cohort = Cohort(level, len(data.who(here)), len(data.who(here & data.event)))
        found = exact_rate(cohort.toxicities, cohort.evaluable)
        row.detail.append({**asdict(cohort), "decision": decide(cohort), **_rounded(asdict(found))})
        shown.append(f"{level} {cohort.toxicities}/{cohort.evaluable} {_percents(found)} {decide(cohort)}")
        cohorts.append(cohort)
    row.subjects = data.who(data.event)
    row.n, row.N = len(row.subjects), sum(c.evaluable for c in cohorts)
    _fill(row, exact_rate(row.n, row.N))
    if endpoint.replace:
        row.detail.append({"replace": data.replaced})
        shown.append(f"to be replaced {len(data.replaced)}")
    row.text = "; ".join([*shown, f"MTD {maximum_tolerated(cohorts) or 'not reached'}"])


def _agreement(row: Row, endpoint: Endpoint, data: _Data) -> None:
    """Pairs that agree exactly; the detail is the table of levels, then the other measures."""
    pairs = endpoint.pairs
    assert pairs is not None
    second = _mask(pairs.second, data.records) if len(data.records) else np.zeros(0, dtype=np.bool_)
    made = paired(pairs, endpoint.value, data.records, second)
    found, row.subjects = made.found, made.subjects
    row.n, row.N = found.exact, found.pairs
    row.estimate = _round(found.exact / found.pairs) if found.pairs else None
    for level, counts in zip(found.levels, found.table.tolist(), strict=True):
        row.detail.append({"first": level, **dict(zip(found.levels, counts, strict=True))})
    kappa = None if np.isnan(found.kappa) else found.kappa
    shared = {
        "pairs": found.pairs,
        "exact": found.exact,
        "within_one": found.within_one,
        "responders": found.responders,
    }
    row.detail.append(
        {**shared, "kappa": _round(kappa), "unpaired_first": made.alone[0], "unpaired_second": made.alone[1]}
    )
    row.text = _agreed(made, kappa)
    if pairs.listing:
        row.listing = Listing(pairs.listing, [*LISTED, *pairs.columns], made.differing)


def _agreed(made: Paired, kappa: float | None) -> str:
    """The measures in words, then how often which level met which: ``PR-PR 4, CR-VGPR 1``."""
    found = made.found
    if not found.pairs:
        return "0 / 0, NE"
    measures = [("exact", found.exact), ("within one level", found.within_one), ("responder or not", found.responders)]
    shown = [f"{name} {n} / {found.pairs}, {_percent(n / found.pairs)}%" for name, n in measures]
    shown.append(f"weighted kappa {'NE' if kappa is None else rounded(kappa, 2)}")
    met = [(f"{one}-{other}", n) for one, counts in zip(found.levels, found.table.tolist(), strict=True)
           for other, n in zip(found.levels, counts, strict=True) if n]  # fmt: skip
    return "; ".join([*shown, ", ".join(f"{pair} {n}" for pair, n in met)])


def _levels(endpoint: Endpoint, data: _Data) -> Iterator[tuple[str, Mask]]:
    """The values of ``by`` in their order, each with its records; everything under one name without ``by``."""
    if not len(data.records):
        return
    if not endpoint.by:
        yield "", np.ones(len(data.records), dtype=np.bool_)
        return
    levels = text(data.records[endpoint.by]).astype("str").fillna("")
    rank = _values(data, endpoint.order) if endpoint.order else np.zeros(len(levels))
    first = pd.Series(rank).groupby(levels).min()
    for level in sorted(set(levels) - {""}, key=lambda name: (first[name], name)):
        yield str(level), (levels == level).to_numpy(dtype=np.bool_)


def _fill(row: Row, found: Interval) -> str:
    """Put a rate into the row; the rate in words."""
    row.estimate, row.lower, row.upper = _round(found.estimate), _round(found.lower), _round(found.upper)
    return _percents(found)


def _percents(found: Interval) -> str:
    if found.estimate is None:
        return "NE"
    if found.lower is None and found.upper is None:
        return f"{_percent(found.estimate)}%"
    return f"{_percent(found.estimate)}% ({_percent(found.lower)}, {_percent(found.upper)})"


def _percent(value: float | None) -> str:
    return "NE" if value is None else rounded(100 * value, 1)


def _between(found: Interval, endpoint: Endpoint) -> str:
    """An estimate with its limits, with the unit."""
    estimate, lower, upper = (_amount(v, endpoint) for v in (found.estimate, found.lower, found.upper))
    return f"{estimate} ({lower}, {upper}){_unit(endpoint)}"


def _described(found: Summary, endpoint: Endpoint) -> str:
    if found.median is None:
        return "NE"
    shown = {k: _amount(v, endpoint) for k, v in asdict(found).items() if k not in ("n", "geometric_cv")}
    parts = [f"mean {shown['mean']} (SD {shown['sd']})"]
    if endpoint.geometric:
        cv = "NE" if found.geometric_cv is None else f"{rounded(found.geometric_cv, 1)}%"
        parts = [f"geometric mean {shown['geometric_mean']} (CV {cv})"]
    parts.append(f"median {shown['median']} ({shown['minimum']}, {shown['maximum']})")
    return ", ".join(parts) + _unit(endpoint)


def _amount(value: float | None, endpoint: Endpoint) -> str:
    """A number as shown: with ``decimals``; else months with one, and others whole from 1000 on or where they are."""
    if value is None:
        return "NE"
    if endpoint.shown_in == "months":
        return rounded(value / DAYS_PER_MONTH, 1 if endpoint.decimals is None else endpoint.decimals)
    whole = float(value).is_integer() or abs(value) >= 1000
    return rounded(value, endpoint.decimals if endpoint.decimals is not None else 0 if whole else 1)


def _unit(endpoint: Endpoint) -> str:
    unit = endpoint.shown_in or endpoint.unit
    return f" {unit}" if unit else ""


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {k: _round(v) if isinstance(v, float) else v for k, v in values.items()}
