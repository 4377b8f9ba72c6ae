"""Pandera schemas from the model: what every dataset must be before it is written.

A check looks at the distinct values of a column and maps its verdict back by code, never at one record after the other
(1e6 x 26 categorical columns take well under a second). The name of a check is the rule of the finding it becomes.
Sources: SDTMIG 3.4 sections 4.1.5 (names, labels, lengths), 4.3 (terminology), 4.4 (ISO 8601); design, 1 and 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from specs.iso8601 import not_iso8601
from specs.model import Dataset, Variable
from specs.terminology import Codelist
from transforms.columns import Column, Mask, codes_of, distinct_rows, format_number, raw_codes

if TYPE_CHECKING:
    from pandera.pandas import Check, DataFrameSchema

    from specs.resolve import StudyModel

LONGEST_VALUE = 200
LONGEST_NAME = 8
LONGEST_LABEL = 40
_Verdict: TypeAlias = Callable[[pd.Index], Mask]
"""Which of the distinct values of a column are wrong."""


def build_schema(model: StudyModel, dataset: str) -> DataFrameSchema:
    """The pandera schema of a dataset of the study, its variables in the order in which they are written."""
    return schema_of(dataset, model.datasets[dataset], model.codelists)


def schema_of(name: str, dataset: Dataset, codelists: Mapping[str, Codelist]) -> DataFrameSchema:
    """The pandera schema of any described dataset.

    Its checks are named TYPE, CODELIST, LENGTH_OVER_200, NOT_ASCII, NOT_ISO8601, KEY_DUPLICATE and NOT_ORDERED; a
    required variable is not nullable (in ADaM if it is a key); columns are exactly those of the dataset, in their
    order. A term outside an extensible codelist is no error (see ``extensions``).
    """
    import pandera.pandas as pandera

    columns = {}
    for variable in written(dataset):
        spec = dataset.variables[variable]
        columns[variable] = pandera.Column(
            "float64" if spec.type == "Num" else None,
            checks=list(_checks(dataset, variable, codelists)),
            nullable=not _never_missing(dataset, variable),
            title=spec.label,
        )
    keys = [k for k in dataset.keys if k in columns]
    return pandera.DataFrameSchema(columns, checks=_key_checks(keys), strict=True, ordered=True, name=name)


def written(dataset: Dataset) -> list[str]:
    """The variables of a dataset that go into files, in order; names with a leading underscore are for work only."""
    return [v for v in dataset.variables if not v.startswith("_")]


def _never_missing(dataset: Dataset, variable: str) -> bool:
    """Whether a required variable must also have a value everywhere: in SDTM always, in ADaM when it is a key.

    ADaM requires that a variable is there; it has values as appropriate (ADaMIG 1.3, 3: the planned treatment of a
    subject who was never assigned one is missing).
    """
    return dataset.variables[variable].core == "Req" and (dataset.standard != "adam" or variable in dataset.keys)


def extensions(column: Column, variable: Variable, lists: Sequence[Codelist]) -> Mask:
    """Where a value is outside the variable's codelists although they are extensible.

    Numbers, also with a comparator ("<0.5"), are results and no terms, where the variable holds results.
    """
    if not lists or not any(c.extensible for c in lists) or not is_text(column):
        return np.zeros(len(column), dtype=np.bool_)
    categories = column.cat.categories
    outside = _outside(term_values(lists))(categories)
    if variable.role == "Result Qualifier":
        outside &= ~_matches(categories, r"^ *(<=?|>=?)? *[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)? *$")
    return _by_code(column, outside)


def codelists_of(variable: Variable, codelists: Mapping[str, Codelist]) -> list[Codelist]:
    """The codelists that a variable names, those that exist."""
    names = [variable.codelist] if isinstance(variable.codelist, str) else variable.codelist or []
    return [codelists[n] for n in names if n in codelists]


def term_values(lists: Iterable[Codelist]) -> list[str]:
    """The permitted values of several codelists together."""
    return [t.value for c in lists for t in c.terms]


def is_text(column: Column) -> bool:
    """Whether a column is a text column: a categorical whose categories are strings."""
    return isinstance(column.dtype, pd.CategoricalDtype) and bool(column.dtype.categories.dtype == "str")


def metadata_faults(name: str, dataset: Dataset) -> list[tuple[str, str, str]]:
    """Names and labels that no transport file can hold: (rule, variable or empty for the dataset, message).

    Source: SDTMIG 3.4 section 4.1.5: names of at most 8 characters, labels of at most 40, ASCII.
    """
    described = [("", name, dataset.label), *((v, v, dataset.variables[v].label or "") for v in written(dataset))]
    found = []
    for variable, own, label in described:
        if len(own) > LONGEST_NAME or not own.isascii():
            found.append(("NAME", variable, f"the name {own} is not at most {LONGEST_NAME} ASCII characters"))
        if len(label.encode()) > LONGEST_LABEL or not label.isascii():
            text = f"the label '{label}' of {own} is not at most {LONGEST_LABEL} ASCII bytes"
            found.append(("LABEL", variable, text))
    return found


def _checks(dataset: Dataset, name: str, codelists: Mapping[str, Codelist]) -> Iterable[Check]:
    spec = dataset.variables[name]
    if spec.type != "Num":
        yield _check("TYPE", is_text, "is not a text column")
        yield _on_distinct("LENGTH_OVER_200", _too_long)
        yield _on_distinct("NOT_ASCII", _not_ascii)
        if spec.format and spec.format.startswith("ISO 8601"):
            yield _on_distinct("NOT_ISO8601", not_iso8601(spec.format))
    allowed = _allowed(dataset, name, codelists)
    if allowed is not None:
        yield _on_distinct("CODELIST", _outside(allowed))


def _allowed(dataset: Dataset, name: str, codelists: Mapping[str, Codelist]) -> list[str] | None:
    """All values that a variable may have, those of its rows' own codelists included; None where it is open."""
    spec = dataset.variables[name]
    if spec.values:
        return list(spec.values)
    lists = codelists_of(spec, codelists)
    if not lists or any(c.extensible for c in lists):
        return None
    of_rows = [codelists_of(r.variables[name], codelists) for r in dataset.rows.values() if name in r.variables]
    both = [*lists, *(c for own in of_rows for c in own)]
    return None if any(c.extensible for c in both) else term_values(both)


