"""Measuring values: types, lengths, decimals."""

from __future__ import annotations

import pytest

from define.written import Measured, decimals_of, iso_type, measure


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2026-01-01"], "date"),
        (["2026-01-01", "2026-01"], "partialDate"),
        (["2026-01-01T10:00:00"], "datetime"),
        (["2026-01-01T10:00"], "partialDatetime"),
        (["2026-01-01", "2026-01-01T10:00"], "partialDatetime"),
        (["10:00:00"], "time"),
        (["10:00"], "partialTime"),
        (["P1D", "-PT1H"], "durationDatetime"),
        (["2026-01-01/P1D"], "intervalDatetime"),
        (["2026---15"], "incompleteDatetime"),
    ],
)
def test_iso_texts_have_the_narrowest_type(values: list[str], expected: str) -> None:
    assert iso_type(values) == expected


@pytest.mark.parametrize(
    ("values", "numeric", "expected"),
    [
        (["120", "95"], True, Measured("integer", 3)),
        (["12.5", "0.05"], True, Measured("float", 4, 2)),  # two digits before the point and two after it
        (["-1.5"], True, Measured("float", 2, 1)),
        (["-1.5", "20"], False, Measured("float", 4, 1)),  # of a text the bytes
        (["<0.5", "12"], False, Measured("text", 4)),
        (["é"], False, Measured("text", 2)),
        ([], False, Measured("text", 1)),
    ],
)
def test_length_and_decimals(values: list[str], numeric: bool, expected: Measured) -> None:
    assert measure(values, numeric=numeric) == expected


def test_what_is_no_plain_number_has_no_decimals() -> None:
    assert decimals_of(["1.25", "3"]) == 2
    assert decimals_of(["1e5"]) is None
    assert decimals_of(["+1"]) is None
