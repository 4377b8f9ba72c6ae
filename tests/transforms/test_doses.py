"""Doses per body surface, and the level that a received dose stands for (design basis 3.2 and 3.8; E05, E11)."""

import pandas as pd
import pytest

from transforms.columns import plain, text
from transforms.doses import amount_per, dose_level

LEVELS = pd.DataFrame({"ARMCD": ["DL3", "DL1", "DL2"], "DOSE": ["450", "150", "300"]}, dtype="str")


def test_mg_per_square_meter_in_six_significant_digits() -> None:
    found = amount_per(
        text(["52", "44", "519", None, "52", "52", "52"]), text(["1.73", "1.48", "1.73", "1", "", "0", "x"])
    )
    assert plain(found) == [30.0578, 29.7297, 300, None, None, None, None]


@pytest.mark.parametrize(
    ("received", "assigned", "expected"),
    [
        (148.5, "DL1", "DL1"),
        (300.0, "DL1", "DL2"),  # E05: infused at a higher level than assigned
        (105.0, "DL1", "DL1"),  # E11: 70 percent of the planned cells
        (210.0, "DL2", "DL2"),  # a reduced dose is not the level below
        (150.0, "DL2", "DL1"),
        (240.0, "DL2", "DL2"),
        (180.0, None, "DL1"),
        (225.0, "DL1", None),  # more than planned, and no other level
        (700.0, "DL3", None),
        (90.0, None, None),
        (0.0, "DL1", None),
        (None, "DL1", None),
        (100.0, "DL9", None),
    ],
)
def test_e05_level_by_the_cells_received(received: float | None, assigned: str | None, expected: str | None) -> None:
    assert plain(dose_level(pd.Series([received], dtype="float64"), text([assigned]), LEVELS, 20)) == [expected]


def test_of_two_levels_equally_near_the_lower() -> None:
    levels = pd.DataFrame({"LEVEL": ["B", "A"], "MG": ["150", "100"]}, dtype="str")
    found = dose_level(pd.Series([120.0]), text([None]), levels, 20, level="LEVEL", planned="MG")
    assert plain(found) == ["A"]


def test_a_table_without_the_level_is_named() -> None:
    with pytest.raises(ValueError, match="no column ARMCD; it has DOSE"):
        dose_level(pd.Series([1.0]), text(["DL1"]), LEVELS[["DOSE"]], 20)
