"""An extract made ready: what is said when it does not hold what the specs need."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.commands import resolved
from pipeline.extract import SourceErrors, read_extract
from pipeline.needs import needed_columns

STUDY = """\
study: S-1
extends: [sdtmig-3.4]
sources: {ae: {file: ae.csv, subject: SUBJECT}}
subjects: {register: ae}
"""
AE = "rows: {events: {from: ae}}\nvariables: {AETERM: {copy: TERM}, AEDECOD: {copy: PT}, AECAT: {copy: {column: %s}}}\n"


CATEGORIES = "SUBJECT,TERM,PT,CATEGORY\n001,Headache,Headache,EVENT\n"


def problems(tmp_path: Path, ae: str, raw: str) -> list[str]:
    (tmp_path / "sdtm").mkdir()
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "sdtm" / "AE.yaml").write_text(ae)
    (tmp_path / "ae.csv").write_text(raw)
    model = resolved(str(tmp_path))
    with pytest.raises(SourceErrors) as error:
        read_extract(model, tmp_path, needed_columns(model))
    return [str(p) for p in error.value.problems]


def refused(tmp_path: Path, column: str) -> str:
    return "\n".join(problems(tmp_path, AE % column, CATEGORIES))


def test_a_missing_column_is_told_with_what_needs_it(tmp_path: Path) -> None:
    ae = """\
rows:
  one: {from: ae, where: KIND = 'A', variables: {AECAT: {copy: WORD}}}
  two: {from: ae, where: KIND = 'B', variables: {AESPID: {copy: WORD}}}
  all: {from: ae, variables: {AESCAT: {copy: WORD}, AELOC: {copy: WORD}}}
