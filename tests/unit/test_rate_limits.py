"""When an endpoint may be asked again."""

from __future__ import annotations

import logging
import math
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.api.rate_limits import (
    LONG_WAIT_SECONDS,
    LONGEST_PLAUSIBLE_WAIT,
    RESET_MARGIN_SECONDS,
    RateLimits,
    reset_wait,
    retry_after,
)
from tap_twitter_ads_async.api.shared_pace import FORGET_AFTER_WAITS
from tests.support.clocks import StillClock
from tests.support.moments import at

NOW = at("2026-03-08T10:00")
JOBS = ("acc1", "POST", "stats/jobs")
offsets = st.integers(-30 * 86400, 30 * 86400)


def _epoch(seconds: float) -> str:
    return str(int(NOW.timestamp() + seconds))


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


# --- the reset ----------------------------------------------------------------------------------------------------


def test_the_account_s_reset_comes_before_the_token_s() -> None:
    """Both quotas are told; the account's is the one that ran out."""
    headers = {"x-account-rate-limit-reset": _epoch(60), "x-rate-limit-reset": _epoch(600)}
    assert reset_wait(headers, NOW) == 60 + RESET_MARGIN_SECONDS
    assert reset_wait({"x-rate-limit-reset": _epoch(600)}, NOW) == 600 + RESET_MARGIN_SECONDS


@given(st.integers(1, int(LONGEST_PLAUSIBLE_WAIT)), offsets)
def test_a_local_clock_that_is_off_does_not_matter_where_the_server_tells_its_time(wait: int, off: int) -> None:
    """Asking before the reset is hammering; waiting for days is no better."""
    headers = {"x-rate-limit-reset": _epoch(wait), "date": _http_date(NOW)}
    assert reset_wait(headers, NOW + timedelta(seconds=off)) == wait + RESET_MARGIN_SECONDS


@given(st.one_of(st.integers(-(10**12), 10**12).map(str), st.text(max_size=8)), st.one_of(st.none(), st.text()))
def test_no_header_makes_a_wait_that_cannot_be(reset: str, date: str | None) -> None:
    """Whatever is sent: a wait within a rate window, or none."""
    headers = {"x-rate-limit-reset": reset, **({} if date is None else {"date": date})}
    wait = reset_wait(headers, NOW)
    assert wait is None or 0 < wait <= LONGEST_PLAUSIBLE_WAIT + RESET_MARGIN_SECONDS


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Foo 2026", _http_date(NOW - timedelta(days=400))])
def test_a_useless_date_leaves_it_to_the_local_clock(date: str) -> None:
    """Proxies strip or freeze that header."""
    headers = {"x-rate-limit-reset": _epoch(60), "date": date}
    assert reset_wait(headers, NOW) == 60 + RESET_MARGIN_SECONDS


@pytest.mark.parametrize(
    "headers", [{}, {"date": _http_date(NOW)}, {"x-rate-limit-reset": "soon"}, {"x-rate-limit-reset": _epoch(-5)}]
)
def test_without_a_usable_reset_there_is_no_wait(headers: dict[str, str]) -> None:
    """The caller then falls back to its own pauses."""
    assert reset_wait(headers, NOW) is None


# --- retry-after --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", None),
        ("1.5", 1.5),
        ("-3", None),
        (_http_date(NOW + timedelta(seconds=90)), 90.0),
        (_http_date(NOW - timedelta(seconds=90)), None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    """Both forms are standard; one that asks for no wait leaves it to the client."""
    assert retry_after({"retry-after": value}, NOW) == seconds


def test_no_retry_after_is_no_wait() -> None:
    """Most answers have none."""
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize(
    "value",
    [
        "nan",
        "-inf",
        "inf",
        "1e400",
    ],
)
def test_a_wait_without_end_is_no_wait(value: str) -> None:
    """A number that cannot be waited for must not end the run with a trace, or never."""
    wait = retry_after({"retry-after": value}, NOW)
    assert wait is None or (math.isfinite(wait) and wait >= 0)


# --- gates --------------------------------------------------------------------------------------------------------


def test_a_held_endpoint_is_waited_for_and_others_are_not() -> None:
    """Quotas are counted per endpoint and account."""
    clock = StillClock(NOW)
    limits = RateLimits(clock)
    limits.hold(JOBS, 30, {})
    limits.wait(("acc2", "POST", "stats/jobs"))
    limits.wait(("acc1", "GET", "stats/jobs"))
    assert clock.waits == []
    limits.wait(JOBS)
    assert clock.now() == NOW + timedelta(seconds=30)
    limits.wait(JOBS)
    assert sum(clock.waits) == 30


def test_the_longer_of_two_holds_counts() -> None:
    """Several threads learn of the same limit one after the other."""
    clock = StillClock(NOW)
    limits = RateLimits(clock)
    limits.hold(JOBS, 30, {})
    limits.hold(JOBS, 5, {})
    limits.wait(JOBS)
    assert clock.now() == NOW + timedelta(seconds=30)


def test_a_long_wait_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """A run that says nothing for a quarter of an hour looks as if it hung; sixty workers need not all say it."""
    limits = RateLimits(StillClock(NOW))
    with caplog.at_level(logging.INFO):
        limits.hold(JOBS, LONG_WAIT_SECONDS - 1, {})
        for _ in range(60):
            limits.hold(JOBS, 840.0, {"x-account-rate-limit-reset": _epoch(840)})
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("INFO", "Rate limit: POST stats/jobs of account acc1 waits for 840 s, its quota of requests is used up")
    ]


