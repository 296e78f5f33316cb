"""The Singer SDK's standard tests of taps, over some streams of each kind, against the simulator."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import typing as t

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_twitter_ads_async.settings.declaration import SECRETS
from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tap_twitter_ads_async.tap import TapTwitterAdsAsync
from tests.support.world import BASE

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk.streams import Stream

pytestmark = pytest.mark.filterwarnings(
    "ignore:Fields in transformed catalog but not in records"  # some objects lack fields that the API has for others
)
STREAMS = frozenset({"accounts", "campaigns", "account_features", "campaign_stats", "line_item_stats_by_gender"})


class SomeStreams(TapTwitterAdsAsync):
    """The tap with a few streams of each kind: the SDK makes a test of each column."""

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [stream for stream in super().discover_streams() if stream.name in STREAMS]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


PORT = _free_port()
"""The SDK collects its tests from the tap, before there can be a simulator; discovery asks nothing."""
CONFIG: dict[str, t.Any] = {
    "consumer_key": "key",
    "consumer_secret": "secret",
    "access_token": "token",
    "access_token_secret": "token-secret",
    "start_date": "2026-03-20",
    "end_date": "2026-03-28",
    "segmentation_types": ["GENDER"],
    "metric_groups": ["ENGAGEMENT"],
    "api_url": f"http://127.0.0.1:{PORT}",
}


@pytest.fixture(scope="module", autouse=True)
def simulator() -> Iterator[Simulator]:
    """Run a simulator where the tap looks for one."""
    simulator = Simulator(SimulatorOptions(**{**BASE, "port": PORT}))
    simulator.start()
    CONFIG.update({name: value for name, value in simulator.config().items() if name in SECRETS})
    with _own_signals():
        yield simulator
    simulator.stop()


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Keep pytest's handling of signals; each tap that is made replaces it."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


with _own_signals():
    TestWholeRecords = get_tap_test_class(
        SomeStreams, config=CONFIG, suite_config=SuiteConfig(max_records_limit=None, ignore_no_records=True)
    )
    TestFewRecords = get_tap_test_class(
        SomeStreams,
        config=CONFIG,
        suite_config=SuiteConfig(max_records_limit=5, ignore_no_records=True),
        include_stream_attribute_tests=False,
    )
# The first extracts everything, in blocks of records; the second stops after some, which come one by one.
