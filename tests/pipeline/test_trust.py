"""Python of packs runs only where it is ours or trusted, each under a name of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.trust import PackCodeError, UntrustedCode, load_pack_code, load_simulator
from transforms.registry import REGISTRY

TRANSFORM = """\
from transforms.columns import Column
from transforms.registry import register

@register("twice {column}")
def twice_for_trust_test(column: Column) -> Column:
    return column
"""


def test_a_pack_without_code_needs_no_trust(tmp_path: Path) -> None:
    assert load_pack_code(tmp_path, trusted=False) is False
    assert "study_day" in REGISTRY


def test_foreign_code_does_not_run_without_trust(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    (tmp_path / "transforms.py").write_text(f"open({str(mark)!r}, 'w')")
    with pytest.raises(UntrustedCode, match="--trust-code"):
        load_pack_code(tmp_path, trusted=False)
    assert not mark.exists()


def test_trusted_code_registers_its_transforms_once(tmp_path: Path) -> None:
    (tmp_path / "transforms.py").write_text(TRANSFORM)
    try:
        assert load_pack_code(tmp_path, trusted=True) is True
        assert load_pack_code(tmp_path, trusted=True) is True
        assert REGISTRY["twice_for_trust_test"].sentence == "twice {column}"
        assert REGISTRY["twice_for_trust_test"].function.__module__.startswith("_pack_")
    finally:
        REGISTRY.pop("twice_for_trust_test", None)


def test_code_that_fails_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "transforms.py").write_text("1 / 0")
    with pytest.raises(PackCodeError, match=r"transforms\.py cannot be loaded: ZeroDivisionError: division by zero"):
        load_pack_code(tmp_path, trusted=True)
    assert not [name for name in sys.modules if name.startswith(f"_pack_{tmp_path.name}")]


def test_a_transform_with_a_name_of_ours_is_refused(tmp_path: Path) -> None:
    load_pack_code(tmp_path, trusted=False)
    (tmp_path / "transforms.py").write_text(TRANSFORM.replace("twice_for_trust_test", "study_day"))
    with pytest.raises(PackCodeError, match="study_day is registered twice"):
        load_pack_code(tmp_path, trusted=True)


def test_a_simulator(tmp_path: Path) -> None:
    (tmp_path / "simulate.py").write_text("def simulate(subjects, seed, out):\n    return {'dm.csv': subjects}\n")
    with pytest.raises(UntrustedCode):
        load_simulator(tmp_path, trusted=False)
    assert load_simulator(tmp_path, trusted=True)(24, 1, tmp_path) == {"dm.csv": 24}


def test_a_pack_without_a_simulator(tmp_path: Path) -> None:
    with pytest.raises(PackCodeError, match=r"has no simulate\.py"):
        load_simulator(tmp_path, trusted=True)
    (tmp_path / "simulate.py").write_text("")
    with pytest.raises(PackCodeError, match="has no function simulate"):
        load_simulator(tmp_path, trusted=True)
