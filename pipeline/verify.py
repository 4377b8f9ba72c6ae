"""Verify a delivery or package: files, contents, and each define.xml against its datasets.

What rules of define.xml find and the study's accepted.yaml accepts is told, and is no fault: a delivery says so in
findings.csv, a package in its index.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from define.check import DefineError, check_define
from define.rules.rule import PREFIX
from delivery.ectd import ADAM, ADDED, INDEX, SDTM, study_folder
from delivery.verify import Verified, verify
from delivery.verify_content import DEFINE, Fault

FINDINGS = "findings.csv"


def verify_delivery(folder: Path, limit: int | None = None) -> Verified:
    """Everything that is wrong with a delivery or package, and what of it is accepted. Raises NotADelivery."""
    found = verify(folder, limit)
    known = set(accepted_in_index(folder) if found.package else accepted_in_findings(folder))
    of_defines = list(_define_faults(folder, found))
    return replace(
        found,
        faults=(*found.faults, *(f for f in of_defines if f not in known)),
        accepted=tuple(f for f in of_defines if f in known),
    )


def accepted_in_findings(delivery: Path) -> list[Fault]:
    """The accepted errors of define.xml in the findings of a delivery, as faults."""
    try:
        with (delivery / FINDINGS).open(encoding="utf-8", newline="") as file:
            rows = [r for r in csv.DictReader(file) if r["accepted"] and r["rule"].startswith(PREFIX)]
        return [_fault(r["rule"], r["file"], r["dataset"], r["variable"], r["message"]) for r in rows]
    except (OSError, ValueError, KeyError):
        return []  # a file that is lost or changed is a fault of its own


def accepted_in_index(package: Path) -> list[Fault]:
    """The same of a package, as its index says."""
    try:
        listed = json.loads((package / INDEX).read_text(encoding="utf-8"))["accepted"]
        return [Fault(str(f["rule"]), str(f["file"]), str(f["message"])) for f in listed]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _fault(rule: str, file: str, dataset: str, variable: str, message: str) -> Fault:
    return Fault(rule, file, ".".join(t for t in (dataset, variable) if t) + f" {message}")


def _define_faults(folder: Path, found: Verified) -> Iterator[Fault]:
    unreadable = {f.file for f in found.faults if f.rule in ("DEFINE_UNREADABLE", "XPT_UNREADABLE")}
    study = study_folder(folder)
    for place in (study / SDTM, study / ADAM) if study else ():
        name = (place / DEFINE).relative_to(folder).as_posix()
        if name in unreadable or not (place / DEFINE).is_file():
            continue
        try:
            faults = check_define(place / DEFINE, place, () if found.package else ADDED)
        except (DefineError, OSError, ValueError) as error:
            yield Fault("DEFINE_UNREADABLE", name, f"{error}; make it again with the run")
            continue
        for fault in faults:
            if fault.severity == "error":
                yield _fault(fault.rule, name, fault.dataset, fault.variable, fault.message)
