"""Original and standard results (design basis 2.3 M5, 3.5; groups J and K)."""

from pathlib import Path

import pandas as pd
import pytest

from transforms.columns import plain, text
from transforms.registry import Outcome
from transforms.result_texts import ResultTexts
from transforms.results import (
    original_result,
    reason_not_done,
    result_status,
    standard_number,
    standard_result,
    standard_unit,
)

GENERAL = Path(__file__).parents[2] / "mappings" / "general" / "tables"


def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(GENERAL / f"{name}.csv", dtype=str, keep_default_na=False)


TEXTS = _table("result_texts")
CONVERSIONS = _table("unit_conversions")


def _standard(
    results: list[str | None],
    unit: str | None,
    test: str,
    to: str | None,
    *,
    context: str = "",
    lower: str | None = None,
    upper: str | None = None,
    volume: str | None = None,
    limits: bool = False,
) -> Outcome:
    size = len(results)
    return standard_result(
        result=text(results),
        unit=text([unit] * size),
        test=text([test] * size),
        standard_unit=text([to] * size),
        conversions=CONVERSIONS,
        texts=TEXTS,
        lower_limit=text([lower] * size),
        upper_limit=text([upper] * size),
        volume=text([volume] * size),
        limits=_table("plausible") if limits else None,
        context=context,
        context_of=text([test] * size),
    )


def _rules(outcome: Outcome) -> list[tuple[str, list[int]]]:
    return [(p.rule, p.rows.tolist()) for p in outcome.problems]


def test_j01_hemoglobin_in_g_dl() -> None:
    outcome = _standard(["7.9", "8.0", "9.9", "10.0"], "g/dL", "HGB", "g/L")
    assert plain(outcome.values) == ["79", "80", "99", "100"]
    assert plain(standard_number(outcome.values)) == [79, 80, 99, 100]
    assert outcome.problems == []


def test_j15_white_cells_in_three_units() -> None:
    outcome = standard_result(
        text(["3.2", "3200", "3.2"]),
        text(["WBC"] * 3),
        CONVERSIONS,
        TEXTS,
        unit=text(["10^9/L", "10^6/L", "10^9/L"]),
        standard_unit=text(["10^9/L"] * 3),
    )
    assert plain(standard_number(outcome.values)) == [3.2, 3.2, 3.2]


def test_j17_full_width_sign() -> None:
    assert plain(original_result(text(["\uff1c0.5"]), TEXTS)) == ["<0.5"]
    outcome = _standard(["\uff1c0.5"], "mg/L", "KLCFR", "mg/L")
    assert plain(outcome.values) == ["<0.5"]
    assert plain(standard_number(outcome.values)) == [None]


def test_j18_light_chains_in_mg_dl_with_limit() -> None:
    assert plain(_standard(["45", "<0.5"], "mg/dL", "KLCFR", "mg/L").values) == ["450", "<5"]


@pytest.mark.parametrize("raw", ["NOT DONE", "ND", "not done", "\u672a\u505a", "nicht durchgef\u00fchrt"])
def test_j19_not_done(raw: str) -> None:
    column = text([raw, "5"])
    assert plain(original_result(column, TEXTS)) == [None, "5"]
    assert plain(result_status(column, TEXTS).values) == ["NOT DONE", None]
    assert plain(_standard([raw, "5"], "g/L", "ALB", "g/L").values) == [None, "5"]
    assert plain(reason_not_done(column, TEXTS, text(["Patient\u2019s refusal", "x"]))) == ["Patient's refusal", None]
    assert plain(reason_not_done(column, TEXTS)) == [None, None]


def test_j19_not_done_by_the_flag_of_the_form() -> None:
    outcome = result_status(text([None, "5", None, "ND"]), TEXTS, flag=text(["Y", "Y", None, "Y"]))
    assert plain(outcome.values) == ["NOT DONE", None, None, "NOT DONE"]
    assert _rules(outcome) == [("NOT_DONE_WITH_RESULT", [1])]
    reasons = reason_not_done(text([None, None]), TEXTS, text(["LOST", "LOST"]), flag=text(["Y", "N"]))
    assert plain(reasons) == ["LOST", None]


