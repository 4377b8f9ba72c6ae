"""Runs: what a test that was not done has, the last observation before exposure, a value that no file can hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.assemble import WriteErrors
from tests.pipeline.tiny import DM, Tiny, rows

EXPOSED = DM.replace("SEX:", "RFXSTDTC: {copy: FIRST}, SEX:")
LB = """
rows:
  alt:
    {from: lb, testcd: ALT, result: RES, unit: {value: U/L}, standard_unit: U/L, low: LO, high: HI, status: ND,
     date: {date: D, format: YYYY-MM-DD}}
"""
VS = """
rows:
  pulse:
    {from: vs, testcd: PULSE, result: RES, unit: {value: beats/min}, standard_unit: beats/min,
     timepoint: {copy: TPT}, position: {copy: POS}, date: {date: D, time: T, format: YYYY-MM-DD, time_format: "HH:MM"}}
variables: {VSTPTNUM: {copy: N}}
"""


def test_a_test_that_was_not_done_has_no_range(tmp_path: Path) -> None:
    """The form prints the range of the laboratory also where no sample was taken (SDTMIG 3.4, 4.5.1.2)."""
    raw = {"dm": "SUBJECT\n01\n", "lb": "SUBJECT,RES,LO,HI,ND,D\n01,20,7,50,,2025-01-01\n01,,7,50,Y,2025-01-02\n"}
    study = Tiny(tmp_path, sources={"lb": "{file: lb.csv, subject: SUBJECT}"}, datasets={"LB": LB}, raw=raw)
    assert rows(study.run(), "LB", "LBSTAT", "LBORRESU", "LBORNRLO", "LBORNRHI", "LBSTNRLO", "LBSTNRHI") == [
        [None, "U/L", "7", "50", 7.0, 50.0],
        ["NOT DONE", None, None, None, None, None],
    ]


def test_one_observation_is_the_last_before_exposure_whatever_its_time_point(tmp_path: Path) -> None:
    """Per subject, test and position; two time points before the dose are one series (SDTMIG 3.4, --LOBXFL)."""
    measured = (
        "SUBJECT,RES,TPT,N,POS,D,T\n01,70,PREDOSE 1,1,SITTING,2025-01-02,08:00\n"
        "01,72,PREDOSE 2,2,SITTING,2025-01-02,08:30\n01,80,PREDOSE 2,2,STANDING,2025-01-02,08:31\n"
        "01,90,POSTDOSE,3,SITTING,2025-01-02,10:00\n"
    )
    raw = {"dm": "SUBJECT,FIRST\n01,2025-01-02T09:00\n", "vs": measured}
    sources = {"vs": "{file: vs.csv, subject: SUBJECT}"}
    study = Tiny(tmp_path, sources=sources, datasets={"VS": VS}, raw=raw, dm=EXPOSED)
    assert rows(study.run(), "VS", "VSSTRESN", "VSTPT", "VSPOS", "VSLOBXFL") == [
        [70.0, "PREDOSE 1", "SITTING", None],
        [72.0, "PREDOSE 2", "SITTING", "Y"],
        [80.0, "PREDOSE 2", "STANDING", "Y"],
        [90.0, "POSTDOSE", "SITTING", None],
    ]


def test_a_value_that_no_file_can_hold_stops_the_run_with_its_rows_and_the_remedy(tmp_path: Path) -> None:
    """Nothing is shortened; the message names all such rows, also in a development run."""
    ae = "rows: {all: {from: ae}}\nvariables: {AETERM: {copy: TERM}, AEDECOD: {copy: PT}}\n"
    raw = {"dm": "SUBJECT\n01\n", "ae": f"SUBJECT,TERM,PT\n01,Fall,Fall\n01,{'x' * 224},Fall\n01,{'y' * 201},Fall\n"}
    study = Tiny(tmp_path, sources={"ae": "{file: ae.csv, subject: SUBJECT}"}, datasets={"AE": ae}, raw=raw)
    with pytest.raises(WriteErrors) as caught:
        study.run()
    told = str(caught.value).splitlines()
    remedy = "AETERM is longer than 200 bytes; use `split_to:` or shorten it"
    assert told[1:] == [
        "nothing is delivered; behind it:",
        f"  LENGTH_OVER_200 AE.AETERM, ae.csv TERM row 3: {remedy}",
        f"  LENGTH_OVER_200 AE.AETERM, ae.csv TERM row 4: {remedy}",
        f"all findings of this run: {tmp_path / 'out' / 'TINY' / 'uncut' / 'findings-of-failed-run.csv'}",
    ]
    assert not list((tmp_path / "out").rglob("*.xpt"))
