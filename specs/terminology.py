"""Controlled terminology: codelists and their terms, read from the layer's table or from a published file.

Four shapes are read, and recognised by their content, never by the file's name:

* the ``codelists.csv`` of a layer (made by ``tools/make_sdtm_layer.py``), which holds decodes as they are used;
* a CSV with one row per term (``codelist_code, codelist_submission_value, ...``), plain or gzipped;
* the text file that NCI EVS publishes for each package ("SDTM Terminology.txt"; also with commas);
* the ODM XML that NCI EVS publishes ("SDTM Terminology.odm.xml").
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from transforms.recode import Terms

if TYPE_CHECKING:
    from lxml import etree

LAYER_COLUMNS = ("codelist", "codelist_code", "name", "extensible", "term", "term_code", "decode", "synonyms")
TABLE_COLUMNS = (
    "codelist_code",
    "codelist_submission_value",
    "codelist_name",
    "extensible",
    "term_code",
    "term_submission_value",
    "term_preferred_term",
    "term_synonyms",
)
EVS_COLUMNS = (
    "Code",
    "Codelist Code",
    "Codelist Extensible (Yes/No)",
    "Codelist Name",
    "CDISC Submission Value",
    "CDISC Synonym(s)",
    "NCI Preferred Term",
)
SYNONYM_SEPARATOR = "; "
_ACCEPTED = (
    "give the codelists.csv of a layer, or a terminology package as NCI EVS publishes it: "
    "the tab-delimited text or the ODM XML"
)
_YES_NO = {"Y": True, "YES": True, "N": False, "NO": False}


class TerminologyError(ValueError):
    """A terminology file, or an extension of a codelist, that cannot be used: where, what, and what to do."""

    def __init__(self, message: str, remedy: str, path: Path | None = None, line: int | None = None) -> None:
        self.message, self.remedy, self.path, self.line = message, remedy, path, line
        place = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(f"{place}{message}; {remedy}")


class Term(NamedTuple):
    """One permissible value; ``code`` is its C-code (empty for a sponsor's own), ``extended`` true if we added it."""

    value: str
    code: str
    decode: str
    synonyms: tuple[str, ...] = ()
    extended: bool = False


@dataclass(frozen=True)
class Codelist:
    """A codelist under its submission value (``LBTESTCD``), with its C-code, title, and terms in published order."""

    name: str
    code: str
    title: str
    extensible: bool
    terms: tuple[Term, ...]

    @cached_property
    def _by_value(self) -> dict[str, Term]:
        return {term.value: term for term in self.terms}

    def term(self, value: str) -> Term | None:
        """The term with exactly this submission value, or None."""
        return self._by_value.get(value)

    def terms_for_recode(self) -> Terms:
        """What recoding needs: values, decodes, and the synonyms, apart by whether they mean one value or several."""
        return self._terms_for_recode

    @cached_property
    def _terms_for_recode(self) -> Terms:
        meanings: defaultdict[str, set[str]] = defaultdict(set)
        for term in self.terms:
            for synonym in term.synonyms:
                meanings[synonym].add(term.value)
        return Terms(
            name=self.name,
            values=tuple(term.value for term in self.terms),
            decodes={term.value: term.decode for term in self.terms},
            synonyms={synonym: min(values) for synonym, values in meanings.items() if len(values) == 1},
            ambiguous=frozenset(synonym for synonym, values in meanings.items() if len(values) > 1),
            extensible=self.extensible,
        )


def load_codelists(path: Path) -> Mapping[str, Codelist]:
    """All codelists of a file, by submission value; those of a layer are built when they are asked for.

    In the published shapes the decode of a test code is the submission value of the paired test name, and otherwise
    the NCI preferred term. Raises TerminologyError for a file that is absent, damaged, or of another shape.
    Source: SDTM Controlled Terminology, where a code list and its name list hold the same concepts (C-codes).
    """
    content = _content(path)
    if content[:200].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<"):
        return _with_test_names(_collect(path, _odm_rows(path, content)))
    text = _decoded(path, content)
    of_layer = _layer_codelists(path, text)
    if of_layer is not None:
        return of_layer
    lines = io.StringIO(text, newline="")
    rows = _tab_rows(lines) if "\t" in text.partition("\n")[0] else _rows(path, lines)
    header = [name.strip() for name in next(rows, _Fields(1, [])).values]
    for columns, read, published in _SHAPES:
        if set(columns) <= set(header):
            fields = _pick(path, rows, len(header), [header.index(name) for name in columns])
            codelists = _collect(path, read(path, fields))
            return _with_test_names(codelists) if published else codelists
    found = ", ".join(header)[:120] or "nothing"
    raise TerminologyError(f"not a terminology file that we know; its first line holds {found}", _ACCEPTED, path, 1)


def extend(codelist: Codelist, additions: Mapping[str, Mapping[str, str]]) -> Codelist:
    """The codelist with a sponsor's own terms at its end, each ``{value: {decode: ..., code: ...}}`` (code optional).

    Raises TerminologyError if the codelist is not extensible, a term exists already, or a decode is missing.
    Source: SDTMIG 3.4 section 4.3.1 (extensible codelists); Define-XML 2.1 ``def:ExtendedValue``.
    """
    if additions and not codelist.extensible:
        raise TerminologyError(
            f"codelist {codelist.name} ({codelist.code}) is not extensible, so {_listed(additions)} cannot be added",
            f"map to one of its terms: {_listed(term.value for term in codelist.terms)}",
        )
    extra = []
    for value, given in additions.items():
        known = codelist.term(value)
        if known is not None:
            raise TerminologyError(
                f"{value} is already a term of {codelist.name} ({known.code or 'added before'})", "remove the extension"
            )
        if not given.get("decode"):
            raise TerminologyError(
                f"the term {value} added to {codelist.name} has no decode", "say what it means under decode:"
            )
        extra.append(Term(value, given.get("code", ""), given["decode"], (), extended=True))
    return replace(codelist, terms=codelist.terms + tuple(extra))


def split_synonyms(text: str) -> tuple[str, ...]:
    """The synonyms of one published cell, which separates them by semicolons."""
    return tuple([part for part in map(str.strip, text.split(";")) if part]) if text else ()


# ---- what every shape is brought into: rows of (line, codelist, code, title, extensible, term or None) ----


class _Row(NamedTuple):
    line: int | None
    codelist: str
    code: str
    title: str
    extensible: str
    term: Term | None


class _Fields(NamedTuple):
    line: int
    values: list[str]


def _collect(path: Path, rows: Iterable[_Row]) -> dict[str, Codelist]:
    """Codelists out of rows; what a row says about its codelist is taken from the codelist's first row."""
    first: dict[str, _Row] = {}
    terms: dict[str, dict[str, Term]] = {}
    for row in rows:
        held = terms.get(row.codelist)
        if held is None:
            held = terms[row.codelist] = {}
            first[row.codelist] = row
        elif first[row.codelist].code != row.code:
            other = first[row.codelist]
            raise TerminologyError(
                f"{row.codelist} names both {other.code} (line {other.line}) and {row.code}",
                "keep one codelist under each submission value",
                path,
                row.line,
            )
        if row.term is not None:
            if row.term.value in held:
                raise TerminologyError(
                    f"{row.codelist} holds the term {row.term.value} twice", "remove one of the two", path, row.line
                )
            held[row.term.value] = row.term
    if not first:
        raise TerminologyError("it holds no codelist", _ACCEPTED, path)
    return {
        name: Codelist(name, row.code, row.title, _extensible(path, row), tuple(terms[name].values()))
        for name, row in first.items()
    }


class _LayerCodelists(Mapping[str, Codelist]):
    """The codelists of a layer, each parsed on first use: a command needs ten of them, and there are 20,000 terms."""

    def __init__(self, path: Path, lines: dict[str, tuple[int, list[str]]]) -> None:
        self._path, self._lines, self._built = path, lines, dict[str, Codelist]()

    def __getitem__(self, name: str) -> Codelist:
        if name not in self._built:
            number, lines = self._lines[name]
            rows = _pick(self._path, _rows(self._path, lines, number), len(LAYER_COLUMNS), range(len(LAYER_COLUMNS)))
            self._built.update(_collect(self._path, _layer_rows(self._path, rows)))
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def _layer_codelists(path: Path, text: str) -> Mapping[str, Codelist] | None:
    """The codelists of a file in the form that the tool writes; None if anything in it is unusual.

    Usual is: our header, one line per row, names without quotation marks, each codelist in one piece.
    """
    head, _, body = text.partition("\n")
    lines = body.split("\n")
    if lines[-1] == "":
        lines.pop()
    unusual = "\r" in text or text.count('\n"') > 0 or any(line.count('"') % 2 for line in lines)
    if head != ",".join(LAYER_COLUMNS) or not lines or unusual:
        return None
    groups: dict[str, tuple[int, list[str]]] = {}
    number = 2
    for name, group in groupby(lines, key=lambda line: line.partition(",")[0]):
        if name in groups or not name:
            return None
        groups[name] = number, list(group)
        number += len(groups[name][1])
    return _LayerCodelists(path, groups)


def _extensible(path: Path, row: _Row) -> bool:
    answer = _YES_NO.get(row.extensible.strip().upper())
    if answer is None:
        raise TerminologyError(
            f"codelist {row.codelist} does not say whether it is extensible ('{row.extensible}')",
            "write Y or N (Yes or No)",
            path,
            row.line,
        )
    return answer


def _is_code_list(codelist: Codelist) -> bool:
    return codelist.title.lower().endswith((" code", " short name"))


def _with_test_names(codelists: dict[str, Codelist]) -> dict[str, Codelist]:
    """Decode each short-name codelist (LBTESTCD, TSPARMCD) by the name list that holds the same concepts.

    The partner is the list that shares most C-codes, and at least half: one late term must not cost all decodes.
    """
    lists_of: defaultdict[str, list[str]] = defaultdict(list)
    for codelist in codelists.values():
        if not _is_code_list(codelist):
            for term in codelist.terms:
                lists_of[term.code].append(codelist.name)
    decoded = dict(codelists)
    for codelist in filter(_is_code_list, codelists.values()):
        shared = Counter(name for term in codelist.terms for name in lists_of.get(term.code, ()))
        partner = max(shared, key=lambda name: (shared[name], -len(codelists[name].terms), name), default="")
        if partner and 2 * shared[partner] >= len(codelist.terms):
            names = {term.code: term.value for term in codelists[partner].terms}
            terms = tuple(term._replace(decode=names.get(term.code, term.decode)) for term in codelist.terms)
            decoded[codelist.name] = replace(codelist, terms=terms)
    return decoded


# ---- the tables ----


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TerminologyError(f"the gzip file is damaged ({error})", "fetch it again", path) from error
    except OSError as error:
        raise TerminologyError(f"cannot be read ({error.strerror})", "check the path", path) from error
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise TerminologyError("this is a ZIP file or an Excel workbook", _ACCEPTED, path)
    return content


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TerminologyError(
            f"byte 0x{content[error.start]:02x} is not UTF-8", "save the file as UTF-8", path, line
        ) from error


def _rows(path: Path, lines: Iterable[str], number: int = 1) -> Iterator[_Fields]:
    """Rows of comma-delimited lines, of which the first has this number in the file; blank lines are passed over."""
    reader = csv.reader(lines, strict=True)
    try:
        for row in reader:
            if row:
                yield _Fields(number + reader.line_num - 1, row)
    except csv.Error as error:
        line = number + reader.line_num - 1
        raise TerminologyError(
            f"not readable as a table ({error})", "repair the quotation marks", path, line
        ) from error


def _tab_rows(lines: Iterable[str]) -> Iterator[_Fields]:
    """Rows of tab-delimited lines; blank lines are passed over.

    NCI EVS quotes some cells (as Excel does) and lets single quotation marks stand in others, so a quotation mark must
    never open a field that runs over lines.
    """
    for number, line in enumerate(lines, start=1):
        row = line.rstrip("\r\n")
        if row:
            yield _Fields(number, [_unquoted(cell) for cell in row.split("\t")])


def _unquoted(cell: str) -> str:
    if len(cell) > 1 and cell[0] == '"' and cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell


def _pick(path: Path, rows: Iterable[_Fields], width: int, positions: Sequence[int]) -> Iterator[_Fields]:
    """The wanted fields of each row, in our order."""
    for line, row in rows:
        if len(row) != width:
            raise TerminologyError(
                f"the row has {len(row)} fields where the header has {width}", "repair the row", path, line
            )
        yield _Fields(line, [row[position] for position in positions])


def _required(path: Path, line: int | None, **values: str) -> None:
    for name, value in values.items():
        if not value:
            raise TerminologyError(f"the row has no {name.replace('_', ' ')}", "fill it in", path, line)


def _layer_rows(path: Path, rows: Iterable[_Fields]) -> Iterator[_Row]:
    for line, (codelist, code, title, extensible, value, term_code, decode, synonyms) in rows:
        _required(path, line, codelist=codelist, term=value)
        yield _Row(line, codelist, code, title, extensible, Term(value, term_code, decode, split_synonyms(synonyms)))


def _table_rows(path: Path, rows: Iterable[_Fields]) -> Iterator[_Row]:
    for line, (code, codelist, title, extensible, term_code, value, preferred, synonyms) in rows:
        _required(path, line, codelist_submission_value=codelist, term_submission_value=value)
        yield _Row(line, codelist, code, title, extensible, Term(value, term_code, preferred, split_synonyms(synonyms)))


def _evs_rows(path: Path, rows: Iterable[_Fields]) -> Iterator[_Row]:
    """The published text: a row without a Codelist Code is a codelist, and its terms name it by code."""
    all_rows = list(rows)
    heads: dict[str, _Row] = {}
    for line, (code, of, extensible, title, value, _, _) in all_rows:
        if not of:
            _required(path, line, Code=code, CDISC_Submission_Value=value)
            heads[code] = _Row(line, value, code, title, extensible, None)
    for line, (code, of, _, _, value, synonyms, preferred) in all_rows:
        if not of:
            yield heads[code]
        elif of not in heads:
            raise TerminologyError(
                f"the term {code} belongs to codelist {of}, which has no row of its own", "fetch it again", path, line
            )
        else:
            _required(path, line, CDISC_Submission_Value=value)
            yield heads[of]._replace(line=line, term=Term(value, code, preferred, split_synonyms(synonyms)))


_SHAPES: list[tuple[tuple[str, ...], Callable[[Path, Iterable[_Fields]], Iterator[_Row]], bool]] = [
    (LAYER_COLUMNS, _layer_rows, False),
    (TABLE_COLUMNS, _table_rows, True),
    (EVS_COLUMNS, _evs_rows, True),
]


# ---- the ODM XML ----


def _odm_rows(path: Path, content: bytes) -> Iterator[_Row]:
    """Rows of the published ODM XML; nothing outside the file is read and no entity is expanded."""
    from lxml import etree  # here, because the daily path (codelists.csv) does not need it

    remedy = "take the '... Terminology.odm.xml' that NCI EVS publishes"
    walk = etree.iterparse(
        io.BytesIO(content),
        tag="{*}CodeList",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for _, element in walk:
            line = _line(element)
            if element.getroottree().docinfo.doctype:
                raise TerminologyError("it declares a DOCTYPE, which published terminology never does", remedy, path, 1)
            attributes = {etree.QName(name).localname: str(value) for name, value in element.attrib.items()}
            if not attributes.get("ExtCodeID"):
                raise TerminologyError(
                    f"CodeList {attributes.get('OID', '')} has no nciodm:ExtCodeID",
                    remedy,
                    path,
                    line,
                )
            yield from _odm_codelist(element, attributes, line)
            element.clear()
    except etree.XMLSyntaxError as error:
        raise TerminologyError(f"the XML is damaged ({error.msg})", "fetch it again", path, error.lineno) from error


def _odm_codelist(element: etree._Element, attributes: dict[str, str], line: int | None) -> Iterator[_Row]:
    name = _child_text(element, "CDISCSubmissionValue") or attributes.get("OID", "").rpartition(".")[2]
    head = _Row(
        line,
        name,
        attributes["ExtCodeID"],
        attributes.get("Name", ""),
        attributes.get("CodeListExtensible", ""),
        None,
    )
    yield head
    for item in element.iterchildren("{*}EnumeratedItem"):
        code = next((str(v) for k, v in item.attrib.items() if str(k).endswith("}ExtCodeID")), "")
        synonyms = [part for child in item.iterchildren("{*}CDISCSynonym") for part in split_synonyms(child.text or "")]
        term = Term(str(item.get("CodedValue", "")), code, _child_text(item, "PreferredTerm"), tuple(synonyms))
        yield head._replace(line=_line(item), term=term)


def _line(element: etree._Element) -> int | None:
    return element.sourceline if isinstance(element.sourceline, int) else None


def _child_text(element: etree._Element, name: str) -> str:
    return (element.findtext(f"{{*}}{name}") or "").strip()


def _listed(values: Iterable[str]) -> str:
    shown = list(values)
    return ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")
