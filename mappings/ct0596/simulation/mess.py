"""What goes wrong in real extracts (design basis, section 2.3), put in on purpose, each with its place noted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .base import EXTRACT, MONTHS, NONE, Bools, day, iso
from .people import People

LONG_TERM = (
    "Progressive weakness of both legs with numbness of the feet, worse when climbing stairs, first noticed by the "
    "subject's daughter after the second week at home, improving slowly with physiotherapy three times a week, "
    "no pain, no loss of bladder control"
)


@dataclass(frozen=True)
class Place:
    """Where an item occurs: file, record (RECORDID, or line of a vendor file) and what to see there."""

    item: str
    file: str
    record: str
    what: str


@dataclass
class Mess:
    """The files while they are being spoiled; edits are single cells and single rows."""

    people: People
    files: dict[str, pd.DataFrame]
    next_id: int
    places: list[Place] = field(default_factory=list)
    used: set[tuple[str, int]] = field(default_factory=set)

    def rows(self, file: str, mask: Bools | None = None, **equal: str) -> list[int]:
        """Positions of a file's rows with these values, those already spoiled left out."""
        frame = self.files[file]
        chosen = np.ones(len(frame), dtype=bool) if mask is None else mask.copy()
        for column, value in equal.items():
            chosen &= (frame[column] == value).to_numpy(dtype=bool, na_value=False)
        return [int(r) for r in np.flatnonzero(chosen)[:400] if (file, int(r)) not in self.used]

    def take(self, file: str, mask: Bools | None = None, **equal: str) -> int | None:
        """The first such row, now taken; None where a small study has none."""
        found = self.rows(file, mask, **equal)
        if not found:
            return None
        self.used.add((file, found[0]))
        return found[0]

    def put(self, file: str, row: int, **cells: str) -> None:
        """New texts for cells of a row; an empty text empties."""
        frame = self.files[file]
        for name, value in cells.items():
            column = frame[name].copy()
            if isinstance(column.dtype, pd.CategoricalDtype) and value and value not in column.cat.categories:
                column = column.cat.set_categories(pd.Index([*column.cat.categories, value], dtype="str"))
            column.iloc[row] = value or None
            frame[name] = column

    def date(self, file: str, row: int, name: str, raw: str) -> None:
        """A date field as a site would have entered it, its parts with it."""
        digit, month, year = raw.split(" ")
        number = MONTHS.index(month) + 1 if month in MONTHS else 0
        whole = digit != "UN" and number and raw != "31 FEB 2025"
        cells = {name: f"{year}-{number:02d}-{digit}" if whole else "", f"{name}_RAW": raw}
        cells |= {f"{name}_YYYY": year if year != "UNK" else "", f"{name}_MM": str(number) if number else ""}
        self.put(file, row, **cells, **{f"{name}_DD": str(int(digit)) if digit != "UN" else ""})

    def copy(self, file: str, row: int, **cells: str) -> int:
        """A copy of a row at the end of the file, with a RECORDID of its own where the file has them."""
        frame = self.files[file]
        self.files[file] = frame.take(np.append(np.arange(len(frame)), row)).reset_index(drop=True)
        last = len(frame)
        if "RECORDID" in frame.columns:
            self.put(file, last, RECORDID=str(self.next_id))
            self.next_id += 1
        self.put(file, last, **cells)
        self.used.add((file, last))
        return last

    def note(self, item: str, file: str, row: int | None, what: str) -> None:
        """Remember where an item occurs."""
        record = "every row"
        if row is not None:
            frame = self.files[file]
            record = str(frame["RECORDID"].iloc[row]) if "RECORDID" in frame.columns else f"line {row + 2}"
        self.places.append(Place(item, file, record, what))

    def value(self, file: str, row: int, name: str) -> str:
        """One cell."""
        text = self.files[file][name].iloc[row]
        return "" if pd.isna(text) else str(text)

    def plain_event(self) -> int | None:
        """An adverse event that nothing else hangs on: mild, not serious, at a site that writes English."""
        frame = self.files["ae"]
        chosen = frame["AEGR"].isin(["1", "2"]) & (frame["AEGRSCL_STD"] == "CTCAE5") & (frame["AESER_STD"] == "N")
        chosen &= frame["AETERM_EN"].isna() & frame["AEENDAT"].notna() & frame["AESTDAT"].notna()
        chosen &= frame["SUBJECTSTATUS"].isin(["TREATED"])
        return self.take("ae", chosen.to_numpy(dtype=bool, na_value=False))


