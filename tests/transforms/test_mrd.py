"""Minimal residual disease at a threshold (design basis 4.3, R-14; scenarios group F)."""

from typing import Any

import pytest

from tests.transforms.related import related, shown, traced
from transforms.mrd import mrd_status
from transforms.per_subject import first_occurrence, sustained_status
from transforms.registry import Made

D28, M3, M6, M12 = "2025-04-07", "2025-06-08", "2025-09-06", "2026-03-05"
NGS = {"method": "NGS"}


def _samples(*samples: dict[str, Any], threshold: float = 1e-5, **bounds: Any) -> Made:
    """The status of one subject, infused on 2025-03-10; a sample has date, result, sens, residual, method."""
    subject = [0] * len(samples)

    def column(name: str) -> Any:
        return related(f"RS.{name}", [s.get(name) for s in samples], subject)

    limits: dict[str, Any] = {name: related(f"ADSL.{name}", [value]) for name, value in bounds.items()}
    return mrd_status(
        date=column("date"),
        result=column("result"),
        sensitivity=column("sens"),
        residual=column("residual"),
        method=column("method"),
        start=related("ADSL.TRTSDT", ["2025-03-10"]),
        threshold=threshold,
        methods=["NGS", "NGF"],
        **limits,
    )


def _statuses(*samples: dict[str, Any], threshold: float = 1e-5, **bounds: Any) -> list[Any]:
    return [row[2] for row in shown(_samples(*samples, threshold=threshold, **bounds), "ADT", "AVALC")]


def _negative(made: Made, cbor: str | None = None) -> tuple[object, ...]:
    """MRDNEG, or with a best response MRDVGPR: AVALC, ADT and the mark of the denominator."""
    rows = range(len(made.subject))
    date, value = (
        related(f"ADRS.MRD5.{v}", [r[1] for r in shown(made, v)], [0 for _ in rows]) for v in ("ADT", "AVALC")
    )
    deep = related("ADRS.CBOR.AVALC", [c for c in [cbor] if c in ("sCR", "CR", "VGPR")])
    everybody = related("ADSL.USUBJID", ["S1"])
    made = first_occurrence(date, everybody, value, ["NEGATIVE"], among=None if cbor is None else deep)
    return shown(made, "AVALC", "ADT", "ANL01FL")[0][1:]


def _sample(date: str, result: str, **more: object) -> dict[str, Any]:
    return {"date": date, "result": result, "method": "NGS", **more}


GROUP_F: dict[str, Any] = {
    "F01": ([_sample(D28, "NEGATIVE", sens=1e-5)], {}, "VGPR", ("Y", D28), ("Y", "Y")),
    "F02": ([_sample(D28, "NEGATIVE", sens=1e-5)], {}, "PR", ("Y", D28), ("N", None)),
    "F03": ([_sample(D28, "POSITIVE", residual=1.2e-4)], {}, "CR", ("N", None), ("N", "Y")),
    "F05": ([], {}, "sCR", ("N", None), ("N", "Y")),
    "F06": ([_sample(D28, "NEGATIVE", sens=1e-5)], {}, "CR", ("Y", D28), ("Y", "Y")),
    "F07": (
        [_sample(D28, "POSITIVE"), _sample(M3, "NEGATIVE", sens=1e-6)], {}, "CR", ("Y", M3), ("Y", "Y"),
    ),
    "F09": ([_sample(M6, "NEGATIVE", sens=1e-5)], {"progression": M3}, "VGPR", ("N", None), ("N", "Y")),
    "F10": (
        [_sample(D28, "NEGATIVE", sens=1e-5, method="MFC"), _sample(D28, "POSITIVE", residual=3e-5)],
        {}, "CR", ("N", None), ("N", "Y"),
    ),
    "F11": ([_sample(D28, "POSITIVE", residual=2e-6, sens=6.8e-7)], {}, "CR", ("Y", D28), ("Y", "Y")),
    "F13": (
        [_sample(D28, "NEGATIVE", sens=1e-5), _sample(M6, "POSITIVE"), _sample(M12, "NEGATIVE", sens=1e-5)],
        {}, "CR", ("Y", D28), ("Y", "Y"),
    ),
    "F14": ([_sample("2025-03-10", "NEGATIVE", sens=1e-5)], {}, "CR", ("N", None), ("N", "Y")),
}  # fmt: skip


