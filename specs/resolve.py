"""From a study's name to its model: layers laid over each other, defaults applied, everything typed and checked.

``resolve`` is what every command starts with. Whatever is wrong in any file of the pack comes out at once, as
SpecErrors with places (design, section 3, rule 11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from specs import expand, rules
from specs.codelists import study_codelists, study_words
from specs.defaults import apply_defaults, withdraw_defaults
from specs.inheritance import inherit
from specs.inputs import add_inputs
from specs.layers import Layer, find_pack, load_layers, merge, merge_all
from specs.model import Accepted, Dataset, Study
from specs.nodes import Node
from specs.parameters import split_parameters
from specs.problems import SpecErrors, SpecProblem, nearest
from specs.study_rules import accepted_findings
from specs.tables import table_of
from specs.templates import fill_templates
from specs.terminology import Codelist
from specs.validation import validate

LAYER_HEAD = ("layer", "standard", "extends", "order")
LOCKED = ("label", "type", "role", "core", "codelist")
LOCKED_DATASET = ("dataset", "class", "label")


@dataclass
class StudyModel:
    """A study, resolved: what every later step works from."""

    name: str
    pack: Path
    study: Study
    head: Node
    layers: list[Layer]
    datasets: dict[str, Dataset] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    """For each dataset, its merged nodes: every key with the layer, file and line that it came from."""
    standard_names: dict[str, list[str]] = field(default_factory=dict)
    """For each dataset, the variables that its standard knows, in order."""
    accepted: list[Accepted] = field(default_factory=list)
    """The findings that the pack accepts."""
    broken: set[str] = field(default_factory=set)
    """Datasets of which nothing is known because a file of theirs cannot be read."""
    defaulted: set[tuple[str, str]] = field(default_factory=set)
    """The variables (dataset, name) that have their method from a default."""
    incomplete: bool = False
    """Whether a general.yaml cannot be read, so that defaults and short keys are missing."""

    @cached_property
    def codelists(self) -> Mapping[str, Codelist]:
        """All codelists of the layers and the pack, with the study's extensions; each is read when it is asked for."""
        return study_codelists(self)[0]

    def recoding(self, codelist: str) -> dict[str, str]:
        """The study's own words for the terms of a codelist."""
        return study_words(self, codelist)

    def find(self, name: str) -> Path:
        """A file of the pack or of the nearest layer that has it. Raises FileNotFoundError."""
        for layer in self.layers:
            try:
                path = (layer.folder / name).resolve()
                if path.is_file() and path.is_relative_to(layer.folder.resolve()):
                    return path
            except (OSError, ValueError):
                break  # a name that no file system has
        raise FileNotFoundError(name)

    def table(self, name: str) -> pd.DataFrame:
        """A CSV table of the pack or a layer, every column as text. Raises FileNotFoundError, ValueError."""
        if name not in self._tables:
            self._tables[name] = table_of(self, name)
        return self._tables[name]

    def table_fault(self, name: str) -> str | None:
        """Why a table cannot be used, as a sentence; None when it can."""
        try:
            self.table(name)
        except FileNotFoundError:
            known = [f"tables/{p.name}" for layer in self.layers for p in (layer.folder / "tables").glob("*.csv")]
            return f"no table '{name}' in the pack or its layers{nearest(name, set(known) - {name})}"
        except ValueError as error:  # pandas' own errors and those of decoding are ValueErrors
            return f"table '{name}' cannot be read as CSV in UTF-8: {' '.join(str(error).split())}"
        return None

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {}

    def setting(self, name: str) -> Any:
        """A named setting; ``study`` and ``cut_date`` are always there."""
        if name == "study":
            return self.study.study
        if name == "cut_date":
            return self.study.cut.date if self.study.cut else None
        return self.study.settings[name]

    @property
    def source_names(self) -> list[str]:
        """The sources as they are written down, those with errors too."""
        written = self.head.get("sources")
        return list(written.mapping) if written else []

    @property
    def setting_names(self) -> list[str]:
        """The names that ``{setting: NAME}`` may give."""
        return ["study", "cut_date", *self.study.settings]

    def has_variable(self, dataset: str, variable: str) -> bool:
        """Whether a dataset has a variable or a supplemental qualifier, in all or some of its rows."""
        found = self.datasets.get(dataset)
        if found is None:
            return dataset in self.broken
        return (
            variable in found.variables
            or variable in found.supplemental
            or any(variable in row.variables for row in found.rows.values())
        )

    @property
    def files(self) -> list[Path]:
        """Every spec file of the layers, and every table and codelist file beside them.

        Files that are read only when they are asked for count too: what a delivery was made with must not depend on
        what was asked earlier in the same process.
        """
        found: set[Path] = set()
        for layer in self.layers:
            found |= {*layer.files, *layer.datasets.paths}
            found |= {p for p in layer.folder.rglob("*") if p.suffix in (".csv", ".gz", ".txt", ".xml")}
        return sorted(found)


