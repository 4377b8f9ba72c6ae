"""The accounting: every row of a source is in exactly one set; a sum that does not add up stops the run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.accounting import AccountingError, Taken, account, looked_up
from pipeline.extract import Source
from pipeline.records import Part
from specs.model import SourceSpec
from tests.pipeline.one_range import codes
from transforms.registry import Edge


def source(*status: int, rejected: int = 0) -> Source:
    """Rows as the extract left them: 0 active, 1 filtered, 2 duplicate, 3 without a subject."""
    numbers = np.arange(len(status), dtype=np.int64) + 2
    person = np.zeros(len(status), dtype=np.int64)
    spec = SourceSpec(file="lb.csv", subject="SUBJECT")
    return Source("lb", spec, pd.DataFrame(), numbers, codes(*status), person, rejected, size=len(status))


def lines(found: pd.DataFrame, level: str) -> list[tuple[str, str, int]]:
    """Dataset, category and count of the lines of one level."""
    of = found[found["level"] == level]
    return list(zip(of["dataset"], of["category"], of["count"].tolist(), strict=True))


def test_every_row_of_a_source_is_in_one_category() -> None:
    """Row 0 is used twice, row 1 went with the cut, row 2 in one dataset only; 3 is left; 4 to 6 were set aside."""
    taken = [
        Taken("lb", "LB.HGB", codes(0, 1, 2), codes(0, 1, 2, 3), cut=codes(1)),
        Taken("lb", "LB.WBC", codes(0, 2), codes(0, 1, 2, 3), cut=codes(2)),
    ]
    found = account({"lb": source(0, 0, 0, 0, 1, 2, 3, rejected=2)}, taken)
    assert lines(found, "source") == [
        ("", "used", 2),
        ("", "removed by the cut", 1),
        ("", "filtered by mapping", 1),
        ("", "filtered", 1),
        ("", "duplicate", 1),
        ("", "no subject", 1),
        ("", "rejected", 2),
    ]


def test_cells_of_each_kind_of_row_are_used_cut_or_left() -> None:
    taken = [
        Taken("lb", "LB.HGB", codes(0, 1, 2), codes(0, 1, 2, 3), cut=codes(1), taking="where HGB is not missing"),
        Taken("lb", "LB.WBC", codes(), codes(0, 1, 2, 3)),
    ]
    found = account({"lb": source(0, 0, 0, 0)}, taken)
    assert lines(found, "rows") == [
        ("LB.HGB", "used", 2),
        ("LB.HGB", "removed by the cut", 1),
        ("LB.HGB", "filtered by mapping", 1),
        ("LB.WBC", "used", 0),
        ("LB.WBC", "removed by the cut", 0),
        ("LB.WBC", "filtered by mapping", 4),
    ]
    reasons = found[found["reason"] != ""]
    assert reasons[["dataset", "category", "reason"]].to_numpy().tolist() == [
        ["LB.HGB", "filtered by mapping", "where HGB is not missing"]
    ]


def test_a_kind_of_row_adds_up_over_ranges() -> None:
    """Two ranges saw two rows each, and each took one."""
    taken = [Taken("lb", "LB.HGB", codes(0), codes(0, 1)), Taken("lb", "LB.HGB", codes(3), codes(2, 3))]
    found = account({"lb": source(0, 0, 0, 0)}, taken)
    assert lines(found, "rows") == [
        ("LB.HGB", "used", 2),
        ("LB.HGB", "removed by the cut", 0),
        ("LB.HGB", "filtered by mapping", 2),
    ]


def test_a_source_without_rows_that_nobody_asks_for() -> None:
    found = account({"lb": source()}, [])
    assert found["count"].tolist() == [0] * 7
    assert set(found["level"]) == {"source"}


def test_an_optional_file_that_is_absent_is_not_accounted_for() -> None:
    found = account({"lb": source(0)}, [Taken("qs", "QS.all", codes(), codes())])
    assert set(found["source"]) == {"lb"}


@pytest.mark.parametrize("status", [1, 2, 3])
def test_a_row_that_was_set_aside_and_used_stops_the_run(status: int) -> None:
    with pytest.raises(AccountingError, match="source lb: rows that were set aside were used"):
        account({"lb": source(0, status)}, [Taken("lb", "LB.HGB", codes(1), codes(0, 1))])


def test_a_row_that_was_set_aside_and_cut_stops_the_run() -> None:
    with pytest.raises(AccountingError, match="set aside"):
        account({"lb": source(0, 2)}, [Taken("lb", "LB.HGB", codes(), codes(0), cut=codes(1))])


def test_a_row_of_an_unknown_category_stops_the_run() -> None:
    with pytest.raises(AccountingError, match="source lb"):
        account({"lb": source(0, 7)}, [])


def test_rows_that_only_gave_a_value_are_used_too() -> None:
    """A range of row 1 stands behind two results; a row of another dataset is no row of a source."""
    part = Part("LB", {}, 2, codes(0, 0), codes(0, 0), ["HGB"], codes(0, 0), ["source:lb"], codes(0, 1))
    part.edges = [
        ("LBORNRLO", Edge("lookup", "source:ranges", codes(0, 1), codes(1, 1))),
        ("LBDY", Edge("lookup", "DM", codes(0, 1), codes(0, 0))),
    ]
    found = account({"ranges": source(0, 0, 0)}, looked_up(part))
    assert lines(found, "source")[:2] == [("", "used", 1), ("", "removed by the cut", 0)]
    assert lines(found, "rows") == []
