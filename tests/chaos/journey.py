"""Many runs of one tap over a world that changes under it: what a warehouse holds in the end must be the truth.

Between runs time passes, figures are corrected, taken back and recorded late, accounts change their time zone, the
user moves dates, and this machine's clock goes wrong. During runs the API misbehaves; afterwards the pipeline may have
been killed anywhere. Everything random comes from one number, and runs happen in the simulated world's time, so that
days pass in seconds.
"""

from __future__ import annotations

import logging
import random
import typing as t
from datetime import date, datetime, timedelta
from itertools import pairwise

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tests.support.deletions import Loaded, delete
from tests.support.world import BASE, World, ahead_of

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.world import Json, Key, Outcome

STREAMS = {"campaign_stats": "CAMPAIGN", "line_item_stats": "LINE_ITEM", "account_stats": "ACCOUNT"}
ZONES = ("America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo", "Australia/Sydney", "UTC")
HOUR, DAY = 3600, 86_400
FIRST_DAY = date(2026, 3, 22)
WEATHER = (
    "POST stats/jobs: status=503 times=2",
    "POST stats/jobs: action=drop_after times=2 every=2",
    "POST stats/jobs: action=drop_before times=2 every=3",
    "POST stats/jobs: status=400 code=TOO_MANY_JOBS times=2 skip=1",
    "POST stats/jobs: status=400 times=1 skip=3",
    "POST stats/jobs: status=403 body=html times=null every=3",
    "GET stats/jobs: status=503 times=2",
    "GET stats/jobs: action=drop_before times=1",
    "GET active_entities: status=502 body=empty times=1",
    "GET active_entities: status=503 times=null",
    "GET file: status=404 body=html times=4",
    "GET file: action=truncate times=2",
    "GET file: action=corrupt times=2",
    "*: action=job_fail times=3 every=2",
    "*: action=job_fail times=null above=30",
    "*: action=job_fail times=null entity=LINE_ITEM",
    "*: action=job_hide polls=1 times=3",
    "*: action=job_no_url polls=2 times=3",
    "*: action=untrue kind=other_dates times=1 skip=1",
    "*: action=untrue kind=left_out times=1 skip=1",
    "*: action=untrue kind=null_data times=2",
    "*: action=untrue kind=left_out times=null entity=CAMPAIGN",
    "*: action=untrue kind=long_array times=null group=BILLING entity=LINE_ITEM",
    "*: action=foreign_jobs jobs=97 times=6",
)


