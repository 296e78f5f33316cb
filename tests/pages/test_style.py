"""Pages can be read by everybody: colours have enough contrast in both themes, and nothing is loaded from elsewhere."""

from __future__ import annotations

import re

import pytest

from tap_twitter_ads_async.pages.frame import SERIES, page, style

TEXT = ("text", "muted", "accent", "good", "warn", "bad")
DRAWN = tuple(f"series-{number}" for number in range(1, SERIES + 1))
THEMES = ("light", "dark")


def colours(theme: str) -> dict[str, str]:
    """Return the colours of a theme by name."""
    light, _, dark = style().partition("@media (prefers-color-scheme: dark)")
    text = light if theme == "light" else dark
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", text))


def luminance(colour: str) -> float:
    """Return the relative luminance by WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_colours_have_enough_contrast(theme: str) -> None:
    """4.5 for text, 3 for what is drawn: the bounds of WCAG 2.1 AA."""
    named = colours(theme)
    assert colours("light").keys() == named.keys()
    poor = [
        (name, ground, round(contrast(named[name], named[ground]), 2))
        for names, enough in ((TEXT, 4.5), (DRAWN, 3.0))
        for name in names
        for ground in ("ground", "panel")
        if contrast(named[name], named[ground]) < enough
    ]
    assert poor == []


def test_page_loads_nothing_and_escapes_its_title() -> None:
    """A page is sent around by mail, and opened where there is no network."""
    html = page("A & <B>", "<h1>Hello</h1>")
    assert "<title>A &amp; &lt;B&gt;</title>" in html
    assert not re.search(r"""(src|href)=["'](?!data:|#)|@import|url\((?!#)""", html)
