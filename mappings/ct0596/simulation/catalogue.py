"""FORMS.md: every file and column with an example and its codes, and where each item M1 to M20 occurs."""

from __future__ import annotations

from typing import Final

import pandas as pd

from .base import EXTRACT, Column, date_of
from .extract import ENCODINGS, VENDORS, Extract, build
from .people import FOLDERS
from .vendors import CENTRAL_VISITS

SEED: Final = 596
CODES_AT_MOST: Final = 16
SYSTEM: Final = 17
DATE_PARTS: Final = ("_RAW", "_YYYY", "_MM", "_DD")
MEDDRA: Final = ("_LLT", "_PT", "_PTCD", "_HLT", "_HLGT", "_SOC", "_SOCCD", "_DICTVER")
WHODRUG: Final = ("_DRUGNAME", "_ATC1", "_ATC2", "_ATC3", "_ATC4", "_DRUGREC", "_DICTVER")
ABOUT: Final = {
    "subj": "system listing, one row per subject number",
    "ic": "informed consent, also re-consent and kinetics sub-study",
    "dm": "demography",
    "ie": "criteria not met, screen failures only",
    "mmhist": "myeloma history, one row per subject number",
    "cytog": "cytogenetics, one row per marker",
    "prthx": "prior anti-myeloma therapy, one row per drug or procedure per line",
    "mh": "medical history log",
    "bridge": "bridging therapy: one row with BRYN No, or one row per drug",
    "aph": "leukapheresis, one row per collection",
    "prodrel": "product release",
    "ld": "lymphodepletion, one row per drug per day; repeat 1 of the folders belongs to a re-infusion",
    "inf": "CT0596 infusion; INFNO 2 (FOLDERSEQ 40.01) is a re-infusion",
    "ae": "adverse event log; AESPID is unique within the subject",
    "crs": "grade changes of CRS episodes; AENO is AESPID",
    "icans": "grade changes of ICANS episodes; AENO is AESPID",
    "cm": "concomitant medication log; CMAENO lists AESPID",
    "lbhem": "local hematology, wide",
    "lbchem": "local chemistry, wide; UREA at SI laboratories, UREAN at the others",
    "lbcoag": "local coagulation, wide",
    "mmpanel": "myeloma proteins; SPEPDAT dates all serum tests; units of IGG, IGA, IGM, IGD, FLCR: labs.csv",
    "bm": "bone marrow",
    "pbsmear": "blood smear, plasma cell leukemia only",
    "plasm": "imaging, one row per lesion",
    "resp": "response by the investigator",
    "ecog": "performance status",
    "vs": "vital signs; five time points (TPT) on day 0",
    "sv": "visit dates; planned visits not done have VISOCC No",
    "surv": "survival contacts",
    "dv": "protocol deviations",
    "nact": "subsequent anti-myeloma therapy",
    "ds_eot": "end of treatment, one row per treatment (DSTRT)",
    "ds_eos": "end of study",
    "dth": "death; AENO is AESPID of the fatal event",
    "sae": "safety database",
    "labs": "units and ranges of the local laboratories by period; SEX empty: both; VALIDTO empty: still valid",
    "central_lb": "central laboratory, one row per result",
    "cytok": "cytokines, one row per result",
    "ck": "CAR copies by qPCR and ddPCR",
    "ckflow": "CAR-positive T cells by flow: COUNT per uL, PCT of CD3",
    "mrd": "minimal residual disease; COLDAT is an Excel serial number",
}


def catalogue() -> str:
    """The whole text of FORMS.md."""
    extract = build(24, SEED)
    return "\n".join([*_head(extract), *_folders(), *_files(extract), *_places(extract), ""])


def _head(extract: Extract) -> list[str]:
    first = extract.files["ae"]
    system = [f"- `{name}` {_example(first[name])}" for name in first.columns[:SYSTEM]]
    return [
        "# The raw extract of CT0596-101",
        "",
        f"Made by `simulation/catalogue.py` from the default study (24 subject numbers, seed {SEED}); do not edit.",
        f"Data cut 2026-03-31, extract taken {date_of(EXTRACT).isoformat()}. Everything is text in quotes; "
        "an empty field is nothing.",
        "",
        "Sites by number modulo 3: 1 conventional (US) units; 2 SI units, writes Chinese; 0 (third site) conventional, "
        "hemoglobin and creatinine in SI from 2025-09-01, vital signs in F, lb, in.",
        "",
        "How to read the columns:",
        "",
        "- *date* `X`: five columns `X` (ISO, only if complete), `X_RAW` (`07 APR 2025`, `UN APR 2025`, `UN UNK 2025`, "
        "`UN UNK UNK`), `X_YYYY`, `X_MM`, `X_DD` (numbers without leading zero).",
        "- *time* `X`: `X` (HH:MM, only if it is one) and `X_RAW` (as entered).",
        "- *coded* `X`: `X` (display text) and `X_STD` (code); the list shows `code = display`.",
        "- *MedDRA* `X`: " + ", ".join(f"`X{s}`" for s in MEDDRA) + "; *WHODrug* `X`: "
        + ", ".join(f"`X{s}`" for s in WHODRUG) + "; both with `X_EN`, the translation at sites that write Chinese.",
        "- *test* `X`: `X_RES` (text), `X_UNIT`, `X_LLN`, `X_ULN`, `X_CS` (Y or N when out of range).",
        "",
        "System columns of every EDC file (all but the transfers at the end):",
        "",
        *system,
        "",
    ]  # fmt: skip


