"""Nodes as typed objects: every error at its place, in plain words, and the rest stays usable."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from specs.model import Dataset, Study
from specs.nodes import load_yaml
from specs.problems import SpecProblem
from specs.validation import validate


def told(tmp_path: Path, kind: type[BaseModel], text: str, subject: str = "AE") -> tuple[list[str], BaseModel | None]:
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    problems: list[SpecProblem] = []
    made = validate(kind, load_yaml(tmp_path / "x.yaml", "x.yaml", "pack"), subject, problems)
    return [str(p) for p in sorted(problems)], made


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("varables: {}", "x.yaml:2:1 AE: unknown key 'varables'; did you mean 'variables'?"),
        ("rows: {e: {form: ae}}", "x.yaml:2:12 AE rows.e: unknown key 'form'; did you mean 'from'?"),
        ("rows: {e: {from: ae, variables: {AESER: {codee: X}}}}",
         "x.yaml:2:42 AE.AESER: unknown key 'codee'; did you mean 'code'?"),
        ("variables: {AETERM: {copi: X}}", "x.yaml:2:22 AE.AETERM: unknown key 'copi'; did you mean 'copy'?"),
        ("variables: {AETERM: {copy: {colum: X}}}",
         "x.yaml:2:29 AE.AETERM: unknown key 'colum'; did you mean 'column'?"),
        ("variables: {AETERM: {value: {seting: X}}}",
         "x.yaml:2:30 AE.AETERM: unknown key 'seting'; did you mean 'setting'?"),
        ("variables: {AETERM: {type: char}}",
         "x.yaml:2:28 AE.AETERM: 'type' must be one of 'Char', 'Num', not 'char'; did you mean 'Char'?"),
        ("variables: {AETERM: {copy: 5}}", "x.yaml:2:28 AE.AETERM: 'copy' must be text or a list, not '5'"),
        ("variables: {AETERM: {copy: ''}}",
         "x.yaml:2:28 AE.AETERM: 'copy' must be text that is not empty or a list, not ''"),
        ("variables: {AETERM: {code: []}}", "x.yaml:2:28 AE.AETERM: 'code' must be text or a list that is not empty"),
        ("rows: {e: {from: ae, where: ''}}", "x.yaml:2:29 AE rows.e: 'where' must be text that is not empty, not ''"),
        ("variables: {AETERM: {label: }}", ""),
        ("variables: {AETERM: {page: 5}}", ""),
        ("variables: {AETERM: {page: [5, 6]}}", ""),
        ("variables: {AETERM: {page: {a: 5}}}", "x.yaml:2:28 AE.AETERM: 'page' must be text or a list"),
        ("variables: {AETERM: {label: [a]}}", "x.yaml:2:29 AE.AETERM: 'label' must be text"),
        ("variables: {AETERM: {copy: [A, [B]]}}", "x.yaml:2:32 AE.AETERM: 'copy' must be text"),
        ("variables: {AESTDTC: {datetime: {format: DD MON YYYY}}}", "x.yaml:2:23 AE.AESTDTC: key 'date' is missing"),
        ("variables: {AETERM: {when: [{iff: x, copy: A}]}}",
         "x.yaml:2:30 AE.AETERM: unknown key 'iff'; did you mean 'if'?"),
        ("variables: {AETERM: TERM}", "x.yaml:2:21 AE.AETERM: 'AETERM' must be keys and values, not 'TERM'"),
        ("rows: [ae]", "x.yaml:2:7 AE: 'rows' must be keys and values"),
        ("supplemental: {AEX: {copi: X}}", "x.yaml:2:22 AE.AEX: unknown key 'copi'; did you mean 'copy'?"),
        ("keys: AETERM", "x.yaml:2:7 AE: 'keys' must be a list, not 'AETERM'"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_dataset(tmp_path: Path, line: str, problem: str) -> None:
    problems, made = told(tmp_path, Dataset, f"dataset: AE\n{line}\n")
    assert problems == ([problem] if problem else [])
    assert isinstance(made, Dataset)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("sources: {ae: {flie: ae.csv}}",
         "x.yaml:2:16 study.yaml sources.ae: unknown key 'flie'; did you mean 'file'?"),
        ("sources: {ae: {kind: edc}}", "x.yaml:2:11 study.yaml sources.ae: key 'file' is missing"),
        ("sources: {ae: {file: a, kind: ecd}}",
         "x.yaml:2:31 study.yaml sources.ae: 'kind' must be one of 'edc', 'vendor', 'sdtm', not 'ecd'; "
         "did you mean 'edc'?"),
        ("sources: {ae: {file: a, header_row: x}}",
         "x.yaml:2:37 study.yaml sources.ae: 'header_row' must be a whole number, not 'x'"),
        ("range_size: 0", "x.yaml:2:13 study.yaml: 'range_size' must be greater than 0, not '0'"),
        ("cut: {date: 2026-03-31, datasets: {AE: {strat: AESTDTC}}}",
         "x.yaml:2:41 study.yaml cut.datasets.AE: unknown key 'strat'; did you mean 'start'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_study(tmp_path: Path, line: str, problem: str) -> None:
    problems, _ = told(tmp_path, Study, f"study: S\n{line}\n", "study.yaml")
    assert problems == [problem]


def test_a_missing_name_of_the_study(tmp_path: Path) -> None:
    problems, made = told(tmp_path, Study, "title: X\n", "study.yaml")
    assert problems == ["x.yaml:1:1 study.yaml: key 'study' is missing"]
    assert isinstance(made, Study)


def test_what_is_right_stays_when_something_is_wrong(tmp_path: Path) -> None:
    variables = "variables:\n  AETERM: {copi: X, label: Term}\n  AESER: {code: SER}\n"
    problems, made = told(tmp_path, Dataset, f"dataset: AE\n{variables}rows: {{e: {{from: ae, wher: X}}}}\n")
    assert len(problems) == 2
    assert isinstance(made, Dataset)
    assert made.variables["AETERM"].label == "Term"
    assert made.variables["AESER"].code is not None
    assert made.rows["e"].from_ == "ae"
