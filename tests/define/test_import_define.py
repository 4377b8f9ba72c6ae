"""A define.xml as a pack and back: nothing is lost, an edit shows, and what is no define is refused in plain words."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner

import convert
from define.exchange import yaml_text
from define.exchange.errors import ExchangeError, ExchangeUsage
from define.exchange.importing import export_define, import_define
from define.validate_xsd import schema_errors
from mappings.ct0596.simulate import simulate
from pipeline.commands import check_specs, exit_code, show_spec
from pipeline.run import RunOptions, run
from tests.define.odmlib_data import odmlib_defines
from tests.define.small import FIXTURES
from tests.define.trial import deliver

VALID_IN_ODMLIB = [
    "adam_def_test_roundtrip.xml",
    "defineV21-SDTM-metadata.xml",
    "defineV21-SDTM-test.xml",
    "defineV21-SDTM.xml",
    "defineV21-SEND-class.xml",
    "definev21-adam.xml",
    "test_igd_001.xml",
]
"""Every file of odmlib's test data that the schema of Define-XML 2.1 takes."""
BROKEN_IN_ODMLIB = ["defineV21-SDTM-invalid.xml", "definev21-adam-invalid.xml", "defineV21-SDTM-invalid-class.xml"]

EVERYTHING = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- before all -->
<?xml-stylesheet type="text/xsl" href="define2-1.xsl"?>
<?tool keep="this"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:d="http://www.cdisc.org/ns/def/v2.1" \
xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:own="urn:own" ODMVersion="1.3.2" FileType="Snapshot" FileOID="F.1" \
CreationDateTime="2026-03-31T00:00:00" d:Context="Other" own:stage="draft">
<Study OID="S.1"><GlobalVariables><StudyName>S-1</StudyName><StudyDescription>A &amp; B &lt;C&gt;</StudyDescription>
<ProtocolName>P 1</ProtocolName></GlobalVariables>
<MetaDataVersion OID="M.1" Name="No" Description="null" d:DefineVersion="2.1.0">
<!-- standards -->
<d:Standards><d:Standard OID="STD.1" Name="SDTMIG" Type="IG" Version="3.40" Status="Final"/></d:Standards>
<ItemGroupDef OID="IG.AE" Name="AE" Repeating="Yes" IsReferenceData="No" Purpose="Tabulation" Domain="AE" \
d:Structure="One record: per event # here" d:ArchiveLocationID="LF.AE" own:reviewed="2026-03-30">
<Description><TranslatedText xml:lang="en">Adverse Events</TranslatedText>\
<TranslatedText xml:lang="ja">有害事象</TranslatedText></Description>
<ItemRef ItemOID="IT.1" OrderNumber="1" Mandatory="Yes" KeySequence="1" MethodOID="MT.1"/>
<!-- between two variables -->
<ItemRef ItemOID="IT.2" OrderNumber="2" Mandatory="No"/>
<d:Class Name="EVENTS"/><d:leaf ID="LF.AE" xlink:href="ae.xpt"><d:title>ae.xpt</d:title></d:leaf></ItemGroupDef>
<ItemDef OID="IT.1" Name="AETERM" DataType="text" Length="0200"><Description>\
<TranslatedText xml:lang="en">  blanks
and lines </TranslatedText></Description>
<own:note kind="true">mixed <own:b>bold</own:b> text</own:note></ItemDef>
<?inside the metadata?>
<ItemDef OID="IT.2" Name="AESEV" DataType="text" Length="8"><Description><TranslatedText>no language</TranslatedText>\
</Description><d:Origin Type="Predecessor"><Description><TranslatedText xml:lang="en">on</TranslatedText></Description>\
</d:Origin></ItemDef>
<MethodDef OID="MT.1" Name="1.0" Type="Computation"><Description><TranslatedText xml:lang="en">~</TranslatedText>\
</Description><FormalExpression Context="SAS"><![CDATA[if a < b & c then d = "]" ;]]></FormalExpression></MethodDef>
<own:extra><own:deep own:a="1"/></own:extra>
<!-- the end -->
</MetaDataVersion></Study></ODM>
<!-- after all -->
"""


def multiset(root: Any) -> Counter[Any]:
    """Every element with its name, attributes and text; blanks between elements mean nothing."""
    return Counter((e.tag, tuple(sorted(e.attrib.items())), own_text(e)) for e in root.iter(etree.Element))


def own_text(element: Any) -> str:
    texts = [element.text or "", *(child.tail or "" for child in element)]
    return "".join(texts) if len(element) == 0 or any(t.strip() for t in texts) else ""


def sequence(root: Any) -> list[Any]:
    return [(str(n.tag), own_text(n) if isinstance(n.tag, str) else n.text) for n in root.iter()]


def there_and_back(source: Path, folder: Path) -> bytes:
    import_define(source, folder / "pack")
    return export_define(folder / "pack", folder / "out" / "define.xml").read_bytes()


def equal(source: Path, folder: Path) -> bytes:
    """Import and export give the same elements, attributes and texts, in the same order."""
    content = there_and_back(source, folder)
    before, after = etree.parse(source).getroot(), etree.fromstring(content)
    assert multiset(after) == multiset(before)
    assert sequence(after) == sequence(before)
    return content


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The delivery of a trial of three subjects: SDTM, and ADaM with analysis results."""
    return deliver(tmp_path_factory.mktemp("trial"))


