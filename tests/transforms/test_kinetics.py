"""Kinetics: scenarios K01 to K13 as literal profiles."""

import numpy as np
import pandas as pd

from tests.transforms.related import related, traced
from transforms.columns import Column, plain, text
from transforms.kinetics import (
    below_quantitation,
    elapsed_time,
    kinetic_parameters,
    quantifiable_at,
    value_below_quantitation,
)
from transforms.registry import Made, Records

Profile = list[tuple[float, float | None]]
BASE: Profile = [(0, None), (1, 120), (4, 900), (7, 15000), (10, 48000), (14, 30000), (21, 9000), (28, 2500), (60, 600),
        (90, None), (180, None)]  # fmt: skip
"""Days from infusion and copies per ug; None: below quantitation (K-base)."""


def numbers(*values: float | None) -> Column:
    return pd.Series([np.nan if v is None else v for v in values], dtype=np.float64)


def records(*subjects: int) -> Records:
    return Records(np.array(subjects, dtype=np.int64), np.arange(len(subjects), dtype=np.int64))


def changed(profile: Profile, *points: tuple[float, float | None]) -> Profile:
    return sorted((dict(profile) | dict(points)).items())


def parameters(*profiles: Profile) -> Made:
    """Each profile is one of subject 0, 1, ...; values below quantitation stand for themselves as in an ADPC."""
    subject = [i for i, p in enumerate(profiles) for _ in p]
    time = [t for p in profiles for t, _ in p]
    low = ["Y" if v is None else None for p in profiles for _, v in p]
    given = numbers(*(v for p in profiles for _, v in p))
    by = text(["QPCR"] * len(time))
    value = value_below_quantitation(
        given, text(low), numbers(*[50] * len(time)), numbers(*time), [by], records(*subject)
    )
    return kinetic_parameters(
        related("ADPC.AVAL", plain(value.values), subject),
        related("ADPC.AFRLT", time, subject),
        related("ADPC.AVALLOQ", low, subject),
        related("ADPC.PCGRPID", ["QPCR"] * len(time), subject),
        until=28,
        earliest_end=25,
        sequence=related("ADPC.PCSEQ", [float(i + 1) for p in profiles for i in range(len(p))], subject),
    )


def values(made: Made, subject: int = 0) -> dict[str, float | None]:
    rows = zip(made.subject, plain(made.columns["STATISTIC"]), plain(made.columns["AVAL"]), strict=True)
    return {name: value for who, name, value in rows if who == subject}


def of(made: Made, variable: str, statistic: str = "AUCINT") -> object:
    return plain(made.columns[variable])[plain(made.columns["STATISTIC"]).index(statistic)]


def test_k01_the_base_profile() -> None:
    made = parameters(BASE)
    assert values(made) == {"CMAX": 48000, "TMAX": 10, "CLST": 600, "TLST": 60, "AUCLST": 502290, "AUCINT": 452690}
    assert of(made, "SRCSEQ", "TMAX") == 5
    assert (of(made, "AREAEND"), of(made, "EARLYFL"), of(made, "REASON")) == (28, None, None)


def test_k02_the_value_at_day_28_is_interpolated() -> None:
    profile = [p for p in changed(BASE, (30, 1800)) if p[0] != 28]
    assert values(parameters(profile))["AUCINT"] == 455840


def test_k03_no_sample_by_day_28_and_none_later() -> None:
    made = parameters([p for p in BASE if p[0] <= 10])
    assert values(made) == {"CMAX": 48000, "TMAX": 10, "CLST": 48000, "TLST": 10, "AUCLST": 119940, "AUCINT": None}
    assert of(made, "REASON") == "LAST SAMPLE BEFORE THE END OF THE INTERVAL, NONE LATER"


def test_a_last_sample_in_the_window_of_day_28_ends_the_area() -> None:
    profile = [*(p for p in BASE if p[0] <= 21), (26.0, 4000.0)]
    made = parameters(profile)
    assert values(made)["AUCINT"] == 444940
    assert (of(made, "AREAEND"), of(made, "EARLYFL")) == (26, "Y")
    assert values(parameters([*profile, (60, 600)]))["AUCINT"] == 452740


def test_k05_of_equal_maxima_the_first() -> None:
    assert values(parameters(changed(BASE, (14, 48000))))["TMAX"] == 10


