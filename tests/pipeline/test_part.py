"""One range from raw rows to finished datasets: the cut before what is derived, SUPP beside, and problems traced."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.extract import read_extract
from pipeline.needs import needed_columns
from pipeline.part import RangeResult, open_range, output_columns, run_range
from pipeline.plan import plan
from pipeline.ranges import split
from pipeline.spill import read_frame
from specs.resolve import StudyModel, resolve
from tests.pipeline.one_range import codes, part_of
from tests.pipeline.tiny import Tiny
from transforms.columns import plain

AE = """
rows: {events: {from: ae}}
variables:
  AETERM:  {copy: TERM, split_to: AETERM1}
  AEDECOD: {copy: TERM}
  AESTDTC: {copy: START}
  _COUNT:  {derive: count, with: {of: AE.AESTDTC}}
keys: [STUDYID, USUBJID, AESTDTC]
supplemental: {AEDLT: {copy: DLT, label: Dose Limiting Toxicity}}
"""
ADAE = """
dataset: ADAE
class: OTHER
label: Events
structure: One record per event
keys: [STUDYID, USUBJID, AESEQ]
rows: {events: {from: AE}}
variables:
  STUDYID: {copy: STUDYID, label: Study, type: Char}
  USUBJID: {copy: USUBJID, label: Subject, type: Char}
  AESEQ:   {copy: AESEQ, label: Number, type: Num}
  AETERM:  {copy: AETERM, label: Term, type: Char}
  N:       {derive: count, with: {of: AE.AESTDTC}, label: Events, type: Num}
"""
EVENTS = """SUBJECT,TERM,START,DLT
02,Cough,2025-02-01,
01,Later,2025-05-01,Y
01,Rash,2025-02-01,Y
01,Fever,2025-01-01,
03,Earlier,2025-01-01,
03,Soon,soon,{long}
""".replace("{long}", "x" * 201)


def model(folder: Path) -> StudyModel:
    cut = 'cut: {date: "2025-03-31", datasets: {AE: {start: AESTDTC}}}\n'
    tiny = Tiny(folder, head=cut, sources={"ae": "{file: ae.csv, subject: SUBJECT}"}, datasets={"AE": AE})
    tiny.raw["ae"] = EVENTS
    pack, _ = tiny.write()
    (pack / "adam").mkdir(exist_ok=True)
    (pack / "adam" / "ADAE.yaml").write_text(ADAE)
    text = (pack / "study.yaml").read_text().replace("[sdtmig-3.4]", "[adamig-1.3, sdtmig-3.4]")
    (pack / "study.yaml").write_text(text)
    return resolve(str(pack))


@pytest.fixture(scope="module")
def ranged(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyModel, list[RangeResult]]:
    """Two ranges: subjects 01 and 02, and subject 03 alone."""
    folder = tmp_path_factory.mktemp("part")
    made = model(folder)
    scratch = folder / "scratch"
    scratch.mkdir()
    needed = needed_columns(made)
    ranges = split(read_extract(made, folder / "raw", needed), 2, scratch, needed)
    return made, [run_range(made, plan(made), r, scratch) for r in ranges]


def rows(result: RangeResult, dataset: str, *variables: str) -> list[list[object]]:
    frame = read_frame(result.datasets[dataset][0])
    return [list(r) for r in zip(*(plain(frame[v]) for v in variables), strict=True)]


def test_what_the_cut_takes_is_in_no_number_and_no_count(ranged: tuple[StudyModel, list[RangeResult]]) -> None:
    first = ranged[1][0]
    assert rows(first, "AE", "USUBJID", "AESEQ", "AETERM") == [
        ["TINY-01", 1.0, "Fever"],
        ["TINY-01", 2.0, "Rash"],
        ["TINY-02", 1.0, "Cough"],
    ]
    assert rows(first, "ADAE", "AETERM", "N") == [["Fever", 2.0], ["Rash", 2.0], ["Cough", 1.0]]
    assert first.cut_report is not None
    assert first.cut_report[["USUBJID", "row", "value"]].to_numpy().tolist() == [["TINY-01", 3, "2025-05-01"]]
    (taken,) = [t for t in first.taken if t.rows_name == "AE.events"]
    assert (taken.taken.tolist(), taken.cut.tolist()) == ([0, 1, 2, 3], [1])


def test_qualifiers_are_a_dataset_of_their_own(ranged: tuple[StudyModel, list[RangeResult]]) -> None:
    first, second = ranged[1]
    assert rows(first, "SUPPAE", "USUBJID", "IDVARVAL", "QNAM", "QVAL") == [["TINY-01", "2", "AEDLT", "Y"]]
    assert {n: size for n, (_, size) in first.datasets.items()} == {"DM": 2, "AE": 3, "ADAE": 3, "SUPPAE": 1}
    assert {n: size for n, (_, size) in second.datasets.items()} == {"DM": 1, "AE": 2, "ADAE": 2, "SUPPAE": 1}


def test_a_range_of_its_own_tells_its_own_problems_with_row_and_subject(
    ranged: tuple[StudyModel, list[RangeResult]],
) -> None:
    first, second = ranged[1]
    assert "soon" not in [f.value for f in first.findings]
    assert {(f.file, f.rows, f.subjects) for f in second.findings if f.value == "soon"} == {
        ("ae.csv", (7,), ("TINY-03",))
    }


def test_working_variables_are_not_written(ranged: tuple[StudyModel, list[RangeResult]]) -> None:
    made, (first, _) = ranged
    assert "_COUNT" in made.datasets["AE"].variables
    assert "_COUNT" not in read_frame(first.datasets["AE"][0])
    assert output_columns(made, "SUPPAE", part_of("SUPPAE", codes(0), QNAM=["x"], QVAL=["y"])) == ["QNAM", "QVAL"]


def test_a_written_record_leads_back_to_its_raw_row(ranged: tuple[StudyModel, list[RangeResult]]) -> None:
    frame = read_frame(ranged[1][0].lineage["AE"])
    records = frame[frame["role"] == "record"]
    pairs = list(zip(records["record"].tolist(), records["of"].astype(str), records["of_row"].tolist(), strict=True))
    # Fever is the fourth row of the file, Rash the third, Cough the first
    assert pairs == [(0, "source:ae", 3), (1, "source:ae", 2), (2, "source:ae", 0)]


def test_the_raw_rows_of_a_range_come_back_as_they_were_put(tmp_path: Path) -> None:
    made = model(tmp_path)
    needed = needed_columns(made)
    _, second = split(read_extract(made, tmp_path / "raw", needed), 2, tmp_path, needed)
    context = open_range(made, second)
    source = context.source("ae")
    assert (context.usubjid, context.subjid, source.file, source.subject_column) == (
        ["TINY-03"],
        ["03"],
        "ae.csv",
        "SUBJECT",
    )
    assert (source.rows.tolist(), source.numbers.tolist(), source.subject.tolist()) == ([4, 5], [6, 7], [0, 0])
    assert plain(source.get("TERM")) == ["Earlier", "Soon"]


def test_a_problem_of_a_qualifier_is_told_with_the_row_of_the_form(
    ranged: tuple[StudyModel, list[RangeResult]],
) -> None:
    """QVAL of subject 03 is too long for the format: row 7 of ae.csv, not a record of SUPPAE."""
    _, second = ranged[1]
    assert [(f.file, f.rows, f.subjects) for f in second.findings if f.dataset == "SUPPAE"] == [
        ("ae.csv", (7,), ("TINY-03",))
    ]
