"""Names with ``--``, from the spec to the model."""

from specs.expand import fill_prefix
from specs.nodes import Node
from specs.problems import Place


def _node(value: object) -> Node:
    place = Place("sdtm/AE.yaml", 1, 1)
    if isinstance(value, dict):
        return Node({k: _node(v) for k, v in value.items()}, place)
    if isinstance(value, list):
        return Node([_node(v) for v in value], place)
    return Node(value, place)


def test_two_hyphens_stand_for_the_letters_of_the_dataset() -> None:
    given = {"--STDY": {"derive": "study_day", "with": {"date": "--STDTC", "reference": "DM.RFSTDTC"}}}
    expected = {"AESTDY": {"derive": "study_day", "with": {"date": "AESTDTC", "reference": "DM.RFSTDTC"}}}
    assert fill_prefix(_node(given), "AE").plain() == expected


def test_in_every_they_stand_for_all_datasets() -> None:
    given = {"RFPENDTC": {"derive": "latest", "with": {"of": {"every": ["--DTC", "--STDTC"], "except": ["SE"]}}}}
    assert fill_prefix(_node(given), "DM").plain() == given
