"""Age in completed years, also of a partial date of birth. Source: SDTMIG 3.4, 5.2 (AGE) and 4.4.2 (precision)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from transforms.columns import Column, Mask, distinct_rows, plain, take, take_numbers, text
from transforms.partial_dates import date_only
from transforms.registry import Outcome, Problem, register

Parts = list[int]
EARLIEST, LATEST = (1, 1), (12, 31)
"""The month and day that fill what is not known."""


@register(
    "Completed years from {birth} to {reference}[; where a partial date leaves several ages possible, by {partial}].",
    scope="record",
)
def compute_age(birth: Column, reference: Column, partial: Literal["none", "known parts"] = "none") -> Outcome:
    """AGE: the completed years from birth to a reference date; either may be a partial ISO 8601 date.

    Where only one age is possible, it is that. Elsewhere ``partial`` decides: ``none`` (the default) leaves the age
    empty, with the problem AGE_UNCERTAIN (warning); ``known parts`` counts by the parts that both dates have, so by the
    difference of the years where only the year of birth is known. AGE_IMPOSSIBLE (error): born after the reference.
    """
    columns = [text(date_only(text(birth))), text(date_only(text(reference)))]
    first, inverse = distinct_rows(columns)
    pairs = list(zip(*(plain(take(c, first)) for c in columns), strict=True))
    ages = [_age(born, at, partial) for born, at in pairs]
    values = take_numbers([None if a is None or a < 0 else float(a) for a in ages], inverse)
    shown = text([f"{born} to {at}" if born and at else None for born, at in pairs])
    uncertain = [a is None and bool(born and at) for a, (born, at) in zip(ages, pairs, strict=True)]
    impossible = [a is not None and a < 0 for a in ages]

    def problem(rule: str, severity: Literal["error", "warning"], where: list[bool], told: str) -> list[Problem]:
        chosen: Mask = np.array([*where, False], dtype=np.bool_)[inverse]
        rows = np.flatnonzero(chosen).astype(np.int64)
        return [Problem(rule, severity, rows, told, take(take(shown, inverse), rows))] if len(rows) else []

    return Outcome(
        values,
        [
            *problem(
                "AGE_UNCERTAIN", "warning", uncertain,
                "more than one age is possible ({value}), so there is none; the study says with `partial` how to count",
            ),
            *problem("AGE_IMPOSSIBLE", "error", impossible, "born after the reference date ({value}); no age is given"),
        ],
    )  # fmt: skip


def _age(birth: str | None, reference: str | None, partial: str) -> int | None:
    """Completed years; None where a date is missing, or several ages are possible and nothing says which."""
    if not birth or not reference:
        return None
    born, at = _parts(birth), _parts(reference)
    youngest = _years(_filled(born, LATEST), _filled(at, EARLIEST))
    oldest = _years(_filled(born, EARLIEST), _filled(at, LATEST))
    if youngest == oldest:
        return oldest
    if oldest < 0 or partial != "known parts":
        return oldest if oldest < 0 else None
    both = min(len(born), len(at))
    return _years(born[:both], at[:both])


def _parts(date: str) -> Parts:
    return [int(p) for p in date.split("-")]


def _filled(parts: Parts, by: tuple[int, int]) -> Parts:
    return [*parts, *by[len(parts) - 1 :]]


def _years(born: Parts, at: Parts) -> int:
    return at[0] - born[0] - (at[1:] < born[1:])
