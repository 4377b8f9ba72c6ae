"""The registry of transforms: what a spec may name, with which parameters, and the sentence that describes it.

A transform is a pure function over whole columns. The annotations of its parameters say what a spec may give:

===============  ==================================================================================================
``Column``       a variable of the same dataset (``AESTDTC``), or of another dataset that holds one record per
                 subject (``DM.RFSTDTC``), aligned to the records
``list[Column]`` several of them
``Related``      all records of another dataset, with the subject that each belongs to
``list[Related]``
``Table``        a CSV file of the pack or a layer, every column as text
``Records``      injected, not named in specs: the records themselves (subject, identity)
``str``, ``float``, ``int``, ``bool``, ``list[str]``, ``dict[str, str]``   literal values
===============  ==================================================================================================
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, TypeVar, get_type_hints

import pandas as pd

from transforms.columns import Codes, Column, Mask, take

Table: TypeAlias = pd.DataFrame
_BY_VALUE = re.compile(r"\[(\w+)(!?=)(\w+): ([^\[\]]*)\]")
_ONE_OF_MANY = re.compile(r"(?<![\d.])(1 (?:second|minute|hour|day|week|month|year))s\b")
F = TypeVar("F", bound=Callable[..., Any])
Severity: TypeAlias = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Problem:
    """Something wrong in some records: which rule, which rows (positions), and a sentence for people."""

    rule: str
    severity: Severity
    rows: Codes
    message: str
    values: Column | None = None
    """The offending value of each of ``rows``, where there is one; ``{value}`` in the message shows it."""

    def within(self, kept: Codes) -> Problem:
        """The problem in some of its rows, by their positions among them."""
        return replace(self, rows=self.rows[kept], values=None if self.values is None else take(self.values, kept))


@dataclass(frozen=True)
class Edge:
    """Lineage: record ``rows[i]`` was made with the help of record ``of_rows[i]`` of ``of``, in a role."""

    role: Literal["record", "lookup", "member", "deciding"]
    of: str
    rows: Codes
    of_rows: Codes


@dataclass(frozen=True)
class Outcome:
    """What a transform gives back when it has more to say than values."""

    values: Column
    problems: list[Problem] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """Records that a transform makes, rather than values of records that are there (``@register_records``).

    ``columns`` by variable, all of one length; ``subject`` whose each record is; edges count along these records.
    """

    columns: dict[str, Column]
    subject: Codes
    problems: list[Problem] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


@dataclass(frozen=True)
class Related:
    """All records of another dataset that pass a condition, and whose they are.

    ``values`` is the column that the spec named (``EX.EXSTDTC``), ``subject`` the code of each record's subject in the
    same numbering as ``Records.subject`` (-1: none), ``rows`` the positions in that dataset (for lineage). Related
    columns of one dataset with one condition are parallel.
    """

    name: str
    values: Column
    subject: Codes
    rows: Codes


@dataclass(frozen=True)
class Records:
    """The records that a transform works on: the code of each one's subject, and its place in the raw data."""

    subject: Codes
    identity: Codes
    """A rank that orders records as they were delivered: the last sort key."""


@dataclass(frozen=True)
class Parameter:
    """One keyword that a transform takes."""

    name: str
    kind: Any
    required: bool
    default: Any = None


@dataclass(frozen=True)
class Transform:
    """A registered function: its parameters, its sentence, the origin of what it makes, and how much it must see."""

    name: str
    function: Callable[..., Column | Outcome | Made]
    parameters: dict[str, Parameter]
    sentence: str
    origin: str
    scope: Literal["record", "subject", "study"]
    makes: tuple[str, ...] = ()
    """The variables of the records that it makes; empty for a transform that gives one column."""
    carries: tuple[str, ...] = ()
    """The parameters that name variables which the made records get, under the same names, beside ``makes``."""
    each: Mapping[str, str] = field(default_factory=dict)
    """Where it makes several kinds of records: the sentence of each, by the value of the first of ``makes``."""

    def made_with(self, given: Mapping[str, Any]) -> tuple[str, ...]:
        """The variables of the records that it makes with some parameters."""
        named = [one for name in self.carries for one in _listed(given.get(name))]
        names = [str(one["of"] if isinstance(one, dict) else one).rpartition(".")[2] for one in named]
        return tuple(dict.fromkeys([*self.makes, *names]))

    def describe(self, given: dict[str, Any], kinds: Sequence[str] = ()) -> str:
        """The sentence with the given parameters (and defaults) in it; of some ``kinds`` of records only, if any."""
        values = {n: given.get(n, p.default) for n, p in self.parameters.items()}
        told: set[tuple[str, str]] = set()
        sentence = " ".join(self.each[k] for k in kinds) or self.sentence
        chosen = _BY_VALUE.sub(lambda m: m[4] if (str(values[m[1]]) == m[3]) == (m[2] == "=") else "", sentence)
        filled = re.sub(r"\[([^\[\]]*)\]", lambda m: "" if _empty_part(m[1], given) else m[1], chosen)
        return _ONE_OF_MANY.sub(r"\1", re.sub(r"\{(\w+)\}", lambda m: _told_once(values[m[1]], told), filled))


