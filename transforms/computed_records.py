"""Records computed from other records of a subject: means of replicates, and parameters made from other parameters.

Records go together where subject and all ``by`` variables are the same, missing being a value of its own. Each record
that is made has its ``by`` variables, and those of ``keep`` that have one value in all records that it was made from.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from transforms.assessments import parallel, size_of
from transforms.body_measures import (
    PRESSURE,
    SURFACE,
    Numbers,
    Surface,
    body_mass_index,
    mean_pressure,
    rounded,
    surface_area,
)
from transforms.columns import Codes, Column, Mask, codes_of, distinct_rows, missing, numbers, only, stack, take
from transforms.registry import Edge, Made, Problem, Related, register_records

CARRIED = ("by", "keep")
GROUPS = "One record per subject[ and {by}]"
KEPT = "[ It has {keep} where all of these have the same.]"


@register_records(
    f"{GROUPS} that has values of {{value}}: AVAL is their {{summary}}.{KEPT}", makes=("AVAL",), carries=CARRIED
)
def derive_summary_records(
    value: Related,
    summary: Literal["mean", "median", "min", "max", "sum"],
    by: list[Related] | None = None,
    keep: list[Related] | None = None,
) -> Made:
    """The mean (median, least, greatest, sum) of the values of each subject and group, as a record of its own.

    AVAL has 15 significant digits; missing values do not count, and a group without values has no record. Edges:
    member, every record that counted. Raises ValueError where ``by`` or ``keep`` is not of the same records. Source:
    admiral 1.4.1, derive_summary_records; ADaMIG 1.3, 3.3.4 (DTYPE AVERAGE, MAXIMUM, MINIMUM, SUM).
    """
    known = _known(value)
    groups = _Groups([known], by or [])
    given = numbers(known.values).to_numpy(dtype=np.float64)
    return groups.made(rounded(_summary(given, groups, summary)), keep or [], np.ones(groups.count, dtype=np.bool_))


@register_records(
    f"{GROUPS} that has {{height}} in cm and {{weight}} in kg[; {{constant}}: one value "
    f"counts for the whole subject]. AVAL is weight / (height / 100)^2 in kg/m2.{KEPT}",
    makes=("AVAL",),
    carries=CARRIED,
)
def derive_param_bmi(
    height: Related,
    weight: Related,
    by: list[Related] | None = None,
    keep: list[Related] | None = None,
    constant: list[str] | None = None,
) -> Made:
    """Body mass index in kg/m2 as a parameter: a record wherever there are height (cm) and weight (kg).

    With ``constant: [height]`` the height of a subject counts for all its weights. Problem RELATED_SEVERAL (error)
    where there are different values of one of them; AVAL is missing then. Edges: member. Raises ValueError where ``by``
    or ``keep`` is not of the same dataset, or ``constant`` is neither height nor weight. Source: admiral 1.4.1,
    derive_param_bmi and compute_bmi.
    """
    inputs = _Inputs({"height": height, "weight": weight}, by, keep, constant)
    tall, mass = inputs.values
    return inputs.made(body_mass_index(tall, mass))


@register_records(
    f"{GROUPS} that has {{height}} in cm and {{weight}} in kg[; {{constant}}: one value "
    f"counts for the whole subject]. AVAL is the body surface area in m2 by {{method}} ({SURFACE}).{KEPT}",
    makes=("AVAL",),
    carries=CARRIED,
)
def derive_param_bsa(
    height: Related,
    weight: Related,
    method: Surface,
    by: list[Related] | None = None,
    keep: list[Related] | None = None,
    constant: list[str] | None = None,
) -> Made:
    """Body surface area in m2 as a parameter: a record wherever there are height (cm) and weight (kg).

    Otherwise as ``derive_param_bmi``. Source: admiral 1.4.1, derive_param_bsa and compute_bsa.
    """
    inputs = _Inputs({"height": height, "weight": weight}, by, keep, constant)
    tall, mass = inputs.values
    return inputs.made(surface_area(tall, mass, method))


@register_records(
    f"{GROUPS} that has {{sysbp}} and {{diabp}}[ and {{hr}}]. AVAL is the mean arterial pressure in mmHg "
    f"({PRESSURE}).{KEPT}",
    makes=("AVAL",),
    carries=CARRIED,
)
def derive_param_map(
    sysbp: Related,
    diabp: Related,
    hr: Related | None = None,
    by: list[Related] | None = None,
    keep: list[Related] | None = None,
) -> Made:
    """Mean arterial pressure as a parameter: a record wherever there are both pressures, and the rate if one is named.

    Otherwise as ``derive_param_bmi``. Source: admiral 1.4.1, derive_param_map and compute_map.
    """
    inputs = _Inputs({"sysbp": sysbp, "diabp": diabp, **({"hr": hr} if hr else {})}, by, keep)
    systolic, diastolic, *rate = inputs.values
    return inputs.made(mean_pressure(systolic, diastolic, rate[0] if rate else None))


@register_records(
    f"{GROUPS} that has all of {{values}}. AVAL is their {{compute}} in this order.{KEPT}",
    makes=("AVAL",),
    carries=CARRIED,
)
def derive_param_computed(
    values: list[Related],
    compute: Literal["sum", "difference", "product", "ratio"],
    by: list[Related] | None = None,
    keep: list[Related] | None = None,
) -> Made:
    """A parameter computed from others: their sum, product, or the first less (divided by) those that follow it.

    Missing for a divisor of 0. Otherwise as ``derive_param_bmi``. Source: admiral 1.4.1, derive_param_computed.
    """
    inputs = _Inputs({str(n): value for n, value in enumerate(values)}, by, keep)
    result, *others = inputs.values
    for other in others:
        if compute == "sum":
            result = result + other
        elif compute == "difference":
            result = result - other
        else:
            result = result * other if compute == "product" else result / np.where(other == 0, np.nan, other)
    return inputs.made(result)


class _Groups:
    """Records of one or more inputs, one below the other, by subject and the variables that they go together by."""

    def __init__(self, inputs: list[Related], by: list[Related]) -> None:
        self.inputs = inputs
        self.subject: Codes = np.concatenate([i.subject for i in inputs])
        self.keys = {_variable(b): self.column(b) for b in by}
        self.first, self.group = distinct_rows([pd.Series(self.subject.astype(np.float64)), *self.keys.values()])
        self.count = len(self.first)

    def column(self, of: Related) -> Column:
        """A variable of all these records."""
        return stack([parallel(i, of).values for i in self.inputs])

    def parts(self) -> list[Codes]:
        """The groups of the records of each input."""
        return np.split(self.group, np.cumsum([len(i.rows) for i in self.inputs])[:-1])

    def made(self, values: Column, keep: list[Related], wanted: Mask) -> Made:
        """A record for each of the groups that are wanted."""
        chosen = np.flatnonzero(wanted)
        place = np.where(wanted, np.cumsum(wanted) - 1, -1)
        columns = {"AVAL": take(values, chosen)}
        columns |= {name: take(column, self.first[chosen]) for name, column in self.keys.items()}
        columns |= {_variable(k): take(self._one(self.column(k)), chosen) for k in keep}
        edges = [_members(i, place[g]) for i, g in zip(self.inputs, self.parts(), strict=True)]
        return Made(columns, self.subject[self.first[chosen]], edges=edges)

    def _one(self, column: Column) -> Column:
        """The value of each group, missing where it has several."""
        codes = codes_of(column)
        other = codes != codes[self.first][self.group]
        return only(take(column, self.first), np.bincount(self.group[other], minlength=self.count) == 0)


class _Inputs:
    """The values of several inputs for each group that has all of them; ``constant`` ones have one per subject."""

    def __init__(
        self,
        given: dict[str, Related],
        by: list[Related] | None,
        keep: list[Related] | None,
        constant: list[str] | None = None,
    ) -> None:
        fixed = constant or []
        if not set(fixed) < set(given):
            raise ValueError(f"constant: only some of {', '.join(given)}, not {', '.join(fixed)}")
        known = {n: _known(r) for n, r in given.items()}
        self.keep = keep or []
        self.varying = [r for n, r in known.items() if n not in fixed]
        self.constant = [r for n, r in known.items() if n in fixed]
        self.groups = _Groups(self.varying, by or [])
        self.complete = np.ones(self.groups.count, dtype=np.bool_)
        self.several = np.zeros(self.groups.count, dtype=np.bool_)
        subject, people = self.groups.subject[self.groups.first], size_of(*known.values())
        every = np.arange(self.groups.count)
        parts = iter(self.groups.parts())
        self.values = [
            self._value(r, r.subject, subject, people) if n in fixed else self._value(r, next(parts), every, len(every))
            for n, r in known.items()
        ]

    def _value(self, related: Related, group: Codes, wanted: Codes, size: int) -> Numbers:
        """The value of each group; where there are several that differ it is missing, and told."""
        values = numbers(related.values).to_numpy(dtype=np.float64)
        of_group = np.full(size, np.nan)
        of_group[group] = values
        differ = np.bincount(group[of_group[group] != values], minlength=size) > 0
        self.complete &= ~np.isnan(of_group[wanted])
        self.several |= differ[wanted]
        result: Numbers = np.where(differ, np.nan, of_group)[wanted]
        return result

    def made(self, computed: Numbers) -> Made:
        """The records with what was computed."""
        made = self.groups.made(rounded(computed), self.keep, self.complete)
        edges = [*made.edges, *(_constant_members(c, made.subject) for c in self.constant)]
        rows = np.flatnonzero(self.several[self.complete]).astype(np.int64)
        names = ", ".join(dict.fromkeys(r.name for r in [*self.varying, *self.constant]))
        told = f"{names}: there are several different values for one record that is computed, which is left empty"
        problems = [Problem("RELATED_SEVERAL", "error", rows, told)] if len(rows) else []
        return Made(made.columns, made.subject, problems, edges)


def _summary(values: Numbers, groups: _Groups, summary: str) -> Numbers:
    group, count = groups.group, groups.count
    number = np.bincount(group, minlength=count)
    if summary in ("sum", "mean"):
        total = np.bincount(group, weights=values, minlength=count).astype(np.float64)
        return total if summary == "sum" else total / number
    ordered = values[np.lexsort([values, group])]
    end = np.cumsum(number)
    start = end - number
    if summary in ("min", "max"):
        return ordered[start if summary == "min" else end - 1]
    middle: Numbers = (ordered[start + (number - 1) // 2] + ordered[start + number // 2]) / 2
    return middle


def _known(related: Related) -> Related:
    """The records of a subject that have a number."""
    values = numbers(related.values)
    kept = np.flatnonzero(~missing(values) & (related.subject >= 0))
    return Related(related.name, take(values, kept), related.subject[kept], related.rows[kept])


def _variable(related: Related) -> str:
    return related.name.rpartition(".")[2]


def _members(related: Related, place: Codes) -> Edge:
    """The records behind those that are made; ``place`` is the made record of each, or -1."""
    used = np.flatnonzero(place >= 0)
    return Edge("member", related.name.rpartition(".")[0], place[used].astype(np.int64), related.rows[used])


def _constant_members(related: Related, subject: Codes) -> Edge:
    """The records behind those that are made of the same subject, whichever they are."""
    order = np.argsort(related.subject, kind="stable")
    ours = related.subject[order]
    first, last = np.searchsorted(ours, subject), np.searchsorted(ours, subject, side="right")
    number = last - first
    made = np.repeat(np.arange(len(subject)), number)
    at = np.arange(len(made)) - np.repeat(np.cumsum(number) - number, number) + np.repeat(first, number)
    return Edge("member", related.name.rpartition(".")[0], made.astype(np.int64), related.rows[order[at]])
