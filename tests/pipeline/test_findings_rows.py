"""Rows of findings from a raw form to VS: not done, units, decimal signs, tables of a pack, constants, raw columns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.commands import check_specs
from pipeline.run import RunResult
from tests.define.trial import FILES, run_trial
from tests.pipeline.tiny import Tiny, rows, rules

VITALS = "{file: vs.csv, subject: SUBJECT}"
HEAD = "SUBJECT,TEST,VALUE,UNIT,DONE,WHY\n"
LONG = """
rows:
  measured:
    from: vs
    test: TEST
    result: VALUE
    unit: UNIT
    status: DONE
    reason: WHY
"""


def study(folder: Path, spec: str, raw: str, **more: object) -> Tiny:
    dm = "SUBJECT\n01\n02\n03\n"
    return Tiny(folder, sources={"vs": VITALS}, datasets={"VS": spec}, raw={"dm": dm, "vs": raw}, **more)  # type: ignore[arg-type]


def shown(result: RunResult, *variables: str) -> list[str]:
    return [" | ".join("" if v is None else f"{v:g}" if isinstance(v, float) else str(v) for v in r).rstrip()
            for r in rows(result, "VS", *variables)]  # fmt: skip


NOT_DONE = (
    "01,PULSE,72,beats/min,,\n"
    "01,SYSBP,,mmHg,Y,\n"  # by the flag; the form prints the unit
    "01,DIABP,,mmHg,,Cuff broken\n"  # by the reason alone
    "01,TEMP,ND,C,,\n"  # by the text
    "01,RESP,,breaths/min,Not done,Refused\n"  # the flag is a text for it
    "02,PULSE,,beats/min,,\n"  # nothing at all: no record
    "02,SYSBP,,mmHg,N,\n"  # neither a result, nor not done
)


def test_rows_that_were_not_done_are_records_without_result_and_unit(tmp_path: Path) -> None:
    result = study(tmp_path, LONG, HEAD + NOT_DONE).run()
    found = shown(result, "USUBJID", "VSTESTCD", "VSORRES", "VSORRESU", "VSSTRESC", "VSSTRESU", "VSSTAT", "VSREASND")
    assert found == [
        "TINY-01 | DIABP |  |  |  |  | NOT DONE | Cuff broken",
        "TINY-01 | PULSE | 72 | beats/min | 72 | beats/min |  |",
        "TINY-01 | RESP |  |  |  |  | NOT DONE | Refused",
        "TINY-01 | SYSBP |  |  |  |  | NOT DONE |",
        "TINY-01 | TEMP |  |  |  |  | NOT DONE |",
        "TINY-02 | SYSBP |  | mmHg |  |  |  |",
    ]
    assert rules(result)["RESULT_MISSING"] == ["N"]


def test_a_dropped_row_is_accounted_for_with_the_reason(tmp_path: Path) -> None:
    result = study(tmp_path, LONG, HEAD + NOT_DONE).run()
    assert result.delivery is not None
    table = pd.read_csv(result.delivery / "accounting.csv", keep_default_na=False)
    of_rows = table[(table["level"] == "rows") & (table["dataset"] == "VS.measured")]
    assert of_rows[["category", "count", "reason"]].to_numpy().tolist() == [
        ["used", 6, ""],
        ["removed by the cut", 0, ""],
        ["filtered by mapping", 1, "where (`VALUE` is not missing or `DONE` is not missing or `WHY` is not missing)"],
    ]


def test_status_and_reason_of_the_dataset_count_as_well(tmp_path: Path) -> None:
    spec = "rows: {all: {from: vs, test: TEST, result: VALUE}}\nvariables: {_REASON: {copy: WHY}}\n"
    result = study(tmp_path, spec, HEAD + "01,PULSE,,,,Refused\n01,TEMP,,,,\n").run()
    assert shown(result, "VSTESTCD", "VSSTAT", "VSREASND") == ["PULSE | NOT DONE | Refused"]


def test_without_a_standard_unit_the_result_stays_as_collected(tmp_path: Path) -> None:
    raw = "01,PULSE,72,beats/min,,\n01,TEMP,98.6,F,,\n01,INTP,normal,,,\n02,PULSE,>200,beats/min,,\n"
    spec = LONG + "variables: {VSTESTCD: {code: TEST}}\n"
    result = study(tmp_path, spec.replace("    test: TEST\n", ""), HEAD + raw).run()
    assert shown(result, "VSTESTCD", "VSSTRESC", "VSSTRESN", "VSSTRESU") == [
        "INTP | NORMAL |  |",  # by the result texts
        "PULSE | 72 | 72 | beats/min",
        "TEMP | 98.6 | 98.6 | F",
        "PULSE | >200 |  | beats/min",
    ]
    assert not [f for f in result.findings if f.severity == "error"]


def test_rows_with_and_without_a_standard_unit(tmp_path: Path) -> None:
    spec = """
