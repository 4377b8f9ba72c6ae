"""Results at a limit of quantitation in analysis: the value that stands for ``<5`` or ``>5000``, and what it is.

Source: design basis 4.5 (ADLB); ADaM terminology, codelist DTYPE (LLOQ, HALFLLOQ, ULOQ).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from transforms.columns import Column, constant, distinct_rows, plain, take_numbers, take_results, text
from transforms.registry import register
from transforms.units import Quantity, quantity

Below: TypeAlias = Literal["HALFLLOQ", "LLOQ", "ZERO"]
_T = TypeVar("_T")
_SHARE: dict[str, float] = {"HALFLLOQ": 0.5, "LLOQ": 1.0, "ZERO": 0.0}


@register(
    "The number in {result}; below a limit of quantitation half of it (HALFLLOQ), the limit (LLOQ) or 0 (ZERO), "
    "as[ {below} says, else] {otherwise}; above one the limit[; {absent} is 0 where the rule is ZERO]",
    scope="record",
)
def value_at_limit(
    result: Column, below: Column | None = None, otherwise: Below = "HALFLLOQ", absent: list[str] | None = None
) -> Column:
    """AVAL of a standard result as text (``3.2``, ``<5``, ``>5000``); missing for a range and for other texts.

    ``below`` holds HALFLLOQ, LLOQ or ZERO for each record; raises ValueError for another word. ``absent`` are texts
    that say that there is nothing (``NOT DETECTED``). Source: design basis 4.5, 5.1; scenarios J18, J22.
    """

    def value(found: Quantity, rule: str) -> float:
        return float(found.number) * (_SHARE[rule] if found.qualifier.startswith("<") else 1)

    first, inverse = distinct_rows([text(result), _rules(result, below)])
    return take_numbers(_each(result, below, otherwise, first.tolist(), value, absent), inverse)


@register(
    "LLOQ or HALFLLOQ where the value of {result} stands for one below quantitation (the rule is[ {below}, else] "
    "{otherwise}), ULOQ above it; missing where it is the result itself, or taken as 0",
    scope="record",
)
def limit_type(result: Column, below: Column | None = None, otherwise: Below = "HALFLLOQ") -> Column:
    """DTYPE of a value by ``value_at_limit``. Source: design basis 4.5; scenarios J18, J22."""

    def kind(found: Quantity, rule: str) -> str | None:
        if found.qualifier.startswith("<"):
            return None if rule == "ZERO" else rule
        return "ULOQ" if found.qualifier.startswith(">") else None

    first, inverse = distinct_rows([text(result), _rules(result, below)])
    return take_results(_each(result, below, otherwise, first.tolist(), kind), inverse)


@register("{result} where it is not just a number", scope="record")
def text_result(result: Column) -> Column:
    """AVALC beside AVAL: results that a number alone does not tell (``<5``, ``POSITIVE``); missing for numbers."""
    result = text(result)
    kept = [None if (found := quantity(v)) and v == found.number else v for v in result.cat.categories]
    return take_results(kept, result.cat.codes.to_numpy().astype(np.int64))


def _rules(result: Column, below: Column | None) -> Column:
    return constant(None, len(result)) if below is None else text(below)


def _each(
    result: Column,
    below: Column | None,
    otherwise: str,
    rows: list[int],
    of: Callable[[Quantity, str], _T],
    absent: list[str] | None = None,
) -> list[_T | None]:
    """What a function makes of the result and the rule in some rows; None where the result is no quantity."""
    results, rules = (plain(c.iloc[rows]) for c in (text(result), _rules(result, below)))
    unknown = {r for r in [otherwise, *rules] if r and r not in _SHARE}
    if unknown:
        raise ValueError(f"below a limit the value is {', '.join(_SHARE)}, not {', '.join(sorted(unknown))}")

    def one(value: str | None, rule: str) -> _T | None:
        nothing = value in (absent or []) and rule == "ZERO"
        found = Quantity("0") if nothing else quantity(value or "")
        return None if found is None or found.upper else of(found, rule)

    return [one(value, rule or otherwise) for value, rule in zip(results, rules, strict=True)]
