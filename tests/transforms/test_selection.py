"""A value of the subject's earliest record (design basis 3.2: the dose of the first infusion)."""

import numpy as np
import pandas as pd

from transforms.columns import plain, text
from transforms.registry import Records, Related
from transforms.selection import first_value

SUBJECT, ROWS = np.array([0, 0, 2, 2, 2]), np.array([1, 3, 4, 7, 9])
DATES = Related("EX.EXSTDTC", text(["2025-06-20", "2025-03-10T10:30", None, "2025-04", "2025-04-02"]), SUBJECT, ROWS)


def test_value_of_the_earliest_record_of_each_subject() -> None:
    doses = Related("EX.EXDOSE", pd.Series([282.6, 148.5, 10.0, 20.0, 30.0]), SUBJECT, ROWS)
    outcome = first_value(doses, DATES, Records(np.array([0, 1, 2]), np.arange(3)))
    assert plain(outcome.values) == [148.5, None, 20.0]
    [edge] = outcome.edges
    assert (edge.role, edge.of, edge.rows.tolist(), edge.of_rows.tolist()) == ("deciding", "EX", [0, 2], [3, 7])


def test_text_values_and_no_records_at_all() -> None:
    lots = Related("EX.EXLOT", text(["B", "A", None, "C", "D"]), SUBJECT, ROWS)
    records = Records(np.array([0, 2, 2]), np.arange(3))
    assert plain(first_value(lots, DATES, records).values) == ["A", "C", "C"]
    none = np.empty(0, dtype=np.int64)
    empty = Related("EX.EXLOT", text([]), none, none)
    assert plain(first_value(empty, Related("EX.EXSTDTC", text([]), none, none), records).values) == [None] * 3
