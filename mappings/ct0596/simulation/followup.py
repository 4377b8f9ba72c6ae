"""Visits, performance status, vital signs, survival contacts, end of treatment and study, death, deviations."""

from __future__ import annotations

from typing import Final

import numpy as np

from .base import EXTRACT, NONE, Form, Rows, constant, cumulative_count, pick
from .courses import COURSES, MANUFACTURING, SCREEN_FAILURE
from .labs import EVERY_VISIT
from .people import CONFIRMATION, MISSED, OIDS, PHONE, People, at
from .treatment import infusion_minute

ENDINGS: Final = {
    "COMPLETED": "Completed",
    "SCREEN FAILURE": "Screen failure",
    "DEATH": "Death",
    "LOST TO FOLLOW-UP": "Lost to follow-up",
    "WITHDRAWAL BY SUBJECT": "Withdrawal by subject",
    "NEVER DOSED": "Never dosed",
}
POINTS: Final = ("PRE-INFUSION", "15MIN", "1H", "2H", "4H")


def ecog(people: People, visits: Rows, seed: int) -> Form:
    """ECOG performance status."""
    asked = ("SCR", "PRELD", "D28", *EVERY_VISIT[EVERY_VISIT.index("M2") :])
    rows = visits.select(at(visits, *asked, kinds=(CONFIRMATION,)))
    form = people.form("ecog", rows, seed)
    form.date("ECDAT", rows.day)
    worse = (people.progression[rows.person] != NONE) & (rows.day >= people.progression[rows.person])
    form.number("ECOG", form.random.integers(0, 2, form.size) + worse)
    return form


def vs(people: People, visits: Rows, seed: int) -> Form:
    """Vital signs: once a visit, five times on the infusion day; every third site uses Fahrenheit, pounds, inches."""
    rows = visits.select(at(visits, *EVERY_VISIT, "LD1", "LD2", "LD3"))
    infusion_day = rows.folder == OIDS["D0"]
    count = np.where(infusion_day, len(POINTS), 1)
    point = np.concatenate([np.arange(c) for c in count]) if len(count) else np.zeros(0, dtype=np.int64)
    long_infusion = np.repeat(infusion_day, count)
    rows = rows.select(np.repeat(np.arange(len(rows)), count))
    form = people.form("vs", rows, seed)
    random, size, person = form.random, form.size, rows.person
    elapsed = rows.day - people.crs_onset[person]
    hot = (people.crs_onset[person] != NONE) & (elapsed >= 0) & (elapsed < 4)
    severe = hot * people.crs[person]
    form.date("VSDAT", rows.day)
    start = infusion_minute(people)[person]
    form.time("VSTIM", np.where(long_infusion, start + np.array([-20, 15, 60, 120, 240])[point],
                                random.integers(480, 700, size)))  # fmt: skip
    form.number("SYSBP", random.normal(124, 10, size) - 9 * severe)
    form.number("DIABP", random.normal(76, 7, size) - 5 * severe)
    form.number("PULSE", random.normal(78, 8, size) + 9 * severe)
    form.number("RESP", random.normal(17, 1.5, size) + severe)
    celsius = random.normal(36.6, 0.25, size) + np.where(hot, 1.6 + 0.25 * severe, 0)
    us = people.site_kind[person] == 2
    form.number("TEMP", np.where(us, celsius * 1.8 + 32, celsius), 1)
    form.add("TEMP_UNIT", pick(us.astype(int), ["C", "F"]))
    form.number("OXYSAT", np.minimum(100, random.normal(97.5, 1, size) - 1.5 * severe))
    weighed = ~long_infusion | (point == 0)
    weight = people.weight[person] + random.normal(0, 0.8, size)
    form.number("WEIGHT", np.where(weighed, np.where(us, weight / 0.45359237, weight), np.nan), 1)
    form.add("WEIGHT_UNIT", pick(np.where(weighed, us, -1), ["kg", "lb"]))
    measured = rows.folder == OIDS["SCR"]
    height = people.height[person]
    form.number("HEIGHT", np.where(measured, np.where(us, height / 2.54, height), np.nan), 1)
    form.add("HEIGHT_UNIT", pick(np.where(measured, us, -1), ["cm", "in"]))
    form.add("TPT", pick(np.where(long_infusion, point, -1), POINTS))
    return form


def sv(people: People, visits: Rows, seed: int) -> Form:
    """Visit dates: planned visits that did not take place are recorded with the reason."""
    form = people.form("sv", visits, seed)
    missed = visits.kind == MISSED
    form.date("VISDAT", np.where(missed, NONE, visits.day))
    form.yes_no("VISOCC", ~missed)
    form.add("VISREAS", pick(np.where(missed, visits.person % 3, -1),
                             ["Subject unable to travel", "Hospital closed", "Subject\u2019s choice"]))  # fmt: skip
    form.coded("VISMODE", pick(np.where(missed, -1, visits.kind == PHONE), ["IN PERSON", "TELEPHONE CALL"]),
               {"IN PERSON": "In person", "TELEPHONE CALL": "Telephone call"})  # fmt: skip
    return form


