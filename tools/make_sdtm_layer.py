"""Make the layer of an SDTMIG version: one YAML file per dataset, layer.yaml, codelists.csv and a README.

Reads two tables (variables, datasets) and a controlled-terminology file in any shape that specs.terminology knows.
The layer's README holds the command that made it, so that the next version is one command.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from specs.terminology import LAYER_COLUMNS, SYNONYM_SEPARATOR, Codelist, TerminologyError, load_codelists

VARIABLE_COLUMNS = (
    "dataset",
    "order",
    "variable",
    "label",
    "type",
    "role",
    "core",
    "codelist_code",
    "codelist",
    "described_value_domain",
    "value_list",
)
DATASET_COLUMNS = ("dataset", "class", "label", "structure")
COUNTRY = ("ISO3166", "ISO 3166-1 Alpha-3")
"""Codelist (of the layer general) and format of COUNTRY, which the table of variables lacks (SDTMIG 3.4, 5.2)."""
LABEL_BYTES = 40
MADE_BY = "# Made by tools/make_sdtm_layer.py from the SDTMIG {version} tables; do not edit.\n"
# A plain scalar is safe if no YAML version reads it as anything but this text.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 /()._-]*")
_RESERVED = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

Row = dict[str, str]


class TableError(ValueError):
    """An input table that cannot be used: file, line, what, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the layer and print what was noticed; exit code 1 if an input cannot be used."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser().parse_args(arguments)
    try:
        remarks = make_layer(options, f"python tools/make_sdtm_layer.py {shlex.join(arguments)}")
    except (TableError, TerminologyError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: made" + "".join(f"\n- {remark}" for remark in remarks))
    return 0


def make_layer(options: argparse.Namespace, command: str) -> list[str]:
    """Write the whole layer into ``options.out``; returns what a person should know about the inputs."""
    datasets = read_table(options.datasets, DATASET_COLUMNS)
    variables = read_table(options.variables, VARIABLE_COLUMNS)
    terminology = load_codelists(options.terminology)
    by_code = {codelist.code: codelist.name for codelist in terminology.values()}
    remarks = _noticed(datasets, variables)

    used: dict[str, None] = {}
    lines: dict[str, list[str]] = {row["dataset"]: [] for row in datasets}
    for row in sorted(variables, key=order_number):
        if row["dataset"] not in lines:
            raise TableError(f"{options.variables}: dataset {row['dataset']} is not in {options.datasets}; add its row")
        names, lost = codelist_names(row, by_code)
        remarks += [f"{row['dataset']}.{row['variable']}: codelist {code} is not in the terminology" for code in lost]
        used.update(dict.fromkeys(names))
        lines[row["dataset"]].append(variable_line(row, names))
    absent = [name for name in options.also if name not in terminology]
    if absent:
        raise TableError(f"--also: the terminology has no codelist {', '.join(absent)}; check the names")
    used.update(dict.fromkeys(options.also))

    (options.out / "sdtm").mkdir(parents=True, exist_ok=True)
    header = MADE_BY.format(version=options.version)
    for row in datasets:
        write_text(options.out / "sdtm" / f"{row['dataset']}.yaml", dataset_yaml(header, row, lines[row["dataset"]]))
    write_text(options.out / "layer.yaml", layer_yaml(header, options, [row["dataset"] for row in datasets]))
    codelists = [terminology[name] for name in sorted(used)]
    write_codelists(options.out / "codelists.csv", codelists)
    inputs = [options.variables, options.datasets, options.terminology]
    write_text(options.out / "README.md", readme(options, command, inputs, codelists, len(datasets), remarks))
    return remarks


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV table with at least the named columns; raises TableError naming file, line and remedy."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True, restval=None)
            lacking = [name for name in columns if name not in (reader.fieldnames or [])]
            if lacking:
                raise TableError(f"{path}:1: the table has no column {', '.join(lacking)}; add it")
            rows = []
            for row in reader:
                if None in row or None in row.values():
                    raise TableError(f"{path}:{reader.line_num}: the row does not fit the header; repair the row")
                rows.append({name: value.strip() for name, value in row.items()})
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path}: cannot be read ({error}); give a CSV file in UTF-8") from error
    return rows


def split_cell(text: str) -> list[str]:
    """The parts of a cell that holds several values: separated by semicolons, sometimes in parentheses."""
    return [part for part in (part.strip().strip("()").strip() for part in text.split(";")) if part]


def codelist_names(row: Row, by_code: dict[str, str]) -> tuple[list[str], list[str]]:
    """The submission values of a variable's codelists, and the codes that the terminology does not hold.

    The C-code decides, since submission values have been renamed between packages.
    """
    codes = split_cell(row["codelist_code"])
    return [by_code[code] for code in codes if code in by_code], [code for code in codes if code not in by_code]


def variable_line(row: Row, codelists: Sequence[str]) -> str:
    """One variable as one line of YAML in flow style."""
    keys = {name: scalar(row[name]) for name in ("label", "type", "role", "core")}
    if row["variable"] == "COUNTRY":
        keys |= dict(zip(("codelist", "format"), map(scalar, COUNTRY), strict=True))
    if codelists:
        keys["codelist"] = scalar(codelists[0]) if len(codelists) == 1 else flow_list(codelists)
    if row["value_list"]:
        keys["values"] = flow_list(split_cell(row["value_list"]))
    if row["described_value_domain"]:
        keys["format"] = scalar(row["described_value_domain"])
    body = ", ".join(f"{key}: {value}" for key, value in keys.items())
    return f"  {row['variable'] + ':':<9} {{{body}}}\n"


