"""Levels of response by component, complete response, and what is missing (design basis 5.3 steps 2 to 4, 5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from transforms.columns import Codes, Column, Mask, take_results
from transforms.imwg_case import Case, joined_names, reduction

LEVELS = ("sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE")
SCR, CR, VGPR, PR, MR, SD, PD, NE = range(1, 9)

RULES: dict[str, tuple[str, ...]] = {
    "SERUM M-PROTEIN": ("SPEP",),
    "URINE M-PROTEIN": ("UPEP",),
    "URINE NOT COLLECTED": (),
    "FREE LIGHT CHAINS": ("KAPPA", "LAMBDA"),
    "MARROW": ("MARROW",),
    "MARROW NOT ASSESSED": (),
    "PLASMACYTOMA": ("SPD",),
    "PLASMACYTOMA NOT ASSESSED": (),
    "CIRCULATING PLASMA CELLS": ("PB",),
    "CIRCULATING PLASMA CELLS NOT ASSESSED": (),
    "COMPLETE RESPONSE": ("SIFE", "UIFE", "MARROW"),
    "STRINGENT COMPLETE RESPONSE": ("SIFE", "UIFE", "MARROW", "KAPPA", "LAMBDA", "CLONAL"),
    "NO MINIMAL RESPONSE IN LEUKEMIA": (),
    "NOT MAINTAINED": (),
    "MEASURABLE COMPONENT NOT ASSESSED": (),
    "NO MEASURABLE DISEASE": (),
    "PROGRESSION": (),
}
"""The rules that can decide, and the components that each rests on (those of progression are its signs)."""
_NUMBER = {name: number for number, name in enumerate(RULES)}
_ITEMS = ("SPEP", "UPEP", "SIFE", "UIFE", "KAPPA", "LAMBDA", "MARROW", "CLONAL", "SPD", "PB")
_NEVER = 1 << 40


@dataclass(frozen=True)
class Ruling:
    """The level of each assessment so far, the rule that set it, and the items whose absence lowered it."""

    level: Codes
    rule: Codes
    missing: dict[str, Mask]

    @classmethod
    def start(cls, size: int) -> Ruling:
        """Nothing decided: very good partial response, the best that the components alone can give."""
        none = {name: np.zeros(size, dtype=np.bool_) for name in _ITEMS}
        return cls(np.full(size, VGPR, dtype=np.int64), np.full(size, -1, dtype=np.int64), none)

    def limit(self, where: Mask, level: int, rule: str) -> Ruling:
        """No better than a level; the first rule that asks for the final level is the one that decided."""
        return self.decide(where & ((self.level < level) | ((self.level == level) & (self.rule < 0))), level, rule)

    def decide(self, where: Mask, level: int, rule: str) -> Ruling:
        """A level whatever was decided before."""
        return Ruling(
            np.where(where, level, self.level), np.where(where, _NUMBER[rule], self.rule).astype(np.int64), self.missing
        )

    def lacking(self, where: Mask, *items: str) -> Ruling:
        """Items whose absence lowers the level."""
        more = {name: self.missing[name] | where for name in items}
        return Ruling(self.level, self.rule, self.missing | more)

    def without_items(self, where: Mask) -> Ruling:
        """Nothing was lowered by absence: the level is decided by what is there."""
        return Ruling(self.level, self.rule, {name: mask & ~where for name, mask in self.missing.items()})

    def rule_is(self, name: str) -> Mask:
        """Where a rule decided."""
        result: Mask = self.rule == _NUMBER[name]
        return result

    def levels(self) -> Column:
        """The level as text."""
        return take_results(LEVELS, self.level - 1)

    def rules(self) -> Column:
        """The rule as text."""
        return take_results(list(RULES), self.rule)

    def items(self) -> Column:
        """The missing items as text, with commas."""
        return joined_names(list(self.missing.items()))


def response(case: Case) -> Ruling:
    """Steps 2 to 4 for myeloma: the lowest component, complete response, and NE without what must be measured.

    Source: Kumar et al. 2016, as in design basis 5.3.
    """
    ruling = _by_component(case)
    ruling = _complete(case, ruling)
    ruling = _required(case, ruling)
    return ruling.decide(~case.measure.any, NE, "NO MEASURABLE DISEASE").without_items(~case.measure.any)


def _by_component(case: Case) -> Ruling:
    measure = case.measure
    serum = [
        (VGPR, case.negative("SPEP") | case.reduced("SPEP", 90)),
        (PR, case.reduced("SPEP", 50)),
        (MR, case.reduced("SPEP", 25)),
    ]
    urine = [
        (VGPR, case.value("UPEP").below(100)),
        (PR, case.reduced("UPEP", 90) | case.value("UPEP").below(200)),
        (MR, case.reduced("UPEP", 50)),
    ]
    start, now = measure.difference(case.base), measure.difference(case.now)
    chains = [(VGPR, (start - now).above_times(Fraction(9, 10), start)), (PR, reduction(start, now, 50))]
    ruling = Ruling.start(len(measure.serum))
    ruling = _graded(ruling, measure.serum, serum, "SERUM M-PROTEIN")
    ruling = _graded(ruling, measure.urine, urine, "URINE M-PROTEIN")
    ruling = _graded(ruling, measure.chains, chains, "FREE LIGHT CHAINS")
    ruling = _graded(ruling, measure.marrow, [(PR, case.reduced("MARROW", 50))], "MARROW")
    return _plasmacytoma(case, _urine_beside_serum(case, ruling))


def _graded(ruling: Ruling, where: Mask, grades: list[tuple[int, Mask]], rule: str) -> Ruling:
    """No better than the first grade that holds, or stable disease."""
    for level, holds in grades:
        ruling = ruling.limit(where & holds, level, rule)
        where = where & ~holds
    return ruling.limit(where, SD, rule)


def _urine_beside_serum(case: Case, ruling: Ruling) -> Ruling:
    """Urine that is not measurable, where serum is: it must stay below 100 mg/day for very good partial response."""
    where = case.measure.serum & ~case.measure.urine
    urine = case.value("UPEP")
    ruling = ruling.limit(where & urine.at_least(200), SD, "URINE M-PROTEIN")
    ruling = ruling.limit(where & urine.at_least(100), PR, "URINE M-PROTEIN")
    free = case.start("UPEP").at_most(0) & case.start("UIFE").at_most(0)
    unknown = where & ~urine.known & ~free & (ruling.level < PR)
    return ruling.limit(unknown, PR, "URINE NOT COLLECTED").lacking(unknown, "UPEP")


def _plasmacytoma(case: Case, ruling: Ruling) -> Ruling:
    """A plasmacytoma at baseline must shrink by half, for very good partial response as much as configured."""
    where, known = case.plasmacytoma, case.value("SPD").known
    unknown = where & ~known & (ruling.level < SD)
    ruling = ruling.limit(unknown, SD, "PLASMACYTOMA NOT ASSESSED").lacking(unknown, "SPD")
    ruling = ruling.limit(where & known & ~case.reduced("SPD", 50), SD, "PLASMACYTOMA")
    return ruling.limit(where & known & ~case.reduced("SPD", case.options.plasmacytoma_vgpr), PR, "PLASMACYTOMA")


def _complete(case: Case, ruling: Ruling) -> Ruling:
    """Step 3: complete and stringent complete response, where nothing of their lists is missing."""
    yes = np.ones(len(ruling.level), dtype=np.bool_)
    chains, plasmacytoma = case.measure.chains, case.plasmacytoma
    marrow, kappa, lambda_ = case.value("MARROW"), case.value("KAPPA"), case.value("LAMBDA")
    european = case.leukemia & case.options.european
    clear = marrow.below(5) | (european & marrow.at_most(5))
    items = [
        _Item("SIFE", yes, case.value("SIFE").known, case.negative("SIFE")),
        _Item("UIFE", yes, case.value("UIFE").known, case.negative("UIFE")),
        _Item("MARROW", yes, marrow.known & (_recent_marrow(case) | ~clear), clear),
        _Item("SPD", plasmacytoma, case.value("SPD").known, case.negative("SPD")),
        _Item("KAPPA", chains, kappa.known, case.ratio_normal | ~lambda_.known),
        _Item("LAMBDA", chains, lambda_.known, case.ratio_normal | ~kappa.known),
    ]
    best = np.where(case.measure.marrow, PR, VGPR)
    complete, lacking = _judged(items)
    ruling = _lacking(ruling, items, lacking & (ruling.level == best)).without_items(complete)
    ruling = ruling.decide(complete, CR, "COMPLETE RESPONSE")
    stringent = [
        _Item("KAPPA", yes, kappa.known, case.ratio_normal | ~lambda_.known),
        _Item("LAMBDA", yes, lambda_.known, case.ratio_normal | ~kappa.known),
        _Item("CLONAL", yes, case.value("CLONAL").known, case.negative("CLONAL")),
    ]
    met, lacking = _judged(stringent)
    ruling = ruling.decide(complete & met, SCR, "STRINGENT COMPLETE RESPONSE")
    return _lacking(ruling, stringent, complete & lacking)


@dataclass(frozen=True)
class _Item:
    """One item of a list: where it is asked for, known, and met."""

    name: str
    asked: Mask
    known: Mask
    met: Mask


def _judged(items: list[_Item]) -> tuple[Mask, Mask]:
    """Where all that is asked for is known and met; and where only what is unknown stands against it."""
    met = np.logical_and.reduce([~i.asked | (i.known & i.met) for i in items])
    failed = np.logical_or.reduce([i.asked & i.known & ~i.met for i in items])
    return met, ~met & ~failed


def _lacking(ruling: Ruling, items: list[_Item], where: Mask) -> Ruling:
    for item in items:
        ruling = ruling.lacking(where & item.asked & ~item.known, item.name)
    return ruling


def _recent_marrow(case: Case) -> Mask:
    """Where the marrow is not older than the first date of negative immunofixations, if any, minus 28 days."""
    serum, urine = case.now["SIFE"], case.now["UIFE"]
    both = case.negative("SIFE") & case.negative("UIFE")
    first = case.anchors.lowest_so_far(np.where(both, np.maximum(serum.day, urine.day), _NEVER))
    result: Mask = (first == _NEVER) | (case.now["MARROW"].day >= first - case.options.marrow_days)
    return result


def _required(case: Case, ruling: Ruling) -> Ruling:
    """Step 2: without a component that is measurable at baseline, the response is not evaluable."""
    measure = case.measure
    needed = [("SPEP", measure.serum), ("UPEP", measure.urine), ("KAPPA", measure.chains), ("LAMBDA", measure.chains)]
    absent = [(name, where & ~case.value(name).known) for name, where in (*needed, ("MARROW", measure.marrow))]
    unknown = np.logical_or.reduce([mask for _, mask in absent])
    ruling = ruling.without_items(unknown).decide(unknown, NE, "MEASURABLE COMPONENT NOT ASSESSED")
    for name, mask in absent:
        ruling = ruling.lacking(mask, name)
    return ruling
