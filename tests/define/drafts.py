"""A define in the making, for a study of a few lines, and datasets as a run wrote them, from literal columns."""

from __future__ import annotations

from collections.abc import Mapping

from define.codelists import Codelists
from define.draft import Draft
from define.model import ItemDef
from define.standards import Standards, _Published
from define.ways import Ways
from define.written import WrittenDataset, WrittenVariable
from specs.resolve import StudyModel
from specs.terminology import Codelist, Term
from transforms.columns import Column, plain, text

NY = Codelist("NY", "C66742", "No Yes Response", False, (Term("N", "C49487", "No"), Term("Y", "C49488", "Yes")))
UNIT = Codelist("UNIT", "C71620", "Unit", True, (Term("g/L", "C1", "Gram per Liter"), Term("%", "C2", "Percentage")))
MINE = Codelist("MINE", "", "Own Words", True, (Term("GOOD", "", "Good"), Term("BAD", "", "Bad")))
PUBLISHED = Standards([_Published("SDTMIG", "3.4", "SDTM", "2025-03-28", frozenset({"NY", "UNIT"}))], False)


def draft_of(model: StudyModel, pages: Mapping[tuple[str, str], int] | None = None) -> Draft:
    """Nothing described yet; ``pages`` of raw fields in the annotated CRF."""
    return Draft(Ways(model), PUBLISHED, Codelists(model, PUBLISHED), pages or {})


def written_of(
    model: StudyModel, name: str, origins: list[str] | None = None, /, **columns: list[str | None]
) -> WrittenDataset:
    """A dataset of these columns: numbers where the spec says Num. ``origins`` is the source of every record."""
    spec = model.datasets[name]
    made: dict[str, Column] = {v: text(values) for v, values in columns.items()}
    size = max((len(c) for c in made.values()), default=0)
    facts = []
    for v, column in made.items():
        typed = spec.variables.get(v)
        kind = typed.type if typed and typed.type else "Char"
        missing = plain(column).count(None)
        facts.append(WrittenVariable(v, v, kind, 8, "", None, None, missing, size))
    file = f"{name.lower()}.xpt"
    return WrittenDataset(spec, file, size, tuple(facts), made.__getitem__, text(origins) if origins else None)


def with_items(draft: Draft, *oids: str) -> Draft:
    """The items that a where-clause may name."""
    for oid in oids:
        draft.items[oid] = ItemDef(oid, oid.rpartition(".")[2], "text", oid, 8)
    return draft
