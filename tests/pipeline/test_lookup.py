"""Lookups: rows of a table that hold for every value, periods that include their last day, texts made of columns."""

from __future__ import annotations

import numpy as np

from pipeline.methods import Raw, evaluate
from specs.model import Variable
from specs.resolve import StudyModel
from transforms.columns import Codes, Column, plain, text

LABS: dict[str, Column] = {
    "LAB": text(["L01", "L01", "L01", "L01"]),
    "TEST": text(["HGB", "HGB", "HGB", "WBC"]),
    "SEX": text(["M", "M", "", ""]),
    "LLN": text(["120", "130", "110", "3.5"]),
    "FROM": text(["2024-01-01", "2025-05-01", "2024-01-01", "2024-01-01"]),
    "TO": text(["2025-04-30", "", "", ""]),
}


def _asked(lookup: dict[str, object], **columns: list[str | None]) -> tuple[list[str | None], list[str]]:
    frame = {name: text(values) for name, values in columns.items()}
    size = len(next(iter(columns.values())))

    def labs(_name: str) -> tuple[dict[str, Column], Codes]:
        return LABS, np.arange(4, dtype=np.int64)

    raw = Raw(lambda c: frame[c], size, StudyModel.__new__(StudyModel), "LB", labs)
    made = evaluate(Variable.model_validate({"lookup": {"source": "labs", "take": "LLN", **lookup}}), "LB._LOW", raw)
    return plain(made.values), [f"{p.rule} {p.rows.tolist()}" for p in made.problems]


AS_OF = {"date": "DATE", "from": "FROM", "to": "TO", "inclusive": True}


def test_a_row_that_names_the_value_goes_before_one_that_leaves_it_open() -> None:
    """Men have a range of their own; who is not a man, or of unknown sex, has the one for all."""
    match = {"LAB": "LAB", "TEST": {"value": "HGB"}, "SEX": "SEX"}
    values, problems = _asked(
        {"match": match, "as_of": AS_OF, "any_if_empty": ["SEX"]},
        LAB=["L01", "L01", "L01", "L02"],
        SEX=["M", "F", None, "M"],
        DATE=["2025-06-01"] * 4,
    )
    assert values == ["130", "110", "110", None]
    assert problems == ["LOOKUP_UNMATCHED [3]"]


def test_j27_the_last_day_of_a_period_belongs_to_it_when_inclusive() -> None:
    match = {"LAB": "LAB", "TEST": {"value": "HGB"}, "SEX": {"value": "M"}}
    dates = ["2025-04-30", "2025-05-01", "2023-12-31"]
    given = {"LAB": ["L01"] * 3, "DATE": dates}
    values, _ = _asked({"match": match, "as_of": AS_OF, "optional": True}, **given)
    assert values == ["120", "130", None]
    values, _ = _asked({"match": match, "as_of": {**AS_OF, "inclusive": False}, "optional": True}, **given)
    assert values == [None, "130", None]


def test_a_text_made_of_columns_is_missing_where_one_of_them_is() -> None:
    match = {"LAB": {"text": "L{SITE}"}, "TEST": {"value": "WBC"}, "SEX": "SEX"}
    values, problems = _asked({"match": match, "any_if_empty": ["SEX"]}, SITE=["01", None, "09"], SEX=[None, None, "F"])
    assert values == ["3.5", None, None]
    assert problems == ["LOOKUP_UNMATCHED [2]"]


def test_two_rows_that_match_are_a_finding_and_none_is_taken() -> None:
    match = {"LAB": "LAB", "TEST": {"value": "HGB"}, "SEX": {"value": "M"}}
    values, problems = _asked({"match": match}, LAB=["L01"])
    assert values == [None]
    assert problems == ["LOOKUP_AMBIGUOUS [0]"]
