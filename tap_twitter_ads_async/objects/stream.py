"""The one class of all object streams."""

from __future__ import annotations

import sys
import typing as t
from functools import cached_property

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_twitter_ads_async.domain.schemas import load_schema, stream_schema
from tap_twitter_ads_async.errors import ApiError
from tap_twitter_ads_async.objects.bookmarks import bookmark_of
from tap_twitter_ads_async.objects.declaration import ACCOUNTS, REPLICATION_KEY
from tap_twitter_ads_async.objects.prefetch import Prefetch
from tap_twitter_ads_async.objects.reading import Reading
from tap_twitter_ads_async.objects.refusals import ends_the_run, means_not_offered
from tap_twitter_ads_async.objects.shaping import Shaper
from tap_twitter_ads_async.run.context import Failure
from tap_twitter_ads_async.singer.stream import AdsStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint
    from tap_twitter_ads_async.objects.parents import ParentValues
    from tap_twitter_ads_async.run.context import RunContext


class ObjectStream(AdsStream):
    """Objects of one endpoint, as `ObjectEndpoint` declares them.

    Bookmarks are this class's own: an account's moves when its last record has been written, to the newest
    `updated_at` met, and never by single records, because those come newest first.

    Args:
        tap: The tap.
        endpoint: The declaration.
        run: Gives what the run shares; called when the first request is due, not at discovery.
        parents: Gives the values that requests fan out over.

    Attributes:
        endpoint: The declaration.
    """

    # Records already have the types of their schema; see `Shaper`.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(
        self,
        tap: Tap,
        endpoint: ObjectEndpoint,
        run: Callable[[], RunContext],
        parents: Callable[[], ParentValues],
    ) -> None:
        self.endpoint = endpoint
        self.selected_by_default = endpoint.selected
        self._open_run = run
        self._open_parents = parents
        self._prefetch: Prefetch | None = None
        self._readings: dict[str, Reading] = {}
        super().__init__(tap, schema=stream_schema(endpoint.name), name=endpoint.name)
        self.primary_keys = endpoint.key
        if endpoint.sortable:
            self.replication_key = REPLICATION_KEY
        else:
            # Nothing to remember about an account: one empty entry per stream, not one per account.
            self.state_partitioning_keys = ()

    @cached_property
    def _shape(self) -> Shaper:
        """Gives records the types of the schema; made when the first is read, because most streams are not."""
        only_known = bool(self.config.get("flattening_enabled"))
        return Shaper(self.endpoint, load_schema(self.endpoint.name), only_known=only_known)

    @property
    @override
    def partitions(self) -> list[dict[str, t.Any]] | None:
        """One partition per account to extract, or to show in the stream `accounts`; none for global endpoints."""
        if not self.endpoint.per_account:
            return None
        run = self._open_run()
        accounts = run.accounts_shown if self.endpoint.name == ACCOUNTS else run.accounts
        return [{"account_id": str(account["id"])} for account in accounts]

    @property
    @override
    def bookmarks_are_of_accounts(self) -> bool:
        """Whether each account has a bookmark of its own."""
        return self.endpoint.per_account and self.endpoint.sortable

    @override
    def check_bookmark(self, fields: dict[str, t.Any], account_id: str) -> None:
        """Read it as a run would."""
        bookmark_of(self.name, account_id, fields)

    @override
    def extracting(self) -> AbstractContextManager[None]:
        """Return a context that lasts as long as the stream is extracted."""
        return self._open_run().stats.writing(self.name)

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the records of one account, or of a global endpoint, that are new since the bookmark.

        What the API does not offer ends with a warning, what it fails to serve with an entry in the verdict;
        either way the bookmark stays and the other accounts go on.

        Raises:
            CredentialsRejected: No request can succeed any more.
            StateError: The account's bookmark is no moment.
            Terminated: The run was stopped.
        """
        account_id = str(context["account_id"]) if context else ""
        if self.endpoint.per_account and not account_id:
            return  # no account to extract: the SDK asks for the one partition that a stream usually has
        run, stats = self._open_run(), self._open_run().stats.of(self.name)
        if self._prefetch is None:
            accounts = [str(p["account_id"]) for p in self.partitions or ()] or [account_id]
            self._prefetch = Prefetch(accounts, self._open_pages, run.clock, run.look)
        finished = False
        try:
            for record in self._records(account_id):
                stats.records += 1
                yield record
            self._commit(account_id, context)
            stats.accounts += bool(account_id)
            finished = True
        except ApiError as error:
            self._readings.pop(account_id, None)
            self._report(account_id, error)
            finished = True
        finally:
            if not finished:
                self._prefetch.close()
                self._prefetch = None

    def _open_pages(self, account_id: str) -> Iterator[list[dict[str, t.Any]]]:
        reading = Reading(self.endpoint, self._open_run(), self._open_parents(), account_id, self._bookmark(account_id))
        self._readings[account_id] = reading
        return reading.pages()

    def _bookmark(self, account_id: str) -> datetime | None:
        if self.replication_method != REPLICATION_INCREMENTAL or not self.endpoint.sortable:
            return None
        account = next((a for a in self._open_run().accounts_shown if str(a["id"]) == account_id), None)
        return bookmark_of(self.name, account_id, self.get_context_state({"account_id": account_id}), account)

    def _records(self, account_id: str) -> Iterator[Record]:
        key = tuple(self.endpoint.key)
        seen: set[tuple[t.Any, ...]] = set()
        without_key = 0
        if self._prefetch is None:  # closed while this generator was waiting to be resumed
            return
        for page in self._prefetch.take(account_id):
            for raw in page:
                record = self._shape(raw)
                identity = tuple(record.get(column) for column in key)
                if None in identity:
                    without_key += 1
                    continue
                if self.endpoint.overlapping:
                    if identity in seen:
                        continue
                    seen.add(identity)
                yield record
        if without_key:
            self.logger.warning(
                "Account %s: %d records without %s were skipped.",
                account_id or "-",
                without_key,
                ", ".join(key),
            )

    def _commit(self, account_id: str, context: Context | None) -> None:
        """Move the account's bookmark; the SDK has written the last record when this runs."""
        value = self._readings.pop(account_id).new_bookmark()
        if value is None or self.replication_method != REPLICATION_INCREMENTAL:
            return
        # In one step: a termination may write the state at any instant.
        self.get_context_state(context).update({"replication_key": REPLICATION_KEY, "replication_key_value": value})
        self.tell_state()

    def _report(self, account_id: str, error: ApiError) -> None:
        if ends_the_run(self.endpoint, error):
            raise error
        run = self._open_run()
        what = self.endpoint.path.replace("{account_id}", account_id)
        named = account_id in (run.settings.account_ids or ())
        served = self._bookmark(account_id) is not None
        if means_not_offered(error, account_was_named=named, served_before=served):
            run.verdict.not_offered(self.name, account_id, what, error)
        else:
            run.verdict.fail(Failure(self.name, account_id or "-", what, str(error)))
