"""The command line of Cutline: reads words, calls the pipeline, shows progress and findings. No logic.

Exit codes: 0 good; 1 the data or specs have errors; 2 wrong usage (unknown study, missing folder, target that cannot
be written or is in use); 3 a fault of the program itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

try:
    import typer
except ModuleNotFoundError:
    print("the libraries of Cutline are missing here: run `make demo` once, then `source .venv/bin/activate`")
    sys.exit(2)

if TYPE_CHECKING:
    from rich.console import Console

    from define.exchange.importing import Imported
    from pipeline.run import RunResult

app = typer.Typer(
    help="Raw clinical-trial extracts to CDISC datasets, from declarative specs.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

SHOWN_FINDINGS = 20
SHOWN_ITEMS = 5
SOURCE_COLUMNS = ("name", "file", "rows", "columns", "used", "filtered", "cut", "duplicate", "rejected")
DATASET_COLUMNS = ("name", "label", "records", "variables", "path")
Study = Annotated[str, typer.Argument(metavar="STUDY", help="A name under mappings/, or a folder with a study.yaml.")]
Delivery = Annotated[Path, typer.Argument(metavar="DELIVERY", help="The folder that a run wrote.")]
StudyOfDelivery = Annotated[
    str, typer.Option("--study", metavar="STUDY", help="The study pack of the delivery, if it is not under mappings/.")
]
TrustCode = Annotated[bool, typer.Option("--trust-code", help="Let Python of a pack outside mappings/ run.")]


class Profile(StrEnum):
    """What findings do: in development they warn; in a release an error that is not accepted stops the build."""

    DEVELOPMENT = "development"
    RELEASE = "release"


class AgencyName(StrEnum):
    """For whom a package is."""

    FDA = "fda"
    PMDA = "pmda"


class Section(StrEnum):
    """SDTM or ADaM datasets."""

    SDTM = "sdtm"
    ADAM = "adam"


class Format(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"


@app.command()
def run(
    study: Study,
    extract: Annotated[Path | None, typer.Option(help="Folder with the raw files.")] = None,
    cut: Annotated[str | None, typer.Option(metavar="DATE", help="Date of the data cut, YYYY-MM-DD.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for deliveries.")] = Path("deliveries"),
    profile: Annotated[Profile, typer.Option(help="Findings warn, or errors stop.")] = Profile.DEVELOPMENT,
    only: Annotated[str | None, typer.Option(metavar="AE,LB", help="Some datasets: a preview, no delivery.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Ranges of subjects at a time.")] = 1,
    trust_code: TrustCode = False,
) -> None:
    """Convert the extract of a study into datasets."""
    if cut is not None and not _is_date(cut):
        raise typer.BadParameter(f"'{cut}' is not a date like 2026-03-31", param_hint="--cut")
    if extract is not None and not extract.is_dir():
        raise typer.BadParameter(f"no folder {extract}", param_hint="--extract")
    from pipeline.run import RunOptions
    from pipeline.run import run as convert

    names = tuple(n.strip().upper() for n in only.split(",") if n.strip()) if only else ()
    options = RunOptions(study, extract, cut, out, profile.value, names, jobs, trust_code)
    with _progress() as progress:
        result = convert(options, progress)
    _show_result(result)
    if result.stopped:
        raise typer.Exit(1)


@app.command()
def check(
    study: Study,
    form: Annotated[Format, typer.Option("--format", help="How problems are printed.")] = Format.TEXT,
    trust_code: TrustCode = False,
) -> None:
    """Check the specs of a study without data: every error at once."""
    from pipeline.commands import check_specs

    problems = check_specs(study, trust_code)
    if form is Format.JSON:
        import json

        typer.echo(json.dumps([p.as_dict() for p in problems], indent=2))
    else:
        for problem in problems:
            typer.echo(str(problem))
        errors = sum(p.severity == "error" for p in problems)
        count = f"{errors} problem{'' if errors == 1 else 's'}"
        typer.echo(count if errors else f"the specs of {study} are good", err=bool(errors))
    if any(p.severity == "error" for p in problems):
        raise typer.Exit(1)


@app.command()
def show(
    study: Study,
    name: Annotated[str, typer.Argument(metavar="NAME", help="AE or AE.AESTDY.")],
    trust_code: TrustCode = False,
) -> None:
    """Print the resolved spec of a dataset or variable: each value with its layer and line, and the method in words."""
    from pipeline.commands import show_spec

    typer.echo(show_spec(study, name, trust_code), nl=False)


@app.command()
def endpoints(
    delivery: Annotated[Path, typer.Argument(metavar="DELIVERY", help="The folder that `run` printed.")],
    form: Annotated[Format, typer.Option("--format", help="A table, or all numbers.")] = Format.TEXT,
) -> None:
    """Print the endpoints of a delivery: population, estimate with limits, in JSON also the subjects behind each."""
    from pipeline.commands import endpoints_of

    found = endpoints_of(delivery)
    if form is Format.JSON:
        import json

        typer.echo(json.dumps(found, indent=2))
    else:
        _show_endpoints(_console(), found)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the spec language, for editors."""
    import json

    from specs.json_schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@app.command()
