"""Whether a text is a date, duration or interval as SDTM writes them. Source: SDTMIG 3.4 section 4.4 (ISO 8601)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from transforms.columns import Mask

_OFFSET = r"(Z|[+-](0\d|1[0-4]):[0-5]\d)?"
_TIME = rf"T([01]\d|2[0-3]|-)(:([0-5]\d|-)(:([0-5]\d(\.\d+)?|-))?)?{_OFFSET}"
_DATETIME = re.compile(rf"(\d{{4}}|-)(-(0[1-9]|1[0-2]|-)(-(0[1-9]|[12]\d|3[01]|-)({_TIME})?)?)?", re.ASCII)
_NUMBER = r"\d+([.,]\d+)?"
_DURATION = re.compile(
    rf"[+-]?P(?=.)({_NUMBER}W|({_NUMBER}Y)?({_NUMBER}M)?({_NUMBER}D)?(T(?=\d)({_NUMBER}H)?({_NUMBER}M)?({_NUMBER}S)?)?)",
    re.ASCII,
)
_WHOLE_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def is_datetime(text: str) -> bool:
    """A date or date-time of any precision: right-truncated, or with ``-`` for an inner part that is unknown.

    ``2003-12``, ``2003---15``, ``--12-15``, ``2003-12-15T13:-:17`` are; ``2003-02-30`` and ``2003--`` are not.
    """
    if not _DATETIME.fullmatch(text) or text.endswith("-"):
        return False
    if _WHOLE_DATE.match(text):
        try:
            date.fromisoformat(text[:10])
        except ValueError:
            return False
    return True


def is_duration(text: str) -> bool:
    """A duration: ``P2Y10M14D``, ``PT1H30M``, ``P3W``, ``-PT15M``."""
    return _DURATION.fullmatch(text) is not None


def is_interval(text: str) -> bool:
    """Two dates, or a date and a duration, with ``/`` between them."""
    first, slash, second = text.partition("/")
    if not slash:
        return False
    if is_datetime(first):
        return is_datetime(second) or is_duration(second)
    return is_duration(first) and is_datetime(second)


def not_iso8601(words: str) -> Callable[[pd.Index], Mask]:
    """Which distinct values are none of what a format names (``ISO 8601 datetime or interval``)."""
    kinds = [
        k for word, k in (("date", is_datetime), ("duration", is_duration), ("interval", is_interval)) if word in words
    ]
    kinds = kinds or [is_datetime, is_duration, is_interval]

    def verdict(categories: pd.Index) -> Mask:
        return np.array([not any(k(v) for k in kinds) for v in categories.tolist()], dtype=np.bool_)

    return verdict
