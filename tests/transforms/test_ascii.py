"""Transliteration to ASCII (design basis 2.3 M9, M19; scenario J17)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.ascii import not_ascii, to_ascii, transliterate
from transforms.columns import plain, text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("\u00b5g/L", "ug/L"),
        ("\u03bcmol/L", "umol/L"),
        ("\uff1c0.5", "<0.5"),
        ("\uff28\uff27\uff22 \uff11\uff12\uff0e\uff15", "HGB 12.5"),
        ("10\u201320", "10-20"),
        ("IL\u20116", "IL-6"),
        ("\u22125", "-5"),
        ("\u201cfine\u201d, he\u2019s", '"fine", he\'s'),
        ("10\u2079/L", "10^9/L"),
        ("10\u00b9\u00b2/L", "10^12/L"),
        ("10\u207b\u2075", "10^-5"),
        ("s\u207b\u00b9", "s^-1"),
        ("mg/m\u00b2", "mg/m2"),
        ("CD4\u207a", "CD4+"),
        ("Ca\u00b2\u207a", "Ca2+"),
        ("a\u00a0b", "a b"),
        ("a\u200bb\ufeff", "ab"),
        ("\ufeffAE", "AE"),
        ("\u22645 \u226510", "<=5 >=10"),
        ("38 \u00b0C", "38 degC"),
        ("3\u00d710\u2076", "3x10^6"),
        ("IFN-\u03b3, TNF-\u03b1, \u03b22", "IFN-gamma, TNF-alpha, beta2"),
        ("\u03a9 \u03a6", "Omega Phi"),
        (
            "Mu\u00f1oz, Fran\u00e7ois, \u0141\u00f3d\u017a, Stra\u00dfe, \u00d8re",
            "Munoz, Francois, Lodz, Strasse, Ore",
        ),
        ("e\u0301te\u0301", "ete"),
        ("2\u00bd tablets", "2 1/2 tablets"),
        ("line one\r\nline two\n\n\tthree", "line one line two three"),
        ("\u33a1", "m2"),
        ("\u2260 5", "!= 5"),
    ],
)
def test_m9_m19_known_characters(raw: str, expected: str) -> None:
    assert transliterate(raw) == expected


@pytest.mark.parametrize("raw", ["\u53d1\u70ed", "\u304c", "caf\u2603", "\u226e5"])
def test_m9_what_has_no_equivalent_stays(raw: str) -> None:
    assert transliterate(raw) == raw


def test_m9_a_struck_out_sign_is_not_the_plain_sign() -> None:
    assert transliterate("<\u0338 5") == "\u226e 5"


def test_columns() -> None:
    column = text(["\u00b5g", "\u53d1\u70ed", None, "a\x07"])
    assert plain(to_ascii(column)) == ["ug", "\u53d1\u70ed", None, "a\x07"]
    assert not_ascii(to_ascii(column)).tolist() == [False, True, False, True]


@given(st.text())
def test_a_second_time_changes_nothing(value: str) -> None:
    once = transliterate(value)
    assert transliterate(once) == once


@given(st.text(alphabet=[chr(c) for c in range(32, 127)]))
def test_printable_ascii_stays(value: str) -> None:
    assert transliterate(value) == value