@pytest.mark.parametrize(
    ("method", "route", "words"),
    [
        ("GET", "accounts", "setting 'account_ids' makes none"),
        ("GET", "targeting_criteria/locations", "'country_codes'"),
        ("GET", "iab_categories", "in one run only"),
        ("POST", "stats/jobs", "450 writes in a minute"),
    ],
)
def test_a_wait_for_the_token_s_quota_says_what_avoids_it(
    caplog: pytest.LogCaptureFixture, method: str, route: str, words: str
) -> None:
    """Such a wait is caused by other runs; nobody would look for the reason there."""
    limits = RateLimits(StillClock(NOW))
    with caplog.at_level(logging.INFO):
        limits.hold(("", method, route), 300.0, {"x-rate-limit-reset": _epoch(300)})
    (message,) = (r.getMessage() for r in caplog.records)
    assert message.startswith(
        f"Rate limit: {method} {route} waits for 300 s, its quota of requests is used up. The quota is the token's"
    )
    assert words in message


def turns(limits: RateLimits, clock: StillClock, requests: int) -> list[float]:
    """Return the seconds at which requests go on, one after the other."""
    found = []
    for _ in range(requests):
        limits.wait(JOBS)
        found.append((clock.now() - NOW).total_seconds())
    return found


WRITES = {"x-rate-limit-reset": _epoch(60), "x-rate-limit-limit": "450"}


def test_runs_that_share_a_used_up_quota_of_writes_go_on_at_its_own_rate() -> None:
    """Whoever is quickest would take the whole quota each time; at one rate all get as much as any other."""
    phases = set()
    for _ in range(20):
        clock = StillClock(NOW)
        limits = RateLimits(clock)
        limits.hold(JOBS, 60.0, WRITES)
        at_seconds = turns(limits, clock, 450)
        assert 60 <= at_seconds[0] <= 60 + 60 / 450
        assert at_seconds[-1] - at_seconds[0] == pytest.approx(60 * 449 / 450, abs=0.01)
        phases.add(at_seconds[0])
    assert len(phases) > 10


def test_the_pace_is_forgotten_when_nobody_else_writes_any_more() -> None:
    """The last shard of the night has the quota for itself."""
    clock = StillClock(NOW)
    limits = RateLimits(clock)
    limits.hold(JOBS, 60.0, WRITES)
    clock.wait(60 * FORGET_AFTER_WAITS + 1)
    assert len(set(turns(limits, clock, 50))) == 1


@pytest.mark.parametrize(
    "headers", [{"x-account-rate-limit-reset": _epoch(60), "x-account-rate-limit-limit": "450"}, {}]
)
def test_an_account_s_quota_is_shared_with_nobody(headers: dict[str, str]) -> None:
    """Its requests need no pace: the account's lane is one run's."""
    clock = StillClock(NOW)
    limits = RateLimits(clock)
    limits.hold(JOBS, 60.0, headers)
    assert set(turns(limits, clock, 20)) == {60.0}


def test_a_used_up_quota_closes_the_gate_before_a_refusal() -> None:
    """The last answer that is served already tells."""
    clock = StillClock(NOW)
    limits = RateLimits(clock)
    limits.observe(JOBS, {"x-account-rate-limit-remaining": "0", "x-account-rate-limit-reset": _epoch(40)})
    limits.wait(JOBS)
    assert clock.now() == NOW + timedelta(seconds=40 + RESET_MARGIN_SECONDS)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-rate-limit-remaining": "3", "x-rate-limit-reset": _epoch(40)},
        {"x-rate-limit-remaining": "none", "x-rate-limit-reset": _epoch(40)},
        {"x-rate-limit-remaining": "0"},
        {"x-account-rate-limit-remaining": "3", "x-rate-limit-remaining": "0", "x-rate-limit-reset": _epoch(40)},
    ],
)
def test_a_quota_with_room_or_unknown_leaves_the_gate_open(headers: dict[str, str]) -> None:
    """Where the account has a quota of its own, the token's does not count."""
    clock = StillClock(NOW)
    limits = RateLimits(clock)
    limits.observe(JOBS, headers)
    limits.wait(JOBS)
    assert clock.waits == []


def test_a_stopped_run_does_not_wait() -> None:
    """A signal must end the run within seconds, whatever the limits say."""
    clock = StillClock(NOW)
    limits = RateLimits(clock)
    limits.hold(JOBS, 900, {})
    clock.stop()
    limits.wait(JOBS)
    assert clock.now() == NOW


def test_an_endpoint_out_of_order_is_left_alone_for_all_accounts() -> None:
    """One account's requests would be refused like another's, and the vendor threatens those who insist."""
    clock = StillClock(NOW)
    limits = RateLimits(clock)
    limits.hold(JOBS, 60, {}, everybody=True)
    began = clock.monotonic()
    limits.wait(("acc2", "GET", "campaigns"))
    assert clock.monotonic() == began
    limits.wait(("acc2", *JOBS[1:]))
    assert clock.monotonic() - began >= 60


@pytest.mark.parametrize("value", ["0", "-5", "0.0", _http_date(NOW - timedelta(days=3)), "nan", "soon", ""])
def test_a_retry_after_that_asks_for_nothing_leaves_the_pause_to_the_client(value: str) -> None:
    """A zero is no leave to hammer."""
    assert retry_after({"retry-after": value}, NOW) is None


@pytest.mark.parametrize("value", ["864000", _http_date(NOW + timedelta(days=400)), "1e9"])
def test_an_absurd_retry_after_is_cut(value: str) -> None:
    """A run that waits for days looks as if it hung."""
    assert retry_after({"retry-after": value}, NOW) == LONGEST_PLAUSIBLE_WAIT


def test_a_retry_after_date_is_read_by_the_server_s_clock() -> None:
    """The local one may be off by more than the wait."""
    headers = {"retry-after": _http_date(NOW + timedelta(seconds=90)), "date": _http_date(NOW)}
    assert retry_after(headers, NOW + timedelta(hours=2)) == 90
