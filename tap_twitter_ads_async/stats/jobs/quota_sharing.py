"""When the requests of the synchronous endpoint are spent: once it is known who needs them most.

Accounts plan side by side, and whoever is planned first is not whoever takes longest. So what the endpoint would answer
is held back until every account's work is known, though only for seconds: a plan that takes longer is not waited for.
Nothing is held beyond what an account may get; the rest becomes jobs at once.

While nobody knows how many requests are left, a single one finds out, and the others are shared when it is answered.
"""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.stats.jobs.queue import FOREVER
from tap_twitter_ads_async.stats.jobs.quota_shares import shares

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_twitter_ads_async.stats.jobs.quota_shares import Load
    from tap_twitter_ads_async.stats.jobs.resources import Resources


class Sharer(t.Protocol):
    """What sharing needs of an account."""

    @property
    def load(self) -> Load:
        """What there is to do; `takeable` counts what could be asked for now."""

    def knows_its_work(self, enough: int) -> bool:
        """Whether all its work is known, or much of it and so many takeable tasks that no more could be asked for."""

    def hold(self, share: int, enough: int) -> None:
        """Keep so many takeable tasks from becoming jobs, and plan ahead until so many are known."""

    def ask_at_once(self, share: int) -> None:
        """Have so many takeable tasks answered without a job, those first whose records are due first."""


class QuotaSharing:
    """Shares the quota among accounts; all methods run on the engine's thread.

    Args:
        resources: What all accounts work with.
        accounts: In the order of emission.
    """

    def __init__(self, resources: Resources, accounts: Sequence[Sharer]) -> None:
        self._resources = resources
        self._accounts = accounts
        self._held_since: float | None = None
        self._asking = False  # whether a request is under way that finds out what is left
        self._late: set[Sharer] = set()  # accounts that are not waited for until they have caught up

    def step(self, now: float) -> float:
        """Spend or hold what is left; return the monotonic second at which to look again."""
        quota = self._resources.executor.quota()
        if not quota.most:
            return self._release()
        loads = self._loads()
        if not _takeable(loads):
            return self._release()
        unknown = self._unknown(loads, quota.most)
        if quota.now and (self._asking or not unknown or self._overdue(now)):
            if not self._asking:
                self._late |= set(unknown)
            self._spend(loads, quota.now)
            quota, loads = self._resources.executor.quota(), self._loads()
            if not quota.most or not _takeable(loads):
                return self._release()
            self._asking = not quota.now
        return self._hold(loads, quota.most, now)

    def _loads(self) -> dict[Sharer, Load]:
        return {account: account.load for account in self._accounts}

    def _unknown(self, loads: dict[Sharer, Load], most: int) -> list[Sharer]:
        """Return accounts whose plans may change who gets what: none where a single one is in need of requests."""
        unknown = [account for account in self._accounts if not account.knows_its_work(most)]
        self._late &= set(unknown)
        unknown = [account for account in unknown if account not in self._late]
        in_need = {account for account, load in loads.items() if load.takeable} | set(unknown)
        return unknown if len(in_need) > 1 else []

    def _overdue(self, now: float) -> bool:
        return self._held_since is not None and now >= self._held_since + self._resources.pauses.sharing

    def _spend(self, loads: dict[Sharer, Load], quota: int) -> None:
        self._held_since, self._asking = None, False
        for account, share in shares(loads, quota).items():
            if share:
                account.ask_at_once(share)

    def _hold(self, loads: dict[Sharer, Load], most: int, now: float) -> float:
        """Hold back what may be asked for soon, unless that takes too long."""
        if self._held_since is None:
            self._held_since = now
        if self._overdue(now):  # the answer that would tell what is left
            self._let_pass()
            return FOREVER
        for account, share in shares(loads, most).items():
            # What others turn out to have only takes from a share; what the account itself turns out to have may add.
            account.hold(share if account.knows_its_work(most) else most, most)
        return self._held_since + self._resources.pauses.sharing

    def _release(self) -> float:
        """Hold nothing: there is nothing to spend, or nothing to spend it on."""
        self._held_since, self._asking = None, False
        self._let_pass()
        return FOREVER

    def _let_pass(self) -> None:
        for account in self._accounts:
            account.hold(0, 0)


def _takeable(loads: dict[Sharer, Load]) -> int:
    return sum(load.takeable for load in loads.values())
