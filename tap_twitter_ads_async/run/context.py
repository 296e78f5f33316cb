"""What the streams of one run share."""

from __future__ import annotations

import logging
import threading
import typing as t
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus

from typing_extensions import override

from tap_twitter_ads_async.api.client import AdsApi
from tap_twitter_ads_async.api.http import AdsHttp, unobserved
from tap_twitter_ads_async.errors import AccessRefused, NotOffered, RequestRefused, SettingsError, Unavailable
from tap_twitter_ads_async.pauses import Pauses
from tap_twitter_ads_async.run.accounts import AccountList, judge, read_named
from tap_twitter_ads_async.run.stats import RunStats

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tap_twitter_ads_async.api.http import RequestObserver
    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.run.accounts import NamedAccounts
    from tap_twitter_ads_async.settings.model import Settings

logger = logging.getLogger("tap-twitter-ads-async")


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that stays open at the end of the run.

    Attributes:
        stream: Stream name.
        account_id: Ads account.
        what: The window or the endpoint, in words.
        error: The API's code and message, in words.
    """

    stream: str
    account_id: str
    what: str
    error: str

    @override
    def __str__(self) -> str:
        """Return one line that names stream, account, window and the API's words."""
        return f"stream {self.stream}, account {self.account_id}, {self.what}: {self.error}"


@dataclass(slots=True)
class Verdict:
    """What the run could not do, collected while everything else goes on. Safe for use from many threads."""

    failures: list[Failure] = field(default_factory=list)
    _warned: set[tuple[str, str, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, failure: Failure) -> None:
        """Record a failure and log it as one ERROR; the run will end with a non-zero exit code."""
        with self._lock:
            self.failures.append(failure)
        logger.error("Failed for good: %s", failure)

    def not_offered(self, stream: str, account_id: str, what: str, error: object) -> None:
        """Log one WARNING per stream, account and thing that this account or API version does not offer.

        Args:
            stream: Name of the stream.
            account_id: Ads account.
            what: What is not offered, such as a placement.
            error: Answer of the API.
        """
        with self._lock:
            known = (stream, account_id, what) in self._warned
            self._warned.add((stream, account_id, what))
        if not known:
            logger.warning(
                "Not offered, skipped: stream %s, account %s, %s: %s", stream, account_id or "-", what, error
            )


def _nothing() -> None:
    """Look at nothing."""


class RunContext:
    """Settings, API client, accounts and verdict of one run; created when the first request is needed.

    Attributes:
        stats: What has been done so far.
        pauses: How long to wait between tries.
        look: What the main thread calls every moment, while it writes and while it waits; the session's, once there
            is one.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        observer: RequestObserver = unobserved,
        pauses: Pauses | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.pauses = pauses or Pauses()
        self.verdict = Verdict()
        self.stats = RunStats(clock)
        self.look: Callable[[], None] = _nothing
        self._observer = observer
        self.api = AdsApi(AdsHttp(settings.connection, clock, self._observe, self.stats.record.waited, self.pauses))

    def _observe(self, seconds: float, method: str, route: str, account_id: str, status: int | None) -> None:
        """Count a request, and pass it on."""
        self.stats.record.requested(method, route, account_id)
        self._observer(seconds, method, route, account_id, status)

    def now(self) -> datetime:
        """Return the API's present moment (UTC): what bookmarks are about."""
        return self.api.now()

    @cached_property
    def _account_list(self) -> AccountList:
        """The token's list of accounts: one of five such readings in 15 minutes.

        Raises:
            SettingsError: What answers is no X Ads API, or none of this version.
            ApiError: The list cannot be read.
        """
        with_deleted = self.settings.with_deleted
        try:
            return AccountList.of(self.api.accounts(with_deleted=with_deleted), with_deleted=with_deleted)
        except (NotOffered, RequestRefused) as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            where = self.settings.connection
            raise SettingsError(
                f"No X Ads API of version {where.api_version} at {where.api_url} ({error}). Check the settings "
                "'api_url' and 'api_version'"
            ) from error

    @cached_property
    def account_records(self) -> list[dict[str, t.Any]]:
        """Every account the token can read, as the API sends it, by id; deleted ones where the settings want them.

        Rows of the list that name no account are a failure.

        Raises:
            SettingsError: What answers is no X Ads API, or none of this version.
            ApiError: The list cannot be read.
        """
        found = self._account_list
        if found.nameless:
            what = f"rows without an account's id, which cannot be extracted: {found.nameless}"
            self.verdict.fail(Failure("(all)", "-", "reading the list of accounts", what))
        return found.records

    @cached_property
    def accounts(self) -> list[dict[str, t.Any]]:
        """The accounts to extract, in the order of the setting, else by id; read once per run.

        Accounts that the API does not serve are failures, and left out.

        Raises:
            AccessRefused: The token cannot read accounts that the settings name, or any at all.
            ApiError: The API served none, or refused.
        """
        wanted = self.settings.account_ids
        if wanted is None:
            return self._undeleted()
        try:
            named = read_named(self.api, wanted, with_deleted=self.settings.with_deleted)
        except NotOffered as error:
            logger.debug("Reading the list of accounts instead: %s", error)
            named = self._named_of_list(wanted)
        for account_id, unanswered in named.unanswered.items():
            self.verdict.fail(Failure("(all)", account_id, "reading the account", str(unanswered)))
        return named.found

    @property
    def accounts_shown(self) -> list[dict[str, t.Any]]:
        """What the stream `accounts` holds: the accounts to extract and, unless the settings name them, deleted ones.

        Raises:
            AccessRefused: As for `accounts`.
            ApiError: Likewise.
        """
        to_extract = self.accounts
        return to_extract if self.settings.account_ids is not None else self.account_records

    @property
    def accounts_read(self) -> int:
        """How many accounts there are to extract, as far as anything had to know; asks nobody."""
        return len(self.accounts_known)

    @property
    def accounts_known(self) -> list[dict[str, t.Any]]:
        """The accounts to extract, as far as anything had to know them; asks nobody."""
        return list(self.__dict__.get("accounts", ()))

    def _named_of_list(self, wanted: Sequence[str]) -> NamedAccounts:
        found = self._account_list
        readable = {str(a["id"]): a for a in found.records}
        # Where rows name no account, one of them may be the account that is missing.
        missing = Unavailable("GET accounts: a row without an account's id") if found.nameless else None
        return judge({account_id: readable.get(account_id, missing) for account_id in wanted})

    def _undeleted(self) -> list[dict[str, t.Any]]:
        listed = self.account_records
        if not listed and not self._account_list.nameless:
            raise AccessRefused("The token cannot read any ads account; ask an account owner to give this user access")
        found = [account for account in listed if not account.get("deleted")]
        if listed and not found:
            logger.warning(
                "All ads accounts that the token can read are deleted; they are extracted only where 'account_ids' "
                "names them"
            )
        return found