def spoil(mess: Mess) -> None:
    """Every item M1 to M20, each where the study is large enough to have the rows."""
    for step in (_dates, _times, _units, _results, _visits, _after_cut, _duplicates, _characters, _people, _vendors,
                 _fields, _comments, _safety):  # fmt: skip
        step(mess)
    _notes(mess)


def _dates(m: Mess) -> None:
    """M1: partial, unknown and impossible dates."""
    for raw in ("UN {mmm} {yyyy}", "UN UNK {yyyy}", "UN UNK UNK"):
        row = m.plain_event()
        if row is None:
            return
        year, month = m.value("ae", row, "AESTDAT_YYYY"), int(m.value("ae", row, "AESTDAT_MM"))
        text = raw.format(mmm=MONTHS[month - 1], yyyy=year)
        m.date("ae", row, "AESTDAT", text)
        if raw.startswith("UN {"):
            m.put("ae", row, AESTTIM="10:15", AESTTIM_RAW="10:15")
            m.note("M1", "ae", row, f"AESTDAT_RAW `{text}` with a known time 10:15")
        else:
            m.note("M1", "ae", row, f"AESTDAT_RAW `{text}`")
    row = m.take("cm", CMPURP_STD="PROPHYLAXIS", CMONGO_STD="N")
    if row is not None:
        m.date("cm", row, "CMENDAT", "31 FEB 2025")
        m.note("M1", "cm", row, "impossible date CMENDAT_RAW `31 FEB 2025`")


def _times(m: Mess) -> None:
    """M2: unknown times, and one with seconds."""
    for file, field_, text in (("lbhem", "LBTIM", "UN:UN"), ("lbchem", "LBTIM", "99:99"), ("lbcoag", "LBTIM", "24:00"),
                               ("ae", "AESTTIM", "UN:UN"), ("vs", "VSTIM", "99:99")):  # fmt: skip
        known = m.files[file][field_].notna().to_numpy()
        planned = (m.files[file]["FOLDER"] != "D0").to_numpy(dtype=bool)
        row = m.take(file, known & planned)
        if row is not None:
            m.put(file, row, **{field_: "", f"{field_}_RAW": text})
            m.note("M2", file, row, f"{field_}_RAW `{text}`")
    row = m.take("inf", INFYN_STD="Y")
    if row is not None:
        start = m.value("inf", row, "INFSTTIM_RAW") + ":00"
        m.put("inf", row, INFSTTIM=start, INFSTTIM_RAW=start)
        m.note("M2", "inf", row, f"seconds collected: INFSTTIM `{start}`")


def _units(m: Mess) -> None:
    """M4: a unit that is nowhere, and one that cannot be right."""
    row = m.take("lbchem", FOLDER="M2")
    if row is not None:
        m.put("lbchem", row, LBLAB="", GLUC_RES="5.5", GLUC_UNIT="", GLUC_LLN="", GLUC_ULN="")
        m.note("M4", "lbchem", row, "glucose `5.5` without unit, sample of an unlisted laboratory (LBLAB empty)")
    row = m.take("lbhem", HGB_UNIT="g/dL", FOLDER="D14")
    if row is not None:
        m.put("lbhem", row, HGB_RES="125")
        m.note("M4", "lbhem", row, "hemoglobin `125` labelled g/dL")
    if (m.files["lbhem"]["HGB_UNIT"] == "g/L").any():
        m.note("M4", "lbhem", None, "units by site: L01 g/dL, L02 g/L, L03 g/dL until 2025-08-31 and g/L after")
        m.note("M4", "lbcoag", None, "L01 prints no unit and no range: they are in labs.csv")


