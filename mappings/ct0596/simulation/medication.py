"""Concomitant medication (with what it treats) and subsequent anti-myeloma therapy."""

from __future__ import annotations

import numpy as np

from .base import NONE, Form, Ints, pick
from .courses import MANUFACTURING
from .dictionaries import DRUG, TERMS, drug_name
from .events import CRS, ICANS, Events
from .people import People
from .screening import RESPONSES
from .treatment import ROUTES

PURPOSES = {"CRS": "Treatment for CRS", "ICANS": "Treatment for ICANS", "PROPHYLAXIS": "Prophylaxis", "OTHER": "Other"}
# drug, dose, unit, frequency, route, purpose
GIVEN = (
    ("TOCILIZUMAB", "8", "mg/kg", "ONCE", "IV", "CRS"),
    ("DEXAMETHASONE", "10", "mg", "Q6H", "IV", "CRS"),
    ("DEXAMETHASONE", "10", "mg", "Q6H", "IV", "ICANS"),
    ("FILGRASTIM", "300", "ug", "QD", "SC", "OTHER"),
    ("PIPERACILLIN;TAZOBACTAM", "4.5", "g", "Q8H", "IV", "OTHER"),
    ("IMMUNOGLOBULINS NOS", "0.4", "g/kg", "ONCE", "IV", "OTHER"),
    ("ACICLOVIR", "400", "mg", "BID", "PO", "PROPHYLAXIS"),
    ("SULFAMETHOXAZOLE;TRIMETHOPRIM", "1 tab", "", "QD", "PO", "PROPHYLAXIS"),
    ("LEVETIRACETAM", "500", "mg", "BID", "PO", "PROPHYLAXIS"),
    ("PARACETAMOL", "500-1000", "mg", "PRN", "PO", "OTHER"),
    ("AMLODIPINE", "5", "mg", "QD", "PO", "OTHER"),
)


def cm(people: People, events: Events, seed: int) -> Form:
    """Concomitant medication log: treatments of adverse events name the events' numbers, prophylaxis names none."""
    treats = {
        0: (events.term == CRS) & (events.grade >= 2),
        1: (events.term == CRS) & (events.grade >= 3),
        2: (events.term == ICANS) & (events.grade >= 2),
        3: events.of("Neutropenia") & (events.grade >= 3),
        4: events.of("Pneumonia", "Febrile neutropenia", "Septic shock"),
        5: events.of("Hypogammaglobulinaemia"),
        9: events.of("Headache", "Pyrexia"),
    }
    item = np.concatenate([np.full(int(m.sum()), k) for k, m in treats.items()])
    event = np.concatenate([np.flatnonzero(m) for m in treats.values()])
    treated = np.flatnonzero(people.lymphodepletion != NONE)
    enrolled = np.flatnonzero((people.enrolled != NONE) & (people.course % 3 == 1))
    person = np.concatenate([events.person[event], np.tile(treated, 3), enrolled])
    item = np.concatenate([item, np.repeat([6, 7, 8], len(treated)), np.full(len(enrolled), 10)])
    event = np.concatenate([event, np.full(3 * len(treated) + len(enrolled), -1)])
    start = np.where(event >= 0, events.start[event], people.lymphodepletion[person])
    start = np.where(item == 10, people.consent[person] - 700, np.where((item == 0) | (item == 1), start + 1, start))
    finish = np.where(event >= 0, np.maximum(events.end[event], start), start + np.where(item == 8, 35, 180))
    once = np.isin(item, [0, 5])
    finish = np.where(once, start, finish)
    open_ended = (finish > people.last[person]) | (item == 10) | (event >= 0) & (events.end[event] == NONE) & ~once
    kept = start <= people.last[person]
    order = np.flatnonzero(kept)[np.lexsort([item[kept], start[kept], person[kept]])]
    person, item, event, start, finish, open_ended = (
        v[order] for v in (person, item, event, start, finish, open_ended))  # fmt: skip
    return _cm_form(people, events, (person, item, event), (start, np.where(open_ended, NONE, finish)), seed)


def _cm_form(
    people: People, events: Events, keys: tuple[Ints, Ints, Ints], dates: tuple[Ints, Ints], seed: int
) -> Form:
    (person, item, event), (start, finish) = keys, dates
    form = people.form("cm", people.rows(person, "LOG", np.maximum(start, people.consent[person])), seed)
    drug_name(form, "CMTRT", np.array([DRUG[g[0]] for g in GIVEN])[item])
    reasons = [t.english for t in TERMS]
    words = [*reasons, "Infection prophylaxis", "Seizure prophylaxis", "Hypertension"]
    other = np.select([item == 8, item == 10], [len(reasons) + 1, len(reasons) + 2], len(reasons))
    form.add("CMINDC", pick(np.where(event >= 0, events.term[event], other), words))
    form.add("CMAENO", pick(np.where(event >= 0, events.number[event], 0), ["", *map(str, range(1, 60))]))
    for name, position in {"CMDOSE": 1, "CMDOSU": 2, "CMDOSFRQ": 3}.items():
        form.add(name, pick(item, [g[position] for g in GIVEN]))
    form.coded("CMROUTE", pick(item, [g[4] for g in GIVEN]), ROUTES)
    home = item == 10
    form.date("CMSTDAT", start, np.where(home, form.random.choice([1, 2], form.size), 3))
    form.time("CMSTTIM", np.where(np.isin(item, [0, 1, 2]), form.random.integers(600, 1400, form.size), NONE))
    form.date("CMENDAT", finish, np.where(form.random.random(form.size) < 0.05, 2, 3))
    form.yes_no("CMONGO", finish == NONE)
    form.coded("CMPURP", pick(item, [g[5] for g in GIVEN]), PURPOSES)
    return form


def nact(people: People, seed: int) -> Form:
    """Subsequent anti-myeloma therapy; the start of a few is known to the month only."""
    who = np.flatnonzero((people.new_therapy != NONE) & (people.new_therapy <= people.last))
    person = np.repeat(who, 2)
    form = people.form("nact", people.rows(person, "LOG", people.new_therapy[person]), seed)
    second = np.tile([False, True], len(who))
    form.number("LINE", 5 + people.course[person] % 2)
    form.add("REGIMEN", pick(people.course[person] % 2, ["Sd", "Tec-dex"]))
    main = np.where(people.course[person] % 2 == 0, DRUG["SELINEXOR"], DRUG["TECLISTAMAB"])
    drug_name(form, "TRT", np.where(second, DRUG["DEXAMETHASONE"], main))
    form.coded("TYPE", pick(np.zeros(form.size, dtype=np.int64), ["DRUG"]), {"DRUG": "Drug"})
    form.date("NASTDAT", people.new_therapy[person], np.where(people.course[person] == 1, 2, 3))
    stopped = people.death[person] != NONE
    form.date("ENDAT", np.where(stopped, people.death[person] - 5, NONE))
    form.coded("BESTRESP", pick(np.where(stopped, 6, 9), list(RESPONSES)), RESPONSES)
    form.date("PDDAT", np.where(stopped, people.death[person] - 20, NONE))
    form.coded("REASEND", pick(np.where(stopped, 0, -1), ["PD"]), {"PD": "Progressive disease"})
    form.yes_no("REFRACT", stopped, stopped)
    failed = people.of("role", MANUFACTURING)[person].astype(int)
    form.add("NAREAS", pick(failed, ["Progressive disease", "CT0596 could not be manufactured"]))
    return form
