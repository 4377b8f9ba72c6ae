"""Conversion of results between units, numbers in texts, plausibility (design basis 2.3 M4, 6.2; J31)."""

from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.columns import plain, text
from transforms.units import Conversions, Quantity, plausible, quantity, round_significant

GENERAL = Path(__file__).parents[2] / "mappings" / "general" / "tables"


def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(GENERAL / f"{name}.csv", dtype=str, keep_default_na=False)


CONVERSIONS = Conversions(_table("unit_conversions"))


@pytest.mark.parametrize(
    ("test", "number", "unit", "standard", "expected"),
    [
        ("HGB", "7.9", "g/dL", "g/L", "79"),
        ("HGB", "5.0", "mmol/L", "g/L", "80.57"),
        ("WBC", "3200", "10^6/L", "10^9/L", "3.2"),
        ("WBC", "1.2", "10^10/L", "10^9/L", "12"),
        ("HCT", "0.42", "L/L", "%", "42"),
        ("HCT", "0.42", "fraction of 1", "%", "42"),
        ("CREAT", "1.13", "mg/dL", "umol/L", "99.892"),
        ("BILI", "0.7", "mg/dL", "umol/L", "11.97"),
        ("UREAN", "14", "mg/dL", "mmol/L", "4.998"),
        ("URATE", "5.5", "mg/dL", "umol/L", "327.14"),
        ("CA", "9.8", "mg/dL", "mmol/L", "2.4451"),
        ("CA", "5", "mEq/L", "mmol/L", "2.5"),
        ("MG", "2.0", "mg/dL", "mmol/L", "0.8228"),
        ("PHOS", "3.5", "mg/dL", "mmol/L", "1.13015"),
        ("GLUC", "99", "mg/dL", "mmol/L", "5.49549"),
        ("CHOL", "200", "mg/dL", "mmol/L", "5.172"),
        ("TRIG", "150", "mg/dL", "mmol/L", "1.6935"),
        ("K", "4.1", "mEq/L", "mmol/L", "4.1"),
        ("MCPROT", "4.0", "g/dL", "g/L", "40"),
        ("IGG", "1250", "mg/dL", "g/L", "12.5"),
        ("KLCFR", "45", "mg/dL", "mg/L", "450"),
        ("B2MICG", "200", "nmol/L", "mg/L", "2.36"),
        ("FIBRINO", "350", "mg/dL", "g/L", "3.5"),
        ("DDIMER", "500", "ug/L FEU", "mg/L FEU", "0.5"),
        ("DDIMER", "250", "ug/L DDU", "mg/L FEU", "0.5"),
        ("MPROTEXR", "0.85", "g/day", "mg/day", "850"),
        ("ALT", "0.5", "ukat/L", "U/L", "30"),
        ("CARCOPY", "12.5", "copies/50 ng", "DNA copies/ug", "250"),
        ("TEMP", "98.6", "F", "C", "37"),
        ("WEIGHT", "150", "LB", "kg", "68.0389"),
        ("HEIGHT", "70", "in", "cm", "177.8"),
        ("HGB", "7.90", "g/L", "g/L", "7.90"),
        ("KLCLLCFR", "1.30", "", "RATIO", "1.30"),
    ],
)
def test_conversion_factors(test: str, number: str, unit: str, standard: str, expected: str) -> None:
    conversion = CONVERSIONS.find(test, "SERUM", unit, standard)
    assert conversion is not None
    assert conversion.apply(number) == expected


@pytest.mark.parametrize(
    ("test", "number", "unit", "standard", "expected"),
    [
        ("CREAT", "88.4", "umol/L", "mg/dL", "1"),
        ("TEMP", "37", "C", "F", "98.6"),
        ("HGB", "125", "g/L", "g/dL", "12.5"),
    ],
)
def test_a_conversion_holds_the_other_way_round(
    test: str, number: str, unit: str, standard: str, expected: str
) -> None:
    conversion = CONVERSIONS.find(test, None, unit, standard)
    assert conversion is not None
    assert conversion.apply(number) == expected


def test_volume_multiplies_a_concentration() -> None:
    conversion = CONVERSIONS.find("MPROTEXR", "URINE", "mg/L", "mg/day")
    assert conversion is not None
    assert conversion.apply("850", 1500.0) == "1275"


def test_without_a_row_there_is_no_conversion() -> None:
    assert CONVERSIONS.find("INTLK6", "SERUM", "IU/mL", "ng/L") is None
    assert CONVERSIONS.find("ALB", "SERUM", "mg/dL", "mmol/L") is None


def test_the_most_particular_row_wins() -> None:
    table = pd.DataFrame(
        [("", "", "a", "b", "1"), ("T", "", "a", "b", "2"), ("T", "URINE", "a", "b", "3")],
        columns=["test", "specimen", "from", "to", "factor"],
    )
    conversions = Conversions(table)
    found = [conversions.find(t, s, "a", "b") for t, s in (("T", "URINE"), ("T", "SERUM"), ("X", None))]
    assert [f.factor for f in found if f] == [3, 2, 1]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("T", "a", "b", "ten")], "no number"),
        ([("T", "a", "b", "0")], "is 0"),
        ([("T", "a", "b", "1"), ("T", "a", "b", "2")], "two rows for T, any specimen, from a to b"),
    ],
)
def test_a_wrong_table_is_explained(rows: list[tuple[str, ...]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Conversions(pd.DataFrame(rows, columns=["test", "from", "to", "factor"]))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("12.5", Quantity("12.5")),
        ("< 0.5", Quantity("0.5", "<")),
        (">=10", Quantity("10", ">=")),
        ("3-5", Quantity("3", upper="5")),
        ("-2 - -1", Quantity("-2", upper="-1")),
        ("10 to 20", Quantity("10", upper="20")),
        ("1,5", None),
        ("1+", None),
        ("TRACE", None),
        ("5 mg", None),
        ("1e999", None),
    ],
)
def test_m5_numbers_in_texts(raw: str, expected: Quantity | None) -> None:
    assert quantity(raw) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1234567", "1234570"), ("0.00012345678", "0.000123457"), ("100", "100"), ("0", "0"), ("1.2345650", "1.23457")],
)
def test_six_significant_digits(value: str, expected: str) -> None:
    assert round_significant(Fraction(value)) == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-99, max_value=99))
def test_six_digits_hold_what_has_no_more(value: object) -> None:
    assert Fraction(round_significant(Fraction(str(value)))) == Fraction(str(value))


def test_j31_hemoglobin_125_labelled_g_dl() -> None:
    problems = plausible(
        text(["125", "12.5", "25", "125", None, "125"]),
        text(["g/dL", "g/dL", "g/dL", "g/L", "g/dL", None]),
        text(["HGB"] * 6),
        _table("plausible"),
    )
    assert [(p.rule, p.severity, p.rows.tolist()) for p in problems] == [("RESULT_IMPLAUSIBLE", "warning", [0])]
    assert problems[0].values is not None
    assert plain(problems[0].values) == ["HGB 125 g/dL"]


def test_general_tables_are_well_formed() -> None:
    aliases = _table("unit_aliases")
    assert not aliases["from"].str.casefold().duplicated().any()
    limits = _table("plausible")
    assert not limits[["test", "unit"]].duplicated().any()
    assert (limits["low"].astype(float) < limits["high"].astype(float)).all()
