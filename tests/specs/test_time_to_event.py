"""What a ``time_to_event`` refers to, and how it reads as a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from specs.endpoint_model import TimeToEvent
from specs.model import Dataset
from specs.time_to_event import sentence, sequence_of, time_to_event_uses
from specs.uses import Use

PFS: dict[str, Any] = {
    "population": {"of": "ADSL.TRTSDT", "where": "SAFFL = 'Y' and ADEX.DOSED = 'Y'"},
    "start": "ADSL.TRTSDT",
    "events": [
        {"date": {"of": "ADRS.PD.ADT", "where": "AVALC = 'PD'"}, "reason": "PROGRESSION"},
        {"date": "ADSL.DTHDT", "reason": "DEATH", "until": "ADSL.LIMDT"},
    ],
    "censor": [
        {
            "cnsr": 5,
            "reason": "MISSED",
            "when": {
                "missed_assessments": {
                    "date": "ADRS.EV.ADT",
                    "at_least": {"setting": "allowed"},
                    "schedule": "tables/visits.csv",
                    "anchor": "ADSL.ANCHDT",
                    "until": "ADSL.CUTDT",
                }
            },
            "at": {"last": "ADRS.AD.ADT", "before_event": True, "capped_at": "ADSL.CAPDT"},
        },
        {
            "cnsr": 4,
            "reason": "NEW THERAPY",
            "when": "ADSL.NACTDT is not missing",
            "at": {"last": "ADRS.AD.ADT", "until": "ADSL.NACTDT"},
        },
        {"cnsr": 6, "reason": "NONE", "when": {"none": "ADRS.AD.ADT"}, "at": "start"},
        {"cnsr": {"lookup": "ADSL.EOSN"}, "reason": {"lookup": "ADSL.EOS"}, "at": {"last": "ADRS.AD.ADT"}},
    ],
}


def names(given: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted({(u.kind, u.name) for u in time_to_event_uses(TimeToEvent.model_validate(given))})


@pytest.mark.parametrize(
    ("dataset", "variables", "sources", "found"),
    [
        ("AE", {"AESEQ", "AESTDTC"}, ["ae"], "AESEQ"),
        ("ADAE", {"AESEQ", "ASTDT"}, ["AE"], "AESEQ"),
        ("ADAE", {"AESEQ", "ASEQ", "ASTDT"}, ["AE"], "ASEQ"),
        ("ADRS.PD", {"SRCSEQ", "ADT"}, [], "SRCSEQ"),
        ("ADSL", {"DTHDT"}, ["DM"], None),
    ],
)
def test_what_numbers_the_records_of_a_source(
    dataset: str, variables: set[str], sources: list[str], found: str | None
) -> None:
    assert sequence_of(dataset, variables, sources) == found


def test_the_number_of_the_source_is_needed_too() -> None:
    """AESEQ of ADAE is made before the endpoint is; one that is named is needed, another may be missing."""
    adae = Dataset.model_validate({
        "dataset": "ADAE",
        "rows": {"events": {"from": "AE"}},
        "variables": {"ASTDT": {"predecessor": "AE.X"}, "AESEQ": {"predecessor": "AE.AESEQ"}},
    })  # fmt: skip
    given = {**PFS, "events": [{"date": "ADAE.ASTDT", "reason": "EVENT"}], "censor": []}
    spec = TimeToEvent.model_validate(given)
    assert Use("other", "ADAE.AESEQ", optional=True) in list(time_to_event_uses(spec, {"ADAE": adae}))
    given["events"] = [{"date": "ADAE.ASTDT", "reason": "EVENT", "sequence": "AESPID"}]
    spec = TimeToEvent.model_validate(given)
    assert Use("other", "ADAE.AESPID") in list(time_to_event_uses(spec))


def test_every_variable_and_table_that_is_named() -> None:
    """A name in the condition of a date is of the dataset of the date, unless it says which."""
    assert names(PFS) == [
        ("other", "ADEX.DOSED"),
        ("other", "ADRS.AD.ADT"),
        ("other", "ADRS.EV.ADT"),
        ("other", "ADRS.PD.ADT"),
        ("other", "ADRS.PD.AVALC"),
        ("other", "ADSL.ANCHDT"),
        ("other", "ADSL.CAPDT"),
        ("other", "ADSL.CUTDT"),
        ("other", "ADSL.DTHDT"),
        ("other", "ADSL.EOS"),
        ("other", "ADSL.EOSN"),
        ("other", "ADSL.LIMDT"),
        ("other", "ADSL.NACTDT"),
        ("other", "ADSL.SAFFL"),
        ("other", "ADSL.TRTSDT"),
        ("table", "tables/visits.csv"),
    ]


DOR = {"population": "ADRS.RSP.ADT", "start": "ADRS.RSP.ADT", "end": "ADTTE.PFS"}


def test_the_end_of_another_endpoint_needs_its_date_and_its_censoring() -> None:
    assert names(DOR) == [("other", "ADRS.RSP.ADT"), ("other", "ADTTE.PFS.ADT"), ("other", "ADTTE.PFS.CNSR")]


def test_the_sentence_names_events_and_rules_in_their_order() -> None:
    assert sentence(TimeToEvent.model_validate(PFS)) == (
        "From ADSL.TRTSDT to the earliest PROGRESSION (ADRS.PD.ADT where AVALC = 'PD') or "
        "DEATH (ADSL.DTHDT, until ADSL.LIMDT). Otherwise censored by the first that applies: "
        "5 MISSED if the event follows at least setting allowed missed assessments (ADRS.EV.ADT) "
        "at the last ADRS.AD.ADT before the event; "
        "4 NEW THERAPY if ADSL.NACTDT is not missing at the last ADRS.AD.ADT until ADSL.NACTDT; "
        "6 NONE if there is no ADRS.AD.ADT at the start; "
        "ADSL.EOSN ADSL.EOS at the last ADRS.AD.ADT."
    )


def test_the_sentence_of_the_end_of_another_endpoint() -> None:
    assert sentence(TimeToEvent.model_validate(DOR)) == "From ADRS.RSP.ADT to the end of ADTTE.PFS."
