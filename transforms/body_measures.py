"""Values computed from measurements of the body: mass index, surface area, mean arterial pressure.

The formulas are those of admiral's ``compute_bmi``, ``compute_bsa`` and ``compute_map`` (admiral 1.4.1). Height is in
cm, weight in kg, pressure in mmHg, heart rate in beats per minute. Results have 15 significant digits.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from transforms.columns import Column, numbers, take_numbers
from transforms.registry import register

Numbers: TypeAlias = npt.NDArray[np.float64]
Surface: TypeAlias = Literal["Mosteller", "DuBois-DuBois"]
SURFACE = "Mosteller: sqrt(height * weight / 3600); DuBois-DuBois: 0.007184 * height^0.725 * weight^0.425"
PRESSURE = (
    "(2 * diastolic + systolic) / 3; with a heart rate, diastolic + 0.01 * exp(4.14 - 40.74 / heart rate) * (systolic "
    "- diastolic)"
)


@register("{weight} in kg divided by the square of {height} in m (given in cm)", scope="record")
def compute_bmi(height: Column, weight: Column) -> Column:
    """The body mass index in kg/m2 of a height in cm and a weight in kg; missing without either, or for a height of 0.

    Source: admiral 1.4.1, compute_bmi.
    """
    return rounded(body_mass_index(_given(height), _given(weight)))


@register(f"Body surface area in m2 by {{method}} of {{height}} in cm and {{weight}} in kg ({SURFACE})", scope="record")
def compute_bsa(height: Column, weight: Column, method: Surface) -> Column:
    """The body surface area in m2 of a height in cm and a weight in kg; missing unless both are above 0.

    Source: admiral 1.4.1, compute_bsa; Mosteller, N Engl J Med 1987;317:1098; Du Bois, Arch Intern Med 1916;17:863-71.
    """
    return rounded(surface_area(_given(height), _given(weight), method))


@register(
    f"Mean arterial pressure of systolic {{sysbp}} and diastolic {{diabp}}[ with the heart rate {{hr}}] ({PRESSURE})",
    scope="record",
)
def compute_map(sysbp: Column, diabp: Column, hr: Column | None = None) -> Column:
    """The mean arterial pressure in mmHg of systolic and diastolic pressure, and of a heart rate where one is named.

    Missing without one of those that are named. Source: admiral 1.4.1, compute_map.
    """
    return rounded(mean_pressure(_given(sysbp), _given(diabp), None if hr is None else _given(hr)))


def body_mass_index(height: Numbers, weight: Numbers) -> Numbers:
    """kg/m2 of cm and kg."""
    squared = np.where(height > 0, height * height, np.nan)
    result: Numbers = weight * 10000 / squared
    return result


def surface_area(height: Numbers, weight: Numbers, method: Surface) -> Numbers:
    """m2 of cm and kg."""
    there = (height > 0) & (weight > 0)
    height, weight = np.where(there, height, np.nan), np.where(there, weight, np.nan)
    result: Numbers = (
        np.sqrt(height * weight / 3600) if method == "Mosteller" else 0.007184 * height**0.725 * weight**0.425
    )
    return result


def mean_pressure(systolic: Numbers, diastolic: Numbers, rate: Numbers | None) -> Numbers:
    """mmHg of mmHg, and of beats per minute."""
    if rate is None:
        return (2 * diastolic + systolic) / 3
    beats = np.where(rate > 0, rate, np.nan)
    result: Numbers = diastolic + 0.01 * np.exp(4.14 - 40.74 / beats) * (systolic - diastolic)
    return result


def rounded(values: Numbers) -> Column:
    """Computed numbers to 15 significant digits, without binary noise."""
    distinct, inverse = np.unique(values, return_inverse=True)
    return take_numbers([None if np.isnan(v) else float(f"{v:.15g}") for v in distinct], inverse.astype(np.int64))


def _given(column: Column) -> Numbers:
    return numbers(column).to_numpy(dtype=np.float64)
