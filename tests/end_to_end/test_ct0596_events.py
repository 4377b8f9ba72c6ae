"""CT0596: adverse events and the data cut (scenarios D01 to D18, I01 to I19; M1, M2, M7, M9, M18, M20)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.extracts import Delivered, Extract

LONG = " ".join(["Fever with chills after the infusion, resolved with paracetamol;"] * 4)
"""A verbatim of 259 bytes: 4 times 64, and the blanks between."""


def _event(extract: Extract, number: str, spid: str, start: str, end: str = "", **more: str) -> None:
    """A CTCAE event with everything that the form asks for."""
    row = {
        "AETERM": "Rash", "AETERM_PT": "Rash", "AEGR": "1", "AEGRSCL": "CTCAE5", "AESI": "NONE", "AEREL_CT": "RELATED",
        "AEREL_LD": "NOT RELATED", "AESER": "N", "AEACN": "None", "AEOUT": "RECOVERED/RESOLVED" if end else "UNKNOWN",
        "AEONGO": "N" if end else "Y",
    } | more  # fmt: skip
    extract.add("ae", number, AESPID=spid, AESTDAT=start, AEENDAT=end, **row)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Every event of this module, converted in one run. Infusion 2025-03-10T10:30, lymphodepletion 2025-03-05T09:00."""
    e = Extract()
    for number in ("01-001", "01-002", "01-003", "01-004", "01-005", "01-006"):
        e.subject(number)
        e.add("aph", number, APHYN="Y", APHDAT="10 FEB 2025", APHSTTIM="08:00", APHENTIM="12:00", APHNO="1")
    one, two, three, four, five, six = "01-001", "01-002", "01-003", "01-004", "01-005", "01-006"

    _event(e, one, "1", "UN MAR 2025")  # D01
    _event(e, one, "2", "UN MAR 2025", "05 MAR 2025")  # D02
    _event(e, one, "3", "UN UNK 2025")  # D03
    _event(e, one, "5", "UN UNK UNK")  # D05
    _event(e, one, "6", "20 MAR 2025", "UN APR 2025")  # D06
    _event(e, one, "13", "31 FEB 2025")  # D13
    _event(e, one, "14", "03/04/2025")  # D14
    for spid, day in enumerate(("10 FEB", "05 MAR", "09 MAR", "10 MAR", "11 MAR", "07 APR"), start=71):  # D07
        _event(e, one, str(spid), f"{day} 2025", "10 APR 2025")

    _event(e, two, "16", "05 APR 2026", "09 APR 2026")  # D16
    _event(e, two, "17", "20 MAR 2026", "08 APR 2026")  # D17
    _event(e, two, "18", "UN MAR 2026")  # D18
    _event(e, two, "19", "31 MAR 2026", "31 MAR 2026")
    _event(e, two, "20", "28 MAR 2026", "10 APR 2026", AEGR="5", AEOUT="FATAL", AESER="Y", AESDTH="Y", AESHOSP="N")
    e.add("dth", two, DTHDAT="10 APR 2026")

    _event(e, three, "1", "10 MAR 2025", AESTTIM="UN:UN")  # I01, M2
    _event(e, three, "2", "10 MAR 2025", AESTTIM="08:00")  # I02
    _event(e, three, "3", "10 MAR 2025", AESTTIM="11:00")
    _event(e, three, "4", "UN MAR 2025", AESTTIM="10:15")  # M1: a time without its day cannot be kept
    _event(e, three, "5", "06 MAR 2025", "07 MAR 2025")  # I05
    _event(e, three, "6", "10 FEB 2025", "11 FEB 2025")  # I06

    crs = {"AETERM": "CRS", "AETERM_PT": "Cytokine release syndrome", "AEGR": "2", "AEGRSCL": "ASTCT", "AESI": "CRS"}
    _event(e, four, "7", "12 MAR 2025", "16 MAR 2025", **crs)  # I07
    icans = {"AETERM": "ICANS", "AETERM_PT": "Immune effector cell-associated neurotoxicity syndrome"}
    _event(e, four, "9", "14 MAR 2025", "15 MAR 2025", **icans, AEGR="1", AEGRSCL="ASTCT", AESI="ICANS")  # I09
    _event(e, four, "10", "01 APR 2025", AETERM_PT="Nausea", AEGR="2")  # I10
    _event(e, four, "11", "01 APR 2025", AETERM_PT="Nausea", AEGR="3", AEDLT="Y")
    _event(e, four, "12", "02 APR 2025", AEGR="", AEDLT="N")  # I11
    _event(e, four, "15", "03 APR 2025", AEREL_CT="NOT RELATED", AEREL_LD="RELATED", AEREL_APH="NOT RELATED")  # I15

    _event(e, five, "13", "15 MAR 2025", "16 MAR 2025")
    _event(e, five, "13", "15 MAR 2025", "16 MAR 2025")  # I13
    _event(e, five, "14", "28 MAR 2025", "01 APR 2025", AETERM_PT="Sepsis", AESER="Y", AESHOSP="Y")  # I14
    e.add("sae", "CT0596-101-01-005", PT="SEPSIS", STDAT="2025-03-28", ENDAT="2025-04-03", OUTCOME="Recovered")
    _event(e, five, "15", "01 MAY 2025", "02 MAY 2025", AETERM_PT="Fall", AESER="Y", AESHOSP="Y")
    e.add("sae", "CT0596-101-01-005", PT="Pneumonia", STDAT="2025-06-01", ENDAT="", OUTCOME="Not recovered")

    _event(e, six, "17", "15 MAR 2025", AETERM="\u53d1\u70e7", AETERM_EN="FEVER", AETERM_PT="Pyrexia")  # I17
    _event(e, six, "18", "16 MAR 2025", AETERM=LONG)  # I18
    _event(e, six, "19", "17 MAR 2025", AEACN="NONE")  # I19
    _event(e, six, "20", "10 MAR 2025", AESTTIM="10:35", AEACN="Infusion interrupted")
    _event(e, six, "21", "18 MAR 2025", AETERM="Grade\u20113 rash \u2013 \u201citchy\u201d, 5\u00a0\u00b5g/L")  # M9
    _event(e, six, "22", "19 MAR 2025", AEACN="Dose doubled", AEOUT_STD="", AEOUT="Recovering")  # L10, M18
    return e.convert(tmp_path_factory.mktemp("events"))


