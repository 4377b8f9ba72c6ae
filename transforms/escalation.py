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
    """ESCALATE, EXPAND TO 6, STOP, or CONTINUE while the cohort is not complete."""
    if cohort.toxicities >= 2:
        return "STOP"
    if cohort.evaluable >= FULL:
        return "ESCALATE"
    if cohort.evaluable < FIRST:
        return "CONTINUE"
    if cohort.toxicities == 0 and cohort.evaluable == FIRST:
        return "ESCALATE"
    return "EXPAND TO 6"


def maximum_tolerated(cohorts: Sequence[Cohort]) -> str | None:
    """The highest level with at most 1 toxicity among at least 6 evaluable subjects; None while there is none."""
    tolerated = [c.level for c in cohorts if c.evaluable >= FULL and c.toxicities <= 1]
    return tolerated[-1] if tolerated else None