def _results(m: Mess) -> None:
    """M5: results that are not numbers."""
    cases = (("lbchem", "BILDIR", "TRACE", "D7"), ("lbchem", "BILDIR", "1+", "D10"), ("lbchem", "CRP", "NEG", "D21"),
             ("lbhem", "EOS", "3-5", "D21"), ("lbhem", "BASO", "NOT DONE", "D4"), ("lbhem", "MONO", "ND", "D1"),
             ("lbchem", "ALT", "see comment", "D1"), ("lbchem", "K", "HEMOLYZED", "D4"),
             ("lbhem", "NEUT", "<0.5", "D10"), ("lbchem", "FERR", ">5000", "D10"),
             ("lbcoag", "FIB", "CLOTTED", "D4"))  # fmt: skip
    for file, test, text, folder in cases:
        row = m.take(file, m.files[file][f"{test}_RES"].notna().to_numpy(), FOLDER=folder)
        if row is not None:
            m.put(file, row, **{f"{test}_RES": text, f"{test}_CS": ""})
            m.note("M5", file, row, f"{test}_RES `{text}`")
    row = m.take("lbhem", SITENUMBER="02", FOLDER="D28")
    if row is not None:
        m.put("lbhem", row, EOS_RES="\u672a\u505a", BASO_RES="\u89c1\u5907\u6ce8", EOS_CS="", BASO_CS="")
        m.note("M5", "lbhem", row, "EOS_RES `\u672a\u505a` (not done), BASO_RES `\u89c1\u5907\u6ce8` (see comment)")
    row = m.take("mmpanel", SITENUMBER="02", SIFE_STD="NEGATIVE")
    if row is not None:
        m.put("mmpanel", row, SIFE_ISO="\u672a\u89c1\u5355\u514b\u9686\u6761\u5e26")
        m.note("M5", "mmpanel", row, "SIFE_ISO text in Chinese (no monoclonal band)")
    row = m.take("cytok", ANALYTE="IL-6", TIMEPOINT="D4")
    if row is not None:
        m.put("cytok", row, RESULT=">5000", DILUTION="10")
        m.note("M5", "cytok", row, "IL-6 `>5000`")


def _visits(m: Mess) -> None:
    """M6: a day-28 sample hemolyzed and repeated two days later, two visit dates for one folder, one missing."""
    row = m.take("lbchem", FOLDER="D28", SITENUMBER="03")
    if row is not None:
        again = iso(np.array([day(m.value("lbchem", row, "LBDAT")) + 2])).iloc[0]
        year, month, digit = again.split("-")
        new = m.copy("lbchem", row, INSTANCEREPEAT="1", FOLDERSEQ="110.01", RECORDDATE=again,
                     SAVETS=f"{again}T11:20:00Z")  # fmt: skip
        m.date("lbchem", new, "LBDAT", f"{digit} {MONTHS[int(month) - 1]} {year}")
        m.put("lbchem", row, K_RES="HEMOLYZED", LDH_RES="HEMOLYZED", K_CS="", LDH_CS="")
        m.note("M6", "lbchem", row, "day 28: K and LDH `HEMOLYZED`, repeated two days later")
        m.note("M6", "lbchem", new, "the repeat: FOLDER D28, INSTANCEREPEAT 1, FOLDERSEQ 110.01")
    row = m.take("lbhem", FOLDER="UNS")
    if row is not None:
        m.note("M6", "lbhem", row, f"unscheduled visit, FOLDERSEQ {m.value('lbhem', row, 'FOLDERSEQ')}")
    row = m.take("sv", FOLDER="D14", VISOCC_STD="Y")
    if row is not None:
        new = m.copy("sv", row, RECORDPOS="2")
        raw = m.value("sv", row, "VISDAT_RAW")
        m.date("sv", new, "VISDAT", f"{int(raw[:2]) % 28 + 1:02d}{raw[2:]}")
        m.note("M6", "sv", new, "second visit date for the folder")
    row = m.take("sv", FOLDER="D21", VISOCC_STD="Y")
    if row is not None:
        m.put("sv", row, VISDAT="", VISDAT_RAW="", VISDAT_YYYY="", VISDAT_MM="", VISDAT_DD="")
        m.note("M6", "sv", row, "visit took place, its date is missing")


