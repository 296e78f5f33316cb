"""The frame of a page: one self-contained HTML file, readable without network, in light and dark, on a phone too.

What a page is about is the business of whoever calls; colours, type and the parts that pages have in common are in
`page.css` beside this file.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files

SERIES = 8
"""Colours for series that `page.css` has: the custom properties `--series-1` to `--series-8`."""

_HATCH = (
    '<svg class="defs" aria-hidden="true" focusable="false"><defs>'
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch-line" width="3" height="6"/></pattern></defs></svg>'
)


def page(title: str, body: str, *, language: str = "en") -> str:
    """Return a whole document around a body of HTML.

    Args:
        title: Title of the window, as text.
        body: Content of `<main>`, as HTML: the caller escapes external text.
        language: Language of the text, for screen readers.
    """
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        # Nothing is loaded from anywhere; browsers ask for an icon unless they are given one.
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style()}</style>\n</head>\n"
        f'<body>\n<a class="skip" href="#content">Skip to content</a>\n{_HATCH}\n<main id="content">\n{body}\n</main>\n'
        "</body>\n</html>\n"
    )


@cache
def style() -> str:
    """Return the style sheet."""
    return files(__package__).joinpath("page.css").read_text("utf-8")