def test_k06_a_quantifiable_predose_value_is_kept_and_told() -> None:
    made = value_below_quantitation(
        numbers(80, 120), text([None, None]), numbers(50, 50), numbers(0, 1), [text(["Q", "Q"])], records(0, 0),
        planned=text(["PRE-DOSE", "Day 1"]),
    )  # fmt: skip
    assert plain(made.values) == [80, 120]
    assert [(p.rule, p.rows.tolist(), plain(p.values)) for p in made.problems if p.values is not None] == [
        ("QUANTIFIABLE_PREDOSE", [0], ["80"])
    ]
    assert values(parameters(changed(BASE, (0, 80))))["AUCINT"] == 452730


def test_k07_an_embedded_value_below_quantitation_is_half_the_limit() -> None:
    profile = changed(BASE, (14, None))
    assert values(parameters(profile))["AUCINT"] == 287827.5


def test_trailing_values_below_quantitation_end_the_area() -> None:
    made = parameters([*(p for p in BASE if p[0] <= 21), (28, None), (60, None)])
    assert values(made)["AUCINT"] == 412440
    assert of(made, "AREAEND") == 21


def test_k11_the_actual_time_counts() -> None:
    assert values(parameters([(9.8 if t == 10 else t, v) for t, v in BASE]))["TMAX"] == 9.8


def test_replicates_are_averaged_and_a_missing_start_is_zero() -> None:
    made = parameters([(1, 100), (1, 200), (3, 100)])
    assert values(made) == {"CMAX": 150, "TMAX": 1, "CLST": 100, "TLST": 3, "AUCLST": 325, "AUCINT": None}


def test_never_quantifiable_and_never_sampled() -> None:
    made = parameters([(0, None), (7, None), (30, None)], [(0, None)])
    assert values(made, 0) == {"CMAX": 0, "TMAX": None, "CLST": None, "TLST": None, "AUCLST": None, "AUCINT": 0}
    assert set(values(made, 1).values()) == {None}
    assert plain(made.columns["REASON"])[:3] == [None, "NO QUANTIFIABLE SAMPLE", "NO QUANTIFIABLE SAMPLE"]
    assert set(plain(made.columns["REASON"])[6:]) == {"NO POST-DOSE SAMPLE"}


def test_what_a_parameter_was_made_from() -> None:
    made = parameters([(0, None), (7, 100), (30, 50)])
    assert traced(made.edges, "deciding") == {(0, "ADPC", 1), (1, "ADPC", 1), (2, "ADPC", 2), (3, "ADPC", 2)}
    assert {row for row, _, _ in traced(made.edges, "member")} == {4, 5}


def test_no_samples_at_all() -> None:
    assert len(parameters([]).subject) == 0


def test_k10_k11_elapsed_time() -> None:
    date = text(["2025-03-20T05:42", "2025-03-10", "2025-03-11", "2025-03-10T09:00", "2025-03", None])
    made = plain(elapsed_time(date, text(["2025-03-10T10:30"] * 6)))
    assert made == [9.8, 0, 1, -0.0625, None, None]


def test_k13_below_quantitation_whatever_the_words() -> None:
    made = below_quantitation(text(["<50", "30", "50", "NOT DETECTED", None]), numbers(*[50] * 5), ["NOT DETECTED"])
    assert plain(made) == ["Y", "Y", None, "Y", None]


def test_values_that_stand_for_those_below_quantitation() -> None:
    low = text(["Y", None, "Y", None, "Y", "Y"])
    by = text(["Q"] * 5 + ["D"])
    made = value_below_quantitation(
        numbers(None, 120, None, 90, None, None), low, numbers(*[50] * 6), numbers(0, 1, 4, 7, 10, 3), by=[by],
        records=records(0, 0, 0, 0, 0, 0),
    )  # fmt: skip
    assert plain(made.values) == [0, 120, 25, 90, None, 0]


def test_persistence_at_a_nominal_time() -> None:
    day = related("ADPC.NFRLT", [90.0, 90.0, 90.0, 180.0], [0, 0, 1, 1])
    low = related("ADPC.AVALLOQ", ["Y", None, "Y", None], [0, 0, 1, 1])
    group = related("ADPC.PCGRPID", ["Q", "Q", "Q", "Q"], [0, 0, 1, 1])
    made = quantifiable_at(day, low, group, 90)
    assert list(zip(made.subject.tolist(), plain(made.columns["AVALC"]), strict=True)) == [(0, "Y"), (1, "N")]
