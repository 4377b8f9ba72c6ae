"""The command line: words, exit codes, and no traceback for anything a user can do wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import convert
import pipeline.run
from pipeline.findings import Finding

ROOT = Path(__file__).parents[1]
STUDY = """\
study: S-1
extends: [sdtmig-3.4]
sources:
  dm: {file: dm.csv, subject: SUBJECT}
  ae: {file: ae.csv, subject: SUBJECT}
subjects: {register: dm}
"""
AE = """\
rows:
  events: {from: ae}
variables:
  AETERM:  {copy: TERM}
  AEDECOD: {copy: PT}
  EPOCH:   {omit: no elements}
  AESTDY:  {omit: no reference date}
  AEENDY:  {omit: no reference date}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "sdtm").mkdir(parents=True)
    (folder / "study.yaml").write_text(STUDY)
    (folder / "sdtm" / "AE.yaml").write_text(AE)
    return folder


def command(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The program as a user starts it, from another folder than its own."""
    environment = {k: v for k, v in os.environ.items() if k != "CUTLINE_DEBUG"} | (env or {})
    return subprocess.run(
        [sys.executable, str(ROOT / "convert.py"), *words], capture_output=True, text=True, cwd="/", env=environment
    )


def refused(done: subprocess.CompletedProcess[str], code: int, text: str) -> None:
    assert done.returncode == code, done.stderr
    assert text in " ".join(done.stderr.replace("│", " ").split()), done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_help_is_quick() -> None:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        assert command("--help").returncode == 0
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.6  # 0.25 s where nothing else runs


def test_help_imports_nothing_heavy() -> None:
    code = "import convert, sys; print([m for m in ('pandas', 'pydantic', 'lark') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("run", "nope"), "no study pack 'nope'"),
        (("check", "nope"), "no study pack 'nope'"),
        (("show", "nope", "AE"), "no study pack 'nope'"),
        (("run", "cdiscpilot01", "--extract", "/no/such/folder"), "no folder /no/such/folder"),
        (("run", "cdiscpilot01", "--cut", "2026-02-30"), "'2026-02-30' is not a date"),
        (("run", "cdiscpilot01", "--cut", "20260201"), "'20260201' is not a date"),
        (("run", "cdiscpilot01", "--profile", "final"), "'final'"),
        (("run", "cdiscpilot01", "--jobs", "0"), "--jobs"),
        (("convert",), "No such command 'convert'"),
        (("run", "cdiscpilot01", "--fast"), "No such option"),
        (("run",), "Missing argument"),
    ],
)
def test_wrong_usage_exits_with_2(words: tuple[str, ...], text: str) -> None:
    refused(command(*words), 2, text)


def test_check_of_good_specs(pack: Path) -> None:
    done = command("check", str(pack))
    assert (done.returncode, done.stdout) == (0, f"the specs of {pack} are good\n"), done.stderr
    assert json.loads(command("check", str(pack), "--format", "json").stdout) == []


def test_a_warning_of_check_is_no_problem(pack: Path) -> None:
    with (pack / "sdtm" / "AE.yaml").open("a") as file:
        file.write("  AELOC:   {value: LOCATION}\n")
    (pack / "study.yaml").write_text(STUDY.replace("ae.csv,", "ae.csv, unused: {Location: not asked},"))
    told = "the constant text 'LOCATION' is written to every record, and ae has a column Location; if that is meant, "
    told += "write {copy: Location}, or {code: Location} to recode it"
    done = command("check", str(pack))
    assert (done.returncode, done.stdout) == (
        0, f"sdtm/AE.yaml:9:20 AE.AELOC: warning VALUE_IS_COLUMN: {told}\nthe specs of {pack} are good\n",
    )  # fmt: skip
    done = command("check", str(pack), "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == [
        {
            "file": "sdtm/AE.yaml", "line": 9, "column": 20, "subject": "AE.AELOC", "message": told,
            "rule": "VALUE_IS_COLUMN", "severity": "warning",
        }
    ]  # fmt: skip


def test_check_prints_every_problem_with_its_place(pack: Path) -> None:
    (pack / "sdtm" / "AE.yaml").write_text(AE + "  AESER: {cde: SER}\n  AEXYZ: {copy: A}\n")
    done = command("check", str(pack))
    assert done.returncode == 1
    assert "sdtm/AE.yaml:9:11 AE.AESER: unknown key 'cde'; did you mean 'code'?" in done.stdout
    assert "Traceback" not in done.stderr
    found = json.loads(command("check", str(pack), "--format", "json").stdout)
    assert {"file": "sdtm/AE.yaml", "line": 9, "column": 11}.items() <= found[0].items()


def test_a_circle_of_variables_is_a_problem(pack: Path) -> None:
    circle = (
        "  AESTDTC: {derive: date_part, with: {date: AEENDTC}}\n  AEENDTC: {derive: date_part, with: {date: AESTDTC}}\n"
    )
    (pack / "sdtm" / "AE.yaml").write_text(AE + circle)
    done = command("check", str(pack))
    assert done.returncode == 1
    assert "AE.AEENDTC" in done.stdout and "AE.AESTDTC" in done.stdout


def test_a_file_that_is_no_yaml(pack: Path) -> None:
    (pack / "sdtm" / "AE.yaml").write_text("rows: [")
    done = command("check", str(pack))
    assert (done.returncode, "not valid YAML" in done.stdout) == (1, True)


def test_show(pack: Path) -> None:
    done = command("show", str(pack), "AE.AETERM")
    assert done.returncode == 0
    assert done.stdout.endswith("method: TERM as collected.\n")
    refused(command("show", str(pack), "AE.AETREM"), 2, "did you mean 'AETERM'?")


def test_schema_is_json() -> None:
    done = command("schema")
    assert done.returncode == 0
    assert json.loads(done.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_simulate_needs_trust_outside_mappings(pack: Path, tmp_path: Path) -> None:
    code = "def simulate(subjects, seed, out):\n    (out / 'dm.csv').write_text(f'{subjects} {seed}')\n"
    (pack / "simulate.py").write_text(code)
    out = tmp_path / "new" / "extract"
    words = ("simulate", str(pack), "--subjects", "3", "--seed", "7", "--out", str(out))
    refused(command(*words), 2, "--trust-code")
    assert not out.exists()
    assert command(*words, "--trust-code").returncode == 0
    assert (out / "dm.csv").read_text() == "3 7"


def test_simulate_without_a_simulator(pack: Path, tmp_path: Path) -> None:
    refused(command("simulate", str(pack), "--out", str(tmp_path / "x")), 1, "has no simulate.py")


def test_foreign_transforms_need_trust(pack: Path) -> None:
    (pack / "transforms.py").write_text("")
    refused(command("check", str(pack)), 2, "--trust-code")
    assert command("check", str(pack), "--trust-code").returncode == 0


RESULT = pipeline.run.RunResult(
    delivery=Path("deliveries/S-1/2026-03-31/0123456789ab"),
    sources=[
        {"name": "ae", "file": "ae.csv", "rows": 1200, "columns": 9, "used": 1190, "filtered": 4, "cut": 3,
         "duplicate": 2, "rejected": 1}
    ],
    datasets=[{"name": "AE", "label": "Adverse Events", "records": 1190, "variables": 20, "path": "m5/ae.xpt"}],
    findings=[
        Finding("CODELIST", "error", "'[U]' is not in codelist NY", "AE", "AESER", "ae.csv", "SER", "[U]", (4, 9),
                count=2),
        Finding("KEY_DUPLICATE", "warning", "records share all keys", "AE", accepted="known (JD)"),
    ],
)  # fmt: skip


def ran(monkeypatch: pytest.MonkeyPatch, result: Any, *words: str) -> Result:
    """``run`` with a pipeline that gives back a result, or raises it."""

    def run(options: Any, progress: Any) -> Any:
        progress("read", 0, 1)
        if isinstance(result, Exception):
            raise result
        ran.options = options  # type: ignore[attr-defined]
        return result

    monkeypatch.setattr(pipeline.run, "run", run)
    return CliRunner().invoke(convert.app, ["run", "mine", *words])


def test_run_shows_what_came_in_and_out_and_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(monkeypatch, RESULT)
    assert done.exit_code == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["ae", "ae.csv", "1,200", "9", "1,190", "4", "3", "2", "1"] in lines
    assert ["AE", "Adverse", "Events", "1,190", "20", "m5/ae.xpt"] in lines
    assert "1 error, 0 warnings, 0 notes, 1 accepted" in done.stdout
    assert "ae.csv SER row 4, 9: '[U]' is not in codelist NY (2)" in done.stdout
    assert done.stdout.splitlines()[-1] == "deliveries/S-1/2026-03-31/0123456789ab"


def test_run_passes_the_options_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = [
        "--extract",
        str(tmp_path),
        "--cut",
        "2026-03-31",
        "--out",
        "x",
        "--profile",
        "release",
        "--only",
        "ae, LB",
    ]
    ran(monkeypatch, RESULT, *words, "--jobs", "2", "--trust-code")
    assert ran.options == pipeline.run.RunOptions(  # type: ignore[attr-defined]
        "mine", tmp_path, "2026-03-31", Path("x"), "release", ("AE", "LB"), 2, True
    )


def test_a_release_that_stopped_exits_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(monkeypatch, replace(RESULT, delivery=None, stopped=True))
    assert done.exit_code == 1
    assert "no delivery: a release stops" in done.stdout


def test_up_to_date_and_preview_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "up to date" in ran(monkeypatch, replace(RESULT, up_to_date=True)).stdout
    assert "a preview" in ran(monkeypatch, replace(RESULT, preview=True)).stdout


def test_a_fault_of_the_program_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.delenv("CUTLINE_DEBUG", raising=False)
    monkeypatch.setattr(convert, "app", fail)
    with pytest.raises(SystemExit) as caught:
        convert.main()
    assert caught.value.code == 3
    assert "a fault of the program: ZeroDivisionError: division by zero" in capsys.readouterr().err
    monkeypatch.setenv("CUTLINE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        convert.main()


def test_endpoints_of_a_delivery_as_table_and_json(tmp_path: Path) -> None:
    row = {
        "endpoint": "ORR",
        "label": "Overall response rate",
        "group": "secondary",
        "population": "EFFFL = 'Y'",
        "text": "12 / 18, 66.7% (41.0, 86.7)",
        "subjects": ["S-1-01-001"],
    }
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "endpoints.json").write_text(json.dumps([row]))
    table = CliRunner().invoke(convert.app, ["endpoints", str(tmp_path)]).stdout
    assert "ORR  Overall response rate" in table
    assert "12 / 18, 66.7% (41.0, 86.7)" in table
    told = CliRunner().invoke(convert.app, ["endpoints", str(tmp_path), "--format", "json"]).stdout
    assert json.loads(told) == [row]


def test_endpoints_of_a_folder_that_is_no_delivery(tmp_path: Path) -> None:
    refused(command("endpoints", str(tmp_path)), 2, "is no delivery")


def test_without_its_libraries_it_says_what_to_do() -> None:
    words = [sys.executable, "-I", "-S", str(ROOT / "convert.py"), "check", "ct0596"]
    bare = subprocess.run(words, capture_output=True, text=True)
    assert (bare.returncode, bare.stderr) == (2, "")
    assert bare.stdout.startswith("the libraries of Cutline are missing here: run `make demo` once")


def test_endpoints_that_were_changed_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "endpoints.json").write_text("[")
    (tmp_path / "manifest.json").write_text('{"outputs": {"report/endpoints.json": "0"}}')
    refused(command("endpoints", str(tmp_path)), 1, "report/endpoints.json: FILE_CHANGED")


@pytest.mark.parametrize(
    ("out", "told"),
    [
        ("/dev/null/x", "/dev/null is a file where a folder should be"),
        ("/proc/nope", "cannot be made there; give another --out"),
        ("x" * 300, "file name too long; check the path, its permissions and the disk"),
    ],
)
def test_a_target_that_cannot_be_made(pack: Path, tmp_path: Path, out: str, told: str) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "ae.csv").write_text("SUBJECT,TERM,PT\n")
    refused(command("run", str(pack), "--extract", str(tmp_path / "raw"), "--out", out), 2, told)
