"""Named laboratory formulas: calcium corrected for albumin, free light chains, recovery of blood counts.

Numbers are computed in decimal, so that 2.0 + 0.02 x 15 is 2.3. Source: design basis 4.5, 5.2.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from transforms.columns import (
    Column,
    Mask,
    codes_of,
    distinct_rows,
    missing,
    numbers,
    plain,
    take_numbers,
    take_results,
    text,
)
from transforms.registry import Records, register
from transforms.sequence import run_starts


@register("{calcium} plus {factor} times ({normal} minus {albumin})", scope="record")
def corrected_calcium(calcium: Column, albumin: Column, factor: float = 0.02, normal: float = 40) -> Column:
    """Calcium corrected for albumin in mmol/L (calcium mmol/L, albumin g/L); missing without either.

    Source: Payne et al., BMJ 1973;4:643-6 in SI units; design basis 4.5; scenarios J10, J11.
    """

    def corrected(total: Decimal, protein: Decimal) -> Decimal:
        return total + Decimal(repr(factor)) * (Decimal(repr(normal)) - protein)

    return _computed(calcium, albumin, corrected)


@register("{numerator} divided by {denominator}, in decimal", scope="record")
def decimal_ratio(numerator: Column, denominator: Column) -> Column:
    """One number divided by another to 15 significant digits; missing without either, and for a divisor of 0."""
    return _computed(numerator, denominator, lambda a, b: a / b if b else None)


@register("{value} minus {other}, in decimal", scope="record")
def decimal_difference(value: Column, other: Column) -> Column:
    """One number minus another without binary noise; missing without either."""
    return _computed(value, other, lambda a, b: a - b)


@register(
    "KAPPA where {kappa} / {lambda_} is above {high}, LAMBDA where it is below {low}, missing otherwise", scope="record"
)
def involved_light_chain(kappa: Column, lambda_: Column, low: float = 0.26, high: float = 1.65) -> Column:
    """Which free light chain is involved in the disease, by the ratio of both in mg/L; compared exactly.

    Source: Kumar et al., Lancet Oncol 2016;17:e328-46; design basis 5.2.
    """
    least, most = Decimal(repr(low)), Decimal(repr(high))

    def involved(a: float | None, b: float | None) -> str | None:
        if a is None or b is None:
            return None
        one, other = Decimal(repr(a)), Decimal(repr(b))
        return "KAPPA" if one > most * other else "LAMBDA" if one < least * other else None

    first, inverse = distinct_rows([numbers(kappa), numbers(lambda_)])
    pairs = zip(*(plain(numbers(c).iloc[first]) for c in (kappa, lambda_)), strict=True)
    return take_results([involved(a, b) for a, b in pairs], inverse)


@register(
    "Y on the subject's first record, in the order of {date}, whose {value} is {threshold} or more after one that was "
    "below, and whose next is not below again[; per {by}][; among those with Y in {among}]"
)
def recovery_flag(
    value: Column,
    date: Column,
    threshold: float,
    records: Records,
    by: list[Column] | None = None,
    among: list[Column] | None = None,
) -> Column:
    """A flag on the record that shows the recovery of a count; none where it never fell, or has not recovered.

    The last record there is counts as recovered, since nothing contradicts it. Source: design basis 4.5 (NEUTR).
    """
    given = numbers(value).to_numpy()
    wanted: Mask = ~np.isnan(given) & ~missing(date)
    for column in among or []:
        wanted &= (text(column) == "Y").to_numpy(dtype=np.bool_)
    rows = np.flatnonzero(wanted)
    groups = [records.subject, *(codes_of(c) for c in by or [])]
    keys = [records.identity, codes_of(date), *reversed(groups)]
    rows = rows[np.lexsort([k[rows] for k in keys])]
    flagged = np.full(len(given), -1, dtype=np.int64)
    if len(rows):
        starts = run_starts([g[rows] for g in groups])
        low = given[rows] < threshold
        run = np.cumsum(starts)
        fallen = np.cumsum(low) - (np.cumsum(low) - low)[starts][run - 1] > 0
        again = np.append(low[1:] & ~starts[1:], False)
        recovered = np.flatnonzero(fallen & ~low & ~again)
        flagged[rows[recovered[run_starts([run[recovered]])]]] = 0
    return take_results(["Y"], flagged)


def _computed(one: Column, other: Column, of: Callable[[Decimal, Decimal], Decimal | None]) -> Column:
    """A number column from two, once per distinct pair, to 15 significant digits."""

    def value(a: float | None, b: float | None) -> float | None:
        found = None if a is None or b is None else of(Decimal(repr(a)), Decimal(repr(b)))
        return None if found is None else float(f"{found:.15g}")

    first, inverse = distinct_rows([numbers(one), numbers(other)])
    pairs = zip(*(plain(numbers(c).iloc[first]) for c in (one, other)), strict=True)
    return take_numbers([value(a, b) for a, b in pairs], inverse)
