"""CT0596: what raw data are like (scenarios group L as far as subjects and events; M8, M12, M13, M17, M18, M19)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.extracts import Delivered, Extract

RASH = {"AETERM": "Rash", "AETERM_PT": "Rash", "AESER": "N", "AEACN": "None"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Every untidy row of this module, converted in one run."""
    e = Extract()
    e.subject("01-001")
    e.subject("01-002")
    e.add("ae", "01-001", AESPID="1", AESTDAT="12 MAR 2025", **RASH)
    e.add("ae", "01-001", AESPID="2", AESTDAT="13 MAR 2025", RECORDACTIVE="0", **RASH)  # L02, M17
    e.add("ae", "01-001 ", AESPID="3", AESTDAT="14 MAR 2025", **RASH)  # L03, M12
    e.add("ae", "1-001", AESPID="4", AESTDAT="15 MAR 2025", **RASH)
    e.add("ae", "01001", AESPID="5", AESTDAT="16 MAR 2025", **RASH)
    e.add("ae", "ct0596-101-01-001", AESPID="6", AESTDAT="17 MAR 2025", **RASH)
    e.add("ae", "01-099", AESPID="1", AESTDAT="18 MAR 2025", **RASH)  # M13
    e.add("ae", "Herr M.", AESPID="1", AESTDAT="18 MAR 2025", **RASH)
    comment = {**RASH, "AETERM": 'Rash,\r\nsaid to be "itchy"\nand red'}  # M19
    e.add("ae", "01-002", AESPID="1", AESTDAT="18 MAR 2025", **comment)
    e.add("ae", "01-002", AESPID="2", AESTDAT="19 MAR 2025", AEDLT="N", **RASH)  # M8: one key, two rows
    e.add("ae", "01-002", AESPID="2", AESTDAT="19 MAR 2025", AEDLT="Y", **RASH)
    e.add("vs", "01-002", FOLDER="D7", VSDAT="17 MAR 2025", PULSE="71")  # M13: no such visit in the EDC
    e.add("central_lb", "01-002", VISIT="Cycle 1 D7", COLDAT="17MAR2025", COLTIM="0930", TESTCODE="ALT", RESULT="30",
          UNITS="U/L", SPECTYPE="SERUM")  # fmt: skip
    e.forms["ie"] = []  # L11: a header and no rows
    return e.convert(tmp_path_factory.mktemp("hygiene"))


def test_l02_m17_inactive_rows_go_first_and_are_counted(made: Delivered) -> None:
    assert [spid for (spid,) in made.records("AE", "01-001", "AESPID")] == ["1", "3", "4", "5", "6"]


def test_l03_m12_variants_of_a_subject_number_are_one_person_and_told(made: Delivered) -> None:
    told = {(f.value, f.message) for f in made.findings if f.rule == "SUBJECT_VARIANT"}
    assert told == {
        ("01-001 ", "subject number '01-001 ' is read as 01-001"),
        ("1-001", "subject number '1-001' is read as 01-001"),
        ("01001", "subject number '01001' is read as 01-001"),
        ("ct0596-101-01-001", "subject number 'ct0596-101-01-001' is read as 01-001"),
    }


def test_m13_subjects_that_the_edc_does_not_have_are_an_error(made: Delivered) -> None:
    unknown = [(f.value, f.severity, f.file, f.rows) for f in made.findings if f.rule == "SUBJECT_UNKNOWN"]
    assert unknown == [("01-099", "error", "ae.csv", (8,)), ("Herr M.", "error", "ae.csv", (9,))]
    assert set(made.datasets["DM"]["SUBJID"]) == {"01-001", "01-002"}


def test_m13_laboratory_of_a_visit_that_the_edc_does_not_have_is_told(made: Delivered) -> None:
    told = [(f.file, f.value, f.rows) for f in made.findings if f.rule == "RECONCILE_MISSING"]
    assert told == [("central_lb.csv", "70", (2,))]
    assert len(made.records("LB", "01-002", "LBTESTCD")) == 1


def test_m19_line_ends_become_blanks(made: Delivered) -> None:
    assert made.records("AE", "01-002", "AETERM", AESPID="1") == [('Rash, said to be "itchy" and red',)]


def test_m8_rows_of_one_key_that_differ_are_kept_and_told(made: Delivered) -> None:
    assert len(made.records("AE", "01-002", "AESPID", AESPID="2")) == 2
    assert [f.rows for f in made.findings if f.rule == "KEY_CONFLICT" and f.file == "ae.csv"] == [(11, 12)]


def test_l11_a_form_without_rows_makes_no_dataset(made: Delivered) -> None:
    assert "IE" not in made.datasets
    assert ("NO_ROWS", "ie.csv") in {(f.rule, f.file) for f in made.findings}


def test_accounting_of_the_events(tmp_path: Path) -> None:
    e = Extract()
    e.subject("01-001", visits={})
    for spid, active, subject, day in (
        ("1", "1", "01-001", "12 MAR 2025"),
        ("2", "0", "01-001", "12 MAR 2025"),
        ("3", "1", "01-099", "12 MAR 2025"),
        ("4", "1", "01-001", "12 APR 2026"),
    ):
        e.add("ae", subject, AESPID=spid, AESTDAT=day, RECORDACTIVE=active, **RASH)
    e.convert(tmp_path)
    [path] = (tmp_path / "out").rglob("accounting.csv")
    table = pd.read_csv(path, keep_default_na=False)
    of_ae = table[(table["level"] == "source") & (table["source"] == "ae") & (table["count"] > 0)]
    assert dict(zip(of_ae["category"], of_ae["count"], strict=True)) == {
        "used": 1,
        "removed by the cut": 1,
        "filtered": 1,
        "no subject": 1,
    }