REGISTRY: dict[str, Transform] = {}


def register(
    sentence: str, *, origin: str = "Derived", scope: Literal["record", "subject", "study"] = "subject"
) -> Callable[[F], F]:
    """Register a function under its own name.

    ``sentence`` becomes the method text of define.xml: it names every parameter as ``{name}``; a part in square
    brackets is left out when none of its parameters was given, and ``[name=value: part]`` (``!=``) where the parameter
    has another value (that value). ``scope`` is ``record`` (one record is enough),
    ``subject`` (all records of a subject) or ``study`` (needs every subject at once).
    """

    return _adder(sentence, origin, scope)


def register_records(
    sentence: str, *, makes: tuple[str, ...], carries: tuple[str, ...] = (), each: Mapping[str, str] | None = None
) -> Callable[[F], F]:
    """Register a function that makes records (it returns ``Made``): ``rows: {NAME: {derive: function, with: ...}}``.

    ``makes`` names the variables that each record gets, ``carries`` parameters that name more of them. It sees
    whole subjects. A function that makes several kinds of
    records, told apart by the first of ``makes``, says in ``each`` how those of one kind are made, by its value.
    """
    return _adder(sentence, "Derived", "subject", makes, carries, each)


def _adder(
    sentence: str,
    origin: str,
    scope: Literal["record", "subject", "study"],
    makes: tuple[str, ...] = (),
    carries: tuple[str, ...] = (),
    each: Mapping[str, str] | None = None,
) -> Callable[[F], F]:
    def add(function: F) -> F:
        name = function.__name__
        if name in REGISTRY and REGISTRY[name].function is not function:
            raise ValueError(f"transform {name} is registered twice")
        REGISTRY[name] = Transform(
            name, function, _parameters(function), sentence, origin, scope, makes, carries, dict(each or {})
        )
        return function

    return add


def _parameters(function: Callable[..., Any]) -> dict[str, Parameter]:
    hints = get_type_hints(function)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if hints[name] is Records:
            continue
        required = parameter.default is inspect.Parameter.empty
        found[name] = Parameter(name, hints[name], required, None if required else parameter.default)
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _told_once(value: Any, told: set[tuple[str, str]]) -> str:
    """A parameter in words; which records are meant is said once of those that several parameters are read from."""
    if isinstance(value, dict) and "of" in value and value.get("where"):
        records = str(value["of"]).rpartition(".")[0], str(value["where"])
        if records in told:
            return f"{_spoken(value['of'])} of those records"
        told.add(records)
    return _spoken(value)


def _spoken(value: Any) -> str:
    if isinstance(value, dict) and "of" in value:
        return f"{_spoken(value['of'])}" + (f" where {value['where']}" if value.get("where") else "")
    if isinstance(value, dict):
        return ", ".join(f"{k} = {_spoken(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_spoken(v) for v in value)
    return str(value)


def _empty_part(part: str, given: dict[str, Any]) -> bool:
    names = re.findall(r"\{(\w+)\}", part)
    return bool(names) and not any(given.get(n) not in (None, False, [], {}) for n in names)


__all__ = [
    "REGISTRY",
    "Codes",
    "Column",
    "Edge",
    "Made",
    "Mask",
    "Outcome",
    "Parameter",
    "Problem",
    "Records",
    "Related",
    "Table",
    "Transform",
    "register",
    "register_records",
]
