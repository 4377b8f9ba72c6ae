"""Verify a delivery or package: files, contents, and each define.xml against its datasets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from define.check import DefineError, check_define
from delivery.ectd import ADAM, ADDED, SDTM, study_folder
from delivery.verify import Verified, verify
from delivery.verify_content import DEFINE, Fault


def verify_delivery(folder: Path, limit: int | None = None) -> Verified:
    """Everything that is wrong with a delivery or package. Raises NotADelivery."""
    found = verify(folder, limit)
    return replace(found, faults=(*found.faults, *_define_faults(folder, found)))


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
                yield Fault(
                    fault.rule, name, ".".join(t for t in (fault.dataset, fault.variable) if t) + f" {fault.message}"
                )
