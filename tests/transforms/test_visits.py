"""Planned, unscheduled, repeated and early visits (design basis 1.4, M6, J29)."""

import numpy as np
import pandas as pd
import pytest

from transforms.columns import Column, plain, text
from transforms.registry import REGISTRY, Outcome, Records, Related
from transforms.visits import visit_day, visit_name, visit_number

VISITS = pd.DataFrame(
    {
        "FOLDER": ["SCR", "D0", "D28", "M2", "UNS"],
        "VISITNUM": ["10", "40", "110", "120", None],
        "VISIT": ["SCREENING", "DAY 0", "DAY 28", "MONTH 2", None],
        "VISITDY": [None, "1", "29", "61", None],
    },
    dtype="str",
)


def _number(
    folders: list[str | None],
    dates: list[str | None],
    subjects: list[int] | None = None,
    repeat: list[str] | None = None,
    known: tuple[Column, list[str], list[int]] | None = None,
    instance: list[str | None] | None = None,
) -> Outcome:
    size = len(folders)
    other = None if known is None else (np.array(known[2]), np.arange(len(known[2])))
    return visit_number(
        folder=text(folders),
        date=text(dates),
        visits=VISITS,
        records=Records(np.array(subjects or [0] * size), np.arange(size)),
        repeat=None if repeat is None else text(repeat),
        known_visit=None if known is None or other is None else Related("SV", known[0], *other),
        known_date=None if known is None or other is None else Related("SV", text(known[1]), *other),
        instance=None if instance is None else text(instance),
    )


def test_j29_unscheduled_sample_after_day_28() -> None:
    outcome = _number(["D28", "M2", "UNS"], ["2025-04-07", "2025-05-09", "2025-04-20"])
    assert outcome.values.tolist() == [110, 120, 110.01]
    assert outcome.problems == []
    assert plain(visit_name(outcome.values, VISITS)) == ["DAY 28", "MONTH 2", "UNSCHEDULED 110.01"]
    assert plain(visit_day(outcome.values, VISITS)) == [29, 61, None]


def test_m6_unscheduled_dates_of_one_gap_are_numbered_by_date() -> None:
    outcome = _number(
        ["D28", "UNS", "UNS", "UNS", "M2", "UNS"],
        ["2025-04-07", "2025-04-30T08:00", "2025-04-20", "2025-04-30T12:00", "2025-05-09", "2025-05-09"],
    )
    assert outcome.values.tolist() == [110, 110.02, 110.01, 110.02, 120, 120.01]


def test_m6_each_subject_for_itself_and_before_any_planned_visit() -> None:
    outcome = _number(["D28", "UNS", "UNS"], ["2025-04-07", "2025-04-01", "2025-04-20"], subjects=[0, 0, 1])
    assert outcome.values.tolist() == [110, 0.01, 0.01]
    assert plain(visit_name(outcome.values, VISITS)) == ["DAY 28", "UNSCHEDULED 0.01", "UNSCHEDULED 0.01"]


def test_m6_tenth_unscheduled_date_keeps_two_decimals_in_its_name() -> None:
    dates: list[str | None] = [f"2025-04-{day:02}" for day in range(7, 18)]
    outcome = _number(["D28", *["UNS"] * 10], dates)
    assert outcome.values.tolist()[-1] == 110.1
    assert plain(visit_name(outcome.values, VISITS))[-1] == "UNSCHEDULED 110.10"


def test_m6_repeat_of_a_planned_visit_shares_the_numbering() -> None:
    outcome = _number(["D28", "D28", "UNS"], ["2025-04-07", "2025-04-09", "2025-04-20"], repeat=["0", "1", "0"])
    assert outcome.values.tolist() == [110, 110.01, 110.02]


def test_m6_early_visit_keeps_its_planned_number() -> None:
    assert _number(["D28", "D28"], ["2025-04-01", "2025-04-07"]).values.tolist() == [110, 110]


def test_m6_a_late_sample_of_a_visit_does_not_move_its_begin() -> None:
    outcome = _number(["D28", "M2", "D28", "UNS"], ["2025-04-07", "2025-05-09", "2025-05-20", "2025-05-22"])
    assert outcome.values.tolist() == [110, 120, 110, 120.01]


