"""Packs and layers: where they are, in which order they apply, and how they are laid over each other.

The pack is nearest, then what it extends in the order named, each followed by what it extends itself. Merging is key by
key, by name, never by position; of two methods for one variable the nearer replaces the farther. Design, section 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from specs.model import METHODS
from specs.nodes import Node, load_yaml
from specs.problems import Place, SpecErrors, SpecProblem, nearest
from specs.shapes import well_formed

MAPPINGS = Path(__file__).resolve().parent.parent / "mappings"
METHOD_KEYS = (*METHODS, "with")
SECTIONS = ("sdtm", "adam")
FILES = ("study.yaml", "layer.yaml", "general.yaml", "codelists.yaml", "analyses.yaml", "accepted.yaml")
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class UnknownStudy(Exception):
    """The study that was named is neither a pack of the program nor a folder."""


class DatasetFiles:
    """The dataset files of a layer, each read when it is asked for: a standard has more than a study needs."""

    def __init__(self, paths: dict[str, Path], read: Callable[[Path], Node | None]) -> None:
        self._paths = paths
        self._read = read
        self._nodes: dict[str, Node | None] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    @property
    def paths(self) -> list[Path]:
        """All the files, read or not."""
        return list(self._paths.values())

    def get(self, name: str) -> Node | None:
        """A dataset's file as nodes; None when there is none, or none that can be read."""
        if name in self._paths and name not in self._nodes:
            self._nodes[name] = self._read(self._paths[name])
        return self._nodes.get(name)

    @property
    def broken(self) -> set[str]:
        """The datasets that were asked for and whose file cannot be read."""
        return {name for name, node in self._nodes.items() if node is None}


@dataclass
class Layer:
    """One folder of specs: its head (study.yaml or layer.yaml), its general file, and its dataset files."""

    name: str
    folder: Path
    head: Node
    general: Node
    codelists: Node
    accepted: Node
    datasets: DatasetFiles
    files: list[Path] = field(default_factory=list)
    """Every file that was read."""
    broken: frozenset[str] = frozenset()
    """The files of ``FILES`` that cannot be read."""

    @property
    def is_standard(self) -> bool:
        """Whether this layer was made from a published standard: its metadata is locked."""
        return "standard" in self.head.mapping


def find_pack(study: str) -> Path:
    """The folder of a pack: a name under the program's own mappings first, then a path. Raises UnknownStudy."""
    own = MAPPINGS / study
    if study and "/" not in study and "\\" not in study and (own / "study.yaml").is_file():
        return own
    path = Path(study)
    if (path / "study.yaml").is_file():
        return path.resolve()
    known = sorted(p.parent.name for p in MAPPINGS.glob("*/study.yaml"))
    hint = nearest(study, known) or f"; known studies: {', '.join(known) or 'none'}"
    raise UnknownStudy(f"no study pack '{study}': neither under mappings/ nor a folder with a study.yaml{hint}")


def load_layers(pack: Path) -> tuple[list[Layer], list[SpecProblem]]:
    """The pack and all layers under it, nearest first, and what is wrong with their files.

    The list of problems grows when further files of a standard are read later.
    """
    problems: list[SpecProblem] = []
    loaded: dict[Path, Layer] = {}
    order: list[Path] = []

    def visit(folder: Path, head_name: str, above: tuple[Path, ...], place: Place) -> None:
        if folder in above:
            names = " -> ".join(p.name for p in (*above[above.index(folder) :], folder))
            problems.append(SpecProblem(place, "extends", f"layers extend each other in a circle: {names}"))
            return
        if folder not in loaded:
            loaded[folder] = _load_layer(folder, head_name, problems)
        if folder in order:
            order.remove(folder)
        order.append(folder)
        extends = loaded[folder].head.get("extends")
        for base in (extends.items or [extends]) if extends else []:
            found = _find_layer(base, pack, problems)
            if found is not None:
                visit(found, "layer.yaml", (*above, folder), base.place)

    visit(pack, "study.yaml", (), Place("study.yaml"))
    return [loaded[folder] for folder in order], problems


def _find_layer(base: Node, pack: Path, problems: list[SpecProblem]) -> Path | None:
    """The folder of a layer: among the program's own mappings, in the pack, or beside it."""
    name = str(base.value)
    places = (MAPPINGS, pack, pack.parent)
    if PLAIN_NAME.fullmatch(name):
        for folder in places:
            if (folder / name / "layer.yaml").is_file():
                return (folder / name).resolve()
    known = [p.parent.name for folder in places for p in folder.glob("*/layer.yaml")]
    text = f"no layer '{name}' under mappings/, in the pack or beside it{nearest(name, known)}"
    problems.append(SpecProblem(base.place, "extends", text))
    return None