def simulate(
    study: Study,
    out: Annotated[Path, typer.Option(help="Folder for the raw files.")],
    subjects: Annotated[int, typer.Option(min=1, help="How many subject numbers.")] = 24,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    trust_code: TrustCode = False,
) -> None:
    """Write the synthetic extract of a study."""
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is a file", param_hint="--out")
    from pipeline.commands import simulate_extract

    simulate_extract(study, subjects, seed, out, trust_code)
    typer.echo(str(out))


@app.command()
def package(
    delivery: Delivery,
    agency: Annotated[AgencyName, typer.Option(help="For whom the package is.")],
    acrf: Annotated[Path | None, typer.Option(metavar="FILE", help="The annotated CRF; else one is made.")] = None,
    csdrg: Annotated[Path | None, typer.Option(metavar="FILE", help="The edited csdrg.docx.")] = None,
    adrg: Annotated[Path | None, typer.Option(metavar="FILE", help="The edited adrg.docx.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for packages.")] = Path("packages"),
    sign: Annotated[str, typer.Option(metavar="NAME", help="Sign the package off.")] = "",
    meaning: Annotated[str, typer.Option(metavar="TEXT", help="What the signature means.")] = "",
    study: StudyOfDelivery = "",
    trust_code: TrustCode = False,
) -> None:
    """Make the package for an agency out of a delivery: eCTD tree, documents, index of checksums."""
    if bool(sign) != bool(meaning):
        raise typer.BadParameter("a signature has a name and a meaning", param_hint="--sign, --meaning")
    for option, given in (("--acrf", acrf), ("--csdrg", csdrg), ("--adrg", adrg)):
        if given is not None and not given.is_file():
            raise typer.BadParameter(f"no file {given}", param_hint=option)
    from pipeline.package import PackageOptions
    from pipeline.package import package as make

    made = make(
        PackageOptions(delivery, agency.value, out, study, acrf, csdrg, adrg, sign, meaning, trust_code=trust_code)
    )
    typer.echo(f"{made.files:,} files" + (f", {made.parts:,} parts of split datasets" if made.parts else ""), err=True)
    if made.up_to_date:
        typer.echo("up to date: this package exists already", err=True)
    for note in made.notes:
        typer.echo(f"note: {note}", err=True)
    if made.signature is not None:
        typer.echo(f"signed: {made.signature.name}", err=True)
    typer.echo(str(made.folder))


@app.command()
def verify(delivery: Annotated[Path, typer.Argument(metavar="DELIVERY", help="A delivery, or a package.")]) -> None:
    """Check a delivery or package on any machine: checksums, files, define.xml, technical rejection criteria."""
    from pipeline.verify import verify_delivery

    found = verify_delivery(delivery)
    for fault in found.faults:
        typer.echo(f"{fault.file}: {fault.rule} {fault.message}")
    for fault in found.accepted:
        typer.echo(f"accepted: {fault.file}: {fault.rule} {fault.message}", err=True)
    kind = "package" if found.package else "delivery"
    if found.faults:
        count = f"{len(found.faults):,} fault{'' if len(found.faults) == 1 else 's'}"
        typer.echo(f"{count} in the {kind} {delivery}", err=True)
        raise typer.Exit(1)
    typer.echo(f"the {kind} {delivery} is good: {found.files:,} files")


