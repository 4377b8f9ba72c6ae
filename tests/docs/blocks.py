"""The fenced blocks of a page, and following them as a reader would.

A block with ``title="sdtm/VS.yaml"`` is a file that the reader writes, ```` ```diff ```` with a title a change to one,
and ```` ```console ```` holds commands (``$ ...``) with what they print. After a change of what is printed, write it
into a page again with ``python -m tests.docs.blocks docs/new_study.md hyp01``, and read the difference.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r'title="([^"]+)"')
CONTENT_ID = re.compile(r"\b[0-9a-f]{12}\b")
SPEC_LINE = re.compile(r"(?<=\.yaml):\d+$")
PROGRESS = ("plan", "read", "convert", "write")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and title, its text, and the line that it begins on."""

    language: str
    title: str
    text: str
    line: int
    apart: bool = False
    """An example that is no part of the study of its page, or one of what is planned."""


def blocks_of(page: str) -> list[Block]:
    """All fenced blocks that say what they are."""
    found = []
    for match in FENCE.finditer(page):
        info = match["info"]
        title = TITLE.search(info)
        line = page.count("\n", 0, match.start()) + 1
        apart = not {"planned", "example"}.isdisjoint(info.split())
        found.append(Block(info.split()[0], title[1] if title else "", match["text"], line, apart))
    return found


@dataclass
class Reader:
    """Somebody who follows a page: in a checkout, with a pack folder beside it."""

    checkout: Path
    pack: Path
    last_exit: int = 0
    written: list[str] = field(default_factory=list)

    def follow(self, block: Block) -> None:
        """Write the file, make the change, or run the commands. Raises AssertionError where the page is wrong."""
        if block.language == "console":
            expected = commands_of(block.text)
            for command, printed in expected:
                assert shown(self.run(command)) == shown(printed), f"line {block.line}: $ {command}"
        elif block.language == "diff":
            self.change(block)
        elif block.title:
            self.write(block.title, block.text)

    def write(self, name: str, content: str) -> None:
        path = self.pack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        self.written.append(name)

    def change(self, block: Block) -> None:
        path = self.pack / block.title
        lines = block.text.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        content = path.read_text(encoding="utf-8")
        assert content.count(before) == 1, f"line {block.line}: the change does not fit {block.title}"
        path.write_text(content.replace(before, after), encoding="utf-8")

    def run(self, command: str) -> str:
        """What a command prints, without the steps of progress; ``python`` is the one of the tests."""
        if command == "echo $?":
            return str(self.last_exit)
        words = shlex.split(command)
        if words[0] == "python":
            words[0] = sys.executable
        if words[1:2] == ["convert.py"]:
            words[1] = str(ROOT / "convert.py")
        done = subprocess.run(words, capture_output=True, text=True, cwd=self.checkout)
        self.last_exit = done.returncode
        told = [line for line in done.stderr.splitlines() if line not in PROGRESS]
        return done.stdout + "\n".join(told)


def commands_of(text: str) -> list[tuple[str, str]]:
    """Each command of a console block with the text that follows it."""
    pieces = re.split(r"^\$ ", text, flags=re.MULTILINE)
    return [(command, printed) for command, _, printed in (p.partition("\n") for p in pieces[1:])]


def shown(printed: str) -> list[str]:
    """Printed lines without trailing blanks and empty lines at either end, and without what any edit changes.

    Those are content ids, and the lines of layers that ``show`` names.
    """
    lines = [SPEC_LINE.sub("", CONTENT_ID.sub("0" * 12, line.rstrip())) for line in printed.splitlines()]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def follow(page: str, folder: Path, name: str) -> Path:
    """Do what a page says in an empty folder, each command printing what is shown: the pack that it makes."""
    reader = Reader(folder / "cutline", folder / name)
    reader.checkout.mkdir()
    reader.pack.mkdir()
    for block in blocks_of(page):
        reader.follow(block)
    return reader.pack


def texts_of(folder: Path) -> dict[str, str]:
    """The files below a folder, by their path in it."""
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def refreshed(page: str, reader: Reader) -> str:
    """The page with what its commands print now."""

    def again(match: re.Match[str]) -> str:
        block = blocks_of(match[0])[0]
        if block.language != "console":
            reader.follow(block)
            return match[0]
        printed = [f"$ {c}\n{reader.run(c).strip()}".strip() for c, _ in commands_of(block.text)]
        lines = [line.rstrip() for line in "\n".join(printed).splitlines()]
        return "\n".join(["```console", *lines, "```"])

    return FENCE.sub(again, page)


def main() -> None:
    """Refresh a page (first argument) whose pack has a name (second argument)."""
    path, name = Path(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(Path(folder) / "cutline", Path(folder) / name)
        reader.checkout.mkdir()
        path.write_text(refreshed(path.read_text(encoding="utf-8"), reader), encoding="utf-8")


if __name__ == "__main__":
    main()