rows:
  temperature: {from: vs, where: TEST = 'TEMP', testcd: TEMP, result: VALUE, unit: UNIT, standard_unit: C}
  pulse: {from: vs, where: TEST = 'PULSE', testcd: PULSE, result: VALUE, unit: UNIT}
"""
    result = study(tmp_path, spec, HEAD + "01,PULSE,72,beats/min,,\n01,TEMP,98.6,F,,\n").run()
    assert shown(result, "VSTESTCD", "VSSTRESC", "VSSTRESU") == ["PULSE | 72 | beats/min", "TEMP | 37 | C"]


def test_a_decimal_comma(tmp_path: Path) -> None:
    spec = LONG + '    decimal: ","\n    standard_unit: C\n'
    raw = '01,TEMP,"36,8",C,,\n01,TEMP,"<35,5",C,,\n01,TEMP,37.1,C,,\n01,TEMP,"1,036,8",C,,\n'
    result = study(tmp_path, spec, HEAD + raw).run()
    assert shown(result, "VSORRES", "VSSTRESC", "VSSTRESN") == [
        "36,8 | 36.8 | 36.8",
        "<35,5 | <35.5 |",
        "37.1 | 37.1 | 37.1",
        "1,036,8 | 1,036,8 |",
    ]
    assert rules(result)["RESULT_UNREADABLE"] == ["TEMP 1,036,8 C, standard unit C"]


def test_the_tables_of_a_pack_add_to_those_of_the_program(tmp_path: Path) -> None:
    tables = {
        "unit_conversions.csv": "test,from,to,factor\nWEIGHT,stone,kg,6.35029318\n",
        "result_texts.csv": "text,status,standard\nnd,,NOT DETECTED\nvergessen,NOT DONE,\n",
    }
    spec = LONG + "    standard_unit: kg\n"
    raw = "01,WEIGHT,10,stone,,\n01,WEIGHT,150,LB,,\n02,WEIGHT,vergessen,,,\n03,WEIGHT,ND,,,\n"
    tiny = study(tmp_path, spec, HEAD + raw, tables=tables)
    pack, _ = tiny.write()
    (pack / "codelists.yaml").write_text("VSRESU: {extend: {stone: {decode: Stone}}}\n")
    result = tiny.run()
    assert shown(result, "VSORRES", "VSSTRESC", "VSSTAT") == [
        "10 | 63.5029 |",  # the pack's row
        "150 | 68.0389 |",  # that of the program
        " |  | NOT DONE",
        "ND | NOT DETECTED |",  # the pack's row goes before, in any case
    ]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "unit_conversions.csv",
            "TEST,from,to\nHGB,g/dL,g/L\n",
            [
                "tables/unit_conversions.csv:1:1 tables/unit_conversions.csv: has no column 'factor'; its columns are "
                "from, to, factor, and test, specimen, offset, volume where needed",
                "tables/unit_conversions.csv:1:1 tables/unit_conversions.csv: nothing reads the column 'TEST'; did you "
                "mean 'test'?",
            ],
        ),
        (
            "result_texts.csv",
            "text,status\nND,NOT DONE\nnd,NOT DONE\n",
            [
                "tables/result_texts.csv:3:1 tables/result_texts.csv: there is a row of the same text, context already "
                "(nd, ); keep one"
            ],
        ),
        ("unit_aliases.csv", "from,to\nx10/nL,10^9/L\n", []),
    ],
)
def test_check_looks_into_such_tables(tmp_path: Path, name: str, text: str, told: list[str]) -> None:
    pack, _ = study(tmp_path, LONG, HEAD, tables={name: text}).write()
    assert [str(p) for p in check_specs(str(pack))] == told


POSITION = "rows:\n  all: {from: vs, testcd: PULSE, result: VALUE, position: position}\n"


def test_a_constant_that_is_a_column_is_a_finding(tmp_path: Path) -> None:
    result = study(tmp_path, POSITION, "SUBJECT,VALUE,POSITION\n01,72,SITTING\n").run()
    (found,) = [f for f in result.findings if f.rule == "VALUE_IS_COLUMN"]
    assert (found.severity, found.dataset, found.variable, found.file, found.column) == (
        "warning", "VS", "VSPOS", "vs.csv", "POSITION",
    )  # fmt: skip
    assert "{copy: POSITION}" in found.message


def test_check_tells_it_where_the_specs_name_the_column(tmp_path: Path) -> None:
    tiny = study(tmp_path, POSITION, "SUBJECT,VALUE,POSITION\n")
    assert check_specs(str(tiny.write()[0])) == []
    tiny.sources = {"vs": "{file: vs.csv, subject: SUBJECT, unused: {POSITION: not needed}}"}
    (problem,) = check_specs(str(tiny.write()[0]))
    assert (problem.rule, problem.severity, problem.subject) == ("VALUE_IS_COLUMN", "warning", "VS.VSPOS")
    assert str(problem).startswith("sdtm/VS.yaml:2:59 VS.VSPOS: warning VALUE_IS_COLUMN: the constant text 'position'")


def test_a_term_and_the_name_of_a_column_that_is_read_are_no_findings(tmp_path: Path) -> None:
    spec = """