def dataset_yaml(header: str, row: Row, lines: Sequence[str]) -> str:
    """The YAML file of one dataset."""
    facts = "".join(f"{key}: {scalar(row[key])}\n" for key in ("dataset", "class", "label", "structure"))
    return f"{header}{facts}variables:\n{''.join(lines)}"


def layer_yaml(header: str, options: argparse.Namespace, order: Sequence[str]) -> str:
    """The layer's own facts; ``order`` is the order of the datasets in the published table (by class)."""
    return (
        f"{header}layer: sdtmig-{options.version}\n"
        f'standard: {{name: SDTMIG, version: "{options.version}", '
        f"terminology: {{package: SDTM CT, date: {options.ct_date}}}}}\n"
        f"extends: [general]\n"
        f"order: {flow_list(order)}\n"
    )


def scalar(text: str) -> str:
    """A text as a YAML scalar, quoted unless every YAML version reads the bare text as itself."""
    if _PLAIN.fullmatch(text) and not text.endswith(" ") and text.lower() not in _RESERVED:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_codelists(path: Path, codelists: Iterable[Codelist]) -> None:
    """Write codelists.csv: one row per term, codelists by name, terms in published order."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(LAYER_COLUMNS)
        for codelist in codelists:
            head = (codelist.name, codelist.code, codelist.title, "Y" if codelist.extensible else "N")
            for term in codelist.terms:
                writer.writerow((*head, term.value, term.code, term.decode, SYNONYM_SEPARATOR.join(term.synonyms)))


def readme(
    options: argparse.Namespace,
    command: str,
    inputs: Sequence[Path],
    codelists: Sequence[Codelist],
    datasets: int,
    remarks: Sequence[str],
) -> str:
    """What the layer is, the command that made it, and what was noticed in the inputs."""
    hashes = "".join(f"| `{path.name}` | `{hashlib.sha256(path.read_bytes()).hexdigest()}` |\n" for path in inputs)
    noticed = "".join(f"- {remark}\n" for remark in remarks) or "Nothing.\n"
    terms = sum(len(codelist.terms) for codelist in codelists)
    return f"""# SDTMIG {options.version}

All files here are made by a script; change the script or its inputs, not the files.

- `sdtm/`: {datasets} datasets, one YAML file each: label, type, role, core, codelist of every variable, in order
- `codelists.csv`: {len(codelists)} codelists with {terms} terms of SDTM CT {options.ct_date}: those that a variable
  names and those given with `--also`. The decode of a test code is its test name, otherwise the NCI preferred term;
  synonyms are separated by semicolons.
- `layer.yaml`: the standard, its terminology, the order of datasets
- `SUPPQUAL.yaml` stands for every SUPP-- dataset: `[domain name]` in its label is replaced by the domain's.

## Made by

```
{command}
```

| input | sha256 |
|---|---|
{hashes}
## Noticed in the inputs

{noticed}"""


def order_number(row: Row) -> int:
    """The place of a variable in its table; raises TableError where it is no number."""
    if not row["order"].isdecimal():
        name = f"{row.get('dataset') or row['structure']}.{row['variable']}"
        raise TableError(f"{name}: the order '{row['order']}' is no whole number; repair the table of variables")
    return int(row["order"])


def _noticed(datasets: Sequence[Row], variables: Sequence[Row]) -> list[str]:
    """What the formats of a submission cannot hold, and what a table should not hold twice."""
    named = [(row["dataset"], row["label"]) for row in datasets]
    named += [(f"{row['dataset']}.{row['variable']}", row["label"]) for row in variables]
    remarks = [
        f"{name}: the label has {len(label.encode())} bytes, a transport file holds {LABEL_BYTES}"
        for name, label in named
        if len(label.encode()) > LABEL_BYTES
    ]
    remarks += [f"{name}: the label is not ASCII" for name, label in named if not label.isascii()]
    repeated = Counter(name for name, _ in named)
    return remarks + [f"{name}: listed {count} times" for name, count in repeated.items() if count > 1]


def flow_list(values: Iterable[str]) -> str:
    """Texts as a YAML list on one line."""
    return f"[{', '.join(scalar(value) for value in values)}]"


def write_text(path: Path, text: str) -> None:
    """Write a text file as UTF-8 with plain line ends."""
    path.write_text(text, encoding="utf-8", newline="\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make the layer of an SDTMIG version from published tables.")
    parser.add_argument("--variables", type=Path, required=True, help="CSV, one row per variable")
    parser.add_argument("--datasets", type=Path, required=True, help="CSV, one row per dataset")
    parser.add_argument("--terminology", type=Path, required=True, help="CSV(.gz), NCI EVS text or ODM XML")
    parser.add_argument("--version", required=True, help="of the SDTMIG, such as 3.4")
    parser.add_argument("--ct-date", required=True, help="date of the terminology package, such as 2025-03-28")
    parser.add_argument("--out", type=Path, required=True, help="folder of the layer")
    parser.add_argument("--also", nargs="*", default=[], metavar="NAME", help="codelists that no variable names")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
