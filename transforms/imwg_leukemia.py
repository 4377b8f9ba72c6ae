"""Plasma cell leukemia: the response of myeloma limited by blood and marrow, in two published sets (basis 5.5).

Consensus: Fernandez de Larrea et al., Leukemia 2013;27:780-91. European: the proposal for primary plasma cell leukemia.
"""

from __future__ import annotations

import numpy as np

from transforms.imwg_case import Case
from transforms.imwg_levels import CR, MR, NE, PD, PR, SD, Ruling


def limit_by_leukemia(case: Case, ruling: Ruling) -> Ruling:
    """The limits that blood and marrow set, without minimal response; NE without plasma cells of the blood."""
    where = case.leukemia & (ruling.level < NE)
    ruling = ruling.decide(where & (ruling.level == MR), SD, "NO MINIMAL RESPONSE IN LEUKEMIA")
    blood = case.value("PB")
    if case.options.european:
        enough = case.reduced("PB", 90) | blood.at_most(0)
        ruling = ruling.limit(where & blood.known & (blood.above(5) | ~enough), SD, "CIRCULATING PLASMA CELLS")
        ruling = ruling.limit(where & blood.above(0), PR, "CIRCULATING PLASMA CELLS")
    else:
        marrow = case.value("MARROW")
        ruling = ruling.limit(where & blood.above(5), SD, "CIRCULATING PLASMA CELLS")
        ruling = ruling.limit(where & marrow.above(25), SD, "MARROW")
        ruling = ruling.limit(where & blood.above(0), PR, "CIRCULATING PLASMA CELLS")
        ruling = ruling.limit(where & marrow.at_least(5), PR, "MARROW")
        unknown = where & ~marrow.known & (ruling.level < PR)
        ruling = ruling.limit(unknown, PR, "MARROW NOT ASSESSED").without_items(unknown).lacking(unknown, "MARROW")
    unknown = where & ~blood.known
    ruling = ruling.without_items(unknown).lacking(unknown, "PB")
    return ruling.decide(unknown, NE, "CIRCULATING PLASMA CELLS NOT ASSESSED")


def only_maintained(case: Case, ruling: Ruling) -> Ruling:
    """A response counts as far as it is still there at the first assessment after the minimum time, else SD.

    The level is the lowest of all evaluable assessments up to that one. Source: design basis 5.5 (an option).
    """
    days = case.options.maintain_days
    if not days:
        return ruling
    anchors, level = case.anchors, ruling.level
    lowest, held = level.copy(), np.zeros(len(level), dtype=np.bool_)
    open_ = case.leukemia & (level <= PR)
    step = 0
    while open_.any():
        step += 1
        rows = np.flatnonzero(open_)
        later = rows + step
        same = (later < len(level)) & (anchors.person[np.minimum(later, len(level) - 1)] == anchors.person[rows])
        open_[rows[~same]] = False
        rows, later = rows[same], later[same]
        seen = np.where(level[later] < NE, level[later], 0)
        lowest[rows] = np.maximum(lowest[rows], seen)
        enough = (anchors.day[later] >= anchors.day[rows] + days) & (seen > 0)
        held[rows[enough]], open_[rows[enough]] = True, False
    lost = case.leukemia & (level <= PR) & (~held | (lowest >= PD))
    shown = np.where(case.leukemia & (level <= PR) & ~lost, lowest, level)
    for level_number in range(CR, SD + 1):
        ruling = ruling.limit(shown == level_number, level_number, "NOT MAINTAINED")
    return ruling.decide(lost, SD, "NOT MAINTAINED")
