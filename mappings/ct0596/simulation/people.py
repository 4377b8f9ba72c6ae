"""Who takes part and when: subject numbers, milestones, planned visits and the visits that take place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from .base import EXTRACT, NONE, Bools, Column, Floats, Form, Ints, Rows, cumulative_count, day, generator, pick
from .courses import COURSES, INFUSED, LD_ONLY, MANUFACTURING, SCREEN_FAILURE

SITES_AT_MOST: Final = 99


@dataclass(frozen=True)
class Folder:
    """A visit or log folder; target is the protocol day, None where there is no plan."""

    oid: str
    name: str
    seq: int
    target: int | None = None
    window: int = 0


FOLDERS: Final = (
    Folder("SCR", "Screening", 10),
    Folder("APH", "Apheresis", 20),
    Folder("PRELD", "Pre-Lymphodepletion", 30, -6),
    Folder("LD1", "LD Day 1", 31, -5),
    Folder("LD2", "LD Day 2", 32, -4),
    Folder("LD3", "LD Day 3", 33, -3),
    Folder("D0", "Day 0", 40, 0),
    Folder("D1", "Day 1", 50, 1),
    Folder("D4", "Day 4", 60, 4, 1),
    Folder("D7", "Day 7", 70, 7, 1),
    Folder("D10", "Day 10", 80, 10, 1),
    Folder("D14", "Day 14", 90, 14, 2),
    Folder("D21", "Day 21", 100, 21, 2),
    Folder("D28", "Day 28", 110, 28, 3),
    Folder("M2", "Month 2", 120, 60, 7),
    Folder("M3", "Month 3", 130, 90, 7),
    Folder("M6", "Month 6", 140, 180, 14),
    Folder("M9", "Month 9", 150, 270, 14),
    Folder("M12", "Month 12", 160, 360, 14),
    Folder("M15", "Month 15", 170, 450, 28),
    Folder("M18", "Month 18", 180, 540, 28),
    Folder("M21", "Month 21", 190, 630, 28),
    Folder("M24", "Month 24", 200, 720, 28),
    Folder("UNS", "Unscheduled", 0),
    Folder("SURV", "Survival Contact", 900),
    Folder("EOT", "End of Treatment", 910),
    Folder("EOS", "End of Study", 920),
    Folder("DTH", "Death", 930),
    Folder("LOG", "Running Records", 990),
)
OIDS: Final = {f.oid: i for i, f in enumerate(FOLDERS)}
SEQ: Final = np.array([float(f.seq) for f in FOLDERS])
PLANNED: Final = OIDS["M24"] + 1
D28, M2 = OIDS["D28"], OIDS["M2"]

# kinds of visit
SCHEDULED, CONFIRMATION, SAFETY, SURVIVAL, MISSED, PHONE = range(6)


@dataclass(frozen=True)
class People:
    """One entry per subject number, in order of enrolment."""

    course: Ints
    block: Ints
    site: Ints
    site_kind: Ints
    subject: list[str]
    status: list[str]
    original: Ints
    female: Bools
    age: Ints
    birth: Ints
    consent: Ints
    screening: Ints
    enrolled: Ints
    apheresis: Ints
    lymphodepletion: Ints
    infusion: Ints
    nominal: Ints
    reinfusion: Ints
    progression: Ints
    confirmation: Ints
    new_therapy: Ints
    death: Ints
    end: Ints
    last: Ints
    planned: Ints
    level: Ints
    crs: Ints
    icans: Ints
    crs_onset: Ints
    weight: Floats
    height: Floats

    def __len__(self) -> int:
        return len(self.course)

    def trait(self, name: str) -> Column:
        """A text trait of each person's course."""
        return pick(self.course, [str(getattr(c, name)) for c in COURSES])

    def of(self, name: str, *values: object) -> Bools:
        """Whom a trait of the course is one of these values of."""
        chosen: Bools = np.array([getattr(c, name) in values for c in COURSES])[self.course]
        return chosen

    @property
    def infused(self) -> Bools:
        """Who received CT0596."""
        given: Bools = self.infusion != NONE
        return given

    @property
    def writes_english(self) -> Bools:
        """Whose site writes English (the second site of each three writes Chinese)."""
        english: Bools = self.site_kind != 1
        return english

    def rows(self, person: Ints, folder: str, days: Ints, repeat: Ints | None = None) -> Rows:
        """Records of persons in one folder; a repeat number moves FOLDERSEQ by hundredths."""
        again = np.zeros(len(person), dtype=np.int64) if repeat is None else repeat
        place = np.full(len(person), OIDS[folder])
        seq = SEQ[place] + again / 100
        return Rows(person, place, seq, again, np.zeros(len(person), dtype=np.int64), days)

    def form(self, name: str, rows: Rows, seed: int) -> Form:
        """An EDC form with its system columns filled."""
        return Form(name, self, rows, seed)


def _after(start: Ints, low: int, high: int, random: np.random.Generator, mask: Bools) -> Ints:
    """A day some days after another for those in the mask."""
    return np.where(mask & (start != NONE), start + random.integers(low, high + 1, len(start)), NONE)


