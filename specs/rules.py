"""The rules of the spec language that the types alone cannot hold: rows, variables, completeness, references.

Each rule is one small function over one part of a dataset; all problems come out together (design, section 3). Those
of methods stand in ``method_rules``, those of the study's own files in ``study_rules``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from specs.check_rules import check_checks
from specs.codelists import map_problems, table_problems
from specs.method_rules import case_spots, condition_problems, derivation_problems, method_problems, table_columns
from specs.model import METHODS, Code, Dataset, Join, Rows, Variable
from specs.nodes import Spot
from specs.origins import SOURCES, inferred_origin
from specs.problems import SpecProblem, nearest
from specs.study_rules import check_general, check_study
from specs.time_to_event import time_to_event_problems, time_to_event_uses
from specs.uses import Derivation, Use, cases, condition_names, derivation_uses, is_collected, uses

if TYPE_CHECKING:
    from specs.resolve import StudyModel

NAME = re.compile(r"[A-Z][A-Z0-9]{0,7}")
LABEL_LIMIT = 40
PERSON = ("person.USUBJID", "person.SUBJID")
CUT_FACTS = ("CUT.ALIVEFL",)
"""What the cut keeps of the records that it removed (pipeline.cut)."""


def check(model: StudyModel, told: Sequence[SpecProblem] = ()) -> list[SpecProblem]:
    """All problems of a resolved study; what was ``told`` of a variable before is not told again in other words."""
    subjects = {p.subject for p in told}
    problems = [*check_study(model), *check_general(model), *check_checks(model)]
    for name, dataset in model.datasets.items():
        problems += _check_dataset(model, name, dataset, subjects)
    return problems


def _check_dataset(model: StudyModel, name: str, dataset: Dataset, told: set[str]) -> Iterator[SpecProblem]:
    node = model.nodes[name]
    for row_name, row in dataset.rows.items():
        at = Spot(node, ("rows", row_name), f"{name} rows.{row_name}")
        yield from _check_row(model, name, row, at)
        for variable, typed in row.variables.items():
            spot = Spot(node, (*at.path, "variables", variable), f"{name}.{variable}")
            yield from _check_variable(model, name, variable, typed, spot)
        yield from _raw_columns(model, name, dataset, row, row_name)
    for variable, typed in dataset.variables.items():
        spot = Spot(node, ("variables", variable), f"{name}.{variable}")
        yield from _check_variable(model, name, variable, typed, spot)
        if spot.subject not in told and not dataset.stands_for and not dataset.working:
            yield from _completeness(model, name, variable, typed, _in_pack(model, name, spot))
    for variable, typed in dataset.supplemental.items():
        spot = Spot(node, ("supplemental", variable), f"{name}.{variable}")
        yield from _check_variable(model, name, variable, typed, spot)
        if spot.subject not in told:
            yield from _supplemental(dataset, variable, typed, spot)
    for i, key in enumerate(dataset.keys):
        if key not in dataset.variables:
            hint = nearest(key, dataset.variables)
            yield Spot(node, ("keys", i), name).at_value(f"key '{key}' is not a variable of {name}{hint}")


def _check_row(model: StudyModel, name: str, row: Rows, spot: Spot) -> Iterator[SpecProblem]:
    if row.derive:
        yield from derivation_problems(Derivation(row.derive, dict(row.with_ or {})), spot)
        for use in derivation_uses(Derivation(row.derive, dict(row.with_ or {}))):
            yield from _reference(model, name, use, spot.down("with"))
    elif row.time_to_event:
        yield from time_to_event_problems(row.time_to_event, spot.down("time_to_event"))
        for use in time_to_event_uses(row.time_to_event, model.datasets):
            yield from _reference(model, name, use, spot.down("time_to_event"))
    else:
        yield from _rows_source(model, name, row, spot.down("from"))
    for alias, join in row.join.items():
        yield from _join(model, join, spot.down("join", alias))
        if alias == "person" or "." in alias:
            yield spot.down("join", alias).at_key(f"'{alias}' cannot name a join; choose a word of your own")
    for exists, _ in row.presence:
        yield from _known_source(model, exists.source, spot)
        if exists.where:
            yield from condition_problems(exists.where, spot.down("only_if" if row.only_if else "unless"))
    if row.where:
        yield from condition_problems(row.where, spot.down("where"))
    if row.first and row.last:
        yield spot.down("last").at_key("`first:` and `last:` exclude each other")


def _rows_source(model: StudyModel, name: str, row: Rows, spot: Spot) -> Iterator[SpecProblem]:
    """Rows come from something that is there, is made before, and has the subjects that the dataset needs."""
    source, trial = row.from_, model.datasets[name].is_trial
    if not source:
        yield spot.at_key("say where the rows come from: `from:` a source, a table (tables/x.csv) or a dataset")
    elif source.endswith(".csv"):
        yield from _known_table(model, source, spot)
        if not trial:
            yield spot.at_value(f"rows of a table have no subject; {name} has USUBJID. Look values up with `lookup:`")
    elif source in model.study.sources:
        if (model.study.sources[source].subject is None) != trial:
            missing = f"{name} has no USUBJID, but source '{source}' is about subjects"
            told = missing if trial else f"source '{source}' has no `subject:` column, and {name} is about subjects"
            yield spot.at_value(told)
    elif source == name:
        yield spot.at_value(f"{name} cannot be made from itself")
    elif source in model.datasets:
        if model.datasets[source].is_trial != trial:
            yield spot.at_value(f"{name} and {source} are not both about subjects")
    elif source not in model.broken:
        known = [*model.study.sources, *model.datasets]
        yield spot.at_value(f"no source or dataset '{source}'{nearest(source, known)}")


def _join(model: StudyModel, join: Join, spot: Spot) -> Iterator[SpecProblem]:
    yield from _known_source(model, join.source, spot)
    if join.where:
        yield from condition_problems(join.where, spot.down("where"))
    source = model.study.sources.get(join.source)
    if source is not None and source.subject is None and isinstance(join.by, str):
        yield spot.at_key(f"source '{join.source}' has no `subject:` column; pair columns: `by: {{OURS: THEIRS}}`")


def _known_source(model: StudyModel, source: str, spot: Spot) -> Iterator[SpecProblem]:
    if source not in model.source_names:
        yield spot.at_name(source, f"no source '{source}'{nearest(source, model.source_names)}")


def _known_table(model: StudyModel, table: str, spot: Spot) -> Iterator[SpecProblem]:
    fault = model.table_fault(table)
    if fault is not None:
        yield spot.at_name(table, fault)


def _raw_columns(model: StudyModel, name: str, dataset: Dataset, row: Rows, row_name: str) -> Iterator[SpecProblem]:
    """What methods read of a table or a dataset is there; the columns of raw files are checked when they are read."""
    known = _columns_of(model, row.from_)
    node = model.nodes[name]
    asked: list[tuple[str, tuple[str, ...]]] = [(n, ("rows", row_name)) for n in condition_names(row.where or "")]
    asked += [(n, ("rows", row_name)) for n in (row.first, row.last, *(row.distinct or [])) if n]
    for variable, typed in {**dataset.variables, **dataset.supplemental, **row.variables}.items():
        section = "variables" if variable in dataset.variables else "supplemental"
        above = ("rows", row_name, "variables") if variable in row.variables else (section,)
        if is_collected(typed):
            asked += [(u.name, (*above, variable)) for u in uses(typed) if u.kind == "column"]
    for column, path in asked:
        spot = Spot(node, path, f"{name}.{path[-1]}" if "rows" not in path[-2:] else f"{name} rows.{row_name}")
        if column.startswith("person."):
            if column not in PERSON:
                yield spot.at_name(column, f"no '{column}'; there are {' and '.join(PERSON)}")
        elif known is not None and column not in known and column.partition(".")[0] not in (*row.join, *model.datasets):
            yield spot.at_name(column, f"{row.from_} has no column '{column}'{nearest(column, known)}")
        elif known is None and (wrong := _no_raw_column(dataset, row, column)):
            yield spot.at_name(column, wrong)


def _no_raw_column(dataset: Dataset, row: Rows, column: str) -> str:
    """Why a name cannot be a column of a raw file; empty where it can: the file itself will tell."""
    first, dot, _ = column.partition(".")
    if column.startswith("_") and column in dataset.variables:
        return (
            f"'{column}' is a working variable, and this method reads the raw record; read it with `derive:` "
            "(in a `when`, in every case)"
        )
    if "{" in column:
        return f"'{column}' has a placeholder that `each` does not know; the name of each one is {{key}}"
    if dot and first not in row.join and (hint := nearest(first, row.join)):
        return f"no join '{first}'{hint}"
    return ""


def _columns_of(model: StudyModel, source: str) -> list[str] | None:
    if source.endswith(".csv"):
        return table_columns(model, source)
    found = model.datasets.get(source)
    if found is None or source in model.study.sources:
        return None
    in_rows = [v for r in found.rows.values() for v in r.variables]
    return list(dict.fromkeys([*found.variables, *found.supplemental, *in_rows]))


def _completeness(model: StudyModel, name: str, variable: str, typed: Variable, spot: Spot) -> Iterator[SpecProblem]:
    """A required variable has a method; a variable that no standard knows says its label and type."""
    known = model.standard_names.get(name)
    in_all_rows = all(variable in row.variables for row in model.datasets[name].rows.values())
    if typed.core == "Req" and not cases(typed) and not in_all_rows and not model.incomplete:
        yield spot.at_key(f"{variable} is required by the standard and has no method ({', '.join(METHODS)})")
    if typed.split_to and _without_qualifiers(model, name) and typed.split_to not in model.datasets[name].variables:
        told = f"{name} has no supplemental qualifiers; declare {typed.split_to} as a variable that takes the rest"
        yield spot.down("split_to").at_value(told)
    if variable.startswith("_"):
        return
    analysis = model.datasets[name].standard == "adam"
    if known is not None and variable not in known and not typed.because and not analysis:
        hint = nearest(variable, known) or ";"
        yield spot.at_key(f"not a variable of {name} in the standard{hint} use `supplemental:`, or give `because:`")
    elif not typed.label or not typed.type:
        yield spot.at_key("a variable that no layer describes needs `label:` and `type:`")
    elif not NAME.fullmatch(variable) or len(typed.label.encode()) > LABEL_LIMIT:
        yield spot.at_key(_naming("a variable"))


def _without_qualifiers(model: StudyModel, name: str) -> bool:
    """Whether a dataset has no SUPP dataset: those of the trial, and comments (SDTMIG 3.4, 5.1 and 7)."""
    return model.datasets[name].is_trial or name == "CO"


def _in_pack(model: StudyModel, name: str, spot: Spot) -> Spot:
    """Where the pack says something of a variable, or where it could."""
    own = model.layers[0].datasets.get(name)
    if own is None or spot.root.locate(spot.path).file == own.place.file:
        return spot
    return Spot(own, ("variables",), spot.subject)


def _supplemental(dataset: Dataset, variable: str, typed: Variable, spot: Spot) -> Iterator[SpecProblem]:
    if not NAME.fullmatch(variable) or not typed.label or len(typed.label.encode()) > LABEL_LIMIT:
        yield spot.at_key(_naming("a supplemental"))
    if variable in dataset.variables:
        yield spot.at_key(f"{variable} is a variable of the dataset as well; give the supplemental another name")
    if not cases(typed) and not any(variable in row.variables for row in dataset.rows.values()):
        yield spot.at_key(f"has no method ({', '.join(METHODS)})")


def _naming(what: str) -> str:
    return f"{what} needs a name of at most 8 capital letters and digits, and a label of at most {LABEL_LIMIT} bytes"


def _check_variable(
    model: StudyModel, dataset: str, variable: str, typed: Variable, spot: Spot
) -> Iterator[SpecProblem]:
    yield from method_problems(model, typed, spot)
    for key in ("origin", "source", "describe"):
        if getattr(typed, key) and not typed.because:
            yield spot.down(key).at_key(f"`{key}:` overrides what is made of the method; give `because: reason`")
    yield from _source_fits(model, dataset, typed, spot)
    for use in uses(typed):
        yield from _reference(model, dataset, use, spot)
    yield from _codelists(model, dataset, variable, typed, spot)
    yield from _values(model, dataset, variable, typed, spot)


def _source_fits(model: StudyModel, dataset: str, typed: Variable, spot: Spot) -> Iterator[SpecProblem]:
    """Who gave a value fits the origin that it has in some kind of row."""
    rows = model.datasets[dataset].rows.values()
    kinds = sorted({k for r in rows if (k := inferred_origin(typed, of_dataset=r.from_ in model.datasets))})
    if typed.source and kinds and not any(typed.source in SOURCES.get(kind, ()) for kind in kinds):
        fits = " or ".join(dict.fromkeys(s for kind in kinds for s in SOURCES.get(kind, ())))
        told = f"'{typed.source}' cannot be the source of what is {' or '.join(kinds)}"
        yield spot.down("source").at_value(f"{told}; " + (f"it may be {fits}" if fits else "that has no source"))


def _codelists(model: StudyModel, dataset: str, variable: str, typed: Variable, spot: Spot) -> Iterator[SpecProblem]:
    """Codelists that a method or a study's line names exist, and ``code`` has terms or a map to code with."""
    whole = model.datasets[dataset].variables.get(variable) or typed
    named = _listed(typed.codelist)
    for case, at in zip(cases(typed), case_spots(typed, spot), strict=True):
        method = case.method
        if not isinstance(method, Code):
            continue
        lists = _listed(method.codelist or typed.codelist or whole.codelist)
        named += _listed(method.codelist)
        if isinstance(method.map, str):
            yield from table_problems(model, method.map, at.down("code", "map"))
        elif method.map:
            yield from map_problems(model.codelists, method.map, lists, at.down("code", "map"))
        elif not lists:
            yield at.down("code").at_key("needs a codelist: the variable's own, `codelist: NAME`, or a `map:`")
    for name in dict.fromkeys(named):
        if name not in model.codelists:
            yield spot.at_name(name, f"no codelist '{name}'{nearest(name, model.codelists)}")


