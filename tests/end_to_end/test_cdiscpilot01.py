"""A study that nobody here wrote: the CDISC pilot's raw forms become DM and AE as they were published.

The published datasets were not made from these forms; every difference is covered by a rule that is checked here.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.run import RunOptions, RunResult, run
from tests.end_to_end.compare import Column, Explanation, Rule, compare, read_delivered, read_published, report

DATA = Path(__file__).parents[2] / ".." / "shared" / "data" / "cdiscpilot01"
DATASETS = ("dm", "ae", "suppdm", "suppae")
FLAGS = ("ITT", "SAFETY")
FLAGS_NOT_IN_THE_FORMS = {
    "EFFICACY": "rests on questionnaires, which are not delivered",
    "COMPLT8": "rests on visits, which are not delivered",
    "COMPLT16": "rests on visits, which are not delivered",
    "COMPLT24": "rests on visits, which are not delivered",
}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public pilot data are not here (shared/data)")
Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    options = RunOptions("cdiscpilot01", DATA / "raw", out=tmp_path_factory.mktemp("pilot"), profile="release")
    return run(options)


@pytest.fixture(scope="module")
def ours(result: RunResult) -> Frames:
    assert result.delivery is not None
    return _aligned({n: read_delivered(next(result.delivery.rglob(f"{n}.xpt"))) for n in DATASETS})


@pytest.fixture(scope="module")
def published() -> Frames:
    return _aligned({n: read_published(DATA / "expected" / f"{n}.csv") for n in DATASETS})


def _aligned(frames: Frames) -> Frames:
    """Records in comparable order: SUPPAE in that of its parents; beside them, as ``_NAME``, what the rules read."""
    dm, ae, suppdm, suppae = (frames[n] for n in DATASETS)
    ae = ae.assign(_RFSTDTC=ae["USUBJID"].map(dm.set_index("USUBJID")["RFSTDTC"]))
    suppdm = suppdm[suppdm["QNAM"].isin(FLAGS)].sort_values(["USUBJID", "QNAM"])
    events = list(zip(ae["USUBJID"], ae["AESEQ"], strict=True))
    suppae = suppae.set_index(["USUBJID", "IDVARVAL"], drop=False).loc[events].reset_index(drop=True)
    suppae = suppae.assign(_AESTDTC=ae["AESTDTC"], _AEDTC=ae["AEDTC"])
    return {"dm": dm, "ae": ae, "suppdm": suppdm, "suppae": suppae}


# -------------------------------------------------------------------------------- the rules: (ours, published) -> rows


def everywhere(ours: pd.DataFrame, published: pd.DataFrame) -> pd.Series[bool]:
    return pd.Series(True, index=published.index)


def published_empty(column: str) -> Rule:
    return lambda ours, published: published[column] == ""


def month_only(start: str) -> Rule:
    """The published start is known to the month; the form, which holds days or years, has none."""
    return lambda ours, published: published[start].str.fullmatch(r"\d{4}-\d{2}") & (ours[start] == "")


def same_numbers_of_a_day(number: str, day: str) -> Rule:
    """The events that a subject reported on one day have the same numbers together, in another order."""

    def numbers(frame: pd.DataFrame) -> pd.Series[str]:
        return frame[number].groupby([frame["USUBJID"], frame[day]]).transform(lambda n: ",".join(sorted(n)))

    return lambda ours, published: numbers(ours) == numbers(published)


def published_day_contradicts_its_dates(ours: pd.DataFrame, published: pd.DataFrame) -> pd.Series[bool]:
    start, reference = (
        pd.to_datetime(published[c], format="%Y-%m-%d", errors="coerce") for c in ("AESTDTC", "_RFSTDTC")
    )
    days = (start - reference).dt.days
    return days.notna() & (days + (days >= 0) != pd.to_numeric(published["AESTDY"]))


def last_contact_is_in_other_forms(ours: pd.DataFrame, published: pd.DataFrame) -> pd.Series[bool]:
    return published["RFPENDTC"] > ours["RFPENDTC"]


def same_but_for_case(column: str) -> Rule:
    return lambda ours, published: ours[column].str.upper() == published[column]


NO_ID = "the events of one subject and day are numbered in the order of AESPID"
NO_CODES = "the published data leave the MedDRA codes empty; the form holds them"
MIXED_CASE = "origins are in mixed case since Define-XML 2.1"
NO_MONTH = "starts known to the month only are empty in the form"
EXPLANATIONS = {
    "dm": [
        Explanation("BRTHDTC", "not in the forms", "birth dates are not delivered, only ages", everywhere),
        Explanation(
            "RFPENDTC",
            "not in the forms",
            "the last contact is often a laboratory sample or a visit, and those are not delivered",
            last_contact_is_in_other_forms,
        ),
        Explanation(
            "RFICDTC",
            "not as published",
            "the published data leave the consent empty; the form holds it",
            published_empty("RFICDTC"),
        ),
    ],
    "ae": [
        Explanation("AESPID", "not in the forms", "the sponsor's identifier of an event is not delivered", everywhere),
        Explanation("AESEQ", "not in the forms", NO_ID, same_numbers_of_a_day("AESEQ", "AEDTC")),
        Explanation("AELLTCD", "not as published", NO_CODES, published_empty("AELLTCD")),
        Explanation("AESOCCD", "not as published", NO_CODES, published_empty("AESOCCD")),
        Explanation("AESTDTC", "rule", NO_MONTH, month_only("AESTDTC")),
        Explanation(
            "AESTDY",
            "rule",
            "the published day contradicts the published dates (AESTDTC, RFSTDTC)",
            published_day_contradicts_its_dates,
        ),
    ],
    "suppdm": [Explanation("QORIG", "not as published", MIXED_CASE, same_but_for_case("QORIG"))],
    "suppae": [
        Explanation("IDVARVAL", "not in the forms", NO_ID, same_numbers_of_a_day("IDVARVAL", "_AEDTC")),
        Explanation("QVAL", "rule", NO_MONTH, month_only("_AESTDTC")),
        Explanation("QORIG", "not as published", MIXED_CASE, same_but_for_case("QORIG")),
    ],
}


@pytest.fixture(scope="module")
def columns(ours: Frames, published: Frames) -> list[Column]:
    return [c for n in DATASETS for c in compare(n.upper(), ours[n], published[n], EXPLANATIONS[n])]


# ---------------------------------------------------------------------------------------------------------- the tests


def test_every_cell_is_equal_or_explained(columns: list[Column], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\n" + report(columns))
        for flag, reason in FLAGS_NOT_IN_THE_FORMS.items():
            print(f"SUPPDM {flag}: not in the forms: {reason}")
    assert {f"{c.dataset}.{c.name}": c.examples for c in columns if c.unexplained} == {}


def test_every_explanation_explains_something(columns: list[Column]) -> None:
    assert [text for c in columns for text in c.idle] == []


def test_columns_that_the_forms_carry_agree_in_995_of_1000_cells(columns: list[Column]) -> None:
    for dataset in ("DM", "AE"):
        carried = [c for c in columns if c.dataset == dataset and not c.whole]
        assert len(carried) >= 25
        assert sum(c.equal for c in carried) >= 0.995 * sum(c.cells for c in carried)
    for column in columns:
        if not column.whole:
            assert column.explained <= 20, f"{column.dataset}.{column.name}: a rule that covers more names the column"


def test_subjects_and_events_are_in_the_published_order(ours: Frames, published: Frames) -> None:
    assert list(ours["dm"]["USUBJID"]) == list(published["dm"]["USUBJID"])
    assert list(ours["ae"]["USUBJID"]) == list(published["ae"]["USUBJID"])
    assert list(ours["ae"]["AETERM"]) == list(published["ae"]["AETERM"])


def test_no_published_flag_is_passed_over() -> None:
    flags = set(read_published(DATA / "expected" / "suppdm.csv")["QNAM"])
    assert flags == {*FLAGS, *FLAGS_NOT_IN_THE_FORMS}


def test_all_rows_and_columns_of_the_forms_are_accounted_for(result: RunResult) -> None:
    assert [(s["name"], s["rows"], s["used"]) for s in result.sources] == [
        ("dm", 306, 306),
        ("ae", 1191, 1191),
        ("ec", 591, 591),
        ("ds", 850, 850),
    ]


def test_all_that_remains_to_be_said_is_true_and_accepted(result: RunResult) -> None:
    """Events with a criterion that are not serious; entries that only the identifier, not on the form, tells apart."""
    said = result.findings
    assert all(f.accepted for f in said)
    flags = "AESER N, AESDTH {}, AESHOSP {}, AESLIFE {}, AESDISAB {}, AESCONG N"
    assert [(f.value, f.count, f.rows[0]) for f in said if f.rule == "CHECK_FAILED"] == [
        (flags.format("N", "N", "N", "Y"), 1, 651),
        (flags.format("N", "Y", "N", "N"), 26, 109),
        (flags.format("N", "Y", "Y", "N"), 3, 786),
        (flags.format("Y", "N", "N", "N"), 1, 410),
        (flags.format("Y", "N", "Y", "N"), 1, 122),
        (flags.format("Y", "Y", "Y", "N"), 1, 748),
    ]
    assert [(f.rule, f.rows) for f in said if f.rule != "CHECK_FAILED"] == [
        ("KEY_DUPLICATE", (6, 7)),
        ("KEY_DUPLICATE", (414, 415)),
        ("KEY_DUPLICATE", (560, 561)),
    ]


def test_exposure_and_disposition_come_along(result: RunResult) -> None:
    assert {d["name"]: d["records"] for d in result.datasets} == {
        "AE": 1191,
        "DM": 306,
        "DS": 850,
        "EX": 591,
        "SUPPAE": 1191,
        "SUPPDM": 508,
    }


def test_no_program_knows_the_study() -> None:
    root = Path(__file__).parents[2]
    programs = [p for n in ("transforms", "specs", "pipeline", "define", "delivery") for p in (root / n).rglob("*.py")]
    named = [p.name for p in [*programs, root / "convert.py"] if "pilot" in p.read_text(encoding="utf-8").lower()]
    assert named == []
    assert list((root / "mappings" / "cdiscpilot01").rglob("*.py")) == []
