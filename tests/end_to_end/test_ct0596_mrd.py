"""CT0596: minimal residual disease from transfers and responses (scenarios group F; design basis 4.3, R-14)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.end_to_end.extracts import Delivered, Extract

D28, M3, M6, M12 = "2025-04-07", "2025-06-08", "2025-09-06", "2026-03-05"
CONFIRMED = {"PR": ("PR", "PR"), "VGPR": ("VGPR", "VGPR"), "CR": ("CR", "CR"), "sCR": ("sCR", "sCR")}
"""Two assessments that give a confirmed best response."""


def _entered(iso: str) -> str:
    return date.fromisoformat(iso).strftime("%d %b %Y").upper()


def _serial(iso: str) -> str:
    """A date as the MRD laboratory sends it: an Excel serial number (M3)."""
    return str((date.fromisoformat(iso) - date(1899, 12, 30)).days)


def _response(extract: Extract, number: str, day: str, response: str, basis: str = "") -> None:
    extract.add("resp", number, FOLDER="UNS", RSDAT=_entered(day), RSRESP=response, RSCRIT="IMWG2016", PDBASIS=basis)


def _sample(extract: Extract, number: str, day: str, result: str, **more: str) -> None:
    row = {"METHOD": "NGS", "LOD": "1e-5", "THRESH": "1e-5", "VISIT": "Day 28"} | more
    extract.add("mrd", number, COLDAT=_serial(day), RESULT=result, **row)


def _subject(extract: Extract, number: str, cbor: str) -> str:
    extract.subject(number)
    extract.add("aph", number, APHYN="Y", APHDAT="10 FEB 2025", APHNO="1")
    for day, response in zip((D28, "2025-05-09"), CONFIRMED[cbor], strict=True):
        _response(extract, number, day, response)
    return number


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Every row of the group, in one run; infusion 2025-03-10, responses on 2025-04-07 and 2025-05-09."""
    e = Extract()
    _sample(e, _subject(e, "01-001", "VGPR"), D28, "NEGATIVE")  # F01
    _sample(e, _subject(e, "01-002", "PR"), D28, "NEGATIVE")  # F02
    _sample(e, _subject(e, "01-003", "CR"), D28, "POSITIVE", RESIDUAL="1.2e-4")  # F03
    _subject(e, "01-005", "sCR")  # F05
    six = e.subject("01-006")  # F06
    for day, response in ((D28, "PR"), (M3, "CR"), (M6, "CR")):
        _response(e, six, day, response)
    _sample(e, six, D28, "NEGATIVE")
    _subject(e, "01-007", "CR")  # F07
    _sample(e, "01-007", D28, "POSITIVE")
    _sample(e, "01-007", M3, "NEGATIVE", LOD="1e-6")
    _subject(e, "01-009", "VGPR")  # F09
    _response(e, "01-009", M3, "PD", "IMAGING")
    _sample(e, "01-009", M6, "NEGATIVE")
    _subject(e, "01-010", "CR")  # F10
    _sample(e, "01-010", D28, "NEGATIVE", METHOD="MFC")
    _sample(e, "01-010", D28, "POSITIVE", METHOD="NGS", RESIDUAL="3e-5", LOD="6.8e-7")
    _sample(e, _subject(e, "01-011", "CR"), D28, "POSITIVE", RESIDUAL="2e-6", LOD="6.8e-7")  # F11
    _subject(e, "01-013", "CR")  # F13
    for day, result in ((D28, "NEGATIVE"), (M6, "POSITIVE"), (M12, "NEGATIVE")):
        _sample(e, "01-013", day, result)
    _sample(e, _subject(e, "01-014", "CR"), "2025-03-10", "NEGATIVE")  # F14

    _subject(e, "01-021", "CR")  # a year without a positive sample
    for day, result in (("2025-03-20", "NEGATIVE"), (M6, "INDETERMINATE"), ("2026-03-20", "NEGATIVE")):
        _sample(e, "01-021", day, result)
    _sample(e, _subject(e, "01-022", "CR"), D28, "NEGATIVE", LOD="1e-4")  # not sensitive enough
    _subject(e, "01-023", "CR")  # after new therapy
    e.add("nact", "01-023", LINE="5", TRT="Selinexor", TYPE="DRUG", NASTDAT="01 SEP 2025")
    _sample(e, "01-023", M6, "NEGATIVE")
    _sample(e, _subject(e, "01-024", "CR"), D28, "QNS", LOD="")
    return e.convert(tmp_path_factory.mktemp("mrd"))


