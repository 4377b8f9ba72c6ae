"""What the guides take from a define: a small one, written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.guide_define import DefineFacts

DEFINE = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1">
<Study OID="S"><MetaDataVersion OID="M" Name="M" def:DefineVersion="2.1.0">
<def:Standards>
<def:Standard OID="STD.1" Name="SDTMIG" Type="IG" Version="3.4" Status="Final"/>
<def:Standard OID="STD.2" Name="CDISC/NCI" Type="CT" PublishingSet="SDTM" Version="2025-03-28" Status="Final"/>
</def:Standards>
<ItemGroupDef OID="IG.AE" Name="AE" def:Structure="One record per event">
  <Description><TranslatedText xml:lang="en">Adverse Events</TranslatedText></Description>
  <ItemRef ItemOID="IT.AESTDTC" KeySequence="2"/>
  <ItemRef ItemOID="IT.USUBJID" KeySequence="1"/>
  <ItemRef ItemOID="IT.AEOUT" MethodOID="MT.OUT"/>
  <ItemRef ItemOID="IT.AESER" def:HasNoData="Yes"/>
  <ItemRef ItemOID="IT.QVAL"/>
  <def:Class Name="EVENTS"/>
</ItemGroupDef>
<ItemGroupDef OID="IG.DD" Name="DD" def:HasNoData="Yes"><def:Class Name="FINDINGS"/></ItemGroupDef>
<ItemDef OID="IT.USUBJID" Name="USUBJID"><def:Origin Type="Derived" Source="Sponsor"/></ItemDef>
<ItemDef OID="IT.AESTDTC" Name="AESTDTC">
  <def:Origin Type="Collected" Source="Investigator"/><def:Origin Type="Derived" Source="Sponsor"/></ItemDef>
<ItemDef OID="IT.AEOUT" Name="AEOUT"><def:Origin Type="Derived" Source="Sponsor"/></ItemDef>
<ItemDef OID="IT.AESER" Name="AESER"><def:Origin Type="Collected" Source="Investigator"/></ItemDef>
<ItemDef OID="IT.QVAL" Name="QVAL"/>
<CodeList OID="CL.OUT" Name="Outcome of Event" DataType="text">
  <CodeListItem CodedValue="FATAL"><Decode><TranslatedText>Fatal</TranslatedText></Decode></CodeListItem>
  <CodeListItem CodedValue="LOST" def:ExtendedValue="Yes">
    <Decode><TranslatedText>Lost to
      Follow-up</TranslatedText></Decode></CodeListItem>
  <EnumeratedItem CodedValue="ODD" def:ExtendedValue="Yes"/>
</CodeList>
<CodeList OID="CL.M" Name="MedDRA" DataType="text"><ExternalCodeList Dictionary="MedDRA" Version="27.1"/></CodeList>
<CodeList OID="CL.I" Name="ISO" DataType="text"><ExternalCodeList Dictionary="ISO 3166"/></CodeList>
<CodeList OID="CL.W" Name="WHO" DataType="text"><ExternalCodeList Dictionary="WHODD"/></CodeList>
<MethodDef OID="MT.OUT" Name="Outcome" Type="Imputation">
  <Description><TranslatedText>The worst is taken.</TranslatedText></Description></MethodDef>
</MetaDataVersion></Study></ODM>
"""


@pytest.fixture
def facts(tmp_path: Path) -> DefineFacts:
    (tmp_path / "define.xml").write_text(DEFINE)
    return DefineFacts(tmp_path / "define.xml")


def test_standards_and_dictionaries_with_their_versions(facts: DefineFacts) -> None:
    assert list(facts.standards()) == [
        ("Define-XML", "define.xml", "2.1.0"),
        ("Guide", "SDTMIG", "3.4"),
        ("Terminology", "CDISC/NCI SDTM", "2025-03-28"),
        ("Dictionary", "ISO 3166", "as published"),
        ("Dictionary", "MedDRA", "27.1"),
        ("Dictionary", "WHODD", "not given"),
    ]


def test_datasets_with_class_keys_and_origins(facts: DefineFacts) -> None:
    ae = facts.datasets["AE"]
    assert (ae.label, ae.class_name, ae.structure) == ("Adverse Events", "Events", "One record per event")
    assert ae.keys == ("USUBJID", "AESTDTC")
    assert ae.origins == (("At value level", 1), ("Collected and Derived", 1), ("Derived", 2), ("No data", 1))
    assert [(d.name, d.has_records) for d in facts.datasets.values()] == [("AE", True), ("DD", False)]


def test_terms_that_the_study_added(facts: DefineFacts) -> None:
    assert list(facts.extended_terms()) == [
        ("Outcome of Event", "LOST", "Lost to Follow-up"),
        ("Outcome of Event", "ODD", "ODD"),
    ]


def test_what_is_imputed(facts: DefineFacts) -> None:
    assert list(facts.imputations()) == [("AE.AEOUT", "The worst is taken.")]


def test_a_define_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    facts = DefineFacts(tmp_path / "define.xml")
    assert (list(facts.standards()), facts.datasets, list(facts.extended_terms())) == ([], {}, [])
