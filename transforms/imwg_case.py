"""Measurable disease at baseline, and everything that the rules of response look at, along the assessments.

Source: design basis 5.2; Kumar et al., Lancet Oncol 2016;17:e328-46.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import Codes, Column, Mask, take_results
from transforms.exact import Exact, fraction
from transforms.imwg_anchors import Anchors, Panel, nadir

_URINE, _CHAIN, _MARROW = 200, 100, 30
_LOW, _HIGH = fraction(0.26), fraction(1.65)


@dataclass(frozen=True)
class Options:
    """What a study may set; numbers as exact fractions."""

    measurable_serum: Fraction
    ratio_low: Fraction
    ratio_high: Fraction
    plasmacytoma_vgpr: Fraction
    confirmed_nadir: bool
    ife_interference: bool
    european: bool
    maintain_days: int
    marrow_days: int
    relative_marrow: bool
    """In leukemia a rise of marrow by more than 25 percent is progression."""


@dataclass(frozen=True)
class Measure:
    """Which disease can be measured: serum and urine M-protein, free light chains only, marrow only."""

    serum: Mask
    urine: Mask
    chains: Mask
    marrow: Mask
    kappa: Mask
    """Kappa is the involved chain."""
    lambda_: Mask
    """Lambda is the involved chain."""

    @classmethod
    def of(cls, base: Panel, options: Options) -> Measure:
        """Measurable disease by the values at baseline."""
        kappa, lambda_ = base["KAPPA"].value, base["LAMBDA"].value
        high = kappa.above_times(_HIGH, lambda_)
        low = lambda_.above_times(1 / _LOW, kappa)
        serum = base["SPEP"].value.at_least(options.measurable_serum)
        urine = base["UPEP"].value.at_least(_URINE)
        chains = ~serum & ~urine & ((high & kappa.at_least(_CHAIN)) | (low & lambda_.at_least(_CHAIN)))
        marrow = ~serum & ~urine & ~chains & base["MARROW"].value.at_least(_MARROW)
        return cls(serum, urine, chains, marrow, high, low)

    @property
    def any(self) -> Mask:
        """Where anything can be measured."""
        return self.serum | self.urine | self.chains | self.marrow

    def at(self, positions: Codes) -> Measure:
        """The same for some positions."""
        masks = (self.serum, self.urine, self.chains, self.marrow, self.kappa, self.lambda_)
        return Measure(*(m[positions] for m in masks))

    def difference(self, panel: Panel) -> Exact:
        """dFLC: involved minus uninvolved free light chain, in mg/L; missing where neither was involved at baseline."""
        kappa, lambda_ = panel["KAPPA"].value, panel["LAMBDA"].value
        return (kappa - lambda_).where(self.kappa).or_else((lambda_ - kappa).where(self.lambda_))

    def names(self) -> Column:
        """What can be measured in words: ``SERUM, URINE``; ``NONE``."""
        masks = [("SERUM", self.serum), ("URINE", self.urine), ("FREE LIGHT CHAINS", self.chains)]
        return joined_names([*masks, ("MARROW", self.marrow), ("NONE", ~self.any)])


@dataclass(frozen=True)
class Case:
    """The assessments, the components there and at baseline (along the assessments), and the criteria that apply."""

    anchors: Anchors
    now: Panel
    base: Panel
    measure: Measure
    leukemia: Mask
    """Where the criteria of plasma cell leukemia apply."""
    options: Options

    def value(self, name: str) -> Exact:
        """A component at the assessment."""
        return self.now[name].value

    def start(self, name: str) -> Exact:
        """A component at baseline."""
        return self.base[name].value

    def lowest(self, name: str) -> Exact:
        """The nadir of a component before the assessment."""
        return nadir(self.anchors, self.value(name), self.start(name), self.options.confirmed_nadir)

    def negative(self, name: str) -> Mask:
        """Where a finding is negative, or an amount is 0."""
        return self.value(name).at_most(0)

    def reduced(self, name: str, percent: int | Fraction) -> Mask:
        """Where a component fell from baseline by so many percent or more."""
        return reduction(self.start(name), self.value(name), percent)

    @property
    def ratio_normal(self) -> Mask:
        """Where the ratio of kappa to lambda is within the normal range."""
        kappa, lambda_ = self.value("KAPPA"), self.value("LAMBDA")
        not_high = ~kappa.above_times(self.options.ratio_high, lambda_)
        return kappa.at_least_times(self.options.ratio_low, lambda_) & not_high

    @property
    def plasmacytoma(self) -> Mask:
        """Where there was a plasmacytoma at baseline."""
        return self.start("SPD").above(0)


def reduction(start: Exact, now: Exact, percent: int | Fraction) -> Mask:
    """Where a value is lower than at the start by so many percent of the start or more."""
    return (start - now).at_least_times(Fraction(percent) / 100, start) & start.above(0)


def joined_names(masks: list[tuple[str, npt.NDArray[np.bool_]]]) -> Column:
    """The names whose mask holds, in order, with commas between: one text per row, missing where none holds."""
    bits = np.zeros(len(masks[0][1]), dtype=np.int64)
    for place, (_, mask) in enumerate(masks):
        bits |= mask.astype(np.int64) << place
    inverse, distinct = pd.factorize(bits)
    words = [", ".join(name for place, (name, _) in enumerate(masks) if b >> place & 1) for b in distinct.tolist()]
    return take_results(words, inverse.astype(np.int64))
