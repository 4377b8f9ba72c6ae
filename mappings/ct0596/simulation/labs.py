"""Local laboratory forms (hematology, chemistry, coagulation) and the list of the laboratories' units and ranges."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from .analytes import (
    CHANGE,
    CHANGED,
    CHEMISTRY,
    COAGULATION,
    HEMATOLOGY,
    NEW_RANGE,
    PANEL,
    Analyte,
    conventional,
    limits,
    reported,
    unit_text,
)
from .base import NONE, Bools, File, Floats, Form, Ints, Rows, generator, iso, pick
from .people import CONFIRMATION, SAFETY, People, at

EVERY_VISIT: Final = ("SCR", "APH", "PRELD", "D0", "D1", "D4", "D7", "D10", "D14", "D21", "D28", "M2", "M3", "M6", "M9",
                      "M12", "M15", "M18", "M21", "M24")  # fmt: skip
INFLAMMATION: Final = ("SCR", "PRELD", "D0", "D1", "D4", "D7", "D10", "D14", "D21", "D28")


def nadirs(people: People, seed: int) -> dict[str, Floats]:
    """Depth of the fall of blood counts (share of baseline) and days that recovery takes, per person."""
    random = generator(seed, "nadirs")
    size = len(people)
    return {
        "NEUT": random.uniform(0.88, 0.995, size),
        "PLAT": random.uniform(0.35, 0.92, size),
        "HGB": random.uniform(0.12, 0.32, size),
        "LYM": random.uniform(0.93, 0.99, size),
        "recovery": random.uniform(7, 22, size),
    }


def since_infusion(people: People, person: Ints, days: Ints) -> Floats:
    """Days since infusion (or since the cancelled one); long before it for those never lymphodepleted."""
    return np.where(people.lymphodepletion[person] != NONE, days - people.nominal[person], -60).astype(np.float64)


def _dip(elapsed: Floats, lowest: float, before: float, after: Floats) -> Floats:
    """Bell around the day of the lowest count, with a slower rise."""
    width = np.where(elapsed < lowest, before, after)
    return np.asarray(np.exp(-(((elapsed - lowest) / width) ** 2)))


def crs_heat(people: People, person: Ints, days: Ints) -> Floats:
    """Inflammation by cytokine release syndrome: its grade, rising and falling around its second day."""
    onset = people.crs_onset[person]
    bell = np.exp(-(((days - onset - 2.0) / 3.2) ** 2))
    return np.where((onset == NONE) | (days < onset), 0.0, bell * people.crs[person])


def values(people: People, rows: Rows, mprotein: Floats, seed: int, name: str) -> dict[str, Floats]:
    """SI values of every local test at the rows' visits."""
    random = generator(seed, f"{name} values")
    fixed = generator(seed, "baseline values")
    person, size = rows.person, len(rows)
    result: dict[str, Floats] = {}
    for analyte in (*HEMATOLOGY, *CHEMISTRY, *COAGULATION):
        base = analyte.mean * np.exp(fixed.normal(0, max(analyte.spread, 1e-9), len(people)))
        within = max(analyte.spread * 0.3, 1e-9)
        result[analyte.code] = base[person] * np.exp(random.normal(0, within, size))
    elapsed, heat = since_infusion(people, person, rows.day), crs_heat(people, person, rows.day)
    low = {k: v[person] for k, v in nadirs(people, seed).items()}
    slow = low["recovery"]
    result["NEUT"] *= 1 - low["NEUT"] * _dip(elapsed, 6, 4, slow)
    result["LYM"] *= 1 - low["LYM"] * _dip(elapsed, 1, 3, slow)
    result["MONO"] *= 1 - 0.9 * _dip(elapsed, 5, 4, slow)
    result["PLAT"] *= 1 - low["PLAT"] * _dip(elapsed, 9, 7, slow * 1.4)
    for code in ("HGB", "RBC", "HCT"):
        result[code] *= 1 - low["HGB"] * _dip(elapsed, 8, 8, slow)
    result["WBC"] = sum((result[c] for c in ("NEUT", "LYM", "MONO", "EOS", "BASO")), np.zeros(size))
    result["CRP"] *= 1 + 18 * heat
    result["FERR"] *= 1 + 2.6 * heat
    result["DDIMER"] *= 1 + 1.5 * heat
    result["FIB"] *= 1 - 0.15 * heat
    for code in ("ALT", "AST", "LDH"):
        result[code] *= 1 + 0.6 * heat
    result["K"] *= 1 - 0.04 * heat
    result["ALB"] *= 1 - 0.06 * heat
    result["PT"] = 11.3 * result["INR"]
    result["PROT"] = result["ALB"] + 24 + np.nan_to_num(mprotein)
    result["BILDIR"] = result["BILI"] * 0.3
    return result


def wide(name: str, tests: tuple[Analyte, ...], people: People, rows: Rows, mprotein: Floats, seed: int) -> Form:
    """One wide form: per test result, unit, range and clinical significance."""
    form = people.form(name, rows, seed)
    kind, person = people.site_kind[rows.person], rows.person
    taken = form.random.integers(360, 510, form.size)
    done = form.random.random(form.size) > 0.006
    form.date("LBDAT", rows.day)
    form.time("LBTIM", np.where(done, taken, NONE))
    form.add("LBLAB", pick(people.site[person], [f"L{s:02d}" for s in range(int(people.site.max()) + 1)]))
    form.coded("LBND", pick(np.where(done, -1, 0), ["Y"]), {"Y": "Yes"})
    reasons = ["Sample not taken", "Subject refused", "Tube broken in transit"]
    form.add("LBNDREAS", pick(np.where(done, -1, person % 3), reasons))
    every = values(people, rows, mprotein, seed, name)
    for analyte in tests:
        asked = done & _asked(analyte, kind, rows)
        _test(form, analyte, np.where(asked, every[analyte.code], np.nan), kind, name)
    return form


