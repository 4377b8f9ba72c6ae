"""What a text of each data type of Define-XML looks like."""

from __future__ import annotations

import pytest

from define.rules.data_types import TEXTS


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("integer", "12"),
        ("integer", "-3"),
        ("float", "12.5"),
        ("date", "2026-03-31"),
        ("time", "08:30"),
        ("datetime", "2026-03-31T08:30"),
        ("partialDate", "2026-03"),
        ("partialDatetime", "2026-03-31T08"),
        ("partialDatetime", "2026"),
        ("partialTime", "08"),
        ("incompleteDatetime", "2026---15"),
        ("incompleteDatetime", "2026-03-31T-:30"),
        ("durationDatetime", "P3W"),
        ("intervalDatetime", "2026-03-01/2026-03-31"),
    ],
)
def test_texts_of_a_type(type_: str, text: str) -> None:
    assert TEXTS[type_](text)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("integer", "12.0"),
        ("float", "<12"),
        ("date", "2026-03"),
        ("date", "2026-02-30"),
        ("date", "2026-03-31T08:30"),
        ("time", "24:30"),
        ("datetime", "2026-03-31T08"),
        ("partialDate", "2026---15"),
        ("partialDate", "2026-03-31T08:30"),
        ("partialDatetime", "2026---15T08:30"),
        ("durationDatetime", "3 weeks"),
        ("intervalDatetime", "2026-03-01"),
    ],
)
def test_texts_of_another_type(type_: str, text: str) -> None:
    assert not TEXTS[type_](text)