def surv(people: People, visits: Rows, seed: int) -> Form:
    """Survival contacts: every 90 days after the last visit, one at death, attempts after loss to follow-up."""
    last = np.full(len(people), NONE)
    np.maximum.at(last, visits.person, visits.day)
    last = np.where(people.enrolled == NONE, NONE, last)
    lost = people.of("end", "LTFU")
    until = np.where(lost, people.end, np.where(people.end == NONE, EXTRACT, people.end))
    until = np.where(people.of("end", "WITHDRAW", "COMPLETED"), NONE, until)
    until = np.where(people.death != NONE, people.death - 1, until)
    number = np.arange(1, 9)
    days = last[:, None] + 90 * number[None, :]
    due = (last != NONE)[:, None] & (days <= until[:, None]) & (until != NONE)[:, None]
    first_lost = np.zeros_like(due)
    first_lost[:, 0] = lost & (people.end <= EXTRACT)
    days = np.where(first_lost, people.end[:, None], days)
    person, index = np.nonzero(due | first_lost)
    contact = days[person, index]
    dead = np.flatnonzero((people.death != NONE) & (people.death <= EXTRACT))
    person = np.concatenate([person, dead])
    contact = np.concatenate([contact, people.death[dead]])
    order = np.lexsort([contact, person])
    person, contact = person[order], contact[order]
    form = people.form("surv", people.rows(person, "SURV", contact, cumulative_count(person)), seed)
    state = np.where(lost[person], 2, np.where(contact == people.death[person], 1, 0))
    form.date("SSDAT", contact)
    form.coded("SSSTAT", pick(state, ["ALIVE", "DEAD", "UNKNOWN"]),
               {"ALIVE": "Alive", "DEAD": "Dead", "UNKNOWN": "Unknown"})  # fmt: skip
    form.coded("SSMODE", pick(np.where(state == 1, 1, 0), ["TELEPHONE CALL", "MEDICAL RECORD"]),
               {"TELEPHONE CALL": "Telephone call", "MEDICAL RECORD": "Medical record"})  # fmt: skip
    form.date("LASTALVDAT", np.where(state == 0, contact, np.where(state == 1, contact - 1, people.last[person])))
    return form


def ds_eot(people: People, seed: int) -> Form:
    """End of treatment: one row for CT0596 and one for lymphodepletion of everyone who was enrolled."""
    who = np.flatnonzero(people.enrolled != NONE)
    person = np.repeat(who, 2)
    cells = np.tile([True, False], len(who))
    depleted = people.lymphodepletion[person] != NONE
    done = np.where(cells, people.infused[person], depleted)
    day_done = np.where(cells, people.infusion[person], people.lymphodepletion[person] + 2)
    failed = people.of("role", MANUFACTURING)[person]
    given_up = np.where(failed, people.apheresis[person] + 24, people.lymphodepletion[person] + 4)
    days = np.where(done, day_done, given_up)
    form = people.form("ds_eot", people.rows(person, "EOT", days), seed)
    form.add("DSTRT", pick(cells.astype(int), ["LYMPHODEPLETION", "CT0596"]))
    form.date("DSDAT", days)
    form.coded("DSDECOD", pick(done.astype(int), ["NEVER DOSED", "COMPLETED"]), ENDINGS)
    form.add("DSREAS", pick(np.where(done, -1, failed), ["Adverse event", "Manufacturing failure"]))
    form.add("DSOTH", constant("Product out of specification (viability 61%)", form.size).where(~done & failed))
    return form


def ds_eos(people: People, seed: int) -> Form:
    """End of study, for everyone whose participation ended by the extract."""
    who = np.flatnonzero((people.end != NONE) & (people.end <= EXTRACT))
    form = people.form("ds_eos", people.rows(who, "EOS", people.end[who]), seed)
    kinds = {"LTFU": "LOST TO FOLLOW-UP", "WITHDRAW": "WITHDRAWAL BY SUBJECT", "COMPLETED": "COMPLETED"}
    of_course = ["SCREEN FAILURE" if c.role == SCREEN_FAILURE else kinds.get(c.end, "DEATH") for c in COURSES]
    form.date("DSDAT", people.end[who])
    form.coded("DSDECOD", pick(people.course[who], of_course), ENDINGS)
    reasons = {"SCREEN FAILURE": "Eligibility criteria not met", "LOST TO FOLLOW-UP": "No contact after three attempts",
               "WITHDRAWAL BY SUBJECT": "Moved away", "DEATH": "Death", "COMPLETED": ""}  # fmt: skip
    form.add("DSREAS", pick(people.course[who], [reasons[d] for d in of_course]))
    form.add("DSOTH", pick(np.full(len(who), -1), []))
    return form


def dth(people: People, septic: dict[int, int], seed: int) -> Form:
    """Death; the day of death at home is unknown for some. septic: number of the fatal adverse event by person."""
    who = np.flatnonzero((people.death != NONE) & (people.death <= EXTRACT))
    form = people.form("dth", people.rows(who, "DTH", people.death[who]), seed)
    disease = people.of("end", "DEATH_PD")[who]
    form.date("DTHDAT", people.death[who], np.where(disease, 2, 3))
    form.coded("DTHCAUS", pick(disease.astype(int), ["AE", "PD"]), {"AE": "Adverse event", "PD": "Progressive disease"})
    form.add("DTHTERM", pick(disease.astype(int), ["Septic shock", "Multiple myeloma"]))
    form.yes_no("AUTOPSY", np.zeros(len(who), dtype=bool))
    form.number("AENO", np.array([septic.get(int(p), np.nan) for p in who], dtype=np.float64))
    return form


def dv(people: People, visits: Rows, seed: int) -> Form:
    """Protocol deviations: missed visits, and a late consent version now and then."""
    missed = np.flatnonzero(visits.kind == MISSED)
    consent = np.flatnonzero(people.course % 6 == 3)
    person = np.concatenate([visits.person[missed], consent])
    days = np.concatenate([visits.day[missed], people.consent[consent] + 2])
    form = people.form("dv", people.rows(person, "LOG", days), seed)
    kind = np.repeat([0, 1], [len(missed), len(consent)])
    form.add("DVTERM", pick(kind, ["Scheduled visit not done", "Screening test before consent to V2.0"]))
    form.coded("DVCAT", pick(kind, ["MINOR", "MAJOR"]), {"MINOR": "Minor", "MAJOR": "Major"})
    form.date("DVDAT", days)
    return form
