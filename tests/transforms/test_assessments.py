"""Dated records of many subjects, and the scheduled ones that were missed (design basis 1.4, R-09)."""

import numpy as np
import pytest

from tests.transforms.related import day, related
from transforms.assessments import Dates, Schedule, members, one_per_subject, parallel
from transforms.columns import text
from transforms.registry import Related

D28, M2, M3 = "2025-04-07", "2025-05-09", "2025-06-08"
DATES = Dates.of_related(related("ADRS.ADEQ.ADT", [M2, D28, None, M3, D28], [0, 0, 0, 2, -1]))
SUBJECTS = np.array([0, 1, 2])


def test_dates_are_sorted_by_subject_and_day_without_the_undated() -> None:
    assert (DATES.of, DATES.variable) == ("ADRS.ADEQ", "ADT")
    assert DATES.rows.tolist() == [1, 0, 3]
    assert DATES.first(SUBJECTS).tolist() == [0, -1, 2]


def test_the_last_on_or_before_a_day() -> None:
    assert DATES.last(SUBJECTS).tolist() == [1, -1, 2]
    assert DATES.last(SUBJECTS, np.array([day(M2), day(M2), day(M2)])).tolist() == [1, -1, -1]
    assert DATES.last(SUBJECTS, np.array([day(M2), np.nan, np.nan]), inclusive=False).tolist() == [0, -1, 2]
    assert DATES.last(SUBJECTS, np.array([0.0, 0.0, 0.0])).tolist() == [-1, -1, -1]


def test_days_before_1960_and_an_unknown_subject_are_no_trouble() -> None:
    old = Dates.of_related(related("CM.CMSTDT", ["1932-05-01", "1958-01-01"], [0, 1]))
    assert old.last(np.array([0, 1, -1]), np.array([day("1940-01-01")] * 3)).tolist() == [0, -1, -1]


def test_a_visit_is_missed_if_its_window_lies_strictly_between() -> None:
    schedule = Schedule(np.array([25.0, 53.0, 83.0]), np.array([31.0, 67.0, 97.0]))
    infused = np.full(7, day("2025-03-10"))
    last = np.array([day(d) for d in (D28, D28, "2025-05-01", "2025-05-02", D28, "2025-02-10", D28)])
    event = np.array(
        [day(d) for d in ("2025-07-01", "2025-06-15", "2025-06-16", "2025-06-16", "2025-05-16", "2025-05-20", D28)]
    )
    assert schedule.missed(infused, last, event).tolist() == [2, 1, 2, 1, 0, 2, 0]
    assert schedule.missed(np.array([np.nan]), np.array([0.0]), np.array([1e5])).tolist() == [0]


def test_one_day_per_subject() -> None:
    found = one_per_subject(related("ADSL.LIMDT", [D28, None, D28, M2], [0, 1, 0, -1]), 3)
    assert found[0] == day(D28)
    assert np.isnan(found[1:]).all()
    with pytest.raises(ValueError, match=r"ADSL.LIMDT has several days for one subject"):
        one_per_subject(related("ADSL.LIMDT", [D28, M2], [0, 0]), 1)


def test_columns_of_the_same_records_are_parallel() -> None:
    date, response = related("RS.RSDTC", [D28, M2], [0, 1]), related("RS.RSSTRESC", ["PR", "SD"], [0, 1])
    assert parallel(date, response) is response
    with pytest.raises(ValueError, match=r"RS.RSSTRESC and RS.RSDTC must be of the same records"):
        parallel(date, related("RS.RSSTRESC", ["PR"], [0]))


def test_a_condition_on_the_first_holds_for_the_other() -> None:
    """Of three records of DS the second and third are kept by a condition."""
    kept = Related("DS.DSDECOD", text(["COMPLETED", "DEATH"]), np.array([0, 1]), np.array([1, 2]))
    date = related("DS.DSSTDTC", ["2025-01-01", D28, M2], [0, 0, 1])
    assert parallel(kept, date).values.tolist() == [day(D28), day(M2)]
    assert parallel(kept, date).rows.tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"name one dataset, and the condition only for DS\.DSSTDTC"):
        parallel(date, kept)
    with pytest.raises(ValueError, match="must be of the same records"):
        parallel(kept, related("RS.RSDTC", [D28, M2, M3], [0, 0, 1]))


def test_members_are_each_named_once() -> None:
    assert members(related("ADSL.USUBJID", ["C", "A", "X", "A"], [2, 0, -1, 0])).tolist() == [0, 2]
    assert members(related("ADSL.USUBJID", [])).tolist() == []


def test_texts_are_no_days() -> None:
    """Which day 2025-04 is, is for the study to say: nothing that compares days may pass it over."""
    starts = Related("CM.CMSTDTC", text(["2025-04-07", "2025-04", None]), np.array([0, 1, 2]), np.array([0, 1, 2]))
    with pytest.raises(ValueError, match=r"CM\.CMSTDTC holds texts such as .*, and days are compared here"):
        Dates.of_related(starts)
    empty = Related("CM.CMSTDTC", text([None, None]), np.array([0, 1]), np.array([0, 1]))
    assert Dates.of_related(empty).day.tolist() == []
