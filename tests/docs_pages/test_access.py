"""The page on access: its script gets a token, and its names are the tap's."""

from __future__ import annotations

import subprocess
import sys
import typing as t

import pytest

from tap_twitter_ads_async.errors import CredentialsRejected, error_class
from tap_twitter_ads_async.settings.declaration import SECRETS
from tests.docs_pages.oauth_server import ACCESS_TOKEN, KEY, PIN, SECRET, oauth_server
from tests.docs_pages.tables import codes, table
from tests.support.markdown import blocks

if t.TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/access.md"


@pytest.mark.parametrize("pin", [PIN, "7654321"])
def test_the_script_exchanges_a_pin_for_a_token(tmp_path: Path, pin: str) -> None:
    """It is the first thing that a newcomer with an app has to get through; a wrong PIN must give no token."""
    (script,) = blocks(PAGE, "python")
    with oauth_server() as base:
        text = script.text.replace("https://api.x.com/oauth", base)
        assert text != script.text
        path = tmp_path / "authorize.py"
        path.write_text(text, "utf-8")
        done = subprocess.run(
            [sys.executable, str(path)],
            input=f"{KEY}\n{SECRET}\n{pin}\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert f"{base}/authorize?oauth_token=request-1" in done.stdout
    assert (done.returncode == 0) is (pin == PIN), done.stderr
    token = f"TAP_TWITTER_ADS_ASYNC_ACCESS_TOKEN={ACCESS_TOKEN['oauth_token']}\n"
    secret = f"TAP_TWITTER_ADS_ASYNC_ACCESS_TOKEN_SECRET={ACCESS_TOKEN['oauth_token_secret']}\n"
    assert (token + secret in done.stdout) is (pin == PIN)


def test_the_four_values_are_the_settings() -> None:
    """A misspelt variable never reaches the tap."""
    told = [tuple(codes(" ".join(row))) for row in table(PAGE, "setting", "environment variable")]
    assert told == [(name, f"TAP_TWITTER_ADS_ASYNC_{name.upper()}") for name in SECRETS]


def test_refusals_of_the_page_end_the_run() -> None:
    """The page promises that these end the run at once."""
    told = [codes(row[0]) for row in table(PAGE, "the API says")]
    statuses = [int(row[0][:3]) for row in table(PAGE, "the API says")]
    classes = {
        code: error_class(status, frozenset({code}))
        for status, names in zip(statuses, told, strict=True)
        for code in names
    }
    assert set(classes.values()) == {CredentialsRejected}, classes
