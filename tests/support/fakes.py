"""Stand-ins for the one port of the core: the API's verbs."""

from __future__ import annotations

import gzip
import json
import typing as t
from dataclasses import dataclass, field

from typing_extensions import override

from tap_twitter_ads_async.api.client import AdsApi, JobStatus
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark
from tap_twitter_ads_async.stats.plan.change_feed import ChangeFeed
from tap_twitter_ads_async.stats.plan.extraction import Extraction, Sources
from tap_twitter_ads_async.stats.plan.targeting import Targeting
from tap_twitter_ads_async.stats.plan.zone_check import ZoneCheck
from tap_twitter_ads_async.stats.records.flatten import PARKED_FROM_BYTES
from tap_twitter_ads_async.stats.records.window_result import Answer, LostPiece, SpooledFile, WindowResult
from tests.support.plans import definition
from tests.support.settings import settings

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_twitter_ads_async.errors import ApiError
    from tap_twitter_ads_async.settings.model import Settings, StatsDefinition
    from tap_twitter_ads_async.stats.plan.spec import JobSpec, Window

Rows = list[dict[str, t.Any]]


@dataclass
class FakeApi(AdsApi):
    """An API that answers from lists, and remembers what it was asked."""

    feed_rows: Rows = field(default_factory=list)
    feed_error: ApiError | None = None
    country_rows: Rows = field(default_factory=list)
    platform_rows: Rows = field(default_factory=list)
    tweet_rows: Rows = field(default_factory=list)
    creative_rows: Rows = field(default_factory=list)
    job_rows: Rows = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    @override
    def active_entities(self, account_id: str, entity: str, start: str, end: str) -> Rows:
        self.asked.append(("active_entities", account_id, entity, start, end))
        if self.feed_error:
            raise self.feed_error
        return self.feed_rows

    @override
    def jobs(self, account_id: str) -> Iterator[JobStatus]:
        self.asked.append(("jobs", account_id))
        return map(JobStatus.of, self.job_rows)

    @override
    def countries(self) -> Rows:
        self.asked.append(("countries",))
        return self.country_rows

    @override
    def platforms(self) -> Rows:
        self.asked.append(("platforms",))
        return self.platform_rows

    @override
    def organic_tweets(self, account_id: str, page_size: int) -> Rows:
        self.asked.append(("organic_tweets", account_id))
        return self.tweet_rows

    @override
    def media_creatives(self, account_id: str, page_size: int) -> Rows:
        self.asked.append(("media_creatives", account_id))
        return self.creative_rows


def extraction(
    api: AdsApi | None = None,
    stream: StatsDefinition | None = None,
    account: dict[str, t.Any] | None = None,
    run_settings: Settings | None = None,
    bookmark: Bookmark | None = None,
) -> Extraction:
    """Return the work of one stream in one account, by default campaigns of a UTC account from 2026 on."""
    fake = api or FakeApi()
    sources = Sources(fake, ChangeFeed(fake), Targeting(fake), run_settings or settings(), ZoneCheck(fake))
    return Extraction(stream or definition(), account or {"id": "acc1"}, bookmark or Bookmark(), sources)


def result_file(data: t.Any) -> bytes:
    """Return a result file as the API makes it: the envelope, compressed."""
    return gzip.compress(json.dumps({"data_type": "stats", "data": data}).encode())


def entity_data(entity_id: str, metrics: t.Any, segment: t.Any = None) -> dict[str, t.Any]:
    """Return one entity of a result file with one entry."""
    return {"id": entity_id, "id_data": [{"segment": segment, "metrics": metrics}]}


@dataclass
class Results:
    """Results of one window, put on disk piece by piece.

    Attributes:
        large: Whether the files count as too large to stay in memory beside others.
    """

    directory: Path
    window: Window
    stream: StatsDefinition = field(default_factory=definition)
    lost: list[LostPiece] = field(default_factory=list)
    large: bool = False
    answers: dict[int, list[Answer]] = field(default_factory=dict)

    def add(self, spec: JobSpec, data: t.Any, group: int = 0) -> Results:
        """Add the result of a spec."""
        count = sum(map(len, self.answers.values()))
        path = self.directory / f"{count}.result"
        content = data if isinstance(data, bytes) else result_file(data)
        path.write_bytes(content)
        self.answers.setdefault(group, []).append(
            Answer(spec, SpooledFile(path, PARKED_FROM_BYTES + 1 if self.large else len(content)))
        )
        return self

    @property
    def run(self) -> WindowResult:
        """The window as it is handed out."""
        answers = tuple(tuple(self.answers.get(number, ())) for number in range(len(self.window.groups)))
        return WindowResult(extraction(stream=self.stream), 0, self.window, answers, tuple(self.lost))
