"""What is collected before treatment: subject listing, consent, demography, eligibility, disease and other history."""

from __future__ import annotations

from typing import Final

import numpy as np

from .base import EXTRACT, NONE, Form, Ints, day, pick
from .dictionaries import DRUG, DRUGS, TERM, drug_name, event_term
from .people import People

DISEASES: Final = {
    "RRMM": "Relapsed/refractory multiple myeloma",
    "PPCL": "Primary plasma cell leukemia",
    "SPCL": "Secondary plasma cell leukemia",
}
VERSION_2: Final = day("2025-06-01")
ISOTYPES: Final = ("IgG kappa", "IgG lambda", "IgA kappa", "IgA lambda", "LIGHT CHAIN kappa", "LIGHT CHAIN lambda")
PROCEDURES: Final = ("Autologous stem cell transplant", "Radiotherapy to spine", "BCMA CAR-T")
RESPONSES: Final = {
    "sCR": "Stringent Complete Response",
    "CR": "Complete Response",
    "VGPR": "Very Good Partial Response",
    "PR": "Partial Response",
    "MR": "Minimal Response",
    "SD": "Stable Disease",
    "PD": "Progressive Disease",
    "NE": "Not Evaluable",
    "ND": "Not Done",
    "UNK": "Unknown",
}


def isotype_codes(people: People) -> Ints:
    """Position in ISOTYPES of each person's M-protein; light chain disease where only free chains are measurable."""
    light_only = people.of("measure", "U", "F")
    base = (people.course * 7 + people.block * 3) % 4
    return np.where(light_only, 4 + people.course % 2, base)


def is_lambda(people: People) -> Ints:
    """1 where the involved light chain is lambda."""
    return isotype_codes(people) % 2


def subj(people: People, seed: int) -> Form:
    """System listing, one row per subject number."""
    form = people.form("subj", people.rows(np.arange(len(people)), "SCR", people.consent), seed)
    form.add("STATUS", pick(np.arange(len(people)), people.status))
    level = pick(people.level, ["", "DL1", "DL2", "DL3"])
    form.add("DOSELEVEL", level.where(people.enrolled != NONE))
    form.add("COHORT", people.trait("cohort").where(people.enrolled != NONE))
    form.date("ENRLDAT", people.enrolled)
    form.add("RESCREENOF", pick(people.original, people.subject))
    return form


def ic(people: People, seed: int) -> Form:
    """Informed consent: the main one, kinetics for most, and a re-consent to the new version after mid-2025."""
    main = np.arange(len(people))
    again = people.consent + 150
    second = np.flatnonzero((people.infused) & (again <= people.last) & (again > people.infusion))
    kinetics = np.flatnonzero(people.enrolled != NONE)
    person = np.concatenate([main, second, kinetics])
    kind = np.repeat([0, 1, 2], [len(main), len(second), len(kinetics)])
    days = np.where(kind == 1, again[person], people.consent[person])
    form = people.form("ic", people.rows(person, "SCR", days), seed)
    form.date("ICDAT", days)
    form.add("ICVER", pick((days >= VERSION_2).astype(int), ["V1.0", "V2.0"]))
    form.coded("ICTYPE", pick(kind, ["MAIN", "RECONSENT", "PK"]),
               {"MAIN": "Main study", "RECONSENT": "Re-consent", "PK": "Cellular kinetics sub-study"})  # fmt: skip
    return form


def dm(people: People, seed: int) -> Form:
    """Demography; the birth date is complete only at sites outside China."""
    form = people.form("dm", people.rows(np.arange(len(people)), "SCR", people.screening), seed)
    third = people.site_kind == 2
    form.date("BRTHDAT", people.birth, np.where(third, 3, 1))
    form.number("AGE", people.age)
    form.add("AGEU", pick(np.zeros(len(people), dtype=np.int64), ["YEARS"]))
    form.coded("SEX", pick(people.female.astype(int), ["M", "F"]), {"M": "Male", "F": "Female"})
    group = form.random.choice(3, len(people), p=[0.6, 0.3, 0.1])
    race = pick(np.where(third, group, 3), ["WHITE", "BLACK OR AFRICAN AMERICAN", "NOT REPORTED", "ASIAN"])
    form.coded("RACE", race, {"WHITE": "White", "BLACK OR AFRICAN AMERICAN": "Black or African American",
                              "NOT REPORTED": "Not reported", "ASIAN": "Asian"})  # fmt: skip
    latino = third & (form.random.random(len(people)) < 0.15)
    ethnic = {"NOT HISPANIC OR LATINO": "Not Hispanic or Latino", "HISPANIC OR LATINO": "Hispanic or Latino"}
    form.coded("ETHNIC", pick(latino.astype(int), list(ethnic)), ethnic)
    form.yes_no("CHILDPOT", people.female & (people.age < 50), people.female)
    form.add("COUNTRY", pick(people.site_kind, ["CHN", "CHN", "USA"]))
    return form


