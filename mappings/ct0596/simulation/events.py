"""Adverse events, the detail forms of CRS and ICANS, and the safety database's version of the serious ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .base import CUT, EXTRACT, NONE, PROJECT, YES_NO, Bools, File, Form, Ints, cumulative_count, generator, iso, pick
from .dictionaries import TERM, TERMS, event_term
from .labs import nadirs
from .people import People

OUTCOMES: Final = {
    "RECOVERED/RESOLVED": "Recovered/Resolved",
    "NOT RECOVERED/NOT RESOLVED": "Not recovered/Not resolved",
    "RECOVERING/RESOLVING": "Recovering/Resolving",
    "RECOVERED/RESOLVED WITH SEQUELAE": "Recovered/Resolved with sequelae",
    "FATAL": "Fatal",
    "UNKNOWN": "Unknown",
}
INTEREST: Final = ("NONE", "CRS", "ICANS", "HLH", "INFECTION", "CYTOPENIA", "SPM")
CRS, ICANS = TERM["Cytokine release syndrome"], TERM["Immune effector cell-associated neurotoxicity syndrome"]
# preferred term: share of the infused, days after infusion (from, to), days it lasts, shares of grade 1 to 4
COMMON: Final = {
    "Febrile neutropenia": (0.25, 3, 20, 5, (0, 0, 0.9, 0.1)),
    "Pneumonia": (0.15, 12, 150, 14, (0, 0.3, 0.6, 0.1)),
    "Upper respiratory tract infection": (0.3, 30, 300, 8, (0.4, 0.6, 0, 0)),
    "Herpes zoster": (0.06, 60, 300, 15, (0.2, 0.8, 0, 0)),
    "Pyrexia": (0.15, -27, -6, 2, (0.8, 0.2, 0, 0)),
    "Fatigue": (0.4, -5, 20, 30, (0.6, 0.4, 0, 0)),
    "Nausea": (0.5, -5, 2, 5, (0.6, 0.4, 0, 0)),
    "Diarrhoea": (0.25, -3, 25, 4, (0.6, 0.3, 0.1, 0)),
    "Headache": (0.2, 1, 12, 3, (0.8, 0.2, 0, 0)),
    "Hypokalaemia": (0.3, 1, 12, 4, (0.5, 0.2, 0.3, 0)),
    "Hypocalcaemia": (0.2, -28, -26, 1, (0.9, 0.1, 0, 0)),
    "Alanine aminotransferase increased": (0.2, 4, 15, 12, (0.6, 0.3, 0.1, 0)),
    "Hypogammaglobulinaemia": (0.4, 25, 60, 200, (0.2, 0.8, 0, 0)),
    "Haemophagocytic lymphohistiocytosis": (0.04, 8, 16, 14, (0, 0, 0.7, 0.3)),
    "Rash": (0.12, 0, 40, 10, (0.8, 0.2, 0, 0)),
    "Myelodysplastic syndrome": (0.02, 200, 400, 999, (0, 0, 0.6, 0.4)),
}
CYTOPENIAS: Final = {"Neutropenia": "NEUT", "Thrombocytopenia": "PLAT", "Anaemia": "HGB", "Lymphopenia": "LYM"}


@dataclass(frozen=True)
class Events:
    """Adverse events sorted by person and onset; number is AESPID."""

    person: Ints
    term: Ints
    start: Ints
    end: Ints
    grade: Ints
    number: Ints

    def of(self, *terms: str) -> Bools:
        """Events with one of these preferred terms."""
        return np.isin(self.term, [TERM[t] for t in terms])


def make_events(people: People, seed: int) -> Events:
    """Every adverse event; none starts after the person's last day, those open at death or the extract have no end."""
    random = generator(seed, "events")
    size, everyone = len(people), np.arange(len(people))
    parts: list[tuple[Ints, int, Ints, Ints, Ints]] = []

    def put(who: Bools, term: int, start: Ints, length: Ints, grade: Ints) -> None:
        parts.append((everyone[who], term, start[who], length[who], grade[who]))

    treated, onset = people.infused, people.crs_onset
    put(treated & (people.crs > 0), CRS, onset, random.integers(3, 8, size), people.crs)
    put(treated & (people.icans > 0), ICANS, onset + 2, random.integers(2, 6, size), people.icans)
    low = nadirs(people, seed)
    bounds = {"NEUT": (0.0, 0, 0.9, 0.96), "PLAT": (0.5, 0.6, 0.7, 0.85), "HGB": (0.14, 0.18, 0.26, 9),
              "LYM": (0, 0, 0, 0.95)}  # fmt: skip
    for name, test in CYTOPENIAS.items():
        grade = np.searchsorted(bounds[test][1:], low[test]).astype(np.int64) + 1
        start = people.nominal + random.integers(-2, 4, size)
        put(
            treated & (low[test] > bounds[test][0]),
            TERM[name],
            start,
            np.round(low["recovery"] * 1.8).astype(np.int64),
            grade,
        )
    for name, (share, first, last, usual, weights) in COMMON.items():
        start = people.nominal + random.integers(first, last + 1, size)
        lasting = np.maximum(1, np.round(usual * random.uniform(0.5, 1.5, size))).astype(np.int64)
        who = (treated | (people.apheresis != NONE) & (last < 0)) & (random.random(size) < share)
        put(who, TERM[name], start, lasting, random.choice([1, 2, 3, 4], size, p=weights))
    fatal = people.of("end", "DEATH_AE") | people.of("end", "DEATH_LD")
    early = np.where(people.of("end", "DEATH_LD"), people.lymphodepletion + 2, people.death - 6)
    put(fatal, TERM["Septic shock"], early, np.full(size, 999), np.full(size, 5))
    person = np.concatenate([p[0] for p in parts])
    start, length, grade = (np.concatenate([p[i] for p in parts]).astype(np.int64) for i in (2, 3, 4))
    term = np.repeat([p[1] for p in parts], [len(p[0]) for p in parts])
    kept = (start <= people.last[person]) & (start >= people.consent[person])
    order = np.lexsort([term[kept], start[kept], person[kept]])
    person, term, start, length, grade = (v[kept][order] for v in (person, term, start, length, grade))
    end = start + length - 1
    end = np.where((end > people.last[person]) | (length > 900), NONE, end)
    end = np.where(grade == 5, people.death[person], end)
    return Events(person, term, start, end, grade, cumulative_count(person) + 1)


