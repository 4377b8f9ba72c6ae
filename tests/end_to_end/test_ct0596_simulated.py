"""CT0596: the default synthetic extract through the whole run, serial and in parallel (design basis 2.4)."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from lxml import etree

from define.check import check_define
from define.validate_xsd import schema_errors
from delivery.acrf_check import page_refs, read_annotated, wrong_pages
from delivery.ectd import ADDED, INDEX, INDEX_SUM, files_of
from delivery.xpt_reader import read_meta
from mappings.ct0596.simulate import simulate
from pipeline.package import PackageOptions, package
from pipeline.run import RunOptions, RunResult, run
from pipeline.verify import verify_delivery
from tests.define.browser import agrees, needs_browser, shown
from tests.end_to_end.extracts import Extract

PACK = Path(__file__).parents[2] / "mappings" / "ct0596"
MEANT = {
    ("CODE_MISSING", "ae.csv"),  # M18
    ("CODE_MISSING", "sv.csv"),  # M18
    ("DATE_IMPOSSIBLE", "cm.csv"),  # D13
    ("LOOKUP_UNMATCHED", "ck.csv"),  # M13: visit D17
    ("SUBJECT_UNKNOWN", "central_lb.csv"),  # M13
    ("UNIT_MISSING", "lbchem.csv"),  # M4
}
"""The errors that the extract holds on purpose (simulation/FORMS.md, Messy realities)."""


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extract of 24 subject numbers, seed 596."""
    folder = tmp_path_factory.mktemp("simulated") / "extract"
    simulate(24, 596, folder)
    return folder


@pytest.fixture(scope="module")
def result(extract: Path) -> RunResult:
    """One run, in this process."""
    return run(RunOptions("ct0596", extract, out=extract.parent / "serial"))


def test_tabulations_have_no_errors_but_those_that_are_meant(result: RunResult) -> None:
    found = {(f.rule, f.file) for f in result.findings if f.severity == "error" and not f.dataset.startswith("AD")}
    assert found - MEANT == set()
    assert ("SUBJECT_UNKNOWN", "central_lb.csv") in found


def test_what_is_meant_is_accepted_one_by_one_so_that_a_release_is_possible(result: RunResult) -> None:
    assert [f for f in result.findings if f.severity == "error" and not f.accepted] == []
    assert [f.message for f in result.findings if f.rule == "ACCEPTED_UNUSED"] == []


def test_m18_the_same_error_elsewhere_stops_a_release(tmp_path: Path) -> None:
    e = Extract()
    e.subject("01-003")
    e.add("ae", "01-003", AESPID="1", AETERM="Rash", AETERM_PT="Rash", AEOUT="Recovering", AEOUT_STD="")
    stopped = run(RunOptions("ct0596", e.write(tmp_path), out=tmp_path / "out", profile="release"))
    assert (stopped.stopped, stopped.delivery) == (True, None)
    assert ("CODE_MISSING", "Recovering") in {(f.rule, f.value) for f in stopped.findings if not f.accepted}


def test_every_column_and_file_is_mapped_or_declared_unused(result: RunResult) -> None:
    rules = ("COLUMN_UNUSED", "COLUMN_DECLARED", "FILE_UNDECLARED")
    assert [(f.rule, f.file, f.column) for f in result.findings if f.rule in rules] == []


# ---- define and package ----


