"""The checks that every study gets from the layer general: each finds what is wrong, and is silent on what is right."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.run import RunOptions, RunResult, run
from tests.pipeline.tiny import Tiny

DATES = ("RFSTDTC", "RFENDTC", "RFXSTDTC", "RFXENDTC", "RFICDTC", "BRTHDTC", "DTHDTC")
DM = (
    "rows: {all: {from: dm}}\nvariables: {SUBJID: {copy: person.SUBJID}, SITEID: {value: S1}, SEX: {value: F},"
    " COUNTRY: {copy: COUNTRY}, AGE: {copy: AGE}, AGEU: {code: AGEU}, DTHFL: {copy: DTHFL}, "
    + ", ".join(f"{d}: {{datetime: {{date: {d}}}}}" for d in DATES)
    + "}\n"
)
HEADER = "SUBJECT,RFSTDTC,RFENDTC,RFXSTDTC,RFXENDTC,RFICDTC,BRTHDTC,DTHDTC,DTHFL,AGE,AGEU,COUNTRY\n"


def found(result: RunResult) -> list[tuple[str, str, tuple[int, ...]]]:
    """The name of the check, the values and the raw rows of each of its findings."""
    failed = [f for f in result.findings if f.rule == "CHECK_FAILED"]
    assert {f.severity for f in failed} <= {"warning"}
    return [(f.message.removeprefix("check ").partition(":")[0], f.value, f.rows) for f in failed]


def subjects(folder: Path, *lines: str) -> Tiny:
    return Tiny(folder, raw={"dm": HEADER + "".join(f"{line}\n" for line in lines)}, dm=DM)


def test_dates_and_age_of_subjects(tmp_path: Path) -> None:
    study = subjects(
        tmp_path,
        "01,2025-02-01,2025-01-01,2025-02-01,2025-01-31,2025-01-01,1960-01-01,,,65,YEARS,DEU",  # both ends early
        "02,2025-02-01,2025-03-01,2025-02-01,2025-03-01,2025-02-02,2025-03-01,,,65,YEARS,DEU",  # consent late, not born
        "03,2025-02-01,2025-03-01,2025-02-01,2025-03-01,2025-01-01,1960-01-01,2025-01-31,Y,65,YEARS,DEU",  # dead before
        "04,2025-02-01,2025-03-01,2025-02-01,2025-03-01,2025-01-01,1960-01-01,2025-04-01,,65,YEARS,DEU",  # no flag
        "05,2025-02-01,2025-03-01,2025-02-01,2025-03-01,2025-01-01,1960-01-01,,Y,65,YEARS,DEU",  # no date
        "06,2025-02-01,2025-03-01,2025-02-01,2025-03-01,2025-01-01,1960-01-01,,,650,YEARS,DEU",
        "07,2025-02-01,2025-03-01,2025-02-01,2025-03-01,2025-01-01,1960-01-01,,,-1,MONTHS,DEU",
    )
    assert sorted(found(study.run())) == [
        ("age", "AGE -1, AGEU MONTHS", (8,)),
        ("age", "AGE 650, AGEU YEARS", (7,)),
        ("born after consent", "BRTHDTC 2025-03-01, RFICDTC 2025-02-02", (3,)),
        ("born after the start", "BRTHDTC 2025-03-01, RFSTDTC 2025-02-01", (3,)),
        ("death before the start", "DTHDTC 2025-01-31, RFSTDTC 2025-02-01", (4,)),
        ("death without its flag", "DTHDTC 2025-04-01, DTHFL missing", (5,)),
        ("flag of death without a date", "DTHFL Y, DTHDTC missing", (6,)),
        ("participation ends before it starts", "RFENDTC 2025-01-01, RFSTDTC 2025-02-01", (2,)),
        ("treated before consent", "RFXSTDTC 2025-02-01, RFICDTC 2025-02-02", (3,)),
        ("treatment ends before it starts", "RFXENDTC 2025-01-31, RFXSTDTC 2025-02-01", (2,)),
    ]


def test_subjects_as_they_may_be(tmp_path: Path) -> None:
    """The same day, partial dates that decide nothing, missing dates, months of age, and the oldest."""
    study = subjects(
        tmp_path,
        "01,2025-02-01,2025-02-01,2025-02-01T08:00,2025-02-01,2025-02-01,1960,2025-02-01,Y,120,YEARS,USA",
        "02,2025-02-01,2025-02,2025-02,2025,2025-02,1960,2025-02,Y,0,YEARS,GBR",
        "03,,,,,,,,,121,MONTHS,JPN",
    )
    result = study.run()
    assert found(result) == []
    assert [f.value for f in result.findings if f.rule == "CODELIST"] == []


def test_a_country_is_one_of_iso_3166(tmp_path: Path) -> None:
    line = ",2025-02-01,,,,,,,,,,"
    study = subjects(tmp_path, f"01{line}GER", f"02{line}DEU", f"03{line}UK", f"04{line}GBR", f"05{line}deu")
    wrong = [(f.severity, f.variable, f.column, f.value, f.rows) for f in study.run().findings if f.rule == "CODELIST"]
    assert wrong == [
        ("error", "COUNTRY", "COUNTRY", "GER", (2,)),
        ("error", "COUNTRY", "COUNTRY", "UK", (4,)),
        ("error", "COUNTRY", "COUNTRY", "deu", (6,)),
    ]


AE = """
rows: {events: {from: ae}}
variables:
  AETERM:  {copy: TERM}
  AEDECOD: {copy: TERM}
  AESER:   {code: SER}
  AESDTH:  {code: DTH}
  AESHOSP: {code: HOSP}
  AEOUT:   {code: OUT}
  AESTDTC: {datetime: {date: START}}
  AEENDTC: {datetime: {date: STOP}}
