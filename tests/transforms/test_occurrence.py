"""Treatment emergence, periods, first and worst occurrences, queries, durations."""

import numpy as np
import pandas as pd
import pytest

from transforms.columns import Column, plain, text
from transforms.occurrence import (
    custom_query,
    duration,
    extreme_flag,
    occurrence_flag,
    period_flag,
    treatment_emergent,
)
from transforms.registry import Records


def records(*subjects: int) -> Records:
    return Records(np.array(subjects, dtype=np.int64), np.arange(len(subjects), dtype=np.int64))


def numbers(*values: float | None) -> Column:
    return pd.Series([np.nan if v is None else v for v in values], dtype=np.float64)


INFUSION = "2025-03-10T10:30"


def test_i01_to_i06_treatment_emergence() -> None:
    start = text(["2025-03-10", "2025-03-10T08:00", "2025-03-10T11:00", "2025-03-01", "2025-02-10", "2025-03-12", None])
    end = text([None, None, None, "2025-03-20", "2025-02-11", None, None])
    treated = text(["2025-03-10"] * 7)
    made = treatment_emergent(start, end, treated, start_time=start, treatment_start_time=text([INFUSION] * 7))
    assert plain(made) == ["Y", None, "Y", None, None, "Y", "Y"]


def test_never_treated_or_ended_before_treatment() -> None:
    start, end = text([None, "2025-03-12"]), text(["2025-03-05", None])
    assert plain(treatment_emergent(start, end, text(["2025-03-10", None]))) == [None, None]


def test_a_window_after_the_end_of_treatment() -> None:
    start = numbers(130, 131, 131, None)
    made = treatment_emergent(start, numbers(*[None] * 4), numbers(*[10] * 4), numbers(100, 100, None, 100), 30)
    assert plain(made) == ["Y", None, "Y", "Y"]


def test_worsening_on_treatment() -> None:
    made = treatment_emergent(
        numbers(5, 5, 5),
        numbers(20, 20, 8),
        numbers(10, 10, 10),
        intensity=numbers(3, 2, 3),
        initial_intensity=numbers(2, 2, 2),
    )
    assert plain(made) == ["Y", None, None]


def test_i02_i05_i06_exactly_one_period_for_a_dated_event() -> None:
    """Before apheresis, from apheresis, from lymphodepletion; on the day of infusion times decide where known."""
    start = text(["2025-02-09", "2025-02-10", "2025-03-04", "2025-03-06", "2025-03-10T08:00", "2025-03-10", None])
    size = len(start)
    apheresis, depletion, infusion = (text([d] * size) for d in ("2025-02-10", "2025-03-05", "2025-03-10"))
    timed = {"date_time": start, "end_time": text([INFUSION] * size)}
    assert plain(period_flag(start, None, apheresis)) == ["Y", None, None, None, None, None, None]
    assert plain(period_flag(start, apheresis, depletion)) == [None, "Y", "Y", None, None, None, None]
    assert plain(period_flag(start, depletion, infusion, **timed)) == [None, None, None, "Y", "Y", None, None]


def test_a_period_that_has_not_begun_or_not_ended() -> None:
    day = numbers(5, 5, 5)
    assert plain(period_flag(day, numbers(1, None, 6), numbers(None, None, None))) == ["Y", None, None]
    assert plain(period_flag(day, numbers(1, 1, 1), numbers(None, None, 9), without_end="closed")) == [None, None, "Y"]


def test_i10_first_occurrence_and_worst_of_a_preferred_term() -> None:
    """Two records, same term, same day, grades 2 and 3: AESEQ 4 is the first, AESEQ 5 the worst."""
    term, day = text(["Pyrexia", "Pyrexia"]), numbers(100, 100)
    sequence, grade = numbers(4, 5), numbers(2, 3)
    emergent = text(["Y", "Y"])
    assert plain(occurrence_flag([day, sequence], records(0, 0), [term], [emergent])) == ["Y", None]
    assert plain(extreme_flag([day, sequence], records(0, 0), [term], [emergent], [grade])) == [None, "Y"]


def test_i11_a_missing_grade_is_an_occurrence_but_never_the_worst() -> None:
    day, grade = numbers(1, 2, 3), numbers(None, 1, 1)
    assert plain(occurrence_flag([day], records(0, 0, 0))) == ["Y", None, None]
    assert plain(extreme_flag([day], records(0, 0, 0), greatest=[grade])) == [None, "Y", None]
    assert plain(extreme_flag([day], records(0), greatest=[numbers(None)])) == [None]


def test_the_least_value_and_of_equal_ones_the_last() -> None:
    day, value = numbers(1, 2, 3, 4), numbers(5, 3, 3, None)
    assert plain(extreme_flag([day], records(0, 0, 0, 0), take="last", least=[value])) == [None, None, "Y", None]


def test_only_flagged_records_count_and_each_subject_has_its_own() -> None:
    emergent = text([None, "Y", "Y", "Y"])
    analysed = text(["Y", "Y", "N", "Y"])
    made = occurrence_flag([numbers(1, 2, 1, 9)], records(0, 0, 0, 1), among=[emergent, analysed])
    assert plain(made) == [None, "Y", None, "Y"]


def test_a_missing_date_is_first_only_when_there_is_no_other() -> None:
    assert plain(occurrence_flag([numbers(None, 5)], records(0, 0))) == [None, "Y"]
    assert plain(occurrence_flag([numbers(None, 5)], records(0, 1))) == ["Y", "Y"]
    assert plain(extreme_flag([numbers(None, 5)], records(0, 0), take="last")) == [None, "Y"]


def test_equal_records_are_taken_as_delivered() -> None:
    same = numbers(7, 7, 7)
    delivered = Records(np.zeros(3, dtype=np.int64), np.array([2, 0, 1]))
    assert plain(occurrence_flag([same], delivered)) == [None, "Y", None]
    assert plain(extreme_flag([same], delivered, take="last")) == ["Y", None, None]


QUERIES = pd.DataFrame(
    {
        "QUERY": text(["CRS", "INFECTIONS", "INFECTIONS"]),
        "TERM": text(["Cytokine release syndrome", "Pneumonia", "Infections and infestations"]),
        "LEVEL": text(["PT", "PT", "SOC"]),
    }
)


def test_i07_custom_queries() -> None:
    term = text(["CYTOKINE RELEASE SYNDROME", "Pneumonia", None])
    assert plain(custom_query(term, QUERIES, "CRS")) == ["CRS", None, None]
    assert plain(custom_query(term, QUERIES, "INFECTIONS", "PT")) == [None, "INFECTIONS", None]
    assert plain(custom_query(term, QUERIES, "INFECTIONS", "SOC")) == [None, None, None]
    with pytest.raises(ValueError, match="no query 'ICANS'; add its terms"):
        custom_query(term, QUERIES, "ICANS")


def test_i07_durations_count_both_days() -> None:
    assert plain(duration(text(["2025-03-12", "2025-03-12"]), text(["2025-03-16", None]))) == [5, None]
    assert plain(duration(numbers(10, 10), numbers(12, 8), add_one=False)) == [2, -2]
    assert plain(duration(numbers(10, 10), numbers(10, 9))) == [1, -1]
    assert plain(duration(numbers(1), numbers(61), add_one=False, unit="months")) == [60 / 30.4375]
