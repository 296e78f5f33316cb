"""An account without a time zone is in UTC only if the API says so."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import date

import pytest
from typing_extensions import override

from tap_twitter_ads_async.api.client import JobStatus
from tap_twitter_ads_async.domain.calendar import AccountZone, stamp
from tap_twitter_ads_async.errors import RequestRefused, ZoneUnreadable
from tap_twitter_ads_async.stats.plan.zone_check import ZoneCheck
from tests.support.fakes import FakeApi

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.api.connection import Params

TODAY = date(2026, 3, 8)


@dataclass
class Echo(FakeApi):
    """An API whose jobs tell where it places the account's midnights."""

    zone: str | None = None
    in_params: bool = False
    made: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    @override
    def create_job(self, account_id: str, params: Params) -> JobStatus:
        self.made.append(str(params["start_time"]))
        raw: dict[str, t.Any] = {"id_str": f"j{len(self.made)}", "start_time": None}
        if self.zone:
            day = date.fromisoformat(str(params["start_time"]))
            raw["start_time"] = stamp(AccountZone(self.zone).day_start(day))
        if self.in_params:
            return JobStatus.of({"id_str": raw["id_str"]}, {"start_time": raw["start_time"]})
        return JobStatus.of(raw)

    @override
    def cancel_job(self, account_id: str, job_id: str) -> None:
        self.cancelled.append(job_id)
        if job_id == "j1":
            raise RequestRefused("DELETE", status=400)


def _check(zone: str | None) -> tuple[ZoneCheck, Echo]:
    api = Echo(zone=zone)
    check = ZoneCheck(api)
    check.may_ask = True
    return check, api


@pytest.mark.parametrize("zone", ["UTC", "Africa/Abidjan", "Atlantic/Reykjavik"])
def test_days_in_utc_are_confirmed_by_both_seasons(zone: str) -> None:
    """One day would not tell London in winter from UTC. The jobs are needed no more."""
    check, api = _check(zone)
    for _ in range(3):
        check.confirm("acc1", TODAY)
    assert api.made == ["2026-01-01", "2025-07-01"]
    assert api.cancelled == ["j1", "j2"]


@pytest.mark.parametrize("zone", ["UTC", "Europe/London"])
def test_the_request_s_own_echo_tells_it_as_well(zone: str) -> None:
    """A job object need not repeat what it was created for."""
    check, api = _check(zone)
    api.in_params = True
    if zone == "UTC":
        check.confirm("acc1", TODAY)
    else:
        with pytest.raises(ZoneUnreadable, match="2025-06-30T23:00:00Z"):
            check.confirm("acc1", TODAY)


@pytest.mark.parametrize("zone", ["Europe/London", "America/Los_Angeles", "Asia/Kolkata", "Australia/Sydney", None])
def test_days_elsewhere_are_unknown(zone: str | None) -> None:
    """Wrong figures under right-looking dates would be worse than none; the verdict holds for all streams."""
    check, api = _check(zone)
    for _ in range(2):
        with pytest.raises(ZoneUnreadable, match="names no time zone"):
            check.confirm("acc1", TODAY)
    assert len(api.made) <= 2


def test_who_looks_ahead_creates_no_job() -> None:
    """A plan is a promise to ask for nothing."""
    api = Echo(zone="UTC")
    ZoneCheck(api).confirm("acc1", TODAY)
    assert not api.made
