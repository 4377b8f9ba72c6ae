"""Time to event from described events and censoring rules (design basis 4.4, R-09 to R-13; scenarios group C)."""

from collections.abc import Sequence

import numpy as np

from tests.transforms.related import day, related, shown, traced
from transforms.assessments import Dates, Days, Schedule
from transforms.columns import text
from transforms.registry import Made
from transforms.time_to_event import AtLast, AtStart, Censoring, Event, MissedAssessments, time_to_event, with_end_of

START = "2025-02-10"
D28, M2, M3 = "2025-04-07", "2025-05-09", "2025-06-08"
SCHEDULE = Schedule(np.array([25.0, 53.0, 83.0, 166.0]), np.array([31.0, 67.0, 97.0, 194.0]))
ALL = ("STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR")


def _dates(name: str, values: Sequence[str | None], subject: Sequence[int] | None = None) -> Dates:
    return Dates.of_related(related(name, values, subject))


def _days(*values: str | None) -> Days:
    return np.array([np.nan if v is None else day(v) for v in values])


def _one(
    assessments: Sequence[str],
    pd: str | None = None,
    death: str | None = None,
    limit: str | None = None,
    infused: str | None = "2025-03-10",
) -> tuple[object, ...]:
    """Progression-free survival of one subject: ADT, CNSR and EVNTDESC."""
    adequate = _dates("ADRS.ADEQ.ADT", assessments, [0] * len(assessments))
    missed = MissedAssessments(adequate, 2, SCHEDULE, _days(infused), _days(limit), 182)
    made = time_to_event(
        np.array([0]),
        _dates("ADSL.TTESDT", [START]),
        [Event(_dates("ADRS.PD.ADT", [pd]), "PD"), Event(_dates("ADSL.DTHDT", [death]), "DEATH", _days(limit))],
        [
            Censoring(5, "MISSED", AtLast(adequate, before_event=True), when=missed),
            Censoring(4, "NEW THERAPY", AtLast(adequate, until=_days(limit)), when=~np.isnan(_days(limit))),
            Censoring(6, "NONE", AtStart(), when=adequate.first(np.array([0])) < 0),
            Censoring(1, "ONGOING", AtLast(adequate)),
        ],
    )
    assert not made.problems
    return shown(made, "ADT", "CNSR", "EVNTDESC")[0][1:]


def test_an_event_is_dated_and_named() -> None:
    assert _one([D28, M2], pd=M3) == (M3, 0.0, "PD")
    assert _one([D28, M2], death="2025-05-25") == ("2025-05-25", 0.0, "DEATH")


def test_the_earliest_event_counts_and_of_one_day_the_first_named() -> None:
    assert _one([D28, M2], pd=M3, death=M3) == (M3, 0.0, "PD")
    assert _one([D28, M2], pd=M3, death="2025-06-07") == ("2025-06-07", 0.0, "DEATH")


def test_c01_c02_c23_missed_assessments_before_an_event() -> None:
    assert _one([D28], death="2025-07-01") == (D28, 5.0, None)
    assert _one([D28], death="2025-06-10") == ("2025-06-10", 0.0, "DEATH")
    assert _one([D28, "2025-05-25"], death="2025-07-01") == ("2025-07-01", 0.0, "DEATH")


def test_c04_c05_without_any_assessment_the_start_counts_as_the_last() -> None:
    assert _one([], death="2025-04-15") == ("2025-04-15", 0.0, "DEATH")
    assert _one([], death="2025-05-20") == (START, 5.0, None)


def test_without_an_anchor_the_gap_counts() -> None:
    assert _one([], death="2025-08-11", infused=None) == ("2025-08-11", 0.0, "DEATH")  # 182 days
    assert _one([], death="2025-08-12", infused=None) == (START, 5.0, None)
    assert _one(["2025-03-01"], death="2025-08-12", infused=None) == ("2025-08-12", 0.0, "DEATH")


def test_c19_the_limit_is_inclusive_for_an_event() -> None:
    assert _one([D28, M2], death="2025-05-25", limit="2025-05-25") == ("2025-05-25", 0.0, "DEATH")
    assert _one([D28, M2], death="2025-05-26", limit="2025-05-25") == (M2, 4.0, None)


def test_the_censoring_rules_apply_in_their_order() -> None:
    assert _one([D28, M2, M3], limit=M2) == (M2, 4.0, None)
    assert _one([M2], limit=D28) == (START, 4.0, None)
    assert _one([]) == (START, 6.0, None)
    assert _one([D28, M2]) == (M2, 1.0, None)


def test_every_variable_and_where_it_came_from() -> None:
    made = time_to_event(
        np.array([0, 1, 2]),
        _dates("ADSL.TTESDT", [START] * 3),
        [Event(Dates.of_related(related("ADRS.PD.ADT", [M3]), related("ADRS.PD.ASEQ", [7])), "PD")],
        [Censoring(6, "NO ASSESSMENT", AtLast(_dates("ADRS.LSTA.ADT", [None, M2, None])))],
    )
    assert shown(made, *ALL) == [
        (0, START, M3, 119.0, 0.0, "PD", None, "ADRS", "ADT"),
        (1, START, M2, 89.0, 6.0, None, "NO ASSESSMENT", "ADRS", "ADT"),
        (2, START, START, 1.0, 6.0, None, "NO ASSESSMENT", "ADSL", "TTESDT"),
    ]
    assert made.columns["SRCSEQ"].tolist()[0] == 7
    assert made.columns["SRCSEQ"].isna().tolist() == [False, True, True]
    assert traced(made.edges, "lookup") == {(0, "ADSL", 0), (1, "ADSL", 1), (2, "ADSL", 2)}
    assert traced(made.edges, "deciding") == {(0, "ADRS.PD", 0), (1, "ADRS.LSTA", 1), (2, "ADSL", 2)}