def _key_checks(keys: list[str]) -> list[Check]:
    if not keys:
        return []

    def ordered(frame: pd.DataFrame) -> bool | pd.Series[bool]:
        return _from_second(frame, ~_steps([frame[k] for k in keys])[1])

    def unique(frame: pd.DataFrame) -> bool | pd.Series[bool]:
        columns = [frame[k] for k in keys]
        same, backwards = _steps(columns)
        if not backwards.any():  # in order, so that equal keys stand together
            alone = np.append(True, ~same) & np.append(~same, True)
        else:
            _, number = distinct_rows(columns)
            alone = np.bincount(number)[number] == 1
        return bool(alone.all()) or pd.Series(alone, index=frame.index)

    return [
        _check("KEY_DUPLICATE", unique, f"records share all keys: {', '.join(keys)}"),
        _check("NOT_ORDERED", ordered, f"records are not in the order of the keys {', '.join(keys)}"),
    ]


def _from_second(frame: pd.DataFrame, good: Mask) -> bool | pd.Series[bool]:
    return bool(good.all()) or pd.Series(np.append(True, good), index=frame.index)


def _steps(columns: Sequence[Column]) -> tuple[Mask, Mask]:
    """For every record but the first: whether it equals the one before it, and whether it should come before that."""
    size = max(len(columns[0]) - 1, 0)
    same, backwards = np.ones(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    for column in columns:
        rank = codes_of(column) if is_text(column) else column.fillna(-np.inf).to_numpy(dtype=np.float64)
        backwards |= same & (rank[1:] < rank[:-1])
        same &= rank[1:] == rank[:-1]
    return same, backwards


def _check(rule: str, function: Callable[..., Any], message: str) -> Check:
    """A named check; one failure case is kept, because the mask already says which records fail."""
    from pandera.pandas import Check

    return Check(function, name=rule, error=message, ignore_na=False, n_failure_cases=1)


def _on_distinct(rule: str, wrong: _Verdict) -> Check:
    def check(column: Column) -> bool | pd.Series[bool]:
        if is_text(column):
            verdict = wrong(column.cat.categories)
            return not verdict.any() or pd.Series(~_by_code(column, verdict), index=column.index)
        if column.dtype != np.float64:  # the check of the type reports it
            return True
        codes, values = pd.factorize(column.to_numpy())
        verdict = wrong(pd.Index([format_number(v) or "" for v in values], dtype="str"))
        return not verdict.any() or pd.Series(~np.append(verdict, False)[codes], index=column.index)

    return _check(rule, check, rule)


def _by_code(column: Column, verdict: Mask) -> Mask:
    result: Mask = np.append(verdict, False)[raw_codes(column)]
    return result


def _outside(terms: Sequence[str]) -> _Verdict:
    known = pd.Index(dict.fromkeys(terms), dtype="str")

    def verdict(categories: pd.Index) -> Mask:
        return np.asarray(~categories.isin(known), dtype=np.bool_)

    return verdict


def _too_long(categories: pd.Index) -> Mask:
    return np.asarray(pc.greater(pc.binary_length(_arrow(categories)), LONGEST_VALUE), dtype=np.bool_)


def _not_ascii(categories: pd.Index) -> Mask:
    return _matches(categories, "[^ -~]")


def _matches(categories: pd.Index, pattern: str) -> Mask:
    return np.asarray(pc.match_substring_regex(_arrow(categories), pattern), dtype=np.bool_)


def _arrow(categories: pd.Index) -> Any:
    return pa.array(categories, type=pa.large_string())