def _after_cut(m: Mess) -> None:
    """M7: events around and after the cut of 2026-03-31."""
    for start, end, what in (("20 MAR 2026", "08 APR 2026", "starts before, ends after the cut"),
                             ("05 APR 2026", "09 APR 2026", "starts after the cut")):  # fmt: skip
        frame = m.files["ae"]
        alive = np.isin(np.asarray(frame["SUBJECT"].astype("str"), dtype=str), _present(m.people))
        row = m.take("ae", alive & (frame["AEENDAT"].notna()).to_numpy(), AEGR="1", AESER_STD="N")
        if row is None:
            return
        subject = m.value("ae", row, "SUBJECT")
        number = 1 + max(int(n) for n in frame.loc[(frame["SUBJECT"] == subject).to_numpy(), "AESPID"].astype("str"))
        digit, month, year = end.split(" ")
        saved = f"{year}-{MONTHS.index(month) + 1:02d}-{digit}"
        new = m.copy("ae", row, AESPID=str(number), RECORDPOS=str(number), RECORDDATE=saved,
                     SAVETS=f"{saved}T12:00:00Z", AEOUT="Recovered/Resolved",
                     AEOUT_STD="RECOVERED/RESOLVED")  # fmt: skip
        m.date("ae", new, "AESTDAT", start)
        m.date("ae", new, "AEENDAT", end)
        m.note("M7", "ae", new, f"{what}: {start} to {end}")
    row = m.take("cm", np.isin(np.asarray(m.files["cm"]["SUBJECT"].astype("str"), dtype=str), _present(m.people)),
                 CMPURP_STD="OTHER")  # fmt: skip
    if row is not None:
        new = m.copy("cm", row, CMAENO="", CMONGO="Yes", CMONGO_STD="Y", CMSTTIM="", CMSTTIM_RAW="",
                     RECORDDATE="2026-04-01", SAVETS="2026-04-02T08:00:00Z", RECORDPOS="99")  # fmt: skip
        m.date("cm", new, "CMSTDAT", "UN MAR 2026")
        m.put("cm", new, CMENDAT="", CMENDAT_RAW="", CMENDAT_YYYY="", CMENDAT_MM="", CMENDAT_DD="")
        m.note("M7", "cm", new, "CMSTDAT_RAW `UN MAR 2026`: the month of the cut")
    late = (m.files["lbhem"]["LBDAT"].astype("str") > "2026-03-31").to_numpy(dtype=bool, na_value=False)
    row = m.take("lbhem", late)
    if row is not None:
        m.note("M7", "lbhem", row, f"sample of {m.value('lbhem', row, 'LBDAT')}, after the cut")


def _present(people: People) -> list[str]:
    """Infused subjects still observed at the extract."""
    here = people.infused & ((people.end == NONE) | (people.end > EXTRACT))
    return [people.subject[i] for i in np.flatnonzero(here)]


def _duplicates(m: Mess) -> None:
    """M8 and M17: exact copies, same key with other values, rows made inactive."""
    row = m.plain_event()
    if row is not None:
        m.note("M8", "ae", m.copy("ae", row), f"copy of {m.value('ae', row, 'RECORDID')} in all but RECORDID")
    row = m.take("lbcoag", FOLDER="D28")
    if row is not None:
        m.note(
            "M8", "lbcoag", m.copy("lbcoag", row), f"copy of {m.value('lbcoag', row, 'RECORDID')} in all but RECORDID"
        )
    row = m.take("lbhem", m.files["lbhem"]["WBC_RES"].notna().to_numpy(), FOLDER="D7")
    if row is not None:
        date = m.value("lbhem", row, "SAVETS")[:10]
        m.put("lbhem", row, WBC_RES="3.2", SAVETS=f"{date}T10:00:00Z")
        new = m.copy("lbhem", row, WBC_RES="3.4", SAVETS=f"{date}T15:00:00Z")
        m.note(
            "M8", "lbhem", new, f"same key as {m.value('lbhem', row, 'RECORDID')}, WBC 3.4 instead of 3.2, saved later"
        )
    for file, equal in (("ae", {"AEGR": "1"}), ("lbhem", {"FOLDER": "M3"}), ("resp", {"FOLDER": "M3"})):
        row = m.take(file, None, **equal)
        if row is not None:
            m.note("M17", file, m.copy(file, row, RECORDACTIVE="0"), "RECORDACTIVE 0: deleted by the site")


