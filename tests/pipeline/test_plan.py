"""The order of variables across datasets, and a circle told as its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.plan import plan
from specs.problems import SpecErrors
from specs.resolve import resolve
from tests.pipeline.tiny import DM, Tiny

EX = """
rows: {all: {from: ex}}
variables: {EXTRT: {copy: DRUG}, EXSTDTC: {datetime: {date: START, format: YYYY-MM-DD}}}
keys: [STUDYID, USUBJID, EXSTDTC]
"""


PAIR = ("RFSTDTC", "RFENDTC")


def tiny(folder: Path, dm: str) -> str:
    pack, _ = Tiny(folder, sources={"ex": "{file: ex.csv, subject: SUBJECT}"}, datasets={"EX": EX}, dm=dm).write()
    return str(pack)


def test_dm_needs_ex_while_ex_needs_dm(tmp_path: Path) -> None:
    order = plan(resolve(tiny(tmp_path, DM.rstrip()[:-1] + ", RFSTDTC: {derive: earliest, with: {of: EX.EXSTDTC}}}\n")))
    assert order.collected == ("DM", "EX")
    steps = list(order.steps)
    assert steps.index(("DM", "RFSTDTC")) < steps.index(("EX", "EXSTDY"))
    assert order.trial == ()


def test_a_circle_of_variables_is_told_as_its_path(tmp_path: Path) -> None:
    first, second = (f"{a}: {{derive: date_part, with: {{date: {b}}}}}" for a, b in (PAIR, PAIR[::-1]))
    circle = f"{DM.rstrip()[:-1]}, {first}, {second}}}\n"
    with pytest.raises(SpecErrors) as caught:
        plan(resolve(tiny(tmp_path, circle)))
    message = str(caught.value)
    assert "sdtm/DM.yaml:" in message
    assert "variables need each other in a circle: DM.RF" in message
    assert "DM.RFSTDTC" in message
    assert "DM.RFENDTC" in message


def test_datasets_without_subjects_come_last(tmp_path: Path) -> None:
    pack, _ = Tiny(
        tmp_path,
        datasets={"TE": "table: tables/te.csv\n"},
        tables={"te.csv": "ETCD,ELEMENT,TESTRL\nSCRN,Screening,consent\n"},
    ).write()
    assert plan(resolve(str(pack))).trial == ("TE",)