@pytest.fixture(scope="module")
def ct0596(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ct0596")
    simulate(6, 596, folder / "extract")
    delivery = run(RunOptions("ct0596", folder / "extract", out=folder / "out")).delivery
    assert delivery is not None
    return delivery


# ---- nothing is lost ----


def test_our_own_defines_come_back_as_they_were(trial: Path, tmp_path: Path) -> None:
    defines = sorted(trial.rglob("define.xml"))
    assert len(defines) == 2
    for i, path in enumerate(defines):
        assert schema_errors(equal(path, tmp_path / str(i))) == []
    assert b"arm:AnalysisResult" in defines[0].read_bytes()


def test_the_defines_of_ct0596_come_back_as_they_were(ct0596: Path, tmp_path: Path) -> None:
    defines = sorted(ct0596.rglob("define.xml"))
    assert len(defines) == 2
    for i, path in enumerate(defines):
        assert schema_errors(equal(path, tmp_path / str(i))) == []
        assert check_specs(str(tmp_path / str(i) / "pack")) == []


@pytest.mark.parametrize("name", [*VALID_IN_ODMLIB, *BROKEN_IN_ODMLIB])
def test_the_defines_of_odmlib_come_back_as_they_were(name: str, tmp_path: Path) -> None:
    source = odmlib_defines() / name
    assert (schema_errors(source.read_bytes()) == []) == (name in VALID_IN_ODMLIB)
    equal(source, tmp_path)
    assert check_specs(str(tmp_path / "pack")) == []


def test_no_valid_define_of_odmlib_is_left_out() -> None:
    found = [p.name for p in odmlib_defines().glob("*.xml") if schema_errors(p.read_bytes()) == []]
    assert sorted(found) == VALID_IN_ODMLIB


def test_comments_instructions_languages_extensions_and_character_data_survive(tmp_path: Path) -> None:
    source = tmp_path / "define.xml"
    source.write_text(EVERYTHING, encoding="utf-8")
    content = equal(source, tmp_path).decode()
    outside = [line for line in content.splitlines() if line.startswith(("<!--", "<?"))]
    assert outside == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<!-- before all -->",
        '<?xml-stylesheet type="text/xsl" href="define2-1.xsl"?>',
        '<?tool keep="this"?>',
        "<!-- after all -->",
    ]
    assert '<![CDATA[if a < b & c then d = "]" ;]]>' in content
    assert 'xmlns:d="http://www.cdisc.org/ns/def/v2.1"' in content
    assert 'xmlns:own="urn:own"' in content


def test_the_export_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    first = there_and_back(FIXTURES / "adam.xml", tmp_path / "a")
    second = there_and_back(FIXTURES / "adam.xml", tmp_path / "b")
    assert first == second
    (tmp_path / "define.xml").write_bytes(first)
    assert there_and_back(tmp_path / "define.xml", tmp_path / "c") == first


# ---- it is readable, and an edit shows ----