def ie(people: People, seed: int) -> Form:
    """Criteria not met, for screen failures."""
    failed = np.flatnonzero(people.enrolled == NONE)
    codes = ["EXCL04", "INCL07", "EXCL02", "INCL05"]
    form = people.form("ie", people.rows(failed, "SCR", people.end[failed]), seed)
    form.yes_no("IEYN", np.zeros(len(failed), dtype=bool))
    which = (people.course[failed] + people.block[failed]) % 4
    form.add("IETESTCD", pick(which, codes))
    form.coded("IEORRES", pick(which % 2, ["Y", "N"]), {"Y": "Yes", "N": "No"})
    form.add("IEVER", pick((people.consent[failed] >= VERSION_2).astype(int), ["V1.0", "V2.0"]))
    form.date("IEDAT", people.end[failed])
    return form


def mmhist(people: People, seed: int) -> Form:
    """Myeloma history, one row per subject number."""
    size = len(people)
    form = people.form("mmhist", people.rows(np.arange(size), "SCR", people.screening), seed)
    random = form.random
    form.coded("DISTYPE", people.trait("disease"), DISEASES)
    diagnosis = people.consent - random.integers(900, 3000, size)
    form.date("DXDAT", diagnosis, random.choice([1, 2, 3], size, p=[0.1, 0.6, 0.3]))
    pcl = people.of("disease", "PPCL", "SPCL")
    leukemia = np.where(people.of("disease", "PPCL"), diagnosis, people.consent - random.integers(60, 300, size))
    form.date("PCLDXDAT", np.where(pcl, leukemia, NONE), random.choice([2, 3], size))
    form.add("ISOTYPE", pick(isotype_codes(people), ISOTYPES))
    form.choice("ISSDX", ["I", "II", "III"], [0.3, 0.4, 0.3])
    form.choice("RISS", ["I", "II", "III"], [0.2, 0.5, 0.3])
    form.date("RISSDAT", people.screening)
    form.yes_no("LYTIC", random.random(size) < 0.7)
    soft = people.of("pd_at", "M3") | (random.random(size) < 0.15)
    form.yes_no("EMD", soft)
    form.add("EMDLOC", pick(np.where(soft, people.course % 3, -1), ["Paravertebral", "Liver", "Chest wall"]))
    form.number("BMPCDX", random.integers(20, 85, size))
    form.date("LASTPDDAT", people.consent - random.integers(20, 120, size), random.choice([2, 3], size, p=[0.3, 0.7]))
    form.coded("REFRSTAT", pick(random.integers(0, 3, size), ["RELAPSED", "REFRACTORY", "BOTH"]),
               {"RELAPSED": "Relapsed", "REFRACTORY": "Refractory", "BOTH": "Relapsed and refractory"})  # fmt: skip
    form.yes_no("TRIPLEREF", random.random(size) < 0.6)
    form.yes_no("PENTAREF", random.random(size) < 0.25)
    return form


def cytog(people: People, seed: int) -> Form:
    """Cytogenetics, one row per marker."""
    markers = ["del(17p)", "t(4;14)", "t(14;16)", "1q21 gain", "t(11;14)", "TP53 mut"]
    rows = people.rows(np.arange(len(people)), "SCR", people.screening).times(len(markers))
    form = people.form("cytog", rows, seed)
    marker = np.tile(np.arange(len(markers)), len(people))
    form.date("SPECDAT", rows.day)
    form.add("METHOD", pick((marker == 5).astype(int), ["FISH", "NGS"]))
    form.add("MARKER", pick(marker, markers))
    result = form.random.choice(4, form.size, p=[0.22, 0.7, 0.05, 0.03])
    form.coded("RESULT", pick(result, ["POSITIVE", "NEGATIVE", "NOT DONE", "INSUFFICIENT"]),
               {"POSITIVE": "Positive", "NEGATIVE": "Negative", "NOT DONE": "Not done",
                "INSUFFICIENT": "Insufficient material"})  # fmt: skip
    form.number("PCTCELLS", np.where(result == 0, form.random.integers(8, 95, form.size), np.nan))
    form.yes_no("HIGHRISK", (result == 0) & (marker < 3), result < 2)
    return form


