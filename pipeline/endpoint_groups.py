"""The groups of subjects for which an endpoint is given, such as the arms of a trial, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from specs.analyses import SUBJECTS, Endpoint
from specs.conditions import parse_condition
from transforms.columns import Mask, numbers, text

Frames = Callable[[str], pd.DataFrame]
"""A written dataset by name."""
TOTAL = "Total"
NO_GROUP = "(no group)"
"""Subjects of the population without a value: they are shown, and count in the total."""


@dataclass(frozen=True)
class Group:
    """A value of the variable, and the datasets as they are when only its subjects are in ADSL."""

    level: str
    frames: Frames


def subject_groups(endpoint: Endpoint, frames: Frames) -> Iterator[Group]:
    """Each value of ``groups`` that a subject of the population has, in the order of the variable's own number.

    That is the variable of the same name with N (TRT01PN beside TRT01P; ADaMIG 1.3, 3.1.3), if ADSL has it; else in
    alphabetical order.
    """
    subjects = frames(SUBJECTS)
    if not len(subjects):
        return
    variable = (endpoint.groups or "").rpartition(".")[2]
    levels = text(subjects[variable]).astype("str").fillna(NO_GROUP).reset_index(drop=True)
    condition = parse_condition(endpoint.population)
    kept = condition.mask(lambda n: subjects[n].reset_index(drop=True), len(subjects))
    rank = (
        numbers(subjects[f"{variable}N"]).to_numpy(np.float64) if f"{variable}N" in subjects else np.zeros(len(levels))
    )
    first = pd.Series(rank).fillna(np.inf).groupby(levels.to_numpy()).min()
    for level in sorted(set(levels[kept]), key=lambda name: (name == NO_GROUP, first[name], name)):
        yield Group(str(level), _only((levels == level).to_numpy(dtype=np.bool_), frames))


def _only(chosen: Mask, frames: Frames) -> Frames:
    """The datasets, ADSL with the chosen subjects only: an endpoint reads the records of subjects that are in ADSL."""

    def read(name: str) -> pd.DataFrame:
        return frames(name)[chosen].reset_index(drop=True) if name == SUBJECTS else frames(name)

    return read
