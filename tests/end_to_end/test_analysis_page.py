"""docs/analysis.md, followed from an empty folder: every command prints what the page says.

The finished pack is docs/examples/arms01.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.commands import resolved
from specs.uses import cases
from tests.docs.blocks import follow, texts_of

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "arms01"
PAGE = (ROOT / "docs" / "analysis.md").read_text(encoding="utf-8")


def test_the_page_is_true(tmp_path: Path) -> None:
    assert texts_of(follow(PAGE, tmp_path, "arms01")) == texts_of(EXAMPLE)


def test_the_defaults_that_the_page_names_are_made_unasked() -> None:
    model = resolved(str(EXAMPLE))
    named = {"ADLB": ["ADY"], "ADAE": ["ASTDY", "AENDY"], "EX": ["EXSEQ", "EXSTDY", "EXENDY"]}
    for dataset, variables in named.items():
        for variable in variables:
            assert (
                f"  {variable}:"
                not in (EXAMPLE / ("sdtm" if dataset == "EX" else "adam") / f"{dataset}.yaml").read_text()
            )
            assert [c.kind for c in cases(model.datasets[dataset].variables[variable])] == ["derive"]