def serious(events: Events) -> Bools:
    """Grade 4 other than a blood count, fatal, or in hospital for CRS, ICANS or infection of grade 3."""
    counts = events.of(*CYTOPENIAS)
    inpatient = events.of("Pneumonia", "Febrile neutropenia", TERMS[CRS].pt, TERMS[ICANS].pt) & (events.grade >= 3)
    return np.asarray((events.grade == 5) | ((events.grade == 4) & ~counts) | inpatient)


def limiting(people: People, events: Events) -> Bools:
    """Dose-limiting: ICANS of grade 3 or higher within 28 days."""
    early = events.start <= people.nominal[events.person] + 28
    return np.asarray((events.term == ICANS) & (events.grade >= 3) & early)


def _interest(events: Events) -> Ints:
    groups = {1: (TERMS[CRS].pt,), 2: (TERMS[ICANS].pt,), 3: ("Haemophagocytic lymphohistiocytosis",),
              4: ("Pneumonia", "Upper respiratory tract infection", "Septic shock", "Herpes zoster"),
              5: (*CYTOPENIAS, "Febrile neutropenia"), 6: ("Myelodysplastic syndrome",)}  # fmt: skip
    return np.select([events.of(*names) for names in groups.values()], list(groups), 0)


def ae(people: People, events: Events, seed: int) -> Form:
    """The adverse event log."""
    person, start = events.person, events.start
    form = people.form("ae", people.rows(person, "LOG", np.minimum(start + 3, EXTRACT)), seed)
    random, size = form.random, form.size
    ongoing = events.end == NONE
    form.number("AESPID", events.number)
    event_term(form, "AETERM", events.term)
    known = np.where(events.of("Fatigue", "Nausea", "Rash", "Headache") & (random.random(size) < 0.25), 2, 3)
    form.date("AESTDAT", start, known)
    acute = np.isin(events.term, [CRS, ICANS]) & (known == 3)
    form.time("AESTTIM", np.where(acute, random.integers(600, 1439, size), NONE))
    form.date("AEENDAT", events.end, np.where(events.of("Fatigue") & (random.random(size) < 0.3), 2, 3))
    form.time("AEENTIM", np.where(acute & ~ongoing, random.integers(360, 1200, size), NONE))
    form.yes_no("AEONGO", ongoing)
    form.number("AEGR", events.grade)
    scale = np.isin(events.term, [CRS, ICANS]).astype(int)
    form.coded("AEGRSCL", pick(scale, ["CTCAE5", "ASTCT"]), {"CTCAE5": "CTCAE v5.0", "ASTCT": "ASTCT 2019"})
    form.add("AESI", pick(_interest(events), INTEREST))
    before = (start < people.nominal[person]) | ~people.infused[person]
    depleted = (start >= people.lymphodepletion[person]) & (people.lymphodepletion[person] != NONE)
    relations = {"AEREL_CT": ~before & (scale.astype(bool) | (random.random(size) < 0.6)),
                 "AEREL_LD": depleted & ~scale.astype(bool) & (random.random(size) < 0.6),
                 "AEREL_APH": start <= people.apheresis[person] + 2,
                 "AEREL_BR": before & ~depleted & (random.random(size) < 0.2)}  # fmt: skip
    for name, yes in relations.items():
        form.coded(name, pick(yes.astype(int), ["NOT RELATED", "RELATED"]),
                   {"NOT RELATED": "Not related", "RELATED": "Related"})  # fmt: skip
    grave = serious(events)
    form.yes_no("AESER", grave)
    for name, yes in {"AESDTH": events.grade == 5, "AESLIFE": events.grade == 4, "AESHOSP": events.grade < 5,
                      "AESDISAB": events.grade > 9, "AESCONG": events.grade > 9,
                      "AESMIE": events.term == TERM["Myelodysplastic syndrome"]}.items():  # fmt: skip
        form.yes_no(name, yes & grave, grave)
    form.yes_no("AEDLT", limiting(people, events), ~before)
    paused = (start == people.nominal[person]) & (random.random(size) < 0.05)
    form.add("AEACN", pick(paused.astype(int), ["None", "Infusion interrupted"]))
    worse = np.where(events.grade == 5, 4, np.where(ongoing, 1, np.where(random.random(size) < 0.04, 3, 0)))
    form.coded("AEOUT", pick(worse, list(OUTCOMES)), OUTCOMES)
    form.coded("AECONTRT", pick((events.grade < 2).astype(int), ["Y", "N"]), YES_NO)
    return form


