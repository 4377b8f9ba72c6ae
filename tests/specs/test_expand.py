"""Names with ``--``, from the spec to the model."""

from typing import Any

import pytest

from specs.expand import emptied, expand_row, fill_prefix
from specs.nodes import Node
from specs.problems import Place


def _node(value: Any) -> Node:
    place = Place("sdtm/AE.yaml", 1, 1)
    if isinstance(value, dict):
        return Node({k: _node(v) for k, v in value.items()}, place)
    if isinstance(value, list):
        return Node([_node(v) for v in value], place)
    return Node(value, place)


def test_two_hyphens_stand_for_the_letters_of_the_dataset() -> None:
    given = {"--STDY": {"derive": "study_day", "with": {"date": "--STDTC", "reference": "DM.RFSTDTC"}}}
    expected = {"AESTDY": {"derive": "study_day", "with": {"date": "AESTDTC", "reference": "DM.RFSTDTC"}}}
    assert fill_prefix(_node(given), "AE").plain() == expected


def test_in_every_they_stand_for_all_datasets() -> None:
    given = {"RFPENDTC": {"derive": "latest", "with": {"of": {"every": ["--DTC", "--STDTC"], "except": ["SE"]}}}}
    assert fill_prefix(_node(given), "DM").plain() == given


KEYS = {
    "result": {"variable": "_RESULT", "method": "copy", "needed": True},
    "status": {"variable": "_NOTDONE", "method": "copy", "needed": "beside"},
    "reason": {"variable": "_REASON", "method": "copy", "needed": "beside"},
    "standard_unit": {"variable": "_STANDARD", "method": "value", "absent": "AS COLLECTED"},
}


def _row(given: dict[str, object], shared: object = None) -> dict[str, object]:
    row = expand_row(_node(given), "VS rows.all", _node(KEYS).mapping, [], _node(shared or {}))
    plain: dict[str, object] = row.plain()
    return plain


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"result": "RES"}, "`RES` is not missing"),
        ({"result": "RES", "where": "A = 'B'"}, "(A = 'B') and `RES` is not missing"),
        ({"result": "RES", "reason": "WHY"}, "(`RES` is not missing or `WHY` is not missing)"),
        ({"result": {"copy": ["A", "B"]}}, "(`A` is not missing or `B` is not missing)"),
        ({"result": "RES", "status": {"code": {"column": "ND"}}}, "(`RES` is not missing or `ND` is not missing)"),
        ({"result": "RES", "status": {"value": "Y"}}, "`RES` is not missing"),  # a constant is not in the record
        (
            {"result": "RES", "status": {"when": [{"if": "DONE = 'No'", "value": "Y"}, {"else": {"value": "N"}}]}},
            "(`RES` is not missing or (DONE = 'No'))",
        ),
        (
            {"result": "RES", "reason": {"when": [{"if": "DONE = 'No'", "copy": "WHY"}]}},
            "(`RES` is not missing or ((DONE = 'No') and `WHY` is not missing))",
        ),
        ({"result": "RES", "status": {"when": [{"if": "DONE = 'Yes'", "value": "N"}]}}, "`RES` is not missing"),
        ({"status": "ND", "reason": "WHY"}, None),  # a kind of rows for what was not done
    ],
)
def test_which_raw_rows_are_records(given: dict[str, object], where: str | None) -> None:
    assert _row(given).get("where") == where


def test_a_reason_that_the_dataset_gives_counts_too() -> None:
    shared = {"_REASON": {"copy": "WHY"}, "VSPOS": {"copy": "POSITION"}}
    assert _row({"result": "RES"}, shared)["where"] == "(`RES` is not missing or `WHY` is not missing)"


def test_what_a_row_with_a_result_leaves_out() -> None:
    standard = {"value": "AS COLLECTED"}
    assert _row({"result": "RES"})["variables"] == {"_RESULT": {"copy": "RES"}, "_STANDARD": standard}
    assert _row({"result": "RES"}, {"_STANDARD": {"copy": "U"}})["variables"] == {"_RESULT": {"copy": "RES"}}
    assert _row({"result": "RES", "standard_unit": "g/L"})["variables"] == {
        "_RESULT": {"copy": "RES"},
        "_STANDARD": {"value": "g/L"},
    }
    assert _row({"status": "ND"})["variables"] == {"_NOTDONE": {"copy": "ND"}}


def test_only_what_a_dataset_has_is_emptied() -> None:
    given = {"--ORRESU": "--STAT = 'NOT DONE'", "--LOC": "--STAT = 'NOT DONE'", "--POS": "--METHOD = 'X'"}
    dataset = {"variables": {"VSORRESU": {"code": "U"}, "VSSTAT": {}, "VSPOS": {}}}
    assert emptied(_node(dataset), _node(given), "VS").plain() == {"VSORRESU": "VSSTAT = 'NOT DONE'"}
