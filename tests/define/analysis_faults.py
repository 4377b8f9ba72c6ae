"""Single faults of a define.xml of analysis datasets, or of its data, each with the rules that report it."""

from __future__ import annotations

from tests.define.faults import (
    Fault,
    at,
    attribute,
    both,
    described,
    guide,
    ref,
    remove,
    repeat,
    stored,
    text,
    values,
)

ORIGIN = "//*[@OID='{}']/def:Origin"

ADAM: dict[str, tuple[Fault, set[str]]] = {
    "ADSL as BDS": (at("//*[@OID='IG.ADSL']/def:Class", "Name", "BASIC DATA STRUCTURE"), {"CLASS_WRONG"}),
    "the purpose of SDTM": (attribute("IG.ADSL", "Purpose", "Tabulation"), {"PURPOSE"}),
    "ADTTE without subclass": (remove("//def:SubClass"), {"TIME_TO_EVENT"}),
    "a subclass of another class": (at("//def:SubClass", "Name", "ADVERSE EVENT"), {"SUBCLASS_WRONG", "TIME_TO_EVENT"}),
    "another format": (stored("ADSL", "TRTSDT", format="DATE7."), {"DISPLAY_FORMAT"}),
    "a predecessor without text": (remove(ORIGIN.format("IT.ADSL.STUDYID") + "/odm:Description"), {"PREDECESSOR_TEXT"}),
    "a predecessor with source": (at(ORIGIN.format("IT.ADSL.STUDYID"), "Source", "Sponsor"), {"ORIGIN_SOURCE"}),
    "a predecessor not there": (
        text(ORIGIN.format("IT.ADTTE.USUBJID") + "/odm:Description/odm:TranslatedText", "ADSL.USUBJIDN"),
        {"PREDECESSOR_UNKNOWN"},
    ),
    "a predecessor with method": (ref("IT.ADSL.STUDYID", "MethodOID", "MT.TRTSDT"), {"METHOD_NOT_DERIVED"}),
    "values of another type": (
        both(
            attribute("IT.ADTTE.AVAL.PFS", "DataType", "integer"),
            attribute("IT.ADTTE.AVAL.PFS", "SignificantDigits", None),
        ),
        {"VALUE_NOT_OF_TYPE"},
    ),
    "values of a number as text": (attribute("IT.ADTTE.AVAL.OS", "DataType", "text"), {"DATA_TYPE"}),
    "a parameter that is not described": (
        both(
            values("ADTTE", "PARAMCD", "OS", "PFS", "OS", "TTP"),
            values("ADTTE", "PARAM", "Overall Survival (days)", "Progression-Free Survival (months)",
                   "Overall Survival (days)", "Time to Progression"),
        ),
        {"VALUE_NOT_IN_CODELIST", "CLAUSE_UNCOVERED"},
    ),
    "a number compared with a word": (
        text("//*[@OID='WC.ADTTE.PFS.EVENTS']/odm:RangeCheck[2]/odm:CheckValue", "one"), {"CLAUSE_VALUE_TYPE"},
    ),
    "an analysis that selects nothing": (
        text("//*[@OID='WC.ADTTE.PFS.EVENTS']/odm:RangeCheck[2]/odm:CheckValue", "0"), {"ANALYSIS_SELECTS_NOTHING"},
    ),
    "an analysis of a parameter that there is not": (
        text("//*[@OID='WC.ADTTE.PFS.EVENTS']/odm:RangeCheck[1]/odm:CheckValue", "PFSX"),
        {"ANALYSIS_NEVER_SELECTS", "CLAUSE_VALUE_NOT_IN_CODELIST"},
    ),
    "an analysis of two parameters at once": (
        both(
            at("//*[@OID='WC.ADTTE.PFS.EVENTS']/odm:RangeCheck[2]", "def:ItemOID", "IT.ADTTE.PARAMCD"),
            at("//*[@OID='WC.ADTTE.PFS.EVENTS']/odm:RangeCheck[2]", "Comparator", "EQ"),
            text("//*[@OID='WC.ADTTE.PFS.EVENTS']/odm:RangeCheck[2]/odm:CheckValue", "OS"),
        ),
        {"ANALYSIS_NEVER_SELECTS"},
    ),
    "an analysis of data without events": (
        values("ADTTE", "CNSR", 1.0, 1.0, 1.0, 1.0), {"ANALYSIS_SELECTS_NOTHING"},
    ),
    "an analysis of a dataset not there": (
        at("//arm:AnalysisDataset[2]", "ItemGroupOID", "IG.ADRS"), {"ANALYSED_DATASET_UNKNOWN"},
    ),
    "an analysis of a variable elsewhere": (
        at("//arm:AnalysisVariable", "ItemOID", "IT.ADSL.SAFFL"), {"ANALYSIS_VARIABLE"},
    ),
    "an analysis of an unknown variable": (at("//arm:AnalysisVariable", "ItemOID", "IT.ADTTE.AVALC"), {"ITEM_UNKNOWN"}),
    "an analysis of no variable": (remove("//arm:AnalysisVariable"), {"ANALYSIS_VARIABLE"}),
    "a parameter that is none": (attribute("AR.PFS", "ParameterOID", "IT.ADTTE.AVAL"), {"ANALYSIS_PARAMETER"}),
    "no parameter": (attribute("AR.PFS", "ParameterOID", None), {"ANALYSIS_PARAMETER"}),
    "a reason in other words": (attribute("AR.PFS", "AnalysisReason", "SAP"), {"ANALYSIS_REASON"}),
    "a purpose in other words": (attribute("AR.PFS", "AnalysisPurpose", "PRIMARY"), {"ANALYSIS_REASON"}),
    "a clause of another dataset": (
        at("//arm:AnalysisDataset[2]/def:WhereClauseRef", "WhereClauseOID", "WC.ADTTE.OS"),
        {"ANALYSIS_CLAUSE_ELSEWHERE", "CLAUSE_UNUSED"},
    ),
    "a join that nobody explains": (
        both(at("//arm:AnalysisDatasets", "def:CommentOID", None), attribute("IG.ADSL", "def:CommentOID", "COM.JOIN")),
        {"ANALYSIS_JOIN"},
    ),
    "a display twice": (repeat("//*[@OID='RD.PFS']", OID="RD.OS"), {"DISPLAY_DUPLICATE", "OID_DUPLICATE"}),
    "a display without description": (described("RD.PFS", ""), {"ANALYSIS_TEXT"}),
    "analysis of tabulations": (
        both(lambda s: s.oid("STD.ADAMIG").addnext(guide(s)), attribute("IG.ADSL", "def:StandardOID", "STD.SDTMIG"),
             attribute("IG.ADSL", "Purpose", "Tabulation"), attribute("IG.ADSL", "Domain", "DM"),
             at("//*[@OID='IG.ADSL']/def:Class", "Name", "SPECIAL PURPOSE")),
        {"ANALYSIS_ON_TABULATIONS"},
    ),
    "a dataset twice": (repeat("//*[@OID='IG.ADSL']", OID="IG.ADSL2"), {"DATASET_DUPLICATE", "OID_DUPLICATE"}),
}  # fmt: skip
