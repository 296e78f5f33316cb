"""Where the API places the midnights of an account for which it names no time zone.

UTC is assumed for such a zone, and the API has to confirm it: a job for one day in winter and one in summer is created
with bare dates, whose echo tells the moments that the API takes them for. Where these are not midnight in UTC, the
account's days are unknown, and its stats stay away rather than be wrong.
"""

from __future__ import annotations

import contextlib
import threading
import typing as t
from datetime import date, datetime, time, timedelta

from tap_twitter_ads_async.domain.calendar import UTC, read_moment, stamp
from tap_twitter_ads_async.errors import ApiError, ZoneUnreadable

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.api.client import AdsApi

SEASONS = (1, 7)
"""Months in which clocks are set differently, wherever they change at all."""


class ZoneCheck:
    """Asks at most once per account and run. Thread-safe.

    Attributes:
        may_ask: Whether jobs may be created; who only looks ahead creates none, and takes UTC until a run knows.
    """

    def __init__(self, api: AdsApi) -> None:
        self.may_ask = False
        self._api = api
        self._verdicts: dict[str, ZoneUnreadable | None] = {}
        self._lock = threading.Lock()

    def confirm(self, account_id: str, today: date) -> None:
        """Make sure that an account without a zone keeps its days in UTC.

        Args:
            account_id: Ads account.
            today: No later day is asked about.

        Raises:
            ZoneUnreadable: It does not, or the API does not show it.
            ApiError: The API refused the jobs.
        """
        if not self.may_ask:
            return
        with self._lock:
            if account_id not in self._verdicts:
                self._verdicts[account_id] = self._judge(account_id, today)
            verdict = self._verdicts[account_id]
        if verdict is not None:
            raise verdict

    def _judge(self, account_id: str, today: date) -> ZoneUnreadable | None:
        for month in SEASONS:
            first = date(today.year, month, 1)
            day = first if first < today else date(today.year - 1, month, 1)
            midnight = datetime.combine(day, time(), UTC)
            echo = self._echo(account_id, day)
            if echo != midnight:
                shown = "at an unknown time" if echo is None else f"at {stamp(echo)}"
                return ZoneUnreadable(
                    f"The API names no time zone for this account, and places its midnight of {day} {shown}: its days "
                    "are unknown. Ask X to set the account's time zone; objects are still extracted"
                )
        return None

    def _echo(self, account_id: str, day: date) -> datetime | None:
        """Return the moment that the API takes the start of a day for."""
        job = self._api.create_job(
            account_id,
            {
                "entity": "ACCOUNT",
                "entity_ids": [account_id],
                "start_time": day.isoformat(),
                "end_time": (day + timedelta(days=1)).isoformat(),
                "granularity": "DAY",
                "placement": "ALL_ON_TWITTER",
                "metric_groups": ["ENGAGEMENT"],
            },
        )
        with contextlib.suppress(ApiError):  # it has told what it was made for; a slot less is no harm
            self._api.cancel_job(account_id, job.job_id)
        return read_moment(job.raw.get("start_time") or job.asked.get("start_time"))
