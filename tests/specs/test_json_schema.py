"""The JSON Schema for editors: valid itself, good for what we ship, and of use where somebody types nonsense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from specs.json_schema import json_schema
from specs.nodes import load_yaml
from transforms.library import REGISTRY

MAPPINGS = Path(__file__).parents[2] / "mappings"
SPECS = sorted(p for p in MAPPINGS.rglob("*.yaml"))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.relative_to(MAPPINGS).as_posix())
def test_shipped_specs_are_valid(validator: Draft202012Validator, path: Path) -> None:
    errors = [
        f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(load_yaml(path, path.name, "").plain())
    ]
    assert errors == []


def good(validator: Draft202012Validator, spec: Any) -> bool:
    return bool(validator.is_valid(spec))


def test_a_dataset(validator: Draft202012Validator) -> None:
    assert good(validator, {"rows": {"events": {"from": "ae"}}, "variables": {"AETERM": {"copy": "AETERM"}}})
    assert not good(validator, {"rows": {"events": {"form": "ae"}}})
    assert not good(validator, {"variables": {"AETERM": {"cpy": "AETERM"}}})


def test_methods_in_short_and_in_full(validator: Draft202012Validator) -> None:
    for method in (
        {"copy": "A"},
        {"copy": ["A", "B"]},
        {"copy": {"column": "A", "case": "upper"}},
        {"code": {"column": "A", "map": {"1": "Y", "2": None}}},
        {"datetime": "A"},
        {"value": {"setting": "study"}},
        {"when": [{"if": "A = 'x'", "code": "A"}, {"else": {"value": "N"}}]},
    ):
        assert good(validator, {"variables": {"AEX": method}}), method
    assert not good(validator, {"variables": {"AEX": {"when": [{"else": {"vlaue": "N"}}]}}})


def test_derive_knows_the_verbs_and_their_parameters(validator: Draft202012Validator) -> None:
    def derived(**method: Any) -> bool:
        return good(validator, {"variables": {"AESTDY": method}})

    assert derived(derive="study_day", **{"with": {"date": "AESTDTC", "reference": "DM.RFSTDTC"}})
    assert derived(derive="study_day", **{"with": {"date": "AESTDTC", "reference": {"setting": "start"}}})
    assert not derived(derive="study_dy", **{"with": {"date": "AESTDTC", "reference": "DM.RFSTDTC"}})
    assert not derived(derive="study_day", **{"with": {"date": "AESTDTC", "refrence": "DM.RFSTDTC"}})
    assert not derived(derive="study_day", **{"with": {"date": "AESTDTC"}})
    assert not derived(derive="study_day")
    assert derived(derive="sequence_number", **{"with": {"by": "keys"}})
    assert derived(derive="sequence_number", **{"with": {"by": ["AETERM", "AESTDTC"]}})
    assert not derived(derive="sequence_number", **{"with": {"by": 3}})


def test_every_verb_has_its_sentence(validator: Draft202012Validator) -> None:
    verbs = {v["const"]: v["description"] for v in validator.schema["$defs"]["Verb"]["oneOf"] if "const" in v}
    assert verbs == {name: transform.sentence for name, transform in REGISTRY.items()}


def test_short_keys_of_rows(validator: Draft202012Validator) -> None:
    row = {"from": "lb", "testcd": "HGB", "result": "HGB_RES", "unit": "HGB_UNIT", "standard_unit": "g/L"}
    assert good(validator, {"rows": {"HGB": row}})
    assert good(
        validator, {"rows": {"HEMATOLOGY": {"from": "lb", "result": "{key}_RES", "each": {"HGB": {}, "PLT": None}}}}
    )
    assert not good(validator, {"rows": {"HGB": {**row, "specimn": "BLOOD"}}})


def test_a_study(validator: Draft202012Validator) -> None:
    study = {"study": "S-1", "sources": {"ae": {"file": "ae.csv"}}, "cut": {"date": "2026-03-31"}}
    assert good(validator, study)
    assert not good(validator, {**study, "sources": {"ae": {"fiel": "ae.csv"}}})


def test_a_layer(validator: Draft202012Validator) -> None:
    assert good(validator, {"layer": "company", "extends": ["general"]})
    assert not good(validator, {"layer": "company", "extend": ["general"]})


def test_accepted_findings(validator: Draft202012Validator) -> None:
    entry = {"rule": "CODELIST", "scope": {"value": 1}, "reason": "known", "who": "J. Doe"}
    assert good(validator, {"accepted": [entry]})
    assert not good(validator, {"accepted": [{**entry, "who": None}]})
    assert not good(validator, {"accepted": [{"rule": "CODELIST"}]})


def test_codelists_and_general(validator: Draft202012Validator) -> None:
    assert good(validator, {"UNIT": {"extend": {"drop": {"decode": "Drop"}}}})
    assert not good(validator, {"UNIT": {"extend": {"drop": {"decode": "Drop"}}, "mpa": {}}})
    assert good(validator, {"defaults": {"all": {"DOMAIN": {"value": "--"}}}})
    assert not good(validator, {"defaults": {"all": {"DOMAIN": {"valeu": "--"}}}})
