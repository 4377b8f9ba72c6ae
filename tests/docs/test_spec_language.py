"""docs/spec_language.md: its examples together are a study that checks and runs, and it names every key there is."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import specs.model
from pipeline.commands import check_specs, resolved
from pipeline.needs import needed_columns
from pipeline.run import RunOptions, run
from specs.base import Model
from specs.conditions import parse_condition
from specs.nodes import load_yaml
from tests.docs.blocks import Block, blocks_of

PAGE = (Path(__file__).parents[2] / "docs" / "spec_language.md").read_text(encoding="utf-8")
BLOCKS = blocks_of(PAGE)
NOT_WRITTEN = {"parameter_of", "stands_for", "standard"}
"""Keys that the program sets itself."""
ROW = {
    "SUBJECT": "1-001", "SUBJID": "1-001", "ACTIVE": "1", "SEX": "F", "RACE": "Asian", "AGE": "50", "COUNTRY": "USA",
    "EXDOSE": "10", "HGB": "12.5", "HGBU": "g/dL", "WBC": "ND", "WBCU": "10^9/L", "VISIT": "D1", "FOLDER": "D1",
    "AETERM": "Headache", "AEPT": "Headache", "AESITE": "head; left", "AEREL": "Related", "AESER": "N", "AEDLT": "N",
    "CMTRT": "Aspirin", "RSRESP": "PR", "EOSTERM": "Completed", "TESTCODE": "HB", "RESULT": "130", "UNITS": "g/L",
}  # fmt: skip
"""A cell for every column that an example gives a meaning; dates are added."""


def parsed(block: Block, folder: Path) -> Any:
    path = folder / "block.yaml"
    path.write_text(block.text, encoding="utf-8")
    return load_yaml(path, f"line {block.line}", "").plain()


def laid(into: dict[str, Any], more: dict[str, Any], where: str) -> None:
    """The keys of an example into those before it; an example never says again what another has said."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            laid(into[key], value, f"{where} {key}")
        else:
            assert key not in into, f"{where}: '{key}' is said twice"
            into[key] = value


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study that the examples are."""
    folder = tmp_path_factory.mktemp("tour") / "tour"
    files: dict[str, dict[str, Any]] = {}
    for block in BLOCKS:
        if block.title.endswith(".yaml"):
            laid(files.setdefault(block.title, {}), parsed(block, folder.parent), f"line {block.line}")
        elif block.title:
            (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.title).write_text(block.text, encoding="utf-8")
    for title, content in files.items():
        (folder / title).parent.mkdir(parents=True, exist_ok=True)
        (folder / title).write_text(json.dumps(content, indent=1), encoding="utf-8")  # JSON is YAML
    return folder


def test_the_examples_are_a_good_study(pack: Path) -> None:
    assert [str(p) for p in check_specs(str(pack))] == []


def test_the_study_runs(pack: Path, tmp_path: Path) -> None:
    model = resolved(str(pack))
    extract = tmp_path / "extract"
    extract.mkdir()
    for name, columns in needed_columns(model).items():
        source = model.study.sources[name]
        if source.file.endswith(".csv"):
            write_source(extract / source.file, sorted({*columns, *source.unused}), source.rename, source.delimiter)
        else:
            import pandas as pd

            pd.DataFrame(columns=sorted(columns)).to_excel(extract / source.file, sheet_name=source.sheet, index=False)
    result = run(RunOptions(str(pack), extract, out=tmp_path / "out"))
    assert [f.message for f in result.findings if f.severity == "error"] == []
    written = {d["name"] for d in result.datasets}
    assert {"DM", "AE", "SUPPAE", "EX", "CM", "LB", "RS", "SE", "SV", "TE", "ADSL", "ADRS", "ADTTE"} <= written


def write_source(path: Path, columns: list[str], rename: dict[str, str], delimiter: str) -> None:
    header = [rename.get(c, c) for c in columns]
    cells = ["03 APR 2025" if c.endswith("DAT") else ROW.get(c, "") for c in columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        if delimiter == ";":  # the header of this file is on the second line
            file.write("Transfer of 2026-04-01\n")
        writer.writerows([header, [c.replace("03 APR 2025", "2025-04-03") if delimiter == ";" else c for c in cells]])


def test_examples_apart_are_yaml(tmp_path: Path) -> None:
    apart = [b for b in BLOCKS if b.apart]
    assert len(apart) == 3
    for block in apart:
        parsed(block, tmp_path)


def test_conditions() -> None:
    lines = [line for b in BLOCKS if b.language == "condition" for line in b.text.splitlines()]
    assert len(lines) > 5
    for line in lines:
        parse_condition(line)


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    assert [b.line for b in BLOCKS if not (b.title or b.apart or b.language == "condition")] == []


def models() -> list[type[BaseModel]]:
    return [m for m in vars(specs.model).values() if isinstance(m, type) and issubclass(m, Model) and m is not Model]


@pytest.mark.parametrize("model", models(), ids=lambda m: m.__name__)
def test_every_key_is_on_the_page(model: type[BaseModel]) -> None:
    keys = {f.alias or n for n, f in model.model_fields.items()} - NOT_WRITTEN
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
    words |= set(re.findall(r"(\w+):", "".join(b.text for b in BLOCKS)))
    assert sorted(keys - words) == []
