"""3+3 dose escalation: the rows of the scenarios and the borders of the rule."""

import pytest

from transforms.escalation import Cohort, decide, maximum_tolerated


@pytest.mark.parametrize(
    ("evaluable", "toxicities", "decision"),
    [
        pytest.param(3, 0, "ESCALATE", id="E14"),
        pytest.param(3, 1, "EXPAND TO 6", id="E15-three"),
        pytest.param(6, 1, "ESCALATE", id="E15-six"),
        pytest.param(3, 2, "STOP", id="two of three"),
        pytest.param(6, 2, "STOP", id="two of six"),
        pytest.param(2, 0, "CONTINUE", id="not yet three"),
        pytest.param(2, 2, "STOP", id="two toxicities stop at once"),
        pytest.param(4, 1, "EXPAND TO 6", id="between three and six"),
        pytest.param(12, 2, "ESCALATE", id="expansion, one in six"),
        pytest.param(11, 2, "STOP", id="expansion, more than one in six"),
    ],
)
def test_decision(evaluable: int, toxicities: int, decision: str) -> None:
    assert decide(Cohort("DL1", evaluable, toxicities)) == decision


def test_maximum_tolerated_dose_is_the_highest_full_cohort_with_at_most_one() -> None:
    cohorts = [Cohort("DL1", 6, 0), Cohort("DL2", 6, 1), Cohort("DL3", 6, 2)]
    assert maximum_tolerated(cohorts) == "DL2"
    assert maximum_tolerated([Cohort("DL1", 3, 0)]) is None
    assert maximum_tolerated([Cohort("DL1", 6, 0), Cohort("DL2", 12, 2)]) == "DL2"
