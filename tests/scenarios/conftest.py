"""``pytest tests/scenarios --scenarios FILE.csv``: any table with the columns of the response scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

PUBLISHED = Path(__file__).resolve().parents[2] / ".." / "shared" / "ct0596" / "response_scenarios.csv"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--scenarios", type=Path, default=None, help="a CSV with the columns of response_scenarios.csv")