def _folders() -> list[str]:
    lines = [
        "## Folders",
        "",
        "An unscheduled visit has FOLDER `UNS` and the FOLDERSEQ of the visit before it plus 0.01, 0.02, ...; a repeat "
        "of a folder keeps its FOLDER, with INSTANCEREPEAT 1 and FOLDERSEQ n.01.",
        "",
        "| FOLDER | FOLDERNAME | FOLDERSEQ | protocol day | central_lb VISIT |",
        "|---|---|---|---|---|",
    ]
    for folder in FOLDERS:
        target = "" if folder.target is None else str(folder.target)
        seq = "n.01" if folder.oid == "UNS" else str(folder.seq)
        central = CENTRAL_VISITS.get(folder.oid, "")
        lines.append(f"| {folder.oid} | {folder.name} | {seq} | {target} | {central} |")
    return [*lines, "", "cytok.csv: VISIT is FOLDERNAME, TIMEPOINT is FOLDER. ck.csv, ckflow.csv: VISIT is FOLDER. "
            "mrd.csv: VISIT is FOLDERNAME.", ""]  # fmt: skip


def _files(extract: Extract) -> list[str]:
    lines: list[str] = []
    for name, frame in extract.files.items():
        kind = "transfer" if name in VENDORS else "EDC"
        encoding = ENCODINGS.get(name, "utf-8")
        lines += [f"## {name}.csv", "", f"{ABOUT[name]}. {kind}, {encoding}, {len(frame)} rows.", ""]
        lines += _columns(frame, 0 if name in VENDORS else SYSTEM)
        lines.append("")
    return lines


def _columns(frame: pd.DataFrame, skip: int) -> list[str]:
    names = list(frame.columns[skip:])
    lines, done = [], set()
    for name in names:
        if name in done:
            continue
        kind, group = _kind(name, names)
        done.update(group)
        base = name.removesuffix("_RES") if kind == "test" else name
        if kind == "coded":
            lines.append(f"- `{base}` coded: {_codes(frame, name)}")
        elif kind == "test":
            examples = ", ".join(_example(frame[column]) for column in group if column in frame.columns)
            lines.append(f"- `{base}` test ({', '.join(g.removeprefix(base) for g in group)}): {examples}")
        else:
            dated = kind in ("date", "time")
            shown = _example(frame[f"{name}_RAW"] if dated else frame[name], listed=not dated)
            lines.append(f"- `{name}`{' ' + kind if kind else ''}: {shown}")
    return lines


def _kind(name: str, names: list[str]) -> tuple[str, list[str]]:
    """What sort of field starts at a column, and the columns that belong to it."""

    def present(suffixes: tuple[str, ...], base: str = name) -> list[str]:
        return [base + s for s in suffixes if base + s in names]

    if f"{name}_YYYY" in names:
        return "date", [name, *present(DATE_PARTS)]
    if f"{name}_PTCD" in names:
        return "MedDRA", [name, *present(("_EN", *MEDDRA))]
    if f"{name}_DRUGREC" in names:
        return "WHODrug", [name, *present(("_EN", *WHODRUG))]
    if f"{name}_STD" in names:
        return "coded", [name, f"{name}_STD"]
    if f"{name}_RAW" in names:
        return "time", [name, f"{name}_RAW"]
    if name.endswith("_RES"):
        return "test", present(("_RES", "_UNIT", "_LLN", "_ULN", "_CS"), name.removesuffix("_RES"))
    return "", [name]


def _codes(frame: pd.DataFrame, name: str) -> str:
    codes, texts = (list(frame[column].cat.categories) for column in (f"{name}_STD", name))
    return ", ".join(f"`{code}` = {text}" for code, text in sorted(zip(codes, texts, strict=True)))


def _example(column: Column, listed: bool = True) -> str:
    """All possible values of a short list of words, else one value."""
    known = column.astype("str").dropna().str.replace("\r", "").str.replace("\n", " / ")
    if known.empty:
        return "(empty)"
    every = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else known
    distinct = sorted({str(v).replace("\r", "").replace("\n", " / ") for v in every})
    wordy = any(not v.replace(".", "").replace("-", "").isdigit() for v in distinct)
    if listed and wordy and len(distinct) <= CODES_AT_MOST and max(map(len, distinct)) <= 60:
        return ", ".join(f"`{v}`" for v in distinct)
    return f"e.g. `{known.iloc[0]}`"


def _places(extract: Extract) -> list[str]:
    lines = ["## Messy realities", "",
             "| item | file | RECORDID or line | what |", "|---|---|---|---|"]  # fmt: skip
    return [*lines, *[f"| {p.item} | {p.file}.csv | {p.record} | {p.what} |" for p in extract.places]]
