"""Means of replicates, and parameters that are computed from others, as records of their own."""

import pytest

from tests.transforms.related import related, shown, traced
from transforms.computed_records import (
    derive_param_bmi,
    derive_param_bsa,
    derive_param_computed,
    derive_param_map,
    derive_summary_records,
)
from transforms.registry import Made, Related

D1, D2, D3 = "2025-01-01", "2025-01-02", "2025-01-03"
# subject 0: three replicates of week 1, one of week 2; subject 1: two of week 1 on two days, one without a value
SUBJECT = [0, 0, 0, 0, 1, 1, 1]
AVAL = related("VS.AVAL", [120.1, 120.2, 126, 110, 100, 101, None], SUBJECT)
VISIT = related("VS.AVISIT", ["Week 1", "Week 1", "Week 1", "Week 2", "Week 1", "Week 1", "Week 2"], SUBJECT)
ADT = related("VS.ADT", [D1, D1, D1, D3, D1, D2, D3], SUBJECT)


def summary(kind: str) -> Made:
    return derive_summary_records(AVAL, kind, [VISIT], [ADT])  # type: ignore[arg-type]


def test_the_mean_per_visit_keeps_the_date_where_it_is_one() -> None:
    made = summary("mean")
    assert shown(made, "AVISIT", "AVAL", "ADT") == [
        (0, "Week 1", 122.1, D1),
        (0, "Week 2", 110.0, D3),
        (1, "Week 1", 100.5, None),
    ]
    assert traced(made.edges, "member") == {
        (0, "VS", 0), (0, "VS", 1), (0, "VS", 2), (1, "VS", 3), (2, "VS", 4), (2, "VS", 5)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("min", [120.1, 110, 100]),
        ("max", [126, 110, 101]),
        ("median", [120.2, 110, 100.5]),
        ("sum", [366.3, 110, 201]),
    ],
)
def test_other_summaries(kind: str, values: list[float]) -> None:
    assert [v for _, v in shown(summary(kind), "AVAL")] == values


def test_without_groups_there_is_a_record_per_subject_and_without_records_none() -> None:
    assert shown(derive_summary_records(AVAL, "max"), "AVAL") == [(0, 126.0), (1, 101.0)]
    assert shown(derive_summary_records(related("VS.AVAL", []), "mean"), "AVAL") == []


def test_groups_of_another_dataset_are_refused() -> None:
    with pytest.raises(ValueError, match=r"LB.AVISIT and VS.AVAL must be of the same records"):
        derive_summary_records(AVAL, "mean", [related("LB.AVISIT", ["Week 1"])])


def of(rows: list[int], values: list[float | None], subject: list[int]) -> Related:
    """Values of some records of a dataset, as a condition leaves them."""
    found = related("VS.AVAL", values, subject)
    return Related(found.name, found.values, found.subject, related("VS.X", [0.0] * 9).rows[rows])


VISITS = related("VS.AVISIT", ["W1", "W1", "W2", "W1", "W2", "W1", "W1", "W1", "W1"], [0, 0, 0, 1, 1, 1, 2, 2, 2])


def test_mean_arterial_pressure_needs_both_at_one_visit() -> None:
    systolic = of([0, 2, 3], [120, 130, 150], [0, 0, 1])
    diastolic = of([1, 5], [80, 90], [0, 1])
    made = derive_param_map(systolic, diastolic, by=[VISITS])
    assert shown(made, "AVISIT", "AVAL") == [(0, "W1", 93.3333333333333), (1, "W1", 110.0)]
    assert traced(made.edges, "member") == {(0, "VS", 0), (0, "VS", 1), (1, "VS", 3), (1, "VS", 5)}


def test_one_height_counts_for_all_weights() -> None:
    height = of([0, 3], [200, 170], [0, 1])
    weight = of([1, 2, 6], [80, 90, 70], [0, 0, 2])
    made = derive_param_bmi(height, weight, by=[VISITS], constant=["height"])
    assert shown(made, "AVISIT", "AVAL") == [(0, "W1", 20.0), (0, "W2", 22.5)]
    assert traced(made.edges, "member") == {(0, "VS", 1), (1, "VS", 2), (0, "VS", 0), (1, "VS", 0)}
    assert shown(derive_param_bmi(height, weight, by=[VISITS]), "AVISIT", "AVAL") == [(0, "W1", 20.0)]
    surface = derive_param_bsa(height, weight, "Mosteller", by=[VISITS], constant=["height"])
    assert shown(surface, "AVAL") == [(0, 2.10818510677892), (0, 2.23606797749979)]
    with pytest.raises(ValueError, match="constant: only some of height, weight, not size"):
        derive_param_bmi(height, weight, constant=["size"])


def test_different_values_for_one_record_are_told() -> None:
    made = derive_param_bmi(of([0, 1], [200, 190], [0, 0]), of([2, 3], [80, 70], [0, 1]), constant=["height"])
    assert shown(made, "AVAL") == [(0, None)]
    assert [(p.rule, p.rows.tolist()) for p in made.problems] == [("RELATED_SEVERAL", [0])]
    same = derive_param_bmi(of([0, 1], [200, 200], [0, 0]), of([2, 3], [80, 70], [0, 1]), constant=["height"])
    assert (shown(same, "AVAL"), same.problems) == ([(0, 20.0)], [])


@pytest.mark.parametrize(("compute", "value"), [("sum", 0.6), ("difference", 0), ("product", 0.027), ("ratio", 10 / 3)])
def test_a_parameter_from_two_or_three_others(compute: str, value: float) -> None:
    inputs = [of([0], [0.3], [0]), of([1], [0.3], [0])]
    inputs = [*inputs, of([0], [0.3], [0])] if compute in ("product", "ratio") else inputs
    made = derive_param_computed(inputs, compute, by=[VISITS])  # type: ignore[arg-type]
    assert shown(made, "AVISIT", "AVAL") == [(0, "W1", pytest.approx(value))]


def test_nothing_is_divided_by_zero() -> None:
    made = derive_param_computed([of([0], [1], [0]), of([1], [0], [0])], "ratio")
    assert shown(made, "AVAL") == [(0, None)]