rows: {all: {from: vs, testcd: "{key}", result: "{key}", each: {PULSE: , VSX: }}}
variables: {VSPOS: {value: SITTING}}
"""
    result = study(tmp_path, spec, "SUBJECT,PULSE,VSX,SITTING\n01,72,1,x\n").run()
    assert "VALUE_IS_COLUMN" not in rules(result)


def test_outside_a_closed_codelist_copy_is_delivered_and_code_is_not(tmp_path: Path) -> None:
    dm = """
rows: {all: {from: dm}}
variables: {SUBJID: {copy: person.SUBJID}, SITEID: {value: S1}, SEX: {METHOD: SEX}, COUNTRY: {value: DEU}}
"""
    found = {}
    for method in ("copy", "code"):
        raw = {"dm": "SUBJECT,SEX\n01,F\n02,Frau\n"}
        result = Tiny(tmp_path / method, raw=raw, dm=dm.replace("METHOD", method)).run()
        told = [(f.rule, f.severity, f.column, f.value, f.rows) for f in result.findings if f.value == "Frau"]
        found[method] = (rows(result, "DM", "SEX"), told)
    assert found["copy"] == ([["F"], ["Frau"]], [("CODELIST", "error", "SEX", "Frau", (3,))])
    assert found["code"] == ([["F"], [None]], [("CODE_UNMAPPED", "error", "SEX", "Frau", (3,))])


def test_findings_name_the_raw_columns(tmp_path: Path) -> None:
    spec = LONG + "    standard_unit: mmHg\n"
    spec += "variables: {VSDTC: {datetime: {date: DAY, time: CLOCK, format: YYYY-MM-DD}}}\n"
    raw = "SUBJECT,TEST,VALUE,UNIT,DONE,WHY,DAY,CLOCK\n01,SYSBP,120,,,,2025-02-30,09:00\n"
    result = study(tmp_path, spec, raw).run()
    found = {f.rule: (f.column, f.value) for f in result.findings}
    assert found["DATE_IMPOSSIBLE"][0] == "DAY;CLOCK"
    assert found["UNIT_MISSING"] == ("VALUE;UNIT;TEST", "SYSBP 120, standard unit mmHg")


def test_qualifiers_are_checked_as_all_datasets_are(tmp_path: Path) -> None:
    spec = LONG + "supplemental: {VSNOTE: {copy: WHY, label: Note, evaluator: Somebody}}\n"
    result = study(tmp_path, spec, HEAD + "01,PULSE,72,,,note\n").run()
    found = [(f.rule, f.dataset, f.variable, f.file, f.rows) for f in result.findings if f.dataset == "SUPPVS"]
    assert found == [("CODELIST_EXTENDED", "SUPPVS", "QEVAL", "vs.csv", (2,))]


MADE = """  LAST:
    label: Last Systolic Blood Pressure
    derive: last_assessment
    with: {population: ADSL.USUBJID, date: ADVS.SYSBP.ADT, response: ADVS.SYSBP.AVAL}
    variables: {FLAG: {value: PERHAPS}}
variables:
  FLAG:  {label: Some Flag, type: Char, values: ["Y"]}
  FLAGN: {label: Some Flag (N), type: Num, derive: code_number, with: {value: FLAG, order: ["Y"]}}
"""


def test_findings_of_analysis_records_that_no_raw_row_is_behind_name_their_subjects(tmp_path: Path) -> None:
    result = run_trial(tmp_path, changed={"adam/ADVS.yaml": FILES["adam/ADVS.yaml"] + MADE})
    told = [(f.rule, f.variable, f.file, f.rows, f.subjects) for f in result.findings if f.value == "PERHAPS"]
    people = ("TRIAL1-01", "TRIAL1-02", "TRIAL1-03")
    assert told == [("CODELIST", "FLAG", "", (), people), ("UNLISTED_VALUE", "FLAGN", "", (), people)]