def resolve(
    study: str,
    *,
    before_check: Callable[[StudyModel], object] | None = None,
    and_check: Callable[[StudyModel], list[SpecProblem]] = lambda _: [],
) -> StudyModel:
    """The model of a study pack. Raises UnknownStudy, or SpecErrors with all that is wrong.

    ``before_check`` may register a pack's own transforms before names are checked; what ``and_check`` finds in the
    resolved model is told with the rest.
    """
    pack = find_pack(study)
    layers, problems = load_layers(pack)
    if any({"study.yaml", "layer.yaml"} & layer.broken for layer in layers):
        raise SpecErrors(problems)
    heads = [_study_part(layer, first=layer is layers[0]) for layer in layers]
    head = _with_source_defaults(merge_all(heads))
    typed = validate(Study, head, "study.yaml", problems)
    if typed is None:
        raise SpecErrors(problems)
    model = StudyModel(pack.name, pack, typed, head, layers)
    model.broken = {name for layer in layers for name in layer.datasets.broken}
    model.incomplete = any("general.yaml" in layer.broken for layer in layers)
    if before_check:
        before_check(model)
    model.accepted, wrong = accepted_findings(model)
    problems += [*wrong, *study_codelists(model)[1]]
    general = merge_all([layer.general for layer in layers])
    for name in _dataset_names(layers):
        if name not in model.broken:
            _resolve_dataset(model, name, general, problems)
    add_inputs(model)
    withdraw_defaults(model)
    inherit(model)
    problems += rules.check(model, problems)
    problems += and_check(model)
    if problems:
        raise SpecErrors(problems)
    return model


def _study_part(layer: Layer, *, first: bool) -> Node:
    keep = {k: v for k, v in layer.head.mapping.items() if first or k not in LAYER_HEAD}
    return Node(keep, layer.head.place, layer.name, layer.head.key_places)


def _with_source_defaults(head: Node) -> Node:
    """The head with ``source_defaults`` laid under every source of their kind."""
    defaults, sources = head.get("source_defaults"), head.get("sources")
    if defaults is None or sources is None:
        return head
    filled = {}
    for name, node in sources.mapping.items():
        kind = node.get("kind")
        default = defaults.get(str(kind.value) if kind else "edc")
        filled[name] = merge(node, default) if default is not None and node.mapping else node
    entries = {**head.mapping, "sources": Node(filled, sources.place, sources.layer, sources.key_places)}
    return Node(entries, head.place, head.layer, head.key_places)


def _dataset_names(layers: list[Layer]) -> list[str]:
    found = [name for layer in layers if not layer.is_standard for name in layer.datasets]
    return sorted(set(found))


