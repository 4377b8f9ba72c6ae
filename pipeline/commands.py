"""What the command line asks for beside a run: check and show specs, write a synthetic extract; and exit codes."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specs.problems import SpecProblem
    from specs.resolve import StudyModel

GOOD, FAULTY, USAGE, INTERNAL = 0, 1, 2, 3
SURROUNDINGS = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR,
    errno.EEXIST, errno.ELOOP, errno.EMFILE,
}  # fmt: skip
"""What the disk and the paths that were given can refuse, whatever the program does."""


def check_specs(study: str, trust_code: bool = False) -> list[SpecProblem]:
    """Everything that is wrong or doubtful in the specs of a study, circles of variables and analyses included.

    Doubtful (warnings) are constants that are the name of a column, as far as the specs name columns, and datasets with
    dates that the cut does not mention.
    """
    from pipeline.needs import named_columns
    from pipeline.plan import plan
    from pipeline.trial import counted
    from specs.literal_columns import literal_columns
    from specs.problems import SpecErrors
    from specs.uncut import uncut_datasets

    try:
        model = resolved(study, trust_code)
        counted(model, plan(model))
    except SpecErrors as errors:
        return errors.problems
    return sorted({*(c.problem for c in literal_columns(model, named_columns(model))), *uncut_datasets(model)})


def show_spec(study: str, name: str, trust_code: bool = False) -> str:
    """The resolved spec of a dataset or variable as text. Raises UnknownName and what ``resolved`` raises."""
    from specs.show import show

    return show(resolved(study, trust_code), name)


def resolved(study: str, trust_code: bool = False) -> StudyModel:
    """The model of a study, its analyses checked with it. Raises UnknownStudy, SpecErrors, PackCodeError."""
    from pipeline.trust import load_pack_code
    from specs.analyses import analysis_problems
    from specs.resolve import resolve

    def load(model: StudyModel) -> None:
        load_pack_code(model.pack, trust_code)

    return resolve(study, before_check=load, and_check=analysis_problems)


def simulate_extract(study: str, subjects: int, seed: int, out: Path, trust_code: bool = False) -> Any:
    """Write a pack's synthetic extract. Raises UnknownStudy, PackCodeError."""
    from pipeline.trust import load_simulator
    from specs.layers import find_pack

    simulate = load_simulator(find_pack(study), trust_code)
    out.mkdir(parents=True, exist_ok=True)
    return simulate(subjects, seed, out)


def endpoints_of(delivery: Path) -> list[dict[str, Any]]:
    """The endpoints that a delivery holds. Raises NoEndpoints, and DamagedDelivery where they were changed."""
    from delivery.verify import require_intact
    from pipeline.endpoints import FILE, read_endpoints

    if (delivery / "manifest.json").is_file():
        require_intact(delivery, FILE.as_posix())
    return read_endpoints(delivery)


def model_of_delivery(delivery: Path, study: str, trust_code: bool) -> StudyModel | None:
    """The specs of a delivery, if they are there and unchanged; without them nothing but lines of specs is missing."""
    import json

    from pipeline.package import PackageRefused, model_of
    from pipeline.trust import UntrustedCode
    from specs.layers import UnknownStudy

    manifest = json.loads((delivery / "manifest.json").read_text(encoding="utf-8"))
    try:
        return model_of(manifest, study, trust_code)
    except (PackageRefused, UnknownStudy, UntrustedCode):
        return None


def told(error: BaseException) -> str:
    """An error as a sentence for people."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror.lower()}; check the path, its permissions and the disk"
    return str(error)


def exit_code(error: BaseException) -> int:
    """What an error means for the caller: wrong usage, faulty data or specs, or a fault of the program."""
    from define.exchange.errors import ExchangeError, ExchangeUsage
    from delivery.acrf_check import CrfError
    from delivery.verify import DamagedDelivery, NotADelivery
    from delivery.xpt_layout import XptError
    from pipeline.assemble import WriteErrors
    from pipeline.conform import EngineFailed, EngineMissing
    from pipeline.deliver import DeliveryError
    from pipeline.endpoints import NoEndpoints
    from pipeline.extract import SourceErrors
    from pipeline.formats import SourceError
    from pipeline.package import PackageRefused
    from pipeline.run import ExtractMissing, WrongOption
    from pipeline.trust import PackCodeError, UntrustedCode
    from specs.layers import UnknownStudy
    from specs.problems import SpecErrors
    from specs.show import UnknownName
    from specs.terminology import TerminologyError

    usage = (
        UnknownStudy, UnknownName, ExtractMissing, WrongOption, UntrustedCode, DeliveryError, NoEndpoints,
        NotADelivery, CrfError, EngineMissing, ExchangeUsage,
    )  # fmt: skip
    faulty = (
        SpecErrors, SourceErrors, SourceError, TerminologyError, WriteErrors, PackCodeError,
        PackageRefused, XptError, EngineFailed, ExchangeError, DamagedDelivery,
    )  # fmt: skip
    if isinstance(error, usage) or (isinstance(error, OSError) and error.errno in SURROUNDINGS):
        return USAGE
    return FAULTY if isinstance(error, faulty) else INTERNAL