def test_j21_immunofixation() -> None:
    outcome = _standard(["No monoclonal band", "IgG kappa", "weak positive", "IgG \u03ba"], None, "MCPROT", None)
    assert plain(outcome.values) == ["NEGATIVE", "POSITIVE", "POSITIVE", "POSITIVE"]
    assert plain(_standard(["IgG kappa"], None, "MPIGISO", None).values) == ["IGG KAPPA"]
    assert plain(standard_unit(outcome.values, text([None] * 4))) == [None, None, None, None]


def test_j22_above_quantitation() -> None:
    outcome = _standard([">5000"], "ng/L", "INTLK6", "ng/L")
    assert plain(outcome.values) == [">5000"]
    assert plain(standard_unit(outcome.values, text(["ng/L"]))) == ["ng/L"]
    assert plain(standard_number(outcome.values)) == [None]


def test_j26_hemolyzed() -> None:
    column = text(["HEMOLYZED", "Haemolysed", "\u6eb6\u8840"])
    assert plain(original_result(column, TEXTS)) == [None, None, None]
    assert plain(result_status(column, TEXTS).values) == ["NOT DONE"] * 3
    assert plain(reason_not_done(column, TEXTS)) == ["SPECIMEN HEMOLYZED"] * 3


def test_j30_missing_unit_is_not_guessed() -> None:
    outcome = _standard(["5.5"], None, "GLUC", "mmol/L")
    assert plain(outcome.values) == [None]
    assert plain(standard_unit(outcome.values, text(["mmol/L"]))) == [None]
    assert _rules(outcome) == [("UNIT_MISSING", [0])]
    assert outcome.problems[0].severity == "error"
    assert outcome.problems[0].values is not None
    assert plain(outcome.problems[0].values) == ["GLUC 5.5, standard unit mmol/L"]


def test_j30_unknown_conversion_names_test_and_both_units() -> None:
    outcome = _standard(["5"], "IU/mL", "INTLK6", "ng/L")
    assert plain(outcome.values) == [None]
    assert _rules(outcome) == [("UNIT_UNKNOWN", [0])]
    assert outcome.problems[0].values is not None
    assert plain(outcome.problems[0].values) == ["INTLK6 5 IU/mL, standard unit ng/L"]


def test_j30_unit_without_a_standard_unit() -> None:
    outcome = _standard(["5"], "g/L", "ALB", None)
    assert plain(outcome.values) == [None]
    assert _rules(outcome) == [("STANDARD_UNIT_MISSING", [0])]


def test_no_conversion_is_asked_for() -> None:
    results, tests = text(["72", "98.6", "Positive"]), text(["PULSE", "TEMP", "SIFE"])
    units = text(["beats/min", "F", None])
    for asked in (None, text(["AS COLLECTED"] * 3)):
        outcome = standard_result(results, tests, CONVERSIONS, TEXTS, unit=units, standard_unit=asked)
        assert plain(outcome.values) == ["72", "98.6", "POSITIVE"]
        assert plain(standard_unit(outcome.values, asked, units)) == ["beats/min", "F", None]
        assert outcome.problems == []
    assert plain(standard_result(results, tests, CONVERSIONS, TEXTS).values) == ["72", "98.6", "POSITIVE"]


def test_the_unit_collected_counts_where_no_standard_unit_is_named() -> None:
    values = text(["37", "72", "POSITIVE", None])
    assert plain(standard_unit(values, text(["C", None, None, "C"]), text(["F", "beats/min", "x", "F"]))) == [
        "C", "beats/min", None, None,
    ]  # fmt: skip


def test_a_decimal_comma_by_what_the_form_says() -> None:
    results = ["36,8", "<1,5", "1,2-3,4", "37.1", "1.036,8", "Positive, weak"]
    tests, units, comma = text(["X"] * 6), text(["C"] * 6), text([","] * 6)
    outcome = standard_result(text(results), tests, CONVERSIONS, TEXTS, unit=units, decimal=comma)
    assert plain(outcome.values) == ["36.8", "<1.5", "1.2-3.4", "37.1", "1.036,8", "Positive, weak"]
    assert _rules(outcome) == [("RESULT_UNREADABLE", [4, 5])]
    assert _rules(standard_result(text(["36,8"]), text(["X"]), CONVERSIONS, TEXTS, unit=text(["C"]))) == [
        ("RESULT_UNREADABLE", [0])
    ]


