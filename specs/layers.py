"""Packs and layers: where they are, in which order they apply, and how they are laid over each other.

The pack is nearest, then what it extends in the order named, each followed by what it extends itself. Merging is key by
key, by name, never by position; of two methods for one variable the nearer replaces the farther. Design, section 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from specs.model import METHODS
from specs.nodes import Node, load_yaml
from specs.problems import Place, SpecErrors, SpecProblem, nearest

MAPPINGS = Path(__file__).resolve().parent.parent / "mappings"
METHOD_KEYS = (*METHODS, "with")
SECTIONS = ("sdtm", "adam")


class UnknownStudy(Exception):
    """The study that was named is neither a pack of the program nor a folder."""


@dataclass
class Layer:
    """One folder of specs: its head (study.yaml or layer.yaml), its general file, and its dataset files."""

    name: str
    folder: Path
    head: Node
    general: Node
    codelists: Node
    datasets: dict[str, Node] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)

    @property
    def is_standard(self) -> bool:
        """Whether this layer was made from a published standard: its metadata is locked."""
        return "standard" in self.head.mapping

    def table(self, name: str) -> Path:
        """Where a table of this layer would be."""
        return self.folder / name


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


def load_layers(pack: Path) -> list[Layer]:
    """The pack and all layers under it, nearest first. Raises SpecErrors with every unreadable file."""
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
        layer = loaded[folder]
        extends = layer.head.get("extends")
        for base in extends.items if extends else []:
            found = _find_layer(str(base.value), folder)
            if found is None:
                known = [p.parent.name for p in MAPPINGS.glob("*/layer.yaml")]
                text = f"no layer '{base.value}' under mappings/ or beside the pack{nearest(str(base.value), known)}"
                problems.append(SpecProblem(base.place, "extends", text))
            else:
                visit(found, "layer.yaml", (*above, folder), base.place)

    visit(pack, "study.yaml", (), Place("study.yaml"))
    if problems:
        raise SpecErrors(problems)
    return [loaded[folder] for folder in order]


def _find_layer(name: str, folder: Path) -> Path | None:
    for candidate in (MAPPINGS / name, folder / name, folder.parent / name):
        if (candidate / "layer.yaml").is_file():
            return candidate.resolve()
    return None


def _load_layer(folder: Path, head_name: str, problems: list[SpecProblem]) -> Layer:
    name = folder.name
    files: list[Path] = []

    def read(path: Path) -> Node:
        shown = (
            path.relative_to(folder).as_posix() if head_name == "study.yaml" else f"{name}/{path.relative_to(folder)}"
        )
        files.append(path)
        try:
            node = load_yaml(path, shown, name)
        except SpecErrors as error:
            problems.extend(error.problems)
            return Node({}, Place(shown), name)
        if not isinstance(node.value, dict):
            problems.append(SpecProblem(node.place, "", "the file must hold keys and values"))
            return Node({}, Place(shown), name)
        return node

    empty = Node({}, Place(head_name), name)
    head = read(folder / head_name)
    general = read(folder / "general.yaml") if (folder / "general.yaml").is_file() else empty
    codelists = read(folder / "codelists.yaml") if (folder / "codelists.yaml").is_file() else empty
    layer = Layer(name, folder, head, general, codelists, files=files)
    layer.datasets = _LazyDatasets(folder, read) if layer.is_standard else dict(_read_datasets(folder, read))
    return layer


def _read_datasets(folder: Path, read: object) -> Iterator[tuple[str, Node]]:
    for section in SECTIONS:
        for path in sorted((folder / section).glob("*.yaml")):
            yield path.stem.upper(), read(path)  # type: ignore[operator]


class _LazyDatasets(dict[str, Node]):
    """The dataset files of a standard: read only when a study has that dataset."""

    def __init__(self, folder: Path, read: object) -> None:
        super().__init__()
        self._read = read
        self._paths = {p.stem.upper(): p for s in SECTIONS for p in sorted((folder / s).glob("*.yaml"))}

    def __contains__(self, key: object) -> bool:
        return key in self._paths

    def get(self, key: str, default: Node | None = None) -> Node | None:  # type: ignore[override]
        if key not in self._paths:
            return default
        if not super().__contains__(key):
            self[key] = self._read(self._paths[key])  # type: ignore[operator]
        return self[key]

    def names(self) -> list[str]:
        """All datasets of the standard, read or not."""
        return list(self._paths)


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
