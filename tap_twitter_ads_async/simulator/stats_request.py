"""The rules of an analytics request, asynchronous or not: everything the API refuses is refused here."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta

from tap_twitter_ads_async.simulator import rules
from tap_twitter_ads_async.simulator.clock import UTC, iso
from tap_twitter_ads_async.simulator.entities import DAY, HOUR
from tap_twitter_ads_async.simulator.errors import bad_window, invalid, missing, refuse
from tap_twitter_ads_async.simulator.metrics import GROUPS
from tap_twitter_ads_async.simulator.places import COUNTRIES

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.options import SimulatorOptions
    from tap_twitter_ads_async.simulator.params import Params

PLATFORMS = ("0", "1", "2", "3", "4")


@dataclass(frozen=True)
class StatsRequest:
    """A request that breaks no rule; times are epoch seconds, the end exclusive."""

    entity: str
    entity_ids: tuple[str, ...]
    start: int
    end: int
    granularity: str
    placement: str
    metric_groups: tuple[str, ...]
    segmentation_type: str | None = None
    country: str | None = None
    platform: str | None = None

    def echo(self) -> dict[str, t.Any]:
        """Return the parameters as the API repeats them."""
        return {
            "start_time": iso(self.start),
            "end_time": iso(self.end),
            "entity": self.entity,
            "entity_ids": list(self.entity_ids),
            "placement": self.placement,
            "granularity": self.granularity,
            "metric_groups": list(self.metric_groups),
            "segmentation_type": self.segmentation_type,
            "country": self.country,
            "platform": self.platform,
        }


class StatsRules:
    """Reads and judges analytics requests."""

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options

    def read(self, params: Params, account: Account, now: int, *, synchronous: bool = False) -> StatsRequest:
        """Return the request, or raise the API's refusal.

        Args:
            params: Parameters of the request.
            account: Ads account.
            now: Present in epoch seconds.
            synchronous: Whether the limits of the synchronous endpoint apply.
        """
        for name in (
            "entity",
            "entity_ids",
            "start_time",
            "end_time",
            "granularity",
            "placement",
            "metric_groups",
        ):
            params.required(name)
        entity = params.choice("entity", rules.ENTITY_GROUPS) or ""
        self._offered("entity", "entity", entity)
        granularity = params.choice("granularity", rules.GRANULARITIES) or ""
        segmentation = None if synchronous else params.choice("segmentation_type", rules.SEGMENTATIONS)
        start, end = self._window(params, account, granularity, now)
        self._length(start, end, segmentation is not None, synchronous=synchronous)
        if synchronous and start < now - rules.MAX_DAYS_SYNC_AGE * DAY:
            raise bad_window("The start_time can be a maximum of 90.days in the past")
        groups = self._groups(params, entity, segmentation)
        country, platform = (None, None) if synchronous else self._scope(params, segmentation)
        return StatsRequest(
            entity=entity,
            entity_ids=tuple(dict.fromkeys(params.words("entity_ids", rules.MAX_ENTITY_IDS))),
            start=start,
            end=end,
            granularity=granularity,
            placement=self._placement(params),
            metric_groups=groups,
            segmentation_type=segmentation,
            country=country,
            platform=platform,
        )

    def _offered(self, kind: str, parameter: str, name: str) -> None:
        if self._options.refused(kind, name):
            # Not a violation: only the server knows what it has stopped to offer.
            refusal = invalid(parameter, f'Expected a valid {parameter}, got "{name}" for {parameter}', name)
            refusal.violation = False
            raise refusal

    def _placement(self, params: Params) -> str:
        text = params.required("placement")
        if "," in text:
            raise invalid("placement", f'Expected a single placement, got "{text}" for placement', text)
        params.choice("placement", (*rules.PLACEMENTS, *self._options.new_placements))
        self._offered("placement", "placement", text)
        return text

    def _groups(self, params: Params, entity: str, segmentation: str | None) -> tuple[str, ...]:
        groups = tuple(dict.fromkeys(params.words("metric_groups")))
        for group in groups:
            if group not in GROUPS:
                raise invalid("metric_groups", f'Expected a metric group, got "{group}" for metric_groups', group)
            self._offered("metric_group", "metric_groups", group)
            if group not in rules.ENTITY_GROUPS[entity]:
                raise invalid("metric_groups", f"{group} is not available for entity {entity}", group)
        if "MOBILE_CONVERSION" in groups and len(groups) > 1 and not self._options.lax_mobile:
            raise invalid("metric_groups", "MOBILE_CONVERSION must be requested on its own", ",".join(groups))
        if segmentation is not None:
            self._offered("segmentation", "segmentation_type", segmentation)
            _check_segmentation(entity, segmentation, groups)
        return groups

    def _scope(self, params: Params, segmentation: str | None) -> tuple[str | None, str | None]:
        country, platform = params.text("country"), params.text("platform")
        if segmentation in rules.NEEDS_COUNTRY and country is None:
            raise missing("country")
        if segmentation in rules.NEEDS_PLATFORM and platform is None:
            raise missing("platform")
        if country is not None and country not in {place.value for place in COUNTRIES}:
            raise invalid("country", f'Expected a location targeting value, got "{country}" for country', country)
        if platform is not None and platform not in PLATFORMS:
            raise invalid("platform", f'Expected a platform targeting value, got "{platform}" for platform', platform)
        return country, platform

    def _window(self, params: Params, account: Account, granularity: str, now: int) -> tuple[int, int]:
        bounds = (params.time("start_time", account), params.time("end_time", account))
        for moment in bounds:
            whole_hours(moment, account)
        if granularity != "DAY":
            return bounds
        snapped = [_day_bound(moment, account, now) for moment in bounds]
        offending = snapped.count(None)
        if offending:
            raise bad_window(
                "Expect time to be midnight in the account's local timezone for day granularity", offending
            )
        start, end = (moment for moment in snapped if moment is not None)
        if start < account.switch_at < end:
            raise bad_window("The time window must not contain the account's timezone_switch_at")
        return start, end

    def _length(self, start: int, end: int, segmented: bool, *, synchronous: bool) -> None:  # noqa: FBT001 - data
        if end <= start:
            raise bad_window("The end_time must be after the start_time")
        days, slack = rules.MAX_DAYS_SEGMENTED if segmented else rules.MAX_DAYS, rules.SLACK_SECONDS
        if synchronous:
            days, slack = rules.MAX_DAYS_SYNC, 0  # the message promises an hour more; the week of 169 hours is refused
        if end - start > days * DAY + slack:
            raise bad_window(f"The end_time can be a maximum of {days}.days+1.hours after the start_time")


def whole_hours(moment: int, account: Account) -> None:
    """Refuse parts of hours; the half hours of a zone like India's are whole hours on its wall clock."""
    if moment % HOUR and (moment + _offset(account, moment)) % HOUR:
        raise bad_window("Time cannot be fractional hours")


