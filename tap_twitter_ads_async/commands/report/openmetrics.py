"""`run.prom`: the figures of `run.json` as OpenMetrics text, for collectors that read files.

Made where the extra `metrics` (prometheus-client) is installed.
"""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.domain.calendar import parse_stamp

if t.TYPE_CHECKING:
    Json = dict[str, t.Any]

PREFIX = "tap_twitter_ads_async"


def openmetrics(facts: Json) -> str | None:
    """Return the text, None where prometheus-client is not installed.

    Args:
        facts: The content of `run.json`.
    """
    try:
        from prometheus_client import CollectorRegistry, Gauge  # noqa: PLC0415 - an extra
        from prometheus_client.openmetrics.exposition import generate_latest  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    registry = CollectorRegistry()

    def gauge(name: str, words: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"{PREFIX}_{name}", words, labels, registry=registry)

    started, ended = parse_stamp(facts["started_at"]), parse_stamp(facts["ended_at"])
    gauge("run_exit_code", "Exit code of the last run.").set(facts["exit_code"])
    gauge("run_start_timestamp_seconds", "When the last run began.").set(started.timestamp())
    gauge("run_end_timestamp_seconds", "When the last run ended.").set(ended.timestamp())
    gauge("run_failures", "What stayed open at the end of the last run.").set(len(facts["failures"]))
    for key in ("accounts", "jobs", "records", "seconds", "failures"):
        metric = gauge(f"stream_{key}", f"{key.capitalize()} of the stream in the last run.", ("stream",))
        for stream in facts["streams"]:
            metric.labels(stream["name"]).set(stream[key])
    requests = gauge("requests", "Requests of the last run.", ("endpoint",))
    for endpoint, count in facts["requests"].items():
        requests.labels(endpoint).set(count)
    waits = gauge("wait_seconds", "Waits of the last run.", ("reason",))
    for reason, seconds in facts["waits"].items():
        waits.labels(reason).set(seconds)
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    return text.decode()
