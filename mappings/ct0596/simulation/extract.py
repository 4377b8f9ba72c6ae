"""The whole extract: every file built, spoiled where extracts are spoiled, and written as the systems would."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from . import disease, events, followup, labs, medication, myeloma, screening, treatment, vendors
from .base import File
from .mess import Mess, Place, spoil
from .people import People, make_people, make_visits

ENCODINGS: Final = {"cytok": "windows-1252", "ckflow": "gb18030", "lbcoag": "utf-8-sig"}
VENDORS: Final = ("sae", "labs", "central_lb", "cytok", "ck", "ckflow", "mrd")
FIRST_ID: Final = 100_001


@dataclass(frozen=True)
class Extract:
    """The files by name, who took part, and where each messy reality is."""

    files: dict[str, pd.DataFrame]
    people: People
    places: list[Place]


def build(subjects: int, seed: int) -> Extract:
    """All files of a study of that many subject numbers, in memory."""
    people = make_people(subjects, seed)
    files = {f.name: f.frame() for f in _files(people, seed)}
    next_id = FIRST_ID
    for name, frame in files.items():
        if name not in VENDORS:
            numbers = pd.Series(np.arange(next_id, next_id + len(frame)))
            frame["RECORDID"] = numbers.astype("str")
            next_id += len(frame)
    mess = Mess(people, files, next_id)
    spoil(mess)
    return Extract(mess.files, people, mess.places)


def _files(people: People, seed: int) -> list[File]:
    visits = make_visits(people, seed)
    truth = disease.make_markers(people, visits, seed)
    occurred = events.make_events(people, seed)
    left = np.clip(truth.marrow / 70, 0.02, 1)
    septic = {
        int(p): int(n) for p, n, g in zip(occurred.person, occurred.number, occurred.grade, strict=True) if g == 5
    }
    before = [f(people, seed) for f in (screening.subj, screening.ic, screening.dm, screening.ie, screening.mmhist,
                                        screening.cytog, screening.prthx, screening.mh)]  # fmt: skip
    given = [f(people, seed) for f in (treatment.bridge, treatment.aph, treatment.prodrel, treatment.ld, treatment.inf)]
    assessed = [f(people, visits, truth, seed) for f in (myeloma.mmpanel, myeloma.bm, myeloma.pbsmear, myeloma.plasm,
                                                         myeloma.resp)]  # fmt: skip
    seen = [f(people, visits, seed) for f in (followup.ecog, followup.vs, followup.sv, followup.surv, followup.dv)]
    ended = [followup.ds_eot(people, seed), followup.ds_eos(people, seed), followup.dth(people, septic, seed)]
    safety = [f(people, occurred, seed) for f in (events.ae, events.crs, events.icans, medication.cm)]
    sent = [events.sae(people, occurred), labs.labs(people), vendors.central_lb(people, visits, left, seed),
            vendors.cytok(people, visits, seed), vendors.ck(people, visits, seed),
            vendors.ckflow(people, visits, seed), myeloma.mrd(people, visits, truth, seed)]  # fmt: skip
    local = labs.forms(people, visits, truth.serum, seed)
    return [*before, *given, *safety, *local, *assessed, *seen, medication.nact(people, seed), *ended, *sent]


def write(extract: Extract, out: Path) -> dict[str, int]:
    """One CSV per file, in the encoding and with the line ends of the system it comes from; rows by file name."""
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in extract.files.items():
        content = _csv(frame)
        if name == "resp":
            content = _mixed_line_ends(content, len(frame))
        if name in ENCODINGS:
            content = content.decode("utf-8").encode(ENCODINGS[name])
        (out / f"{name}.csv").write_bytes(content)
    return {f"{name}.csv": len(frame) for name, frame in extract.files.items()}


def _csv(frame: pd.DataFrame) -> bytes:
    columns = [pa.array(frame[name]) for name in frame.columns]
    plain = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in columns]
    table = pa.table([c.cast(pa.string()) for c in plain], names=list(frame.columns))
    sink = pa.BufferOutputStream()
    pacsv.write_csv(table, sink)
    return bytes(sink.getvalue().to_pybytes())


def _mixed_line_ends(content: bytes, rows: int) -> bytes:
    """CR LF after the first half of the records, LF after the rest; line breaks inside quotes stay as they are."""
    characters = np.frombuffer(content, dtype=np.uint8)
    inside = np.cumsum(characters == ord('"')) % 2
    ends = np.flatnonzero((characters == ord("\n")) & (inside == 0))
    return np.insert(characters, ends[: rows // 2], ord("\r")).tobytes()
