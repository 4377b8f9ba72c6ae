"""Text verbs: clean, change case, take a part, split, extract and join. All work once per distinct value."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from transforms.ascii import transliterate
from transforms.columns import Column, categories_of, constant, of_categories, on_distinct, on_distinct_rows, text
from transforms.registry import register

_CASES: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "sentence": str.capitalize,
}


@register("{column}, transliterated to ASCII, without blanks at either end.", origin="Collected", scope="record")
def clean(column: Column) -> Column:
    """The text in ASCII, line ends as blanks, without blanks at either end. Source: design basis 2.3 M9, M12, M19."""
    column = text(column)
    return column if _is_clean(column) else on_distinct(column, lambda value: transliterate(value).strip())


@of_categories
def _is_clean(values: pd.Index) -> bool:
    """Whether all values are printable ASCII without blanks at either end, as most columns are."""
    return not pc.any(pc.match_substring_regex(pa.array(values, pa.large_string()), "[^ -~]|^ | $")).as_py()


@register("{column} in {case} case.", origin="Collected", scope="record")
def change_case(column: Column, case: str) -> Column:
    """The text in another case: upper, lower, title or sentence; raises ValueError for any other word."""
    if case not in _CASES:
        raise ValueError(f"change_case: there is no case {case!r}; use one of {', '.join(_CASES)}")
    return on_distinct(column, _CASES[case])


@register("Part {part} of {column}, split at '{separator}'.", origin="Collected", scope="record")
def part_of(column: Column, separator: str | list[str], part: int) -> Column:
    """One piece of a text, trimmed: the first is 1, the last is -1; missing where there is no such piece.

    ``separator`` may be a list: a multi-select field that some sites fill with ``;`` and others with ``,``. Raises
    ValueError for an empty separator or for part 0. Source: design basis 2.3 M15.
    """
    separators = [separator] if isinstance(separator, str) else separator
    if not separators or not all(separators) or part == 0:
        raise ValueError("part_of: needs a separator, and a part from 1 (first) or from -1 (last)")
    position = part - 1 if part > 0 else part
    cut = re.compile("|".join(map(re.escape, separators)))

    def piece(value: str) -> str | None:
        pieces = cut.split(value)
        return pieces[position].strip() if -len(pieces) <= position < len(pieces) else None

    return on_distinct(column, piece)


def split_values(column: Column, separator: str) -> list[Column]:
    """A multi-select text as one column per choice, in the order collected. Source: design basis 2.3 M15.

    Empty choices are left out; there are as many columns as the fullest text needs. Raises ValueError for an empty
    separator.
    """
    if not separator:
        raise ValueError("split_values: needs the separator that stands between the choices")

    def choices(value: str) -> list[str]:
        return [p.strip() for p in value.split(separator) if p.strip()]

    return _columns_of(column, choices)


def split_long(column: Column, limit: int = 200) -> list[Column]:
    """A long text in pieces of at most ``limit`` bytes (UTF-8), cut at blanks; one column at least.

    A word longer than the limit is cut where the limit falls. Source: design basis 3.1, scenario I18.
    """
    return _columns_of(column, lambda value: _pieces(value, limit)) or [text(column)]


@register("The part of {column} that matches the pattern {pattern}.", origin="Collected", scope="record")
def extract(column: Column, pattern: str) -> Column:
    """What the first group of a regular expression (without a group: all of it) finds; missing where nothing is found.

    Raises ValueError for a pattern that is no regular expression.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"extract: {pattern!r} is not a regular expression: {error}") from error
    group = 1 if compiled.groups else 0

    def found(value: str) -> str | None:
        match = compiled.search(value)
        return match[group] if match else None

    return on_distinct(column, found)


@register("{of}, joined with '{separator}', without those that are missing.", scope="record")
def concatenate(of: list[Column], separator: str) -> Column:
    """Several columns as one text with a separator between the values that are there."""
    return on_distinct_rows([text(c) for c in of], lambda *values: separator.join(v for v in values if v))


@register("{name}, with {unit} in brackets where there is one", scope="record")
def with_unit(name: Column, unit: Column) -> Column:
    """PARAM of a measured test: ``Hemoglobin (g/L)`` (ADaMIG 1.3, 3.3.4: the unit belongs to the parameter)."""
    return on_distinct_rows([text(name), text(unit)], lambda n, u: f"{n} ({u})" if n and u else n)


def _columns_of(column: Column, split: Callable[[str], list[str]]) -> list[Column]:
    column = text(column)
    pieces = {value: split(value) for value in categories_of(column)}
    most = max((len(p) for p in pieces.values()), default=0)
    if most == 0:
        return [constant(None, len(column))]

    def nth(position: int) -> Callable[[str], str | None]:
        return lambda value: pieces[value][position] if position < len(pieces[value]) else None

    return [on_distinct(column, nth(i)) for i in range(most)]


def _pieces(value: str, limit: int) -> list[str]:
    pieces = []
    rest = value.strip()
    while len(rest.encode()) > limit:
        fits = len(rest.encode()[:limit].decode(errors="ignore"))
        blank = rest.rfind(" ", 0, fits + 1)
        cut = blank if blank > 0 else max(fits, 1)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces
