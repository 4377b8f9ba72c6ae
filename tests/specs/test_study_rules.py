"""What is wrong in a pack's own files: study.yaml, general.yaml, codelists.yaml and accepted.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.commands import check_specs
from specs.resolve import resolve
from tests.small_pack import AE, STUDY, write_files, write_pack


def told(pack: Path) -> list[str]:
    return [str(p) for p in check_specs(str(pack))]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("rang_size: 5", "9:1 study.yaml: unknown key 'rang_size'; did you mean 'range_size'?"),
        ("timestamp: yesterday", "9:12 study.yaml: 'yesterday' is not a time like 2026-03-31T00:00:00"),
        ("terminology: ct.txt", "9:14 study.yaml: no file 'ct.txt' in the pack or its layers"),
        ("  x: {file: ../secret.csv}",
         "9:13 study.yaml sources.x: '../secret.csv' must be a file inside the folder of the extract"),
        ("  x: {file: /etc/passwd}",
         "9:13 study.yaml sources.x: '/etc/passwd' must be a file inside the folder of the extract"),
        ("  x: {file: 'C:\\\\x.csv'}",
         "9:13 study.yaml sources.x: 'C:\\\\x.csv' must be a file inside the folder of the extract"),
        ("  x: {file: x.csv, encoding: utf-9}",
         "9:30 study.yaml sources.x: no encoding 'utf-9'; utf-8, windows-1252, ..."),
        ("  x: {file: x.csv, delimiter: ';;'}", "9:31 study.yaml sources.x: ';;' must be one character"),
        ("  x: {file: x.csv, left: {A is: because}}",
         '9:33 study.yaml sources.x: condition "A is": expected \'missing\', the condition ends here (at character 5)'),
        ("  x: {file: x.csv, subject: ''}",
         "9:29 study.yaml sources.x: 'subject' must be text that is not empty, not ''"),
        ("cut: {date: 2026-03-31, datasets: {AE: {start: ''}}}",
         "9:48 study.yaml cut.datasets.AE: 'start' must be text that is not empty, not ''"),
        ("  x: {file: x.csv, header_row: 0}", "9:32 study.yaml sources.x: rows count from 1"),
        ("cut: {date: 31.03.2026}", "9:13 study.yaml cut: '31.03.2026' is not a date like 2026-03-31"),
        ("cut: {date: 2026-02-30}", "9:13 study.yaml cut: '2026-02-30' is not a date like 2026-03-31"),
        ("cut: {date: 2026-03-31, datasets: {AF: {start: AESTDTC}}}",
         "9:36 study.yaml cut: no dataset AF"),
        ("cut: {date: 2026-03-31, datasets: {AE: {start: AESTDT}}}",
         "9:48 study.yaml cut: AE has no variable AESTDT; did you mean 'AESTDTC'?"),
        ("cut: {date: 2026-03-31, datasets: {AE: {start: AESTDY}}}",
         "9:48 study.yaml cut: AESTDY is derived, and the cut comes before; name what is collected"),
        ("cut: {date: 2026-03-31, datasets: {AE: {keep: ''}}}",
         "9:47 study.yaml cut: 'keep' must say why nothing of the dataset is cut"),
        ("cut: {date: 2026-03-31, datasets: {AE: {start: AESTDTC, keep: all}}}",
         "9:57 study.yaml cut: 'keep' says that nothing of the dataset is cut; leave out the other keys, or 'keep'"),
        ("cut: {date: 2026-03-31, datasets: {AE: {start: AESTDTC, ongoing: {AEENRTP: ONGOING}}}}",
         "9:57 study.yaml cut: AE has no variable AEENRTP; did you mean 'AEENDTC'?"),
        ("cut: {date: 2026-03-31, datasets: {AE: {start: AESTDTC, alive: AETERN = 'X'}}}",
         "9:64 study.yaml cut: AE has no variable AETERN; did you mean 'AETERM'?"),
    ],
)  # fmt: skip
def test_study_yaml(tmp_path: Path, line: str, problem: str) -> None:
    assert told(write_pack(tmp_path, study=f"{STUDY}{line}\n")) == [f"study.yaml:{problem}"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ('""', "1:8 study.yaml: '' names files; use letters, digits, '.', '_' and '-'"),
        ("../up", "1:8 study.yaml: '../up' names files; use letters, digits, '.', '_' and '-'"),
        ("", "2:1 study.yaml: 'study' must be text, but is empty"),
    ],
)
def test_the_name_of_a_study_names_its_folder(tmp_path: Path, name: str, problem: str) -> None:
    assert told(write_pack(tmp_path, study=STUDY.replace("study: S-1", f"study: {name}"))) == [f"study.yaml:{problem}"]


@pytest.mark.parametrize(
    ("subjects", "problem"),
    [
        ("register: dmm", "3:22 study.yaml subjects: no source 'dmm'; did you mean 'dm'?"),
        ("register: ref", "3:22 study.yaml subjects: source 'ref' is the register, but declares no `subject:` column"),
        ("register: dm, usubjid: X", "3:35 study.yaml subjects: 'usubjid' must hold {number}, or all subjects are one"),
        ("register: dm, pattern: '('",
         "3:35 study.yaml subjects: '(' is not a regular expression: missing ), unterminated subpattern at position 0"),
        ("register: dm, pattern: '(a)', number: '{1}-{2}'",
         "3:50 study.yaml subjects: 'number' is made of the groups of 'pattern', such as {1}; the pattern has 1"),
    ],
)  # fmt: skip
def test_subjects(tmp_path: Path, subjects: str, problem: str) -> None:
    pack = write_pack(tmp_path, study=STUDY.replace("{register: dm}", f"{{{subjects}}}"))
    assert told(pack) == [f"study.yaml:{problem}"]


def test_sources_with_subjects_need_a_register(tmp_path: Path) -> None:
    found = told(write_pack(tmp_path, study=STUDY.replace("subjects: {register: dm}\n", "")))
    assert found == [
        "study.yaml:5:22 study.yaml: source 'dm' has subjects, but study.yaml has no `subjects:` that say which are "
        "known"
    ]


def test_a_pack_without_subjects_may_describe_a_trial(tmp_path: Path) -> None:
    files = {
        "study.yaml": "study: T-1\nextends: [sdtmig-3.4]\n",
        "sdtm/TE.yaml": "table: tables/te.csv\n",
        "tables/te.csv": "ETCD,ELEMENT,TESTRL\nA,Screen,consent\n",
    }
    assert told(write_files(tmp_path / "pack", files)) == []


def test_the_name_of_a_study_names_files(tmp_path: Path) -> None:
    assert told(write_pack(tmp_path, study=STUDY.replace("study: S-1", "study: ../S"))) == [
        "study.yaml:1:8 study.yaml: '../S' names files; use letters, digits, '.', '_' and '-'"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("NYY: {map: {J: Y}}",
         "1:1 codelist NYY: no codelist 'NYY'; did you mean 'NY'? a list of your own needs `terms:`"),
        ("NY: {mapp: {J: Y}}", "1:6 codelist NY: unknown key 'mapp'; did you mean 'map'?"),
        ("NY: {map: {J: YES}}", "1:15 codelist NY: 'YES' is not a term of NY, which is not extensible"),
        ("NY: {map: words.csv}",
         "1:11 codelist NY: no table 'words.csv' in the pack or its layers; did you mean 'tables/words.csv'?"),
        ("NY: {map: tables/words.csv}",
         "1:11 codelist NY: tables/words.csv has no column from and to; a table of words has the columns from and to"),
        ("NY: {extend: {MAYBE: {decode: Maybe}}}",
         "1:15 codelist NY: codelist NY (C66742) is not extensible, so MAYBE cannot be added; map to one of its terms: "
         "N, NA, U, Y"),
        ("LOC: {extend: {VERTEXX: {code: C1}}}",
         "1:16 codelist LOC: the term VERTEXX added to LOC has no decode; say what it means under decode:"),
        ("LOC: {extend: {VERTEXX: {decod: V}}}",
         "1:26 codelist LOC extend.VERTEXX: unknown key 'decod'; did you mean 'decode'?"),
        ("NY: [Y]", "1:5 codelist NY: 'the file' must be keys and values"),
    ],
)  # fmt: skip
def test_codelists_yaml(tmp_path: Path, text: str, problem: str) -> None:
    write_files(tmp_path / "pack", {"tables/words.csv": "word,term\nJ,Y\n"})
    found = told(write_pack(tmp_path, codelists=f"{text}\n"))
    assert f"codelists.yaml:{problem}" in found


def test_words_and_terms_of_a_study(tmp_path: Path) -> None:
    write_files(tmp_path / "pack", {"tables/words.csv": "from,to\nJa,Y\nKeine Angabe,\n"})
    lists = "NY: {map: tables/words.csv}\nLOC:\n"
    lists += "  extend: {WHISKER: {decode: Whisker}}\n  map: {Schnurrhaar: WHISKER, nichts: }\n"
    own = "ARM:\n  title: Arm\n  terms: {A: {decode: Arm A}}\n"
    model = resolve(str(write_pack(tmp_path, codelists=lists + own)))
    assert model.recoding("NY") == {"Ja": "Y", "Keine Angabe": ""}
    assert model.recoding("LOC") == {"Schnurrhaar": "WHISKER", "nichts": ""}
    assert model.codelists["LOC"].terms[-1].value == "WHISKER"
    assert [(t.value, t.decode) for t in model.codelists["ARM"].terms] == [("A", "Arm A")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("default: {}", "1:1 general.yaml: unknown key 'default'; did you mean 'defaults'?"),
        ("defaults: {Event: {AELOC: {copy: A}}}",
         "1:12 general.yaml: no class or dataset 'Event'; did you mean 'Events'?"),
        ("defaults: {Events: {--LOC: {copi: A}}}",
         "1:29 general.yaml defaults.Events.--LOC: unknown key 'copi'; did you mean 'copy'?"),
        ("row_keys: {Events: {grade: {variable: --TOXGR, methd: code}}}",
         "1:48 general.yaml row_keys.Events.grade: unknown key 'methd'; did you mean 'method'?"),
        ("keys: {AF: [USUBJID]}", "1:8 general.yaml: no class or dataset 'AF'"),
    ],
)  # fmt: skip
def test_general_yaml(tmp_path: Path, text: str, problem: str) -> None:
    assert f"general.yaml:{problem}" in told(write_pack(tmp_path, general=f"{text}\n"))


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("{rule: X, reason: R}", "1:12 accepted.yaml accepted.0: key 'who' is missing"),
        ("{rule: X, reason: '', who: A}", "1:30 accepted.yaml: 'reason' must say something"),
        ("{rule: X, reson: R, who: A}", "1:22 accepted.yaml accepted.0: unknown key 'reson'; did you mean 'reason'?"),
        ("{rule: X, reason: R, who: A, scope: {subjct: 01-001}}",
         "1:49 accepted.yaml: 'subjct' cannot limit what is accepted; did you mean 'subject'?"),
    ],
)  # fmt: skip
def test_accepted_yaml(tmp_path: Path, entry: str, problem: str) -> None:
    assert told(write_pack(tmp_path, accepted=f"accepted: [{entry}]\n")) == [f"accepted.yaml:{problem}"]


def test_everything_wrong_comes_out_at_once(tmp_path: Path) -> None:
    pack = write_pack(
        tmp_path,
        study=STUDY + "rang_size: 5\n",
        AE=AE + "  AESTDY: {derive: study_dy}\n  AESER: {codee: S}\n",
        CM="rows: {a: {from: cm\n",
        codelists="NY: {mapp: {}}\n",
        general="defalts: {}\n",
        accepted="acepted: []\n",
        DM="rows: {a: {from: dn}}\n",
    )
    files = {t.split(":")[0] for t in told(pack)}
    assert files >= {
        "study.yaml", "sdtm/AE.yaml", "sdtm/CM.yaml", "sdtm/DM.yaml", "codelists.yaml", "general.yaml", "accepted.yaml",
    }  # fmt: skip
    assert "sdtm/AE.yaml:6:20 AE.AESTDY: no transform 'study_dy'; did you mean 'study_day'?" in told(pack)
