"""YAML with positions: places, plain values, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.nodes import Node, load_yaml
from specs.problems import Place, SpecErrors


def load(tmp_path: Path, text: str | bytes) -> Node:
    path = tmp_path / "AE.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_yaml(path, "sdtm/AE.yaml", "pack")


def refused(tmp_path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(SpecErrors) as error:
        load(tmp_path, text)
    return [str(p) for p in error.value.problems]


def test_keys_and_values_know_their_place(tmp_path: Path) -> None:
    node = load(tmp_path, "rows:\n  events: {from: ae}\nvariables:\n  AETERM: {copy: TERM}\nkeys: [A, B]\n")
    assert node.locate(("variables", "AETERM", "copy")) == Place("sdtm/AE.yaml", 4, 12)
    assert node.locate_value(("variables", "AETERM", "copy")) == Place("sdtm/AE.yaml", 4, 18)
    assert node.locate_value(("keys", 1)) == Place("sdtm/AE.yaml", 5, 11)
    assert node.locate(("keys", 1)) == Place("sdtm/AE.yaml", 5, 11)


def test_a_path_that_does_not_exist_is_located_by_what_exists_of_it(tmp_path: Path) -> None:
    node = load(tmp_path, "variables:\n  AETERM: {copy: TERM}\n")
    assert node.locate(("variables", "AETERM", "derive")) == Place("sdtm/AE.yaml", 2, 3)
    assert node.locate(("nothing",)) == Place("sdtm/AE.yaml", 1, 1)
    assert node.follow(("variables", "AETERM", "copy", "column"))[0] == ("variables", "AETERM", "copy")


def test_without_an_entry(tmp_path: Path) -> None:
    node = load(tmp_path, "a: {b: 1, c: [2, {d: 3}]}\n")
    assert node.without(("a", "b")).plain() == {"a": {"c": [2, {"d": 3}]}}
    assert node.without(("a", "c", 1, "d")).plain() == {"a": {"b": 1}}
    assert node.plain() == {"a": {"b": 1, "c": [2, {"d": 3}]}}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("5", 5), ("0.5", 0.5), ("-1.5e3", -1500.0), ("true", True), ("~", None), ("", None), ("'5'", "5"),
        ("2026-03-31", "2026-03-31"), ("007", "007"), ("yes", "yes"), ("no", "no"), ("N", "N"), ("1_000", "1_000"),
        ("0x1F", "0x1F"), ("12:30", "12:30"), (".5", ".5"), ("nan", "nan"), ("1e5", "1e5"),
    ],
)  # fmt: skip
def test_scalars_are_what_they_look_like(tmp_path: Path, written: str, read: object) -> None:
    assert load(tmp_path, f"value: {written}\n").plain() == {"value": read}


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "").plain() == {}
    assert load(tmp_path, "# only a comment\n").plain() == {}


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeffstudy: X\n").plain() == {"study": "X"}


def test_syntax_is_told_with_its_place(tmp_path: Path) -> None:
    (told,) = refused(tmp_path, "variables:\n  AETERM: {copy: TERM\n  AESER: {copy: SER}\n")
    assert told.startswith("sdtm/AE.yaml:3:8 not valid YAML: ")


def test_tabs_are_told_with_their_place(tmp_path: Path) -> None:
    (told,) = refused(tmp_path, "variables:\n\tAETERM: {copy: TERM}\n")
    assert told.startswith("sdtm/AE.yaml:2:1 not valid YAML: ")


def test_a_repeated_key_is_told_with_both_places(tmp_path: Path) -> None:
    assert refused(tmp_path, "a: 1\nb: 2\na: 3\n") == [
        "sdtm/AE.yaml:3:1 key 'a' is given twice (first at sdtm/AE.yaml:1:1)"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: &x {b: 1}\nc: *x\n", "sdtm/AE.yaml:1:4 aliases (*name) are not allowed in a spec; write it out"),
        ("a: &x [*x]\n", "sdtm/AE.yaml:1:4 aliases (*name) are not allowed in a spec; write it out"),
        ("a: !!python/object:os.system x\n",
         "sdtm/AE.yaml:1:4 a tag (!!python/object:os.system) is not allowed in a spec"),
        ("a: !secret x\n", "sdtm/AE.yaml:1:4 a tag (!secret) is not allowed in a spec"),
        ("a: {<<: {b: 1}}\n", "sdtm/AE.yaml:1:5 merge keys (<<) are not allowed in a spec; write it out"),
        ("!secret a: x\n", "sdtm/AE.yaml:1:1 a key must be a plain word"),
        ("{a: 1}: x\n", "sdtm/AE.yaml:1:1 a key must be a plain word"),
        ("a: " + "[" * 60 + "]" * 60 + "\n", "sdtm/AE.yaml:1:44 nested deeper than 40 levels"),
    ],
)  # fmt: skip
def test_what_a_spec_may_not_hold(tmp_path: Path, text: str, told: str) -> None:
    assert refused(tmp_path, text) == [told]


def test_a_billion_laughs_are_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    assert all("aliases" in told for told in refused(tmp_path, "\n".join(lines)))


def test_nesting_beyond_all_measure_is_told(tmp_path: Path) -> None:
    (told,) = refused(tmp_path, "a: " + "[" * 20_000)
    assert told.startswith("sdtm/AE.yaml:1:")


def test_two_documents_are_not_one_spec(tmp_path: Path) -> None:
    (told,) = refused(tmp_path, "a: 1\n---\nb: 2\n")
    assert "not valid YAML" in told


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    assert refused(tmp_path, b"a: caf\xe9\n") == ["sdtm/AE.yaml:1:1 not UTF-8 at byte 6; save it as UTF-8"]
    (told,) = refused(tmp_path, b"a: \x00\n")
    assert "not valid YAML" in told


def test_a_spec_is_not_data(tmp_path: Path) -> None:
    (told,) = refused(tmp_path, "#" * 5_000_001)
    assert told == "sdtm/AE.yaml:1:1 file is over 5,000,000 bytes; a spec is not data"


@pytest.mark.parametrize("written", ["9" * 5000, "-1.5e999"])
def test_a_number_that_no_number_holds_is_text(tmp_path: Path, written: str) -> None:
    assert load(tmp_path, f"a: {written}\n").plain() == {"a": written}


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(SpecErrors, match=r"^x\.yaml:1:1 cannot be read: "):
        load_yaml(tmp_path / "folder.yaml", "x.yaml", "pack")
