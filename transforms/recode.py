"""Controlled terminology: collected texts to submission values, and submission values to their decodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np

from transforms.ascii import transliterate
from transforms.columns import Column, categories_of, on_distinct, raw_codes, take, take_results, text
from transforms.registry import Outcome, Problem, register

_Lookup: TypeAlias = dict[str, set[str]]
_Key: TypeAlias = Callable[[str], str]
_KEYS: tuple[_Key, ...] = (str, str.casefold)
"""How a text is compared: as written, then in any case."""


@dataclass(frozen=True)
class Terms:
    """A codelist as recoding needs it: submission values, their decodes, and synonyms that mean one value only."""

    name: str
    values: tuple[str, ...]
    decodes: Mapping[str, str] = field(default_factory=dict)
    """Submission value to decode (preferred term, or the text of the paired codelist)."""
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Synonym to submission value."""
    ambiguous: frozenset[str] = frozenset()
    """Synonyms that several values share."""
    extensible: bool = False

    @cached_property
    def lookups(self) -> list[tuple[_Key, _Lookup]]:
        """What knows a text, in the order of asking: how to write the text, and its values (none: ambiguous)."""
        found: list[tuple[_Key, _Lookup]] = []
        for key in _KEYS:
            shared = {key(_plain(a)): set[str]() for a in self.ambiguous}
            decodes = ((decode, value) for value, decode in self.decodes.items())
            known = [_lookup(((v, v) for v in self.values), key), _lookup(decodes, key)]
            found += [(key, lookup) for lookup in [*known, _lookup(self.synonyms.items(), key) | shared]]
        return found


def recode(column: Column, mapping: Mapping[str, str], terms: Terms) -> Outcome:
    """Submission values for collected texts; what has none is missing and a finding, never passed on.

    The first that knows the text decides: the pack's own mapping, then submission value, decode and synonym as written,
    then the same three in any case. Exact goes before any case because units differ in nothing else (G/L is 10^9/L,
    g/L is not). An empty value in the mapping means that the text stands for nothing. Problems: CODE_UNMAPPED and
    CODE_AMBIGUOUS, both errors. Source: design 4 "Nothing is guessed"; scenarios J15, L10.
    """
    column = text(column)
    lookups = [*((key, _lookup(mapping.items(), key)) for key in _KEYS), *terms.lookups]
    results: list[str | None] = []
    unmapped: list[int] = []
    unclear: list[int] = []
    for number, raw in enumerate(categories_of(column)):
        found = _find(_plain(raw), lookups)
        results.append(next(iter(found)) if found is not None and len(found) == 1 else None)
        if found is None:
            unmapped.append(number)
        elif len(found) != 1:
            unclear.append(number)
    codes = raw_codes(column)
    problems = [
        *_problem(
            "CODE_UNMAPPED", f"'{{value}}' is no term of codelist {terms.name}; map it in the spec", column, unmapped
        ),
        *_problem(
            "CODE_AMBIGUOUS",
            f"'{{value}}' stands for more than one term of codelist {terms.name}; say in the spec which one is meant",
            column,
            unclear,
        ),
    ]
    return Outcome(take_results(results, codes), problems)


@register("the decode of {column} in the codelist of {terms}", scope="record", origin="Assigned")
def decode(column: Column, terms: Terms) -> Column:
    """The decode of each submission value (LBTEST of LBTESTCD); missing where the codelist has none."""
    return on_distinct(column, lambda value: terms.decodes.get(value))


def _lookup(pairs: Iterable[tuple[str, str]], key: _Key) -> _Lookup:
    found: _Lookup = defaultdict(set)
    for source, target in pairs:
        found[key(_plain(source))].add(target)
    return dict(found)


def _find(value: str, lookups: list[tuple[_Key, _Lookup]]) -> set[str] | None:
    """The values in the first lookup that knows a text; not exactly one where it is unclear; None if unknown."""
    return next((lookup[key(value)] for key, lookup in lookups if key(value) in lookup), None)


def _plain(value: str) -> str:
    return transliterate(value).strip()


def _problem(rule: str, message: str, column: Column, numbers: list[int]) -> list[Problem]:
    if not numbers:
        return []
    rows = np.flatnonzero(np.isin(raw_codes(column), numbers)).astype(np.int64)
    return [Problem(rule, "error", rows, message, take(column, rows))]
