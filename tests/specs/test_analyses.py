"""analyses.yaml of a pack over its layers: what it may say, and what is wrong with it, each at its place."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from specs.analyses import Analyses, load_analyses
from specs.model import Dataset, Rows, Variable
from specs.problems import SpecErrors


def _variables(*names: str) -> dict[str, Variable]:
    return {name: Variable(type="Char", label=name) for name in names}


DATASETS = {
    "ADSL": Dataset(dataset="ADSL", variables=_variables("USUBJID", "SAFFL", "DLTFL", "TRT01A", "_WORK")),
    "ADRS": Dataset(dataset="ADRS", variables=_variables("USUBJID", "PARAMCD", "AVALC", "AVAL")),
}
RATE = """\
endpoints:
  ORR: {label: Overall response rate, group: secondary, statistic: rate, population: "SAFFL = 'Y'", dataset: ADRS,
        where: "PARAMCD = 'RSP'", event: "AVALC = 'Y'"}
"""


def _load(
    tmp_path: Path, *files: str, datasets: dict[str, Dataset] = DATASETS, settings: dict[str, Any] | None = None
) -> Analyses:
    """The analyses of a pack whose layers, nearest first, hold these files ('' for none)."""
    layers = []
    for i, content in enumerate(files):
        folder = tmp_path / f"layer{i}"
        folder.mkdir(parents=True)
        if content:
            (folder / "analyses.yaml").write_text(content)
        layers.append(SimpleNamespace(name=f"layer{i}", folder=folder, is_standard=False, datasets=()))
    given = settings or {}
    model: Any = SimpleNamespace(layers=layers, datasets=datasets, setting_names=list(given), setting=given.get)
    return load_analyses(model)


def _wrong(tmp_path: Path, content: str, **more: Any) -> list[str]:
    with pytest.raises(SpecErrors) as raised:
        _load(tmp_path, content, **more)
    return [str(p) for p in raised.value.problems]


def test_no_file_is_no_endpoint(tmp_path: Path) -> None:
    assert _load(tmp_path, "").endpoints == {}


def test_the_nearer_layer_wins_key_by_key(tmp_path: Path) -> None:
    nearer = "endpoints:\n  ORR: {label: Response of all, population: USUBJID is not missing}\n"
    found = _load(tmp_path, nearer, RATE).endpoints["ORR"]
    assert (found.label, found.population, found.event) == (
        "Response of all",
        "USUBJID is not missing",
        "AVALC = 'Y'",
    )


def test_primary_endpoints_come_first_then_as_written(tmp_path: Path) -> None:
    line = "  {}: {{label: L, group: {}, statistic: rate, population: USUBJID is not missing, dataset: ADRS}}\n"
    given = (("OS", "other"), ("ORR", "secondary"), ("DLT", "primary"), ("CRR", "secondary"))
    content = "endpoints:\n" + "".join(line.format(*g) for g in given)
    assert [name for name, _ in _load(tmp_path, content).ordered] == ["DLT", "ORR", "CRR", "OS"]


def test_unknown_names_are_told_with_the_nearest_right_one(tmp_path: Path) -> None:
    content = RATE.replace("PARAMCD", "PARMCD").replace("SAFFL", "SAFL")
    assert _wrong(tmp_path, content) == [
        "layer0/analyses.yaml:2:3 endpoints.ORR: ADRS has no variable PARMCD; did you mean 'PARAMCD'?",
        "layer0/analyses.yaml:2:3 endpoints.ORR: ADSL has no variable SAFL; did you mean 'SAFFL'?",
    ]


def test_working_variables_are_not_in_the_datasets(tmp_path: Path) -> None:
    [told] = _wrong(tmp_path, RATE.replace("SAFFL = 'Y'", "_WORK = 'Y'"))
    assert "ADSL has no variable _WORK" in told


def test_datasets_that_are_not_there(tmp_path: Path) -> None:
    [told] = _wrong(tmp_path, RATE.replace("ADRS", "ADRX"))
    assert "no dataset ADRX; did you mean 'ADRS'?" in told
    (tmp_path / "again").mkdir()
    [told] = _wrong(tmp_path / "again", RATE, datasets={"ADRS": DATASETS["ADRS"]})
    assert "no dataset ADSL" in told


def test_a_condition_that_cannot_be_read(tmp_path: Path) -> None:
    [told] = _wrong(tmp_path, RATE.replace("AVALC = 'Y'", "AVALC == 'Y'"))
    assert "endpoints.ORR: condition \"AVALC == 'Y'\":" in told


def test_values_and_levels_are_variables(tmp_path: Path) -> None:
    content = """\
endpoints:
  DLT: {label: D, statistic: escalation, population: "SAFFL = 'Y'", dataset: ADSL, by: TRT01, order: TRT01AN}
  PFS: {label: P, statistic: survival, population: "SAFFL = 'Y'", dataset: ADRS, value: AVALN}
  MTD: {label: M, statistic: escalation, population: "SAFFL = 'Y'", dataset: ADSL}
