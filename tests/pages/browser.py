"""A page in a real browser: what its console says, and what a script measures in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import typing as t
from html import unescape

import pytest

if t.TYPE_CHECKING:
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPENED_WITHIN_SECONDS = 60
PHONE_PIXELS = 360
_MEASURE = """
<script>
addEventListener("load", () => {
  const frame = document.querySelector("iframe"), page = frame.contentDocument;
  const told = {
    width: frame.clientWidth,
    needed: page.documentElement.scrollWidth,
    stops: [...page.querySelectorAll("a[href], summary, [tabindex='0']")].map(
      (e) => e.getAttribute("aria-label") || e.textContent.trim()),
    small: [...page.querySelectorAll("body *")].filter((e) => e.checkVisibility() && [...e.childNodes].some(
      (n) => n.nodeType === 3 && n.textContent.trim()) && parseFloat(page.defaultView.getComputedStyle(e).fontSize)
      * (e.ownerSVGElement ? e.ownerSVGElement.getScreenCTM().a : 1) < 11).map((e) => e.outerHTML.slice(0, 80)),
    ground: page.defaultView.getComputedStyle(page.body).backgroundColor,
  };
  document.body.dataset.told = JSON.stringify(told);
});
</script>
"""


def browser() -> str:
    """Return a browser of the Chromium family, which has to be installed: machines of CI bring one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    return found


def measured(page: Path, folder: Path, *, dark: bool = False) -> dict[str, t.Any]:
    """Open a page at the width of a phone; return what the script measures, and the console's messages."""
    around = page.with_name("phone.html")
    frame = f'<iframe src="{page.name}" style="width:{PHONE_PIXELS}px;height:800px;border:0"></iframe>'
    around.write_text(f"<!doctype html><body>{frame}{_MEASURE}", "utf-8")
    command = [browser(), "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += ["--allow-file-access-from-files", "--enable-logging=stderr", "--virtual-time-budget=3000", "--dump-dom"]
    command += [f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
    done = subprocess.run(
        [*command, around.as_uri()], capture_output=True, text=True, check=True, timeout=OPENED_WITHIN_SECONDS
    )
    told = re.search(r'data-told="([^"]*)"', done.stdout)
    assert told is not None, done.stderr[-2000:]
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return {**json.loads(unescape(told[1])), "console": console}
