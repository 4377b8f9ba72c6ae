"""Response, progression and time to event of whole subjects: rules R-01 to R-13 (design basis 4.3, 4.4).

Every row of the scenario table goes through the transforms, all subjects at once; thousands of random histories are
compared with ``endpoint_rules``, which follows the text of the rules for one subject, step by step.
"""

from __future__ import annotations

import csv
import random
import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.transforms.endpoint_rules import DISPOSITION, LEVELS, TARGETS, WIDTHS, Subject, expected_of
from transforms.assessments import Dates, Days, Schedule
from transforms.columns import plain, text
from transforms.per_subject import best_response, first_response_at_least, last_assessment
from transforms.registry import Made, Related
from transforms.response import confirmed_response, evaluable_assessments, first_progression
from transforms.time_to_event import AtLast, AtStart, Censoring, Event, MissedAssessments, time_to_event, with_end_of

SCENARIOS = Path(__file__).parents[2] / ".." / "shared" / "ct0596" / "response_scenarios.csv"
EPOCH = date(1960, 1, 1)
CRITERIA: dict[str, Any] = {"levels": LEVELS, "progression": "PD", "immediate": ["IMAGING", "MARROW", "CLINICAL"]}
BASES = {"BIO": "SERUM;URINE", "IMG": "SERUM;IMAGING", "MARROW": "MARROW", "CLIN": "CLINICAL"}
SCHEDULE = Schedule(np.subtract(TARGETS, WIDTHS).astype(float), np.add(TARGETS, WIDTHS).astype(float))
# ---- the transforms, on all subjects at once ------------------------------------------------------------------------


def _related(name: str, values: list[Any], subject: list[int]) -> Related:
    column = pd.Series(np.array([np.nan if v is None else v for v in values], dtype=np.float64))
    return _of(name, column, subject)


def _of(name: str, column: Any, subject: list[int]) -> Related:
    return Related(name, column, np.array(subject, dtype=np.int64), np.arange(len(subject), dtype=np.int64))


def _column(made: Made, parameter: str, variable: str) -> Related:
    return Related(f"{parameter}.{variable}", made.columns[variable], made.subject, np.arange(len(made.subject)))


def _among(people: Related, kept: np.ndarray[Any, Any]) -> Related:
    rows = np.flatnonzero(kept)
    return Related(people.name, people.values.iloc[rows].reset_index(drop=True), people.subject[rows], rows)


def _derived(subjects: list[Subject]) -> dict[str, Made]:
    """All parameters of all subjects."""
    records = [(i, *a) for i, s in enumerate(subjects) for a in s.assessments]
    owner = [r[0] for r in records]
    everyone = list(range(len(subjects)))

    def adsl(name: str, values: list[Any]) -> Related:
        return _related(f"ADSL.{name}", values, everyone)

    trtsdt = adsl("TRTSDT", [s.trtsdt for s in subjects])
    infused = _among(trtsdt, trtsdt.values.notna().to_numpy())
    aphdt = adsl("APHDT", [s.aphdt for s in subjects])
    death = adsl("DTHDT", [s.dthdt for s in subjects])
    given: dict[str, Any] = {
        **CRITERIA,
        "date": _related("ADRS.OVR.ADT", [r[1] for r in records], owner),
        "response": _of("ADRS.OVR.AVALC", text([r[2] for r in records]), owner),
        "basis": [_of("ADRS.OVR.PDBASIS", text([r[3] for r in records]), owner)],
        "cut": adsl("DCUTDT", [s.cut for s in subjects]),
        "disease_death": _among(death, np.array([s.by_disease for s in subjects], dtype=np.bool_)),
        "sequence": _related("ADRS.OVR.RSSEQ", list(range(1, len(records) + 1)), owner),
    }
    first = adsl("FIRSTDT", [s.aphdt if s.trtsdt is None else s.trtsdt for s in subjects])
    limited = {**given, "start": first, "limit": adsl("LIMDT", [s.limit for s in subjects])}
    strict = {**given, "start": aphdt}
    made = {
        "COVR": confirmed_response(**limited, stable="SD", population=infused),
        "PD": first_progression(**limited, population=aphdt),
        "PDU": first_progression(**limited, population=aphdt, confirmed=False),
        "EVAL": evaluable_assessments(**limited),
        "ADEQ": evaluable_assessments(**limited, adequate=True),
        "PDSTR": first_progression(**strict, population=aphdt),
        "ADEQSTR": evaluable_assessments(**strict, adequate=True),
    }
    adt, covr = _column(made["COVR"], "ADRS.COVR", "ADT"), _column(made["COVR"], "ADRS.COVR", "AVALC")
    reported = _column(made["COVR"], "ADRS.COVR", "_REPORTED")
    made["CBOR"] = best_response(adt, covr, infused, LEVELS, none="NE")
    made["BOR"] = best_response(adt, reported, infused, LEVELS, none="NE")
    made["RSP"] = first_response_at_least(adt, covr, infused, LEVELS, "PR")
    made["CBRSP"] = first_response_at_least(adt, covr, infused, LEVELS, "MR")
    adeq = made["ADEQ"]
    made["LSTA"] = last_assessment(_column(adeq, "ADRS.ADEQ", "ADT"), _column(adeq, "ADRS.ADEQ", "AVALC"), aphdt)
    return made | _endpoints(subjects, made, aphdt, trtsdt, death)


