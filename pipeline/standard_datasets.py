"""The datasets that no spec writes by hand, as the standard describes them."""

from __future__ import annotations

from pipeline.finish import SUPP_COLUMNS
from pipeline.relate import RELREC, RELREC_COLUMNS
from specs.model import Dataset
from specs.resolve import StudyModel


def standard_dataset(model: StudyModel, name: str) -> Dataset:
    """The description of a dataset that no spec writes by hand: SUPP-- (from SUPPQUAL) and RELREC, by the standard."""
    general, columns = (RELREC, RELREC_COLUMNS) if name == RELREC else ("SUPPQUAL", SUPP_COLUMNS)
    node = next((n for x in model.layers if x.is_standard and (n := x.datasets.get(general))), None)
    label = "Related Records" if name == RELREC else f"Supplemental Qualifiers for {name.removeprefix('SUPP')}"
    if node is None:
        return Dataset(dataset=name, label=label)
    described = Dataset.model_validate({**node.plain(), "dataset": name, "label": label})
    return described.model_copy(update={"variables": {v: described.variables[v] for v in columns}})