"""
    told = _wrong(tmp_path, content)
    assert [t.split(": ", 1)[1].split(";")[0] for t in told] == [
        "ADSL has no variable TRT01",
        "ADSL has no variable TRT01AN",
        "ADRS has no variable AVALN",
        "an escalation needs `by:`, the variable of the dose level",
    ]


def test_unknown_keys_and_statistics(tmp_path: Path) -> None:
    content = RATE.replace("statistic: rate", "statistic: ratio").replace("event:", "events:")
    told = "\n".join(_wrong(tmp_path, content))
    assert "statistic" in told
    assert "events" in told


AGREEMENT = """\
endpoints:
  A: {label: Agreement, statistic: agreement, population: "SAFFL = 'Y'", dataset: ADRS, value: AVALC,
      pairs: {second: "PARAMCD = 'OVRD'", date: AVAL, within_days: {setting: window}, levels: [PR, SD],
              responders: [PR], listing: differ.csv, columns: [AVAL]}}
"""


def test_a_setting_of_the_study_stands_for_a_text_or_a_number(tmp_path: Path) -> None:
    given = {"window": 5, "who": "DLTFL = 'Y'"}
    content = AGREEMENT.replace("\"SAFFL = 'Y'\"", "{setting: who}")
    found = _load(tmp_path, content, settings=given).endpoints["A"]
    assert found.pairs is not None
    assert (found.population, found.pairs.within_days) == ("DLTFL = 'Y'", 5)


def test_a_setting_that_is_not_there_or_is_a_list(tmp_path: Path) -> None:
    assert "no setting 'window'; did you mean 'windows'?" in _wrong(tmp_path, AGREEMENT, settings={"windows": 5})[0]
    (tmp_path / "again").mkdir()
    told = _wrong(tmp_path / "again", AGREEMENT, settings={"window": [5]})
    assert "layer0/analyses.yaml:3:78 analyses.yaml: setting 'window' is no text and no number" in told


def test_what_is_compared_must_be_there(tmp_path: Path) -> None:
    wrong = AGREEMENT.replace("PARAMCD", "PARMCD").replace("columns: [AVAL]", "columns: [SPEP]")
    told = _wrong(tmp_path, wrong.replace("responders: [PR]", "responders: [CR]"), settings={"window": 5})
    assert [t.split(": ", 1)[1].split(";")[0] for t in told] == [
        "ADRS has no variable PARMCD",
        "ADRS has no variable SPEP",
        "responders: no level CR",
    ]


def test_agreement_and_pairs_go_together(tmp_path: Path) -> None:
    [told] = _wrong(tmp_path, AGREEMENT.replace("statistic: agreement", "statistic: rate"), settings={"window": 5})
    assert told.endswith("endpoints.A: an agreement, and nothing else, has `pairs:`, what is compared with what")


def test_two_listings_of_one_name(tmp_path: Path) -> None:
    twice = AGREEMENT + AGREEMENT.partition("\n")[2].replace("  A:", "  B:")
    [told] = _wrong(tmp_path, twice, settings={"window": 5})
    assert told.endswith("endpoints: two are written to report/differ.csv; name another")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("groups: ADSL.TRT01Q", "ADSL has no variable TRT01Q; did you mean 'TRT01A'?"),
        ("groups: TRT01A", "groups 'TRT01A' are a variable of ADSL, as ADSL.TRT01P"),
        ("total: true", "`total:` and `test:` are of `groups:`, a variable as ADSL.TRT01P"),
        ("groups: ADSL.TRT01A, test: log-rank", "`test: log-rank` compares survival, not rate"),
        (
            "groups: ADSL.TRT01A, statistic: escalation, by: AVALC",
            "an endpoint of statistic escalation has no `groups:`",
        ),
    ],
)
def test_groups_that_cannot_be(tmp_path: Path, more: str, told: str) -> None:
    statistic = "" if "statistic" in more else "statistic: rate, "
    content = "endpoints:\n  E: {label: L, " + statistic + "population: \"SAFFL = 'Y'\", dataset: ADRS, " + more + "}\n"
    assert [line.partition("endpoints.E: ")[2] for line in _wrong(tmp_path, content)] == [told]


def test_a_condition_that_can_never_hold_is_told_with_what_there_is(tmp_path: Path) -> None:
    rows = {"RSP": Rows.model_validate({"from": "RS", "variables": {"PARAMCD": {"value": "RSP"}}})}
    made = {**DATASETS, "ADRS": DATASETS["ADRS"].model_copy(update={"rows": rows})}
    assert _load(tmp_path / "right", RATE, datasets=made).endpoints
    assert _wrong(tmp_path / "wrong", RATE.replace("'RSP'", "'RSPP'"), datasets=made) == [
        "layer0/analyses.yaml:2:3 endpoints.ORR: condition \"PARAMCD = 'RSPP'\" can never hold: PARAMCD of ADRS can "
        "never be 'RSPP'; did you mean 'RSP'?"
    ]
