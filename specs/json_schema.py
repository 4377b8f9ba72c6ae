"""The JSON Schema of the spec language, so that editors complete keys and parameters. Design, section 3, rule 9.

Made from the typed model and the registry. One schema serves every file of a pack: what a file is follows from its
keys (``study``, ``layer``, ``accepted``, ``endpoints``, sections of general.yaml and codelists.yaml, else a dataset).
"""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from specs.analyses import Analyses
from specs.layers import MAPPINGS
from specs.model import METHODS, Accepted, Dataset, Study
from specs.nodes import load_yaml
from specs.uses import is_list, wanted
from transforms.library import REGISTRY
from transforms.recode import Terms
from transforms.registry import Column, Parameter, Related, Transform

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of every YAML file that a pack or layer may hold."""
    definitions: dict[str, Any] = {}
    for kind in (Study, Dataset, Accepted, Analyses):
        made = kind.model_json_schema(ref_template="#/$defs/{model}")
        definitions |= {**made.pop("$defs", {}), kind.__name__: made}
    definitions = {name: _bare(made) for name, made in definitions.items()}
    _widen(definitions)
    _methods(definitions)
    _rows(definitions)
    definitions["Dataset"].pop("required", None)  # layers give what a file leaves out
    definitions |= {"Layer": _layer(definitions["Study"]), "General": _general(), "Codelists": _codelists()}
    definitions["AcceptedFile"] = _closed({"accepted": {"type": "array", "items": _ref("Accepted")}})
    return {"$schema": DIALECT, "title": "Cutline: study packs and layers", **_file(), "$defs": definitions}


def _file() -> dict[str, Any]:
    """What a file is, by its keys; what has none of the keys that tell is a dataset."""
    own_terms = {"type": "object", "anyOf": [{"required": [k]} for k in ("extend", "terms", "map")]}
    told = [
        ({"required": ["study"]}, "Study"),
        ({"required": ["layer"]}, "Layer"),
        ({"required": ["accepted"]}, "AcceptedFile"),
        ({"required": ["endpoints"]}, "Analyses"),
        ({"anyOf": [{"required": [k]} for k in ("structures", "defaults", "row_keys", "tables")]}, "General"),
        ({"minProperties": 1, "additionalProperties": own_terms}, "Codelists"),
    ]
    result: dict[str, Any] = _ref("Dataset")
    for condition, name in reversed(told):
        result = {"if": condition, "then": _ref(name), "else": result}
    return result


def _bare(made: Any) -> Any:
    """A generated schema without the titles and empty defaults that an editor would only show as noise."""
    if isinstance(made, list):
        return [_bare(one) for one in made]
    if not isinstance(made, dict):
        return made
    noise = {k for k in ("title", "default") if k in made and not isinstance(made[k], dict)}
    kept = {k: _bare(v) for k, v in made.items() if k not in noise}
    if isinstance(made.get("description"), str):
        kept["description"] = " ".join(made["description"].replace("``", "").split())
    return kept


def _widen(definitions: dict[str, Any]) -> None:
    """Where the model takes a bare number as its text, and a method as a single name."""
    for holder, field in (("Code", "map"), ("Accepted", "scope"), ("CutRule", "ongoing"), ("Variable", "values")):
        _numbers_too(definitions[holder]["properties"][field])
    several = {"type": "array", "items": {"type": "string"}}
    for holder in ("Variable", "Branch"):
        properties = definitions[holder]["properties"]
        for method in ("copy", "code"):
            properties[method]["anyOf"] += [{"type": "string"}, several]
        properties["datetime"]["anyOf"].append({"type": "string"})
    definitions["Branch"]["properties"]["else"] = _ref("Branch")


def _numbers_too(made: dict[str, Any]) -> None:
    for option in made.get("anyOf", [made]):
        for part in ("items", "additionalProperties"):
            if isinstance(option.get(part), dict):
                option[part] = _or_number(option[part])


def _or_number(made: dict[str, Any]) -> dict[str, Any]:
    """A schema of a text with numbers allowed, also in the choices and the mappings of texts below it."""
    if "anyOf" in made:
        return {"anyOf": [_or_number(option) for option in made["anyOf"]]}
    if made.get("type") == "object":
        return {**made, "additionalProperties": _or_number(made["additionalProperties"])}
    return {"type": ["string", "number", "null"]}


def _methods(definitions: dict[str, Any]) -> None:
    """``derive`` lists the verbs with their sentences; ``with`` has the parameters of the verb that is named."""
    names = [{"const": t.name, "description": t.sentence} for t in REGISTRY.values()]
    definitions["Verb"] = {"oneOf": [*names, {"type": "null"}]}
    definitions["Parameters"] = {"allOf": [_parameters(t) for t in REGISTRY.values()]}
    for holder in ("Variable", "Branch"):
        definitions[holder]["properties"]["derive"] = _ref("Verb")
        definitions[holder]["allOf"] = [_ref("Parameters")]


def _parameters(transform: Transform) -> dict[str, Any]:
    given = _closed({p.name: _parameter(p) for p in transform.parameters.values()})
    given["required"] = [p.name for p in transform.parameters.values() if p.required]
    then: dict[str, Any] = {"properties": {"with": given}}
    if given["required"]:
        then["required"] = ["with"]
    return {"if": {"properties": {"derive": {"const": transform.name}}, "required": ["derive"]}, "then": then}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    one = _kind(wanted(parameter.kind))
    options = [one, _closed({"setting": {"type": "string"}}, "setting")]
    if is_list(parameter.kind):
        options.append({"type": "array", "items": one})
    return {"anyOf": options}


def _kind(kind: Any) -> dict[str, Any]:
    """What a spec may give for a parameter of a kind."""
    text = {"type": "string"}
    if kind is Column:
        return {"anyOf": [text, _closed({"value": {"type": ["string", "number"]}}, "value")]}
    if kind is Related:
        every = _closed(
            {"every": {"type": "array", "items": text}, "except": {"type": "array", "items": text}}, "every"
        )
        return {"anyOf": [text, _closed({"of": text, "where": text}, "of"), every]}
    if kind is Terms:
        return {"anyOf": [text, _closed({"codelist": text}, "codelist")]}
    if get_origin(kind) is Literal:
        return {"enum": list(get_args(kind))}
    if kind is dict or get_origin(kind) is dict:
        return {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
    return {"type": {float: "number", int: "integer", bool: "boolean"}.get(kind, "string")}


def _rows(definitions: dict[str, Any]) -> None:
    """Rows with the short keys that the shipped layers define, and ``each``."""
    row, variable = definitions["Rows"], definitions["Variable"]["properties"]
    row.pop("required", None)
    row["properties"]["each"] = {
        "type": "object",
        "description": "Several rows of one shape, by name; {key} stands for the name.",
        "additionalProperties": {"anyOf": [_ref("Rows"), {"type": "null"}]},
    }
    for key, meanings in _row_keys().items():
        methods = sorted({method for _, method in meanings})
        said = "; ".join(sorted(f"{name} by {method}" for name, method in meanings))
        row["properties"][key] = {"anyOf": [*(variable[m] for m in methods), _ref("Variable")], "description": said}
    definitions["Parameter"] = {**row, "properties": {**row["properties"], "label": {"type": "string"}}}
    parameters = {**_by_name(_ref("Parameter")), "description": "Each a dataset of its own; this one stacks them."}
    definitions["Dataset"]["properties"]["parameters"] = parameters


def _row_keys() -> dict[str, set[tuple[str, str]]]:
    """The short keys of rows in all shipped layers: the variable that each sets, and by which method."""
    found: dict[str, set[tuple[str, str]]] = {}
    for path in sorted(MAPPINGS.glob("*/general.yaml")):
        section = load_yaml(path, path.name, path.parent.name).get("row_keys")
        for keys in section.mapping.values() if section else ():
            for key, target in keys.plain().items():
                found.setdefault(key, set()).add((str(target["variable"]), str(target["method"])))
    return found


def _layer(study: dict[str, Any]) -> dict[str, Any]:
    """layer.yaml: its name, what it is, and any key of study.yaml that it gives to the studies on it."""
    names = {"type": "array", "items": {"type": "string"}}
    own = {"layer": {"type": "string"}, "standard": {"type": "object"}, "order": names}
    return _closed({**{k: v for k, v in study["properties"].items() if k != "study"}, **own}, "layer")


def _general() -> dict[str, Any]:
    texts = {"type": "array", "items": {"type": "string"}}
    row_key = {"variable": {"type": "string"}, "method": {"enum": list(METHODS)}, "absent": {"type": "string"}}
    row_key["needed"] = {"enum": [True, False, "beside"]}
    table = {"key": texts, "columns": texts, "optional": texts, "any_case": {"type": "boolean"}}
    return _closed(
        {
            "structures": _by_name(_closed({"variables": _by_name(_ref("Variable"))})),
            "defaults": _by_name(_by_name(_ref("Variable"))),
            "keys": _by_name(texts),
            "empty": _by_name(_by_name({"type": "string"})),
            "tables": _by_name(_closed(table, "key", "columns")),
            "row_keys": _by_name(_by_name(_closed(row_key, "variable", "method"))),
        }
    )


def _codelists() -> dict[str, Any]:
    term = {"type": ["object", "null"], "properties": {n: {"type": "string"} for n in ("decode", "code")}}
    words = {"anyOf": [{"type": "string"}, _by_name({"type": ["string", "number", "null"]})]}
    entry = {"title": {"type": "string"}, "extend": _by_name(term), "terms": _by_name(term), "map": words}
    return _by_name(_closed(entry))


def _by_name(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value}


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}
