"""Everything that can be chosen about a simulated world and server."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from tap_twitter_ads_async.simulator.clock import parse_utc

GOLDEN_ACCOUNT = "18ce54d4x5t"
T = t.TypeVar("T")


def _option(default: T, text: str) -> T:
    """Declare an option with the explanation that the command line prints."""
    declared: t.Any = field(default=default, metadata={"help": text})
    return t.cast("T", declared)


@dataclass(frozen=True)
class SimulatorOptions:
    """Choices of one simulator; the same options give the same world and the same figures.

    Each option's meaning is in its metadata, from which `x-ads-simulator --help` is made.
    """

    seed: int = _option(1, "number from which everything is derived")
    # The world's size
    accounts: int = _option(3, "number of ads accounts, in various time zones")
    funding_instruments_per_account: int = _option(2, "funding instruments of each account")
    campaigns_per_account: int = _option(6, "campaigns of each account; four give every entity type")
    line_items_per_campaign: int = _option(2, "line items of each campaign")
    promoted_tweets_per_line_item: int = _option(2, "ads of each line item")
    targeting_criteria_per_line_item: int = _option(4, "targeting criteria of each line item")
    organic_tweets_per_account: int = _option(4, "tweets that are not promoted, of each account")
    records_per_collection: int = _option(6, "audiences, cards, tags, ... of each account")
    timezones: tuple[str, ...] = _option((), "zones of the accounts, in turn (default: eight various ones)")
    timezone_switch: str | None = _option(
        None, "<account index>=<date>: that account reports in its own zone from that local midnight on"
    )
    golden: bool = _option(default=False, text="add the account of the vendor's own example, with its figures")
    golden_timezone: str = _option("UTC", "time zone of that account")
    # Time
    start_date: str | None = _option(None, "first day with activity, account-local (default: --days before now)")
    days: int = _option(60, "days of activity before now, or after --start-date when --now is not given")
    now: str | None = _option(None, "the world's now, ISO 8601 (default: real now)")
    ticking: bool | None = _option(None, "let the world's clock run (default: unless --now is given)")
    revisions: bool = _option(default=True, text="adjust billing and conversions days after the fact")
    # Jobs
    job_latency: float = _option(2.0, "seconds that a job takes")
    latency_jitter: float = _option(0.0, "latency varies by up to this fraction either way, by job")
    max_jobs: int = _option(100, "jobs of an account in flight at once")
    max_running: int = _option(0, "jobs of an account that make progress at once, the rest is QUEUED; 0: all")
    job_id_style: str = _option(
        "float", "float: `id` is a number that lost precision, beside `id_str`; int: exact; string: `id` alone"
    )
    poll_cursor: bool = _option(default=False, text="answer polls by ids with a next_cursor although nothing follows")
    result_lifetime: int = _option(48 * 3600, "seconds of the world's time for which a result file lasts")
    # Rules
    api_version: str = _option("12", "version segment of the paths")
    refuse: tuple[str, ...] = _option(
        (), "no longer offered: entity:X, placement:X, segmentation:X, metric_group:X, path:X"
    )
    new_placements: tuple[str, ...] = _option((), "placements that no document names yet; some ads run there")
    lax_mobile: bool = _option(default=False, text="accept MOBILE_CONVERSION together with other metric groups")
    segment_delay: bool = _option(
        default=False, text="leave segmented figures of the last hour (INTERESTS: twelve hours) out"
    )
    segment_quirks: bool = _option(
        default=False, text="send segments without a value, without a name, and with numbers for values"
    )
    reach: bool = _option(default=True, text="give accounts the feature REACH_AND_FREQUENCY_ANALYTICS")
    account_history: bool = _option(default=False, text="admit the app to the beta of account_history")
    no_access: tuple[str, ...] = _option((), "indexes or ids of accounts that exist but cannot be read")
    without_reach: tuple[str, ...] = _option((), "indexes or ids of accounts without that feature")
    # Limits
    rate_limit_scale: float = _option(1.0, "multiplies every allowance; 0 switches the limits off")
    rate_limit_window: float = _option(900.0, "length of the fifteen-minute window in real seconds")
    # OAuth
    check_oauth: bool = _option(default=True, text="verify signatures")
    clock_skew: float = _option(0.0, "seconds by which the server's clock is ahead of this machine's")
    # Server
    host: str = _option("127.0.0.1", "address to listen on")
    port: int = _option(0, "port of the API; 0: a free one")
    files_port: int = _option(0, "port of the result files; 0: a free one")
    faults: tuple[str, ...] = _option(
        (), "something that goes wrong, such as 'POST stats/jobs: status=503 times=3'; may be repeated"
    )

    def world_start(self) -> datetime:
        """Return the first day of activity (midnight; the zone is each account's own)."""
        if self.start_date:
            return parse_utc(self.start_date[:10])
        midnight = self.world_now().replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=self.days)

    def world_now(self) -> datetime:
        """Return the moment at which the world's clock starts."""
        if self.now:
            return parse_utc(self.now)
        if self.start_date:
            return min(parse_utc(self.start_date[:10]) + timedelta(days=self.days), datetime.now(timezone.utc))
        return datetime.now(timezone.utc)

    def is_ticking(self) -> bool:
        """Tell whether the world's clock runs by itself."""
        return self.now is None if self.ticking is None else self.ticking

    def refused(self, kind: str, name: str) -> bool:
        """Tell whether an entity, placement, segmentation, metric group or path is switched off."""
        return f"{kind}:{name}" in self.refuse
