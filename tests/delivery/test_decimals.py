"""Digits and decimals of the shortest decimal notation."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.decimals import digits_and_decimals


@pytest.mark.parametrize(
    ("numbers", "digits", "decimals"),
    [
        ([0.0], 1, 0),
        ([1.0, 12.0, -120.0], 3, 0),
        ([1200.0], 4, 0),
        ([12.5], 3, 1),
        ([0.05], 2, 2),
        ([-0.1], 1, 1),
        ([1000.0, 0.25], 4, 2),
        ([98.6, 0.125, 7.0], 3, 3),
        ([0.1 + 0.2], 17, 17),
        ([1 / 3, 100.0], 16, 16),
        ([12345678.12345679], 16, 8),
        ([1e-30], 30, 30),
        ([1 / 3, 2.5e-7, 2 / 3e6], 22, 22),
        ([1234567890123.4567, 1 / 3], 17, 16),
        ([1e20], 21, 0),
    ],
)
def test_known_numbers(numbers: list[float], digits: int, decimals: int) -> None:
    assert digits_and_decimals(np.array(numbers)) == (digits, decimals)


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 12))
def test_a_decimal_of_up_to_15_digits_has_the_decimals_it_was_written_with(figures: int, places: int) -> None:
    written = Decimal(figures).scaleb(-places).normalize()
    decimals = max(0, -int(written.as_tuple().exponent))
    assert digits_and_decimals(np.array([float(written)]))[1] == decimals


@given(st.floats(-1e30, 1e30, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-60))
def test_any_double_has_the_decimals_of_its_shortest_notation(number: float) -> None:
    shortest = Decimal(repr(number)).normalize()
    assert digits_and_decimals(np.array([number]))[1] == max(0, -int(shortest.as_tuple().exponent))
