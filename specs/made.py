"""Records that are made rather than read (``time_to_event``, or ``derive`` of a row): what they have, and their rule.

A variable of such a row is made with the record where it has no method of its own, or is a plain copy of what is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from specs.model import Copy, Rows, Variable
from specs.phrases import finished, labelled, meant
from specs.time_to_event import sentence as time_to_event_sentence
from specs.time_to_event import time_to_event_uses
from specs.uses import Derivation, Use, cases, derivation_uses
from transforms.library import REGISTRY
from transforms.time_to_event import MAKES

if TYPE_CHECKING:
    from specs.resolve import StudyModel

TAKEN = re.compile(r"\b([A-Z][A-Z0-9_]*) as collected")
WITH_THE_RECORD = "Made with the record, by the rule of its row."


def makes(row: Rows) -> tuple[str, ...]:
    """The variables of the records that a row makes; empty for a row that reads records."""
    if row.time_to_event is not None:
        return MAKES
    transform = REGISTRY.get(row.derive or "")
    return transform.made_with(row.with_ or {}) if transform else ()


def row_uses(row: Rows) -> Iterator[Use]:
    """What the rule by which a row makes its records refers to; nothing for a row that reads records."""
    if row.time_to_event is not None:
        yield from time_to_event_uses(row.time_to_event)
    elif row.derive:
        yield from derivation_uses(Derivation(row.derive, dict(row.with_ or {})))


def made_column(row: Rows, name: str, variable: Variable | None) -> str | None:
    """Which of what a row makes a variable is; None where it has another method, or the row makes none such."""
    there = makes(row)
    methods = cases(variable) if variable is not None else []
    if not methods:
        return name if name in there else None
    copied = methods[0].method
    if len(methods) > 1 or methods[0].condition or not isinstance(copied, Copy):
        return None
    plain = copied.part is None and not copied.pattern and not copied.case
    return copied.column if plain and isinstance(copied.column, str) and copied.column in there else None


def is_made(model: StudyModel, dataset: str, variable: str) -> bool:
    """Whether some kind of row makes a variable with its records, also through the parameters that are stacked."""
    spec = model.datasets[dataset]
    for row in spec.rows.values():
        part = model.datasets.get(row.from_)
        if part is not None and part.parameter_of == dataset and is_made(model, row.from_, variable):
            return True
        if made_column(row, variable, row.variables.get(variable) or spec.variables.get(variable)):
            return True
    return False


def record_rule(model: StudyModel, row: Rows, keys: Sequence[str] = (), kinds: Sequence[str] = ()) -> str:
    """The whole rule by which a row makes its records (of some ``kinds``), with labels and settings; else empty."""
    if row.time_to_event is not None:
        return labelled(model, time_to_event_sentence(model, row.time_to_event))
    transform = REGISTRY.get(row.derive or "")
    if transform is None:
        return ""
    given = {n: meant(model, v, keys) for n, v in (row.with_ or {}).items()}
    return labelled(model, finished(transform.describe(given, kinds)))


def made_sentence(
    model: StudyModel,
    row: Rows,
    name: str,
    variable: Variable | None,
    keys: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> str:
    """The sentence of a variable that is made with its record (``describe`` goes before the rule); else empty."""
    column = made_column(row, name, variable)
    if column is None:
        return ""
    if variable is not None and variable.describe:
        return finished(variable.describe)
    rule = record_rule(model, row, keys, kinds)
    return rule if column == name else f"{column} of the record that is made. {rule}"


def told_of_record(row: Rows, said: str) -> str:
    """A sentence of some other method, where it takes what the row makes: nothing of that was collected."""
    there = makes(row)
    return TAKEN.sub(lambda m: f"{m[1]} of the record that is made" if m[1] in there else m[0], said)