def _steps(events: Events, chosen: Bools) -> tuple[Ints, Ints, Ints, Ints]:
    """Grade changes of episodes: 1 at onset, the highest a day later, 0 at the end; position, day, minute, grade."""
    which = np.flatnonzero(chosen)
    first = events.start[which]
    finish = np.where(events.end[which] == NONE, first + 3, events.end[which])
    position = np.concatenate([which, which[events.grade[which] > 1], which])
    days = np.concatenate([first, (first + 1)[events.grade[which] > 1], finish])
    grade = np.concatenate([np.ones(len(which)), events.grade[which][events.grade[which] > 1], np.zeros(len(which))])
    minute = 600 + (position * 37) % 700
    order = np.lexsort([-grade, days, position])
    return position[order], days[order], minute[order], grade[order].astype(np.int64)


def crs(people: People, events: Events, seed: int) -> Form:
    """Grade changes of each CRS episode with what decides the grade."""
    position, days, minute, grade = _steps(events, events.term == CRS)
    form = people.form("crs", people.rows(events.person[position], "LOG", days), seed)
    form.number("AENO", events.number[position])
    form.date("GRDAT", days)
    form.time("GRTIM", minute)
    form.number("ASTCTGR", grade)
    form.yes_no("FEVER", grade > 0)
    form.number("TMAX", np.where(grade > 0, form.random.uniform(38.0, 40.4, form.size), 36.8), 1)
    press = ["NONE", "NO PRESSOR", "ONE PRESSOR", "MULTIPLE"]
    form.coded("HYPOT", pick(np.maximum(grade - 1, 0), press), {p: p.capitalize() for p in press})
    oxygen = ["NONE", "LOW FLOW", "HIGH FLOW", "POSITIVE PRESSURE"]
    form.coded("HYPOX", pick(np.where(form.rows.person % 2 == 0, np.maximum(grade - 1, 0), 0), oxygen),
               {o: o.capitalize() for o in oxygen})  # fmt: skip
    form.yes_no("TOCI", grade >= 2)
    form.yes_no("STEROID", grade >= 3)
    return form


