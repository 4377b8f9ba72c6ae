"""CT0596: what the design basis promises of the analysis datasets is in the files of the synthetic extract.

Variables and parameters of sections 4.1 to 4.7, one row or more for every endpoint of 4.8, and a setting for every
assumption; each written here as it stands in the basis, and compared with the transport files of a run.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from mappings.ct0596.simulate import simulate
from pipeline.run import RunOptions, load_model, run
from specs.analyses import load_analyses

VARIABLES = {
    "adsl": """STUDYID USUBJID SUBJID SITEID COUNTRY AGE AGEGR1 SEX RACE ETHNIC DISTYPE DISTYPEN DISSUB
        RFICDT ENRLDT APHDT APHNUM LDSDT LDEDT TRTSDT TRTSDTM TRTEDT TRTEDTM REINFDT
        TRT01P TRT01PN TRT01A TRT01AN DOSE01P DOSE01A DOSEPCT TTESDT TTESDTSR
        SCRNFL ENRLFL APHFL LDFL SAFFL EFFFL MEASFL DLTEVLFL DLTFL MRDEVLFL CKEVLFL BRDGFL
        RISSBL ISSBL CYTOHRFL EMDFL PRLINES TRIPLEFL PENTAFL PRIASCFL ECOGBL BMPCBL SMBL DFLCBL LDHBL B2MBL ISOTYPE
        RSPDT PDDT NACTDT LSTADT LSTALVDT DTHFL DTHDT DTHDTF DTHCAUS DTHCGR1 LDDTHELD
        EOSSTT EOSDT DCSREAS EOTSTT DCUTDT DCUTDESC""",
    "adae": """STUDYID USUBJID AESEQ ASTDT ASTDTF ASTDTM AENDT AENDTF ASTDY AENDY ADURN ADURU TRTEMFL ANL01FL
        PREFL APHEMFL LDEMFL ATOXGR ATOXGRN ATOXSCL AEGE3FL AREL ARELLD DLTFL DLTWINFL
        AOCCFL AOCCSFL AOCCPFL AOCCIFL AOCCSIFL AOCCPIFL
        CQ01NAM CQ02NAM CQ03NAM CQ04NAM CQ05NAM CQ06NAM CQ07NAM CQ08NAM TTOD TOCIFL STERFL APHDY""",
    "adrs": """STUDYID USUBJID PARAMCD PARAM ADT ADY APHDY AVAL AVALC PARCAT1 PARCAT2 ANL01FL
        SRCDOM SRCVAR SRCSEQ DECRULE MISSITEM PDBASIS""",
    "adtte": """STUDYID USUBJID PARAMCD PARAM AVAL STARTDT STARTDTF ADT ADTF CNSR EVNTDESC CNSDTDSC
        SRCDOM SRCVAR SRCSEQ""",
    "adlb": """STUDYID USUBJID PARAMCD PARAM AVAL AVALC DTYPE BASETYPE ABLFL BASE CHG PCHG BNRIND ANRIND SHIFT1
        ADT ADTM ADY AVISIT AVISITN ANL01FL ATOXGRL ATOXGRH ATOXGR BTOXGRL BTOXGRH CRIT1 CRIT1FL LBSEQ SRCDOM""",
    "adpc": "STUDYID USUBJID PARAMCD PARAM AFRLT NFRLT AVAL AVALC AVALLOQ DTYPE ADT ADTM PCSEQ PCMETHOD ANL01FL SRCDOM",
    "adpp": "STUDYID USUBJID PARAMCD PARAM AVAL AVALC ADT AREASND EARLYFL ANL01FL SRCDOM SRCVAR SRCSEQ",
    "adex": "STUDYID USUBJID PARAMCD PARAM AVAL AVALC ASTDT AENDT ASTDY SRCDOM SRCVAR SRCSEQ",
}
PARAMETERS = {
    "adrs": """OVR OVRD COVR COVRD BOR CBOR CBORD RSP CRRSP VGPRRSP CBRSP DCRSP PD PDU LSTA DEATH MRD5 MRD6 MRDNEG
        MRDVGPR MRDSUS CONC""",
    "adtte": "PFS PFSINF PFSSTR OS DOR TTRESP TTRINF",
    "adlb": """DFLC FLCINV FLCRAT CACORR ALTXULN ASTXULN BILIXULN IL6PEAK IL6TPK CRPPEAK FERPEAK NEUTR
        MCPRS MCPIFS MCPIFU MPEXR""",
    "adpp": "CMAX TMAX CLST TLST AUC028 AUC028H AUCLST PERS3 PERS6",
    "adex": "CELLDOSE DOSEPCT FLUDOSE CYDOSE LDDAYS LDCOMPFL VEINVEIN LDTOINF",
}
ENDPOINTS = [
    ("AE", "primary", "worst", "SAFFL = 'Y'", "ADAE"),  # AE, CTCAE grade
    ("DLT", "primary", "escalation", "DLTEVLFL = 'Y'", "ADSL"),  # DLT, MTD
    ("ORR", "secondary", "rate", "EFFFL = 'Y'", "ADRS"),
    ("CRR", "secondary", "rate", "EFFFL = 'Y'", "ADRS"),  # CR/sCR rate
    ("VGPR", "secondary", "rate", "EFFFL = 'Y'", "ADRS"),  # VGPR and above
    ("DOR", "secondary", "survival", "RSPDT is not missing", "ADTTE"),
    ("MRD", "secondary", "rate", "SAFFL = 'Y'", "ADRS"),  # of the records with a VGPR or better
    ("TTR", "secondary", "summary", "RSPDT is not missing", "ADTTE"),
    ("PFS", "secondary", "survival", "APHFL = 'Y'", "ADTTE"),
    ("CARCMAX", "secondary", "summary", "CKEVLFL = 'Y'", "ADPP"),  # CAR copies
    ("CARTMAX", "secondary", "summary", "CKEVLFL = 'Y'", "ADPP"),
    ("CARAUC", "secondary", "summary", "CKEVLFL = 'Y'", "ADPP"),
    ("CARTLST", "secondary", "summary", "CKEVLFL = 'Y'", "ADPP"),
    ("CARVIS", "secondary", "summary", "CKEVLFL = 'Y'", "ADPC"),
    ("OS", "other", "survival", "APHFL = 'Y'", "ADTTE"),
    ("IL6", "other", "summary", "SAFFL = 'Y'", "ADLB"),
    ("IL6FOLD", "other", "summary", "SAFFL = 'Y'", "ADLB"),
    ("IL6VIS", "other", "summary", "SAFFL = 'Y'", "ADLB"),
    ("ORRAPH", "sensitivity", "rate", "APHFL = 'Y'", "ADRS"),  # Q2
    ("CONC", "sensitivity", "rate", "SAFFL = 'Y'", "ADRS"),  # 5.4
    ("CONCRSP", "sensitivity", "rate", "SAFFL = 'Y'", "ADRS"),
    ("OVRCONC", "sensitivity", "agreement", "SAFFL = 'Y'", "ADRS"),
]
SETTINGS = {
    "tte_anchor": ["APHDT", "ENRLDT", "LDSDT", "TRTSDT"],  # Q1
    "donor_product": "N",
    "response_population": "EFFFL = 'Y'",  # Q2
    "mrd_population": "SAFFL = 'Y'",  # Q3
    "mrd_records": "PARAMCD = 'MRDVGPR' and ANL01FL = 'Y'",
    "response_confirmed": True,  # Q4
    "leukemia_criteria": "consensus 2013",  # Q5
    "response_baseline": ["LDSDT", "APHDT"],  # Q6; Q7 is PFS beside PFSSTR
    "truncate_at_m12": False,  # Q8
    "m12_days": 365,
    "ctcae_scale": "CTCAE V5.0",  # Q9
    "consensus_scale": "ASTCT 2019",  # Q9
    "measurable_serum": 10,  # Q10
    "dlt_window_days": 28,  # 1.3
    "dlt_minimum_percent": 80,
    "acute_observation_days": 29,
    "planned_lymphodepletion": 6,
    "analysis_days": 365,  # 4.2
    "response_imputation": "n",  # impute_rs_day is off
    "confirmation_warning_days": 84,
    "missed_assessments": 2,
    "unscheduled_gap_days": 182,
    "sustained_days": 365,
    "kinetics_method": "REAL-TIME POLYMERASE CHAIN REACTION ASSAY",  # 4.6
    "kinetics_interval": 28,
    "kinetics_interval_earliest": 25,
    "kinetics_minimum": 3,
    "kinetics_month_3": 90,
    "kinetics_month_6": 180,
    "neutrophil_recovery": 0.5,  # 4.5
    "normal_albumin": 40,
    "calcium_factor": 0.02,
    "circulating_cells": 5,  # 4.1
    "nadir_mode": "lowest",  # 5.2
    "flc_ratio_low": 0.26,
    "flc_ratio_high": 1.65,
    "plasmacytoma_vgpr": 50,  # 5.3
    "ife_interference": False,
    "marrow_days": 28,  # 5.1
    "response_window": 7,
    "leukemia_maintain_weeks": 0,  # 5.5
    "leukemia_relative_marrow": False,
}


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The delivery of the synthetic extract of 24 subject numbers, seed 596."""
    folder = tmp_path_factory.mktemp("analysis")
    simulate(24, 596, folder / "extract")
    made = run(RunOptions("ct0596", folder / "extract", out=folder / "out")).delivery
    assert made is not None
    return made


