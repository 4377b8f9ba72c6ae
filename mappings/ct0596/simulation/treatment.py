"""From apheresis to infusion: collection, product, bridging, lymphodepletion and CT0596 itself."""

from __future__ import annotations

from typing import Final

import numpy as np

from .base import NONE, Bools, Floats, Form, Ints, constant, pick, stacked
from .courses import MANUFACTURING
from .dictionaries import DRUG, drug_name
from .people import People

CELLS: Final = np.array([0.0, 150.0, 300.0, 450.0])
ROUTES: Final = {"IV": "Intravenous", "PO": "Oral", "SC": "Subcutaneous"}


def actual_cells(people: People) -> Ints:
    """Cells given as thousandths of the planned dose; one course gets 72 percent."""
    share = 930 + (people.course * 17 + people.block * 29) % 90
    return np.where((people.course == 21) & (people.block == 0), 720, share)


def lots(people: People) -> list[str]:
    """Product lot of each person."""
    return [f"CT0596-{s.replace('-', '')}A" for s in people.subject]


def infusion_minute(people: People) -> Ints:
    """Start of the infusion, minutes after midnight."""
    return 9 * 60 + (people.course * 25 + people.block * 5) % 360


def body_surface(people: People) -> Floats:
    """Body surface area in m2 (Mosteller)."""
    return np.asarray(np.round(np.sqrt(people.height * people.weight / 3600), 2), dtype=np.float64)


def aph(people: People, seed: int) -> Form:
    """Leukapheresis; a few needed a second collection the day after."""
    first = np.flatnonzero(people.apheresis != NONE)
    second = first[people.course[first] % 8 == 4]
    person = np.concatenate([first, second])
    number = np.repeat([1, 2], [len(first), len(second)])
    days = people.apheresis[person] + number - 1
    form = people.form("aph", people.rows(person, "APH", days), seed)
    form.yes_no("APHYN", np.ones(form.size, dtype=bool))
    form.date("APHDAT", days)
    start = 8 * 60 + form.random.integers(0, 240, form.size)
    form.time("APHSTTIM", start)
    form.time("APHENTIM", start + form.random.integers(150, 300, form.size))
    form.number("VOLPROC", form.random.integers(8000, 14000, form.size))
    form.number("CD3CNT", form.random.uniform(1.2, 6.5, form.size), 2)
    form.number("PRODVOL", form.random.integers(90, 240, form.size))
    form.number("APHNO", number)
    form.yes_no("ADEQUATE", (number == 2) | ~np.isin(person, second))
    return form


def prodrel(people: People, seed: int) -> Form:
    """Product release; out of specification where manufacturing failed."""
    who = np.flatnonzero(people.apheresis != NONE)
    failed = people.of("role", MANUFACTURING)[who]
    days = people.apheresis[who] + np.where(failed, 24, 19)
    form = people.form("prodrel", people.rows(who, "APH", days), seed)
    form.add("LOTNO", pick(who, lots(people)))
    form.date("RELDAT", days)
    form.coded("RELSTAT", pick(failed.astype(int), ["RELEASED", "OOS"]),
               {"RELEASED": "Released", "OOS": "Out of specification"})  # fmt: skip
    form.number("CARPOS", np.where(failed, 9.0, form.random.uniform(25, 70, form.size)), 1)
    form.number("VIAB", np.where(failed, 61.0, form.random.uniform(84, 98, form.size)), 1)
    form.number("TOTCELLS", form.random.integers(500, 2000, form.size))
    form.number("VCN", form.random.uniform(1, 4.6, form.size), 2)
    return form


def bridged(people: People) -> Bools:
    """Who received bridging therapy."""
    given: Bools = people.of("bridging", True) & (people.lymphodepletion != NONE)
    return given