def _offset(account: Account, moment: int) -> int:
    offset = account.local(moment).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _day_bound(moment: int, account: Account, now: int) -> int | None:
    """Return the local midnight that a bound means, or None.

    Accepted are the midnight itself and the one computed with today's offset: the documentation has both.
    """
    day = account.local(moment).date()
    # The end of a window may be the last midnight before the account changed its zone, or the change itself.
    if moment in {account.midnight(day), account.midnight(day + timedelta(days=1))} or _was_midnight(account, moment):
        return moment
    shifted = datetime.fromtimestamp(moment + _offset(account, now), UTC)
    if (shifted.hour, shifted.minute) == (0, 0):
        return account.midnight(shifted.date())
    return None


def _was_midnight(account: Account, moment: int) -> bool:
    local = account.local(moment)
    return (local.hour, local.minute, local.second) == (0, 0, 0)


def _check_segmentation(entity: str, segmentation: str, groups: tuple[str, ...]) -> None:
    name = "segmentation_type"
    if entity in rules.UNSEGMENTED_ENTITIES or entity in rules.SEGMENTATION_EXCLUDES.get(segmentation, ()):
        raise invalid(name, f"{segmentation} is not available for entity {entity}", segmentation)
    if "LIFE_TIME_VALUE_MOBILE_CONVERSION" in groups:
        raise invalid(name, "LIFE_TIME_VALUE_MOBILE_CONVERSION cannot be segmented", segmentation)
    if "WEB_CONVERSION" in groups and segmentation not in rules.WEB_CONVERSION_SEGMENTATIONS:
        raise invalid(name, f"WEB_CONVERSION cannot be segmented by {segmentation}", segmentation)
    if segmentation == "CONVERSION_TAGS" and groups != ("WEB_CONVERSION",):
        raise invalid(name, "CONVERSION_TAGS is only available with WEB_CONVERSION", segmentation)


def feed_window(params: Params, account: Account) -> tuple[int, int]:
    """Read the bounds of an active-entities request.

    Raises:
        Refusal: Missing, fractional, reversed, or more than 90 days apart.
    """
    start, end = params.time("start_time", account), params.time("end_time", account)
    for moment in (start, end):
        whole_hours(moment, account)
    if end <= start:
        raise bad_window("The end_time must be after the start_time")
    if end - start > rules.MAX_DAYS * DAY + rules.SLACK_SECONDS:
        raise bad_window(f"The end_time can be a maximum of {rules.MAX_DAYS}.days after the start_time")
    return start, end


def reach_window(params: Params, account: Account, now: int) -> tuple[int, int]:
    """Read the bounds of a question for reach, for which no longest window is documented.

    Args:
        params: Parameters of the request.
        account: Ads account, whose time zone places bare dates.
        now: Present in epoch seconds.

    Raises:
        Refusal: Missing, fractional, reversed, or in the future.
    """
    start, end = params.time("start_time", account), params.time("end_time", account)
    for moment in (start, end):
        whole_hours(moment, account)
    if end <= start:
        raise bad_window("The end_time must be after the start_time")
    if end > now:
        raise bad_window("The end_time must not be in the future")
    return start, end


def not_available(feature: str) -> Exception:
    """Return the refusal for an account that lacks a feature."""
    return refuse(400, "FEATURE_NOT_AVAILABLE", f"The account does not have the feature {feature}", violation=False)
