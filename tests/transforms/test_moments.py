"""Numeric dates as people read them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.columns import plain
from transforms.moments import iso_days


def test_numeric_dates_as_iso_8601() -> None:
    days = pd.Series([0.0, 23801.0, np.nan, -1.0, 23801.0, 3653.0])
    assert plain(iso_days(days)) == ["1960-01-01", "2025-03-01", None, "1959-12-31", "2025-03-01", "1970-01-01"]
