"""What a dataset is made of: where its records come from, and which other datasets its variables name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from specs.made import row_uses
from specs.model import Dataset
from specs.uses import is_collected, uses

if TYPE_CHECKING:
    from specs.resolve import StudyModel


def records_from(model: StudyModel, name: str) -> list[str]:
    """The sources, tables and written datasets that the records of a dataset come from.

    Its own parts, and datasets that are not written, are looked into. What a transform makes comes from the datasets
    that the transform is given.
    """
    found: dict[str, None] = {}
    waiting, seen = [name], {name}
    while waiting:
        dataset = model.datasets.get(waiting.pop(0))
        for row in dataset.rows.values() if dataset else ():
            given = [u.name.rpartition(".")[0] for u in row_uses(row) if u.kind == "other"]
            for of in [row.from_] if row.from_ else given:
                whole = model.datasets.get(of.partition(".")[0])
                if whole is not None and (whole.dataset == name or whole.working):
                    waiting += [of] if of not in seen else []
                    seen.add(of)
                else:
                    found[whole.dataset if whole is not None else of] = None
    return list(found)


def needs(model: StudyModel, name: str) -> list[str]:
    """The other datasets that the records or variables of a dataset, and of its parts, come from; in order."""
    parts = [d for d in model.datasets.values() if name in (d.dataset, d.parameter_of)]
    found = {of.partition(".")[0] for part in parts for of in _needs(model, part)}
    return sorted((found & set(model.datasets)) - {name})  # what is kept of the cut (CUT.ALIVEFL) is no dataset


def _needs(model: StudyModel, part: Dataset) -> Iterator[str]:
    for row in part.rows.values():
        if row.from_.partition(".")[0] in model.datasets:
            yield row.from_
        yield from (u.name for u in row_uses(row) if u.kind == "other")
    for variable in [*part.variables.values(), *(v for r in part.rows.values() for v in r.variables.values())]:
        if not is_collected(variable):
            yield from (u.name for u in uses(variable) if u.kind == "other")
