"""The synthetic extract of CT0596: what section 2 of the design basis promises about it."""

from __future__ import annotations

import hashlib
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mappings.ct0596.simulate import catalogue, simulate

FOLDER = Path(__file__).parents[2] / "mappings" / "ct0596"
ENCODINGS = {"cytok": "windows-1252", "ckflow": "gb18030"}
SYSTEM = [
    "PROJECT", "ENVIRONMENT", "SITENUMBER", "SITE", "SUBJECT", "SUBJECTSTATUS", "FOLDER", "FOLDERNAME", "FOLDERSEQ",
    "INSTANCEREPEAT", "FORMOID", "PAGEREPEAT", "RECORDID", "RECORDPOS", "RECORDACTIVE", "RECORDDATE", "SAVETS",
]  # fmt: skip
EDC = [
    "subj", "ic", "dm", "ie", "mmhist", "cytog", "prthx", "mh", "cm", "bridge", "aph", "prodrel", "ld", "inf", "ae",
    "crs", "icans", "lbhem", "lbchem", "lbcoag", "mmpanel", "bm", "pbsmear", "plasm", "resp", "ecog", "vs", "sv",
    "nact", "surv", "ds_eot", "ds_eos", "dth", "dv",
]  # fmt: skip
TRANSFERS = ["sae", "labs", "central_lb", "cytok", "ck", "ckflow", "mrd"]
Files = dict[str, pd.DataFrame]


