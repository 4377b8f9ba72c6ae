"""``time_to_event`` of a spec along the subjects of a range: names become dates, the rules decide in their order.

Days are numbers: day 100 is the start, day 129 is the 30th day.
"""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.context import RangeContext
from pipeline.time_to_event import make_time_to_event
from specs.endpoint_model import TimeToEvent
from tests.pipeline.one_range import STUDY, codes, model_of, opened, part_of
from transforms.columns import plain

STUDY_OF = STUDY + "settings: {allowed: 2}\n"
PFS: dict[str, Any] = {
    "population": {"of": "ADSL.TRTSDT", "where": "SAFFL = 'Y'"},
    "start": "ADSL.TRTSDT",
    "events": [
        {"date": {"of": "ADRS.ADT", "where": "AVALC = 'PD'"}, "reason": "PROGRESSION"},
        {"date": "ADSL.DTHDT", "reason": "DEATH", "until": "ADSL.LIMDT"},
    ],
    "censor": [
        {"cnsr": 3, "reason": "LOST", "when": "ADSL.LOST = 'Y'", "at": {"last": "ADRS.ADT", "until": "ADSL.LIMDT"}},
        {"cnsr": 2, "reason": "NO ASSESSMENT", "when": {"none": "ADRS.ADT"}, "at": "start"},
        {"cnsr": 1, "reason": {"lookup": "ADSL.EOSSTT"}, "at": {"last": "ADRS.ADT"}},
    ],
}


def small(adrs: dict[str, list[Any]] | None = None, **adsl: list[Any]) -> RangeContext:
    """Three subjects that began on day 100; ``adsl`` changes what ADSL holds."""
    context = opened(model_of(STUDY_OF))
    given: dict[str, list[Any]] = {
        "TRTSDT": [100.0] * 3,
        "SAFFL": ["Y"] * 3,
        "DTHDT": [float("nan")] * 3,
        "LIMDT": [200.0] * 3,
        "LOST": ["N"] * 3,
        "EOSSTT": ["ONGOING", "COMPLETED", "ONGOING"],
        **adsl,
    }
    context.parts["ADSL"] = part_of("ADSL", codes(0, 1, 2), **given)
    found = adrs or {"who": [0, 0, 1], "ADT": [110.0, 129.0, 120.0], "AVALC": ["SD", "PD", "SD"]}
    rest: dict[str, Any] = {k: v for k, v in found.items() if k != "who"}
    context.parts["ADRS"] = part_of("ADRS", codes(*found["who"]), **rest)
    return context


def made(context: RangeContext, *names: str, **changes: Any) -> list[list[object]]:
    result = make_time_to_event(context, TimeToEvent.model_validate({**PFS, **changes}))
    return [list(row) for row in zip(*(plain(result.columns[n]) for n in names), strict=True)]


def test_the_earliest_event_or_the_first_rule_that_applies() -> None:
    """01 progressed on its 30th day; 02 was seen on day 120; 03 was never assessed."""
    assert made(small(), "STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC") == [
        [100.0, 129.0, 30.0, 0.0, "PROGRESSION", None],
        [100.0, 120.0, 21.0, 1.0, None, "COMPLETED"],
        [100.0, 100.0, 1.0, 2.0, None, "NO ASSESSMENT"],
    ]


def test_only_subjects_of_the_population_have_a_record() -> None:
    context = small(SAFFL=["Y", "N", "Y"])
    result = make_time_to_event(context, TimeToEvent.model_validate(PFS))
    assert result.subject.tolist() == [0, 2]
    assert made(context, "CNSR") == [[0.0], [2.0]]


def test_a_record_of_nobody_makes_no_subject() -> None:
    context = small()
    context.parts["EX"] = part_of("EX", codes(-1, 1), EXDOSE=[5.0, 5.0])
    result = make_time_to_event(context, TimeToEvent.model_validate({**PFS, "population": "EX.EXDOSE"}))
    assert result.subject.tolist() == [1]


def test_nobody_is_in_the_population() -> None:
    assert made(small(SAFFL=["N"] * 3), "ADT") == []


@pytest.mark.parametrize(("day", "event"), [(200.0, "DEATH"), (201.0, None)])
def test_an_event_counts_until_its_limit(day: float, event: str | None) -> None:
    context = small(DTHDT=[float("nan"), day, float("nan")])
    assert made(context, "EVNTDESC")[1] == [event]


def test_an_earlier_rule_goes_before_a_later_one() -> None:
    context = small(LOST=["Y", "Y", "Y"], LIMDT=[200.0, 115.0, 200.0])
    # 01 has an event all the same; of 02 nothing after day 115 counts, so that the start remains; 03 as 02
    assert made(context, "CNSR", "ADT") == [[0.0, 129.0], [3.0, 100.0], [3.0, 100.0]]


def test_cnsr_and_its_reason_may_be_variables_of_the_subject() -> None:
    rule = {"cnsr": {"lookup": "ADSL.EOSN"}, "reason": {"lookup": "ADSL.EOSSTT"}, "at": "start"}
    context = small(EOSN=[4.0, 5.0, 6.0])
    assert made(context, "CNSR", "CNSDTDSC", censor=[rule]) == [[0.0, None], [5.0, "COMPLETED"], [6.0, "ONGOING"]]