def transport(delivery: Path, name: str) -> pd.DataFrame:
    [path] = delivery.rglob(f"{name}.xpt")
    frame: pd.DataFrame = pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]
    return frame


@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_is_delivered(delivery: Path, name: str) -> None:
    assert set(VARIABLES[name].split()) - set(transport(delivery, name).columns) == set()


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_delivered(delivery: Path, name: str) -> None:
    assert set(PARAMETERS[name].split()) - set(transport(delivery, name)["PARAMCD"]) == set()


@pytest.mark.parametrize("name", sorted(set(VARIABLES) - {"adsl"}))
def test_every_record_names_its_source(delivery: Path, name: str) -> None:
    frame = transport(delivery, name)
    if name == "adae":
        assert frame["AESEQ"].notna().all()
    else:
        assert (frame["SRCDOM"] != "").all()


def test_every_endpoint_of_the_registry_entry_has_its_rows(delivery: Path) -> None:
    said = load_analyses(load_model("ct0596", False, None)).ordered
    assert [(n, e.group, e.statistic, e.population, e.dataset) for n, e in said] == ENDPOINTS
    assert pd.read_csv(delivery / "report" / "endpoints.csv")["endpoint"].tolist() == [row[0] for row in ENDPOINTS]
    analyses = {row["endpoint"]: row for row in details(delivery)}
    assert all(analyses[name]["N"] > 0 and analyses[name]["text"] for name, *_ in ENDPOINTS)
    assert analyses["CARCMAX"]["text"].startswith("18 / 18, geometric mean ")


def details(delivery: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((delivery / "report" / "endpoints.json").read_text(encoding="utf-8"))
    return found


def test_every_assumption_is_a_setting() -> None:
    settings = load_model("ct0596", False, None).study.settings
    assert {name: settings.get(name) for name in SETTINGS} == SETTINGS