def test_a_point_that_may_part_thousands_beside_a_decimal_comma_is_no_number() -> None:
    results = ["1.234", "0.234", "1.23", "1.2345", "12.345", ">1.234", "1.234-1.300", "1.234.567", "1.234,5", "1,234"]
    size = len(results)
    tests, units, comma = text(["X"] * size), text(["C"] * size), text([","] * size)
    outcome = standard_result(text(results), tests, CONVERSIONS, TEXTS, unit=units, decimal=comma)
    assert plain(outcome.values) == [
        None, "0.234", "1.23", "1.2345", None, None, None, "1.234.567", "1.234,5", "1.234",
    ]  # fmt: skip
    assert _rules(outcome) == [("RESULT_UNREADABLE", [7, 8]), ("NUMBER_AMBIGUOUS", [0, 4, 5, 6])]
    [problem] = [p for p in outcome.problems if p.rule == "NUMBER_AMBIGUOUS"]
    assert (problem.severity, plain(problem.values)) == (
        "error",
        ["X 1.234 C", "X 12.345 C", "X >1.234 C", "X 1.234-1.300 C"],
    )


def test_a_comma_without_a_declared_sign_is_never_a_point() -> None:
    results = ["1,234", "1,234.5", "1.234,5", "1,5", "1.234"]
    outcome = standard_result(text(results), text(["X"] * 5), CONVERSIONS, TEXTS, unit=text(["C"] * 5))
    assert plain(outcome.values) == results
    assert plain(standard_number(outcome.values)) == [None, None, None, None, 1.234]
    assert _rules(outcome) == [("RESULT_UNREADABLE", [0, 1, 2, 3])]
    point = standard_result(
        text(results), text(["X"] * 5), CONVERSIONS, TEXTS, unit=text(["C"] * 5), decimal=text(["."] * 5)
    )
    assert plain(standard_number(point.values)) == [None, None, None, None, 1.234]


@pytest.mark.parametrize(
    ("result", "flag", "reason", "status", "rule"),
    [
        (None, "Y", None, "NOT DONE", None),
        (None, "Not done", None, "NOT DONE", None),
        (None, None, "Refused", "NOT DONE", None),
        (None, None, None, None, None),
        (None, "N", "Refused", None, "RESULT_MISSING"),
        ("5", None, "Refused", None, None),
        ("5", "ND", None, None, "NOT_DONE_WITH_RESULT"),
        ("ND", "N", None, "NOT DONE", None),
    ],
)
def test_what_says_that_a_test_was_not_done(
    result: str | None, flag: str | None, reason: str | None, status: str | None, rule: str | None
) -> None:
    outcome = result_status(text([result]), TEXTS, flag=text([flag]), reason=text([reason]))
    assert plain(outcome.values) == [status]
    assert [p.rule for p in outcome.problems] == ([rule] if rule else [])


def test_j31_implausible_is_converted_and_reported() -> None:
    outcome = _standard(["125", "12.5"], "g/dL", "HGB", "g/L", limits=True)
    assert plain(outcome.values) == ["1250", "125"]
    assert _rules(outcome) == [("RESULT_IMPLAUSIBLE", [0])]


def test_j31_implausible_by_the_limits_of_the_standard_unit() -> None:
    assert _rules(_standard(["22", "2.4"], "mg/dL", "CA", "mmol/L", limits=True)) == []
    assert _rules(_standard(["30"], "mg/dL", "CA", "mmol/L", limits=True)) == [("RESULT_IMPLAUSIBLE", [0])]


def test_m5_character_results() -> None:
    raw: list[str | None] = ["3-5", "1+", "TRACE", "NEG", "weak positive", "negativ", None]
    outcome = _standard(raw, None, "UREPITH", None)
    assert plain(outcome.values) == ["3-5", "1+", "TRACE", "NEGATIVE", "WEAKLY POSITIVE", "NEGATIVE", None]
    assert plain(standard_number(outcome.values)) == [None] * 7
    assert outcome.problems == []
    assert plain(original_result(text(raw), TEXTS)) == ["3-5", "1+", "TRACE", "NEG", "weak positive", "NEGATIVE", None]


