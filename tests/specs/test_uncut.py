"""Datasets with dates that the cut does not mention: a warning, unless the study says why they are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.commands import check_specs
from tests.small_pack import AE, STUDY, write_pack

VS = """\
rows: {pulse: {from: ae, testcd: PULSE, result: PULSE}}
variables: {VSDTC: {predecessor: DM.RFSTDTC}}
"""
SE = """\
rows: {all: {from: DM}}
variables: {ETCD: {value: X}, SESTDTC: {copy: RFSTDTC}, SEENDTC: {copy: RFSTDTC}}
"""


def told(tmp_path: Path, cut: str, **datasets: str) -> list[tuple[str, str]]:
    """Severity and text of what `check` says."""
    pack = write_pack(tmp_path, study=STUDY + cut, **datasets)
    return [(p.severity, str(p)) for p in check_specs(str(pack))]


def test_a_dataset_with_a_collected_start(tmp_path: Path) -> None:
    assert told(tmp_path, "cut:\n  date: 2026-03-31\n  datasets: {}\n") == [
        (
            "warning",
            "study.yaml:11:3 study.yaml cut: warning CUT_UNDECIDED: no rule for AE, so its records with AESTDTC after "
            "the cut stay; add AE: {start: AESTDTC}, or say why: AE: {keep: reason}",
        )
    ]


def test_a_dataset_whose_date_is_derived_can_only_be_kept(tmp_path: Path) -> None:
    cut = "cut: {date: 2026-03-31, datasets: {AE: {start: AESTDTC}}}\n"
    assert [text.partition("UNDECIDED: ")[2] for _, text in told(tmp_path, cut, VS=VS)] == [
        "no rule for VS, so its records with VSDTC after the cut stay; say why: VS: {keep: reason}"
    ]


@pytest.mark.parametrize(
    "cut",
    [
        "",  # no cut at all
        "cut: {date: 2026-03-31, datasets: {AE: {start: AESTDTC}}}\n",
        "cut: {date: 2026-03-31, datasets: {AE: {keep: events are entered once they ended}}}\n",
    ],
)
def test_what_is_decided_or_comes_from_datasets_is_no_matter(tmp_path: Path, cut: str) -> None:
    assert told(tmp_path, cut, SE=SE) == []


def test_a_date_that_only_one_kind_of_row_has(tmp_path: Path) -> None:
    ae = AE.replace("{events: {from: ae}}", "{events: {from: ae, variables: {AESTDTC: {copy: STDAT}}}}")
    ae = "\n".join(line for line in ae.splitlines() if not line.startswith("  AESTDTC")) + "\n"
    found = told(tmp_path, "cut: {date: 2026-03-31}\n", AE=ae)
    assert [severity for severity, _ in found] == ["warning"]
    assert "records with AESTDTC after the cut stay" in found[0][1]
