"""Assessments of myeloma: the dates that results belong to, the value of each component there, and the lowest before.

Source: design basis 5.1 (anchors), 5.2 (baseline, nadir).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transforms.columns import Codes, Mask
from transforms.exact import Exact
from transforms.imwg_components import GROWTH, IMAGING, LABORATORY, LASTING, Results, is_day
from transforms.sequence import run_starts
from transforms.subject_days import SPAN, distinct, key_of, nearest

_NEVER = np.iinfo(np.int64).max // 4


@dataclass(frozen=True)
class People:
    """The subjects with a reference date for baseline, ordered, and that date."""

    subject: Codes
    reference: Codes

    @classmethod
    def of(cls, references: list[tuple[Codes, Codes]]) -> People:
        """From subjects and days, one pair per source of the date; the first source that has one counts.

        Of several days of one subject in one source the earliest counts.
        """
        subject, day, source = (np.empty(0, dtype=np.int64) for _ in range(3))
        for number, (who, when) in enumerate(references):
            rows = is_day(when)[who[is_day(when)] >= 0]
            subject, day = np.append(subject, who[rows]), np.append(day, when[rows])
            source = np.append(source, np.full(len(rows), number))
        order = np.lexsort([day, source, subject])
        leads = order[np.append(True, subject[order][1:] != subject[order][:-1])[: len(order)]]
        return cls(subject[leads], day[leads])

    def place(self, subject: Codes) -> Codes:
        """The number of each subject among these; -1: not one of them."""
        if not len(self.subject):
            return np.full(len(subject), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.subject, subject), len(self.subject) - 1)
        result: Codes = np.where(self.subject[found] == subject, found, -1)
        return result

    def after(self, subject: Codes, day: Codes) -> Mask:
        """Where a day is later than its subject's reference date."""
        place = self.place(subject)
        result: Mask = (place >= 0) & (day > np.append(self.reference, _NEVER)[place])
        return result


@dataclass(frozen=True)
class Anchors:
    """Dates of assessment after the reference date, ordered by subject and day; ``person`` is the place in People."""

    person: Codes
    subject: Codes
    day: Codes

    @property
    def key(self) -> Codes:
        """Subject and day as one number."""
        return key_of(self.subject, self.day)

    def previous(self, values: Codes, none: int) -> Codes:
        """The value at the assessment before."""
        return before(values, self.person, none)

    def lowest_so_far(self, values: Codes) -> Codes:
        """The lowest value up to and including each assessment."""
        return lowest_so_far(values, self.person)

    def highest_so_far(self, values: Codes) -> Codes:
        """The highest value up to and including each assessment."""
        return -self.lowest_so_far(-values)


@dataclass(frozen=True)
class Reading:
    """One component along assessments (or subjects): its value, day, record, and whether it is new there."""

    value: Exact
    day: Codes
    source: Codes
    """The place among all records; -1: no value."""
    fresh: Mask

    @classmethod
    def nothing(cls, size: int) -> Reading:
        """A component without any result."""
        none = np.zeros(size, dtype=np.bool_)
        return cls(Exact.missing(size), np.zeros(size, dtype=np.int64), np.full(size, -1, dtype=np.int64), none)

    def at(self, positions: Codes) -> Reading:
        """The readings at some positions, all there."""
        if not self.value.known.any():
            return Reading.nothing(len(positions))
        return Reading(self.value.at(positions), self.day[positions], self.source[positions], self.fresh[positions])


Panel = dict[str, Reading]


