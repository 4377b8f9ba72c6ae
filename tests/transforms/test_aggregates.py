"""Sums, numbers of values and linked records."""

import numpy as np

from tests.transforms.related import related
from transforms.aggregates import any_linked_record, count_values, total
from transforms.columns import plain, text
from transforms.registry import Edge, Records


def records(*subjects: int) -> Records:
    return Records(np.array(subjects, dtype=np.int64), np.arange(len(subjects), dtype=np.int64))


def pairs(edge: Edge) -> list[tuple[int, int]]:
    return sorted(zip(edge.rows.tolist(), edge.of_rows.tolist(), strict=True))


def test_the_sum_of_what_is_there() -> None:
    dose = related("EX.EXDOSE", [30.0, 29.5, None, 300.0, 1.0], [0, 0, 0, 2, -1])
    made = total(dose, records(0, 1, 2, -1))
    assert plain(made.values) == [59.5, None, 300.0, None]
    assert (made.edges[0].role, made.edges[0].of) == ("member", "EX")
    assert pairs(made.edges[0]) == [(0, 0), (0, 1), (2, 3)]


def test_lines_of_therapy_are_counted_once_over_drugs_and_procedures() -> None:
    drugs = related("CM.CMSCAT", ["LINE 1", "LINE 1", "LINE 3", None], [0, 0, 0, 1])
    procedures = related("PR.PRSCAT", ["LINE 2", "LINE 3"], [0, 0])
    made = count_values([drugs, procedures], records(0, 1))
    assert plain(made.values) == [3, 0]
    assert [edge.of for edge in made.edges] == ["CM", "PR"]
    assert pairs(made.edges[0]) == [(0, 0), (0, 1), (0, 2)]


def test_nothing_to_count() -> None:
    assert plain(count_values([related("CM.CMSCAT", [])], records(0)).values) == [0]
    assert plain(total(related("EX.EXDOSE", []), records(0)).values) == [None]


def test_a_record_is_linked_by_its_identifier_within_its_subject() -> None:
    drug = related("FA.FASEQ", [1.0, 2.0, 3.0], [0, 0, 1])
    event = related("FA.FASPID", ["5", "6", "7"], [0, 0, 1])
    made = any_linked_record(drug, event, text(["5", "7", "7", None]), records(0, 0, 1, 1))
    assert plain(made.values) == ["Y", "N", "Y", "N"]
    assert (made.edges[0].role, made.edges[0].of) == ("member", "FA")
    assert pairs(made.edges[0]) == [(0, 0), (2, 2)]


def test_a_list_of_identifiers_names_each_of_them() -> None:
    drug = related("CM.CMSEQ", [1.0, 2.0, 3.0], [0, 0, 0])
    events = related("CM.CMAENO", ["1, 8", "18", None], [0, 0, 0])
    keys = text(["1", "8", "18", "2"])
    assert plain(any_linked_record(drug, events, keys, records(0, 0, 0, 0), separator=",").values) == [
        "Y",
        "Y",
        "Y",
        "N",
    ]
    assert plain(any_linked_record(drug, events, keys, records(0, 0, 0, 0), no="").values) == [None, None, "Y", None]


def test_no_links_at_all() -> None:
    nothing = related("CM.CMSEQ", []), related("CM.CMAENO", [])
    assert plain(any_linked_record(*nothing, text(["1"]), records(0), separator=",").values) == ["N"]
