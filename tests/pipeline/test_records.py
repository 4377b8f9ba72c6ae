"""The records of a dataset while it is made: taking some of them moves their lineage along."""

from __future__ import annotations

from pipeline.records import Part
from tests.pipeline.one_range import codes, edges, shown
from transforms.columns import plain, text
from transforms.registry import Edge


def three() -> Part:
    """Records of rows 5 and 2 of lb.csv (in this order), then one of row 7 of qs.csv."""
    made = Part(
        "LB",
        {"LBTESTCD": text(["HGB", None, "WBC"])},
        3,
        codes(1, 0, 1),
        codes(0, 0, 1),
        ["lb", "qs"],
        codes(0, 0, 1),
        ["source:lb", "source:qs"],
        codes(5, 2, 7),
    )
    made.edges += [("LBORNRLO", Edge("lookup", "source:ranges", codes(0, 2), codes(11, 13)))]
    made.edges += [("LBBLFL", Edge("deciding", "EX", codes(1, 1), codes(4, 5)))]
    return made


def test_records_are_taken_in_the_order_asked_for_with_their_lineage() -> None:
    part = three().take(codes(2, 0))
    assert shown(part, "LBTESTCD") == [["WBC"], ["HGB"]]
    assert (part.subject.tolist(), part.template.tolist(), part.source.tolist()) == ([1, 1], [1, 0], [1, 0])
    assert (part.source_row.tolist(), part.sources, part.templates) == (
        [7, 5],
        ["source:lb", "source:qs"],
        ["lb", "qs"],
    )
    assert edges(part) == [
        ("LBORNRLO", "lookup", "source:ranges", [(1, 11), (0, 13)]),
        ("LBBLFL", "deciding", "EX", []),
    ]


def test_several_edges_of_one_record_stay_together() -> None:
    assert edges(three().take(codes(1)))[1] == ("LBBLFL", "deciding", "EX", [(0, 4), (0, 5)])


def test_no_record_may_be_taken() -> None:
    part = three().take(codes())
    assert (part.size, shown(part, "LBTESTCD"), [e[3] for e in edges(part)]) == (0, [], [[], []])


def test_a_variable_without_values_is_missing_in_every_record() -> None:
    assert shown(three(), "LBTESTCD", "LBSTAT") == [["HGB", None], [None, None], ["WBC", None]]
    assert Part.empty("LB").column("LBSTAT").empty


def test_records_are_ranked_as_they_were_delivered() -> None:
    """By source, then by row: the record of row 2 is first, that of the second file last."""
    assert three().records.identity.tolist() == [1, 0, 2]
    assert three().records.subject.tolist() == [1, 0, 1]


def test_two_records_of_one_raw_row_are_ranked_by_kind_of_row() -> None:
    part = Part("LB", {}, 2, codes(0, 0), codes(1, 0), ["HGB", "WBC"], codes(0, 0), ["source:lb"], codes(3, 3))
    assert part.records.identity.tolist() == [1, 0]


def test_some_variables_as_a_frame() -> None:
    frame = three().frame(["LBTESTCD", "LBSTAT"])
    assert [plain(frame[c]) for c in frame.columns] == [["HGB", None, "WBC"], [None, None, None]]
    assert len(Part.empty("LB").frame(["LBTESTCD"])) == 0
