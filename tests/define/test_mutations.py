"""One fault at a time, planted in a valid define.xml or in its data, and the rules that report it, and no other."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from define.check import check_define
from define.rules import RULES
from tests.define.analysis_faults import ADAM, ORIGIN
from tests.define.faults import (
    Fault,
    at,
    attribute,
    both,
    column_of_201_bytes,
    described,
    drop,
    longer_column,
    non_standard,
    order,
    other_bytes,
    ref,
    remove,
    repeat,
    set_attribute,
    stored,
    swap,
    text,
    values,
    without_records,
)
from tests.define.small import Small, Variable

PAGE = "//*[@OID='{}']/def:Origin/def:DocumentRef/def:PDFPageRef"
CHECK = "//*[@OID='{}']/odm:RangeCheck"
TERM = "//*[@OID='{}']/*[@CodedValue='{}']"
CODE = "//*[@OID='{}']/odm:Alias"
TERM_CODE = "//*[@OID='{}']/*[@CodedValue='{}']/odm:Alias"

SDTM: dict[str, tuple[Fault, set[str]]] = {
    # the head, the standards, the documents
    "no ODM version": (at("/odm:ODM", "ODMVersion", None), {"HEADER"}),
    "a transactional file": (at("/odm:ODM", "FileType", "Transactional"), {"HEADER"}),
    "stylesheet not there": (lambda s: s.documents.remove("define2-1.xsl"), {"STYLESHEET"}),
    "no study description": (text("//odm:StudyDescription", ""), {"STUDY_TEXT"}),
    "another study name": (text("//odm:StudyName", "SMALL-2"), {"STUDY_DIFFERS"}),
    "another study in the data": (values("DM", "STUDYID", *["SMALL-2"] * 3), {"STUDY_DIFFERS"}),
    "a guide typed as CT": (attribute("STD.CT", "Name", "SDTMIG"), {"STANDARD_TYPE"}),
    "CT without set": (attribute("STD.CT", "PublishingSet", None), {"STANDARD_PUBLISHING_SET"}),
    "a guide with a set": (attribute("STD.SDTMIG", "PublishingSet", "SDTM"), {"STANDARD_PUBLISHING_SET"}),
    "CT version not a date": (attribute("STD.CT", "Version", "2025"), {"STANDARD_VERSION"}),
    "guide version a date": (attribute("STD.SDTMIG", "Version", "2025-03-28"), {"STANDARD_VERSION"}),
    "a standard twice": (repeat("//*[@OID='STD.CT']", OID="STD.CT2"), {"STANDARD_DUPLICATE"}),
    "no guide": (
        both(remove("//*[@OID='STD.SDTMIG']"), lambda s: [non_standard(e) for e in s.all("//odm:ItemGroupDef")]),
        {"GUIDE_MISSING"},
    ),
    "dataset without standard": (attribute("IG.LB", "def:StandardOID", None), {"GROUP_STANDARD"}),
    "dataset with CT as standard": (attribute("IG.LB", "def:StandardOID", "STD.CT"), {"GROUP_STANDARD"}),
    "a path of a machine": (attribute("LF.csdrg", "xlink:href", "/home/csdrg.docx"), {"HREF_NOT_RELATIVE"}),
    "a document not there": (lambda s: s.documents.remove("csdrg.docx"), {"DOCUMENT_MISSING"}),
    "a leaf without title": (text("//*[@ID='LF.acrf']/def:title", ""), {"LEAF_TITLE"}),
    "page zero": (at(PAGE.format("IT.DM.AGE"), "PageRefs", "0"), {"PAGE_RANGE"}),
    "pages in reverse": (at(PAGE.format("IT.DM.DTHFL"), "LastPage", "2"), {"PAGE_RANGE"}),
    "pages in words": (at(PAGE.format("IT.DM.AGE"), "PageRefs", "first"), {"PAGE_RANGE"}),
    # references
    "an OID twice": (repeat("//*[@OID='MT.SEQ']"), {"OID_DUPLICATE"}),
    "an ItemRef to nothing": (
        both(repeat("//odm:ItemRef[@ItemOID='IT.LB.LBDTC']", ItemOID="IT.LB.LBDY", OrderNumber="12")),
        {"ITEM_UNKNOWN"},
    ),
    "a codelist not there": (
        at("//*[@OID='IT.LB.LBSTRESU']/odm:CodeListRef", "CodeListOID", "CL.UNITS"),
        {"CODELIST_UNKNOWN", "CODELIST_UNUSED"},
    ),
    "a method not there": (ref("IT.LB.LBSEQ", "MethodOID", "MT.SEQUENCE"), {"METHOD_UNKNOWN", "METHOD_UNUSED"}),
    "a comment not there": (
        attribute("IT.LB.VISITNUM", "def:CommentOID", "COM.VISIT"),
        {"COMMENT_UNKNOWN", "COMMENT_UNUSED"},
    ),
    "a clause not there": (
        at("//def:WhereClauseRef[@WhereClauseOID='WC.LB.HGB']", "WhereClauseOID", "WC.LB.HEMOGLOBIN"),
        {"CLAUSE_UNKNOWN", "CLAUSE_UNUSED", "CLAUSE_UNCOVERED"},
    ),
    "a value list not there": (
        at("//def:ValueListRef[@ValueListOID='VL.SUPPLB.QVAL']", "ValueListOID", "VL.QVAL"),
        {"VALUE_LIST_UNKNOWN", "VALUE_LIST_UNUSED", "ORIGIN_MISSING"},
    ),
    "a standard not there": (attribute("CL.SEX", "def:StandardOID", "STD.2"), {"STANDARD_UNKNOWN"}),
    "a leaf not there": (
        at("//def:SupplementalDoc/def:DocumentRef", "leafID", "LF.guide"),
        {"LEAF_UNKNOWN", "LEAF_UNUSED"},
    ),
    "an orphan ItemDef": (repeat("//*[@OID='IT.DM.SEX']", OID="IT.DM.RACE"), {"ITEM_UNUSED"}),
    "an orphan codelist": (repeat("//*[@OID='CL.SEX']", OID="CL.RACE"), {"CODELIST_UNUSED"}),
    "an orphan method": (repeat("//*[@OID='MT.SEQ']", OID="MT.OTHER"), {"METHOD_UNUSED"}),
    "an orphan comment": (repeat("//*[@OID='COM.AE']", OID="COM.OTHER"), {"COMMENT_UNUSED"}),
    "an orphan clause": (repeat("//*[@OID='WC.LB.HGB']", OID="WC.OTHER"), {"CLAUSE_UNUSED"}),
    "an orphan value list": (repeat("//*[@OID='VL.LB.LBORRES']", OID="VL.OTHER"), {"VALUE_LIST_UNUSED"}),
    "an orphan document": (repeat("//*[@ID='LF.csdrg']", ID="LF.other"), {"LEAF_UNUSED"}),
    "the location of another": (attribute("IG.LB", "def:ArchiveLocationID", "LF.DM"), {"ARCHIVE_LOCATION"}),
    "no leaf": (
        both(remove("//*[@OID='IG.LB']/def:leaf"), lambda s: s.datasets.pop("LB")),
        {"ARCHIVE_LOCATION"},
    ),
    "a variable twice": (
        repeat("//odm:ItemRef[@ItemOID='IT.LB.LBDTC']", OrderNumber="12"),
        {"VARIABLE_DUPLICATE"},
    ),
    "a kind of values twice": (
        repeat("//odm:ItemRef[@ItemOID='IT.LB.LBORRES.XSCORE']", OrderNumber="4"),
        {"VALUE_ITEM_DUPLICATE", "CLAUSE_OVERLAP"},
    ),
    "a list within a list": (
        lambda s: s.oid("IT.SUPPLB.QVAL.LBREASOC").append(
            copy.deepcopy(s.one("//*[@OID='IT.SUPPLB.QVAL']/def:ValueListRef"))
        ),
        {"ITEM_NESTED"},
    ),
    # datasets
    "a dataset in small letters": (
        both(attribute("IG.LB", "Name", "lb"), attribute("IG.LB", "SASDatasetName", "lb")),
        {"DATASET_NAME", "DATASET_NAME_DIFFERS"},
    ),
    "another SAS name": (attribute("IG.LB", "SASDatasetName", "LB1"), {"DATASET_SAS_NAME"}),
    "another dataset in the file": (lambda s: setattr(s.datasets["LB"], "name", "LB1"), {"DATASET_NAME_DIFFERS"}),
    "no transport file": (lambda s: s.datasets.pop("LB"), {"DATASET_FILE_MISSING"}),
    "a damaged transport file": (lambda s: s.bytes.__setitem__("lb.xpt", b"SAS"), {"DATASET_FILE_MISSING"}),
    "a file under another name": (
        both(
            attribute("LF.LB", "xlink:href", "lab.xpt"),
            lambda s: s.bytes.__setitem__("lab.xpt", s.written("lb.xpt")),
            lambda s: s.datasets.pop("LB"),
        ),
        {"DATASET_FILE_NAME"},
    ),
    "a file that nobody describes": (lambda s: s.datasets.__setitem__("LB2", s.datasets["LB"]), {"FILE_NOT_DESCRIBED"}),
    "no dataset label": (
        both(described("IG.LB", ""), lambda s: setattr(s.datasets["LB"], "label", "")),
        {"DATASET_LABEL_MISSING"},
    ),
    "another dataset label": (described("IG.LB", "Laboratory Tests"), {"DATASET_LABEL_DIFFERS"}),
    "another dataset label in the data": (
        lambda s: setattr(s.datasets["LB"], "label", "Laboratory"),
        {"DATASET_LABEL_DIFFERS"},
    ),
    "a dataset label of 41 bytes": (
        described("IG.LB", "L" * 41),
        {"DATASET_LABEL_LIMIT", "DATASET_LABEL_DIFFERS"},
    ),
    "no structure": (attribute("IG.LB", "def:Structure", ""), {"STRUCTURE_MISSING"}),
    "the purpose of ADaM": (attribute("IG.LB", "Purpose", "Analysis"), {"PURPOSE"}),
    "no class": (remove("//*[@OID='IG.LB']/def:Class"), {"CLASS_MISSING"}),
    "findings as events": (at("//*[@OID='IG.LB']/def:Class", "Name", "EVENTS"), {"CLASS_WRONG"}),
    "DM as findings": (at("//*[@OID='IG.DM']/def:Class", "Name", "FINDINGS"), {"CLASS_WRONG"}),
    "SUPPLB as findings": (at("//*[@OID='IG.SUPPLB']/def:Class", "Name", "FINDINGS"), {"CLASS_WRONG"}),
    "no domain": (attribute("IG.DM", "Domain", None), {"DOMAIN"}),
    "a supplemental dataset as its own domain": (attribute("IG.SUPPLB", "Domain", "SUPPLB"), {"DOMAIN"}),
    "another domain in the data": (values("LB", "DOMAIN", *["LX"] * 6), {"DOMAIN"}),
    "LB does not repeat": (attribute("IG.LB", "Repeating", "No"), {"REPEATING"}),
    "DM repeats": (attribute("IG.DM", "Repeating", "Yes"), {"REPEATING"}),
    "LB as reference data": (attribute("IG.LB", "IsReferenceData", "Yes"), {"REFERENCE_DATA"}),
    "records in spite of HasNoData": (
        both(attribute("IG.LB", "def:HasNoData", "Yes"), attribute("IG.LB", "def:CommentOID", "COM.AE")),
        {"DATASET_HAS_NO_DATA"},
    ),
    "no data and no comment": (
        both(attribute("IG.AE", "def:CommentOID", None), attribute("IG.LB", "def:CommentOID", "COM.AE")),
        {"DATASET_HAS_NO_DATA"},
    ),
    "no records and no flag": (without_records, {"DATASET_HAS_NO_DATA"}),
    "no keys": (
        lambda s: [set_attribute(e, "KeySequence", None) for e in s.all("//*[@OID='IG.DM']/odm:ItemRef[@KeySequence]")],
        {"KEY_MISSING"},
    ),
    "a dropped key": (ref("IT.LB.VISITNUM", "KeySequence", None), {"KEY_NOT_UNIQUE"}),
    "a gap in the keys": (ref("IT.LB.VISITNUM", "KeySequence", "5"), {"KEY_SEQUENCE"}),
    "a key number twice": (ref("IT.LB.VISITNUM", "KeySequence", "3"), {"KEY_SEQUENCE"}),
    "records that share their keys": (values("DM", "USUBJID", *["SMALL-1-101"] * 3), {"KEY_NOT_UNIQUE", "REPEATING"}),
    # variables
    "a variable not described": (
        lambda s: s.datasets["DM"].variables.__setitem__("COUNTRY", Variable("Country", ["USA"] * 3)),
        {"VARIABLE_NOT_DESCRIBED"},
    ),
    "a variable not in the data": (drop("LB", "LBDTC"), {"VARIABLE_NOT_IN_DATA"}),
    "another order in the data": (order("DM", "STUDYID", "USUBJID", "DOMAIN"), {"VARIABLE_ORDER"}),
    "an order number twice": (ref("IT.DM.AGEU", "OrderNumber", "7"), {"ORDER_NUMBER"}),
    "no order number": (ref("IT.DM.AGEU", "OrderNumber", None), {"ORDER_NUMBER"}),
    "ItemRefs out of order": (swap("IT.DM.AGE", "IT.DM.AGEU"), {"ORDER_NUMBER"}),
    "a variable name of 9 bytes": (
        both(attribute("IT.AE.AEDECOD", "Name", "AEDECODED"), attribute("IT.AE.AEDECOD", "SASFieldName", "AEDECODED")),
        {"VARIABLE_NAME"},
    ),
    "another SAS field": (attribute("IT.DM.SEX", "SASFieldName", "SEXCD"), {"VARIABLE_SAS_NAME"}),
    "no label": (both(described("IT.DM.SEX", ""), stored("DM", "SEX", label="")), {"LABEL_MISSING"}),
    "a label of 41 bytes": (described("IT.AE.AETERM", "A" * 41), {"LABEL_LIMIT"}),
    "a label with an accent": (described("IT.AE.AETERM", "Événement"), {"LABEL_LIMIT"}),
    "another label": (described("IT.DM.SEX", "Gender"), {"LABEL_DIFFERS"}),
    "another label in the data": (stored("DM", "SEX", label="Gender"), {"LABEL_DIFFERS"}),
    "another display format": (attribute("IT.LB.LBSTRESN", "def:DisplayFormat", "6.2"), {"DISPLAY_FORMAT"}),
    "no display format": (attribute("IT.LB.LBSTRESN", "def:DisplayFormat", None), {"DISPLAY_FORMAT"}),
    "no format in the data": (attribute("IT.DM.SEX", "def:DisplayFormat", "$1."), {"DISPLAY_FORMAT"}),
    "a column of 201 bytes": (column_of_201_bytes, {"COLUMN_TOO_LONG"}),
    "a column wider than its data": (longer_column, {"COLUMN_TOO_WIDE"}),
    "a character outside ASCII": (
        other_bytes("lb.xpt", b"YELLOW", "GÜNES".encode()),
        {"NOT_ASCII", "VALUE_NOT_IN_CODELIST"},
    ),
    "a null variable without flag": (ref("IT.DM.DTHFL", "def:HasNoData", None), {"HAS_NO_DATA"}),
    "a flag on a variable with values": (ref("IT.DM.AGE", "def:HasNoData", "Yes"), {"HAS_NO_DATA"}),
    "a flag on values that are there": (ref("IT.LB.LBORRES.HGB", "def:HasNoData", "Yes"), {"HAS_NO_DATA"}),
    "a mandatory null": (ref("IT.DM.RFSTDTC", "Mandatory", "Yes"), {"MANDATORY_NULL"}),
    "a null in a mandatory variable": (values("DM", "SEX", "F", None, "F"), {"MANDATORY_NULL"}),
    "a null among mandatory values": (
        values("LB", "LBORRES", "YELLOW", "13.5", None, "RED", "11.25", "4"),
        {"MANDATORY_NULL"},
    ),
    "no origin": (remove(ORIGIN.format("IT.DM.SEX")), {"ORIGIN_MISSING"}),
    "no origin of some values": (remove(ORIGIN.format("IT.LB.LBORRES.HGB")), {"ORIGIN_MISSING"}),
    "collected by the sponsor": (
        at(ORIGIN.format("IT.LB.LBDTC"), "Source", "Sponsor"),
        {"ORIGIN_SOURCE", "COLLECTED_WITHOUT_PAGE"},
    ),
    "no source": (at(ORIGIN.format("IT.DM.AGEU"), "Source", None), {"ORIGIN_SOURCE"}),
    "derived without method": (ref("IT.DM.RFSTDTC", "MethodOID", None), {"DERIVED_WITHOUT_METHOD", "METHOD_UNUSED"}),
    "values derived without method": (
        ref("IT.LB.LBORRES.XSCORE", "MethodOID", None),
        {"DERIVED_WITHOUT_METHOD", "METHOD_UNUSED"},
    ),
    "collected by a method": (ref("IT.DM.AGE", "MethodOID", "MT.SEQ"), {"METHOD_NOT_DERIVED"}),
    "collected without page": (remove(PAGE.format("IT.DM.SEX")), {"COLLECTED_WITHOUT_PAGE"}),
    "a page of another document": (
        at("//*[@OID='IT.DM.SEX']/def:Origin/def:DocumentRef", "leafID", "LF.csdrg"),
        {"COLLECTED_WITHOUT_PAGE"},
    ),
    "a method that says nothing": (described("MT.SEQ", " "), {"TEXT_MISSING"}),
    "a comment that says nothing": (described("COM.AE", ""), {"TEXT_MISSING"}),
    # types and lengths
    "a text as integer": (
        both(attribute("IT.DM.SUBJID", "DataType", "integer")),
        {"DATA_TYPE"},
    ),
    "a number as text": (attribute("IT.DM.AGE", "DataType", "text"), {"DATA_TYPE"}),
    "an integer with decimals": (
        both(
            attribute("IT.LB.LBSTRESN", "DataType", "integer"), attribute("IT.LB.LBSTRESN", "SignificantDigits", None)
        ),
        {"VALUE_NOT_OF_TYPE"},
    ),
    "a partial date as date": (attribute("IT.LB.LBDTC", "DataType", "date"), {"VALUE_NOT_OF_TYPE"}),
    "a date that does not exist": (values("DM", "RFSTDTC", "2026-02-30", None, None), {"VALUE_NOT_OF_TYPE"}),
    "a result that is no number": (
        values("LB", "LBORRES", "YELLOW", "13.55", "<12", "RED", "11", "4"),
        {"VALUE_NOT_OF_TYPE"},
    ),
    "a text without length": (attribute("IT.DM.SEX", "Length", None), {"LENGTH_MISSING"}),
    "an integer without length": (attribute("IT.DM.AGE", "Length", None), {"LENGTH_MISSING"}),
    "a date with length": (attribute("IT.DM.RFSTDTC", "Length", "10"), {"LENGTH_NOT_ALLOWED"}),
    "a length too short": (attribute("IT.DM.USUBJID", "Length", "10"), {"LENGTH_TOO_SHORT"}),
    "a length too long": (attribute("IT.DM.USUBJID", "Length", "20"), {"LENGTH_TOO_LONG"}),
    "a length of values too short": (attribute("IT.LB.LBORRES.COLOR", "Length", "5"), {"LENGTH_TOO_SHORT"}),
    "a length of values too long": (attribute("IT.SUPPLB.QVAL.LBCLSIG", "Length", "9"), {"LENGTH_TOO_LONG"}),
    "too few digits for a number": (attribute("IT.LB.LBSTRESN", "Length", "3"), {"LENGTH_TOO_SHORT"}),
    "a float without digits": (attribute("IT.LB.LBSTRESN", "SignificantDigits", None), {"DIGITS_MISSING"}),
    "a text with digits": (attribute("IT.DM.SEX", "SignificantDigits", "1"), {"DIGITS_NOT_ALLOWED"}),
    "too few decimals": (attribute("IT.LB.LBORRES.HGB", "SignificantDigits", "1"), {"DIGITS_DIFFER"}),
    "too many decimals": (attribute("IT.LB.LBSTRESN", "SignificantDigits", "2"), {"DIGITS_DIFFER"}),
    "more decimals in the data": (
        values("LB", "LBSTRESN", None, 1.25, 122.5, None, 110.0, 4.0),
        {"DIGITS_DIFFER"},
    ),
    # codelists
    "a value outside the codelist": (values("DM", "SEX", "F", "U", "F"), {"VALUE_NOT_IN_CODELIST"}),
    "a number outside the codelist": (
        values("LB", "VISITNUM", 1.0, 1.0, 1.2, 1.0, 1.0, 1.0),
        {"VALUE_NOT_IN_CODELIST"},
    ),
    "a used term removed": (remove(TERM.format("CL.COLOR", "RED")), {"VALUE_NOT_IN_CODELIST"}),
    "a codelist of another type": (attribute("CL.VISITNUM", "DataType", "text"), {"CODELIST_TYPE"}),
    "a codelist without terms": (
        remove("//*[@OID='CL.UNIT']/odm:EnumeratedItem"),
        {"CODELIST_EMPTY", "VALUE_NOT_IN_CODELIST"},
    ),
    "a term that is no number": (
        at(TERM.format("CL.VISITNUM", "1.1"), "CodedValue", "1.1 UNS"),
        {"TERM_TYPE", "VALUE_NOT_IN_CODELIST"},
    ),
    "a term twice": (repeat(TERM.format("CL.COLOR", "RED")), {"TERM_DUPLICATE"}),
    "a decode twice": (
        text("//*[@OID='CL.SEX']/*[@CodedValue='F']/odm:Decode/odm:TranslatedText", "Male"),
        {"DECODE_DUPLICATE"},
    ),
    "an empty decode": (
        text("//*[@OID='CL.SEX']/*[@CodedValue='F']/odm:Decode/odm:TranslatedText", ""),
        {"DECODE_MISSING"},
    ),
    "a rank twice": (at(TERM.format("CL.NY", "Y"), "Rank", "1"), {"RANK_DUPLICATE"}),
    "a rank missing": (at(TERM.format("CL.NY", "Y"), "Rank", None), {"RANK_DUPLICATE"}),
    "a term number twice": (at(TERM.format("CL.SEX", "M"), "OrderNumber", "1"), {"TERM_ORDER_DUPLICATE"}),
    "a codelist of no standard": (
        attribute("CL.COLOR", "def:IsNonStandard", None),
        {"CODELIST_STANDARD", "CODELIST_CODE", "TERM_CODE"},
    ),
    "a codelist of the guide": (attribute("CL.SEX", "def:StandardOID", "STD.SDTMIG"), {"CODELIST_STANDARD"}),
    "a published codelist without code": (remove(CODE.format("CL.SEX")), {"CODELIST_CODE"}),
    "a published term without code": (remove(TERM_CODE.format("CL.SEX", "F")), {"TERM_CODE"}),
    "a malformed code": (at(TERM_CODE.format("CL.SEX", "F"), "Name", "16576"), {"TERM_CODE"}),
    "an extension not flagged": (at(TERM.format("CL.LBTESTCD", "XSCORE"), "def:ExtendedValue", None), {"TERM_CODE"}),
    "a published term flagged": (at(TERM.format("CL.SEX", "F"), "def:ExtendedValue", "Yes"), {"TERM_CODE"}),
    "a code twice": (at(TERM_CODE.format("CL.SEX", "F"), "Name", "C20197"), {"TERM_CODE_DUPLICATE"}),
    "an extension of a list of one's own": (
        at(TERM.format("CL.COLOR", "RED"), "def:ExtendedValue", "Yes"),
        {"EXTENDED_NOT_PUBLISHED"},
    ),
    "a dictionary without version": (at("//odm:ExternalCodeList", "Version", None), {"DICTIONARY_VERSION"}),
    # codes in the data
    "a test code that starts with a digit": (
        both(
            values("LB", "LBTESTCD", "COLOR", "HGB", "HGB", "COLOR", "HGB", "2SCORE"),
            at(TERM.format("CL.LBTESTCD", "XSCORE"), "CodedValue", "2SCORE"),
            text(CHECK.format("WC.LB.XSCORE") + "/odm:CheckValue", "2SCORE"),
        ),
        {"CODE_LIMIT"},
    ),
    "a label of a qualifier of 41 bytes": (
        both(
            values("SUPPLB", "QLABEL", "C" * 41, "Reason for Occurrence", "C" * 41),
            attribute("IT.SUPPLB.QLABEL", "Length", "41"),
            text(TERM.format("CL.QNAM", "LBCLSIG") + "/odm:Decode/odm:TranslatedText", "C" * 41),
        ),
        {"NAME_LIMIT"},
    ),
    "a code with two names": (
        values("SUPPLB", "QLABEL", "Clinically Significant", "Reason for Occurrence", "Significant"),
        {"CODE_AMBIGUOUS", "DECODE_DIFFERS"},
    ),
    "another name than the decode": (
        text(TERM.format("CL.LBTESTCD", "HGB") + "/odm:Decode/odm:TranslatedText", "Haemoglobin"),
        {"DECODE_DIFFERS"},
    ),
    # value level
    "values without clause": (
        both(remove("//def:WhereClauseRef[@WhereClauseOID='WC.LB.XSCORE']"), remove("//*[@OID='WC.LB.XSCORE']")),
        {"VALUE_WITHOUT_CLAUSE", "CLAUSE_UNCOVERED"},
    ),
    "a clause of a variable": (
        lambda s: s.ref("IT.LB.LBDTC").append(
            copy.deepcopy(s.one("//def:WhereClauseRef[@WhereClauseOID='WC.LB.HGB']"))
        ),
        {"CLAUSE_OF_VARIABLE"},
    ),
    "an order number of values twice": (ref("IT.LB.LBORRES.COLOR", "OrderNumber", "1"), {"VALUE_ORDER"}),
    "a hard clause": (at(CHECK.format("WC.LB.HGB"), "SoftHard", "Hard"), {"CLAUSE_SOFT"}),
    "a value twice in a clause": (repeat(CHECK.format("WC.LB.COLOR") + "/odm:CheckValue"), {"CLAUSE_VALUES"}),
    "a clause that selects nothing": (
        both(
            text(CHECK.format("WC.LB.XSCORE") + "/odm:CheckValue", "HCT"),
            at(TERM.format("CL.LBTESTCD", "XSCORE"), "CodedValue", "HCT"),
            values("LB", "LBTESTCD", "COLOR", "HGB", "HGB", "COLOR", "HGB", "COLOR"),
            values("LB", "LBTEST", "Color", "Hemoglobin", "Hemoglobin", "Color", "Hemoglobin", "Color"),
            values("LB", "VISITNUM", 1.0, 1.0, 1.1, 1.0, 1.0, 1.1),
            values("LB", "LBORRES", "YELLOW", "13.5", "12.25", "RED", "11", "RED"),
            attribute("IT.LB.LBTESTCD", "Length", "5"),
        ),
        {"CLAUSE_DEAD"},
    ),
    "a clause on a term that is not there": (
        text(CHECK.format("WC.LB.XSCORE") + "/odm:CheckValue", "YSCORE"),
        {"CLAUSE_VALUE_NOT_IN_CODELIST", "CLAUSE_DEAD", "CLAUSE_UNCOVERED"},
    ),
    "clauses that overlap": (
        both(
            at(CHECK.format("WC.LB.COLOR"), "Comparator", "NOTIN"),
            text(CHECK.format("WC.LB.COLOR") + "/odm:CheckValue", "XSCORE"),
            remove("//*[@OID='IT.LB.LBORRES.COLOR']/odm:CodeListRef"),
            remove("//*[@OID='CL.COLOR']"),
        ),
        {"CLAUSE_OVERLAP"},
    ),
    "values that no clause selects": (
        both(
            remove("//odm:ItemRef[@ItemOID='IT.SUPPLB.QVAL.LBREASOC']"),
            remove("//*[@OID='IT.SUPPLB.QVAL.LBREASOC']"),
            remove("//*[@OID='WC.SUPPLB.LBREASOC']"),
        ),
        {"CLAUSE_UNCOVERED"},
    ),
    "a clause on another dataset": (
        at(CHECK.format("WC.SUPPLB.LBREASOC"), "def:ItemOID", "IT.DM.USUBJID"),
        {"CLAUSE_ELSEWHERE", "CLAUSE_DEAD", "CLAUSE_UNCOVERED"},
    ),
}


def reported(kind: str, fault: Fault, folder: Path) -> set[str]:
    small = Small(kind, folder)
    fault(small)
    return {found.rule.removeprefix("DEFINE_") for found in check_define(small.write(), folder)}


@pytest.mark.parametrize("kind", ["sdtm", "adam"])
def test_valid_documents_have_no_findings(kind: str, tmp_path: Path) -> None:
    assert check_define(Small(kind, tmp_path).write(), tmp_path) == []


@pytest.mark.parametrize("name", SDTM)
def test_faults_of_tabulations(name: str, tmp_path: Path) -> None:
    fault, expected = SDTM[name]
    assert reported("sdtm", fault, tmp_path) == expected


@pytest.mark.parametrize("name", ADAM)
def test_faults_of_analyses(name: str, tmp_path: Path) -> None:
    fault, expected = ADAM[name]
    assert reported("adam", fault, tmp_path) == expected


def test_every_rule_is_proven_by_a_fault() -> None:
    proven = {f"DEFINE_{rule}" for _, expected in [*SDTM.values(), *ADAM.values()] for rule in expected}
    assert {rule.id for rule in RULES} == proven