@pytest.mark.parametrize("scenario", GROUP_F)
def test_group_f(scenario: str) -> None:
    samples, bounds, cbor, mrdneg, mrdvgpr = GROUP_F[scenario]
    made = _samples(*samples, **bounds)
    assert _negative(made)[:2] == mrdneg
    status, _, denominator = _negative(made, cbor)
    assert (status, denominator) == mrdvgpr


def test_f10_sequencing_goes_before_flow() -> None:
    samples = GROUP_F["F10"][0]
    assert _statuses(*samples) == ["POSITIVE"]
    assert traced(_samples(*samples).edges, "deciding") == {(0, "RS", 1)}


def test_f11_the_same_sample_at_two_thresholds() -> None:
    sample = GROUP_F["F11"][0][0]
    assert _statuses(sample) == ["NEGATIVE"]
    assert _statuses(sample, threshold=1e-6) == ["POSITIVE"]


def test_f13_negativity_broken_by_a_positive_sample_is_not_sustained() -> None:
    made = _samples(*GROUP_F["F13"][0])
    assert shown(made, "ADT", "AVALC") == [(0, D28, "NEGATIVE"), (0, M6, "POSITIVE"), (0, M12, "NEGATIVE")]
    date, value = (related(f"ADRS.MRD5.{v}", [r[1] for r in shown(made, v)], [0] * 3) for v in ("ADT", "AVALC"))
    found = sustained_status(date, value, related("ADSL.USUBJID", ["S1"]), "NEGATIVE", "POSITIVE", at_least_days=200)
    assert shown(found, "AVALC") == [(0, "N")]


@pytest.mark.parametrize(
    ("result", "sens", "residual", "status"),
    [
        ("NEGATIVE", "1e-5", None, "NEGATIVE"),
        ("NEGATIVE", "0.00001", None, "NEGATIVE"),
        ("NEGATIVE", "1.1e-5", None, "NE"),
        ("NEGATIVE", None, None, "NE"),
        ("POSITIVE", "2e-5", None, "NE"),
        ("POSITIVE", "1e-6", "1e-5", "POSITIVE"),
        ("POSITIVE", "1e-6", "9.9e-6", "NEGATIVE"),
        ("POSITIVE", "2e-5", "9e-6", "NE"),
        ("POSITIVE", None, "9e-6", "NE"),
        ("POSITIVE", None, None, "POSITIVE"),
        ("NEGATIVE", "1e-6", "2e-5", "POSITIVE"),
        ("INDETERMINATE", "1e-6", "2e-6", "NE"),
        ("QNS", None, None, "NE"),
        (None, "1e-6", None, "NE"),
        (None, "1e-6", "2e-6", "NEGATIVE"),
        (None, "1e-6", "2e-4", "POSITIVE"),
    ],
)  # fmt: skip
def test_the_status_of_one_sample(result: str | None, sens: str | None, residual: str | None, status: str) -> None:
    assert _statuses({"date": D28, "result": result, "sens": sens, "residual": residual, **NGS}) == [status]


def test_samples_count_up_to_the_limit_the_progression_and_the_cut() -> None:
    samples = [_sample(d, "NEGATIVE", sens=1e-5) for d in (D28, M3, M6)]
    assert len(_statuses(*samples, limit=M3)) == 2
    assert len(_statuses(*samples, limit="2025-06-07", cut=M6, progression=None)) == 1
    assert len(_statuses(*samples, cut=M3)) == 2


def test_of_one_date_a_result_goes_before_none_and_positive_before_negative() -> None:
    assert _statuses(_sample(D28, "QNS"), _sample(D28, "NEGATIVE", sens=1e-5, method="MFC")) == ["NEGATIVE"]
    assert _statuses(_sample(D28, "NEGATIVE", sens=1e-5), _sample(D28, "POSITIVE")) == ["POSITIVE"]
    ngf = _sample(D28, "NEGATIVE", sens=1e-5, method="NGF")
    assert _statuses(_sample(D28, "POSITIVE", method="MFC"), ngf) == ["NEGATIVE"]


def test_only_the_population_gets_records() -> None:
    date = related("RS.RSDTC", [D28])
    word, sens = related("RS.RSSTRESC", ["NEGATIVE"]), related("RS.MRDSENS", ["1e-6"])
    method, start = related("RS.MRDMETH", ["NGS"]), related("ADSL.TRTSDT", ["2025-03-10"])
    nobody = related("ADSL.USUBJID", [])
    assert not len(mrd_status(date, word, sens, method, start, 1e-5, ["NGS"], population=nobody).subject)
