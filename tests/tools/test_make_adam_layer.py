"""The tool that makes the ADaM layer, on a small table, and the layer that it made."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tools import make_adam_layer as tool

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "mappings" / "adamig-1.3"
STANDARDS = ROOT / ".." / "shared" / "standards"
HEADER = (
    "structure,variable_set,order,variable,label,type,core,codelist_code,codelist,described_value_domain,value_list\n"
)
VARIABLES = (
    HEADER
    + """\
Subject-Level Analysis Dataset,Treatment,2,TRTxxP,Planned Treatment for Period xx,Char,Req,,,,
Subject-Level Analysis Dataset,Identifier,1,STUDYID,Study Identifier,Char,Req,,,,
Subject-Level Analysis Dataset,Timing,3,TRTSDTF,Date of First Exposure Imput. Flag,Char,Cond,C81223,DATEFL,,
Basic Data Structure,Timing,1,ADTM,Analysis Datetime,Num,Cond,,,,
Basic Data Structure,Timing,2,ARELTM,Analysis Relative Time,Num,Perm,,,,
Basic Data Structure,Flag,3,ABLFL,Baseline Record Flag,Char,Cond,,,,Y
Basic Data Structure,Suffixes for User-Defined Timing,4,*DT,{Date},Num,Perm,,,,
Basic Data Structure,Identifier,5,USUBJID,Unique Subject Identifier,Char,Req,,,,
"""
)
OCCURRENCE = HEADER + "Occurrence Data Structure,Identifier,1,--SEQ,Sequence Number,Num,Cond,,,,\n"
TERMINOLOGY = """\
codelist_code,codelist_submission_value,codelist_name,extensible,term_code,term_submission_value,term_preferred_term,term_synonyms
C81223,DATEFL,Date Imputation Flag,N,C81212,D,Day Imputed,
"""


def arguments(folder: Path, *also: str, **texts: str) -> list[str]:
    texts = {"variables": VARIABLES, "occurrence": OCCURRENCE, "terminology": TERMINOLOGY} | texts
    given = []
    for name, content in texts.items():
        (folder / f"{name}.csv").write_text(content)
        given += [f"--{name}", str(folder / f"{name}.csv")]
    return [*given, "--version", "9.9", "--ct-date", "2030-01-31", "--out", str(folder / "out"), "--also", *also]


def test_a_small_layer(tmp_path: Path) -> None:
    assert tool.main(arguments(tmp_path)) == 0
    made = {p.name: p.read_text() for p in (tmp_path / "out").rglob("*.*")}
    assert made["ADSL.yaml"].splitlines()[1:] == [
        "dataset: ADSL",
        "class: ADSL",
        "label: Subject-Level Analysis Dataset",
        "structure: One record per subject",
        "variables:",
        "  STUDYID:   {label: Study Identifier, type: Char, core: Req}",
        "  TRTxxP:    {label: Planned Treatment for Period xx, type: Char, core: Req}",
        "  TRTSDTF:   {label: Date of First Exposure Imput. Flag, type: Char, core: Cond, codelist: DATEFL}",
        '  "*DT":     {type: Num, core: Perm, display: DATE9.}',
    ]
    general = YAML(typ="safe").load(made["general.yaml"])
    assert general["structures"]["BDS"]["variables"] == {
        "USUBJID": {"label": "Unique Subject Identifier", "type": "Char", "core": "Req"},
        "ADTM": {"label": "Analysis Datetime", "type": "Num", "core": "Cond", "display": "DATETIME20."},
        "ARELTM": {"label": "Analysis Relative Time", "type": "Num", "core": "Perm"},
        "ABLFL": {"label": "Baseline Record Flag", "type": "Char", "core": "Cond", "values": ["Y"]},
        "*DT": {"type": "Num", "core": "Perm", "display": "DATE9."},
    }
    assert list(general["structures"]["OCCDS"]["variables"]) == ["--SEQ", "*DT"]
    assert YAML(typ="safe").load(made["layer.yaml"])["standard"]["version"] == "9.9"
    assert "DATEFL,C81223,Date Imputation Flag,N,D,C81212" in made["codelists.csv"]


@pytest.mark.parametrize(
    ("also", "texts", "message"),
    [
        ("NONE", {}, "--also: the terminology has no codelist NONE; check the names"),
        ("DATEFL", {"occurrence": HEADER.replace("core", "x")}, "occurrence.csv:1: the table has no column core; add"),
        ("DATEFL", {"variables": VARIABLES.replace("Basic Data Structure", "Basic")}, "no structure is known as Basic"),
        ("DATEFL", {"variables": VARIABLES.replace("Timing,3", "Timing,c")}, "TRTSDTF: the order 'c' is no whole"),
    ],
)
def test_inputs_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], also: str, texts: dict[str, str], message: str
) -> None:
    assert tool.main(arguments(tmp_path, also, **texts)) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not STANDARDS.is_dir(), reason="the published tables are not beside the checkout")
def test_the_made_layer_is_what_the_command_in_its_readme_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = (LAYER / "README.md").read_text().splitlines()
    words = next(line for line in told if line.startswith("python tools/make_adam_layer")).split()[2:]
    words[words.index("--out") + 1] = str(tmp_path)
    monkeypatch.chdir(ROOT)
    assert tool.main(words) == 0
    made = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.*") if p.name != "README.md"}
    assert [str(path) for path, content in made.items() if (LAYER / path).read_bytes() != content] == []
    assert len(made) == 4
