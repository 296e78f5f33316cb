"""Measurements for machines, as the SDK's METRIC points.

What a stream did (`record_count`, `sync_duration`) comes at INFO, as in every tap of the SDK. How long each request and
each job took comes at DEBUG: there are thousands of them in a run.
"""

from __future__ import annotations

import logging
import typing as t
from http import HTTPStatus

from singer_sdk.metrics import (
    Counter,
    Meter,
    Metric,
    Point,
    Status,
    Tag,
    Timer,
    get_metrics_logger,
)
from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers.types import Context


_logger = get_metrics_logger()


def wanted() -> bool:
    """Whether anybody wants to know about single requests and jobs."""
    return _logger.isEnabledFor(logging.DEBUG)


def request_took(seconds: float, method: str, route: str, account_id: str, status: int | None) -> None:
    """Log how long a request took.

    Args:
        seconds: From sending it to the whole answer; for a result file, to the answer's headers.
        method: HTTP method.
        route: Path without ids, so that like requests add up.
        account_id: Ads account, empty for requests that belong to none.
        status: HTTP status, None where no answer came.
    """
    if not wanted():
        return
    tags: dict[str, t.Any] = {Tag.ENDPOINT: route, "method": method}
    if status is not None:
        tags[Tag.HTTP_STATUS_CODE] = status
    succeeded = status is not None and status < HTTPStatus.BAD_REQUEST
    _log(Metric.HTTP_REQUEST_DURATION, seconds, tags, account_id, succeeded=succeeded)


def job_took(seconds: float, *, stream: str, entity: str, account_id: str, succeeded: bool) -> None:
    """Log how long an analytics job took, from its creation until its result was here, or until it failed.

    A job that an earlier run created counts from the moment this run took it up.

    Args:
        seconds: How long.
        stream: Stream that the job serves.
        entity: Entity type of the job.
        account_id: Ads account.
        succeeded: Whether its result is here.
    """
    if not wanted():
        return
    tags: dict[str, t.Any] = {Tag.STREAM: stream, "entity": entity}
    _log(Metric.JOB_DURATION, seconds, tags, account_id, succeeded=succeeded)


def _log(metric: Metric, seconds: float, tags: dict[str, t.Any], account_id: str, *, succeeded: bool) -> None:
    if account_id:
        tags[Tag.CONTEXT] = {"account_id": account_id}
    tags[Tag.STATUS] = Status.SUCCEEDED if succeeded else Status.FAILED
    _logger.debug("METRIC: %s", Point("timer", metric, seconds, tags))  # the SDK's formatters know this form


class _OfAllContexts(Meter):
    """Measures a stream as a whole: what was measured over several accounts bears no account's name."""

    _contexts = 0

    @override
    def with_context(self, value: Context | None) -> None:
        self._contexts += 1
        super().with_context(value if self._contexts == 1 else None)


class RecordCounter(_OfAllContexts, Counter):
    """Counts the records of a stream."""

    def __init__(self, stream: str, log_interval: float) -> None:
        super().__init__(Metric.RECORD_COUNT, {Tag.STREAM: stream}, log_interval)


class SyncTimer(_OfAllContexts, Timer):
    """Times the extraction of a stream."""

    def __init__(self, stream: str) -> None:
        super().__init__(Metric.SYNC_DURATION, {Tag.STREAM: stream})