@pytest.fixture(scope="module")
def packaged(result: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert result.delivery is not None
    options = PackageOptions(result.delivery, "fda", out=tmp_path_factory.mktemp("packages"))
    at = datetime(2026, 4, 11, 9, 0, tzinfo=UTC)
    return package(replace(options, sign="J. Doe", meaning="approved for submission"), now=at).folder


def test_define_has_no_findings_and_no_disagreement_with_the_files(result: RunResult) -> None:
    assert [f.message for f in result.findings if f.rule.startswith("DEFINE")] == []
    assert result.delivery is not None
    defines = sorted(result.delivery.rglob("define.xml"))
    assert [p.parent.name for p in defines] == ["datasets", "sdtm"]
    for define in defines:
        assert schema_errors(define.read_bytes()) == []
        assert [str(f) for f in check_define(define, define.parent, ADDED)] == []


def test_the_dictionaries_of_the_study_have_their_versions(result: RunResult) -> None:
    assert result.delivery is not None
    found: set[tuple[str, str | None]] = set()
    for define in result.delivery.rglob("define.xml"):
        for named in etree.parse(define).getroot().iter("{*}ExternalCodeList"):
            found.add((str(named.get("Dictionary")), named.get("Version")))
    assert found == {
        ("MedDRA", "27.1"),
        ("WHODD", "Global B3 2025-03"),
        ("CTCAE", "5.0"),
        ("ISO 3166", None),
        ("ISO 21090", None),
    }


def test_variables_stand_in_the_order_of_the_standard(result: RunResult) -> None:
    assert result.delivery is not None
    names = {p.stem: [v.name for v in read_meta(p)[0]["variables"]] for p in result.delivery.rglob("*.xpt")}
    assert names["ta"] == [
        "STUDYID",
        "DOMAIN",
        "ARMCD",
        "ARM",
        "TAETORD",
        "ETCD",
        "ELEMENT",
        "TABRANCH",
        "TATRANS",
        "EPOCH",
    ]
    assert names["te"] == ["STUDYID", "DOMAIN", "ETCD", "ELEMENT", "TESTRL", "TEENRL", "TEDUR"]
    assert names["ti"] == ["STUDYID", "DOMAIN", "IETESTCD", "IETEST", "IECAT", "TIVERS"]
    for name, variables in names.items():
        second = "RDOMAIN" if name.startswith(("supp", "relrec")) else "DOMAIN"
        assert variables[:2] == ["STUDYID", "USUBJID" if name.startswith("ad") else second], name


def test_the_pages_agree_with_the_defines(packaged: Path) -> None:
    for define in packaged.rglob("define.xml"):
        agrees(etree.HTML(define.with_name("define.html").read_bytes()), define)


@needs_browser
def test_a_browser_shows_the_pages_without_an_error(packaged: Path, tmp_path: Path) -> None:
    for define in packaged.rglob("define.xml"):
        agrees(shown(define.with_name("define.html"), tmp_path / define.parent.name), define)


def test_the_package_is_good_and_a_changed_byte_in_any_file_names_it(packaged: Path, tmp_path: Path) -> None:
    assert [(f.file, f.message) for f in verify_delivery(packaged).faults] == []
    copy = tmp_path / "copy"
    shutil.copytree(packaged, copy)
    names = [n for n in files_of(copy) if n not in (INDEX, INDEX_SUM)]
    for name in names:
        content = bytearray((copy / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / name).chmod(0o644)
        (copy / name).write_bytes(content)
    told = {f.file for f in verify_delivery(copy).faults}
    assert [n for n in names if n not in told] == []


def test_every_collected_variable_of_an_investigator_has_a_page_that_annotates_it(packaged: Path) -> None:
    (crf,) = packaged.rglob("acrf.pdf")
    refs = page_refs(crf.with_name("define.xml"), "acrf.pdf")
    assert len(refs) > 250
    assert list(wrong_pages(read_annotated(crf), refs)) == []


# ---- the study ----


def test_the_study_of_the_design_basis(result: RunResult) -> None:
    assert result.delivery is not None
    dm = pd.read_parquet(result.delivery / "data" / "dm.parquet")
    assert len(dm) == 23
    assert dm["ARMNRS"].value_counts().to_dict() == {"SCREEN FAILURE": 3, "ASSIGNED, NOT TREATED": 2}
    assert dm["ACTARMCD"].value_counts().to_dict() == {"DL2": 12, "DL1": 3, "DL3": 3}
    assert (dm["DTHFL"] == "Y").sum() == 3
    assert (dm["RFPENDTC"].astype("str") <= "2026-03-31T99").all()
    ts = pd.read_parquet(result.delivery / "data" / "ts.parquet").set_index("TSPARMCD")
    assert ts.loc["ACTSUB", "TSVAL"] == "20"


def test_ranges_and_jobs_do_not_change_a_byte(extract: Path, result: RunResult, tmp_path: Path) -> None:
    pack = tmp_path / "ct0596"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("simul*", "__pycache__"))
    with (pack / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("\nrange_size: 12\n")
    made = [
        run(RunOptions(str(pack), extract, out=tmp_path / str(jobs), jobs=jobs, trust_code=True)).delivery
        for jobs in (1, 2)
    ]
    assert made[0] is not None and made[1] is not None and result.delivery is not None
    assert _hashes(made[0]) == _hashes(made[1])
    of_ranges, whole = _hashes(made[0]), _hashes(result.delivery)
    differ = {n for n in whole | of_ranges if whole.get(n) != of_ranges.get(n)}
    assert differ == {"manifest.json"}  # it names the study.yaml with its range_size


def _hashes(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }
