"""Small raw extracts of CT0596 written from short literals, and what a run makes of them.

A row is given by the columns that matter. A date is given as entered (``LBDAT="07 APR 2025"``) and fills LBDAT, its
_RAW and its parts; a time fills X and X_RAW, a coded field X and X_STD, unless the row gives those itself. Everything
else of the form is there and empty. The columns are those that the study's own simulator writes.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from mappings.ct0596.simulate import simulate
from pipeline.findings import Finding
from pipeline.run import RunOptions, run

STUDY = "CT0596-101"
CONSENT, APHERESIS, LYMPHODEPLETION, INFUSION = "20 JAN 2025", "10 FEB 2025", "05 MAR 2025 09:00", "10 MAR 2025 10:30"
"""The fixed defaults of the scenarios (scenarios.md, section 0 and group D)."""
VISITS = {"SCR": "28 JAN 2025", "APH": "10 FEB 2025", "PRELD": "04 MAR 2025", "D0": "10 MAR 2025", "D28": "07 APR 2025",
          "M2": "09 MAY 2025", "M3": "08 JUN 2025", "M6": "06 SEP 2025"}  # fmt: skip
ENCODINGS = {"cytok": "windows-1252", "ckflow": "gb18030", "lbcoag": "utf-8-sig"}
PACK = Path(__file__).parents[2] / "mappings" / "ct0596"
_UNKNOWN = ("UN", "UNK")
_records = count(900001)


@cache
def columns_of() -> dict[str, list[str]]:
    """The columns of every form and transfer, by file name without ending."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(24, 596, Path(folder))
        found = {}
        for path in Path(folder).glob("*.csv"):
            encoding = ENCODINGS.get(path.stem, "utf-8")
            with path.open(encoding=encoding, newline="") as file:
                found[path.stem] = next(csv.reader(file))
    return found


def write_form(folder: Path, name: str, rows: list[dict[str, str]]) -> Path:
    """One raw file with all columns of its form; raises ValueError for a column that the form does not have."""
    columns = columns_of()[name]
    filled = [_filled(row, columns) for row in rows]
    for row in filled:
        if unknown := set(row) - set(columns):
            raise ValueError(f"{name}.csv has no column {', '.join(sorted(unknown))}")
    path = folder / f"{name}.csv"
    with path.open("w", encoding=ENCODINGS.get(name, "utf-8"), newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(filled)
    return path


def _filled(row: dict[str, str], columns: list[str]) -> dict[str, str]:
    made: dict[str, str] = {}
    if "RECORDID" in columns:
        made |= {"PROJECT": STUDY, "SITENUMBER": row["SUBJECT"][:2], "RECORDID": str(next(_records)),
                 "RECORDACTIVE": "1", "INSTANCEREPEAT": "0", "SAVETS": "2025-05-01T00:00:00Z"}  # fmt: skip
    for name, value in row.items():
        made[name] = value
        if f"{name}_YYYY" in columns:
            made |= _date(name, value)
        elif f"{name}_RAW" in columns:
            made |= {f"{name}_RAW": value}
        elif f"{name}_STD" in columns:
            made |= {f"{name}_STD": value}
    return made | {name: value for name, value in row.items() if f"{name}_YYYY" not in columns}


def _date(name: str, entered: str) -> dict[str, str]:
    day, month, year = (*entered.split(), "", "", "")[:3]
    try:
        iso = dt.datetime.strptime(entered, "%d %b %Y").date().isoformat()
    except ValueError:
        iso = ""
    known = {"YYYY": year, "MM": month, "DD": day}
    parts = {f"{name}_{k}": "" if v in _UNKNOWN else v for k, v in known.items()}
    return {name: iso, f"{name}_RAW": entered, **parts}


def pack_with(folder: Path, **settings: str) -> str:
    """A copy of the pack of CT0596 under a folder, with other values of settings as YAML writes them."""
    pack = folder / "ct0596"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("simul*", "__pycache__"))
    study = (pack / "study.yaml").read_text(encoding="utf-8")
    for name, value in settings.items():
        study, found = re.subn(rf"(?m)^  {name}: .*$", f"  {name}: {value}", study)
        assert found == 1, f"study.yaml has no setting {name}"
    (pack / "study.yaml").write_text(study, encoding="utf-8")
    return str(pack)


def endpoints_of(folder: Path) -> dict[str, dict[str, Any]]:
    """The endpoints of the delivery that ``convert`` made under a folder."""
    [path] = (folder / "out" / STUDY / "2026-03-31" / "current").glob("report/endpoints.json")
    return {row["endpoint"]: row for row in json.loads(path.read_text(encoding="utf-8"))}