def icans(people: People, events: Events, seed: int) -> Form:
    """Grade changes of each ICANS episode with the ICE score and the other criteria."""
    position, days, minute, grade = _steps(events, events.term == ICANS)
    form = people.form("icans", people.rows(events.person[position], "LOG", days), seed)
    form.number("AENO", events.number[position])
    form.date("GRDAT", days)
    form.time("GRTIM", minute)
    form.number("ASTCTGR", grade)
    form.number("ICESCORE", np.array([10, 8, 5, 1, 0])[grade])
    levels = ["NORMAL", "AWAKENS SPONTANEOUSLY", "AWAKENS TO VOICE", "AWAKENS TO TACTILE STIMULUS", "UNAROUSABLE"]
    form.coded("CONSC", pick(grade, levels), {text: text.capitalize() for text in levels})
    form.coded(
        "SEIZ", pick((grade >= 4).astype(int), ["NONE", "PROLONGED"]), {"NONE": "None", "PROLONGED": "Prolonged"}
    )
    form.yes_no("MOTOR", grade >= 4)
    form.coded("EDEMA", pick((grade >= 4).astype(int), ["NONE", "DIFFUSE"]), {"NONE": "None", "DIFFUSE": "Diffuse"})
    return form


def sae(people: People, events: Events) -> File:
    """The safety database's serious events; it names subjects by study and site, and mostly agrees with the EDC."""
    which = np.flatnonzero(serious(events))
    person, grade = events.person[which], events.grade[which]
    file = File("sae")
    file.add("SUBJID", pick(person, [f"{PROJECT}-{s}" for s in people.subject]))
    file.add("SAETERM", pick(events.term[which], [t.english for t in TERMS]))
    file.add("PT", pick(events.term[which], [t.pt for t in TERMS]))
    file.add("STDAT", iso(events.start[which]))
    known = np.where(events.end[which] > CUT, NONE, events.end[which])
    file.add("ENDAT", iso(known))
    file.add("SERCRIT", pick(np.clip(grade - 3, 0, 2), ["HOSPITALIZATION", "LIFE THREATENING", "DEATH"]))
    outcome = np.where(grade == 5, 2, np.where(known == NONE, 1, 0))
    file.add("OUTCOME", pick(outcome, ["Recovered", "Not recovered", "Fatal"]))
    file.add("TRANSDAT", pick(np.zeros(len(which), dtype=np.int64), ["2026-04-15"]))
    return file
