"""Group M of the scenarios: expected values as published there."""

import numpy as np
import numpy.typing as npt
import pytest

from transforms.statistics import (
    Comparison,
    Numbers,
    Survival,
    exact_rate,
    kaplan_meier,
    log_rank,
    months,
    rounded,
    summarise,
)


@pytest.mark.parametrize(
    ("events", "total", "percent", "lower", "upper"),
    [
        pytest.param(12, 18, 66.7, 41.0, 86.7, id="M01"),
        pytest.param(18, 18, 100.0, 81.5, 100.0, id="M02"),
        pytest.param(0, 3, 0.0, 0.0, 70.8, id="M03"),
        pytest.param(9, 14, 64.3, 35.1, 87.2, id="M05"),
    ],
)
def test_exact_rate(events: int, total: int, percent: float, lower: float, upper: float) -> None:
    found = exact_rate(events, total)
    shown = [round(100 * v, 1) for v in (found.estimate, found.lower, found.upper) if v is not None]
    assert shown == [percent, lower, upper]


def test_m07_no_subjects_cannot_be_estimated() -> None:
    found = exact_rate(0, 0)
    assert (found.estimate, found.lower, found.upper) == (None, None, None)


def test_more_events_than_subjects_are_refused() -> None:
    with pytest.raises(ValueError, match="4 of 3 is not a proportion"):
        exact_rate(4, 3)


def test_m06_kaplan_meier() -> None:
    times = np.array([57, 78, 89, 119, 119, 121, 209, 299, 389, 389], dtype=np.float64)
    censored = np.array([0, 1, 0, 1, 0, 0, 1, 0, 1, 1], dtype=bool)
    found = kaplan_meier(times, censored)
    assert found.times == (57, 89, 119, 121, 299)
    assert [round(v, 4) for v in found.survival] == [0.9000, 0.7875, 0.6750, 0.5400, 0.3600]
    assert [round(v, 4) for v in found.lower] == [0.4730, 0.3809, 0.2906, 0.1812, 0.0629]
    assert [round(v, 4) for v in found.upper] == [0.9853, 0.9426, 0.8825, 0.8007, 0.6856]
    assert (found.median.estimate, found.median.lower, found.median.upper) == (299, 57, None)
    assert round(found.at(120).estimate or 0, 4) == 0.6750
    assert found.at(10).estimate == 1.0


def test_m06_lower_limit_of_the_median_is_where_the_lower_curve_reaches_half() -> None:
    # the lower limit at day 57 is 0.4730, which is at most 0.5 already
    times = np.array([10, 20, 30, 40], dtype=np.float64)
    found = kaplan_meier(times, np.zeros(4, dtype=bool))
    assert found.median.estimate == 20
    assert found.events == 4


EXACTLY_HALF = [(62, 0), (215, 0), (234, 0), (300, 1)]
"""S is 0.75 from day 62, exactly 0.5 from 215 until 234, and 0.25 from there; the last is censored on day 300."""


def _curve(times: list[tuple[int, int]]) -> Survival:
    return kaplan_meier(np.array([t for t, _ in times], dtype=float), np.array([bool(c) for _, c in times]))


def test_median_where_survival_is_exactly_half_for_a_while() -> None:
    assert _curve(EXACTLY_HALF).median.estimate == 215  # design basis 4.9: the first time with S <= 0.5
    assert _curve(EXACTLY_HALF).median_at_midpoint.estimate == 224.5  # PROC LIFETEST, R survfit
    assert _curve([(62, 0), (215, 0), (234, 1), (300, 1)]).median_at_midpoint.estimate == 257.5  # until the last time
    assert _curve([(10, 0), (20, 0), (30, 0)]).median_at_midpoint.estimate == 20  # never exactly 0.5


def test_survival_is_not_known_after_the_last_time() -> None:
    found = _curve(EXACTLY_HALF)
    assert (found.at(300).estimate, found.at(301).estimate) == (0.25, None)
    assert _curve([(62, 1), (50, 1)]).at(62).estimate == 1.0
    assert _curve([(62, 1), (50, 1)]).at(63).estimate is None
    assert _curve([(62, 0), (50, 1)]).at(1000).estimate == 0.0  # the last is an event: nobody is left
    assert _curve([(62, 0), (62, 1)]).at(63).estimate is None  # one censored on the day of the last event remains


def test_nobody_with_an_event_has_no_median() -> None:
    found = kaplan_meier(np.array([5.0, 6.0]), np.array([True, True]))
    assert found.median.estimate is None
    assert found.at(5.5).estimate == 1.0
    assert kaplan_meier(np.array([]), np.array([], dtype=bool)).at(1).estimate is None


MERCAPTOPURINE = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
"""Weeks of remission, ended and censored: Freireich et al. 1963, the example of textbooks and of PROC LIFETEST."""


def _sample(ended: list[int], censored: list[int]) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    return np.array(ended + censored, dtype=float), np.array([False] * len(ended) + [True] * len(censored))


def test_log_rank_as_published() -> None:
    found = log_rank(_sample(*MERCAPTOPURINE), _sample(PLACEBO, []))
    assert round(found.chi_square or 0, 2) == 16.79
    assert round(found.p_value or 0, 6) == 0.000042


def test_survival_of_the_same_as_published() -> None:
    median = kaplan_meier(*_sample(*MERCAPTOPURINE)).median
    assert (median.estimate, median.lower, median.upper) == (23, 13, None)
    median = kaplan_meier(*_sample(PLACEBO, [])).median
    assert (median.estimate, median.lower, median.upper) == (8, 4, 11)


def test_log_rank_of_nothing() -> None:
    nobody: tuple[Numbers, npt.NDArray[np.bool_]] = np.array([]), np.array([], dtype=bool)
    assert log_rank(_sample([5], []), nobody) == Comparison(None, None)
    assert log_rank(_sample([], [5]), _sample([], [6])) == Comparison(None, None)  # no event
    assert log_rank(_sample([5], []), _sample([], [1])) == Comparison(None, None)  # alone at risk at the only event


def test_m09_days_to_months() -> None:
    assert round(months(119), 4) == 3.9097
    assert round(months(119), 1) == 3.9


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (6.25, 1, "6.3"),
        (-6.25, 1, "-6.3"),
        (0.285 * 100, 0, "29"),
        (66.66666, 1, "66.7"),
        (3.9097, 1, "3.9"),
        (7.0, 1, "7.0"),
        (48000.5, 0, "48001"),
    ],
)
def test_halves_are_rounded_away_from_zero(value: float, digits: int, shown: str) -> None:
    assert rounded(value, digits) == shown


def test_summary_of_a_sample() -> None:
    found = summarise(np.array([1.0, 10.0, 100.0, np.nan]))
    assert (found.n, found.mean, found.median, found.minimum, found.maximum) == (3, 37.0, 10.0, 1.0, 100.0)
    assert found.geometric_mean == pytest.approx(10.0)
    assert found.geometric_cv == pytest.approx(100 * (np.exp(np.log(10) ** 2) - 1) ** 0.5)
    assert summarise(np.array([0.0, 1.0])).geometric_mean is None
    assert summarise(np.array([])).n == 0
