"""CT0596: subjects, elements, visits, exposure and disposition (scenarios D23, D25, E01 to E19; M6, M10, M11)."""

from __future__ import annotations

import pytest

from tests.end_to_end.extracts import Delivered, Extract

ARM1, ARM2 = "CT0596 150 x 10^6 cells", "CT0596 300 x 10^6 cells"


def _screen_failure(extract: Extract, number: str, **listed: str) -> None:
    extract.add("subj", number, STATUS="SCREEN FAILURE", **listed)
    extract.add("ic", number, ICDAT="20 JAN 2025", ICVER="V2.0", ICTYPE="MAIN")
    extract.add("dm", number, AGE="55", SEX="F", RACE="ASIAN", COUNTRY="CHN")
    extract.add("ie", number, FOLDER="SCR", IEYN="N", IETESTCD="EXCL04", IEORRES="Y", IEVER="V2.0", IEDAT="27 JAN 2025")


def _dose(extract: Extract, number: str, assigned: str, cells: str, planned: str) -> None:
    """A subject with another dose than the default one."""
    extract.subject(number, infused=None)
    extract.forms["subj"][-1]["DOSELEVEL"] = assigned
    extract.add("inf", number, FOLDER="D0", INFYN="Y", INFDAT="10 MAR 2025", INFSTTIM="10:30", INFENTIM="10:45",
                PLANCELL=planned, ACTCELL=cells, INFNO="1")  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Every subject of this module, converted in one run."""
    e = Extract()
    _screen_failure(e, "01-001")  # E01
    e.add("ds_eos", "01-001", DSDAT="29 JAN 2025", DSDECOD="SCREEN FAILURE", DSREAS="Eligibility criteria not met")
    _screen_failure(e, "01-002")  # E01, nobody filled in the end of the study

    _screen_failure(e, "01-004")  # E02
    e.add("ds_eos", "01-004", DSDAT="29 JAN 2025", DSDECOD="SCREEN FAILURE")
    e.subject("01-011")
    e.forms["subj"][-1]["RESCREENOF"] = "01-004"
    e.forms["ic"][-1]["ICDAT"] = "03 FEB 2025"
    e.add("mmhist", "01-011", DISTYPE="SPCL")
    e.add("ds_eos", "01-011", DSDAT="05 MAR 2026", DSDECOD="COMPLETED")  # E17

    e.subject("01-021", infused=None, lymphodepleted=None)  # E03, the form of the end of treatment is there
    e.forms["subj"][-1]["DOSELEVEL"] = "DL2"
    e.add("aph", "01-021", FOLDER="APH", APHYN="Y", APHDAT="10 FEB 2025", APHSTTIM="09:00", APHENTIM="13:10", APHNO="1",
          VOLPROC="9183", CD3CNT="2.39", PRODVOL="158", ADEQUATE="Y")  # fmt: skip
    e.add("prodrel", "01-021", LOTNO="L21", RELDAT="28 FEB 2025", RELSTAT="OOS", VIAB="61")
    e.add(
        "ds_eot", "01-021", DSTRT="CT0596", DSDAT="01 MAR 2025", DSDECOD="NEVER DOSED", DSREAS="Manufacturing failure"
    )

    e.subject("01-022", infused=None, lymphodepleted=None)  # E03, nobody said so
    e.add("prodrel", "01-022", LOTNO="L22", RELDAT="28 FEB 2025", RELSTAT="OOS")
    e.subject("01-023", infused=None, lymphodepleted=None)  # left before the infusion
    e.add("ds_eos", "01-023", DSDAT="01 MAR 2025", DSDECOD="WITHDRAWAL BY SUBJECT", DSREAS="Moved away")

    e.subject("01-031", infused=None)  # D23: lymphodepletion, no infusion
    e.add("inf", "01-031", FOLDER="D0", INFYN="N", INFDAT="10 MAR 2025", REASON="Infection")

    _dose(e, "01-041", assigned="DL1", cells="300", planned="300")  # E05
    _dose(e, "01-042", assigned="DL1", cells="105", planned="150")  # E11: 70 percent of the dose
    _dose(e, "01-043", assigned="DL1", cells="700", planned="150")
    e.add("subj", "01-051", STATUS="ENROLLED")  # still in screening
    e.add("ic", "01-051", ICDAT="20 MAR 2026", ICTYPE="MAIN")
    e.add("dm", "01-051", AGE="70", SEX="M", RACE="ASIAN", COUNTRY="CHN")

    e.subject("01-061")  # D25, E19
    e.forms["inf"][-1]["INFSTTIM"] = "10:30:00"
    e.add("ds_eos", "01-061", DSDAT="01 AUG 2025", DSDECOD="LOST TO FOLLOW-UP")
    e.add("dth", "01-061", DTHDAT="02 OCT 2025", DTHCAUS="PD")
    e.subject("01-062")  # D09
    e.add("dth", "01-062", DTHDAT="UN JUN 2025")
    e.subject("01-063")  # D11
    e.add("dth", "01-063", DTHDAT="UN UNK 2025")

    e.subject("01-071", visits={"SCR": "28 JAN 2025", "D0": "10 MAR 2025", "D28": "07 APR 2025", "M12": "05 MAR 2026"})
    e.infusion("01-071", "20 JUN 2025 09:15", "2")
    e.add("ic", "01-071", ICDAT="21 JAN 2025", ICTYPE="PK", ICVER="V2.0")
    e.add("ic", "01-071", ICDAT="01 JUN 2025", ICTYPE="RECONSENT", ICVER="V3.0")
    e.add("aph", "01-071", APHYN="Y", APHDAT="10 FEB 2025", APHSTTIM="09:00", APHENTIM="13:10", APHNO="1")
    e.add("vs", "01-071", FOLDER="M12", VSDAT="20 MAR 2026", PULSE="70")

    e.subject("01-081", visits={})  # M6, L05, L06
    for folder, day, more in (
        ("D28", "07 APR 2025", {"FOLDERSEQ": "110"}),
        ("D28", "09 APR 2025", {"FOLDERSEQ": "110"}),
        ("M2", "", {"FOLDERSEQ": "120"}),
        ("UNS", "20 APR 2025", {"FOLDERSEQ": "110.01", "FOLDERNAME": "Unscheduled"}),
    ):
        e.add("sv", "01-081", FOLDER=folder, VISDAT=day, VISOCC="Y", VISMODE="IN PERSON", **more)
    e.add("sv", "01-081", FOLDER="M3", FOLDERSEQ="130", VISOCC="N", VISREAS="Hospital closed")
    e.add("vs", "01-081", FOLDER="M2", FOLDERSEQ="120", VSDAT="09 MAY 2025", PULSE="72")
    return e.convert(tmp_path_factory.mktemp("subjects"))


def _dm(made: Delivered, subject: str, columns: str) -> tuple[str | None, ...]:
    [record] = made.records("DM", subject, columns)
    return record


def test_e01_screen_failure(made: Delivered) -> None:
    columns = "SUBJID ARMCD ARM ACTARMCD ACTARM ARMNRS RFSTDTC RFXSTDTC RFENDTC RFICDTC"
    for subject in ("01-001", "01-002"):
        expected = (subject, None, None, None, None, "SCREEN FAILURE", None, None, None, "2025-01-20")
        assert _dm(made, subject, columns) == expected
        assert made.records("IE", subject, "IETESTCD IEORRES IECAT IETEST IEDTC VISITNUM") == [
            ("EXCL04", "Y", "EXCLUSION", "Active hepatitis B, hepatitis C or HIV infection", "2025-01-27", 10)
        ]
    columns = "DSTERM DSDECOD DSCAT DSSCAT DSSTDTC"
    assert made.records("DS", "01-001", columns)[1:] == [
        ("ELIGIBILITY CRITERIA NOT MET", "SCREEN FAILURE", "DISPOSITION EVENT", "STUDY PARTICIPATION", "2025-01-29")
    ]
    assert made.records("DS", "01-002", columns)[1:] == [
        ("SCREEN FAILURE", "SCREEN FAILURE", "DISPOSITION EVENT", "STUDY PARTICIPATION", "2025-01-27")
    ]


def test_e02_rescreened_subject_is_one_person(made: Delivered) -> None:
    assert made.records("DM", "01-004", "SUBJID") == []
    assert _dm(made, "01-011", "SUBJID ARMCD ARMNRS RFICDTC RFENDTC") == (
        "01-011", "DL1", None, "2025-01-20", "2026-03-05",
    )  # fmt: skip
    assert made.records("SUPPDM", "01-011", "QNAM QVAL") == [("PREVSUBJ", "01-004"), ("DISTYPE", "SPCL")]
    assert made.records("IE", "01-011", "IETESTCD IEDTC") == [("EXCL04", "2025-01-27")]
    assert made.records("DS", "01-011", "DSDECOD DSSTDTC EPOCH", DSSCAT="STUDY PARTICIPATION") == [
        ("SCREEN FAILURE", "2025-01-29", "SCREENING"),
        ("COMPLETED", "2026-03-05", "FOLLOW-UP"),
    ]


def test_e03_never_treated(made: Delivered) -> None:
    assert _dm(made, "01-021", "ARMCD ACTARMCD ARMNRS RFSTDTC RFXSTDTC") == (
        "DL2", None, "ASSIGNED, NOT TREATED", None, None,
    )  # fmt: skip
    columns = "DSTERM DSDECOD DSSTDTC DSSTDY"
    assert made.records("DS", "01-021", columns, DSSCAT="CT0596") == [
        ("MANUFACTURING FAILURE", "NEVER DOSED", "2025-03-01", None)
    ]


def test_never_dosed_from_absence(made: Delivered) -> None:
    columns = "DSTERM DSDECOD DSSTDTC"
    assert made.records("DS", "01-022", columns, DSSCAT="CT0596") == [("OOS", "NEVER DOSED", "2025-02-28")]
    assert made.records("DS", "01-023", columns, DSSCAT="CT0596") == [("MOVED AWAY", "NEVER DOSED", "2025-03-01")]
    assert made.records("DS", "01-031", columns, DSSCAT="CT0596") == [("INFECTION", "NEVER DOSED", "2025-03-10")]
    assert made.records("DS", "01-061", columns, DSSCAT="CT0596") == []


def test_product_of_never_treated_is_an_other_event(made: Delivered) -> None:
    assert made.records("DS", "01-021", "DSDECOD DSCAT DSSTDTC", DSCAT="OTHER EVENT") == [
        ("PRODUCT REJECTED", "OTHER EVENT", "2025-02-28")
    ]
    [(sequence,)] = made.records("DS", "01-021", "DSSEQ", DSCAT="OTHER EVENT")
    assert made.records("SUPPDS", "01-021", "QNAM QVAL", IDVARVAL=str(int(sequence))) == [
        ("LOTNO", "L21"),
        ("VIAB", "61"),
    ]


def test_d23_lymphodepletion_without_infusion(made: Delivered) -> None:
    assert _dm(made, "01-031", "RFXSTDTC RFXENDTC RFSTDTC ACTARMCD ARMNRS") == (
        "2025-03-05T09:00", "2025-03-05T09:00", None, None, "ASSIGNED, NOT TREATED",
    )  # fmt: skip
    assert made.records("EX", "01-031", "EXTRT EXSTDY") == [("FLUDARABINE", None)]
    assert [day for (day,) in made.records("SV", "01-031", "SVSTDY")] == [None] * 8
    assert made.records("SE", "01-031", "ETCD SESTDTC SESTDY")[-1] == ("LD", "2025-03-05T09:00", None)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("01-041", ("DL1", ARM1, "DL2", ARM2, None, None)),
        ("01-042", ("DL1", ARM1, "DL1", ARM1, None, None)),
        ("01-043", ("DL1", ARM1, None, None, "UNPLANNED TREATMENT", "CT0596 700 x 10^6 cells")),
        ("01-051", (None, None, None, None, "NOT ASSIGNED", None)),
        ("01-061", ("DL1", ARM1, "DL1", ARM1, None, None)),
    ],
)
def test_e05_actual_arm_by_the_cells_received(made: Delivered, subject: str, expected: tuple[str | None, ...]) -> None:
    assert _dm(made, subject, "ARMCD ARM ACTARMCD ACTARM ARMNRS ACTARMUD") == expected


def test_d25_seconds_are_kept_as_collected(made: Delivered) -> None:
    assert made.records("EX", "01-061", "EXTRT EXSTDTC", EXTRT="CT0596") == [("CT0596", "2025-03-10T10:30:00")]
    assert _dm(made, "01-061", "RFSTDTC") == ("2025-03-10T10:30:00",)


def test_e19_death_after_loss_to_follow_up(made: Delivered) -> None:
    assert _dm(made, "01-061", "DTHDTC DTHFL RFENDTC RFPENDTC") == ("2025-10-02", "Y", "2025-08-01", "2025-10-02")
    assert made.records("DS", "01-061", "DSDECOD DSSTDTC", DSSCAT="STUDY PARTICIPATION") == [
        ("LOST TO FOLLOW-UP", "2025-08-01")
    ]


def test_d09_d11_partial_dates_of_death(made: Delivered) -> None:
    assert _dm(made, "01-062", "DTHDTC DTHFL") == ("2025-06", "Y")
    assert _dm(made, "01-063", "DTHDTC DTHFL") == ("2025", "Y")


def test_exposure_holds_doses_in_protocol_units(made: Delivered) -> None:
    columns = "EXTRT EXCAT EXDOSE EXDOSU EXDOSFRQ EXROUTE EXSTDTC EXENDTC EPOCH"
    assert made.records("EX", "01-071", columns) == [
        ("CT0596", "CELL THERAPY", 148.5, "10^6 Therapeutic Cells", "ONCE", "INTRAVENOUS", "2025-03-10T10:30",
         "2025-03-10T10:30", "TREATMENT"),
        ("CT0596", "CELL THERAPY", 148.5, "10^6 Therapeutic Cells", "ONCE", "INTRAVENOUS", "2025-06-20T09:15",
         "2025-06-20T09:15", "FOLLOW-UP"),
        ("FLUDARABINE", "LYMPHODEPLETION", 30.0578, "mg/m2", "QD", "INTRAVENOUS", "2025-03-05T09:00",
         "2025-03-05T09:00", "LYMPHODEPLETION"),
    ]  # fmt: skip
    assert made.supplemental("EX", "01-071") == [("1", "PLANCELL", "150"), ("2", "PLANCELL", "150")]


def test_reference_dates_of_a_reinfused_subject(made: Delivered) -> None:
    assert _dm(made, "01-071", "RFICDTC RFXSTDTC RFSTDTC RFXENDTC RFENDTC RFPENDTC") == (
        "2025-01-20", "2025-03-05T09:00", "2025-03-10T10:30", "2025-06-20T09:15", None, "2026-03-20",
    )  # fmt: skip


def test_elements_end_where_the_next_begins(made: Delivered) -> None:
    assert made.records("SE", "01-071", "SESEQ ETCD TAETORD EPOCH SESTDTC SEENDTC") == [
        (1, "SCRN", 1, "SCREENING", "2025-01-20", "2025-02-10T09:00"),
        (2, "APHBR", 2, "APHERESIS", "2025-02-10T09:00", "2025-03-05T09:00"),
        (3, "LD", 3, "LYMPHODEPLETION", "2025-03-05T09:00", "2025-03-10T10:30"),
        (4, "INF", 4, "TREATMENT", "2025-03-10T10:30", "2025-04-08"),
        (5, "FUP", 5, "FOLLOW-UP", "2025-04-08", "2026-03-06"),
        (6, "LTFU", 6, "LONG-TERM FOLLOW-UP", "2026-03-06", "2026-03-20"),
    ]


def test_elements_that_were_not_started_are_absent(made: Delivered) -> None:
    assert made.records("SE", "01-021", "ETCD SESTDTC SEENDTC") == [
        ("SCRN", "2025-01-20", "2025-02-10T09:00"),
        ("APHBR", "2025-02-10T09:00", "2025-09-06"),
    ]
    assert made.records("SE", "01-001", "ETCD SESTDTC SEENDTC") == [("SCRN", "2025-01-20", "2025-01-29")]


def test_leukapheresis(made: Delivered) -> None:
    assert made.records("PR", "01-021", "PRTRT PRDECOD PRCAT PRSTDTC PRENDTC EPOCH") == [
        ("LEUKAPHERESIS", "LEUKAPHERESIS", "APHERESIS", "2025-02-10T09:00", "2025-02-10T13:10", "APHERESIS")
    ]
    assert [(q, v) for _, q, v in made.supplemental("PR", "01-021")] == [
        ("VOLPROC", "9183"), ("CD3CNT", "2.39"), ("PRODVOL", "158"), ("ADEQUATE", "Y"),
    ]  # fmt: skip


def test_consents_and_their_versions(made: Delivered) -> None:
    assert made.records("DS", "01-071", "DSDECOD DSSTDTC", DSCAT="PROTOCOL MILESTONE") == [
        ("INFORMED CONSENT OBTAINED", "2025-01-20"),
        ("INFORMED CONSENT OBTAINED FOR PROTOCOL-SPECIFIED ACTIVITY", "2025-01-21"),
        ("ELIGIBILITY CRITERIA MET", "2025-02-07"),
        ("ENTERED INTO TRIAL", "2025-02-07"),
        ("INFORMED CONSENT OBTAINED", "2025-06-01"),
    ]
    versions = made.records("SUPPDS", "01-071", "IDVARVAL QVAL", QNAM="ICVER")
    assert versions == [("1", "V2.0"), ("2", "V2.0"), ("5", "V3.0")]


def test_m6_l05_l06_visits(made: Delivered) -> None:
    columns = "VISITNUM VISIT SVPRESP SVOCCUR SVREASOC VISITDY SVSTDTC SVUPDES"
    assert made.records("SV", "01-081", columns) == [
        (110, "DAY 28", "Y", "Y", None, 29, "2025-04-07", None),
        (110.01, "UNSCHEDULED 110.01", None, None, None, None, "2025-04-20", "Unscheduled"),
        (120, "MONTH 2", "Y", "Y", None, 61, None, None),
        (130, "MONTH 3", "Y", "N", "Hospital closed", 91, None, None),
    ]
    assert [f.rows for f in made.findings if f.rule == "KEY_CONFLICT" and f.file == "sv.csv"] == [(94, 95)]
    assert made.records("VS", "01-081", "VISITNUM VSDTC") == [(120, "2025-05-09")]


def test_trial_summary_counts_subjects_from_the_data(made: Delivered) -> None:
    found = made.datasets["TS"].set_index("TSPARMCD")["TSVAL"]
    assert (found["ACTSUB"], found["PLANSUB"], found["DCUTDTC"]) == ("13", "24", "2026-03-31")


def test_trial_design(made: Delivered) -> None:
    ta = made.datasets["TA"]
    first = ta[ta["ARMCD"] == "DL2"]
    assert first["ETCD"].tolist() == ["SCRN", "APHBR", "LD", "INF", "FUP", "LTFU"]
    assert first["TAETORD"].tolist() == [1, 2, 3, 4, 5, 6]
    te = made.datasets["TE"].set_index("ETCD")
    assert te.loc["INF", "TEDUR"] == "P29D"
    tv = made.datasets["TV"].set_index("VISITNUM")
    assert tv[["VISIT", "VISITDY"]].to_dict("index")[110.0] == {"VISIT": "DAY 28", "VISITDY": 29}
    assert (len(tv), len(made.datasets["TI"])) == (24, 26)
