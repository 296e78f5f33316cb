"""Moments and stretches of time, as short as a test wants to write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from tap_twitter_ads_async.domain.intervals import Interval

UTC = timezone.utc
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    """Return a moment: `2026-03-08`, `2026-03-08T10` or `2026-03-08T10:30`, in UTC."""
    return datetime.fromisoformat(text if "T" not in text or ":" in text else f"{text}:00").replace(tzinfo=UTC)


def between(start: str, end: str) -> Interval:
    """Return the interval between two moments, see `at`."""
    return Interval(at(start), at(end))
