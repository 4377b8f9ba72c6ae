"""Kinetics of a product measured over time: elapsed time, values below quantitation, and parameters of a profile.

A profile is the samples of one subject and group (analyte, method, infusion). Times are days from the start of the
reference administration. Source: design basis 4.6; scenarios K01 to K13; CDISC PP test codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.assessments import parallel
from transforms.columns import (
    Codes,
    Column,
    Mask,
    categories_of,
    codes_of,
    distinct_rows,
    missing,
    numbers,
    pick,
    take_results,
    text,
)
from transforms.moments import Numbers, Times, days
from transforms.partial_dates import DAY
from transforms.registry import Edge, Made, Outcome, Problem, Records, Related, register, register_records
from transforms.sequence import run_starts
from transforms.units import quantity

_REASONS = ("NO POST-DOSE SAMPLE", "NO QUANTIFIABLE SAMPLE", "LAST SAMPLE BEFORE THE END OF THE INTERVAL, NONE LATER")
_NO_SAMPLE, _NOT_QUANTIFIABLE, _TOO_SHORT = range(3)


@register("{date} minus {reference} in days, with times where both are known", scope="record")
def elapsed_time(date: Column, reference: Column) -> Column:
    """AFRLT: days, with their fraction, from a reference date-time; whole days where either has no time of day.

    Both are ISO 8601. Missing unless both are complete dates. Source: design basis 4.6; scenarios K10, K11.
    """
    size = len(date)
    at, start = Times.of(text(date), size).first, Times.of(text(reference), size).first
    whole = days(text(date)) - days(text(reference))
    return pd.Series(np.where(np.isnan(at - start), whole, (at - start) / DAY))


@register("Y where {result} is below {limit}, qualified as below a limit, or one of {words}", scope="record")
def below_quantitation(result: Column, limit: Column, words: list[str] | None = None) -> Column:
    """A flag on standard results (``<50``) that cannot be quantified; missing on others, and without a result.

    Source: design basis 4.6; scenarios K07, K13.
    """
    result = text(result)
    found = [quantity(v) for v in categories_of(result)]
    said = [
        v in (words or []) or (q is not None and q.qualifier.startswith("<"))
        for v, q in zip(categories_of(result), found, strict=True)
    ]
    codes = result.cat.codes.to_numpy().astype(np.int64)
    with np.errstate(invalid="ignore"):
        low = numbers(result).to_numpy() < numbers(limit).to_numpy()
    below = np.array([*said, False], dtype=np.bool_)[codes] | low
    return take_results(["Y"], np.where(below, 0, -1).astype(np.int64))


@register(
    "{value}; where {below} is Y 0 before the first quantifiable {time} of the subject and {by}, {share} of {limit} up "
    "to the last, missing after it[; a quantifiable value in {planned} = {planned_value} is reported]"
)
def value_below_quantitation(
    value: Column,
    below: Column,
    limit: Column,
    time: Column,
    by: list[Column],
    records: Records,
    share: float = 0.5,
    planned: Column | None = None,
    planned_value: str = "PRE-DOSE",
) -> Outcome:
    """AVAL of concentrations: leading ones below quantitation are 0, embedded ones half the limit, trailing ones none.

    Problem QUANTIFIABLE_PREDOSE (warning) for a quantifiable value before the administration, by ``time`` or as it was
    planned; it is kept. Source: design basis 4.6; scenarios K01, K06, K07.
    """
    given, at = numbers(value).to_numpy(), numbers(time).to_numpy()
    low = (text(below) == "Y").to_numpy(dtype=np.bool_)
    _, group = distinct_rows([pd.Series(records.subject.astype(np.float64)), *by])
    quantified = ~low & ~np.isnan(given) & ~np.isnan(at)
    size = int(group.max(initial=-1)) + 1
    first, last = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(first, group[quantified], at[quantified])
    np.maximum.at(last, group[quantified], at[quantified])
    with np.errstate(invalid="ignore"):
        leading, trailing = at < first[group], at > last[group]
        before = at < 0
    stand_in = np.where(leading, 0.0, np.where(trailing | np.isnan(at), np.nan, share * numbers(limit).to_numpy()))
    if planned is not None:
        before |= (text(planned) == planned_value).to_numpy(dtype=np.bool_)
    early = np.flatnonzero(quantified & before).astype(np.int64)
    problems = []
    if len(early):
        told = "{value} is quantifiable before the administration; it is kept as reported: check sample and time"
        problems.append(
            Problem("QUANTIFIABLE_PREDOSE", "warning", early, told, text(value).iloc[early].reset_index(drop=True))
        )
    return Outcome(pd.Series(np.where(low, stand_in, given)), problems)


_PROFILE = (
    "Per subject and {group}, from {value} at {time} (below quantitation where {below} is Y; replicates averaged): "
)
_SAMPLE = "[ ADT is {date},][ SRCSEQ {sequence} of the sample.]"
_AREA = "the area by linear trapezoids from time 0 to "
_KINETICS = {
    "CMAX": "the maximum.",
    "TMAX": "the first time of the maximum.",
    "CLST": "the last quantifiable value.",
    "TLST": "the time of the last quantifiable value.",
    "AUCLST": f"{_AREA}the last quantifiable value.",
    "AUCINT": f"{_AREA}day {{until}}, interpolated there; to a last sample from day {{earliest_end}} on, else not "
    "reported.",
}


@register_records(
    f"{_PROFILE}CMAX, TMAX (first time of the maximum), CLST and TLST (last quantifiable), AUCLST and AUCINT (linear "
    "trapezoids from 0 to TLST, and to day {until}, interpolated there; to a last sample from day {earliest_end} on, "
    f"else not reported).{_SAMPLE}",
    makes=("STATISTIC", "AVAL", "GROUP", "ADT", "SRCSEQ", "REASON", "AREAEND", "EARLYFL"),
    each={statistic: f"{_PROFILE}{made}{_SAMPLE}" for statistic, made in _KINETICS.items()},
)
def kinetic_parameters(
    value: Related,
    time: Related,
    below: Related,
    group: Related,
    until: float,
    earliest_end: float,
    date: Related | None = None,
    sequence: Related | None = None,
) -> Made:
    """The parameters of each profile: STATISTIC (a PP test code), AVAL, and REASON where it cannot be reported.

    Samples up to time 0 stand for time 0, the last of them counts; without one the value there is 0. A missing value
    (trailing, below quantitation) ends areas before it. AREAEND is where an area ended, EARLYFL is Y where that is
    before ``until`` for want of a later sample. Edges: deciding (the sample of CMAX, TMAX, CLST, TLST), member (those
    of the areas). Source: design basis 4.6; scenarios K01 to K11.
    """
    profiles = _Profiles.of(value, time, below, group)
    last_sample = profiles.greatest(profiles.time, np.ones(len(profiles.time), dtype=np.bool_))
    after = profiles.time > 0
    quantified = after & profiles.quantified
    peak, last = profiles.first_of_greatest(quantified), profiles.last_of(quantified)
    ended = np.where(last_sample >= until, until, np.where(last_sample >= earliest_end, last_sample, np.nan))
    none = np.where(np.isnan(profiles.greatest(profiles.time, after)), _NO_SAMPLE, -1)
    empty = np.where(none >= 0, none, np.where(peak < 0, _NOT_QUANTIFIABLE, -1))
    never: Numbers = np.where(none >= 0, np.nan, 0.0)
    missing_end = np.full(len(peak), np.nan)
    found = [
        _Statistic("CMAX", np.where(peak < 0, never, profiles.at(profiles.value, peak)), peak, none, missing_end),
        _Statistic("TMAX", profiles.at(profiles.time, peak), peak, empty, missing_end),
        _Statistic("CLST", profiles.at(profiles.value, last), last, empty, missing_end),
        _Statistic("TLST", profiles.at(profiles.time, last), last, empty, missing_end),
        _area("AUCLST", profiles, profiles.at(profiles.time, last), empty),
        _area("AUCINT", profiles, ended, np.where(none >= 0, none, np.where(np.isnan(ended), _TOO_SHORT, -1))),
    ]
    return _made(found, profiles, date, sequence, np.where(last_sample < until, ended, np.nan))


@register_records(
    "Y per subject and {group} with a sample at {time} = {at} where any of them is quantifiable ({below} is not Y), "
    "else N[; ADT is {date}][; SRCSEQ is {sequence}]",
    makes=("AVALC", "AVAL", "GROUP", "ADT", "SRCSEQ"),
)
def quantifiable_at(
    time: Related,
    below: Related,
    group: Related,
    at: float,
    date: Related | None = None,
    sequence: Related | None = None,
) -> Made:
    """Persistence: whether the product is quantifiable at a nominal time; no record for a profile without sample then.

    Source: design basis 4.6 (PERS3, PERS6).
    """
    nominal = numbers(time.values).to_numpy()
    low = (text(parallel(time, below).values) == "Y").to_numpy(dtype=np.int64)
    names = codes_of(text(parallel(time, group).values))
    rows = np.flatnonzero((nominal == at) & (time.subject >= 0) & (names >= 0))
    rows = rows[np.lexsort([rows, low[rows], names[rows], time.subject[rows]])].astype(np.int64)
    rows = rows[run_starts([time.subject[rows], names[rows]])] if len(rows) else rows
    columns = {
        "AVALC": take_results(["Y", "N"], low[rows].astype(np.int64)),
        "AVAL": pd.Series((1 - low[rows]).astype(np.float64)),
        "GROUP": pick(text(group.values), rows),
        "ADT": _of_sample(date, time, rows),
        "SRCSEQ": _of_sample(sequence, time, rows),
    }
    edge = Edge("deciding", time.name.rpartition(".")[0], np.arange(len(rows), dtype=np.int64), time.rows[rows])
    return Made(columns, time.subject[rows], [], [edge])


@dataclass(frozen=True)
class _Statistic:
    """One parameter along the profiles: value, deciding point (-1: none), why it is missing (-1: it is not), end."""

    name: str
    value: Numbers
    point: Codes
    reason: Codes
    end: Numbers


@dataclass(frozen=True)
class _Profiles:
    """The points of all profiles, by profile and time; ``sample`` is the place of the first sample of each point."""

    given: Related
    group: Column
    profile: Codes
    time: Numbers
    value: Numbers
    quantified: Mask
    sample: Codes
    first_sample: Codes
    """The first sample of each profile, which tells whose it is."""
    of_profile: tuple[Codes, Codes]
    """All samples and the profile that each belongs to."""

    @classmethod
    def of(cls, value: Related, time: Related, below: Related, group: Related) -> _Profiles:
        """Replicates averaged, samples up to time 0 at time 0; a profile without one starts with the value 0."""
        given, at = numbers(value.values).to_numpy(), numbers(parallel(value, time).values).to_numpy()
        low = (text(parallel(value, below).values) == "Y").to_numpy(dtype=np.bool_)
        names = text(parallel(value, group).values)
        there = (value.subject >= 0) & ~np.isnan(at) & ~missing(names) & (low | ~np.isnan(given))
        kept = np.flatnonzero(there).astype(np.int64)
        owner = [pd.Series(value.subject[kept].astype(np.float64)), names.iloc[kept].reset_index(drop=True)]
        first, of_row = distinct_rows(owner)
        rows, profile, clock = _last_before_start(kept, of_row, at[kept])
        rows, profile, clock = _with_start(rows, profile, clock, len(first))
        starts = run_starts([profile, clock])
        point = np.cumsum(starts) - 1
        size = int(starts.sum())
        known = np.append(given, 0.0)[rows]
        quantified = np.append(~low & ~np.isnan(given), False)[rows]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(point, np.nan_to_num(known), size) / np.bincount(point, ~np.isnan(known), size)
        any_quantified = np.bincount(point, quantified, size) > 0
        # the sample that a point names is its first quantifiable one
        order = np.lexsort([np.arange(len(rows)), ~quantified, point])
        return cls(
            value, names, profile[starts], clock[starts], mean, any_quantified, rows[order[run_starts([point[order]])]],
            kept[first], (kept, of_row),
        )  # fmt: skip

    def at(self, values: Numbers, points: Codes) -> Numbers:
        """The values at some points; NaN for -1."""
        return np.append(values, np.nan)[points]

    def greatest(self, values: Numbers, where: Mask) -> Numbers:
        """The greatest value of each profile in some of its points; NaN where there are none."""
        result = np.full(len(self.first_sample), -np.inf)
        np.maximum.at(result, self.profile[where], values[where])
        return np.where(np.isinf(result), np.nan, result)

    def first_of_greatest(self, where: Mask) -> Codes:
        """The first point of each profile with its greatest value; -1: none."""
        best = self.greatest(self.value, where)
        points = np.flatnonzero(where & (self.value == best[self.profile]))
        return self._by_profile(points[::-1])

    def last_of(self, where: Mask) -> Codes:
        """The last of some points of each profile; -1: none."""
        return self._by_profile(np.flatnonzero(where))

    def _by_profile(self, points: npt.NDArray[np.int64]) -> Codes:
        found = np.full(len(self.first_sample), -1, dtype=np.int64)
        found[self.profile[points]] = points
        return found


def _last_before_start(rows: Codes, profile: Codes, at: Numbers) -> tuple[Codes, Codes, Numbers]:
    """Samples in the order of profile and time; of those up to time 0 the last (with its replicates), at time 0."""
    latest = np.full(int(profile.max(initial=-1)) + 1, -np.inf)
    early = at <= 0
    np.maximum.at(latest, profile[early], at[early])
    kept = np.flatnonzero(~early | (at == latest[profile]))
    rows, profile, clock = rows[kept], profile[kept], np.maximum(at[kept], 0)
    order = np.lexsort([rows, clock, profile])
    return rows[order], profile[order], clock[order]


def _with_start(rows: Codes, profile: Codes, clock: Numbers, size: int) -> tuple[Codes, Codes, Numbers]:
    """With a point at time 0, of no sample (-1), in the profiles that have none."""
    has = np.zeros(size, dtype=np.bool_)
    has[profile[clock == 0]] = True
    lacking = np.flatnonzero(~has).astype(np.int64)
    rows, profile = np.append(rows, np.full(len(lacking), -1)), np.append(profile, lacking)
    clock = np.append(clock, np.zeros(len(lacking)))
    order = np.lexsort([clock, profile])
    return rows[order], profile[order], clock[order]


def _area(name: str, profiles: _Profiles, end: Numbers, reason: Codes) -> _Statistic:
    """The area of each profile from time 0 to its end, interpolated there; none beyond the last usable point."""
    points = np.flatnonzero(~np.isnan(profiles.value))
    profile, time, value = profiles.profile[points], profiles.time[points], profiles.value[points]
    pair = np.flatnonzero(profile[1:] == profile[:-1])
    start, stop = time[pair], np.minimum(time[pair + 1], end[profile[pair]])
    with np.errstate(invalid="ignore"):
        there = value[pair] + (value[pair + 1] - value[pair]) * (stop - start) / (time[pair + 1] - start)
        piece = np.where(stop > start, (value[pair] + there) / 2 * (stop - start), 0)
    total = np.bincount(profile[pair], piece, len(profiles.first_sample))
    rounded = np.array([float(f"{x:.12g}") for x in total], dtype=np.float64)
    none = np.full(len(total), -1, dtype=np.int64)
    reached = np.fmin(end, profiles.greatest(profiles.time, ~np.isnan(profiles.value)))
    value, end = (np.where(reason >= 0, np.nan, v) for v in (rounded, reached))
    return _Statistic(name, value, none, reason, end)


def _made(
    found: list[_Statistic], profiles: _Profiles, date: Related | None, sequence: Related | None, early: Numbers
) -> Made:
    """One record per profile and statistic, statistics of a profile together."""
    count, size = len(found), len(profiles.first_sample)

    def each(columns: list[npt.NDArray[np.generic]]) -> npt.NDArray[np.generic]:
        return np.stack(columns, axis=1).reshape(-1)

    point = each([s.point for s in found]).astype(np.int64)
    sample = np.append(profiles.sample, -1)[point]
    of = np.repeat(np.arange(size), count)
    is_interval = np.tile(np.array([s.name == "AUCINT" for s in found]), size)
    flagged = is_interval & ~np.isnan(early[of]) if size else np.empty(0, dtype=np.bool_)
    whose = profiles.first_sample[of]
    columns = {
        "STATISTIC": take_results([s.name for s in found], np.tile(np.arange(count), size).astype(np.int64)),
        "AVAL": pd.Series(each([s.value for s in found]).astype(np.float64)),
        "GROUP": pick(profiles.group, whose),
        "ADT": _of_sample(date, profiles.given, sample),
        "SRCSEQ": _of_sample(sequence, profiles.given, sample),
        "REASON": take_results(_REASONS, each([s.reason for s in found]).astype(np.int64)),
        "AREAEND": pd.Series(each([s.end for s in found]).astype(np.float64)),
        "EARLYFL": take_results(["Y"], np.where(flagged, 0, -1).astype(np.int64)),
    }
    return Made(columns, profiles.given.subject[whose], [], _edges(found, profiles, sample))


def _edges(found: list[_Statistic], profiles: _Profiles, sample: Codes) -> list[Edge]:
    dataset, rows = profiles.given.name.rpartition(".")[0], profiles.given.rows
    decided = np.flatnonzero(sample >= 0).astype(np.int64)
    edges = [Edge("deciding", dataset, decided, rows[sample[decided]])]
    kept, profile = profiles.of_profile
    for place, statistic in enumerate(found):
        if statistic.name.startswith("AUC"):
            edges.append(Edge("member", dataset, profile * len(found) + place, rows[kept]))
    return edges


def _of_sample(related: Related | None, given: Related, sample: Codes) -> Column:
    """A number of the sample behind each record; missing for -1."""
    if related is None:
        return pd.Series(np.full(len(sample), np.nan))
    return pick(numbers(parallel(given, related).values), sample)