"""
EVENTS = """SUBJECT,TERM,SER,DTH,HOSP,OUT,START,STOP
01,A fever,Y,N,Y,RECOVERED/RESOLVED,2025-03-01,2025-03-01
01,B rash,Y,N,N,,2025-03-01T10:00,2025-03-01T09:59
01,C pain,Y,,,,2025-03-01,
01,D cough,N,N,Y,,2025-03-01,2025-03
01,E sepsis,Y,N,Y,FATAL,2025-03-01,
01,F stroke,Y,Y,N,RECOVERED/RESOLVED,2025-03-01,
01,G burn,N,N,N,,2025-03-01,
01,H fall,Y,Y,N,FATAL,2025-03-01,
01,I flu,,,,,2025-03,2025-02
"""


def test_adverse_events(tmp_path: Path) -> None:
    study = Tiny(tmp_path, "", {"ae": "{file: ae.csv, subject: SUBJECT}"}, {"AE": AE}, {"dm": "SUBJECT\n01\n"})
    study.raw["ae"] = EVENTS
    assert sorted(found(study.run())) == [
        ("end before start", "AEENDTC 2025-02, AESTDTC 2025-03", (10,)),
        ("end before start", "AEENDTC 2025-03-01T09:59, AESTDTC 2025-03-01T10:00", (3,)),
        ("fatal and not of death", "AEOUT FATAL, AESDTH N", (6,)),
        ("not serious in spite of a criterion", "AESER N, AESDTH N, AESHOSP Y", (5,)),
        ("of death and not fatal", "AESDTH Y, AEOUT RECOVERED/RESOLVED", (7,)),
        ("serious by no criterion", "AESER Y, AESDTH N, AESHOSP N", (3,)),
        ("serious by no criterion", "AESER Y, AESDTH missing, AESHOSP missing", (4,)),
    ]


def test_without_criteria_on_the_form_nothing_is_asked_of_them(tmp_path: Path) -> None:
    form = AE.replace("  AESDTH:  {code: DTH}\n  AESHOSP: {code: HOSP}\n", "")
    study = Tiny(tmp_path, "", {"ae": "{file: ae.csv, subject: SUBJECT}"}, {"AE": form}, {"dm": "SUBJECT\n01\n"})
    study.raw["ae"] = EVENTS
    assert {name for name, _, _ in found(study.run())} == {"end before start"}


DEAD = DM.replace("{copy: COUNTRY}", "{value: DEU}")
AFTER = {
    "CM": "rows: {all: {from: cm}}\nvariables: {CMTRT: {copy: WHAT}, CMSTDTC: {datetime: {date: ON}}}\n",
    "DS": "rows: {all: {from: ds}}\nvariables: {DSTERM: {copy: WHAT}, DSDECOD: {code: WHAT}, DSCAT: {value: DISPOSITION"
    " EVENT}, DSSTDTC: {datetime: {date: ON}}}\n",
    "VS": "rows: {all: {from: vs, testcd: PULSE, result: WHAT, date: ON}}\n",
    "SV": "rows: {all: {from: sv}}\nvariables: {VISITNUM: {copy: WHAT}, SVSTDTC: {datetime: {date: ON}}}\n",
    "SS": "rows: {all: {from: ss, testcd: SURVSTAT, result: WHAT, date: ON}}\n",
}


def test_nothing_starts_after_death_but_what_is_told_of_it(tmp_path: Path) -> None:
    sources = {name: f"{{file: {name}.csv, subject: SUBJECT}}" for name in ("cm", "ds", "vs", "sv", "ss")}
    raw = {
        "dm": HEADER + "01,2025-01-01,,,,,,2025-03-10,Y,,,\n02,2025-01-01,,,,,,2025-03,Y,,,\n03,,,,,,,,,,,\n",
        "cm": "SUBJECT,WHAT,ON\n01,Zinc,2025-03-11\n01,Iron,2025-03-10\n02,Zinc,2025-03-31\n02,Iron,2025-04\n"
        "03,Zinc,2026\n",
        "ds": "SUBJECT,WHAT,ON\n01,DEATH,2025-04-01\n",
        "vs": "SUBJECT,WHAT,ON\n01,60,2025-03-12\n01,61,2025-03\n",
        "sv": "SUBJECT,WHAT,ON\n01,90,2025-06-01\n",
        "ss": "SUBJECT,WHAT,ON\n01,DEAD,2025-06-01\n",
    }
    assert found(Tiny(tmp_path, "", sources, AFTER, raw, dm=DEAD).run()) == [
        ("after death", "CMSTDTC 2025-03-11, DM.DTHDTC 2025-03-10", (2,)),
        ("after death", "CMSTDTC 2025-04, DM.DTHDTC 2025-03", (5,)),
        ("collected after death", "VSDTC 2025-03-12, DM.DTHDTC 2025-03-10", (2,)),
    ]


LB = """
rows:
  glucose:
    from: lb
    testcd: GLUC
    result: RES
    unit: UNIT
    low: LOW
    high: HIGH
    specimen: BLOOD
    standard_unit: mmol/L
    date: START
    end_date: STOP
