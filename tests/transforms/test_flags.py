"""Flags (--FL, and other constants that conditions choose)."""

import numpy as np

from transforms.flags import flag
from transforms.registry import REGISTRY, Records


def _records(size: int) -> Records:
    return Records(np.zeros(size, dtype=np.int64), np.arange(size, dtype=np.int64))


def test_every_record_gets_the_value() -> None:
    assert flag(_records(3)).tolist() == ["Y", "Y", "Y"]
    assert flag(_records(2), value="N").tolist() == ["N", "N"]


def test_no_records() -> None:
    assert flag(_records(0)).tolist() == []


def test_the_sentence_is_the_value() -> None:
    assert REGISTRY["flag"].describe({}) == "'Y'"