def _characters(m: Mess) -> None:
    """M9: characters outside ASCII in verbatims, results and units; long and translated verbatims."""
    texts = (("Fever \u2265 38.5\u00a0\u00b0C \u2013 \u201con\u2011off\u201d, patient\u2019s", "dashes, smart quotes"),
             ("Rash (3 cm\u00b2), \u03bc-papules; cr\u00e8me applied", "superscript, Greek mu, accent"),
             (LONG_TERM, f"verbatim of {len(LONG_TERM.encode())} bytes"))  # fmt: skip
    for text, what in texts:
        row = m.plain_event()
        if row is not None:
            m.put("ae", row, AETERM=text)
            m.note("M9", "ae", row, f"AETERM: {what}")
    row = m.take("lbhem", SITENUMBER="02", FOLDER="D7")
    if row is not None:
        m.put("lbhem", row, LYM_RES="\uff1c0.5", BASO_RES="\uff10.01", LYM_CS="", BASO_CS="")
        m.note("M9", "lbhem", row, "full-width LYM_RES `\uff1c0.5`, BASO_RES `\uff10.01`")
    translated = m.files["ae"]["AETERM_EN"].notna().to_numpy()
    row = m.take("ae", translated)
    if row is not None:
        m.note("M9", "ae", row, "Chinese AETERM with its translation in AETERM_EN")
    m.note("M9", "lbcoag", None, "the file begins with a byte order mark")
    m.note(
        "M9",
        "lbhem",
        None,
        "`10^3/\u00b5L` (micro sign, L01), `x10^3/\u03bcL` (Greek mu, L03), `10\u2079/L` (L02)",
    )


def _people(m: Mess) -> None:
    """M10, M11: screen failures, rescreening, never infused."""
    for item, file, equal, what in (
        ("M10", "ie", {"IEYN_STD": "N"}, "screen failure: unmet criterion"),
        ("M11", "prodrel", {"RELSTAT_STD": "OOS"}, "product out of specification, never treated"),
        ("M11", "inf", {"INFYN_STD": "N"}, "lymphodepletion given, infusion cancelled"),
    ):
        row = m.take(file, None, **equal)
        if row is not None:
            m.note(item, file, row, what)
    row = m.take("subj", m.files["subj"]["RESCREENOF"].notna().to_numpy())
    if row is not None:
        m.note("M10", "subj", row, f"rescreened: RESCREENOF {m.value('subj', row, 'RESCREENOF')}")


def _vendors(m: Mess) -> None:
    """M12, M13: subject numbers as vendors write them; subjects and visits that the EDC does not have."""
    for line in m.rows("central_lb", SUBJID=m.people.subject[0], VISIT="Cycle 1 D7"):
        m.put("central_lb", line, SUBJID=f"{m.people.subject[0]}  ")
        m.note("M12", "central_lb", line, "SUBJID with trailing blanks")
    m.note("M12", "cytok", None, "SUBJID without hyphen: `01001`")
    m.note("M12", "ck", None, "first site of each block: `1-001`; the other sites `02-001`")
    row = m.take("sae")
    if row is not None:
        m.put("sae", row, SUBJID=m.value("sae", row, "SUBJID").lower())
        m.note("M12", "sae", row, "lower-case prefix `ct0596-101-`; all rows carry the study prefix")
    for line in m.rows("central_lb", SUBJID=m.people.subject[0], VISIT="Cycle 1 D28")[:2]:
        m.note("M13", "central_lb", m.copy("central_lb", line, SUBJID="01-999", ACCESSION="CL799999", DOB=""),
               "subject 01-999 is not in the EDC")  # fmt: skip
    row = m.take("ck", VISIT="D14", ASSAY="qPCR")
    if row is not None:
        m.note("M13", "ck", m.copy("ck", row, VISIT="D17", NOMDAY="17", COLDTM=_later(m.value("ck", row, "COLDTM"))),
               "visit D17 is not in the EDC")  # fmt: skip
    row = m.take("ck", MATRIX="WHOLE BLOOD", VISIT="D28", ASSAY="qPCR")
    if row is not None:
        m.put("ck", row, MATRIX="BONE MARROW")
    m.note("M3", "central_lb", None, "COLDAT `07APR2025`, COLTIM `0930`")
    m.note("M3", "ck", None, "COLDTM `2025/4/7 09:30` (year/month/day)")
    m.note("M3", "mrd", None, "COLDAT is an Excel serial number: `45754` is 2025-04-07")


