"""Best, first, last and sustained, one record per subject of a population (design basis 4.3, R-06 to R-08, R-14)."""

import pytest

from tests.transforms.related import related, shown, traced
from transforms.per_subject import (
    best_response,
    first_occurrence,
    first_response_at_least,
    last_assessment,
    sustained_status,
)

LEVELS = ["sCR", "CR", "VGPR", "PR", "MR", "SD", "PD"]
D28, M2, M3, M12 = "2025-04-07", "2025-05-09", "2025-06-08", "2026-03-05"
SUBJECT = [0, 0, 0, 1, 1, 3]
ADT = related("ADRS.COVR.ADT", [D28, M2, M3, D28, M2, D28], SUBJECT)
COVR = related("ADRS.COVR.AVALC", ["SD", "PR", "PR", "NE", "PD", "CR"], SUBJECT)
SEQ = related("ADRS.COVR.ASEQ", [1, 2, 3, 1, 2, 1], SUBJECT)
POPULATION = related("ADSL.USUBJID", ["S0", "S1", "S2"], [0, 1, 2])


def test_best_response_is_dated_at_the_first_that_reaches_it() -> None:
    made = best_response(ADT, COVR, POPULATION, LEVELS, none="NE", sequence=SEQ)
    assert shown(made, "AVALC", "AVAL", "ADT", "SRCSEQ") == [
        (0, "PR", 4.0, M2, 2.0),
        (1, "PD", 7.0, M2, 2.0),
        (2, "NE", 8.0, None, None),
    ]
    assert traced(made.edges, "deciding") == {(0, "ADRS.COVR", 1), (1, "ADRS.COVR", 4)}


def test_first_response_at_least() -> None:
    made = first_response_at_least(ADT, COVR, POPULATION, LEVELS, "SD")
    assert shown(made, "AVALC", "AVAL", "ADT") == [(0, "Y", 1.0, D28), (1, "N", 0.0, None), (2, "N", 0.0, None)]
    assert shown(first_response_at_least(ADT, COVR, POPULATION, LEVELS, "PR"), "ADT") == [(0, M2), (1, None), (2, None)]
    with pytest.raises(ValueError, match="level: GOOD is not one of the levels"):
        first_response_at_least(ADT, COVR, POPULATION, LEVELS, "GOOD")


def test_a_response_that_need_not_be_confirmed() -> None:
    reported = related("ADRS.COVR._REPORTED", ["CR", "SD", "PR", "NE", "PD", "CR"], SUBJECT)
    made = first_response_at_least(ADT, COVR, POPULATION, LEVELS, "PR", confirmed=False, reported=reported)
    assert shown(made, "AVALC", "ADT") == [(0, "Y", D28), (1, "N", None), (2, "N", None)]
    made = first_response_at_least(ADT, COVR, POPULATION, LEVELS, "PR", confirmed=True, reported=reported)
    assert shown(made, "AVALC", "ADT") == [(0, "Y", M2), (1, "N", None), (2, "N", None)]
    with pytest.raises(ValueError, match="confirmed: false needs `reported`"):
        first_response_at_least(ADT, COVR, POPULATION, LEVELS, "PR", confirmed=False)


def test_last_assessment() -> None:
    made = last_assessment(ADT, COVR, POPULATION)
    assert shown(made, "AVALC", "ADT") == [(0, "PR", M3), (1, "PD", M2), (2, None, None)]


def test_first_occurrence_of_any_record() -> None:
    death = related("ADSL.DTHDT", [M3, None, D28])
    assert shown(first_occurrence(death, POPULATION), "AVALC", "ADT", "ANL01FL") == [
        (0, "Y", M3, "Y"),
        (1, "N", None, "Y"),
        (2, "Y", D28, "Y"),
    ]


def test_first_occurrence_of_a_value_within_a_denominator() -> None:
    made = first_occurrence(ADT, POPULATION, COVR, ["PR", "PD"], among=related("ADRS.CBOR.AVALC", ["PR", "NE"], [0, 2]))
    assert shown(made, "AVALC", "ADT", "ANL01FL") == [(0, "Y", M2, "Y"), (1, "N", None, None), (2, "N", None, "Y")]


def _sustained(*samples: str) -> list[tuple[object, ...]]:
    dates, values = zip(*(s.split() for s in samples), strict=True)
    date, value = (
        related("ADRS.MRD5.ADT", dates, [0] * len(dates)),
        related("ADRS.MRD5.AVALC", values, [0] * len(dates)),
    )
    population = related("ADSL.USUBJID", ["S0"])
    made = sustained_status(date, value, population, "NEGATIVE", "POSITIVE", at_least_days=365)
    return shown(made, "AVALC", "ADT")


def test_sustained_needs_the_days_and_nothing_that_breaks_it() -> None:
    assert _sustained("2025-04-07 NEGATIVE", "2026-04-06 NEGATIVE") == [(0, "N", None)]
    assert _sustained("2025-04-07 NEGATIVE", "2026-04-07 NEGATIVE") == [(0, "Y", "2026-04-07")]
    assert _sustained("2025-04-07 NEGATIVE", "2025-09-06 NE", "2026-04-07 NEGATIVE") == [(0, "Y", "2026-04-07")]
    assert _sustained("2025-04-07 NEGATIVE", "2025-09-06 POSITIVE", "2026-04-07 NEGATIVE") == [(0, "N", None)]
    assert _sustained(
        "2025-04-07 POSITIVE", "2025-05-09 NEGATIVE", "2026-06-01 NEGATIVE", "2026-08-01 POSITIVE"
    ) == [(0, "Y", "2026-06-01")]  # fmt: skip


def test_sustained_names_both_records() -> None:
    subject = [0, 0, 0]
    date = related("ADRS.MRD5.ADT", ["2025-04-07", "2025-09-06", "2026-04-07"], subject)
    value = related("ADRS.MRD5.AVALC", ["NEGATIVE"] * 3, subject)
    made = sustained_status(date, value, related("ADSL.USUBJID", ["S0"]), "NEGATIVE", "POSITIVE", at_least_days=365)
    assert traced(made.edges, "deciding") == {(0, "ADRS.MRD5", 0), (0, "ADRS.MRD5", 2)}


def test_without_any_record_everybody_still_has_one() -> None:
    nothing = related("ADRS.COVR.ADT", [])
    assert shown(best_response(nothing, nothing, POPULATION, LEVELS, none="NE"), "AVALC") == [
        (0, "NE"),
        (1, "NE"),
        (2, "NE"),
    ]
    made = sustained_status(nothing, nothing, POPULATION, "NEGATIVE", "POSITIVE", at_least_days=365)
    assert shown(made, "AVALC") == [(0, "N"), (1, "N"), (2, "N")]
    assert shown(last_assessment(nothing, nothing, POPULATION), "AVALC") == [(0, None), (1, None), (2, None)]