def _ae(made: Delivered, subject: str, spid: str, columns: str) -> tuple[object, ...]:
    [record] = made.records("AE", subject, columns, AESPID=spid)
    return record


@pytest.mark.parametrize(
    ("spid", "start", "day", "epoch"),
    [
        ("1", "2025-03", None, None),
        ("2", "2025-03", None, None),
        ("3", "2025", None, None),
        ("5", None, None, None),
        ("13", None, None, None),
        ("14", None, None, None),
    ],
)
def test_d01_to_d13_incomplete_starts(
    made: Delivered, spid: str, start: str | None, day: float | None, epoch: str | None
) -> None:
    assert _ae(made, "01-001", spid, "AESTDTC AESTDY EPOCH TAETORD") == (start, day, epoch, None)


def test_d06_partial_end(made: Delivered) -> None:
    assert _ae(made, "01-001", "6", "AEENDTC AEENDY") == ("2025-04", None)


def test_d07_study_day_has_no_zero(made: Delivered) -> None:
    days = [_ae(made, "01-001", spid, "AESTDY")[0] for spid in ("71", "72", "73", "74", "75", "76")]
    assert days == [-28, -5, -1, 1, 2, 29]


def test_d13_impossible_date_is_an_error_with_the_raw_text(made: Delivered) -> None:
    assert ("DATE_IMPOSSIBLE", "31 FEB 2025") in made.rules("01-001")
    assert {f.severity for f in made.findings if f.value == "31 FEB 2025"} == {"error"}


def test_d14_a_date_in_another_format_is_an_error_and_no_guess(made: Delivered) -> None:
    assert [(f.severity, f.rule) for f in made.findings if f.value == "03/04/2025"] == [("error", "DATE_UNREADABLE")]


def test_d05_unknown_date_is_told(made: Delivered) -> None:
    assert ("DATE_UNKNOWN", "UN UNK UNK") in made.rules("01-001")


def test_d16_d17_d18_cut_of_events(made: Delivered) -> None:
    columns = "AESPID AESTDTC AEENDTC AEENRTPT AEENTPT AEOUT"
    assert sorted(made.records("AE", "01-002", columns)) == [
        ("17", "2026-03-20", None, "ONGOING", "2026-03-31", "NOT RECOVERED/NOT RESOLVED"),
        ("18", "2026-03", None, "ONGOING", "2026-03-31", "UNKNOWN"),
        ("19", "2026-03-31", "2026-03-31", None, None, "RECOVERED/RESOLVED"),
        ("20", "2026-03-28", None, "ONGOING", "2026-03-31", "NOT RECOVERED/NOT RESOLVED"),
    ]
    assert made.records("AE", "01-002", "AESEQ") == [(1,), (2,), (3,), (4,)]


def test_d17_a_death_after_the_cut_is_not_known_at_the_cut(made: Delivered) -> None:
    assert _ae(made, "01-002", "20", "AESER AESDTH AESHOSP AETOXGR") == ("Y", "N", "N", None)
    assert made.records("DM", "01-002", "DTHDTC DTHFL RFPENDTC") == [(None, None, "2026-03-31")]


