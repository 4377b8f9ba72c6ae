"""What the command line asks for beside a run, and what an error means for its caller."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.acrf_check import CrfError
from delivery.verify import NotADelivery
from delivery.xpt_layout import XptError
from pipeline.commands import FAULTY, INTERNAL, USAGE, check_specs, exit_code, model_of_delivery, show_spec
from pipeline.conform import EngineFailed, EngineMissing
from pipeline.deliver import DeliveryError
from pipeline.package import PackageRefused
from pipeline.run import ExtractMissing, RunOptions, WrongOption, run
from specs.layers import UnknownStudy
from specs.show import UnknownName
from tests.pipeline.small_study import pack


def test_good_specs_have_no_problems(tmp_path: Path) -> None:
    assert check_specs(str(pack(tmp_path / "small"))) == []


def test_problems_of_specs_and_of_analyses_are_told_together(tmp_path: Path) -> None:
    study = pack(tmp_path / "small")
    (study / "sdtm" / "AE.yaml").write_text("rows: {events: {from: ae}}\nvariables: {AETERM: {coppy: TERM}}\n")
    (study / "analyses.yaml").write_text(
        "endpoints:\n"
        "  ANY: {label: Any event, statistic: rate, population: SAFFL = 'Y', dataset: ADAE, event: TRTEMFL = 'Y'}\n"
    )
    told = [str(p) for p in check_specs(str(study))]
    assert "small/analyses.yaml:2:3 endpoints.ANY: no dataset ADSL" in told
    assert "small/analyses.yaml:2:3 endpoints.ANY: no dataset ADAE; did you mean 'AE'?" in told
    assert "sdtm/AE.yaml:2:22 AE.AETERM: unknown key 'coppy'; did you mean 'copy'?" in told


def test_a_count_over_what_is_not_written_is_told_by_check(tmp_path: Path) -> None:
    study = pack(tmp_path / "small")
    (study / "adam").mkdir()
    (study / "adam" / "WORK.yaml").write_text(
        "dataset: WORK\nclass: Interventions\nworking: others count these\nrows: {all: {from: DM}}\n"
        "predecessors: {DM: [STUDYID, USUBJID]}\nkeys: [STUDYID, USUBJID]\nvariables: {}\n"
    )
    (study / "sdtm" / "TS.yaml").write_text(
        "table: tables/ts.csv\nvariables: {TSVALNF: {derive: count_distinct, with: {of: WORK.USUBJID}}}\n"
    )
    assert [str(p) for p in check_specs(str(study))] == [
        "sdtm/TS.yaml:2:13 TS.TSVALNF: WORK.USUBJID is in no file; refer to a dataset that is written"
    ]


def test_a_variable_is_shown_with_its_method(tmp_path: Path) -> None:
    study = str(pack(tmp_path / "small"))
    assert "TERM as collected." in show_spec(study, "AE.AETERM")
    with pytest.raises(UnknownName, match="AETERN"):
        show_spec(study, "AE.AETERN")


def test_the_specs_of_a_delivery_are_found_only_if_they_are_unchanged(tmp_path: Path) -> None:
    study = pack(tmp_path / "small")
    delivery = run(RunOptions(str(study), out=tmp_path / "out")).delivery
    assert delivery is not None
    model = model_of_delivery(delivery, str(study), False)
    assert model is not None and model.study.study == "S-1"
    (study / "sdtm" / "AE.yaml").write_text((study / "sdtm" / "AE.yaml").read_text() + "# changed\n")
    assert model_of_delivery(delivery, str(study), False) is None
    assert model_of_delivery(delivery, str(tmp_path / "nowhere"), False) is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownStudy("x"), USAGE),
        (WrongOption("--only: this study has no dataset ZZ"), USAGE),
        (ExtractMissing("x"), USAGE),
        (DeliveryError("x"), USAGE),
        (NotADelivery("x"), USAGE),
        (CrfError("x"), USAGE),
        (EngineMissing("x"), USAGE),
        (PackageRefused("x"), FAULTY),
        (EngineFailed("x"), FAULTY),
        (XptError("AE", None, None, "x", "y"), FAULTY),
        (ValueError("x"), INTERNAL),
    ],
)
def test_an_error_has_an_exit_code(error: Exception, code: int) -> None:
    assert exit_code(error) == code
