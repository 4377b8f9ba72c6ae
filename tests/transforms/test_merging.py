"""Values from the records of another dataset."""

import numpy as np
import pandas as pd

from tests.transforms.related import day, iso, related
from transforms.columns import plain, text
from transforms.merging import (
    any_record,
    count,
    earliest_date,
    earliest_of,
    latest_date,
    latest_of,
    value_as_of,
    value_of_first,
    value_of_last,
    value_of_one,
)
from transforms.registry import Edge, Outcome, Records, Related


def records(*subjects: int) -> Records:
    return Records(np.array(subjects, dtype=np.int64), np.arange(len(subjects), dtype=np.int64))


def pairs(edge: Edge) -> list[tuple[int, int]]:
    return sorted(zip(edge.rows.tolist(), edge.of_rows.tolist(), strict=True))


def test_whether_there_is_a_record_and_which_were_counted() -> None:
    dosed = related("EX.EXTRT", ["A", "B", "A"], [0, 0, 2])
    made = any_record(dosed, records(0, 1, 2))
    assert plain(made.values) == ["Y", "N", "Y"]
    assert made.edges[0].role == "member"
    assert made.edges[0].of == "EX"
    assert pairs(made.edges[0]) == [(0, 0), (0, 1), (2, 2)]
    assert plain(any_record(dosed, records(0, 1), no="").values) == ["Y", None]
    assert plain(any_record(related("EX.EXTRT", []), records(0)).values) == ["N"]


def test_how_many_records_of_a_subject_in_each_of_its_records() -> None:
    made = count(related("EX.EXTRT", ["A", "B", "A"], [0, 0, 2]), records(2, 0, 0, 1, -1))
    assert plain(made.values) == [1, 2, 2, 0, None]
    assert pairs(made.edges[0]) == [(0, 2), (1, 0), (1, 1), (2, 0), (2, 1)]


def test_the_value_of_the_first_record_and_of_the_last() -> None:
    dose = related("EX.EXDOSE", [10.0, 20.0, 30.0, 40.0], [1, 1, 1, 0])
    start = related("EX.EXSTDTC", ["2025-02-01", "2025-01-01", None, None], [1, 1, 1, 0])
    first = value_of_first(dose, [start], records(0, 1, 2))
    assert plain(first.values) == [40, 20, None]
    assert first.edges[0].role == "deciding"
    assert pairs(first.edges[0]) == [(0, 3), (1, 1)]
    assert plain(value_of_last(dose, [start], records(0, 1)).values) == [40, 10]


def test_ties_are_broken_by_the_next_order_and_then_as_delivered() -> None:
    value = related("DS.DSDECOD", ["A", "B", "C"], [0, 0, 0])
    same = related("DS.DSSTDTC", ["2025-01-01"] * 3, [0, 0, 0])
    number = related("DS.DSSEQ", [2.0, 1.0, 2.0], [0, 0, 0])
    assert plain(value_of_first(value, [same], records(0)).values) == ["A"]
    assert plain(value_of_last(value, [same], records(0)).values) == ["C"]
    assert plain(value_of_first(value, [same, number], records(0)).values) == ["B"]


def test_a_condition_on_the_value_holds_for_the_order_too() -> None:
    """S0 has three records of DS; the last of all, of another category, is left out by the condition of ``of``."""
    participation = Related("DS.DSDECOD", text(["ENROLLED", "COMPLETED"]), np.array([0, 0]), np.array([0, 1]))
    start = related("DS.DSSTDTC", ["2025-01-01", "2025-06-01", "2025-07-01"], [0, 0, 0])
    assert plain(value_of_last(participation, [start], records(0)).values) == ["COMPLETED"]
    assert plain(value_of_first(participation, [start], records(0)).values) == ["ENROLLED"]
    day_181 = pd.Series([23953.0])  # 2025-07-31 in days since 1960
    assert plain(value_as_of(participation, start, day_181, records(0)).values) == ["COMPLETED"]


def test_the_only_record_and_several() -> None:
    made = value_of_one(related("DS.DSDECOD", ["COMPLETED", "DEATH", "COMPLETED"], [0, 1, 1]), records(0, 1, 2))
    assert plain(made.values) == ["COMPLETED", None, None]
    assert [(p.rule, p.severity, p.rows.tolist()) for p in made.problems] == [("RELATED_SEVERAL", "error", [1])]
    assert pairs(made.edges[0]) == [(0, 0)]


