"""Imaging measured lesion by lesion, summed up per date: products, number, new lesions, growth of one lesion.

Source: design basis 5.1 (spd, newles, ldinc) and 2.2 (one imaging row per lesion).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from transforms.columns import Codes, Mask
from transforms.exact import LIMIT, UNIT, Exact
from transforms.imwg_anchors import People, before, lowest_so_far
from transforms.imwg_components import Evidence, Results, joined
from transforms.sequence import run_starts
from transforms.subject_days import SPAN, distinct, key_of

_ABSENT, _NEW = 2, 1
_SHORT_AXIS = 10
_NEVER = np.iinfo(np.int64).max // 4


@dataclass(frozen=True)
class _Lesions:
    """What is known of each lesion on each date, ordered by subject, lesion and day."""

    group: Codes
    """A number for subject and lesion."""
    subject: Codes
    day: Codes
    length: Exact
    width: Exact
    product: Exact
    state: Exact


@dataclass(frozen=True)
class Beside:
    """Records that stand together behind one result: ``first`` (ordered) is the one that the result names."""

    first: Codes
    other: Codes

    def expand(self, rows: Codes, places: Codes) -> tuple[Codes, Codes]:
        """Pairs of made records and records, with the others that belong to each record."""
        start = np.searchsorted(self.first, places, side="left")
        count = np.searchsorted(self.first, places, side="right") - start
        step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        more = self.other[np.repeat(start, count) + step]
        return np.append(rows, np.repeat(rows, count)), np.append(places, more)


def with_lesions(evidence: Evidence, people: People) -> tuple[dict[str, Results], Beside]:
    """All results by component, those that lesions give put beside those given directly; and all records behind these.

    SPD is the sum of the products of a date, unknown when a lesion of the date or of the baseline has none (an absent
    one counts 0); LESIONS their number; NEWLES whether one is new; LDINC whether the longest diameter of a lesion,
    earlier more than 10 mm in short axis, is 1.5 times its lowest since baseline or more.
    """
    if not any(len(r.day) for r in evidence.lesions.values()):
        return evidence.results, Beside(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    raw = joined(list(evidence.lesions.values()))
    lesions = _by_lesion(evidence, raw)
    product = _products(lesions)
    key = key_of(lesions.subject, lesions.day)
    dates = distinct(key)
    of_date = np.searchsorted(dates, key)
    size = len(dates)
    known = (np.bincount(of_date[~product.known], minlength=size) == 0) & _all_followed(
        lesions, product, people, of_date
    )
    values = {
        "SPD": Exact(np.where(known, _sum(product.units, of_date, size), 0), known),
        "LESIONS": _counted(product.known, of_date, size),
        "NEWLES": _any(lesions.state.at_least(_NEW) & lesions.state.at_most(_NEW), of_date, size),
        "LDINC": _any(_grown(lesions, people), of_date, size),
    }
    first = np.full(size, np.iinfo(np.int64).max)
    at_date = np.searchsorted(dates, raw.key)
    np.minimum.at(first, at_date, raw.source)
    subject = dates // SPAN
    day = dates - key_of(subject, np.zeros_like(subject))
    behind = np.argsort(first[at_date], kind="stable")
    found = dict(evidence.results)
    for name, value in values.items():
        derived = Results(subject, day, value, first).at(np.flatnonzero(value.known).astype(np.int64))
        found[name] = joined([evidence.results[name], derived]).worst_of_day()
    return found, Beside(first[at_date][behind], raw.source[behind])


def _by_lesion(evidence: Evidence, raw: Results) -> _Lesions:
    """The items of one lesion on one date together; of several values of one item the highest counts."""
    lesion = evidence.lesion[raw.source]
    order = np.lexsort([raw.day, lesion, raw.subject]).astype(np.int64)
    starts = run_starts([k[order] for k in (raw.subject, lesion, raw.day)])
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.cumsum(starts) - 1
    first = order[starts]
    found: dict[str, Exact] = {}
    offset = 0
    for name, results in evidence.lesions.items():
        units = np.full(len(first), -1, dtype=np.int64)
        np.maximum.at(units, place[offset : offset + len(results.day)], results.value.units)
        found[name] = Exact(np.maximum(units, 0), units >= 0)
        offset += len(results.day)
    return _Lesions(
        np.cumsum(run_starts([raw.subject[first], lesion[first]])) - 1, raw.subject[first], raw.day[first],
        found["LESION_LENGTH"], found["LESION_WIDTH"], found["LESION_PRODUCT"], found["LESION_STATE"],
    )  # fmt: skip


def _all_followed(lesions: _Lesions, product: Exact, people: People, of_date: Codes) -> Mask:
    """The dates on which every lesion of the subject's baseline imaging has a product; dates up to baseline are."""
    size = int(of_date.max()) + 1
    after = people.after(lesions.subject, lesions.day)
    number = np.cumsum(run_starts([lesions.group])) - 1
    last = np.full(int(lesions.subject.max()) + 1, -_NEVER)
    np.maximum.at(last, lesions.subject[~after], lesions.day[~after])
    at_baseline = np.zeros(int(number.max()) + 1, dtype=np.bool_)
    at_baseline[number[~after & (lesions.day == last[lesions.subject])]] = True
    subject = np.empty(size, dtype=np.int64)
    subject[of_date] = lesions.subject
    first_of_lesion = run_starts([lesions.group]) & at_baseline[number]
    needed = np.bincount(lesions.subject[first_of_lesion], minlength=len(last))[subject]
    measured = np.bincount(of_date[at_baseline[number] & product.known], minlength=size)
    is_after = np.zeros(size, dtype=np.bool_)
    is_after[of_date[after]] = True
    result: Mask = ~is_after | (measured >= needed)
    return result


