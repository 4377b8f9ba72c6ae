"""Agreement of two assessments per subject (M10)."""

from tests.transforms.related import related, shown, traced
from transforms.concordance import concordance

EVERYONE = related("ADSL.USUBJID", ["A", "B", "C", "D"])


def test_equal_values_agree() -> None:
    investigator = related("ADRS.CBOR.AVALC", ["PR", "CR", "SD"], [0, 1, 2])
    computed = related("ADRS.CBORD.AVALC", ["VGPR", "SD", "PR"], [1, 2, 0])
    made = concordance(investigator, computed, EVERYONE)
    assert shown(made, "AVALC", "FIRSTVAL", "SECNDVAL") == [
        (0, "AGREE", "PR", "PR"),
        (1, "DISAGREE", "CR", "VGPR"),
        (2, "AGREE", "SD", "SD"),
    ]
    assert traced(made.edges, "deciding") == {
        (0, "ADRS.CBOR", 0), (1, "ADRS.CBOR", 1), (2, "ADRS.CBOR", 2),
        (0, "ADRS.CBORD", 2), (1, "ADRS.CBORD", 0), (2, "ADRS.CBORD", 1),
    }  # fmt: skip


def test_of_several_records_the_first_counts_and_is_told() -> None:
    twice = related("ADRS.CBOR.AVALC", ["PR", "CR"], [0, 0])
    made = concordance(twice, related("ADRS.CBORD.AVALC", ["PR"], [0]), EVERYONE)
    assert shown(made, "AVALC") == [(0, "AGREE")]
    assert [p.rule for p in made.problems] == ["RELATED_SEVERAL"]
