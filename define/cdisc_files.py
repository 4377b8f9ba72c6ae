"""The files that CDISC publishes for Define-XML, as the package ``defineutils`` ships them; its code is not used."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

STYLESHEET = "define2-1.xsl"


@lru_cache(maxsize=1)
def _package() -> Path:
    spec = find_spec("defineutils")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package defineutils, which ships the Define-XML schemas, is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def stylesheet() -> Path:
    """The stylesheet for Define-XML 2.1. Raises FileNotFoundError."""
    return _package() / "definehtml" / STYLESHEET


def schema() -> Path:
    """The schema of Define-XML 2.1 with Analysis Results Metadata 1.0. Raises FileNotFoundError."""
    return _package() / "validate" / "schema" / "cdisc-arm-1.0" / "arm1-0-0.xsd"
