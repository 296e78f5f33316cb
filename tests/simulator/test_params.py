"""Times come in many forms and mean one moment."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.simulator.errors import Refusal
from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.params import Params, parse_time
from tap_twitter_ads_async.simulator.world import World

ACCOUNT = next(iter(World(SimulatorOptions(accounts=1, start_date="2026-03-01", days=1)).accounts.values()))


@given(
    moment=st.datetimes(datetime(2013, 10, 10), datetime(2030, 1, 1), timezones=st.just(timezone.utc)),  # noqa: DTZ001 - bounds of a strategy with a zone
    hours=st.integers(-11, 13),
    minutes=st.sampled_from([0, 30, 45]),
)
def test_every_offset_form_is_the_same_moment(moment: datetime, hours: int, minutes: int) -> None:
    """`Z`, `+HHMM`, `+HH:MM` and `+HH` are all taken; a plus sign is no space."""
    moment = moment.replace(microsecond=0)
    expected = int(moment.timestamp())
    assert parse_time("start_time", moment.strftime("%Y-%m-%dT%H:%M:%SZ"), ACCOUNT) == expected
    local = moment.astimezone(timezone(timedelta(hours=hours, minutes=minutes)))
    compact = local.strftime("%Y-%m-%dT%H:%M:%S%z")
    assert parse_time("start_time", compact, ACCOUNT) == expected
    assert parse_time("start_time", f"{compact[:-2]}:{compact[-2:]}", ACCOUNT) == expected
    if not minutes:
        assert parse_time("start_time", compact[:-2], ACCOUNT) == expected


@given(text=st.text("0123456789TZ:+- ab", max_size=26))
def test_anything_else_is_refused_and_never_crashes(text: str) -> None:
    """A crash would be a 500, which a client retries."""
    with suppress(Refusal):
        assert isinstance(parse_time("start_time", text, ACCOUNT), int)


def test_bare_dates_follow_the_clocks() -> None:
    """Midnight in Los Angeles is eight hours after UTC's in winter and seven in summer."""
    hours = [parse_time("t", day, ACCOUNT) % 86400 // 3600 for day in ("2026-03-08", "2026-03-09", "2026-11-02")]
    assert hours == [8, 7, 8]


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_booleans(text: str, *, value: bool) -> None:
    """Only the two lower-case words."""
    assert Params({"with_deleted": text}).flag("with_deleted") is value
    for wrong in ("True", "1", "yes"):
        with pytest.raises(Refusal):
            Params({"with_deleted": wrong}).flag("with_deleted")