def _endpoints(
    subjects: list[Subject], made: dict[str, Made], aphdt: Related, trtsdt: Related, death: Related
) -> dict[str, Made]:
    everyone, infused = aphdt.subject, np.flatnonzero(trtsdt.values.notna().to_numpy())
    dates = {p: Dates.of_related(_column(made[p], f"ADRS.{p}", "ADT")) for p in ("PD", "EVAL", "ADEQ", "RSP")}
    strict = {p: Dates.of_related(_column(made[p], f"ADRS.{p}", "ADT")) for p in ("PDSTR", "ADEQSTR")}
    start = Dates.of_related(aphdt)
    deaths = Dates.of_related(death)
    cut = np.array([s.cut for s in subjects], dtype=np.float64)
    pfs = time_to_event(everyone, start, *_pfs(subjects, everyone, dates, deaths))
    responder = made["RSP"].subject[(made["RSP"].columns["AVALC"] == "Y").to_numpy()]
    contact = Dates.of_related(_related("ADSL.LSTALVDT", [s.lstalvdt for s in subjects], list(everyone)))
    cuts = Dates.of_related(_related("ADSL.DCUTDT", [s.cut for s in subjects], list(everyone)))
    alive = _by_disposition(subjects, {8: 1})
    dead = ~np.isnan(deaths.at(deaths.first(everyone)))
    return {
        "PFS": pfs,
        "PFSINF": time_to_event(infused, Dates.of_related(trtsdt), *_pfs(subjects, infused, dates, deaths)),
        "PFSSTR": time_to_event(everyone, start, *_pfs_strict(subjects, strict, deaths, cut)),
        "OS": time_to_event(
            everyone,
            start,
            [Event(deaths, "DEATH", cut)],
            [
                Censoring(1, "ALIVE AT DATA CUT", AtLast(deaths, capped_at=cuts), when=dead),
                Censoring(alive, "ALIVE", AtLast(contact, capped_at=cuts)),
            ],
        ),
        "DOR": with_end_of(responder, dates["RSP"], pfs, "ADTTE.PFS"),
        "TTRESP": time_to_event(responder, start, [Event(dates["RSP"], "RESPONSE")], []),
    }


def _pfs(
    subjects: list[Subject], who: np.ndarray[Any, Any], dates: dict[str, Dates], deaths: Dates
) -> tuple[list[Event], list[Censoring]]:
    """R-10, as the fragment of the design writes it."""

    def along(values: list[Any]) -> Days:
        every = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        theirs: Days = every[who]
        return theirs

    limit, reinfused = along([s.limit for s in subjects]), along([s.reinfdt for s in subjects])
    cut = along([s.cut for s in subjects])
    missed = MissedAssessments(dates["EVAL"], 2, SCHEDULE, along([s.trtsdt for s in subjects]), limit, 182)
    none = dates["ADEQ"].first(who) < 0
    events = [Event(dates["PD"], "DISEASE PROGRESSION"), Event(deaths, "DEATH", np.fmin(limit, cut))]
    last = AtLast(dates["ADEQ"], until=limit)
    return events, [
        Censoring(5, "MISSED ASSESSMENTS", AtLast(dates["ADEQ"], before_event=True), when=missed),
        Censoring(7, "RE-INFUSION", last, when=limit == reinfused),
        Censoring(4, "NEW ANTI-MYELOMA THERAPY", last, when=~np.isnan(limit)),
        Censoring(6, "NO ADEQUATE POST-START ASSESSMENT", AtStart(), when=none),
        Censoring(_by_disposition(subjects)[who], text([DISPOSITION[subjects[i].eos][1] for i in who]), last),
    ]


def _pfs_strict(
    subjects: list[Subject], dates: dict[str, Dates], deaths: Dates, cut: Days
) -> tuple[list[Event], list[Censoring]]:
    none = dates["ADEQSTR"].first(np.arange(len(subjects))) < 0
    events = [Event(dates["PDSTR"], "DISEASE PROGRESSION"), Event(deaths, "DEATH", cut)]
    return events, [
        Censoring(6, "NO ADEQUATE POST-START ASSESSMENT", AtStart(), when=none),
        Censoring(_by_disposition(subjects), "NO EVENT", AtLast(dates["ADEQSTR"])),
    ]


