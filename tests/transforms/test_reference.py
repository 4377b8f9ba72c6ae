"""The infusion that a sample is timed from (design basis 3.7; scenario C10: re-infusion)."""

import numpy as np

from transforms.columns import plain, text
from transforms.reference import reference_number, reference_start
from transforms.registry import Records, Related

# Subject 0 has two infusions, subject 1 none, subject 2 one.
INFUSIONS = Related(
    "EX.EXSTDTC",
    text(["2025-07-15T09:00", "2025-03-10T10:30", "2025-04-01", "2025"]),
    np.array([0, 0, 2, 2]),
    np.array([7, 3, 5, 6]),
)
DATES = ["2025-03-10T08:00", "2025-03-01", "2025-07-14", "2025-07-15", "2025-12-01", None, "2025-03-10", "2025-04-08"]
RECORDS = Records(np.array([0, 0, 0, 0, 0, 0, 1, 2]), np.arange(8))


def test_reference_start_by_day() -> None:
    made = reference_start(text(DATES), INFUSIONS, RECORDS)
    first, second = "2025-03-10T10:30", "2025-07-15T09:00"
    assert plain(made.values) == [first, first, first, second, second, first, None, "2025-04-01"]
    assert made.edges[0].rows.tolist() == [0, 1, 2, 3, 4, 5, 7]
    assert made.edges[0].of_rows.tolist() == [3, 3, 3, 7, 7, 3, 5]


def test_reference_number_counts_infusions() -> None:
    assert plain(reference_number(text(DATES), INFUSIONS, RECORDS)) == ["1", "1", "1", "2", "2", "1", None, "1"]


def test_no_infusion_at_all() -> None:
    none = Related("EX.EXSTDTC", text([]), np.array([], dtype=np.int64), np.array([], dtype=np.int64))
    assert plain(reference_start(text(DATES), none, RECORDS).values) == [None] * 8
