"""A study pack around imported metadata: it is checked and shown like any other, and it runs on the imported datasets.

What a define does not say is where values come from before they were datasets. So each dataset starts as a mapping of
its own transport file: every variable copies the column of its name, with label, codelist, origin, method text and
comment as imported. The programmer replaces the source by raw forms and the copies by methods, one after the other;
README.md of the pack lists what there is to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from define.exchange import yaml_text
from define.exchange.index import Define, Element, Field, words
from define.exchange.names import XLINK, define
from define.exchange.pack_codelists import Codelists, published
from define.exchange.pack_values import qualifiers, rows_of
from specs.layers import MAPPINGS
from specs.nodes import Node, load_yaml
from specs.origins import SOURCES
from specs.problems import SpecErrors
from specs.resolve import resolve

BECAUSE = "as in the imported metadata"
ABSENT = "not in the imported metadata"
LAYERS = {"SDTMIG": "sdtmig", "ADAMIG": "adamig"}
SPEC_CLASSES = {"BASIC DATA STRUCTURE": "BDS", "OCCURRENCE DATA STRUCTURE": "OCCDS"}
UNASKED = ("STUDYID", "DOMAIN", "USUBJID")
"""Variables that every pack has by default."""
NOT_READ = ("STUDYID", "DOMAIN", "RDOMAIN", "IDVAR", "QLABEL", "QORIG", "QEVAL")
"""Columns of imported datasets that a pack makes itself."""
TAKEN = ("PERSON", "SUBJECT")
"""Names that a join cannot have."""
LABEL_BYTES = 40
NAME = re.compile(r"[A-Z][A-Z0-9]{0,7}")
NAMED = "name of at most 8 capital letters and digits"
ORIGINS = ("Collected", "Derived", "Assigned", "Protocol", "Predecessor", "Not Available")


@dataclass
class DatasetFile:
    """The file of a dataset: its name, its first line, what it says, and the variables that the define has."""

    path: str
    head: str
    data: dict[str, Any]
    variables: set[str]


@dataclass
class Skeleton:
    """The files of a pack that are made of a define, and what is left to do."""

    define: Define
    layers: list[str]
    codelists: Codelists
    analysis: bool
    files: dict[str, str] = field(default_factory=dict)
    datasets: dict[str, DatasetFile] = field(default_factory=dict)
    to_do: dict[str, list[str]] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)

    def note(self, dataset: str, text: str) -> None:
        """Something that the programmer has to fill in."""
        self.to_do.setdefault(dataset, []).append(text)


def layers_of(found: Define) -> list[str]:
    """The layers that fit the standards of a define: of the same version, else the one there is; always an SDTMIG."""
    layers = []
    for name, version in found.guides():
        stem = LAYERS.get(name.upper().replace("-", ""))
        there = sorted(p.parent.name for p in MAPPINGS.glob(f"{stem}-*/layer.yaml")) if stem else []
        if there:
            layers.append(f"{stem}-{version}" if f"{stem}-{version}" in there else there[-1])
    layers = list(dict.fromkeys(layers))
    if not any(x.startswith("sdtmig") for x in layers):
        layers += sorted(p.parent.name for p in MAPPINGS.glob("sdtmig-*/layer.yaml"))[-1:]
    return layers


def is_analysis(found: Define) -> bool:
    """Whether a define describes analysis datasets."""
    return any(g.get("Purpose") == "Analysis" for g in found.groups)


def make_pack(found: Define, source: str) -> Skeleton:
    """The files of a pack besides its metadata; ``source`` is the name of the imported file."""
    layers = layers_of(found)
    made = Skeleton(found, layers, Codelists(found, published(layers)), is_analysis(found))
    for group in found.groups:
        _dataset(made, group)
    made.files["study.yaml"] = yaml_text.dump(_study(made), f"Imported from {source}.", core=True)
    if made.codelists.entries:
        head = "Terms that the study adds to published lists, and lists of its own."
        made.files["codelists.yaml"] = yaml_text.dump(made.codelists.entries, head, core=True)
    made.files["README.md"] = _readme(made, source)
    return made


def _study(made: Skeleton) -> dict[str, Any]:
    names = [g.get("Name", "") for g in made.define.groups]
    register = next((n.lower() for n in ("DM", "ADSL") if n in names), next(iter(made.sources), None))
    name = made.define.global_text("StudyName")
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._") or "STUDY"
    if plain != name:
        made.note("study.yaml", f"the study is called '{name}'; `study:` names files as well and is {plain}")
    study: dict[str, Any] = {"study": plain}
    if made.define.global_text("StudyDescription"):
        study["title"] = made.define.global_text("StudyDescription")
    study["extends"] = made.layers
    created = made.define.root.get("CreationDateTime", "")[:19]
    if len(created) == len("1970-01-01T00:00:00"):
        study["timestamp"] = created
    if register in made.sources:
        study["subjects"] = {"register": str(register), "usubjid": "{number}"}
    if made.sources:
        study["source_defaults"] = {"edc": {"subject": "USUBJID", "ignore": list(NOT_READ)}}
        study["sources"] = made.sources
    return study


def _standard(made: Skeleton, name: str, class_name: str) -> Node | None:
    """What the layers say of a dataset: its own file, else the structure of its class."""
    for layer in made.layers:
        for section in ("sdtm", "adam"):
            path = MAPPINGS / layer / section / f"{name}.yaml"
            if path.is_file():
                return load_yaml(path, path.name, layer)
        general = MAPPINGS / layer / "general.yaml"
        structures = load_yaml(general, general.name, layer).get("structures") if general.is_file() else None
        structure = structures.get(class_name) if structures is not None and made.analysis else None
        if structure is not None:
            return structure
    return None


def _dataset(made: Skeleton, group: Element) -> None:
    name = group.get("Name", "")
    fields = [f for f in made.define.fields(group) if f.item is not None]
    if name.startswith("SUPP") and name[4:] in [g.get("Name") for g in made.define.groups]:
        return
    if name == "RELREC":
        made.note(name, "say under `relationships:` of its datasets which records belong together")
        return
    if not fields or not NAME.fullmatch(name):
        made.note(name or group.get("OID", ""), f"it is not among the specs: it has no variables, or no {NAMED}")
        return
    class_element = group.find(define("Class"))
    class_name = "" if class_element is None else class_element.get("Name", "")
    class_name = SPEC_CLASSES.get(class_name.upper(), class_name.title())
    standard = _standard(made, name, class_name)
    own = standard is not None and "dataset" in standard.mapping
    data: dict[str, Any] = {} if own else {"dataset": name, "class": class_name}
    about = {"label": words(group), "structure": group.get(define("Structure"), "")}
    differs = {k: v for k, v in about.items() if v and (not own or _said(standard, k) != v)}
    if differs:
        data.update(differs, because=BECAUSE)
    if made.define.comment(group):
        data["comment"] = made.define.comment(group)
    keys = [k for k in made.define.keys(group) if k in [f.name for f in fields]]
    if keys:
        data["keys"] = keys
    has_subjects = any(f.name == "USUBJID" for f in fields)
    if has_subjects:
        source = name.lower()
        made.sources[source] = _source(group, name)
        data["rows"] = rows_of(made.define, group, source, lambda variable, value: _in_row(made, variable, value))
        join = _supplemental(made, name, data)
        for row in data["rows"].values():
            row.update({"join": join} if join else {})
    else:
        table = f"tables/{name.lower()}.csv"
        columns = [f.name for f in fields if f.name not in UNASKED]
        made.files[table] = ",".join(columns) + "\n"
        data["table"] = table
        made.note(name, f"fill {table}: it holds the header only")
    variables = {f.name: _variable(made, name, f, standard, copied=has_subjects) for f in fields}
    known = standard.get("variables") if standard is not None else None
    for variable, node in (known.mapping if known is not None else {}).items():
        if own and variable not in variables and _said(node, "core") in ("Req", "Exp"):
            variables[variable] = {"omit": ABSENT}
    data["variables"] = {k: v for k, v in variables.items() if v}
    section = "adam" if made.analysis else "sdtm"
    head = f"{name}: the metadata as imported. Each variable copies the column of its name; replace the copies."
    made.datasets[name] = DatasetFile(f"{section}/{name}.yaml", head, data, {f.name for f in fields})


def _supplemental(made: Skeleton, name: str, data: dict[str, Any]) -> dict[str, Any]:
    """The qualifiers of SUPP-- as ``supplemental:``, each with the join that brings it beside its record."""
    group = next((g for g in made.define.groups if g.get("Name") == f"SUPP{name}"), None)
    if group is None:
        return {}
    source = f"supp{name.lower()}"
    number = f"{name}SEQ" if any(f.name == f"{name}SEQ" for f in _fields(made, name)) else None
    join: dict[str, Any] = {}
    supplemental: dict[str, Any] = {}
    for qualifier in qualifiers(made.define, group):
        by = {number: "IDVARVAL", "subject": "subject"} if number else "subject"
        alias = f"{qualifier.name.lower()}_" if qualifier.name in TAKEN else qualifier.name.lower()
        join[alias] = {"source": source, "by": by, "where": f"QNAM = '{qualifier.name}'"}
        entry = {"copy": f"{alias}.QVAL", "label": qualifier.label}
        entry.update(_told(made, qualifier.field, None))
        supplemental[qualifier.name] = entry
    if supplemental:
        made.sources[source] = _source(group, f"SUPP{name}")
        data["supplemental"] = supplemental
    else:
        made.note(f"SUPP{name}", "say its qualifiers under `supplemental:`; the metadata do not list them by QNAM")
    return join


def _fields(made: Skeleton, name: str) -> list[Field]:
    return [f for g in made.define.groups if g.get("Name") == name for f in made.define.fields(g)]


def _variable(made: Skeleton, dataset: str, one: Field, standard: Node | None, *, copied: bool) -> dict[str, Any]:
    """A variable: its copy, and what its metadata say beyond the standard."""
    item = one.item
    assert item is not None
    entry: dict[str, Any] = {"copy": one.name} if copied and one.name not in UNASKED else {}
    known = standard.get("variables") if standard is not None else None
    node = known.get(one.name) if known is not None else None
    if not NAME.fullmatch(one.name):
        made.note(dataset, f"{one.name} is not among the specs: it has no {NAMED}")
        return {}
    label = words(item)
    numeric = item.get("DataType") in ("integer", "float")
    about = {"label": label, "type": "Num" if numeric else "Char"}
    if not label or len(label.encode()) > LABEL_BYTES:
        made.note(dataset, f"{one.name} needs a label of at most {LABEL_BYTES} bytes")
        about["label"] = one.name
    described = {k: v for k, v in about.items() if _said(node, k) != v}
    codelist = made.codelists.name(item)
    if codelist is not None and _said(node, "codelist") != codelist:
        described["codelist"] = codelist
    if described:
        entry.update(described, because=BECAUSE)
    if item.get(define("DisplayFormat")):
        entry["display"] = item.get(define("DisplayFormat"))
    dictionary = made.codelists.dictionary(item)
    if dictionary and copied:
        entry["dictionary"] = dictionary
    if copied:
        entry.update(_told(made, one, dataset))
    return entry


def _told(made: Skeleton, one: Field, dataset: str | None) -> dict[str, Any]:
    """Origin with its source, pages, method text and comment; what is derived is noted as to do."""
    entry: dict[str, Any] = {}
    origin = None if one.item is None else one.item.find(define("Origin"))
    kind = "" if origin is None else origin.get("Type", "")
    if kind in ORIGINS and kind != "Collected" and not (kind == "Assigned" and made.codelists.dictionary(one.item)):
        entry.update(origin=kind, because=BECAUSE)
    source = "" if origin is None else origin.get("Source", "")
    if source in SOURCES.get(kind, ()) and source != SOURCES[kind][0]:
        entry.update(source=source, because=BECAUSE)
    pages = [] if origin is None else [p.get("PageRefs") or "" for p in origin.iter(define("PDFPageRef"))]
    if any(pages):
        entry["page"] = " ".join(p for p in pages if p)
    text = made.define.method(one.ref)
    if text:
        entry.update(describe=text, because=BECAUSE)
    comment = made.define.comment(one.item)
    if comment:
        entry["comment"] = comment
    if dataset is not None and one.name not in UNASKED:
        _to_do(made, dataset, one.name, kind, text, words(origin))
    return entry


def _in_row(made: Skeleton, variable: str, value: Field) -> dict[str, Any]:
    """What value-level metadata say of a variable in one kind of row, where they have a method, list or comment."""
    entry = _told(made, value, None)
    codelist = made.codelists.name(value.item)
    if codelist is not None:
        entry.update(codelist=codelist, because=BECAUSE)
    return {"copy": variable, **entry} if {"codelist", "describe", "comment"} & set(entry) else {}


def _to_do(made: Skeleton, dataset: str, name: str, kind: str, method: str, predecessor: str) -> None:
    wanted = {
        "Derived": f"`derive:`, {method or 'which the metadata do not describe'}",
        "Predecessor": f"`predecessor: {predecessor or '...'}`",
        "Assigned": "`value:`, `code:` or a term of a dictionary",
        "Protocol": "`value:` or `lookup:` in a table of the protocol",
    }
    text = wanted.get(kind, "`copy:`, `code:` or `datetime:` of the raw form")
    made.note(dataset, f"{name}: {' '.join(text.split())}")


def _said(node: Node | None, key: str) -> Any:
    found = node.get(key) if node is not None else None
    return None if found is None else found.plain()


def _source(group: Element, name: str) -> dict[str, Any]:
    """The transport file of a dataset, by its leaf; a dataset without data may have none."""
    leaf = group.find(define("leaf"))
    href = "" if leaf is None else leaf.get(f"{{{XLINK}}}href", "")
    source: dict[str, Any] = {"file": PurePosixPath(href).name or f"{name.lower()}.xpt"}
    return source if href and group.get(define("HasNoData")) != "Yes" else {**source, "optional": True}


def _readme(made: Skeleton, source: str) -> str:
    lines = [
        f"# {made.define.global_text('StudyName') or 'Study'}: imported metadata", "",
        f"`metadata/` holds all that {source} says, as YAML; `export-define` and `export-spec` write it out again.",
        "The dataset files beside it are a pack: `check` and `show` take it, and `run` takes the imported transport",
        "files as its extract. Replace the sources by raw forms, and the copies by methods.", "", "## To fill in", "",
    ]  # fmt: skip
    for dataset, texts in made.to_do.items():
        lines += [f"### {dataset}", "", *(f"- {t}" for t in texts), ""]
    return "\n".join(lines)


def write_pack(made: Skeleton, folder: Path) -> None:
    """Write the files of a pack. Variables that only a default of a layer would add are omitted by name."""
    for name, text in made.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _write_datasets(made, folder)
    try:
        model = resolve(str(folder))
    except SpecErrors:
        return  # `check` tells what is wrong
    for name, file in made.datasets.items():
        spec = model.datasets.get(name)
        added = [v for v in spec.variables if v not in file.variables and v[0] != "_"] if spec is not None else []
        file.data["variables"].update({v: {"omit": ABSENT} for v in added})
    _write_datasets(made, folder)


def _write_datasets(made: Skeleton, folder: Path) -> None:
    for file in made.datasets.values():
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml_text.dump(file.data, file.head, core=True), encoding="utf-8")
