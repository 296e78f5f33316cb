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
    def takeable(self) -> int:
        """How many waiting tasks could be asked for now."""

    @property
    def load(self) -> Load:
        """What there is to do."""

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
        self._late = {account for account in self._late if not account.knows_its_work(quota.most)}
        if not quota.most or not self._in_need:
            return self._release()
        if quota.now and (self._asking or self._decided(quota.most, now)):
            self._spend(quota.now)
            quota = self._resources.executor.quota()
            if not quota.most or not self._in_need:
                return self._release()
            self._asking = not quota.now
        return self._hold(quota.most, now)

    @property
    def _in_need(self) -> bool:
        return any(account.takeable for account in self._accounts)

    def _decided(self, most: int, now: float) -> bool:
        """Whether no plan that is still to come may change who gets what, or none that is waited for."""
        unknown = {a for a in self._accounts if a not in self._late and not a.knows_its_work(most)}
        if self._overdue(now):
            self._late |= unknown
            return True
        in_need = {a for a in self._accounts if a.takeable}
        return not unknown or len(unknown | in_need) == 1

    def _overdue(self, now: float) -> bool:
        return self._held_since is not None and now >= self._held_since + self._resources.pauses.sharing

    def _spend(self, quota: int) -> None:
        self._held_since, self._asking = None, False
        for account, share in self._shares(quota).items():
            if share:
                account.ask_at_once(share)

    def _shares(self, quota: int) -> dict[Sharer, int]:
        return shares({account: account.load for account in self._accounts}, quota)

    def _hold(self, most: int, now: float) -> float:
        """Hold back what may be asked for soon, unless that takes too long."""
        if self._held_since is None:
            self._held_since = now
        if self._overdue(now):  # the answer that would tell what is left
            self._let_pass()
            return FOREVER
        for account, share in self._shares(most).items():
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
