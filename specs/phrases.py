"""The pieces that sentences of methods are made of: settings with their values, conditions in English, labels."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.uses import cases

if TYPE_CHECKING:
    from specs.resolve import StudyModel

NAMED = re.compile(r"\b([A-Z][A-Z0-9]{1,7}(?:\.[A-Z][A-Z0-9]*)?)\.([A-Z][A-Z0-9]*)\b")
"""``ADSL.DTHDT``, or ``ADRS.PD.ADT`` of a parameter."""


def meant(model: StudyModel, given: Any, keys: Sequence[str]) -> Any:
    """What a spec gives for a parameter, as it is to be read: settings and keys filled in, conditions in English."""
    if given == "keys":
        return list(keys)
    if isinstance(given, list):
        return [meant(model, one, keys) for one in given]
    if isinstance(given, dict) and "every" in given:
        but = f" but those of {', '.join(given['except'])}" if given.get("except") else ""
        return f"every {', '.join(given['every'])} of the study{but}"
    if isinstance(given, dict) and len(given) == 1:
        kind, value = next(iter(given.items()))
        if kind in ("value", "codelist"):
            return value
        if kind == "setting":
            return setting(model, str(value))
    if isinstance(given, dict) and given.get("where"):
        return {**given, "where": english(str(given["where"]))}
    return given


def setting(model: StudyModel, name: str) -> str:
    """A setting of the study with its value."""
    value = f" ({model.setting(name)})" if name in model.setting_names else ""
    return f"the study's setting {name}{value}"


def english(condition: str) -> str:
    """A condition in English; one that cannot be parsed as it stands (the check of conditions reports it)."""
    try:
        return parse_condition(condition).english()
    except ConditionError:
        return condition


def finished(sentence: str, names: Collection[str] = ()) -> str:
    """With a capital and a full stop; a name that starts it stays as it is: one of ``names``, or what is no word."""
    stripped = sentence.strip()
    first = stripped.split(" ", 1)[0]
    is_word = first.isalpha() and first.islower() and first not in names
    shown = stripped[:1].upper() + stripped[1:] if is_word else stripped
    return shown if shown.endswith(".") else f"{shown}."


def inside(sentence: str, names: Collection[str] = ()) -> str:
    """A finished sentence as a part of another: without its full stop and capital, but for a name that starts it."""
    said = sentence.rstrip(".")
    is_word = said[1:2].islower() and said.split(" ", 1)[0].rstrip(",") not in names
    return said[:1].lower() + said[1:] if is_word else said


def labelled(model: StudyModel, text: str) -> str:
    """A text with the label behind the first mention of each variable of a dataset, or of its parameter."""
    told: set[tuple[str, str]] = set()

    def with_label(match: re.Match[str]) -> str:
        spec = model.datasets.get(match[1])
        of = (match[1], "" if spec is not None and spec.parameter_of else match[2])
        label = _label(model, *of) if spec is not None and of not in told and match[2] != "USUBJID" else ""
        told.add(of)
        return f"{match[0]} ({label})" if label else match[0]

    return NAMED.sub(with_label, text)


def _label(model: StudyModel, dataset: str, variable: str) -> str:
    """The label of a variable; without a variable that of a parameter."""
    spec = model.datasets[dataset]
    if not variable:
        return parameter_label(model, dataset)
    found = spec.variables.get(variable) or spec.supplemental.get(variable)
    return found.label or "" if found else ""


def parameter_label(model: StudyModel, dataset: str) -> str:
    """What PARAM of a parameter's dataset is set to; empty where it is not one text."""
    found = model.datasets[dataset].variables.get("PARAM")
    texts = [str(c.method) for c in cases(found) if c.kind == "value"] if found is not None else []
    return texts[0] if len(texts) == 1 else ""