def test_metadata_read_like_the_standard(tmp_path: Path) -> None:
    import_define(FIXTURES / "sdtm.xml", tmp_path / "pack")
    folder = tmp_path / "pack" / "metadata"
    assert sorted(p.name for p in folder.iterdir()) == [
        "codelists.yaml", "comments.yaml", "datasets.yaml", "define.yaml", "documents.yaml", "methods.yaml",
        "standards.yaml", "value_level.yaml", "variables.yaml",
    ]  # fmt: skip
    variables = (folder / "variables.yaml").read_text(encoding="utf-8")
    assert "  IT.DM.AGE:\n    Name: AGE\n    DataType: integer\n    Length: 2\n" in variables
    datasets = (folder / "datasets.yaml").read_text(encoding="utf-8")
    assert "    Description: Demographics\n" in datasets
    assert (
        "      - {ItemOID: IT.DM.STUDYID, OrderNumber: 1, Mandatory: Yes, KeySequence: 1, Role: Identifier}\n"
        in datasets
    )


def test_an_edit_of_the_yaml_shows_in_the_define(tmp_path: Path) -> None:
    import_define(FIXTURES / "sdtm.xml", tmp_path / "pack")
    path = tmp_path / "pack" / "metadata" / "variables.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("Description: Age\n") == 1
    path.write_text(text.replace("Description: Age\n", "Description: Age at consent\n"), encoding="utf-8")
    content = export_define(tmp_path / "pack", tmp_path / "define.xml").read_bytes()
    before, after = multiset(etree.parse(FIXTURES / "sdtm.xml").getroot()), multiset(etree.fromstring(content))
    assert [k[2] for k in (before - after)] == ["Age"]
    assert [k[2] for k in (after - before)] == ["Age at consent"]


def test_an_edit_that_cannot_be_is_told_with_its_place(tmp_path: Path) -> None:
    import_define(FIXTURES / "sdtm.xml", tmp_path / "pack")
    path = tmp_path / "pack" / "metadata" / "variables.yaml"
    text = path.read_text(encoding="utf-8")
    for wrong, told in (
        (text + "  IT.DM.AGE: {Name: AGE}\n", "key 'IT.DM.AGE' is given twice"),
        (
            text.replace("    Name: AGE\n", "    Name: AGE\n    sponsor:Note: x\n", 1),
            "ItemDef IT.DM.AGE: nothing declares",
        ),
        (text.replace("Name: AGE\n", "Name: [AGE\n"), "metadata/variables.yaml:"),
        ("- a list\n", "metadata/variables.yaml: the file must hold keys and values"),
    ):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(ExchangeError) as error:
            export_define(tmp_path / "pack", tmp_path / "define.xml")
        assert told in str(error.value)
    assert not (tmp_path / "define.xml").exists()


def test_texts_that_look_like_something_else_stay_texts(tmp_path: Path) -> None:
    texts = ["No", "1.10", "007", "~", "", " a", "a ", "a: b", "# x", "{x}", "- x", "a\n b\n", "\n\na", "\ta", "'", '"',
             "x # y", "*a", "<<", "=", "---", "...", "\u2028", "k" * 1500, "a\n\n", "\n", "  \n", "é, ü", "true", "a:",
             "?"]  # fmt: skip
    data = {f"k{i}": {"v": t, t + "k": [t, {"w": t}]} for i, t in enumerate(texts)}
    for core in (False, True):
        path = tmp_path / "x.yaml"
        path.write_bytes(yaml_text.dump(data, core=core).encode())
        assert yaml_text.load(path, "x.yaml") == data


# ---- the pack ----