def test_an_event_that_is_set_aside_stays_in_the_lineage() -> None:
    adequate, death = _dates("ADRS.ADEQ.ADT", [D28]), _dates("ADSL.DTHDT", ["2025-07-01"])
    missed = MissedAssessments(adequate, 2, SCHEDULE, _days("2025-03-10"))
    rule = Censoring(5, "MISSED", AtLast(adequate, before_event=True), when=missed)
    made = time_to_event(np.array([0]), _dates("ADSL.TTESDT", [START]), [Event(death, "DEATH")], [rule])
    assert traced(made.edges, "deciding") == {(0, "ADRS.ADEQ", 0), (0, "ADSL", 0)}


def test_cnsr_and_reason_of_each_subject() -> None:
    last = AtLast(_dates("ADRS.LSTA.ADT", [D28, M2, M3]))
    made = time_to_event(
        np.array([0, 1, 2]),
        _dates("ADSL.TTESDT", [START] * 3),
        [],
        [
            Censoring(np.array([2.0, 3.0, np.nan]), text(["LOST", "WITHDREW", None]), last),
            Censoring(1, "ONGOING", last),
        ],
    )
    assert shown(made, "CNSR", "CNSDTDSC") == [(0, 2.0, "LOST"), (1, 3.0, "WITHDREW"), (2, 1.0, "ONGOING")]


def test_overall_survival_r_11() -> None:
    """Dead, dead after the cut, last contact, contact after the cut, no contact."""
    everybody = np.arange(5)
    cut = _dates("ADSL.DCUTDT", ["2026-03-31"] * 5)
    death = _dates("ADSL.DTHDT", ["2025-07-01", "2026-04-10", None, None, None])
    contact = _dates("ADSL.LSTALVDT", [None, "2026-02-01", "2025-11-30", "2026-05-01", None])
    made = time_to_event(
        everybody,
        _dates("ADSL.TTESDT", [START] * 5),
        [Event(death, "DEATH", cut.at(cut.first(everybody)))],
        [
            Censoring(1, "ALIVE", AtLast(death, capped_at=cut), when=death.first(everybody) >= 0),
            Censoring(1, "ALIVE", AtLast(contact, capped_at=cut)),
        ],
    )
    assert shown(made, "ADT", "CNSR", "AVAL", "SRCVAR") == [
        (0, "2025-07-01", 0.0, 142.0, "DTHDT"),
        (1, "2026-03-31", 1.0, 415.0, "DCUTDT"),
        (2, "2025-11-30", 1.0, 294.0, "LSTALVDT"),
        (3, "2026-03-31", 1.0, 415.0, "DCUTDT"),
        (4, START, 1.0, 1.0, "TTESDT"),
    ]


def _progression_free() -> Made:
    progression = _dates("ADRS.PD.ADT", [None, M3], [0, 2])
    rule = Censoring(1, "ONGOING", AtLast(_dates("ADRS.ADEQ.ADT", [M2], [0])))
    return time_to_event(np.array([0, 2]), _dates("ADSL.TTESDT", [START] * 3), [Event(progression, "PD")], [rule])


def test_duration_of_response_ends_as_progression_free_survival() -> None:
    made = with_end_of(np.array([0, 2]), _dates("ADRS.RSP.ADT", [D28, M2], [0, 2]), _progression_free(), "ADTTE.PFS")
    assert shown(made, *ALL[:6]) == [
        (0, D28, M2, 33.0, 1.0, None, "ONGOING"),
        (2, M2, M3, 31.0, 0.0, "PD", None),
    ]
    assert traced(made.edges, "deciding") == {(0, "ADTTE.PFS", 0), (1, "ADTTE.PFS", 1)}
    assert traced(made.edges, "lookup") == {(0, "ADRS.RSP", 0), (1, "ADRS.RSP", 1)}


def test_what_should_not_be_is_a_problem() -> None:
    response = _dates("ADRS.RSP.ADT", ["2025-06-09", M2, M2], [0, 1, 2])
    made = with_end_of(np.array([0, 1, 2]), response, _progression_free(), "ADTTE.PFS")
    assert [(p.rule, p.severity, p.rows.tolist()) for p in made.problems] == [
        ("TTE_NO_RULE", "error", [1]),
        ("TTE_BEFORE_START", "error", [0]),
    ]
    alone = time_to_event(np.array([0]), _dates("ADSL.TTESDT", [None]), [], [Censoring(1, "", AtStart())])
    assert [p.rule for p in alone.problems] == ["TTE_NO_START"]


def test_nobody_is_no_trouble() -> None:
    made = time_to_event(np.empty(0, dtype=np.int64), _dates("ADSL.TTESDT", []), [], [Censoring(1, "", AtStart())])
    assert shown(made, *ALL) == []
