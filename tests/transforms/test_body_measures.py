"""Mass index, surface area and mean arterial pressure, with the numbers of admiral's documentation."""

import numpy as np
import pandas as pd
import pytest

from transforms.body_measures import compute_bmi, compute_bsa, compute_map
from transforms.columns import plain, text

HEIGHT = pd.Series([170.0, 185.0, 0.0, np.nan])
WEIGHT = pd.Series([75.0, 90.0, 75.0, 75.0])


def test_body_mass_index() -> None:
    made = plain(compute_bmi(HEIGHT, WEIGHT))
    assert made[:2] == pytest.approx([25.9515570934256, 26.2965668370343])
    assert made[2:] == [None, None]
    assert plain(compute_bmi(text(["200", "x"]), text(["80", "80"]))) == [20.0, None]


def test_body_surface_area() -> None:
    assert plain(compute_bsa(HEIGHT, WEIGHT, "Mosteller"))[:2] == pytest.approx([1.88193163, 2.15058132])
    assert plain(compute_bsa(HEIGHT, WEIGHT, "DuBois-DuBois")) == [
        pytest.approx(0.007184 * 41.3955 * 6.26613, rel=1e-4),
        pytest.approx(0.007184 * 44.0148 * 6.77091, rel=1e-3),
        None,
        None,
    ]


def test_mean_arterial_pressure() -> None:
    systolic, diastolic, rate = pd.Series([121.0, np.nan]), pd.Series([51.0, 51.0]), pd.Series([59.0, 59.0])
    assert plain(compute_map(systolic, diastolic)) == [74.3333333333333, None]
    assert plain(compute_map(systolic, diastolic, rate)) == [pytest.approx(73.03907, abs=1e-5), None]
    assert plain(compute_map(systolic, diastolic, pd.Series([0.0, 59.0]))) == [None, None]
