"""Signs of progressive disease, each with its basis and the components that show it (design basis 5.3 step 1, 5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from transforms.columns import Mask
from transforms.exact import Exact
from transforms.imwg_anchors import nadir
from transforms.imwg_case import Case

BASES = ("SERUM", "URINE", "DFLC", "MARROW", "NEWLESION", "SPD", "LDINC", "CIRCPC")
_QUARTER, _QUARTER_MORE, _HALF_MORE = Fraction(1, 4), Fraction(5, 4), Fraction(3, 2)


@dataclass(frozen=True)
class Sign:
    """Where progression shows by one basis, in these components."""

    basis: str
    components: tuple[str, ...]
    shown: Mask


def signs_of_progression(case: Case) -> list[Sign]:
    """Progression of myeloma against the nadir, for all subjects; where the nadir is 0, any rise is 25 percent.

    Source: Kumar et al. 2016, as in design basis 5.3 step 1.
    """
    measure = case.measure
    serum, floor = case.value("SPEP"), case.lowest("SPEP")
    serum_risen = (_risen(serum, floor) & (serum - floor).at_least(5)) | (
        floor.at_least(50) & (serum - floor).at_least(10)
    )
    chains = measure.difference(case.now)
    chains_floor = nadir(case.anchors, chains, measure.difference(case.base), case.options.confirmed_nadir)
    chains_risen = _risen(chains, chains_floor) & (chains - chains_floor).above(100)
    return [
        Sign("SERUM", ("SPEP",), measure.serum & serum_risen),
        Sign("URINE", ("UPEP",), measure.urine & _risen_by(case, "UPEP", 200)),
        Sign("DFLC", ("KAPPA", "LAMBDA"), measure.chains & chains_risen),
        Sign("MARROW", ("MARROW",), measure.marrow & _risen_by(case, "MARROW", 10)),
        Sign("NEWLESION", ("NEWLES",), case.value("NEWLES").above(0)),
        Sign("SPD", ("SPD",), _lesions_grown(case)),
        Sign("LDINC", ("LDINC",), case.value("LDINC").above(0)),
        Sign("CIRCPC", ("PB", "PBCOUNT"), ~measure.any & _cells_risen(case)),
    ]


def signs_of_leukemia(case: Case, complete: Mask) -> list[Sign]:
    """More signs in plasma cell leukemia: blood, marrow, and relapse after an assessment in complete response.

    Source: design basis 5.5 (the relative rule for marrow is an option, off because of small values).
    """
    before = case.anchors.previous(case.anchors.highest_so_far(complete.astype(np.int64)), 0) > 0
    relapse = case.leukemia & before
    blood = (case.value("PB") - case.lowest("PB")).above(5)
    marrow, floor = case.value("MARROW"), case.lowest("MARROW")
    marrow_risen = (marrow - floor).at_least(10)
    if case.options.relative_marrow:
        marrow_risen |= marrow.above_times(_QUARTER_MORE, floor)
    return [
        Sign("CIRCPC", ("PB",), case.leukemia & blood),
        Sign("MARROW", ("MARROW",), case.leukemia & marrow_risen),
        Sign("SERUM", ("SIFE",), relapse & case.value("SIFE").above(0)),
        Sign("URINE", ("UIFE",), relapse & case.value("UIFE").above(0)),
        Sign("CIRCPC", ("PB",), relapse & case.value("PB").above(0)),
        Sign("SPD", ("SPD",), relapse & case.value("SPD").above(0)),
    ]


def _risen(now: Exact, floor: Exact) -> Mask:
    """Where the rise from the nadir is 25 percent or more."""
    return (now - floor).at_least_times(_QUARTER, floor)


def _risen_by(case: Case, name: str, least: int) -> Mask:
    """Where a component rose by so much or more, and by 25 percent."""
    now, floor = case.value(name), case.lowest(name)
    return _risen(now, floor) & (now - floor).at_least(least)


def _lesions_grown(case: Case) -> Mask:
    """The sum of products half as large again as its nadir, unless it is known that only one lesion was measured."""
    now = case.value("SPD")
    return now.at_least_times(_HALF_MORE, case.lowest("SPD")) & now.above(0) & ~case.value("LESIONS").at_most(1)


def _cells_risen(case: Case) -> Mask:
    """Circulating plasma cells half as many again as at the nadir (by count where both are known), and 200 per uL."""
    count, floor = case.value("PBCOUNT"), case.lowest("PBCOUNT")
    by_percent = case.value("PB").at_least_times(_HALF_MORE, case.lowest("PB"))
    by_count = count.at_least_times(_HALF_MORE, floor)
    return np.where(count.known & floor.known, by_count, by_percent) & count.at_least(200)
