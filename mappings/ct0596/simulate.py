"""The synthetic raw extract of CT0596-101, as an EDC and five vendors would deliver it (design basis, section 2).

Works as `mappings.ct0596.simulate` and when loaded by path under any name: the package beside it is loaded by path too.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import zlib
from pathlib import Path
from types import ModuleType

_FOLDER = Path(__file__).resolve().parent / "simulation"
_PACKAGE = f"_ct0596_simulation_{zlib.crc32(str(_FOLDER).encode()):08x}"


def simulate(subjects: int, seed: int, out: Path) -> dict[str, int]:
    """Write the extract of a study of so many subject numbers into a folder; rows by file. Same seed, same bytes.

    24 subject numbers give the study of section 2.4; other counts repeat its courses. Raises ValueError below one.
    """
    if subjects < 1:
        raise ValueError(f"subjects is {subjects}: a study needs at least 1 subject number (24 is the default study)")
    extract = _module("extract")
    rows: dict[str, int] = extract.write(extract.build(subjects, seed), Path(out))
    return rows


def catalogue() -> str:
    """The text of FORMS.md: every file and column of the default study, and where each messy reality is."""
    text: str = _module("catalogue").catalogue()
    return text


def _module(name: str) -> ModuleType:
    if _PACKAGE not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            _PACKAGE, _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)]
        )
        assert spec is not None and spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        sys.modules[_PACKAGE] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"{_PACKAGE}.{name}")