def test_a_censoring_date_may_be_capped() -> None:
    rule = {"cnsr": 1, "reason": "ALIVE", "at": {"last": "ADRS.ADT", "capped_at": "ADSL.CAP"}}
    assert made(small(CAP=[105.0, 112.0, 105.0]), "ADT", censor=[rule], events=[]) == [[105.0], [112.0], [100.0]]


def test_the_deciding_record_is_named_by_its_number() -> None:
    context = small({"who": [0, 1], "ADT": [129.0, 120.0], "AVALC": ["PD", "SD"], "SRCSEQ": [7.0, 8.0]})
    assert made(context, "SRCDOM", "SRCVAR", "SRCSEQ")[:2] == [["ADRS", "ADT", 7.0], ["ADRS", "ADT", 8.0]]


SAFETY: dict[str, Any] = {
    **PFS,
    "events": [{"date": {"of": "ADAE.ASTDT", "where": "AESER = 'Y'"}, "reason": "SERIOUS EVENT"}],
    "censor": [{"cnsr": 1, "reason": "ALIVE", "at": {"last": "ADSL.LIMDT"}}],
}


def with_events(**numbers: list[Any]) -> RangeContext:
    """01 had two events, the second serious; 02 a serious one; ADAE takes its records from AE."""
    context = small()
    context.model.datasets["ADAE"] = model_of(ADAE="rows: {events: {from: AE}}").datasets["ADAE"]
    context.parts["ADAE"] = part_of(
        "ADAE", codes(0, 0, 1), ASTDT=[105.0, 107.0, 120.0], AESER=["N", "Y", "Y"], **numbers
    )
    return context


def test_an_event_of_an_analysis_dataset_is_named_by_the_number_of_its_sdtm_record() -> None:
    found = made(with_events(AESEQ=[1.0, 2.0, 1.0]), "SRCDOM", "SRCVAR", "SRCSEQ", **SAFETY)
    assert found == [["ADAE", "ASTDT", 2.0], ["ADAE", "ASTDT", 1.0], ["ADSL", "LIMDT", None]]


def test_aseq_goes_before_the_number_of_the_sdtm_record_and_a_key_before_both() -> None:
    context = with_events(AESEQ=[1.0, 2.0, 1.0], ASEQ=[11.0, 12.0, 13.0], AESPID=[7.0, 8.0, 9.0])
    assert made(context, "SRCSEQ", **SAFETY) == [[12.0], [13.0], [None]]
    chosen = [{**SAFETY["events"][0], "sequence": "AESPID"}]
    assert made(context, "SRCSEQ", **{**SAFETY, "events": chosen}) == [[8.0], [9.0], [None]]


def missed(at_least: object, **more: object) -> dict[str, Any]:
    rule = {"missed_assessments": {"date": "ADRS.ADT", "at_least": at_least, **more}}
    return {"cnsr": 5, "reason": "MISSED", "when": rule, "at": {"last": "ADRS.ADT", "before_event": True}}


VISITS = {"schedule": "tables/visits.csv", "anchor": "ADSL.TRTSDT"}


@pytest.mark.parametrize(("at_least", "cnsr"), [({"setting": "allowed"}, 5.0), (2, 5.0), (3, 0.0)])
def test_an_event_after_missed_assessments_is_set_aside(at_least: object, cnsr: float) -> None:
    """01 was seen on day 110; the visits of days 120 to 125 and 140 to 145 were missed before the event of day 150."""
    context = small({"who": [0, 0], "ADT": [110.0, 150.0], "AVALC": ["SD", "PD"]})
    opened(context.model, {"tables/visits.csv": "OPENS,CLOSES\n5,12\n20,25\n40,45\n60,65\n"})
    censor = [missed(at_least, **VISITS), *PFS["censor"]]
    assert made(context, "CNSR", "ADT", censor=censor)[0] == [cnsr, 110.0 if cnsr else 150.0]


@pytest.mark.parametrize(("gap", "cnsr"), [(39, 5.0), (40, 0.0)])
def test_without_a_schedule_a_long_gap_counts_as_missed(gap: int, cnsr: float) -> None:
    context = small({"who": [0, 0], "ADT": [110.0, 150.0], "AVALC": ["SD", "PD"]})
    assert made(context, "CNSR", censor=[missed(2, gap_days=gap), *PFS["censor"]])[0] == [cnsr]


def test_the_end_of_another_endpoint_with_a_start_of_its_own() -> None:
    context = small()
    first = make_time_to_event(context, TimeToEvent.model_validate(PFS))
    names = [n for n in first.columns if n != "STARTDT"]
    part = part_of("ADTTE.PFS", first.subject)
    part.columns = {n: first.columns[n] for n in names}
    context.parts["ADTTE.PFS"] = part
    context.parts["ADRSP"] = part_of("ADRSP", codes(0), ADT=[110.0])
    duration = TimeToEvent.model_validate({"population": "ADRSP.ADT", "start": "ADRSP.ADT", "end": "ADTTE.PFS"})
    result = make_time_to_event(context, duration)
    assert result.subject.tolist() == [0]
    assert [plain(result.columns[n]) for n in ("STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC")] == [
        [110.0],
        [129.0],
        [20.0],
        [0.0],
        ["PROGRESSION"],
    ]


def test_a_subject_to_which_no_rule_applies_is_an_error() -> None:
    result = make_time_to_event(small(), TimeToEvent.model_validate({**PFS, "censor": PFS["censor"][:1]}))
    assert [(p.rule, p.rows.tolist()) for p in result.problems] == [("TTE_NO_RULE", [1, 2])]