def read(folder: Path) -> Files:
    return {
        p.stem: pd.read_csv(p, dtype=str, keep_default_na=False, encoding=ENCODINGS.get(p.stem, "utf-8-sig"))
        for p in sorted(folder.glob("*.csv"))
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("ct0596")
    simulate(24, 596, out)
    return out


@pytest.fixture(scope="module")
def files(folder: Path) -> Files:
    return read(folder)


@pytest.fixture(scope="module")
def five_hundred(tmp_path_factory: pytest.TempPathFactory) -> Files:
    out = tmp_path_factory.mktemp("ct0596-500")
    started = time.process_time()
    simulate(500, 7, out)
    assert time.process_time() - started < 20, "500 subjects take too long: 5,000 must fit in a minute"
    return read(out)


def test_writes_every_file_and_reports_its_rows(folder: Path, tmp_path: Path) -> None:
    rows = simulate(24, 596, tmp_path)
    assert sorted(rows) == sorted(f"{name}.csv" for name in [*EDC, *TRANSFERS])
    assert rows["dm.csv"] == 24
    assert rows["cytog.csv"] == 144


def test_system_columns_lead_every_edc_file_and_no_transfer(files: Files) -> None:
    for name in EDC:
        assert list(files[name].columns[:17]) == SYSTEM, name
        assert set(files[name]["FORMOID"]) <= {name.upper()}
    for name in TRANSFERS:
        assert "RECORDID" not in files[name].columns


def test_record_ids_are_unique_over_the_extract(files: Files) -> None:
    assert pd.concat([files[name]["RECORDID"] for name in EDC]).is_unique


def test_24_subject_numbers_are_23_persons(files: Files) -> None:
    subj = files["subj"].set_index("SUBJECT")
    assert len(subj) == 24
    assert subj.loc["01-011", "RESCREENOF"] == "01-004"
    assert (subj["RESCREENOF"] != "").sum() == 1
    demography = files["dm"].set_index("SUBJECT")[["SEX_STD", "AGE", "RACE_STD", "BRTHDAT_RAW"]]
    assert list(demography.loc["01-004"]) == list(demography.loc["01-011"])


def counts(files: Files) -> dict[str, int]:
    inf = files["inf"]
    first = inf[(inf["INFNO"] == "1") & (inf["INFYN_STD"] == "Y")]
    depleted = set(files["ld"].loc[files["ld"]["LDGIVEN_STD"] == "Y", "SUBJECT"])
    subj = files["subj"].set_index("SUBJECT")
    treated = subj.loc[list(first["SUBJECT"].unique())]
    eos = files["ds_eos"]["DSDECOD_STD"].value_counts()
    disease = files["mmhist"]["DISTYPE_STD"].value_counts()
    return {
        "screen failures": int((subj["STATUS"] == "SCREEN FAILURE").sum()),
        "enrolled": int((subj["ENRLDAT"] != "").sum()),
        "apheresed": files["aph"]["SUBJECT"].nunique(),
        "infused": first["SUBJECT"].nunique(),
        "DL1": int((treated["DOSELEVEL"] == "DL1").sum()),
        "DL2": int(((treated["DOSELEVEL"] == "DL2") & (treated["COHORT"] == "ESCALATION")).sum()),
        "DL3": int((treated["DOSELEVEL"] == "DL3").sum()),
        "expansion": int((treated["COHORT"] == "EXPANSION").sum()),
        "out of specification": int((files["prodrel"]["RELSTAT_STD"] == "OOS").sum()),
        "depleted, not infused": len(depleted - set(first["SUBJECT"])),
        "RRMM": int(disease["RRMM"]),
        "PCL": int(disease.drop("RRMM").sum()),
        "deaths": files["dth"]["SUBJECT"].nunique(),
        "lost": int(eos["LOST TO FOLLOW-UP"]),
        "withdrawn": int(eos["WITHDRAWAL BY SUBJECT"]),
        "re-infused": inf.loc[inf["INFNO"] == "2", "SUBJECT"].nunique(),
        "new therapy": files["nact"]["SUBJECT"].nunique(),
    }


@pytest.mark.parametrize("seed", [1, 2, 596])
def test_the_default_study_has_the_counts_of_section_2_4(seed: int, tmp_path: Path) -> None:
    simulate(24, seed, tmp_path)
    assert counts(read(tmp_path)) == {
        "screen failures": 4,
        "enrolled": 20,
        "apheresed": 20,
        "infused": 18,
        "DL1": 3,
        "DL2": 6,
        "DL3": 3,
        "expansion": 6,
        "out of specification": 1,
        "depleted, not infused": 1,
        "RRMM": 20,
        "PCL": 4,
        "deaths": 3,
        "lost": 2,
        "withdrawn": 1,
        "re-infused": 1,
        "new therapy": 4,
    }


def test_larger_studies_keep_the_proportions(five_hundred: Files) -> None:
    found = counts(five_hundred)
    assert len(five_hundred["subj"]) == 500
    assert five_hundred["subj"]["SUBJECT"].is_unique
    assert found["infused"] == 374
    assert abs(found["deaths"] - 500 * 3 / 24) < 5


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_same_seed_same_bytes_other_seed_other_bytes(folder: Path, tmp_path: Path) -> None:
    simulate(24, 596, tmp_path / "again")
    simulate(24, 597, tmp_path / "other")
    assert digests(tmp_path / "again") == digests(folder)
    assert digests(tmp_path / "other") != digests(folder)


def test_works_when_loaded_by_path_under_a_private_name(folder: Path, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("_private_pack_code", FOLDER / "simulate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.simulate(24, 596, tmp_path)
    assert digests(tmp_path) == digests(folder)


@pytest.mark.parametrize("subjects", [1, 2, 9, 25])
def test_any_number_of_subjects(subjects: int, tmp_path: Path) -> None:
    assert simulate(subjects, 3, tmp_path)["subj.csv"] == subjects


def test_no_subjects_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1 subject number"):
        simulate(0, 1, tmp_path)


def test_the_catalogue_is_what_the_default_study_holds() -> None:
    assert (FOLDER / "simulation" / "FORMS.md").read_text(encoding="utf-8") == catalogue(), (
        "FORMS.md is old: write the text of mappings.ct0596.simulate.catalogue() into it"
    )


# dates in order


def first(frame: pd.DataFrame, column: str) -> Any:
    return frame[frame[column] != ""].groupby("SUBJECT")[column].min()


def test_milestones_come_in_order(five_hundred: Files) -> None:
    f = five_hundred
    infused = f["inf"][(f["inf"]["INFNO"] == "1") & (f["inf"]["INFYN_STD"] == "Y")].set_index("SUBJECT")["INFDAT"]
    milestones = pd.DataFrame({
        "consent": first(f["ic"], "ICDAT"),
        "screening": first(f["sv"][f["sv"]["FOLDER"] == "SCR"], "VISDAT"),
        "enrolled": first(f["subj"], "ENRLDAT"),
        "apheresis": first(f["aph"], "APHDAT"),
        "depletion": first(f["ld"], "LDDAT"),
        "infusion": infused,
    }).dropna()  # fmt: skip
    assert len(milestones) == 374
    for earlier, later in zip(milestones.columns, milestones.columns[1:], strict=False):
        assert (milestones[earlier] < milestones[later]).all(), (earlier, later)
    gap = pd.to_datetime(milestones["infusion"]) - pd.to_datetime(milestones["depletion"])
    assert set(gap.dt.days) == {5}


@pytest.mark.parametrize(
    ("form", "date"),
    [("ae", "AESTDAT"), ("ae", "AEENDAT"), ("cm", "CMSTDAT"), ("lbhem", "LBDAT"), ("resp", "RSDAT"), ("vs", "VSDAT"),
     ("sv", "VISDAT"), ("crs", "GRDAT"), ("nact", "NASTDAT"), ("surv", "SSDAT"), ("plasm", "IMDAT")],
)  # fmt: skip
def test_nothing_happens_after_death_nor_after_the_extract(five_hundred: Files, form: str, date: str) -> None:
    surv = five_hundred["surv"]
    death = surv[surv["SSSTAT_STD"] == "DEAD"].set_index("SUBJECT")["SSDAT"]
    frame = five_hundred[form]
    known = frame[frame[date] != ""]
    assert (known[date] <= known["SUBJECT"].map(death).fillna("2026-04-20")).all()


def test_visits_come_in_the_order_of_their_numbers(five_hundred: Files) -> None:
    sv = five_hundred["sv"]
    sv = sv[(sv["VISDAT"] != "") & (sv["RECORDPOS"] == "1")].sort_values(["SUBJECT", "VISDAT"], kind="stable")
    number = sv["FOLDERSEQ"].astype(float)
    assert not ((number.diff() < 0) & (sv["SUBJECT"] == sv["SUBJECT"].shift())).any()


def test_new_therapy_of_the_infused_follows_progression(five_hundred: Files) -> None:
    resp = five_hundred["resp"]
    progression = first(resp[resp["RSRESP_STD"] == "PD"], "RSDAT")
    nact = five_hundred["nact"]
    infused = nact[nact["NAREAS"] == "Progressive disease"]
    known = infused[infused["NASTDAT"] != ""]
    assert len(known) > 40
    assert (known["NASTDAT"] > known["SUBJECT"].map(progression)).all()


# values that hang together


def test_complete_responses_have_negative_immunofixation_and_low_marrow(five_hundred: Files) -> None:
    resp, panel = five_hundred["resp"], five_hundred["mmpanel"]
    both = resp.merge(panel, on=["SUBJECT", "FOLDERSEQ"])
    deep = both[both["RSRESP_STD"].isin(["CR", "sCR"])]
    assert (deep["SIFE_STD"] == "NEGATIVE").mean() > 0.9
    assert deep["SPEP_RES"].isin(["NOT DETECTED"]).mean() > 0.9


def test_serum_m_protein_rises_at_biochemical_progression(five_hundred: Files) -> None:
    panel, resp = five_hundred["mmpanel"], five_hundred["resp"]
    both = resp[resp["PDBASIS"].str.startswith("SERUM")].merge(panel, on=["SUBJECT", "FOLDERSEQ"])
    at_pd = both[both["SPEP_RES"].str.fullmatch(r"[\d.]+")]
    grams: Any = at_pd["SPEP_RES"].astype(float) * np.where(at_pd["SPEP_UNIT"] == "g/dL", 10, 1)
    low = panel[(panel["FOLDER"] == "M3") & panel["SPEP_RES"].str.fullmatch(r"[\d.]+")].set_index("SUBJECT")
    nadir: Any = low["SPEP_RES"].astype(float) * np.where(low["SPEP_UNIT"] == "g/dL", 10, 1)
    rise = grams - at_pd["SUBJECT"].map(nadir)
    assert (rise.dropna() >= 5).all()
    assert len(rise.dropna()) > 30


def by_folder(frame: pd.DataFrame, column: str, folder: str = "FOLDER") -> Callable[[str], float]:
    number = pd.to_numeric(frame[column], errors="coerce")
    return lambda oid: float(number[frame[folder] == oid].median())


def test_blood_counts_fall_after_lymphodepletion_and_recover(five_hundred: Files) -> None:
    neutrophils = by_folder(five_hundred["lbhem"], "NEUT_RES")
    assert neutrophils("D7") < 0.5 < 1.5 < neutrophils("M3")
    assert neutrophils("D7") < neutrophils("D21") < neutrophils("M3")


def test_interleukin_6_and_car_copies_peak_and_fall(five_hundred: Files) -> None:
    cytokines = five_hundred["cytok"]
    il6 = by_folder(cytokines[cytokines["ANALYTE"] == "IL-6"], "RESULT", "TIMEPOINT")
    assert il6("PRELD") < 10 < 40 < il6("D4")
    assert il6("D28") < 10
    ck = five_hundred["ck"]
    copies = by_folder(ck[ck["UNIT"] == "copies/ug gDNA"], "RESULT", "VISIT")
    assert copies("D1") < copies("D7") < copies("D10") > copies("D21") > copies("M3")


def test_crs_detail_belongs_to_an_event_and_reaches_its_grade(files: Files) -> None:
    event = files["ae"][files["ae"]["AETERM_PT"] == "Cytokine release syndrome"].set_index(["SUBJECT", "AESPID"])
    detail = files["crs"].groupby(["SUBJECT", "AENO"])["ASTCTGR"].max()
    assert detail.to_dict() == event["AEGR"].to_dict()


# the messy realities, one test each


def places(item: str) -> list[tuple[str, str]]:
    text = (FOLDER / "simulation" / "FORMS.md").read_text(encoding="utf-8").split("## Messy realities")[1]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith(f"| {item} |")]
    return [(row[1].removesuffix(".csv"), row[2]) for row in rows]


@pytest.mark.parametrize("item", [f"M{i}" for i in range(1, 21)])
def test_every_item_has_a_place_and_the_place_exists(files: Files, item: str) -> None:
    found = places(item)
    assert found
    for file, record in found:
        if record.startswith("line "):
            assert int(record.removeprefix("line ")) <= len(files[file]) + 1
        elif record != "every row":
            assert record in set(files[file]["RECORDID"]), (file, record)


def test_m1_partial_dates(files: Files) -> None:
    raw = set(files["ae"]["AESTDAT_RAW"])
    assert "UN UNK UNK" in raw
    assert any(r.startswith("UN UNK 2") for r in raw)
    partial = files["ae"][files["ae"]["AESTDAT_RAW"].str.startswith("UN") & (files["ae"]["AESTDAT_MM"] != "")]
    assert (partial["AESTDAT"] == "").all() and (partial["AESTDAT_DD"] == "").all()
    assert (partial["AESTTIM"] == "10:15").any()
    assert "31 FEB 2025" in set(files["cm"]["CMENDAT_RAW"])


def test_m2_unknown_times(files: Files) -> None:
    assert "UN:UN" in set(files["lbhem"]["LBTIM_RAW"])
    assert "99:99" in set(files["lbchem"]["LBTIM_RAW"])
    assert "24:00" in set(files["lbcoag"]["LBTIM_RAW"])


def test_m3_vendor_date_formats(files: Files) -> None:
    assert files["central_lb"]["COLDAT"].str.fullmatch(r"\d\d[A-Z]{3}\d{4}").all()
    assert files["central_lb"]["COLTIM"].str.fullmatch(r"\d{4}").all()
    assert files["ck"]["COLDTM"].str.fullmatch(r"202\d/\d{1,2}/\d{1,2} \d\d:\d\d").all()
    assert files["mrd"]["COLDAT"].astype(int).between(45300, 46200).all()


def test_m4_units_by_site_and_period(files: Files) -> None:
    labs = files["labs"]
    third = labs[(labs["LBLAB"] == "L03") & (labs["TEST"] == "CREAT")]
    assert third[["UNIT", "VALIDFROM", "VALIDTO"]].values.tolist() == [
        ["mg/dL", third["VALIDFROM"].iloc[0], "2025-08-31"],
        ["\u00b5mol/L", "2025-09-01", ""],
    ]
    lower = labs[(labs["LBLAB"] == "L01") & (labs["TEST"] == "HGB") & (labs["SEX"] == "M")]
    assert lower["LLN"].tolist() == ["12.0", "13.0"]
    hem, chem = files["lbhem"], files["lbchem"]
    assert set(hem["HGB_UNIT"]) >= {"g/L", "g/dL"}
    assert ((hem["HGB_RES"] == "125") & (hem["HGB_UNIT"] == "g/dL")).any()
    assert ((chem["GLUC_RES"] == "5.5") & (chem["GLUC_UNIT"] == "") & (chem["LBLAB"] == "")).any()


@pytest.mark.parametrize(
    ("form", "text"),
    [("lbchem", "TRACE"), ("lbchem", "NEG"), ("lbchem", "1+"), ("lbchem", "see comment"), ("lbchem", "HEMOLYZED"),
     ("lbhem", "3-5"), ("lbhem", "NOT DONE"), ("lbhem", "<0.5"), ("lbchem", ">5000"), ("lbhem", "\u672a\u505a")],
)  # fmt: skip
def test_m5_results_in_words(files: Files, form: str, text: str) -> None:
    frame = files[form]
    assert frame[[c for c in frame.columns if c.endswith("_RES")]].isin([text]).to_numpy().any()


def test_m6_unscheduled_and_repeated_visits(files: Files) -> None:
    chem = files["lbchem"]
    again = chem[(chem["FOLDER"] == "D28") & (chem["INSTANCEREPEAT"] == "1")]
    assert again["FOLDERSEQ"].tolist() == ["110.01"]
    assert {"110.01", "140.01"} <= set(files["sv"].loc[files["sv"]["FOLDER"] == "UNS", "FOLDERSEQ"])


def test_m7_records_around_the_cut(files: Files) -> None:
    ae = files["ae"]
    assert ((ae["AESTDAT"] <= "2026-03-31") & (ae["AEENDAT"] > "2026-03-31")).any()
    assert (ae["AESTDAT"] > "2026-03-31").any()
    assert (files["lbhem"]["LBDAT"] > "2026-03-31").any()
    assert "UN MAR 2026" in set(files["cm"]["CMSTDAT_RAW"])


def test_m8_and_m17_duplicates_and_inactive_rows(files: Files) -> None:
    ae, hem = files["ae"], files["lbhem"]
    assert ae.drop(columns="RECORDID").duplicated().sum() == 1
    conflict = hem[hem["RECORDACTIVE"] == "1"].groupby(["SUBJECT", "FOLDERSEQ"])["WBC_RES"].agg(list)
    assert ["3.2", "3.4"] in conflict.tolist()
    assert (ae["RECORDACTIVE"] == "0").sum() == 1


def test_m9_characters_and_encodings(folder: Path, files: Files) -> None:
    units = set(files["lbhem"]["WBC_UNIT"])
    assert {"10^3/\u00b5L", "x10^3/\u03bcL"} <= units
    assert "10\u2079/L" in set(files["lbhem"]["PLAT_UNIT"])
    assert "\uff1c0.5" in set(files["lbhem"]["LYM_RES"])
    text = " ".join(files["ae"]["AETERM"])
    assert all(c in text for c in "\u2265\u00a0\u2013\u201c\u2011\u2019\u00b2\u03bc")
    assert (folder / "lbcoag.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(UnicodeDecodeError):
        (folder / "cytok.csv").read_bytes().decode("utf-8")
    with pytest.raises(UnicodeDecodeError):
        (folder / "ckflow.csv").read_bytes().decode("utf-8")


def test_long_and_translated_verbatims(files: Files) -> None:
    ae = files["ae"]
    assert (ae["AETERM"].map(lambda t: len(t.encode())) > 200).any()
    chinese = ae[ae["AETERM_EN"] != ""]
    assert set(chinese["SITENUMBER"]) == {"02"}
    assert not chinese["AETERM"].str.isascii().any()
    assert chinese["AETERM_EN"].str.isascii().all()


def test_m12_and_m13_subject_numbers_of_vendors(files: Files) -> None:
    assert files["cytok"]["SUBJID"].str.fullmatch(r"\d{5}").all()
    assert {"1-001", "02-001"} <= set(files["ck"]["SUBJID"])
    central = set(files["central_lb"]["SUBJID"])
    assert {"01-001", "01-001  ", "01-999"} <= central
    assert "01-999" not in set(files["dm"]["SUBJECT"])
    assert files["sae"]["SUBJID"].str.startswith("ct0596-101-").any()
    assert "D17" in set(files["ck"]["VISIT"])
    assert "D17" not in set(files["sv"]["FOLDER"])


def test_m15_m16_m18_fields(files: Files) -> None:
    assert {"SERUM;URINE", "SERUM, URINE"} <= set(files["resp"]["PDBASIS"])
    assert files["cm"]["CMAENO"].str.contains(",").any()
    assert {"500-1000", "1 tab"} <= set(files["cm"]["CMDOSE"])
    ae = files["ae"]
    assert ((ae["AEOUT"] != "") & (ae["AEOUT_STD"] == "")).sum() == 1


def test_m19_comments_and_line_ends(folder: Path, files: Files) -> None:
    assert files["resp"]["RSCOMM"].str.contains("\n").any()
    assert files["resp"]["RSCOMM"].str.contains('"').any()
    content = (folder / "resp.csv").read_bytes()
    with_return = content.count(b'\r\n"CT0596')
    assert with_return > 20
    assert content.count(b'\n"CT0596') - with_return > 20


def test_m20_safety_database_differs(files: Files) -> None:
    ae = files["ae"]
    serious = ae[(ae["AESER_STD"] == "Y") & (ae["RECORDACTIVE"] == "1")]
    edc = set(zip(serious["SUBJECT"], serious["AETERM_PT"], serious["AESTDAT"], serious["AEENDAT"], strict=True))
    sae = files["sae"]
    safety = set(zip(sae["SUBJID"].str[11:], sae["PT"], sae["STDAT"], sae["ENDAT"], strict=True))
    assert len(edc & safety) >= len(edc) - 2
    assert "Fall" in {pt for _, pt, _, _ in safety - edc}
    assert len({k[:3] for k in edc} - {k[:3] for k in safety}) == 1
