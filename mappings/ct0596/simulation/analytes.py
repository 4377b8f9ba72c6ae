"""The local laboratories' tests: units in both systems, ranges, reporting limits, and each laboratory's habits."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from .base import Bools, Column, Floats, Ints, constant, day, numeral, pick, where

NO: Final = float("nan")


class Analyte(NamedTuple):
    """One test. factor turns the conventional unit into SI; ranges, mean and limits are SI; ends of range may lack."""

    code: str
    si: str
    us: str
    factor: float
    si_places: int
    us_places: int
    low: float
    high: float
    mean: float
    spread: float
    least: float = NO
    most: float = NO


_COUNT = ("10^9/L", "10^3/\u00b5L", 1.0, 2, 2)
HEMATOLOGY: Final = (
    Analyte("HGB", "g/L", "g/dL", 10, 0, 1, 120, 160, 106, 0.10),
    Analyte("WBC", *_COUNT, 3.5, 9.5, NO, 0),
    Analyte("NEUT", *_COUNT, 1.8, 6.3, 3.2, 0.2, 0.02),
    Analyte("LYM", *_COUNT, 1.1, 3.2, 1.3, 0.2),
    Analyte("MONO", *_COUNT, 0.1, 0.6, 0.4, 0.2),
    Analyte("EOS", *_COUNT, 0.02, 0.52, 0.1, 0.3),
    Analyte("BASO", *_COUNT, 0, 0.06, 0.02, 0.3),
    Analyte("PLAT", "10\u2079/L", "10^3/\u00b5L", 1, 0, 0, 125, 350, 165, 0.2),
    Analyte("RBC", "10^12/L", "10^6/\u00b5L", 1, 2, 2, 4.0, 5.5, 3.6, 0.1),
    Analyte("HCT", "L/L", "%", 0.01, 2, 1, 0.36, 0.48, 0.32, 0.1),
)
CHEMISTRY: Final = (
    Analyte("ALT", "U/L", "IU/L", 1, 0, 0, 7, 40, 24, 0.3),
    Analyte("AST", "U/L", "IU/L", 1, 0, 0, 10, 40, 24, 0.3),
    Analyte("ALP", "U/L", "IU/L", 1, 0, 0, 40, 130, 80, 0.2),
    Analyte("GGT", "U/L", "IU/L", 1, 0, 0, 8, 60, 30, 0.3),
    Analyte("BILI", "\u00b5mol/L", "mg/dL", 17.1, 1, 1, 3.4, 20.5, 10, 0.25),
    Analyte("BILDIR", "\u00b5mol/L", "mg/dL", 17.1, 1, 1, 0, 6.8, 3, 0.25, 1.71),
    Analyte("CREAT", "\u00b5mol/L", "mg/dL", 88.4, 0, 2, 53, 106, 78, 0.15),
    Analyte("UREA", "mmol/L", "", 1, 1, 1, 2.9, 8.2, 5.5, 0.2),
    Analyte("UREAN", "", "mg/dL", 0.357, 1, 0, 2.5, 7.1, 5.4, 0.2),
    Analyte("URATE", "\u03bcmol/L", "mg/dL", 59.48, 0, 1, 155, 428, 320, 0.2),
    Analyte("NA", "mmol/L", "mEq/L", 1, 0, 0, 136, 145, 140, 0.012),
    Analyte("K", "mmol/L", "mEq/L", 1, 1, 1, 3.5, 5.1, 4.1, 0.06),
    Analyte("CL", "mmol/L", "mEq/L", 1, 0, 0, 98, 107, 103, 0.015),
    Analyte("CA", "mmol/L", "mg/dL", 0.2495, 2, 1, 2.11, 2.52, 2.28, 0.03),
    Analyte("CAION", "mmol/L", "mmol/L", 1, 2, 2, 1.12, 1.32, 1.2, 0.03),
    Analyte("MG", "mmol/L", "mg/dL", 0.4114, 2, 1, 0.66, 1.07, 0.84, 0.06),
    Analyte("PHOS", "mmol/L", "mg/dL", 0.3229, 2, 1, 0.81, 1.45, 1.1, 0.1),
    Analyte("ALB", "g/L", "g/dL", 10, 0, 1, 35, 52, 38, 0.06),
    Analyte("PROT", "g/L", "g/dL", 10, 0, 1, 60, 83, NO, 0),
    Analyte("GLUC", "mmol/L", "mg/dL", 0.05551, 1, 0, 3.9, 6.1, 5.4, 0.12),
    Analyte("LDH", "U/L", "IU/L", 1, 0, 0, 120, 250, 205, 0.2),
    Analyte("CK", "U/L", "IU/L", 1, 0, 0, 30, 200, 80, 0.3),
    Analyte("AMYL", "U/L", "IU/L", 1, 0, 0, 25, 125, 65, 0.2),
    Analyte("LIPASE", "U/L", "IU/L", 1, 0, 0, 10, 60, 32, 0.2),
    Analyte("CRP", "mg/L", "mg/dL", 10, 1, 2, NO, 5, 2.5, 0.6, 0.5),
    Analyte("FERR", "\u03bcg/L", "ng/mL", 1, 0, 0, 30, 400, 420, 0.5, NO, 7500),
    Analyte("TRIG", "mmol/L", "mg/dL", 0.01129, 2, 0, NO, 1.7, 1.5, 0.2),
    Analyte("TROP", "ng/L", "ng/mL", 1000, 0, 3, NO, 14, 5, 0.4, 3),
    Analyte("BNP", "ng/L", "pg/mL", 1, 0, 0, NO, 125, 70, 0.4),
)
COAGULATION: Final = (
    Analyte("PT", "s", "sec", 1, 1, 1, 9.4, 12.5, 11.3, 0.05),
    Analyte("INR", "ratio", "ratio", 1, 2, 2, 0.85, 1.15, 1.0, 0.05),
    Analyte("APTT", "s", "sec", 1, 1, 1, 25.1, 36.5, 30, 0.07),
    Analyte("FIB", "g/L", "mg/dL", 0.01, 2, 0, 2.0, 4.0, 3.1, 0.12),
    Analyte("DDIMER", "mg/L FEU", "ng/mL FEU", 0.001, 2, 0, NO, 0.55, 0.4, 0.4, 0.19),
)
# the myeloma panel carries no ranges, and no units for the ratio and the immunoglobulins: they are in labs.csv alone
PANEL: Final = (
    Analyte("KAPPA", "mg/L", "mg/dL", 10, 1, 2, 3.3, 19.4, NO, 0, 0.6),
    Analyte("LAMBDA", "mg/L", "mg/dL", 10, 1, 2, 5.7, 26.3, NO, 0, 1.3),
    Analyte("FLCR", "ratio", "ratio", 1, 2, 2, 0.26, 1.65, NO, 0),
    Analyte("IGG", "g/L", "mg/dL", 0.01, 2, 0, 7.0, 16.0, NO, 0),
    Analyte("IGA", "g/L", "mg/dL", 0.01, 2, 0, 0.7, 4.0, NO, 0),
    Analyte("IGM", "g/L", "mg/dL", 0.01, 2, 0, 0.4, 2.3, NO, 0),
    Analyte("IGD", "g/L", "mg/dL", 0.01, 3, 1, NO, 0.15, NO, 0),
    Analyte("B2M", "mg/L", "mg/L", 1, 1, 1, 0.8, 2.4, NO, 0),
)
# the third laboratory of each block reports these in SI units from this day on
CHANGE: Final = day("2025-09-01")
CHANGED: Final = ("HGB", "CREAT")
# the first laboratory of each block raised its lower limit of hemoglobin on this day
NEW_RANGE: Final = day("2025-05-01")


def conventional(analyte: Analyte, kind: Ints, days: Ints) -> Bools:
    """Whether a laboratory (kind 0, 1, 2 within its block of sites) reports a test in the conventional unit."""
    changed = (kind == 2) & (days >= CHANGE) & (analyte.code in CHANGED)
    return np.asarray((kind != 1) & ~changed)


def unit_text(analyte: Analyte, kind: Ints, us: Bools) -> Column:
    """The unit as the laboratory prints it; the third laboratory writes the Greek letter mu for the micro sign."""
    greek = analyte.us.replace("\u00b5", "\u03bc").replace("10^", "x10^")
    return pick(np.where(us, np.where(kind == 2, 2, 1), 0), [analyte.si, analyte.us, greek])


def limits(analyte: Analyte, kind: Ints, days: Ints, female: Bools) -> tuple[Floats, Floats]:
    """Lower and upper limit of normal in SI; hemoglobin differs by sex, and by period in the first laboratory."""
    low, high = np.full(len(kind), analyte.low), np.full(len(kind), analyte.high)
    if analyte.code == "HGB":
        low = np.where(female, low - 10, low) + np.where((kind == 0) & (days >= NEW_RANGE), 10, 0)
        high = np.where(female, high - 10, high)
    return low, high


def reported(analyte: Analyte, values: Floats, us: Bools) -> Column:
    """Values (SI) as the laboratory prints them in its unit; outside the reporting limits as <x or >x."""
    scale = np.where(us, analyte.factor, 1.0)
    places = np.where(us, analyte.us_places, analyte.si_places)
    text = numeral(values / scale, places)
    for limit, sign, outside in (
        (analyte.least, "<", values < analyte.least),
        (analyte.most, ">", values > analyte.most),
    ):
        if not np.isnan(limit):
            for mask, factor, digits in ((us, analyte.factor, analyte.us_places), (~us, 1.0, analyte.si_places)):
                text = where(outside & mask, constant(f"{sign}{limit / factor:.{digits}f}", len(text)), text)
    return text