@app.command()
def conform(
    delivery: Delivery,
    engine: Annotated[str, typer.Option(envvar="CUTLINE_CORE", help="How the CDISC CORE engine is called.")] = "",
    cache: Annotated[Path | None, typer.Option(envvar="CUTLINE_CORE_CACHE", help="Its rule cache.")] = None,
    study: StudyOfDelivery = "",
    trust_code: TrustCode = False,
) -> None:
    """Run the CDISC CORE rules engine on a delivery, and trace what it finds to raw rows and spec lines."""
    from pipeline.commands import model_of_delivery
    from pipeline.conform import conform as check_conformance
    from pipeline.conform import engine_of, ours

    called = engine_of(engine, cache)
    found = check_conformance(delivery, called, lambda: model_of_delivery(delivery, study, trust_code))
    for line in [*found, *ours(delivery)]:
        typer.echo(str(line))
    if found:
        raise typer.Exit(1)


@app.command("import-define")
def import_define(
    define_xml: Annotated[Path, typer.Argument(metavar="DEFINE_XML", help="A define.xml of version 2.0 or 2.1.")],
    out: Annotated[Path, typer.Option(metavar="PACK", help="The folder to make.")],
) -> None:
    """Make a study pack of a define.xml: its metadata as YAML, and dataset files to start from."""
    from define.exchange.importing import import_define as bring_in

    _show_imported(bring_in(define_xml, out))


@app.command("export-define")
def export_define(
    pack: Annotated[Path, typer.Argument(metavar="PACK", help="A pack with imported metadata.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The define.xml to write.")],
) -> None:
    """Write the metadata of a pack as a define.xml."""
    from define.exchange.importing import export_define as bring_out

    typer.echo(str(bring_out(pack, out)))


@app.command("import-spec")
def import_spec(
    book: Annotated[Path, typer.Argument(metavar="BOOK", help="A workbook (.xlsx) in the form of Pinnacle 21.")],
    out: Annotated[Path, typer.Option(metavar="PACK", help="The folder to make.")],
) -> None:
    """Make a study pack of a specification workbook: its metadata as YAML, and dataset files to start from."""
    from define.exchange.importing import import_spec as bring_in

    _show_imported(bring_in(book, out))


@app.command("export-spec")
def export_spec(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A study, a pack, a define.xml or a delivery.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The workbook (.xlsx) to write.")],
    standard: Annotated[Section, typer.Option(help="Which datasets of a study or delivery.")] = Section.SDTM,
    trust_code: TrustCode = False,
) -> None:
    """Write the specification workbook of imported metadata, of a define.xml or delivery, or of a study's specs."""
    from define.exchange.importing import define_in, export_model, has_metadata
    from define.exchange.importing import export_spec as bring_out

    path = Path(source)
    found = path if path.is_file() or has_metadata(path) else define_in(path, standard.value)
    if found is not None:
        typer.echo(str(bring_out(found, out)))
        return
    from pipeline.commands import resolved

    typer.echo(str(export_model(resolved(source, trust_code), standard.value, out)))


def _show_imported(made: Imported) -> None:
    """What an import made, and what is left to fill in."""
    typer.echo(f"{made.datasets:,} datasets, {made.variables:,} variables", err=True)
    if made.upgraded:
        typer.echo("a Define-XML 2.0, now in the words of 2.1 (docs/import.md)", err=True)
    open_points = sum(len(texts) for texts in made.to_do.values())
    if open_points:
        typer.echo(f"warning: {open_points:,} points to fill in: {made.pack / 'README.md'}", err=True)
    typer.echo(str(made.pack))