def test_the_pack_is_checked_and_shown(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    made = import_define(FIXTURES / "sdtm.xml", pack)
    assert (made.datasets, made.variables) == (4, 30)
    assert check_specs(str(pack)) == []
    shown = show_spec(str(pack), "LB.LBSTRESU")
    assert "Standard Units" in shown
    assert "sdtm/LB.yaml" in shown
    study = (pack / "study.yaml").read_text(encoding="utf-8")
    assert "study: SMALL-1\n" in study
    assert "extends: [sdtmig-3.4]\n" in study
    text = (pack / "sdtm" / "LB.yaml").read_text(encoding="utf-8")
    assert "  values:\n    from: lb\n    where: \"LBTESTCD = '{key}'\"\n" in text
    assert "  LBDY: {omit: not in the imported metadata}\n" in text
    assert "LBDY" not in show_spec(str(pack), "LB")
    assert "LBCLSIG: {copy: lbclsig.QVAL, label: Clinically Significant" in text


def test_the_pack_of_a_define_runs_on_its_own_datasets(trial: Path, tmp_path: Path) -> None:
    place = trial / "m5/datasets/trial1/tabulations/sdtm"
    import_define(place / "define.xml", tmp_path / "pack")
    result = run(RunOptions(str(tmp_path / "pack"), place, out=tmp_path / "out"))
    assert [f.message for f in result.findings if f.severity == "error"] == []
    before = {p.stem: records for p in place.glob("*.xpt") if (records := p.stat().st_size)}
    assert result.delivery is not None
    after = {p.stem: p.stat().st_size for p in result.delivery.glob("m5/datasets/*/tabulations/sdtm/*.xpt")}
    assert after == {n: size for n, size in before.items() if n in after}
    assert {"dm", "ae", "vs"} <= set(after)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LBCLSIG", "PERSON"), ("USUBJID", "USERID"), (">Age<", ">1.0<"), (">Age<", ">null<"), ("HGB", "H'B"),
        ("<StudyName>SMALL-1", "<StudyName>007"), ("<StudyName>SMALL-1", "<StudyName>A study / 1"),
        ('Name="SDTMIG"', 'Name="SENDIG"'), ('Version="3.4"', 'Version="3.2"'), ('"FINDINGS"', '"OTHER"'),
        ("Date of the first dose", "{key} of {x}: # y"), ("Demographics", "x" * 80),
        ('Comparator="EQ"', 'Comparator="NE"'),
    ],
)  # fmt: skip
def test_unusual_defines_make_good_packs(old: str, new: str, tmp_path: Path) -> None:
    text = (FIXTURES / "sdtm.xml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "define.xml").write_text(text.replace(old, new), encoding="utf-8")
    import_define(tmp_path / "define.xml", tmp_path / "pack")
    assert check_specs(str(tmp_path / "pack")) == []


@pytest.mark.parametrize("name", ["../../x", "/x", "", "a b", "TOOLONGNAME", "."])
def test_a_name_that_is_none_makes_no_file(name: str, tmp_path: Path) -> None:
    source = tmp_path / "define.xml"
    source.write_text(EVERYTHING.replace('Name="AE" Repeating', f'Name="{name}" Repeating'), encoding="utf-8")
    made = import_define(source, tmp_path / "folder" / "pack")
    assert made.to_do[name or "IG.AE"] == [
        "it is not among the specs: it has no variables, or no name of at most 8 capital letters and digits"
    ]
    files = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.yaml"))
    assert [f for f in files if "metadata/" not in f] == ["folder/pack/study.yaml"]
    assert check_specs(str(tmp_path / "folder" / "pack")) == []


def test_what_is_to_fill_in_is_listed(tmp_path: Path) -> None:
    made = import_define(FIXTURES / "adam.xml", tmp_path / "pack")
    assert any(t.startswith("TRTSDT: `derive:`, ") for t in made.to_do["ADSL"])
    readme = (tmp_path / "pack" / "README.md").read_text(encoding="utf-8")
    assert "### ADTTE" in readme


# ---- Define-XML 2.0 ----


def test_a_define_2_0_is_put_into_the_words_of_2_1(tmp_path: Path) -> None:
    source = odmlib_defines() / "define2-0-0-sdtm-test.xml"
    content = there_and_back(source, tmp_path)
    root = etree.fromstring(content)
    space = {"o": "http://www.cdisc.org/ns/odm/v1.3", "def": "http://www.cdisc.org/ns/def/v2.1"}

    def found(path: str) -> list[Any]:
        return root.xpath(path, namespaces=space)  # type: ignore[return-value]

    assert b"http://www.cdisc.org/ns/def/v2.0" not in content
    assert found("//@def:DefineVersion") == ["2.1.0"]
    standard = found("//def:Standard")[0]
    assert dict(standard.attrib) == {
        "OID": "STD.1", "Name": "SDTMIG", "Type": "IG", "Version": "3.1.2", "Status": "Final",
    }  # fmt: skip
    assert len(found("//o:ItemGroupDef/def:Class")) == 34
    assert found("//o:ItemGroupDef/@def:Class | //@def:StandardName") == []
    kinds = Counter((o.get("Type"), o.get("Source")) for o in found("//def:Origin"))
    assert kinds == {
        ("Assigned", None): 150, ("Collected", None): 141, ("Derived", None): 70, ("Protocol", None): 23,
        ("Collected", "Vendor"): 31,
    }  # fmt: skip
    assert b'href="../stylesheets/define2-1.xsl"' in content
    assert schema_errors(content) == []
    before = etree.parse(source).getroot()
    assert len(list(root.iter(etree.Element))) == len(list(before.iter(etree.Element))) + 34 + 2


# ---- what is no define ----


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("no xml", "define.xml:1: not readable as XML: Start tag expected"),
        ("<ODM>", "not readable as XML"),
        ("<html/>", "define.xml:1: no define.xml: the first element is html of '', not ODM of "),
        ('<ODM xmlns="http://www.cdisc.org/ns/odm/v1.2"/>', "not ODM of 'http://www.cdisc.org/ns/odm/v1.3'; give a "),
        ('<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"/>', "0 Study and 0 MetaDataVersion; a define has one of each"),
        (EVERYTHING.replace("def/v2.1", "def/v1.0"), "no def:DefineVersion of 'http://www.cdisc.org/ns/def/v2.1'"),
        (EVERYTHING.replace('OID="IT.2"', 'OID="IT.1"'), "define.xml:21: ItemDef IT.1 is there twice"),
        (EVERYTHING.replace(' OID="IT.2"', ""), "ItemDef has no OID"),
        (EVERYTHING.replace("<!-- before all -->", "<!DOCTYPE ODM>"), "a document type (DOCTYPE) has no place"),
    ],
)  # fmt: skip
def test_what_is_no_define_is_refused(content: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ExchangeError) as error:
        import_define(path, tmp_path / "pack")
    assert told in str(error.value)
    assert not (tmp_path / "pack").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["define.xml"]