def test_i01_i02_same_day_with_and_without_time(made: Delivered) -> None:
    columns = "AESTDTC AESTDY EPOCH TAETORD"
    assert _ae(made, "01-003", "1", columns) == ("2025-03-10", 1, "TREATMENT", 4)
    assert _ae(made, "01-003", "2", columns) == ("2025-03-10T08:00", 1, "LYMPHODEPLETION", 3)
    assert _ae(made, "01-003", "3", columns) == ("2025-03-10T11:00", 1, "TREATMENT", 4)


def test_i05_i06_epoch_of_onset(made: Delivered) -> None:
    assert _ae(made, "01-003", "5", "EPOCH AESTDY AEENDY") == ("LYMPHODEPLETION", -4, -3)
    assert _ae(made, "01-003", "6", "EPOCH AESTDY AEENDY") == ("APHERESIS", -28, -27)


def test_m1_time_without_a_day_is_dropped_and_told(made: Delivered) -> None:
    assert _ae(made, "01-003", "4", "AESTDTC") == ("2025-03",)
    assert ("DATE_TIME_DROPPED", "10:15") in made.rules("01-003")


def _qualifiers(made: Delivered, subject: str, spid: str) -> dict[str, str]:
    [sequence] = _ae(made, subject, spid, "AESEQ")
    found = made.records("SUPPAE", subject, "QNAM QVAL", IDVARVAL=str(int(float(str(sequence)))))
    return {str(name): str(value) for name, value in found}


def test_i07_i09_crs_and_icans_are_rows_of_their_own(made: Delivered) -> None:
    columns = "AEDECOD AETOXGR AESTDY AEENDY"
    assert _ae(made, "01-004", "7", columns) == ("Cytokine release syndrome", "2", 3, 7)
    assert _qualifiers(made, "01-004", "7") == {
        "AETOXSCL": "ASTCT 2019",
        "AERELLD": "NOT RELATED",
        "AESI": "CRS",
    }
    icans = "Immune effector cell-associated neurotoxicity syndrome"
    assert _ae(made, "01-004", "9", columns) == (icans, "1", 5, 6)
    assert _qualifiers(made, "01-004", "9")["AESI"] == "ICANS"


def test_i10_same_term_and_day_twice_in_the_order_of_the_form(made: Delivered) -> None:
    assert made.records("AE", "01-004", "AESPID AETOXGR", AEDECOD="Nausea") == [("10", "2"), ("11", "3")]
    assert _qualifiers(made, "01-004", "11")["AEDLT"] == "Y"


def test_i11_missing_grade_stays_missing(made: Delivered) -> None:
    assert _ae(made, "01-004", "12", "AETOXGR AEDECOD") == (None, "Rash")
    assert _qualifiers(made, "01-004", "12") == {"AETOXSCL": "CTCAE V5.0", "AERELLD": "NOT RELATED"}


def test_i13_exact_duplicate_is_one_record(made: Delivered) -> None:
    assert len(made.records("AE", "01-005", "AESPID", AESPID="13")) == 1
    assert [f.rows for f in made.findings if f.rule == "DUPLICATE" and f.file == "ae.csv"] == [(33,)]


def test_i14_safety_database_differs_and_the_edc_wins(made: Delivered) -> None:
    assert _ae(made, "01-005", "14", "AEENDTC") == ("2025-04-01",)
    told = {(f.rule, f.file, f.value) for f in made.findings if f.rule.startswith("RECONCILE")}
    assert {t for t in told if t[1] in ("sae.csv", "ae.csv")} == {
        ("RECONCILE_DIFFERENT", "sae.csv", "2025-04-03, not 2025-04-01"),
        ("RECONCILE_MISSING", "sae.csv", "PNEUMONIA, 2025-06-01"),
        ("RECONCILE_MISSING", "ae.csv", "FALL, 2025-05-01"),
        ("RECONCILE_MISSING", "ae.csv", "RASH, 2026-03-28"),
    }


def test_i15_related_to_lymphodepletion_only(made: Delivered) -> None:
    assert _ae(made, "01-004", "15", "AEREL") == ("NOT RELATED",)
    found = _qualifiers(made, "01-004", "15")
    assert (found["AERELLD"], found["AERELAPH"]) == ("RELATED", "NOT RELATED")


def test_i17_the_translation_of_the_verbatim_is_used(made: Delivered) -> None:
    assert _ae(made, "01-006", "17", "AETERM AEDECOD") == ("FEVER", "Pyrexia")


