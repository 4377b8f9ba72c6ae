"""Tables to which every layer may add rows: read from all layers and checked by the ``tables`` of general.yaml.

Any other table is that of the nearest layer that has it, whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from specs.layers import merge_all
from specs.model import TableRule
from specs.problems import Place, SpecProblem, nearest
from specs.validation import validate
from transforms.ascii import transliterate
from transforms.columns import text

if TYPE_CHECKING:
    from specs.resolve import StudyModel

FIRST_ROW = 2
"""The line of a file on which its first row stands."""


def read_table(path: Path) -> pd.DataFrame:
    """A CSV table with every column as text, trimmed. Raises ValueError when it cannot be read."""
    raw = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    return pd.DataFrame({c: raw[c].str.strip() for c in raw.columns})


def table_of(model: StudyModel, name: str) -> pd.DataFrame:
    """A table as the study has it: of one file, or the rows of all layers, the nearest first by key.

    Raises FileNotFoundError, ValueError.
    """
    rule = table_rules(model).get(name)
    if rule is None:
        found = read_table(model.find(name))
        return pd.DataFrame({c: text(found[c]) for c in found.columns})
    paths = [p for layer in model.layers if (p := layer.folder / name).is_file()]
    if not paths:
        raise FileNotFoundError(name)
    columns = [*rule.columns, *rule.optional]
    rows = pd.concat([read_table(p).reindex(columns=columns, fill_value="") for p in paths], ignore_index=True)
    rows = rows[~_keys(rows, rule).duplicated().to_numpy()].reset_index(drop=True)
    return pd.DataFrame({c: text(rows[c]) for c in columns})


def table_rules(model: StudyModel) -> dict[str, TableRule]:
    """The tables to which layers add, by name."""
    given = merge_all([layer.general for layer in model.layers]).get("tables")
    found = {name: validate(TableRule, node, name, []) for name, node in given.mapping.items()} if given else {}
    return {name: rule for name, rule in found.items() if rule is not None}  # wrong ones are told of general.yaml


def added_table_problems(model: StudyModel) -> Iterator[SpecProblem]:
    """What is wrong with the files of such tables: they cannot be read, columns, and keys that are there twice."""
    for name, rule in table_rules(model).items():
        for layer in model.layers:
            if (path := layer.folder / name).is_file():
                shown = name if layer is model.layers[0] else f"{layer.name}/{name}"
                yield from _file_problems(path, shown, name, rule)


def _file_problems(path: Path, shown: str, name: str, rule: TableRule) -> Iterator[SpecProblem]:
    try:
        table = read_table(path)
    except ValueError as error:  # pandas' own errors and those of decoding are ValueErrors
        yield SpecProblem(Place(shown), name, f"cannot be read as CSV in UTF-8: {' '.join(str(error).split())}")
        return
    columns = [*rule.columns, *rule.optional]
    beside = f", and {', '.join(rule.optional)} where needed" if rule.optional else ""
    wanted = f"its columns are {', '.join(rule.columns)}{beside}"
    absent = [c for c in rule.columns if c not in table]
    for column in absent:
        yield SpecProblem(Place(shown), name, f"has no column '{column}'; {wanted}")
    for column in (c for c in table.columns if c not in columns):
        hint = nearest(str(column), columns)
        told = f"nothing reads the column '{column}'{hint or '; ' + wanted}"
        yield SpecProblem(Place(shown), name, told)
    if absent:
        return
    keys = _keys(table.reindex(columns=columns, fill_value=""), rule)
    for row in keys.duplicated().to_numpy().nonzero()[0].tolist():
        told = f"there is a row of the same {', '.join(rule.key)} already ({', '.join(keys.iloc[row])}); keep one"
        yield SpecProblem(Place(shown, row + FIRST_ROW), name, told)


def _keys(rows: pd.DataFrame, rule: TableRule) -> pd.DataFrame:
    keys = rows[rule.key]
    if not rule.any_case:
        return keys
    return pd.DataFrame({c: keys[c].map(lambda v: " ".join(transliterate(v).split()).casefold()) for c in rule.key})
