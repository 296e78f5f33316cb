"""Pages in a real browser, at the width of a phone, in light and dark."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest
from spend import FINAL
from spend_page import write_spend_page

from tests.demo.test_spend_page import FIRST, account
from tests.pages.browser import measured

if t.TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_spend_page_fits_a_phone_and_says_nothing_on_the_console(tmp_path: Path, dark: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    """Somebody opens it on the way to the meeting."""
    page = tmp_path / "report.html"
    made = account(campaigns=4)
    made.finality.update({FIRST - timedelta(days=n): FINAL for n in range(1, 41)})
    write_spend_page([made], page)
    found = measured(page, tmp_path, dark=dark)
    assert found["console"] == []
    assert found["needed"] <= found["width"] == 360
    assert found["small"] == []
    assert found["stops"][0] == "Skip to content"
    assert all(found["stops"])
    assert (found["ground"] == "rgb(255, 255, 255)") != dark
