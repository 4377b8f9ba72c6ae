"""Each dataset against its schema: what pandera finds, as failures with records, then as findings with raw rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.findings import Finding, by_value
from pipeline.records import Part
from specs.model import Dataset, Variable
from specs.schemas import codelists_of, extensions, is_text, metadata_faults, schema_of, term_values, written
from specs.terminology import Codelist
from specs.uses import uses
from transforms.columns import Codes, Column, Mask, constant, take, text
from transforms.registry import Severity

MESSAGES: dict[str, str] = {
    "TYPE": "{variable} does not hold what its type says; correct the method of the variable",
    "REQUIRED_MISSING": "{variable} is required and has no value",
    "CODELIST": "'{value}' is not in {codelist}; map it in the spec",
    "SUBJECT_REPEATED": "{dataset} has several records of this subject, and is one record per subject; a person "
    "screened again keeps one by `last: COLUMN` of the row, or by `previous:` of subjects in study.yaml",
    "CODELIST_EXTENDED": "'{value}' extends {codelist}; declare it in codelists.yaml, or map it",
    "LENGTH_OVER_200": "{variable} is longer than 200 bytes; use `split_to:` or shorten it",
    "NOT_ASCII": "{variable} holds a character outside printable ASCII; have it corrected, or map the text",
    "NOT_ISO8601": "'{value}' of {variable} is not {format}",
    "KEY_DUPLICATE": "records share all keys ({keys}): {value}",
    "NOT_ORDERED": "records are not in the order of the keys ({keys})",
}
SEVERITY: dict[str, Severity] = {"KEY_DUPLICATE": "warning", "CODELIST_EXTENDED": "note"}
ONCE = ("TYPE", "REQUIRED_MISSING", "NOT_ORDERED")
"""Rules whose findings are not told apart by value."""
NONE: Codes = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class CheckFailure:
    """Records of a dataset that fail one rule; ``values`` is parallel to ``records``, which is empty for the whole."""

    rule: str
    severity: Severity
    dataset: str
    variable: str
    message: str
    records: Codes
    values: Column
    column: str = ""
    """The raw column that the variable is made from, where it is one."""


def check_records(dataset: Dataset, part: Part, codelists: Mapping[str, Codelist]) -> list[CheckFailure]:
    """What is wrong with the records of one range, which must be in the order of the keys.

    Rules: TYPE, REQUIRED_MISSING, CODELIST, LENGTH_OVER_200, NOT_ASCII, NOT_ISO8601, NOT_ORDERED, NAME, LABEL,
    SUBJECT_REPEATED of a dataset whose key is the subject (errors), KEY_DUPLICATE (warning), CODELIST_EXTENDED (note).
    """
    frame = part.frame(written(dataset))
    failures = [
        _whole(rule, part, variable, message) for rule, variable, message in metadata_faults(part.name, dataset)
    ]
    failures += _schema_failures(dataset, part, frame, codelists)
    if [k for k in dataset.keys if k != "STUDYID"] == ["USUBJID"]:
        failures = [f for f in failures if f.rule != "KEY_DUPLICATE"]
        repeated = np.flatnonzero(pd.Series(part.subject).duplicated(keep=False).to_numpy() & (part.subject >= 0))
        if len(repeated):
            failures.append(_told(dataset, part, "SUBJECT_REPEATED", "", repeated.astype(np.int64)))
    for variable in written(dataset):
        failures += _codelist_failures(dataset, part, variable, frame[variable], codelists)
    return failures


def to_findings(
    failures: Iterable[CheckFailure],
    part: Part,
    row_numbers: Callable[[str, Codes], Codes],
    files: Mapping[str, str],
    subjects: Sequence[str],
) -> list[Finding]:
    """The failures as findings, one per raw file and value, with the row numbers behind the records.

    ``row_numbers`` gives the numbers that people count for rows of a source, ``files`` the file of each source;
    records that no file is behind (made from other datasets) are named by subject alone.
    """
    found: list[Finding] = []
    for failure in failures:
        place: dict[str, Any] = {"dataset": failure.dataset, "variable": failure.variable}
        if not len(failure.records):
            found.append(Finding(failure.rule, failure.severity, failure.message, **place))
            continue
        values = np.asarray(text(failure.values).astype("str").fillna(""), dtype=str)
        source, subject = part.source[failure.records], part.subject[failure.records]
        whose = np.array([*subjects, ""], dtype=str)[subject]
        for number in np.unique(source):
            here = source == number
            name = part.sources[number] if number >= 0 else ""
            file = files.get(name, "")
            rows = row_numbers(name, part.source_row[failure.records[here]]) if file else np.zeros(here.sum(), np.int64)
            found += by_value(
                failure.rule,
                failure.severity,
                failure.message,
                values[here].tolist(),
                rows.tolist(),
                whose[here].tolist(),
                file=file,
                column=failure.column if file else "",
                **place,
            )
    return found


def _schema_failures(
    dataset: Dataset, part: Part, frame: pd.DataFrame, codelists: Mapping[str, Codelist]
) -> Iterator[CheckFailure]:
    from pandera.errors import SchemaErrors

    try:
        schema_of(part.name, dataset, codelists).validate(frame, lazy=True, inplace=True)
    except SchemaErrors as errors:
        for error in errors.schema_errors:
            failure = _failure(dataset, part, frame, error)
            # Where rows have lists of their own, each record is judged by its row's list instead.
            if failure.rule != "CODELIST" or not _own_lists(dataset, failure.variable):
                yield failure


def _failure(dataset: Dataset, part: Part, frame: pd.DataFrame, error: Any) -> CheckFailure:
    """One of pandera's errors: its rule by the check's name, its records by the check's mask."""
    reason, rule = error.reason_code.name, getattr(error.check, "name", "")
    of_keys = rule in ("KEY_DUPLICATE", "NOT_ORDERED")
    variable = "" if of_keys else str(error.schema.name)
    if reason == "SERIES_CONTAINS_NULLS":
        return _told(dataset, part, "REQUIRED_MISSING", variable, error.failure_cases["index"].to_numpy(np.int64))
    if reason == "WRONG_DATATYPE":
        return _told(dataset, part, "TYPE", variable, NONE)
    if reason != "DATAFRAME_CHECK":
        return _whole("NOT_CHECKED", part, variable, f"{variable or part.name} could not be checked: {error}")
    if not isinstance(error.check_output, pd.Series):
        return _told(dataset, part, rule, variable, NONE)
    records = np.flatnonzero(~error.check_output.to_numpy(dtype=np.bool_)).astype(np.int64)
    values = _keys_text(frame, dataset, records) if of_keys else take(frame[variable], records)
    return _told(dataset, part, rule, variable, records, values)


