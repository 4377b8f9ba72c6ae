"""The rules of a pack's own files: study.yaml, general.yaml, accepted.yaml. Design, section 3, rule 11."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from specs.layers import PLAIN_NAME
from specs.method_rules import condition_problems
from specs.model import Accepted, AcceptedFile, CutRule, Dataset, General, SourceSpec, Subjects
from specs.nodes import Spot
from specs.problems import SpecProblem, nearest
from specs.tables import added_table_problems
from specs.uses import cases, condition_names, is_collected
from specs.validation import validate

if TYPE_CHECKING:
    from specs.resolve import StudyModel

CLASSES = (
    "Interventions", "Events", "Findings", "Findings About", "Special-Purpose", "Study Reference", "Trial Design",
    "Relationship",
)  # fmt: skip
SCOPES = ("id", "severity", "dataset", "variable", "file", "column", "value", "subject", "message")


def check_study(model: StudyModel) -> Iterator[SpecProblem]:
    """What is wrong in study.yaml, beyond its types."""
    study = model.study
    spot = Spot(model.head, (), "study.yaml")
    given = model.head.mapping.get("study")
    said = study.study or (given is not None and given.value == "")  # without the key, that is told already
    if said and not PLAIN_NAME.fullmatch(study.study):
        yield spot.down("study").at_value(f"'{study.study}' names files; use letters, digits, '.', '_' and '-'")
    if not _is_iso(study.timestamp, datetime):
        yield spot.down("timestamp").at_value(f"'{study.timestamp}' is not a time like 2026-03-31T00:00:00")
    for name, source in study.sources.items():
        yield from _source(source, Spot(model.head, ("sources", name), f"study.yaml sources.{name}"))
    if study.subjects:
        yield from _subjects(model, study.subjects, Spot(model.head, ("subjects",), "study.yaml subjects"))
    else:
        for name in (n for n, s in study.sources.items() if s.subject):
            told = f"source '{name}' has subjects, but study.yaml has no `subjects:` that say which are known"
            yield spot.down("sources", name, "subject").at_key(told)
            break
    if study.cut:
        yield from _cut(model, Spot(model.head, ("cut",), "study.yaml cut"))


def _source(source: SourceSpec, spot: Spot) -> Iterator[SpecProblem]:
    for kind in (PurePosixPath(source.file), PureWindowsPath(source.file)):
        if kind.is_absolute() or kind.drive or ".." in kind.parts:
            yield spot.down("file").at_value(f"'{source.file}' must be a file inside the folder of the extract")
            break
    try:
        codecs.lookup(source.encoding)
    except LookupError:
        yield spot.down("encoding").at_value(f"no encoding '{source.encoding}'; utf-8, windows-1252, ...")
    if len(source.delimiter) != 1:
        yield spot.down("delimiter").at_value(f"'{source.delimiter}' must be one character")
    if source.header_row < 1:
        yield spot.down("header_row").at_value("rows count from 1")
    if source.where:
        yield from condition_problems(source.where, spot.down("where"))
    for condition in source.left:
        yield from condition_problems(condition, spot.down("left", condition))


def _subjects(model: StudyModel, subjects: Subjects, spot: Spot) -> Iterator[SpecProblem]:
    register, names = subjects.register_, model.source_names
    source = model.study.sources.get(register)
    if register not in names:
        yield spot.down("register").at_value(f"no source '{register}'{nearest(register, names)}")
    elif source is not None and source.subject is None:
        yield spot.down("register").at_value(f"source '{register}' is the register, but declares no `subject:` column")
    if "{number}" not in subjects.usubjid:
        yield spot.down("usubjid").at_value("'usubjid' must hold {number}, or all subjects are one")
    try:
        groups = re.compile(subjects.pattern or "").groups
    except re.error as error:
        yield spot.down("pattern").at_value(f"'{subjects.pattern}' is not a regular expression: {error}")
        return
    asked = [int(g) for g, _ in re.findall(r"\{(\d+)(:\d+)?\}", subjects.number or "")]
    if subjects.number is not None and (not asked or max(asked) > groups):
        told = f"'number' is made of the groups of 'pattern', such as {{1}}; the pattern has {groups}"
        yield spot.down("number").at_value(told)


def _cut(model: StudyModel, spot: Spot) -> Iterator[SpecProblem]:
    cut = model.study.cut
    assert cut is not None
    if not _is_iso(cut.date, date):
        yield spot.down("date").at_value(f"'{cut.date}' is not a date like 2026-03-31")
    for name, rule in cut.datasets.items():
        at = spot.down("datasets", name)
        if name in model.datasets:
            yield from _cut_rule(name, model.datasets[name], rule, at)
        elif name not in model.broken:
            yield at.at_key(f"no dataset {name}{nearest(name, model.datasets)}")


def _cut_rule(name: str, dataset: Dataset, rule: CutRule, spot: Spot) -> Iterator[SpecProblem]:
    """What the cut names is there, and its dates are collected: the cut comes before all that is derived."""
    if rule.keep is not None and not rule.keep.strip():
        yield spot.down("keep").at_value("'keep' must say why nothing of the dataset is cut")
    if rule.keep is not None and len(rule.model_fields_set) > 1:
        yield spot.down("keep").at_key(
            "'keep' says that nothing of the dataset is cut; leave out the other keys, or 'keep'"
        )
    if isinstance(rule.alive, str):
        yield from condition_problems(rule.alive, spot.down("alive"))
    named = dict.fromkeys(condition_names(rule.alive) if isinstance(rule.alive, str) else (), "alive")
    named |= {v: "values" for dated, cleared in rule.values.items() for v in (dated, *cleared)}
    named |= dict.fromkeys(rule.ongoing, "ongoing")
    named |= {v: key for key, v in (("start", rule.start), ("end", rule.end)) if v}
    for variable, key in named.items():
        own = [r.variables[variable] for r in dataset.rows.values() if variable in r.variables]
        whole = dataset.variables.get(variable) or dataset.supplemental.get(variable)
        at = spot.down(key)
        if whole is None and not own:
            hint = nearest(variable, [*dataset.variables, *dataset.supplemental])
            yield at.at_name(variable, f"{name} has no variable {variable}{hint}")
        elif any(cases(t) and not is_collected(t) for t in [*own, *([whole] if whole else [])]):
            yield at.at_name(variable, f"{variable} is derived, and the cut comes before; name what is collected")


def _is_iso(text: str, kind: type[date]) -> bool:
    try:
        return kind.fromisoformat(text) is not None
    except ValueError:
        return False


def check_general(model: StudyModel) -> Iterator[SpecProblem]:
    """What is wrong in general.yaml of the pack and its layers, and in the tables to which they add.

    Unknown keys, classes and datasets; columns and keys of tables.
    """
    yield from added_table_problems(model)
    given = [layer.general.get("structures") for layer in model.layers]
    structures = {name for node in given if node is not None for name in node.mapping}
    for layer in model.layers:
        problems: list[SpecProblem] = []
        validate(General, layer.general, "general.yaml", problems)
        yield from problems
        known = {"all", *CLASSES, *structures, *model.datasets, *(n for x in model.layers for n in x.datasets)}
        for section in layer.general.mapping:
            for name in layer.general.mapping[section].mapping:
                if name not in known and section in General.model_fields and section not in ("structures", "tables"):
                    told = f"no class or dataset '{name}'{nearest(name, known)}"
                    yield Spot(layer.general, (section, name), "general.yaml").at_key(told)


def accepted_findings(model: StudyModel) -> tuple[list[Accepted], list[SpecProblem]]:
    """The entries of the pack's accepted.yaml, and what is wrong with them."""
    problems: list[SpecProblem] = []
    node = model.layers[0].accepted
    found = validate(AcceptedFile, node, "accepted.yaml", problems)
    entries = found.accepted if found else []
    for i, entry in enumerate(entries):
        spot = Spot(node, ("accepted", i), "accepted.yaml")
        for key in ("rule", "reason", "who"):
            if not getattr(entry, key).strip():
                problems.append(spot.down(key).at_value(f"'{key}' must say something"))
        for key in entry.scope:
            if key not in SCOPES:
                told = f"'{key}' cannot limit what is accepted{nearest(key, SCOPES) or '; use ' + ', '.join(SCOPES)}"
                problems.append(spot.down("scope", key).at_key(told))
    return entries, problems
