"""Runs that deliver nothing, through the command line: findings are kept, deliveries stay; characters end to end."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

from tests.small_pack import RAW, write_files, write_pack

ROOT = Path(__file__).parents[1]
KEPT = "findings-of-failed-run.csv"


def ran(folder: Path, *words: str, term: str = "Fever", date: str = "2025-03-11") -> subprocess.CompletedProcess[str]:
    """`convert.py run` of the small pack, with an event for each of the terms (between semicolons)."""
    events = "".join(f"01-001,{one},Pyrexia,{date}\n" for one in term.split(";"))
    extract = write_files(folder / "raw", {**RAW, "ae.csv": f"SUBJ,TERM,PT,STDAT\n{events}", "ref.csv": "A\n1\n"})
    line = [sys.executable, str(ROOT / "convert.py"), "run", str(write_pack(folder)), "--extract", str(extract)]
    environment = {k: v for k, v in os.environ.items() if k != "CUTLINE_DEBUG"}
    given = [*line, "--out", str(folder / "out"), *words]
    return subprocess.run(given, capture_output=True, text=True, env=environment, cwd="/")


def findings(path: Path) -> list[tuple[str, str, str, str]]:
    """Rule, file, value and rows."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(r["rule"], r["file"], r["value"], r["rows"]) for r in csv.DictReader(file)]


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_value_that_no_file_can_hold_leaves_its_findings_beside_the_old_delivery(tmp_path: Path) -> None:
    assert ran(tmp_path).returncode == 0
    place = tmp_path / "out" / "S-1" / "uncut"
    delivery, before = (place / "current").resolve(), files((place / "current").resolve())
    done = ran(tmp_path, term="x" * 201)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, f"all findings of this run: {place / KEPT}")
    assert findings(place / KEPT)[0] == ("LENGTH_OVER_200", "ae.csv", "x" * 201, "2")
    assert ("COLUMN_UNUSED", "ref.csv", "", "") in findings(place / KEPT)
    assert (place / "current").resolve() == delivery
    assert files(delivery) == before
    assert sorted(p.name for p in place.iterdir()) == sorted([delivery.name, "current", KEPT])


def test_the_next_run_that_delivers_removes_them_also_if_it_is_up_to_date(tmp_path: Path) -> None:
    place = tmp_path / "out" / "S-1" / "uncut"
    assert ran(tmp_path, term="x" * 201).returncode == 1
    assert [p.name for p in place.iterdir()] == [KEPT]
    assert ran(tmp_path).returncode == 0
    assert not (place / KEPT).exists()
    assert ran(tmp_path, term="x" * 201).returncode == 1
    done = ran(tmp_path)
    assert "up to date" in done.stdout
    assert not (place / KEPT).exists()
    manifest = json.loads((place / "current" / "manifest.json").read_text())
    assert KEPT not in manifest["outputs"]


def test_a_release_that_errors_stop_leaves_its_findings(tmp_path: Path) -> None:
    place = tmp_path / "out" / "S-1" / "uncut"
    done = ran(tmp_path, "--profile", "release", date="31 FEB")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == f"all findings of this run: {place / KEPT}"
    assert findings(place / KEPT)[0] == ("DATE_UNREADABLE", "ae.csv", "31 FEB", "2")
    assert [p.name for p in place.iterdir()] == [KEPT]


def test_what_a_failed_run_left_is_no_delivery(tmp_path: Path) -> None:
    ran(tmp_path, term="x" * 201)
    place = tmp_path / "out" / "S-1" / "uncut"
    for words in (["verify", str(place)], ["package", str(place), "--agency", "fda"]):
        line = [sys.executable, str(ROOT / "convert.py"), *words]
        done = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 2, words
        assert "Traceback" not in done.stderr


CLEANED = {
    "a\x0bb": "a b",  # vertical tab
    "\xa0c\xa0d ": "c d",  # non-breaking space
    "e\u200bf\ufeff": "ef",  # zero width
    "g\x85h": "g h",  # next line
    "M\xfcdigkeit \u2265 2 \xb5g": "Mudigkeit >= 2 ug",
}
REFUSED = {
    "a\x07b": "a<U+0007>b",  # bell
    "a\x1b[31mb": "a<U+001B>[31mb",  # escape, which a terminal obeys
    "a\x7fb": "a<U+007F>b",
    "a\ufffdb": "a\ufffdb",  # what a wrong encoding leaves behind
    "\u53d1\u70ed": "\u53d1\u70ed",
}
"""Each with what findings show of it, in the order of the findings."""


def test_characters_that_have_a_form_in_ascii_are_cleaned(tmp_path: Path) -> None:
    assert ran(tmp_path, term=";".join(CLEANED)).returncode == 0
    events = pd.read_parquet(tmp_path / "out" / "S-1" / "uncut" / "current" / "data" / "ae.parquet")
    assert sorted(events["AETERM"]) == sorted(CLEANED.values())


def test_other_characters_stop_the_run_with_their_rows(tmp_path: Path) -> None:
    done = ran(tmp_path, term=";".join(REFUSED))
    assert done.returncode == 1
    assert (
        "dataset AE, variable AETERM, record 1: the value 'a\\x07b' holds the control character U+0007" in done.stderr
    )
    assert [f"NOT_ASCII AE.AETERM, ae.csv TERM row {n}" in done.stderr for n in range(2, 7)] == [True] * 5
    kept = findings(tmp_path / "out" / "S-1" / "uncut" / KEPT)
    found = {(value, rows) for rule, _, value, rows in kept if rule == "NOT_ASCII"}
    assert found == {(shown, str(row)) for row, shown in enumerate(REFUSED.values(), 2)}
    assert not {"\x07", "\x1b", "\x7f"} & set(done.stderr + done.stdout)


def test_a_nul_byte_is_told_with_its_line_and_the_remedy(tmp_path: Path) -> None:
    done = ran(tmp_path, term="a\0b")
    assert done.returncode == 1
    told = "ae.csv: line 2 holds a NUL byte (byte 27), which no text file does; declare encoding: utf-16 if it is that"
    assert told in done.stderr


def test_a_control_character_in_a_date_is_shown_by_its_code(tmp_path: Path) -> None:
    done = ran(tmp_path, date="2025-03-11\x07")
    assert done.returncode == 0
    assert "2025-03-11<U+0007> is not a date in the declared format" in done.stdout
    assert "\x07" not in done.stdout
