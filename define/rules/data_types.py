"""Data types, lengths and significant digits against the values, for variables and for kinds of their values.

Source: Define-XML 2.1, ItemDef/@DataType, @Length and @SignificantDigits; SDTMIG 3.4 section 4.4 (ISO 8601).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from define.rules.data import Submission, Use, is_decimal
from define.rules.rule import Rule, UseRule, some
from specs.iso8601 import is_datetime, is_duration, is_interval

NUMBERS = ("integer", "float")
WITH_LENGTH = ("text", "integer", "float")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_PARTIAL_TIME = re.compile(r"([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?")
_WHOLE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")

TEXTS: dict[str, Callable[[str], bool]] = {
    "integer": lambda t: is_decimal(t) and "." not in t,
    "float": is_decimal,
    "date": lambda t: bool(_DATE.fullmatch(t)) and is_datetime(t),
    "time": lambda t: bool(_TIME.fullmatch(t)),
    "datetime": lambda t: bool(_WHOLE.fullmatch(t)) and is_datetime(t),
    "partialDate": lambda t: is_datetime(t) and "T" not in t and not re.search("--|^-", t),
    "partialTime": lambda t: bool(_PARTIAL_TIME.fullmatch(t)),
    "partialDatetime": lambda t: is_datetime(t) and not re.search("--|^-|T-|:-", t),
    "incompleteDate": lambda t: is_datetime(t) and "T" not in t,
    "incompleteTime": lambda t: is_datetime(f"2000-01-01T{t}"),
    "incompleteDatetime": is_datetime,
    "durationDatetime": is_duration,
    "intervalDatetime": is_interval,
}
"""What a text of each data type looks like; the types that are not listed hold any text."""


class DataType(UseRule):
    """Numbers of the transport file are integer or float, its texts are not."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """A type that does not go with the column; results that are kept as text may be described as numbers."""
        if use.stored is None:
            return
        numeric = use.item.type in NUMBERS
        if (use.stored.type == "Num") != numeric and (use.parent is None or use.stored.type == "Num"):
            what = f"{use.item.oid} of {use.group.name} is {use.item.type}"
            yield f"{what}, the file has {use.stored.type}; correct one of the two"


class ValueNotOfType(UseRule):
    """Values are of the data type: an integer has no decimals, a date is a whole ISO 8601 date, and so on."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Values of another type."""
        if use.values is None:
            return
        wrong: list[str] = []
        if use.values.texts is not None:
            right = TEXTS.get(use.item.type)
            wrong = [t for t in use.values.texts if right is not None and not right(t)]
        elif use.values.numbers is not None and use.item.type == "integer":
            numbers = use.values.numbers
            wrong = [str(n) for n in numbers[numbers != np.trunc(numbers)].tolist()]
        if wrong:
            yield f"{use.item.oid} of {use.group.name} is {use.item.type} and holds {some(wrong)}; correct the type"


class LengthMissing(UseRule):
    """A text, an integer and a float have a length."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """None."""
        if use.item.type in WITH_LENGTH and not _positive(use.item.length):
            yield f"{use.item.oid} of {use.group.name} is {use.item.type} and has no Length; give it"


class LengthNotAllowed(UseRule):
    """What is neither text nor number has no length."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """A length of a date."""
        if use.item.type not in WITH_LENGTH and use.item.length:
            yield f"{use.item.oid} of {use.group.name} is {use.item.type} and has a Length; remove it"


class LengthTooShort(UseRule):
    """The length holds every value: the bytes of a text, the digits of a number."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Values that are longer."""
        needed = _needed(use)
        if needed is not None and _positive(use.item.length) and int(use.item.length) < needed:
            what = f"{use.item.oid} of {use.group.name} has the Length {use.item.length}"
            yield f"{what}, its longest value takes {needed}; give the measured length"


class LengthTooLong(UseRule):
    """The length is that of the longest text, or of the column of the transport file."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """A length that nothing has."""
        if use.item.type != "text" or use.values is None or use.stored is None or not _positive(use.item.length):
            return
        if not (use.values.records if use.parent is None else use.values.present):
            return
        most = use.stored.length if use.parent is None else max(use.values.longest, 1)
        if int(use.item.length) > most and use.stored.type == "Char":
            what = f"{use.item.oid} of {use.group.name} has the Length {use.item.length}"
            yield f"{what}, {'its column' if use.parent is None else 'its longest value'} has {most}; give that"


class DigitsMissing(UseRule):
    """A float has significant digits."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """None."""
        if use.item.type == "float" and not use.item.digits.isdigit():
            yield f"{use.item.oid} of {use.group.name} is float and has no SignificantDigits; give them"


class DigitsNotAllowed(UseRule):
    """Only a float has significant digits."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Digits of something else."""
        if use.item.type != "float" and use.item.digits:
            yield f"{use.item.oid} of {use.group.name} is {use.item.type} and has SignificantDigits; remove them"


class DigitsDiffer(UseRule):
    """The significant digits of a float are the most decimals that a value has."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """More or fewer."""
        measured = use.values.digits if use.values is not None else None
        if use.item.type != "float" or measured is None or not use.item.digits.isdigit():
            return
        if int(use.item.digits) != measured[1]:
            what = f"{use.item.oid} of {use.group.name} has the SignificantDigits {use.item.digits}"
            yield f"{what}, its values have up to {measured[1]} decimals; give the measured number"


def _positive(text: str) -> bool:
    return text.isdigit() and int(text) > 0


def _needed(use: Use) -> int | None:
    """The length that the values take; None where that has no meaning."""
    if use.values is None or not use.values.present:
        return None
    if use.item.type == "text":
        return use.values.longest if use.values.texts is not None else None
    measured = use.values.digits if use.item.type in NUMBERS else None
    return measured[0] if measured is not None else None


RULES: tuple[type[Rule], ...] = (
    DataType, ValueNotOfType, LengthMissing, LengthNotAllowed, LengthTooShort, LengthTooLong, DigitsMissing,
    DigitsNotAllowed, DigitsDiffer,
)  # fmt: skip
