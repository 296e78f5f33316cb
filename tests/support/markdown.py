"""What the tests read out of Markdown pages: fenced blocks, links and headings."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\S*)[^\n]*\n(?P<text>.*?)^(?P=indent)```[ ]*$", re.DOTALL | re.MULTILINE
)
_ONLY = re.compile(r"<!-- only: (\w+) -->\s*\Z")
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    language: str
    text: str
    only: str | None = None

    @property
    def where(self) -> str:
        """Page and line of the block's first line of text."""
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """Return README and every page of `docs/`, in the order in which a newcomer reads them."""
    first = ["README.md", "docs/README.md", "docs/quick-start.md"]
    rest = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
    return first + [page for page in rest if page not in first]


def blocks(page: str, *languages: str) -> list[Block]:
    """Return a page's fenced blocks, those in `languages` or all."""
    text = (ROOT / page).read_text("utf-8")
    found = [_block(page, text, match) for match in _FENCE.finditer(text)]
    return [block for block in found if not languages or block.language in languages]


def _block(page: str, text: str, match: re.Match[str]) -> Block:
    indent = match["indent"]
    body = "".join(line.removeprefix(indent) for line in match["text"].splitlines(keepends=True))
    only = _ONLY.search(text, 0, match.start())
    return Block(page, text.count("\n", 0, match.start()) + 2, match["language"], body, only and only[1])


def links(page: str) -> list[str]:
    """Return the targets of a page's links, those in code left out."""
    return _LINK.findall(_CODE.sub("", prose(page)))


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives a page's headings."""
    found: dict[str, int] = {}
    names = set()
    for heading in _HEADING.findall(prose(page)):
        name = _NOT_IN_ANCHORS.sub("", heading.replace("`", "").lower()).replace(" ", "-")
        before = found.get(name, 0)
        found[name] = before + 1
        names.add(f"{name}-{before}" if before else name)
    return names


def prose(page: str) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", (ROOT / page).read_text("utf-8"))


def resolve(page: str, link: str) -> tuple[Path, str]:
    """Return the file and the anchor that a relative link means."""
    path, _, anchor = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    return target.resolve(), anchor


def is_relative(link: str) -> bool:
    """Whether a link stays in the repository."""
    return not t.cast("bool", re.match(r"[a-z]+:", link))