def _listed(given: str | list[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else list(given or [])


def _values(model: StudyModel, dataset: str, variable: str, typed: Variable, spot: Spot) -> Iterator[SpecProblem]:
    """A literal is a number where the variable is one, and a term of a codelist that may not be extended."""
    whole = model.datasets[dataset].variables.get(variable) or typed
    names = _listed(whole.codelist)
    lists = [model.codelists[n] for n in names if n in model.codelists]
    terms = [t.value for c in lists for t in c.terms]
    for case in cases(typed):
        if case.kind != "value" or not isinstance(case.method, str) or not case.method:
            continue
        if not case.method.strip():
            told = 'blanks are no value; leave the variable out with `omit: reason`, a branch empty with `value: ""`'
            yield spot.at_name(case.method, f"'{case.method}': {told}")
            continue
        if whole.type == "Num" and not _is_number(case.method):
            yield spot.at_name(case.method, f"'{case.method}' is not a number, and {variable} is numeric")
        if lists and not any(c.extensible for c in lists) and case.method not in terms:
            hint = nearest(case.method, terms)
            told = f"'{case.method}' is not a term of {', '.join(names)}, which is not extensible{hint}"
            yield spot.at_name(case.method, told)


def _is_number(value: str) -> bool:
    return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", value) is not None


def _reference(model: StudyModel, dataset: str, use: Use, spot: Spot) -> Iterator[SpecProblem]:
    own = model.datasets[dataset].variables
    if use.kind == "own" and use.name not in own and not use.optional:
        yield spot.at_name(use.name, f"{dataset} has no variable {use.name}{nearest(use.name, own)}")
    elif use.kind == "other":
        yield from _other(model, dataset, use.name, spot)
    elif use.kind == "table":
        yield from _known_table(model, use.name, spot)
    elif use.kind == "source" and use.name:
        yield from _known_source(model, use.name, spot)
    elif use.kind == "setting" and use.name not in model.setting_names:
        yield spot.at_name(use.name, f"no setting '{use.name}'{nearest(use.name, model.setting_names)}")


def _other(model: StudyModel, dataset: str, name: str, spot: Spot) -> Iterator[SpecProblem]:
    other, _, variable = name.rpartition(".")
    if name in CUT_FACTS or other in model.broken or not other:
        return
    if other not in model.datasets:
        yield spot.at_name(name, f"no dataset {other} (in {name}){nearest(other, model.datasets)}")
        return
    known = _columns_of(model, other) or []
    if variable not in known:
        yield spot.at_name(name, f"{other} has no variable {variable}{nearest(variable, known)}")
    elif model.datasets[other].is_trial and not model.datasets[dataset].is_trial:
        yield spot.at_name(name, f"{other} is made after {dataset}, once for the trial; use its table in place of it")


__all__ = ["check"]