def prthx(people: People, seed: int) -> Form:
    """Prior anti-myeloma therapy, one row per drug or procedure per line, the lines in order of date."""
    regimens = [("VRd", ("BORTEZOMIB", "LENALIDOMIDE", "DEXAMETHASONE")),
                ("ASCT", ("MELPHALAN", PROCEDURES[0])),
                ("KRd", ("CARFILZOMIB", "LENALIDOMIDE", "DEXAMETHASONE")),
                ("DPd", ("DARATUMUMAB", "POMALIDOMIDE", "DEXAMETHASONE"))]  # fmt: skip
    names = {**DRUG, **{p: len(DRUGS) + i for i, p in enumerate(PROCEDURES)}}
    table = [(line, regimen, names[t]) for line, (regimen, parts) in enumerate(regimens) for t in parts]
    line, drug = np.array([t[0] for t in table]), np.array([t[2] for t in table])
    lines = 3 + (people.course + people.block) % 2
    person, item = np.nonzero(line[None, :] < lines[:, None])
    start = people.consent[person] - 820 + 190 * line[item] + (person * 13) % 25
    end = start + 100 + (person * 5) % 40
    form = people.form("prthx", people.rows(person, "LOG", people.screening[person]), seed)
    form.number("LINE", line[item] + 1)
    form.add("REGIMEN", pick(item, [t[1] for t in table]))
    drug_name(form, "TRT", drug[item], PROCEDURES)
    form.coded("TYPE", pick((drug[item] >= len(DRUGS)).astype(int), ["DRUG", "ASCT"]),
               {"DRUG": "Drug", "ASCT": "Autologous transplant"})  # fmt: skip
    form.date("STDAT", start, form.random.choice([1, 2, 3], form.size, p=[0.15, 0.55, 0.3]))
    form.date("ENDAT", end, form.random.choice([1, 2, 3], form.size, p=[0.1, 0.5, 0.4]))
    best = np.array(["VGPR", "CR", "PR", "MR", "UNK"])[(person * 3 + line[item] * 2) % 5]
    form.coded("BESTRESP", pick(np.searchsorted(codes := np.array(sorted(RESPONSES)), best), list(codes)), RESPONSES)
    progressed = line[item] != 1
    form.date("PDDAT", np.where(progressed, end + 40, NONE), np.full(form.size, 2))
    form.coded("REASEND", pick(np.where(progressed, (person + line[item]) % 2, 2), ["PD", "TOXICITY", "COMPLETED"]),
               {"PD": "Progressive disease", "TOXICITY": "Toxicity", "COMPLETED": "Completed"})  # fmt: skip
    form.yes_no("REFRACT", line[item] >= 2)
    return form


def mh(people: People, seed: int) -> Form:
    """Other medical history."""
    terms = ["Hypertension", "Type 2 diabetes mellitus", "Neuropathy peripheral", "Back pain", "Hepatitis B"]
    table = np.array([TERM[t] for t in terms])
    person, item = np.nonzero((np.arange(len(people))[:, None] * 3 + np.arange(5) * 2) % 7 < 3)
    form = people.form("mh", people.rows(person, "LOG", people.screening[person]), seed)
    event_term(form, "MHTERM", table[item])
    start = people.consent[person] - form.random.integers(200, 4000, form.size)
    form.date("MHSTDAT", start, form.random.choice([0, 1, 2, 3], form.size, p=[0.1, 0.4, 0.3, 0.2]))
    ongoing = form.random.random(form.size) < 0.8
    form.date("MHENDAT", np.where(ongoing, NONE, np.minimum(start + 150, EXTRACT)), np.full(form.size, 2))
    form.yes_no("MHONGO", ongoing)
    form.number("MHGR", form.random.integers(1, 4, form.size))
    return form
