"""What is wrong in ``checks:``: everything is told at once, at its place, with the nearest right name."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.check_rules import active_checks
from specs.problems import SpecErrors
from specs.resolve import resolve
from tests.pipeline.tiny import Tiny

AE = "rows: {events: {from: dm}}\nvariables: {AETERM: {copy: TERM}, AEDECOD: {copy: TERM}, AESER: {code: SER}}\n"


def pack(folder: Path, check: str) -> str:
    return str(Tiny(folder, f"checks:\n  mine: {check}", {"labs": "{file: labs.csv}"}, {"AE": AE}).write()[0])


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ("{rows: AE}", "study.yaml:6:3 checks.mine: say what is wrong in a record (`forbid: CONDITION`), or what"),
        ("{rows: AE, forbid: AESER = 'Y', against: dm, match: {AETERM: TERM}}", "`against:`; not both"),
        ("{rows: AE, forbid: AESER = 'Y', match: {AETERM: TERM}}", "study.yaml:6:41 checks.mine: `match:` goes with"),
        ("{rows: AE, against: dm}", "key 'match' is missing"),
        ("{rows: AE, forbid: AESRE = 'Y'}", "AE has no variable AESRE; did you mean 'AESER'?"),
        ("{rows: AE, forbid: AESER = 'Y' and DM.SXE = 'F'}", "DM has no variable SXE; did you mean 'SEX'?"),
        ("{rows: Event, forbid: --SER = 'Y'}", "no source or dataset 'Event'; did you mean 'Events'?"),
        ("{rows: all, forbid: --SER == 'Y'}", "did you mean '='?"),
        ("{rows: labs, forbid: TERM = 'x'}", "labs is about no subject"),
        ("{rows: AE, forbid: AESER = 'Y', may_lack: [AESDTH]}", "AE has none of AESDTH"),
        ("{rows: dm, forbid: TERM = 'Y', may_lack: [TERM]}", "dm is a source; what its file may lack is said there"),
        ("{rows: AE, against: dm, match: {AETERM: TERM}, may_lack: [AESER]}", "`may_lack:` goes with `forbid:`"),
        ("{rows: AE, forbid: AESER = 'Y', severity: fatal}", "'severity' must be one of 'error', 'warning', 'note'"),
        ("{rows: AE, forbid: AESER = 'Y', omit: ''}", "`omit:` needs the reason"),
    ],
)
def test_what_a_check_says_must_fit(tmp_path: Path, check: str, problem: str) -> None:
    with pytest.raises(SpecErrors) as caught:
        resolve(pack(tmp_path, check))
    assert problem in str(caught.value)


def test_a_check_of_a_class_is_one_of_each_dataset_that_has_its_variables(tmp_path: Path) -> None:
    model = resolve(pack(tmp_path, "{rows: all, forbid: --TERM is missing and DOMAIN = 'AE'}"))
    assert [(c.rows, c.forbid) for name, c in active_checks(model) if name == "mine"] == [
        ("AE", "AETERM is missing and DOMAIN = 'AE'")
    ]