def test_j29_visits_known_from_another_dataset() -> None:
    folders = text(["D28", "M2", "UNS"])
    outcome = _number(["UNS"], ["2025-04-20"], known=(folders, ["2025-04-07", "2025-05-09", "2025-04-15"], [0, 0, 0]))
    assert outcome.values.tolist() == [110.02]


def test_j29_visits_known_by_number() -> None:
    numbers = pd.Series([110.0, 120.0, 110.01])
    outcome = _number(["UNS"], ["2025-04-20"], known=(numbers, ["2025-04-07", "2025-05-09", "2025-04-15"], [0, 0, 0]))
    assert outcome.values.tolist() == [110.02]
    other = _number(["UNS"], ["2025-04-20"], known=(numbers, ["2025-04-07", "2025-05-09", "2025-04-15"], [1, -1, 1]))
    assert other.values.tolist() == [0.01]


def test_j29_a_known_visit_gives_its_number_and_others_take_free_ones() -> None:
    known = (pd.Series([110.0, 120.0, 110.01]), ["2025-04-07", "2025-05-09", "2025-04-20"], [0, 0, 0])
    assert _number(["UNS", "UNS"], ["2025-04-20T08:00", "2025-04-15"], known=known).values.tolist() == [110.01, 110.02]


def test_m6_samples_of_one_unscheduled_visit_on_two_days_keep_the_number_of_the_folder() -> None:
    outcome = _number(
        ["D28", "UNS", "UNS", "UNS"],
        ["2025-04-07", "2025-04-19", "2025-04-20", None],
        instance=["110", "110.01", "110.01", "110.02"],
    )
    assert outcome.values.tolist() == [110, 110.01, 110.01, 110.02]
    assert outcome.problems == []


def test_m6_an_instance_that_is_no_fraction_of_a_planned_visit_says_nothing() -> None:
    outcome = _number(
        ["D28", "UNS", "UNS"], ["2025-04-07", "2025-04-19", "2025-04-21"], instance=["110", "0", "115.01"]
    )
    assert outcome.values.tolist() == [110, 110.01, 110.02]


@pytest.mark.parametrize(
    ("folder", "date", "rule"),
    [("D99", "2025-04-07", "VISIT_UNMAPPED"), ("UNS", "2025-04", "VISIT_UNDATED"), ("UNS", None, "VISIT_UNDATED")],
)
def test_what_cannot_be_numbered_is_a_finding(folder: str, date: str | None, rule: str) -> None:
    outcome = _number(["D28", folder], ["2025-04-07", date])
    assert plain(outcome.values) == [110, None]
    assert [(p.rule, p.rows.tolist()) for p in outcome.problems] == [(rule, [1])]


def test_missing_folder_has_no_visit_and_no_finding() -> None:
    outcome = _number([None], ["2025-04-07"])
    assert plain(outcome.values) == [None]
    assert outcome.problems == []


def test_a_table_without_the_key_column_is_named() -> None:
    with pytest.raises(ValueError, match="no column VISITNUM, VISIT; it has FOLDER"):
        visit_name(pd.Series([10.0]), VISITS[["FOLDER"]])


def test_a_planned_visit_on_two_dates_is_numbered_as_repeated_only_by_repeat() -> None:
    folders, dates = ["D28", "D28"], ["2025-04-07", "2025-04-20"]
    assert _number(folders, dates).values.tolist() == [110, 110]
    assert _number(folders, dates, repeat=["0", "1"]).values.tolist() == [110, 110.01]


def test_the_sentence_tells_of_repeats_only_where_they_are_given() -> None:
    given = {"folder": "_FOLDER", "date": "SVSTDTC", "visits": "tables/visits.csv"}
    assert REGISTRY["visit_number"].describe(given) == (
        "Visit number of _FOLDER (FOLDER) in tables/visits.csv; an unscheduled visit takes the number of the subject's "
        "last planned visit begun on or before SVSTDTC plus 0.01 for each such date after it."
    )
    assert ", a repeated one (_REPEAT above 0) that of the planned visit it repeats, plus 0.01" in REGISTRY[
        "visit_number"
    ].describe({**given, "repeat": "_REPEAT"})
