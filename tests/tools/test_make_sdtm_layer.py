"""The tool that makes a standard's layer, on small tables, and the layer that it made."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "mappings" / "sdtmig-3.4"
STANDARDS = ROOT / ".." / "shared" / "standards"

DATASETS = """\
dataset,class,label,structure,order
LB,Findings,Laboratory Test Results,One record per lab test per visit per subject,24
DM,Special-Purpose,Demographics,One record per subject,12
"""
VARIABLES = """\
dataset,class,order,variable,label,type,role,core,codelist_code,codelist,described_value_domain,value_list
LB,Findings,2,DOMAIN,Domain Abbreviation,Char,Identifier,Req,,,,LB
LB,Findings,1,STUDYID,Study Identifier,Char,Identifier,Req,,,,
LB,Findings,3,LBTESTCD,Lab Test or Examination Short Name,Char,Topic,Req,C65047,LBTESTCD,,
LB,Findings,4,LBSPEC,Specimen Type,Char,Record Qualifier,Perm,C78734; (C111114),SPECTYPE;GENSMP,,
LB,Findings,5,LBCLSIG,"Clinically Significant, Collected",Char,Record Qualifier,Perm,C66742,NY,,
LB,Findings,6,LBDTC,Date/Time of Specimen Collection,Char,Timing,Exp,,,ISO 8601 datetime,
LB,Findings,7,LBX,No,Char,Timing,Perm,C99999,GONE,,
DM,Special-Purpose,1,STUDYID,Study Identifier that has far too long a label,Char,Identifier,Req,,,,
"""
TERMINOLOGY = """\
codelist_code,codelist_submission_value,codelist_name,extensible,term_code,term_submission_value,term_preferred_term,term_synonyms
C65047,LBTESTCD,Laboratory Test Code,Y,C64848,HGB,Hemoglobin Measurement,Hemoglobin; Hemoglobin Monomer
C67154,LBTEST,Laboratory Test Name,Y,C64848,Hemoglobin,Hemoglobin Measurement,Hemoglobin; Hemoglobin Monomer
C66742,NY,No Yes Response,N,C49488,Y,Yes,Yes
C78734,SPECTYPE,Specimen Type,Y,C12434,BLOOD,Blood,
C111114,GENSMP,Genetic Sample Type,Y,C449,DNA,DNA,
C66731,SEX,Sex,N,C20197,M,Male,Male
C66781,AGEU,Age Unit,N,C29848,YEARS,Year,Years
"""


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sdtm_layer", ROOT / "tools" / "make_sdtm_layer.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def arguments(folder: Path, *also: str, **texts: str) -> list[str]:
    texts = {"variables": VARIABLES, "datasets": DATASETS, "terminology": TERMINOLOGY} | texts
    given = []
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
        given += [f"--{name}", str(folder / f"{name}.csv")]
    return [*given, "--version", "9.9", "--ct-date", "2030-01-31", "--out", str(folder / "out"), "--also", *also]


def test_a_small_layer(tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main(arguments(tmp_path, "SEX")) == 0
    out = tmp_path / "out"
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")) == [
        "README.md",
        "codelists.csv",
        "layer.yaml",
        "sdtm/DM.yaml",
        "sdtm/LB.yaml",
    ]
    assert (
        (out / "sdtm" / "LB.yaml").read_text()
        == """\
# Made by tools/make_sdtm_layer.py from the SDTMIG 9.9 tables; do not edit.
dataset: LB
class: Findings
label: Laboratory Test Results
structure: One record per lab test per visit per subject
variables:
  STUDYID:  {label: Study Identifier, type: Char, role: Identifier, core: Req}
  DOMAIN:   {label: Domain Abbreviation, type: Char, role: Identifier, core: Req, values: [LB]}
  LBTESTCD: {label: Lab Test or Examination Short Name, type: Char, role: Topic, core: Req, codelist: LBTESTCD}
  LBSPEC:   {label: Specimen Type, type: Char, role: Record Qualifier, core: Perm, codelist: [SPECTYPE, GENSMP]}
  LBCLSIG:  {label: "Clinically Significant, Collected", type: Char, role: Record Qualifier, core: Perm, codelist: NY}
  LBDTC:    {label: Date/Time of Specimen Collection, type: Char, role: Timing, core: Exp, format: ISO 8601 datetime}
  LBX:      {label: "No", type: Char, role: Timing, core: Perm}
