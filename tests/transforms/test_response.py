"""The record of a date, confirmed response, progression and adequacy (design basis 4.3, R-01 to R-08)."""

from typing import Any

import numpy as np
import pytest

from tests.transforms.related import day, related, shown, traced
from transforms.columns import plain, text
from transforms.registry import Outcome, Records, Related
from transforms.response import confirmed_response, evaluable_assessments, first_progression, worst_of_date

LEVELS = ["sCR", "CR", "VGPR", "PR", "MR", "SD", "PD"]
CRITERIA: dict[str, Any] = {"levels": LEVELS, "progression": "PD", "immediate": ["IMAGING", "MARROW", "CLINICAL"]}
D28, M2, M3, M6 = "2025-04-07", "2025-05-09", "2025-06-08", "2025-09-06"


def _history(*assessments: str, **known: str) -> dict[str, Any]:
    """One subject, infused on 2025-03-10, cut on 2026-03-31; an assessment is ``date level basis``."""
    parts = [(*a.split(), "")[:3] for a in assessments]
    subject = [0] * len(parts)
    given: dict[str, Any] = {
        **CRITERIA,
        "date": related("ADRS.OVR.ADT", [p[0] for p in parts], subject),
        "response": related("ADRS.OVR.AVALC", [p[1] for p in parts], subject),
        "basis": [related("ADRS.OVR.PDBASIS", [p[2] or None for p in parts], subject)],
        "sequence": related("ADRS.OVR.RSSEQ", list(range(1, len(parts) + 1)), subject),
        "start": related("ADSL.TRTSDT", ["2025-03-10"]),
        "cut": related("ADSL.DCUTDT", ["2026-03-31"]),
    }
    return given | {name: related(f"ADSL.{name}", [value]) for name, value in known.items()}


def _confirmed(*assessments: str, **known: str) -> list[tuple[object, ...]]:
    made = confirmed_response(**_history(*assessments, **known), stable="SD")
    return shown(made, "ADT", "AVALC", "AVAL", "_CONFIRMED", "_REPORTED")


ONE: Related = related("ADSL.USUBJID", ["S1"])


def _progression(*assessments: str, **known: str) -> list[tuple[object, ...]]:
    return shown(first_progression(**_history(*assessments, **known), population=ONE), "AVALC", "ADT")


def test_the_worst_of_a_date_counts_and_ne_only_alone() -> None:
    dates = text([D28, D28, D28, M2, M2, M3, None])
    responses = text(["VGPR", "PR", "NE", "NE", None, "PR", "PR"])
    records = Records(np.zeros(7, dtype=np.int64), np.arange(7))
    found: Outcome = worst_of_date(dates, responses, LEVELS, records, ["NE", "ND"])
    assert plain(found.values) == [None, "Y", None, "Y", None, "Y", None]
    assert not found.problems


def test_equal_records_of_a_date_are_flagged_once_as_delivered() -> None:
    records = Records(np.array([0, 0, 1]), np.array([5, 2, 3]))
    found: Outcome = worst_of_date(text([D28] * 3), text(["PR"] * 3), LEVELS, records)
    assert plain(found.values) == [None, "Y", "Y"]


def test_an_unknown_level_is_a_problem() -> None:
    records = Records(np.zeros(2, dtype=np.int64), np.arange(2))
    found: Outcome = worst_of_date(text([D28, D28]), text(["NEAR CR", "SD"]), LEVELS, records, ["NE"])
    assert plain(found.values) == [None, "Y"]
    assert [(p.rule, p.rows.tolist(), plain(p.values)) for p in found.problems if p.values is not None] == [
        ("RESPONSE_UNKNOWN", [0], ["NEAR CR"])
    ]


def test_a_response_is_confirmed_at_the_lower_of_two_and_the_best_is_kept() -> None:
    assert _confirmed(f"{D28} PR", f"{M2} VGPR", f"{M3} VGPR", f"{M6} SD") == [
        (0, D28, "PR", 4.0, "PR", "PR"),
        (0, M2, "VGPR", 3.0, "VGPR", "VGPR"),
        (0, M3, "VGPR", 3.0, "SD", "VGPR"),
        (0, M6, "VGPR", 3.0, "SD", "SD"),
    ]


