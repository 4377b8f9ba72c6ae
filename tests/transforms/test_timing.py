"""Study day, epoch, reference dates, ends of elements."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import transforms.timing  # noqa: F401
from transforms.columns import plain, text
from transforms.registry import REGISTRY, Records, Related
from transforms.timing import (
    date_after,
    date_part,
    earliest,
    elapsed_days,
    epoch,
    first_in_order,
    first_of,
    latest,
    name_of_first,
    next_start,
    study_day,
)

OURS = [name for name, t in REGISTRY.items() if t.function.__module__ == "transforms.timing"]


def records(subjects):
    return Records(np.array(subjects, dtype=np.int64), np.arange(len(subjects), dtype=np.int64))


def related(name, values, subjects):
    column = pd.Series(values) if values and isinstance(values[0], float) else text(values)
    return Related(name, column, np.array(subjects, dtype=np.int64), np.arange(len(values), dtype=np.int64))


# ------------------------------------------------------------------------------------------------------- study day


def test_d07_study_day_has_no_zero():
    dates = text(["2025-02-10", "2025-03-05", "2025-03-09", "2025-03-10", "2025-03-11", "2025-04-07"])
    reference = text(["2025-03-10T10:30"] * 6)
    assert plain(study_day(dates, reference)) == [-28, -5, -1, 1, 2, 29]


def test_d01_study_day_of_a_partial_date_is_missing():
    assert plain(study_day(text(["2025-03", "2025", None]), text(["2025-03-10"] * 3))) == [None, None, None]


def test_d23_study_day_without_a_complete_reference_is_missing():
    assert plain(study_day(text(["2025-03-05", "2025-03-05"]), text([None, "2025-03"]))) == [None, None]


def test_study_day_does_not_look_at_the_time():
    dates, reference = text(["2025-03-10T07:00", "2025-03-09T23:59"]), text(["2025-03-10T10:30"] * 2)
    assert plain(study_day(dates, reference)) == [1, -1]


DAYS = st.dates().map(lambda d: d.isoformat())


@given(st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=20))
def test_study_day_is_never_zero_and_mirrors(pairs):
    one, other = text([a for a, _ in pairs]), text([b for _, b in pairs])
    there, back = study_day(one, other), study_day(other, one)
    assert (there != 0).all()
    same = one.astype("str") == other.astype("str")
    assert (there[same] == 1).all()
    assert ((there + back)[~same] == 1).all()
    assert (elapsed_days(one, other) == -elapsed_days(other, one)).all()


def test_elapsed_days_of_analysis_dates():
    assert plain(elapsed_days(pd.Series([23810.0, 23820.0, np.nan]), pd.Series([23810.0] * 3))) == [0, 10, None]


def test_elapsed_days():
    assert plain(elapsed_days(text(["2025-03-10", "2025-03-12T08:00", "2025-03"]), text(["2025-03-10"] * 3))) == [
        *[0, 2, None]
    ]


# ----------------------------------------------------------------------------------------------------------- epoch

STARTS = ["2025-01-20", "2025-02-10T09:00", "2025-03-05T09:00", "2025-03-10T10:30", "2025-04-08"]
ENDS = [*STARTS[1:], "2025-09-06T11:00"]
EPOCHS = ["SCREENING", "APHERESIS", "LYMPHODEPLETION", "TREATMENT", "FOLLOW-UP"]


def epochs(dates, ties="later", starts=STARTS, ends=ENDS, values=EPOCHS):
    subjects = [0] * len(starts)
    return epoch(
        text(dates),
        related("SE.SESTDTC", starts, subjects),
        related("SE.SEENDTC", ends, subjects),
        related("SE.EPOCH", values, subjects),
        records([0] * len(dates)),
        ties=ties,
    )


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2025-01-19", None),
        ("2025-01-20", "SCREENING"),
        ("2025-02-09", "SCREENING"),
        ("2025-02-10T08:59", "SCREENING"),
        ("2025-02-10T09:00", "APHERESIS"),
        ("2025-03-05T08:59:59", "APHERESIS"),
        ("2025-03-05T09:01", "LYMPHODEPLETION"),
        ("2025-03-10T10:30", "TREATMENT"),
        ("2025-04-07T23:59", "TREATMENT"),
        ("2025-04-08", "FOLLOW-UP"),
        ("2025-09-06", "FOLLOW-UP"),
        ("2025-09-06T11:00", "FOLLOW-UP"),
        ("2025-09-06T11:01", None),
        ("2025-09-07", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("ties", ["later", "earlier"])
def test_epoch_of_complete_dates(date, expected, ties):
    if date == "2025-04-08" and ties == "earlier":
        expected = "TREATMENT"  # both without time: a tie
    assert plain(epochs([date], ties).values) == [expected]


def test_epoch_ties_on_a_boundary_date_without_time():
    dates = ["2025-02-10", "2025-03-05", "2025-03-10", "2025-01-20", "2025-03-10T10"]
    assert plain(epochs(dates, "later").values) == [
        *["APHERESIS", "LYMPHODEPLETION", "TREATMENT", "SCREENING", "TREATMENT"]
    ]
    assert plain(epochs(dates, "earlier").values) == [
        *["SCREENING", "APHERESIS", "LYMPHODEPLETION", "SCREENING", "LYMPHODEPLETION"]
    ]


def test_d19_a_time_on_a_boundary_date_without_time_ties_too():
    assert plain(epochs(["2025-04-08T07:00"], "later").values) == ["FOLLOW-UP"]
    assert plain(epochs(["2025-04-08T07:00"], "earlier").values) == ["TREATMENT"]


def test_d01_epoch_of_a_month_that_spans_several_elements_is_missing():
    assert plain(epochs(["2025-03", "2025-02", "2025", "2025-04"]).values) == [None, None, None, None]


def test_a_partial_date_wholly_inside_one_element_takes_it():
    assert plain(epochs(["2025-05", "2025-08"]).values) == ["FOLLOW-UP", "FOLLOW-UP"]


def test_a_partial_date_that_may_lie_outside_all_elements_is_missing():
    assert plain(epochs(["2025-01", "2025-09", "2024"]).values) == [None, None, None]


def test_an_element_without_an_end_goes_on():
    assert plain(epochs(["2031-01-01", "2031"], starts=STARTS, ends=[*ENDS[:4], None]).values) == ["FOLLOW-UP"] * 2


def test_a_partial_start_decides_only_what_it_can():
    starts, ends, names = ["2025-01-20", "2025-03", "2025-05-01"], ["2025-03", "2025-05-01", None], ["A", "B", "C"]
    dates = ["2025-02-28", "2025-03-15", "2025-04-01", "2025-05-02"]
    assert plain(epochs(dates, starts=starts, ends=ends, values=names).values) == ["A", None, "B", "C"]


MARCH = ["2024-03-05", "2024-03-12", "2024-03-20", "2024-04-10", "2024-06-18", "2024-07"]


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (["2024-03-12", "2024-03", "2024-06-18"], [None, None, None, "TRT", "FU", None]),
        (["2024-03", "2024-03-12", "2024-06-18"], [None, None, "TRT", "TRT", "FU", None]),
        (["2024-02-01", "2024-03", "2024-03-18"], [None, None, "FU", "FU", "FU", None]),
    ],
)
def test_a_partial_start_lies_between_those_of_the_elements_beside_it(starts, expected):
    names = ["SCR", "TRT", "FU"]
    ends = [*starts[1:], "2024-07-02"]
    assert plain(epochs(MARCH, starts=starts, ends=ends, values=names).values) == expected
    found = epoch(
        text(MARCH),
        related("SE.SESTDTC", starts[::-1], [0, 0, 0]),
        related("SE.SEENDTC", ends[::-1], [0, 0, 0]),
        related("SE.EPOCH", names[::-1], [0, 0, 0]),
        records([0] * len(MARCH)),
        order=related("SE.TAETORD", [3.0, 2.0, 1.0], [0, 0, 0]),
    )
    assert plain(found.values) == expected


def test_before_a_partial_start_that_follows_a_full_one_the_earlier_element_holds():
    starts, ends = ["2024-03-01", "2024-03-12", "2024-03"], ["2024-03-12", "2024-03", "2024-06-18"]
    found = epochs(["2024-03-05", "2024-03-20"], starts=starts, ends=ends, values=["SCR", "TRT", "FU"])
    assert plain(found.values) == ["SCR", None]


def test_a_gap_between_elements_belongs_to_none():
    found = epochs(
        ["2025-01-10", "2025-01-15", "2025-02-01"],
        starts=["2025-01-01", "2025-02-01"],
        ends=["2025-01-10", "2025-03-01"],
        values=["A", "B"],
    )
    assert plain(found.values) == ["A", None, "B"]


def test_epoch_by_subject_with_its_lineage_and_numbers():
    starts = ["2025-02-01", "2025-01-01", "2025-01-01", None]
    found = epoch(
        text(["2025-01-15", "2025-02-15", "2025-01-15", "2025-01-15"]),
        related("SE.SESTDTC", starts, [7, 7, 3, 9]),
        related("SE.SEENDTC", ["2025-03-01", "2025-02-01", None, None], [7, 7, 3, 9]),
        related("SE.TAETORD", [2.0, 1.0, 1.0, 1.0], [7, 7, 3, 9]),
        records([7, 7, 3, 9]),
    )
    assert plain(found.values) == [1, 2, 1, None]
    (edge,) = found.edges
    assert (edge.role, edge.of, edge.rows.tolist(), edge.of_rows.tolist()) == ("lookup", "SE", [0, 1, 2], [1, 0, 2])


def test_epoch_without_elements_or_records():
    none = related("SE.SESTDTC", [], [])
    assert plain(epoch(text(["2025-01-15"]), none, none, none, records([0])).values) == [None]
    assert plain(epochs([]).values) == []


def test_epoch_refuses_other_ties():
    with pytest.raises(ValueError, match="ties is 'later' or 'earlier', not 'first'"):
        epochs(["2025-01-15"], "first")


# ------------------------------------------------------------------------------------------------ reference dates


def test_earliest_and_latest_per_subject_with_the_deciding_record():
    exposure = related("EX.EXSTDTC", ["2025-03-06", "2025-03-05T09:00", "2025-04-01", None], [0, 0, 2, 1])
    contacts = related("SS.SSDTC", ["2025-05-01", "2025-02", "2025-04-01"], [0, 2, 2])
    first = earliest([exposure, contacts], records([0, 1, 2]))
    assert plain(first.values) == ["2025-03-05T09:00", None, "2025-02"]
    assert [(e.role, e.of, e.rows.tolist(), e.of_rows.tolist()) for e in first.edges] == [
        ("deciding", "EX", [0], [1]),
        ("deciding", "SS", [2], [1]),
    ]
    last = latest([exposure, contacts], records([0, 1, 2]))
    assert plain(last.values) == ["2025-05-01", None, "2025-04-01"]
    assert [(e.of, e.rows.tolist(), e.of_rows.tolist()) for e in last.edges] == [("EX", [2], [2]), ("SS", [0], [0])]


def test_d23_the_first_exposure_keeps_its_time():
    exposure = related("EX.EXSTDTC", ["2025-03-07", "2025-03-05T09:00", "2025-03-06"], [0, 0, 0])
    assert plain(earliest([exposure], records([0])).values) == ["2025-03-05T09:00"]


def test_on_one_day_the_more_precise_date_decides():
    values = ["2025-03-05", "2025-03-05T09:00", "2025-03-05T07:30", "2025-03-05T07"]
    doses = related("EX.EXSTDTC", values, [0, 0, 0, 0])
    assert plain(earliest([doses], records([0])).values) == ["2025-03-05T07"]
    assert plain(latest([doses], records([0])).values) == ["2025-03-05T09:00"]


def test_a_partial_date_counts_from_its_earliest_possible_day():
    visits = related("SV.SVSTDTC", ["2025-06", "2025-06-01", "2025-06-15"], [0, 0, 0])
    assert plain(earliest([visits], records([0])).values) == ["2025-06-01"]
    assert plain(latest([visits], records([0])).values) == ["2025-06-15"]


def test_earliest_is_given_to_every_record_of_the_subject():
    doses = related("EX.EXSTDTC", ["2025-03-05", "2025-03-04", "2025-01-01"], [4, 4, -1])
    assert plain(earliest([doses], records([4, 5, 4])).values) == ["2025-03-04", None, "2025-03-04"]


def test_earliest_of_nothing():
    assert plain(earliest([related("EX.EXSTDTC", [], [])], records([0, 1])).values) == [None, None]


# --------------------------------------------------------------------------------------------------- other verbs


def test_an_element_ends_as_the_next_of_its_subject_starts():
    ends = next_start(
        text(["2025-03-05T09:00", "2025-01-20", "2025-02-10", "2025-01-01", None]),
        text(["2025-09-06", "2025-09-06", "2025-09-06", "2025-02-02", "2025-02-02"]),
        records([0, 0, 0, 1, 1]),
    )
    assert plain(ends) == ["2025-09-06", "2025-02-10", "2025-03-05T09:00", "2025-02-02", None]


def test_equal_starts_follow_in_the_order_of_delivery():
    ends = next_start(text(["2025-01-20", "2025-01-20"]), text(["2025-09-06", "2025-09-06"]), records([0, 0]))
    assert plain(ends) == ["2025-01-20", "2025-09-06"]


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (
            ["2024-03-12", "2024-03", "2024-06-18"],
            ["2024-03", "2024-06-18", "END"],
        ),  # a dose in the month of the consent
        (["2024-03", "2024-03-12", "2024-06-18"], ["2024-03-12", "2024-06-18", "END"]),
        (["2024-03-12", "2024", "2024-06-18"], ["2024", "2024-06-18", "END"]),
        (["2024-03-12T09:00", "2024-03-12", "2024-06"], ["2024-03-12", "2024-06", "END"]),  # a date without a time
        (["2024-03-12", "2024-03", "2024-03"], ["2024-03", "2024-03", "END"]),
        (
            ["2024-04-12", "2024-03", "2024-06-18"],
            ["2024-06-18", "2024-04-12", "END"],
        ),  # dates decide, against the order
    ],
)
def test_where_dates_do_not_decide_elements_follow_in_their_order(starts, ends):
    last = text(["END"] * 3)
    assert plain(next_start(text(starts), last, records([0, 0, 0]))) == ends
    backwards = next_start(text(starts[::-1]), last, records([0, 0, 0]), order=pd.Series([3.0, 2.0, 1.0]))
    assert plain(backwards) == ends[::-1]


def test_an_unplanned_element_has_no_place_in_the_order():
    starts, order = text(["2024-03-12", "2024-03-20", "2024-03"]), pd.Series([1.0, np.nan, 2.0])
    ends = next_start(starts, text(["END"] * 3), records([0, 0, 0]), order=order)
    assert plain(ends) == ["2024-03", "END", "2024-03-20"]


def test_next_start_of_nothing():
    assert plain(next_start(text([]), text([]), records([]))) == []
    assert plain(next_start(text([None]), text(["2025-09-06"]), records([0]))) == [None]


def test_date_after_ends_the_infusion_element():
    assert plain(date_after(text(["2025-03-10T10:30", "2025-03"]), 29)) == ["2025-04-08", None]


def test_date_part():
    assert plain(date_part(text(["2025-03-10T10:30", "2025-03", None]))) == ["2025-03-10", "2025-03", None]


def test_first_of():
    assert plain(first_of([text(["a", None, None]), text(["x", "b", None])])) == ["a", "b", None]
    assert plain(first_of([pd.Series([np.nan, 1.0]), pd.Series([2.0, 3.0])])) == [2, 1]


def test_the_first_in_an_order_that_a_study_sets():
    dates = [pd.Series([23800.0, np.nan, np.nan]), pd.Series([23790.0, 23791.0, np.nan])]
    for order, values, names in (
        (["APHDT", "LDSDT"], [23800, 23791, None], ["APHDT", "LDSDT", None]),
        (["LDSDT", "APHDT"], [23790, 23791, None], ["LDSDT", "LDSDT", None]),
        (["APHDT"], [23800, None, None], ["APHDT", None, None]),
    ):
        assert plain(first_in_order(dates, ["APHDT", "LDSDT"], order)) == values
        assert plain(name_of_first(dates, ["APHDT", "LDSDT"], order)) == names


@pytest.mark.parametrize(
    ("names", "order", "told"),
    [
        (["APHDT"], ["APHDT"], "names: 1 names for 2 columns"),
        (["APHDT", "LDSDT"], ["APH"], "order: no APH; it may hold APHDT, LDSDT"),
        (["APHDT", "LDSDT"], [], "order: it is empty"),
    ],
)
def test_an_order_that_does_not_fit(names, order, told):
    dates = [pd.Series([1.0]), pd.Series([2.0])]
    with pytest.raises(ValueError, match=told):
        first_in_order(dates, names, order)
    with pytest.raises(ValueError, match=told):
        name_of_first(dates, names, order)


@pytest.mark.parametrize("name", OURS)
def test_every_sentence_names_every_parameter(name):
    transform = REGISTRY[name]
    assert set(re.findall(r"\{(\w+)\}", transform.sentence)) == set(transform.parameters)


def test_a_sentence_reads_well():
    said = REGISTRY["study_day"].describe({"date": "AESTDTC", "reference": "DM.RFSTDTC"})
    assert said == (
        "AESTDTC minus DM.RFSTDTC, plus 1 when AESTDTC is on or after DM.RFSTDTC; "
        "missing unless both are complete dates"
    )
