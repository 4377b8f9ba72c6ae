"""Rows of the scenario table as raw forms of CT0596: what a site would have entered for each subject."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from tests.end_to_end.extracts import columns_of

Row = dict[str, str]
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
BASES = {"BIO": "SERUM", "IMG": "IMAGING", "MARROW": "MARROW", "CLIN": "CLINICAL"}
DISPOSITIONS = {
    "COMPLETED": ("Completed", "COMPLETED"),
    "LTFU": ("Lost to follow-up", "LOST TO FOLLOW-UP"),
    "WITHDRAWN": ("Withdrawal by subject", "WITHDRAWAL BY SUBJECT"),
}
ASSESSMENT = re.compile(r"(\d{4}-\d\d-\d\d)\s+(\w+)(?:\(([\w;,/ ]+)\))?")


def write_extract(rows: list[Row], folder: Path) -> dict[str, str]:
    """Write the forms of all rows; gives the USUBJID of each row id."""
    forms: dict[str, list[Row]] = {}
    people = {}
    for i, row in enumerate(rows):
        number = f"{i // 9999 + 1:02d}-{i % 9999 + 1:04d}"
        people[row["id"]] = f"CT0596-101-{number}"
        for form, entry in _forms_of(row):
            forms.setdefault(form, []).append({"SUBJECT": number, "SITENUMBER": number[:2], **entry})
    for form in ("subj", "ic", "dm"):
        forms.setdefault(form, [])
    for form, entries in forms.items():
        _write(form, entries, folder)
    return people


def _forms_of(row: Row) -> Iterator[tuple[str, Row]]:
    start = row["aphdt"] or row["ldsdt"] or row["trtsdt"]
    consent = (date.fromisoformat(start) - timedelta(21)).isoformat() if start else "2025-01-20"
    yield "subj", {"STATUS": "TREATED" if row["trtsdt"] else "ENROLLED", "DOSELEVEL": "DL2", **_date("ENRLDAT", start)}
    yield "ic", {**_date("ICDAT", consent), "ICVER": "V2.0", "ICTYPE": "Main", "ICTYPE_STD": "MAIN"}
    yield "dm", {"AGE": "62", "SEX": "Male", "SEX_STD": "M", "RACE": "Asian", "RACE_STD": "ASIAN", "COUNTRY": "CHN"}
    if row["aphdt"]:
        yield "aph", {**_yes("APHYN"), "APHNO": "1", **_date("APHDAT", row["aphdt"])}
    if row["ldsdt"]:
        yield (
            "ld",
            {"LDTRT": "FLUDARABINE", **_yes("LDGIVEN"), "LDDOSE": "52", "BSA": "1.73", **_date("LDDAT", row["ldsdt"])},
        )
    for number, day in (("1", row["trtsdt"]), ("2", row["reinfdt"])):
        if day:
            infusion = {"INFNO": number, "PLANCELL": "300", "ACTCELL": "300", "INFSTTIM_RAW": "10:30"}
            yield "inf", {**_yes("INFYN"), **infusion, **_date("INFDAT", day)}
    for day, response, basis in ASSESSMENT.findall(row["assessments"]):
        based = ";".join(BASES.get(b, b) for b in re.split(r"[;,/ ]+", basis) if b)
        criteria = {"RSCRIT": "IMWG 2016", "RSCRIT_STD": "IMWG2016", "PDBASIS": based}
        yield "resp", {"FOLDER": "UNS", **_date("RSDAT", day), "RSRESP": response, "RSRESP_STD": response, **criteria}
    if row["dthdt"]:
        cause = "PD" if row["dth_by_myeloma"] == "Y" else "OTHER"
        yield "dth", {**_date("DTHDAT", row["dthdt"]), "DTHCAUS": cause, "DTHCAUS_STD": cause, "DTHTERM": "Cause"}
    if row["nactdt"]:
        yield (
            "nact",
            {"TRT": "Selinexor", "TYPE": "Drug", "TYPE_STD": "DRUG", "LINE": "5", **_date("NASTDAT", row["nactdt"])},
        )
    if row["lstalvdt"]:
        contact = {"SSSTAT": "Alive", "SSSTAT_STD": "ALIVE", "FOLDER": "SURV", "FOLDERSEQ": "900"}
        yield "surv", {**contact, **_date("SSDAT", row["lstalvdt"])}
    if row["eos"] in DISPOSITIONS:
        shown, code = DISPOSITIONS[row["eos"]]
        yield "ds_eos", {"DSDECOD": shown, "DSDECOD_STD": code, **_date("DSDAT", row["eosdt"] or row["lstalvdt"])}


def _date(field: str, day: str) -> Row:
    if not day:
        return {}
    year, month, number = day.split("-")
    return {field: day, f"{field}_RAW": f"{number} {MONTHS[int(month) - 1]} {year}"}


def _yes(field: str) -> Row:
    return {field: "Yes", f"{field}_STD": "Y"}


def _write(form: str, entries: list[Row], folder: Path) -> None:
    columns = columns_of()[form]
    with (folder / f"{form}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        for i, entry in enumerate(entries):
            fixed = {
                "PROJECT": "CT0596-101",
                "RECORDID": str(i + 1),
                "RECORDACTIVE": "1",
                "FOLDER": "SCR",
                "INSTANCEREPEAT": "0",
            }
            writer.writerow({k: v for k, v in {**fixed, **entry}.items() if k in columns})
