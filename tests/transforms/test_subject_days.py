"""Keys of subject and day: order, distinct ones, and the nearest."""

import numpy as np

from transforms.subject_days import distinct, key_of, nearest


def test_keys_order_by_subject_then_day_also_before_1960() -> None:
    keys = key_of(np.array([0, 0, 1, 1]), np.array([-700000, 2900000, -700000, 0]))
    assert (np.diff(keys) > 0).all()


def test_distinct_keys_in_order() -> None:
    assert distinct(np.array([5, 3, 5, 1])).tolist() == [1, 3, 5]
    assert distinct(np.empty(0, dtype=np.int64)).tolist() == []


def test_the_nearest_of_a_subject_is_never_another_subjects() -> None:
    place, distance = nearest(
        key_of(np.array([0, 1, 2]), np.array([12, 12, 12])), key_of(np.array([0, 0]), np.array([10, 14]))
    )
    assert place.tolist()[0] == 0
    assert distance.tolist()[0] == 2
    assert (distance[1:] > 365 * 1000).all()
