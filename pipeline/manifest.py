"""The manifest: what went in, what came out, and with which program; and the content id made of it.

No clock, no host name and no absolute path is in either, so that the same content gives the same bytes anywhere.
Design, section 4.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("transforms", "specs", "define", "delivery", "pipeline")
SOURCES = (".py", ".lark", ".j2", ".xml", ".xsl", ".xsd", ".html", ".css", ".js", ".svg")
LIBRARIES = ("pandas", "numpy", "pyarrow", "pandera", "pydantic", "lxml")
NAME = "manifest.json"
_DIGITS = 12


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_id(inputs: Mapping[str, str], specs: Mapping[str, str], options: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits that stand for all that decides what a delivery holds.

    ``inputs`` and ``specs`` are the SHA-256 of each file by name; ``options`` what the run was told (study, cut,
    profile). The program's own sources and the versions of its libraries count as well.
    """
    whole = {
        "inputs": dict(inputs),
        "specs": dict(specs),
        "options": dict(options),
        "program": program_hash(),
        "versions": versions(),
    }
    return hashlib.sha256(_canonical(whole).encode()).hexdigest()[:_DIGITS]


@cache
def program_hash(root: Path = ROOT) -> str:
    """One SHA-256 over all sources and templates of the program's packages, by name and content."""
    total = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*"), key=lambda p: p.relative_to(root).as_posix()):
            if path.suffix in SOURCES and path.is_file():
                total.update(f"{path.relative_to(root).as_posix()}\0{sha256_of(path)}\n".encode())
    return total.hexdigest()


@cache
def versions() -> dict[str, str]:
    """Python's version (two parts) and the libraries that have a say in what is written."""
    return {"python": f"{sys.version_info.major}.{sys.version_info.minor}", **{n: version(n) for n in LIBRARIES}}


def write_manifest(
    folder: Path,
    *,
    content: str,
    study: str,
    cut: str,
    profile: str,
    trusted_code: bool,
    inputs: Mapping[str, str],
    specs: Mapping[str, str],
    options: Mapping[str, Any] | None = None,
) -> Path:
    """Write ``manifest.json`` into a delivery whose other files are all there; their SHA-256 go in with it.

    Raises ValueError for an absolute path among the names, because a manifest is the same on every machine.
    """
    for name in (*inputs, *specs):
        if PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute():
            raise ValueError(f"a manifest holds no absolute path: {name}")
    outputs = {
        p.relative_to(folder).as_posix(): sha256_of(p) for p in folder.rglob("*") if p.is_file() and p != folder / NAME
    }
    manifest = {
        "content_id": content,
        "study": study,
        "cut": cut,
        "profile": profile,
        "trusted_code": trusted_code,
        "options": dict(options or {}),
        "program": program_hash(),
        "versions": versions(),
        "inputs": dict(inputs),
        "specs": dict(specs),
        "outputs": outputs,
    }
    path = folder / NAME
    path.write_text(json.dumps(manifest, sort_keys=True, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