def _planned(
    nominal: Ints, screening: Ints, apheresis: Ints, role: dict[str, Bools], random: np.random.Generator
) -> Ints:
    """The day of every planned visit, persons by folders; NONE where the person's part never gets there."""
    size = len(nominal)
    result = np.full((size, PLANNED), NONE, dtype=np.int64)
    result[:, OIDS["SCR"]], result[:, OIDS["APH"]] = screening, apheresis
    for column, folder in enumerate(FOLDERS[:PLANNED]):
        if folder.target is None:
            continue
        spread = (folder.window + 1) // 2
        days = nominal + folder.target + random.integers(-spread, spread + 1, size)
        reached = role[INFUSED] | (role[LD_ONLY] if folder.target < 0 else False)
        result[:, column] = np.where(reached, days, NONE)
    return result


def _numbers(site: Ints) -> list[str]:
    """Subject numbers: site, and a count within the site."""
    count = cumulative_count(site) + 1
    return [f"{s:02d}-{c:03d}" for s, c in zip(site.tolist(), count.tolist(), strict=True)]


def make_people(subjects: int, seed: int) -> People:
    """All subject numbers with their milestones; the first 24 are exactly the courses, later ones vary."""
    random = generator(seed, "people")
    index = np.arange(subjects)
    course, block = index % len(COURSES), index // len(COURSES)
    traits = {n: np.array([getattr(c, n) for c in COURSES])[course] for n in ("site", "role", "level", "crs", "icans")}
    blocks_of_sites = min(SITES_AT_MOST // 3, -(-subjects // len(COURSES)))
    site = (block % blocks_of_sites) * 3 + traits["site"] + 1
    role = {r: traits["role"] == r for r in (SCREEN_FAILURE, MANUFACTURING, LD_ONLY, INFUSED)}
    enrolled_role = ~role[SCREEN_FAILURE]

    starts = np.array([day(c.start) for c in COURSES])[course]
    nominal = starts + np.where(block > 0, random.integers(-10, 11, subjects), 0)
    apheresis = nominal - random.integers(28, 34, subjects)
    screened_out = apheresis - random.integers(1, 4, subjects)
    screening = screened_out - random.integers(3, 8, subjects)
    consent = screening - random.integers(1, 5, subjects)
    apheresis = np.where(enrolled_role, apheresis, NONE)
    enrolled = np.where(enrolled_role, screened_out, NONE)
    planned = _planned(nominal, screening, apheresis, role, random)
    infusion = np.where(role[INFUSED], nominal, NONE)
    lymphodepletion = np.where(role[INFUSED] | role[LD_ONLY], nominal - 5, NONE)

    def visit(name: str) -> Ints:
        column = np.array([OIDS.get(getattr(c, name), -1) for c in COURSES])[course]
        return np.where(column >= 0, planned[index, np.maximum(column, 0)], NONE)

    def ends(*names: str) -> Bools:
        return np.isin(np.array([c.end for c in COURSES])[course], names)

    progression = visit("pd_at")
    confirmation = _after(progression, 14, 24, random, np.ones(subjects, dtype=bool))
    treated_again = np.array([c.new_therapy for c in COURSES])[course]
    new_therapy = np.where(role[MANUFACTURING], _after(apheresis, 35, 45, random, treated_again),
                           _after(confirmation, 5, 30, random, treated_again))  # fmt: skip
    reinfusion = _after(confirmation, 35, 50, random, np.array([c.reinfused for c in COURSES])[course])
    death = np.full(subjects, NONE)
    for name, start, low, high in (("DEATH_PD", new_therapy, 60, 100), ("DEATH_AE", infusion, 38, 46),
                                   ("DEATH_LD", lymphodepletion, 20, 26)):  # fmt: skip
        death = np.where(ends(name), _after(start, low, high, random, ends(name)), death)
    end = _after(visit("end_at"), 2, 6, random, ends("WITHDRAW"))
    end = np.where(ends("LTFU"), _after(visit("end_at"), 60, 75, random, ends("LTFU")), end)
    end = np.where(ends("COMPLETED"), visit("end_at"), end)
    end = np.where(role[SCREEN_FAILURE], screened_out, end)
    end = np.where(death != NONE, death, end)
    seen = np.where(ends("LTFU"), visit("end_at"), end)
    last = np.where(end == NONE, EXTRACT, np.minimum(seen, EXTRACT))

    vary = (block > 0) & role[INFUSED]
    crs = np.where(vary, random.choice(5, subjects, p=[0.15, 0.42, 0.3, 0.11, 0.02]), traits["crs"])
    icans = np.where(vary, random.choice(5, subjects, p=[0.8, 0.11, 0.05, 0.03, 0.01]), traits["icans"])
    icans = np.where(crs == 0, 0, icans)
    age = random.integers(42, 76, subjects)
    female = random.random(subjects) < 0.45
    rescreen = np.array([c.rescreen_of for c in COURSES])[course]
    original = np.where(rescreen >= 0, index - course + rescreen, -1)
    same = np.where(original >= 0, original, index)
    age, female = age[same], female[same]
    height = np.where(female, 159.0, 171.0) + random.normal(0, 6, subjects)[same]
    birth = consent[same] - np.round(age * 365.25 + random.integers(5, 300, subjects)[same]).astype(np.int64)
    return People(
        course=course, block=block, site=site, site_kind=traits["site"], subject=_numbers(site),
        status=_status(role, infusion, end, ends("COMPLETED")), original=original, female=female, age=age,
        birth=birth, consent=consent, screening=screening, enrolled=enrolled, apheresis=apheresis,
        lymphodepletion=lymphodepletion, infusion=infusion, nominal=nominal, reinfusion=reinfusion,
        progression=progression, confirmation=confirmation, new_therapy=new_therapy, death=death, end=end, last=last,
        planned=planned, level=traits["level"], crs=crs, icans=icans,
        crs_onset=np.where((crs > 0) & role[INFUSED], infusion + random.integers(1, 5, subjects), NONE),
        weight=np.where(female, 58.0, 70.0) + random.normal(0, 8, subjects)[same], height=height,
    )  # fmt: skip


def _status(role: dict[str, Bools], infusion: Ints, end: Ints, completed: Bools) -> list[str]:
    texts = np.select(
        [role[SCREEN_FAILURE], completed, end != NONE, infusion != NONE],
        ["SCREEN FAILURE", "COMPLETED", "DISCONTINUED", "TREATED"], "ENROLLED",
    )  # fmt: skip
    return [str(t) for t in texts]


def make_visits(people: People, seed: int) -> Rows:
    """Visits that took place or were missed, planned and unscheduled, of each person in order of date."""
    random = generator(seed, "visits")
    person, folder = np.nonzero(people.planned != NONE)
    days = people.planned[person, folder]
    kind = np.full(len(person), SCHEDULED)
    luck = random.random(len(person))
    late = folder >= M2
    milestone = days == people.progression[person]
    kind[late & ~milestone & (luck < 0.03)] = MISSED
    kind[(folder > OIDS["M9"]) & (luck > 0.97) | (people.course[person] == 0) & (folder == OIDS["M15"])] = PHONE
    unscheduled = [
        _unscheduled(people, np.flatnonzero(people.confirmation != NONE), people.confirmation, CONFIRMATION),
        _extra(people, random),
        _without_infusion(people),
    ]
    parts = [(person, folder, days, kind), *unscheduled]
    person, folder, days, kind = [np.concatenate([np.asarray(p[i], dtype=np.int64) for p in parts]) for i in range(4)]
    after_therapy = (people.new_therapy[person] != NONE) & (days > people.new_therapy[person])
    kept = (days <= people.last[person]) & ~after_therapy
    person, folder, days, kind = person[kept], folder[kept], days[kept], kind[kept]
    order = np.lexsort([folder, days, person])
    person, folder, days, kind = person[order], folder[order], days[order], kind[order]
    seq, repeat = _sequence(person, folder)
    return Rows(person, folder, seq, repeat, kind, days)


def _unscheduled(people: People, who: Ints, days: Ints, kind: int) -> tuple[Ints, Ints, Ints, Ints]:
    size = len(who)
    return who, np.full(size, OIDS["UNS"]), days[who], np.full(size, kind)


def _extra(people: People, random: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """One unscheduled blood count in five infused persons, a week or two after day 28."""
    who = np.flatnonzero(people.infused & ((people.course % 5 == 0) | (random.random(len(people)) < 0.05)))
    days = people.planned[:, D28] + random.integers(5, 20, len(people))
    return _unscheduled(people, who, days, SAFETY)


def _without_infusion(people: People) -> tuple[Ints, Ints, Ints, Ints]:
    """A response visit before other therapy of those whose product failed."""
    who = np.flatnonzero(people.of("role", MANUFACTURING))
    return _unscheduled(people, who, people.apheresis + 25, CONFIRMATION)


def _sequence(person: Ints, folder: Ints) -> tuple[Floats, Ints]:
    """FOLDERSEQ and repeat: an unscheduled visit takes the number of the visit before it plus hundredths."""
    unscheduled = folder == OIDS["UNS"]
    planned = pd.Series(np.where(unscheduled, np.nan, SEQ[folder]))
    before = planned.groupby(person).ffill().fillna(10.0).to_numpy()
    count = cumulative_count(person, before, unscheduled)
    seq = np.round(np.where(unscheduled, before + (count + 1) / 100, before), 2)
    repeat = np.where(unscheduled, cumulative_count(person, unscheduled), 0)
    return seq.astype(np.float64), repeat.astype(np.int64)


def at(visits: Rows, *folders: str, kinds: tuple[int, ...] = ()) -> Bools:
    """Visits held in these folders in person, or of these unscheduled kinds."""
    planned = np.isin(visits.folder, [OIDS[f] for f in folders]) & (visits.kind == SCHEDULED)
    chosen: Bools = planned | np.isin(visits.kind, list(kinds))
    return chosen