def bridge(people: People, seed: int) -> Form:
    """Bridging therapy: one No row, or one row per drug, stopped at least 7 days before lymphodepletion."""
    enrolled = np.flatnonzero(people.enrolled != NONE)
    given = bridged(people)[enrolled]
    person = np.repeat(enrolled, np.where(given, 2, 1))
    yes = bridged(people)[person]
    form = people.form("bridge", people.rows(person, "APH", people.apheresis[person]), seed)
    form.yes_no("BRYN", yes)
    drugs = np.where(form.columns["RECORDPOS"] == "1", DRUG["CYCLOPHOSPHAMIDE"], DRUG["DEXAMETHASONE"])
    drug_name(form, "CMTRT", np.where(yes, drugs, -1))
    cyclo = drugs == DRUG["CYCLOPHOSPHAMIDE"]
    form.add("CMINDC", constant("Disease control", form.size).where(yes))
    form.add("CMAENO", pick(np.full(form.size, -1), []))
    form.add("CMDOSE", pick(np.where(yes, cyclo, -1), ["40", "300"]))
    form.add("CMDOSU", pick(np.where(yes, cyclo, -1), ["mg", "mg/m2"]))
    form.add("CMDOSFRQ", pick(np.where(yes, cyclo, -1), ["QD", "QW"]))
    form.coded("CMROUTE", pick(np.where(yes, cyclo, -1), ["PO", "IV"]), ROUTES)
    form.date("CMSTDAT", np.where(yes, people.apheresis[person] + 2, NONE))
    form.time("CMSTTIM", np.full(form.size, NONE))
    form.date("CMENDAT", np.where(yes, people.apheresis[person] + 12, NONE))
    form.yes_no("CMONGO", np.zeros(form.size, dtype=bool), yes)
    form.coded("CMPURP", pick(np.where(yes, 0, -1), ["OTHER"]), {"OTHER": "Other"})
    form.coded("RESPONSE", pick(np.where(yes, person % 3, -1), ["SD", "PR", "MR"]),
               {"SD": "Stable Disease", "PR": "Partial Response", "MR": "Minimal Response"})  # fmt: skip
    return form


def ld(people: People, seed: int) -> Form:
    """Lymphodepletion, one row per drug per day, again before a re-infusion."""
    who = np.flatnonzero(people.lymphodepletion != NONE)
    again = np.flatnonzero((people.reinfusion != NONE) & (people.reinfusion <= people.last))
    parts = [
        people.rows(persons, f"LD{number + 1}", start[persons] + number, np.full(len(persons), course)).times(2)
        for persons, start, course in ((who, people.lymphodepletion, 0), (again, people.reinfusion - 5, 1))
        for number in range(3)
    ]
    rows = stacked(parts)
    rows = rows.select(np.lexsort([rows.day, rows.person]))
    form = people.form("ld", rows, seed)
    cyclo = form.columns["RECORDPOS"].to_numpy(str) == "2"
    form.add("LDTRT", pick(cyclo.astype(int), ["FLUDARABINE", "CYCLOPHOSPHAMIDE"]))
    form.date("LDDAT", rows.day)
    stopped = people.of("end", "DEATH_LD")[rows.person] & (rows.day == people.lymphodepletion[rows.person] + 2)
    start = np.where(cyclo, 10 * 60 + 30, 9 * 60) + form.random.integers(0, 30, form.size)
    form.time("LDSTTIM", np.where(stopped, NONE, start))
    form.time("LDENTIM", np.where(stopped, NONE, start + np.where(cyclo, 60, 30)))
    plan = np.where(cyclo, 300.0, 30.0)
    surface = body_surface(people)[rows.person]
    form.number("LDPLAN", plan)
    form.number("LDDOSE", np.where(stopped, np.nan, np.round(plan * surface)))
    form.number("BSA", surface, 2)
    form.yes_no("LDGIVEN", ~stopped)
    form.add("LDREAS", constant("Fever, suspected infection", form.size).where(stopped))
    return form


def inf(people: People, seed: int) -> Form:
    """CT0596 infusion; one No row where lymphodepletion was given and the infusion cancelled; 2 is a re-infusion."""
    first = np.flatnonzero(people.lymphodepletion != NONE)
    again = np.flatnonzero((people.reinfusion != NONE) & (people.reinfusion <= people.last))
    person = np.concatenate([first, again])
    number = np.repeat([1, 2], [len(first), len(again)])
    days = np.where(number == 1, people.nominal[person], people.reinfusion[person])
    form = people.form("inf", people.rows(person, "D0", days, number - 1), seed)
    given = people.infused[person]
    form.yes_no("INFYN", given)
    form.date("INFDAT", np.where(given, days, NONE))
    start = infusion_minute(people)[person]
    form.time("INFSTTIM", np.where(given, start, NONE))
    form.time("INFENTIM", np.where(given, start + form.random.integers(15, 40, form.size), NONE))
    planned = CELLS[people.level[person]]
    form.number("PLANCELL", planned)
    form.number("ACTCELL", np.where(given, planned * actual_cells(people)[person] / 1000, np.nan), 1)
    form.number("TOTVOL", np.where(given, form.random.integers(30, 90, form.size), np.nan))
    lot = pick(person, lots(people))
    form.add("LOTNO", lot.where(given))
    paused = given & (people.course[person] % 11 == 5)
    form.yes_no("INTERRUPT", paused, given)
    reason = np.where(~given, 0, np.where(paused, 1, -1))
    form.add("REASON", pick(reason, ["Infection during lymphodepletion", "Infusion paused 5 min: line occlusion"]))
    form.number("INFNO", number)
    return form
