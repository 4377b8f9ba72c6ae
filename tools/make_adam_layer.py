"""Make the layer of an ADaMIG version: ADSL as a dataset, the other structures, layer.yaml, codelists.csv and a README.

Reads the published table of variables, a table of occurrence variables kept by hand beside this script, and the
terminology files. Indexed names (``TRTxxP``) and suffixes (``*DT``) stay as published; ``specs.templates`` fills them.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from specs.terminology import Codelist, TerminologyError, load_codelists
from tools.make_sdtm_layer import (
    Row,
    TableError,
    codelist_names,
    flow_list,
    order_number,
    read_table,
    scalar,
    split_cell,
    write_codelists,
    write_text,
)

COLUMNS = ("structure", "variable_set", "order", "variable", "label", "type", "core", "codelist_code", "value_list")
OCCURRENCE = Path(__file__).with_name("adam_occurrence_variables.csv")
ADSL, BDS, OCCDS = "Subject-Level Analysis Dataset", "Basic Data Structure", "Occurrence Data Structure"
SHORT = {ADSL: "ADSL", BDS: "BDS", OCCDS: "OCCDS"}
SUFFIXES = "Suffixes for User-Defined Timing"
KEYS = {
    "ADSL": ("STUDYID", "USUBJID"),
    "BDS": ("STUDYID", "USUBJID", "PARAMCD", "BASETYPE", "ADT", "ADTM", "AVISITN", "ATPTN", "DTYPE", "SRCSEQ"),
    "OCCDS": ("STUDYID", "USUBJID", "--SEQ"),
}
DEFAULTS = """\
# What every study does, unless it says otherwise: record numbers of occurrences stay those of SDTM, and relative days
# count from the first treatment.
defaults:
  BDS:
    ADY:   {derive: relative_day, with: {date: ADT, reference: ADSL.TRTSDT}}
  OCCDS:
    --SEQ: {copy: --SEQ}
    ASTDY: {derive: relative_day, with: {date: ASTDT, reference: ADSL.TRTSDT}}
    AENDY: {derive: relative_day, with: {date: AENDT, reference: ADSL.TRTSDT}}
"""
KEPT = ("label", "type", "core")
MADE_BY = "# Made by tools/make_adam_layer.py from the ADaMIG {version} tables; do not edit.\n"
# A relative time is a number of hours or days, not a time of day.
NOT_A_TIME = ("ARELTM",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the layer and print what was noticed; exit code 1 if an input cannot be used."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser().parse_args(arguments)
    try:
        remarks = make_layer(options, f"python tools/make_adam_layer.py {shlex.join(arguments)}")
    except (TableError, TerminologyError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: made" + "".join(f"\n- {remark}" for remark in remarks))
    return 0


def make_layer(options: argparse.Namespace, command: str) -> list[str]:
    """Write the whole layer into ``options.out``; returns what a person should know about the inputs."""
    rows = [*read_table(options.variables, COLUMNS), *read_table(options.occurrence, COLUMNS)]
    unknown = sorted({r["structure"] for r in rows} - set(SHORT))
    if unknown:
        raise TableError(f"no structure is known as {', '.join(unknown)}; the known ones are {', '.join(SHORT)}")
    terminology: dict[str, Codelist] = {}
    for path in options.terminology:
        terminology = {**load_codelists(path), **terminology}
    by_code = {codelist.code: codelist.name for codelist in terminology.values()}
    remarks = [f"{r['structure']}: {r['variable']}: {text}" for r in rows if (text := _noticed(r, by_code))]
    absent = [name for name in options.also if name not in terminology]
    if absent:
        raise TableError(f"--also: the terminology has no codelist {', '.join(absent)}; check the names")
    suffixes = [r for r in rows if r["variable_set"] == SUFFIXES]
    lines: dict[str, list[str]] = {}
    used = dict.fromkeys(options.also)
    for structure, short in SHORT.items():
        own = [r for r in rows if r["structure"] == structure and r["variable_set"] != SUFFIXES]
        own = [*sorted(own, key=lambda r: (r["variable_set"] != "Identifier", order_number(r))), *suffixes]
        lines[short] = [variable_line(row, codelist_names(row, by_code)[0]) for row in own]
        used.update({name: None for row in own for name in codelist_names(row, by_code)[0]})
    (options.out / "adam").mkdir(parents=True, exist_ok=True)
    header = MADE_BY.format(version=options.version)
    write_text(options.out / "adam" / "ADSL.yaml", adsl_yaml(header, lines["ADSL"]))
    write_text(options.out / "general.yaml", general_yaml(header, {s: lines[s] for s in ("BDS", "OCCDS")}))
    write_text(options.out / "layer.yaml", layer_yaml(header, options))
    codelists = [terminology[name] for name in sorted(used)]
    write_codelists(options.out / "codelists.csv", codelists)
    inputs = [options.variables, options.occurrence, *options.terminology]
    write_text(options.out / "README.md", readme(options, command, inputs, codelists, lines, remarks))
    return remarks


def variable_line(row: Row, codelists: Sequence[str]) -> str:
    """One variable as one line of YAML in flow style; a label in braces is a study's to give."""
    keys = {name: scalar(row[name]) for name in KEPT if not row[name].startswith("{")}
    if codelists:
        keys["codelist"] = scalar(codelists[0]) if len(codelists) == 1 else flow_list(codelists)
    if row["value_list"]:
        keys["values"] = flow_list(split_cell(row["value_list"]))
    shown = display_format(row)
    if shown:
        keys["display"] = shown
    body = ", ".join(f"{key}: {value}" for key, value in keys.items())
    return f"{scalar(row['variable']) + ':':<10} {{{body}}}\n"