variables: {AETERM: {copy: TERM}, AEDECOD: {copy: TERM}}
"""
    told = [p.partition(";")[0] for p in problems(tmp_path, ae, "SUBJECT,TERM\n001,A\n")]
    assert told == [
        "ae.csv, column KIND: has no column 'KIND', which the mappings use for AE rows.one, AE rows.two",
        "ae.csv, column WORD: has no column 'WORD', which the mappings use for AE.AECAT (rows.one), "
        "AE.AESPID (rows.two), AE.AESCAT (rows.all) and 1 more",
    ]


@pytest.mark.parametrize(("mark", "shown"), [(";", '";"'), ("\t", r'"\t"'), ("|", '"|"')])
def test_another_delimiter_is_told_once_instead_of_every_column(tmp_path: Path, mark: str, shown: str) -> None:
    header = mark.join(["SUBJECT", "TERM", "PT", "CATEGORY"])
    assert problems(tmp_path, AE % "CATEGORY", CATEGORIES.replace(",", mark)) == [
        f"ae.csv: the header is one column, {header!r}; declare `delimiter: {shown}` for the source"
    ]


def test_a_column_that_the_file_may_lack_is_empty(tmp_path: Path) -> None:
    study = STUDY.replace("subject: SUBJECT", "subject: SUBJECT, may_lack: ['*_EN']")
    (tmp_path / "sdtm").mkdir()
    (tmp_path / "study.yaml").write_text(study)
    (tmp_path / "sdtm" / "AE.yaml").write_text(AE % "[TERM_EN, TERM]")
    (tmp_path / "ae.csv").write_text("SUBJECT,TERM,PT\n001,Headache,Headache\n002,Fever,Pyrexia\n")
    model = resolved(str(tmp_path))
    extract = read_extract(model, tmp_path, needed_columns(model))
    assert extract.sources["ae"].frame["TERM_EN"].isna().tolist() == [True, True]
    assert [f.rule for f in extract.findings.all() if f.file == "ae.csv"] == []


def test_an_earlier_number_that_the_register_does_not_have(tmp_path: Path) -> None:
    study = STUDY.replace("subjects: {register: ae}", "subjects: {register: ae, previous: EARLIER}")
    (tmp_path / "sdtm").mkdir()
    (tmp_path / "study.yaml").write_text(study)
    (tmp_path / "sdtm" / "AE.yaml").write_text(AE % "TERM")
    (tmp_path / "ae.csv").write_text("SUBJECT,TERM,PT,EARLIER\n001,A,A,\n002,B,B,001\n003,C,C,010\n")
    model = resolved(str(tmp_path))
    extract = read_extract(model, tmp_path, needed_columns(model))
    assert extract.persons.usubjid == ("S-1-002", "S-1-003")
    [finding] = [f for f in extract.findings.all() if f.rule == "SUBJECT_PREVIOUS"]
    assert (finding.severity, finding.file, finding.column, finding.value) == ("error", "ae.csv", "EARLIER", "010")
    assert (finding.rows, finding.subjects) == ((4,), ("S-1-003",))
    assert finding.message == (
        "'010', the earlier number of a subject, is not in the register: the two stay two persons; correct it"
    )


def test_a_misspelt_column(tmp_path: Path) -> None:
    assert refused(tmp_path, "CATEGRY") == (
        "ae.csv, column CATEGRY: has no column 'CATEGRY', which the mappings use for AE.AECAT (rows.events); "
        "did you mean 'CATEGORY'?; correct the mapping, or declare `rename` for the source"
    )


def test_a_constant_taken_for_a_column(tmp_path: Path) -> None:
    assert refused(tmp_path, "Y") == (
        "ae.csv, column Y: has no column 'Y', which the mappings use for AE.AECAT (rows.events); "
        "correct the mapping; a constant is given as {value: Y}, in a condition in quotes"
    )


def test_whatever_nothing_declares_is_told(tmp_path: Path) -> None:
    """A folder as a whole, unless something in it is declared; links that lead nowhere, too."""
    pack, raw = tmp_path / "pack", tmp_path / "raw"
    (pack / "sdtm").mkdir(parents=True)
    (pack / "study.yaml").write_text(
        STUDY.replace("ae.csv", "edc/ae.csv") + "unused_files: {old: an earlier transfer}\n"
    )
    (pack / "sdtm" / "AE.yaml").write_text(AE % "PT")
    for folder in ("edc/notes", "labs", "old", ".git"):
        (raw / folder).mkdir(parents=True)
    (raw / "edc" / "ae.csv").write_text("SUBJECT,TERM,PT\n001,Headache,Headache\n")
    for name in ("edc/notes/x.txt", "edc/cm.csv", "labs/lb.csv", "log.txt"):
        (raw / name).write_text("x\n")
    (raw / "gone.csv").symlink_to("nowhere.csv")
    (raw / "edc" / "again").symlink_to(".")
    model = resolved(str(pack))
    found = read_extract(model, raw, needed_columns(model)).findings.all()
    assert [(f.file, f.message.partition(" is not declared")[0]) for f in found if f.rule == "FILE_UNDECLARED"] == [
        ("edc/again", "folder edc/again"),
        ("edc/cm.csv", "file edc/cm.csv"),
        ("edc/notes", "folder edc/notes"),
        ("gone.csv", "link or device gone.csv"),
        ("labs", "folder labs"),
        ("log.txt", "file log.txt"),
    ]


def test_forms_in_one_file_use_its_columns_together(tmp_path: Path) -> None:
    study = """\
study: S-1
extends: [sdtmig-3.4]
source_defaults: {edc: {file: all.csv, subject: SUBJECT}}
sources:
  ae: {where: FORM = 'AE', rename: {PREFERRED: PT}}
  cm: {where: FORM = 'CM', ignore: [FORM]}
subjects: {register: ae}
"""
    (tmp_path / "sdtm").mkdir()
    (tmp_path / "study.yaml").write_text(study)
    (tmp_path / "sdtm" / "AE.yaml").write_text(
        "rows: {events: {from: ae}}\nvariables: {AETERM: {copy: TERM}, AEDECOD: {copy: PREFERRED}}\n"
    )
    (tmp_path / "sdtm" / "CM.yaml").write_text("rows: {drugs: {from: cm}}\nvariables: {CMTRT: {copy: DRUG}}\n")
    (tmp_path / "all.csv").write_text(
        "SUBJECT,FORM,TERM,PT,DRUG,NOTE\n001,AE,Headache,Headache,,seen\n001,CM,,,Aspirin,\n"
    )
    model = resolved(str(tmp_path))
    extract = read_extract(model, tmp_path, needed_columns(model))
    assert [(f.column, f.message) for f in extract.findings.all() if f.rule == "COLUMN_UNUSED"] == [
        ("NOTE", "column 'NOTE' (1 values) is used by no mapping; map it, or declare it `unused` with a reason")
    ]