"""


def test_reference_ranges_and_collections(tmp_path: Path) -> None:
    raw = {
        "dm": "SUBJECT\n01\n",
        "lb": """SUBJECT,RES,UNIT,LOW,HIGH,START,STOP
01,5.0,mmol/L,6.1,3.9,2025-03-02,2025-03-03
01,5.1,mmol/L,3.9,6.1,2025-03-03,2025-03-02
01,5.2,mmol/L,9,10,2025-03-04,2025-03-04
01,5.3,mmol/L,,6.1,2025-03-05,
01,5.4,,10,9,2025-03-06,
""",
    }
    study = Tiny(tmp_path, "", {"lb": "{file: lb.csv, subject: SUBJECT}"}, {"LB": LB}, raw)
    assert found(study.run()) == [
        ("end of collection before start", "LBENDTC 2025-03-02, LBDTC 2025-03-03", (3,)),
        ("collected range reversed", "LBORNRLO 10, LBORNRHI 9", (6,)),
        ("collected range reversed", "LBORNRLO 6.1, LBORNRHI 3.9", (2,)),
        ("standard range reversed", "LBSTNRLO 6.1, LBSTNRHI 3.9", (2,)),
    ]


ADSL = """
rows: {subjects: {from: DM}}
predecessors: {DM: [STUDYID, USUBJID, SUBJID, SITEID, AGE, AGEU, SEX, RACE, ARM]}
variables:
  TRTSDT: {derive: convert_dtc_to_dt, with: {dtc: DM.RFXSTDTC}}
  TRTEDT: {derive: convert_dtc_to_dt, with: {dtc: DM.RFXENDTC}}
  TRT01P: {value: A}
  RACE: {value: WHITE}
  ARM: {value: A}
"""


def test_treatment_of_adsl(tmp_path: Path) -> None:
    study = subjects(tmp_path, "01,,,2025-02-01,2025-01-31,,,,,,,DEU", "02,,,2025-02-01,2025-02-01,,,,,,,DEU")
    pack, extract = study.write()
    (pack / "adam").mkdir()
    (pack / "adam" / "ADSL.yaml").write_text(ADSL.replace(", RACE, ARM]", "]"))
    (pack / "study.yaml").write_text((pack / "study.yaml").read_text().replace("[sdtmig", "[adamig-1.3, sdtmig"))
    study.write = lambda: (pack, extract)  # type: ignore[method-assign]
    assert found(study.run()) == [
        ("analysis treatment ends before it starts", "TRTEDT 2025-01-31, TRTSDT 2025-02-01", (2,)),
        ("treatment ends before it starts", "RFXENDTC 2025-01-31, RFXSTDTC 2025-02-01", (2,)),
    ]


def test_whoever_is_analysed_is_in_adsl(tmp_path: Path) -> None:
    """ADSL leaves out a subject whose results ADLB has: the records are told with the rows of the laboratory."""
    pack = tmp_path / "arms01"
    shutil.copytree(Path(__file__).parents[2] / "docs" / "examples" / "arms01", pack)
    adsl = pack / "adam" / "ADSL.yaml"
    adsl.write_text(adsl.read_text().replace("where: ARMCD is not missing", "where: SUBJID != 'A-01'"))
    result = run(RunOptions(str(pack), out=tmp_path / "out"))
    told = {f.message: (f.file, f.rows) for f in result.findings if f.rule == "RECONCILE_MISSING"}
    assert told == {
        "check subject of BDS in ADSL: A-01 of ADLB has no match in ADSL": ("lb.csv", (2, 3, 4)),
        "check subject of OCCDS in ADSL: A-01 of ADAE has no match in ADSL": ("ae.csv", (2, 3, 4)),
    }
