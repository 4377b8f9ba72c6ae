"""IBM floating point: known bit patterns, exact round trips, the limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.ibm_float import beyond_ibm, from_ibm, to_ibm

HELD = st.one_of(
    st.floats(5.4e-79, 7.1e75), st.floats(-7.1e75, -5.4e-79), st.integers(-(2**53), 2**53).map(float), st.just(0.0)
)


@pytest.mark.parametrize(
    ("number", "bits"),
    [
        (0.0, "00 00 00 00 00 00 00 00"),
        (1.0, "41 10 00 00 00 00 00 00"),
        (2.0, "41 20 00 00 00 00 00 00"),
        (15.0, "41 F0 00 00 00 00 00 00"),
        (16.0, "42 10 00 00 00 00 00 00"),
        (100.0, "42 64 00 00 00 00 00 00"),
        (-118.625, "C2 76 A0 00 00 00 00 00"),
        (0.5, "40 80 00 00 00 00 00 00"),
        (0.0625, "40 10 00 00 00 00 00 00"),
        (0.1, "40 19 99 99 99 99 99 9A"),
        (-0.15625, "C0 28 00 00 00 00 00 00"),
        (21549.0, "44 54 2D 00 00 00 00 00"),  # 2018-12-31 as a SAS date
    ],
)
def test_known_numbers(number: float, bits: str) -> None:
    assert to_ibm(np.array([number]))[0] == int(bits.replace(" ", ""), 16)
    assert from_ibm(np.array([int(bits.replace(" ", ""), 16)], dtype=np.uint64))[0] == number


def test_missing_is_a_point_and_minus_zero_is_zero() -> None:
    assert [f"{b:016X}" for b in to_ibm(np.array([np.nan, -0.0]))] == ["2E00000000000000", "0000000000000000"]


def test_every_sas_missing_value_reads_as_missing() -> None:
    codes = np.array([ord(c) << 56 for c in "._AMZ"], dtype=np.uint64)
    assert np.isnan(from_ibm(codes)).all()


def test_empty_fraction_that_is_no_missing_value_reads_as_zero() -> None:
    assert from_ibm(np.array([0x0, 0x80 << 56, 0x42 << 48], dtype=np.uint64))[:2].tolist() == [0.0, 0.0]


def test_fraction_without_leading_digits_is_read() -> None:
    assert from_ibm(np.array([0x4200010000000000], dtype=np.uint64))[0] == 1 / 256


@given(st.lists(HELD, max_size=20))
def test_what_the_format_holds_comes_back_exactly(numbers: list[float]) -> None:
    values = np.array(numbers, dtype=np.float64)
    assert from_ibm(to_ibm(values)).tolist() == numbers


def test_limits() -> None:
    numbers = [7.2e75, -7.2e75, np.inf, -np.inf, 5.3e-79, -5.3e-79, 5e-324, 7.199e75, -7.199e75, 5.4e-79, 0.0, np.nan]
    assert beyond_ibm(np.array(numbers)).tolist() == [True] * 7 + [False] * 5


@pytest.mark.parametrize("number", [7.2e75, -1e300, np.inf, 1e-300, 5e-324])
def test_out_of_range_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="outside the range"):
        to_ibm(np.array([1.0, number]))
