"""Origins in the words of Define-XML 2.1, inferred from the method (design, section 3, rule 4)."""

from __future__ import annotations

import pytest

from specs.model import Variable
from specs.origins import inferred_origin


@pytest.mark.parametrize(
    ("method", "raw", "of_dataset"),
    [
        ({"copy": "X"}, "Collected", "Predecessor"),
        ({"code": "X"}, "Collected", "Derived"),
        ({"datetime": "X"}, "Collected", "Derived"),
        ({"value": "X"}, "Assigned", "Assigned"),
        ({"predecessor": "DM.ARM"}, "Predecessor", "Predecessor"),
        ({"derive": "study_day"}, "Derived", "Derived"),
        ({"derive": "clean"}, "Collected", "Collected"),
        ({"derive": "of_a_pack"}, "Derived", "Derived"),
        ({"lookup": {"table": "t.csv", "match": {}, "take": "X"}}, "Protocol", "Protocol"),
        ({"lookup": {"source": "labs", "match": {}, "take": "X"}}, "Collected", "Collected"),
        ({"dictionary": "MedDRA", "copy": "X"}, "Assigned", "Assigned"),
        ({"origin": "Not Available", "copy": "X"}, "Not Available", "Not Available"),
        ({"origin": "Derived", "dictionary": "MedDRA", "copy": "X"}, "Derived", "Derived"),
        ({}, "", ""),
    ],
)
def test_the_origin_of_a_method(method: dict[str, object], raw: str, of_dataset: str) -> None:
    variable = Variable.model_validate(method)
    assert inferred_origin(variable) == raw
    assert inferred_origin(variable, of_dataset=True) == of_dataset


@pytest.mark.parametrize(
    ("one", "other", "origin"),
    [
        ({"value": "N"}, {"copy": "X"}, "Collected"),
        ({"copy": "X"}, {"derive": "study_day"}, "Derived"),
        ({"value": "N"}, {"predecessor": "DM.ARM"}, "Predecessor"),
        ({"value": "N"}, {"lookup": {"table": "t.csv", "match": {}, "take": "X"}}, "Protocol"),
        ({"lookup": {"table": "t.csv", "match": {}, "take": "X"}}, {"copy": "X"}, "Collected"),
    ],
)
def test_of_several_methods_the_one_that_says_most(
    one: dict[str, object], other: dict[str, object], origin: str
) -> None:
    for first, second in ((one, other), (other, one)):
        variable = Variable.model_validate({"when": [{"if": "X = 'Y'", **first}, {"else": second}]})
        assert inferred_origin(variable) == origin
