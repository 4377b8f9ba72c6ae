"""Agreement of two assessments of one thing on ordered levels, such as an investigator's and a computed response.

Source: design basis 5.4; Cohen, Psychol Bull 1968;70:213-20 (weighted kappa).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.columns import Codes, Column, Mask, categories_of, text
from transforms.sequence import run_starts
from transforms.subject_days import key_of, nearest


@dataclass(frozen=True)
class Agreement:
    """How far pairs agree; ``table[i, j]`` counts those of level i by the first and level j by the second."""

    levels: tuple[str, ...]
    table: Codes
    pairs: int
    exact: int
    within_one: int
    """Pairs on the same or on neighbouring ordered levels."""
    responders: int
    """Pairs in which both respond, or neither does."""
    kappa: float
    """Linear weighted kappa over the ordered levels; NaN where it is not defined."""


def matched(subject: Codes, day: Codes, other_subject: Codes, other_day: Codes, within: int = 7) -> tuple[Codes, Codes]:
    """Pairs of positions, first and second, of one subject and at most so many days apart.

    Each goes with its nearest, of two equally near with the earlier, and takes part in one pair at most. Source: design
    basis 5.4 (matched dates within 7 days).
    """
    order = np.lexsort([other_day, other_subject]).astype(np.int64)
    place, distance = nearest(key_of(subject, day), key_of(other_subject, other_day)[order])
    first = np.flatnonzero(distance <= within).astype(np.int64)
    second = order[place[first]]
    best = np.lexsort([day[first], distance[first], second])
    first, second = first[best], second[best]
    if not len(first):
        return first, second
    keep = run_starts([second])
    first, second = first[keep], second[keep]
    back = np.argsort(first, kind="stable")
    return first[back], second[back]


def agreement(
    first: Column, second: Column, ordered: Sequence[str], responders: Sequence[str], unordered: Sequence[str] = ()
) -> Agreement:
    """Agreement of parallel text columns; pairs with a missing side are left out.

    ``ordered`` are the levels from best to worst, ``unordered`` others (not evaluable), which agree exactly or not at
    all and are left out of kappa; ``responders`` the levels that count as response. Raises ValueError for a level that
    is not named. Source: design basis 5.4; scenario M10.
    """
    levels = (*ordered, *unordered)
    one, other = _codes(first, levels), _codes(second, levels)
    both = (one >= 0) & (other >= 0)
    one, other = one[both], other[both]
    table = np.zeros((len(levels), len(levels)), dtype=np.int64)
    np.add.at(table, (one, other), 1)
    in_order = (one < len(ordered)) & (other < len(ordered))
    near: Mask = (one == other) | (in_order & (np.abs(one - other) <= 1))
    responds = np.array([level in responders for level in levels], dtype=np.bool_)
    return Agreement(
        levels, table, len(one), int((one == other).sum()), int(near.sum()),
        int((responds[one] == responds[other]).sum()), linear_kappa(table[: len(ordered), : len(ordered)]),
    )  # fmt: skip


def linear_kappa(table: Codes) -> float:
    """Weighted kappa of a square table of counts, with weights linear in the distance of the levels.

    NaN where the marginals alone leave no room for disagreement. Source: Cohen 1968.
    """
    total = table.sum()
    distance = np.abs(np.subtract.outer(np.arange(len(table)), np.arange(len(table))))
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    by_chance = float((distance * expected).sum())
    return 1 - float((distance * table).sum()) * float(total) / by_chance if by_chance else float("nan")


def _codes(column: Column, levels: Sequence[str]) -> Codes:
    column = text(column)
    names = categories_of(column)
    codes = column.cat.codes.to_numpy().astype(np.int64)
    unknown = sorted({names[c] for c in np.unique(codes) if c >= 0} - set(levels))
    if unknown:
        raise ValueError(f"agreement: no level {', '.join(unknown)}; the levels are {', '.join(levels)}")
    place = {level: number for number, level in enumerate(levels)}
    return np.array([*(place.get(name, -1) for name in names), -1], dtype=np.int64)[codes]
