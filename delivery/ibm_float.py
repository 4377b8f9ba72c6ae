"""IBM System/360 floating point, the numbers of SAS transport files: whole arrays to and from IEEE doubles.

A number is a sign bit, seven bits of exponent of 16 (in excess of 64) and a fraction of 56 bits. A normalised fraction
has at most three leading zero bits, so it holds the 53 bits of any double: within the range nothing is rounded.
Source: SAS Technical Support document TS-140, "The record layout of a data set in SAS transport (XPORT) format".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LARGEST = 7.2e75
"""Numbers of this size and above are refused (TS-140 states the range; the format itself ends at 16**63)."""
SMALLEST = 5.4e-79
"""Numbers closer to zero than this, and not zero, are refused (the format itself ends at 16**-65)."""

_SIGN = np.uint64(1 << 63)
_FRACTION = np.uint64((1 << 52) - 1)
_HIDDEN_BIT = np.uint64(1 << 52)
_IBM_FRACTION = np.uint64((1 << 56) - 1)
_MISSING = np.uint64(ord(".") << 56)
_SPECIAL_MISSING = np.frombuffer(b"._ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)


def beyond_ibm(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Where a number is infinite or outside the range that SAS states for the format; missing (NaN) is within."""
    size = np.abs(values)
    result: npt.NDArray[np.bool_] = (size >= LARGEST) | ((size < SMALLEST) & (size > 0))
    return result


def to_ibm(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    """IEEE doubles as the bits of IBM doubles; NaN becomes the SAS missing value '.', either zero becomes zero.

    Raises ValueError for a number outside the range (TS-140).
    """
    if beyond_ibm(values).any():
        raise ValueError("a number is outside the range of IBM floating point")
    bits: npt.NDArray[np.uint64] = np.ascontiguousarray(values, dtype=np.float64).view(np.uint64)
    # value = 1.fraction * 2**(e - 1023); the part of the exponent that 16**n cannot hold moves into the fraction
    exponent = ((bits >> np.uint64(52)) & np.uint64(0x7FF)) - np.uint64(763)
    fraction = ((bits & _FRACTION) | _HIDDEN_BIT) << (exponent & np.uint64(3))
    result: npt.NDArray[np.uint64] = fraction | ((exponent >> np.uint64(2)) << np.uint64(56))
    result |= bits & _SIGN
    result[values == 0] = 0
    result[np.isnan(values)] = _MISSING
    return result


def from_ibm(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """The bits of IBM doubles as IEEE doubles; the SAS missing values '.', '._' and '.A' to '.Z' become NaN.

    A fraction of more than 53 bits, which only a mainframe makes, is rounded to the nearest double (TS-140).
    """
    fraction = bits & _IBM_FRACTION
    first = (bits >> np.uint64(56)).astype(np.uint8)
    exponent = (first & np.uint8(0x7F)).astype(np.int32) * 4 - (64 * 4 + 56)
    result = np.ldexp(fraction.astype(np.float64), exponent)
    np.negative(result, out=result, where=(first & np.uint8(0x80)) > 0)
    empty = fraction == 0
    result[empty] = np.where(np.isin(first[empty], _SPECIAL_MISSING), np.nan, 0.0)
    return result
