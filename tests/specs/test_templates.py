"""Names that stand for many: indices in names and labels, suffixes, and which of them holds."""

import pytest

from specs.nodes import Node
from specs.problems import Place
from specs.templates import fill_templates, is_template

PLACE = Place("general.yaml", 1, 1)


def node(value: object) -> Node:
    if isinstance(value, dict):
        return Node({k: node(v) for k, v in value.items()}, PLACE, "adamig")
    assert isinstance(value, str)
    return Node(value, PLACE, "adamig")


DESCRIBED = node(
    {
        "TRTSDT": {"label": "Date of First Exposure to Treatment", "type": "Num"},
        "TRTxxP": {"label": "Planned Treatment for Period xx", "type": "Char"},
        "TRxxPGyN": {"label": "Planned Pooled Trt y for Period xx (N)", "type": "Num"},
        "PxxSw": {"label": "Description of Period xx Subperiod w", "type": "Char"},
        "ANLzzFL": {"label": "Analysis Flag zz", "type": "Char"},
        "SHIFTy": {"label": "Shift y", "type": "Char"},
        "*DT": {"type": "Num", "display": "DATE9."},
        "*DTF": {"type": "Char", "codelist": "DATEFL"},
        "SEX": {"label": "Sex", "type": "Char"},
    }
)


def filled(*names: str, own: tuple[str, ...] = ()) -> dict[str, object]:
    made = fill_templates(DESCRIBED, names, own).plain()
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("TRT01P", "Planned Treatment for Period 01"),
        ("TRT12P", "Planned Treatment for Period 12"),
        ("TR02PG3N", "Planned Pooled Trt 3 for Period 02 (N)"),
        ("P01S2", "Description of Period 01 Subperiod 2"),
        ("ANL01FL", "Analysis Flag 01"),
        ("SHIFT1", "Shift 1"),
        ("SHIFT12", "Shift 12"),
    ],
)
def test_an_index_goes_into_the_label(name: str, label: str) -> None:
    assert filled(name)[name]["label"] == label  # type: ignore[index]


@pytest.mark.parametrize("name", ["TRT1P", "TRT00P", "SHIFT0", "SHIFT100", "P01S10", "ANLFL", "XTRT01P", "SEXY"])
def test_what_is_no_index_is_described_by_nothing(name: str) -> None:
    assert name not in filled(name)


def test_names_stand_where_their_template_stood_and_no_template_is_left() -> None:
    made = filled("ANL02FL", "TRT02P", "ANL01FL", "TRT01P")
    assert list(made) == ["TRTSDT", "TRT02P", "TRT01P", "ANL02FL", "ANL01FL", "SEX"]
    assert not [n for n in made if is_template(n)]


def test_a_suffix_describes_a_name_of_the_study_without_a_label() -> None:
    made = filled("REINFDT", "DTHDTF", "TRTSDT")
    assert made["REINFDT"] == {"type": "Num", "display": "DATE9."}
    assert made["DTHDTF"] == {"type": "Char", "codelist": "DATEFL"}
    assert made["TRTSDT"] == {"label": "Date of First Exposure to Treatment", "type": "Num"}


def test_a_copy_of_a_variable_of_the_same_name_is_what_it_is_there() -> None:
    assert "XXDT" not in filled("XXDT", own=("XXDT",))
    assert "TRT01P" in filled("TRT01P", own=("TRT01P",))


def test_without_templates_nothing_changes() -> None:
    plain = node({"SEX": {"label": "Sex"}})
    assert fill_templates(plain, ["SEX", "TRT01P"]) is plain
