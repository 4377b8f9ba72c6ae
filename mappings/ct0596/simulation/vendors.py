"""Vendor transfers: central laboratory, cytokines, CAR copies by PCR, CAR-positive cells by flow."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np

from .base import (
    MONTHS,
    NONE,
    PROJECT,
    File,
    Floats,
    Ints,
    Rows,
    clock,
    constant,
    generator,
    joined,
    numeral,
    on_days,
    pick,
    where,
)
from .labs import crs_heat
from .people import CONFIRMATION, FOLDERS, OIDS, People, at
from .treatment import infusion_minute

CENTRAL_VISITS: Final = {
    "SCR": "Screening", "PRELD": "Cycle 0 D-5", "D0": "Cycle 1 D0", "D7": "Cycle 1 D7", "D14": "Cycle 1 D14",
    "D28": "Cycle 1 D28", "M3": "Follow-up M3", "M6": "Follow-up M6", "M12": "Follow-up M12",
}  # fmt: skip
# code, name, specimen, method, unit, decimals, low, high, mean, spread, how CRS moves it
CENTRAL: Final = (
    ("HGB", "Hemoglobin", "WHOLE BLOOD", "AUTOMATED COUNT", "g/L", 0, 115.0, 160.0, 104, 0.08, 0.0),
    ("WBC", "Leukocytes", "WHOLE BLOOD", "AUTOMATED COUNT", "10^9/L", 2, 3.5, 9.5, 3.9, 0.3, 0.0),
    ("PLT", "Platelets", "WHOLE BLOOD", "AUTOMATED COUNT", "10^9/L", 0, 125.0, 350.0, 150, 0.25, 0.0),
    ("ALT", "Alanine aminotransferase", "SERUM", "ENZYMATIC", "U/L", 0, 7.0, 40.0, 26, 0.3, 0.6),
    ("CREA", "Creatinine", "SERUM", "ENZYMATIC", "umol/L", 0, 53.0, 106.0, 78, 0.15, 0.0),
    ("CRP", "C-reactive protein", "SERUM", "TURBIDIMETRY", "mg/L", 1, np.nan, 5.0, 2.4, 0.6, 18.0),
    ("FERR", "Ferritin", "SERUM", "CHEMILUMINESCENCE", "ng/mL", 0, 30.0, 400.0, 420, 0.4, 2.6),
    ("PCT", "Procalcitonin", "SERUM", "CHEMILUMINESCENCE", "ng/mL", 2, np.nan, 0.05, 0.05, 0.5, 2.0),
    ("SBCMA", "Soluble BCMA", "SERUM", "ELISA", "ng/mL", 1, np.nan, np.nan, 300, 0.5, 0.0),
)
# analyte, mean before infusion, rise per unit of CRS, method, lower and upper limit of quantitation
CYTOKINES: Final = (
    ("IL-6", 5.0, 180.0, "MSD", 1.6, 5000.0),
    ("IFN-gamma", 4.0, 60.0, "MSD", 2.0, 4000.0),
    ("TNF-alpha", 6.0, 4.0, "MSD", 1.2, 2000.0),
    ("IL-2", 1.5, 3.0, "MSD", 1.0, 2000.0),
    ("IL-10", 3.0, 30.0, "MSD", 0.8, 2500.0),
    ("IL-15", 4.0, 8.0, "CBA", 2.5, 1500.0),
    ("sIL-2R", 900.0, 4.0, "ELISA", 30.0, 20000.0),
)
CYTOKINE_VISITS: Final = ("PRELD", "D0", "D1", "D4", "D7", "D10", "D14", "D21", "D28")
KINETIC_VISITS: Final = ("D0", "D1", "D4", "D7", "D10", "D14", "D21", "D28", "M2", "M3", "M6", "M9", "M12")
PCR_LLOQ, PCR_LOD = 50.0, 15.0


def _long(rows: Rows, count: int) -> tuple[Rows, Ints]:
    """Each visit with every analyte, side by side."""
    return rows.times(count), np.tile(np.arange(count), len(rows))


def central_lb(people: People, visits: Rows, depth: Floats, seed: int) -> File:
    """Central laboratory, one row per result; depth is the share of the disease left at each visit (soluble BCMA)."""
    chosen = np.flatnonzero(at(visits, *CENTRAL_VISITS))
    random = generator(seed, "central_lb")
    rows, test = _long(visits.select(chosen), len(CENTRAL))
    person, size = rows.person, len(rows)
    table = [np.array([t[i] for t in CENTRAL], dtype=np.float64) for i in (5, 6, 7, 8, 9, 10)]
    places, low, high, mean, spread, move = (c[test] for c in table)
    value = mean * np.exp(random.normal(0, 1, size) * spread * 0.5) * (1 + move * crs_heat(people, person, rows.day))
    value = np.where(test == 8, value * np.repeat(depth[chosen], len(CENTRAL)) + 5, value)
    file = File("central_lb")
    file.add("STUDY", constant(PROJECT, size))
    file.add("SITE", pick(person, [f"{s:02d}" for s in people.site]))
    file.add("SUBJID", pick(person, people.subject))
    file.add("SEX", pick(people.female[person].astype(int), ["M", "F"]))
    file.add("DOB", on_days(np.where(people.site_kind == 2, people.birth, NONE)[person], _vendor_date))
    file.add("VISIT", pick(rows.folder, [CENTRAL_VISITS.get(f.oid, "") for f in FOLDERS]))
    accession = np.repeat(np.arange(len(chosen)), len(CENTRAL))
    file.add("ACCESSION", pick(accession, [f"CL{700001 + i}" for i in range(len(chosen))]))
    file.add("COLDAT", on_days(rows.day, _vendor_date))
    taken = np.repeat(random.integers(360, 510, len(chosen)), len(CENTRAL))
    file.add("COLTIM", clock(taken, ""))
    file.add("TESTCODE", pick(test, [t[0] for t in CENTRAL]))
    file.add("TESTNAME", pick(test, [t[1] for t in CENTRAL]))
    least = (test == 5) & (value < 0.5) | (test == 7) & (value < 0.02)
    result = where(least, pick(test, ["<0.5" if t[0] == "CRP" else "<0.02" for t in CENTRAL]),
                   numeral(value, places.astype(np.int64)))  # fmt: skip
    file.add("RESULT", result)
    file.add("UNITS", pick(test, [t[4] for t in CENTRAL]))
    file.number("LLN", low, places.astype(np.int64))
    file.number("ULN", high, places.astype(np.int64))
    flag = np.select([value > 3 * high, value > high, value < 0.5 * low, value < low], [0, 1, 2, 3], -1)
    file.add("ABNFLAG", pick(flag, ["HH", "H", "LL", "L"]))
    file.add("SPECTYPE", pick(test, [t[2] for t in CENTRAL]))
    file.add("METHOD", pick(test, [t[3] for t in CENTRAL]))
    file.add("FLAG", pick(np.full(size, -1), []))
    file.add("TRANSDAT", constant("15APR2026", size))
    return file


def _vendor_date(date: dt.date) -> str:
    return f"{date.day:02d}{MONTHS[date.month - 1]}{date.year}"


def cytok(people: People, visits: Rows, seed: int) -> File:
    """Cytokines; subject numbers without the hyphen."""
    random = generator(seed, "cytok")
    rows, test = _long(visits.select(at(visits, *CYTOKINE_VISITS)), len(CYTOKINES))
    person, size = rows.person, len(rows)
    mean, rise, least, most = (np.array([float(c[i]) for c in CYTOKINES])[test] for i in (1, 2, 4, 5))
    heat = crs_heat(people, person, rows.day)
    value = mean * np.exp(random.normal(0, 0.35, size)) * (1 + rise * heat**1.5 * random.uniform(0.7, 1.3, size) / 2)
    diluted = value > most / 4
    file = File("cytok")
    file.add("SUBJID", pick(person, [s.replace("-", "") for s in people.subject]))
    file.add("VISIT", pick(rows.folder, [f.name for f in FOLDERS]))
    file.add("TIMEPOINT", pick(rows.folder, [f.oid for f in FOLDERS]))
    taken = np.repeat(random.integers(360, 510, size // len(CYTOKINES)), len(CYTOKINES))
    file.add("COLDTM", joined([on_days(rows.day, lambda d: d.isoformat()), "T", clock(taken)]))
    file.add("ANALYTE", pick(test, [c[0] for c in CYTOKINES]))
    places = np.where(value >= 100, 0, 1)
    text = numeral(value, places)
    text = where(value < least, pick(test, [f"<{c[4]:g}" for c in CYTOKINES]), text)
    file.add("RESULT", where(value > most, pick(test, [f">{c[5]:g}" for c in CYTOKINES]), text))
    file.add("UNIT", constant("pg/mL", size))
    file.add("LLOQ", pick(test, [f"{c[4]:g}" for c in CYTOKINES]))
    file.add("ULOQ", pick(test, [f"{c[5]:g}" for c in CYTOKINES]))
    file.number("DILUTION", np.where(diluted, 10, 2))
    file.add("METHOD", pick(test, [c[3] for c in CYTOKINES]))
    remark = random.choice(4, size, p=[0.97, 0.01, 0.01, 0.01])
    file.add(
        "QCFLAG", pick(remark, ["OK", "CV > 20 % (\u00b15)", "volume < 50 \u00b5L", "H\u00e9molys\u00e9 \u2013 OK"])
    )
    file.add("TRANSDAT", constant("2026-04-15", size))
    return file


def copies(people: People, rows: Rows, random: np.random.Generator, seed: int) -> Floats:
    """CAR copies per ug of DNA: up to a peak about day 10, then a fast and a slow fall; 0 before infusion."""
    elapsed = (rows.day - people.infusion[rows.person]).astype(np.float64)
    fixed = generator(seed, "kinetics")
    peak_day = fixed.uniform(9, 12.5, len(people))[rows.person]
    height = 10 ** fixed.normal(4.55, 0.35, len(people))[rows.person]
    half = fixed.uniform(12, 40, len(people))[rows.person]
    before = height * np.exp(-(((elapsed - peak_day) / 3.4) ** 2))
    after = height * (0.8 * np.exp(-(elapsed - peak_day) / 6) + 0.2 * np.exp(-(elapsed - peak_day) / half))
    noise = np.exp(random.normal(0, 0.12, len(rows)))
    return np.where(elapsed <= 0, 0.0, np.where(elapsed < peak_day, before, after) * noise)


def _kinetic_visits(people: People, visits: Rows) -> Rows:
    chosen = at(visits, *KINETIC_VISITS, kinds=(CONFIRMATION,)) & people.infused[visits.person]
    return visits.select(chosen)


def ck(people: People, visits: Rows, seed: int) -> File:
    """CAR copies by qPCR and, of every other sample, ddPCR; sites of the third kind report per 50 ng of DNA."""
    random = generator(seed, "ck")
    samples = _kinetic_visits(people, visits)
    true = copies(people, samples, random, seed)
    twice = np.where(np.arange(len(samples)) % 2 == 0, 2, 1)
    rows, base = samples.select(np.repeat(np.arange(len(samples)), twice)), np.repeat(true, twice)
    size, person = len(rows), rows.person
    digital = np.concatenate([np.arange(c) for c in twice]) if size else np.zeros(0, dtype=np.int64)
    value = base * np.exp(random.normal(0, 0.08, size))
    per_50 = people.site_kind[person] == 2
    shown = np.where(per_50, value / 20, value)
    file = File("ck")
    plain = [s.lstrip("0") if k == 0 else s for s, k in zip(people.subject, people.site_kind.tolist(), strict=True)]
    file.add("SUBJID", pick(person, plain))
    file.add("VISIT", pick(rows.folder, [f.oid for f in FOLDERS]))
    file.add("NOMDAY", pick(rows.folder, [str(f.target) if f.target is not None else "" for f in FOLDERS]))
    pre = rows.folder == OIDS["D0"]
    taken = np.where(pre, infusion_minute(people)[person] - 45, 420 + (np.arange(size) // 2 * 13) % 120)
    taken = np.where(digital == 1, np.concatenate([[0], taken[:-1]]), taken) if size else taken
    file.add("COLDTM", joined([on_days(rows.day, lambda d: f"{d.year}/{d.month}/{d.day}"), " ", clock(taken)]))
    file.add("ASSAY", pick(digital, ["qPCR", "ddPCR"]))
    file.add("TARGET", constant("CAR", size))
    below = pick((value < PCR_LOD).astype(int), ["BLQ", "ND"])
    file.add("RESULT", where(value < PCR_LLOQ, below, numeral(shown, np.where(per_50, 1, 0))))
    file.add("UNIT", pick(per_50.astype(int), ["copies/ug gDNA", "copies/50 ng"]))
    file.number("DNAINPUT", np.where(digital == 1, 100, 50))
    file.add("LLOQ", pick(per_50.astype(int), ["50", "2.5"]))
    file.add("LOD", pick(per_50.astype(int), ["15", "0.75"]))
    file.number("REPLICATE", np.full(size, 3))
    file.add("RUNID", pick((rows.day % 97).astype(int), [f"R{i:03d}" for i in range(97)]))
    file.add("MATRIX", constant("WHOLE BLOOD", size))
    file.add("TRANSDAT", constant("2026/4/15", size))
    return file


def ckflow(people: People, visits: Rows, seed: int) -> File:
    """CAR-positive T cells by flow; the laboratory writes Chinese."""
    random = generator(seed, "ckflow")
    rows = _kinetic_visits(people, visits)
    value = copies(people, rows, random, seed) / 120
    file = File("ckflow")
    file.add("SUBJID", pick(rows.person, people.subject))
    file.add("VISIT", pick(rows.folder, [f.oid for f in FOLDERS]))
    file.add("COLDAT", on_days(rows.day, lambda d: d.isoformat()))
    file.number("COUNT", value, 2)
    file.number("PCT", np.minimum(92, value / (value + 60) * 100), 1)
    file.add("PANEL", constant("CAR-T\u6d41\u5f0f\u9762\u677f", len(rows)))
    file.add("GATE", constant("CD45+/CD3+/CAR+ (\u6dcb\u5df4\u7ec6\u80de\u95e8)", len(rows)))
    file.add("TRANSDAT", constant("2026-04-15", len(rows)))
    return file