@dataclass
class Delivered:
    """What a run made: the datasets by name, and the findings."""

    datasets: dict[str, pd.DataFrame]
    findings: list[Finding]

    def records(self, dataset: str, subject: str, columns: str, **where: str) -> list[tuple[Any, ...]]:
        """The named columns of a subject's records as delivered; missing is None. ``where``: column=value."""
        found = self.datasets[dataset]
        found = found[found["USUBJID"].astype("str") == f"{STUDY}-{subject}"]
        for column, value in where.items():
            found = found[found[column].astype("str") == value]
        names = columns.split()
        rows = zip(*(found[c].tolist() for c in names), strict=True)
        return [tuple(None if pd.isna(v) else v for v in row) for row in rows]

    def supplemental(self, dataset: str, subject: str) -> list[tuple[str, str, str]]:
        """IDVARVAL, QNAM and QVAL of a subject's supplemental qualifiers."""
        return self.records(f"SUPP{dataset}", subject, "IDVARVAL QNAM QVAL")

    def rules(self, subject: str) -> list[tuple[str, str]]:
        """Rule and value of the findings that name a subject."""
        own = f"{STUDY}-{subject}"
        return sorted({(f.rule, f.value) for f in self.findings if own in f.subjects})


@dataclass
class Extract:
    """Raw rows by form; ``subject`` makes one who went through the study as the scenarios' defaults say."""

    forms: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def add(self, form: str, subject: str | None = None, **row: str) -> None:
        """One row of a form. ``subject`` stands in the form's own subject column (vendors: SUBJID)."""
        columns = columns_of()[form]
        key = "SUBJECT" if "SUBJECT" in columns else "SUBJID"
        self.forms.setdefault(form, []).append({**({key: subject} if subject else {}), **row})

    def subject(
        self,
        number: str,
        *,
        sex: str = "M",
        infused: str | None = INFUSION,
        lymphodepleted: str | None = LYMPHODEPLETION,
        visits: dict[str, str] | None = None,
    ) -> str:
        """A subject: listed, consented, and unless None lymphodepleted and infused (``10 MAR 2025 10:30``)."""
        self.add("subj", number, STATUS="TREATED", DOSELEVEL="DL1", ENRLDAT="07 FEB 2025")
        self.add("ic", number, FOLDER="SCR", ICDAT=CONSENT, ICVER="V2.0", ICTYPE="MAIN")
        self.add("dm", number, FOLDER="SCR", AGE="62", AGEU="YEARS", SEX=sex, RACE="ASIAN", COUNTRY="CHN",
                 ETHNIC="NOT HISPANIC OR LATINO", BRTHDAT="UN UNK 1963")  # fmt: skip
        if lymphodepleted:
            day, time = lymphodepleted[:11], lymphodepleted[12:]
            self.add("ld", number, FOLDER="LD1", LDTRT="FLUDARABINE", LDDAT=day, LDSTTIM=time, LDENTIM=time,
                     LDPLAN="30", LDDOSE="52", BSA="1.73", LDGIVEN="Y")  # fmt: skip
        if infused:
            self.infusion(number, infused, "1")
        for folder, day in (VISITS if visits is None else visits).items():
            self.add("sv", number, FOLDER=folder, VISDAT=day, VISOCC="Y", VISMODE="IN PERSON")
        return number

    def infusion(self, number: str, when: str, which: str) -> None:
        """One infusion of CT0596; the second is a re-infusion."""
        day, time = when[:11], when[12:]
        self.add("inf", number, FOLDER="D0", INSTANCEREPEAT=str(int(which) - 1), INFYN="Y", INFDAT=day, INFSTTIM=time,
                 INFENTIM=time, PLANCELL="150", ACTCELL="148.5", INFNO=which)  # fmt: skip

    def write(self, folder: Path) -> Path:
        """Write all forms into a folder."""
        for name, rows in self.forms.items():
            write_form(folder, name, rows)
        return folder

    def convert(self, folder: Path, pack: str = "ct0596", **options: Any) -> Delivered:
        """Write the extract under a folder, run CT0596 (or a changed pack) on it, and read the delivery."""
        raw = folder / "raw"
        raw.mkdir(parents=True)
        result = run(RunOptions(pack, self.write(raw), out=folder / "out", **options))
        assert result.delivery is not None, [f.message for f in result.findings if f.severity == "error"]
        made = {p.stem.upper(): pd.read_parquet(p) for p in result.delivery.rglob("*.parquet") if "data" in p.parts}
        return Delivered(made, result.findings)
