"""The pages for those who come from other connectors: names, columns and states are as they say."""

from __future__ import annotations

import json
import re

import pytest

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.errors import StateError
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.settings.streams import LOOKBACK_WITHOUT_FEED
from tap_twitter_ads_async.singer.stream import AdsStream
from tap_twitter_ads_async.tap import TapTwitterAdsAsync
from tests.docs_pages.tables import codes, table
from tests.support.markdown import ROOT, blocks

SINGER_IO, LOOK_BACK = "docs/moving-from-singer-io.md", "docs/moving-from-look-back.md"
KEYS = {endpoint.name: tuple(endpoint.key) for endpoint in ENDPOINTS}
SELECTED = {endpoint.name: endpoint.selected for endpoint in ENDPOINTS}


@pytest.fixture(scope="module")
def tap() -> TapTwitterAdsAsync:
    """The tap with the config of the old one, and with the built-in streams that the page names."""
    (block,) = blocks(SINGER_IO, "json")
    return TapTwitterAdsAsync(config={**json.loads(block.text), "segmentation_types": "GENDER,REGIONS"})


def test_the_old_config_means_what_it_meant(tap: TapTwitterAdsAsync) -> None:
    """It is the promise on top of the page: the file works unchanged."""
    settings = tap.settings
    assert settings.account_ids == ("18ce54d4x5t", "gq180y")
    assert settings.country_codes == ("US", "CA")
    assert settings.with_deleted is True
    assert {definition.lookback_days for definition in settings.stats} == {14}
    reports = {d.name: (d.entity, d.segmentation_type, d.granularity.value) for d in settings.stats[-2:]}
    assert reports == {
        "campaigns_daily_report": ("CAMPAIGN", None, "DAY"),
        "campaigns_genders_hourly_report": ("CAMPAIGN", "GENDER", "HOUR"),
    }


def test_object_streams_have_the_names_and_keys_of_the_page() -> None:
    """A join on the wrong key doubles rows."""
    same, criteria, audiences, tweets, *options, _ = table(SINGER_IO, "singer-io", "here", "note")
    names = codes(same[0])
    assert [name for name in names if KEYS[name] != ("account_id", "id")] == ["accounts"]
    assert KEYS["accounts"] == ("id",)
    assert KEYS[codes(criteria[1])[0]] == ("account_id", "id")
    assert SELECTED[codes(audiences[1])[0]]
    assert not SELECTED["tailored_audiences"]
    assert KEYS["tweets"] == tuple(codes(tweets[2])[:2])
    others = [name for row in options for name in codes(row[0])]
    assert sorted(set(others) - set(KEYS)) == []
    assert [name for name in others if not SELECTED[name]] == [others[-1]] == ["targeting_tv_shows"]


def test_built_in_streams_of_the_page_exist(tap: TapTwitterAdsAsync) -> None:
    """Readers turn their reports off because of this table."""
    rows = table(SINGER_IO, "report of the old tap")
    for row in rows[:-1]:
        stream, (entity, segmentation) = codes(row[1])[0], codes(row[0])
        definition = next(d for d in tap.settings.stats if d.name == stream)
        assert definition.entity == entity
        assert (definition.segmentation_type or "NO_SEGMENT") == segmentation


def test_columns_of_the_page_exist(tap: TapTwitterAdsAsync) -> None:
    """A model written from this table has to compile."""
    columns = set(tap.streams["campaign_stats"].schema["properties"])
    columns |= set(tap.streams["line_item_stats_by_regions"].schema["properties"]) | {"platform"}
    columns |= {f"media_{name}" for name in ("views", "engagements")}
    missing = []
    for row in table(SINGER_IO, "singer-io", "here"):
        if len(row) != 2 or "`" not in row[1]:
            continue
        for name in re.findall(r"`([a-z][a-z_]+(?:_…)?)`", row[1]):
            known = any(c.startswith(name[:-1]) for c in columns) if name.endswith("…") else name in columns
            if not known and name not in {"metric_groups", "dimensions"}:
                missing.append(name)
    assert missing == []


def test_old_states_do_what_the_page_says() -> None:
    """Somebody will hand it over, whatever the page says."""
    rows = table(SINGER_IO, "old state passed to this tap")
    config = {**dict.fromkeys(("consumer_key", "consumer_secret", "access_token", "access_token_secret"), "x")}
    config |= {"start_date": "2026-01-01"}
    flat, nested = (json.loads(codes(row[0])[0]) for row in rows[:2])
    with pytest.raises(StateError, match="'campaigns'"):
        TapTwitterAdsAsync(config=config, state=flat)
    tap = TapTwitterAdsAsync(config=config, state={**nested, "currently_syncing": "campaigns"})
    stream = tap.streams["campaigns"]
    assert isinstance(stream, AdsStream)
    with pytest.raises(StateError, match="'campaigns' has no 'partitions', but 18ce54d4x5t"):
        stream.check_state()


def test_the_look_back_is_the_one_of_the_tap() -> None:
    """The advice to leave the setting out rests on these defaults."""
    text = (ROOT / LOOK_BACK).read_text("utf-8")
    without = [f"`{e.prefix}_stats`" for e in rules.ENTITIES.values() if not e.has_change_feed]
    assert ", ".join(without) in text
    assert f"look back {LOOKBACK_WITHOUT_FEED} days by default" in text