def _by_disposition(subjects: list[Subject], other: dict[int, int] | None = None) -> Days:
    codes = [DISPOSITION[s.eos][0] for s in subjects]
    return np.array([(other or {}).get(c, c) for c in codes], dtype=np.float64)


# ---- comparing ------------------------------------------------------------------------------------------------------


def _by_subject(made: Made, *variables: str) -> dict[int, tuple[Any, ...]]:
    columns = [plain(made.columns[v]) for v in variables]
    return {int(s): tuple(row) for s, *row in zip(made.subject, *columns, strict=True)}


def _check(subjects: list[Subject]) -> None:
    made = _derived(subjects)
    found = {p: _by_subject(made[p], "ADT") for p in ("PD", "PDU", "LSTA", "RSP", "CBRSP")}
    bests = {p: _by_subject(made[p], "AVALC", "ADT") for p in ("CBOR", "BOR")}
    tte = {p: _by_subject(made[p], "STARTDT", "ADT", "CNSR", "EVNTDESC") for p in ("PFS", "PFSINF", "PFSSTR")}
    overall, duration = (
        _by_subject(made["OS"], "ADT", "CNSR"),
        _by_subject(made["DOR"], "STARTDT", "ADT", "CNSR", "AVAL"),
    )
    to_response = _by_subject(made["TTRESP"], "AVAL")
    covr: dict[int, list[tuple[Any, Any]]] = {}
    for owner, day, level in zip(
        made["COVR"].subject, plain(made["COVR"].columns["ADT"]), plain(made["COVR"].columns["AVALC"]), strict=True
    ):
        covr.setdefault(int(owner), []).append((day, level))
    for i, subject in enumerate(subjects):
        expected = expected_of(subject)
        got = {p: v[i][0] for p, v in found.items() if i in v}
        got |= {p: v[i] for p, v in (bests | tte).items() if i in v}
        got |= {"OS": overall[i]}
        got |= {"DOR": duration[i]} if i in duration else {}
        got |= {"TTRESP": to_response[i][0]} if i in to_response else {}
        got |= {"COVR": covr.get(i, [])} if subject.trtsdt is not None else {}
        assert got == expected, f"{subject}"


def _days(day: str) -> int | None:
    return (date.fromisoformat(day) - EPOCH).days if day else None


def _iso(day: float | None) -> str:
    return "" if day is None else (EPOCH + timedelta(int(day))).isoformat()


def _scenario(row: dict[str, str]) -> Subject:
    """A row of the table as it stands after the data cut (R-16): later rows are gone, life after it is known."""
    cut = _days(row["dcutdt"])
    assert cut is not None
    assessments = []
    for part in filter(None, (p.strip() for p in row["assessments"].split(";"))):
        match = re.fullmatch(r"(\S+) (\w+)(?:\((\w+)\))?", part)
        assert match is not None, part
        assessments.append((_days(match[1]) or 0, match[2], BASES[match[3]] if match[3] else ""))
    until: dict[str, int | None] = {}
    for name in ("nactdt", "reinfdt", "eosdt"):
        day = _days(row[name])
        until[name] = day if day is not None and day <= cut else None
    contact = _days(row["lstalvdt"])
    return Subject(
        tuple(assessments),
        _days(row["aphdt"]) or 0,
        _days(row["trtsdt"]),
        cut,
        until["nactdt"],
        until["reinfdt"],
        _days(row["dthdt"]),
        row["dth_by_myeloma"] == "Y",
        row["eos"] if until["eosdt"] is not None or not row["eosdt"] else "ONGOING",
        None if contact is None else min(contact, cut),
    )


