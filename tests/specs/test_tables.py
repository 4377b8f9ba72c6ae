"""Tables to which every layer adds rows: the nearest counts by key; and what is wrong in their files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from specs.layers import DatasetFiles, Layer
from specs.nodes import load_yaml
from specs.resolve import StudyModel
from specs.tables import added_table_problems, read_table, table_of, table_rules
from tests.pipeline.one_range import model_of
from transforms.columns import plain

GENERAL = """
tables:
  tables/words.csv: {key: [word], columns: [word, status], optional: [reason], any_case: true}
  tables/units.csv: {key: [test, unit], columns: [unit, factor], optional: [test]}
"""


def study(folder: Path, **layers: dict[str, str]) -> StudyModel:
    """A study of layers, the nearest first: their files by path. The farthest says which tables are added to."""
    made = []
    for name, files in layers.items():
        for path, content in files.items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_text(content, encoding="utf-8")
        made.append(name)
    (folder / "general.yaml").write_text(GENERAL)
    model = model_of()
    (base,) = model.layers
    empty = base.general
    found = [
        replace(base, name=n, folder=folder / n, general=empty, datasets=DatasetFiles({}, lambda _: None)) for n in made
    ]
    general = load_yaml(folder / "general.yaml", "general.yaml", made[-1])
    model.layers[:] = [*found[:-1], Layer(**{**vars(found[-1]), "general": general})]
    return model


def rows(model: StudyModel, name: str) -> list[list[str | None]]:
    table = table_of(model, name)
    return [list(r) for r in zip(*(plain(table[c]) for c in table.columns), strict=True)]


def told(model: StudyModel) -> list[str]:
    return [str(p) for p in added_table_problems(model)]


def test_rows_of_all_layers_the_nearest_first_by_key(tmp_path: Path) -> None:
    model = study(
        tmp_path,
        pack={"tables/words.csv": "word,status\nNot  Done,OURS\n"},
        company={"tables/words.csv": "reason,word,status\nwhy,HEMOLYZED,NOT DONE\n"},
        general={"tables/words.csv": "word,status\nnot done,NOT DONE\nunknown,\nhemolyzed,X\n"},
    )
    # keys are the same in any case and with any blanks; optional columns are empty where a layer lacks them
    assert rows(model, "tables/words.csv") == [
        ["Not  Done", "OURS", None],
        ["HEMOLYZED", "NOT DONE", "why"],
        ["unknown", None, None],
    ]
    assert list(table_of(model, "tables/words.csv").columns) == ["word", "status", "reason"]
    assert told(model) == []


def test_without_any_case_keys_are_compared_as_they_stand(tmp_path: Path) -> None:
    model = study(
        tmp_path, pack={"tables/units.csv": "unit,factor\nG/L,1\n"}, far={"tables/units.csv": "unit,factor\ng/L,2\n"}
    )
    assert rows(model, "tables/units.csv") == [["G/L", "1", None], ["g/L", "2", None]]


def test_all_of_a_key_of_several_columns_counts(tmp_path: Path) -> None:
    near = {"tables/units.csv": "test,unit,factor\nHGB,g/L,5\n"}
    model = study(tmp_path, pack=near, far={"tables/units.csv": "unit,factor\ng/L,1\n"})
    assert rows(model, "tables/units.csv") == [["g/L", "5", "HGB"], ["g/L", "1", None]]


def test_any_other_table_is_that_of_the_nearest_layer_whole(tmp_path: Path) -> None:
    model = study(tmp_path, pack={}, near={"tables/arms.csv": "ARM\n A \n"}, far={"tables/arms.csv": "ARM\nB\nC\n"})
    assert rows(model, "tables/arms.csv") == [["A"]]


@pytest.mark.parametrize("name", ["tables/none.csv", "tables/words.csv"])
def test_a_table_that_no_layer_has(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError, match=name):
        table_of(study(tmp_path, pack={"x.txt": ""}), name)


def test_cells_are_text_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffA,B\n007, x \nNA,\n".encode())
    table = read_table(path)
    assert table.to_numpy().tolist() == [["007", "x"], ["NA", ""]]
    assert list(table.columns) == ["A", "B"]


def test_which_tables_are_added_to(tmp_path: Path) -> None:
    rules = table_rules(study(tmp_path, pack={"x.txt": ""}))
    assert {name: rule.key for name, rule in rules.items()} == {
        "tables/words.csv": ["word"],
        "tables/units.csv": ["test", "unit"],
    }
    assert table_rules(model_of()) == {}


def test_columns_that_are_absent_or_unknown_are_told(tmp_path: Path) -> None:
    files = {"tables/words.csv": "word,statsu\nx,y\n"}
    assert told(study(tmp_path, pack=files)) == [
        "tables/words.csv:1:1 tables/words.csv: has no column 'status'; "
        "its columns are word, status, and reason where needed",
        "tables/words.csv:1:1 tables/words.csv: nothing reads the column 'statsu'; did you mean 'status'?",
    ]


def test_a_column_like_no_other_is_told_with_those_there_are(tmp_path: Path) -> None:
    (only,) = told(study(tmp_path, pack={"tables/units.csv": "unit,factor,ZZZ\n"}))
    assert only.endswith("nothing reads the column 'ZZZ'; its columns are unit, factor, and test where needed")


def test_a_key_that_is_there_twice_is_told_with_its_line_and_layer(tmp_path: Path) -> None:
    words = "word,status\nA,x\nB,y\n a ,z\n"
    model = study(tmp_path, pack={"tables/words.csv": words}, far={"tables/words.csv": words})
    assert told(model) == [
        "tables/words.csv:4:1 tables/words.csv: there is a row of the same word already (a); keep one",
        "far/tables/words.csv:4:1 tables/words.csv: there is a row of the same word already (a); keep one",
    ]


def test_a_file_that_is_no_csv_in_utf_8_is_told(tmp_path: Path) -> None:
    model = study(tmp_path, pack={"tables/words.csv": ""})
    (tmp_path / "pack" / "tables" / "words.csv").write_bytes(b"word,status\n\xff\xfe,x\n")
    (only,) = told(model)
    assert only.startswith("tables/words.csv:1:1 tables/words.csv: cannot be read as CSV in UTF-8: ")
    (tmp_path / "pack" / "tables" / "words.csv").write_text("")
    assert len(told(model)) == 1
