"""The API's verbs, typed: what the tap says to the API, without the how of HTTP."""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass, field
from urllib.parse import quote

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.calendar import read_moment
from tap_twitter_ads_async.errors import RequestRefused, Unavailable

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    import requests

    from tap_twitter_ads_async.api.connection import Params
    from tap_twitter_ads_async.api.envelope import Answer, Plain
    from tap_twitter_ads_async.api.http import AdsHttp

logger = logging.getLogger("tap-twitter-ads-async.http")

OPTIONS_PER_PAGE = 1000
MAX_EMPTY_PAGES = 20
"""So many empty pages in a row may carry a cursor, before a list counts as endless."""
MAX_CURSOR_SHOWN = 40
TWEETS_PER_PAGE = 1000


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One job as the API reports it.

    Attributes:
        job_id: Exact id, as text.
        status: `QUEUED`, `PROCESSING`, `UPLOADING`, `SUCCESS`, `FAILED`, `CANCELLED` or a value yet unknown.
        url: Where the result lies, once it does.
        expires_at: When the result is removed, None while there is none.
        raw: The job object.
        asked: The parameters of the request as the API understood them, where this is the answer to a creation.
    """

    job_id: str
    status: str
    url: str | None
    expires_at: datetime | None
    raw: Mapping[str, t.Any]
    asked: Mapping[str, t.Any] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Mapping[str, t.Any], asked: t.Any = None) -> JobStatus:
        """Read a job object; `id_str` is exact where the numeric `id` may have been rounded on its way."""
        return cls(
            job_id=str(job.get("id_str") or job.get("id") or ""),
            status=str(job.get("status") or "").upper(),
            url=job.get("url") or None,
            expires_at=read_moment(job.get("expires_at")),
            raw=job,
            asked=asked if isinstance(asked, dict) else {},
        )


@dataclass(frozen=True, slots=True)
class JobPage:
    """Jobs of one account, and what the API says about its slots: None where it does not say.

    Attributes:
        free_slots: So many more jobs the account may run now.
        total_slots: So many it may run at once.
    """

    jobs: tuple[JobStatus, ...]
    free_slots: int | None
    total_slots: int | None = None


def _count(answer: Answer, header: str) -> int | None:
    text = answer.headers.get(header, "")
    return int(text) if text.isdigit() else None


def _is_id(value: t.Any) -> bool:
    """Whether a value names an object; the documents know texts, and numbers would be as good."""
    return bool(value.strip()) if isinstance(value, str) else bool(value) and type(value) is int


class _CursorTrail:
    """The cursors of one collection, and whether they lead anywhere."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: set[str] = set()
        self._empty_pages = 0
        self.cursor: str | None = None

    def follow(self, answer: Answer) -> bool:
        """Take the cursor of a page, and return whether there is one.

        Raises:
            Unavailable: The cursors go round in a circle, or page after page is empty.
        """
        following = answer.body.get("next_cursor")
        if not following:
            return False
        self.cursor = str(following)
        self._empty_pages = 0 if answer.records else self._empty_pages + 1
        if self.cursor in self._seen:
            shown = self.cursor[:MAX_CURSOR_SHOWN]
            raise Unavailable(f"GET {self._path}: cursor {shown!r} came twice, so that the list has no end")
        if self._empty_pages >= MAX_EMPTY_PAGES:
            raise Unavailable(f"GET {self._path}: {self._empty_pages} empty pages in a row, each with a cursor")
        self._seen.add(self.cursor)
        return True