def _resolve_dataset(model: StudyModel, name: str, general: Node, problems: list[SpecProblem]) -> None:
    nodes = [n for layer in model.layers if (n := layer.datasets.get(name)) is not None]
    merged = merge_all(nodes)
    if "omit" in merged.mapping:
        return
    if "dataset" not in merged.mapping:
        _unknown_dataset(model, name, merged, problems)
        return
    class_name = str(merged.mapping["class"].plain()) if "class" in merged.mapping else ""
    structure = _by_class(general.get("structures"), name, class_name)
    row_keys = _by_class(general.get("row_keys"), name, class_name)
    defaults = _by_class(general.get("defaults"), name, class_name)
    if "working" in merged.mapping and defaults is not None:
        defaults = expand.only(defaults, ["USUBJID"])
    code = expand.domain_code(name)
    nodes, standards = _described(model, name, [structure] if structure else [], [row_keys, defaults])
    merged = merge_all(nodes)
    if structure:
        structure = standards[-1]
        if "parameters" not in merged.mapping:
            merged = merge(merged, structure)
    if standards:
        _check_locked(name, nodes, standards[0], problems)
        model.standard_names[name] = list((standards[0].get("variables") or Node({}, merged.place)).mapping)
    row_keys = _by_class(general.get("row_keys"), name, class_name)
    merged = _table_rows(model, name, merged, problems)
    if "parameters" in merged.mapping:
        described = (structure.get("variables") if structure else None) or Node({}, merged.place)
        keys_of_rows = expand.fill_prefix(row_keys, code).mapping if row_keys else {}
        merged, parts = split_parameters(merged, name, keys_of_rows, described, problems)
        for part, node in parts.items():
            _type_dataset(model, part, node, [], problems)
        merged = merge(merged, structure) if structure else merged
    merged = expand.expand_rows(merged, name, row_keys, problems)
    if not (merged.get("rows") or Node({}, merged.place)).mapping:
        _without_rows(model, name, problems)
        return
    keys = _by_class(general.get("keys"), name, class_name)
    merged = apply_defaults(merged, expand.fill_prefix(defaults, code) if defaults else None, model, name, problems)
    if "keys" not in merged.mapping and keys is not None:
        merged.mapping["keys"] = expand.fill_prefix(keys, code)
    merged.mapping.setdefault("empty", expand.emptied(merged, _by_class(general.get("empty"), name, class_name), code))
    if "/adam/" in f"/{nodes[0].place.file}":
        merged.mapping["standard"] = Node("adam", merged.place, merged.layer)
    _type_dataset(model, name, merged, nodes, problems)


def _described(
    model: StudyModel, name: str, structures: list[Node], general: list[Node | None]
) -> tuple[list[Node], list[Node]]:
    """The dataset in every layer, and of these what standards say; ``--`` and indexed names filled in."""
    code = expand.domain_code(name)
    found = [(x.is_standard, n) for x in model.layers if (n := x.datasets.get(name)) is not None]
    found = [(standard, expand.expand_predecessors(expand.fill_prefix(n, code))) for standard, n in found]
    own = [n for standard, n in found if not standard]
    ours = expand.variable_names(own)
    others = expand.variable_names([expand.fill_prefix(n, code) for n in general if n is not None])
    names = {**dict.fromkeys(others, True), **ours}
    nodes = [_templates_filled(n, names) if standard else n for standard, n in found]
    filled = [_templates_filled(expand.fill_prefix(s, code), names) for s in structures]
    return nodes, [*(n for n, (standard, _) in zip(nodes, found, strict=True) if standard), *filled]


def _templates_filled(node: Node, names: dict[str, bool]) -> Node:
    variables = node.get("variables")
    if variables is None:
        return node
    filled = fill_templates(variables, names, [n for n, same in names.items() if same])
    return Node({**node.mapping, "variables": filled}, node.place, node.layer, node.key_places)


def _type_dataset(model: StudyModel, name: str, node: Node, nodes: list[Node], problems: list[SpecProblem]) -> None:
    typed = validate(Dataset, node, name, problems)
    if typed is not None:
        kept = [k for k in typed.keys if k in typed.variables] if not _has_keys(nodes) else typed.keys
        model.datasets[name] = typed.model_copy(update={"keys": kept})
        model.nodes[name] = node


