"""Every rule of the spec language by one short spec that breaks it, and the whole complaint that comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.commands import check_specs
from tests.small_pack import AE, DM, STUDY, write_files, write_pack


def told(pack: Path) -> list[str]:
    return [str(p) for p in check_specs(str(pack))]


def in_ae(tmp_path: Path, line: str) -> list[str]:
    """What is told of one more variable, which stands in line 6 of sdtm/AE.yaml."""
    return told(write_pack(tmp_path, AE=f"{AE}  {line}\n"))


def in_study(tmp_path: Path, line: str) -> list[str]:
    """What is told of one more line of study.yaml, its ninth."""
    return told(write_pack(tmp_path, study=f"{STUDY}{line}\n"))


def test_a_good_pack(tmp_path: Path) -> None:
    assert told(write_pack(tmp_path)) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("AESTDY: {derive: study_dy, with: {date: AESTDTC, reference: DM.RFSTDTC}}",
         "6:20 AE.AESTDY: no transform 'study_dy'; did you mean 'study_day'?"),
        ("AESTDY: {derive: study_day, with: {dat: AESTDTC, reference: DM.RFSTDTC}}",
         "6:38 AE.AESTDY: study_day has no parameter 'dat'; did you mean 'date'?"),
        ("AESTDY: {derive: study_day, with: {date: [AESTDTC], reference: DM.RFSTDTC}}",
         "6:44 AE.AESTDY: study_day: parameter 'date' must be one, not a list"),
        ("AESTDY: {derive: study_day, with: {date: 5, reference: DM.RFSTDTC}}",
         "6:44 AE.AESTDY: study_day: parameter 'date' must be a name"),
        ("AESTDY: {derive: study_day, with: {date: {off: AESTDTC}, reference: DM.RFSTDTC}}",
         "6:44 AE.AESTDY: study_day: parameter 'date' must be a name, or {value: ...}"),
        ("AESTDY: {derive: study_day, with: {date: AESTDT, reference: DM.RFSTDTC}}",
         "6:44 AE.AESTDY: AE has no variable AESTDT; did you mean 'AESTDTC'?"),
        ("AESTDY: {derive: study_day, with: {date: AESTDTC, reference: DM.RFSTDT}}",
         "6:64 AE.AESTDY: DM has no variable RFSTDT; did you mean 'RFSTDTC'?"),
        ("AESTDY: {derive: study_day, with: {date: AESTDTC, reference: DN.RFSTDTC}}",
         "6:64 AE.AESTDY: no dataset DN (in DN.RFSTDTC)"),
        ("AESTDY: {derive: study_day, with: {date: AESTDTC, reference: {setting: begin}}}",
         "6:74 AE.AESTDY: no setting 'begin'"),
        ("AESTDY: {derive: earliest, with: {of: AESTDTC}}",
         "6:41 AE.AESTDY: earliest: parameter 'of' must be DATASET.VARIABLE"),
        ("AESTDY: {derive: earliest, with: {of: {of: AE.AESTDTC, were: X}}}",
         "6:41 AE.AESTDY: earliest: parameter 'of' must be a name, or {of: ...} or {of: ..., where: ...} or "
         "{every: ...} or {every: ..., except: ...}"),
        ("AESTDY: {copy: DAY, with: {date: AESTDTC}}",
         "6:23 AE.AESTDY: `with:` holds the parameters of `derive:`, which is not there"),
        ("AELOC: {copy: A, value: B}", "6:20 AE.AELOC: has 2 methods (copy, value); give exactly one"),
        ("AELOC: {copi: A}", "6:11 AE.AELOC: unknown key 'copi'; did you mean 'copy'?"),
        ("AELOC: {copy: {column: A, pattern: '('}}",
         "6:38 AE.AELOC: '(' is not a regular expression: missing ), unterminated subpattern at position 0"),
        ("AELOC: {copy: {column: A, part: 0, separator: '-'}}",
         "6:35 AE.AELOC: 'part' counts from 1 (the first piece) or from -1 (the last)"),
        ("AELOC: {copy: person.AGE}", "6:17 AE.AELOC: no 'person.AGE'; there are person.USUBJID and person.SUBJID"),
        ("AELOC: {predecessor: SEX}", "6:24 AE.AELOC: 'SEX' must be DATASET.VARIABLE"),
        ("AELOC: {predecessor: DM.SEKS}", "6:24 AE.AELOC: DM has no variable SEKS"),
        ("AELOC: {value: {setting: treatmnt}}", "6:28 AE.AELOC: no setting 'treatmnt'; did you mean 'treatment'?"),
        ("AESER: {value: 'yes'}", "6:18 AE.AESER: 'yes' is not a term of NY, which is not extensible"),
        ("AESEQ: {value: first}", "6:18 AE.AESEQ: 'first' is not a number, and AESEQ is numeric"),
        ("AESER: {code: {column: S, codelist: NYY}}", "6:39 AE.AESER: no codelist 'NYY'; did you mean 'NY'?"),
        ("AESER: {code: {column: S, map: {J: YES}}}",
         "6:38 AE.AESER: 'YES' is not a term of NY, which is not extensible"),
        ("AESER: {code: {column: S, map: tables/words.csv}}",
         "6:34 AE.AESER: no table 'tables/words.csv' in the pack or its layers; did you mean "
         "'tables/result_texts.csv'?"),
        ("AESPID: {code: ID}", "6:12 AE.AESPID: needs a codelist: the variable's own, `codelist: NAME`, or a `map:`"),
        ("AEENDTC: {datetime: {date: EN, format: DD.MM}}", ""),
        ("AEENDTC: {datetime: {date: EN, time: T, time_format: H}}",
         "6:56 AE.AEENDTC: 'H' is not a time format: say HH:MM, HH:MM:SS, HHMM, HHMMSS, HH:MM AM or EXCEL SERIAL"),
        ("AESER: {label: Serious, code: S}",
         "6:11 AE.AESER: 'label' is set by sdtmig-3.4; give `because: reason` to override it"),
        ("AESER: {label: Serious, because: '', code: S}",
         "6:11 AE.AESER: 'label' is set by sdtmig-3.4; give `because: reason` to override it"),
        ("AESER: {origin: Derived, code: S}",
         "6:11 AE.AESER: `origin:` overrides what is made of the method; give `because: reason`"),
        ("AESER: {describe: So., code: S}",
         "6:11 AE.AESER: `describe:` overrides what is made of the method; give `because: reason`"),
        ("AEFOO: {copy: A}",
         "6:3 AE.AEFOO: not a variable of AE in the standard; did you mean 'AESOD'? use `supplemental:`, or give "
         "`because:`"),
        ("AESERR: {copy: A}",
         "6:3 AE.AESERR: not a variable of AE in the standard; did you mean 'AESER'? use `supplemental:`, or give "
         "`because:`"),
        ("AEFOO: {copy: A, because: asked for}",
         "6:3 AE.AEFOO: a variable that no layer describes needs `label:` and `type:`"),
        ("AELOC: A", "6:10 AE.AELOC: AELOC must hold keys, not 'A'; write AELOC: {copy: COLUMN}"),
        ("AELOC:", "6:3 AE.AELOC: AELOC says nothing; write AELOC: {copy: COLUMN}"),
        ("AELOC: {omit: }", "6:16 AE.AELOC: `omit:` needs the reason"),
        ("AELCO: {omit: not collected}",
         "6:3 AE.AELCO: there is no AELCO to omit, neither in the standard nor in a layer; did you mean 'AELOC'?"),
        ("AELOC: {value: ' '}",
         "6:18 AE.AELOC: ' ': blanks are no value; leave the variable out with `omit: reason`, a branch empty with "
         "`value: \"\"`"),
        ("AELOC: {omit: not collected, copy: A}",
         "6:11 AE.AELOC: is omitted, and has a method (copy); keep one of them"),
    ],
)  # fmt: skip
def test_a_variable(tmp_path: Path, line: str, problem: str) -> None:
    found = in_ae(tmp_path, line)
    if problem:
        assert found == [f"sdtm/AE.yaml:{problem}"]
    else:
        assert len(found) == 1


@pytest.mark.parametrize(
    ("branches", "problem"),
    [
        ("[]", "6:11 AE.AELOC: `when:` needs branches, such as [{if: CONDITION, copy: COLUMN}]"),
        ("[{if: A = 'x', copy: B}, {copy: C}]",
         "6:42 AE.AELOC: a branch needs `if: CONDITION`; the last may be `else: {METHOD}`"),
        ("[{else: {copy: B}}, {if: A = 'x', copy: C}]", "6:18 AE.AELOC: `else:` must be the last branch"),
        ("[{if: A = 'x', copy: B}, {if: B = 'y', else: {copy: C}}]",
         "6:42 AE.AELOC: `else:` stands alone: `else: {METHOD}`"),
        ("[{if: A = 'x', copy: B, value: C}]",
         "6:18 AE.AELOC: a branch has 2 methods (copy, value); give exactly one (`value: \"\"` leaves it empty)"),
        ("[{if: A = 'x'}]",
         "6:18 AE.AELOC: a branch has no method; give exactly one (`value: \"\"` leaves it empty)"),
        ("[{if: A = 'x', copy: B}, {else: {cope: C}}]", "6:50 AE.AELOC: unknown key 'cope'; did you mean 'copy'?"),
        ("[{if: A = 'x', copy: B}, {else: {derive: study_dy}}]",
         "6:58 AE.AELOC: no transform 'study_dy'; did you mean 'study_day'?"),
        ("[{if: AESTDTC is missing, copy: B}, {else: {derive: first_of, with: {of: [AETERM]}}}]",
         "6:11 AE.AELOC: `when:` mixes what is collected (copy) with what is derived (derive); "
         "collect into a working variable (`_NAME: {copy: COLUMN}`) and use `derive: first_of`"),
    ],
)  # fmt: skip
def test_branches(tmp_path: Path, branches: str, problem: str) -> None:
    assert f"sdtm/AE.yaml:{problem}" in in_ae(tmp_path, f"AELOC: {{when: {branches}}}")


def test_a_wrong_condition_is_told_where_it_stands(tmp_path: Path) -> None:
    (found,) = in_ae(tmp_path, "AELOC: {when: [{if: 'A == 1', copy: B}]}")
    assert found.startswith('sdtm/AE.yaml:6:23 AE.AELOC: condition "A == 1": ')
    (found,) = told(write_pack(tmp_path, AE=AE.replace("{from: ae}", "{from: ae, where: TERM is gone}")))
    assert found.startswith('sdtm/AE.yaml:1:34 AE rows.events: condition "TERM is gone": ')


@pytest.mark.parametrize("form", ["DD.MM", "MM", "%d.%m.%Y"])
def test_a_date_format_that_cannot_work(tmp_path: Path, form: str) -> None:
    (found,) = in_ae(tmp_path, f"AEENDTC: {{datetime: {{date: EN, format: '{form}'}}}}")
    assert found.startswith(f"sdtm/AE.yaml:6:42 AE.AEENDTC: '{form}' is not a date format")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("{events: {from: aee}}", "1:23 AE rows.events: no source or dataset 'aee'; did you mean 'AE'?"),
        ("{events: {where: TERM is not missing}}",
         "1:8 AE rows.events: say where the rows come from: `from:` a source, "
         "a table (tables/x.csv) or a dataset"),
        ("{events: {from: AE}}", "1:23 AE rows.events: AE cannot be made from itself"),
        ("{events: {from: ref}}",
         "1:23 AE rows.events: source 'ref' has no `subject:` column, and AE is about subjects"),
        ("{events: {from: ae, wher: X}}", "1:27 AE rows.events: unknown key 'wher'; did you mean 'where'?"),
        ("{events: {from: ae, first: A, last: B}}", "1:37 AE rows.events: `first:` and `last:` exclude each other"),
        ("{events: {from: ae, only_if: {source: dmm}}}", "1:45 AE rows.events: no source 'dmm'; did you mean 'dm'?"),
        ("{events: {from: ae, join: {d: {source: dmm}}}}", "1:46 AE rows.events: no source 'dmm'; did you mean 'dm'?"),
        ("{events: {from: ae, join: {d: {source: ref}}}}",
         "1:34 AE rows.events: source 'ref' has no `subject:` column; pair columns: `by: {OURS: THEIRS}`"),
        ("{events: {from: ae, join: {person: {source: dm}}}}",
         "1:34 AE rows.events: 'person' cannot name a join; choose a word of your own"),
        ("{events: ae}", "1:16 AE rows.events: events must hold keys, not 'ae'; write events: {from: SOURCE}"),
        ("[ae]", "1:7 AE: `rows:` must hold names, such as NAME: {from: SOURCE}"),
        ("{events: {from: ae, each: [A, B]}}",
         "1:33 AE rows.events: `each:` must hold names, such as {HGB: {result: HGB_RES}, WBC: }"),
        ("{events: {from: ae, each: {A: x}}}",
         "1:37 AE rows.events: 'A' must hold keys, such as {result: A_RES}, or nothing"),
        ("{events: {from: ae, categry: X}}", "1:27 AE rows.events: unknown key 'categry'; did you mean 'category'?"),
        ("{events: {from: ae, variables: {AELOC: {derive: study_dy}}}}",
         "1:55 AE.AELOC: no transform 'study_dy'; did you mean 'study_day'?"),
    ],
)  # fmt: skip
def test_rows(tmp_path: Path, rows: str, problem: str) -> None:
    found = told(write_pack(tmp_path, AE=AE.replace("{events: {from: ae}}", rows)))
    assert f"sdtm/AE.yaml:{problem}" in found


def test_rows_of_a_dataset_read_its_variables(tmp_path: Path) -> None:
    rows = "rows: {one: {from: AE, where: AETERN is not missing}}\n"
    se = f"{rows}variables:\n  SESTDTC: {{copy: AESTDT}}\n  ETCD: {{value: A}}\n"
    assert told(write_pack(tmp_path, SE=se)) == [
        "sdtm/SE.yaml:1:31 SE rows.one: AE has no column 'AETERN'; did you mean 'AETERM'?",
        "sdtm/SE.yaml:3:19 SE.SESTDTC: AE has no column 'AESTDT'; did you mean 'AESTDTC'?",
    ]


def test_short_keys_of_rows_are_told_where_they_stand(tmp_path: Path) -> None:
    vs = "rows:\n  sys: {from: ae, testcd: SYSBPP, result: SYS, unit: {colum: U}, date: {date: D, format: X}}\n"
    found = told(write_pack(tmp_path, VS=vs))
    assert "sdtm/VS.yaml:2:55 VS.VSORRESU: unknown key 'colum'; did you mean 'column'?" in found
    assert any(t.startswith("sdtm/VS.yaml:2:") and "VS.VSDTC: 'X' is not a date format" in t for t in found)


def test_lookups(tmp_path: Path) -> None:
    write_files(tmp_path / "pack", {"tables/sites.csv": "SITE,NAME,OPEN,CLOSE\n1,Bonn,2024-01-01,\n"})

    def problems(lookup: str) -> list[str]:
        return [t.removeprefix("sdtm/AE.yaml:") for t in in_ae(tmp_path, f"AELOC: {{lookup: {lookup}}}")]

    assert problems("{table: tables/sites.csv, match: {SITE: S}, take: NAME}") == []
    assert problems("{table: tables/site.csv, match: {SITE: S}, take: NAME}") == [
        "6:27 AE.AELOC: no table 'tables/site.csv' in the pack or its layers; did you mean 'tables/sites.csv'?"
    ]
    assert problems("{table: tables/sites.csv, match: {STE: S}, take: NAM}") == [
        "6:53 AE.AELOC: tables/sites.csv has no column 'STE'; did you mean 'SITE'?",
        "6:68 AE.AELOC: tables/sites.csv has no column 'NAM'; did you mean 'NAME'?",
    ]
    assert problems("{match: {SITE: S}, take: NAME}") == ["6:11 AE.AELOC: a lookup needs either `table:` or `source:`"]
    assert problems("{source: sites, match: {SITE: S}, take: NAME}") == ["6:28 AE.AELOC: no source 'sites'"]
    assert problems("{table: tables/sites.csv, match: {SITE: {val: 1}}, take: NAME}") == [
        "6:59 AE.AELOC: 'SITE' is matched by a column, `value: X`, or `text: ...`"
    ]
    period = "as_of: {date: D, from: OPEN, to: CLOSED}"
    assert problems(f"{{table: tables/sites.csv, match: {{SITE: S}}, take: NAME, {period}}}") == [
        "6:108 AE.AELOC: tables/sites.csv has no column 'CLOSED'; did you mean 'CLOSE'?"
    ]


def test_a_setting_stands_inside_a_value(tmp_path: Path) -> None:
    """`{value: {setting: X}}` is a constant; anything else in a value than a text or a number is refused."""

    def problems(value: str) -> list[str]:
        return in_ae(tmp_path, f"AESTDY: {{derive: study_day, with: {{date: AESTDTC, reference: {{value: {value}}}}}}}")

    assert problems("{setting: treatment}") == []
    assert problems("{setting: treatmnt}") == [
        "sdtm/AE.yaml:6:82 AE.AESTDY: no setting 'treatmnt'; did you mean 'treatment'?"
    ]
    assert problems("{of: X}") == [
        "sdtm/AE.yaml:6:64 AE.AESTDY: study_day: parameter 'reference' must be {value: ...} with a text, a number, "
        "or {setting: NAME}"
    ]


def test_a_censoring_rule_cannot_say_that_there_was_an_event(tmp_path: Path) -> None:
    study = STUDY.replace("[sdtmig-3.4]", "[sdtmig-3.4, adamig-1.3]")
    adtte = """\
