"""Exact decimal numbers: the tenth decimal, missing values, and comparisons of products against fractions."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.columns import text
from transforms.exact import Exact, fraction, units_of


def _exact(*values: str | None) -> Exact:
    return Exact.of(text(list(values)))


@pytest.mark.parametrize(
    ("value", "units"),
    [
        ("40", 400000000000),
        ("-0.5", -5000000000),
        ("1e-3", 10000000),
        ("0.30000000000000004", 3000000000),
        ("0.00000000005", 1),
        ("", None),
        ("NEGATIVE", None),
        ("nan", None),
        ("230584301", None),
    ],
)
def test_a_decimal_text_in_units_of_the_tenth_decimal(value: str, units: int | None) -> None:
    assert units_of(value) == units


def test_missing_numbers_compare_as_false_everywhere() -> None:
    one, other = _exact("1", None), _exact(None, "1")
    for found in (
        one.at_least_times(1, other), one.above_times(1, other), (one - other).at_least(0), (one - other).at_most(0)
    ):  # fmt: skip
        assert found.tolist() == [False, False]


@pytest.mark.parametrize(
    ("value", "at_least", "above", "at_most", "below"),
    [
        ("10", True, False, True, False),
        ("9.9999999999", False, False, True, True),
        ("10.0000000001", True, True, False, False),
    ],
)
def test_a_limit_itself(value: str, at_least: bool, above: bool, at_most: bool, below: bool) -> None:
    number = _exact(value)
    assert [bool(f(10)[0]) for f in (number.at_least, number.above, number.at_most, number.below)] == [
        at_least, above, at_most, below,
    ]  # fmt: skip


def test_binary_fractions_that_are_not_exact_are_exact_here() -> None:
    tenth, third = _exact("0.1"), _exact("0.3")
    assert third.compared(tenth, 3).tolist() == [0]
    assert (_exact("1.1") - _exact("1.0")).compared(tenth).tolist() == [0]


def test_a_number_column_is_read_by_its_shortest_decimal() -> None:
    assert Exact.of(pd.Series([0.1, np.nan, 20.1])).numbers().tolist()[::2] == [0.1, 20.1]


def test_a_factor_of_ten_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="factor"):
        _exact("1").compared(_exact("1"), Fraction(3_000_000_000))


def test_a_number_of_a_spec_is_the_decimal_that_was_written() -> None:
    assert fraction(0.26) == Fraction(26, 100)


_NUMBERS = st.decimals(min_value=-(10**8), max_value=10**8, places=10)


@given(_NUMBERS, _NUMBERS, st.fractions(min_value=0, max_value=1000, max_denominator=10**6))
def test_products_compare_as_fractions_do(one: object, other: object, times: Fraction) -> None:
    a, b = Fraction(str(one)), Fraction(str(other)) * times
    assert _exact(str(one)).compared(_exact(str(other)), times).tolist() == [(a > b) - (a < b)]
