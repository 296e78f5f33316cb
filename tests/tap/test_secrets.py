"""Nothing that opens a door is ever written down."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

FAULTS = (
    "POST stats/jobs: action=drop_after times=1",
    "GET stats/jobs: status=500 body=html times=1",
    "GET file: status=404 times=1",
    "GET file: action=drop_before times=1",
    "GET active_entities: status=503 times=1",
)


@pytest.mark.slow
def test_no_output_holds_a_secret_even_when_everything_is_logged(start_world: Callable[..., World]) -> None:
    """Logs go to places that credentials must never reach; people turn DEBUG on exactly when things go wrong."""
    world = start_world(faults=FAULTS, now=None, start_date=None, days=4, job_latency=0.2)
    args = world.arguments(["campaign_stats", "campaigns"])
    done = subprocess.run(
        [sys.executable, "-m", "tap_twitter_ads_async", *args],
        env={**os.environ, "LOGLEVEL": "DEBUG", "TAP_TWITTER_ADS_ASYNC_LOGLEVEL": "DEBUG"},
        capture_output=True,
        timeout=60,
        check=False,
        cwd=world.directory,
    )
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said[-3000:]
    assert "DEBUG" in said, "nothing was proved if nothing was logged"
    config = world.config()
    forbidden = [config[k] for k in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")]
    tokens = [job.token for job in world.sim.api.jobs.listing(world.account_ids[0], [])]
    assert tokens
    for secret in (*forbidden, *tokens, "oauth_signature", "OAuth oauth_"):
        assert secret not in said


def test_no_message_about_wrong_settings_holds_a_secret(world: World) -> None:
    """The config with the typing error is the one whose log is pasted into a chat."""
    secret = "p4ssw0rd-of-somebody"
    path = world.write("config.json", world.config(consumer_secret=secret, start_date="soon"))
    outcome = world.invoke("--config", path)
    assert outcome.exit_code == 2
    assert "start_date" in outcome.log
    assert secret not in outcome.log + outcome.stdout.decode()


def test_the_file_host_never_sees_credentials(world: World) -> None:
    """Result files lie on another host; the header that signs requests must not travel there."""
    outcome = world.run(["campaign_stats"])
    assert outcome.exit_code == 0, outcome.log
    assert world.requests("GET", "file")
    world.assert_clean()
