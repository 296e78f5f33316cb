"""Reads the records of one endpoint for one account: fan-out, passes, newest first, stop at the bookmark."""

from __future__ import annotations

import logging
import typing as t
from urllib.parse import quote

from tap_twitter_ads_async.errors import ApiError, NotOffered
from tap_twitter_ads_async.objects.bookmarks import Watermark
from tap_twitter_ads_async.objects.declaration import ACCOUNTS, REPLICATION_KEY
from tap_twitter_ads_async.objects.refusals import (
    OneParent,
    after_an_answer,
    means_not_offered,
    means_nothing_there,
    of_one_parent,
)
from tap_twitter_ads_async.objects.request_plan import SORT_BY, WITH_DELETED, Request, requests_of

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint
    from tap_twitter_ads_async.objects.parents import ParentValues
    from tap_twitter_ads_async.run.context import RunContext

    Record = dict[str, t.Any]
    Page = list[Record]

logger = logging.getLogger("tap-twitter-ads-async.objects")


class Reading:
    """One endpoint's records of one account, page by page.

    Args:
        endpoint: What to read.
        run: What the run shares.
        parents: Values to fan out over.
        account_id: Ads account, empty for global endpoints.
        bookmark: Where the last run ended, None to read everything.

    Attributes:
        watermark: How far the reading has come; meaningful once all pages have been taken.
    """

    def __init__(
        self,
        endpoint: ObjectEndpoint,
        run: RunContext,
        parents: ParentValues,
        account_id: str,
        bookmark: datetime | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._run = run
        self._parents = parents
        self._account_id = account_id
        self._unsorted = endpoint.unordered
        self._asks_for_details = endpoint.details
        self._served = False
        self._parents_without: dict[OneParent, list[ApiError]] = {what: [] for what in OneParent}
        where = f"Stream {endpoint.name}, account {account_id or '-'}"
        self.watermark = Watermark(bookmark, run.now(), where)

    def pages(self) -> Iterator[Page]:
        """Yield pages of records that are new since the bookmark, with the columns taken from the path.

        Raises:
            ApiError: The API did not serve a request.
            Terminated: The run was stopped while waiting.
        """
        values: dict[str, bool] = {}
        requests = 0
        for request in self._requests():
            requests += 1
            for page in self._allowed(request):
                values |= self._parents.values_of(self._endpoint, page)
                yield page
        self._judge_parents(requests)
        if self.watermark.bookmark is None:
            self._parents.remember(self._account_id, self._endpoint, values, self.watermark.as_of)

    def new_bookmark(self) -> str | None:
        """Return the value to write once everything has been emitted, None to leave the state as it is.

        A parent that is closed to this user holds the bookmark back: once it is open, all that changed since is wanted.
        """
        return None if self._parents_without[OneParent.CLOSED] else self.watermark.new_bookmark()

    def _judge_parents(self, requests: int) -> None:
        """Say what the parents without records mean, now that all have been asked.

        Args:
            requests: How many there were.

        Raises:
            ApiError: It is not known what some of them have.
        """
        unanswered, gone = (self._parents_without[what] for what in (OneParent.UNANSWERED, OneParent.GONE))
        if unanswered:
            # An API version without the endpoint tells so for each parent alike.
            raise unanswered[0] if len(unanswered) == requests else after_an_answer(self._endpoint, unanswered[0])
        if gone and len(gone) == requests:
            # One parent may be deleted while the others are read; if none answers, the endpoint is missing.
            self._not_offered(gone[-1])

    def _allowed(self, request: Request) -> Iterator[Page]:
        """Yield a request's pages; a parent that cannot be asked for is left out, not the whole account."""
        begun = False
        try:
            for page in self._fresh(request):
                begun = self._served = True
                yield [self._completed(record, request) for record in page]
        except ApiError as error:
            if SORT_BY not in error.parameters or SORT_BY not in request.params:
                self._pass_over(request, error, begun=begun)
                return
        else:
            return
        # Which endpoints sort is documented for some only; without order everything is read.
        self._unsorted = True
        yield from self._allowed(request.without(SORT_BY))

    def _pass_over(self, request: Request, error: ApiError, *, begun: bool) -> None:
        """Go on without what was refused, where that loses nothing.

        Args:
            request: The request.
            error: The refusal.
            begun: Whether pages came before it: then it is about the rest of them, whatever it says.

        Raises:
            ApiError: The refusal is about more than one parent.
        """
        if not begun and means_nothing_there(self._endpoint, error):
            return
        parent = of_one_parent(error) if request.of_one_parent and not begun else None
        if parent is None:
            raise after_an_answer(self._endpoint, error) if self._served else error
        self._parents_without[parent].append(error)
        if parent is OneParent.CLOSED:
            self._not_offered(error)

    def _completed(self, record: Record, request: Request) -> Record:
        """Return a record with what the list leaves to the path, or tells only when it is asked for one."""
        if self._asks_for_details and record.get("id") is not None:
            record |= self._details(record, request)
        for column, value in request.columns.items():
            if record.get(column) is None:
                record[column] = value
        if "account_id" in request.columns:
            # What is shared between accounts belongs to the one it was read from.
            record["account_id"] = self._account_id
        return record

    def _details(self, record: Record, request: Request) -> Record:
        path = f"{request.path}/{quote(str(record['id']), safe='')}"
        params = {k: v for k, v in request.params.items() if k == WITH_DELETED}
        try:
            route = f"{request.route}/:id"
            pages = list(self._run.api.pages(path, params, account_id=self._account_id, route=route))
        except ApiError as error:
            if not means_not_offered(error, account_was_named=False, served_before=True):
                raise
            # Deleted since the list was read, or an API without this look-up: the list's fields are there.
            self._asks_for_details = not isinstance(error, NotOffered)
            return {}
        return pages[0][0] if pages and pages[0] else {}

    def _not_offered(self, error: ApiError) -> None:
        what = self._endpoint.path.replace("{account_id}", self._account_id)
        self._run.verdict.not_offered(self._endpoint.name, self._account_id, what, error)

    def _fresh(self, request: Request) -> Iterator[Page]:
        """Yield records newer than the bookmark, and end with the page that shows an older one."""
        previous: datetime | None = None
        for page in self._raw(request):
            fresh: Page = []
            saw_old = False
            for record in page:
                changed = self.watermark.see(record)
                self._check_order(previous, changed)
                previous = changed or previous
                if self.watermark.is_old(changed) and not request.whole:
                    saw_old = True
                else:
                    fresh.append(record)
            yield fresh
            if saw_old and not self._unsorted:
                return

    def _raw(self, request: Request) -> Iterator[Page]:
        if self._endpoint.name == ACCOUNTS:
            return iter([[dict(a) for a in self._run.accounts_shown if str(a["id"]) == self._account_id]])
        return self._run.api.pages(request.path, request.params, account_id=self._account_id, route=request.route)

    def _check_order(self, previous: datetime | None, changed: datetime | None) -> None:
        """Notice an API that does not sort: then nothing but a collection's end may stop the reading."""
        if previous is None or changed is None or changed <= previous or self._unsorted:
            return
        self._unsorted = True
        if self.watermark.bookmark is not None:
            logger.warning(
                "Stream %s, account %s: the API does not sort by %s; reading everything.",
                self._endpoint.name,
                self._account_id or "-",
                REPLICATION_KEY,
            )

    def _requests(self) -> Iterator[Request]:
        values: list[str] = []
        if self._endpoint.fan_out is not None:
            values, as_of = self._parents.get(self._account_id, self._endpoint.fan_out)
            self.watermark.limit(as_of)
        return requests_of(self._endpoint, self._run.settings, self._account_id, values)