def _codelist_failures(
    dataset: Dataset, part: Part, name: str, column: Column, codelists: Mapping[str, Codelist]
) -> Iterator[CheckFailure]:
    """Terms that extend an extensible list; and, where rows have lists of their own, values outside those."""
    variable = dataset.variables[name]
    if variable.values or not is_text(column):
        return
    rest = np.ones(part.size, dtype=np.bool_)
    groups: list[tuple[Variable, Mask]] = []
    for template, own in _own_lists(dataset, name).items():
        here = part.template == (part.templates.index(template) if template in part.templates else -2)
        groups.append((variable.model_copy(update={"codelist": own.codelist}), here))
        rest &= ~here
    for limited, here in [*groups, (variable, rest)]:
        lists = codelists_of(limited, codelists)
        if any(c.extensible for c in lists):
            rule, wrong = "CODELIST_EXTENDED", extensions(column, limited, lists)
        elif lists and groups:  # a single list that is not extensible is checked by the schema
            rule, wrong = "CODELIST", (~column.isin(term_values(lists)) & column.notna()).to_numpy()
        else:
            continue
        records = np.flatnonzero(here & wrong).astype(np.int64)
        if len(records):
            yield _told(dataset, part, rule, name, records, take(column, records), limited)


def _own_lists(dataset: Dataset, variable: str) -> dict[str, Variable]:
    """The rows that give a variable a codelist of its own (value-level metadata)."""
    return {t: r.variables[variable] for t, r in dataset.rows.items() if _has_list(r.variables.get(variable))}


def _has_list(variable: Variable | None) -> bool:
    return variable is not None and bool(variable.codelist)


def _told(
    dataset: Dataset, part: Part, rule: str, variable: str, records: Codes, values: Column | None = None,
    spec: Variable | None = None,
) -> CheckFailure:  # fmt: skip
    """A failure with its message filled in, all but the value."""
    spec = spec or dataset.variables.get(variable) or Variable()
    lists = [spec.codelist] if isinstance(spec.codelist, str) else spec.codelist or []
    codelist = f"the values {', '.join(spec.values)}" if spec.values else f"codelist {' or '.join(lists)}"
    message = MESSAGES[rule].replace("{variable}", variable).replace("{codelist}", codelist)
    message = message.replace("{dataset}", part.name)
    message = message.replace("{format}", spec.format or "").replace("{keys}", ", ".join(dataset.keys))
    known = constant(None, len(records)) if values is None or rule in ONCE else values.reset_index(drop=True)
    severity = SEVERITY.get(rule, "error")
    return CheckFailure(rule, severity, part.name, variable, message, records, known, _raw_column(dataset, variable))


def _whole(rule: str, part: Part, variable: str, message: str) -> CheckFailure:
    """A failure of the dataset or variable itself, not of records."""
    return CheckFailure(rule, "error", part.name, variable, message, NONE, constant(None, 0))


def _raw_column(dataset: Dataset, variable: str) -> str:
    """The raw column that a variable is read from, if it is always the same one."""
    specs = [dataset.variables.get(variable), *(r.variables.get(variable) for r in dataset.rows.values())]
    columns = {u.name for spec in specs if spec is not None for u in uses(spec) if u.kind == "column"}
    return columns.pop() if len(columns) == 1 else ""


def _keys_text(frame: pd.DataFrame, dataset: Dataset, records: Codes) -> Column:
    """The keys of records as one text: ``CT-001, HEADACHE, 2025-03-01``."""
    columns = [text(take(frame[k], records)).astype("str").fillna("") for k in dataset.keys if k in frame]
    joined = columns[0]
    for column in columns[1:]:
        joined = joined + ", " + column
    return text(joined)
