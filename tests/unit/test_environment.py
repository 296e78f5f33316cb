"""Settings from environment variables."""

from __future__ import annotations

import os
import typing as t
from datetime import datetime, timezone

import pytest

from tap_twitter_ads_async.settings.parse import parse_settings
from tap_twitter_ads_async.settings.problems import InvalidSettingsError
from tap_twitter_ads_async.singer.environment import raw_environment

if t.TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
PREFIX = "TAP_TWITTER_ADS_ASYNC_"


def _set(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(PREFIX + name, value)


def test_own_settings_stay_strings_and_sdk_ones_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strings become values where every other config's values do, so that messages are the same."""
    _set(
        monkeypatch,
        WINDOW_DAYS="7",
        ACCOUNT_IDS="abc,def",
        WITH_DELETED="no",
        REPORTS='[{"name": "mine", "entity": "ACCOUNT"}]',
        FLATTENING_ENABLED="true",
        FLATTENING_MAX_DEPTH="2",
        STREAM_MAPS='{"campaigns": {}}',
    )
    raw = raw_environment(PREFIX)
    assert raw == {
        "window_days": "7",
        "account_ids": "abc,def",
        "with_deleted": "no",
        "reports": '[{"name": "mine", "entity": "ACCOUNT"}]',
        "flattening_enabled": True,
        "flattening_max_depth": 2,
        "stream_maps": {"campaigns": {}},
    }
    settings = parse_settings(raw, require=False, now=NOW)
    assert settings.account_ids == ("abc", "def")
    assert settings.with_deleted is False
    assert settings.stats[-1].name == "mine"


@pytest.mark.parametrize(
    ("variable", "value", "setting"),
    [
        ("WINDOW_DAYS", "week", "window_days"),
        ("PAGE_SIZE", "", "page_size"),
        ("REPORTS", "[{", "reports"),
        ("FLATTENING_MAX_DEPTH", "deep", "flattening_max_depth"),
        ("STREAM_MAPS", "{", "stream_maps"),
        ("START_DAT", "2026-01-01", "start_dat"),
    ],
)
def test_wrong_variable_is_a_message_not_a_traceback(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, setting: str
) -> None:
    """A shell's typing errors deserve the same help as a file's."""
    _set(monkeypatch, **{variable: value})
    with pytest.raises(InvalidSettingsError, match=setting):
        parse_settings(raw_environment(PREFIX), require=False, now=NOW)


def test_foreign_variables_with_the_prefix_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Log levels and orchestrators use the prefix too."""
    _set(monkeypatch, LOGLEVEL="DEBUG", _CATALOG="catalog.json", _LOAD_SCHEMA="x")
    assert raw_environment(PREFIX) == {}


def test_dotenv_file_fills_in_what_the_environment_leaves_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A secrets store or a shell that sets a variable means it; a file lying around must not undo that."""
    (tmp_path / ".env").write_text(f"{PREFIX}PAGE_SIZE=100\n{PREFIX}START_DATE=2026-01-01\n", "utf-8")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    _set(monkeypatch, PAGE_SIZE="200")
    try:
        assert raw_environment(PREFIX) == {"page_size": "200", "start_date": "2026-01-01"}
    finally:
        os.environ.pop(f"{PREFIX}START_DATE", None)
