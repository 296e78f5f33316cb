"""Writes `docs/streams.md`: every stream with key, replication, endpoint and columns. `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from streams_page import history, reach, stats
from streams_page.objects import render

PAGE = Path(__file__).resolve().parent.parent / "docs" / "streams.md"


def main() -> int:
    """Write the page, or tell whether it is up to date."""
    text = render([*stats.sections(), *reach.sections(), *history.sections()])
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
