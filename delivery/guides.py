"""Drafts of the reviewer's guides, cSDRG and ADRG: the sections of the PHUSE templates, tables filled from the run.

What only a person can say is marked. Source: PHUSE Clinical Study Data Reviewer's Guide, version 1.2; PHUSE Analysis
Data Reviewer's Guide, version 1.2.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from delivery.docx_file import Block, Heading, Paragraph, Table, write_docx
from delivery.ectd import ADAM, PROGRAMS, SDTM
from delivery.guide_facts import GuideFacts
from specs.resolve import StudyModel

TO_WRITE = "[To be written by the sponsor: {}]"
CONFORMANCE = ("Rule", "Severity", "Datasets", "Findings", "Records", "Explanation")
DESIGN = "Trial Design"
SPLIT = "A dataset over the limit of the agency has its parts, of whole subjects, in the folder split beside it:"
DATASETS = ("Dataset", "Label", "Class", "Keys", "Records", "Variables")


def write_guides(model: StudyModel, delivery: Path, study: Path, agency: str) -> list[Path]:
    """Write csdrg.docx and adrg.docx beside the defines of a package's study folder; gives what was written."""
    written = []
    for part, name, title, sections in (
        (SDTM, "csdrg", "Clinical Study Data Reviewer's Guide", _csdrg),
        (ADAM, "adrg", "Analysis Data Reviewer's Guide", _adrg),
    ):
        place = study / part
        if place.is_dir():
            facts = GuideFacts(model, delivery, place, part == ADAM)
            head: list[Block] = [Heading(f"{title}, {model.study.study}", 0), Paragraph(f"Draft for {agency}")]
            path = place / f"{name}.docx"
            stamp = datetime.fromisoformat(model.study.timestamp)
            write_docx(path, f"{title}, {model.study.study}", model.study.study, stamp, [*head, *sections(facts)])
            written.append(path)
    return written


def _csdrg(facts: GuideFacts) -> list[Block]:
    return [
        Heading("1. Introduction"),
        Heading("1.1 Purpose", 2),
        Paragraph("This document gives context for the tabulation datasets and the terminology of the study."),
        *_inventory(facts),
        *_protocol(facts),
        Heading("2.3 Trial Design Datasets", 2),
        Table(DATASETS, [r for r in facts.datasets() if r[2] == DESIGN]),
        Heading("3. Subject Data Description"),
        Heading("3.1 Overview", 2),
        Table(("Question", "Answer"), _overview(facts)),
        Paragraph("Datasets that were planned and have no records at this cut:"),
        Table(("Dataset", "Label"), facts.empty()),
        Paragraph("What the data cut does:"),
        Table(
            ("Dataset", "Rule of the cut", "Records removed", "Values removed", "Values replaced"), facts.cut_rules()
        ),
        Heading("3.2 Traceability and origin of data", 2),
        Paragraph("Every dataset is made from the extract by the specs that are in the package as readable text."),
        Table(("Dataset", "Made from", "Origins of its variables (number)"), facts.origins()),
        Paragraph("The files of the extract:"),
        Table(("File", "Source", "Kind", "SHA-256"), facts.sources()),
        Heading("3.3 Annotated CRFs", 2),
        Paragraph(
            "acrf.pdf has every form with bookmarks by form and by visit; what is not in the datasets is annotated."
        ),
        Paragraph("Fields that are not submitted:"),
        Table(("Form", "Field", "Reason"), facts.not_submitted()),
        Heading("3.4 SDTM Subject Domains", 2),
        Table(DATASETS, [r for r in facts.datasets() if r[2] != DESIGN]),
        Paragraph(SPLIT),
        Table(("Dataset", "Bytes", "Parts"), facts.splits()),
        Paragraph("Structures and comments:"),
        Table(("Dataset", "Structure", "Comment"), facts.structures()),
        Heading("3.5 Dependencies between datasets", 2),
        Table(("Dataset", "Needs"), facts.dependencies()),
        Heading("3.6 Extended codelists", 2),
        Table(("Codelist", "Term", "Meaning"), facts.extended_codelists()),
        *_conformance(facts, "4"),
        *_software(facts, "5"),
        Heading("Appendix I: Inclusion and Exclusion Criteria"),
        Table(("Code", "Category", "Criterion", "Version"), facts.criteria()),
    ]