class AdsApi:
    """Verbs of the X Ads API that a reader needs."""

    def __init__(self, http: AdsHttp) -> None:
        self._http = http

    def now(self) -> datetime:
        """Return the API's present moment (UTC), according to its last answer; before that, this machine's."""
        return self._http.server_clock.now()

    def pages(
        self, path: str, params: Params, *, account_id: str = "", route: str = ""
    ) -> Iterator[list[dict[str, t.Any]]]:
        """Yield the pages of a collection, following `next_cursor` to its end.

        An empty page that carries a cursor is followed too; only a missing cursor ends a collection.

        Args:
            path: Collection below the version, without a leading slash.
            params: Query parameters of the first page.
            account_id: Ads account whose quota the requests count against; empty for those that count per token only.
            route: Path without ids, under which requests are counted; `path` if empty.

        Raises:
            ApiError: The API refused a page; as `Unavailable` also where the cursors lead to no end.
        """
        trail = _CursorTrail(path)
        while True:
            page = {**params, "cursor": trail.cursor}
            answer = self._http.call("GET", path, page, account_id=account_id, route=route)
            yield [r if isinstance(r, dict) else {"value": r} for r in answer.records]
            if not trail.follow(answer):
                return

    def accounts(self, *, with_deleted: bool) -> list[dict[str, t.Any]]:
        """Return all rows of the list of accounts; 5 calls per 15 minutes are allowed.

        The newest change comes first where the API sorts them. An account that changes between two pages may make
        another come twice. No run depends on the order, so a refusal to sort costs one more call and not the run.
        """
        params: Params = {"count": 1000, "with_deleted": with_deleted}
        try:
            return self._all("accounts", {**params, "sort_by": "updated_at-desc"})
        except RequestRefused as error:
            if "sort_by" not in error.parameters:
                raise
        return self._all("accounts", params)

    def _all(self, path: str, params: Params) -> list[dict[str, t.Any]]:
        return [record for page in self.pages(path, params) for record in page]

    def funding_instruments(self, account_id: str) -> list[dict[str, t.Any]]:
        """Return the account's funding instruments, deleted ones too: what is billed to them stays."""
        params: Params = {"count": 1000, "with_deleted": True}
        pages = self.pages(f"accounts/{account_id}/funding_instruments", params, account_id=account_id)
        return [instrument for page in pages for instrument in page]

    def account(self, account_id: str, *, with_deleted: bool) -> dict[str, t.Any] | None:
        """Return one account, None where the answer holds another one or none; counted apart from the list."""
        answer = self._http.call(
            "GET",
            f"accounts/{quote(account_id, safe='')}",
            {"with_deleted": with_deleted},
            account_id=account_id,
            route="accounts/:account_id",
        )
        records = (record for record in answer.records if isinstance(record, dict))
        return next((record for record in records if str(record.get("id")) == account_id), None)

    def countries(self) -> list[dict[str, t.Any]]:
        """Return the countries that can be targeted: `country_code`, `targeting_value`, `name`."""
        params: Params = {"location_type": "COUNTRIES", "count": OPTIONS_PER_PAGE}
        return [row for page in self.pages("targeting_criteria/locations", params) for row in page]

    def platforms(self) -> list[dict[str, t.Any]]:
        """Return the platforms that can be targeted: `targeting_value`, `name`."""
        return [row for page in self.pages("targeting_criteria/platforms", {}) for row in page]

    def active_entities(self, account_id: str, entity: str, start: str, end: str) -> list[dict[str, t.Any]]:
        """Return the entities with changes recorded in whole hours `[start, end)`, at most 90 days apart.

        Args:
            account_id: Ads account.
            entity: Entity type, such as `CAMPAIGN`.
            start: First hour, inclusive, as an ISO 8601 time in UTC.
            end: End of the last hour, exclusive, likewise.

        Raises:
            ApiError: The API refused or did not answer; as `Unavailable` also where no row names an entity.
        """
        named, nameless = self._active_entities(account_id, entity, start, end)
        if nameless:  # once more, in case the answer came out wrong; whom either answer names has changed
            before = named
            named, nameless = self._active_entities(account_id, entity, start, end)
            again = {row["entity_id"] for row in named}
            named += [row for row in before if row["entity_id"] not in again]
        if nameless and not named:
            raise Unavailable(f"GET active_entities of account {account_id}: none of {nameless} rows names an entity")
        if nameless:
            # Nothing can be asked for on the word of such a row, and the same question brings it again: waiting for
            # a better one would hold the stream up for ever, so that the bookmark moves on, with a word.
            logger.warning(
                "Account %s: %d rows of the change feed (%s, %s to %s) name no entity and are passed over; to have "
                "that stretch asked for again, set the bookmark back to its start",
                account_id,
                nameless,
                entity,
                start,
                end,
            )
        return named

    def _active_entities(
        self, account_id: str, entity: str, start: str, end: str
    ) -> tuple[list[dict[str, t.Any]], int]:
        """Return the rows that name an entity, and the number of those that do not."""
        answer = self._http.call(
            "GET",
            f"stats/accounts/{account_id}/active_entities",
            {"entity": entity, "start_time": start, "end_time": end},
            account_id=account_id,
        )
        named = [row for row in answer.records if isinstance(row, dict) and _is_id(row.get("entity_id"))]
        return named, len(answer.records) - len(named)

    def organic_tweets(self, account_id: str, page_size: int) -> list[dict[str, t.Any]]:
        """Return the published tweets of the account's promotable user, promoted-only ones left out."""
        params: Params = {
            "tweet_type": "PUBLISHED",
            "timeline_type": "ORGANIC",
            "trim_user": True,
            "count": min(page_size, TWEETS_PER_PAGE),
        }
        pages = self.pages(f"accounts/{account_id}/tweets", params, account_id=account_id)
        return [tweet for page in pages for tweet in page]

    def media_creatives(self, account_id: str, page_size: int) -> list[dict[str, t.Any]]:
        """Return the account's media creatives, deleted ones too: their metrics stay."""
        params: Params = {"count": page_size, "with_deleted": True}
        pages = self.pages(f"accounts/{account_id}/media_creatives", params, account_id=account_id)
        return [creative for page in pages for creative in page]

    def reach(self, account_id: str, entities: str, params: Params) -> list[dict[str, t.Any]]:
        """Return `id`, `total_audience_reach` and `average_frequency` of up to 20 entities, for one stretch of time.

        Args:
            account_id: Ads account.
            entities: Last part of the path: `campaigns` or `funding_instruments`.
            params: Ids, `start_time` and `end_time` (whole hours, not in the future).

        Raises:
            ApiError: The API refused, as `NotOffered` where the account lacks the feature.
        """
        answer = self._http.call("GET", f"stats/accounts/{account_id}/reach/{entities}", params, account_id=account_id)
        return [row for row in answer.records if isinstance(row, dict)]

    def statistics(self, account_id: str, params: Params) -> Plain:
        """Ask the synchronous endpoint, once: its answer is what a job's result file would hold, unpacked.

        Args:
            account_id: Ads account.
            params: Parameters of a job without segmentation.

        Raises:
            ApiError: The API refused or did not answer.
        """
        return self._http.call_now(f"stats/accounts/{account_id}", params, account_id=account_id)

    def create_job(self, account_id: str, params: Params) -> JobStatus:
        """Create one analytics job; never sent twice, because the first may have been accepted.

        Args:
            account_id: Ads account.
            params: Parameters of the job, as the API names them.

        Raises:
            Unavailable: With `outcome_unknown` set where the job may exist all the same.
            ApiError: The API refused.
        """
        answer = self._http.call(
            "POST",
            f"stats/jobs/accounts/{account_id}",
            params,
            account_id=account_id,
            repeatable=False,
        )
        job = next((record for record in answer.records if isinstance(record, dict)), {})
        return JobStatus.of(job, answer.params)

    def jobs(self, account_id: str) -> Iterator[JobStatus]:
        """Yield the recent jobs of an account, those of other clients too."""
        for page in self.pages(f"stats/jobs/accounts/{account_id}", {"count": 1000}, account_id=account_id):
            yield from (JobStatus.of(job) for job in page)

    def job_statuses(self, account_id: str, job_ids: Sequence[str]) -> JobPage:
        """Ask for up to 200 jobs with one request.

        The answer is one page as a rule, and the documented example carries a `next_cursor` even then: it is followed
        only as long as a page brings jobs that were asked for, and others are still missing. Jobs that were not asked
        for are left out: a server that does not understand the filter lists everything.
        """
        if len(job_ids) > rules.MAX_JOB_IDS:
            raise ValueError(f"{len(job_ids)} job ids asked for, {rules.MAX_JOB_IDS} are allowed")
        wanted = frozenset(job_ids)
        found: dict[str, JobStatus] = {}
        params: dict[str, t.Any] = {"job_ids": list(job_ids)}
        while True:
            answer = self._http.call("GET", f"stats/jobs/accounts/{account_id}", params, account_id=account_id)
            jobs = [JobStatus.of(j) for j in answer.records if isinstance(j, dict)]
            fresh = {j.job_id: j for j in jobs if j.job_id in wanted and j.job_id not in found}
            found |= fresh
            cursor = answer.body.get("next_cursor")
            if not cursor or not fresh or len(found) == len(wanted):
                break
            params["cursor"] = str(cursor)
        free, total = (_count(answer, f"x-concurrent-job-limit{end}") for end in ("-remaining", ""))
        return JobPage(tuple(found.values()), free, total)

    def cancel_job(self, account_id: str, job_id: str) -> None:
        """Cancel a queued or running job, which frees its slot."""
        self._http.call("DELETE", f"stats/jobs/accounts/{account_id}/{job_id}", account_id=account_id)

    def open_result(self, url: str) -> requests.Response:
        """Open a job's result file on the file host, without credentials."""
        return self._http.open_file(url)
