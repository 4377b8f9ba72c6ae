"""Finishing: long texts continue in SUPP, records stand in the order of the keys, qualifiers become SUPP records."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.context import RangeContext
from pipeline.finish import continue_long_values, finish
from pipeline.records import Part
from specs.problems import SpecErrors
from tests.pipeline.one_range import codes, edges, model_of, opened, part_of, shown
from tests.pipeline.tiny import Tiny, rows

AE = """
keys: [STUDYID, USUBJID, AETERM]
rows: {events: {from: ae}}
variables: {STUDYID: {value: S}, USUBJID: {copy: person.USUBJID}, AETERM: {copy: T}, AESEQ: {value: "1", type: Num}}
supplemental:
  AEDLT:  {copy: DLT, label: Dose Limiting Toxicity}
  AECLSI: {derive: flag, with: {}, label: Clinically Significant, evaluator: INVESTIGATOR}
"""


def records(**columns: list[str | None]) -> Part:
    """AE of subject 02 (twice) and 01, with their identifiers."""
    made = part_of("AE", codes(1, 1, 0), STUDYID=["S"] * 3, USUBJID=["S-02", "S-02", "S-01"], **columns)
    made.sources = ["source:ae"]
    return made


def finished(part: Part, dataset: str = AE) -> RangeContext:
    context = opened(model_of(AE=dataset))
    context.parts["AE"] = part
    finish(context, "AE")
    return context


def test_records_are_ordered_by_subject_then_keys_then_raw_rows() -> None:
    context = finished(records(AETERM=["Rash", "Cough", "Zoster"]))
    assert shown(context.parts["AE"], "USUBJID", "AETERM") == [["S-01", "Zoster"], ["S-02", "Cough"], ["S-02", "Rash"]]
    # of each record as it was, where it went
    assert context.places["AE"].tolist() == [2, 1, 0]


def test_equal_keys_stay_in_the_order_of_the_raw_rows() -> None:
    part = records(AETERM=["Rash", "Rash", "Rash"])
    part.source_row = codes(9, 4, 6)
    assert finished(part).parts["AE"].source_row.tolist() == [6, 4, 9]


def test_a_missing_key_goes_first() -> None:
    assert shown(finished(records(AETERM=["Rash", None, "Rash"])).parts["AE"], "AETERM")[1:] == [[None], ["Rash"]]


def test_without_keys_the_sequence_number_orders() -> None:
    dataset = "keys: [STUDYID, USUBJID]\nrows: {a: {from: ae}}\nvariables: {AESEQ: {value: x, type: Num}}"
    part = records(AESEQ=["10", "9", "1"])
    part.columns["AESEQ"] = part_of("AE", codes(0, 0, 0), AESEQ=[10.0, 9.0, 1.0]).columns["AESEQ"]
    assert shown(finished(part, dataset).parts["AE"], "AESEQ") == [[1.0], [9.0], [10.0]]


def test_variables_get_their_type() -> None:
    assert shown(finished(records(AETERM=["a", "b", "c"], AESEQ=["1", "2", "3"])).parts["AE"], "AESEQ") == [
        [3.0],
        [1.0],
        [2.0],
    ]


def test_qualifiers_become_records_in_the_order_of_the_parent_and_of_the_spec() -> None:
    part = records(
        AETERM=["Rash", "Cough", "Zoster"], AESEQ=["2", "1", "1"], AEDLT=["Y", None, "N"], AECLSI=["Y", "N", None]
    )
    supp = finished(part).parts["SUPPAE"]
    assert shown(
        supp, "STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL"
    ) == [
        ["S", "AE", "S-01", "AESEQ", "1", "AEDLT", "Dose Limiting Toxicity", "N", "Collected", None],
        ["S", "AE", "S-02", "AESEQ", "1", "AECLSI", "Clinically Significant", "N", "Derived", "INVESTIGATOR"],
        ["S", "AE", "S-02", "AESEQ", "2", "AEDLT", "Dose Limiting Toxicity", "Y", "Collected", None],
        ["S", "AE", "S-02", "AESEQ", "2", "AECLSI", "Clinically Significant", "Y", "Derived", "INVESTIGATOR"],
    ]
    # each qualifier is made of the parent's record
    assert edges(supp) == [("", "record", "AE", [(0, 0), (1, 1), (2, 2), (3, 2)])]
    assert (supp.sources, supp.source_row.tolist(), supp.subject.tolist()) == (["AE"], [0, 1, 2, 2], [0, 1, 1, 1])


def test_without_a_sequence_number_a_qualifier_is_of_the_subject() -> None:
    """As in SUPPDM: IDVAR and IDVARVAL are empty."""
    dataset = "keys: [STUDYID, USUBJID]\nrows: {a: {from: dm}}\nsupplemental: {RACE1: {copy: R}}"
    supp = finished(records(RACE1=["ASIAN", None, None]), dataset).parts["SUPPAE"]
    assert shown(supp, "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL") == [[None, None, "RACE1", "RACE1", "ASIAN"]]


def test_without_a_value_there_is_no_supp() -> None:
    assert "SUPPAE" not in finished(records(AETERM=["a", "b", "c"], AEDLT=[None] * 3)).parts
    assert "SUPPAE" not in finished(Part.empty("AE")).parts
    plain = "keys: [STUDYID, USUBJID, AETERM]\nvariables: {AETERM: {copy: T}}"
    assert "SUPPAE" not in finished(records(AETERM=["a", "b", "c"], AEDLT=["Y"] * 3), plain).parts


def test_the_origin_of_a_qualifier_whose_method_is_told_by_the_rows() -> None:
    """What rows of a dataset of the study copy was not collected here."""
    base = "keys: [STUDYID, USUBJID]\nvariables: {}\nsupplemental: {AEX: {label: X}}\n"
    raw = base + "rows: {a: {from: ae}, b: {from: ae, variables: {AEX: {copy: X}}}}"
    of_dataset = base + "rows: {a: {from: ae}, b: {from: AE, variables: {AEX: {copy: X}}}}"
    for dataset, source, origin in ((raw, "source:ae", "Collected"), (of_dataset, "AE", "Predecessor")):
        part = records(AEX=["x", None, None])
        part.sources = ["source:ae", source]
        assert shown(finished(part, dataset).parts["SUPPAE"], "QORIG") == [[origin]]


LONG = " ".join(["word"] * 85)
"""424 bytes: 40 words of four letters and their blanks are 199."""
SPLIT = """
keys: [STUDYID, USUBJID, AETERM]
rows: {events: {from: ae}}
variables: {AESEQ: {value: x, type: Num}, AETERM: {copy: T, label: Reported Term, split_to: AETERM1}}
"""


def test_a_text_over_200_bytes_continues_in_qualifiers_at_word_boundaries() -> None:
    part = records(AETERM=["short", LONG, None], AESEQ=["1", "2", "1"])
    supp = finished(part, SPLIT).parts
    kept = [str(v) for (v,) in shown(supp["AE"], "AETERM")]
    assert [len(v) for v in kept if v != "None"] == [5, 199]
    found = shown(supp["SUPPAE"], "QNAM", "QLABEL", "IDVARVAL", "QVAL")
    assert [row[:3] for row in found] == [
        ["AETERM1", "Reported Term 1", "2"],
        ["AETERM2", "Reported Term 2", "2"],
    ]
    assert " ".join([kept[2], *(str(row[3]) for row in found)]) == LONG


def test_200_bytes_are_not_split() -> None:
    part = records(AETERM=["x" * 200, "y", "z"])
    assert "SUPPAE" not in finished(part, SPLIT).parts


def test_without_split_to_a_long_text_is_left_to_the_check() -> None:
    part = records(AETERM=[LONG, "y", "z"])
    continue_long_values(part, model_of(AE=AE).datasets["AE"])
    assert shown(part, "AETERM")[0] == [LONG]
    assert part.overflow == {}


def test_a_long_label_keeps_its_number_within_40_characters() -> None:
    dataset = SPLIT.replace("Reported Term", "Reported Term for the Serious Adverse Events")
    part = records(AETERM=[LONG, "y", "z"])
    continue_long_values(part, model_of(AE=dataset).datasets["AE"])
    assert [v.label for v in part.overflow.values()] == [
        "Reported Term for the Serious Adverse 1",
        "Reported Term for the Serious Adverse 2",
    ]


def test_the_records_of_a_parameter_are_found_in_their_dataset() -> None:
    """ADRS stacks its parameters; the record of ADRS.PD that was second stands in the first place."""
    model = model_of(
        ADRS="keys: [STUDYID, USUBJID, AVALC]\nvariables: {}", ADRS__PD="parameter_of: ADRS\nvariables: {}"
    )
    context = opened(model)
    context.parts["ADRS.PD"] = part_of("ADRS.PD", codes(1, 0), AVALC=["PD", "PD"])
    stacked = Part(
        "ADRS", {}, 3, codes(0, 1, 0), codes(0, 1, 1), ["OVR", "PD"], codes(0, 1, 1), ["RS", "ADRS.PD"], codes(4, 0, 1)
    )
    stacked.columns["AVALC"] = part_of("ADRS", codes(0, 0, 0), AVALC=["SD", "PD", "PD"]).columns["AVALC"]
    context.parts["ADRS"] = stacked
    finish(context, "ADRS")
    assert shown(context.parts["ADRS"], "AVALC") == [["PD"], ["SD"], ["PD"]]
    assert context.places["ADRS.PD"].tolist() == [2, 0]


TS = """
rows: {all: {from: tables/ts.csv}}
variables: {TSPARMCD: {copy: CD}, TSPARM: {copy: PARM}, TSVAL: {copy: VAL, split_to: TSVAL1}%s}
"""
TSVAL1 = ', TSVAL1: {value: "", origin: Protocol, label: Parameter Value 1, type: Char, because: "SDTMIG 3.4, 7.4"}'


def test_a_dataset_without_qualifiers_takes_the_rest_in_variables(tmp_path: Path) -> None:
    title = " ".join(["word"] * 60)  # 299 bytes
    table = f"CD,PARM,VAL\nTITLE,Trial Title,{title}\nADDON,Added on to Existing Treatments,N\n"
    result = Tiny(tmp_path, datasets={"TS": TS % TSVAL1}, tables={"ts.csv": table}).run()
    assert rows(result, "TS", "TSPARMCD", "TSVAL", "TSVAL1") == [
        ["ADDON", "N", None],
        ["TITLE", " ".join(["word"] * 40), " ".join(["word"] * 20)],
    ]
    assert [f.rule for f in result.findings if f.severity == "error"] == []


def test_the_variable_that_takes_the_rest_is_declared(tmp_path: Path) -> None:
    with pytest.raises(SpecErrors, match="TS has no supplemental qualifiers; declare TSVAL1 as a variable"):
        Tiny(tmp_path, datasets={"TS": TS % ""}, tables={"ts.csv": "CD,PARM,VAL\nADDON,Added on,N\n"}).run()
