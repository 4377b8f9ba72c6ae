"""What a ``time_to_event`` refers to, and how it reads as a sentence."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from specs.endpoint_model import TimeToEvent
from specs.made import row_uses
from specs.model import Dataset, Rows
from specs.phrases import labelled
from specs.resolve import StudyModel
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


def study() -> StudyModel:
    """A study with a setting and two parameters; only what sentences ask for."""
    parameter = {"dataset": "ADRS.PD", "parameter_of": "ADRS", "variables": {"PARAM": {"value": "Progression"}}}
    datasets = {
        "ADSL": Dataset.model_validate({"dataset": "ADSL", "variables": {"DTHDT": {"label": "Date of Death"}}}),
        "ADRS.PD": Dataset.model_validate(parameter),
        "ADTTE.PFS": Dataset.model_validate({"dataset": "ADTTE.PFS", "parameter_of": "ADTTE"}),
    }
    model = SimpleNamespace(datasets=datasets, setting_names=["allowed"], setting={"allowed": 2}.get)
    return cast(StudyModel, model)


def test_the_sentence_holds_the_population_the_start_events_and_rules_in_their_order() -> None:
    assert sentence(study(), TimeToEvent.model_validate(PFS)) == (
        "One record per subject of ADSL where SAFFL is 'Y' and ADEX.DOSED is 'Y'. STARTDT is ADSL.TRTSDT. "
        "ADT is the earliest event, with CNSR 0 and its EVNTDESC: 'PROGRESSION' at ADRS.PD.ADT where AVALC is 'PD'; "
        "'DEATH' at ADSL.DTHDT, on or before ADSL.LIMDT. "
        "Without an event, or with one that a rule sets aside, censored, with CNSDTDSC, by the first of these rules "
        "that applies: "
        "(1) if between the last ADRS.EV.ADT before it on or before ADSL.CUTDT, or STARTDT if there is none, and the "
        "event at least the study's setting allowed (2) scheduled assessments (tables/visits.csv, in days from "
        "ADSL.ANCHDT) were missed: CNSR 5, CNSDTDSC 'MISSED', at the last ADRS.AD.ADT before the event, but not after "
        "ADSL.CAPDT, or at STARTDT if there is none; "
        "(2) if ADSL.NACTDT is not missing: CNSR 4, CNSDTDSC 'NEW THERAPY', at the last ADRS.AD.ADT on or before "
        "ADSL.NACTDT, or at STARTDT if there is none; "
        "(3) if there is no ADRS.AD.ADT: CNSR 6, CNSDTDSC 'NONE', at STARTDT; "
        "(4) CNSR of ADSL.EOSN, where that has a value, CNSDTDSC of ADSL.EOS, at the last ADRS.AD.ADT, or at STARTDT "
        "if there is none. "
        "AVAL is ADT - STARTDT + 1 in days. SRCDOM, SRCVAR and SRCSEQ name the date that ADT is."
    )


def test_the_sentence_of_the_end_of_another_endpoint() -> None:
    assert sentence(study(), TimeToEvent.model_validate(DOR)) == (
        "One record per subject of ADRS.RSP. STARTDT is ADRS.RSP.ADT. "
        "ADT, CNSR and what describes them are those of ADTTE of PFS. "
        "AVAL is ADT - STARTDT + 1 in days. SRCDOM, SRCVAR and SRCSEQ name the date that ADT is."
    )


def test_labels_stand_behind_the_first_mention() -> None:
    text = "ADRS.PD.ADT and ADRS.PD.AVALC or ADSL.DTHDT and ADSL.DTHDT of ADSL.OTHER"
    assert labelled(study(), text) == (
        "ADRS.PD.ADT (Progression) and ADRS.PD.AVALC or ADSL.DTHDT (Date of Death) and ADSL.DTHDT of ADSL.OTHER"
    )


def test_what_makes_records_names_what_it_needs() -> None:
    """So the reviewer's guide names ADAE as needed, though no row is ``from`` it."""
    row = Rows.model_validate({"derive": "first_occurrence", "with": {"date": "ADAE.ASTDT", "population": "ADSL.X"}})
    assert [u.name for u in row_uses(row)] == ["ADAE.ASTDT", "ADSL.X"]
    endpoint = Rows.model_validate({"time_to_event": DOR})
    assert {u.name for u in row_uses(endpoint)} == {"ADRS.RSP.ADT", "ADTTE.PFS.ADT", "ADTTE.PFS.CNSR"}
    assert list(row_uses(Rows.model_validate({"from": "ae"}))) == []