def test_a_missing_value_of_the_chosen_record_stays_missing() -> None:
    reason = related("DS.DSTERM", ["LATER", None], [0, 0])
    order = related("DS.DSSEQ", [2.0, 1.0], [0, 0])
    made = value_of_first(reason, [order], records(0))
    assert plain(made.values) == [None]
    assert pairs(made.edges[0]) == [(0, 1)]


def test_the_dose_in_force_at_the_start_of_an_event() -> None:
    dose = related("EX.EXDOSE", [54.0, 81.0, 0.0], [0, 0, 1])
    start = related("EX.EXSTDTC", ["2025-01-01", "2025-02-01", "2025-01-01"], [0, 0, 1])
    end = related("EX.EXENDTC", ["2025-01-20", None, "2025-01-05"], [0, 0, 1])
    onset = pd.Series(
        [day("2025-01-20"), day("2025-01-25"), day("2025-03-01"), day("2024-12-31"), np.nan, day("2025-01-05")]
    )
    who = records(0, 0, 0, 0, 0, 1)
    assert plain(value_as_of(dose, start, onset, who).values) == [54, 54, 81, None, None, 0]
    made = value_as_of(dose, start, onset, who, end=end)
    assert plain(made.values) == [54, None, 81, None, None, 0]
    assert pairs(made.edges[0]) == [(0, 0), (2, 1), (5, 2)]


def test_the_sides_of_a_date() -> None:
    value = related("LB.LBSTRESC", ["a", "b", "c"], [0, 0, 0])
    date = related("LB.LBDTC", ["2025-01-01", "2025-01-05", "2025-01-09"], [0, 0, 0])
    at = pd.Series([day("2025-01-05")])

    def taken(take: str, side: str) -> list[str]:
        return plain(value_as_of(value, date, at, records(0), take, side).values)  # type: ignore[arg-type]

    assert taken("last", "on or before") == ["b"]
    assert taken("last", "before") == ["a"]
    assert taken("first", "on or after") == ["b"]
    assert taken("first", "after") == ["c"]
    assert taken("first", "on or before") == ["a"]
    assert taken("last", "after") == ["c"]


def test_the_latest_of_several_kinds_of_dates() -> None:
    adverse = related("AE.AESTDTC", ["2025-03", "2025-02-10"], [0, 1])
    treated = related("ADSL.TRTEDT", ["2025-03-05", "2025-02-01"], [0, 1])
    made = latest_date([adverse, treated], records(0, 1, 2))
    assert iso(made.values) == ["2025-03-05", "2025-02-10", None]
    assert [(e.of, pairs(e)) for e in made.edges] == [("AE", [(1, 1)]), ("ADSL", [(0, 0)])]
    assert iso(latest_date([adverse, treated], records(0), partial="from the last day of").values) == ["2025-03-31"]
    assert iso(earliest_date([adverse, treated], records(0), partial="from the first day of").values) == ["2025-03-01"]


def test_dates_on_one_side_of_a_day_of_the_subject() -> None:
    contact = related("SV.SVSTDTC", ["2026-03-30", "2026-04-02", "2025-05-05"], [0, 0, 1])
    cut = text(["2026-03-31", "2026-03-31"])
    assert iso(latest_date([contact], records(0, 1), until=cut).values) == ["2026-03-30", "2025-05-05"]
    assert iso(earliest_date([contact], records(0, 1), since=cut).values) == ["2026-04-02", None]
    assert plain(latest_date([], records(0)).values) == [None]


def test_the_earliest_of_the_dates_of_a_record() -> None:
    therapy, again = pd.Series([day("2025-05-01"), np.nan, np.nan]), text(["2025-04-01", "2025-06-01", None])
    assert iso(earliest_of([therapy, again])) == ["2025-04-01", "2025-06-01", None]
    assert iso(latest_of([therapy, again])) == ["2025-05-01", "2025-06-01", None]


def test_nobody_and_nothing() -> None:
    empty = related("EX.EXSTDTC", [])
    for made in (count(empty, records()), value_of_first(empty, [empty], records(0)), latest_date([empty], records(0))):
        assert isinstance(made, Outcome)
        assert made.values.isna().all()
    assert plain(value_as_of(empty, empty, pd.Series([1.0]), records(0)).values) == [None]
