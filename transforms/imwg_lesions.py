"""Imaging measured lesion by lesion, summed up per date: products, number, new lesions, growth of one lesion.

Source: design basis 5.1 (spd, newles, ldinc) and 2.2 (one imaging row per lesion).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from transforms.columns import Codes, Mask
from transforms.exact import UNIT, Exact
from transforms.imwg_anchors import People, before, lowest_so_far
from transforms.imwg_components import Evidence, Results, joined
from transforms.sequence import run_starts

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
    source: Codes
    length: Exact
    width: Exact
    product: Exact
    state: Exact


def with_lesions(evidence: Evidence, people: People) -> dict[str, Results]:
    """All results by component, those that lesions give put beside those given directly.

    SPD is the sum of the products of a date, unknown when a lesion of the date has none (an absent one counts 0);
    LESIONS their number; NEWLES whether one is new; LDINC whether the longest diameter of a lesion, earlier more than
    10 mm in short axis, is 1.5 times its lowest since baseline or more.
    """
    if not any(len(r.day) for r in evidence.lesions.values()):
        return evidence.results
    lesions = _collected(evidence)
    product = _products(lesions)
    of_date, dates = pd.factorize(pd.Index(lesions.subject * (1 << 40) + lesions.day))
    first = np.full(len(dates), len(of_date), dtype=np.int64)
    np.minimum.at(first, of_date, np.arange(len(of_date)))
    complete = _all(product.known, of_date, len(dates))
    values = {
        "SPD": Exact(np.where(complete, _sum(product.units, of_date, len(dates)), 0), complete),
        "LESIONS": _counted(product.known, of_date, len(dates)),
        "NEWLES": _any(lesions.state.at_least(_NEW) & lesions.state.at_most(_NEW), of_date, len(dates)),
        "LDINC": _any(_grown(lesions, people), of_date, len(dates)),
    }
    derived = {
        n: Results(lesions.subject[first], lesions.day[first], v, lesions.source[first]) for n, v in values.items()
    }
    return evidence.results | {
        n: joined([evidence.results[n], r.at(np.flatnonzero(r.value.known).astype(np.int64))]).worst_of_day()
        for n, r in derived.items()
    }


def _collected(evidence: Evidence) -> _Lesions:
    items = evidence.lesions
    whole = {n: r.at(np.flatnonzero(evidence.lesion[r.source] >= 0).astype(np.int64)) for n, r in items.items()}
    subject = np.concatenate([r.subject for r in whole.values()])
    day = np.concatenate([r.day for r in whole.values()])
    source = np.concatenate([r.source for r in whole.values()])
    lesion = evidence.lesion[source]
    order = np.lexsort([source, day, lesion, subject])
    keys = [k[order] for k in (subject, lesion, day)]
    number = np.cumsum(run_starts(keys)) - 1
    first = order[run_starts(keys)]
    found: dict[str, Exact] = {}
    place = np.empty(len(order), dtype=np.int64)
    place[order] = number
    offset = 0
    for name, results in whole.items():
        at = place[offset : offset + len(results.day)]
        offset += len(results.day)
        units = np.full(len(first), -1, dtype=np.int64)
        np.maximum.at(units, at, results.value.units)
        found[name] = Exact(np.maximum(units, 0), units >= 0)
    group = np.cumsum(run_starts([subject[first], lesion[first]])) - 1
    return _Lesions(
        group, subject[first], day[first], source[first], found["LESION_LENGTH"], found["LESION_WIDTH"],
        found["LESION_PRODUCT"], found["LESION_STATE"],
    )  # fmt: skip


def _products(lesions: _Lesions) -> Exact:
    """The product of the diameters: as given, else computed exactly, else 0 where the lesion is absent."""
    both = lesions.length.known & lesions.width.known
    pairs = pd.MultiIndex.from_arrays([lesions.length.units[both], lesions.width.units[both]])
    codes, distinct = pairs.factorize()
    table = [(int(a) * int(b) + UNIT // 2) // UNIT for a, b in distinct]
    inverse = np.full(len(both), -1, dtype=np.int64)
    inverse[both] = codes
    computed = Exact.of_units(list(table), inverse)
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


def _all(mask: Mask, group: Codes, size: int) -> Mask:
    result: Mask = np.bincount(group[~mask], minlength=size) == 0
    return result


def _any(mask: Mask, group: Codes, size: int) -> Exact:
    found = np.bincount(group[mask], minlength=size) > 0
    return Exact(found.astype(np.int64) * UNIT, np.ones(size, dtype=np.bool_))