"""
    )
    assert (
        (out / "layer.yaml").read_text()
        == """\
# Made by tools/make_sdtm_layer.py from the SDTMIG 9.9 tables; do not edit.
layer: sdtmig-9.9
standard: {name: SDTMIG, version: "9.9", terminology: {package: SDTM CT, date: 2030-01-31}}
extends: [general]
order: [LB, DM]
"""
    )
    assert (
        (out / "codelists.csv").read_text()
        == """\
codelist,codelist_code,name,extensible,term,term_code,decode,synonyms
GENSMP,C111114,Genetic Sample Type,Y,DNA,C449,DNA,
LBTESTCD,C65047,Laboratory Test Code,Y,HGB,C64848,Hemoglobin,Hemoglobin; Hemoglobin Monomer
NY,C66742,No Yes Response,N,Y,C49488,Yes,Yes
SEX,C66731,Sex,N,M,C20197,Male,Male
SPECTYPE,C78734,Specimen Type,Y,BLOOD,C12434,Blood,
"""
    )
    printed = capsys.readouterr().out
    assert "LB.LBX: codelist C99999 is not in the terminology" in printed
    assert "DM.STUDYID: the label has 46 bytes, a transport file holds 40" in printed
    readme = (out / "README.md").read_text()
    assert "--version 9.9 --ct-date 2030-01-31" in readme
    assert "--also SEX" in readme
    assert "LB.LBX: codelist C99999 is not in the terminology" in readme


@pytest.mark.parametrize(
    ("also", "texts", "message"),
    [
        ("RACE", {}, "--also: the terminology has no codelist RACE; check the names"),
        (
            "SEX",
            {"variables": VARIABLES.replace(",core,", ",x,")},
            "variables.csv:1: the table has no column core; add",
        ),
        (
            "SEX",
            {"variables": VARIABLES + "LB,Findings\n"},
            "variables.csv:10: the row does not fit the header; repair",
        ),
        ("SEX", {"variables": VARIABLES.replace("LB,Findings,2,", "LB,Findings,b,")}, "LB.DOMAIN: the order 'b' is no"),
        ("SEX", {"datasets": DATASETS.replace("DM", "DD")}, "dataset DM is not in"),
        ("SEX", {"terminology": "A,B\n1,2\n"}, "terminology.csv:1: not a terminology file that we know"),
    ],
)
def test_inputs_that_cannot_be_used(
    tool: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    also: str,
    texts: dict[str, str],
    message: str,
) -> None:
    assert tool.main(arguments(tmp_path, also, **texts)) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_scalars_that_yaml_would_read_as_something_else_are_quoted(tool: ModuleType) -> None:
    texts = ["No", "on", "Y", "null", "3.4", "a: b", "a #b", "a, b", "[x]", 'say "x"', "back\\slash", "", "end ", "~"]
    assert [tool.scalar(text)[0] for text in texts] == ['"'] * len(texts)
    assert [YAML(typ="safe").load(f"{{k: {tool.scalar(text)}}}")["k"] for text in texts] == texts
    assert tool.scalar("Date/Time of End (Planned)") == "Date/Time of End (Planned)"


def test_every_dataset_of_the_made_layer_is_there() -> None:
    order = YAML(typ="safe").load(LAYER / "layer.yaml")["order"]
    assert len(order) == 63
    assert sorted(path.stem for path in (LAYER / "sdtm").glob("*.yaml")) == sorted(order)
    datasets = [YAML(typ="safe").load(LAYER / "sdtm" / f"{name}.yaml") for name in order]
    assert [dataset["dataset"] for dataset in datasets] == order
    assert sum(len(dataset["variables"]) for dataset in datasets) == 1917


@pytest.mark.skipif(not STANDARDS.is_dir(), reason="the published tables are not beside the checkout")
def test_the_made_layer_is_what_the_command_in_its_readme_makes(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = next(
        line
        for line in (LAYER / "README.md").read_text().splitlines()
        if line.startswith("python tools/make_sdtm_layer")
    )
    monkeypatch.chdir(ROOT)
    words = command.split()[2:]
    words[words.index("--out") + 1] = str(tmp_path)
    assert tool.main(words) == 0
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*") if path.name != "README.md"}
    assert [str(path) for path, content in made.items() if (LAYER / path).read_bytes() != content] == []
    assert len(made) == 65