def _asked(analyte: Analyte, kind: Ints, rows: Rows) -> Bools:
    if analyte.code in ("CRP", "FERR"):
        return at(rows, *INFLAMMATION)
    if analyte.code in ("TROP", "BNP", "CAION", "TRIG"):
        return at(rows, "SCR", "PRELD", "D7", "D28", "M3", "M6", "M12")
    if analyte.code in ("UREA", "UREAN"):
        return np.asarray((kind == 1) == (analyte.code == "UREA"), dtype=np.bool_)
    return np.ones(len(rows), dtype=bool)


def _test(form: Form, analyte: Analyte, result: Floats, kind: Ints, name: str) -> None:
    """Columns of one test; the first laboratory prints no unit nor range on coagulation reports."""
    us = conventional(analyte, kind, form.rows.day)
    known = ~np.isnan(result)
    printed = known & ~((kind == 0) & (name == "lbcoag"))
    ranged = printed & ~((kind == 2) & (analyte.code == "HGB"))
    low, high = limits(analyte, kind, form.rows.day, form.people.female[form.rows.person])
    scale, places = np.where(us, analyte.factor, 1.0), np.where(us, analyte.us_places, analyte.si_places)
    form.add(f"{analyte.code}_RES", reported(analyte, result, us))
    form.add(f"{analyte.code}_UNIT", unit_text(analyte, kind, us).where(printed))
    form.number(f"{analyte.code}_LLN", np.where(ranged, low / scale, np.nan), places)
    form.number(f"{analyte.code}_ULN", np.where(ranged, high / scale, np.nan), places)
    outside = known & ((result < low) | (result > high))
    serious = (result < 0.75 * low) | (result > 1.5 * high)
    form.add(f"{analyte.code}_CS", pick(np.where(outside, serious, -1), ["N", "Y"]))


def forms(people: People, visits: Rows, mprotein: Floats, seed: int) -> list[Form]:
    """The three local laboratory forms; mprotein is the serum M-protein in g/L at each visit."""
    routine = at(visits, *EVERY_VISIT, kinds=(CONFIRMATION, SAFETY))
    clotting = at(visits, *EVERY_VISIT)
    return [
        wide("lbhem", HEMATOLOGY, people, visits.select(routine), mprotein[routine], seed),
        wide("lbchem", CHEMISTRY, people, visits.select(routine), mprotein[routine], seed),
        wide("lbcoag", COAGULATION, people, visits.select(clotting), mprotein[clotting], seed),
    ]


def labs(people: People) -> File:
    """Unit and range of each laboratory by test, sex and period."""
    start = np.array([int(people.consent.min()) - 200])
    entries: list[tuple[str, Analyte, int, int, int, int]] = []
    sites = np.unique(people.site)
    for analyte in (*HEMATOLOGY, *CHEMISTRY, *COAGULATION, *PANEL):
        for site in sites.tolist():
            kind = (site - 1) % 3
            if (analyte.code == "UREA") != (kind == 1) and analyte.code in ("UREA", "UREAN"):
                continue
            for sex in (0, 1) if analyte.code == "HGB" else (-1,):
                for first, last in _periods(analyte, kind, int(start[0])):
                    entries.append((f"L{site:02d}", analyte, kind, sex, first, last))
    file = File("labs")
    file.add("LBLAB", [e[0] for e in entries])
    file.add("TEST", [e[1].code for e in entries])
    columns: dict[str, list[str]] = {"UNIT": [], "LLN": [], "ULN": []}
    for _, analyte, kind, sex, first, _last in entries:
        unit, lower, upper = _entry(analyte, kind, sex, first)
        columns["UNIT"].append(unit)
        columns["LLN"].append(lower)
        columns["ULN"].append(upper)
    file.add("UNIT", columns["UNIT"])
    file.add("SEX", pick(np.array([e[3] for e in entries]), ["M", "F"]))
    file.add("LLN", columns["LLN"])
    file.add("ULN", columns["ULN"])
    file.add("VALIDFROM", iso(np.array([e[4] for e in entries])))
    file.add("VALIDTO", iso(np.array([e[5] for e in entries])))
    return file


def _periods(analyte: Analyte, kind: int, start: int) -> list[tuple[int, int]]:
    turn = CHANGE if kind == 2 and analyte.code in CHANGED else NONE
    turn = NEW_RANGE if kind == 0 and analyte.code == "HGB" else turn
    return [(start, NONE)] if turn == NONE else [(start, turn - 1), (turn, NONE)]


@cache
def _entry(analyte: Analyte, kind: int, sex: int, first: int) -> tuple[str, str, str]:
    """Unit, lower and upper limit in force from a day on."""
    kinds, days = np.array([kind]), np.array([first])
    us = conventional(analyte, kinds, days)
    scale, places = (analyte.factor, analyte.us_places) if us[0] else (1.0, analyte.si_places)
    low, high = limits(analyte, kinds, days, np.array([sex == 1]))
    texts = ["" if np.isnan(v[0]) else f"{v[0] / scale:.{places}f}" for v in (low, high)]
    return str(unit_text(analyte, kinds, us).iloc[0]), texts[0], texts[1]