def _products(lesions: _Lesions) -> Exact:
    """The product of the diameters: as given, else computed exactly, else 0 where the lesion is absent."""
    both = lesions.length.known & lesions.width.known
    pairs = pd.MultiIndex.from_arrays([lesions.length.units[both], lesions.width.units[both]])
    codes, measured = pairs.factorize()
    table = [(int(a) * int(b) + UNIT // 2) // UNIT for a, b in measured]
    inverse = np.full(len(both), -1, dtype=np.int64)
    inverse[both] = codes
    computed = Exact.of_units([units if units < LIMIT * UNIT else None for units in table], inverse)
    absent = lesions.state.at_least(_ABSENT) & lesions.state.at_most(_ABSENT)
    nothing = Exact(np.zeros(len(both), dtype=np.int64), absent)
    return lesions.product.or_else(computed).or_else(nothing)


def _grown(lesions: _Lesions, people: People) -> Mask:
    """Where a lesion's longest diameter is half as long again as its lowest at baseline and after."""
    after = people.after(lesions.subject, lesions.day)
    last = np.append(lesions.group[1:] != lesions.group[:-1], True)[: len(after)]
    baseline = ~after & (last | np.append(after[1:], True)[: len(after)])
    counts = after | baseline
    length = np.where(lesions.length.known & counts, lesions.length.units, _NEVER)
    width = np.where(lesions.width.known & counts, lesions.width.units, -1)
    lowest = before(lowest_so_far(length, lesions.group), lesions.group, _NEVER)
    widest = before(-lowest_so_far(-width, lesions.group), lesions.group, -1)
    floor = Exact(np.where(lowest < _NEVER, lowest, 0), lowest < _NEVER)
    grown = lesions.length.at_least_times(Fraction(3, 2), floor) & floor.above(0)
    result: Mask = after & grown & (widest > _SHORT_AXIS * UNIT)
    return result


def _sum(units: Codes, group: Codes, size: int) -> Codes:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, group, units)
    return total


def _counted(mask: Mask, group: Codes, size: int) -> Exact:
    return Exact(np.bincount(group[mask], minlength=size).astype(np.int64) * UNIT, np.ones(size, dtype=np.bool_))


def _any(mask: Mask, group: Codes, size: int) -> Exact:
    found = np.bincount(group[mask], minlength=size) > 0
    return Exact(found.astype(np.int64) * UNIT, np.ones(size, dtype=np.bool_))