def display_format(row: Row) -> str:
    """The SAS format of a numeric date, datetime or time of day; empty for other variables (ADaMIG 1.3, 3.1.2)."""
    name = row["variable"]
    if row["type"] != "Num" or name in NOT_A_TIME:
        return ""
    if name.endswith(("DTM", "SDM", "EDM")):
        return "DATETIME20."
    return "DATE9." if name.endswith("DT") else "TIME8." if re.search("TM$", name) else ""


def adsl_yaml(header: str, lines: Sequence[str]) -> str:
    """The file of the subject-level dataset."""
    facts = f"dataset: ADSL\nclass: ADSL\nlabel: {ADSL}\nstructure: One record per subject\n"
    return f"{header}{facts}variables:\n" + "".join(f"  {line}" for line in lines)


def general_yaml(header: str, structures: dict[str, list[str]]) -> str:
    """The structures of datasets that a study names itself, and the sort order of each class."""
    parts = [f"  {name}:\n    variables:\n      " + "      ".join(lines) for name, lines in structures.items()]
    keys = "".join(f"  {name}: {flow_list(names)}\n" for name, names in KEYS.items())
    return f"{header}structures:\n{''.join(parts)}\nkeys:\n{keys}\n{DEFAULTS}"


def layer_yaml(header: str, options: argparse.Namespace) -> str:
    """The layer's own facts."""
    return (
        f"{header}layer: adamig-{options.version}\n"
        f'standard: {{name: ADaMIG, version: "{options.version}", '
        f"terminology: {{package: ADaM CT, date: {options.ct_date}}}}}\n"
        f"extends: [general]\n"
        f"order: [ADSL]\n"
    )


def readme(
    options: argparse.Namespace,
    command: str,
    inputs: Sequence[Path],
    codelists: Sequence[Codelist],
    lines: dict[str, list[str]],
    remarks: Sequence[str],
) -> str:
    """What the layer is, the command that made it, and what was noticed in the inputs."""
    hashes = "".join(f"| `{path.name}` | `{hashlib.sha256(path.read_bytes()).hexdigest()}` |\n" for path in inputs)
    noticed = "".join(f"- {remark}\n" for remark in remarks) or "Nothing.\n"
    counts = ", ".join(f"{len(found)} of {name}" for name, found in lines.items())
    return f"""# ADaMIG {options.version}

All files here are made by a script; change the script or its inputs, not the files.

- `adam/ADSL.yaml`: the subject-level dataset; `general.yaml`: the structures BDS (with its time-to-event variables) and
  OCCDS for datasets that a study names itself, and the sort order of each class. Variables: {counts}
- `TRTxxP` stands for TRT01P to TRT99P, with the index in the label; `*DT` for any name that ends so, whose label the
  study gives. xx and zz are 01 to 99, y is 1 to 99, w is 1 to 9
- `codelists.csv`: {len(codelists)} codelists of ADaM and SDTM CT {options.ct_date}: those that a variable names and
  those given with `--also`
- The published table has ADSL and BDS. The variables of OCCDS are kept by hand in
  `tools/{OCCURRENCE.name}`: those that the design basis (section 4.2) names and their usual companions; their labels
  follow OCCDS 1.1 as generally known and are not from a published table: check them before a submission

## Made by

```
{command}
```

| input | sha256 |
|---|---|
{hashes}
## Noticed in the inputs

{noticed}"""


def _noticed(row: Row, by_code: dict[str, str]) -> str:
    """What a transport file cannot hold, and codelists that the terminology does not have."""
    if len(row["label"].encode()) > 40:
        return f"the label has {len(row['label'].encode())} bytes, a transport file holds 40"
    lost = codelist_names(row, by_code)[1]
    return f"codelist {', '.join(lost)} is not in the terminology" if lost else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make the layer of an ADaMIG version from published tables.")
    parser.add_argument("--variables", type=Path, required=True, help="CSV, one row per variable")
    parser.add_argument("--occurrence", type=Path, default=OCCURRENCE, help="CSV, the occurrence variables")
    parser.add_argument("--terminology", type=Path, nargs="+", required=True, help="CSV(.gz), NCI EVS text or ODM XML")
    parser.add_argument("--version", required=True, help="of the ADaMIG, such as 1.3")
    parser.add_argument("--ct-date", required=True, help="date of the terminology package, such as 2025-03-28")
    parser.add_argument("--out", type=Path, required=True, help="folder of the layer")
    parser.add_argument("--also", nargs="*", default=[], metavar="NAME", help="codelists that no variable names")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
