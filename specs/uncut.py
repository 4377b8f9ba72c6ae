"""Datasets with dates that the cut of the study says nothing of: their records are never cut, and nobody is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from specs.expand import domain_code
from specs.model import Dataset
from specs.nodes import Spot
from specs.problems import SpecProblem
from specs.uses import cases, is_collected

if TYPE_CHECKING:
    from specs.resolve import StudyModel

RULE = "CUT_UNDECIDED"
DATES = ("STDTC", "DTC")
"""When something happened, or was collected (SDTMIG 3.4, 4.4): what a cut goes by."""


def uncut_datasets(model: StudyModel) -> Iterator[SpecProblem]:
    """Warnings for SDTM datasets with collected rows and a date, and without a rule in ``cut:`` where there is one.

    Rows that come from other datasets were cut there.
    """
    cut = model.study.cut
    if cut is None:
        return
    spot = Spot(model.head, ("cut", "datasets"), "study.yaml cut")
    for name, dataset in model.datasets.items():
        dates = _dates_of(dataset)
        if not dates or name in cut.datasets or all(r.from_ not in model.study.sources for r in dataset.rows.values()):
            continue
        collected = next((d for d, is_cuttable in dates.items() if is_cuttable), None)
        rule = f"add {name}: {{start: {collected}}}, or " if collected else ""
        told = (
            f"no rule for {name}, so its records with {collected or next(iter(dates))} after the cut stay; "
            f"{rule}say why: {name}: {{keep: reason}}"
        )
        yield SpecProblem(spot.at_key("").place, spot.subject, told, RULE, "warning")


def _dates_of(dataset: Dataset) -> dict[str, bool]:
    """The date variables of an SDTM dataset that have a method in some kind of row, and whether all are collected.

    The cut comes before what is derived.
    """
    if dataset.standard == "adam" or dataset.parameter_of:
        return {}
    found = {}
    for name in (domain_code(dataset.dataset) + suffix for suffix in DATES):
        ways = [dataset.variables.get(name), *(row.variables.get(name) for row in dataset.rows.values())]
        made = [way for way in ways if way is not None and cases(way)]
        if made:
            found[name] = all(is_collected(way) for way in made)
    return found
