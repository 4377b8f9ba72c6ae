"""codelists.yaml: terms added to published lists, lists of the sponsor, and the forms' own words for terms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from specs.codelists import map_pairs, study_codelists, study_words
from specs.nodes import load_yaml
from specs.resolve import StudyModel
from tests.pipeline.one_range import model_of
from transforms.columns import text

PUBLISHED = """codelist,codelist_code,name,extensible,term,term_code,decode,synonyms
NY,C66742,No Yes Response,N,N,C49487,No,
NY,C66742,No Yes Response,N,Y,C49488,Yes,
LOC,C74456,Anatomical Location,Y,ARM,C32141,Arm,
"""


def study(folder: Path, terminology: str | None = None, **layers: str) -> StudyModel:
    """The codelists.yaml of a pack and its layers, the nearest first; the farthest publishes NY and LOC."""
    model = model_of()
    base = model.layers[0]
    made = []
    for name, content in layers.items():
        (folder / name / "tables").mkdir(parents=True)
        path = folder / name / "codelists.yaml"
        path.write_text(content + "\n" if content else "{}\n")
        made.append(replace(base, name=name, folder=folder / name, codelists=load_yaml(path, "codelists.yaml", name)))
    (made[-1].folder / "codelists.csv").write_text(PUBLISHED)
    model.layers[:] = made
    del model.__dict__["codelists"]
    if terminology:
        model.study = model.study.model_copy(update={"terminology": terminology})
    return model


def terms(model: StudyModel, codelist: str) -> list[tuple[str, str, str]]:
    return [(t.value, t.code, t.decode) for t in study_codelists(model)[0][codelist].terms]


def told(model: StudyModel) -> list[str]:
    return [str(p) for p in study_codelists(model)[1]]


def test_terms_are_added_to_an_extensible_list(tmp_path: Path) -> None:
    model = study(tmp_path, pack="LOC: {extend: {VERTEX: {decode: Vertex}, KNEE: {decode: Knee, code: C1}}}", far="")
    assert terms(model, "LOC") == [("ARM", "C32141", "Arm"), ("VERTEX", "", "Vertex"), ("KNEE", "C1", "Knee")]
    assert told(model) == []


def test_terms_of_all_layers_add_up(tmp_path: Path) -> None:
    model = study(
        tmp_path, pack="LOC: {extend: {VERTEX: {decode: Vertex}}}", near="LOC: {extend: {KNEE: {decode: Knee}}}", far=""
    )
    assert [t[0] for t in terms(model, "LOC")] == ["ARM", "KNEE", "VERTEX"]


def test_a_list_that_may_not_be_extended_is_not(tmp_path: Path) -> None:
    model = study(tmp_path, pack="NY:\n  extend: {MAYBE: {decode: Maybe}}", far="")
    (only,) = told(model)
    assert only.startswith("codelists.yaml:2:12 codelist NY: ")
    assert [t[0] for t in terms(model, "NY")] == ["N", "Y"]


def test_a_term_that_is_added_says_what_it_means(tmp_path: Path) -> None:
    (only,) = told(study(tmp_path, pack="LOC: {extend: {VERTEX: {}}}", far=""))
    assert only.startswith("codelists.yaml:1:16 codelist LOC: the term VERTEX added to LOC has no decode; ")


def test_a_list_of_the_sponsor(tmp_path: Path) -> None:
    model = study(tmp_path, pack="ARM: {title: Planned arm, terms: {A: {decode: Arm A}, B: {decode: Arm B}}}", far="")
    assert terms(model, "ARM") == [("A", "", "Arm A"), ("B", "", "Arm B")]
    assert study_codelists(model)[0]["ARM"].title == "Planned arm"
    assert told(model) == []


def test_a_list_of_the_sponsor_under_the_name_of_a_published_one(tmp_path: Path) -> None:
    model = study(tmp_path, pack="LOC: {terms: {VERTEX: {decode: Vertex}}}", far="")
    assert told(model) == ["codelists.yaml:1:7 codelist LOC: LOC is there already; add to it with `extend:`"]


def test_a_misspelt_list_is_told_with_the_right_name(tmp_path: Path) -> None:
    model = study(tmp_path, pack="LOCC: {map: {Arm: ARM}}", far="")
    assert told(model) == [
        "codelists.yaml:1:1 codelist LOCC: no codelist 'LOCC'; did you mean 'LOC'? a list of your own needs `terms:`"
    ]


def test_words_of_a_layer_for_a_list_that_the_study_does_not_have_are_no_problem(tmp_path: Path) -> None:
    assert told(study(tmp_path, pack="", near="OTHER: {map: {x: y}}", far="")) == []


def test_words_must_mean_terms_of_a_list_that_may_not_be_extended(tmp_path: Path) -> None:
    model = study(tmp_path, pack="NY: {map: {Ja: Y, Nein: NO, never asked: }}\nLOC: {map: {Knie: KNEE}}", far="")
    (only,) = told(model)
    assert only.startswith("codelists.yaml:1:25 codelist NY: 'NO' is not a term of NY, which is not extensible")


def test_the_words_of_the_nearest_layer_count(tmp_path: Path) -> None:
    model = study(tmp_path, pack="NY: {map: {Ja: Y, weiss nicht: }}", far="NY: {map: {Ja: N, Nein: N}}")
    assert study_words(model, "NY") == {"Ja": "Y", "Nein": "N", "weiss nicht": ""}
    assert study_words(model, "LOC") == {}


def test_words_from_a_table(tmp_path: Path) -> None:
    model = study(tmp_path, pack="NY: {map: tables/ny.csv}", far="NY: {map: {Ja: N, Oui: Y}}")
    (tmp_path / "pack" / "tables" / "ny.csv").write_text("from,to\nJa,Y\nvielleicht,\n")
    assert told(model) == []
    assert study_words(model, "NY") == {"Ja": "Y", "vielleicht": "", "Oui": "Y"}


def test_a_table_of_words_that_cannot_be_used(tmp_path: Path) -> None:
    model = study(tmp_path, pack="NY: {map: tables/ny.csv}", far="")
    (only,) = told(model)
    assert "no table 'tables/ny.csv' in the pack or its layers" in only
    (tmp_path / "pack" / "tables" / "ny.csv").write_text("from,term\nJa,Y\n")
    (only,) = told(model)
    assert only.endswith("tables/ny.csv has no column to; a table of words has the columns from and to")


def test_a_row_of_a_table_without_a_word_is_passed_over() -> None:
    table = pd.DataFrame({"from": text(["Ja", None, "?"]), "to": text(["Y", "N", None])})
    assert map_pairs(table) == {"Ja": "Y", "?": ""}


def test_an_unknown_key_is_told(tmp_path: Path) -> None:
    (only,) = told(study(tmp_path, pack="NY: {mapp: {Ja: Y}}", far=""))
    assert only.startswith("codelists.yaml:1:6 codelist NY")
    assert "mapp" in only


def test_the_terminology_of_the_study_goes_before_that_of_the_layers(tmp_path: Path) -> None:
    model = study(tmp_path, terminology="tables/ct.csv", pack="", far="")
    (tmp_path / "pack" / "tables" / "ct.csv").write_text(
        PUBLISHED.splitlines()[0] + "\nNY,C66742,Newer,N,U,C1,Unknown,\n"
    )
    assert terms(model, "NY") == [("U", "C1", "Unknown")]
    assert [t[0] for t in terms(model, "LOC")] == ["ARM"]


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no file 'tables/ct.csv' in the pack or its layers"), ("a,b\n1,2\n", "tables/ct.csv:1:1 terminology: ")],
)
def test_a_terminology_that_cannot_be_read(tmp_path: Path, content: str | None, message: str) -> None:
    model = study(tmp_path, terminology="tables/ct.csv", pack="", far="")
    if content:
        (tmp_path / "pack" / "tables" / "ct.csv").write_text(content)
    (only,) = told(model)
    assert message in only
