"""The course of the myeloma at each visit: true marker values, and the response they amount to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from .base import NONE, Bools, Floats, Ints, Rows, Texts, generator
from .courses import COURSES, INFUSED
from .people import CONFIRMATION, OIDS, People, at
from .screening import is_lambda

POST: Final = ("D28", "M2", "M3", "M6", "M9", "M12", "M15", "M18", "M21", "M24")
MARROW: Final = ("D28", "M3", "M6", "M12")
# share of the baseline M-protein left at day 28, months 2, 3, 6, and from month 9 on
DEPTH: Final = {
    "sCR": (0.14, 0.03, 0.0, 0.0, 0.0),
    "CR": (0.18, 0.05, 0.0, 0.0, 0.0),
    "VGPR": (0.28, 0.08, 0.06, 0.05, 0.05),
    "PR": (0.46, 0.36, 0.33, 0.33, 0.34),
    "MR": (0.72, 0.66, 0.66, 0.68, 0.70),
    "SD": (0.95, 0.90, 0.92, 0.94, 0.96),
    "": (1.0, 1.0, 1.0, 1.0, 1.0),
}
LEVELS: Final = ("sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE")
SCR_, CR_, VGPR_, PR_, MR_, SD_, PD_, NE_ = range(8)


@dataclass(frozen=True)
class Markers:
    """True values at each visit in SI; baseline values where the visit is before infusion."""

    serum: Floats
    urine: Floats
    kappa: Floats
    lambda_: Floats
    marrow: Floats
    blood: Floats
    tumor: Floats
    serum_fixation: Bools
    urine_fixation: Bools
    clonal: Bools
    response: Ints
    assessed: Bools


def _share(people: People, visits: Rows, noise: Floats) -> Floats:
    """Share of the baseline left at each visit, growing back from progression on."""
    after = np.isin(visits.folder, [OIDS[f] for f in POST])
    step = np.select([visits.folder == OIDS[f] for f in POST[:4]], [0, 1, 2, 3], 4)
    table = np.array([DEPTH[c.best] for c in COURSES])
    share = table[people.course[visits.person], step]
    share = np.where(after, share, 1.0)
    early = (visits.folder > OIDS["D0"]) & (visits.folder < OIDS["D28"])
    first = table[people.course[visits.person], 0]
    elapsed = visits.day - people.nominal[visits.person]
    share = np.where(early, first + (1 - first) * np.exp(-elapsed / 9.0), share)
    uns = visits.folder == OIDS["UNS"]
    share = np.where(uns, pd.Series(np.where(uns, np.nan, share)).groupby(visits.person).ffill().fillna(1.0), share)
    onset = people.progression[visits.person]
    grown = progressed(people, visits)
    lowest = table.min(axis=1)[people.course[visits.person]]
    growing = np.maximum(lowest, 0.05) + 0.40 + (visits.day - onset) / 260.0
    imaging = people.of("basis", "IMAGING")[visits.person]
    retreated = people.reinfusion[visits.person]
    share = np.where((retreated != NONE) & (visits.day > retreated + 20), 0.3, share)
    return np.where(grown & ~imaging, growing, share * noise)


def progressed(people: People, visits: Rows) -> Bools:
    """Visits at which the disease has progressed and a re-infusion has not brought it back under control."""
    onset, retreated = people.progression[visits.person], people.reinfusion[visits.person]
    grown: Bools = (onset != NONE) & (visits.day >= onset) & ((retreated == NONE) | (visits.day <= retreated + 20))
    return grown


def make_markers(people: People, visits: Rows, seed: int) -> Markers:
    """Marker values of every visit, and the response read from them (levels as positions in LEVELS)."""
    fixed, random = generator(seed, "disease baseline"), generator(seed, "disease visits")
    size, person = len(people), visits.person
    share = _share(people, visits, random.uniform(0.97, 1.03, len(visits)))
    measure = people.trait("measure").to_numpy(str)
    serum0 = np.where(measure == "S", fixed.uniform(26, 60, size), 0.0)
    trace = (people.course + people.block) % 3 == 0
    urine0 = np.where(measure == "U", fixed.uniform(1100, 3200, size), np.where(trace, fixed.uniform(40, 140, size), 0))
    urine0 = np.where(people.of("basis", "SERUM;URINE"), fixed.uniform(650, 900, size), urine0)
    chain0 = np.where(measure == "F", fixed.uniform(500, 3500, size), fixed.uniform(60, 380, size))
    calm = fixed.uniform(6, 11, size)
    marrow0 = fixed.uniform(22, 70, size)
    leukemia = people.of("disease", "PPCL", "SPCL")
    blood0 = np.where(leukemia, fixed.uniform(9, 40, size), 0.0)
    tumor = people.of("pd_at", "M3") | (people.course == 13)

    serum, urine = serum0[person] * share, urine0[person] * share
    involved = calm[person] + chain0[person] * share
    other = calm[person] * np.where(share < 0.1, 0.9, 0.55)
    kappa = np.where(is_lambda(people)[person] == 1, other, involved)
    lam = np.where(is_lambda(people)[person] == 1, involved, other)
    marrow = np.maximum(marrow0[person] * share, 1.0)
    blood = blood0[person] * np.where(share < 0.35, 0.0, np.maximum(share - 0.25, 0.05))
    blood = np.where(share >= 1, blood0[person], blood)
    shrink = np.maximum(share, 0.02) * 900.0
    size_now = np.where(tumor[person], np.where(share < 0.06, 0.0, shrink), 0.0)
    size_now = np.where(people.of("basis", "IMAGING")[person] & progressed(people, visits), 1500.0, size_now)
    fixation = share > 0.0
    clean_at = visits.folder >= OIDS["M6"]
    clonal = fixation | ~clean_at | ~people.of("best", "sCR")[person]
    assessed = at(visits, *POST, kinds=(CONFIRMATION,)) & (people.of("role", INFUSED)[person] | (visits.kind == 1))
    truth = Markers(serum, urine, kappa, lam, marrow, blood, size_now, fixation, fixation & (urine0[person] > 0),
                    clonal, np.full(len(visits), NE_), assessed)  # fmt: skip
    response = _response(people, visits, truth, serum0, urine0, chain0, measure)
    return Markers(**{**vars(truth), "response": response})


def _response(
    people: People, visits: Rows, seen: Markers, serum0: Floats, urine0: Floats, chain0: Floats, measure: Texts
) -> Ints:
    """Level of response by the usual thresholds, progression from the day it shows; plasma cell leukemia has caps."""
    person = visits.person
    kind = measure[person]
    chain = np.abs(seen.kappa - seen.lambda_)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.select([kind == "S", kind == "U"], [seen.serum / serum0[person], seen.urine / urine0[person]],
                         chain / chain0[person])  # fmt: skip
    ratio = seen.kappa / seen.lambda_
    normal = (ratio >= 0.26) & (ratio <= 1.65)
    complete = ~seen.serum_fixation & (seen.marrow < 5) & (seen.tumor == 0) & ((kind != "F") | normal)
    bounds = [
        complete & normal & ~seen.clonal,
        complete,
        (left <= 0.1) & (seen.urine < 100),
        (left <= 0.5) & ((kind != "U") | (left <= 0.1) | (seen.urine < 200)),
        (left <= 0.75) & ~np.isin(person, np.flatnonzero(people.of("disease", "PPCL", "SPCL"))),
    ]
    level = np.select(bounds, [SCR_, CR_, VGPR_, PR_, MR_], SD_)
    level = np.where((seen.blood > 5) | (seen.marrow > 25) & (seen.blood > 0), np.maximum(level, SD_), level)
    return np.where(progressed(people, visits), PD_, level)