def test_m5_both_ends_of_a_range_are_converted() -> None:
    outcome = _standard(["3-5"], "g/dL", "ALB", "g/L")
    assert plain(outcome.values) == ["30-50"]
    assert plain(standard_number(outcome.values)) == [None]


@pytest.mark.parametrize("raw", ["1,5", "see comment", "5.5 mg"])
def test_m5_what_cannot_be_read_stays_text_and_is_reported(raw: str) -> None:
    outcome = _standard([raw], "g/L", "ALB", "g/L")
    assert plain(outcome.values) == [raw]
    assert plain(standard_number(outcome.values)) == [None]
    assert plain(standard_unit(outcome.values, text(["g/L"]))) == [None]
    assert _rules(outcome) == [("RESULT_UNREADABLE", [0])]


def test_m5_the_same_unit_keeps_the_digits_collected() -> None:
    assert plain(_standard(["7.90", "+3", "2e-6"], "g/L", "ALB", "g/L").values) == ["7.90", "3", "0.000002"]


def test_d15_urine_protein_by_day() -> None:
    assert plain(_standard(["0.85"], "g/day", "MPROTEXR", "mg/day").values) == ["850"]


def test_d15_urine_protein_by_concentration_and_volume() -> None:
    assert plain(_standard(["850", "<50"], "mg/L", "MPROTEXR", "mg/day", volume="1500").values) == ["1275", "<75"]
    outcome = _standard(["850"], "mg/L", "MPROTEXR", "mg/day")
    assert plain(outcome.values) == [None]
    assert _rules(outcome) == [("VOLUME_MISSING", [0])]


def test_k07_below_quantitation() -> None:
    outcome = _standard(["BLQ", "120"], "DNA copies/ug", "CARCOPY", "DNA copies/ug", context="kinetics", lower="50")
    assert plain(outcome.values) == ["<50", "120"]
    assert plain(standard_number(outcome.values)) == [None, 120]
    assert plain(standard_unit(outcome.values, text(["DNA copies/ug"] * 2))) == ["DNA copies/ug"] * 2
    assert plain(original_result(text(["BLQ", "120"]), TEXTS, context="kinetics")) == ["BLQ", "120"]


def test_k07_the_limit_is_converted_like_a_result() -> None:
    outcome = _standard(["BLQ", ">ULOQ"], "copies/50 ng", "CARCOPY", "DNA copies/ug", lower="2.5", upper="5000")
    assert plain(outcome.values) == ["<50", ">100000"]


def test_k07_without_a_limit_the_text_stays() -> None:
    outcome = _standard(["BLQ"], "DNA copies/ug", "CARCOPY", "DNA copies/ug")
    assert plain(outcome.values) == ["BLQ"]
    assert _rules(outcome) == [("LIMIT_MISSING", [0])]


def test_k13_not_detected_and_not_quantifiable() -> None:
    raw: list[str | None] = ["Target not detected", "<LLOQ", "ND"]
    assert plain(original_result(text(raw), TEXTS, context="kinetics")) == raw
    assert plain(result_status(text(raw), TEXTS, context="kinetics").values) == [None, None, None]
    outcome = _standard(raw, "DNA copies/ug", "CARCOPY", "DNA copies/ug", context="kinetics", lower="50")
    assert plain(outcome.values) == ["<50", "<50", "<50"]
    assert plain(standard_number(outcome.values)) == [None, None, None]


def test_a_text_twice_in_one_context_is_an_error() -> None:
    table = pd.DataFrame([("nd", "", "", "", ""), ("ND", "", "", "", "")])
    table.columns = ["text", "context", "status", "reason", "standard"]
    with pytest.raises(ValueError, match="'ND' is there twice"):
        ResultTexts(table)


def test_no_records() -> None:
    assert plain(_standard([], "g/L", "ALB", "g/L").values) == []
