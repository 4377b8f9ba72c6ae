"""Validation by the published schemas: good, wrong, and what is no XML."""

from __future__ import annotations

from pathlib import Path

import pytest

from define.cdisc_files import schema, stylesheet
from define.validate_xsd import parse, schema_errors
from tests.define.trial import deliver


@pytest.fixture(scope="module")
def define(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return next(deliver(tmp_path_factory.mktemp("trial")).rglob("datasets/define.xml")).read_bytes()


def test_the_published_files_are_there() -> None:
    assert (stylesheet().name, schema().name) == ("define2-1.xsl", "arm1-0-0.xsd")


def test_a_good_define(define: bytes) -> None:
    assert schema_errors(define) == []


def test_every_violation_with_its_line(define: bytes) -> None:
    wrong = define.replace(b'Repeating="Yes"', b'Repeating="Maybe"', 1).replace(
        b'FileType="Snapshot"', b'FileType="Photo"'
    )
    found = schema_errors(wrong)
    assert [e.line for e in found] == sorted(e.line for e in found)
    assert any("FileType" in e.message and "Photo" in e.message for e in found)
    assert len(found) >= 2


def test_what_is_no_xml_is_one_violation() -> None:
    (found,) = schema_errors(b"<ODM>\n<Study>")
    assert found.line == 2
    assert found.message


def test_no_entity_is_expanded(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret")
    hostile = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{(tmp_path / "secret").as_uri()}">]><x>&e;</x>'
    assert "a secret" not in "".join(str(t) for t in parse(hostile.encode()).itertext())