def _adrg(facts: GuideFacts) -> list[Block]:
    return [
        Heading("1. Introduction"),
        Heading("1.1 Purpose", 2),
        Paragraph("This document gives context for the analysis datasets and the terminology of the study."),
        *_inventory(facts),
        Heading("1.4 Source Data Used for Analysis Dataset Creation", 2),
        Table(("Dataset", "Made from", "Origins of its variables (number)"), facts.origins()),
        *_protocol(facts),
        Heading("3. Analysis Considerations Related to Multiple Analysis Datasets"),
        Heading("3.1 Core Variables", 2),
        Paragraph(", ".join(facts.core_variables()) or "There are none."),
        Heading("3.2 Treatment Variables", 2),
        Paragraph(TO_WRITE.format("treatment variables and their use"), open=True),
        Heading("3.3 Subject Issues that Require Special Analysis Rules", 2),
        Paragraph(TO_WRITE.format("subjects that were screened again, or treated otherwise"), open=True),
        Heading("3.4 Use of Visit Windowing, Unscheduled Visits, and Record Selection", 2),
        Paragraph(TO_WRITE.format("windows and selection, see the methods in define.xml"), open=True),
        Heading("3.5 Imputation and Derivation Methods", 2),
        Table(("Variable", "Method"), facts.imputed()),
        Heading("4. Analysis Data Creation and Processing Issues"),
        Heading("4.1 Split Datasets", 2),
        Paragraph(SPLIT),
        Table(("Dataset", "Bytes", "Parts"), facts.splits()),
        Heading("4.2 Data Dependencies", 2),
        Table(("Dataset", "Needs"), facts.dependencies()),
        Heading("4.3 Intermediate Datasets", 2),
        Table(("Dataset", "Made for"), facts.intermediate()),
        Heading("4.4 Extended codelists", 2),
        Table(("Codelist", "Term", "Meaning"), facts.extended_codelists()),
        Heading("5. Analysis Dataset Descriptions"),
        Heading("5.1 Overview", 2),
        Paragraph(
            f"The data cut is {facts.manifest['cut']}; it is made in the tabulations, before anything is derived."
        ),
        Heading("5.2 Analysis Datasets", 2),
        Table(DATASETS, facts.datasets()),
        Table(("Dataset", "Structure", "Comment"), facts.structures()),
        *_conformance(facts, "6"),
        Heading("7. Submission of Programs"),
        Paragraph(
            f"{PROGRAMS.as_posix()} holds the resolved spec of every dataset as text: for each variable its method, "
            "and the layer, file and line that each value of the spec comes from; analyses.txt, where there are "
            "analyses, holds theirs. The specs are the programs."
        ),
        *_software(facts, "8"),
    ]


def _overview(facts: GuideFacts) -> list[tuple[object, ...]]:
    """The questions of the template that a run can answer."""
    analysed = any("/adam/" in name for name in facts.manifest["outputs"])
    return [
        ("Date of the data cut", facts.manifest["cut"] or "none"),
        ("Are the datasets the source of the analysis datasets?", "Yes" if analysed else "No analysis datasets"),
        ("Subjects that failed screening, in DM", facts.screen_failures()),
        ("Are the data a subset of what was collected?", "Columns that are not submitted are annotated in acrf.pdf"),
    ]


def _inventory(facts: GuideFacts) -> list[Block]:
    return [
        Heading("1.2 Acronyms", 2),
        Paragraph(TO_WRITE.format("acronyms that are not those of CDISC"), open=True),
        Heading("1.3 Study Data Standards and Dictionary Inventory", 2),
        Table(("Kind", "Name", "Version"), facts.standards()),
    ]


def _protocol(facts: GuideFacts) -> list[Block]:
    study = facts.model.study
    said = [facts.summary(code) for code in ("TITLE", "SPONSOR", "TPHASE", "SSTDTC")]
    rows = zip(("Title", "Sponsor", "Phase", "Start of the study"), said, strict=True)
    return [
        Heading("2. Protocol Description"),
        Heading("2.1 Protocol Number and Title", 2),
        Table(("Fact", "Value"), [("Protocol number", study.study), *((k, v) for k, v in rows if v)]),
        Heading("2.2 Protocol Design", 2),
        Paragraph(study.description or TO_WRITE.format("the design"), open=not study.description),
    ]


def _conformance(facts: GuideFacts, number: str) -> list[Block]:
    return [
        Heading(f"{number}. Data Conformance Summary"),
        Heading(f"{number}.1 Conformance Inputs", 2),
        Paragraph("The checks of Cutline on every dataset, across datasets, and of define.xml against the files."),
        Paragraph(TO_WRITE.format("other conformance checks, with their versions"), open=True),
        Heading(f"{number}.2 Issues Summary", 2),
        Table(CONFORMANCE, facts.conformance()),
    ]


def _software(facts: GuideFacts, number: str) -> list[Block]:
    return [Heading(f"{number}. Software and versions"), Table(("Software", "Version"), facts.software())]
