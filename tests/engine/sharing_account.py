"""An account beside others that share the synchronous quota with it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.stats.jobs.planner import PLAN_AHEAD_TASKS
from tap_twitter_ads_async.stats.jobs.quota_shares import Load

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.stats.plan.spec import JobSpec
    from tests.engine.server import Server

SLOTS = 100


@dataclass(eq=False)
class Account:
    """An account with so many tasks, all of them takeable.

    Attributes:
        tasks: Those that wait.
        known: Whether there are no others.
        held: So many are kept from becoming jobs.
        plans_until: It plans ahead until so many are known.
        asked: So many were asked for at once, in turns.
    """

    server: Server
    tasks: int
    known: bool = True

    def __post_init__(self) -> None:
        """Begin with nothing held."""
        self.held = self.plans_until = -1
        self.asked: list[int] = []

    @property
    def takeable(self) -> int:
        """All of them."""
        return self.tasks

    @property
    def load(self) -> Load:
        """All tasks are takeable."""
        return Load(self.tasks, self.tasks, SLOTS)

    def knows_its_work(self, enough: int) -> bool:
        """Whether it is planned, or far enough."""
        return self.known or self.tasks >= max(enough, PLAN_AHEAD_TASKS)

    def hold(self, share: int, enough: int) -> None:
        """Note what is held."""
        self.held, self.plans_until = share, enough

    def ask_at_once(self, share: int) -> None:
        """Ask."""
        self.asked.append(share)
        self.tasks -= share
        for number in range(share):
            assert self.server.at_once(t.cast("JobSpec", number)) is not None
