"""The shape of a dataset's file: what is no section or no entry is told, and the rest is still read."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.nodes import load_yaml
from specs.problems import SpecProblem
from specs.shapes import well_formed


def read(tmp_path: Path, content: str) -> tuple[object, list[str]]:
    """What is left of the file, and what is told."""
    path = tmp_path / "AE.yaml"
    path.write_text(content)
    problems: list[SpecProblem] = []
    node = well_formed(load_yaml(path, "AE.yaml", "pack"), "AE", problems)
    return node.plain(), [str(p) for p in problems]


def test_a_file_of_the_right_shape_is_as_it_was(tmp_path: Path) -> None:
    content = (
        "rows: {a: {from: ae, each: {HGB: {result: X}, WBC: }}}\nvariables: {AETERM: {copy: T}, AESEV: {omit: grade}}\n"
    )
    left, told = read(tmp_path, content)
    assert told == []
    assert left == {
        "rows": {"a": {"from": "ae", "each": {"HGB": {"result": "X"}, "WBC": None}}},
        "variables": {"AETERM": {"copy": "T"}, "AESEV": {"omit": "grade"}},
    }


def test_an_empty_file(tmp_path: Path) -> None:
    assert read(tmp_path, "label: x\n") == ({"label": "x"}, [])


@pytest.mark.parametrize(
    ("section", "hint"),
    [
        ("variables", "NAME: {copy: COLUMN}"),
        ("supplemental", "NAME: {copy: COLUMN, label: Text}"),
        ("rows", "NAME: {from: SOURCE}"),
        ("parameters", "NAME: {label: Text, from: DATASET}"),
        ("relationships", "NAME: {to: DATASET, by: {...}}"),
    ],
)
def test_a_section_that_is_a_list_is_left_out_and_told(tmp_path: Path, section: str, hint: str) -> None:
    left, told = read(tmp_path, f"keys: [AESEQ]\n{section}: [AETERM]\n")
    assert left == {"keys": ["AESEQ"]}
    assert told == [f"AE.yaml:2:{len(section) + 3} AE: `{section}:` must hold names, such as {hint}"]


def test_an_entry_that_is_a_word_or_nothing(tmp_path: Path) -> None:
    left, told = read(tmp_path, "variables:\n  AETERM: TERM\n  AESEV:\n  AESER: {copy: SER}\n")
    assert left == {"variables": {"AESER": {"copy": "SER"}}}
    assert told == [
        "AE.yaml:2:11 AE.AETERM: AETERM must hold keys, not 'TERM'; write AETERM: {copy: COLUMN}",
        "AE.yaml:3:3 AE.AESEV: AESEV says nothing; write AESEV: {copy: COLUMN}",
    ]


def test_a_kind_of_row_is_named_as_one(tmp_path: Path) -> None:
    _, told = read(tmp_path, "rows:\n  HGB: lbhem\n")
    assert told == ["AE.yaml:2:8 AE rows.HGB: HGB must hold keys, not 'lbhem'; write HGB: {from: SOURCE}"]


@pytest.mark.parametrize("omit", ["", "true", "[]", "'  '"])
def test_what_is_omitted_needs_the_reason(tmp_path: Path, omit: str) -> None:
    left, told = read(tmp_path, f"variables:\n  AESEV: {{omit: {omit}}}\n")
    assert [t.partition(" ")[2] for t in told] == ["AE.AESEV: `omit:` needs the reason"]
    assert left != {"variables": {}}


def test_what_is_omitted_has_no_method(tmp_path: Path) -> None:
    _, told = read(tmp_path, "variables:\n  AESEV: {omit: grade, copy: SEV, label: Severity}\n")
    assert told == ["AE.yaml:2:11 AE.AESEV: is omitted, and has a method (copy); keep one of them"]


def test_each_holds_names(tmp_path: Path) -> None:
    left, told = read(tmp_path, "rows:\n  lab: {from: lb, each: [HGB]}\n  other: {from: lb}\n")
    assert left == {"rows": {"other": {"from": "lb"}}}
    assert told == ["AE.yaml:2:25 AE rows.lab: `each:` must hold names, such as {HGB: {result: HGB_RES}, WBC: }"]


def test_each_of_them_holds_keys_or_nothing(tmp_path: Path) -> None:
    _, told = read(tmp_path, "rows:\n  lab: {from: lb, each: {HGB: HGB_RES, WBC: }}\n")
    assert told == ["AE.yaml:2:31 AE rows.lab: 'HGB' must hold keys, such as {result: HGB_RES}, or nothing"]


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    _, told = read(tmp_path, "rows: no\nvariables: {A: x, B: {omit: }}\nsupplemental: 5\n")
    assert len(told) == 4
