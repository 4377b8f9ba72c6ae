"""Conditions of grading tables over columns, and what is true of each row.

Truth is of three values: a comparison with a missing input is unknown. Both sides of a comparison are computed in
decimal and rounded to 15 significant digits (design basis 6.1). How conditions are written: ``criteria_parser``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import Mask

_ROUNDED = Context(prec=15)
_EXACT = Context(prec=50)
_OPERATORS: dict[str, Callable[..., Any]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """Where a condition holds and where it does not; where neither, it is unknown."""

    holds: Mask
    fails: Mask


@dataclass(frozen=True)
class Inputs:
    """The columns that conditions look at: numbers by variable (NaN: missing), and truths by flag."""

    numbers: dict[str, npt.NDArray[np.float64]]
    flags: dict[str, Truth]
    computed: dict[Side, npt.NDArray[np.float64]] = field(default_factory=dict)
    """Sides that were computed already: the grades of a term mostly share them."""


@dataclass(frozen=True)
class Flag:
    """A flag by its name."""

    name: str

    def truth(self, inputs: Inputs) -> Truth:
        """The flag itself."""
        return inputs.flags[self.name]


@dataclass(frozen=True)
class Side:
    """A sum of numbers and multiples of variables; ``None`` stands for the number 1."""

    terms: tuple[tuple[Decimal, str | None], ...]

    def values(self, inputs: Inputs) -> npt.NDArray[np.float64]:
        """The sum in each row, to 15 significant digits."""
        if self not in inputs.computed:
            inputs.computed[self] = self._computed(inputs)
        return inputs.computed[self]

    def _computed(self, inputs: Inputs) -> npt.NDArray[np.float64]:
        """Once per distinct combination of the variables."""
        names = [name for _, name in self.terms if name is not None]
        size = len(next(iter(inputs.numbers.values())))
        if not names:
            return np.full(size, float(self._sum({})))
        index = pd.MultiIndex.from_arrays([inputs.numbers[n] for n in names])
        codes, distinct = index.factorize() if len(names) > 1 else pd.factorize(inputs.numbers[names[0]])
        rows: list[Any] = list(distinct) if len(names) > 1 else [(value,) for value in distinct]
        table = [self._of(dict(zip(names, row, strict=True))) for row in rows]
        return np.array([*table, np.nan])[codes]

    def _of(self, row: dict[str, float]) -> float:
        if any(np.isnan(value) for value in row.values()):
            return np.nan
        return float(self._sum({name: Decimal(repr(float(value))) for name, value in row.items()}))

    def _sum(self, row: dict[str, Decimal]) -> Decimal:
        total = Decimal(0)
        for factor, name in self.terms:
            total = _EXACT.add(total, _EXACT.multiply(factor, Decimal(1) if name is None else row[name]))
        return _ROUNDED.plus(total)


@dataclass(frozen=True)
class Comparison:
    """Two sides and the operator between them."""

    left: Side
    operator: str
    right: Side

    def truth(self, inputs: Inputs) -> Truth:
        """Unknown where a side is missing."""
        left, right = self.left.values(inputs), self.right.values(inputs)
        known = ~np.isnan(left) & ~np.isnan(right)
        holds = np.asarray(_OPERATORS[self.operator](left, right), dtype=np.bool_)
        return Truth(known & holds, known & ~holds)


@dataclass(frozen=True)
class Combined:
    """Several conditions: all, any, or none of them."""

    how: str
    parts: tuple[Condition, ...]

    def truth(self, inputs: Inputs) -> Truth:
        """By Kleene's logic: one that fails decides ``all``, one that holds decides ``any``."""
        truths = [part.truth(inputs) for part in self.parts]
        holds, fails = [t.holds for t in truths], [t.fails for t in truths]
        if self.how == "all":
            return Truth(np.logical_and.reduce(holds), np.logical_or.reduce(fails))
        some = Truth(np.logical_or.reduce(holds), np.logical_and.reduce(fails))
        return some if self.how == "any" else Truth(some.fails, some.holds)


Condition = Flag | Comparison | Combined
