"""Results of findings: original, status, standard result and number, and their place in the reference range.

Source: design basis 2.3 M4 and M5, 3.1, 3.5, 6.2; SDTMIG 3.4 section 6.3 and 4.5.1 (original and standardised results).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from transforms.ascii import transliterate
from transforms.columns import (
    Codes,
    Column,
    Mask,
    choose,
    constant,
    distinct_rows,
    missing,
    numbers,
    on_distinct,
    on_distinct_rows,
    parse_number,
    plain,
    take,
    take_results,
    text,
)
from transforms.registry import Outcome, Problem, Severity, Table, register
from transforms.result_texts import ResultTexts
from transforms.units import AS_COLLECTED, Conversions, limits_of, plausible, quantity, with_point

_RULES: dict[str, tuple[Severity, str]] = {
    "UNIT_MISSING": (
        "error",
        "{value}: the result has no unit, so it has no standard result; none is guessed. Query the unit, or, where the "
        "form prints it, map it (`unit: {value: ...}`)",
    ),
    "UNIT_UNKNOWN": ("error", "no conversion for {value}; add a row to the unit conversions, or correct the unit"),
    "STANDARD_UNIT_MISSING": (
        "error",
        "{value}: the result has a unit, but no standard unit is found for its test; add one to the table that is "
        "looked up, or `standard_unit:` to the row",
    ),
    "VOLUME_MISSING": ("error", "result {value} needs the collected volume for its standard unit, and there is none"),
    "LIMIT_MISSING": ("warning", "result {value} is outside a limit of quantitation that is missing; kept as text"),
    "NUMBER_AMBIGUOUS": (
        "error",
        "{value}: its numbers are declared to have another decimal sign, so the point may part thousands; no number is "
        "taken. Query it, or declare the decimal sign of its rows (`decimal:`)",
    ),
    "RESULT_UNREADABLE": (
        "warning",
        "result {value} is neither a number nor a known text, and its test has a unit; kept as text. Correct it, or "
        "add it to the result texts",
    ),
}
_LIMIT_TOKENS = ("<LLOQ", ">ULOQ")


@register(
    "Result as collected in {result}, in ASCII; empty where the text means not done ({texts}[, {context}]"
    "[, {context_of}]).",
    origin="Collected",
    scope="record",
)
def original_result(result: Column, texts: Table, context: str = "", context_of: Column | None = None) -> Column:
    """--ORRES: the collected text, transliterated or translated; missing where it says that the test was not done.

    ``context`` (for all) or ``context_of`` (a variable, such as the test code) selects rows of ``texts``. Source:
    design basis 2.3 M5; scenarios J17, J19, K13.
    """
    known = ResultTexts(texts)

    def original(value: str | None, within: str | None) -> str | None:
        found = known.find(value, within, context)
        if value is None or (found and found.status):
            return None
        return found.translation if found and found.translation else transliterate(value).strip()

    return on_distinct_rows([text(result), _optional(context_of, len(result))], original)


@register(
    "NOT DONE where {result} says so ({texts}[, {context}][, {context_of}])[ or where it is empty and {flag} is "
    "{flagged} or a text for not done][ or where both are empty and there is {reason}].",
    origin="Collected",
    scope="record",
)
def result_status(
    result: Column,
    texts: Table,
    flag: Column | None = None,
    flagged: str = "Y",
    context: str = "",
    context_of: Column | None = None,
    reason: Column | None = None,
) -> Outcome:
    """--STAT: NOT DONE where the result text, or the flag or a reason beside an empty result, says so; else missing.

    A flag says so that is ``flagged``, or a text that means not done (``ND``, ``Not done``); a reason, where the flag
    is empty. Problems (warnings):
    NOT_DONE_WITH_RESULT where it does beside a result, which then counts; RESULT_MISSING where it says anything else
    beside an empty result. Source: design basis 2.3 M5; SDTMIG 3.4, 4.5.1.2; scenarios J19, J26.
    """
    size = len(result)
    said, _ = _said_not_done(result, texts, context, context_of)
    flags = _flagged(flag, flagged, texts, size)
    empty = missing(text(result)) | said
    silent = missing(_optional(flag, size))
    reasoned = silent & ~missing(_optional(reason, size))
    not_done = said | (empty & (flags | reasoned))
    status = take_results(["NOT DONE"], np.where(not_done, 0, -1).astype(np.int64))
    problems = []
    if flag is not None:
        conflict = np.flatnonzero(flags & ~empty).astype(np.int64)
        told = "marked as not done but has the result {value}; the result counts"
        problems.append(Problem("NOT_DONE_WITH_RESULT", "warning", conflict, told, take(text(result), conflict)))
        open_ = np.flatnonzero(empty & ~not_done & ~missing(text(flag))).astype(np.int64)
        told = "there is no result, and '{value}' does not say that the test was not done; query it"
        problems.append(Problem("RESULT_MISSING", "warning", open_, told, take(text(flag), open_)))
    return Outcome(status, [p for p in problems if len(p.rows)])


@register(
    "Where not done by {result} ({texts}[, {context}][, {context_of}])[ or by {flag} = {flagged}]: [{reason}, or else ]"
    "the reason that the text gives.",
    origin="Collected",
    scope="record",
)
def reason_not_done(
    result: Column,
    texts: Table,
    reason: Column | None = None,
    flag: Column | None = None,
    flagged: str = "Y",
    context: str = "",
    context_of: Column | None = None,
) -> Column:
    """--REASND: the collected reason, or the one that the result text gives (HEMOLYZED), where the test was not done.

    Source: scenarios J19, J26.
    """
    status = result_status(result, texts, flag, flagged, context, context_of, reason).values
    _, given = _said_not_done(result, texts, context, context_of)
    if reason is not None:
        collected = on_distinct(reason, lambda value: transliterate(value).strip())
        given = choose(given, ~missing(collected), collected)
    return choose(given, missing(status), constant(None, len(given)))


@register(
    "{result} of {test}[ in {specimen}][, collected in {unit},][ in the unit {standard_unit}] by {conversions} (6 "
    "significant digits), with its qualifier; texts by {texts}[, {context}][, {context_of}][; below quantitation with "
    "{lower_limit}][; above with {upper_limit}][; times {volume} where the conversion asks for it]"
    "[; plausible by {limits}][; decimal sign {decimal}].",
    scope="record",
)
def standard_result(
    result: Column,
    test: Column,
    conversions: Table,
    texts: Table,
    unit: Column | None = None,
    standard_unit: Column | None = None,
    specimen: Column | None = None,
    lower_limit: Column | None = None,
    upper_limit: Column | None = None,
    volume: Column | None = None,
    limits: Table | None = None,
    context: str = "",
    context_of: Column | None = None,
    decimal: Column | None = None,
) -> Outcome:
    """--STRESC: the result in the standard unit, or its standard text; ``<`` and ``>`` stay, ranges stay ranges.

    ``unit`` and ``standard_unit`` are submission values; ``lower_limit`` and ``upper_limit`` of quantitation are in the
    unit of the result, ``volume`` in the unit that the conversion names. The same unit keeps the digits as collected,
    and so does everything where no ``standard_unit`` is given, or ``AS COLLECTED``: no conversion is asked for. With
    one, there is no standard result without a unit, or without a conversion. ``decimal`` is the sign (``,``) that
    stands for the point in numbers. Problems: UNIT_MISSING, UNIT_UNKNOWN, STANDARD_UNIT_MISSING, VOLUME_MISSING,
    NUMBER_AMBIGUOUS (errors), LIMIT_MISSING, RESULT_UNREADABLE, and with ``limits`` RESULT_IMPLAUSIBLE (warnings).
    Source: design basis 2.3 M5, 3.1, 6.2; SDTMIG 3.4, 4.5.1.1; scenarios J01, J15, J18, J21, J22, J30, J31, K07.
    """
    size = len(result)
    unit = _optional(unit, size)
    standard_unit = constant(AS_COLLECTED, size) if standard_unit is None else standard_unit
    optional = [_optional(c, size) for c in (specimen, lower_limit, upper_limit, volume, context_of)]
    pointed = with_point(result, decimal)
    columns = [pointed, *(text(c) for c in (unit, test, standard_unit)), *optional]
    first, inverse = distinct_rows([columns[0], *(c for c in columns[1:] if len(c.cat.categories))])
    standardise = _standardiser(Conversions(conversions), ResultTexts(texts), context)
    found = [standardise(*row) for row in zip(*(plain(take(c, first)) for c in columns), strict=True)]
    values = take_results([value for value, _ in found], inverse)
    problems = _problems([rule for _, rule in found], inverse, columns[:4])
    problems += _problem("NUMBER_AMBIGUOUS", missing(pointed) & ~missing(result), [text(result), *columns[1:4]])
    if limits is not None:
        problems += _implausible(columns, values, limits)
    return Outcome(values, problems)


@register("{result} where it is a single number without a qualifier.", scope="record")
def standard_number(result: Column) -> Column:
    """--STRESN of --STRESC: the number that it is; ``<5``, ``3-5`` and texts have none. Source: design basis 2.3 M5."""
    return numbers(text(result))


@register("[{unit}][, or else {original},] where {result} holds a number.", scope="record")
def standard_unit(result: Column, unit: Column | None = None, original: Column | None = None) -> Column:
    """--STRESU of --STRESC: the standard unit where there is a number, also a qualified one.

    ``original`` is the unit as collected, for results of which no conversion was asked. Source: J21, J22, J30; SDTMIG
    3.4, 4.5.1.1.
    """
    size = len(result)
    given, collected = _optional(unit, size), _optional(original, size)
    given = choose(given, missing(given) | (given == AS_COLLECTED).to_numpy(dtype=np.bool_), collected)
    measured = on_distinct(result, lambda value: value if quantity(value) else None)
    return choose(given, missing(measured), constant(None, size))


_Found = tuple[str | None, str | None]


def _standardiser(conversions: Conversions, texts: ResultTexts, context: str) -> Callable[..., _Found]:
    """The function from one combination of values to its standard result and the rule that it breaks, if any."""

    def standardise(
        value: str | None,
        unit: str | None,
        test: str | None,
        to: str | None,
        specimen: str | None,
        lower: str | None,
        upper: str | None,
        volume: str | None,
        within: str | None,
    ) -> _Found:
        known = texts.find(value, within, context)
        if value is None or (known and known.status):
            return None, None
        value = transliterate(value).strip()
        if known and known.standard in _LIMIT_TOKENS:
            limit = lower if known.standard[0] == "<" else upper
            if limit is None:
                return value, "LIMIT_MISSING"
            value = known.standard[0] + limit
        elif known:
            return known.standard or known.translation or value, None
        amount = quantity(value)
        if amount is None:
            return value, "RESULT_UNREADABLE" if (unit if to == AS_COLLECTED else to) else None
        conversion = conversions.find(test, specimen, unit, to)
        collected = None if volume is None else parse_number(volume)
        if conversion is None:
            return None, "STANDARD_UNIT_MISSING" if to is None else "UNIT_MISSING" if unit is None else "UNIT_UNKNOWN"
        if conversion.by_volume and collected is None:
            return None, "VOLUME_MISSING"
        return amount.convert(lambda number: conversion.apply(number, collected)), None

    return standardise


def _problems(rules: list[str | None], inverse: Codes, columns: list[Column]) -> list[Problem]:
    broken = {rule: np.array([r == rule for r in rules] + [False], dtype=np.bool_)[inverse] for rule in _RULES}
    return [problem for rule, where in broken.items() for problem in _problem(rule, where, columns)]


def _problem(rule: str, where: Mask, columns: list[Column]) -> list[Problem]:
    rows = np.flatnonzero(where).astype(np.int64)
    severity, message = _RULES[rule]
    return [Problem(rule, severity, rows, message, _shown([take(c, rows) for c in columns]))] if len(rows) else []


def _shown(columns: list[Column]) -> Column:
    """Test, result and units of a row as people read them: ``GLUC 5.5 g/dL, standard unit mmol/L``."""

    def sentence(result: str | None, unit: str | None, test: str | None, to: str | None) -> str:
        measured = " ".join(part for part in (test, result, unit) if part)
        return f"{measured}, standard unit {to}" if to and to != AS_COLLECTED else measured

    return on_distinct_rows([text(c) for c in columns], sentence)


def _implausible(columns: list[Column], values: Column, limits: Table) -> list[Problem]:
    """By the limits in the unit collected, or else by those in the standard unit."""
    result, unit, test, to = columns[:4]
    low, high = limits_of(unit, test, limits)
    to = choose(to, (to == AS_COLLECTED).to_numpy(dtype=np.bool_), unit)
    as_collected = ~missing(low) | ~missing(high)
    return plausible(choose(values, as_collected, result), choose(to, as_collected, unit), test, limits)


def _said_not_done(result: Column, texts: Table, context: str, context_of: Column | None) -> tuple[Mask, Column]:
    """Where the result text says that the test was not done, and the reason that it gives."""
    known = ResultTexts(texts)
    columns = [text(result), _optional(context_of, len(result))]
    first, inverse = distinct_rows(columns)
    pairs = zip(*(plain(take(c, first)) for c in columns), strict=True)
    found = [known.find(value, within, context) for value, within in pairs]
    said = np.array([bool(f and f.status) for f in found] + [False], dtype=np.bool_)[inverse]
    return said, take_results([f.reason if f and f.status else None for f in found], inverse)


def _flagged(flag: Column | None, flagged: str, texts: Table, size: int) -> Mask:
    """Where the flag is set, or is itself a text that means not done."""
    if flag is None:
        return np.zeros(size, dtype=np.bool_)
    worded, _ = _said_not_done(flag, texts, "", None)
    return worded | (on_distinct(flag, str.strip) == flagged).to_numpy(dtype=np.bool_)


def _optional(column: Column | None, size: int) -> Column:
    return constant(None, size) if column is None else text(column)
