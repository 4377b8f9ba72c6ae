"""The parts of a parsed condition: each gives a mask over columns and words for people.

What each comparison means is told in ``specs.conditions``, which makes these from text.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import (
    Column,
    Mask,
    categories_of,
    codes_of,
    format_number,
    missing,
    numbers,
    of_categories,
    parse_number,
    raw_codes,
    stack,
)
from transforms.columns import text as text_column

Get: TypeAlias = Callable[[str], Column]
Labels: TypeAlias = Mapping[str, str]


class ConditionError(ValueError):
    """A condition that cannot be understood: what is wrong, at which character (from 1), and what may be meant."""

    def __init__(self, message: str, column: int, suggestion: str | None = None) -> None:
        self.message, self.column, self.suggestion = message, column, suggestion
        hint = f"; did you mean {suggestion!r}?" if suggestion else ""
        super().__init__(f"{message} (at character {column}){hint}")


@dataclass(frozen=True)
class Term:
    """One simple comparison of a name with literal values, as a where-clause of define.xml can say it."""

    name: str
    comparator: Literal["=", "in", "is not missing"]
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Name:
    """A column that the condition refers to, and where in the text."""

    name: str
    column: int = field(compare=False)

    def english(self, labels: Labels) -> str:
        """Its label, or the name itself."""
        return labels.get(self.name, self.name)


@dataclass(frozen=True)
class Given:
    """A text or number as written in the condition."""

    value: str | float

    def english(self, labels: Labels) -> str:
        """The value, a text in quotes."""
        return f"'{self.value}'" if isinstance(self.value, str) else self.shown

    @property
    def shown(self) -> str:
        """The value as plain text; a whole number without decimals."""
        return self.value if isinstance(self.value, str) else format_number(self.value) or ""


Operand: TypeAlias = Name | Given


@dataclass(frozen=True)
class Compare:
    """``left operator right``; at least one side is a name, and a literal stands on the right."""

    left: Name
    sign: str
    right: Operand

    OPERATORS: ClassVar[dict[str, Callable[[Any, Any], Any]]] = {
        "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    }  # fmt: skip
    WORDS: ClassVar[dict[str, str]] = {
        "=": "is", "!=": "is a value other than", "<": "is less than", "<=": "is at most", ">": "is greater than",
        ">=": "is at least",
    }  # fmt: skip

    def mask(self, get: Get) -> Mask:
        """Where the comparison holds."""
        compare = self.OPERATORS[self.sign]
        if isinstance(self.right, Given):
            return _against(get(self.left.name), self.right.value, compare)
        return _between(get(self.left.name), get(self.right.name), compare, ordered=self.sign not in ("=", "!="))

    def english(self, labels: Labels) -> str:
        """The comparison in words."""
        words = self.WORDS[self.sign]
        if isinstance(self.right, Name):
            words = {"=": "equals", "!=": "differs from"}.get(self.sign, words)
        return f"{self.left.english(labels)} {words} {self.right.english(labels)}"

    def term(self) -> Term | None:
        """As a simple comparison, if it is one."""
        if self.sign == "=" and isinstance(self.right, Given):
            return Term(self.left.name, "=", (self.right.shown,))
        return None


@dataclass(frozen=True)
class Member:
    """``name in (...)`` or ``name not in (...)``."""

    name: Name
    values: tuple[Given, ...]
    negated: bool

    def mask(self, get: Get) -> Mask:
        """Where the value is among (or, negated, present and not among) those listed."""
        column = get(self.name.name)
        found = [_against(column, value.value, operator.eq) for value in self.values if isinstance(value.value, float)]
        texts = {value.value for value in self.values if isinstance(value.value, str)}
        if texts:
            found.append(_among(column, texts))
        inside: Mask = np.logical_or.reduce(found)
        return ~inside & ~missing(column) if self.negated else inside

    def english(self, labels: Labels) -> str:
        """The list in words."""
        words = "is a value other than" if self.negated else "is one of" if len(self.values) > 1 else "is"
        return f"{self.name.english(labels)} {words} {', '.join(value.english(labels) for value in self.values)}"

    def term(self) -> Term | None:
        """As a simple comparison, if it is one."""
        return None if self.negated else Term(self.name.name, "in", tuple(value.shown for value in self.values))


@dataclass(frozen=True)
class Missing:
    """``name is missing`` or ``name is not missing``."""

    name: Name
    negated: bool

    def mask(self, get: Get) -> Mask:
        """Where there is no value (or, negated, one)."""
        empty = missing(get(self.name.name))
        return ~empty if self.negated else empty

    def english(self, labels: Labels) -> str:
        """The same in words."""
        return f"{self.name.english(labels)} is {'not ' if self.negated else ''}missing"

    def term(self) -> Term | None:
        """As a simple comparison, if it is one."""
        return Term(self.name.name, "is not missing") if self.negated else None


@dataclass(frozen=True)
class Moment:
    """``name before date`` and its kin; the date is an ISO 8601 literal or another name."""

    name: Name
    order: Literal["before", "after", "on or before", "on or after"]
    other: Operand

    def mask(self, get: Get) -> Mask:
        """Where the order of the two dates is certain, and as asked."""
        left = get(self.name.name)
        if isinstance(self.other, Given):
            dates = _dates(left, self.name)
            return self._holds(_iso_parts_of(dates), np.array([iso_parts(self.other.shown)]))[raw_codes(dates)]
        right = get(self.other.name)
        if _holds_numbers(left) and _holds_numbers(right):
            return _between(left, right, self._numeric, ordered=True)
        sides = _dates(left, self.name), _dates(right, self.other)
        result: Mask = ~missing(sides[0]) & ~missing(sides[1])
        both = np.flatnonzero(result)  # few records have an end, or a death
        result[both] = self._holds(*(_iso_parts_of(side)[raw_codes(side)[both]] for side in sides))
        return result

    def _holds(self, left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> Mask:
        sign, same_day = _order(left, right)
        wanted: Mask = sign < 0 if self.order.endswith("before") else sign > 0
        return wanted | same_day if self.order.startswith("on") else wanted

    @property
    def _numeric(self) -> Callable[[Any, Any], Any]:
        signs = {"before": "<", "after": ">", "on or before": "<=", "on or after": ">="}
        return Compare.OPERATORS[signs[self.order]]

    def english(self, labels: Labels) -> str:
        """The order in words."""
        other = self.other.shown if isinstance(self.other, Given) else self.other.english(labels)
        return f"{self.name.english(labels)} is {self.order} {other}"


@dataclass(frozen=True)
class Part:
    """``name starts with text`` or ``name contains text``."""

    name: Name
    kind: Literal["starts with", "contains"]
    text: Given

    def mask(self, get: Get) -> Mask:
        """Where the value has the text at its start, or anywhere."""
        wanted = self.text.shown
        if self.kind == "contains":
            return _where_text(get(self.name.name), lambda value: wanted in value)
        return _where_text(get(self.name.name), lambda value: value.startswith(wanted))

    def english(self, labels: Labels) -> str:
        """The same in words."""
        return f"{self.name.english(labels)} {self.kind} {self.text.english(labels)}"


@dataclass(frozen=True)
class Not:
    """The complement of a condition."""

    part: Node

    def mask(self, get: Get) -> Mask:
        """Where the inner condition does not hold, missing or not."""
        return ~self.part.mask(get)

    def english(self, labels: Labels) -> str:
        """The inner sentence, negated as a whole."""
        return f"not ({self.part.english(labels)})"


@dataclass(frozen=True)
class Both:
    """Several conditions joined by ``and`` or by ``or``."""

    word: Literal["and", "or"]
    parts: tuple[Node, ...]

    def mask(self, get: Get) -> Mask:
        """Where all (or any) of them hold."""
        join = np.logical_and if self.word == "and" else np.logical_or
        result: Mask = join.reduce([part.mask(get) for part in self.parts])
        return result

    def english(self, labels: Labels) -> str:
        """The sentences joined; an inner and/or in parentheses."""
        sentences = [(part, part.english(labels)) for part in self.parts]
        return f" {self.word} ".join(f"({said})" if isinstance(part, Both) else said for part, said in sentences)


Node: TypeAlias = Compare | Member | Missing | Moment | Part | Not | Both


# --------------------------------------------------------------------------------------- masks over distinct values


def _holds_numbers(column: Column) -> bool:
    return bool(np.issubdtype(column.dtype, np.number)) if isinstance(column.dtype, np.dtype) else False


def _where_text(column: Column, test: Callable[[str], Any]) -> Mask:
    column = text_column(column)
    truth = np.array([bool(test(value)) for value in categories_of(column)] + [False])
    result: Mask = truth[raw_codes(column)]
    return result


def _among(column: Column, texts: set[str]) -> Mask:
    if _holds_numbers(column):
        found: Mask = np.logical_or.reduce([_against(column, value, operator.eq) for value in texts])
        return found
    return _where_text(column, lambda value: value in texts)


def _against(column: Column, value: str | float, compare: Callable[[Any, Any], Any]) -> Mask:
    if isinstance(value, str) and not _holds_numbers(column):
        return _where_text(column, lambda own: compare(own, value))
    number = parse_number(value) if isinstance(value, str) else value
    own = numbers(column).to_numpy()
    result: Mask = compare(own, np.nan if number is None else number) & ~np.isnan(own)
    return result


def _between(left: Column, right: Column, compare: Callable[[Any, Any], Any], *, ordered: bool) -> Mask:
    """Two columns row by row; only an order reads texts as numbers."""
    as_numbers = _holds_numbers(left) or _holds_numbers(right)
    result = np.zeros(len(left), dtype=bool)
    if not as_numbers:
        codes = codes_of(stack([text_column(left), text_column(right)]))
        ours, theirs = codes[: len(left)], codes[len(left) :]
        result = compare(ours, theirs) & (ours >= 0) & (theirs >= 0)
    if as_numbers or ordered:
        own, other = numbers(left).to_numpy(), numbers(right).to_numpy()
        both = ~np.isnan(own) & ~np.isnan(other)
        result = np.where(both, compare(own, other), result)
    return result


# ---------------------------------------------------------------------------------------------------- ISO 8601 dates

_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d(?:[.,]\d+)?))?)?)?)?)?(?:(?:--|T-|:-)[-\d:T.]*)?"
)
_UNKNOWN = (np.nan,) * 6


def iso_parts(value: str) -> tuple[float, ...]:
    """Year, month, day, hour, minute, second of an ISO 8601 text, NaN from the first unknown part on (SDTMIG 4.4.2).

    What is no date (or no day of the calendar) is unknown altogether.
    """
    match = _ISO.fullmatch(value)
    if match is None:
        return _UNKNOWN
    known = [float(part.replace(",", ".")) for part in match.groups() if part is not None]
    year, month, day, hour, minute, second = known + [0, 1, 1, 0, 0, 0][len(known) :]
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return _UNKNOWN
    if hour > 23 or minute > 59 or second >= 60:
        return _UNKNOWN
    return (*known, *_UNKNOWN[len(known) :])


def _dates(column: Column, name: Name) -> Column:
    if _holds_numbers(column):
        raise ConditionError(
            f"{name.name} holds numbers; 'before' and 'after' compare ISO 8601 date texts", name.column
        )
    return text_column(column)


@of_categories
def _iso_parts_of(values: pd.Index) -> npt.NDArray[np.float64]:
    """The parts of distinct values, and of a missing one at the end."""
    return np.array([*map(iso_parts, values.tolist()), _UNKNOWN], dtype=np.float64)


def _order(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], Mask]:
    """-1, 0 or 1 per row at the common precision (0 also where that does not decide), and whether one day."""
    difference = np.sign(left - right)
    sign = np.zeros(len(left))
    undecided = np.ones(len(left), dtype=bool)
    for part in difference.T:
        sign = np.where(undecided & ~np.isnan(part), part, sign)
        undecided &= part == 0
    return sign, (sign == 0) & ~np.isnan(difference[:, :3]).any(axis=1)