def test_i18_long_verbatim_is_split_at_a_word(made: Delivered) -> None:
    first = " ".join(["Fever with chills after the infusion, resolved with paracetamol;"] * 3) + " Fever"
    assert _ae(made, "01-006", "18", "AETERM") == (first,)
    rest = "with chills after the infusion, resolved with paracetamol;"
    assert _qualifiers(made, "01-006", "18")["AETERM1"] == rest


def test_i19_action_taken_with_a_single_infusion(made: Delivered) -> None:
    assert _ae(made, "01-006", "19", "AEACN") == ("NOT APPLICABLE",)
    assert _ae(made, "01-006", "20", "AEACN") == ("DRUG INTERRUPTED",)


def test_m9_characters_become_ascii(made: Delivered) -> None:
    assert _ae(made, "01-006", "21", "AETERM") == ('Grade-3 rash - "itchy", 5 ug/L',)


def test_l10_m18_what_has_no_code_is_an_error_and_not_passed_on(made: Delivered) -> None:
    assert _ae(made, "01-006", "22", "AEACN AEOUT") == (None, None)
    found = {
        (f.rule, f.severity, f.variable, f.value, f.count) for f in made.findings if f.value.startswith(("D", "R"))
    }
    assert ("CODE_UNMAPPED", "error", "AEACN", "Dose doubled", 1) in found
    assert ("CODE_MISSING", "error", "AEOUT", "Recovering", 1) in found


def test_d17_cut_report_keeps_what_went(tmp_path: Path) -> None:
    e = Extract()
    e.subject("01-001", visits={"D28": "07 APR 2025", "M12": "10 APR 2026"})
    _event(e, "01-001", "16", "05 APR 2026", "09 APR 2026")
    _event(e, "01-001", "17", "20 MAR 2026", "08 APR 2026")
    e.subject("01-002", visits={})
    e.add("dth", "01-002", DTHDAT="UN APR 2026")
    e.add("surv", "01-002", FOLDER="SURV", SSDAT="01 APR 2026", SSSTAT="UNKNOWN")
    e.convert(tmp_path)
    [path] = (tmp_path / "out").rglob("cut_report.csv")
    report = pd.read_csv(path, dtype="str", keep_default_na=False)
    report["USUBJID"] = report["USUBJID"].str[-6:]
    lines = {tuple(row[1:]) for row in report.drop(columns="row").itertuples()}
    assert lines == {
        ("AE", "01-001", "ae.csv", "record removed", "AESTDTC", "2026-04-05", ""),
        ("AE", "01-001", "ae.csv", "value removed", "AEENDTC", "2026-04-08", ""),
        ("AE", "01-001", "ae.csv", "value replaced", "AEENRTPT", "", "ONGOING"),
        ("AE", "01-001", "ae.csv", "value replaced", "AEENTPT", "", "2026-03-31"),
        ("AE", "01-001", "ae.csv", "value replaced", "AEOUT", "RECOVERED/RESOLVED", "NOT RECOVERED/NOT RESOLVED"),
        ("SV", "01-001", "sv.csv", "record removed", "SVSTDTC", "2026-04-10", ""),
        ("DM", "01-002", "subj.csv", "value removed", "DTHFL", "Y", ""),
        ("DM", "01-002", "subj.csv", "value removed", "DTHDTC", "2026-04", ""),
        ("SS", "01-002", "surv.csv", "record removed", "SSDTC", "2026-04-01", ""),
        ("AE", "01-001", "", "alive after the cut", "", "", ""),
        ("SV", "01-001", "", "alive after the cut", "", "", ""),
        ("DM", "01-002", "", "alive after the cut", "", "", ""),
    }


def test_an_earlier_cut_knows_less(tmp_path: Path) -> None:
    e = Extract()
    e.subject("01-001")
    e.subject("01-002")
    e.forms["ic"][-1]["ICDAT"] = "10 MAR 2025"
    e.forms["subj"][-1]["ENRLDAT"] = "20 MAR 2025"
    _event(e, "01-001", "1", "01 FEB 2025", "20 MAR 2025")
    made = e.convert(tmp_path, cut="2025-02-28")
    assert made.datasets["DM"]["SUBJID"].tolist() == ["01-001"]
    assert made.records("DM", "01-001", "ARMCD ACTARMCD ARMNRS RFSTDTC RFXSTDTC RFPENDTC") == [
        ("DL1", None, "ASSIGNED, NOT TREATED", None, None, "2025-02-10")
    ]
    assert made.records("AE", "01-001", "AEENRTPT AEENTPT EPOCH") == [("ONGOING", "2025-02-28", "SCREENING")]
    assert "AESTDY" not in made.datasets["AE"]
    assert "EX" not in made.datasets