def anchors_of(people: People, visits: tuple[Codes, Codes], results: dict[str, Results], window: int) -> Anchors:
    """The dates of visits (subjects and days), and of laboratory results with none within the window.

    Laboratory dates are taken in order: one that becomes an anchor serves those within the window after it. Imaging
    makes an anchor only after all others of the subject, where nothing else could use it.
    """
    visited = _later(people, *visits)
    laboratory = _of_results(people, [results[n] for n in LABORATORY])
    key = distinct(np.append(visited, _spread(_uncovered(laboratory, visited, window), window)))
    imaging = _of_results(people, [results[n] for n in IMAGING])
    last = np.searchsorted(key, imaging // SPAN * SPAN + SPAN - 1, side="right") - 1
    others = np.append(key, -SPAN)[last]
    unused = imaging[(others // SPAN != imaging // SPAN) | (imaging > others + window)]
    key = distinct(np.append(key, _spread(unused, window)))
    subject = key // SPAN
    return Anchors(people.place(subject), subject, key - key_of(subject, np.zeros_like(subject)))


def readings(people: People, anchors: Anchors, results: dict[str, Results], window: int) -> Panel:
    """The value of each component at each assessment: the nearest of the results that belong to it.

    A result belongs to the nearest assessment within the window; of two equally near ones the earlier counts, here as
    there. Growth counts when any result of the assessment shows it. Marrow and imaging stay valid until replaced.
    """
    return {n: _reading(people, anchors, r, window, n in GROWTH, n in LASTING) for n, r in results.items()}


def baseline(people: People, results: dict[str, Results]) -> Panel:
    """The last value of each component on or before the reference date, per subject."""
    return {name: _last(r, people.subject, people.reference) for name, r in results.items()}


def nadir(anchors: Anchors, now: Exact, base: Exact, confirmed: bool) -> Exact:
    """The lowest value of baseline (along the assessments) and all earlier assessments.

    ``confirmed``: the lowest that two values in a row reached; while there are no two values, the only one.
    """
    value = np.where(now.known, now.units, _NEVER)
    start = np.where(base.known, base.units, _NEVER)
    lowest = np.minimum(anchors.previous(anchors.lowest_so_far(value), _NEVER), start)
    if confirmed:
        place = anchors.highest_so_far(np.where(now.known, np.arange(len(value)), -1))
        last = anchors.previous(place, -1)
        previous = np.where(last >= 0, value[last], start) if len(value) else start
        pairs = np.where(now.known & (previous < _NEVER), np.maximum(value, previous), _NEVER)
        twice = anchors.previous(anchors.lowest_so_far(pairs), _NEVER)
        lowest = np.where(twice < _NEVER, twice, lowest)
    known = lowest < _NEVER
    return Exact(np.where(known, lowest, 0), known)


def lowest_so_far(values: Codes, group: Codes) -> Codes:
    """The lowest value up to and including each row of its group."""
    found: Codes = np.asarray(pd.Series(values).groupby(group).cummin(), dtype=np.int64)
    return found


def before(values: Codes, group: Codes, none: int) -> Codes:
    """The value of the row before, where it is of the same group (whose rows are together)."""
    result = np.append(none, values[:-1])[: len(values)]
    if len(values):
        result[run_starts([group])] = none
    return result.astype(np.int64)


def _later(people: People, subject: Codes, day: Codes) -> Codes:
    """Distinct keys of the days after the reference date."""
    here = people.after(subject, day)
    return distinct(key_of(subject[here], day[here]))


def _of_results(people: People, results: list[Results]) -> Codes:
    keys = [_later(people, r.subject, r.day) for r in results]
    return distinct(np.concatenate(keys))


def _uncovered(keys: Codes, anchors: Codes, window: int) -> Codes:
    """The keys with no anchor within the window."""
    _, distance = nearest(keys, anchors)
    result: Codes = keys[distance > window]
    return result


def _spread(keys: Codes, window: int) -> Codes:
    """The first key of each subject, then the first later than the window after it, and so on."""
    chosen = [np.empty(0, dtype=np.int64)]
    while len(keys):
        starts = run_starts([keys // SPAN])
        leads = keys[starts]
        chosen.append(leads)
        keys = keys[keys > leads[np.cumsum(starts) - 1] + window]
    return np.sort(np.concatenate(chosen))


def _reading(people: People, anchors: Anchors, results: Results, window: int, worst: bool, lasting: bool) -> Reading:
    if not len(results.day):
        return Reading.nothing(len(anchors.day))
    later = results.at(np.flatnonzero(people.after(results.subject, results.day)).astype(np.int64))
    belongs, distance = nearest(later.key, anchors.key)
    belongs = np.where(distance <= window, belongs, -1)
    rows = np.flatnonzero(belongs >= 0).astype(np.int64)
    group = belongs[rows]
    if not (group[1:] > group[:-1]).all():
        rank = -later.value.units[rows] if worst else distance[rows]
        rows = rows[np.lexsort([later.day[rows], rank, group])]
        rows = rows[np.append(True, belongs[rows][1:] != belongs[rows][:-1])]
    chosen = np.full(len(anchors.day), -1, dtype=np.int64)
    chosen[belongs[rows]] = rows
    fresh = chosen >= 0
    if lasting:
        last = _last_row(later, anchors.subject, anchors.day)
        # A result that belongs to no assessment is new at the first assessment after it.
        unused = (last >= 0) & (np.append(belongs, 0)[last] < 0)
        first_use = np.append(later.key, 0)[last] > anchors.previous(anchors.key, -SPAN)
        fresh |= unused & first_use & (chosen < 0)
        chosen = np.where(chosen >= 0, chosen, last)
    return _taken(later, chosen, fresh)


def _last(results: Results, subject: Codes, day: Codes) -> Reading:
    if not len(results.day):
        return Reading.nothing(len(day))
    chosen = _last_row(results, subject, day)
    return _taken(results, chosen, chosen >= 0)


def _last_row(results: Results, subject: Codes, day: Codes) -> Codes:
    """The last result of each subject on or before a day; -1: none."""
    place = np.searchsorted(results.key, key_of(subject, day), side="right") - 1
    result: Codes = np.where((place >= 0) & (np.append(results.subject, -1)[place] == subject), place, -1)
    return result


def _taken(results: Results, chosen: Codes, fresh: Mask) -> Reading:
    return Reading(
        results.value.at(chosen), np.append(results.day, 0)[chosen], np.append(results.source, -1)[chosen], fresh
    )