def _has_keys(nodes: list[Node]) -> bool:
    return any("keys" in n.mapping for n in nodes)


def _without_rows(model: StudyModel, name: str, problems: list[SpecProblem]) -> None:
    """A dataset of the pack has rows; layers may describe datasets that a study does not have."""
    own = model.layers[0].datasets.get(name)
    if own is None:
        return
    validate(Dataset, merge(own, Node({"dataset": Node(name, own.place)}, own.place)), name, problems)
    if not any(p.place.file == own.place.file and f"{p.subject} ".startswith(f"{name} ") for p in problems):
        text = f"{name} has no rows; say where they come from: `rows: {{NAME: {{from: SOURCE}}}}`, or `table:`"
        problems.append(SpecProblem(own.place, name, text))


def _unknown_dataset(model: StudyModel, name: str, node: Node, problems: list[SpecProblem]) -> None:
    known = [n for layer in model.layers if layer.is_standard for n in layer.datasets]
    text = f"no standard layer has a dataset {name}{nearest(name, known)}"
    problems.append(SpecProblem(node.place, name, f"{text} (a dataset of your own needs `dataset:` and `class:`)"))


def _by_class(section: Node | None, name: str, class_name: str) -> Node | None:
    """The parts of a general section that concern a dataset: its own, its class's, and those for all."""
    if section is None:
        return None
    keys = (name, class_name, *expand.KIND_OF.get(class_name, ()), "all")
    parts = [section.mapping[k] for k in keys if k in section.mapping]
    return merge_all(parts) if parts else None


def _check_locked(name: str, nodes: list[Node], standard: Node, problems: list[SpecProblem]) -> None:
    known = (standard.get("variables") or Node({}, standard.place)).mapping
    for node in nodes:
        if node.layer == standard.layer:
            continue
        problems += _overridden(node, standard, LOCKED_DATASET, name)
        variables = node.get("variables")
        for variable, own in (variables.mapping if variables else {}).items():
            if variable in known:
                problems += _overridden(own, known[variable], LOCKED, f"{name}.{variable}")


def _overridden(own: Node, locked: Node, keys: tuple[str, ...], subject: str) -> Iterator[SpecProblem]:
    because = own.get("because")
    if because is not None and str(because.value or "").strip():
        return
    for key in keys:
        if key in own.mapping and key in locked.mapping and own.mapping[key].value != locked.mapping[key].value:
            text = f"'{key}' is set by {locked.layer}; give `because: reason` to override it"
            yield SpecProblem(own.key_place(key), subject, text)


def _table_rows(model: StudyModel, name: str, merged: Node, problems: list[SpecProblem]) -> Node:
    """``table: tables/ta.csv`` stands for rows from that table with every column copied to the variable of its name."""
    given = merged.get("table")
    if given is None:
        return merged
    file = str(given.plain())
    fault = model.table_fault(file)
    if fault is None and "rows" in merged.mapping:
        fault = "`table:` stands for rows from it; leave out `rows:`, or use them alone with `from:` the table"
    if fault is not None:
        problems.append(SpecProblem(given.place, name, fault))
        return merged
    columns = list(model.table(file).columns)
    variables = merged.get("variables") or Node({}, merged.place)
    copies = {c: Node({"copy": Node(c, given.place, given.layer)}, given.place, given.layer) for c in columns}
    laid = merge(variables, Node(copies, given.place, given.layer))
    in_order = {name: laid.mapping[name] for name in {**variables.mapping, **laid.mapping}}  # of the standard
    row = Node({"from": Node(file, given.place, given.layer)}, given.place, given.layer)
    entries = {
        **merged.mapping,
        "variables": Node(in_order, laid.place, laid.layer, laid.key_places),
        "rows": Node({"table": row}, given.place, given.layer),
    }
    return Node(entries, merged.place, merged.layer, merged.key_places)