def test_entities_are_never_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    lines = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    bomb = f'<!DOCTYPE ODM [<!ENTITY a0 "ha">{lines}]>'
    outside = f'<!DOCTYPE ODM [<!ENTITY a11 SYSTEM "{secret.as_uri()}">]>'
    for head in (bomb, outside):
        path = tmp_path / "define.xml"
        text = EVERYTHING.replace("<!-- before all -->", head).replace("<ProtocolName>P 1", "<ProtocolName>&a11;")
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ExchangeError) as error:
            import_define(path, tmp_path / "pack")
        assert "SECRET" not in str(error.value)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "mine.txt").write_text("mine")
    with pytest.raises(ExchangeUsage, match="is not an empty folder"):
        import_define(FIXTURES / "sdtm.xml", tmp_path / "pack")
    shutil.rmtree(tmp_path / "pack")
    (tmp_path / "pack").mkdir()
    import_define(FIXTURES / "sdtm.xml", tmp_path / "pack")


def test_commands_say_what_is_wrong_and_exit(tmp_path: Path) -> None:
    runner = CliRunner()
    broken = tmp_path / "broken.xml"
    broken.write_text("<ODM>")
    for words, code in (
        (["import-define", str(broken), "--out", str(tmp_path / "p")], 1),
        (["import-define", str(tmp_path / "absent.xml"), "--out", str(tmp_path / "p")], 2),
        (["export-define", str(tmp_path), "--out", str(tmp_path / "d.xml")], 2),
        (["export-spec", str(broken), "--out", str(tmp_path / "s.xlsx")], 1),
        (["import-spec", str(broken), "--out", str(tmp_path / "p")], 1),
    ):
        result = runner.invoke(convert.app, words)
        assert result.exception is not None
        assert exit_code(result.exception) == code, words
        assert str(result.exception)
    good = runner.invoke(convert.app, ["import-define", str(FIXTURES / "sdtm.xml"), "--out", str(tmp_path / "p")])
    assert good.exit_code == 0
    assert good.stdout.strip().endswith(str(tmp_path / "p"))
    assert "4 datasets, 30 variables" in good.stderr
    out = runner.invoke(
        convert.app, ["export-define", str(tmp_path / "p"), "--out", str(tmp_path / "d" / "define.xml")]
    )
    assert out.exit_code == 0
    assert sorted(p.name for p in (tmp_path / "d").iterdir()) == ["define.xml", "define2-1.xsl"]
