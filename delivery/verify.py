"""Check a delivery or a package on any machine: nothing of it changed, and nothing in it that an agency refuses.

Everything that is checked is in the folder itself; neither specs nor raw data are needed. Source: FDA Study Data
Technical Conformance Guide, sections 3.3 and 7; Technical Rejection Criteria for Study Data, 1734, 1735, 1736, 1789.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery.ectd import (
    INDEX,
    INDEX_SUM,
    MANIFEST,
    SIGNATURE,
    canonical,
    files_of,
    index_sum,
    record_sum,
    sums_of,
)  # fmt: skip
from delivery.verify_content import Fault, check_content

IDENTITY = ("inputs", "specs", "options", "program", "versions")


class NotADelivery(Exception):
    """The folder is neither a delivery nor a package."""


class DamagedDelivery(Exception):
    """Files of a delivery are not what the run wrote."""


@dataclass(frozen=True)
class Verified:
    """What was checked, what is wrong, and what of define.xml is wrong and accepted."""

    folder: Path
    package: bool
    files: int
    faults: tuple[Fault, ...]
    accepted: tuple[Fault, ...] = ()


def verify(folder: Path, limit: int | None = None) -> Verified:
    """Check every file of a delivery or package. Raises NotADelivery. ``limit`` in bytes stands in for the agency's."""
    if not (folder / MANIFEST).is_file():
        raise NotADelivery(f"{folder} is no delivery and no package: it has no {MANIFEST}")
    package = (folder / INDEX).exists() or (folder / INDEX_SUM).exists()
    found = list(_package_faults(folder) if package else _delivery_faults(folder))
    found += check_content(folder, package=package, limit=limit)
    return Verified(folder, package, len(list(files_of(folder))), tuple(dict.fromkeys(found)))


def require_intact(folder: Path, *names: str) -> None:
    """Raise DamagedDelivery if the manifest of a delivery or one of its files was changed: those named, or any."""
    faults = list(_delivery_faults(folder, names))
    if faults:
        told = "\n".join(f"{f.file}: {f.rule} {f.message}" for f in faults)
        raise DamagedDelivery(f"{folder} is not what the run wrote; move it away, and run again\n{told}")


def _package_faults(folder: Path) -> Iterator[Fault]:
    """Index against files, the index against its checksum, and the signatures."""
    content = _bytes(folder / INDEX)
    index = _parsed(content)
    if content is None or index is None or not isinstance(index.get("files"), dict):
        yield Fault("INDEX_CHANGED", INDEX, "the index is missing or cannot be read; have the package delivered again")
        return
    if _bytes(folder / INDEX_SUM) != index_sum(content):
        yield Fault("INDEX_CHANGED", INDEX, f"{INDEX} and {INDEX_SUM} do not belong together; one of them was changed")
    expected = {name: str(sums.get("sha256")) for name, sums in index["files"].items()}
    signatures = {n for n in files_of(folder) if SIGNATURE.fullmatch(n)}
    yield from _sums(folder, expected, {INDEX, INDEX_SUM, *signatures})
    for name in sorted(signatures):
        yield from _signature_faults(folder, name)


def _signature_faults(folder: Path, name: str) -> Iterator[Fault]:
    content = _bytes(folder / name) or b""
    record = _parsed(content)
    if record is None or content != canonical(record) or record.get("record_sha256") != record_sum(record):
        yield Fault("SIGNATURE_INVALID", name, "the record was changed after it was signed; sign the package again")
        return
    for of, key in ((MANIFEST, "manifest_sha256"), (INDEX, "index_sha256")):
        if not (folder / of).is_file() or sums_of(folder / of)["sha256"] != record.get(key):
            yield Fault("SIGNATURE_INVALID", name, f"{of} is not the one that was signed; sign the package again")


def _delivery_faults(folder: Path, names: tuple[str, ...] = ()) -> Iterator[Fault]:
    """Manifest against files (or those named), and the manifest against the content id that it carries."""
    content = _bytes(folder / MANIFEST) or b""
    manifest = _parsed(content)
    if manifest is None or not isinstance(manifest.get("outputs"), dict):
        yield Fault("MANIFEST_CHANGED", MANIFEST, "it cannot be read; run the conversion again")
        return
    if content != canonical(manifest) or not _is_consistent(manifest, folder):
        yield Fault("MANIFEST_CHANGED", MANIFEST, "it is not what the run wrote; run the conversion again")
    expected = {str(k): str(v) for k, v in manifest["outputs"].items() if not names or k in names}
    yield from _sums(folder, expected, {MANIFEST, *(set(files_of(folder)) - set(names) if names else ())})


def _is_consistent(manifest: dict[str, Any], folder: Path) -> bool:
    """Whether the content id follows from the manifest, and the other facts from what the id covers."""
    options = manifest.get("options") or {}
    facts = json.dumps(
        {key: manifest.get(key) for key in IDENTITY}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    named = folder.resolve().name
    return (
        hashlib.sha256(facts.encode()).hexdigest()[: len(str(manifest.get("content_id")))] == manifest.get("content_id")
        and manifest.get("profile") == options.get("profile")
        and manifest.get("trusted_code") == options.get("trust_code")
        and options.get("cut") in ("", manifest.get("cut"))
        and (named != manifest.get("content_id") or _stands_in(folder.resolve(), manifest))
    )


def _stands_in(folder: Path, manifest: dict[str, Any]) -> bool:
    """A delivery in its place stands under study and cut; a preview says so."""
    cut = str(manifest.get("cut"))
    return folder.parent.name in (cut, f"{cut}-preview") and folder.parent.parent.name == manifest.get("study")


def _sums(folder: Path, expected: dict[str, str], beside: set[str]) -> Iterator[Fault]:
    there = set(files_of(folder)) - beside
    for name in sorted(set(expected) | there):
        if name not in expected:
            yield Fault("FILE_UNLISTED", name, "it is not in the list of files; remove it, or make the package again")
        elif name not in there:
            yield Fault("FILE_LOST", name, "it is listed and not there; have it delivered again")
        elif (
            (folder / name).is_symlink()
            or not (folder / name).is_file()
            or sums_of(folder / name)["sha256"] != expected[name]
        ):
            yield Fault("FILE_CHANGED", name, "its checksum is not the listed one; have it delivered again")


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() else None  # reading a pipe would wait for ever
    except OSError:
        return None


def _parsed(content: bytes | None) -> dict[str, Any] | None:
    try:
        found = json.loads((content or b"").decode())
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
