"""The rules of a define.xml beyond its schema, each a small class with an id, a sentence and a test."""

from __future__ import annotations

from define.rules import (
    analyses,
    codelists,
    data_types,
    datasets,
    limits,
    references,
    standards,
    value_level,
    variables,
)
from define.rules.rule import Rule

_MODULES = (standards, references, datasets, variables, data_types, codelists, limits, value_level, analyses)
RULES: tuple[type[Rule], ...] = tuple(rule for module in _MODULES for rule in module.RULES)

__all__ = ["RULES"]
