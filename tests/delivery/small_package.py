"""A small package made by hand: DM, TS and ADSL of the study S-1, with defines that link to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from delivery.ectd import canonical, write_index
from delivery.xpt import XptVariable, write_xpt

SDTM = "m5/datasets/s-1/tabulations/sdtm"
ADAM = "m5/datasets/s-1/analysis/adam/datasets"
DM = {"STUDYID": ["S-1", "S-1"], "USUBJID": ["S-1-01", "S-1-02"]}
TS = {"STUDYID": ["S-1", "S-1"], "TSPARMCD": ["ADDON", "SSTDTC"], "TSVAL": ["N", "2024-06-03"]}
FILES = {f"{SDTM}/dm.xpt": DM, f"{SDTM}/ts.xpt": TS, f"{ADAM}/adsl.xpt": DM}
DEFINE = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="define2-1.xsl"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1"
     xmlns:xlink="http://www.w3.org/1999/xlink">
{groups}
<def:leaf ID="LF.other" xlink:href="{document}"/>
</ODM>
"""
GROUP = '<ItemGroupDef OID="IG.{0}" Name="{0}"><def:leaf ID="LF.{0}" xlink:href="{1}"/></ItemGroupDef>'


def transport(path: Path, values: Mapping[str, Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame({n: pd.Series(pd.Categorical(pd.Series(list(v), dtype="str"))) for n, v in values.items()})
    variables = [XptVariable(name, name.title(), "Char") for name in values]
    write_xpt(path, path.stem.upper(), "A Dataset", variables, lambda: [frame], datetime(2026, 3, 31))


def define(folder: Path, document: str) -> None:
    groups = "\n".join(GROUP.format(p.stem.upper(), p.name) for p in sorted(folder.glob("*.xpt")))
    (folder / "define.xml").write_text(DEFINE.format(groups=groups, document=document))
    (folder / "define2-1.xsl").write_text("<xsl/>\n")
    (folder / document).write_bytes(b"%PDF-1.4 a document\n")


def package(folder: Path) -> Path:
    for name, values in FILES.items():
        transport(folder / name, values)
    define(folder / SDTM, "acrf.pdf")
    define(folder / ADAM, "adrg.docx")
    (folder / "manifest.json").write_bytes(canonical({"study": "S-1", "cut": "2026-03-31"}))
    write_index(folder, {"study": "S-1", "agency": "fda"})
    return folder
