"""How many digits numbers take in their shortest decimal notation: what Define-XML asks of a float."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_EXACT = float(1 << 50)
"""Below this, x * 10**d is close enough to an integer to tell whether x has d decimals."""
_MOST_DECIMALS = 22
"""10**22 is the last power of ten that is exact as a double."""


def digits_and_decimals(values: npt.NDArray[np.float64]) -> tuple[int, int]:
    """The most digits of any number (not counting a zero before the point), and the most decimals; no NaN, not empty.

    The shortest notation is the one with the fewest digits that still reads back as the same double.
    """
    digits, decimals = _integer_digits(values), 0
    rest = values[values != np.trunc(values)]
    power = 1.0
    while len(rest):
        decimals += 1
        power *= 10
        scaled = rest * power
        if np.abs(scaled).max() >= _EXACT or decimals > _MOST_DECIMALS:
            return _by_notation(rest, digits, decimals - 1)
        has = np.rint(scaled) / power == rest
        if has.any():
            digits = max(digits, _left_digits(rest[has]) + decimals)
            rest = rest[~has]
    return digits, decimals


def _integer_digits(values: npt.NDArray[np.float64]) -> int:
    integers = values[values == np.trunc(values)]
    return len(str(int(np.abs(integers).max()))) if len(integers) else 0


def _left_digits(values: npt.NDArray[np.float64]) -> int:
    whole = int(np.abs(values).max())
    return len(str(whole)) if whole else 0


def _by_notation(rest: npt.NDArray[np.float64], digits: int, decimals: int) -> tuple[int, int]:
    """The same from the notations themselves, which Arrow writes as short as can be, some with an exponent."""
    size = np.abs(rest)
    notation = pa.array(size).cast(pa.string())
    point = pc.find_substring(notation, ".").to_numpy()
    right = pc.binary_length(notation).to_numpy() - point - 1
    left = np.where(size < 1, 0, point)
    with_exponent = pc.match_substring(notation, "e").to_numpy(zero_copy_only=False)
    digits = max(digits, int((left + right)[~with_exponent].max(initial=0)))
    decimals = max(decimals, int(right[~with_exponent].max(initial=0)))
    for value in pd.unique(size[with_exponent]):
        before, _, after = np.format_float_positional(value, trim="-").partition(".")
        digits = max(digits, len(before.lstrip("0")) + len(after))
        decimals = max(decimals, len(after))
    return digits, decimals