def _load_layer(folder: Path, head_name: str, problems: list[SpecProblem]) -> Layer:
    above = "" if head_name == "study.yaml" else f"{folder.name}/"
    files: list[Path] = []
    broken: set[str] = set()

    def read(path: Path) -> Node | None:
        shown = above + path.relative_to(folder).as_posix()
        files.append(path)
        try:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise SpecErrors([SpecProblem(Place(shown), "", "is a link to a file outside its folder")])
            node = load_yaml(path, shown, folder.name)
            if not isinstance(node.value, dict):
                raise SpecErrors([SpecProblem(node.place, "", "the file must hold keys and values")])
        except SpecErrors as error:
            problems.extend(error.problems)
            return None
        return node

    def read_own(name: str) -> Node:
        empty = Node({}, Place(above + name), folder.name)
        if not (folder / name).is_file():
            return empty
        node = read(folder / name)
        if node is None:
            broken.add(name)
        return node or empty

    head = read_own(head_name)
    general, codelists, accepted = (read_own(n) for n in ("general.yaml", "codelists.yaml", "accepted.yaml"))

    def read_dataset(path: Path) -> Node | None:
        node = read(path)
        standard = "standard" in head.mapping
        return node if node is None or standard else well_formed(node, path.stem.upper(), problems)

    datasets = DatasetFiles(_dataset_paths(folder, above, problems), read_dataset)
    layer = Layer(folder.name, folder, head, general, codelists, accepted, datasets, files, frozenset(broken))
    if not layer.is_standard:
        for name in datasets:
            datasets.get(name)
    return layer


def _dataset_paths(folder: Path, above: str, problems: list[SpecProblem]) -> dict[str, Path]:
    """The dataset files of a layer by name; files that would be passed over are reported."""
    found: dict[str, Path] = {}
    strays = [p for p in sorted(folder.glob("*.y*ml")) if p.name not in FILES]
    for path in [p for s in SECTIONS for p in sorted((folder / s).glob("*.y*ml"))]:
        name = path.stem.upper()
        if path.suffix != ".yaml":
            strays.append(path)
        elif name in found:
            text = f"there is a file of {name} already: {found[name].relative_to(folder).as_posix()}"
            problems.append(SpecProblem(Place(above + path.relative_to(folder).as_posix()), name, text))
        else:
            found[name] = path
    for path in strays:
        shown = above + path.relative_to(folder).as_posix()
        hint = "" if path.stem.isupper() else nearest(path.name, FILES)
        hint = hint or "; datasets stand in sdtm/ or adam/, with the ending .yaml"
        problems.append(SpecProblem(Place(shown), "", f"nothing reads this file{hint}"))
    return found


def merge(nearer: Node | None, farther: Node | None) -> Node:
    """Two nodes laid over each other: mappings key by key, everything else the nearer; methods replace each other."""
    if nearer is None or farther is None:
        found = nearer or farther
        assert found is not None
        return found
    if not isinstance(nearer.value, dict) or not isinstance(farther.value, dict):
        return nearer
    drop = set(METHOD_KEYS) if any(k in nearer.value for k in METHODS) else set()
    if "omit" in farther.value and drop:
        drop.add("omit")
    entries: dict[str, Node] = {}
    places: dict[str, Place] = {}
    for key, value in farther.value.items():
        if key in drop and key not in nearer.value:
            continue
        entries[key] = _laid(key, nearer, value)
        places[key] = nearer.key_places.get(key, farther.key_place(key))
    for key, value in nearer.value.items():
        if key not in entries:
            entries[key] = value
            places[key] = nearer.key_place(key)
    return Node(entries, nearer.place, nearer.layer, places)


def _laid(key: str, nearer: Node, farther_value: Node) -> Node:
    mine = nearer.mapping.get(key)
    if mine is None:
        return farther_value
    return mine if key in METHOD_KEYS else merge(mine, farther_value)


def merge_all(nodes: list[Node]) -> Node:
    """Several nodes, nearest first, laid over each other."""
    result = nodes[-1]
    for node in reversed(nodes[:-1]):
        result = merge(node, result)
    return result
