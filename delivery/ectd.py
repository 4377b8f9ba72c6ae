"""The eCTD side of a package: folders and limits of the agencies, the index of checksums, and signatures.

``index.json`` lists every file with its SHA-256, MD5 and size; ``index-sha256.txt`` holds the SHA-256 of the index, as
``index-md5.txt`` of an eCTD sequence does for ``index.xml``. A signature is a record beside the manifest,
``signature-1.json``, with the checksums of manifest and index, so that what was signed cannot change unseen.
Source: FDA Study Data Technical Conformance Guide, sections 3.3.2 and 7; ICH eCTD 3.2.2, appendix 3; 21 CFR 11.50 (what
a signature says: name, date and time, meaning).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INDEX, INDEX_SUM, MANIFEST = "index.json", "index-sha256.txt", "manifest.json"
SIGNATURE = re.compile(r"signature-[1-9]\d*\.json")
SDTM, ADAM = Path("tabulations") / "sdtm", Path("analysis") / "adam" / "datasets"
PROGRAMS, MISC = Path("analysis") / "adam" / "programs", Path("misc")
ADDED = ("acrf.pdf", "csdrg.docx", "adrg.docx")
"""Files beside a define that packaging adds: a delivery does not have them yet."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Agency:
    """An agency: its name, the largest dataset that it takes unsplit, in bytes, and whether it prefers analysis results
    metadata in the define of the analysis datasets.
    """

    name: str
    limit: int
    prefers_results: bool = False


AGENCIES = {
    "fda": Agency("FDA", 5_000_000_000),
    "pmda": Agency("PMDA", 5_000_000_000, prefers_results=True),
}
"""PMDA: Technical Conformance Guide on Electronic Study Data Submissions, on the definition documents of ADaM."""


def study_folder(folder: Path) -> Path | None:
    """``m5/datasets/<study>`` of a delivery or package, if there is exactly one."""
    found = [p for p in (folder / "m5" / "datasets").glob("*") if p.is_dir()]
    return found[0] if len(found) == 1 else None


def files_of(folder: Path) -> Iterator[str]:
    """Everything but folders under a folder (links and devices too), by its path from there, in order."""
    return iter(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()))


def sums_of(path: Path) -> dict[str, Any]:
    """SHA-256, MD5 and size of a file, read once."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha256.update(chunk)
            md5.update(chunk)
            size += len(chunk)
    return {"sha256": sha256.hexdigest(), "md5": md5.hexdigest(), "bytes": size}


def canonical(content: Any) -> bytes:
    """JSON in the one form that we write, so that every byte of it counts."""
    return (json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()


def write_index(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the index over all files of a package, and its own checksum; signatures come after it."""
    beside = {INDEX, INDEX_SUM, *(n for n in files_of(folder) if SIGNATURE.fullmatch(n))}
    files = {name: sums_of(folder / name) for name in files_of(folder) if name not in beside}
    content = canonical({**facts, "files": files})
    (folder / INDEX).write_bytes(content)
    (folder / INDEX_SUM).write_bytes(index_sum(content))


def index_sum(content: bytes) -> bytes:
    """What ``index-sha256.txt`` holds for an index."""
    return hashlib.sha256(content).hexdigest().encode() + b"\n"


def sign(folder: Path, name: str, meaning: str, at: str) -> Path:
    """Write a signature beside the manifest of a package; earlier ones stay. ``at`` is an ISO 8601 date and time."""
    number = 1
    while (path := folder / f"signature-{number}.json").exists():
        number += 1
    record: dict[str, Any] = {
        "name": name,
        "meaning": meaning,
        "signed": at,
        "manifest_sha256": sums_of(folder / MANIFEST)["sha256"],
        "index_sha256": sums_of(folder / INDEX)["sha256"],
    }
    path.write_bytes(canonical({**record, "record_sha256": record_sum(record)}))
    return path


def record_sum(record: Mapping[str, Any]) -> str:
    """The checksum of a signature's own fields."""
    return hashlib.sha256(canonical({k: v for k, v in record.items() if k != "record_sha256"})).hexdigest()
