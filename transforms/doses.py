"""Transforms about doses: amounts per body surface, and the planned level that a received dose stands for."""

from __future__ import annotations

from transforms.columns import Column, distinct_rows, numbers, on_distinct_rows, parse_number, plain, take, take_numbers
from transforms.registry import Table, register
from transforms.tables import rows_of


@register("{amount} divided by {per}, rounded to 6 significant digits", scope="record")
def amount_per(amount: Column, per: Column) -> Column:
    """A dose per unit, for example mg/m2 from mg and m2; missing without both, or where ``per`` is not above zero.

    Source: design basis 3.8 (EXDOSE of chemotherapy is mg / BSA) and 6.2 (6 significant digits).
    """
    parts = [numbers(amount), numbers(per)]
    first, inverse = distinct_rows(parts)

    def divided(a: float | None, b: float | None) -> float | None:
        return None if a is None or b is None or b <= 0 else float(f"{a / b:.6g}")

    return take_numbers([divided(a, b) for a, b in zip(*(plain(take(p, first)) for p in parts), strict=True)], inverse)


@register(
    "the {level} of {levels} whose {planned} is within {tolerance} percent of {dose} (the nearest, of equal ones the "
    "lower); else {assigned}, where {dose} is less than its {planned}",
    scope="record",
)
def dose_level(
    dose: Column, assigned: Column, levels: Table, tolerance: float, level: str = "ARMCD", planned: str = "DOSE"
) -> Column:
    """The dose level that a received dose stands for: as planned for some level, or a reduced dose of the assigned one.

    ``levels`` has a row per level with its code (``level``) and planned dose (``planned``), in the unit of ``dose``.
    Missing where nothing was received, or a dose above the assigned level that is none of the others (ARMNRS then says
    UNPLANNED TREATMENT). Source: design basis 3.2 (ACTARMCD), scenarios E05 and E11.
    """
    doses = {r[level]: number for r in rows_of(levels, [level, planned]) if (number := parse_number(r[planned]))}

    def found(received: float | None, code: str | None) -> str | None:
        if received is None or not received > 0:
            return None
        distance = {k: abs(received - v) / v * 100 for k, v in sorted(doses.items(), key=lambda item: item[1])}
        nearest = min(distance, key=lambda k: distance[k], default=None)
        if nearest is not None and distance[nearest] <= tolerance:
            return nearest
        return code if code in doses and received < doses[code] else None

    return on_distinct_rows([numbers(dose), assigned], found)
