"""Finishing a dataset: long texts to SUPP, records in the order of the keys, the supplemental qualifiers.

A value over 200 bytes is split at a word boundary into supplemental qualifiers only where the spec says so with
``split_to`` (design basis 3.1, I18); otherwise the check reports it (L09).
"""

from __future__ import annotations

import numpy as np

from pipeline.context import RangeContext
from pipeline.derive import as_type
from pipeline.records import Part
from specs.model import Dataset, Variable
from specs.origins import inferred_origin
from transforms.columns import Codes, Column, codes_of, constant, missing, stack, take, take_results, text
from transforms.registry import Edge
from transforms.sequence import sort_order
from transforms.text import split_long

SUPP_COLUMNS = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL")
LIMIT = 200
LONGEST_LABEL = 40


def finish(context: RangeContext, name: str) -> None:
    """Put a dataset in its final form; its SUPP dataset, if it has one, is added to the parts."""
    dataset = context.model.datasets[name]
    part = context.parts[name]
    continue_long_values(part, dataset)
    for variable, typed in dataset.variables.items():
        part.columns[variable] = as_type(part.column(variable), typed)
    order = _order(part, dataset)
    part = part.take(order)
    context.parts[name] = part
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    context.places[name] = place
    for i, source in enumerate(part.sources):
        if source in context.model.datasets and context.model.datasets[source].parameter_of == name:
            of_parameter = np.flatnonzero(part.source == i)
            where = np.empty(context.parts[source].size, dtype=np.int64)
            where[part.source_row[of_parameter]] = of_parameter
            context.places[source] = where
    supplemental = _supplemental(part, dataset)
    if supplemental is not None:
        context.parts[supplemental.name] = supplemental


def continue_long_values(part: Part, dataset: Dataset) -> None:
    """Long values of variables with ``split_to``: the first piece stays, the others become qualifiers.

    Or variables, where the dataset has them (TSVAL1 of TS, COVAL1 of CO: SDTMIG 3.4, 5.1 and 7.4).
    Done as soon as the values are there, so that what is taken from them elsewhere fits as well.
    """
    for variable, typed in dataset.variables.items():
        if not typed.split_to or variable not in part.columns:
            continue
        pieces = split_long(text(part.columns[variable]), LIMIT)
        if len(pieces) == 1:
            continue
        part.columns[variable] = pieces[0]
        stem = typed.split_to.rstrip("0123456789") or typed.split_to
        for i, piece in enumerate(pieces[1:], start=1):
            part.columns[f"{stem}{i}"] = piece
            if f"{stem}{i}" in dataset.variables:
                continue
            label = f"{(typed.label or variable)[: LONGEST_LABEL - 2].rstrip()} {i}"
            part.overflow[f"{stem}{i}"] = _method_of(dataset, variable, typed).model_copy(update={"label": label})


def _method_of(dataset: Dataset, name: str, whole: Variable) -> Variable:
    """What says where a variable comes from: its own method, or that of the first kind of row that has it."""
    of_rows = (row.variables[name] for row in dataset.rows.values() if name in row.variables)
    return whole if inferred_origin(whole) else next(of_rows, whole)


def _order(part: Part, dataset: Dataset) -> Codes:
    keys = [part.column(k) for k in dataset.sort_keys if k not in ("STUDYID", "USUBJID")]
    columns = [part.columns[f"{part.name[:2]}SEQ"]] if not keys and f"{part.name[:2]}SEQ" in part.columns else keys
    return sort_order([part.subject, *(codes_of(c) for c in columns), part.records.identity])


def _supplemental(part: Part, dataset: Dataset) -> Part | None:
    """The SUPP dataset of a part: one record per qualifier that has a value, in the order of the parent's records."""
    qualifiers = {**dataset.supplemental, **part.overflow}
    if not qualifiers or not part.size:
        return None
    rows, numbers = [], []
    for i, name in enumerate(qualifiers):
        found = np.flatnonzero(~missing(part.column(name)))
        rows.append(found)
        numbers.append(np.full(len(found), i))
    at, qualifier = np.concatenate(rows).astype(np.int64), np.concatenate(numbers).astype(np.int64)
    if not len(at):
        return None
    order = np.lexsort([qualifier, at])
    at, qualifier = at[order], qualifier[order]
    names = list(qualifiers)
    sequence = f"{part.name[:2]}SEQ"
    has_sequence = sequence in part.columns
    values = stack([text(part.column(n)) for n in names])
    columns = {
        "STUDYID": _at(part, "STUDYID", at),
        "RDOMAIN": constant(part.name[:2], len(at)),
        "USUBJID": _at(part, "USUBJID", at),
        "IDVAR": constant(sequence if has_sequence else None, len(at)),
        "IDVARVAL": _at(part, sequence, at) if has_sequence else constant(None, len(at)),
        "QNAM": _named(names, qualifier),
        "QLABEL": _named([qualifiers[n].label or n for n in names], qualifier),
        "QVAL": take(values, qualifier * part.size + at),
        "QORIG": _named([_origin(part, dataset, n, qualifiers[n]) for n in names], qualifier),
        "QEVAL": _named([qualifiers[n].evaluator or "" for n in names], qualifier),
    }
    edges = [("", Edge("record", part.name, np.arange(len(at), dtype=np.int64), at))]
    place = np.zeros(len(at), dtype=np.int64)
    return Part(f"SUPP{part.name}", columns, len(at), part.subject[at], qualifier, names, place, [part.name], at, edges)


def _origin(part: Part, dataset: Dataset, name: str, whole: Variable) -> str:
    """The origin of a qualifier, from its own method or else from that of the first kind of row that has it."""
    kinds = [(row.variables.get(name), row.from_ in part.sources) for row in dataset.rows.values()]
    found = [(whole, all(of_dataset for _, of_dataset in kinds)), *((v, of) for v, of in kinds if v is not None)]
    return next((origin for v, of in found if (origin := inferred_origin(v, of_dataset=of))), "")


def _at(part: Part, name: str, rows: Codes) -> Column:
    return take(text(part.column(name)), rows)


def _named(names: list[str], codes: Codes) -> Column:
    return take_results(names, codes)
