"""Forms of the disease assessment: protein panel, marrow, smear, imaging, response; and the MRD transfer."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np

from .analytes import PANEL, Analyte, conventional, reported, unit_text
from .base import NONE, Column, File, Floats, Form, Ints, Rows, constant, generator, on_days, pick, where
from .disease import CR_, LEVELS, MARROW, NE_, PD_, POST, Markers, progressed
from .people import CONFIRMATION, FOLDERS, OIDS, People, at
from .screening import ISOTYPES, RESPONSES, isotype_codes

SPEP: Final = Analyte("SPEP", "g/L", "g/dL", 10, 1, 1, 0, 0, 0, 0, 0.5)
UPEP: Final = Analyte("UPEP", "mg/24h", "g/24h", 1000, 0, 3, 0, 0, 0, 0)
FIXATION: Final = {"NEGATIVE": "Negative", "POSITIVE": "Positive", "EQUIVOCAL": "Equivocal", "NOT DONE": "Not done"}


def mmpanel(people: People, visits: Rows, truth: Markers, seed: int) -> Form:
    """Protein studies; one date for the blood samples, start and end for the 24-hour urine."""
    chosen = np.flatnonzero(at(visits, "SCR", "PRELD", *POST, kinds=(CONFIRMATION,)))
    rows = visits.select(chosen)
    form = people.form("mmpanel", rows, seed)
    random, kind = form.random, people.site_kind[rows.person]
    form.date("SPEPDAT", rows.day)
    serum = truth.serum[chosen]
    us = conventional(SPEP, kind, rows.day)
    form.add("SPEP_RES", where(serum <= 0, constant("NOT DETECTED", form.size), reported(SPEP, serum, us)))
    form.add("SPEP_UNIT", unit_text(SPEP, kind, us).where(serum > 0))
    collected = random.random(form.size) > 0.05
    begin = random.integers(360, 480, form.size)
    form.date("UPSTDAT", np.where(collected, rows.day - 1, NONE))
    form.time("UPSTTIM", np.where(collected, begin, NONE))
    form.date("UPENDAT", np.where(collected, rows.day, NONE))
    form.time("UPENTIM", np.where(collected, begin, NONE))
    form.number("UVOL", np.where(collected, random.integers(900, 2600, form.size), np.nan))
    urine = np.where(collected, truth.urine[chosen], np.nan)
    us = conventional(UPEP, kind, rows.day)
    form.add("UPEP_RES", reported(UPEP, urine, us))
    form.add("UPEP_UNIT", unit_text(UPEP, kind, us).where(collected))
    isotype = isotype_codes(people)[rows.person]
    for name, positive, done in (("SIFE", truth.serum_fixation[chosen], np.ones(form.size, dtype=bool)),
                                 ("UIFE", truth.urine_fixation[chosen], collected)):  # fmt: skip
        result = np.where(~done, 3, np.where(positive, 1, 0))
        result[done & (random.random(form.size) < 0.01)] = 2
        form.coded(name, pick(result, list(FIXATION)), FIXATION)
        form.add(f"{name}_ISO", pick(np.where(result == 1, isotype, -1), ISOTYPES))
    _proteins(form, truth, chosen, kind, isotype)
    return form


def _proteins(form: Form, truth: Markers, chosen: Ints, kind: Ints, isotype: Ints) -> None:
    """Free light chains, immunoglobulins (the M-protein counts to its own class) and beta-2 microglobulin."""
    random, size = form.random, form.size
    serum, kappa, lam = truth.serum[chosen], truth.kappa[chosen], truth.lambda_[chosen]
    depth = np.where(form.rows.folder >= OIDS["D28"], 0.45, 0.8)
    values = {
        "KAPPA": kappa,
        "LAMBDA": lam,
        "FLCR": kappa / lam,
        "IGG": np.where(isotype < 2, serum * 1.1, 0) + 6.5 * depth * random.uniform(0.8, 1.2, size),
        "IGA": np.where((isotype == 2) | (isotype == 3), serum * 1.1, 0) + 0.8 * depth * random.uniform(0.7, 1.3, size),
        "IGM": 0.5 * depth * random.uniform(0.7, 1.3, size),
        "IGD": 0.02 * random.uniform(0.7, 1.3, size),
        "B2M": 2.2 + 0.05 * serum * random.uniform(0.8, 1.2, size),
    }
    for analyte in PANEL:
        us = conventional(analyte, kind, form.rows.day)
        alone = analyte.code.startswith("IG")
        form.add(analyte.code if alone else f"{analyte.code}_RES", reported(analyte, values[analyte.code], us))
        if not alone and analyte.code != "FLCR":
            form.add(f"{analyte.code}_UNIT", unit_text(analyte, kind, us))


def bm(people: People, visits: Rows, truth: Markers, seed: int) -> Form:
    """Marrow morphology and clonality."""
    chosen = np.flatnonzero(at(visits, "SCR", *MARROW))
    rows = visits.select(chosen)
    form = people.form("bm", rows, seed)
    kinds = form.random.choice(3, form.size, p=[0.5, 0.1, 0.4])
    form.date("BMDAT", rows.day)
    form.coded("BMTYPE", pick(kinds, ["ASPIRATE", "BIOPSY", "BOTH"]),
               {"ASPIRATE": "Aspirate", "BIOPSY": "Biopsy", "BOTH": "Aspirate and biopsy"})  # fmt: skip
    marrow = truth.marrow[chosen]
    form.number("BMPCASP", np.where(kinds != 1, np.round(marrow), np.nan))
    form.number("BMPCBX", np.where(kinds != 0, np.round(marrow * 1.1), np.nan))
    tested = form.random.random(form.size) > 0.06
    clonal = np.where(tested, truth.clonal[chosen].astype(int), 2)
    form.coded("CLONAL", pick(clonal, ["ABSENT", "PRESENT", "NOT TESTED"]),
               {"ABSENT": "Absent", "PRESENT": "Present", "NOT TESTED": "Not tested"})  # fmt: skip
    form.add("KLRATIO", pick(np.where(tested, truth.clonal[chosen].astype(int) * (1 + rows.person % 2), -1),
                             ["2:1", "12:1", "1:9"]))  # fmt: skip
    form.yes_no("CELLS100", form.random.random(form.size) > 0.1)
    form.yes_no("ADEQ", form.random.random(form.size) > 0.04)
    return form


def pbsmear(people: People, visits: Rows, truth: Markers, seed: int) -> Form:
    """Plasma cells in the blood smear, plasma cell leukemia only."""
    leukemia = people.of("disease", "PPCL", "SPCL")[visits.person]
    chosen = np.flatnonzero(at(visits, "SCR", "PRELD", *POST, kinds=(CONFIRMATION,)) & leukemia)
    form = people.form("pbsmear", visits.select(chosen), seed)
    form.date("PBDAT", form.rows.day)
    form.number("PBPC", np.round(truth.blood[chosen], 1), 1)
    form.number("PBPCABS", truth.blood[chosen] * 0.07, 2)
    return form


def plasm(people: People, visits: Rows, truth: Markers, seed: int) -> Form:
    """Imaging, one row per lesion: those of screening followed, new ones at progression by imaging."""
    when = np.flatnonzero(at(visits, "SCR", "PRELD", *MARROW))
    ever = np.zeros(len(people), dtype=bool)
    ever[visits.person[truth.tumor > 0]] = True
    when = when[ever[visits.person[when]]]
    person = visits.person[when]
    by_imaging = people.of("basis", "IMAGING")[person]
    new = by_imaging & progressed(people, visits.select(when))
    count = np.where(new, 3, 2)
    chosen = np.repeat(when, count)
    form = people.form("plasm", visits.select(chosen), seed)
    lesion = np.concatenate([np.arange(c) for c in count]) if len(count) else np.zeros(0, dtype=np.int64)
    form.date("IMDAT", form.rows.day)
    form.add("IMMETH", pick(form.rows.person % 3, ["PET/CT", "CT", "MRI"]))
    form.add("LESID", pick(lesion, ["P01", "P02", "P03"]))
    form.coded("LESTYPE", pick(lesion, ["SOFT TISSUE", "PARAMEDULLARY", "BONE"]),
               {"SOFT TISSUE": "Soft tissue", "PARAMEDULLARY": "Paramedullary", "BONE": "Bone"})  # fmt: skip
    form.add("LOC", pick(lesion, ["Chest wall, left", "Paravertebral T8", "Right ilium"]))
    area = truth.tumor[chosen] * np.where(lesion == 0, 0.7, 0.3)
    side = np.round(np.sqrt(area))
    form.number("LDIAM", np.where(area > 0, side + 3, 0))
    form.number("PERP", np.where(area > 0, np.maximum(side - 3, 1), 0))
    state = np.where(lesion == 2, 2, np.where(area > 0, 0, 1))
    form.coded("STATE", pick(state, ["PRESENT", "ABSENT", "NEW", "NE"]),
               {"PRESENT": "Present", "ABSENT": "Absent", "NEW": "New lesion", "NE": "Not evaluable"})  # fmt: skip
    form.number("SUVMAX", np.where(state == 1, np.nan, 3 + area / 150), 1)
    return form


def resp(people: People, visits: Rows, truth: Markers, seed: int) -> Form:
    """Response by the investigator: mostly what the values say, one level off now and then, rarely not evaluable."""
    chosen = np.flatnonzero(truth.assessed)
    form = people.form("resp", visits.select(chosen), seed)
    level = _investigator(form, truth.response[chosen])
    person = form.rows.person
    progressed = level == PD_
    form.date("RSDAT", form.rows.day)
    form.add("RSVISIT", form.columns["FOLDERNAME"])
    form.coded("RSRESP", pick(level, LEVELS), RESPONSES)
    basis = people.trait("basis").iloc[person].reset_index(drop=True)
    form.add("PDBASIS", basis.where(progressed))
    form.date("PDCONFDAT", np.where(progressed & (form.rows.kind == CONFIRMATION), form.rows.day, NONE))
    leukemia = people.of("disease", "PPCL", "SPCL")[person].astype(int)
    form.coded("RSCRIT", pick(leukemia, ["IMWG2016", "PCL2013"]),
               {"IMWG2016": "IMWG 2016", "PCL2013": "IMWG PCL consensus 2013"})  # fmt: skip
    remark = np.where(level == CR_, 0, np.where(progressed, 1, np.where(level == NE_, 2, -1)))
    form.add("RSCOMM", pick(remark, ["Immunofixation negative, marrow clear", "Discussed with sponsor; see panel",
                                     "Urine not collected"]))  # fmt: skip
    return form


def _investigator(form: Form, level: Ints) -> Ints:
    """The level reported: progression always as it is; others one level off in 4 percent, not evaluable in 2."""
    luck = form.random.random(form.size)
    off = (luck < 0.04) & (level < PD_ - 1)
    result = np.where(off, np.where(luck < 0.02, level + 1, np.maximum(level - 1, 1)), level)
    incomplete = (luck > 0.98) | (form.people.course[form.rows.person] == 16) & (form.rows.folder == OIDS["D28"])
    return np.where(incomplete & (level < PD_), NE_, result)


def mrd(people: People, visits: Rows, truth: Markers, seed: int) -> File:
    """Vendor transfer of minimal residual disease; the collection date is an Excel serial number."""
    random = generator(seed, "mrd")
    infused = people.infused[visits.person]
    marrow = np.flatnonzero(at(visits, *MARROW) & infused & (truth.response <= CR_ + 1))
    second = marrow[visits.person[marrow] % 4 == 0]
    chosen = np.concatenate([marrow, second])
    method = np.concatenate([visits.person[marrow] % 2, np.full(len(second), 2)])
    order = np.lexsort([method, visits.day[chosen], visits.person[chosen]])
    chosen, method = chosen[order], method[order]
    size = len(chosen)
    deep = (truth.response[chosen] <= CR_) | (random.random(size) < 0.25)
    luck = random.random(size)
    luck[-2:] = (0.05, 0.01)[: len(luck[-2:])]
    result = np.where(luck < 0.03, 3, np.where(luck < 0.06, 2, np.where(deep, 0, 1)))
    residual = np.where(result == 1, 10.0 ** random.uniform(-4.8, -2.5, size), np.nan)
    residual[(result == 0) & (luck > 0.7)] = 2e-6
    result[(result == 0) & (luck > 0.85)] = 1
    file = File("mrd")
    file.add("SUBJID", pick(visits.person[chosen], people.subject))
    file.add("VISIT", pick(visits.folder[chosen], [f.name for f in FOLDERS]))
    file.add("COLDAT", on_days(visits.day[chosen], excel_serial))
    file.add("METHOD", pick(method, ["NGS", "NGF", "MFC"]))
    file.add("RESULT", pick(result, ["NEGATIVE", "POSITIVE", "INDETERMINATE", "QNS"]))
    file.add("RESIDUAL", scientific(residual))
    file.add("LOD", pick(np.where(result == 3, -1, method), ["6.8e-7", "2e-6", "1e-5"]))
    file.add("LOQ", pick(np.where(result == 3, -1, method), ["1.9e-6", "5e-6", "2e-5"]))
    file.number("CELLS", np.where(result == 3, np.nan, np.where(method == 2, 500_000, 2_000_000)))
    file.add("THRESH", constant("1e-5", size))
    file.add("PULL", pick((luck > 0.15).astype(int), ["N", "Y"]))
    file.add("TRANSDAT", constant("2026-04-15", size))
    return file


def excel_serial(date: dt.date) -> str:
    """A day as Excel counts it (1900 date system)."""
    return str(date.toordinal() - dt.date(1899, 12, 30).toordinal())


def scientific(values: Floats) -> Column:
    """Numbers with two digits and an exponent; empty where NaN."""
    distinct, codes = np.unique(values, return_inverse=True)
    return pick(codes, ["" if np.isnan(v) else f"{v:.1e}" for v in distinct])