class: BDS
dataset: ADTTE
label: Time to Event
parameters:
  OS:
    label: Overall Survival
    time_to_event:
      population: DM.USUBJID
      start: DM.RFSTDTC
      events: [{date: DM.DTHDTC, reason: DEATH}]
      censor:
        - {cnsr: 0, reason: ALIVE, at: start}
        - {cnsr: 1, reason: ALIVE, at: start}
"""
    pack = write_files(write_pack(tmp_path, study=study), {"adam/ADTTE.yaml": adtte})
    assert [t for t in told(pack) if "cnsr" in t] == [
        "adam/ADTTE.yaml:12:18 ADTTE.OS rows.OS: 'cnsr: 0' does not censor: CNSR = 0 means an event; give 1 or more"
    ]


@pytest.mark.parametrize(
    "table", ["../../etc/passwd", "/etc/passwd", "tables/../../../etc/passwd", '"a\\0b"', "x" * 5000]
)
def test_hostile_tables_are_not_there(tmp_path: Path, table: str) -> None:
    (found,) = told(write_pack(tmp_path, TE=f"table: {table}\n"))[:1]
    assert "no table '" in found and "root:" not in found


def test_a_link_out_of_the_pack_is_not_followed(tmp_path: Path) -> None:
    pack = write_pack(tmp_path)
    (tmp_path / "secret.csv").write_text("A,B\n1,2\n")
    (tmp_path / "secret.yaml").write_text("secret: 1\n")
    (pack / "tables").mkdir()
    (pack / "tables" / "x.csv").symlink_to(tmp_path / "secret.csv")
    (pack / "sdtm" / "CM.yaml").symlink_to(tmp_path / "secret.yaml")
    (pack / "sdtm" / "TE.yaml").write_text("table: tables/x.csv\n")
    assert told(pack) == [
        "sdtm/CM.yaml:1:1 is a link to a file outside its folder",
        "sdtm/TE.yaml:1:8 TE: no table 'tables/x.csv' in the pack or its layers; did you mean 'tables/plausible.csv'?",
    ]


def test_a_table_that_is_no_table(tmp_path: Path) -> None:
    write_files(tmp_path / "pack", {"tables/empty.csv": "", "tables/ragged.csv": "A,B\n1,2\n1,2,3\n"})
    for name in ("empty", "ragged"):
        found = told(write_pack(tmp_path, TE=f"table: tables/{name}.csv\n"))
        assert any(t.startswith(f"sdtm/TE.yaml:1:8 TE: table 'tables/{name}.csv' cannot be read as CSV") for t in found)


def test_supplementals(tmp_path: Path) -> None:
    more = "supplemental:\n  AELONGNAME: {copy: A, label: X}\n  AEONE: {copy: A}\n"
    more += "  AETERM: {copy: A, label: X}\n  AETWO: {label: X}\n"
    needs = "a supplemental needs a name of at most 8 capital letters and digits, and a label of at most 40 bytes"
    assert told(write_pack(tmp_path, AE=AE + more)) == [
        f"sdtm/AE.yaml:7:3 AE.AELONGNAME: {needs}",
        f"sdtm/AE.yaml:8:3 AE.AEONE: {needs}",
        "sdtm/AE.yaml:9:3 AE.AETERM: AETERM is a variable of the dataset as well; give the supplemental another name",
        "sdtm/AE.yaml:10:3 AE.AETWO: has no method (copy, value, code, datetime, lookup, derive, predecessor, when)",
    ]


def test_keys_are_variables(tmp_path: Path) -> None:
    assert told(write_pack(tmp_path, AE=AE + "keys: [USUBJID, AETERN]\n")) == [
        "sdtm/AE.yaml:6:17 AE: key 'AETERN' is not a variable of AE; did you mean 'AETERM'?"
    ]


def test_a_required_variable_without_a_method(tmp_path: Path) -> None:
    assert told(write_pack(tmp_path, AE=AE.replace("  AETERM: {copy: TERM}\n", ""))) == [
        "sdtm/AE.yaml:2:1 AE.AETERM: AETERM is required by the standard and has no method "
        "(copy, value, code, datetime, lookup, derive, predecessor, when)"
    ]


def test_a_circle_of_variables_is_shown_as_its_path(tmp_path: Path) -> None:
    (found,) = told(
        write_pack(
            tmp_path,
            AE=AE + "  AELLT: {derive: first_of, with: {of: [DM.ARM]}}\n",
            DM=DM + "  ARM: {derive: earliest, with: {of: AE.AELLT}}\n",
        )
    )
    circle = found.rpartition(": ")[2]
    assert circle in ("AE.AELLT -> DM.ARM -> AE.AELLT", "DM.ARM -> AE.AELLT -> DM.ARM")


def test_a_subject_dataset_cannot_wait_for_the_trial(tmp_path: Path) -> None:
    write_files(tmp_path / "pack", {"tables/te.csv": "STUDYID,DOMAIN,ETCD,ELEMENT,TESTRL\nS-1,TE,A,Screen,consent\n"})
    pack = write_pack(tmp_path, TE="table: tables/te.csv\n", AE=AE + "  AELOC: {predecessor: TE.ELEMENT}\n")
    assert told(pack) == [
        "sdtm/AE.yaml:6:24 AE.AELOC: TE is made after AE, once for the trial; use its table in place of it"
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("_SER: {copy: SER}\n  AESER: {when: [{if: _SER = 'Y', value: 'Y'}]}",
         "sdtm/AE.yaml:7:23 AE.AESER: '_SER' is a working variable, and this method reads the raw record; read it with "
         "`derive:` (in a `when`, in every case)"),
        ("AELOC: {copy: '{kay}LOC'}",
         "sdtm/AE.yaml:6:17 AE.AELOC: '{kay}LOC' has a placeholder that `each` does not know; the name of each one is "
         "{key}"),
    ],
)  # fmt: skip
def test_names_that_no_raw_file_has(tmp_path: Path, lines: str, problem: str) -> None:
    assert problem in in_ae(tmp_path, lines)


def test_a_join_that_is_not_there(tmp_path: Path) -> None:
    rows = "rows: {events: {from: ae, join: {coded: {source: ae, many: error}}}}"
    made = write_pack(tmp_path, AE=f"{AE.replace('rows: {events: {from: ae}}', rows)}  AELOC: {{copy: coted.LOC}}\n")
    assert told(made) == ["sdtm/AE.yaml:6:17 AE.AELOC: no join 'coted'; did you mean 'coded'?"]
