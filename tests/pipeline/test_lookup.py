"""Lookups: rows of a table that hold for every value, periods that include their last day, texts made of columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.methods import Raw, evaluate
from specs.model import Variable
from specs.resolve import StudyModel
from tests.pipeline.tiny import Tiny, rows
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
    assert problems == ["LOOKUP_UNMATCHED [2]", "LOOKUP_EMPTY [1]"]


def test_two_rows_that_match_are_a_finding_and_none_is_taken() -> None:
    match = {"LAB": "LAB", "TEST": {"value": "HGB"}, "SEX": {"value": "M"}}
    values, problems = _asked({"match": match}, LAB=["L01"])
    assert values == [None]
    assert problems == ["LOOKUP_AMBIGUOUS [0]"]


RANGES = "LAB,LOW,F,T\nA,7,01-JAN-2020,31-JAN-2025\nA,5,01-FEB-2025,\n"
LB = """
rows:
  alt:
    from: lb
    testcd: ALT
    result: ALT
    unit: {value: U/L}
    standard_unit: U/L
    date: {date: D, format: DD-MON-YYYY}
    low: {lookup: {source: ranges, match: {LAB: LAB}, take: LOW, as_of: AS_OF}}
""".replace("AS_OF", "{date: D, format: DD-MON-YYYY, from: F, to: T, inclusive: true}")


def _ranges(folder: Path, ranges: str, lb: str, head: str = "") -> tuple[list[object], list[tuple[object, ...]]]:
    """LBORNRLO of each record, and what is told of the lookup: rule, file, column, value, rows."""
    study = Tiny(
        folder,
        head=head,
        sources={"lb": "{file: lb.csv, subject: SUBJECT}", "ranges": "{file: ranges.csv, kind: vendor}"},
        datasets={"LB": LB},
        raw={"dm": "SUBJECT\n01\n02\n03\n", "lb": f"SUBJECT,LAB,D,ALT\n{lb}", "ranges": ranges},
    )
    result = study.run()
    wanted = [f for f in result.findings if f.rule.startswith(("LOOKUP", "VALIDITY"))]
    told = [(f.rule, f.file, f.column, f.value, f.rows) for f in wanted]
    return [r[0] for r in rows(result, "LB", "LBORNRLO")], told


def test_a_partial_date_takes_a_row_only_where_it_is_valid_on_all_its_days(tmp_path: Path) -> None:
    low, told = _ranges(tmp_path, RANGES, "01,A,UN-UNK-2025,20\n02,A,UN-JAN-2025,20\n03,A,31-JAN-2025,20\n")
    assert low == [None, "7", "7"]
    assert told == [("LOOKUP_CHANGING", "lb.csv", "", "A", (2,))]


def test_an_unreadable_end_is_no_open_end_and_iso_dates_are_read_beside_the_format(tmp_path: Path) -> None:
    ranges = "LAB,LOW,F,T\nA,7,2020-01-01,31-DEC-2024\nA,5,2025-01-01,\nB,9,2025-01-01,garbage\nB,8,UN-FEB-2025,\n"
    low, told = _ranges(tmp_path, ranges, "01,A,06-JAN-2025,20\n02,B,06-JAN-2025,20\n", "range_size: 1")
    assert low == ["5", None]
    assert told == [
        ("LOOKUP_UNMATCHED", "lb.csv", "", "B", (3,)),
        ("VALIDITY_UNREADABLE", "ranges.csv", "F", "UN-FEB-2025", (5,)),
        ("VALIDITY_UNREADABLE", "ranges.csv", "T", "garbage", (4,)),
    ]


def test_a_row_expired_years_ago_is_not_valid_whatever_its_format(tmp_path: Path) -> None:
    low, told = _ranges(tmp_path, "LAB,LOW,F,T\nB,99,2019-01-01,2019-12-31\n", "01,B,06-JAN-2025,20\n")
    assert low == [None]
    assert told == [("LOOKUP_UNMATCHED", "lb.csv", "", "B", (2,))]


def test_where_nothing_can_be_looked_up_there_is_a_finding(tmp_path: Path) -> None:
    low, told = _ranges(tmp_path, RANGES, "01,,06-JAN-2025,20\n02,A,,20\n")
    assert low == [None, None]
    assert told == [
        ("LOOKUP_EMPTY", "lb.csv", "", "", (2,)),
        ("LOOKUP_UNMATCHED", "lb.csv", "", "A", (3,)),
    ]