def _later(stamp: str) -> str:
    """A vendor's time stamp (2025/4/7 09:30) three days later."""
    date, time = stamp.split(" ")
    year, month, digit = (int(p) for p in date.split("/"))
    later = iso(np.array([day(f"{year}-{month:02d}-{digit:02d}") + 3])).iloc[0].split("-")
    return f"{later[0]}/{int(later[1])}/{int(later[2])} {time}"


def _fields(m: Mess) -> None:
    """M15, M16, M18: several answers in one field, doses in words, codes that are missing."""
    for separator in (";", ", "):
        multiple = m.files["resp"]["PDBASIS"].astype("str").str.contains(";").to_numpy(dtype=bool, na_value=False)
        row = m.take("resp", multiple)
        if row is not None:
            text = m.value("resp", row, "PDBASIS").replace(";", separator)
            m.put("resp", row, PDBASIS=text)
            m.note("M15", "resp", row, f"PDBASIS `{text}`")
    row = m.take("cm", np.asarray(m.files["cm"]["CMAENO"].notna()), CMPURP_STD="OTHER")
    if row is not None:
        first = int(m.value("cm", row, "CMAENO"))
        other = "1" if first > 1 else "2"
        text = ",".join(sorted([str(first), other], key=int))
        m.put("cm", row, CMAENO=text)
        m.note("M15", "cm", row, f"CMAENO `{text}`")
    for dose in ("500-1000", "1 tab"):
        row = m.take("cm", CMDOSE=dose)
        if row is not None:
            m.note("M16", "cm", row, f"CMDOSE `{dose}`")
    row = m.plain_event()
    if row is not None:
        m.put("ae", row, AEOUT_STD="")
        m.note("M18", "ae", row, f"AEOUT `{m.value('ae', row, 'AEOUT')}`, AEOUT_STD empty")
    row = m.take("sv", VISMODE_STD="IN PERSON", FOLDER="M2")
    if row is not None:
        m.put("sv", row, VISMODE_STD="")
        m.note("M18", "sv", row, "VISMODE without VISMODE_STD")


def _comments(m: Mess) -> None:
    """M14, M19: one date for several samples; line breaks and quotes in comments."""
    row = m.take("mmpanel", FOLDER="D28")
    if row is not None:
        m.note("M14", "mmpanel", row, "SPEPDAT is the date of all serum tests of the form")
    for text in ('Best "ever" response\nconfirmed by phone,\r\nsee letter', 'Sent to central review; "pending"'):
        row = m.take("resp", RSRESP_STD="VGPR")
        if row is not None:
            m.put("resp", row, RSCOMM=text)
            m.note("M19", "resp", row, "RSCOMM with " + ("line breaks and quotes" if "\n" in text else "quotes"))
    m.note("M19", "resp", None, "first half of the lines ends in CR LF, the second half in LF")


def _safety(m: Mess) -> None:
    """M20: the safety database differs from the EDC: another end date, one case more, one less."""
    row = m.take("sae", m.files["sae"]["ENDAT"].notna().to_numpy(), SERCRIT="HOSPITALIZATION")
    if row is None:
        return
    later = iso(np.array([day(m.value("sae", row, "ENDAT")) + 2])).iloc[0]
    m.put("sae", row, ENDAT=later)
    m.note("M20", "sae", row, "ENDAT two days later than AEENDAT of the EDC")
    new = m.copy("sae", row, SAETERM="Fall", PT="Fall")
    m.note("M20", "sae", new, "no such event in ae.csv")
    gone = m.take("sae", SERCRIT="HOSPITALIZATION")
    if gone is not None:
        missing = m.value("sae", gone, "SUBJID")
        frame = m.files["sae"]
        m.files["sae"] = frame.drop(index=gone).reset_index(drop=True)
        m.places[:] = [_shifted(p, gone) for p in m.places]
        m.note("M20", "sae", None, f"one serious event of {missing} is missing here")


def _shifted(place: Place, gone: int) -> Place:
    """A place in sae.csv after a line before it was taken out."""
    if place.file != "sae" or not place.record.startswith("line "):
        return place
    line = int(place.record.removeprefix("line "))
    return Place(place.item, place.file, f"line {line - (line > gone + 2)}", place.what)


def _notes(m: Mess) -> None:
    """The places in the order of the items."""
    m.places.sort(key=lambda p: (int(p.item[1:]), p.file))