def _rows() -> list[dict[str, str]]:
    if not SCENARIOS.exists():
        return []
    with SCENARIOS.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def scenario_values() -> list[dict[str, str]]:
    """What the transforms give for every row, in the columns of the table; no record: NO RECORD."""
    subjects = [_scenario(row) for row in _rows()]
    made = _derived(subjects)
    result: list[dict[str, str]] = [{} for _ in subjects]

    def fill(parameter: str, columns: dict[str, str], record: str | None = None) -> None:
        found = _by_subject(made[parameter], *columns.values())
        for i, values in enumerate(result):
            if i in found:
                texts = [_iso(v) if c[-2:] == "DT" else v for v, c in zip(found[i], columns.values(), strict=True)]
                shown = ["" if t is None else str(int(t)) if isinstance(t, float) else t for t in texts]
                values.update(zip(columns, shown, strict=True))
            else:
                values[record or next(iter(columns))] = "NO RECORD"

    fill("CBOR", {"cbor": "AVALC", "cbordt": "ADT"})
    fill("BOR", {"bor": "AVALC"})
    fill("RSP", {"rsp": "AVALC", "rspdt": "ADT"})
    fill("PD", {"pd": "AVALC", "pddt": "ADT"})
    fill("PFS", {"pfs_adt": "ADT", "pfs_cnsr": "CNSR", "pfs_aval": "AVAL", "pfs_evntdesc": "EVNTDESC"})
    fill("DOR", {"dor_startdt": "STARTDT", "dor_adt": "ADT", "dor_cnsr": "CNSR", "dor_aval": "AVAL"}, "dor_adt")
    fill("TTRESP", {"ttresp_aval": "AVAL"})
    fill("OS", {"os_adt": "ADT", "os_cnsr": "CNSR", "os_aval": "AVAL"})
    return result


INPUTS = {"id", "purpose", "assessments", "aphdt", "ldsdt", "trtsdt", "dcutdt", "nactdt", "reinfdt", "dthdt"}
INPUTS |= {"dth_by_myeloma", "eos", "eosdt", "lstalvdt", "note"}


@pytest.mark.skipif(not SCENARIOS.exists(), reason="the scenario table is not beside the checkout (../shared/ct0596)")
@pytest.mark.parametrize("number", range(len(_rows())), ids=[r["id"] for r in _rows()])
def test_scenario(number: int, scenario_values: list[dict[str, str]]) -> None:
    row = _rows()[number]
    expected = {name: value for name, value in row.items() if name not in INPUTS and value}
    got = {name: scenario_values[number].get(name, "") for name in expected}
    assert got == expected, row["purpose"]


# ---- random histories -----------------------------------------------------------------------------------------------


def _crowded_subject(source: random.Random) -> Subject:
    """Few days to choose from: dates collide with each other, the start, the limit, the cut and the death."""
    few = [source.choice([100, 101, 128, 129, source.randint(130, 720)]) for _ in range(4)]
    days = [*few, few[-1] + 1]
    assessments = []
    for _ in range(source.randint(0, 8)):
        name = source.choice([*LEVELS, "PD", "PD", "NE", "ND"])
        assessments.append((source.choice(days), name, source.choice(list(BASES.values()))))
    someday = [None, None, *days, source.randint(130, 900)]
    new_therapy, reinfused, died, contact = (source.choice(someday) for _ in range(4))
    return Subject(
        tuple(assessments), 100, source.choice([None, 128, 128]), source.choice([700, 700, *days]),
        new_therapy, reinfused, died, source.random() < 0.5, source.choice(list(DISPOSITION)), contact,
    )  # fmt: skip


def _random_subject(source: random.Random) -> Subject:
    """A history like those of a trial: visits near their targets, a few strays."""
    trtsdt = None if source.random() < 0.1 else 128
    days = sorted((trtsdt or 110) + t + source.randint(-w - 2, w + 2) for t, w in zip(TARGETS, WIDTHS, strict=True))
    days = [d for d in days[: source.randint(0, 10)] if source.random() < 0.7]
    level, assessments = source.randint(0, 6), []
    for day in days:
        level = min(6, max(0, level + source.choice([-1, 0, 0, 0, 1, 2])))
        name = "NE" if source.random() < 0.1 else LEVELS[level]
        assessments.append((day, name, source.choice(list(BASES.values())) if name == "PD" else ""))
        if source.random() < 0.1:
            assessments.append((day, source.choice([*LEVELS, "NE"]), "SERUM"))

    def maybe(chance: float) -> int | None:
        return source.choice([*days, source.randint(130, 800)]) if source.random() < chance else None

    return Subject(
        tuple(assessments), 100, trtsdt, 700, maybe(0.3), maybe(0.1), maybe(0.3), source.random() < 0.5,
        source.choice(list(DISPOSITION)), maybe(0.8),
    )  # fmt: skip


@pytest.mark.parametrize("history", [_random_subject, _crowded_subject])
def test_ten_thousand_histories_follow_the_rules(history: Callable[[random.Random], Subject]) -> None:
    source = random.Random(596)
    _check([history(source) for _ in range(10_000)])


def test_many_subjects_take_little_time() -> None:
    source = random.Random(1)
    subjects = [_random_subject(source) for _ in range(2000)] * 24
    begin = time.process_time()
    _derived(subjects)
    assert time.process_time() - begin < 8  # 1.6 s alone, more than half of it to make the inputs; shared cores vary


def test_no_subject_and_no_record_are_no_trouble() -> None:
    _check([Subject((), 100, 128, 700)])
    _check([Subject((), 100, None, 700)])