def test_progression_overrides_and_ends_the_history() -> None:
    assert _confirmed(f"{D28} PR", f"{M2} PR", f"{M3} PD IMAGING", f"{M6} CR") == [
        (0, D28, "PR", 4.0, "PR", "PR"),
        (0, M2, "PR", 4.0, "SD", "PR"),
        (0, M3, "PD", 7.0, "PD", "PD"),
    ]


def test_an_unconfirmed_progression_is_not_evaluable_and_denies_the_response_before_it() -> None:
    assert _confirmed(f"{D28} PD SERUM", f"{M2} PR", f"{M3} PD SERUM", f"{M6} SD") == [
        (0, D28, "NE", 8.0, "NE", "PD"),
        (0, M2, "SD", 6.0, "SD", "PR"),
        (0, M3, "SD", 6.0, "NE", "PD"),
        (0, M6, "SD", 6.0, "SD", "SD"),
    ]


def test_the_limit_is_inclusive_for_the_confirming_assessment() -> None:
    assert [row[2] for row in _confirmed(f"{D28} PR", f"{M2} PR", limit=M2)] == ["PR", "PR"]
    assert [row[2] for row in _confirmed(f"{D28} PR", f"{M2} PR", limit="2025-05-08")] == ["SD"]


def test_only_dates_after_the_start_and_up_to_the_cut_are_evaluable() -> None:
    assert _confirmed("2025-03-10 PR", f"{D28} PR", "2026-04-01 PR") == [(0, D28, "SD", 6.0, "SD", "PR")]
    assert [row[2] for row in _confirmed(f"{D28} PR", "2026-03-31 PR")] == ["PR", "PR"]


def test_a_late_confirmation_is_warned_of_and_counts() -> None:
    given = _history(f"{D28} PR", "2025-07-01 PR")
    made = confirmed_response(**given, stable="SD", warn_after=84)
    assert plain(made.columns["AVALC"]) == ["PR", "PR"]
    assert [(p.rule, p.severity, p.rows.tolist(), p.values) for p in made.problems] == [
        ("CONFIRMATION_GAP", "warning", [0], None)
    ]
    assert made.problems[0].message == "the response is confirmed more than 84 days later; check the assessments"
    assert not confirmed_response(**given, stable="SD", warn_after=85).problems


def test_only_the_population_gets_records() -> None:
    nobody = related("ADSL.USUBJID", [])
    assert not len(confirmed_response(**_history(f"{D28} PR"), stable="SD", population=nobody).subject)


def test_lineage_of_a_confirmed_response() -> None:
    made = confirmed_response(**_history(f"{D28} CR", f"{D28} PR", f"{M2} VGPR", f"{M3} SD"), stable="SD")
    assert shown(made, "AVALC", "SRCSEQ") == [(0, "PR", 2.0), (0, "PR", 3.0), (0, "PR", 4.0)]
    pair = {(made_, "ADRS.OVR", row) for made_ in (0, 1, 2) for row in (1, 2)}
    assert traced(made.edges, "deciding") == pair
    assert traced(made.edges, "member") == {
        (0, "ADRS.OVR", 0),
        (0, "ADRS.OVR", 1),
        (1, "ADRS.OVR", 2),
        (2, "ADRS.OVR", 3),
    }


def test_progression_is_certain_by_any_basis_of_the_date() -> None:
    assert _progression(f"{D28} PD SERUM;MARROW") == [(0, "Y", D28)]
    assert _progression(f"{D28} PD SERUM", f"{D28} PD IMAGING") == [(0, "Y", D28)]
    assert _progression(f"{D28} PD SERUM", f"{D28} SD IMAGING") == [(0, "N", None)]
    assert _progression(f"{D28} PD BIMAGINGX") == [(0, "N", None)]


def test_several_columns_of_bases_are_united() -> None:
    given = _history(f"{D28} PD SERUM")
    given["basis"].append(related("ADRS.OVR.PDBASE2", ["CLINICAL"], [0]))
    assert shown(first_progression(**given, population=ONE), "AVALC") == [(0, "Y")]