class Journey:
    """A world, the runs over it, and the warehouse that they fill.

    Args:
        directory: Where configuration and state lie.
        seed: What everything random comes from.
        granularity: Of all streams.
        tell: Is told what happens, a line each.
    """

    def __init__(
        self, directory: Path, seed: int, granularity: str, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.rng = random.Random(f"{seed} {granularity}")  # noqa: S311 - repeatable, not secret
        self.tell = tell
        self.granularity = granularity
        options = {"seed": seed, "accounts": 2, "campaigns_per_account": 3, "start_date": FIRST_DAY.isoformat()}
        self.sim = Simulator(SimulatorOptions(**{**BASE, **options, "timezones": tuple(self.rng.sample(ZONES, 2))}))
        self.world = World(self.sim, directory, {"granularity": granularity})
        self.start = FIRST_DAY
        self.end: date | None = None
        self.window_days = 30 if granularity != "TOTAL" else 5
        self.state: Json | None = None
        self.held: dict[str, dict[Key, Loaded]] = {name: {} for name in STREAMS}
        self.keys: dict[str, list[str]] = {}

    # --- what happens ---------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Let something happen, then run."""
        happenings = [self.wait, self.correct, self.take_back, self.record_late]
        for happen in self.rng.choices(happenings, weights=(4, 3, 3, 1), k=self.rng.randint(1, 4)):
            happen()
        if self.rng.random() < 0.15:
            self.move_zone()
        if self.rng.random() < 0.25:
            self.move_dates()
        weather = self.rng.sample(WEATHER, self.rng.choice((0, 0, 1, 2, 3)))
        self.run(weather, ahead=self.rng.choice((0, 0, 0, 240, -240)), killed=self.rng.random() < 0.4)

    def wait(self) -> None:
        """Let time pass: to an edge of an hour, some minutes, or a day."""
        now = int(self.sim.api.clock.now().timestamp())
        edge = HOUR - now % HOUR + self.rng.choice((-20, 5, 9 * 60, 11 * 60))
        self.sim.api.clock.advance(self.rng.choice((60, edge, edge, 5 * HOUR, DAY)))

    def correct(self) -> None:
        """Correct a figure of some hour."""
        account, entity, entity_id, hour = self._somewhere()
        metric = self.rng.choice(("billed_charge_local_micro", "impressions", "conversion_purchases_metric"))
        self.sim.revise(account, entity, entity_id, hour, metric, self.rng.randint(1, 10**6))
        self.tell(f"{metric} of {entity} {entity_id} corrected at {hour}")

    def record_late(self) -> None:
        """Correct a figure, minutes before the feed lists it."""
        account, entity, entity_id, hour = self._somewhere()
        ago = self.rng.randint(0, 9 * 60)
        self.sim.revise(account, entity, entity_id, hour, "impressions", 1000, recorded_ago=ago)
        self.tell(f"impressions of {entity} {entity_id} corrected at {hour}, {ago} s ago")

    def take_back(self) -> None:
        """Take all figures of some hours or days back."""
        account, entity, entity_id, hour = self._somewhere()
        hours = range(hour, hour + self.rng.choice((1, 26, 50)) * HOUR, HOUR)
        self.sim.take_back(account, entity, entity_id, [h for h in hours if h < self._now() - HOUR])
        self.tell(f"{entity} {entity_id} taken back, {len(hours)} hours from {hour}")

    def move_zone(self) -> None:
        """Let an account's days be other days from now on, those of the past too."""
        account_id, zone = self.rng.choice(list(self.sim.api.world.accounts)), self.rng.choice(ZONES)
        self.sim.move_zone(account_id, zone)
        self.tell(f"account {account_id} moves to {zone}")

    def move_dates(self) -> None:
        """Let the user choose other dates."""
        self.start = FIRST_DAY + timedelta(days=self.rng.randint(0, 6))
        if self.granularity == "TOTAL":
            self.window_days = self.rng.choice((4, 5, 5))
        else:
            self.end = self.rng.choice((None, None, FIRST_DAY + timedelta(days=self.rng.randint(7, 14))))
        self.tell(f"from {self.start} to {self.end}, {self.window_days} days a window")

    def _somewhere(self) -> tuple[str, str, str, int]:
        account = self.rng.choice(list(self.sim.api.world.accounts))
        entity = self.rng.choice(list(STREAMS.values()))
        entity_id = self.rng.choice(list(self.sim.api.world.accounts[account].of(entity)))
        earliest = self._now() - 11 * DAY  # within the look-back of the account, which has no feed
        return account, entity, entity_id, self.rng.randrange(earliest, self._now() - 2 * HOUR) // HOUR * HOUR

    def _now(self) -> int:
        return int(self.sim.api.clock.now().timestamp())

    # --- runs -----------------------------------------------------------------------------------------------------

    def run(self, weather: list[str] | None = None, *, ahead: int = 0, killed: bool = False) -> Outcome:
        """Run the tap, and load what came before its end.

        Args:
            weather: What goes wrong.
            ahead: Seconds by which this machine's clock is ahead of the API's.
            killed: Whether the pipeline ends somewhere in the middle.
        """
        self.sim.api.clock.advance(self.rng.randint(1, 60))  # no run begins in the second of another
        self.sim.clear_faults()
        for text in weather or ():
            self.world.fault(text)
        self.world.tap_class = ahead_of(self.world, ahead)
        settings: Json = {"start_date": self.start.isoformat(), "window_days": self.window_days}
        settings |= {"job_timeout_seconds": 60, "lookback_days": 14}
        settings |= {"end_date": self.end.isoformat()} if self.end else {}
        handlers = list(logging.getLogger().handlers)
        outcome = self.world.run(list(STREAMS), self.state, **settings)
        logging.getLogger().handlers[:] = handlers  # each run of the SDK adds its own
        assert outcome.exit_code in {0, 1}, outcome.log
        assert "Traceback" not in outcome.log, outcome.log
        seen = outcome.cut(self.rng.randint(0, len(outcome.lines))) if killed else outcome
        self.tell(
            f"{self.sim.api.clock.now()}: {len(seen.lines)} of {len(outcome.lines)} lines, exit code "
            f"{outcome.exit_code}, clock {ahead} s ahead; {'; '.join(weather or ()) or 'fair weather'}"
        )
        self._load(seen)
        for stream, rows in self.held.items():
            for asked in delete(rows, stream, outcome.log):
                self.tell(asked)
        return outcome

    def _load(self, outcome: Outcome) -> None:
        """Load the lines; a loader that was killed may have kept, or not, what came behind the last STATE line."""
        lines = outcome.messages
        places = [i for i, m in enumerate(lines) if m["type"] == "STATE"]
        if self.rng.random() < 0.5:
            lines = lines[: places[-1] + 1] if places else []
        for message in lines:
            if message["type"] == "SCHEMA":
                self.keys[message["stream"]] = message["key_properties"]
            elif message["type"] == "RECORD":
                record = message["record"]
                key = tuple(record[k] for k in self.keys[message["stream"]])
                self.held[message["stream"]][key] = Loaded(record, message["time_extracted"])
            elif message["type"] == "STATE":
                self.state = message["value"]

    # --- the truth ------------------------------------------------------------------------------------------------

    def conclude(self) -> int:
        """Run in fair weather until all is extracted, and compare; return the number of rows compared."""
        for hours in (0, 3):
            self.sim.api.clock.advance(hours * HOUR)
            outcome = self.run()
            assert outcome.exit_code == 0, outcome.log
        again = self.run()
        assert all("progress" not in p for b in again.state["bookmarks"].values() for p in b.get("partitions", ()))
        count = 0
        for stream, entity in STREAMS.items():
            expected = [row for account in self.sim.api.world.accounts for row in self._truth(account, entity)]
            held = {key: row.record for key, row in self.held[stream].items() if self._is_asked(row.record)}
            wrong = self.world.differences(held, expected, self.keys[stream])
            assert not wrong, (stream, len(wrong), wrong[:3])
            count += len(expected)
        return count

    def _bounds(self, account_id: str) -> list[date]:
        """Return the bounds of what is extracted of an account; of each window, for TOTAL."""
        account = self.sim.api.world.accounts[account_id]
        end = account.local(self._now()).date() + timedelta(days=1)
        end = min(end, self.end) if self.end else end
        if self.granularity != "TOTAL":
            return [self.start, end]
        days = range(0, (end - self.start).days, self.window_days)
        return [*(self.start + timedelta(days=d) for d in days), end]

    def _truth(self, account_id: str, entity: str) -> list[Json]:
        bounds = self._bounds(account_id)
        return [
            # The window that is still open ends, for an entity that nothing happens to any more, when that was seen.
            {k: v for k, v in row.items() if k != "end_time" or self.granularity != "TOTAL"}
            for first, last in pairwise(bounds)
            for row in self.sim.truth(account_id, entity, self.granularity, first.isoformat(), last.isoformat())
        ]

    def _is_asked(self, record: Json) -> bool:
        bounds = self._bounds(record["account_id"])
        account = self.sim.api.world.accounts[record["account_id"]]
        start = _moment(record["start_time"]).timestamp()
        return account.midnight(bounds[0]) <= start < account.midnight(bounds[-1])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
