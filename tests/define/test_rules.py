"""The rules as a whole, and reading a define.xml."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from define.check import DefineError, DefineFinding, check_define
from define.rules import RULES
from define.rules.parse import parse_define
from tests.define.small import Small


def test_rules_have_an_id_of_their_own_and_a_sentence() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"DEFINE_[A-Z]+(_[A-Z]+)*", rule.id)
        assert rule.sentence.endswith("."), rule.id
        assert "\n" not in rule.sentence


def test_a_finding_names_rule_element_dataset_and_variable(tmp_path: Path) -> None:
    small = Small("sdtm", tmp_path)
    small.oid("IT.DM.USUBJID").set("Length", "10")
    assert check_define(small.write(), tmp_path) == [
        DefineFinding(
            rule="DEFINE_LENGTH_TOO_SHORT",
            message="IT.DM.USUBJID of DM has the Length 10, its longest value takes 11; give the measured length",
            oid="IT.DM.USUBJID",
            dataset="DM",
            variable="USUBJID",
        )
    ]


def test_the_datasets_may_lie_in_another_folder(tmp_path: Path) -> None:
    small = Small("sdtm", tmp_path / "data")
    path = small.write()
    (tmp_path / "define.xml").write_bytes(path.read_bytes())
    for document in small.documents:
        (tmp_path / document).touch()
    assert check_define(tmp_path / "define.xml", tmp_path / "data") == []


def test_documents_that_are_awaited_may_be_absent(tmp_path: Path) -> None:
    small = Small("sdtm", tmp_path)
    small.documents.remove("acrf.pdf")
    path = small.write()
    assert [found.rule for found in check_define(path, tmp_path)] == ["DEFINE_DOCUMENT_MISSING"]
    assert check_define(path, tmp_path, awaited=["acrf.pdf"]) == []


def test_a_warning_is_told_from_an_error(tmp_path: Path) -> None:
    small = Small("sdtm", tmp_path)
    del small.ref("IT.LB.VISITNUM").attrib["KeySequence"]
    (found,) = check_define(small.write(), tmp_path)
    assert (found.rule, found.severity) == ("DEFINE_KEY_NOT_UNIQUE", "warning")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no xml", "not readable as XML"),
        ("<ODM xmlns='http://www.cdisc.org/ns/odm/v1.3'/>", "no MetaDataVersion of Define-XML 2.1"),
    ],
)
def test_what_is_no_define_is_told(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "define.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DefineError, match=said):
        check_define(path, tmp_path)


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("SECRET", encoding="utf-8")
    path = Small("sdtm", tmp_path).write()
    entity = f"<!DOCTYPE ODM [<!ENTITY outside SYSTEM '{(tmp_path / 'secret.txt').as_uri()}'>]><ODM"
    text = path.read_text(encoding="utf-8").replace("<ODM", entity, 1)
    path.write_text(text.replace("<StudyName>SMALL-1<", "<StudyName>&outside;<"), encoding="utf-8")
    assert "SECRET" not in parse_define(path).study_name
