"""Dose escalation by 3+3: what follows from the dose-limiting toxicities of a cohort, and the maximum tolerated dose.

Source: design basis 4.8 (DLT, MTD); scenarios E14, E15.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FIRST, FULL = 3, 6


@dataclass(frozen=True)
class Cohort:
    """The evaluable subjects of a dose level, and those with a dose-limiting toxicity."""

    level: str
    evaluable: int
    toxicities: int


def decide(cohort: Cohort) -> str:
    """ESCALATE, EXPAND TO 6, STOP, or CONTINUE while the cohort is not complete.

    In a level of more than 6 (an expansion) at most one in 6 may have a toxicity.
    """
    if cohort.toxicities >= 2 and not _tolerated(cohort):
        return "STOP"
    if cohort.evaluable >= FULL:
        return "ESCALATE"
    if cohort.evaluable < FIRST:
        return "CONTINUE"
    if cohort.toxicities == 0 and cohort.evaluable == FIRST:
        return "ESCALATE"
    return "EXPAND TO 6"


def maximum_tolerated(cohorts: Sequence[Cohort]) -> str | None:
    """The highest level with a toxicity in at most 1 of 6, of 6 evaluable subjects at least; None while there is none.

    Levels come in the order of their doses.
    """
    tolerated = [c.level for c in cohorts if _tolerated(c)]
    return tolerated[-1] if tolerated else None


def _tolerated(cohort: Cohort) -> bool:
    return cohort.evaluable >= FULL and cohort.toxicities * FULL <= cohort.evaluable