def main() -> None:
    """Run a command; an error is a sentence and an exit code, never a traceback (unless CUTLINE_DEBUG=1)."""
    try:
        app(prog_name="convert.py")
    except Exception as error:
        if os.environ.get("CUTLINE_DEBUG") == "1":
            raise
        from pipeline.commands import INTERNAL, exit_code, told

        code = exit_code(error)
        if code == INTERNAL:
            typer.echo(f"a fault of the program: {type(error).__name__}: {error}", err=True)
            typer.echo("please report it, with the command and the same run under CUTLINE_DEBUG=1", err=True)
        else:
            typer.echo(told(error), err=True)
        sys.exit(code)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal, a line per step elsewhere; both on standard error."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        said: set[str] = set()

        def tell(step: str, done: int, total: int) -> None:
            if step not in said:
                said.add(step)
                typer.echo(step, err=True)

        yield tell
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def move(step: str, done: int, total: int) -> None:
            for name, task in tasks.items():
                if name != step:
                    bar.update(task, completed=bar.tasks[task].total)
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield move


def _show_result(result: RunResult) -> None:
    console = _console()
    _table(console, "What came in", SOURCE_COLUMNS, result.sources)
    _table(console, "What came out", DATASET_COLUMNS, result.datasets)
    _show_findings(console, result)
    _show_endpoints(console, result.endpoints)
    if result.stopped:
        typer.echo("no delivery: a release stops on errors that are not accepted; earlier deliveries are untouched")
        typer.echo(f"all findings of this run: {result.failed}")
    elif result.delivery is not None:
        if result.up_to_date:
            typer.echo("up to date: this delivery exists already")
        if result.preview:
            typer.echo("a preview of some datasets, no delivery")
        typer.echo(str(result.delivery))


def _console() -> Console:
    """As wide as the terminal; elsewhere wide enough for the tables."""
    from rich.console import Console

    console = Console(soft_wrap=False)
    return console if console.is_terminal else Console(width=140)


def _show_endpoints(console: Console, rows: list[dict[str, Any]]) -> None:
    """A line per endpoint; those of many parts (grades, dose levels) on several."""
    if not rows:
        return
    from rich.table import Table

    table = Table(title="Endpoints", title_justify="left", box=None, header_style="bold", pad_edge=False)
    for column in ("endpoint", "group", "population", "result"):
        table.add_column(column, overflow="fold")
    for row in rows:
        level = f"{row['level']}: " if row.get("level") else ""
        result = "\n".join(_plain(part) for part in f"{level}{row['text']}".split("; "))
        table.add_row(f"{row['endpoint']}  {_plain(row['label'])}", row["group"], _plain(row["population"]), result)
    console.print(table)
    console.print()


def _table(console: Console, title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    if not rows:
        return
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if isinstance(rows[0][column], int) else "left")
    for row in rows:
        table.add_row(*(f"{v:,}" if isinstance(v, int) else _plain(str(v)) for v in (row[c] for c in columns)))
    console.print(table)
    console.print()


def _show_findings(console: Console, result: RunResult) -> None:
    opened = [f for f in result.findings if not f.accepted]
    counts = {s: sum(f.severity == s for f in opened) for s in ("error", "warning", "note")}
    said = ", ".join(f"{n:,} {s}{'' if n == 1 else 's'}" for s, n in counts.items())
    accepted = len(result.findings) - len(opened)
    console.print(f"[bold]What is wrong[/bold]  {said}" + (f", {accepted:,} accepted" if accepted else ""))
    for finding in opened[:SHOWN_FINDINGS]:
        place = finding.place(SHOWN_ITEMS)
        variable = ".".join(n for n in (finding.dataset, finding.variable) if n)
        style = {"error": "red", "warning": "yellow"}.get(finding.severity, "dim")
        parts = (f"[{style}]{finding.severity:<7}[/{style}]", finding.rule, variable, _plain(place))
        console.print(
            "  " + "  ".join(p for p in parts if p) + f": {_plain(finding.message)} ({finding.count:,})", soft_wrap=True
        )
    if len(opened) > SHOWN_FINDINGS:
        console.print(
            f"  and {len(opened) - SHOWN_FINDINGS:,} more in {result.failed or 'findings.csv'}", soft_wrap=True
        )
    console.print()


def _plain(text: str) -> str:
    """Text in which brackets are no markup."""
    from rich.markup import escape

    return escape(text)


if __name__ == "__main__":
    main()
