"""Disease components of myeloma in the records of findings: which record is which component, and what it says.

Every component is a number; a finding of two values is 1 (positive, present, yes) or 0. Of several results on one day
the highest counts, which is the worst for all of them. Source: design basis 5.1 and 4.5 (limits of quantitation);
Kumar et al., Lancet Oncol 2016;17:e328-46.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import Codes, Column, categories_of, codes_of, distinct_rows, numbers, plain, take_results, text
from transforms.exact import Exact, units_of
from transforms.partial_dates import day_number
from transforms.registry import Problem, Related, Table
from transforms.subject_days import BEFORE_1960, key_of
from transforms.tables import rows_of
from transforms.units import quantity

AMOUNTS = ("SPEP", "UPEP", "KAPPA", "LAMBDA", "MARROW", "SPD", "LESIONS", "PB", "PBCOUNT")
FLAGS = ("SIFE", "UIFE", "CLONAL", "NEWLES", "LDINC", "INTERF")
ISOTYPES = ("SISO", "UISO")
LESION_ITEMS = ("LESION_LENGTH", "LESION_WIDTH", "LESION_PRODUCT", "LESION_STATE")
COMPONENTS = (*AMOUNTS, *FLAGS, *ISOTYPES)
GROWTH = ("NEWLES", "LDINC")
IMAGING = ("SPD", "LESIONS", *GROWTH)
LABORATORY = ("SPEP", "UPEP", "SIFE", "UIFE", "KAPPA", "LAMBDA", "MARROW", "CLONAL", "PB", "PBCOUNT")
LASTING = ("MARROW", "CLONAL", "INTERF", *IMAGING)
"""What stays valid until it is replaced (design basis 5.1)."""

_NO = ("NEGATIVE", "ABSENT", "NOT DETECTED", "N", "NO")
_WORDS = dict.fromkeys(_NO, "0") | dict.fromkeys(("POSITIVE", "PRESENT", "DETECTED", "Y", "YES", "NEW"), "1")
_STATES = {"PRESENT": "0", "NEW": "1", "ABSENT": "2"}
"""The state of a lesion as a number; any other (not evaluable) is 3."""


@dataclass(frozen=True)
class Results:
    """Results of one component, ordered by subject and day; ``source`` is the place among all records (see Sources)."""

    subject: Codes
    day: Codes
    value: Exact
    source: Codes

    @property
    def key(self) -> Codes:
        """Subject and day as one number."""
        return key_of(self.subject, self.day)

    def at(self, rows: Codes) -> Results:
        """Some of the results."""
        return Results(self.subject[rows], self.day[rows], self.value.at(rows), self.source[rows])

    def worst_of_day(self) -> Results:
        """One result per subject and day: the highest, of equal ones the first."""
        key = self.key
        if (key[1:] > key[:-1]).all():
            return self
        order = np.lexsort([self.source, -self.value.units, key]).astype(np.int64)
        key = key[order]
        return self.at(order[np.append(True, key[1:] != key[:-1])[: len(key)]])


@dataclass(frozen=True)
class Sources:
    """Where the records of all given datasets come from: the number of the dataset, and the row in it.

    ``variables`` are the result variables of the datasets, ``sequence`` the records' sequence numbers (NaN: not given).
    """

    names: list[str]
    number: Codes
    rows: Codes
    variables: list[str]
    sequence: npt.NDArray[np.float64]

    def named(self, places: Codes) -> dict[str, Column]:
        """SRCDOM, SRCVAR and SRCSEQ of records at some places among all; -1: none."""
        number = np.append(self.number, -1)[places]
        return {
            "SRCDOM": take_results(self.names, number),
            "SRCVAR": take_results(self.variables, number),
            "SRCSEQ": pd.Series(np.append(self.sequence, np.nan)[places]),
        }


@dataclass(frozen=True)
class Given:
    """The parallel columns of one dataset, as given to the transform."""

    test: Related
    date: Related
    result: Related
    specimen: Related | None
    method: Related | None
    lesion: Related | None
    sequence: Related | None


@dataclass(frozen=True)
class Evidence:
    """All that is known of the subjects: results by component, results by lesion, sources, and what was unreadable."""

    results: dict[str, Results]
    lesions: dict[str, Results]
    lesion: Codes
    """The number of each record's lesion within its subject's; -1: none."""
    sources: Sources
    unreadable: list[tuple[str, Results, Column]]


def days_of(column: Column) -> Codes:
    """Days since 1960-01-01 of ISO 8601 texts or of numeric dates; ``-BEFORE_1960`` where not a complete date."""
    days = column.to_numpy(dtype=np.float64) if column.dtype == "float64" else day_number(column).to_numpy()
    return np.where(np.isnan(days), -BEFORE_1960, np.floor(days)).astype(np.int64)


def is_day(days: Codes) -> Codes:
    """The positions that hold a complete date."""
    return np.flatnonzero(days > -BEFORE_1960).astype(np.int64)


def dataset_of(related: Related) -> str:
    """The dataset or parameter that a related column is of: all before the last dot."""
    return related.name.rpartition(".")[0] or related.name


def together(
    test: list[Related],
    date: list[Related],
    result: list[Related],
    specimen: list[Related] | None,
    method: list[Related] | None,
    lesion: list[Related] | None,
    sequence: list[Related] | None = None,
) -> list[Given]:
    """The parallel columns of each dataset.

    ``test``, ``date`` and ``result`` are in one order; the others go with the entry of the same dataset and records.
    Raises ValueError where the lists do not fit together.
    """
    if not len(test) == len(date) == len(result):
        raise ValueError(
            f"test, date and result name one column per dataset, in one order; they have {len(test)}, {len(date)} and "
            f"{len(result)}"
        )
    for one, *others in zip(test, date, result, strict=True):
        for other in others:
            if not _parallel(one, other):
                raise ValueError(f"{one.name} and {other.name} are not columns of the same records; use one condition")
    return [
        Given(t, d, r, *(_beside(t, c) for c in (specimen, method, lesion, sequence)))
        for t, d, r in zip(test, date, result, strict=True)
    ]


def read(given: list[Given], components: Table) -> Evidence:
    """The results of each component, and those per lesion.

    ``components`` has the columns component and test, and may have specimen, method (blank: any) and factor (the result
    is multiplied by it, for a unit that is not the component's). Raises ValueError for a component that is not known,
    a factor that is no number, a record that is two components at once, and results by lesion without a lesion.
    """
    table = _component_rows(components)
    meaning = np.concatenate([_meaning(g, table) for g in given]).astype(np.int64)
    subject = np.concatenate([g.test.subject for g in given]).astype(np.int64)
    day = np.concatenate([days_of(g.date.values) for g in given])
    sources = Sources(
        [dataset_of(g.test) for g in given],
        np.repeat(np.arange(len(given)), [len(g.test.subject) for g in given]).astype(np.int64),
        np.concatenate([g.test.rows for g in given]).astype(np.int64),
        [g.result.name.rpartition(".")[2] for g in given],
        np.concatenate([_sequence(g) for g in given]),
    )
    usable = (meaning >= 0) & (subject >= 0) & (day > -BEFORE_1960)
    texts = [text(g.result.values) for g in given]
    found: dict[str, list[Results]] = {}
    unreadable = []
    for place, row in enumerate(table):
        name = row["component"]
        for number, words in enumerate(texts):
            rows = np.flatnonzero(usable & (meaning == place) & (sources.number == number)).astype(np.int64)
            if not len(rows):
                continue
            said = words.iloc[rows - int(np.searchsorted(sources.number, number))].reset_index(drop=True)
            value = _values(said, _reader(name, row["factor"]))
            results = Results(subject[rows], day[rows], value, rows)
            found.setdefault(name, []).append(results.at(np.flatnonzero(value.known).astype(np.int64)))
            bad = np.flatnonzero(~value.known & said.notna().to_numpy()).astype(np.int64)
            if len(bad):
                unreadable.append((name, results.at(bad), said.iloc[bad].reset_index(drop=True)))
    if not found.keys().isdisjoint(LESION_ITEMS) and all(g.lesion is None for g in given):
        raise ValueError("table of components: results by lesion need the parameter lesion, such as TR.TRLNKID")
    each = {name: joined(parts) for name, parts in found.items()}
    return Evidence(
        {n: each[n].worst_of_day() if n in each else _nothing() for n in COMPONENTS},
        {n: each[n] if n in each else _nothing() for n in LESION_ITEMS},
        _lesion_numbers(given),
        sources,
        unreadable,
    )


def unreadable_problems(evidence: Evidence, record_subject: Codes) -> list[Problem]:
    """RESULT_UNREADABLE for results that say nothing about their component, at the first record of the subject."""
    problems = []
    known, first = np.unique(record_subject, return_index=True)
    for name, results, said in evidence.unreadable:
        place = np.searchsorted(known, results.subject)
        here = np.flatnonzero(np.isin(results.subject, known)).astype(np.int64)
        if len(here):
            message = f"the result {{value}} of {name} is neither a number nor a known word, so it counts as not done"
            rows = first[place[here]].astype(np.int64)
            values = said.iloc[here].reset_index(drop=True)
            problems.append(Problem("RESULT_UNREADABLE", "warning", rows, message, values))
    return problems


def joined(parts: list[Results]) -> Results:
    """Results one after the other."""
    value = Exact(np.concatenate([p.value.units for p in parts]), np.concatenate([p.value.known for p in parts]))
    subject, day, source = (np.concatenate([getattr(p, n) for p in parts]) for n in ("subject", "day", "source"))
    return Results(subject, day, value, source)


def _nothing() -> Results:
    empty = np.empty(0, dtype=np.int64)
    return Results(empty, empty, Exact.missing(0), empty)


def _parallel(one: Related, other: Related) -> bool:
    return dataset_of(one) == dataset_of(other) and np.array_equal(one.rows, other.rows)


def _beside(test: Related, columns: list[Related] | None) -> Related | None:
    return next((c for c in columns or [] if _parallel(test, c)), None)


def _sequence(given: Given) -> npt.NDArray[np.float64]:
    if given.sequence is None:
        return np.full(len(given.test.subject), np.nan)
    return numbers(given.sequence.values).to_numpy(dtype=np.float64)


def _component_rows(components: Table) -> list[dict[str, str]]:
    rows = rows_of(components, ["component", "test"], ["specimen", "method", "factor"])
    for row in rows:
        if row["component"] not in (*COMPONENTS, *LESION_ITEMS):
            known = ", ".join((*COMPONENTS, *LESION_ITEMS))
            raise ValueError(f"table of components: no component '{row['component']}'; there are {known}")
        try:
            Decimal(row["factor"] or "1")
        except InvalidOperation as error:
            raise ValueError(f"table of components: the factor '{row['factor']}' is no number") from error
    return rows


def _meaning(given: Given, table: list[dict[str, str]]) -> Codes:
    """The row of the table that each record falls under; -1: none."""
    columns = {"test": given.test, "specimen": given.specimen, "method": given.method}
    there = {name: text(related.values) for name, related in columns.items() if related is not None}
    first, inverse = distinct_rows(list(there.values()))
    combinations = zip(*(plain(column.iloc[first]) for column in there.values()), strict=True)
    found = [_row_of(dict(zip(there, values, strict=True)), table) for values in combinations]
    return np.array(found, dtype=np.int64)[inverse] if found else np.empty(0, dtype=np.int64)


def _row_of(record: dict[str, str | None], table: list[dict[str, str]]) -> int:
    fits = [
        place
        for place, row in enumerate(table)
        if row["test"] == record["test"] and all(row[n] in ("", record.get(n)) for n in ("specimen", "method"))
    ]
    if len({table[place]["component"] for place in fits}) > 1:
        spoken = ", ".join(v for v in record.values() if v)
        names = " and ".join(table[place]["component"] for place in fits)
        raise ValueError(f"table of components: {spoken} is {names}; give specimen or method in each row")
    return fits[0] if fits else -1


def _values(said: Column, reader: Callable[[str], int | None]) -> Exact:
    codes = said.cat.codes.to_numpy().astype(np.int64)
    inverse, used = pd.factorize(codes)
    names = categories_of(said)
    return Exact.of_units([reader(names[c]) if c >= 0 else None for c in used], inverse.astype(np.int64))


def _reader(component: str, factor: str) -> Callable[[str], int | None]:
    """How a result of a component is read; None: not readable."""
    if component == "LESION_STATE":
        return lambda value: units_of(_STATES.get(value.strip().upper(), "3"))
    if component in ISOTYPES:
        return lambda value: units_of("0" if value.strip().upper() == "IGG KAPPA" else "1")
    if component in FLAGS:
        return lambda value: units_of(_WORDS.get(value.strip().upper(), ""))
    return lambda value: _amount(component, value, factor or "1")


def _amount(component: str, value: str, factor: str) -> int | None:
    """An amount; below quantitation 0 for SPEP, the limit for free light chains, else half the limit (basis 4.5)."""
    if value.strip().upper() in _NO:
        return 0
    found = quantity(value)
    if found is None or found.upper:
        return None
    number = Decimal(found.number) * Decimal(factor)
    if found.qualifier.startswith("<") and component == "SPEP":
        return 0
    if found.qualifier.startswith("<") and component not in ("KAPPA", "LAMBDA"):
        number /= 2
    return units_of(str(number))


def _lesion_numbers(given: list[Given]) -> Codes:
    """Each record's lesion as a number: the code of its name, apart for each dataset."""
    parts, most = [], 0
    for one in given:
        if one.lesion is None:
            parts.append(np.full(len(one.test.subject), -1, dtype=np.int64))
            continue
        codes = codes_of(text(one.lesion.values))
        parts.append(np.where(codes >= 0, codes + most, -1))
        most += int(codes.max(initial=-1)) + 1
    return np.concatenate(parts)