def _mrd(made: Delivered, subject: str) -> tuple[object, ...]:
    """MRDNEG and its date, the denominator and the record of the registry's rate, and the population flag."""
    [(negative, at)] = made.records("ADRS", subject, "AVALC ADT", PARAMCD="MRDNEG")
    [(counted, rate)] = made.records("ADRS", subject, "ANL01FL AVALC", PARAMCD="MRDVGPR")
    [(evaluable,)] = made.records("ADSL", subject, "MRDEVLFL")
    return negative, at, counted, rate, evaluable


def day(iso: str) -> float:
    return float((date.fromisoformat(iso) - date(1960, 1, 1)).days)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        pytest.param("01-001", ("Y", D28, "Y", "Y", "Y"), id="F01"),
        pytest.param("01-002", ("Y", D28, None, "N", "Y"), id="F02"),
        pytest.param("01-003", ("N", None, "Y", "N", "Y"), id="F03"),
        pytest.param("01-005", ("N", None, "Y", "N", "N"), id="F05"),
        pytest.param("01-006", ("Y", D28, "Y", "Y", "Y"), id="F06"),
        pytest.param("01-007", ("Y", M3, "Y", "Y", "Y"), id="F07"),
        pytest.param("01-009", ("N", None, "Y", "N", "N"), id="F09"),
        pytest.param("01-010", ("N", None, "Y", "N", "Y"), id="F10"),
        pytest.param("01-011", ("Y", D28, "Y", "Y", "Y"), id="F11"),
        pytest.param("01-013", ("Y", D28, "Y", "Y", "Y"), id="F13"),
        pytest.param("01-014", ("N", None, "Y", "N", "N"), id="F14"),
        pytest.param("01-022", ("N", None, "Y", "N", "N"), id="sensitivity above the threshold"),
        pytest.param("01-023", ("N", None, "Y", "N", "N"), id="after new therapy"),
        pytest.param("01-024", ("N", None, "Y", "N", "N"), id="quantity not sufficient"),
    ],
)
def test_mrd(made: Delivered, subject: str, expected: tuple[str, str | None, str | None, str, str]) -> None:
    negative, at, counted, rate, evaluable = expected
    assert _mrd(made, subject) == (negative, at and day(at), counted, rate, evaluable)


def test_f10_one_status_per_date(made: Delivered) -> None:
    assert made.records("ADRS", "01-010", "AVALC ADT", PARAMCD="MRD5") == [("POSITIVE", day(D28))]


def test_f11_the_residual_decides_at_each_threshold(made: Delivered) -> None:
    assert made.records("ADRS", "01-011", "AVALC", PARAMCD="MRD5") == [("NEGATIVE",)]
    assert made.records("ADRS", "01-011", "AVALC", PARAMCD="MRD6") == [("POSITIVE",)]
    assert made.records("ADRS", "01-001", "AVALC", PARAMCD="MRD6") == [("NE",)]


@pytest.mark.parametrize(("subject", "sustained"), [("01-013", "N"), ("01-021", "Y"), ("01-001", "N")])
def test_f13_sustained_for_a_year(made: Delivered, subject: str, sustained: str) -> None:
    assert made.records("ADRS", subject, "AVALC", PARAMCD="MRDSUS") == [(sustained,)]


def test_f14_a_sample_of_the_day_of_infusion_is_none_after_it(made: Delivered) -> None:
    assert made.records("ADRS", "01-014", "AVALC", PARAMCD="MRD5") == []


def test_the_record_behind_is_named(made: Delivered) -> None:
    [(source, sequence)] = made.records("ADRS", "01-007", "SRCDOM SRCSEQ", PARAMCD="MRDNEG")
    assert source == "RS"
    found = [r for r in made.records("RS", "01-007", "RSTESTCD RSDTC RSSTRESC RSSEQ") if r[3] == sequence]
    assert found == [("MRDRESP", M3, "MRD NEGATIVITY", sequence)]