def test_progression_is_confirmed_by_the_next_even_after_the_limit() -> None:
    history = (f"{D28} PD SERUM", f"{M2} NE", f"{M3} PD URINE")
    assert _progression(*history) == [(0, "Y", D28)]
    assert _progression(*history, limit=D28) == [(0, "Y", D28)]
    assert _progression(*history, limit="2025-04-06") == [(0, "N", None)]
    assert _progression(*history, cut="2025-06-07") == [(0, "N", None)]
    assert _progression(f"{D28} PD SERUM", f"{M2} SD", f"{M3} PD URINE") == [(0, "N", None)]


def test_progression_is_confirmed_by_death_of_the_disease() -> None:
    assert _progression(f"{D28} PD SERUM", disease_death="2025-05-25") == [(0, "Y", D28)]
    assert _progression(f"{D28} PD SERUM", disease_death="2025-05-25", limit=D28) == [(0, "Y", D28)]
    assert _progression(f"{D28} PD SERUM", f"{M2} SD", disease_death="2025-05-25") == [(0, "N", None)]
    assert _progression(f"{D28} PD SERUM", f"{M2} NE", disease_death="2025-05-25") == [(0, "Y", D28)]
    assert _progression(f"{D28} PD SERUM", disease_death="2026-04-01") == [(0, "N", None)]


def test_an_unconfirmed_progression_is_a_first_one_too() -> None:
    made = first_progression(**_history(f"{D28} SD", f"{M2} PD SERUM"), population=ONE, confirmed=False)
    assert shown(made, "AVALC", "AVAL", "ADT", "SRCSEQ") == [(0, "Y", 1.0, M2, 2.0)]


def test_lineage_of_a_progression() -> None:
    pair = first_progression(**_history(f"{D28} SD", f"{M2} PD SERUM", f"{M3} PD SERUM"), population=ONE)
    assert traced(pair.edges, "deciding") == {(0, "ADRS.OVR", 1), (0, "ADRS.OVR", 2)}
    alone = first_progression(**_history(f"{D28} PD IMAGING", f"{M2} SD"), population=ONE)
    assert traced(alone.edges, "deciding") == {(0, "ADRS.OVR", 0)}
    death = first_progression(**_history(f"{D28} PD SERUM", disease_death=M2), population=ONE)
    assert traced(death.edges, "deciding") == {(0, "ADRS.OVR", 0), (0, "ADSL", 0)}


def test_adequate_is_evaluable_in_time_and_no_unconfirmed_progression() -> None:
    given = _history(f"{D28} SD", f"{M2} NE", f"{M3} PD SERUM", f"{M6} SD", "2025-12-05 PR", limit=M6)
    assert shown(evaluable_assessments(**given), "ADT", "AVALC") == [(0, D28, "SD"), (0, M3, "PD"), (0, M6, "SD")]
    assert shown(evaluable_assessments(**given, adequate=True), "ADT", "AVALC") == [(0, D28, "SD"), (0, M6, "SD")]


def test_levels_that_do_not_fit_are_told() -> None:
    given = _history(f"{D28} SD")
    with pytest.raises(ValueError, match="stable: NC is not one of the levels"):
        confirmed_response(**given, stable="NC")
    with pytest.raises(ValueError, match="a level is named twice"):
        confirmed_response(**{**given, "levels": [*LEVELS, "CR"]}, stable="SD")


def test_what_cannot_be_is_told() -> None:
    given = _history(f"{D28} SD")
    with pytest.raises(ValueError, match=r"ADSL.limit has several days for one subject"):
        evaluable_assessments(**given, limit=related("ADSL.limit", [D28, M2], [0, 0]))
    with pytest.raises(ValueError, match=r"must be of the same records"):
        evaluable_assessments(**{**given, "response": related("RS.RSSTRESC", ["SD", "SD"], [0, 0])})


def test_days_are_numbers() -> None:
    assert day("1960-01-01") == 0
    assert confirmed_response(**_history(f"{D28} SD"), stable="SD").columns["ADT"].tolist() == [23838.0]
